/* SPDX-License-Identifier: Apache-2.0 */
/* Text that a daemon joins into something else: what of it could get a second meaning there. What
 * each daemon does with it is said at enum docker_joined. */
#include "json/json.h"
#include "policy/podman.h"
#include "policy/stored.h"

/* ---- the kinds ---------------------------------------------------------------------------------
 */

typedef bool joined_fn(struct span text);

static bool has_any(struct span text, const char *marks)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr(marks, text.at[i]))
			return true;
	}
	return false;
}

static bool breaks_mount(struct span text)
{
	return has_any(text, ",\"\r\n");
}

static bool has_colon(struct span text)
{
	return span_has(text, ':');
}

static bool has_equals(struct span text)
{
	return span_has(text, '=');
}

static bool has_comma(struct span text)
{
	return span_has(text, ',');
}

static bool has_no_value(struct span text)
{
	return text.len > 0 && !span_has(text, '=');
}

static bool has_blank(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] <= ' ')
			return true;
	}
	return false;
}

/* Without what stands between "{{" and "}}". */
static bool has_blank_outside(struct span text)
{
	const char *open, *close;

	while (text.len > 0 && (open = memmem(text.at, text.len, "{{", 2))) {
		if (has_blank((struct span){text.at, (size_t)(open - text.at)}))
			return true;
		text = span_from(text, (size_t)(open - text.at));
		close = memmem(text.at, text.len, "}}", 2);
		if (!close)
			break;
		text = span_from(text, (size_t)(close - text.at) + 2);
	}
	return has_blank(text);
}

static bool is_there(struct span text)
{
	return text.len > 0;
}

static bool is_json_list(struct span text)
{
	while (text.len > 0 && strchr(" \t\r\n", text.at[0]))
		text = span_from(text, 1);
	return text.len > 0 && text.at[0] == '[';
}

/* Podman 5 reads several names before the address. */
static bool ends_entry(struct span text)
{
	return has_blank(text) || span_has(text, ';');
}

/* BuildKit's lists have commas between, and quotes around what has one. */
static bool is_list_or_entry(struct span text)
{
	return is_json_list(text) || ends_entry(text) || has_any(text, ",\"");
}

static bool leaves_context(struct span text)
{
	bool list = is_json_list(text);

	while (text.at && !list)
		list = span_is(span_cut(text, '/', &text), "..");
	return list;
}

static bool has_no_scheme(struct span text)
{
	return text.len > 0 && !span_is(text, "-") && !span_starts(text, SPAN("http://")) &&
	       !span_starts(text, SPAN("https://"));
}

#define ENTRY                                                                                      \
	"has a blank, a line break or a \";\", behind which the daemon writes another entry into " \
	"a "                                                                                       \
	"file of the container"

static const struct joined {
	joined_fn *has;
	bool asks;     /* Docker gives it no second meaning, and clients send it */
	bool narrowed; /* of no consequence while no line narrows the grant */
	const char *text;
	bool always; /* under `grant = all` as well: it is about objects that no line names */
} kinds[JOINED_MAX] = {
    [JOINED_MOUNT] = {.has = breaks_mount,
	.text =
	    "has a comma, a quote or a line break, behind which Podman reads more options of the "
	    "mount"},
    [JOINED_COLONS] = {.has = has_colon,
	.text = "has a colon, behind which Podman reads a path or options of its own"},
    [JOINED_DEVICE] = {.has = has_colon,
	.asks = true,
	.text = "has a colon, behind which Podman reads another path or permissions"},
    [JOINED_PAIRS] = {.has = has_equals,
	.asks = true,
	.narrowed = true,
	.text = "has a \"=\" in a key, where Podman ends the key"},
    [JOINED_NETWORKS] = {.has = has_comma,
	.asks = true,
	.text = "has a comma, where Podman ends a network's name"},
    [JOINED_ENV] = {.has = has_no_value,
	.asks = true,
	.text = "is a variable without \"=\", which Podman takes from its own environment; send "
		"NAME=VALUE"},
    [JOINED_ALONE] = {.has = is_there,
	.asks = true,
	.text = "has a power that only Podman gives it"},
    [JOINED_LIST] = {.has = is_json_list,
	.text = "is a JSON list, which Podman reads as its texts"},
    [JOINED_ONE] = {.has = is_json_list,
	.narrowed = true,
	.text = "is one word that is a JSON list, which Podman reads as its words"},
    [JOINED_HEALTH] = {.has = is_there,
	.asks = true,
	.narrowed = true,
	.text = "has words with blanks, which Podman cuts into more words"},
    [JOINED_FILE] = {.has = leaves_context,
	.text = "is a JSON list, or has a \"..\": Podman reads files of the host by such names"},
    [JOINED_LINE] = {.has = ends_entry, .text = ENTRY},
    [JOINED_LINES] = {.has = is_list_or_entry,
	.text = "is a JSON list, which Podman reads as its texts, has a comma or a quote, behind "
		"which BuildKit reads another entry, or " ENTRY},
    [JOINED_TASK] = {.has = has_blank_outside, .text = ENTRY},
    [JOINED_SOURCE] = {.has = has_no_scheme,
	.asks = true,
	.text =
	    "has no \"http://\" or \"https://\": Podman reads a file of the host by such a name"},
    [JOINED_PS] = {.has = ps_may_mislead,
	.always = true,
	.text = "can show processes of other containers and of the host; use options without "
		"arguments (-ef, aux) and columns by name, pid first (-o pid,user,args)"},
};

