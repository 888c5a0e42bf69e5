/* SPDX-License-Identifier: Apache-2.0 */
/* A refusal's advice, as part of one sentence. */
#include "proxy/advice.h"

#define TOLD_MOST 12u /* lines, and changes, in one answer; the audit log has them all */

#define NAME_SHOWN 64 /* bytes of an object's name */

/* What is said of the decision's remedies so far. */
struct advice {
	struct buf *text;
	const struct decision *decision;
	unsigned told, untold;
};

static bool is_advised(const struct remedy *remedy)
{
	return remedy->kind == REMEDY_LINE && !remedy->gives_host;
}

static void add_lines(struct advice *advice)
{
	const struct decision *decision = advice->decision;
	unsigned told = 0;

	for (unsigned i = 0; i < decision->remedy_count; i++) {
		if (!is_advised(&decision->remedies[i]))
			continue;
		if (told == TOLD_MOST) {
			advice->untold++;
			continue;
		}
		buf_add_text(advice->text, told++ == 0 ? "; to permit it add \"" : ", \"");
		buf_add_text(advice->text, decision->remedies[i].text);
		buf_add_char(advice->text, '"');
	}
	advice->told += told;
}

/* The first refusal is the sentence itself. */
static void add_changes(struct advice *advice, enum remedy_kind kind, const char *start)
{
	const struct decision *decision = advice->decision;
	unsigned told = 0;

	for (unsigned i = 1; i < decision->remedy_count; i++) {
		if (decision->remedies[i].kind != kind)
			continue;
		if (told == TOLD_MOST) {
			advice->untold++;
			continue;
		}
		buf_add_text(advice->text, told++ == 0 ? start : "; ");
		buf_add_text(advice->text, decision->remedies[i].text);
	}
}

static bool gives_host(const struct decision *decision)
{
	for (unsigned i = 0; i < decision->remedy_count; i++) {
		if (decision->remedies[i].gives_host)
			return true;
	}
	return false;
}

/* Why a line is left out of the advice. */
static const char *host_warning(const struct decision *decision, bool told)
{
	if (told)
		return "; it also needs lines that give root on the host: the audit log has them";
	if (decision->reason == REASON_UNKNOWN_FIELD || decision->reason == REASON_UNKNOWN_PARAM)
		return "; permitting what sockwarden does not know can give root on the host";
	return "; permitting it would give root on the host";
}

/* What is judged once the lines are there. */
static void add_unchecked(struct buf *text, const struct decision *decision)
{
	unsigned count = 0;

	for (unsigned i = 0; decision->wants_state && i < decision->wanted_count; i++) {
		const struct policy_object *object = &decision->wanted[i];

		if (!policy_object_is_of_client(object) || count++ > 0)
			continue;
		buf_add_format(
		    text, "; not judged yet: %s \"", docker_object_info(object->kind)->name);
		buf_add_escaped(text, object->name, NAME_SHOWN);
		buf_add_char(text, '"');
	}
	if (count > 1)
		buf_add_format(text, " and %u more", count - 1);
}

void advice_write(struct buf *text, const struct decision *decision)
{
	struct advice advice = {text, decision, 0, decision->remedies_beyond};

	if (decision->elsewhere)
		return;
	if (decision->remedy_count == 0 && decision->fix[0])
		buf_add_format(text, "; to permit it add \"%s\"", decision->fix);
	add_lines(&advice);
	if (gives_host(decision))
		buf_add_text(text, host_warning(decision, advice.told > 0));
	add_changes(&advice, REMEDY_CHANGE, "; also to change in the request: ");
	add_changes(&advice, REMEDY_BAD, "; also malformed (400): ");
	if (advice.untold)
		buf_add_format(text, "; and %u more", advice.untold);
	add_unchecked(text, decision);
}
