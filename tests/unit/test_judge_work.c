/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to read and judge a body that is full of one field, for each field of each
 * operation that can have many values, in basic blocks that are entered (libcounted.a counts them),
 * never in time: a part of the largest body that the limits permit costs at most that part of what
 * a request may, and twice as much costs twice as much. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "config/config.h"
#include "docker/docker.h"
#include "policy_case.h"

#define PART 64u
#define BLOCKS_MOST                                                                                \
	(96000000u / PART + SMALL) /* 64 million take some 50 ms; without -O there are more */
#define SMALL 100000u              /* blocks: what does not grow */
#define TEXT_MOST (1u << 20)
#define PATH_MOST 512u
#define DEPTH_MOST 6u
#define POLICIES 3u

static uint64_t blocks;

void __sanitizer_cov_trace_pc(void);

/* Called for each basic block of libcounted.a. */
void __sanitizer_cov_trace_pc(void)
{
	blocks++;
}

static struct policy *policies[POLICIES];
static struct json_limits limits;
static char text[TEXT_MOST];
static unsigned judged, refused;

/* ---- policies -------------------------------------------------------------------------------- */

/* A line for |grant| that fits many of the values below, written behind |lines|. */
static void add_grant(char *lines, size_t size, const char *grant)
{
	static const char *const values[] = {
	    "**v*", "*v*", "v*", "/v* rw", "*=v*", "k*=v*", "*", "1-65535", "yes"};
	size_t len = strlen(lines);

	for (size_t i = 0; i < COUNT(values); i++) {
		(void)snprintf(lines + len, size - len, "%s = %s\n", grant, values[i]);
		if (policy_error(lines)[0] == '\0')
			return;
	}
	lines[len] = '\0';
}

static int make_policies(void **state)
{
	static char lines[16384] = "allow = @all\ncheck_state = no\n";
	struct error err;
	struct config *config = config_builtin(&err);

	(void)state;
	assert_non_null(config);
	limits = config->limits.json;
	config_free(config);
	policies[0] = policy_of(lines); /* what is denied tells how it could be permitted */
	policies[1] = policy_of("allow = @all\ngrant = all\ncheck_state = no\n");
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++)
		add_grant(lines, sizeof(lines), grant_info(i)->name);
	policies[2] = policy_of(lines);
	return 0;
}

static int free_policies(void **state)
{
	(void)state;
	for (unsigned i = 0; i < POLICIES; i++)
		policy_unref(policies[i]);
	return 0;
}

/* ---- bodies ---------------------------------------------------------------------------------- */

/* What a field of many values is written with: '#' is a number. */
static const struct filling {
	const char *before, *piece, *after;
	unsigned members; /* that a piece counts for */
} fillings[] = {
    [SHAPE_STRINGS] = {"[", "\"v#\",", "\"v\"]", 1},
    [SHAPE_STRING_OR_STRINGS] = {"[", "\"v#\",", "\"v\"]", 1},
    [SHAPE_STRING_MAP] = {"{", "\"k#\":\"v#\",", "\"k\":\"v\"}", 1},
    [SHAPE_SET] = {"{", "\"k#/tcp\":{},", "\"k\":{}}", 1},
    [SHAPE_OBJECT_MAP] = {"{", "\"k#\":{},", "\"k\":{}}", 1},
    [SHAPE_OBJECTS] = {"[", "{},", "{}]", 1},
    [SHAPE_OBJECTS_MAP] = {"{", "\"#/tcp\":[{}],", "\"k\":[{}]}", 2},
    [SHAPE_INTS] = {"[", "1#,", "1]", 1},
    [SHAPE_STRING_LISTS] = {"[", "[\"v#\"],", "[\"v\"]]", 2},
    [SHAPE_STRING] = {"\"", "v#", "\"", 0},
};

struct writer {
	size_t len;
};

static void add(struct writer *writer, const char *what, unsigned number)
{
	for (; *what; what++) {
		if (*what == '#')
			writer->len += (size_t)snprintf(
			    text + writer->len, TEXT_MOST - writer->len, "%05u", number);
		else
			text[writer->len++] = *what;
		assert_true(writer->len < TEXT_MOST - 16);
	}
}

