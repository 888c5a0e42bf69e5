# Unit tests: one cmocka program a file, one group a program, TAP out. A test of the core has only its
# sources: flags and libraries are these defaults.
TEST_EXTENSIONS = .test
TEST_LOG_DRIVER = env AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = env AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	srcdir='$(srcdir)'; export srcdir;
# libmutate.a can change the tables under a test: tests/mutation.
LDADD = libmutate.a $(CORE_LIBS) $(CMOCKA_LIBS)
DAEMON_LDADD = libmutate.a $(DAEMON_LIBS) $(CMOCKA_LIBS)

# For tests in which memory runs out: an allocator that fails, and arenas that ask it for each piece.
MEMORY_CASE = tests/unit/memory_case.c tests/unit/memory_case.h src/base/arena.c
MEMORY_CASE_DEFINE = $(AM_CPPFLAGS) -DARENA_BLOCK=1u
MEMORY_CASE_WRAP = $(AM_LDFLAGS) $(MEMORY_CASE_WRAPPED:%=-Wl,--wrap=%)
MEMORY_CASE_WRAPPED = calloc free malloc realloc strdup strndup

check_LIBRARIES =
include tests/unit/base.mk
include tests/unit/answer.mk
include tests/unit/json.mk
include tests/unit/docker.mk
include tests/unit/policy.mk
include tests/unit/http.mk
include tests/unit/trial.mk
include tests/unit/build.mk
include tests/unit/h2.mk
include tests/unit/audit.mk
include tests/unit/config.mk
include tests/unit/learn.mk
include tests/unit/report.mk
include tests/unit/scan.mk
include tests/unit/proxy.mk
include tests/unit/doors.mk
include tests/unit/app.mk
include tests/unit/sandbox.mk
include tests/sim/local.mk
include tests/policy/local.mk
include tests/mutation/local.mk
include tests/differ/local.mk
include tests/arch/local.mk
include tests/integration/local.mk
include tests/compat/local.mk
include tests/machine/local.mk
include tests/soak/local.mk
