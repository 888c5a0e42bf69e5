/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals that are better met in another way than by a line. */
#include "base/glob.h"
#include "policy/remedy.h"

#define BUILDER "buildx wants a builder in a container of its own"
#define SESSION "BuildKit sends this"

/* Requests known by their operation, and by a glob on a parameter where |param| is not NULL. */
static const struct {
	const char *operation, *param, *values;
	const char *what, *page;
} hints[] = {
    {"container.create", "name", "buildx_buildkit_*", BUILDER, "docs/builds.md"},
    {"image.create", "fromImage", "**moby/buildkit*", BUILDER, "docs/builds.md"},
    {"buildkit.session", NULL, NULL, SESSION, "docs/builds.md"},
    {"buildkit.grpc", NULL, NULL, SESSION, "docs/builds.md"},
};

static bool param_is_like(
    const struct policy_request *request, const char *name, const char *values)
{
	for (size_t i = 0; i < request->query_count; i++) {
		if (span_equal(request->query[i].name, span_of(name)) &&
		    glob_match(span_of(values), request->query[i].value))
			return true;
	}
	return false;
}

void hint_add(const struct policy_request *request, struct decision *decision)
{
	const struct docker_operation *operation = request->match.operation;
	size_t len = strlen(decision->message);

	for (size_t i = 0; operation && i < sizeof(hints) / sizeof(*hints); i++) {
		if (strcmp(hints[i].operation, operation->name) != 0 ||
		    (hints[i].param && !param_is_like(request, hints[i].param, hints[i].values)))
			continue;
		struct text text = {decision->message, sizeof(decision->message), len};

		text_add_format(&text, " (%s: see %s)", hints[i].what, hints[i].page);
		return;
	}
}
