/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy holds, line by line, after all that it includes. */
#include "policy/require.h"

struct shower {
	policy_show_fn *show;
	void *context;
};

static void show(const struct shower *shower, enum policy_part part, const char *key,
    struct span value, const struct policy_source *source)
{
	shower->show(shower->context, part, key, value, source);
}

static void show_rules(const struct policy *policy, const struct shower *shower)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		show(shower, PART_RULE, rule->deny ? "deny" : "allow", rule->text, &rule->source);
}

static void show_row(
    const struct shower *shower, const struct grant_info *info, const struct grant_row *row)
{
	char room[4096];
	struct text text = text_in(room, sizeof(room));

	text_add(&text, row->text);
	if (info->kind == GRANT_BIND)
		text_add_format(&text, " %s%s%s%s", row->bind.rw ? "rw" : "ro",
		    row->bind.create ? " create" : "", row->bind.relabel ? " relabel" : "",
		    row->bind.propagation ? " (with propagation)" : "");
	show(shower, PART_GRANT, info->name, text_span(&text), &row->source);
}

static void show_grants(const struct policy *policy, const struct shower *shower)
{
	for (int i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		const struct grant_info *info = grant_info((enum grant)i);
		const struct grant_state *state = &policy->grants[i];

		if (state->given && info->kind == GRANT_FLAG)
			show(shower, PART_GRANT, info->name, state->flag ? SPAN("yes") : SPAN("no"),
			    &state->source);
		for (const struct grant_row *row = state->first; row; row = row->next)
			show_row(shower, info, row);
		for (const struct grant_row *row = state->negated; row; row = row->next) {
			char room[POLICY_REMEDY_TEXT];
			struct text text = text_in(room, sizeof(room));

			text_add(&text, SPAN("!"));
			text_add(&text, row->text);
			show(shower, PART_GRANT, info->name, text_span(&text), &row->source);
		}
	}
}

static void show_requirements(const struct policy *policy, const struct shower *shower)
{
	const struct requirement *row;

	for (unsigned i = 0; (row = requirement_at(i)) != NULL; i++) {
		if (policy->required & UINT64_C(1) << i)
			show(shower, PART_REQUIREMENT, "require", span_of(row->name),
			    &policy->required_by[i]);
	}
	for (int i = 0; i < MAXIMUM_COUNT; i++) {
		char room[NUMBER_MOST];
		struct text text = text_in(room, sizeof(room));

		if (!policy->maxima[i].given)
			continue;
		maximum_write(&text, (enum maximum)i, policy->maxima[i].value);
		show(shower, PART_MAXIMUM, maximum_name((enum maximum)i), text_span(&text),
		    &policy->maxima[i].source);
	}
}

static void show_settings(const struct policy *policy, const struct shower *shower)
{
	struct policy_setting row;

	for (unsigned i = 0; i < SETTING_COUNT && policy_setting_at(i, &row); i++) {
		const struct setting_state *state = &policy->settings[i];
		char room[NUMBER_MOST];
		struct text text = text_in(room, sizeof(room));

		setting_write(&text, (enum setting)i, state->value);
		if (i != SETTING_PRESET) /* which is the requirements that it stands for */
			show(shower, PART_SETTING, row.name, text_span(&text), &state->source);
	}
}

void policy_show(const struct policy *policy, policy_show_fn *fn, void *context)
{
	const struct shower shower = {fn, context};

	show_rules(policy, &shower);
	show_grants(policy, &shower);
	show_requirements(policy, &shower);
	owner_show(policy, fn, context);
	redact_show(policy, fn, context);
	show_settings(policy, &shower);
}
