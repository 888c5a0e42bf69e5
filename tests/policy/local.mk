# The policies that ship, held against requests.
TESTS += tests/policy/presets.test
dist_check_SCRIPTS += tests/policy/presets.test
EXTRA_DIST += tests/policy/client-headers.txt tests/policy/clients.txt tests/policy/never.txt tests/policy/only-reads.txt
