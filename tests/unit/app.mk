# The commands, run as programs, and what is written about them.
TESTS += tests/app/cli.test tests/app/compare.test tests/app/manual.test tests/app/report.test
dist_check_SCRIPTS += tests/app/cli.test tests/app/compare.test tests/app/manual.test tests/app/report.test
if HAVE_CMOCKA
check_PROGRAMS += test_manual
TESTS += test_manual
test_manual_SOURCES = tests/unit/test_manual.c
endif
