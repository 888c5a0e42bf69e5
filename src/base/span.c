/* SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"

#include <strings.h>

bool span_equal_nocase(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

bool span_starts(struct span s, struct span prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim_blanks(struct span s)
{
	while (s.len > 0 && is_blank(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

struct span span_next_word(struct span *rest)
{
	struct span word = span_trim(*rest);
	size_t len = 0;

	while (len < word.len && !is_blank(word.at[len]))
		len++;
	*rest = (struct span){word.at + len, word.len - len};
	word.len = len;
	return word;
}

bool span_cut_prefix(struct span *s, struct span prefix)
{
	if (!span_starts(*s, prefix))
		return false;
	*s = span_from(*s, prefix.len);
	return true;
}

/* How many bytes |word| and the one at |at| begin with alike. */
static size_t words_agree(struct span word, const char *at)
{
	size_t len = 0;

	while (len < word.len && at[len] == word.at[len] && at[len] != '\0' && at[len] != ' ')
		len++;
	return len;
}

bool span_in_words(struct span word, const char *words)
{
	if (!words || word.len == 0)
		return false;
	for (const char *at = words;; at++) {
		/* most words differ in the first byte already */
		size_t len = *at == word.at[0] ? words_agree(word, at) : 0;

		if (len == word.len && (at[len] == '\0' || at[len] == ' '))
			return true;
		while (*at != '\0' && *at != ' ')
			at++;
		if (*at == '\0')
			return false;
	}
}

bool span_is_hex(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return false;
	}
	return true;
}

struct span span_cut(struct span s, char separator, struct span *rest)
{
	const char *found = s.len ? memchr(s.at, separator, s.len) : NULL;

	if (!found) {
		*rest = (struct span){NULL, 0};
		return s;
	}
	size_t before = (size_t)(found - s.at);

	*rest = (struct span){found + 1, s.len - before - 1};
	return (struct span){s.at, before};
}

bool span_to_uint(struct span s, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		uint64_t digit = (uint64_t)(s.at[i] - '0');

		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return true;
}

bool span_is_ascii(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] >= 0x80)
			return false;
	}
	return true;
}

bool path_lies_in(struct span path, struct span directory)
{
	if (span_is(directory, "/"))
		return path.len > 0 && path.at[0] == '/';
	return span_starts(path, directory) &&
	       (path.len == directory.len || path.at[directory.len] == '/');
}
