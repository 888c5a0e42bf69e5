if HAVE_CMOCKA
ANSWER_TESTS = test_answer test_answer_random test_answer_rows
check_PROGRAMS += $(ANSWER_TESTS)
TESTS += $(ANSWER_TESTS)
test_answer_SOURCES = tests/unit/test_answer.c tests/unit/answer_case.h tests/unit/unit.h
test_answer_random_SOURCES = tests/unit/test_answer_random.c tests/unit/answer_case.h \
	tests/unit/unit.h
test_answer_rows_SOURCES = tests/unit/test_answer_rows.c tests/unit/answer_case.h tests/unit/unit.h
EXTRA_DIST += tests/unit/answers.txt
endif
