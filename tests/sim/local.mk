# The simulated world: the whole program in one process, with its system calls, its allocator and its
# event loop replaced by the linker.
if HAVE_TLS
if SIMULATED
check_PROGRAMS += sim
TESTS += sim
endif
endif
sim_SOURCES = tests/sim/sim.h \
	tests/sim/addresses.c \
	tests/sim/bytes.c \
	tests/sim/client.c tests/sim/client.h \
	tests/sim/choices.c \
	tests/sim/client_new.c \
	tests/sim/client_send.c \
	tests/sim/dockerd.c tests/sim/dockerd.h \
	tests/sim/dockerd_read.c \
	tests/sim/disk.c \
	tests/sim/end.c \
	tests/sim/event.c \
	tests/sim/kernel.c \
	tests/sim/main.c \
	tests/sim/memory.c \
	tests/sim/objects.c \
	tests/sim/plan.c \
	tests/sim/resets.c \
	tests/sim/system.c \
	tests/sim/threads.c \
	tests/sim/tls.c \
	tests/sim/world.c \
	tests/sim/wrap.c
sim_CPPFLAGS = $(libdaemon_a_CPPFLAGS) -I$(srcdir)/tests/sim
sim_CFLAGS = $(AM_CFLAGS) -Wno-null-dereference
SIM_PROGRAM = $(filter-out %sockwarden-main.$(OBJEXT),$(sockwarden_OBJECTS))
sim_LDADD = $(SIM_PROGRAM) libdaemon.a libhost.a $(CORE_LIBS) $(OPENSSL_LIBS) $(SECCOMP_LIBS)
sim_DEPENDENCIES = $(sockwarden_OBJECTS) libdaemon.a libhost.a libcore.a
SIM_WRAPPED = \
	accept4 asprintf __asprintf_chk audit_sink_write bind calloc chmod clock_gettime close \
	conn_accept conn_pump connect epoll_create1 epoll_ctl epoll_wait eventfd fcntl fcntl64 \
	fprintf __fprintf_chk free freeaddrinfo fstat fstat64 ftruncate ftruncate64 fwrite getaddrinfo \
	getpeername getrandom getrlimit getsockopt lchown listen lseek lseek64 lstat malloc mkdtemp \
	nanosleep open open64 pipe2 poll pread pread64 \
	pthread_cond_broadcast pthread_cond_signal pthread_cond_wait pthread_create pthread_detach \
	pthread_join pthread_mutex_lock pthread_mutex_unlock read __read_chk realloc recv __recv_chk \
	rename rmdir send sendmsg sendto server_new setrlimit setsockopt shutdown socket splice stat \
	strdup strndup time tsearch unlink write writev
sim_LDFLAGS = $(AM_LDFLAGS) $(SIM_WRAPPED:%=-Wl,--wrap=%)
EXTRA_DIST += tests/sim/seeds tests/sim/undo
