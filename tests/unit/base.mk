if HAVE_CMOCKA
check_PROGRAMS += test_base test_bucket test_patterns
TESTS += test_base test_bucket test_patterns
test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
test_base_CPPFLAGS = $(UNIT_CPPFLAGS)
test_base_LDADD = $(UNIT_LIBS)
test_bucket_SOURCES = tests/unit/test_bucket.c tests/unit/unit.h
test_bucket_CPPFLAGS = $(UNIT_CPPFLAGS)
test_bucket_LDADD = $(UNIT_LIBS)
test_patterns_SOURCES = tests/unit/test_patterns.c tests/unit/unit.h
test_patterns_CPPFLAGS = $(UNIT_CPPFLAGS)
test_patterns_LDADD = $(UNIT_LIBS)
endif
