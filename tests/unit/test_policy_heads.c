/* SPDX-License-Identifier: Apache-2.0 */
/* What is judged before a body is read: upgrades, content types, headers; and values without room.
 */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>

#define CREATE "POST /containers/create"

static void heads_are_judged(void **state)
{
	static const struct {
		struct request_case request;
		const char *want;
	} rows[] = {
	    {{.line = "GET /_ping", .upgrade = "h2c"}, "allow"}, /* the offer is not sent on */
	    {{.line = "GET /_ping", .upgrade = "H2C, websocket"}, "allow"},
	    {{.line = "GET /_ping", .upgrade = "tcp"}, "allow"},
	    {{.line = "POST /containers/x/attach", .upgrade = "tcp"}, "allow"},
	    {{.line = "POST /containers/x/attach", .upgrade = "h2c"}, "allow"},
	    {{.line = "POST /containers/x/attach"}, "allow"},
	    {{.line = "GET /containers/x/attach/ws", .upgrade = "websocket"}, "allow"},
	    {{.line = "GET /containers/x/attach/ws"}, "upgrade header:Upgrade"},
	    {{.line = "POST /session", .upgrade = "h2c"}, "allow"},
	    {{.line = "POST /session"}, "upgrade header:Upgrade"},
	    {{.line = "POST /grpc", .upgrade = "h2c"}, "allow"},
	    {{.line = "POST /containers/x/kill?signal=9",
		 .body = "{}",
		 .content_type = "application/x-www-form-urlencoded"},
		"body header:Content-Type"},
	    {{.line = "POST /containers/x/kill?signal=9",
		 .content_type = "application/x-www-form-urlencoded"},
		"allow"},
	    {{.line = "PUT /containers/x/archive?path=/",
		 .body = "{}",
		 .content_type = "Application/X-WWW-Form-Urlencoded ; charset=utf-8"},
		"body header:Content-Type"},
	    {{.line = "POST /build",
		 .body = "{}",
		 .content_type = "multipart/form-data; boundary=x"},
		"body header:Content-Type"},
	    {{.line = "POST /build", .content_type = "application/x-tar"}, "allow"},
	    {{.line = "POST /exec/x/start", .body = "{}", .content_type = "application/json"},
		"allow"},
	    {{.line = "POST /exec/x/start",
		 .body = "{}",
		 .content_type = "Application/JSON; charset=utf-8"},
		"allow"},
	    {{.line = "POST /exec/x/start",
		 .body = "{}",
		 .content_type = "application/json;charset=\"utf-8\";"},
		"allow"},
	    {{.line = "POST /exec/x/start", .body = "{}", .content_type = "application/json; foo"},
		"body header:Content-Type"},
	    {{.line = "POST /exec/x/start",
		 .body = "{}",
		 .content_type = "application/json; charset=a; charset=b"},
		"body header:Content-Type"},
	    {{.line = "POST /exec/x/start",
		 .body = "{}",
		 .content_type = "application/json; charset=\"utf-8"},
		"body header:Content-Type"},
	    {{.line = "POST /exec/x/start",
		 .body = "{}",
		 .content_type = "application/json; charset=a(b"},
		"body header:Content-Type"},
	    {{.line = "POST /exec/x/start",
		 .body = "{}",
		 .content_type = "application/json; charset=a b"},
		"body header:Content-Type"},
	    {{.line = "POST /exec/x/start",
		 .body = "{}",
		 .content_type = "application/json; charset="},
		"body header:Content-Type"},
	    {{.line = "POST /exec/x/start", .body = "{}", .content_type = "a/b"}, "allow"},
	    {{.line = "POST /exec/x/start",
		 .body = "{}",
		 .content_type = "application/x-www-form-urlencoded"},
		"body header:Content-Type"},
	    /* a form whose body may turn out to be empty */
	    {{.line = "POST /containers/x/kill?signal=9",
		 .body = "",
		 .content_type = "application/x-www-form-urlencoded"},
		"drop"},
	    {{.line = "POST /build", .body = "", .content_type = "multipart/form-data"},
		"body header:Content-Type"},
	    {{.line = "POST /no/such/route", .body = "", .content_type = "multipart/form-data"},
		"body header:Content-Type"},
	    /* a body where the operation takes none */
	    {{.line = "POST /containers/x/kill?signal=9", .body = "{}"}, "drop"},
	    {{.line = "POST /containers/x/start", .body = "null"}, "drop"},
	    {{.line = "POST /containers/x/start", .body = "[]"}, "drop"},
	    {{.line = "POST /containers/x/start", .body = "1"}, "body"},
	    {{.line = "POST /containers/x/start", .body = "{\"a\":1}"}, "body"},
	    {{.line = "POST /exec/x/start", .body = "{}", .content_type = "text/plain"}, "allow"},
	    {{.line = "POST /exec/x/start", .body = "{}", .content_type = ""}, "allow"},
	    {{.line = "POST /exec/x/start",
		 .body = "{\"Tomorrow\":true}",
		 .content_type = "text/plain"},
		"unknown_field Tomorrow"},
	    {{.line = "POST /images/create?fromImage=bb&tag=1", .header = "X-Meta-A: b"},
		"grant header:X-Meta-A"},
	    {{.line = "GET /_ping", .header = "X-Meta-A: b"}, "grant header:X-Meta-A"},
	};
	static struct outcome outcome;
	struct policy *policy =
	    policy_of("allow = @all\nimage = bb:*\nimage_write = @image\nbuildkit = yes\n"
		      "unknown_routes = allow");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		decide_case(policy, &rows[i].request, &outcome);
		if (strcmp(outcome_text(&outcome), rows[i].want) != 0)
			fail_msg("row %zu: %s is %s, not %s", i, rows[i].request.line,
			    outcome_text(&outcome), rows[i].want);
	}
	policy_unref(policy);
}

