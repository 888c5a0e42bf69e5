/* SPDX-License-Identifier: Apache-2.0 */
#include "json/escape.h"

#include "base/utf8.h"

/* Takes the checked escape at |*at| and moves behind it. */
static uint32_t take_escape(const char **at, const char *end)
{
	static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	const char *escape = *at;

	if (escape[1] != 'u') {
		const char *letter = strchr(letters, escape[1]);

		*at += 2;
		return (unsigned char)(letter ? meanings[letter - letters] : escape[1]);
	}
	uint32_t unit = (uint32_t)json_hex_unit(escape, end);

	*at += 6;
	if (!json_is_high_surrogate((int32_t)unit))
		return unit;
	uint32_t low = (uint32_t)json_hex_unit(*at, end);

	*at += 6;
	return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

int json_unescape(struct span *name, struct arena *arena)
{
	const char *at = name->at, *end = name->at + name->len;
	char *text = arena_alloc(arena, name->len), *to = text;

	if (!text)
		return -1;
	while (at < end) {
		if (*at == '\\')
			to = utf8_write(to, take_escape(&at, end));
		else
			*to++ = *at++;
	}
	*name = (struct span){text, (size_t)(to - text)};
	return 0;
}
