/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"

#define LOG_LINE_MAX 2048u

static _Atomic enum log_level threshold = LOG_LEVEL_INFO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that follows, and of rates */
static log_write_fn *writer;
static uint64_t lost; /* lines since the last one that was written */

void log_set_level(enum log_level level)
{
	threshold = level;
}

void log_set_writer(log_write_fn *write)
{
	writer = write;
}

static bool write_line(struct span line)
{
	return writer ? writer(line) : fwrite(line.at, 1, line.len, stderr) == line.len;
}

static bool tell_lost(void)
{
	char text[64];
	int len = snprintf(
	    text, sizeof(text), "warning: log: %llu log lines lost\n", (unsigned long long)lost);

	if (!write_line((struct span){text, (size_t)len}))
		return false;
	lost = 0;
	return true;
}

static void write_text(enum log_level level, const char *room, const char *text)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	struct buf line;

	buf_init(&line, 4 * LOG_LINE_MAX + 64);
	buf_add_format(&line, "%s: %s: ", names[level], room);
	buf_add_escaped(&line, span_of(text), 0);
	buf_add_char(&line, '\n');
	if (line.failed || (lost > 0 && !tell_lost()) || !write_line(buf_span(&line)))
		lost++;
	buf_free(&line);
}

void log_line(enum log_level level, const char *room, const char *format, ...)
{
	char text[LOG_LINE_MAX];
	va_list args;

	if (level > threshold)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)pthread_mutex_lock(&lock);
	write_text(level, room, text);
	(void)pthread_mutex_unlock(&lock);
}

/* Returns false while lines of this kind are left out. */
static bool may_tell(struct log_rate *rate, uint64_t now, char *text, size_t used)
{
	if (now < rate->quiet_until) {
		rate->left_out++;
		return false;
	}
	if (rate->left_out > 0 && used < LOG_LINE_MAX)
		(void)snprintf(text + used, LOG_LINE_MAX - used, " (and %llu more like it)",
		    (unsigned long long)rate->left_out);
	rate->left_out = 0;
	rate->quiet_until = now + LOG_QUIET_MS;
	return true;
}

void log_sparsely(struct log_rate *rate, uint64_t now, enum log_level level, const char *room,
    const char *format, ...)
{
	char text[LOG_LINE_MAX];
	va_list args;

	if (level > threshold)
		return;
	va_start(args, format);
	int used = vsnprintf(text, sizeof(text), format, args);

	va_end(args);
	(void)pthread_mutex_lock(&lock);
	if (may_tell(rate, now, text, used > 0 ? (size_t)used : 0))
		write_text(level, room, text);
	(void)pthread_mutex_unlock(&lock);
}
