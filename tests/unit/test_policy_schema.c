/* SPDX-License-Identifier: Apache-2.0 */
/* Every field of every body, as the tables have it, in its place: what a grant governs is refused
 * for that grant, what is harmless passes, and wrong shapes and unknown members pass nowhere. */
#include "unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "policy_case.h"

#define DEPTH_MOST 12
#define BODY_BYTES 2000

/* No grant but for the key that maps of networks have here. What is open by itself is narrowed. */
static const char policy_lines[] =
    "allow = @all\nnetwork_mode = key\nuser = 1:1\nworking_dir = /q\nenv = Q\nlabel = "
    "q\nentrypoint = q\ncommand = "
    "q\n"
    "exec_command = q\nexec_tty = no\nsignal = HUP\narchive_path = /q\nname = q\nalias = q\n"
    "image_change = q\nplacement = q";

/* The way from the body down to a field. */
struct way {
	const struct docker_operation *operation;
	const struct docker_field *fields[DEPTH_MOST];
	unsigned depth;
	bool own_grammar; /* a field above has one, which judges its members together */
};

static unsigned visited;
static const char *existing; /* what the daemon has: see struct request_case */

/* ---- bodies ------------------------------------------------------------------------------------
 */

static const char *const by_shape[SHAPE_MAX] = {
    [SHAPE_ANY] = "\"x\"",
    [SHAPE_BOOL] = "true",
    [SHAPE_INT] = "1",
    [SHAPE_UINT] = "1",
    [SHAPE_NUMBER] = "1",
    [SHAPE_STRING] = "\"x\"",
    [SHAPE_STRINGS] = "[\"x\"]",
    [SHAPE_STRING_OR_STRINGS] = "[\"x\"]",
    [SHAPE_STRING_MAP] = "{\"x\":\"x\"}",
    [SHAPE_SET] = "{\"x\":{}}",
    [SHAPE_OBJECT] = "{\"x\":1}",
    [SHAPE_INTS] = "[1]",
    [SHAPE_STRING_LISTS] = "[[\"x\"]]",
};

/* Where the shape alone does not make a dangerous value. */
static const char *const by_check[CHECK_MAX] = {
    [CHECK_BIND] = "[\"/x:/y\"]",
    [CHECK_MOUNT] = "[{\"Type\":\"bind\",\"Source\":\"/x\",\"Target\":\"/y\"}]",
    [CHECK_TMPFS] = "{\"/x\":\"\"}",
    [CHECK_IMAGE] = "\"evil:1\"",
    [CHECK_NETWORK_KEYS] = "{\"x\":{}}",
    [CHECK_SECURITY] = "[\"x=y\"]",
    [CHECK_PRIVILEGES] = "{\"SELinuxContext\":{\"Disable\":true}}",
    [CHECK_PORTS] = "{\"80/tcp\":[{\"HostPort\":\"80\"}]}",
    [CHECK_SERVICE_PORTS] = "[{\"PublishedPort\":80}]",
    [CHECK_DEVICE] = "[{\"PathOnHost\":\"/dev/x\"}]",
    [CHECK_DEVICE_REQUEST] = "[{\"Driver\":\"x\"}]",
    [CHECK_PLUGIN] = "[{\"Name\":\"x\"}]",
    [CHECK_PRESENT] = "[]",
    [CHECK_NEGATIVE] = "-1",
    [CHECK_WORKDIR] = "\"/x\"",
    [CHECK_DISK] = "\"/etc/x\"",
    [CHECK_ULIMIT] = "[{\"Name\":\"x\",\"Hard\":1}]",
    [CHECK_SIGNAL] = "\"KILL\"",
    [CHECK_INSTRUCTION] = "[\"USER x\"]",
    [CHECK_HOSTS] = "[\"10.0.0.1 x\"]",
    [CHECK_REGISTRY] = "\"x.example.org\"",
    [CHECK_DRIVER] = "\"x\"",
    [CHECK_REMOTE] = "\"x.example.org/x\"",
};

/* What stands around the members of an object of this shape. */
static const struct {
	const char *before, *after;
} around[SHAPE_MAX] = {
    [SHAPE_OBJECT] = {"{", "}"},
    [SHAPE_OBJECTS] = {"[{", "}]"},
    [SHAPE_OBJECT_MAP] = {"{\"key\":{", "}}"},
    [SHAPE_OBJECTS_MAP] = {"{\"key\":[{", "}]}"},
};

