/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets which policy. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"
#include "net/peer.h"
#include "proxy/identity.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const gid_t groups[] = {5, 4321};

static struct peer_name alice_names[] = {
    {.kind = PEER_CN, .text = (char[]){"alice"}},
    {.kind = PEER_DNS, .text = (char[]){"Alice.CI.example"}},
    {.kind = PEER_URI, .text = (char[]){"spiffe://example.net/ci/7"}},
    {.kind = PEER_IP, .text = (char[]){"192.0.2.7"}, .ip = {{192, 0, 2, 7}, IP_V4_BYTES}},
};

static struct peer alice(void)
{
	struct peer peer = {.pid = -1,
	    .uid = -1,
	    .gid = -1,
	    .ip = {{10, 1, 2, 3}, IP_V4_BYTES},
	    .has_certificate = true,
	    .names = alice_names,
	    .name_count = COUNT(alice_names)};

	for (unsigned i = 0; i < PEER_DIGEST_BYTES; i++)
		peer.digest[i] = (unsigned char)i;
	return peer;
}

static struct peer by_address(void)
{
	return (struct peer){.pid = -1, .uid = -1, .gid = -1, .ip = {{10, 1, 2, 3}, IP_V4_BYTES}};
}

static struct peer process(void)
{
	union {
		const gid_t *in;
		gid_t *out;
	} at = {.in = groups};

	return (struct peer){.pid = 7, .uid = 1000, .gid = 100, .groups = at.out, .group_count = 2};
}

/* A configuration of one listener with these lines. */
static struct config *config_of(const char *address, const char *lines)
{
	char path[] = "/tmp/sockwarden-identity-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct error err;

	assert_non_null(file);
	(void)fprintf(file,
	    "[listener a]\naddress = %s\n%s[policy one]\nallow = @safe\n[policy two]\nallow = "
	    "@safe\n",
	    address, lines);
	assert_int_equal(fclose(file), 0);
	struct config *config = config_load(path, NULL, NULL, &err);

	(void)unlink(path);
	if (!config)
		fail_msg("%s", err.text);
	return config;
}

#define TLS "tls:*:1\ncert = /c\nkey = /k\nclient_ca = /ca"

