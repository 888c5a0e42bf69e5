/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a file that is read: texts, and the names of files; and warnings about it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/load.h"
#include "config/value.h"

char *text_copy(struct span text, struct error *err)
{
	char *copy = malloc(text.len + 1);

	if (!copy) {
		(void)error_set(err, "out of memory");
		return NULL;
	}
	if (text.len > 0)
		memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	return copy;
}

const char *config_note_file(struct config *config, const char *path, struct error *err)
{
	size_t count = 0;

	while (config->files[count])
		count++;
	if (count == CONFIG_FILES_MAX) {
		(void)error_set(err, "more than %d files", CONFIG_FILES_MAX);
		return NULL;
	}
	config->files[count] = text_copy(span_of(path), err);
	return config->files[count];
}

void loader_warn(
    const struct loader *loader, const char *file, unsigned line, const char *format, ...)
{
	struct error text;
	va_list args;

	if (!loader->warn)
		return;
	va_start(args, format);
	(void)vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	loader->warn(loader->context, file, line, text.text);
}
