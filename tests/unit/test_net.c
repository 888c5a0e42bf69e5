/* SPDX-License-Identifier: Apache-2.0 */
/* Byte streams, the loop, unix sockets and the audit sink. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#include "audit/sink.h"
#include "net/io.h"
#include "net/loop.h"
#include "net/notify.h"
#include "net/unix_socket.h"

/* A stream under test: counts its events and stops the loop at each. */
struct probe {
	struct io io;
	struct loop *loop;
	unsigned events;
	int peer;
};

static void on_ready(struct io *io)
{
	struct probe *probe = (struct probe *)((char *)io - offsetof(struct probe, io));

	probe->events++;
	loop_stop(probe->loop);
}

static void probe_open(struct probe *probe)
{
	int pair[2];

	*probe = (struct probe){.loop = loop_new()};
	assert_non_null(probe->loop);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(io_open(&probe->io, probe->loop, pair[0], &io_plain, on_ready), 0);
	probe->peer = pair[1];
}

static void probe_close(struct probe *probe)
{
	io_close(&probe->io);
	(void)close(probe->peer);
	loop_free(probe->loop);
}

static void a_short_read_ends_reading(void **state)
{
	struct probe probe;
	char into[16];

	(void)state;
	probe_open(&probe);
	assert_int_equal(write(probe.peer, "hello", 5), 5);
	assert_int_equal(loop_run(probe.loop), 0);
	assert_int_equal(probe.events, 1);
	assert_true(probe.io.readable);
	assert_int_equal(io_recv(&probe.io, into, sizeof(into)), 5);
	assert_false(probe.io.readable);
	assert_false(io_at_end(&probe.io));
	probe_close(&probe);
}

static void an_end_that_came_with_data_is_read(void **state)
{
	struct probe probe;
	char into[16];

	(void)state;
	probe_open(&probe);
	assert_int_equal(write(probe.peer, "hello", 5), 5);
	assert_int_equal(shutdown(probe.peer, SHUT_WR), 0);
	assert_int_equal(loop_run(probe.loop), 0);
	assert_true(probe.io.peer_shut);
	assert_int_equal(io_recv(&probe.io, into, sizeof(into)), 5);
	assert_true(probe.io.readable);
	assert_int_equal(io_recv(&probe.io, into, sizeof(into)), 0);
	assert_true(probe.io.eof);
	assert_true(io_at_end(&probe.io));
	assert_false(io_is_hung_up(&probe.io));
	probe_close(&probe);
}

static void a_full_close_is_told_from_a_half_close(void **state)
{
	struct probe probe;

	(void)state;
	probe_open(&probe);
	(void)close(probe.peer);
	assert_int_equal(loop_run(probe.loop), 0);
	assert_true(probe.io.peer_shut);
	assert_true(io_is_hung_up(&probe.io));
	probe_close(&probe);
}

static void a_full_socket_asks_for_events(void **state)
{
	static char much[1 << 20];
	struct probe probe;
	struct iovec part = {much, sizeof(much)};

	(void)state;
	probe_open(&probe);
	ssize_t n = io_send(&probe.io, &part, 1);

	assert_in_range(n, 1, (ssize_t)sizeof(much) - 1);
	assert_false(probe.io.writable);
	assert_true(probe.io.waiting);
	while (read(probe.peer, much, sizeof(much)) > 0)
		;
	assert_int_equal(loop_run(probe.loop), 0);
	assert_true(probe.io.writable);
	part.iov_len = 10;
	assert_int_equal(io_send(&probe.io, &part, 1), 10);
	assert_false(probe.io.waiting);
	probe_close(&probe);
}

static void a_broken_stream_fails(void **state)
{
	struct probe probe;
	struct iovec part = {(char[]){"x"}, 1};

	(void)state;
	probe_open(&probe);
	(void)close(probe.peer);
	probe.peer = -1;
	assert_int_equal(io_send(&probe.io, &part, 1), IO_FAILED);
	assert_true(probe.io.failed);
	probe_close(&probe);
}

/* ---- unix sockets ------------------------------------------------------------------------ */

static char dir[] = "/tmp/sockwarden-test-XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[sizeof(dir) + 64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"s", "f", "log", "log.1"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		(void)unlink(in_dir(names[i]));
	return rmdir(dir);
}

static int listen_at(const char *path, const struct unix_rights *rights, struct error *err)
{
	struct unix_socket made;

	if (unix_socket_make(&made, path, rights, false, err) < 0)
		return -1;
	int result = unix_socket_publish(&made, err);

	unix_socket_end(&made);
	return result == 0 ? made.fd : -1;
}

