/* SPDX-License-Identifier: Apache-2.0 */
/* HostConfig.Binds: "dest", "src:dest" or "src:dest:mode". An absolute src is a host path, any
 * other the name of a volume; the daemon decides that before it cleans anything, and so do we. */
#include "policy/podman.h"

struct bind_mode {
	unsigned read_only, read_write, relabel, propagation_words, propagation, other;
};

static bool mode_word(struct bind_mode *mode, struct span word)
{
	unsigned bits;

	if (span_is(word, "ro"))
		return ++mode->read_only == 1;
	if (span_is(word, "rw"))
		return ++mode->read_write == 1;
	if (span_is(word, "z") || span_is(word, "Z"))
		return ++mode->relabel == 1;
	if (propagation_from(word, &bits)) {
		mode->propagation = bits;
		return ++mode->propagation_words == 1;
	}
	return span_in_words(word, "nocopy copy consistent cached delegated");
}

/* |stored|: of a container that exists. */
static bool mode_read(struct span text, bool stored, struct bind_mode *ret_mode)
{
	*ret_mode = (struct bind_mode){0};
	while (text.at && text.len > 0) {
		struct span rest, word = span_cut(text, ',', &rest);
		bool known = mode_word(ret_mode, word) || (stored && podman_mode_word(word));

		if (!known || (rest.at && rest.len == 0))
			return false;
		text = rest;
	}
	return !(ret_mode->read_only && ret_mode->read_write);
}

static bool is_volume_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		bool alnum =
		    (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!alnum && (i == 0 || (c != '_' && c != '.' && c != '-')))
			return false;
	}
	return name.len > 0;
}

static void volume_judge_known(
    struct judge *judge, const struct place *place, struct span name, bool rw)
{
	grant_judge_text(judge, GRANT_VOLUME_ID, place, name);
	own_judge_volume(judge, place, name, rw);
	stored_judge_named(judge, OBJECT_VOLUME, place, name);
}

static bool is_all(const void *context, const struct grant_row *row)
{
	(void)context;
	return span_is(row->text, "*") || span_is(row->text, "**");
}

/* Swarm makes one name for each task of it: whatever comes out must be granted. */
static void volume_judge_template(struct judge *judge, const struct place *place, struct span name)
{
	const struct grant_row *row =
	    rows_find(judge->policy, GRANT_VOLUME_ID, SPAN(""), SPAN(""), is_all, NULL);

	if (row && !judge->policy->grants[GRANT_VOLUME_ID].negated &&
	    !policy_checks_state(judge->policy))
		judge_note(judge, place, name, "granted", &row->source);
	else
		judge_bad(judge, REASON_AMBIGUOUS, place, name,
		    "is a template, of which nobody can tell now which volume it will be");
}

void volume_judge_name(struct judge *judge, const struct place *place, struct span name, bool rw)
{
	if (policy_grants_all(judge->policy))
		return;
	if (has_template(name))
		volume_judge_template(judge, place, name);
	else if (!is_volume_name(name))
		judge_bad(judge, REASON_BODY, place, name,
		    "is neither an absolute host path nor the name of a volume");
	owner_judge_volume(judge, place, name); /* before what it has is looked at */
	if (!judge_done(judge) && is_volume_name(name) && !has_template(name))
		volume_judge_known(judge, place, name, rw);
}

static void judge_volume(struct judge *judge, const struct place *place, struct span name, bool rw)
{
	if (judge_is_stored(judge))
		stored_judge_volume(judge, place, name, rw);
	else
		volume_judge_name(judge, place, name, rw);
}

static bool is_container_path(struct span path)
{
	return path.len > 0 && (path.at[0] == '/' || path.at[0] == '\\');
}

struct bind_spec {
	struct span source, target, mode; /* source.at NULL: an anonymous volume */
};

static bool spec_read(struct span text, struct bind_spec *ret_spec)
{
	struct span rest, more, after;
	struct span first = span_cut(text, ':', &rest);

	*ret_spec = (struct bind_spec){.target = first};
	if (rest.at) {
		struct span second = span_cut(rest, ':', &more);
		struct span mode = span_cut(more, ':', &after);

		if (more.at && after.at)
			return false;
		*ret_spec = (struct bind_spec){first, second, mode};
	}
	return (!rest.at || first.len > 0) && is_container_path(ret_spec->target);
}

void bind_judge_spec(struct judge *judge, const struct place *place, struct span text)
{
	struct bind_spec spec;
	struct bind_mode mode;

	if (policy_grants_all(judge->policy))
		return;
	if (!spec_read(text, &spec) || !mode_read(spec.mode, judge_is_stored(judge), &mode)) {
		judge_bad(judge, REASON_BODY, place, text, "is not SOURCE:TARGET[:MODE]");
		return;
	}
	if (!spec.source.at) {
		judge_note(judge, place, text, "harmless", NULL);
		return;
	}
	if (spec.source.at[0] != '/') {
		judge_volume(judge, place, spec.source, !mode.read_only);
		return;
	}
	struct bind_need need = {
	    .path = spec.source,
	    .rw = !mode.read_only,
	    .relabel = mode.relabel > 0,
	    .makes = true,
	    .propagation = mode.propagation,
	};

	bind_judge(judge, place, &need);
}
