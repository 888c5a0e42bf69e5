/* SPDX-License-Identifier: Apache-2.0 */
#include "base/glob.h"

#include <ctype.h>

#include "base/meter.h"

/* Where to take up again after a star: the pattern behind it, the text it has swallowed so far. */
struct retry {
	bool set;
	size_t pattern, text;
};

static bool same_byte(char a, char b, bool nocase)
{
	if (!nocase)
		return a == b;
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Lets the star of |retry| swallow one byte more. */
static bool swallow(struct retry *retry, struct span text, bool any, size_t *p, size_t *t)
{
	if (!retry->set || retry->text >= text.len || (!any && text.at[retry->text] == '/'))
		return false;
	*p = retry->pattern;
	*t = ++retry->text;
	return true;
}

/* The first `*` behind the last `**`, when it was come to. */
struct star {
	bool set;
	size_t pattern, text;
};

/* A `*` that met its end before a '/' meets it as well when it starts later, up to that '/': lets
 * the `**` give so much that the `*` starts behind it. Without this the work would be quadratic in
 * the length of the text. Returns false when there is no such '/'. */
static bool leap(const struct star *star, struct span text, struct retry *two)
{
	size_t between = star->pattern - two->pattern; /* bytes of the text that stand before it */
	const char *slash;

	if (!star->set)
		return true;
	if (star->text == text.len)
		return false;
	slash = memchr(text.at + star->text, '/', text.len - star->text);
	if (!slash)
		return false;
	size_t least = (size_t)(slash - text.at) - between;

	if (two->text < least)
		two->text = least;
	return true;
}

/* `*` stops at '/', so when the inner star is at its end the last `**` must give more. */
static bool glob_run(struct span pattern, struct span text, bool nocase, uint64_t *left)
{
	struct retry one = {0}, two = {0};
	struct star star = {0};
	size_t p = 0, t = 0;

	for (; *left > 0; --*left) {
		if (p + 1 < pattern.len && pattern.at[p] == '*' && pattern.at[p + 1] == '*') {
			p += 2;
			if (p == pattern.len)
				return true;
			two = (struct retry){true, p, t};
			one.set = star.set = false;
		} else if (p < pattern.len && pattern.at[p] == '*') {
			if (!star.set)
				star = (struct star){true, p, t};
			one = (struct retry){true, ++p, t};
		} else if (p == pattern.len && t == text.len) {
			return true;
		} else if (p < pattern.len && t < text.len &&
			   (pattern.at[p] == '?' ? text.at[t] != '/'
						 : same_byte(pattern.at[p], text.at[t], nocase))) {
			p++;
			t++;
		} else if (!swallow(&one, text, false, &p, &t)) {
			if (!two.set || !leap(&star, text, &two) ||
			    !swallow(&two, text, true, &p, &t))
				return false;
			one.set = star.set = false;
		}
	}
	return false;
}

static bool glob_metered(struct span pattern, struct span text, bool nocase)
{
	uint64_t left = meter_left;
	bool matches = glob_run(pattern, text, nocase, &left);

	meter_left = left;
	return matches;
}

bool glob_match(struct span pattern, struct span text)
{
	return glob_metered(pattern, text, false);
}

bool glob_match_nocase(struct span pattern, struct span text)
{
	return glob_metered(pattern, text, true);
}