/* The body in which the last field of |way| is |value|, or which holds |member| in it. */
static void write_body(
    const struct way *way, const char *value, const char *member, struct buf *out)
{
	bool whole = way->operation->schema->whole;

	buf_add_text(out, whole ? "" : "{");
	for (unsigned i = 0; i < way->depth; i++) {
		const struct docker_field *field = way->fields[i];

		if (!whole || i > 0)
			buf_add_format(out, "\"%s\":", field->name);
		if (i + 1 < way->depth || member)
			buf_add_text(out, around[field->shape].before);
	}
	buf_add_text(out, member ? member : value);
	for (unsigned i = way->depth; i-- > 0;) {
		if (i + 1 < way->depth || member)
			buf_add_text(out, around[way->fields[i]->shape].after);
	}
	buf_add_text(out, whole ? "" : "}");
	buf_add_char(out, '\0');
}

static void decide(const struct policy *policy, const struct way *way, const char *value,
    const char *member, struct outcome *outcome)
{
	static char body[BODY_BYTES];
	char target[200];
	struct buf out;
	size_t len = strcspn(way->operation->path, "{");

	buf_init(&out, sizeof(body));
	write_body(way, value, member, &out);
	assert_false(out.failed);
	memcpy(body, out.at, out.len);
	buf_free(&out);
	/* "/networks/{id}/connect": of a network that may be connected to */
	(void)snprintf(target, sizeof(target), "%s %.*s%s%s", method_name(way->operation->method),
	    (int)len, way->operation->path, way->operation->path[len] ? "key" : "",
	    way->operation->path[len] ? strchr(way->operation->path, '}') + 1 : "");
	if (strcmp(way->operation->name, "image.push") == 0)
		(void)snprintf(target, sizeof(target), "POST /images/named/push?tag=1");
	if (strcmp(way->operation->name, "container.commit") == 0)
		(void)snprintf(target, sizeof(target), "POST /commit?container=key");
	decide_case(policy, &(struct request_case){.line = target, .body = body, .state = existing},
	    outcome);
}

static void complain(const struct way *way, const struct outcome *outcome, const char *wanted)
{
	char path[BODY_BYTES] = "";
	size_t len = 0;

	for (unsigned i = 0; i < way->depth; i++)
		len +=
		    (size_t)snprintf(path + len, sizeof(path) - len, ".%s", way->fields[i]->name);
	fail_msg("%s%s: %s (%s), not %s", way->operation->name, path, outcome_text(outcome),
	    outcome->decision.message, wanted);
}

/* ---- one field ---------------------------------------------------------------------------------
 */

static const char *sample_of(const struct docker_field *field)
{
	const char *sample =
	    by_check[field->check] ? by_check[field->check] : by_shape[field->shape];

	assert_non_null(sample);
	return sample;
}

static void governed_is_refused(const struct policy *policy, const struct way *way)
{
	static struct outcome outcome;
	const struct docker_field *field = way->fields[way->depth - 1];

	decide(policy, way, sample_of(field), NULL, &outcome);
	if (way->own_grammar) {
		if (outcome.decision.verdict != VERDICT_DENY)
			complain(way, &outcome, "refused");
	} else if (field->check == CHECK_NEVER) {
		if (outcome.decision.reason != REASON_NEVER)
			complain(way, &outcome, "never");
	} else if (outcome.decision.reason != REASON_GRANT ||
		   outcome.decision.grant != field->grant) {
		complain(way, &outcome, grant_info(field->grant)->name);
	}
}

static void harmless_passes(const struct policy *policy, const struct way *way)
{
	static struct outcome outcome;

	if (way->own_grammar)
		return;
	decide(policy, way, sample_of(way->fields[way->depth - 1]), NULL, &outcome);
	/* without a registry's address it is the one of Docker */
	if (strcmp(outcome.decision.field, "serveraddress") == 0)
		return;
	if (outcome.decision.verdict != VERDICT_ALLOW)
		complain(way, &outcome, "allowed");
}

