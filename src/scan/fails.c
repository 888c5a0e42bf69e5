/* SPDX-License-Identifier: Apache-2.0 */
/* How a value fails a check: one function a test. */
#include "scan/parts.h"

#include <strings.h>

#define JOINED_MOST 8 /* containers that join one another */
#define LOW_PORT 1024

struct look {
	const struct scan *scan;
	const struct scan_check *check;
	struct buf *told, *inner;
};

static struct span text_of(const cJSON *value)
{
	return span_of(json_string(value));
}

static bool in_words(struct span word, const char *words)
{
	struct span rest = span_of(words), one;

	while ((one = span_next_word(&rest)).len > 0) {
		if (span_equal_nocase(one, word))
			return true;
	}
	return false;
}

/* ---- flags, numbers, lists ---------------------------------------------------------------------
 */

static bool fails_false(struct look *look, const cJSON *value)
{
	buf_add_text(look->told, value ? "false" : "");
	return !cJSON_IsTrue(value) && !span_is(text_of(value), "true") &&
	       !(cJSON_IsString(value) && text_of(value).len == 0); /* "encrypted=" */
}

static bool fails_true(struct look *look, const cJSON *value)
{
	buf_add_text(look->told, "true");
	return cJSON_IsTrue(value);
}

static void tell_number(struct look *look, const cJSON *value)
{
	char room[JSON_NUMBER_MOST];

	if (cJSON_IsNumber(value))
		buf_add(look->told, json_number_text(value, &room));
}

static bool fails_zero(struct look *look, const cJSON *value)
{
	tell_number(look, value);
	return json_number(value) <= 0;
}

static bool fails_empty(struct look *look, const cJSON *value)
{
	(void)look;
	return json_is_empty(value);
}

static void tell_list(struct look *look, const cJSON *value)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, value) {
		if (!cJSON_IsString(item))
			continue;
		buf_add_text(look->told, look->told->len > 0 ? ", " : "");
		buf_add(look->told, text_of(item));
	}
}

static bool fails_set(struct look *look, const cJSON *value)
{
	buf_add(look->told, text_of(value));
	tell_list(look, value);
	return cJSON_IsObject(value) || !json_is_empty(value);
}

static bool fails_without(struct look *look, const cJSON *value)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, value) {
		if (in_words(text_of(item), look->check->operand))
			return false;
	}
	tell_list(look, value);
	return true;
}

static bool fails_outside(struct look *look, const cJSON *value)
{
	struct span most, least = span_cut(span_of(look->check->operand), ' ', &most);
	uint64_t from = 0, to = 0;
	double number = json_number(value);

	tell_number(look, value);
	return !span_to_uint(least, UINT32_MAX, &from) || !span_to_uint(most, UINT32_MAX, &to) ||
	       number < (double)from || number > (double)to;
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static bool fails_word(struct look *look, const cJSON *value)
{
	buf_add(look->told, text_of(value));
	return in_words(text_of(value), look->check->operand);
}

static bool fails_beyond(struct look *look, const cJSON *value)
{
	struct span word = text_of(value), bare = word;

	buf_add(look->told, word);
	if (word.len > 4 && strncasecmp(word.at, "CAP_", 4) == 0)
		bare = span_from(word, 4);
	return word.len > 0 && !in_words(bare, look->check->operand);
}

static bool fails_holds(struct look *look, const cJSON *value)
{
	struct span rest, line = span_cut(text_of(value), '\n', &rest);

	buf_add(look->told, line);
	return strstr(json_string(value), look->check->operand) != NULL;
}

static bool is_root(struct span user)
{
	uint64_t id;

	return user.len == 0 || span_is(user, "root") ||
	       (span_to_uint(user, UINT32_MAX, &id) && id == 0);
}

static bool fails_root(struct look *look, const cJSON *value)
{
	struct span group, user = span_cut(text_of(value), ':', &group);

	buf_add(look->told, text_of(value));
	return is_root(user);
}

static bool fails_health(struct look *look, const cJSON *value)
{
	struct span kind = text_of(value ? value->child : NULL);

	tell_list(look, value);
	return kind.len == 0 || span_is(kind, "NONE");
}

static bool fails_port(struct look *look, const cJSON *value)
{
	struct span rest, first = span_cut(text_of(value), '-', &rest);
	uint64_t port = 0;

	if (cJSON_IsNumber(value)) {
		tell_number(look, value);
		return json_number(value) > 0 && json_number(value) < LOW_PORT;
	}
	buf_add(look->told, text_of(value));
	return span_to_uint(first, UINT16_MAX, &port) && port > 0 && port < LOW_PORT;
}

static bool fails_any_ip(struct look *look, const cJSON *value)
{
	struct span address = text_of(value);

	buf_add(look->told, address);
	return address.len == 0 || span_is(address, "0.0.0.0") || span_is(address, "::") ||
	       span_is(address, "[::]");
}

static bool fails_secret(struct look *look, const cJSON *value)
{
	struct span rest;

	buf_add(look->told, span_cut(text_of(value), '=', &rest));
	return policy_env_is_secret(text_of(value));
}

/* ---- images ------------------------------------------------------------------------------------
 */

static bool fails_latest(struct look *look, const cJSON *value)
{
	struct span digest, name = span_cut(text_of(value), '@', &digest), tag = {NULL, 0};
	const char *slash = name.len > 0 ? memrchr(name.at, '/', name.len) : NULL;
	struct span last = slash ? span_from(name, (size_t)(slash - name.at) + 1) : name;

	buf_add(look->told, text_of(value));
	if (digest.at || name.len == 0 || span_starts(name, SPAN("sha256:")))
		return false;
	(void)span_cut(last, ':', &tag);
	return !tag.at || span_is(tag, "latest");
}

static bool has(struct span text, const char *part)
{
	return text.len > 0 && memmem(text.at, text.len, part, strlen(part));
}

/* The tools that fetch lists of packages with one command, and packages with another. */
static const struct {
	const char *update, *install;
} tools[] = {
    {"apt-get update", "install"},
    {"apt update", "install"},
    {"apk update", "add "},
    {"yum update", "install"},
    {"dnf update", "install"},
    {"zypper refresh", "install"},
};

static bool fails_update(struct look *look, const cJSON *value)
{
	struct span line = text_of(value);

	buf_add(look->told, line);
	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++) {
		if (has(line, tools[i].update) && !has(line, tools[i].install))
			return true;
	}
	return false;
}

