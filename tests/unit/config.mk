if HAVE_CMOCKA
check_PROGRAMS += test_config
TESTS += test_config
test_config_SOURCES = tests/unit/test_config.c
check_PROGRAMS += test_environment
TESTS += test_environment
test_environment_SOURCES = tests/unit/test_environment.c
endif
# A folder, so that a new case is one file.
EXTRA_DIST += tests/unit/config
