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
# The rooms that read what clients send, with each basic block of them counted.
if HAVE_CMOCKA
check_LIBRARIES += libcounted.a
libcounted_a_SOURCES = src/json/escape.c src/json/gate.c src/json/look.c src/json/members.c src/json/parse.c \
	src/json/sift.c src/http/answer.c src/http/bytes.c src/http/chunks.c src/http/head.c src/http/header.c \
	src/http/request.c src/http/response.c src/http/target.c src/http/write.c
libcounted_a_CPPFLAGS = $(libcore_a_CPPFLAGS)
libcounted_a_CFLAGS = $(AM_CFLAGS) -fno-lto -fsanitize-coverage=trace-pc
check_PROGRAMS += test_limit_work
TESTS += test_limit_work
test_limit_work_SOURCES = tests/unit/test_limit_work.c
test_limit_work_LDADD = libcounted.a $(LDADD)
endif
