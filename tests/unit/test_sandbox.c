/* SPDX-License-Identifier: Apache-2.0 */
/* A child enters the sandbox and tries something: what it must not do ends it or fails, what a
 * reload and a stop need still works. Builds with sanitizers or without libseccomp have less to
 * try. */
#include "sandbox_case.h"

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/sandbox_parts.h"
#include "audit/sink.h"
#include "net/unix_socket.h"

#ifdef HAVE_SECCOMP
#define WITH_SECCOMP true
#else
#define WITH_SECCOMP false
#endif
#define MEMORY ((size_t)16 << 20)

/* ---- what must not be -------------------------------------------------------------------- */

static bool run_a_program(void)
{
	char *const arguments[] = {NULL};

	(void)execve("/bin/true", arguments, arguments);
	return false;
}

static bool fork_a_child(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return child > 0;
}

static int end_at_once(void *arg)
{
	(void)arg;
	_exit(0);
}

static bool start_with(int flags)
{
	static char stack[4096] __attribute__((aligned(16)));

	return clone(end_at_once, stack + sizeof(stack), flags, NULL) > 0;
}

static bool share_with_a_process(void)
{
	return start_with(CLONE_VM | CLONE_VFORK);
}

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

static bool put_a_thread_aside(void)
{
	return start_with((THREAD & ~CLONE_FILES) | CLONE_NEWNS) || start_with(THREAD & ~CLONE_FS);
}

static bool clone_unseen(void)
{
	return syscall(SYS_clone3, NULL, 0) >= 0 || errno != ENOSYS;
}

static bool trace_itself(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool enter_a_namespace(void)
{
	return syscall(SYS_unshare, 0) == 0;
}

static bool read_memory(void)
{
	return syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) >= 0;
}

static bool open_network(int family, int type)
{
	return socket(family, type, 0) >= 0 || errno == EPERM;
}

static bool open_packets(void)
{
	return open_network(AF_PACKET, SOCK_RAW);
}

static bool open_tcp(void)
{
	return open_network(AF_INET, SOCK_STREAM);
}

static bool open_tcp6(void)
{
	return open_network(AF_INET6, SOCK_STREAM);
}

static bool make_code(void)
{
	return mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static bool turn_into_code(void)
{
	void *page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED && mprotect(page, 1, PROT_READ | PROT_EXEC) == 0;
}

static bool signal_the_parent(void)
{
	return kill(getppid(), 0) == 0;
}

static bool open_as(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600) >= 0;
}

static bool read_shadow(void)
{
	return open_as("/etc/shadow", O_RDONLY);
}

static bool read_secret(void)
{
	return open_as(sandbox_path("other/secret"), O_RDONLY);
}

static bool write_secret(void)
{
	return open_as(sandbox_path("other/secret"), O_WRONLY);
}

static bool make_a_file(void)
{
	return open_as(sandbox_path("other/new"), O_WRONLY | O_CREAT);
}

static bool remove_secret(void)
{
	return unlink(sandbox_path("other/secret")) == 0;
}

static bool write_configuration(void)
{
	return open_as(sandbox_path("conf/sw.conf"), O_WRONLY);
}

static bool remove_a_folder(void)
{
	return rmdir(sandbox_path("run")) == 0;
}

/* As whoever speaks for a client's process. */
static bool read_a_cgroup(void)
{
	return open_as("/proc/1/cgroup", O_RDONLY);
}

static bool read_an_environment(void)
{
	return open_as("/proc/1/environ", O_RDONLY);
}

static bool hold_a_process(void)
{
	return syscall(SYS_pidfd_open, getppid(), 0) >= 0;
}

static bool list_root(void)
{
	return open_as("/", O_RDONLY | O_DIRECTORY);
}

static bool give_a_file_away(void)
{
	return chown(sandbox_path("log/audit"), 1, 1) == 0;
}

struct row {
	const char *name;
	bool (*act)(void);
	enum outcome expected;
};

static void try_rows(const struct row *rows, size_t count, const char *options)
{
	for (size_t i = 0; i < count; i++) {
		enum outcome outcome = sandbox_attempt(options, rows[i].act);

		if (outcome != rows[i].expected)
			fail_msg("%s: outcome %u, not %u", rows[i].name, outcome, rows[i].expected);
	}
}