static void wrong_shape_is_refused(const struct policy *policy, const struct way *way)
{
	static struct outcome outcome;
	enum docker_shape shape = way->fields[way->depth - 1]->shape;
	bool text = shape == SHAPE_STRING || shape == SHAPE_STRING_OR_STRINGS;

	if (shape == SHAPE_ANY)
		return;
	decide(policy, way, text ? "7" : "\"7\"", NULL, &outcome);
	if (outcome.decision.reason != REASON_BODY || outcome.decision.status != 400)
		complain(way, &outcome, "a wrong shape");
}

static void unknown_member_is_refused(const struct policy *policy, const struct way *way)
{
	static struct outcome outcome;

	decide(policy, way, NULL, "\"Tomorrow\":1", &outcome);
	if (outcome.decision.reason != REASON_UNKNOWN_FIELD)
		complain(way, &outcome, "an unknown field");
}

/* ---- all of them -------------------------------------------------------------------------------
 */

static void visit_fields(
    const struct policy *policy, const struct docker_schema *schema, const struct way *above);

static void visit(const struct policy *policy, const struct way *way)
{
	const struct docker_field *field = way->fields[way->depth - 1];

	visited++;
	wrong_shape_is_refused(policy, way);
	if (field->check == CHECK_FREE || field->check == CHECK_CONTAINER ||
	    field->check == CHECK_CONTAINER_OWN)
		harmless_passes(policy, way);
	else if (field->check != CHECK_TOGETHER && field->check != CHECK_SCHEMA)
		governed_is_refused(policy, way);
	if (!field->sub)
		return;
	unknown_member_is_refused(policy, way);
	struct way below = *way;

	if (field->check != CHECK_SCHEMA && field->check != CHECK_NETWORK_KEYS)
		below.own_grammar = true;
	visit_fields(policy, field->sub, &below);
}

static void visit_fields(
    const struct policy *policy, const struct docker_schema *schema, const struct way *above)
{
	assert_true(above->depth < DEPTH_MOST);
	for (unsigned i = 0; i < schema->count; i++) {
		struct way way = *above;

		way.fields[way.depth++] = &schema->fields[i];
		visit(policy, &way);
	}
}

static void every_field_is_judged_in_its_place(void **state)
{
	struct policy *policy = policy_of(policy_lines);

	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct way way = {.operation = docker_operation_at(i)};

		if (way.operation->schema && !(way.operation->traits & TRAIT_CALL))
			visit_fields(policy, way.operation->schema, &way);
	}
	policy_unref(policy);
	assert_true(visited > 500);
}

/* ---- values that say nothing -------------------------------------------------------------------
 */

/* decide_case() compares what is decided with and without them. */
static void visit_blanks(
    const struct policy *policy, const struct docker_schema *schema, const struct way *above)
{
	static const char *const blanks[] = {"null", "false", "0", "\"\"", "[]", "{}", "true", "5",
	    "1.5", "\"x\"", "[\"x\"]", "[\"a=b\"]", "{\"a\":\"x\"}", "{\"a\":{}}", "[5]"};
	static struct outcome outcome;

	for (unsigned i = 0; i < schema->count; i++) {
		struct way way = *above;

		way.fields[way.depth++] = &schema->fields[i];
		for (size_t n = 0; n < sizeof(blanks) / sizeof(blanks[0]); n++) {
			decide(policy, &way, blanks[n], NULL, &outcome);
			visited++;
		}
		if (schema->fields[i].sub)
			visit_blanks(policy, schema->fields[i].sub, &way);
	}
}

static void visit_every_blank(struct policy *policy)
{
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct way way = {.operation = docker_operation_at(i)};

		if (way.operation->schema && !(way.operation->traits & TRAIT_CALL))
			visit_blanks(policy, way.operation->schema, &way);
	}
	policy_unref(policy);
}

static void visit_all_blanks(const char *lines)
{
	visit_every_blank(policy_of(lines));
}

static void blank_values_decide_nothing(void **state)
{
	(void)state;
	visited = 0;
	visit_all_blanks(policy_lines);
	visit_all_blanks("allow = @all\ngrant = all");
	visit_all_blanks("allow = @all\nunknown_fields = allow");
	assert_true(visited > 9000);
}

