/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of rules, held against other spellings of a value. */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>
#include <string.h>

/* The daemon's reading of flags and numbers counts, and of JSON any that is the same. */
static void conditions_on_other_spellings(void **state)
{
	static const struct policy_row numbers[] = {
	    {"GET /containers/json?limit=5", NULL, "deny_rule", NULL},
	    {"GET /containers/json?limit=05", NULL, "deny_rule", NULL},
	    {"GET /containers/json?limit=+5", NULL, "deny_rule", NULL},
	    {"GET /containers/json?limit=-5", NULL, "allow", NULL},
	    {"GET /containers/json?limit=70", NULL, "deny_rule", NULL},
	    {"GET /containers/json?limit=0071", NULL, "deny_rule", NULL},
	    {"GET /containers/json?limit=6", NULL, "allow", NULL},
	    {"GET /containers/json", NULL, "allow", NULL},
	};
	static const struct policy_row flags[] = {
	    {"DELETE /containers/x?force=true", NULL, "allow", NULL},
	    {"DELETE /containers/x?force=t", NULL, "allow", NULL},
	    {"DELETE /containers/x?force=1", NULL, "no_rule", NULL},
	    {"DELETE /containers/x?force=", NULL, "no_rule", NULL},
	    {"DELETE /containers/x", NULL, "no_rule", NULL},
	};
	static const struct policy_row absent[] = {
	    {"DELETE /containers/x", NULL, "allow", NULL},
	    {"DELETE /containers/x?force=0", NULL, "allow", NULL},
	    {"DELETE /containers/x?force=1", NULL, "no_rule", NULL},
	    {"DELETE /containers/x?force=x", NULL, "no_rule", NULL}, /* the daemon's yes */
	};
	static const struct policy_row json[] = {
	    {"GET /containers/json?filters={\"label\":[\"ab\"]}", NULL, "deny_rule", NULL},
	    {"GET /containers/json?filters={ \"label\": [\"ab\"]\t}", NULL, "deny_rule", NULL},
	    {"GET /containers/json?filters={\"label\":[\"a b\"]}", NULL, "allow", NULL},
	    {"GET /containers/json?filters={\"label\":[\"c\\u0020b\"]}", NULL, "deny_rule", NULL},
	};

	(void)state;
	check_rows("allow = container.list\ndeny = container.list?limit=5\n"
		   "deny = container.list?limit=7*",
	    numbers, COUNT(numbers));
	check_rows("allow = container.remove?force=t*", flags, COUNT(flags));
	check_rows("allow = container.remove?!force", absent, COUNT(absent));
	check_rows("allow = container.list\ndeny = container.list?filters={\"label\":[\"ab\"]}",
	    json, COUNT(json));
}

/* What is too long to be compared without its blanks is in a deny. */
static void long_values_are_denied(void **state)
{
	static char line[40000];
	size_t len =
	    (size_t)snprintf(line, sizeof(line), "GET /containers/json?filters={\"label\":[\"");
	const struct policy_row rows[] = {{line, NULL, "deny_rule", NULL}};

	(void)state;
	memset(line + len, 'x', 20000);
	memcpy(line + len + 20000, "\"]}", 4);
	check_rows("allow = container.list\ndeny = container.list?filters={\"label\":[\"a\"]}",
	    rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(conditions_on_other_spellings),
	    cmocka_unit_test(long_values_are_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