/* A name that the policy permits, one byte below what there is room for and one above. */
static void names_that_are_too_long_are_refused(void **state)
{
	static const struct long_name {
		const char *target, *line, *before, *after;
		unsigned most;
	} rows[] = {
	    {CREATE, "user = x*", "{\"User\":\"", "\"}", 271},
	    {CREATE, "image = x*", "{\"Image\":\"", "\"}", 256},
	    {"POST /services/create", "extra_host = x*",
		"{\"TaskTemplate\":{\"ContainerSpec\":{\"Hosts\":[\"10.0.0.5 ", "\"]}}}", 629},
	    {CREATE, "tmpfs = /t *",
		"{\"HostConfig\":{\"Mounts\":[{\"Type\":\"tmpfs\",\"Target\":\"/t\","
		"\"TmpfsOptions\":{\"Options\":[[\"",
		"\"]]}}]}}", 254},
	};
	static struct outcome outcome;
	char name[700], body[1200], lines[80];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct request_case request = {.line = rows[i].target, .body = body};

		(void)snprintf(lines, sizeof(lines), "allow = @all\n%s", rows[i].line);
		struct policy *policy = policy_of(lines);

		for (unsigned more = 0; more < 2; more++) {
			memset(name, 'x', rows[i].most + more);
			name[rows[i].most + more] = '\0';
			(void)snprintf(
			    body, sizeof(body), "%s%s%s", rows[i].before, name, rows[i].after);
			decide_case(policy, &request, &outcome);
			bool is_right =
			    more ? strstr(outcome.decision.message, "is too long") != NULL
				 : outcome.decision.verdict == VERDICT_ALLOW;

			if (!is_right)
				fail_msg("%s, %u bytes: %s", rows[i].line, rows[i].most + more,
				    outcome.decision.message);
		}
		policy_unref(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads_are_judged),
	    cmocka_unit_test(names_that_are_too_long_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
