if HAVE_CMOCKA
check_PROGRAMS += test_scan test_scan_names
TESTS += test_scan test_scan_names
test_scan_SOURCES = tests/unit/test_scan.c
test_scan_names_SOURCES = tests/unit/test_scan_names.c
endif
EXTRA_DIST += tests/unit/scan/rows.txt tests/unit/scan/container.json tests/unit/scan/exec.json \
	tests/unit/scan/service.json tests/unit/scan/volume.json tests/unit/scan/network.json \
	tests/unit/scan/image.json tests/unit/scan/history.json tests/unit/scan/info.json
