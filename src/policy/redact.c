/* SPDX-License-Identifier: Apache-2.0 */
/* What of the daemon's answers is hidden from the clients of a policy: `redact` and its kin. The
 * answers themselves are src/answer's. */
#include "base/glob.h"
#include "policy/model.h"

static const struct policy_setting keys[] = {
    {"redact", "env, args, labels, mounts, host or swarm, any of them", "none",
	"values of these kinds become *** in the daemon's answers; see docs/redaction.md",
	WAY_LIST},
    {"redact_except", "patterns of names", "none", "variables and labels whose values stay",
	WAY_LIST},
    {"real_values", "kinds as in redact", "none",
	"for presets: what their clients need; check warns when redact hides it", WAY_NO_POWER},
};

bool redact_key_at(unsigned index, struct policy_setting *ret_setting)
{
	if (index >= sizeof(keys) / sizeof(*keys))
		return false;
	*ret_setting = keys[index];
	return true;
}

bool redact_knows_key(struct span key)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (span_equal(key, span_of(keys[i].name)))
			return true;
	}
	return false;
}

/* ---- lines -------------------------------------------------------------------------------------
 */

static unsigned kind_named(struct span word)
{
	for (unsigned i = 0; i < REDACT_KIND_COUNT; i++) {
		if (span_equal(word, span_of(docker_redact_word(i))))
			return 1u << i;
	}
	return 0;
}

static int add_kind(struct redact_kinds *kinds, struct span word, struct error *err)
{
	unsigned kind = kind_named(word);

	if (kind == 0)
		return error_set(err, "\"%.*s\" is not env, args, labels, mounts, host or swarm",
		    (int)word.len, word.at);
	kinds->bits |= kind;
	return 0;
}

static int add_except(struct policy_line *line, struct span word, struct error *err)
{
	struct redact_state *redact = &line->policy->redact;
	struct redact_row *row = arena_alloc(&line->policy->arena, sizeof(*row));

	if (!row)
		return error_set(err, "out of memory");
	*row = (struct redact_row){.text = policy_keep(line->policy, word),
	    .pattern = policy_keep_stars(line->policy, word),
	    .source = line->source};
	if (!row->text.at || !row->pattern.at)
		return error_set(err, "out of memory");
	if (redact->last_except)
		redact->last_except->next = row;
	else
		redact->except = row;
	redact->last_except = row;
	return 0;
}

int redact_add(struct policy_line *line, struct error *err)
{
	struct redact_state *redact = &line->policy->redact;
	struct redact_kinds *kinds = span_is(line->key, "redact")        ? &redact->hidden
				     : span_is(line->key, "real_values") ? &redact->needed
									 : NULL;
	struct span rest = line->value, word;
	int result;

	while ((result = word_next(&rest, &word)) > 0) {
		if ((kinds ? add_kind(kinds, word, err) : add_except(line, word, err)) < 0)
			return -1;
	}
	if (kinds && !kinds->source.file)
		kinds->source = line->source;
	return result < 0 ? quotes_refuse(err) : 0;
}

/* Settings by which answers come that nobody has looked at. */
static const struct {
	enum setting setting;
	const char *line;
} open_settings[] = {
    {SETTING_MODE, "mode = dry-run"},
    {SETTING_UNKNOWN_ROUTES, "unknown_routes = allow"},
};

int redact_check(struct policy *policy, struct error *err)
{
	const struct redact_state *redact = &policy->redact;

	if (redact->except && !redact->hidden.bits) {
		policy->fault = redact->except->source;
		return error_set(
		    err, "\"redact_except\" says nothing without \"redact\"; add that line");
	}
	for (size_t i = 0; i < sizeof(open_settings) / sizeof(*open_settings); i++) {
		if (!redact->hidden.bits || !policy_allows(policy, open_settings[i].setting))
			continue;
		policy->fault = policy->settings[open_settings[i].setting].source;
		return error_set(err,
		    "\"%s\" lets answers through whose values cannot be hidden; remove it or the "
		    "line \"redact\"",
		    open_settings[i].line);
	}
	return 0;
}

static void show_kinds(
    const struct redact_kinds *kinds, const char *key, policy_show_fn *fn, void *context)
{
	for (unsigned i = 0; i < REDACT_KIND_COUNT; i++) {
		if (kinds->bits & 1u << i)
			fn(context, PART_SETTING, key, span_of(docker_redact_word(i)),
			    &kinds->source);
	}
}

void redact_show(const struct policy *policy, policy_show_fn *fn, void *context)
{
	show_kinds(&policy->redact.hidden, "redact", fn, context);
	for (const struct redact_row *row = policy->redact.except; row; row = row->next)
		fn(context, PART_SETTING, "redact_except", row->text, &row->source);
	show_kinds(&policy->redact.needed, "real_values", fn, context);
}

/* ---- answers -----------------------------------------------------------------------------------
 */

unsigned policy_redacts(const struct policy *policy)
{
	return policy->redact.hidden.bits;
}

bool policy_keeps_values(const struct policy *policy)
{
	return policy->redact.except != NULL;
}

bool policy_keeps_value(const void *policy, struct span name)
{
	const struct policy *of = policy;

	for (const struct redact_row *row = of->redact.except; row; row = row->next) {
		if (glob_match(row->pattern, name))
			return true;
	}
	return false;
}
