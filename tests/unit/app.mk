# The commands, run as programs.
TESTS += tests/app/cli.test
dist_check_SCRIPTS += tests/app/cli.test
