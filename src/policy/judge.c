/* SPDX-License-Identifier: Apache-2.0 */
/* How a judgement is written down: places, refusals with their fix, the trace. */
#include "policy/judge.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "policy/need.h"
#include "policy/remedy.h"

#define SHOWN_MOST 96   /* bytes of a client's value in a message */
#define NEEDED_MOST 104 /* the same of one that needs a grant */
#define FIX_VALUE_MOST 160
#define OBJECT_NAME_MOST 64

void place_write(struct text *text, const struct place *place)
{
	static const char *const prefixes[] = {
	    [PLACE_QUERY] = "query:", [PLACE_PATH] = "path:", [PLACE_HEADER] = "header:"};

	if (!place)
		return;
	place_write(text, place->up);
	switch (place->kind) {
	case PLACE_OBJECT:
		text_add(text, span_of(docker_object_info((enum docker_object)place->index)->name));
		text_add(text, SPAN(" "));
		text_add_shown(text, place->name, OBJECT_NAME_MOST);
		text_add(text, SPAN(":"));
		break;
	case PLACE_MEMBER:
		if (place->up && place->up->kind == PLACE_OBJECT)
			text_add(text, SPAN(" "));
		else if (text->len)
			text_add(text, SPAN("."));
		text_add_shown(text, place->name, SHOWN_MOST);
		break;
	case PLACE_INDEX:
		text_add(text, SPAN("["));
		text_add_uint(text, place->index);
		text_add(text, SPAN("]"));
		break;
	case PLACE_KEY:
		text_add(text, SPAN("["));
		text_add_shown(text, place->name, SHOWN_MOST);
		text_add(text, SPAN("]"));
		break;
	case PLACE_QUERY:
	case PLACE_PATH:
	case PLACE_HEADER:
	default:
		text_add(text, span_of(prefixes[place->kind]));
		text_add_shown(text, place->name, SHOWN_MOST);
	}
}

bool place_is_secret(const struct place *place)
{
	for (; place; place = place->up) {
		if (place->secret)
			return true;
	}
	return false;
}

static const char *place_kind(const struct place *place)
{
	if (!place)
		return "request";
	if (place->kind == PLACE_OBJECT)
		return "object";
	return place->kind >= PLACE_QUERY ? "param" : "field";
}

bool policy_cut_object(enum docker_object kind, struct span name, struct span *field)
{
	const struct place object = {.kind = PLACE_OBJECT, .index = kind, .name = name};
	char room[sizeof(((struct decision *)NULL)->field)];
	struct text front = text_in(room, sizeof(room));

	place_write(&front, &object);
	if (!span_cut_prefix(field, text_span(&front)))
		return false;
	(void)span_cut_prefix(field, SPAN(" "));
	return true;
}

void judge_note_step(struct judge *judge, const struct place *place, struct span value,
    const char *result, const struct policy_source *source)
{
	struct decision room;

	struct text name = text_in(room.field, sizeof(room.field));
	struct text shown = text_in(room.value, sizeof(room.value));

	place_write(&name, place);
	text_add_shown(&shown, place_is_secret(place) ? SPAN("***") : value, SHOWN_MOST);
	struct policy_step step = {
	    place_kind(place), room.field, room.value, result, {0}, false, NULL};

	if (source)
		step.source = *source;
	judge->trace(judge->context, &step);
}

static const char *step_kind(const struct fault *fault)
{
	return fault->requirement ? "require" : place_kind(fault->place);
}

static struct span shown_value(const struct fault *fault)
{
	return place_is_secret(fault->place) && !fault->cleared ? SPAN("***") : fault->value;
}

static void write_fault(struct decision *decision, const struct fault *fault, const char *sentence)
{
	decision_reset(decision, fault->reason, fault->status);
	decision->grant = fault->grant;
	decision->requirement = fault->requirement;
	decision->rule = fault->rule;
	struct text field = text_in(decision->field, sizeof(decision->field));
	struct text value = text_in(decision->value, sizeof(decision->value));
	struct text message = text_in(decision->message, sizeof(decision->message));
	struct text fix = text_in(decision->fix, sizeof(decision->fix));

	place_write(&field, fault->place);
	text_add_shown(&value, shown_value(fault), SHOWN_MOST);
	if (fault->place) {
		text_add(&message, text_span(&field));
		text_add(&message, fault->joins ? SPAN(" ") : SPAN(": "));
	}
	text_add(&message, span_of(sentence));
	if (fault->fix)
		text_add(&fix, span_of(fault->fix));
}

