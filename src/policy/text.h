/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences in memory of a fixed size: what does not fit is cut, nothing is allocated. */
#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

#include "base/span.h"

struct text {
	char *at;
	size_t size, len;
};

/* Starts an empty text in |size| bytes (at least one) at |at|. */
static inline struct text text_in(char *at, size_t size)
{
	*at = '\0';
	return (struct text){at, size, 0};
}

void text_add(struct text *text, struct span more);
void text_add_uint(struct text *text, unsigned number);
void text_add_format(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds what a client sent: printable, and at most |most| bytes of it. */
void text_add_shown(struct text *text, struct span more, size_t most);

static inline struct span text_span(const struct text *text)
{
	return (struct span){text->at, text->len};
}

#endif
