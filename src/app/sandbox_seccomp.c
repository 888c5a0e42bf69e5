/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp: the system calls that the daemon makes once it runs. Any other fails as if the kernel
 * did not know it, so that a newer libc takes another way; what only an intruder would try ends the
 * process. */
#include "app/sandbox_parts.h"

#include <config.h>

#ifndef HAVE_SECCOMP

bool sandbox_seccomp_available(void)
{
	return false;
}

int sandbox_seccomp_enter(const struct config *config, bool threads, struct error *err)
{
	(void)config;
	(void)threads;
	return error_set(err, "sandbox: built without seccomp");
}

#else

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The hot ones must stay without conditions: the kernel then lets them pass without running the
 * filter. */
static const char *const allowed[] = {
    /* bytes */
    "read",
    "readv",
    "pread64",
    "write",
    "writev",
    "pwrite64",
    "splice",
    "recvfrom",
    "recvmsg",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "pipe2",
    "lseek",
    "ftruncate",
    "fsync",
    "fdatasync",
    /* sockets */
    "accept4",
    "bind",
    "connect",
    "getpeername",
    "getsockname",
    "getsockopt",
    "listen",
    "setsockopt",
    "shutdown",
    "socketpair",
    /* waiting */
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_wait",
    "eventfd2",
    "poll",
    "ppoll",
    "timerfd_create",
    "timerfd_settime",
    /* files: which ones is the business of Landlock and of permissions */
    "access",
    "chmod",
    "chown",
    "close",
    "dup",
    "dup3",
    "faccessat",
    "faccessat2",
    "fchmod",
    "fchmodat",
    "fchown",
    "fchownat",
    "fcntl",
    "fstat",
    "getcwd",
    "getdents64",
    "lchown",
    "lstat",
    "mkdir",
    "mkdirat",
    "newfstatat",
    "open",
    "openat",
    "openat2",
    "readlink",
    "readlinkat",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "stat",
    "statfs",
    "fstatfs",
    "statx",
    "umask",
    "unlink",
    "unlinkat",
    /* memory */
    "brk",
    "madvise",
    "mremap",
    "munmap",
    /* the process itself */
    "exit",
    "exit_group",
    "futex",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "getppid",
    "getrandom",
    "getrlimit",
    "getrusage",
    "gettid",
    "getuid",
    "membarrier",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigpending",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "set_robust_list",
    "setrlimit",
    "sigaltstack",
    "sysinfo",
    "uname",
    /* time */
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "gettimeofday",
    "nanosleep",
    "time",
};

/* No programs, no processes, no prying, no changes of the system. */
static const char *const deadly[] = {
    "add_key",
    "bpf",
    "chroot",
    "delete_module",
    "execve",
    "execveat",
    "finit_module",
    "fork",
    "init_module",
    "io_uring_setup",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "memfd_create",
    "mount",
    "move_mount",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "personality",
    "pidfd_getfd",
    "pivot_root",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "reboot",
    "request_key",
    "setns",
    "swapon",
    "umount2",
    "unshare",
    "userfaultfd",
    "vfork",
};

struct filter {
	scmp_filter_ctx context;
	struct error *err;
	bool failed;
};

static void refuse(struct filter *filter, const char *name, int result)
{
	if (result == 0)
		return;
	(void)error_set(filter->err, "sandbox: seccomp: %s: %s", name, strerror(-result));
	filter->failed = true;
}

/* Names that this machine does not know are not called either. */
static void rule(struct filter *filter, uint32_t action, const char *name, unsigned count,
    const struct scmp_arg_cmp *conditions)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number != __NR_SCMP_ERROR)
		refuse(filter, name,
		    seccomp_rule_add_array(filter->context, action, number, count, conditions));
}

/* Only with |value| as argument |which|. */
static void allow_with(struct filter *filter, const char *name, unsigned which, scmp_datum_t value)
{
	struct scmp_arg_cmp condition = {which, SCMP_CMP_EQ, value, 0};

	rule(filter, SCMP_ACT_ALLOW, name, 1, &condition);
}

