# unit tests of policy
POLICY_TESTS = test_policy_rules test_policy_fields test_policy_grants test_policy_binds \
	test_policy_values test_policy_require test_policy_ambiguity test_policy_conf \
	test_policy_operations test_policy_schema test_policy_state
POLICY_CASE = tests/unit/policy_case.c tests/unit/policy_case.h tests/unit/unit.h
EXTRA_DIST += conf/ci-runner.conf conf/allow-all.conf
if HAVE_CMOCKA
check_PROGRAMS += $(POLICY_TESTS)
TESTS += $(POLICY_TESTS)
test_policy_rules_SOURCES = tests/unit/test_policy_rules.c $(POLICY_CASE)
test_policy_rules_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_rules_LDADD = $(UNIT_LIBS)
test_policy_fields_SOURCES = tests/unit/test_policy_fields.c $(POLICY_CASE)
test_policy_fields_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_fields_LDADD = $(UNIT_LIBS)
test_policy_grants_SOURCES = tests/unit/test_policy_grants.c $(POLICY_CASE)
test_policy_grants_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_grants_LDADD = $(UNIT_LIBS)
test_policy_binds_SOURCES = tests/unit/test_policy_binds.c $(POLICY_CASE)
test_policy_binds_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_binds_LDADD = $(UNIT_LIBS)
test_policy_values_SOURCES = tests/unit/test_policy_values.c $(POLICY_CASE)
test_policy_values_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_values_LDADD = $(UNIT_LIBS)
test_policy_require_SOURCES = tests/unit/test_policy_require.c $(POLICY_CASE)
test_policy_require_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_require_LDADD = $(UNIT_LIBS)
test_policy_ambiguity_SOURCES = tests/unit/test_policy_ambiguity.c $(POLICY_CASE)
test_policy_ambiguity_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_ambiguity_LDADD = $(UNIT_LIBS)
test_policy_conf_SOURCES = tests/unit/test_policy_conf.c $(POLICY_CASE)
test_policy_conf_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_conf_LDADD = $(UNIT_LIBS)
test_policy_operations_SOURCES = tests/unit/test_policy_operations.c $(POLICY_CASE)
test_policy_operations_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_operations_LDADD = $(UNIT_LIBS)
test_policy_schema_SOURCES = tests/unit/test_policy_schema.c $(POLICY_CASE)
test_policy_schema_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_schema_LDADD = $(UNIT_LIBS)
test_policy_state_SOURCES = tests/unit/test_policy_state.c $(POLICY_CASE)
test_policy_state_CPPFLAGS = $(UNIT_CPPFLAGS)
test_policy_state_LDADD = $(UNIT_LIBS)
endif