static void rules_find_policies(void **state)
{
	static const struct {
		const char *address, *lines;
		struct peer (*peer)(void);
		const char *policy, *who; /* policy NULL: no rule fits */
	} rows[] = {
	    {TLS, "client = cn:alice -> one\n", alice, "one", "cn:alice"},
	    {TLS, "client = cn:Alice -> one\n", alice, NULL, "cn:alice"},
	    {TLS, "client = cn:ali -> one\n", alice, NULL, "cn:alice"},
	    {TLS, "client = cn:al* -> one\n", alice, "one", "cn:alice"},
	    {TLS, "client = cn:bob -> one\nclient = cn:* -> two\n", alice, "two", "cn:alice"},
	    {TLS, "client = cn:* -> one\nclient = cn:alice -> two\n", alice, "one", "cn:alice"},
	    {TLS, "client = dns:*.ci.example -> one\n", alice, "one", "dns:Alice.CI.example"},
	    {TLS, "client = dns:alice -> one\n", alice, NULL, "cn:alice"},
	    {TLS, "client = uri:spiffe://example.net/ci/* -> one\n", alice, "one",
		"uri:spiffe://example.net/ci/7"},
	    {TLS, "client = uri:spiffe://example.net/* -> one\n", alice, NULL, "cn:alice"},
	    {TLS, "client = uri:spiffe://example.net/** -> one\n", alice, "one",
		"uri:spiffe://example.net/ci/7"},
	    {TLS, "client = ip:192.0.2.7 -> one\n", alice, "one", "ip:192.0.2.7"},
	    {TLS, "client = ip:10.1.2.3 -> one\n", alice, NULL, "cn:alice"},
	    {TLS, "client = fingerprint:sha256:" HEX " -> one\n", alice, "one",
		"fingerprint:sha256:" HEX},
	    {TLS, "client = address:10.1.0.0/16 -> one\n", alice, "one", "address:10.1.2.3"},
	    {TLS, "client = cn:* -> one\n", by_address, NULL, "address:10.1.2.3"},
	    {TLS, "client = dns:** -> one\nclient = uri:** -> one\nclient = ip:0.0.0.0/0 -> one\n",
		by_address, NULL, "address:10.1.2.3"},
	    {TLS, "client = fingerprint:sha256:" HEX " -> one\n", by_address, NULL,
		"address:10.1.2.3"},
	    {"/s", "client = uid:1000 -> one\n", process, "one", "uid:1000"},
	    {"/s", "client = uid:0 -> one\n", process, NULL, "uid:1000"},
	    {"/s", "client = uid:root -> one\nclient = gid:100 -> two\n", process, "two",
		"gid:100"},
	    {"/s", "client = gid:4321 -> one\n", process, "one", "gid:4321"},
	    {"/s", "client = gid:1000 -> one\n", process, NULL, "uid:1000"},
	    {"fd:x", "client = uid:0 -> one\nclient = gid:0 -> one\n", by_address, NULL,
		"address:10.1.2.3"},
	    {"fd:x", "client = address:0.0.0.0/0 -> one\n", process, NULL, "uid:1000"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config *config = config_of(rows[i].address, rows[i].lines);
		struct identity_rules *rules;
		struct policy *policy = NULL;
		struct error err;
		struct buf who;
		const struct peer peer = rows[i].peer();

		assert_int_equal(identity_rules_make(config->listeners->clients, &rules, &err), 0);
		config_free(config); /* the rules need it no more */
		buf_init(&who, 1024);
		bool found = identity_find(rules, &peer, NULL, &policy, &who) == IDENTITY_FOUND;

		if (!found)
			identity_describe(&peer, NULL, &who);
		if (found != (rows[i].policy != NULL) || strcmp(buf_text(&who), rows[i].who) != 0)
			fail_msg("row %zu: %s", i, buf_text(&who));
		if (found)
			assert_string_equal(policy_name(policy), rows[i].policy);
		buf_free(&who);
		identity_rules_free(rules);
	}
}

static void no_rules_fit_nobody(void **state)
{
	const struct peer peer = alice();
	struct policy *policy;
	struct identity_rules *rules;
	struct buf who;

	(void)state;
	buf_init(&who, 64);
	assert_int_equal(identity_rules_make(NULL, &rules, NULL), 0);
	assert_null(rules);
	assert_int_equal(identity_find(rules, &peer, NULL, &policy, &who), IDENTITY_NONE);
	assert_false(identity_rules_ask(rules));
	buf_free(&who);
}

static void unknown_users_are_errors(void **state)
{
	static const char *const lines[] = {"client = uid:no-such-user -> one\n",
	    "client = uid:0 -> one\nclient = gid:no-such-group -> one\n"};
	struct identity_rules *rules;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct config *config = config_of("/s", lines[i]);

		assert_int_equal(identity_rules_make(config->listeners->clients, &rules, &err), -1);
		assert_non_null(strstr(err.text, "no-such-"));
		config_free(config);
	}
}

static struct arena arena;

/* A container, or (NULL) none that is known of. */
static struct container container_of(const char *text)
{
	static const struct json_limits limits = {1 << 16, 32, 1000};
	struct container container;
	struct error err;

	arena_init(&arena, 0);
	const cJSON *json = json_parse(span_of(text), &limits, &arena, &err);

	assert_non_null(json);
	assert_true(container_read(json, &container));
	return container;
}

#define CONTAINER(image)                                                                           \
	"{\"Id\":\"" HEX "\",\"Name\":\"/ci-web\",\"Image\":\"sha256:" HEX                         \
	"\",\"Config\":{\"Image\":\"" image                                                        \
	"\",\"Labels\":{\"role\":\"ci/7\",\"empty\":\"\",\"a.b/c\":\"x y\"}}}"

