if FUZZING
noinst_PROGRAMS += fuzz_coupling

fuzz_coupling_SOURCES = tests/fuzz/fuzz_coupling.c tests/fuzz/fuzz.h
fuzz_coupling_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_coupling_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_coupling_LDADD = $(CORE_LIBS)
else
check_PROGRAMS += replay_coupling
TESTS += replay_coupling

replay_coupling_SOURCES = tests/fuzz/fuzz_coupling.c tests/fuzz/fuzz.h tests/fuzz/replay.c
replay_coupling_CPPFLAGS = $(FUZZ_CPPFLAGS) -DCORPUS='"coupling"' -DRUNS_PART=5
replay_coupling_LDADD = $(CORE_LIBS)
endif
