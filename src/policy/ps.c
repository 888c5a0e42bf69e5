/* SPDX-License-Identifier: Apache-2.0 */
/* Options of ps. The daemon runs ps over the host and keeps the lines that have a process of the
 * container in the column with the title PID. A title of the client's, a column before it whose
 * values have blanks, or a table without titles puts something else there. So this reads the
 * options that cannot do that, and no others. */
#include "policy/judge.h"

/* Those without an argument, both behind a dash and without one: ps reads all words without their
 * dashes when they make no sense with them. */
static const char plain[] = "AFHLSTXacdefjlmrvwxy";

/* Without a dash they have no argument either; behind one what follows in the word is theirs. */
static const char mixed[] = "gnsu";

/* Columns whose values are one word each, and whose titles are not PID. */
static const char narrow[] =
    "c cls egid egroup etime etimes euid euser f gid group lwp ni nice nlwp %cpu pcpu %mem pmem "
    "pgid pgrp ppid pri psr rgid rgroup rss ruid ruser s sess sid spid stat state stime sz tgid "
    "time tname tpgid tt tty uid user vsize vsz";

static bool has(const char *letters, char letter)
{
	return letter && strchr(letters, letter);
}

static bool is_number(struct span s)
{
	uint64_t value;

	return span_to_uint(s, UINT64_MAX, &value);
}

/* A column's name, and perhaps its width. */
static bool is_column(struct span column)
{
	struct span width, name = span_cut(column, ':', &width);
	size_t i = 0;

	if (name.len > 0 && name.at[0] == '%')
		return span_is(column, "%cpu") || span_is(column, "%mem");
	for (; i < name.len && ((name.at[i] >= 'a' && name.at[i] <= 'z') || name.at[i] == '_'); i++)
		;
	return i > 0 && i == name.len && (!width.at || is_number(width));
}

/* |*named|: whether the column PID is there already. */
static bool is_format(struct span list, bool *named)
{
	while (list.at) {
		struct span column = span_cut(list, ',', &list);

		if (span_is(column, "pid"))
			*named = true;
		else if (*named ? !is_column(column) : !span_in_words(column, narrow))
			return false;
	}
	return true;
}

/* Of a sort order: keys with signs. */
static bool is_order(struct span keys)
{
	while (keys.at) {
		struct span key = span_cut(keys, ',', &keys);

		if (key.len > 0 && (key.at[0] == '-' || key.at[0] == '+'))
			key = span_from(key, 1);
		if (!is_column(key))
			return false;
	}
	return true;
}

static bool is_long(struct span word, bool *named)
{
	if (span_cut_prefix(&word, SPAN("--format=")))
		return is_format(word, named);
	if (span_cut_prefix(&word, SPAN("--sort=")))
		return is_order(word);
	if (span_cut_prefix(&word, SPAN("--cols=")) || span_cut_prefix(&word, SPAN("--width=")))
		return is_number(word);
	return span_is(word, "--forest");
}

/* One word of letters; a format may end it, or begin in it and be the next word of |rest|. */
static bool is_cluster(struct span word, struct span *rest, bool *named)
{
	bool dash = span_cut_prefix(&word, SPAN("-")), has_argument = false;

	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] == 'o' && !has_argument) {
			struct span list = span_from(word, i + 1);

			if (list.len == 0)
				list = rest->at ? span_cut(*rest, ' ', rest) : SPAN("");
			return is_format(list, named);
		}
		if (has(mixed, word.at[i]) && (!dash || i + 1 < word.len))
			has_argument = dash;
		else if (!has(plain, word.at[i]))
			return false;
	}
	return word.len > 0;
}

bool ps_may_mislead(struct span options)
{
	bool named = false;

	if (options.len == 0)
		return false;
	while (options.at) { /* cut at single blanks, as by the daemon */
		struct span word = span_cut(options, ' ', &options);
		bool fits = span_starts(word, SPAN("--")) ? is_long(word, &named)
							  : is_cluster(word, &options, &named);

		if (!fits)
			return true;
	}
	return false;
}
