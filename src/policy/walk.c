/* SPDX-License-Identifier: Apache-2.0 */
/* The walk of a JSON body along its schema: each member is one that we know, once, of the right
 * shape, and judged by its row. */
#include "json/json.h"
#include "policy/judge.h"

#define FIELDS_MOST 256 /* of one schema; the tables' test holds them to it */

/* ---- shapes ------------------------------------------------------------------------------ */

typedef bool shape_fn(const cJSON *value);

/* As cJSON_IsString() and its kin, without a call into the library for each member. */
static inline bool is_type(const cJSON *value, int type)
{
	return (value->type & 0xff) == type;
}

static bool every(const cJSON *list, shape_fn *fits)
{
	for (const cJSON *item = list->child; item; item = item->next) {
		if (!fits(item))
			return false;
	}
	return true;
}

static bool is_any(const cJSON *value)
{
	return value != NULL;
}

static bool is_bool(const cJSON *value)
{
	return is_type(value, cJSON_True) || is_type(value, cJSON_False);
}

static bool is_number(const cJSON *value)
{
	return is_type(value, cJSON_Number);
}

/* What Go reads into an int64. */
static bool is_integer(const cJSON *value)
{
	struct json_integer integer;

	return json_integer(value, &integer) &&
	       integer.size <= (uint64_t)INT64_MAX + integer.negative;
}

/* What Go reads into an uint64. */
static bool is_unsigned(const cJSON *value)
{
	struct json_integer integer;

	return json_integer(value, &integer) && !integer.negative;
}

static bool is_text(const cJSON *value)
{
	return is_type(value, cJSON_String);
}

static bool is_object(const cJSON *value)
{
	return is_type(value, cJSON_Object);
}

static bool is_text_or_null(const cJSON *value)
{
	return is_text(value) || cJSON_IsNull(value);
}

static bool is_object_or_null(const cJSON *value)
{
	return is_object(value) || cJSON_IsNull(value);
}

static bool is_texts(const cJSON *value)
{
	return is_type(value, cJSON_Array) && every(value, is_text);
}

static bool is_text_or_texts(const cJSON *value)
{
	return is_text(value) || is_texts(value);
}

static bool is_text_map(const cJSON *value)
{
	return is_object(value) && every(value, is_text_or_null);
}

static bool is_object_map(const cJSON *value)
{
	return is_object(value) && every(value, is_object_or_null);
}

static bool is_objects(const cJSON *value)
{
	return is_type(value, cJSON_Array) && every(value, is_object);
}

static bool is_objects_or_null(const cJSON *value)
{
	return cJSON_IsNull(value) || is_objects(value);
}

static bool is_objects_map(const cJSON *value)
{
	return is_object(value) && every(value, is_objects_or_null);
}

static bool is_integers(const cJSON *value)
{
	return is_type(value, cJSON_Array) && every(value, is_integer);
}

static bool is_text_lists(const cJSON *value)
{
	return is_type(value, cJSON_Array) && every(value, is_texts);
}

static const struct {
	shape_fn *fits;
	const char *text;
} shapes[SHAPE_MAX] = {
    [SHAPE_ANY] = {is_any, "must be something"},
    [SHAPE_BOOL] = {is_bool, "must be true or false"},
    [SHAPE_INT] = {is_integer,
	"must be an integer of 64 bits, written without fraction and exponent"},
    [SHAPE_UINT] = {is_unsigned,
	"must be an integer of 64 bits from 0 up, written without fraction and exponent"},
    [SHAPE_NUMBER] = {is_number, "must be a number"},
    [SHAPE_STRING] = {is_text, "must be a string"},
    [SHAPE_STRINGS] = {is_texts, "must be a list of strings"},
    [SHAPE_STRING_OR_STRINGS] = {is_text_or_texts, "must be a string or a list of strings"},
    [SHAPE_STRING_MAP] = {is_text_map, "must be an object of strings"},
    [SHAPE_SET] = {is_object_map, "must be an object of empty objects"},
    [SHAPE_OBJECT] = {is_object, "must be an object"},
    [SHAPE_OBJECTS] = {is_objects, "must be a list of objects"},
    [SHAPE_OBJECT_MAP] = {is_object_map, "must be an object of objects"},
    [SHAPE_OBJECTS_MAP] = {is_objects_map, "must be an object of lists of objects"},
    [SHAPE_INTS] = {is_integers, "must be a list of integers"},
    [SHAPE_STRING_LISTS] = {is_text_lists, "must be a list of lists of strings"},
    [SHAPE_BYTES] = {is_text, "must be a string"},
    [SHAPE_BYTES_LIST] = {is_texts, "must be a list of strings"},
};

bool shape_fits(enum docker_shape shape, const cJSON *value)
{
	return shape < SHAPE_MAX && shapes[shape].fits && shapes[shape].fits(value);
}

