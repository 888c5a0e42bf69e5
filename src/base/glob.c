/* SPDX-License-Identifier: Apache-2.0 */
#include "base/glob.h"

#include <ctype.h>

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

/* `*` stops at '/', so when the inner star is at its end the last `**` must give more. */
static bool glob_run(struct span pattern, struct span text, bool nocase)
{
	struct retry one = {0}, two = {0};
	size_t p = 0, t = 0;

	for (;;) {
		if (p + 1 < pattern.len && pattern.at[p] == '*' && pattern.at[p + 1] == '*') {
			p += 2;
			two = (struct retry){true, p, t};
			one.set = false;
		} else if (p < pattern.len && pattern.at[p] == '*') {
			one = (struct retry){true, ++p, t};
		} else if (p == pattern.len && t == text.len) {
			return true;
		} else if (p < pattern.len && t < text.len &&
		    (pattern.at[p] == '?' ? text.at[t] != '/'
					  : same_byte(pattern.at[p], text.at[t], nocase))) {
			p++;
			t++;
		} else if (!swallow(&one, text, false, &p, &t)) {
			one.set = false;
			if (!swallow(&two, text, true, &p, &t))
				return false;
		}
	}
}

bool glob_match(struct span pattern, struct span text)
{
	return glob_run(pattern, text, false);
}

bool glob_match_nocase(struct span pattern, struct span text)
{
	return glob_run(pattern, text, true);
}