static void blank_values_meet_no_requirement(void **state)
{
	struct policy_requirement requirement;
	char lines[200];
	unsigned count = 0;

	(void)state;
	visit_all_blanks("allow = @all\npreset = cis");
	visit_all_blanks("allow = @all\nmax_memory = 1g\nmax_cpus = 2\nmax_pids = 100\n"
			 "max_shm = 1g\nmax_replicas = 3");
	for (; policy_requirement_at(count, &requirement); count++) {
		(void)snprintf(lines, sizeof(lines),
		    "allow = @all\nresolve_binds = yes\nrequire = %s", requirement.name);
		visit_all_blanks(lines);
	}
	assert_true(count > 20);
}

/* What may have any value is left out, but for what an owner looks at. */
static void owners_look_at_what_may_be_anything(void **state)
{
	static char lines[8000];
	struct buf text;

	(void)state;
	buf_init(&text, sizeof(lines));
	buf_add_text(&text, "allow = @all\nowner = alice\nmax_containers = 2\nmax_volumes = 2\n");
	for (enum grant grant = GRANT_NONE + 1; grant < GRANT_MAX; grant++) {
		const char *name = grant_info(grant)->name;
		size_t len = text.len;

		if (!grant_info(grant)->closed)
			continue; /* all is granted without a line */

		buf_add_format(&text, "%s = *\n", name);
		(void)snprintf(lines, sizeof(lines), "%s", buf_text(&text));
		if (!*policy_error(lines))
			continue;
		text.len = len;
		buf_add_format(&text, "%s = yes\n", name);
		(void)snprintf(lines, sizeof(lines), "%s", buf_text(&text));
		if (*policy_error(lines))
			text.len = len;
	}
	(void)snprintf(lines, sizeof(lines), "%s", buf_text(&text));
	buf_free(&text);
	assert_non_null(strstr(lines, "\nvolume_driver = *\n"));
	assert_non_null(strstr(lines, "\nnetwork_template = *\n"));
	struct policy *policy = policy_of(lines);

	assert_int_equal(policy_guard(policy, SPAN("io.example.owner")), 0);
	visited = 0;
	existing = "{\"network x\":{\"Name\":\"x\"},\"volume x\":{\"Name\":\"x\"}}";
	visit_every_blank(policy);
	existing = NULL;
	assert_true(visited > 3000);
}

/* ---- runs of members that say nothing ----------------------------------------------------------
 */

#define RUN_BYTES 8000

/* The members of |schema| with |value| each, in their order, but for the one at |again|, which
 * comes a second time at the end. */
static void write_run(
    struct buf *out, const struct docker_schema *schema, const char *value, unsigned again)
{
	buf_clear(out);
	buf_add_char(out, '{');
	for (unsigned i = 0; i < schema->count; i++)
		buf_add_format(out, "\"%s\":%s,", schema->fields[i].name, value);
	buf_add_format(out, "\"%s\":%s}",
	    again < schema->count ? schema->fields[again].name : "end", again % 2 ? value : "1");
}

/* What the gate makes of |text| with the sieve's short cut and without it is the same. */
static void gate_both(struct json_sieve sieve, struct span text, unsigned most)
{
	const struct json_limits limits = {RUN_BYTES, 16, most};
	struct json_gated quick, slow;
	struct error quick_err = {""}, slow_err = {""};
	struct arena arena;

	arena_init(&arena, 0);
	int result = json_gate_sifted(text, &limits, &sieve, &arena, &quick, &quick_err);

	sieve.skip = NULL;
	sieve.key = 0;
	assert_int_equal(json_gate_sifted(text, &limits, &sieve, &arena, &slow, &slow_err), result);
	assert_string_equal(quick_err.text, slow_err.text);
	if (result == 0 && !span_equal(quick.text, slow.text))
		fail_msg("%.*s and %.*s", (int)quick.text.len, quick.text.at, (int)slow.text.len,
		    slow.text.at);
	arena_free(&arena);
	visited++;
}

static void skip_runs(const struct policy *policy, const struct docker_schema *schema)
{
	static const char *const values[] = {
	    "null", "false", "0", "\"\"", "true", "1", "\"x\"", "nil", "00", " 0"};
	struct json_sieve sieve =
	    policy_sieve(policy, docker_operation_named(SPAN("container.create")), false);
	struct buf text;

	sieve.table = schema;
	buf_init(&text, RUN_BYTES);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		for (unsigned again = 0; again <= schema->count; again++) {
			write_run(&text, schema, values[i], again);
			gate_both(sieve, buf_span(&text), schema->count + 1);
			gate_both(sieve, buf_span(&text), again);
		}
		for (size_t len = 0; i < 4 && len < text.len; len += 7)
			gate_both(sieve, (struct span){text.at, len}, schema->count + 1);
	}
	assert_false(text.failed);
	buf_free(&text);
}