const char *shape_text(enum docker_shape shape)
{
	return shapes[shape].text;
}

/* ---- members ----------------------------------------------------------------------------- */

/* On old daemons the members of HostConfig work beside it as well. */
static const struct docker_field *field_of_host_config(
    const struct docker_schema *schema, const char *name)
{
	unsigned cursor = 0;
	const struct docker_field *host = docker_field_find(schema, "HostConfig", &cursor);

	cursor = 0;
	return host && host->sub ? docker_field_find(host->sub, name, &cursor) : NULL;
}

/* Null is as good as missing everywhere but in lists. */
static void member_known(struct judge *judge, const struct docker_field *field, const cJSON *member,
    const struct place *place)
{
	if (is_type(member, cJSON_NULL))
		return;
	if (judge_is_stored(judge) && stored_is_filled(judge, field, place, member)) {
		judge_note(judge, place, SPAN("..."), "the daemon's own", NULL);
		return;
	}
	if (!policy_grants_all(judge->policy) && !shape_fits(field->shape, member))
		judge_bad(judge, REASON_BODY, place, SPAN(""), shape_text(field->shape));
	else
		check_value(judge, field, place, member);
}

/* Requirements look into HostConfig alone, which old daemons make of members beside it when it is
 * missing: so none may stand there that a requirement could be about. */
static void member_of_host_config(struct judge *judge, const struct docker_field *field,
    const cJSON *member, const struct place *place)
{
	struct fault fault = {.reason = REASON_UNKNOWN_FIELD, .place = place};
	bool may_stand =
	    policy_allows(judge->policy, SETTING_UNKNOWN_FIELDS) && requires_nothing(judge->policy);

	/* a list in a map may be empty and say something all the same: {"80/tcp":[]} */
	if ((json_is_empty(member) && !member->child) || may_stand)
		member_known(judge, field, member, place);
	else
		judge_refuse(judge, &fault, "belongs into HostConfig");
}

static void member_unknown(struct judge *judge, const struct docker_schema *schema,
    const cJSON *member, const struct place *place)
{
	const struct docker_field *host = field_of_host_config(schema, member->string);
	struct fault fault = {
	    .reason = REASON_UNKNOWN_FIELD, .place = place, .fix = "unknown_fields = allow"};

	if (host)
		member_of_host_config(judge, host, member, place);
	else if (json_is_empty(member))
		judge_note(judge, place, SPAN(""), "unknown, but empty", NULL);
	else if (policy_allows(judge->policy, SETTING_UNKNOWN_FIELDS))
		judge_note(judge, place, SPAN("..."), "unknown, allowed",
		    &judge->policy->settings[SETTING_UNKNOWN_FIELDS].source);
	else
		judge_refuse(judge, &fault, "is a field that sockwarden does not know");
}

/* The API version by which the daemon reads the body, as far as is known. */
static unsigned api_read_by(const struct judge *judge)
{
	unsigned oldest = judge->policy->settings[SETTING_MIN_API].value;

	if (judge->request->api > 0)
		return judge->request->api;
	return oldest > API_UNNAMED ? oldest : API_UNNAMED;
}

/* Whether the daemon may pass over what a requirement relies on. */
static bool may_be_left_out(
    const struct judge *judge, const struct docker_field *field, const cJSON *member)
{
	const struct docker_operation *operation = judge->request->match.operation;

	return operation && operation->traits & TRAIT_DATED && !judge_is_stored(judge) &&
	       field->since > api_read_by(judge) && !requires_nothing(judge->policy) &&
	       !json_is_empty(member);
}

static void member_left_out(
    struct judge *judge, const struct docker_field *field, const struct place *place)
{
	struct fault fault = {.reason = REASON_AMBIGUOUS, .place = place};

	judge_refuse(judge, &fault,
	    "is new in API version 1.%u, and left out by daemons for the 1.%u of this request",
	    field->since, api_read_by(judge));
}

#define REPEATS_MOST 8 /* of an object: each is looked for from its beginning */

struct walk {
	const struct docker_schema *schema;
	const cJSON *object;
	const struct place *up;
	unsigned cursor, repeats;
	uint64_t seen[FIELDS_MOST / 64];
};

/* True when this field was met before, under whatever spelling. */
static bool walk_saw(struct walk *walk, const struct docker_field *field)
{
	size_t index = (size_t)(field - walk->schema->fields);
	uint64_t bit = UINT64_C(1) << index % 64;

	if (index >= FIELDS_MOST || walk->seen[index / 64] & bit)
		return true;
	walk->seen[index / 64] |= bit;
	return false;
}

/* Whether a field that was met before says the same again, to whatever parser: null, true or false
 * both times. docker-java writes EnableIPv6 in two spellings into every network it creates. */