/* What line is missing, for whom all of them matter: `audit_level = learn`. */
static void trace_need(struct judge *judge, const struct fault *fault, const char *field)
{
	char key[NEED_KEY], value[NEED_TEXT];
	struct text key_text = text_in(key, sizeof(key)),
		    value_text = text_in(value, sizeof(value));
	const char *equals = fault->fix ? strstr(fault->fix, " = ") : NULL;
	bool told = !place_is_secret(fault->place) || grant_info(fault->grant)->kind == GRANT_PAIR;

	if (fault->grant != GRANT_NONE) {
		text_add(&key_text, span_of(grant_info(fault->grant)->name));
		if (told)
			need_write(&value_text, fault->grant, fault->need);
	} else if (equals) {
		text_add(&key_text, (struct span){fault->fix, (size_t)(equals - fault->fix)});
		text_add(&value_text, span_of(equals + 3));
	} else {
		return;
	}
	judge->trace(judge->context, &(struct policy_step){"need", field, value, key, {0},
					 fault_gives_host(fault), fault->requirement});
}

static void trace_fault(struct judge *judge, const struct fault *fault, const char *sentence)
{
	struct decision step;

	write_fault(&step, fault, sentence);
	const char *name = step.field[0] || !fault->requirement ? step.field : fault->requirement;

	judge->trace(judge->context, &(struct policy_step){step_kind(fault), name, step.value,
					 sentence, fault->rule, false, fault->requirement});
	trace_need(judge, fault, step.field);
	if (step.fix[0])
		judge->trace(
		    judge->context, &(struct policy_step){"fix", step.fix, "", "would permit it",
					{0}, fault_gives_host(fault), fault->requirement});
	else
		judge->trace(judge->context, &(struct policy_step){"change", step.field, "",
						 sentence, fault->rule, false, fault->requirement});
}

/* Whether no line would permit the request, so that further ones are of no use. What another
 * owner's object lacks would tell of it. */
static bool is_final(const struct fault *fault)
{
	return fault->status != STATUS_FORBIDDEN || fault->reason == REASON_DENY_RULE ||
	       fault->reason == REASON_UNKNOWN_ROUTE || fault->reason == REASON_INTERNAL ||
	       fault->reason == REASON_OWNER || fault->reason == REASON_REDACT;
}

/* |fault| with its defaults. A policy that is not made of lines takes none. */
static struct fault complete(const struct judge *judge, const struct fault *fault)
{
	struct fault whole = *fault;

	if (whole.status == 0)
		whole.status = STATUS_FORBIDDEN;
	if (judge->policy->advise && fault->reason != REASON_NO_RULE)
		whole.fix = NULL;
	return whole;
}

static void refuse(struct judge *judge, const struct fault *refusal, const char *sentence)
{
	const struct fault whole = complete(judge, refusal), *fault = &whole;

	if (!judge->refused)
		write_fault(judge->decision, fault, sentence);
	judge->refused = true;
	judge->decision->of_stored |= judge_is_stored(judge);
	remedy_add(judge, fault, sentence);
	judge->over |= is_final(fault);
	if (judge->trace)
		trace_fault(judge, fault, sentence);
}

void judge_refuse(struct judge *judge, const struct fault *fault, const char *format, ...)
{
	char sentence[sizeof(judge->decision->message)];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	refuse(judge, fault, sentence);
}

void judge_bad(struct judge *judge, enum reason reason, const struct place *place,
    struct span value, const char *text)
{
	struct fault fault = {.reason = reason,
	    .status = judge_is_stored(judge) ? STATUS_FORBIDDEN : STATUS_BAD,
	    .place = place,
	    .value = value};

	refuse(judge, &fault, text);
}

void judge_never(
    struct judge *judge, const struct place *place, struct span value, const char *text)
{
	struct fault fault = {
	    .reason = REASON_NEVER, .place = place, .value = value, .fix = "grant = all"};

	refuse(judge, &fault, text);
}

bool fits_a_line(struct span value)
{
	if (value.len == 0 || value.len > FIX_VALUE_MOST)
		return false;
	for (size_t i = 0, len; i < value.len; i += len) {
		len = utf8_length(span_from(value, i));
		if (len == 0 || value.at[i] == '"' || value.at[i] == 0x7f ||
		    (len == 1 && value.at[i] < ' ') || begins_comment(value, i))
			return false;
	}
	return true;
}

bool says_itself(struct span value)
{
	return !span_has(value, '*') && !(value.len > 0 && value.at[0] == '!');
}

