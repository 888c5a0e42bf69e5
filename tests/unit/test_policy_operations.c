/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation of the table: permitted by its name and by nothing less, and the line that a
 * refusal proposes is the one that permits it. */
#include "unit.h"

#include <stdio.h>

#include "policy_case.h"

#define TARGET_BYTES 200
#define LINES_BYTES 200

/* What the placeholders of a path stand for. */
static const char *stand_in(struct span placeholder)
{
	return span_is(placeholder, "{id}") ? "x" : "a/b";
}

static void write_target(const struct docker_operation *operation, char out[static TARGET_BYTES])
{
	const char *method =
	    operation->method == METHOD_OTHER ? "POST" : method_name(operation->method);
	int len = snprintf(out, TARGET_BYTES, "%s ", method);

	for (const char *at = operation->path; *at;) {
		size_t bytes = strcspn(at, *at == '{' ? "}" : "{") + (*at == '{');

		if (*at == '{')
			len += snprintf(out + len, TARGET_BYTES - (size_t)len, "%s",
			    stand_in((struct span){at, bytes}));
		else
			len +=
			    snprintf(out + len, TARGET_BYTES - (size_t)len, "%.*s", (int)bytes, at);
		at += bytes;
	}
}

static struct request_case sample(const struct docker_operation *operation, const char *target)
{
	struct request_case request = {.line = target};

	if (operation->body == BODY_JSON)
		request.body = operation->schema && operation->schema->whole ? "[]" : "{}";
	if (operation->traits & TRAIT_H2C)
		request.upgrade = "h2c";
	if (operation->traits & TRAIT_WEBSOCKET)
		request.upgrade = "websocket";
	return request;
}

static const char *decide(
    const struct policy *policy, const struct docker_operation *operation, struct outcome *outcome)
{
	char target[TARGET_BYTES];

	write_target(operation, target);
	const struct request_case request = sample(operation, target);

	decide_case(policy, &request, outcome);
	return outcome_text(outcome);
}

/* No request is one: test_mediator. */
static bool is_call(const struct docker_operation *operation)
{
	return operation->traits & TRAIT_CALL;
}

static void samples_are_what_they_stand_for(void **state)
{
	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		if (is_call(docker_operation_at(i)))
			continue;
		const struct docker_operation *operation = docker_operation_at(i);
		char target[TARGET_BYTES];
		struct docker_match match;
		struct span path;

		write_target(operation, target);
		struct span method = span_cut(span_of(target), ' ', &path);

		docker_find(method_from(method), path, &match);
		if (match.operation != operation)
			fail_msg("%s is not %s", target, operation->name);
	}
}

static void without_a_rule_the_fix_is_the_name(void **state)
{
	static struct outcome outcome;
	struct policy *nothing = policy_of("grant = all");
	char fix[LINES_BYTES];

	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		if (is_call(docker_operation_at(i)))
			continue;
		const struct docker_operation *operation = docker_operation_at(i);

		assert_string_equal(decide(nothing, operation, &outcome), "no_rule");
		(void)snprintf(fix, sizeof(fix), "allow = %s", operation->name);
		assert_string_equal(outcome.decision.fix, fix);
		assert_int_equal(outcome.decision.status, 403);
	}
	policy_unref(nothing);
}

/* And by the name of no other. */
static void the_name_permits_the_operation_alone(void **state)
{
	static struct outcome outcome;
	char lines[LINES_BYTES];

	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		if (is_call(docker_operation_at(i)))
			continue;
		(void)snprintf(
		    lines, sizeof(lines), "grant = all\nallow = %s", docker_operation_at(i)->name);
		struct policy *policy = policy_of(lines);

		for (unsigned j = 0; j < docker_operation_count(); j++) {
			if (is_call(docker_operation_at(j)))
				continue;
			const struct docker_operation *other = docker_operation_at(j);
			const char *wanted = i == j ? "allow" : "no_rule";

			if (strcmp(decide(policy, other, &outcome), wanted) != 0)
				fail_msg("%s: %s is %s (%s)", lines, other->name,
				    outcome_text(&outcome), outcome.decision.message);
		}
		policy_unref(policy);
	}
}

static void a_deny_wins_over_the_name(void **state)
{
	static struct outcome outcome;
	char lines[LINES_BYTES];

	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		if (is_call(docker_operation_at(i)))
			continue;
		const struct docker_operation *operation = docker_operation_at(i);

		(void)snprintf(lines, sizeof(lines), "grant = all\nallow = @all %s\ndeny = %s",
		    operation->name, operation->name);
		struct policy *policy = policy_of(lines);

		if (strcmp(decide(policy, operation, &outcome), "deny_rule") != 0)
			fail_msg("%s: %s", operation->name, outcome_text(&outcome));
		policy_unref(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(samples_are_what_they_stand_for),
	    cmocka_unit_test(without_a_rule_the_fix_is_the_name),
	    cmocka_unit_test(the_name_permits_the_operation_alone),
	    cmocka_unit_test(a_deny_wins_over_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
