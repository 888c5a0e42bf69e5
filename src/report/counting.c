/* SPDX-License-Identifier: Apache-2.0 */
/* What all that is counted has in common. */
#include "report/parts.h"

#define HASH_PRIME 0x100000001b3u

uint64_t hash_text(uint64_t hash, struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * HASH_PRIME;
	return (hash ^ 0x100) * HASH_PRIME; /* parts one text from the next */
}

void copy_cut(char *room, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size) {
		len = size - 1;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(room, text, len);
	room[len] = '\0';
}

void keep_first(char first[static AUDIT_TIME_BYTES], const char *time)
{
	if (time[0] && (!first[0] || strcmp(time, first) < 0))
		copy_cut(first, AUDIT_TIME_BYTES, time);
}

void keep_last(char last[static AUDIT_TIME_BYTES], const char *time)
{
	if (strcmp(time, last) > 0)
		copy_cut(last, AUDIT_TIME_BYTES, time);
}

const char *operation_name(unsigned index)
{
	return index < docker_operation_count() ? docker_operation_at(index)->name
						: "none of the API";
}

void read_identity(const cJSON *line, char room[static NAME_BYTES])
{
	struct buf text;

	buf_init(&text, AUDIT_LINE_MOST);
	audit_line_add_client(line, &text);
	copy_cut(room, NAME_BYTES, text.len ? buf_text(&text) : "unknown");
	buf_free(&text);
}
