# unit tests of trial
if HAVE_CMOCKA
check_PROGRAMS += test_trial test_trial_memory test_trial_owner
TESTS += test_trial test_trial_memory test_trial_owner
test_trial_SOURCES = tests/unit/test_trial.c $(POLICY_CASE)
test_trial_memory_SOURCES = tests/unit/test_trial_memory.c $(POLICY_CASE)
test_trial_owner_SOURCES = tests/unit/test_trial_owner.c $(POLICY_CASE) $(MEMORY_CASE)
test_trial_owner_CPPFLAGS = $(MEMORY_CASE_DEFINE)
test_trial_owner_LDFLAGS = $(MEMORY_CASE_WRAP)
endif
