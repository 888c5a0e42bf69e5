/* SPDX-License-Identifier: Apache-2.0 */
/* resolve_binds: host paths are judged by where they lead. */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>

#define LINES "allow = container.*\nimage = bb:*\nbind = /srv rw\n"
#define CREATE "POST /containers/create"
#define HOST(text) "{\"Image\":\"bb:1\",\"HostConfig\":{" text "}}"

/* /srv/out leads to /etc, /srv/in to /srv/x; nothing is known of /srv/lost. */
static int leads(struct span path, char *room, size_t size, struct error *err)
{
	const char *end = path.len > 8 ? path.at + 8 : "";

	if (span_starts(path, SPAN("/srv/out")))
		return snprintf(room, size, "/etc%.*s", (int)(path.len - 8), end) < 0;
	if (span_is(path, "/srv/in"))
		return snprintf(room, size, "/srv/x") < 0;
	if (span_is(path, "/srv/lost"))
		return error_set(err, "no one knows");
	return snprintf(room, size, "%.*s", (int)path.len, path.at) < 0;
}

static void paths_are_judged_by_where_they_lead(void **state)
{
	static const struct {
		const char *spec, *says; /* says NULL: allowed */
	} rows[] = {
	    {"/srv/x:/x", NULL},
	    {"/srv/in:/x", NULL},
	    {"/srv/out:/x", "the host path \"/srv/out\" leads to \"/etc\""},
	    {"/srv/out/ssl:/x", "leads to \"/etc/ssl\""},
	    {"/srv/out/certs:/x:ro", NULL}, /* granted as well */
	    {"/srv/out/certs:/x", "leads to \"/etc/certs\""},
	    {"/srv/lost:/x", "cannot tell where the host path \"/srv/lost\" leads: no one knows"},
	};
	struct policy *policy = policy_of(LINES "bind = /etc/certs ro\nresolve_binds = yes\n");
	struct policy *off = policy_of(LINES);
	static struct outcome outcome;
	char body[200];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct request_case request = {.line = CREATE, .body = body, .resolve = leads};

		(void)snprintf(body, sizeof(body), HOST("\"Binds\":[\"%s\"]"), rows[i].spec);
		decide_case(policy, &request, &outcome);
		assert_int_equal(
		    outcome.decision.verdict, rows[i].says ? VERDICT_DENY : VERDICT_ALLOW);
		if (rows[i].says)
			assert_non_null(strstr(outcome.decision.message, rows[i].says));
		request.resolve = NULL;
		if (strcmp(rows[i].spec, "/srv/lost:/x") == 0)
			decide_case(policy, &request, &outcome);
		else
			decide_case(off, &request, &outcome);
		assert_int_equal(outcome.decision.verdict, VERDICT_ALLOW);
	}
	policy_unref(policy);
	policy_unref(off);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_are_judged_by_where_they_lead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
