/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements, each met and not met, with what a missing field means to the daemon. */
#include "unit.h"

#include "policy_case.h"
#include "policy/require.h"
#include "require_rows.h"

#include <stdio.h>

static bool is_right(const struct existing_case *row)
{
	static struct outcome outcome;
	const struct request_case request = {
	    .line = row->target, .body = row->body, .state = row->state};
	char lines[200];

	/* the grants are all there: requirements hold all the same */
	(void)snprintf(lines, sizeof(lines), "allow = @all\ngrant = all\n%s%s",
	    strchr(row->line, '=') && strncmp(row->line, "max", 3) == 0 ? "" : "require = ",
	    row->line);
	struct policy *policy = policy_of(lines);

	decide_case(policy, &request, &outcome);
	policy_unref(policy);
	bool met = outcome.decision.verdict == VERDICT_ALLOW;

	if (met == row->met && (met || outcome.decision.reason == REASON_REQUIREMENT))
		return true;
	print_message("%s: %s %s: %s (%s)\n", row->line, row->target, row->body ? row->body : "",
	    outcome_text(&outcome), outcome.decision.message);
	return false;
}

static void requirements_are_met_or_not(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct require_case *row = &cases[i];
		const struct existing_case known = {row->line, row->target, row->body, row->met,
		    DAEMON("[\"name=cgroupns\"]", "2")};

		wrong += !is_right(&known);
	}
	for (size_t i = 0; i < COUNT(existing); i++)
		wrong += !is_right(&existing[i]);
	assert_int_equal(wrong, 0);
}

/* Daemons before 27.0 take the members beside a missing HostConfig for it. */
static void nothing_stands_beside_host_config(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /v1.41/containers/create", "{\"Privileged\":true}", "unknown_field Privileged",
		NULL},
	    {"POST /v1.41/containers/create", "{\"HostConfig\":null,\"Privileged\":true}",
		"unknown_field Privileged", NULL},
	    {"POST /v1.41/containers/create", "{\"ShmSize\":640000000}", "unknown_field ShmSize",
		NULL},
	    {"POST /v1.41/containers/create", "{\"Privileged\":false}", "allow", NULL},
	    {"POST /v1.41/containers/create", "{\"Tomorrow\":1}", "allow", NULL},
	};
	static const struct policy_row free[] = {
	    {"POST /v1.41/containers/create", "{\"Privileged\":true}", "allow", NULL},
	};
	static const struct policy_row hollow[] = {
	    {"POST /v1.41/containers/create", "{\"PortBindings\":{\"80/tcp\":[]}}",
		"unknown_field PortBindings", NULL},
	    {"POST /v1.41/containers/create", "{\"PortBindings\":{}}", "allow", NULL},
	};

	(void)state;
	check_rows(
	    "allow = @all\nunknown_fields = allow\nprivileged = yes\nrequire = no_privileged", rows,
	    COUNT(rows));
	check_rows(
	    "allow = @all\nunknown_fields = allow\nprivileged = yes\nmax_shm = 64m", rows + 2, 1);
	check_rows("allow = @all\nunknown_fields = allow\nprivileged = yes", free, COUNT(free));
	check_rows("allow = @all\nimage = *\npublish = *\nrequire = loopback_ports", hollow,
	    COUNT(hollow));
}

/* What an old version of the API does not have is left out by the daemon: nothing can rely on it.
 */