/* The `*` of a device rule means any device to the daemon as well. */
static bool is_own_pattern(enum grant grant, struct span value)
{
	return says_itself(value) || grant_info(grant)->kind == GRANT_PUBLISH ||
	       (grant == GRANT_DEVICE_CGROUP_RULE_ID && value.len > 0 && value.at[0] != '!');
}

/* Whether the configuration takes the line that names |value|; in quotes, it may have commas. */
static bool is_value(enum grant grant, struct span value)
{
	return grant_value_check(grant, SPAN("\""), value, NULL) == 0; /* no text: it costs work */
}

/* dockerd reads a path in a container from the root, Podman from the working directory, so that no
 * line is held against one without its slash. */
static bool is_relative(enum grant grant, struct span value)
{
	return grant == GRANT_ARCHIVE_PATH_ID && value.len > 0 && *value.at != '/';
}

static void write_fix(struct text *fix, enum grant grant, struct span value)
{
	const struct grant_info *info = grant_info(grant);

	if (info->kind == GRANT_FLAG) {
		text_add(fix, span_of(info->name));
		text_add(fix, SPAN(" = yes"));
	} else if (value.at && value.len == 0) {
		text_add(fix, span_of(info->name));
		text_add(fix, SPAN(" = *"));
	} else if (fits_a_line(value) && is_own_pattern(grant, value)) {
		bool blank = info->kind != GRANT_ARGV && info->kind != GRANT_BIND &&
			     (policy_wants_quotes(value) || span_has(value, ','));
		const char *quote = blank ? "\"" : "";

		text_add(fix, span_of(info->name));
		text_add(fix, SPAN(" = "));
		text_add(fix, span_of(quote));
		text_add(fix, value);
		text_add(fix, span_of(quote));
	}
}

/* What the value lacks, behind the value. */
static void add_need(
    struct judge *judge, struct text *sentence, enum grant grant, const struct grant_row *negated)
{
	const char *name = grant_info(grant)->name, *closer = grant_closed_by(judge, grant);

	if (negated) {
		text_add_format(sentence, " is refused by \"%s = !", name);
		text_add_shown(sentence, negated->text, NEEDED_MOST);
		text_add(sentence, SPAN("\""));
		return;
	}
	text_add(sentence, SPAN(" needs the grant \""));
	text_add(sentence, span_of(name));
	text_add(sentence, SPAN("\""));
	if (closer)
		text_add_format(sentence, ", which narrowing \"%s\" closes", closer);
}

void judge_need(struct judge *judge, const struct place *place, enum grant grant, struct span value,
    struct span fix_value)
{
	judge_need_despite(judge, place, grant, value, fix_value, NULL);
}

void judge_need_despite(struct judge *judge, const struct place *place, enum grant grant,
    struct span value, struct span fix_value, const struct grant_row *negated)
{
	char fix[sizeof(judge->decision->fix)], room[sizeof(judge->decision->message)];
	struct text fix_text = text_in(fix, sizeof(fix));
	struct text sentence = text_in(room, sizeof(room));
	struct need need;
	bool flag = grant_info(grant)->kind == GRANT_FLAG;
	bool pair = grant_info(grant)->kind == GRANT_PAIR; /* shown by its key where it is secret */

	if (!pair && place_is_secret(place)) {
		value = SPAN("***");
		fix_value = (struct span){NULL, 0};
	}
	bool named = fix_value.at != NULL && !flag;

	/* beyond what is told, lines are counted only */
	if (named && fix_value.len > 0 && judge->decision->remedy_count < POLICY_REMEDIES_MOST &&
	    !is_value(grant, fix_value))
		fix_value = (struct span){NULL, 0};
	if (fix_value.at || flag)
		write_fix(&fix_text, grant, fix_value);
	need = (struct need){.value = fix_value};
	if (!flag)
		text_add(&sentence, SPAN("\""));
	text_add_shown(&sentence, value, NEEDED_MOST);
	if (!flag)
		text_add(&sentence, SPAN("\""));
	add_need(judge, &sentence, grant, negated);
	if (is_relative(grant, value))
		text_add(&sentence, SPAN(", and a path that begins with a slash"));
	else if (named && !negated && fix_text.len == 0)
		text_add(&sentence, SPAN(", and no line can name this value"));
	struct fault fault = {.reason = REASON_GRANT,
	    .place = place,
	    .value = value,
	    .grant = grant,
	    .fix = fix,
	    .cleared = true,
	    .need = fix_value.at ? &need : NULL};

	if (negated)
		fault.rule = negated->source;
	refuse(judge, &fault, room);
}
