# unit tests of net and proxy
if HAVE_CMOCKA
check_PROGRAMS += test_host_path
TESTS += test_host_path
test_host_path_SOURCES = tests/unit/test_host_path.c tests/unit/unit.h
test_host_path_CPPFLAGS = $(UNIT_CPPFLAGS)
test_host_path_LDADD = libdaemon.a $(UNIT_LIBS) $(EVENT_LIBS)
endif
