/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/datagram.h"
#include "base/buf.h"

#define QUEUE_MAX (1u << 20)
#define FILE_MODE 0640

enum sink_kind {
	SINK_NONE,
	SINK_FILE,
	SINK_STREAM,
	SINK_SOCKET, /* standard output of a service may be one */
	SINK_SYSLOG,
	SINK_JOURNAL,
};

struct audit_sink {
	enum sink_kind kind;
	int fd;           /* -1: none */
	char *path;       /* of a file or a log daemon's socket, or NULL */
	bool torn;        /* the last line of the file is not whole */
	struct buf queue; /* what a reader has not taken yet */
};

/* ---- opening -----------------------------------------------------------------------------------
 */

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

static int open_file(const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, FILE_MODE);

	if (fd < 0)
		return error_set(err, "audit: %s: %s", path, strerror(errno));
	return fd;
}

/* A description of our own, so that not blocking changes nothing for others that share the stream;
 * a socket can't be opened so, but sent to without blocking. */
static int open_stream(struct audit_sink *sink, int stream, struct error *err)
{
	const char *name = stream == STDOUT_FILENO ? "/proc/self/fd/1" : "/proc/self/fd/2";

	sink->kind = SINK_STREAM;
	sink->fd = open(name, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (sink->fd >= 0)
		return 0;
	if (errno == ENXIO)
		sink->kind = SINK_SOCKET;
	sink->fd = fcntl(stream, F_DUPFD_CLOEXEC, 3);
	return sink->fd >= 0 ? 0 : error_set(err, "audit: standard output or error: %m");
}

static int open_path(struct audit_sink *sink, const char *path, struct error *err)
{
	sink->path = strdup(path);
	if (!sink->path)
		return error_set(err, "audit: out of memory");
	if (sink->kind == SINK_FILE) {
		sink->torn = is_torn(path);
		sink->fd = open_file(path, err);
	} else {
		sink->fd = datagram_dial(path, err);
	}
	return sink->fd >= 0 ? 0 : -1;
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
	if (open_where(sink, where, err) == 0)
		return sink;
	audit_sink_close(sink);
	return NULL;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

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
	do {
		if (sink->kind == SINK_SOCKET)
			n = send(sink->fd, text.at, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		else
			n = write(sink->fd, text.at, text.len);
	} while (n < 0 && errno == EINTR);
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
			rest = (struct span){rest.at + n, rest.len - (size_t)n};
	}
	int reason = errno;

	if (rest.len > 0)
		memmove(sink->queue.at, rest.at, rest.len);
	sink->queue.len = rest.len;
	if (rest.len == 0)
		return FLUSHED;
	return n < 0 && reason != EAGAIN ? BROKEN : WAITING;
}

bool audit_sink_flush(struct audit_sink *sink)
{
	return sink->queue.len == 0 || flush_queue(sink) != WAITING;
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

	return queue_line(sink, (struct span){line.at + done, line.len - done});
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

void audit_sink_close(struct audit_sink *sink)
{
	if (!sink)
		return;
	if (sink->fd >= 0) {
		(void)flush_queue(sink);
		(void)close(sink->fd);
	}
	buf_free(&sink->queue);
	free(sink->path);
	free(sink);
}
