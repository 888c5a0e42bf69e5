/* SPDX-License-Identifier: Apache-2.0 */
#include "json/sift.h"

void json_sift_init(
    struct json_sift *sift, const struct json_sieve *sieve, struct span text, struct arena *arena)
{
	*sift = (struct json_sift){.sieve = sieve, .arena = arena, .text = text, .kept = text.at};
}

static void write_until(struct json_sift *sift, const char *end)
{
	size_t len = (size_t)(end - sift->kept);

	memcpy(sift->out + sift->len, sift->kept, len);
	sift->len += len;
}

/* The last member of an object has no comma behind it, so that the one before it goes. */
static void take_comma_back(struct json_sift *sift)
{
	size_t len = sift->len;

	while (len > 0 && strchr(" \t\r\n", sift->out[len - 1]))
		len--;
	if (len > 0 && sift->out[len - 1] == ',')
		sift->len = len - 1;
}

bool json_sift_drop_first(struct json_sift *sift, const char *from, const char *to, bool more)
{
	if (!sift->out)
		sift->out = arena_alloc(sift->arena, sift->text.len);
	if (!sift->out)
		return false;
	if (from > sift->kept)
		write_until(sift, from);
	if (!more)
		take_comma_back(sift);
	sift->kept = to;
	return true;
}

struct span json_sift_end(struct json_sift *sift)
{
	if (!sift->out)
		return sift->text;
	write_until(sift, sift->text.at + sift->text.len);
	return (struct span){sift->out, sift->len};
}
