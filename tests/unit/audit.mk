if HAVE_CMOCKA
check_PROGRAMS += test_audit
TESTS += test_audit
test_audit_SOURCES = tests/unit/test_audit.c
test_audit_CPPFLAGS = $(UNIT_CPPFLAGS)
test_audit_LDADD = $(UNIT_LIBS)
endif
