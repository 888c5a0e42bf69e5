# unit tests of h2
if HAVE_CMOCKA
check_PROGRAMS += test_h2 test_h2_floods test_h2_memory
TESTS += test_h2 test_h2_floods test_h2_memory
COUPLING_CASE = tests/unit/coupling_case.c tests/unit/coupling_case.h tests/unit/unit.h
test_h2_SOURCES = tests/unit/test_h2.c $(COUPLING_CASE)
test_h2_floods_SOURCES = tests/unit/test_h2_floods.c $(COUPLING_CASE)
test_h2_memory_SOURCES = tests/unit/test_h2_memory.c $(COUPLING_CASE) $(MEMORY_CASE)
test_h2_memory_CPPFLAGS = $(MEMORY_CASE_DEFINE)
test_h2_memory_LDFLAGS = $(MEMORY_CASE_WRAP)
endif
