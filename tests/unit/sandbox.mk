if HAVE_CMOCKA
check_PROGRAMS += test_sandbox test_sandbox_view
TESTS += test_sandbox test_sandbox_view
SANDBOX_CASE = tests/unit/sandbox_case.c tests/unit/sandbox_case.h $(SANDBOX_SOURCES)
test_sandbox_SOURCES = tests/unit/test_sandbox.c $(SANDBOX_CASE)
test_sandbox_CPPFLAGS = $(libcore_a_CPPFLAGS) $(SECCOMP_CFLAGS)
test_sandbox_LDADD = $(DAEMON_LDADD) $(SECCOMP_LIBS)
test_sandbox_view_SOURCES = tests/unit/test_sandbox_view.c $(SANDBOX_CASE)
test_sandbox_view_CPPFLAGS = $(test_sandbox_CPPFLAGS)
test_sandbox_view_LDADD = $(test_sandbox_LDADD)
check_PROGRAMS += test_rootless
TESTS += test_rootless
test_rootless_SOURCES = tests/unit/test_rootless.c src/app/rootless.c src/app/rootless.h
endif
