/* SPDX-License-Identifier: Apache-2.0 */
/* An error as text for a person. Core functions fill one and return a code; they never log. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/* The caller must look at what such a function returns: what it did not do would count as done. */
#define MUST_CHECK __attribute__((warn_unused_result))

struct error {
	char text[512];
};

/* Formats into |err| (which may be NULL), cutting what does not fit. Always returns -1, so that a
 * function can `return error_set(err, ...)`. */
int error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts formatted text, such as "file:line: ", before what |err| already says. */
int error_prefix(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