/* Only without any of |bits| in argument |which|. */
static void allow_without(
    struct filter *filter, const char *name, unsigned which, scmp_datum_t bits)
{
	struct scmp_arg_cmp condition = {which, SCMP_CMP_MASKED_EQ, bits, 0};

	rule(filter, SCMP_ACT_ALLOW, name, 1, &condition);
}

static void add_lists(struct filter *filter)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		rule(filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
	for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++)
		rule(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0, NULL);
}

static void add_conditions(struct filter *filter, const struct config *config)
{
	/* No memory becomes code. */
	allow_without(filter, "mmap", 2, PROT_EXEC);
	allow_without(filter, "mprotect", 2, PROT_EXEC);
	/* Ourselves, and nobody else. */
	allow_with(filter, "prlimit64", 0, 0);
	allow_with(filter, "tgkill", 0, (scmp_datum_t)getpid());
	/* What stdio asks of a terminal, and libraries of a socket. */
	allow_with(filter, "ioctl", 1, TCGETS);
	allow_with(filter, "ioctl", 1, FIONREAD);
	allow_with(filter, "ioctl", 1, FIONBIO);
	allow_with(filter, "socket", 0, AF_UNIX);
	if (config_knows_processes(config)) /* newer kernels give it with the socket */
		rule(filter, SCMP_ACT_ALLOW, "pidfd_open", 0, NULL);
	if (config->reload == RELOAD_WATCH) {
		rule(filter, SCMP_ACT_ALLOW, "inotify_init1", 0, NULL);
		rule(filter, SCMP_ACT_ALLOW, "inotify_add_watch", 0, NULL);
	}
	if (!config_needs_network(config))
		return;
	allow_with(filter, "socket", 0, AF_INET);
	allow_with(filter, "socket", 0, AF_INET6);
}

/* What every thread shares with the others, and what a C library may ask for besides. */
#define THREAD_FLAGS                                                                               \
	((scmp_datum_t)(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD))
#define THREAD_MAY                                                                                 \
	((scmp_datum_t)(CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |                       \
			CLONE_CHILD_CLEARTID | CLONE_DETACHED))

#ifdef __s390__
#define CLONE_FLAGS 1 /* which argument they are */
#else
#define CLONE_FLAGS 0
#endif

/* A thread, if |threads|, and no process. Flags of clone3 are out of sight: the C library falls
 * back to clone. */
static void add_threads(struct filter *filter, bool threads)
{
	const struct scmp_arg_cmp process = {CLONE_FLAGS, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0};
	const struct scmp_arg_cmp thread = {
	    CLONE_FLAGS, SCMP_CMP_MASKED_EQ, ~THREAD_MAY, THREAD_FLAGS};

	rule(filter, SCMP_ACT_KILL_PROCESS, "clone", threads, &process);
	if (threads)
		rule(filter, SCMP_ACT_ALLOW, "clone", 1, &thread);
	else
		rule(filter, SCMP_ACT_KILL_PROCESS, "clone3", 0, NULL);
}

static void set(struct filter *filter, enum scmp_filter_attr attribute, uint32_t value)
{
	refuse(filter, "attributes", seccomp_attr_set(filter->context, attribute, value));
}

bool sandbox_seccomp_available(void)
{
	return seccomp_api_get() > 0 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

int sandbox_seccomp_enter(const struct config *config, bool threads, struct error *err)
{
	struct filter filter = {.context = seccomp_init(SCMP_ACT_ERRNO(ENOSYS)), .err = err};

	if (!filter.context)
		return error_set(err, "sandbox: seccomp: out of memory");
	set(&filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	set(&filter, SCMP_FLTATR_CTL_NNP, 0); /* is set already */
	set(&filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	set(&filter, SCMP_FLTATR_CTL_TSYNC, 1);
	/* Against foreign code in the same process, of which there is none; it would cost speed. */
	set(&filter, SCMP_FLTATR_CTL_SSB, 1);
	add_lists(&filter);
	add_conditions(&filter, config);
	add_threads(&filter, threads);
	if (!filter.failed)
		refuse(&filter, "cannot load the filter", seccomp_load(filter.context));
	seccomp_release(filter.context);
	return filter.failed ? -1 : 0;
}

#endif
