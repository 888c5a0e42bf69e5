if HAVE_CMOCKA
check_PROGRAMS += test_config
TESTS += test_config
test_config_SOURCES = tests/unit/test_config.c
check_PROGRAMS += test_environment
TESTS += test_environment
test_environment_SOURCES = tests/unit/test_environment.c
check_PROGRAMS += test_no_memory
TESTS += test_no_memory
test_no_memory_SOURCES = tests/unit/test_no_memory.c $(MEMORY_CASE)
test_no_memory_CPPFLAGS = $(MEMORY_CASE_DEFINE)
test_no_memory_LDFLAGS = $(MEMORY_CASE_WRAP)
endif
# A folder, so that a new case is one file.
EXTRA_DIST += tests/unit/config
# What reads bodies of requests once for each member, and judges them.
JUDGED = src/base/arena.c src/base/buf.c src/base/escape.c src/base/glob.c src/base/meter.c src/base/span.c \
	src/docker/look.c src/policy/argv.c src/policy/bind.c src/policy/bind_spec.c src/policy/cap.c \
	src/policy/check.c src/policy/cover.c src/policy/decide.c src/policy/devices.c src/policy/grant_value.c \
	src/policy/hint.c src/policy/image.c src/policy/joined.c src/policy/judge.c src/policy/limit.c \
	src/policy/mount.c src/policy/names.c src/policy/need.c src/policy/negate.c src/policy/network.c \
	src/policy/object.c src/policy/path.c src/policy/permit.c src/policy/publish.c src/policy/remedy.c \
	src/policy/require_ask.c src/policy/resolve.c src/policy/security.c src/policy/set.c src/policy/sieve.c \
	src/policy/simple.c src/policy/spelling.c src/policy/task_network.c src/policy/text.c \
	src/policy/volume.c src/policy/walk.c
# The rooms that read what clients send, with each basic block of them counted.
if HAVE_CMOCKA
check_LIBRARIES += libcounted.a
libcounted_a_SOURCES = src/json/escape.c src/json/gate.c src/json/look.c src/json/members.c src/json/parse.c \
	src/json/sift.c src/http/answer.c src/http/bytes.c src/http/chunks.c src/http/head.c src/http/header.c \
	src/http/request.c src/http/response.c src/http/target.c src/http/write.c \
	$(JUDGED)
libcounted_a_CPPFLAGS = $(libcore_a_CPPFLAGS)
libcounted_a_CFLAGS = $(AM_CFLAGS) -fno-lto -fsanitize-coverage=trace-pc
check_PROGRAMS += test_limit_work test_judge_work
TESTS += test_limit_work test_judge_work
test_judge_work_SOURCES = tests/unit/test_judge_work.c $(POLICY_CASE)
test_judge_work_LDADD = libcounted.a $(LDADD)
test_limit_work_SOURCES = tests/unit/test_limit_work.c
test_limit_work_LDADD = libcounted.a $(LDADD)
endif
