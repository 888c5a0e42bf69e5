/* SPDX-License-Identifier: Apache-2.0 */
/* What of BuildKit's gRPC a policy permits: every power of a build, in every spelling, what stock
 * clients send, what is added to it, and whose sessions and builds are whose. */
#include "unit.h"

#include <stdio.h>

#include "base/protobuf.h"
#include "build_powers.h"
#include "build_samples.h"
#include "docker/tables.h"
#include "mediator_case.h"
#include "proto_case.h"
#include "docker/call.h"

#define NARROW                                                                                     \
	ALLOW "image = registry.example.org/ci/** docker.io/library/*\n"                           \
	      "image_write = registry.example.org/ci/**\nbuild_cache = registry\n"

static struct answer ask(const char *lines, const char *path, struct span bytes)
{
	struct policy *policy = policy_of(lines);
	struct mediator_owned *owned = mediator_owned_new();
	struct mediator *mediator = mediator_for(policy, owned, "ci");
	struct answer answer =
	    call_with(mediator, path, strstr(path, "LLBBridge") ? "r1" : NULL, bytes);

	mediator_free(mediator);
	mediator_owned_free(owned);
	policy_unref(policy);
	return answer;
}

/* ---- powers ------------------------------------------------------------------------------------
 */

static bool power_holds(const struct power *power, const char *path, const char *json)
{
	const struct docker_call *row = docker_call_find(span_of(path));
	char lines[1024];
	struct buf bytes;

	snprintf(lines, sizeof(lines), "%s%s\n", NARROW, power->more);
	buf_init(&bytes, MOST);
	proto_encode(row->schema, json, &bytes);
	struct answer answer = ask(lines, path, buf_span(&bytes));
	bool holds =
	    power->want ? !answer.passed && strstr(answer.text, power->want) : answer.passed;

	if (!holds)
		print_message("%s | %s %s | %s\n", power->more, path, json, answer.text);
	if (answer.passed) /* the very bytes, and something behind them */
		holds &= answer.out.len > bytes.len &&
			 (bytes.len == 0 || memcmp(answer.out.at, bytes.at, bytes.len) == 0);
	buf_free(&answer.out);
	buf_free(&bytes);
	return holds;
}

static void every_power_needs_its_grant(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(powers); i++) {
		const char *json = powers[i].json;
		char room[2048];

		if (json[0] == '+') {
			snprintf(room, sizeof(room), "{\"Ref\":\"r1\",\"FrontendAttrs\":{%s}}",
			    json + 1);
			wrong += !power_holds(&powers[i], SOLVE, room);
			snprintf(room, sizeof(room),
			    "{\"Frontend\":\"dockerfile.v0\",\"FrontendOpt\":{%s}}", json + 1);
			wrong += !power_holds(&powers[i], BRIDGE "Solve", room);
		} else {
			snprintf(
			    room, sizeof(room), "%s%s\"Ref\":\"r1\"}", json, json[1] ? "," : "");
			wrong += !power_holds(&powers[i], SOLVE, room);
		}
	}
	if (wrong)
		fail_msg("%u of them are wrong", wrong);
}

