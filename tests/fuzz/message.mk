if FUZZING
noinst_PROGRAMS += fuzz_message

fuzz_message_SOURCES = tests/fuzz/fuzz_message.c tests/fuzz/fuzz.h
fuzz_message_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_message_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_message_LDADD = $(CORE_LIBS)
else
check_PROGRAMS += replay_message
TESTS += replay_message

replay_message_SOURCES = tests/fuzz/fuzz_message.c tests/fuzz/fuzz.h tests/fuzz/replay.c
replay_message_CPPFLAGS = $(FUZZ_CPPFLAGS) -DCORPUS='"message"'
replay_message_LDADD = $(CORE_LIBS)
endif
