/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/datagram.h"
#include "base/buf.h"
#include "base/log.h"
#include "net/outlet.h"

#define QUEUE_MAX (1u << 20)
#define FILE_MODE 0640

enum sink_kind {
	SINK_NONE,
	SINK_FILE,
	SINK_STREAM, /* what has a reader: a pipe, a terminal, a socket */
	SINK_SYSLOG,
	SINK_JOURNAL,
};

struct audit_sink {
	enum sink_kind kind;
	int fd;               /* of a file or a log daemon; -1: none */
	struct outlet outlet; /* of a stream */
	char *path;           /* of a file or a log daemon's socket, or NULL */
	bool torn;            /* the last line of the file is not whole */
	struct buf queue;     /* what a reader has not taken yet */
};

/* ---- opening ----------------------------------------------------------------------------- */

/* A line that was being written when its writer was killed may lack its end. */
static bool is_torn(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	char last = '\n';

	if (fd < 0)
		return false;
	off_t size = lseek(fd, 0, SEEK_END);

	if (size > 0 && pread(fd, &last, 1, size - 1) != 1)
		last = '\n';
	(void)close(fd);
	return last != '\n';
}

/* Without waiting for whoever is to read it, and so that what is no file does not block later. */
static int open_file(const char *path, struct error *err)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, FILE_MODE);

	if (fd < 0 && errno == ENXIO)
		return error_set(err,
		    "audit: %s: nothing reads it; start its reader first (a socket as standard "
		    "output is audit = stdout)",
		    path);
	if (fd < 0)
		return error_set(err, "audit: %s: %s", path, strerror(errno));
	return fd;
}

static bool is_file(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

static int open_stream(struct audit_sink *sink, int stream, struct error *err)
{
	sink->kind = SINK_STREAM;
	return outlet_open(&sink->outlet, stream) == 0
		   ? 0
		   : error_set(err, "audit: standard output or error: %m");
}

static int open_path(struct audit_sink *sink, const char *path, struct error *err)
{
	sink->path = strdup(path);
	if (!sink->path)
		return error_set(err, "audit: out of memory");
	if (sink->kind != SINK_FILE) {
		sink->fd = datagram_dial(path, err);
		return sink->fd >= 0 ? 0 : -1;
	}
	sink->fd = open_file(path, err);
	if (sink->fd < 0)
		return -1;
	if (is_file(sink->fd)) {
		sink->torn = is_torn(path);
		return 0;
	}
	sink->kind = SINK_STREAM;
	outlet_take(&sink->outlet, sink->fd);
	sink->fd = -1;
	return 0;
}

static int open_daemon(
    struct audit_sink *sink, enum sink_kind kind, const char *path, struct error *err)
{
	enum datagram_kind datagram = kind == SINK_SYSLOG ? DATAGRAM_SYSLOG : DATAGRAM_JOURNAL;

	sink->kind = kind;
	return open_path(sink, path ? path : datagram_usual_path(datagram), err);
}

/* What follows |word| and a colon in |where|; NULL without a colon. False for another word. */
static bool names(const char *where, const char *word, const char **ret_path)
{
	size_t len = strlen(word);

	if (strncmp(where, word, len) != 0 || (where[len] != '\0' && where[len] != ':'))
		return false;
	*ret_path = where[len] == ':' ? where + len + 1 : NULL;
	return true;
}

static int open_where(struct audit_sink *sink, const char *where, struct error *err)
{
	const char *path = NULL;

	if (strcmp(where, "none") == 0)
		return 0;
	if (strcmp(where, "stdout") == 0)
		return open_stream(sink, STDOUT_FILENO, err);
	if (strcmp(where, "stderr") == 0)
		return open_stream(sink, STDERR_FILENO, err);
	if (names(where, "syslog", &path))
		return open_daemon(sink, SINK_SYSLOG, path, err);
	if (names(where, "journald", &path))
		return open_daemon(sink, SINK_JOURNAL, path, err);
	sink->kind = SINK_FILE;
	if (names(where, "file", &path) && path)
		return open_path(sink, path, err);
	return error_set(err, "audit: \"%s\" is no place for the audit log", where);
}

struct audit_sink *audit_sink_open(const char *where, struct error *err)
{
	struct audit_sink *sink = calloc(1, sizeof(*sink));

	if (!sink) {
		(void)error_set(err, "audit: out of memory");
		return NULL;
	}
	buf_init(&sink->queue, QUEUE_MAX);
	sink->fd = -1;
	outlet_take(&sink->outlet, -1);
	if (open_where(sink, where, err) == 0)
		return sink;
	audit_sink_close(sink);
	return NULL;
}

/* Whether the file at |path|, which does not exist, could be made. */
static int try_new_file(const char *path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *directory = strndup(path, slash > path ? (size_t)(slash - path) : 1);
	int result;

	if (!directory)
		return error_set(err, "audit: out of memory");
	result = faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS);
	if (result < 0)
		(void)error_set(err, "audit: %s: cannot write to its directory: %m", path);
	free(directory);
	return result;
}

