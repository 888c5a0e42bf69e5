# unit tests of build
MEDIATOR_CASE = tests/unit/mediator_case.c tests/unit/mediator_case.h tests/unit/proto_case.c \
	tests/unit/proto_case.h $(POLICY_CASE)
if HAVE_CMOCKA
check_PROGRAMS += test_protobuf test_ledger test_mediator test_mediator_memory
TESTS += test_protobuf test_ledger test_mediator test_mediator_memory
test_protobuf_SOURCES = tests/unit/test_protobuf.c tests/unit/unit.h
test_mediator_SOURCES = tests/unit/test_mediator.c tests/unit/build_samples.h tests/unit/build_powers.h \
	$(MEDIATOR_CASE)
test_mediator_memory_SOURCES = tests/unit/test_mediator_memory.c $(MEDIATOR_CASE) $(MEMORY_CASE)
test_mediator_memory_CPPFLAGS = $(MEMORY_CASE_DEFINE)
test_mediator_memory_LDFLAGS = $(MEMORY_CASE_WRAP)
test_ledger_SOURCES = tests/unit/test_ledger.c $(MEDIATOR_CASE)
endif
