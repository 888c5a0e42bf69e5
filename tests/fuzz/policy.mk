if FUZZING
noinst_PROGRAMS += fuzz_policy

fuzz_policy_SOURCES = tests/fuzz/fuzz_policy.c tests/fuzz/fuzz.h
fuzz_policy_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_policy_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_policy_LDADD = $(CORE_LIBS)
else
check_PROGRAMS += replay_policy
TESTS += replay_policy

replay_policy_SOURCES = tests/fuzz/fuzz_policy.c tests/fuzz/fuzz.h tests/fuzz/replay.c
replay_policy_CPPFLAGS = $(FUZZ_CPPFLAGS) -DCORPUS='"policy"'
replay_policy_LDADD = $(CORE_LIBS)
endif
