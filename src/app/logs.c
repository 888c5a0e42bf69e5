/* SPDX-License-Identifier: Apache-2.0 */
/* A line that is longer than any audit line takes no more memory than one. */
#include "app/logs.h"

#include <stdio.h>

#include "audit/line.h"
#include "base/buf.h"

#define CHUNK 65536u

struct log_reader {
	logs_take_fn *take;
	void *context;
	struct buf begun; /* a line whose end has not been read */
};

/* Keeps what fits of the beginning of a line. */
static int keep(struct log_reader *reader, struct span piece, struct error *err)
{
	size_t room = reader->begun.max - reader->begun.len;

	if (piece.len > room)
		piece.len = room;
	buf_add(&reader->begun, piece);
	return reader->begun.failed ? error_set(err, "out of memory") : 0;
}

static int end_line(struct log_reader *reader, struct span piece, struct error *err)
{
	if (reader->begun.len == 0)
		return reader->take(reader->context, piece, err);
	if (keep(reader, piece, err) < 0 ||
	    reader->take(reader->context, buf_span(&reader->begun), err) < 0)
		return -1;
	buf_clear(&reader->begun);
	return 0;
}

static int take_chunk(struct log_reader *reader, struct span chunk, struct error *err)
{
	const char *newline;

	while (chunk.len > 0 && (newline = memchr(chunk.at, '\n', chunk.len)) != NULL) {
		size_t len = (size_t)(newline - chunk.at);

		if (end_line(reader, (struct span){chunk.at, len}, err) < 0)
			return -1;
		chunk = span_from(chunk, len + 1);
	}
	return keep(reader, chunk, err);
}

static int take_file(struct log_reader *reader, FILE *file, struct error *err)
{
	static char chunk[CHUNK];
	size_t got;

	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0) {
		if (take_chunk(reader, (struct span){chunk, got}, err) < 0)
			return -1;
	}
	if (ferror(file))
		return error_set(err, "cannot read: %m");
	return reader->begun.len > 0 ? end_line(reader, SPAN(""), err) : 0;
}

int logs_read(const char *path, logs_take_fn *take, void *context, struct error *err)
{
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	struct log_reader reader = {.take = take, .context = context};

	if (!file)
		return error_set(err, "%s: %m", path);
	buf_init(&reader.begun, AUDIT_LINE_MOST + 1);
	int result = take_file(&reader, file, err);

	buf_free(&reader.begun);
	if (file != stdin)
		(void)fclose(file);
	return result ? error_prefix(err, "%s: ", path) : 0;
}
