# unit tests of trial
if HAVE_CMOCKA
check_PROGRAMS += test_trial
TESTS += test_trial
test_trial_SOURCES = tests/unit/test_trial.c $(POLICY_CASE)
endif
