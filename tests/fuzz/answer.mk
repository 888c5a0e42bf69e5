if FUZZING
noinst_PROGRAMS += fuzz_answer

fuzz_answer_SOURCES = tests/fuzz/fuzz_answer.c tests/fuzz/fuzz.h
fuzz_answer_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_answer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_answer_LDADD = $(CORE_LIBS)
else
check_PROGRAMS += replay_answer
TESTS += replay_answer

replay_answer_SOURCES = tests/fuzz/fuzz_answer.c tests/fuzz/fuzz.h tests/fuzz/replay.c
replay_answer_CPPFLAGS = $(FUZZ_CPPFLAGS) -DCORPUS='"answer"'
replay_answer_LDADD = $(CORE_LIBS)
endif
