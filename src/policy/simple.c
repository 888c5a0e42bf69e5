/* SPDX-License-Identifier: Apache-2.0 */
/* Small grammars: signals, working directories, numbers as text. */
#include <ctype.h>
#include <stdio.h>

#include "policy/judge.h"

/* ---- signals -----------------------------------------------------------------------------------
 */

void signal_judge(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	char room[SIGNAL_MOST];

	if (!span_is_ascii(text)) /* the daemon has capitals of its own for some */
		judge_bad(judge, REASON_AMBIGUOUS, place, text,
		    "has letters outside ASCII, which no signal has");
	else if (text.len > 0)
		grant_judge_text(judge, grant, place, signal_name(text, &room));
}

/* ---- Dockerfile instructions -------------------------------------------------------------------
 */

#define LINE_MOST 1024U /* bytes; the keyword of a longer line is compared as it is written */

struct instruction_asked {
	struct judge *judge;
	enum grant grant;
	const struct place *place;
};

/* The daemon reads the keyword in any case, and policies write it in capitals. */
static struct span with_capitals(struct span line, struct text *room)
{
	struct span rest = line;
	size_t keyword = docker_next_word(&rest).len;

	if (line.len + 1 >= room->size)
		return line;
	for (size_t i = 0; i < line.len; i++) {
		char c = i < keyword ? (char)toupper((unsigned char)line.at[i]) : line.at[i];

		text_add(room, (struct span){&c, 1});
	}
	return text_span(room);
}

struct span instruction_keep(struct policy *policy, struct span pattern)
{
	char bytes[LINE_MOST];
	struct text room = text_in(bytes, sizeof(bytes));

	return policy_keep_stars(policy, with_capitals(pattern, &room));
}

/* Refuses. Where the instruction may hold a secret only its keyword is shown. */
static void need_instruction(
    const struct instruction_asked *asked, struct span text, struct span refused)
{
	char bytes[LINE_MOST];
	struct text shown = text_in(bytes, sizeof(bytes));
	struct place open = *asked->place;
	struct span rest = refused;
	bool final, secret = open.secret;
	const struct grant_row *negated =
	    negate_refusing(asked->judge->policy, asked->grant, refused, NULL, &final);
	bool helps = !final && !secret && refused.len == text.len;

	open.secret = false;
	text_add(&shown, secret ? docker_next_word(&rest) : text);
	text_add(&shown, secret ? SPAN(" ***") : SPAN(""));
	judge_need_despite(asked->judge, &open, asked->grant, text_span(&shown),
	    helps ? text : (struct span){NULL, 0}, negated);
}

/* What ONBUILD puts off is taken back as what is done at once. */
static bool judge_one(void *context, struct span written, struct span inner)
{
	const struct instruction_asked *asked = context;
	struct judge *judge = asked->judge;
	char bytes[LINE_MOST];
	struct text room = text_in(bytes, sizeof(bytes));
	struct span text = with_capitals(written, &room);
	const struct grant_row *row = grant_find(judge->policy, asked->grant, text);
	bool taken_back = inner.len < written.len &&
			  negate_takes_back(judge->policy, asked->grant, inner, NULL) &&
			  !grant_find(judge->policy, asked->grant, inner);

	if (taken_back || !row)
		need_instruction(asked, text, taken_back ? inner : text);
	else
		judge_note(judge, asked->place, text, "granted", &row->source);
	return !judge_done(judge);
}

/* Whether a pattern could stand for an instruction of this keyword. */
static bool meets_keyword(struct span pattern, struct span keyword)
{
	size_t len = 0;

	while (len < pattern.len && !strchr(" \t*?[", pattern.at[len]))
		len++;
	return len <= keyword.len &&
	       span_equal_nocase((struct span){pattern.at, len}, (struct span){keyword.at, len});
}

/* A variable in an instruction that no `!` could take back changes nothing. */
static bool is_exact(void *context, struct span keyword)
{
	const struct instruction_asked *asked = context;
	const struct grant_row *row = asked->judge->policy->grants[asked->grant].negated;

	while (row && !meets_keyword(row->text, keyword))
		row = row->next;
	return row != NULL;
}

void instruction_judge(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct instruction_asked asked = {judge, grant, place};

	if (!twin_is_narrowed(judge->policy, grant)) {
		grant_judge_text(judge, grant, place, text);
		return;
	}
	const char *fault = instruction_each(text, is_exact, judge_one, &asked);

	if (fault && !judge_done(judge))
		judge_bad(judge, REASON_AMBIGUOUS, place, text, fault);
}

/* ---- working directories -----------------------------------------------------------------------
 */

/* Whether |path| is /proc, /dev/fd (a link to /proc/self/fd) or below, once "." and ".." are taken
 * away, as from the root. */
static bool lies_in_proc(struct span path)
{
	struct span parts[2] = {{NULL, 0}, {NULL, 0}};
	size_t depth = 0;

	while (path.at) {
		struct span segment = span_cut(path, '/', &path);

		if (segment.len == 0 || span_is(segment, "."))
			continue;
		if (span_is(segment, "..")) {
			depth -= depth > 0;
			continue;
		}
		if (depth < sizeof(parts) / sizeof(*parts))
			parts[depth] = segment;
		depth++;
	}
	return (depth > 0 && span_is(parts[0], "proc")) ||
	       (depth > 1 && span_is(parts[0], "dev") && span_is(parts[1], "fd"));
}

