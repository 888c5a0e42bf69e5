if HAVE_CMOCKA
check_PROGRAMS += test_learn
TESTS += test_learn
test_learn_SOURCES = tests/unit/test_learn.c $(POLICY_CASE)
endif
