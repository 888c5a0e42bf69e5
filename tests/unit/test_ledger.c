/* SPDX-License-Identifier: Apache-2.0 */
/* Whose sessions and builds are whose. */
#include "unit.h"

#include <stdio.h>

#include "build/ledger.h"
#include "mediator_case.h"

static void builds_and_sessions_have_owners(void **state)
{
	struct policy *policy = policy_of(STOCK);
	struct mediator_owned *owned = mediator_owned_new();
	struct mediator *one = mediator_for(policy, owned, "one"),
			*two = mediator_for(policy, owned, "two");
	const struct mediator_basis session = {.policy = policy,
	    .owned = owned,
	    .client = SPAN("one"),
	    .side = MEDIATOR_SESSION,
	    .session = SPAN("s1")};
	struct mediator_basis stolen = session;

	(void)state;
	assert_true(solves(one, "{\"Ref\":\"b1\",\"Session\":\"s1\"}"));
	assert_false(solves(two, "{\"Ref\":\"b1\",\"Session\":\"s2\"}"));
	assert_false(solves(two, "{\"Ref\":\"b2\",\"Session\":\"s1\"}"));
	assert_false(solves(two, "{\"Ref\":\"b2\",\"Session\":\"x:s1\"}"));
	assert_false(solves(two, "{\"Ref\":\"b2\",\"SourcePolicySession\":\"s1\"}"));
	assert_false(
	    solves(two, "{\"Ref\":\"b2\",\"FrontendAttrs\":{\"local-sessionid:context\":\"s1\"}}"));
	assert_false(solves(two, "{\"Ref\":\"\"}"));
	assert_false(solves(two, "{}"));
	assert_true(solves(two, "{\"Ref\":\"b2\",\"Session\":\"s2\"}"));
	assert_true(solves(one, "{\"Ref\":\"b3\",\"Session\":\"x:s1\"}"));
	assert_false(passes(two, "/moby.buildkit.v1.Control/Status", NULL,
	    "\x0a\x02"
	    "b1"));
	assert_true(passes(one, "/moby.buildkit.v1.Control/Status", NULL,
	    "\x0a\x02"
	    "b1"));
	assert_false(passes(two, BRIDGE "Ping", "b1", ""));
	assert_false(passes(two, BRIDGE "Ping", NULL, ""));
	assert_false(passes(two, BRIDGE "Ping", "", ""));
	assert_true(passes(one, BRIDGE "Ping", "b1", ""));
	struct mediator *own = mediator_new(&session);

	assert_non_null(own);
	stolen.client = SPAN("two");
	assert_null(mediator_new(&stolen));
	mediator_free(own);
	assert_null(mediator_new(&stolen));
	mediator_free(one);
	mediator_free(two);
	mediator_owned_free(owned);
	policy_unref(policy);
}

static void two_builds_in_the_metadata_are_none(void **state)
{
	const struct mediator_header headers[] = {
	    {SPAN("buildkit-controlapi-buildid"), SPAN("a")},
	    {SPAN("buildkit-controlapi-buildid"), SPAN("a")},
	};
	struct policy *policy = policy_of(STOCK);
	struct mediator_owned *owned = mediator_owned_new();
	struct mediator *mediator = mediator_for(policy, owned, "one");
	struct buf text;
	struct mediator_call call = {.path = BRIDGE "Ping",
	    .path_length = sizeof(BRIDGE "Ping") - 1,
	    .headers = headers,
	    .header_count = 2,
	    .message = &text};

	(void)state;
	buf_init(&text, MOST);
	assert_int_equal(mediator_begin(mediator, &call), MEDIATOR_REFUSE);
	mediator_end(mediator, &call);
	buf_free(&text);
	mediator_free(mediator);
	mediator_owned_free(owned);
	policy_unref(policy);
}

static enum mediator_way carries(struct mediator *mediator, struct mediator_call *call,
    const struct mediator_header *headers, size_t count, struct buf *text)
{
	*call = (struct mediator_call){.path = "/moby.buildkit.v1.Control/Session",
	    .path_length = sizeof("/moby.buildkit.v1.Control/Session") - 1,
	    .headers = headers,
	    .header_count = count,
	    .message = text};
	return mediator_begin(mediator, call);
}

