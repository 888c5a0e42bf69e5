if HAVE_CMOCKA
JSON_TESTS = test_json_gate test_json_look test_json_set test_json_sift
check_PROGRAMS += $(JSON_TESTS)
TESTS += $(JSON_TESTS)
test_json_gate_SOURCES = tests/unit/test_json_gate.c tests/unit/unit.h
test_json_look_SOURCES = tests/unit/test_json_look.c tests/unit/unit.h
test_json_set_SOURCES = tests/unit/test_json_set.c tests/unit/unit.h
test_json_sift_SOURCES = tests/unit/test_json_sift.c tests/unit/unit.h
endif