static const struct {
	const char *method, *json, *want;
} bridge[] = {
    {"Solve", "{\"Definition\":\"x\"}", "grant = all"},
    {"Solve", "{\"FrontendInputs\":[\"x\"]}", "grant = all"},
    {"Solve", "{\"SourcePolicies\":[\"\"]}", "grant = all"},
    {"Solve", "{\"Frontend\":\"gateway.v0\"}", "\"frontend\""},
    {"Solve", "{\"CacheImports\":[{\"Type\":\"gha\"}]}", "\"build_cache\""},
    {"Solve", "{\"CacheImports\":[{\"Type\":\"registry\",\"Attrs\":{\"ref\":\"evil/x\"}}]}",
	"\"image\""},
    {"Solve", "{\"Evaluate\":true,\"allowResultReturn\":true}", NULL},
    {"Solve", "{\"#4\":\"x\"}", "does not know"},
    {"ResolveImageConfig", "{\"Ref\":\"busybox\"}", NULL},
    {"ResolveImageConfig", "{\"Ref\":\"docker.io/library/busybox:latest\"}", NULL},
    {"ResolveImageConfig", "{\"Ref\":\"evil/x\"}", "\"image\""},
    {"ResolveImageConfig", "{\"Ref\":\"docker.io/library/../evil\"}", "\"image\""},
    {"ResolveImageConfig", "{\"SourcePolicies\":[\"x\"]}", "grant = all"},
    {"ResolveSourceMeta", "{\"Source\":{\"identifier\":\"docker-image://busybox\"}}", NULL},
    {"ResolveSourceMeta", "{\"Source\":{\"identifier\":\"docker-image://evil/x\"}}", "\"image\""},
    {"ResolveSourceMeta", "{\"Source\":{\"identifier\":\"https://evil/x\"}}", "\"build_remote\""},
    {"ResolveSourceMeta", "{\"Source\":{\"attrs\":{\"git.fullurl\":\"https://evil/x.git\"}}}",
	"\"build_remote\""},
    {"ResolveSourceMeta", "{\"Source\":{\"attrs\":{\"git.bundle\":\"x\"}}}", "grant = all"},
};

static void the_bridge_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bridge); i++) {
		char path[128];
		struct buf bytes;

		snprintf(path, sizeof(path), "%s%s", BRIDGE, bridge[i].method);
		buf_init(&bytes, MOST);
		proto_encode(docker_call_find(span_of(path))->schema, bridge[i].json, &bytes);
		struct answer answer = ask(NARROW, path, buf_span(&bytes));

		if (bridge[i].want ? !strstr(answer.text, bridge[i].want) : !answer.passed)
			fail_msg("%s: %s", bridge[i].json, answer.text);
		buf_free(&answer.out);
		buf_free(&bytes);
	}
}

/* ---- methods -----------------------------------------------------------------------------------
 */

static const struct {
	const char *path;
	enum mediator_way way;
	unsigned status;
} methods[] = {
    {"/moby.buildkit.v1.Control/ListWorkers", MEDIATOR_PASS, 0},
    {"/moby.buildkit.v1.Control/Info", MEDIATOR_PASS, 0},
    {SOLVE, MEDIATOR_READ, 0},
    {"/moby.buildkit.v1.Control/Status", MEDIATOR_READ, 0},
    {BRIDGE "Ping", MEDIATOR_PASS, 0},
    {BRIDGE "Return", MEDIATOR_PASS, 0},
    {BRIDGE "Evaluate", MEDIATOR_PASS, 0},
    {BRIDGE "ReadFile", MEDIATOR_PASS, 0},
    {BRIDGE "ReadDir", MEDIATOR_PASS, 0},
    {BRIDGE "StatFile", MEDIATOR_PASS, 0},
    {BRIDGE "Inputs", MEDIATOR_PASS, 0},
    {BRIDGE "Warn", MEDIATOR_PASS, 0},
    /* not permitted by the rules */
    {"/moby.buildkit.v1.Control/DiskUsage", MEDIATOR_REFUSE, 7},
    {"/moby.buildkit.v1.Control/Prune", MEDIATOR_REFUSE, 7},
    {"/moby.buildkit.v1.Control/UpdateBuildHistory", MEDIATOR_REFUSE, 7},
    {"/moby.buildkit.v1.Control/ListenBuildHistory", MEDIATOR_REFUSE, 12},
    {"/containerd.services.content.v1.Content/Read", MEDIATOR_REFUSE, 7},
    {"/containerd.services.content.v1.Content/List", MEDIATOR_REFUSE, 7},
    {"/opentelemetry.proto.collector.trace.v1.TraceService/Export", MEDIATOR_REFUSE, 12},
    /* never, and in other spellings */
    {"/moby.buildkit.v1.Control/Session", MEDIATOR_REFUSE, 7},
    {BRIDGE "NewContainer", MEDIATOR_REFUSE, 12},
    {BRIDGE "ExecProcess", MEDIATOR_REFUSE, 12},
    {BRIDGE "ReleaseContainer", MEDIATOR_REFUSE, 12},
    {BRIDGE "ReadFileContainer", MEDIATOR_REFUSE, 12},
    {"/containerd.services.content.v1.Content/Write", MEDIATOR_REFUSE, 12},
    {"/moby.buildkit.v1.Control/%53olve", MEDIATOR_REFUSE, 12},
    {"/moby.buildkit.v1.Control/Solve?x", MEDIATOR_REFUSE, 12},
    {"/moby.buildkit.v1.Control/solve", MEDIATOR_REFUSE, 12},
    {"/moby.buildkit.v1.Control/Solve/", MEDIATOR_REFUSE, 12},
    {"moby.buildkit.v1.Control/Solve", MEDIATOR_REFUSE, 12},
    {"//moby.buildkit.v1.Control/Solve", MEDIATOR_REFUSE, 12},
    {"", MEDIATOR_REFUSE, 12},
    {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", MEDIATOR_REFUSE, 12},
};

static void methods_are_those_of_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(methods); i++) {
		struct answer answer = ask(NARROW, methods[i].path, SPAN(""));

		if (answer.way != methods[i].way ||
		    (answer.way == MEDIATOR_REFUSE && answer.status != methods[i].status))
			fail_msg("%s: %d, %u, %s", methods[i].path, (int)answer.way, answer.status,
			    answer.text);
		buf_free(&answer.out);
	}
}