static void hostile_calls_kill_or_fail(void **state)
{
	static const struct row rows[] = {
	    {"execve", run_a_program, KILLED},
	    {"fork", fork_a_child, KILLED},
	    {"a process in this memory", share_with_a_process, KILLED},
	    {"a thread with files of its own", put_a_thread_aside, FAILS},
	    {"clone3", clone_unseen, FAILS},
	    {"ptrace", trace_itself, KILLED},
	    {"unshare", enter_a_namespace, KILLED},
	    {"process_vm_readv", read_memory, KILLED},
	    {"packet socket", open_packets, FAILS},
	    {"IPv4 socket", open_tcp, FAILS},
	    {"IPv6 socket", open_tcp6, FAILS},
	    {"code in new memory", make_code, FAILS},
	    {"code in old memory", turn_into_code, FAILS},
	    {"kill", signal_the_parent, FAILS},
	};

	(void)state;
	assert_int_equal(sandbox_seccomp_available(), WITH_SECCOMP);
	if (WITH_SECCOMP)
		try_rows(rows, COUNT(rows), "");
}

/* Without the sandbox the same acts get through: they show what they should. */
static void the_acts_are_real(void **state)
{
	static const struct row rows[] = {
	    {"fork", fork_a_child, WORKS},
	    {"ptrace", trace_itself, WORKS},
	    {"unshare", enter_a_namespace, WORKS},
	    {"packet socket", open_packets, WORKS},
	    {"IPv4 socket", open_tcp, WORKS},
	    {"code in new memory", make_code, WORKS},
	    {"code in old memory", turn_into_code, WORKS},
	    {"kill", signal_the_parent, WORKS},
	    {"secret file", read_secret, WORKS},
	    {"root directory", list_root, WORKS},
	};

	(void)state;
	try_rows(rows, COUNT(rows), "sandbox = no");
}

static void other_files_are_out_of_reach(void **state)
{
	static const struct row rows[] = {
	    {"/etc/shadow", read_shadow, FAILS},
	    {"secret file", read_secret, FAILS},
	    {"writing it", write_secret, FAILS},
	    {"a new file", make_a_file, FAILS},
	    {"removing", remove_secret, FAILS},
	    {"removing the folder of sockets", remove_a_folder, FAILS},
	    {"writing the configuration", write_configuration, FAILS},
	    {"root directory", list_root, FAILS},
	    {"a process's cgroup", read_a_cgroup, FAILS},
	};

	(void)state;
	if (sandbox_landlock_version() > 0)
		try_rows(rows, COUNT(rows), "");
}

#define BY_CONTAINER "[listener two]\naddress = unix:/run/two.sock\nclient = container:web -> one"

/* Only where clients are to be known by their processes. */
static void processes_are_looked_at_when_asked_for(void **state)
{
	static const struct row with[] = {
	    {"a process's cgroup", read_a_cgroup, WORKS},
	    {"holding a process", hold_a_process, WORKS},
	    {"secret file", read_secret, FAILS},
	    {"a process's environment", read_an_environment, FAILS},
	};
	static const struct row without[] = {{"holding a process", hold_a_process, FAILS}};

	(void)state;
	try_rows(with, sandbox_landlock_version() > 0 ? COUNT(with) : 2, BY_CONTAINER);
	if (WITH_SECCOMP)
		try_rows(without, COUNT(without), "");
}

static void root_without_capabilities(void **state)
{
	static const struct row rows[] = {{"chown", give_a_file_away, FAILS}};

	(void)state;
	try_rows(rows, COUNT(rows), "");
	if (geteuid() == 0)
		assert_int_equal(sandbox_attempt("sandbox = no", give_a_file_away), WORKS);
	assert_int_equal(remove(sandbox_path("log/audit")), 0);
}

/* ---- what must be ------------------------------------------------------------------------ */

static bool reload_configuration(void)
{
	struct config *config = sandbox_config_load();

	config_free(config);
	return config != NULL;
}

static bool cut(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && ftruncate(fd, 0) == 0;
}

/* Others move the file away: we could not. */
static bool rotate_audit(void)
{
	struct error err;

	return audit_sink_write(sandbox_audit, SPAN("one\n")) &&
	       rename(sandbox_path("log/audit"), sandbox_path("log/old")) < 0 && errno == EACCES &&
	       audit_sink_reopen(sandbox_audit, &err) == 0 &&
	       audit_sink_write(sandbox_audit, SPAN("two\n")) && cut(sandbox_path("log/audit"));
}