static bool walk_repeats(
    const struct walk *walk, const struct docker_field *field, const cJSON *member)
{
	const cJSON *other;

	cJSON_ArrayForEach (other, walk->object) {
		unsigned cursor = 0;

		if (other == member)
			break;
		if (docker_field_find(walk->schema, other->string, &cursor) == field)
			return other->type == member->type &&
			       (cJSON_IsNull(member) || cJSON_IsBool(member));
	}
	return false;
}

static void member_again(struct judge *judge, struct walk *walk, const struct docker_field *field,
    const cJSON *member, const struct place *place)
{
	if (walk->repeats++ >= REPEATS_MOST || !walk_repeats(walk, field, member))
		judge_bad(judge, REASON_AMBIGUOUS, place, SPAN(""),
		    "is duplicated with different capitalisation");
	if (judge->request->tenancy)
		judge->request->tenancy->repeats = true;
}

static void walk_member(struct judge *judge, struct walk *walk, const cJSON *member)
{
	const char *name = member->string;
	const struct docker_field *spelled =
	    docker_field_spelled(walk->schema, name, &walk->cursor);
	const struct docker_field *field =
	    spelled ? spelled : docker_field_folded(walk->schema, name);
	struct place place = place_member(
	    walk->up, field ? (struct span){field->name, field->name_len} : span_of(name));

	place.secret = field && field->secret;
	if (!field && walk->schema->open)
		return;
	if (!spelled && !judge_is_stored(judge) && !judge_takes(judge, POLICY_NAMES, &place))
		return;
	if (!spelled && json_name_is_foreign(name)) /* names of the tables are ASCII */
		judge_bad(judge, REASON_AMBIGUOUS, &place, SPAN(""),
		    "the name of a field has letters outside ASCII");
	else if (!field)
		member_unknown(judge, walk->schema, member, &place);
	else if (walk_saw(walk, field))
		member_again(judge, walk, field, member, &place);
	else if (may_be_left_out(judge, field, member))
		member_left_out(judge, field, &place);
	else
		member_known(judge, field, member, &place);
}

/* No grant covers what is not named. */
static void walk_must(struct judge *judge, const struct docker_schema *schema, const cJSON *object,
    const struct place *up)
{
	struct place place = place_member(up, span_of(schema->must));
	unsigned cursor = 0;
	const struct docker_field *field = docker_field_find(schema, schema->must, &cursor);

	if (policy_grants_all(judge->policy) || !json_is_empty(json_field(object, schema->must)))
		return;
	struct fault fault = {.reason = REASON_GRANT, .place = &place, .grant = field->grant};

	if (field->missing)
		check_text(judge, field->check, field->grant, &place, span_of(field->missing));
	else
		judge_refuse(judge, &fault, "is missing or empty, which no grant covers");
}

void walk_object(struct judge *judge, const struct docker_schema *schema, const cJSON *object,
    const struct place *up)
{
	struct walk walk = {.schema = schema, .object = object, .up = up};
	const cJSON *member;

	cJSON_ArrayForEach (member, object) {
		if (judge_done(judge))
			return;
		walk_member(judge, &walk, member);
	}
	if (schema->must && !judge_done(judge))
		walk_must(judge, schema, object, up);
}

/* |maps| levels of the value are maps, whose keys are no fields. */
static void walk_deep(struct judge *judge, const struct docker_schema *schema, const cJSON *value,
    const struct place *place, unsigned maps)
{
	const cJSON *item;
	unsigned index = 0;

	if (cJSON_IsObject(value) && maps == 0) {
		walk_object(judge, schema, value, place);
		return;
	}
	bool keys = cJSON_IsObject(value);

	cJSON_ArrayForEach (item, value) {
		struct place here =
		    keys ? place_key(place, span_of(item->string)) : place_index(place, index++);

		if (judge_done(judge))
			return;
		walk_deep(judge, schema, item, &here, maps - keys);
	}
}

void walk_sub(struct judge *judge, const struct docker_field *field, const cJSON *value,
    const struct place *place)
{
	unsigned maps = field->shape == SHAPE_OBJECT_MAP || field->shape == SHAPE_OBJECTS_MAP;

	walk_deep(judge, field->sub, value, place, maps);
}

void walk_param(struct judge *judge, const struct docker_schema *schema, const cJSON *value,
    const struct place *place)
{
	member_known(judge, &schema->fields[0], value, place);
}

void walk_body(struct judge *judge, const struct docker_schema *schema, const cJSON *body)
{
	struct place whole = place_member(NULL, SPAN("body"));

	if (!body || cJSON_IsNull(body))
		return;
	if (schema->whole)
		member_known(judge, &schema->fields[0], body, &whole);
	else if (cJSON_IsObject(body))
		walk_object(judge, schema, body, NULL);
	else
		judge_bad(judge, REASON_BODY, NULL, SPAN(""), "the body must be a JSON object");
}