int audit_sink_try(const char *where, struct error *err)
{
	const char *path = NULL;
	struct stat status;

	if (names(where, "file", &path) && path && stat(path, &status) < 0 && errno == ENOENT)
		return try_new_file(path, err);
	if (strcmp(where, "stdout") == 0 || strcmp(where, "stderr") == 0)
		return 0; /* those of `run` are others than ours */
	struct audit_sink *sink = audit_sink_open(where, err);

	audit_sink_close(sink);
	return sink ? 0 : -1;
}

/* ---- writing ----------------------------------------------------------------------------- */

static bool is_daemon(const struct audit_sink *sink)
{
	return sink->kind == SINK_SYSLOG || sink->kind == SINK_JOURNAL;
}

/* A log daemon that was restarted has another socket. */
static ssize_t send_line(struct audit_sink *sink, struct span line)
{
	enum datagram_kind kind = sink->kind == SINK_SYSLOG ? DATAGRAM_SYSLOG : DATAGRAM_JOURNAL;

	if (datagram_send(sink->fd, kind, line))
		return (ssize_t)line.len;
	if (errno == EAGAIN || errno == EMSGSIZE)
		return -1;
	int fd = datagram_dial(sink->path, NULL);

	if (fd < 0)
		return -1;
	(void)close(sink->fd);
	sink->fd = fd;
	return datagram_send(fd, kind, line) ? (ssize_t)line.len : -1;
}

static ssize_t write_some(struct audit_sink *sink, struct span text)
{
	ssize_t n;

	if (is_daemon(sink))
		return send_line(sink, text);
	if (sink->kind == SINK_STREAM)
		return outlet_write(&sink->outlet, text);
	do
		n = write(sink->fd, text.at, text.len);
	while (n < 0 && errno == EINTR);
	return n;
}

static size_t line_length(struct span text)
{
	const char *end = memchr(text.at, '\n', text.len);

	return end ? (size_t)(end - text.at) + 1 : text.len;
}

enum flush { FLUSHED, WAITING, BROKEN };

static enum flush flush_queue(struct audit_sink *sink)
{
	struct span rest = buf_span(&sink->queue);
	ssize_t n = 1;

	while (rest.len > 0 && n > 0) {
		struct span next = rest;

		if (is_daemon(sink))
			next.len = line_length(rest);
		n = write_some(sink, next);
		if (n > 0)
			rest = span_from(rest, (size_t)n);
	}
	int reason = errno;

	if (rest.len > 0 && rest.at != sink->queue.at)
		memmove(sink->queue.at, rest.at, rest.len);
	sink->queue.len = rest.len;
	if (rest.len == 0)
		return outlet_flush(&sink->outlet) == 0 ? FLUSHED
		       : errno == EAGAIN                ? WAITING
							: BROKEN;
	return n < 0 && reason != EAGAIN ? BROKEN : WAITING;
}

