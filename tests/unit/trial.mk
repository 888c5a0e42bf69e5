# unit tests of trial
if HAVE_CMOCKA
check_PROGRAMS += test_trial test_trial_memory
TESTS += test_trial test_trial_memory
test_trial_SOURCES = tests/unit/test_trial.c $(POLICY_CASE)
test_trial_memory_SOURCES = tests/unit/test_trial_memory.c $(POLICY_CASE)
endif
