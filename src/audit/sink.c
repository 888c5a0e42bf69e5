/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

#define QUEUE_MAX (1u << 20)
#define FILE_MODE 0640

struct audit_sink {
	int fd;           /* -1: "none" */
	char *path;       /* of a file, or NULL */
	bool torn;        /* the last line is not whole */
	bool socket;      /* standard output of a service may be one */
	struct buf queue; /* what a pipe's reader has not taken yet */
};

static int open_file(const char *path, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, FILE_MODE);

	if (fd < 0)
		return error_set(err, "audit: %s: %s", path, strerror(errno));
	return fd;
}

/* A description of our own, so that not blocking changes nothing for others that share the stream;
 * a socket can't be opened so, but sent to without blocking. */
static void open_stream(struct audit_sink *sink, int stream)
{
	const char *name = stream == STDOUT_FILENO ? "/proc/self/fd/1" : "/proc/self/fd/2";

	sink->fd = open(name, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (sink->fd >= 0)
		return;
	sink->socket = errno == ENXIO;
	sink->fd = fcntl(stream, F_DUPFD_CLOEXEC, 3);
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
	if (strcmp(where, "none") == 0)
		return sink;
	if (strcmp(where, "stdout") == 0 || strcmp(where, "stderr") == 0) {
		open_stream(sink, strcmp(where, "stdout") == 0 ? STDOUT_FILENO : STDERR_FILENO);
		if (sink->fd < 0)
			(void)error_set(err, "audit: %s: %s", where, strerror(errno));
	} else if (strncmp(where, "file:", 5) == 0) {
		sink->path = strdup(where + 5);
		sink->fd = sink->path ? open_file(sink->path, err) : error_set(err, "out of memory");
	} else {
		(void)error_set(err, "audit: \"%s\" is not file:/path, stdout, stderr or none", where);
	}
	if (sink->fd >= 0)
		return sink;
	audit_sink_close(sink);
	return NULL;
}

static ssize_t write_some(const struct audit_sink *sink, struct span text)
{
	ssize_t n;

	do {
		if (sink->socket)
			n = send(sink->fd, text.at, text.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		else
			n = write(sink->fd, text.at, text.len);
	} while (n < 0 && errno == EINTR);
	return n;
}

/* Returns false when the queue could not be emptied. */
static bool flush_queue(struct audit_sink *sink)
{
	if (sink->queue.len == 0)
		return true;
	ssize_t n = write_some(sink, buf_span(&sink->queue));

	if (n <= 0)
		return false;
	sink->queue.len -= (size_t)n;
	memmove(sink->queue.at, sink->queue.at + n, sink->queue.len);
	return sink->queue.len == 0;
}

static bool queue_line(struct audit_sink *sink, struct span line)
{
	if (line.len > QUEUE_MAX - sink->queue.len)
		return false;
	buf_add(&sink->queue, line);
	return !sink->queue.failed;
}

static bool write_line(struct audit_sink *sink, struct span line)
{
	ssize_t n = write_some(sink, line);

	if (n == (ssize_t)line.len)
		return true;
	if (sink->path) {
		sink->torn = sink->torn || n > 0;
		return false;
	}
	if (n < 0 && errno != EAGAIN)
		return false;
	size_t done = n > 0 ? (size_t)n : 0;

	return queue_line(sink, (struct span){line.at + done, line.len - done});
}

bool audit_sink_write(struct audit_sink *sink, struct span line)
{
	if (sink->fd < 0)
		return true;
	if (sink->torn) {
		if (write_some(sink, SPAN("\n")) != 1)
			return false;
		sink->torn = false;
	}
	if (!flush_queue(sink))
		return queue_line(sink, line);
	return write_line(sink, line);
}

int audit_sink_reopen(struct audit_sink *sink, struct error *err)
{
	if (!sink->path)
		return 0;
	int fd = open_file(sink->path, err);

	if (fd < 0)
		return -1;
	(void)close(sink->fd);
	sink->fd = fd;
	sink->torn = false;
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
