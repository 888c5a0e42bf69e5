/* SPDX-License-Identifier: Apache-2.0 */
/* Dockerfile instructions in a parameter or a list: the daemon reads one in each line, in one of
 * ENV and LABEL several pairs, and in one of EXPOSE and VOLUME several values. */
#include "policy/judge.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* the daemon drops it where a text begins */
#define PAIR_MOST 4096u                /* bytes of one pair of several, with its keyword */

/* "ONBUILD LABEL a=b": |before| is all but the values, |inner| all but the ONBUILD. */
struct instruction {
	struct span line, before, keyword, values, inner;
};

static bool is_blank(struct span text)
{
	return docker_next_word(&text).len == 0;
}

static struct instruction read_line(struct span line)
{
	struct instruction read = {.line = line, .values = line};

	do
		read.keyword = docker_next_word(&read.values);
	while (span_equal_nocase(read.keyword, SPAN("ONBUILD")) && !is_blank(read.values));
	read.before = (struct span){line.at, (size_t)(read.values.at - line.at)};
	read.inner = span_from(line, (size_t)(read.keyword.at - line.at));
	return read;
}

static bool is_keyword(const struct instruction *read, const char *words)
{
	struct span rest = span_of(words), word;

	while ((word = span_next_word(&rest)).len > 0) {
		if (span_equal_nocase(read->keyword, word))
			return true;
	}
	return false;
}

static bool has_text(struct span text, const char *part)
{
	return text.len > 0 && memmem(text.at, text.len, part, strlen(part));
}

/* "# escape=`" chooses another character than the backslash. */
static bool sets_escape(struct span line)
{
	if (line.at[0] != '#')
		return false;
	for (; line.len >= 6; line = span_from(line, 1)) {
		if (span_equal_nocase((struct span){line.at, 6}, SPAN("escape")))
			return true;
	}
	return false;
}

/* The daemon takes leading words with "--" for flags, and "--" alone for their end. Only a health
 * check has any. */
static bool has_flags(const struct instruction *read)
{
	struct span rest = read->values, first = docker_next_word(&rest);

	return span_starts(read->keyword, SPAN("--")) || span_starts(first, SPAN("--"));
}

static bool has_odd_flags(const struct instruction *read)
{
	struct span rest = read->values, word;

	if (!is_keyword(read, "HEALTHCHECK"))
		return has_flags(read);
	while (span_starts(word = docker_next_word(&rest), SPAN("--"))) {
		if (word.len == 2 || span_has(word, '"') || span_has(word, '\'') ||
		    span_has(word, '\\'))
			return true;
	}
	return false;
}

/* "LABEL name the rest" is LABEL name="the rest". */
static bool has_old_form(const struct instruction *read)
{
	struct span rest = read->values, first = docker_next_word(&rest);

	return is_keyword(read, "ENV LABEL") && !span_has(first, '=') && !is_blank(rest);
}

static bool is_list(const struct instruction *read)
{
	return is_keyword(read, "EXPOSE VOLUME");
}

/* Values that can be told only with what the image has already, or by looking at more than one. */
static const char *value_fault(const struct instruction *read, bool exact)
{
	struct span rest = read->values, first = docker_next_word(&rest);
	bool path = is_keyword(read, "WORKDIR VOLUME");

	if (path && has_text(read->values, ".."))
		return "has a \"..\", which could lead out of what is granted";
	if (is_keyword(read, "VOLUME") && span_starts(first, SPAN("[")) &&
	    span_has(read->values, '\\'))
		return "has an escape; write it without";
	if (exact && is_keyword(read, "WORKDIR") && !span_starts(first, SPAN("/")))
		return "is relative or in quotes; write the path from the root, without quotes";
	if (exact && is_keyword(read, "EXPOSE") &&
	    (span_has(read->values, '-') || span_has(read->values, ':')))
		return "has a range of ports; write each port";
	return NULL;
}

