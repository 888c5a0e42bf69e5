# unit tests of archive
if HAVE_CMOCKA
check_PROGRAMS += test_archive
TESTS += test_archive
test_archive_SOURCES = tests/unit/test_archive.c
endif
