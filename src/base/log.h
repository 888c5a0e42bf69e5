/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon says to its operator, a line each on standard error. Core rooms never call it. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above |level| are not written. Information is the default. */
void log_set_level(enum log_level level);

/* Writes a line with its newline and never blocks. False when it is dropped. */
typedef bool log_write_fn(struct span line);

/* Has |write| called for each line, by one thread at a time, in place of stdio. What it drops is
 * counted, and told with the next line that it takes. Before there are threads; NULL is stdio
 * again. */
void log_set_writer(log_write_fn *write);

/* Writes "level: room: text" in one piece; control characters in it are escaped. */
void log_line(enum log_level level, const char *room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(room, ...) log_line(LOG_LEVEL_ERROR, room, __VA_ARGS__)
#define log_warning(room, ...) log_line(LOG_LEVEL_WARNING, room, __VA_ARGS__)
#define log_info(room, ...) log_line(LOG_LEVEL_INFO, room, __VA_ARGS__)
#define log_debug(room, ...) log_line(LOG_LEVEL_DEBUG, room, __VA_ARGS__)

/* Lines of one kind that clients or a daemon in trouble can cause: one is written in
 * LOG_QUIET_MS, and the next one says how many were left out. Static and zero at the beginning. */
struct log_rate {
	uint64_t quiet_until; /* milliseconds of a clock that only goes forward */
	uint64_t left_out;
};

#define LOG_QUIET_MS 10000u

/* As log_line(), at |now|. */
void log_sparsely(struct log_rate *rate, uint64_t now, enum log_level level, const char *room,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