bool audit_sink_waits(const struct audit_sink *sink)
{
	return sink->queue.len > 0 || sink->outlet.waits > 0;
}

bool audit_sink_flush(struct audit_sink *sink)
{
	return !audit_sink_waits(sink) || flush_queue(sink) != WAITING;
}

int audit_sink_descriptor(const struct audit_sink *sink)
{
	return sink->kind == SINK_STREAM ? sink->outlet.fd : sink->fd;
}

static int64_t milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void audit_sink_drain(struct audit_sink *sink, uint64_t most)
{
	int64_t until = milliseconds() + (int64_t)most, left;
	struct pollfd state = {.fd = audit_sink_descriptor(sink), .events = POLLOUT};

	while (!audit_sink_flush(sink) && (left = until - milliseconds()) > 0) {
		if (poll(&state, 1, left < INT_MAX ? (int)left : INT_MAX) < 0)
			return; /* a signal: told to stop again */
	}
}

static bool queue_line(struct audit_sink *sink, struct span line)
{
	if (line.len > QUEUE_MAX - sink->queue.len)
		return false;
	buf_add(&sink->queue, line);
	return !sink->queue.failed;
}

/* Takes back the |written| bytes of a line for which the disk had no room, when they are the end of
 * the file. */
static bool take_back(const struct audit_sink *sink, ssize_t written)
{
	off_t end = lseek(sink->fd, 0, SEEK_CUR);
	struct stat status;

	return end >= written && fstat(sink->fd, &status) == 0 && status.st_size == end &&
	       ftruncate(sink->fd, end - written) == 0;
}

static bool write_to_file(struct audit_sink *sink, struct span line)
{
	if (sink->torn && write_some(sink, SPAN("\n")) != 1)
		return false;
	sink->torn = false;
	ssize_t n = write_some(sink, line);

	if (n == (ssize_t)line.len)
		return true;
	sink->torn = n > 0 && !take_back(sink, n);
	return false;
}

static bool write_or_queue(struct audit_sink *sink, struct span line)
{
	ssize_t n = write_some(sink, line);

	if (n == (ssize_t)line.len)
		return true;
	if (n < 0 && errno != EAGAIN)
		return false;
	size_t done = n > 0 ? (size_t)n : 0;

	return queue_line(sink, span_from(line, done));
}

bool audit_sink_write(struct audit_sink *sink, struct span line)
{
	if (sink->kind == SINK_NONE)
		return true;
	if (sink->kind == SINK_FILE)
		return write_to_file(sink, line);
	switch (flush_queue(sink)) {
	case WAITING:
		return queue_line(sink, line);
	case FLUSHED:
		return write_or_queue(sink, line);
	case BROKEN:
		break;
	}
	return false;
}

int audit_sink_reopen(struct audit_sink *sink, struct error *err)
{
	if (sink->kind != SINK_FILE)
		return 0;
	bool torn = is_torn(sink->path);
	int fd = open_file(sink->path, err);

	if (fd < 0)
		return -1;
	(void)close(sink->fd);
	sink->fd = fd;
	sink->torn = torn;
	return 0;
}

static void tell_lost(const struct audit_sink *sink)
{
	struct span rest = buf_span(&sink->queue);
	size_t lines = sink->outlet.waits > 0;

	for (; rest.len > 0; lines++) {
		size_t len = line_length(rest);

		rest = span_from(rest, len);
	}
	if (lines > 0)
		log_warning("audit", "%zu audit lines are lost: nothing took them in time", lines);
}

void audit_sink_close(struct audit_sink *sink)
{
	if (!sink)
		return;
	if (audit_sink_waits(sink)) {
		(void)flush_queue(sink);
		tell_lost(sink);
	}
	if (sink->fd >= 0)
		(void)close(sink->fd);
	outlet_close(&sink->outlet);
	buf_free(&sink->queue);
	free(sink->path);
	free(sink);
}