/* The first layer of a base image is an ADD at the root. */
static bool fails_add(struct look *look, const cJSON *value)
{
	struct span line = text_of(value);

	(void)span_cut_prefix(&line, SPAN("/bin/sh -c #(nop) "));
	buf_add(look->told, line);
	return span_starts(line, SPAN("ADD ")) && !has(line, " in / ") &&
	       !(line.len > 5 && memcmp(line.at + line.len - 5, " in /", 5) == 0) &&
	       !has(line, " / # buildkit");
}

/* ---- namespaces --------------------------------------------------------------------------------
 */

static const struct span container_prefix = SPAN("container:");

/* The value of the container that is joined, at the place where this one has it. */
static const cJSON *joined_value(struct look *look, struct span name)
{
	const struct scan_object *other = scan_find(look->scan, SCAN_CONTAINER, name);
	struct span rest = span_of(look->check->paths[SCAN_CONTAINER]);
	const cJSON *value = other ? other->json : NULL;

	while (value && rest.at)
		value = scan_member(value, span_cut(rest, '/', &rest));
	return value;
}

static bool fails_host(struct look *look, const cJSON *value)
{
	struct span mode = text_of(value), name;

	buf_add(look->told, mode);
	for (unsigned i = 0; i < JOINED_MOST; i++) {
		name = mode;
		if (!span_cut_prefix(&name, container_prefix))
			break;
		mode = text_of(joined_value(look, name));
	}
	const struct scan_object *network = scan_find(look->scan, SCAN_NETWORK, mode);

	return span_is(mode, "host") || span_starts(mode, SPAN("ns:")) ||
	       (network && strcmp(network->name, "host") == 0);
}

/* ---- mounts ------------------------------------------------------------------------------------
 */

/* The host path that is mounted: of a mount, or of a volume's options. */
static struct span source_of(struct look *look, const cJSON *value)
{
	if (cJSON_IsString(value)) {
		buf_add(look->told, text_of(value));
		return text_of(value);
	}
	struct span type = json_text(value, "Type"), source = json_text(value, "Source");
	bool volume = span_is(type, "volume") || span_is(type, "cluster");

	if (span_is(type, "tmpfs") || span_is(type, "npipe") || span_is(type, "image"))
		return (struct span){NULL, 0};
	if (volume) {
		const cJSON *name = json_field(value, "Name");
		const struct scan_object *made =
		    scan_find(look->scan, SCAN_VOLUME, name ? text_of(name) : source);

		source = json_text(json_field(made ? made->json : NULL, "Options"), "device");
	}
	buf_add_text(look->inner, volume ? ".Name" : ".Source");
	buf_add(look->told, source);
	return source;
}

static bool fails_socket(struct look *look, const cJSON *value)
{
	return policy_host_place(source_of(look, value)) == PLACE_OF_SOCKET;
}

static bool fails_system(struct look *look, const cJSON *value)
{
	return policy_host_place(source_of(look, value)) == PLACE_OF_SYSTEM;
}

/* ---- the table ---------------------------------------------------------------------------------
 */

static const struct {
	bool (*fails)(struct look *look, const cJSON *value);
	bool missing; /* fails where nothing is set, too */
} tests[SCAN_TESTS] = {
    [FAILS_FALSE] = {fails_false, true},
    [FAILS_ZERO] = {fails_zero, true},
    [FAILS_EMPTY] = {fails_empty, true},
    [FAILS_WITHOUT] = {fails_without, true},
    [FAILS_ROOT] = {fails_root, true},
    [FAILS_HEALTH] = {fails_health, true},
    [FAILS_TRUE] = {fails_true, false},
    [FAILS_SET] = {fails_set, false},
    [FAILS_WORD] = {fails_word, false},
    [FAILS_BEYOND] = {fails_beyond, false},
    [FAILS_OUTSIDE] = {fails_outside, true},
    [FAILS_HOST] = {fails_host, false},
    [FAILS_SOCKET] = {fails_socket, false},
    [FAILS_SYSTEM] = {fails_system, false},
    [FAILS_PORT] = {fails_port, false},
    [FAILS_ANY_IP] = {fails_any_ip, true},
    [FAILS_HOLDS] = {fails_holds, false},
    [FAILS_SECRET] = {fails_secret, false},
    [FAILS_LATEST] = {fails_latest, false},
    [FAILS_UPDATE] = {fails_update, false},
    [FAILS_ADD] = {fails_add, false},
};

bool scan_fails_missing(enum scan_test test)
{
	return test < SCAN_TESTS && tests[test].missing;
}

bool scan_fails(const struct scan *scan, const struct scan_check *check, const cJSON *value,
    struct buf *told, struct buf *inner)
{
	struct look look = {scan, check, told, inner};

	if (!value && !tests[check->test].missing)
		return false;
	return tests[check->test].fails(&look, value);
}
