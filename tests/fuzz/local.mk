# The fuzz targets: with libFuzzer under --enable-fuzzing, and over the committed corpus in every
# other "make check".
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/.gitattributes
FUZZ_CPPFLAGS = $(libcore_a_CPPFLAGS) -I$(srcdir)/tests/fuzz
if FUZZING
noinst_PROGRAMS = fuzz_request fuzz_target

fuzz_request_SOURCES = tests/fuzz/fuzz_request.c tests/fuzz/fuzz.h
fuzz_request_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_request_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_request_LDADD = $(CORE_LIBS)

fuzz_target_SOURCES = tests/fuzz/fuzz_target.c tests/fuzz/fuzz.h
fuzz_target_CPPFLAGS = $(FUZZ_CPPFLAGS)
fuzz_target_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_target_LDADD = $(CORE_LIBS)
else
check_PROGRAMS += replay_request replay_target
TESTS += replay_request replay_target

replay_request_SOURCES = tests/fuzz/fuzz_request.c tests/fuzz/fuzz.h tests/fuzz/replay.c
replay_request_CPPFLAGS = $(FUZZ_CPPFLAGS) -DCORPUS='"request"'
replay_request_LDADD = $(CORE_LIBS)

replay_target_SOURCES = tests/fuzz/fuzz_target.c tests/fuzz/fuzz.h tests/fuzz/replay.c
replay_target_CPPFLAGS = $(FUZZ_CPPFLAGS) -DCORPUS='"target"'
replay_target_LDADD = $(CORE_LIBS)
endif

include tests/fuzz/answer.mk
include tests/fuzz/coupling.mk
include tests/fuzz/json.mk
include tests/fuzz/message.mk
include tests/fuzz/policy.mk
