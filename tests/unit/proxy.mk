# unit tests of net and proxy
if HAVE_CMOCKA
check_PROGRAMS += test_conn test_ends test_host_path test_net test_proxy test_status test_watch
TESTS += test_conn test_ends test_host_path test_net test_proxy test_status test_watch
SCENE = tests/unit/scene.c tests/unit/scene.h tests/unit/unit.h
test_conn_SOURCES = tests/unit/test_conn.c $(SCENE)
test_conn_CPPFLAGS = $(libdaemon_a_CPPFLAGS)
test_conn_LDADD = $(DAEMON_LDADD)
test_conn_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=loop_now
test_ends_SOURCES = tests/unit/test_ends.c $(SCENE)
test_ends_CPPFLAGS = $(test_conn_CPPFLAGS)
test_ends_LDADD = $(test_conn_LDADD)
test_ends_LDFLAGS = $(test_conn_LDFLAGS)
test_status_SOURCES = tests/unit/test_status.c $(SCENE) $(MEMORY_CASE)
test_status_CPPFLAGS = $(libdaemon_a_CPPFLAGS) -DARENA_BLOCK=1u
test_status_LDADD = $(test_conn_LDADD)
test_status_LDFLAGS = $(MEMORY_CASE_WRAP) -Wl,--wrap=loop_now
test_watch_SOURCES = tests/unit/test_watch.c tests/unit/unit.h $(MEMORY_CASE)
test_watch_CPPFLAGS = $(test_status_CPPFLAGS)
test_watch_LDADD = $(test_conn_LDADD)
test_watch_LDFLAGS = $(MEMORY_CASE_WRAP)
test_host_path_SOURCES = tests/unit/test_host_path.c tests/unit/unit.h
test_host_path_LDADD = $(DAEMON_LDADD)
test_net_SOURCES = tests/unit/test_net.c tests/unit/unit.h
test_net_CPPFLAGS = $(libdaemon_a_CPPFLAGS)
test_net_LDADD = $(DAEMON_LDADD)
test_proxy_SOURCES = tests/unit/test_proxy.c tests/unit/unit.h
test_proxy_CPPFLAGS = $(libdaemon_a_CPPFLAGS)
test_proxy_LDADD = $(DAEMON_LDADD)
endif