static void nothing_is_permitted_without_a_rule(void **state)
{
	const struct docker_call *row;

	(void)state;
	for (unsigned i = 0; (row = docker_call_at(i)); i++) {
		struct answer answer = ask("allow = @safe", row->path, SPAN(""));

		assert_int_equal(answer.way, MEDIATOR_REFUSE);
		assert_non_null(docker_operation_named(span_of(row->operation)));
		buf_free(&answer.out);
	}
}

/* ---- stock clients -----------------------------------------------------------------------------
 */

static void stock_clients_build(void **state)
{
	const struct {
		const char *path;
		struct span bytes;
	} samples[] = {
	    {SOLVE, {sample_probe, sizeof(sample_probe) - 1}},
	    {SOLVE, {sample_solve, sizeof(sample_solve) - 1}},
	    {SOLVE, {sample_local, sizeof(sample_local) - 1}},
	    {SOLVE, {sample_push, sizeof(sample_push) - 1}},
	    {BRIDGE "Solve", {sample_bridge, sizeof(sample_bridge) - 1}},
	    {BRIDGE "Solve", {sample_bridge_local, sizeof(sample_bridge_local) - 1}},
	    {"/moby.buildkit.v1.Control/Status", {sample_status, sizeof(sample_status) - 1}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct answer answer = ask(STOCK, samples[i].path, samples[i].bytes);

		if (!answer.passed)
			fail_msg("%zu: %s", i, answer.text);
		assert_memory_equal(answer.out.at, samples[i].bytes.at, samples[i].bytes.len);
		buf_free(&answer.out);
	}
}

/* ---- what is added -----------------------------------------------------------------------------
 */

/* The last entry of field |number| with |key|, or the bytes of the last field |number|. */
static bool last_of(struct span bytes, uint32_t number, const char *key, struct span *ret_value)
{
	struct protobuf_field field, part;
	bool found = false;

	while (protobuf_next(&bytes, &field, NULL) > 0) {
		struct span rest = field.bytes, name = {NULL, 0}, value = {NULL, 0};

		if (field.number != number)
			continue;
		while (key && protobuf_next(&rest, &part, NULL) > 0)
			*(part.number == 1 ? &name : &value) = part.bytes;
		if (key && !span_equal(name, span_of(key)))
			continue;
		*ret_value = key ? value : field.bytes;
		found = true;
	}
	return found;
}

static void what_binds_the_daemon_is_added(void **state)
{
	struct span value;
	struct answer answer =
	    ask(STOCK, SOLVE, (struct span){sample_solve, sizeof(sample_solve) - 1});

	(void)state;
	assert_true(answer.passed);
	assert_true(last_of(buf_span(&answer.out), 12, NULL, &value));
	assert_true(value.len > 100 && value.at[0] == 8 && value.at[1] == 1);
	assert_true(last_of(buf_span(&answer.out), 7, "cmdline", &value));
	assert_int_equal(value.len, 0);
	assert_true(last_of(buf_span(&answer.out), 7, "build-arg:BUILDKIT_CACHE_MOUNT_NS", &value));
	assert_span(value, "sockwarden:ci");
	assert_non_null(answer.added);
	buf_free(&answer.out);
	answer =
	    ask(STOCK, BRIDGE "Solve", (struct span){sample_bridge, sizeof(sample_bridge) - 1});
	assert_true(answer.passed);
	assert_false(last_of(buf_span(&answer.out), 12, NULL, &value));
	assert_true(last_of(buf_span(&answer.out), 3, "cmdline", &value));
	assert_true(last_of(buf_span(&answer.out), 3, "build-arg:BUILDKIT_CACHE_MOUNT_NS", &value));
	buf_free(&answer.out);
	answer = ask(STOCK "frontend = *", BRIDGE "Solve",
	    (struct span){sample_bridge, sizeof(sample_bridge) - 1});
	assert_false(last_of(buf_span(&answer.out), 3, "cmdline", &value));
	buf_free(&answer.out);
	answer = ask("allow = @all\ngrant = all", SOLVE,
	    (struct span){sample_solve, sizeof(sample_solve) - 1});
	assert_true(answer.passed);
	assert_int_equal(answer.out.len, sizeof(sample_solve) - 1);
	buf_free(&answer.out);
}

/* scripts/differ --builds holds such rules in BuildKit's own engine. */
static void a_tag_holds_at_each_registry(void **state)
{
	static const char wanted[] = "registry\\x2eexample\\x2eorg/[A-Za-z0-9._/-]*:1",
			  wide[] = "registry\\x2eexample\\x2eorg/.+";
	struct policy *policy =
	    policy_of("allow = @all\nimage = **:1\nregistry = registry.example.org\n");
	struct buf text;

	(void)state;
	buf_init(&text, MOST);
	policy_write_sources(policy, &text);
	assert_false(text.failed);
	assert_non_null(memmem(text.at, text.len, wanted, sizeof(wanted) - 1));
	assert_null(memmem(text.at, text.len, wide, sizeof(wide) - 1));
	buf_free(&text);
	policy_unref(policy);
}

static void cache_mounts_of_clients_are_apart(void **state)
{
	struct policy *policy = policy_of(STOCK);
	struct mediator_owned *owned = mediator_owned_new();
	struct mediator *mediator = mediator_for(policy, owned, "a/b c");
	struct buf bytes;
	struct span value;

	(void)state;
	buf_init(&bytes, MOST);
	protobuf_add_pair(
	    &bytes, 3, SPAN("build-arg:BUILDKIT_CACHE_MOUNT_NS"), SPAN("sockwarden:ci"));
	struct answer answer = call_with(mediator, BRIDGE "Solve", "r9", buf_span(&bytes));

	assert_true(answer.passed);
	assert_true(last_of(buf_span(&answer.out), 3, "build-arg:BUILDKIT_CACHE_MOUNT_NS", &value));
	assert_span(value, "sockwarden:a%2fb%20c/sockwarden:ci");
	buf_free(&answer.out);
	buf_free(&bytes);
	mediator_free(mediator);
	mediator_owned_free(owned);
	policy_unref(policy);
}

/* ---- daemons -----------------------------------------------------------------------------------
 */

static const struct {
	const char *version;
	unsigned api;
	bool enforces;
} daemons[] = {
    {"20.10.24+dfsg1", 41, false},
    {"23.0.6", 42, false},
    {"24.0.0", 43, false},
    {"24.0.6", 43, false},
    {"24.0.6-rc1", 43, false},
    {"24.0.7", 43, true},
    {"24.0.7-rc.1", 43, true},
    {"24.1", 43, true},
    {"25.0.0", 44, true},
    {"29.7.2", 54, true},
    {"2.0.0-beta.24", 56, true},
    {"2.0.0-beta.24", 0, false},
    {"", 0, false},
    {"99.0", 41, false},
    {"29.0.0", 0, true},
    {"24.0.7", 0, true},
};

static void old_daemons_are_for_all_images(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(daemons); i++) {
		/* Only the first leaves nothing that the daemon must hold a build to. */
		const char *lines[] = {STOCK "build_remote = *", NARROW, STOCK,
		    STOCK "build_remote = https://example.org/**",
		    STOCK "build_remote = *\nbuild_remote = !http://10.0.0.1/**",
		    STOCK "build_remote = *\nfrontend = docker/dockerfile:1",
		    STOCK "build_remote = *\nregistry = registry.example.org"};

		for (size_t narrow = 0; narrow < COUNT(lines); narrow++) {
			struct policy *policy = policy_of(lines[narrow]);
			struct mediator_owned *owned = mediator_owned_new();
			const struct mediator_basis basis = {.policy = policy,
			    .owned = owned,
			    .client = SPAN("a"),
			    .daemon = span_of(daemons[i].version),
			    .daemon_api = daemons[i].api};
			struct mediator *mediator = mediator_new(&basis);

			enum reason want =
			    narrow && !daemons[i].enforces ? REASON_UPSTREAM : REASON_NONE;

			if (solve_refused(mediator, "{\"Ref\":\"r\"}") != want)
				fail_msg("%s", daemons[i].version);
			mediator_free(mediator);
			mediator_owned_free(owned);
			policy_unref(policy);
		}
	}
}