static void runs_are_skipped_as_they_are_read(void **state)
{
	struct policy *policy = policy_of(policy_lines);
	const struct docker_schema *schema;

	(void)state;
	visited = 0;
	for (unsigned i = 0; (schema = docker_schema_at(i)); i++) {
		if (!schema->whole)
			skip_runs(policy, schema);
	}
	policy_unref(policy);
	assert_true(visited > 9000);
}

/* |early|, if it is a row, then the first row with a value, then blank ones in their order, and
 * |last|, if any. */
static void write_out_of_order(
    struct buf *out, const struct docker_schema *schema, unsigned early, const char *last)
{
	buf_clear(out);
	buf_add_char(out, '{');
	if (early < schema->count)
		buf_add_format(out, "\"%s\":null,", schema->fields[early].name);
	buf_add_format(out, "\"%s\":true", schema->fields[0].name);
	for (unsigned i = 1; i < schema->count; i++)
		buf_add_format(out, ",\"%s\":null", schema->fields[i].name);
	if (last)
		buf_add_format(out, ",\"%s\":null", last);
	buf_add_char(out, '}');
}

/* Calls |check| with the sieve of each schema that is judged member by member. */
static void sieve_each(
    void (*check)(struct json_sieve, const struct docker_schema *, struct buf *), unsigned least)
{
	struct policy *policy = policy_of(policy_lines);
	const struct docker_schema *schema;
	struct json_sieve sieve =
	    policy_sieve(policy, docker_operation_named(SPAN("container.create")), false);
	struct buf text;

	visited = 0;
	buf_init(&text, RUN_BYTES);
	for (unsigned i = 0; (schema = docker_schema_at(i)); i++) {
		sieve.table = schema;
		if (!schema->whole)
			check(sieve, schema, &text);
	}
	assert_false(text.failed);
	buf_free(&text);
	policy_unref(policy);
	assert_true(visited > least);
}

static void read_out_of_order(
    struct json_sieve sieve, const struct docker_schema *schema, struct buf *text)
{
	for (unsigned early = 0; early < schema->count; early++) {
		write_out_of_order(text, schema, schema->count, schema->fields[0].name);
		gate_both(sieve, buf_span(text), early);
		gate_both(sieve, buf_span(text), schema->count + 2);
		write_out_of_order(text, schema, early, NULL);
		gate_both(sieve, buf_span(text), schema->count + 3);
	}
}

/* The sieve keeps the bytes of runs: one that it has kept holds a name that came before, or goes on
 * in another way. */
static void kept_runs_are_read_as_any(void **state)
{
	(void)state;
	sieve_each(read_out_of_order, 1000);
}

/* Other bytes behind the comma of a kept run than those that were there. */
static void read_other_ends(
    struct json_sieve sieve, const struct docker_schema *schema, struct buf *text)
{
	static const char *const behind[] = {
	    "\"end\":1}", " \"end\":1}", "\n\t\"end\":1}", "}", "]", "", " ", "1", ",\"end\":1}"};

	for (unsigned j = 0; j < sizeof(behind) / sizeof(*behind); j++) {
		buf_clear(text);
		buf_add_char(text, '{');
		for (unsigned row = 0; row < schema->count; row++)
			buf_add_format(text, "\"%s\":null,", schema->fields[row].name);
		buf_add_format(text, "%s%80s", behind[j], "");
		gate_both(sieve, buf_span(text), schema->count + 3);
	}
}

static void kept_runs_end_where_a_name_begins(void **state)
{
	(void)state;
	sieve_each(read_other_ends, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_field_is_judged_in_its_place),
	    cmocka_unit_test(blank_values_decide_nothing),
	    cmocka_unit_test(blank_values_meet_no_requirement),
	    cmocka_unit_test(owners_look_at_what_may_be_anything),
	    cmocka_unit_test(runs_are_skipped_as_they_are_read),
	    cmocka_unit_test(kept_runs_are_read_as_any),
	    cmocka_unit_test(kept_runs_end_where_a_name_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