static void a_listener_has_its_rights_from_the_start(void **state)
{
	struct unix_rights rights = {0600, (uid_t)-1, (gid_t)-1};
	struct stat status;
	struct error err;
	int fd = listen_at(in_dir("s"), &rights, &err);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(stat(in_dir("s"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(listen_at(in_dir("s"), &rights, &err), -1);
	assert_non_null(strstr(err.text, "another process is listening"));
	int client = unix_dial(in_dir("s"));

	assert_true(client >= 0);
	struct unix_peer peer = unix_peer_of(client);

	assert_true(peer.pid == getpid() && peer.uid == getuid() && peer.gid == getgid());
	(void)close(client);
	(void)close(fd);
	/* The stale socket is replaced. */
	fd = listen_at(in_dir("s"), &rights, &err);
	assert_true(fd >= 0);
	(void)close(fd);
}

static void a_socket_of_our_own_is_replaced_when_told_so(void **state)
{
	struct unix_rights rights = {0600, (uid_t)-1, (gid_t)-1};
	struct unix_socket made;
	struct stat before, after;
	struct error err;
	int fd = listen_at(in_dir("s"), &rights, &err);

	(void)state;
	assert_int_equal(stat(in_dir("s"), &before), 0);
	rights.mode = 0660;
	assert_int_equal(unix_socket_make(&made, in_dir("s"), &rights, true, &err), 0);
	assert_int_equal(stat(in_dir("s"), &after), 0);
	assert_true(after.st_ino == before.st_ino); /* nothing to be seen yet */
	assert_int_equal(unix_socket_publish(&made, &err), 0);
	unix_socket_end(&made);
	assert_int_equal(stat(in_dir("s"), &after), 0);
	assert_true(after.st_ino != before.st_ino);
	assert_int_equal(after.st_mode & 07777, 0660);
	/* One that is dropped leaves nothing behind: remove_dir() would fail. */
	assert_int_equal(unix_socket_make(&made, in_dir("s"), &rights, true, &err), 0);
	unix_socket_end(&made);
	(void)close(made.fd);
	(void)close(fd);
}

static void the_socket_of_another_is_not_removed(void **state)
{
	struct unix_rights rights = {0600, (uid_t)-1, (gid_t)-1};
	struct unix_socket made;
	struct stat now;
	struct error err;

	(void)state;
	(void)unlink(in_dir("s"));
	assert_int_equal(unix_socket_make(&made, in_dir("s"), &rights, false, &err), 0);
	assert_int_equal(unix_socket_publish(&made, &err), 0);
	struct unix_file file = made.file;

	unix_socket_end(&made);
	(void)close(made.fd);
	int other = listen_at(in_dir("s"), &rights, &err);

	assert_true(other >= 0);
	unix_socket_unlink(in_dir("s"), file);
	assert_int_equal(stat(in_dir("s"), &now), 0);
	unix_socket_unlink(in_dir("s"), (struct unix_file){now.st_dev, now.st_ino});
	assert_int_equal(stat(in_dir("s"), &now), -1);
	(void)close(other);
}

static void what_is_no_socket_is_left_alone(void **state)
{
	struct unix_rights rights = {0600, (uid_t)-1, (gid_t)-1};
	struct error err;
	int fd = open(in_dir("f"), O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(listen_at(in_dir("f"), &rights, &err), -1);
	assert_non_null(strstr(err.text, "is not a socket"));
	(void)unlink(in_dir("s"));
	assert_int_equal(unix_dial(in_dir("s")), -1);
	assert_int_equal(errno, ENOENT);
}

static void owners_have_names_or_numbers(void **state)
{
	struct unix_rights rights = {0, 7, 7};
	struct error err;

	(void)state;
	assert_int_equal(unix_rights_find(&rights, 0640, "no such user", NULL, &err), -1);
	assert_string_equal(err.text, "owner: no such user: no such user");
	assert_int_equal(unix_rights_find(&rights, 0640, NULL, "no such group", &err), -1);
	assert_string_equal(err.text, "group: no such group: no such group");
	assert_int_equal(rights.owner, 7); /* left alone */
	assert_int_equal(unix_rights_find(&rights, 0640, "root", "4711", &err), 0);
	assert_int_equal(rights.mode, 0640);
	assert_int_equal(rights.owner, 0);
	assert_int_equal(rights.group, 4711);
	assert_int_equal(unix_rights_find(&rights, 0640, NULL, NULL, &err), 0);
	assert_true(rights.owner == (uid_t)-1 && rights.group == (gid_t)-1);
}

/* ---- the audit sink ---------------------------------------------------------------------- */

static void assert_file(const char *name, const char *text)
{
	char bytes[256];
	int fd = open(in_dir(name), O_RDONLY);
	ssize_t n = read(fd, bytes, sizeof(bytes) - 1);

	assert_true(n >= 0);
	bytes[n] = '\0';
	(void)close(fd);
	assert_string_equal(bytes, text);
}

static struct audit_sink *open_log(void)
{
	char where[128];
	struct error err;

	(void)unlink(in_dir("log"));
	(void)snprintf(where, sizeof(where), "file:%s", in_dir("log"));
	struct audit_sink *sink = audit_sink_open(where, &err);

	assert_non_null(sink);
	return sink;
}

static void lines_are_appended_and_the_file_reopened(void **state)
{
	struct audit_sink *sink = open_log();
	char old[128];
	struct error err;

	(void)state;
	assert_true(audit_sink_write(sink, SPAN("one\n")));
	(void)snprintf(old, sizeof(old), "%s", in_dir("log"));
	assert_int_equal(rename(old, in_dir("log.1")), 0);
	assert_int_equal(audit_sink_reopen(sink, &err), 0);
	assert_true(audit_sink_write(sink, SPAN("two\n")));
	assert_file("log.1", "one\n");
	assert_file("log", "two\n");
	audit_sink_close(sink);
}

static void a_full_disk_is_told_and_survived(void **state)
{
	struct audit_sink *sink = open_log();
	struct rlimit old, small;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){6, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_true(audit_sink_write(sink, SPAN("one\n")));
	assert_false(audit_sink_write(sink, SPAN("two\n")));
	assert_false(audit_sink_write(sink, SPAN("three\n")));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_true(audit_sink_write(sink, SPAN("four\n")));
	assert_file("log", "one\nfour\n");
	audit_sink_close(sink);
}

static void a_line_without_an_end_stays_alone(void **state)
{
	struct audit_sink *sink = open_log();
	struct error err;
	int fd = open(in_dir("log"), O_WRONLY | O_APPEND);

	(void)state;
	assert_int_equal(write(fd, "tor", 3), 3);
	(void)close(fd);
	assert_int_equal(audit_sink_reopen(sink, &err), 0);
	assert_true(audit_sink_write(sink, SPAN("one\n")));
	assert_file("log", "tor\none\n");
	audit_sink_close(sink);
}

static void a_sink_must_be_known(void **state)
{
	struct error err;

	(void)state;
	assert_null(audit_sink_open("somewhere", &err));
	assert_non_null(strstr(err.text, "somewhere"));
	assert_null(audit_sink_open("file:/no/such/dir/log", &err));
	struct audit_sink *none = audit_sink_open("none", &err);

	assert_non_null(none);
	assert_true(audit_sink_write(none, SPAN("x\n")));
	audit_sink_close(none);
}

static void the_watchdog_is_told_twice_as_often(void **state)
{
	static const struct {
		const char *usec, *pid; /* "self": ours */
		uint64_t period;
	} rows[] = {{NULL, NULL, 0}, {"0", NULL, 0}, {"x", NULL, 0}, {"-1", NULL, 0},
	    {"60000000", NULL, 30000}, {"60000000", "self", 30000}, {"60000000", "1", 0},
	    {"1", NULL, 1}, {"18446744073709551615", NULL, UINT64_MAX / 2 / 1000}};
	char self[24];

	(void)state;
	(void)snprintf(self, sizeof(self), "%d", (int)getpid());
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *pid = rows[i].pid;

		(void)unsetenv("WATCHDOG_USEC");
		(void)unsetenv("WATCHDOG_PID");
		if (rows[i].usec)
			assert_int_equal(setenv("WATCHDOG_USEC", rows[i].usec, 1), 0);
		if (pid)
			assert_int_equal(
			    setenv("WATCHDOG_PID", strcmp(pid, "self") == 0 ? self : pid, 1), 0);
		assert_int_equal(notify_alive_period(), rows[i].period);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_short_read_ends_reading),
	    cmocka_unit_test(an_end_that_came_with_data_is_read),
	    cmocka_unit_test(a_full_close_is_told_from_a_half_close),
	    cmocka_unit_test(a_full_socket_asks_for_events),
	    cmocka_unit_test(a_broken_stream_fails),
	    cmocka_unit_test(a_listener_has_its_rights_from_the_start),
	    cmocka_unit_test(a_socket_of_our_own_is_replaced_when_told_so),
	    cmocka_unit_test(the_socket_of_another_is_not_removed),
	    cmocka_unit_test(what_is_no_socket_is_left_alone),
	    cmocka_unit_test(owners_have_names_or_numbers),
	    cmocka_unit_test(lines_are_appended_and_the_file_reopened),
	    cmocka_unit_test(a_full_disk_is_told_and_survived),
	    cmocka_unit_test(a_line_without_an_end_stays_alone),
	    cmocka_unit_test(a_sink_must_be_known),
	    cmocka_unit_test(the_watchdog_is_told_twice_as_often),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