/* ---- refusing ----------------------------------------------------------------------------------
 */

static void refuse(struct judge *judge, enum docker_joined joined, enum grant grant,
    const struct place *place, struct span text)
{
	struct fault fault = {.reason = REASON_AMBIGUOUS, .place = place, .value = text};
	bool asks =
	    kinds[joined].asks || (policy_grants_all(judge->policy) && !kinds[joined].always);

	if (asks && daemon_of(judge, place) != DAEMON_OTHER)
		return;
	if (joined == JOINED_ALONE && grant != GRANT_NONE)
		grant_judge_flag(judge, grant, place, text);
	else
		judge_refuse(judge, &fault, "%s", kinds[joined].text);
}

/* With all grants a second meaning still gets past what the policy requires. */
static bool is_harmless(const struct judge *judge, enum docker_joined joined, enum grant grant)
{
	return joined >= JOINED_MAX || judge_is_stored(judge) || judge_done(judge) ||
	       (policy_grants_all(judge->policy) && requires_nothing(judge->policy) &&
		   !kinds[joined].always) ||
	       (kinds[joined].narrowed && grant_is_free(judge->policy, grant));
}

static void judge_text(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	struct span text = span_of(json_string(value));

	if (cJSON_IsString(value) && kinds[field->joined].has(text))
		refuse(judge, field->joined, field->grant, place, text);
}

/* Its keys, and the values of those kinds whose values are joined as well. */
static void judge_map(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *map)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, map) {
		struct span key = span_of(item->string);
		struct place here = place_key(place, key);

		if (kinds[field->joined].has(key))
			refuse(judge, field->joined, field->grant, &here, key);
		if (field->joined == JOINED_COLONS)
			judge_text(judge, field, &here, item);
	}
}

/* Podman joins the words with blanks and cuts them there, but for those of CMD-SHELL. */
static bool is_cut_anew(const cJSON *words)
{
	const cJSON *first = cJSON_IsArray(words) ? words->child : words, *word;

	if (!first || is_json_list(span_of(json_string(first))))
		return first != NULL;
	if (span_equal_nocase(span_of(json_string(first)), SPAN("CMD-SHELL")))
		return first->next && first->next->next;
	for (word = first; word; word = cJSON_IsArray(words) ? word->next : NULL) {
		if (has_any(span_of(json_string(word)), " \t\r\n\v\f"))
			return true;
	}
	return false;
}

void joined_judge(struct judge *judge, const struct docker_field *field, const struct place *place,
    const cJSON *value)
{
	const cJSON *item;
	unsigned index = 0;

	if (is_harmless(judge, field->joined, field->grant))
		return;
	if (field->joined == JOINED_HEALTH) {
		if (is_cut_anew(value))
			refuse(judge, field->joined, field->grant, place, SPAN("..."));
	} else if (cJSON_IsObject(value)) {
		judge_map(judge, field, place, value);
	} else if (!cJSON_IsArray(value)) {
		judge_text(judge, field, place, value);
	} else if (field->joined != JOINED_ONE || (value->child && !value->child->next)) {
		cJSON_ArrayForEach (item, value) {
			struct place here = place_index(place, index++);

			judge_text(judge, field, &here, item);
		}
	}
}

void joined_judge_param(struct judge *judge, const struct docker_param *param,
    const struct place *place, struct span value)
{
	if (!is_harmless(judge, param->joined, param->grant) && kinds[param->joined].has(value))
		refuse(judge, param->joined, param->grant, place, value);
}
