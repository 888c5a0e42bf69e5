/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines, word by word: no pattern can be fooled by a word that holds blanks. */
#include "base/glob.h"
#include "json/json.h"
#include "policy/judge.h"

static unsigned count_words(struct span text)
{
	struct span word;
	unsigned count = 0;

	while (word_next(&text, &word) > 0)
		count++;
	return count;
}

int argv_row_parse(struct policy *policy, struct grant_row *row, struct error *err)
{
	struct argv_row *argv = &row->argv;
	unsigned count = count_words(row->text);
	struct span rest = row->text, word;
	int more;

	*argv =
	    (struct argv_row){.words = arena_alloc(&policy->arena, count * sizeof(*argv->words))};
	if (!argv->words)
		return error_set(err, "out of memory");
	while ((more = word_next(&rest, &word)) > 0) {
		bool last = span_trim(rest).len == 0;

		if (last && span_is(word, "**")) {
			argv->more = true;
			return 0;
		}
		argv->words[argv->count] = policy_keep_stars(policy, word);
		if (!argv->words[argv->count++].at)
			return error_set(err, "out of memory");
	}
	return more < 0 ? quotes_refuse(err) : 0;
}

bool argv_row_covers(const void *asked, const struct grant_row *row)
{
	const struct argv_row *argv = &row->argv;
	const cJSON *words = asked;
	const cJSON *word = cJSON_IsString(words) ? words : words->child;

	if (!word) /* no words are as good as one that is empty */
		return argv->more || (argv->count == 1 && argv->words[0].len == 0);
	for (unsigned i = 0; i < argv->count; i++) {
		if (!word || !glob_match(argv->words[i], span_of(json_string(word))))
			return false;
		word = cJSON_IsString(words) ? NULL : word->next;
	}
	return argv->more || !word;
}

/* The words as a policy line would hold them. Returns false when it cannot. */
static bool write_words(struct text *text, const cJSON *words)
{
	const cJSON *word = cJSON_IsString(words) ? words : words->child;
	bool fits = true;

	for (; word && text->len + 1 < text->size;
	     word = cJSON_IsString(words) ? NULL : word->next) {
		struct span span = span_of(json_string(word));
		const char *quote = policy_wants_quotes(span) ? "\"" : "";

		fits = fits && (span.len == 0 || (fits_a_line(span) && says_itself(span)));
		text_add_format(text, "%s%s", text->len ? " " : "", quote);
		text_add(text, span);
		text_add(text, span_of(quote));
	}
	return fits && text->len + 1 < text->size;
}

static void need_argv(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *words)
{
	char room[200], fix[240];
	struct text text = text_in(room, sizeof(room)), fix_text = text_in(fix, sizeof(fix));

	if (write_words(&text, words))
		text_add_format(&fix_text, "%s = %s", grant_info(grant)->name, room);
	struct fault fault = {.reason = REASON_GRANT,
	    .place = place,
	    .value = text_span(&text),
	    .grant = grant,
	    .fix = fix,
	    .need = &(struct need){.words = words}};
	char shown[100];
	struct text shown_text = text_in(shown, sizeof(shown));

	text_add_shown(&shown_text, text_span(&text), 80);
	const char *closer = grant_closed_by(judge, grant);

	judge_refuse(judge, &fault, "the command line (%s) needs the grant \"%s\"%s%s%s", shown,
	    grant_info(grant)->name, closer ? ", which narrowing \"" : "", closer ? closer : "",
	    closer ? "\" closes" : "");
}

static const struct grant_row *find_empty(
    const struct policy *policy, enum grant grant, const cJSON *words)
{
	const struct grant_row *row = policy->grants[grant].first;

	while (row && !argv_row_covers(words, row))
		row = row->next;
	return row;
}

const struct grant_row *argv_find(const struct policy *policy, enum grant grant, const cJSON *words)
{
	const cJSON *first = cJSON_IsString(words) ? words : words->child, *last = first;

	if (!first)
		return find_empty(policy, grant, words);
	while (cJSON_IsArray(words) && last->next)
		last = last->next;
	return rows_find(policy, grant, span_of(json_string(first)), span_of(json_string(last)),
	    argv_row_covers, words);
}

void argv_judge(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *words)
{
	if (grant_is_free_here(judge, grant))
		return;
	const struct grant_row *row = argv_find(judge->policy, grant, words);

	if (row)
		judge_note(judge, place, SPAN("..."), "granted", &row->source);
	else
		need_argv(judge, grant, place, words);
}