static void containers_find_policies(void **state)
{
	static const char app[] = CONTAINER("reg.example/ci/app:1"), box[] = CONTAINER("busybox");
	static const struct {
		const char *line, *container, *who; /* NULL: does not fit */
	} rows[] = {
	    {"container:ci-web", app, "container:ci-web"},
	    {"container:ci-*", app, "container:ci-web"},
	    {"container:ci", app, NULL},
	    {"container:web", app, NULL},
	    {"image:reg.example/ci/*", app, "image:reg.example/ci/app:1"},
	    {"image:reg.example/ci/*:1", app, "image:reg.example/ci/app:1"},
	    {"image:reg.example/ci/*:2", app, NULL},
	    {"image:reg.example/**", app, "image:reg.example/ci/app:1"},
	    {"image:reg.example/*", app, NULL},
	    {"image:ci/app", app, NULL},
	    {"image:*", app, "image:reg.example/ci/app:1"},
	    {"image:busybox", box, "image:busybox"},
	    {"image:docker.io/library/busybox:latest", box, "image:busybox"},
	    {"image:busybox:1.36", box, NULL},
	    {"image:evil.example/busybox", box, NULL},
	    {"image:sha256:" HEX, app, "image:reg.example/ci/app:1"},
	    {"image:sha256:0001*", app, "image:reg.example/ci/app:1"},
	    {"image:sha256:0002*", app, NULL},
	    {"label:role=ci/7", app, "label:role=ci/7"},
	    {"label:role=ci/*", app, "label:role=ci/7"},
	    {"label:role=*", app, NULL},
	    {"label:role=**", app, "label:role=ci/7"},
	    {"label:Role=**", app, NULL},
	    {"label:role=", app, NULL},
	    {"label:empty=", app, "label:empty="},
	    {"label:a.b/c=x y", app, "label:a.b/c=x y"},
	    {"label:missing=**", app, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error lines, err;
		struct identity_rules *rules;
		struct policy *policy = NULL;
		struct buf who;
		const struct peer peer = process();
		const struct container in = container_of(rows[i].container), none = {0};

		(void)error_set(&lines, "client = %s -> one\n", rows[i].line);
		struct config *config = config_of("/s", lines.text);

		assert_true(config_knows_processes(config));
		assert_int_equal(identity_rules_make(config->listeners->clients, &rules, &err), 0);
		assert_true(identity_rules_ask(rules));
		buf_init(&who, 1024);
		assert_int_equal(identity_find(rules, &peer, NULL, &policy, &who), IDENTITY_ASK);
		assert_int_equal(identity_find(rules, &peer, &none, &policy, &who), IDENTITY_NONE);
		assert_int_equal(who.len, 0);
		bool found = identity_find(rules, &peer, &in, &policy, &who) == IDENTITY_FOUND;

		if (found != (rows[i].who != NULL) ||
		    (found && strcmp(buf_text(&who), rows[i].who) != 0))
			fail_msg("%s: %s", rows[i].line, buf_text(&who));
		buf_free(&who);
		identity_rules_free(rules);
		config_free(config);
		arena_free(&arena);
	}
}

/* Who is counted by that name, and not by user or address. */
static void some_identities_are_one_client(void **state)
{
	static const char *const own[] = {
	    "cn:a", "dns:a", "uri:a", "ip:192.0.2.1", "fingerprint:sha256:00", "container:web"};
	static const char *const others[] = {
	    "uid:0", "gid:0", "address:192.0.2.1", "image:bb:1", "label:a=b"};

	(void)state;
	for (size_t i = 0; i < COUNT(own); i++)
		assert_true(identity_is_own(own[i]));
	for (size_t i = 0; i < COUNT(others); i++)
		assert_false(identity_is_own(others[i]));
}

/* What is known without the daemon is not asked for. */
static void lines_before_need_no_container(void **state)
{
	const struct peer peer = process();
	const struct container in = container_of(CONTAINER("busybox"));
	struct config *config = config_of(
	    "/s", "client = uid:0 -> one\nclient = uid:1000 -> two\nclient = container:* -> one\n");
	struct identity_rules *rules;
	struct policy *policy = NULL;
	struct error err;
	struct buf who;

	(void)state;
	buf_init(&who, 1024);
	assert_int_equal(identity_rules_make(config->listeners->clients, &rules, &err), 0);
	assert_int_equal(identity_find(rules, &peer, NULL, &policy, &who), IDENTITY_FOUND);
	assert_string_equal(policy_name(policy), "two");
	buf_clear(&who);
	identity_describe(&peer, &in, &who);
	assert_string_equal(buf_text(&who), "container:ci-web");
	buf_free(&who);
	identity_rules_free(rules);
	config_free(config);
	arena_free(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rules_find_policies),
	    cmocka_unit_test(containers_find_policies),
	    cmocka_unit_test(some_identities_are_one_client),
	    cmocka_unit_test(lines_before_need_no_container),
	    cmocka_unit_test(no_rules_fit_nobody),
	    cmocka_unit_test(unknown_users_are_errors),
	};

	return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
