if HAVE_CMOCKA
check_PROGRAMS += test_base test_bucket test_glob_find test_patterns
TESTS += test_base test_bucket test_glob_find test_patterns
test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
test_bucket_SOURCES = tests/unit/test_bucket.c tests/unit/unit.h
test_glob_find_SOURCES = tests/unit/test_glob_find.c tests/unit/unit.h
test_patterns_SOURCES = tests/unit/test_patterns.c tests/unit/unit.h
endif
