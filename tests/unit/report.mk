if HAVE_CMOCKA
check_PROGRAMS += test_report
TESTS += test_report
test_report_SOURCES = tests/unit/test_report.c
endif
