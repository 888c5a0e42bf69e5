if HAVE_CMOCKA
check_PROGRAMS += test_base
TESTS += test_base
test_base_SOURCES = tests/unit/test_base.c tests/unit/unit.h
test_base_CPPFLAGS = $(UNIT_CPPFLAGS)
test_base_LDADD = $(UNIT_LIBS)
endif