static struct span write_body(
    const char *before, const struct filling *filling, const char *after, unsigned part)
{
	size_t most = limits.max_bytes / part;
	unsigned members =
	    filling->members ? (limits.max_members - 100) / part / filling->members : UINT32_MAX;
	struct writer writer = {0};

	add(&writer, before, 0);
	add(&writer, filling->before, 0);
	for (unsigned i = 0; i < members && writer.len + 2 * PATH_MOST < most; i++)
		add(&writer, filling->piece, 10000 + i);
	add(&writer, filling->after, 0);
	add(&writer, after, 0);
	return (struct span){text, writer.len};
}

/* ---- what they cost -------------------------------------------------------------------------- */

static uint64_t cost(
    const struct policy *policy, const struct docker_operation *operation, struct span body)
{
	static struct decision decision;
	struct policy_request request = {.method = operation->method, .api = 41};
	struct json_sieve sieve = policy_sieve(policy, operation, false);
	struct arena arena;
	struct error err;

	request.path = span_of(operation->path);
	request.match.operation = operation;
	for (size_t i = 0; i < COUNT(request.match.args); i++)
		request.match.args[i] = SPAN("x");
	request.content_type = SPAN("application/json");
	request.upgrade = SPAN("");
	request.has_body = request.body_read = true;
	arena_init(&arena, 0);
	blocks = 0;
	request.body = json_parse_sifted(body, &limits, &sieve, &arena, &err);
	if (!request.body)
		fail_msg("%s: %s: %.200s", operation->name, err.text, body.at);
	policy_decide(policy, &request, &decision, NULL, NULL);
	uint64_t entered = blocks;

	judged++;
	refused += decision.verdict != VERDICT_ALLOW;
	arena_free(&arena);
	return entered;
}

static void check_field(const struct docker_operation *operation, const char *before,
    const struct filling *filling, const char *after)
{
	for (unsigned i = 0; i < POLICIES; i++) {
		struct span body = write_body(before, filling, after, PART);
		uint64_t whole = cost(policies[i], operation, body);

		body = write_body(before, filling, after, 2 * PART);
		uint64_t half = cost(policies[i], operation, body);

		if (whole > BLOCKS_MOST)
			fail_msg("%s %s, policy %u: %llu blocks", operation->name, before, i,
			    (unsigned long long)whole);
		if (whole > half * 5 / 2 + SMALL)
			fail_msg("%s %s, policy %u: %llu blocks, and %llu of half as much",
			    operation->name, before, i, (unsigned long long)whole,
			    (unsigned long long)half);
	}
}

/* How an object is written that stands in a field of |shape|. */
static void around(enum docker_shape shape, const char **ret_before, const char **ret_after)
{
	*ret_before = shape == SHAPE_OBJECTS       ? "[{"
		      : shape == SHAPE_OBJECT_MAP  ? "{\"k\":{"
		      : shape == SHAPE_OBJECTS_MAP ? "{\"k\":[{"
						   : "{";
	*ret_after = shape == SHAPE_OBJECTS       ? "}]"
		     : shape == SHAPE_OBJECT_MAP  ? "}}"
		     : shape == SHAPE_OBJECTS_MAP ? "}]}"
						  : "}";
}

static void check_schema(const struct docker_operation *operation,
    const struct docker_schema *schema, const char *before, const char *after, unsigned depth)
{
	for (unsigned i = 0; depth < DEPTH_MOST && i < schema->count; i++) {
		const struct docker_field *field = &schema->fields[i];
		char here[PATH_MOST], behind[PATH_MOST];
		const char *opens, *closes;

		(void)snprintf(here, sizeof(here), "%s\"%s\":", before, field->name);
		if (field->shape < COUNT(fillings) && fillings[field->shape].piece)
			check_field(operation, here, &fillings[field->shape], after);
		if (!field->sub || field->sub == schema)
			continue;
		around(field->shape, &opens, &closes);
		(void)snprintf(here, sizeof(here), "%s\"%s\":%s", before, field->name, opens);
		(void)snprintf(behind, sizeof(behind), "%s%s", closes, after);
		check_schema(operation, field->sub, here, behind, depth + 1);
	}
}

static void each_field_has_a_bound(void **state)
{
	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		if (operation->body == BODY_JSON && operation->schema)
			check_schema(operation, operation->schema, "{", "}", 0);
	}
	assert_true(judged > 1000);
	assert_true(refused > 100);
	assert_true(judged - refused > 100);
	print_message("%u bodies, %u of them refused\n", judged, refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_field_has_a_bound),
	};

	return cmocka_run_group_tests(tests, make_policies, free_policies);
}