void workdir_judge(struct judge *judge, const struct place *place, struct span path)
{
	if (!policy_grants_all(judge->policy) && lies_in_proc(path))
		judge_never(judge, place, path,
		    "a working directory under /proc or /dev/fd can lead out of the container; "
		    "choose another one");
}

/* ---- users and host names -----------------------------------------------------------------------
 */

#define NAME_ROOM                                                                                  \
	320             /* bytes; of users and host names that are longer the daemon makes nothing \
			 */
#define NUMBERS_ROOM 48 /* what two numbers may need */

static void refuse_long(struct judge *judge, const struct place *place, struct span text)
{
	judge_bad(judge, REASON_BODY, place, text, "is too long for a name");
}

void user_judge(struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	char room[NAME_ROOM];
	struct text plain = text_in(room, sizeof(room));

	if (text.len + NUMBERS_ROOM >= sizeof(room)) {
		refuse_long(judge, place, text);
		return;
	}
	user_write(&plain, text);
	grant_judge_text(judge, grant, place, text_span(&plain));
}

/* "10.0.0.5 db more" is granted as "db:10.0.0.5" and "more:10.0.0.5" are. */
void hosts_judge(struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct span rest = text, address = docker_next_word(&rest), host = docker_next_word(&rest);
	char room[NAME_ROOM * 2];

	if (host.len == 0) {
		grant_judge_text(judge, grant, place, text);
		return;
	}
	for (; host.len > 0 && !judge_done(judge); host = docker_next_word(&rest)) {
		struct text entry = text_in(room, sizeof(room));

		text_add(&entry, host);
		text_add(&entry, SPAN(":"));
		text_add(&entry, address);
		if (entry.len + 1 >= sizeof(room))
			refuse_long(judge, place, text);
		else
			grant_judge_text(judge, grant, place, text_span(&entry));
	}
}

/* ---- disks and names ----------------------------------------------------------------------------
 */

static bool is_plain_node(struct span path)
{
	struct span name = path;

	return (span_cut_prefix(&name, SPAN("/dev/mapper/")) ||
		   span_cut_prefix(&name, SPAN("/dev/"))) &&
	       name.len > 0 && !span_has(name, '/') && !span_is(name, ".") && !span_is(name, "..");
}

void disk_judge(struct judge *judge, enum grant grant, const struct place *place, struct span path)
{
	if (is_plain_node(path))
		judge_note(judge, place, path, "harmless", NULL);
	else if (!path_is_clean(path) && !grant_is_free(judge->policy, grant))
		judge_bad(judge, REASON_AMBIGUOUS, place, path,
		    "is not a plain absolute path; write it without \"..\", \".\" and \"//\"");
	else
		grant_judge_text(judge, grant, place, path);
}

struct span container_name(struct span text)
{
	(void)span_cut_prefix(&text, SPAN("/"));
	return text;
}

/* ---- scalars -----------------------------------------------------------------------------------
 */

struct span value_text(const cJSON *value, char (*room)[NUMBER_MOST])
{
	if (cJSON_IsString(value))
		return span_of(value->valuestring);
	if (cJSON_IsBool(value))
		return cJSON_IsTrue(value) ? SPAN("true") : SPAN("false");
	if (!cJSON_IsNumber(value))
		return SPAN("...");
	return json_number_text(value, room);
}

/* ---- registries --------------------------------------------------------------------------------
 */

static struct span without_scheme(struct span text)
{
	(void)(span_cut_prefix(&text, SPAN("https://")) || span_cut_prefix(&text, SPAN("http://")));
	return text;
}

static bool has_upper_case(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (isupper((unsigned char)s.at[i]))
			return true;
	}
	return false;
}

/* The host of an address ("https://host:port/v1/"), or of a name ("host:port/x", "x"), where it is
 * docker.io unless the part before the first slash looks like a host. */
static struct span registry_host(struct span text, bool address)
{
	struct span rest, bare = without_scheme(text);
	struct span host = span_cut(bare, '/', &rest);
	bool looks = span_has(host, '.') || span_has(host, ':') || span_is(host, "localhost") ||
		     has_upper_case(host);

	if (!address && bare.len == text.len && (!rest.at || !looks))
		return SPAN("docker.io");
	return span_is(host, "index.docker.io") ? SPAN("docker.io") : host;
}

/* Whether another reader could take another part of |host| for the host: behind a '@', or before a
 * '?' or '#'. */
static bool is_odd_host(struct span host)
{
	for (size_t i = 0; i < host.len; i++) {
		if (!isalnum((unsigned char)host.at[i]) && !strchr(".:-_[]", host.at[i]))
			return true;
	}
	return false;
}

static void judge_host(struct judge *judge, enum grant grant, const struct place *place,
    struct span text, struct span host)
{
	if (is_odd_host(host) && !grant_is_free(judge->policy, grant))
		judge_bad(judge, REASON_AMBIGUOUS, place, text,
		    "has a host that could be read in two ways");
	else
		grant_judge_text(judge, grant, place, host);
}

void registry_judge(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	judge_host(judge, grant, place, text, registry_host(text, place->kind < PLACE_QUERY));
}

void registry_judge_remote(struct judge *judge, const struct place *place, struct span name)
{
	if (judge->policy->grants[GRANT_REGISTRY_ID].given && !judge_done(judge))
		judge_host(judge, GRANT_REGISTRY_ID, place, name, registry_host(name, false));
}
