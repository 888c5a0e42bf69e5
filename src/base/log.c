/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"

#define LOG_LINE_MAX 2048u

static enum log_level threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	threshold = level;
}

void log_line(enum log_level level, const char *room, const char *format, ...)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	char text[LOG_LINE_MAX];
	struct buf line;
	va_list args;

	if (level > threshold)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_init(&line, 4 * LOG_LINE_MAX + 64);
	buf_add_escaped(&line, span_of(text), 0);
	(void)fprintf(stderr, "%s: %s: %s\n", names[level], room, buf_text(&line));
	buf_free(&line);
}