static void services_say_what_their_version_has(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /v1.44/services/create", SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"),
		"allow", NULL},
	    {"POST /v1.43/services/create", SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"),
		"ambiguous TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges", NULL},
	    {"POST /services/create", SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"),
		"ambiguous TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges", NULL},
	    {"POST /v1.43/services/x/update?version=1",
		SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"),
		"ambiguous TaskTemplate.ContainerSpec.Privileges.NoNewPrivileges", NULL},
	};
	static const struct policy_row drops[] = {
	    {"POST /services/create", SPEC("\"CapabilityDrop\":[\"ALL\"]"), "allow", NULL},
	    {"POST /v1.40/services/create", SPEC("\"CapabilityDrop\":[\"ALL\"]"),
		"ambiguous TaskTemplate.ContainerSpec.CapabilityDrop", NULL},
	};
	static const struct policy_row free[] = {
	    {"POST /v1.40/services/create", SPEC("\"CapabilityDrop\":[\"ALL\"]"), "allow", NULL},
	    {"POST /services/create", SPEC("\"Privileges\":{\"NoNewPrivileges\":true}"), "allow",
		NULL},
	};

	(void)state;
	check_rows("allow = @all\nrequire = no_new_privileges", rows, COUNT(rows));
	check_rows("allow = @all\nrequire = no_new_privileges\nmin_api = 1.44", rows, 1);
	check_rows("allow = @all\nrequire = cap_drop_all", drops, COUNT(drops));
	check_rows("allow = @all", free, COUNT(free));
}

static void every_requirement_has_both_cases(void **state)
{
	const struct requirement *row;

	(void)state;
	for (unsigned i = 0; (row = requirement_at(i)); i++) {
		bool met = false, missed = false;

		if (row->met == require_nosuid_binds)
			continue; /* test_policy_resolve has them */
		for (size_t j = 0; j < COUNT(cases); j++) {
			if (strcmp(cases[j].line, row->name) != 0)
				continue;
			met = met || cases[j].met;
			missed = missed || !cases[j].met;
		}
		if (!met || !missed)
			fail_msg("%s has no case of each kind", row->name);
	}
}

static void a_requirement_says_its_number(void **state)
{
	static struct outcome outcome;
	struct policy *policy = policy_of("allow = @all\nrequire = read_only_root");

	(void)state;
	decide_case(policy, &(struct request_case){.line = CREATE, .body = "{}"}, &outcome);
	assert_string_equal(outcome.decision.message,
	    "HostConfig.ReadonlyRootfs: must be true (required: "
	    "read_only_root, CIS 5.12; docker run --read-only)");
	assert_string_equal(outcome.decision.requirement, "read_only_root");
	assert_int_equal(outcome.decision.status, 403);
	policy_unref(policy);
}

/* A container that follows section 5 of the benchmark in full passes its preset. */
static void the_cis_preset_can_be_met(void **state)
{
	static const char body[] =
	    "{\"User\":\"1:1\",\"Image\":\"bb" DIGEST
	    "\",\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"]},"
	    "\"HostConfig\":{\"CapDrop\":[\"ALL\"],\"SecurityOpt\":[\"no-new-privileges\"],"
	    "\"ReadonlyRootfs\":true,\"Memory\":1048576,\"NanoCpus\":1,\"PidsLimit\":10,"
	    "\"IpcMode\":\"private\",\"CgroupnsMode\":\"private\",\"NetworkMode\":\"ci\"}}";
	static const struct policy_row rows[] = {
	    {CREATE, body, "allow", NULL},
	    {CREATE, "{}", "requirement HostConfig.CapDrop", ""},
	    {EXEC, "{\"User\":\"root\"}", "requirement User", ""},
	    {EXEC, "{}", "allow", NULL},
	    {"GET /info", NULL, "allow", NULL},
	};

	(void)state;
	check_rows("allow = @all\nimage = bb\nnetwork_mode = ci\npreset = cis", rows, COUNT(rows));
	check_rows("allow = @all\nimage = bb\nnetwork_mode = ci\nrequire = cis", rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requirements_are_met_or_not),
	    cmocka_unit_test(services_say_what_their_version_has),
	    cmocka_unit_test(every_requirement_has_both_cases),
	    cmocka_unit_test(a_requirement_says_its_number),
	    cmocka_unit_test(the_cis_preset_can_be_met),
	    cmocka_unit_test(nothing_stands_beside_host_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
