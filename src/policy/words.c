/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a configuration line, and what is kept of them. */
#include "policy/model.h"

struct span policy_keep(struct policy *policy, struct span text)
{
	char *copy = arena_copy(&policy->arena, text);

	return (struct span){copy, copy ? text.len : 0};
}

struct span policy_keep_stars(struct policy *policy, struct span pattern)
{
	char *copy = arena_alloc(&policy->arena, pattern.len * 2 + 1);
	size_t len = 0;

	if (!copy)
		return (struct span){NULL, 0};
	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.at[i] == '*' && len && copy[len - 1] == '*')
			continue;
		copy[len++] = pattern.at[i];
		if (pattern.at[i] == '*')
			copy[len++] = '*';
	}
	copy[len] = '\0';
	return (struct span){copy, len};
}

bool policy_wants_quotes(struct span value)
{
	return value.len == 0 || span_has(value, ' ') || span_has(value, ';') ||
	       span_has(value, '#') || span_has(value, '\'');
}

bool begins_comment(struct span value, size_t at)
{
	return value.at[at] == ';' && at > 0 && value.at[at - 1] == ' ';
}

int quotes_refuse(struct error *err)
{
	return error_set(err,
	    "put double quotes around the whole word, and close them: \"like this\"; single "
	    "quotes have no meaning");
}

/* Single quotes mean nothing here, but whoever writes them means something. */
static bool is_single_quoted(struct span word)
{
	return word.len > 0 && (word.at[0] == '\'' || word.at[word.len - 1] == '\'');
}

int word_next(struct span *rest, struct span *ret_word)
{
	struct span all = span_trim(*rest), after;

	if (all.len == 0 || all.at[0] != '"') {
		*ret_word = span_next_word(rest);
		return span_has(*ret_word, '"') || is_single_quoted(*ret_word) ? -1
									       : ret_word->len > 0;
	}
	struct span inner = span_from(all, 1);

	*ret_word = span_cut(inner, '"', &after);
	if (!after.at || (after.len && after.at[0] != ' ' && after.at[0] != '\t'))
		return -1;
	*rest = after;
	return 1;
}

bool word_to_bool(struct span word, bool *ret_value)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}, {"on", true},
	    {"off", false}, {"allow", true}, {"deny", false}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (span_equal(word, span_of(words[i].word))) {
			*ret_value = words[i].value;
			return true;
		}
	}
	return false;
}
