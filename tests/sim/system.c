/* SPDX-License-Identifier: Apache-2.0 */
/* What else the product asks the system for: names of sockets, the time, chance, limits; and its
 * log. */
#include "sim.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proxy/conn.h"

struct audit_sink;

void sockets_rename(const char *from, const char *to);

#define WRAP(result, name, ...)                                                                    \
	result __real_##name(__VA_ARGS__);                                                         \
	result __wrap_##name(__VA_ARGS__);                                                         \
	result __wrap_##name(__VA_ARGS__)

static bool is_simulated(const char *path)
{
	return strncmp(path, "/sim/", 5) == 0;
}

/* ---- names ----------------------------------------------------------------------------------- */

WRAP(char *, mkdtemp, char *template)
{
	static unsigned count;

	if (!is_simulated(template))
		return __real_mkdtemp(template);
	(void)snprintf(template + strlen(template) - 6, 7, "%06u", ++count % 1000000);
	return template;
}

WRAP(int, rmdir, const char *path)
{
	return is_simulated(path) ? 0 : __real_rmdir(path);
}

WRAP(int, chmod, const char *path, mode_t mode)
{
	return is_simulated(path) ? 0 : __real_chmod(path, mode);
}

WRAP(int, lchown, const char *path, uid_t uid, gid_t gid)
{
	return is_simulated(path) ? 0 : __real_lchown(path, uid, gid);
}

WRAP(int, unlink, const char *path)
{
	if (!is_simulated(path))
		return __real_unlink(path);
	sockets_rename(path, NULL);
	return 0;
}

WRAP(int, rename, const char *from, const char *to)
{
	if (!is_simulated(from))
		return __real_rename(from, to);
	sockets_rename(from, to);
	return 0;
}

static int stat_socket(const char *path, struct stat *status)
{
	const struct file *file = listener_at(path);

	if (!file) {
		errno = ENOENT;
		return -1;
	}
	memset(status, 0, sizeof(*status));
	status->st_mode = S_IFSOCK | 0660;
	status->st_ino = (ino_t)((uintptr_t)file >> 4);
	return 0;
}

WRAP(int, lstat, const char *path, struct stat *status)
{
	return is_simulated(path) ? stat_socket(path, status) : __real_lstat(path, status);
}

WRAP(int, stat, const char *path, struct stat *status)
{
	return is_simulated(path) ? stat_socket(path, status) : __real_stat(path, status);
}

/* Asking for a name takes as long as it takes, and the one who asks waits. */
WRAP(int, getaddrinfo, const char *name, const char *service, const struct addrinfo *hints,
    struct addrinfo **ret_found)
{
	static struct sockaddr_in ip = {.sin_family = AF_INET};
	static struct addrinfo found;

	(void)name;
	(void)service;
	(void)hints;
	ip.sin_addr.s_addr = htonl(0x0a000001);
	found = (struct addrinfo){
	    .ai_family = AF_INET, .ai_addr = (void *)&ip, .ai_addrlen = sizeof(ip)};
	*ret_found = &found;
	world_resolves();
	return 0;
}

WRAP(void, freeaddrinfo, struct addrinfo *found)
{
	(void)found;
}

/* ---- time and chance ------------------------------------------------------------------------- */

static int64_t wall_offset;

void clock_jump(int64_t seconds);
void clock_jump(int64_t seconds)
{
	wall_offset = seconds;
}

WRAP(int, clock_gettime, clockid_t clock, struct timespec *now)
{
	uint64_t at = sim_now();

	now->tv_sec = (time_t)(at / SECOND);
	now->tv_nsec = (long)(at % SECOND) * 1000;
	if (clock == CLOCK_REALTIME)
		now->tv_sec += 1700000000 + wall_offset;
	return 0;
}

WRAP(time_t, time, time_t *ret_now)
{
	time_t now = (time_t)(sim_now() / SECOND) + 1700000000 + wall_offset;

	if (ret_now)
		*ret_now = now;
	return now;
}

WRAP(int, nanosleep, const struct timespec *length, struct timespec *rest)
{
	(void)rest;
	sim_pass((uint64_t)length->tv_sec * SECOND + (uint64_t)length->tv_nsec / 1000);
	return 0;
}

WRAP(ssize_t, getrandom, void *into, size_t size, unsigned flags)
{
	(void)flags;
	for (size_t i = 0; i < size; i++)
		((unsigned char *)into)[i] = (unsigned char)sim_random();
	return (ssize_t)size;
}

static struct rlimit descriptors = {1024, SIM_FD_MOST};

/* GNU's declarations have an enumeration. */
int __wrap_getrlimit(int what, struct rlimit *limit);
int __wrap_setrlimit(int what, const struct rlimit *limit);

int __wrap_getrlimit(int what, struct rlimit *limit)
{
	(void)what;
	*limit = descriptors;
	return 0;
}

int __wrap_setrlimit(int what, const struct rlimit *limit)
{
	(void)what;
	(void)limit;
	return 0;
}

/* ---- what the product says ------------------------------------------------------------------- */

int __wrap_fprintf(FILE *stream, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___fprintf_chk(FILE *stream, int flag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

__attribute__((format(printf, 2, 0))) static int say(FILE *stream, const char *format, va_list args)
{
	char text[4096];

	if (stream != stderr && stream != stdout)
		return vfprintf(stream, format, args);
	int len = vsnprintf(text, sizeof(text), format, args);

	text[strcspn(text, "\n")] = '\0';
	sim_trace("says: %s", text);
	return len;
}

int __wrap_fprintf(FILE *stream, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int result = say(stream, format, args);

	va_end(args);
	return result;
}

int __wrap___fprintf_chk(FILE *stream, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	int result = say(stream, format, args);

	va_end(args);
	return result;
}

WRAP(size_t, fwrite, const void *from, size_t size, size_t count, FILE *stream)
{
	if (stream != stderr)
		return __real_fwrite(from, size, count, stream);
	sim_trace("says: %.*s", (int)(size * count), (const char *)from);
	return count;
}

/* Whatever is permitted must be in here before the daemon hears of it. */
WRAP(bool, audit_sink_write, struct audit_sink *sink, struct span line)
{
	bool written = __real_audit_sink_write(sink, line);

	if (written)
		world_audited(line.at, line.len);
	return written;
}

/* ---- the bound of a step --------------------------------------------------------------------- */

/* Sixteen pieces of work, each of a few calls. */
#define CALLS_MOST 400u

WRAP(void, conn_pump, struct conn *conn)
{
	uint64_t before = sim_calls;

	__real_conn_pump(conn);
	if (sim_calls - before > CALLS_MOST)
		sim_fail("one connection made %llu system calls at one go, in state %s",
		    (unsigned long long)(sim_calls - before), conn_state_name(conn->state));
}

unsigned sim_conns;

WRAP(void, conn_accept, void *door, int fd)
{
	sim_conns++;
	__real_conn_accept(door, fd);
}
