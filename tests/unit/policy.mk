# unit tests of policy
POLICY_TESTS = test_policy_rules test_policy_fields test_policy_grants test_policy_binds \
	test_policy_values test_policy_require test_policy_ambiguity test_policy_conf \
	test_policy_operations test_policy_heads test_policy_own test_policy_owner test_policy_resolve \
	test_policy_schema test_policy_state \
	test_policy_negate test_policy_joined test_policy_work test_policy_outcome test_policy_twins \
	test_policy_devices test_policy_podman test_policy_sources test_policy_wider test_policy_show \
	test_policy_conditions test_policy_redact
POLICY_CASE = tests/unit/policy_case.c tests/unit/policy_case.h tests/unit/unit.h
EXTRA_DIST += conf/ci-runner.conf conf/allow-all.conf
if HAVE_CMOCKA
check_PROGRAMS += $(POLICY_TESTS)
TESTS += $(POLICY_TESTS)
test_policy_rules_SOURCES = tests/unit/test_policy_rules.c $(POLICY_CASE)
test_policy_fields_SOURCES = tests/unit/test_policy_fields.c $(POLICY_CASE)
test_policy_grants_SOURCES = tests/unit/test_policy_grants.c $(POLICY_CASE)
test_policy_binds_SOURCES = tests/unit/test_policy_binds.c $(POLICY_CASE)
test_policy_values_SOURCES = tests/unit/test_policy_values.c $(POLICY_CASE)
test_policy_require_SOURCES = tests/unit/test_policy_require.c tests/unit/require_rows.h \
	$(POLICY_CASE)
test_policy_ambiguity_SOURCES = tests/unit/test_policy_ambiguity.c $(POLICY_CASE)
test_policy_conf_SOURCES = tests/unit/test_policy_conf.c $(POLICY_CASE)
test_policy_operations_SOURCES = tests/unit/test_policy_operations.c $(POLICY_CASE)
test_policy_schema_SOURCES = tests/unit/test_policy_schema.c $(POLICY_CASE)
test_policy_heads_SOURCES = tests/unit/test_policy_heads.c $(POLICY_CASE)
test_policy_own_SOURCES = tests/unit/test_policy_own.c $(POLICY_CASE)
test_policy_owner_SOURCES = tests/unit/test_policy_owner.c $(POLICY_CASE)
test_policy_resolve_SOURCES = tests/unit/test_policy_resolve.c $(POLICY_CASE)
test_policy_state_SOURCES = tests/unit/test_policy_state.c tests/unit/state_case.h $(POLICY_CASE)
test_policy_negate_SOURCES = tests/unit/test_policy_negate.c $(POLICY_CASE)
test_policy_podman_SOURCES = tests/unit/test_policy_podman.c tests/unit/state_case.h $(POLICY_CASE)
test_policy_joined_SOURCES = tests/unit/test_policy_joined.c $(POLICY_CASE)
test_policy_work_SOURCES = tests/unit/test_policy_work.c $(POLICY_CASE)
test_policy_twins_SOURCES = tests/unit/test_policy_twins.c $(POLICY_CASE)
test_policy_outcome_SOURCES = tests/unit/test_policy_outcome.c tests/unit/state_case.h $(POLICY_CASE)
test_policy_sources_SOURCES = tests/unit/test_policy_sources.c $(POLICY_CASE) $(MEMORY_CASE)
test_policy_sources_CPPFLAGS = $(MEMORY_CASE_DEFINE)
test_policy_sources_LDFLAGS = $(MEMORY_CASE_WRAP)
test_policy_wider_SOURCES = tests/unit/test_policy_wider.c $(POLICY_CASE)
test_policy_conditions_SOURCES = tests/unit/test_policy_conditions.c $(POLICY_CASE)
test_policy_redact_SOURCES = tests/unit/test_policy_redact.c $(POLICY_CASE)
test_policy_show_SOURCES = tests/unit/test_policy_show.c $(POLICY_CASE) $(MEMORY_CASE)
test_policy_show_CPPFLAGS = $(MEMORY_CASE_DEFINE)
test_policy_show_LDFLAGS = $(MEMORY_CASE_WRAP)
test_policy_devices_SOURCES = tests/unit/test_policy_devices.c $(POLICY_CASE)
endif