/* A line that ends with an escape goes on in the next one, also where that is another value. */
static const char *line_fault(
    const struct instruction *read, instruction_exact_fn *is_exact, void *context)
{
	char last = read->line.at[read->line.len - 1];
	bool exact = is_exact(context, read->keyword);

	if (sets_escape(read->line))
		return "chooses the escape character; leave it the backslash";
	if (!span_is_ascii(read->keyword))
		return "has a keyword with letters outside ASCII";
	if (has_odd_flags(read) || (exact && has_flags(read)))
		return "has a flag; write the instruction without it";
	if (exact && has_old_form(read))
		return "has a name and a value without \"=\" between them; write NAME=VALUE";
	if (last == '\\')
		return "ends with a line continuation; write the instruction in one line";
	if (exact && span_has(read->values, '$') && !is_keyword(read, "CMD ENTRYPOINT HEALTHCHECK"))
		return "has a variable, in whose place the daemon puts a value; write the value";
	if (exact && has_text(read->values, "\\u"))
		return "has a letter as \\u and a number; write the letter";
	return value_fault(read, exact);
}

/* How many bytes a backslash takes along, so that they mean nothing. */
static size_t escaped_length(struct span text)
{
	size_t blank = text.len > 1 ? docker_blank_length(span_from(text, 1)) : 0;

	return text.len < 2 ? text.len : 1 + (blank > 0 ? blank : 1);
}

/* Takes the next word off the front of |*rest|, as the daemon does: quotes and escapes hold blanks.
 */
static struct span next_value(struct span *rest)
{
	size_t blank, len = 0;
	struct span word;
	char quote = 0;

	while ((blank = docker_blank_length(*rest)) > 0)
		*rest = span_from(*rest, blank);
	while (len < rest->len) {
		char c = rest->at[len];

		if (c == '\\' && quote != '\'') {
			len += escaped_length(span_from(*rest, len));
			continue;
		}
		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? 0 : c;
		else if (!quote && docker_blank_length(span_from(*rest, len)) > 0)
			break;
		len++;
	}
	word = (struct span){rest->at, len};
	*rest = span_from(*rest, len);
	return word;
}

/* Whether it has pairs, with blanks in them or between: each is judged by itself. "ENV A b=c" is
 * the one of a variable A. */
static bool has_pairs(const struct instruction *read)
{
	struct span rest = read->values, more = read->values, first = next_value(&rest);

	(void)docker_next_word(&more);
	return is_keyword(read, "ENV LABEL") && !is_blank(more) && span_has(first, '=');
}

static bool has_several(const struct instruction *read)
{
	return has_pairs(read) || (is_list(read) && !is_blank(read->values));
}

/* Of EXPOSE and VOLUME, and of the latter's JSON list: ["/a", "/b"]. */
static struct span next_item(bool json, struct span *rest)
{
	if (!json)
		return docker_next_word(rest);
	struct span item = docker_trim(span_cut(*rest, ',', rest));

	while (item.len > 0 && strchr("[\" ", item.at[0]))
		item = span_from(item, 1);
	while (item.len > 0 && strchr("]\" ", item.at[item.len - 1]))
		item.len--;
	return item;
}

static const char *each_value(const struct instruction *read, instruction_fn *fn, void *context)
{
	struct span rest = docker_trim(read->values);
	size_t onbuild = read->line.len - read->inner.len;
	bool list = is_list(read), json = list && rest.at[0] == '[', more = true;
	char room[PAIR_MOST];

	while (more && rest.len > 0) {
		struct span word = list ? next_item(json, &rest) : next_value(&rest);
		struct text one = text_in(room, sizeof(room));

		if (word.len == 0)
			continue;
		text_add(&one, read->before);
		text_add(&one, SPAN(" "));
		text_add(&one, word);
		if (one.len + 1 >= sizeof(room))
			return "has a value too long to be judged; write one value an instruction";
		more = fn(context, text_span(&one), span_from(text_span(&one), onbuild));
	}
	return NULL;
}

const char *instruction_each(
    struct span text, instruction_exact_fn *exact, instruction_fn *fn, void *context)
{
	const char *fault = NULL;

	while (text.at && !fault) {
		struct span line = span_cut(text, '\n', &text);

		(void)span_cut_prefix(&line, SPAN(BYTE_ORDER_MARK));
		line = docker_trim(line);
		if (line.len == 0)
			continue;
		struct instruction read = read_line(line);

		fault = line_fault(&read, exact, context);
		if (!fault && has_several(&read))
			fault = each_value(&read, fn, context);
		else if (!fault && !fn(context, line, read.inner))
			break;
	}
	return fault;
}
