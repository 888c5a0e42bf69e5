/* SPDX-License-Identifier: Apache-2.0 */
/* Random answers: what is told of them is what comes out when the whole is parsed, its values are
 * replaced in the tree, and that is compared. At every split the same bytes. */
#include "answer_case.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "json/json.h"
#include "docker/docker.h"

#define ANSWERS 10000
#define LONGEST 400u /* bytes of an answer that is tried at every split */

static uint64_t seed = 20261129;

static unsigned any(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

/* ---- answers -----------------------------------------------------------------------------------
 */

static const char *const words[] = {"a", "Env", "Labels", "A=b", "A=", "=", "/srv:/x:ro", "vol:/x",
    "vol", "12", "00:01", "KEEP=s3cr", "KEEP", "exec_create: sh", "health_status: healthy", "die",
    "a b", "caf\xc3\xa9=x", "x=\"Env\":[\"A=b\"]", "\xf0\x9f\x90\xb3", "", "name", "image",
    "signal", "tab\there", "back\\slash=1", "KEEP.x", "Config", "source", "CONFIG", "exitCode",
    "container", "node", "::", "127.0.0.1", "10.1.2.3"};

static void write_text(struct buf *out, const char *text)
{
	buf_add_char(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == '"' || c == '\\' || (c < 0x80 && any(12) == 0))
			buf_add_format(out, "\\u%04x", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static void write_space(struct buf *out)
{
	if (any(8) == 0)
		buf_add_char(out, " \n\t\r"[any(4)]);
}

static void write_value(
    struct buf *out, const struct docker_answer_member *members, unsigned depth);

static const struct docker_answer_member *pick(const struct docker_answer_member *members)
{
	unsigned count = 0;

	while (members && members[count].name)
		count++;
	return count > 0 && any(4) > 0 ? &members[any(count)] : NULL;
}

static void write_member(
    struct buf *out, const struct docker_answer_member *members, unsigned depth)
{
	const struct docker_answer_member *row = pick(members);
	const char *name = row && row->name[0] != '*' ? row->name : words[any(COUNT(words))];

	write_text(out, name);
	write_space(out);
	buf_add_char(out, ':');
	write_space(out);
	write_value(out, row ? row->inner : NULL, depth + 1);
}

static void write_value(struct buf *out, const struct docker_answer_member *members, unsigned depth)
{
	static const char *const plain[] = {"true", "false", "null", "0", "-12", "3.5e7"};
	unsigned kind = any(10), count = any(4);
	bool list = members ? kind < 2 : kind < 3, map = members ? kind < 9 : kind < 5;

	if (depth > 7 || (!list && !map)) {
		if (any(3) == 0)
			buf_add_text(out, plain[any(COUNT(plain))]);
		else
			write_text(out, words[any(COUNT(words))]);
		return;
	}
	buf_add_char(out, list ? '[' : '{');
	for (unsigned i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		write_space(out);
		if (list)
			write_value(out, members, depth + 1);
		else
			write_member(out, members, depth);
		write_space(out);
	}
	buf_add_char(out, list ? ']' : '}');
}

/* ---- what must be told of them -----------------------------------------------------------------
 */

static bool keeps(const char *name)
{
	return strncmp(name, "KEEP", 4) == 0;
}

static bool is_made_of(const char *text, size_t len, const char *bytes)
{
	return strspn(text, bytes) >= len;
}

/* How |text|, a string of a place that is hidden so, is told, in |room|, if it has no escapes. */
static const char *told(enum docker_hide hide, const char *text, char room[static 256])
{
	const char *colon = strchr(text, ':'), *sign = strchr(text, '=');

	if (!*text)
		return text;
	if (hide == HIDE_NAMED) { /* a pair */
		if (!sign || !sign[1] || (keeps(text) && sign))
			return text;
		(void)snprintf(room, 256, "%.*s=***", (int)(sign - text), text);
		return room;
	}
	if (hide == HIDE_ALL)
		return "***";
	if (hide == HIDE_TYPE)
		return text;
	if (hide == HIDE_ADDRESS)
		return strcmp(text, "::") == 0 || strcmp(text, "127.0.0.1") == 0 ? text : "";
	if (hide == HIDE_EMPTY || hide == HIDE_BYTES)
		return hide == HIDE_EMPTY ? "" : "Kioq";
	bool volume = isalnum((unsigned char)*text) &&
		      is_made_of(text, colon ? (size_t)(colon - text) : strlen(text),
			  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	if (hide == HIDE_SOURCE)
		return volume && !colon ? text : "***";
	if (hide == HIDE_BIND) {
		if (!colon || colon[1] != '/')
			return "***";
		(void)snprintf(room, 256, "***%s", colon);
		return volume ? text : room;
	}
	if (hide == HIDE_NUMBERS)
		return is_made_of(text, strlen(text), "0123456789.,:?%+-") ? text : "***";
	if (hide == HIDE_PATHS)
		return strchr(text, '/') ? "***" : text;
	if (hide == HIDE_ACTION) {
		size_t len = colon ? (size_t)(colon - text) : strlen(text);

		if (strcmp(text, "health_status: healthy") == 0)
			return text;
		if (!is_made_of(text, len, "abcdefghijklmnopqrstuvwxyz_-"))
			return "***";
		(void)snprintf(room, 256, "%.*s:***", (int)len, text);
		return colon ? room : text;
	}
	return NULL; /* a message */
}

struct comparison {
	unsigned kinds;
	bool escapes; /* the answer has some */
};

static void compare(const struct comparison *of, const struct docker_answer_member *members,
    enum docker_hide hide, bool fresh, const cJSON *was, const cJSON *is);

/* Whether it counts in an answer of |type|. */
static bool is_of(const struct docker_answer_member *row, const char *type)
{
	return !row->types || (*type && strstr(row->types, type));
}

/* |type| is what came with HIDE_TYPE before, and is set where this member does. */
static void compare_member(const struct comparison *of, const struct docker_answer_member *members,
    enum docker_hide hide, const char **type, const cJSON *was, const cJSON *is)
{
	const struct docker_answer_member *row = NULL;

	if (hide == HIDE_NAMED) {
		compare(of, NULL, keeps(was->string) ? HIDE_NONE : HIDE_ALL, false, was, is);
		return;
	}
	if (hide != HIDE_NONE) {
		compare(of, NULL, hide, false, was, is);
		return;
	}
	for (const struct docker_answer_member *at = members; at && at->name && !row; at++) {
		bool map = false;

		if (!is_of(at, *type))
			continue;
		for (const struct docker_answer_member *last = members; last->name; last++)
			map |= strcmp(last->name, "*") == 0;
		if (map ? strcmp(at->name, "*") == 0 || strcmp(at->name, was->string) == 0
			: json_names_field(was->string, at->name))
			row = at;
	}
	bool hit = row && row->kinds & of->kinds;

	if (hit && row->hide == HIDE_TYPE)
		*type = cJSON_IsString(is) ? is->valuestring : "";
	if (hit && row->hide == HIDE_NAMED && strcmp(row->name, "*") == 0)
		compare(of, NULL, keeps(was->string) ? HIDE_NONE : HIDE_ALL, false, was, is);
	else
		compare(of, hit || !row ? NULL : row->inner, hit ? row->hide : HIDE_NONE, true, was,
		    is);
}

static void compare_text(
    const struct comparison *of, enum docker_hide hide, const char *was, const char *is)
{
	char room[256];
	const char *must = told(hide, was, room);

	if (hide == HIDE_MESSAGE) {
		assert_int_equal(strncmp(is, *was ? "***" : "", 3), 0);
		return;
	}
	/* escapes in the answer hide what could stay */
	bool covered = strcmp(is, hide == HIDE_ADDRESS ? "" : "***") == 0;

	if (strcmp(is, must) != 0 && (!of->escapes || !covered))
		fail_msg("\"%s\" became \"%s\", not \"%s\"", was, is, must);
}

static void compare(const struct comparison *of, const struct docker_answer_member *members,
    enum docker_hide hide, bool fresh, const cJSON *was, const cJSON *is)
{
	const cJSON *a = was->child, *b = is->child;
	bool list = cJSON_IsArray(was);
	const char *type = "";

	assert_int_equal(was->type, is->type);
	if (hide == HIDE_NAMED && !list && (!cJSON_IsObject(was) || !fresh))
		hide = cJSON_IsString(was) && !fresh ? HIDE_NAMED : HIDE_ALL;
	if (hide == HIDE_NAMED && list && !fresh)
		hide = HIDE_ALL;
	if (hide == HIDE_TYPE && was->child)
		hide = HIDE_ALL;
	if (cJSON_IsString(was) && hide == HIDE_NONE)
		assert_string_equal(was->valuestring, is->valuestring);
	else if (cJSON_IsString(was))
		compare_text(of, hide, was->valuestring, is->valuestring);
	else if (cJSON_IsNumber(was))
		assert_true(is->valuedouble == (hide == HIDE_NONE ? was->valuedouble : 0));
	for (; a && b; a = a->next, b = b->next) {
		if (list) {
			compare(of, members, hide, false, a, b);
			continue;
		}
		assert_string_equal(a->string, b->string);
		compare_member(of, members, hide, &type, a, b);
	}
	assert_true(!a && !b);
}

static void try_one(const struct answer_case *of, struct span text)
{
	struct comparison comparison = {of->kinds, memchr(text.at, '\\', text.len) != NULL};
	struct error err = {""};
	struct buf whole, out;
	cJSON *was = cJSON_ParseWithLength(text.at, text.len), *is;

	buf_init(&whole, SIZE_MAX);
	buf_init(&out, SIZE_MAX);
	assert_non_null(was);
	if (answer_run(of, text, text.len, &whole, &err) < 0)
		fail_msg("%.*s: %s", (int)text.len, text.at, err.text);
	is = cJSON_ParseWithLength(whole.at, whole.len);
	assert_non_null(is);
	compare(&comparison, of->members, HIDE_NONE, true, was, is);
	for (size_t split = 0; text.len <= LONGEST && split < text.len; split++) {
		assert_int_equal(answer_run(of, text, split, &out, &err), 0);
		if (!span_equal(buf_span(&out), buf_span(&whole)))
			fail_msg("%.*s is told otherwise at %zu", (int)text.len, text.at, split);
	}
	assert_int_equal(answer_run_bytes(of, text, &out, &err), 0);
	assert_true(span_equal(buf_span(&out), buf_span(&whole)));
	cJSON_Delete(was);
	cJSON_Delete(is);
	buf_free(&whole);
	buf_free(&out);
}

/* The table of some operation that has one. */
static const struct docker_answer_member *any_table(void)
{
	for (;;) {
		const struct docker_operation *operation =
		    docker_operation_at(any(docker_operation_count()));

		if (operation->shows)
			return operation->shows;
	}
}

static void random_answers_are_told_as_their_trees_are(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, SIZE_MAX);
	for (unsigned i = 0; i < ANSWERS; i++) {
		struct answer_case of = {any_table(), false,
		    any(2) ? ANSWER_ALL_KINDS : any(ANSWER_ALL_KINDS + 1), "KEEP*"};

		buf_clear(&text);
		write_value(&text, of.members, 0);
		try_one(&of, buf_span(&text));
	}
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_answers_are_told_as_their_trees_are),
	};

	return cmocka_run_group_tests_name("answer_random", tests, NULL, NULL);
}