static bool make_a_listener(void)
{
	const struct unix_rights rights = {0660, (uid_t)-1, (gid_t)-1};
	struct unix_socket socket = {.fd = -1};
	struct error err;
	bool made =
	    unix_socket_make(&socket, sandbox_path("run/one.sock"), &rights, false, &err) == 0 &&
	    unix_socket_publish(&socket, &err) == 0;
	int peer = made ? unix_dial(sandbox_path("run/one.sock")) : -1;

	if (!made)
		(void)fprintf(stderr, "%s\n", err.text);
	unix_socket_end(&socket);
	return peer >= 0 && accept4(socket.fd, NULL, NULL, SOCK_CLOEXEC) >= 0 &&
	       unlink(sandbox_path("run/one.sock")) == 0;
}

static bool find_names(void)
{
	return getpwnam("root") && getgrnam("root") && !getpwnam("no-such-user-here");
}

static bool use_memory(void)
{
	volatile char *memory = malloc(MEMORY);

	if (memory)
		memory[0] = 1;
	return memory != NULL;
}

static void *answer(void *arg)
{
	return arg;
}

static bool start_a_thread(void)
{
	pthread_t thread;
	int mark;
	void *result = NULL;

	return pthread_create(&thread, NULL, answer, &mark) == 0 &&
	       pthread_join(thread, &result) == 0 && result == &mark;
}

static bool say_something(void)
{
	return fprintf(stderr, "%s", "") == 0 && fflush(stderr) == 0 && time(NULL) > 0;
}

static const struct row needed[] = {
    {"reload", reload_configuration, WORKS},
    {"listener", make_a_listener, WORKS},
    {"names", find_names, WORKS},
    {"memory", use_memory, WORKS},
    {"a thread", start_a_thread, WORKS},
    {"standard error", say_something, WORKS},
};

static void a_reload_still_works(void **state)
{
	(void)state;
	try_rows(needed, COUNT(needed), "");
}

static void it_works_as_another_user(void **state)
{
	(void)state;
	(void)remove(sandbox_path("log/audit"));
	try_rows(needed, COUNT(needed), "user = " NOBODY);
	(void)remove(sandbox_path("log/audit"));
}

static void the_audit_log_can_be_rotated(void **state)
{
	(void)state;
	if (sandbox_landlock_version() > 0)
		assert_int_equal(sandbox_attempt("user = " NOBODY, rotate_audit), WORKS);
	(void)remove(sandbox_path("log/audit"));
}

/* ---- who to become ----------------------------------------------------------------------- */

static void the_socket_says_which_group_suffices(void **state)
{
	static const struct {
		mode_t mode;
		bool suffices;
		gid_t gid;
	} rows[] = {{0660, true, 4242}, {0666, true, 4242}, {0606, true, SANDBOX_NOBODY},
	    {0600, false, 0}, {0640, false, 0}, {0604, false, 0}};
	char path[PATH_MAX];
	struct unix_rights rights = {0600, (uid_t)-1, (gid_t)-1};
	struct unix_socket made;
	struct error err;
	gid_t gid;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s", sandbox_path("daemon.sock"));
	assert_false(sandbox_user_suffices(path, &gid));
	assert_int_equal(unix_socket_make(&made, path, &rights, false, &err), 0);
	assert_int_equal(unix_socket_publish(&made, &err), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool root = geteuid() == 0;

		assert_int_equal(chmod(path, rows[i].mode), 0);
		assert_int_equal(root ? chown(path, 0, 4242) : 0, 0);
		assert_int_equal(sandbox_user_suffices(path, &gid), rows[i].suffices && root);
		if (rows[i].suffices && root)
			assert_int_equal(gid, rows[i].gid);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(close(made.fd), 0);
	unix_socket_end(&made);
	assert_false(sandbox_user_suffices("/dev/null", &gid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_acts_are_real),
	    cmocka_unit_test(hostile_calls_kill_or_fail),
	    cmocka_unit_test(other_files_are_out_of_reach),
	    cmocka_unit_test(processes_are_looked_at_when_asked_for),
	    cmocka_unit_test(root_without_capabilities),
	    cmocka_unit_test(a_reload_still_works),
	    cmocka_unit_test(it_works_as_another_user),
	    cmocka_unit_test(the_audit_log_can_be_rotated),
	    cmocka_unit_test(the_socket_says_which_group_suffices),
	};

	return cmocka_run_group_tests(tests, sandbox_dirs_make, sandbox_dirs_remove);
}
