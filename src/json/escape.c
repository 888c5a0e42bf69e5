/* SPDX-License-Identifier: Apache-2.0 */
#include "json/escape.h"

#include "base/utf8.h"

#define NO_CHARACTER UINT32_MAX

/* Takes the escape of a unit at |*at| and, of a pair, the second one. */
static uint32_t take_units(const char **at, const char *end)
{
	int32_t unit = json_hex_unit(*at, end);

	*at += 6;
	if (unit == 0 || json_is_low_surrogate(unit))
		return NO_CHARACTER;
	if (!json_is_high_surrogate(unit))
		return (uint32_t)unit;
	int32_t low = json_hex_unit(*at, end);

	*at += 6;
	if (!json_is_low_surrogate(low))
		return NO_CHARACTER;
	return 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
}

/* Takes the escape at |*at| and moves behind it. */
static uint32_t take_escape(const char **at, const char *end)
{
	static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	char kind = (*at)[1];

	if (kind == 'u')
		return take_units(at, end);
	const char *letter = strchr(letters, kind);

	*at += 2;
	return (unsigned char)(letter ? meanings[letter - letters] : kind);
}

bool json_unescape_to(struct span text, char *room, size_t *ret_len)
{
	const char *at = text.at, *end = text.at + text.len;
	char *to = room;

	while (at < end) {
		if (*at != '\\') {
			*to++ = *at++;
			continue;
		}
		uint32_t code = take_escape(&at, end);

		if (code == NO_CHARACTER)
			return false;
		to = utf8_write(to, code);
	}
	*ret_len = (size_t)(to - room);
	return true;
}

int json_unescape(struct span *name, struct arena *arena)
{
	char *text = arena_alloc(arena, name->len);
	size_t len;

	if (!text || !json_unescape_to(*name, text, &len))
		return -1;
	*name = (struct span){text, len};
	return 0;
}