static void a_session_in_a_call_has_an_owner(void **state)
{
	const struct mediator_header headers[] = {
	    {SPAN("x-docker-expose-session-uuid"), SPAN("s1")},
	    {SPAN("x-docker-expose-session-uuid"), SPAN("s2")},
	};
	struct policy *policy = policy_of("allow = buildkit.session\nimage = *");
	struct mediator_owned *owned = mediator_owned_new();
	struct mediator *one = mediator_for(policy, owned, "one"),
			*two = mediator_for(policy, owned, "two");
	struct mediator_call call, stolen;
	struct buf text;

	(void)state;
	buf_init(&text, MOST);
	assert_int_equal(carries(one, &call, headers, 1, &text), MEDIATOR_PASS);
	assert_int_equal(carries(two, &stolen, headers, 1, &text), MEDIATOR_REFUSE);
	mediator_end(two, &stolen);
	assert_int_equal(carries(two, &stolen, headers, 0, &text), MEDIATOR_REFUSE);
	mediator_end(two, &stolen);
	assert_int_equal(carries(two, &stolen, headers, 2, &text), MEDIATOR_REFUSE);
	mediator_end(two, &stolen);
	mediator_end(one, &call);
	buf_free(&text);
	mediator_free(one);
	mediator_free(two);
	mediator_owned_free(owned);
	policy_unref(policy);
}

static void a_call_has_one_message(void **state)
{
	struct policy *policy = policy_of(STOCK);
	struct mediator_owned *owned = mediator_owned_new();
	struct mediator *mediator = mediator_for(policy, owned, "one");
	struct buf text, out;
	struct mediator_call call = {
	    .path = SOLVE, .path_length = sizeof(SOLVE) - 1, .message = &text};
	const uint8_t bytes[] = {0x0a, 1, 'r'};

	(void)state;
	buf_init(&text, MOST);
	buf_init(&out, MOST);
	assert_int_equal(mediator_begin(mediator, &call), MEDIATOR_READ);
	assert_true(mediator_message(mediator, &call, bytes, sizeof(bytes), &out));
	assert_false(mediator_message(mediator, &call, bytes, sizeof(bytes), &out));
	mediator_end(mediator, &call);
	buf_free(&text);
	buf_free(&out);
	mediator_free(mediator);
	mediator_owned_free(owned);
	policy_unref(policy);
}

static void ids_are_bounded(void **state)
{
	struct mediator_owned *owned = mediator_owned_new();
	char id[LEDGER_ID_MOST + 2];

	(void)state;
	assert_true(ledger_claim(owned, SPAN("a"), CLAIM_SESSION, SPAN("held"), true));
	for (unsigned i = 0; i < LEDGER_IDS_MOST * 2; i++) {
		snprintf(id, sizeof(id), "%u", i);
		assert_true(ledger_claim(owned, SPAN("a"), CLAIM_BUILD, span_of(id), false));
	}
	assert_false(ledger_claim(owned, SPAN("b"), CLAIM_SESSION, SPAN("held"), false));
	assert_true(ledger_claim(owned, SPAN("b"), CLAIM_BUILD, SPAN("0"), false));
	memset(id, 'x', sizeof(id));
	assert_false(ledger_claim(
	    owned, SPAN("a"), CLAIM_BUILD, (struct span){id, LEDGER_ID_MOST + 1}, false));
	assert_false(ledger_claim(owned, SPAN("a"), CLAIM_BUILD, SPAN(""), false));
	for (unsigned i = 0; i < LEDGER_CLIENTS_MOST * 2; i++) {
		snprintf(id, sizeof(id), "c%u", i);
		assert_true(ledger_claim(owned, span_of(id), CLAIM_BUILD, span_of(id), false));
	}
	assert_false(ledger_claim(owned, SPAN("b"), CLAIM_SESSION, SPAN("held"), false));
	ledger_drop(owned, SPAN("a"), CLAIM_SESSION, SPAN("held"));
	mediator_owned_free(owned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(builds_and_sessions_have_owners),
	    cmocka_unit_test(two_builds_in_the_metadata_are_none),
	    cmocka_unit_test(a_session_in_a_call_has_an_owner),
	    cmocka_unit_test(a_call_has_one_message),
	    cmocka_unit_test(ids_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
