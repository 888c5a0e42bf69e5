if FUZZING
noinst_PROGRAMS += fuzz_json

fuzz_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/fuzz.h
fuzz_json_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_json_LDADD = $(CORE_LIBS)
else
check_PROGRAMS += replay_json
TESTS += replay_json

replay_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/fuzz.h tests/fuzz/replay.c
replay_json_CPPFLAGS = $(FUZZ_CPPFLAGS) -DCORPUS='"json"'
replay_json_LDADD = $(CORE_LIBS)
endif
