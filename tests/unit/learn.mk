if HAVE_CMOCKA
check_PROGRAMS += test_learn test_learn_values
TESTS += test_learn test_learn_values
test_learn_SOURCES = tests/unit/test_learn.c $(POLICY_CASE)
test_learn_values_SOURCES = tests/unit/test_learn_values.c $(POLICY_CASE)
endif
