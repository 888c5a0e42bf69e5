/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals that are better met in another way than by a line. */
#include "base/glob.h"
#include "policy/remedy.h"

static bool hint_fits(const struct docker_hint *hint, const struct policy_request *request)
{
	if (!hint->param)
		return true;
	for (size_t i = 0; i < request->query_count; i++) {
		if (span_equal(request->query[i].name, span_of(hint->param)) &&
		    glob_match(span_of(hint->values), request->query[i].value))
			return true;
	}
	return false;
}

void hint_add(const struct policy_request *request, struct decision *decision)
{
	const struct docker_operation *operation = request->match.operation;
	const struct docker_hint *hint = operation ? operation->hint : NULL;
	size_t len = strlen(decision->message);

	if (!hint || !hint_fits(hint, request))
		return;
	struct text text = {decision->message, sizeof(decision->message), len};

	text_add_format(&text, " (%s: see %s)", hint->what, hint->page);
	decision->elsewhere = hint->instead;
}