/* ---- sessions ----------------------------------------------------------------------------------
 */

static void sessions_serve_what_builds_ask(void **state)
{
	static const struct {
		const char *path;
		enum mediator_way way;
	} rows[] = {
	    {"/grpc.health.v1.Health/Check", MEDIATOR_PASS},
	    {"/moby.filesync.v1.FileSync/DiffCopy", MEDIATOR_PASS},
	    {"/moby.filesync.v1.Auth/FetchToken", MEDIATOR_PASS},
	    {"/moby.buildkit.secrets.v1.Secrets/GetSecret", MEDIATOR_PASS},
	    {"/moby.exporter.v1.Exporter/FindExporters", MEDIATOR_REFUSE},
	    {SOLVE, MEDIATOR_REFUSE},
	    {"/x", MEDIATOR_REFUSE},
	};
	struct policy *policy = policy_of(STOCK);
	struct mediator_owned *owned = mediator_owned_new();
	const struct mediator_basis basis = {.policy = policy,
	    .owned = owned,
	    .client = SPAN("one"),
	    .side = MEDIATOR_SESSION,
	    .session = SPAN("s1")};
	struct mediator *mediator = mediator_new(&basis);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer answer = call_with(mediator, rows[i].path, NULL, SPAN(""));

		assert_int_equal(answer.way, rows[i].way);
		buf_free(&answer.out);
	}
	mediator_free(mediator);
	mediator_owned_free(owned);
	policy_unref(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_power_needs_its_grant),
	    cmocka_unit_test(the_bridge_is_judged),
	    cmocka_unit_test(methods_are_those_of_the_table),
	    cmocka_unit_test(nothing_is_permitted_without_a_rule),
	    cmocka_unit_test(stock_clients_build),
	    cmocka_unit_test(what_binds_the_daemon_is_added),
	    cmocka_unit_test(a_tag_holds_at_each_registry),
	    cmocka_unit_test(cache_mounts_of_clients_are_apart),
	    cmocka_unit_test(old_daemons_are_for_all_images),
	    cmocka_unit_test(sessions_serve_what_builds_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
