if HAVE_CMOCKA
check_PROGRAMS += test_audit
TESTS += test_audit
test_audit_SOURCES = tests/unit/test_audit.c
endif
