# unit tests of what is behind listeners: TLS, who a client is, what is counted of each
if HAVE_CMOCKA
check_PROGRAMS += test_cgroup test_container test_crew test_crowd test_identity
TESTS += test_cgroup test_container test_crew test_crowd test_identity
if HAVE_TLS
check_PROGRAMS += test_tls
TESTS += test_tls
else
check_PROGRAMS += test_tls_none
TESTS += test_tls_none
endif
test_crew_SOURCES = tests/unit/test_crew.c tests/unit/unit.h
test_crew_CPPFLAGS = $(libdaemon_a_CPPFLAGS)
test_crew_LDADD = $(DAEMON_LDADD)
test_crew_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=loop_run
test_cgroup_SOURCES = tests/unit/test_cgroup.c tests/unit/unit.h
test_cgroup_LDADD = $(DAEMON_LDADD)
test_container_SOURCES = tests/unit/test_container.c tests/unit/unit.h
test_container_CPPFLAGS = $(libdaemon_a_CPPFLAGS)
test_container_LDADD = $(DAEMON_LDADD)
test_crowd_SOURCES = tests/unit/test_crowd.c tests/unit/unit.h
test_crowd_CPPFLAGS = $(libdaemon_a_CPPFLAGS)
test_crowd_LDADD = $(DAEMON_LDADD)
test_identity_SOURCES = tests/unit/test_identity.c tests/unit/unit.h
test_identity_CPPFLAGS = $(libdaemon_a_CPPFLAGS)
test_identity_LDADD = $(DAEMON_LDADD)
test_tls_SOURCES = tests/unit/test_tls.c tests/unit/unit.h
test_tls_CPPFLAGS = $(libdaemon_a_CPPFLAGS)
test_tls_LDADD = $(DAEMON_LDADD)
test_tls_none_SOURCES = tests/unit/test_tls_none.c tests/unit/unit.h
test_tls_none_CPPFLAGS = $(libdaemon_a_CPPFLAGS)
test_tls_none_LDADD = $(DAEMON_LDADD)
endif
