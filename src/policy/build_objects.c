/* SPDX-License-Identifier: Apache-2.0 */
/* Exporters and caches of a build: a type, and attributes that depend on it. */
#include "docker/tables.h"
#include "json/json.h"
#include "policy/build.h"
#include "docker/call.h"

/* ---- attributes --------------------------------------------------------------------------------
 */

/* The first row that names |key|, or NULL. */
static const struct docker_field *attr_find(const struct docker_schema *schema, struct span key)
{
	for (unsigned i = 0; i < schema->count; i++) {
		if (docker_field_covers(&schema->fields[i], key))
			return &schema->fields[i];
	}
	return NULL;
}

static void attr_unknown(struct judge *judge, const struct place *place)
{
	struct fault fault = {
	    .reason = REASON_UNKNOWN_FIELD, .place = place, .fix = "unknown_fields = allow"};

	if (policy_allows(judge->policy, SETTING_UNKNOWN_FIELDS))
		judge_note(judge, place, SPAN("..."), "unknown, allowed",
		    &judge->policy->settings[SETTING_UNKNOWN_FIELDS].source);
	else
		judge_refuse(judge, &fault, "is an attribute that sockwarden does not know");
}

static void attr_judge(struct judge *judge, const struct docker_schema *schema,
    const struct place *up, const cJSON *item)
{
	struct span key = span_of(item->string), text = span_of(json_string(item));
	struct place place = place_key(up, key);
	const struct docker_field *row = attr_find(schema, key);

	place.secret = row && row->secret;
	if (!row)
		attr_unknown(judge, &place);
	else if (text.len == 0 && !row->present)
		judge_note(judge, &place, text, "harmless", NULL);
	else
		check_text(judge, row->check, row->grant, &place, text);
}

static void attrs_judge(struct judge *judge, const struct docker_schema *schema,
    const struct place *place, const cJSON *map)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, map) {
		if (judge_done(judge))
			return;
		attr_judge(judge, schema, place, item);
	}
}

void build_check_attrs(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *map)
{
	attrs_judge(judge, field->sub, place, map);
}

/* The text of |key| in |map|, to the letter; .at NULL without one. */
static struct span attr_text(const cJSON *map, const char *key)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, map) {
		if (span_equal(span_of(item->string), span_of(key)))
			return span_of(json_string(item));
	}
	return (struct span){NULL, 0};
}

/* ---- exporters ---------------------------------------------------------------------------------
 */

/* What goes to the client by its own session. */
static bool is_output(struct span type)
{
	return span_in_words(type, "local tar oci docker") && type.len > 0;
}

/* What the daemon keeps. */
static bool is_image(struct span type)
{
	return span_in_words(type, "moby image") && type.len > 0;
}

/* An empty text is true. */
static bool attr_is_yes(const cJSON *attrs, const char *key)
{
	struct span text = attr_text(attrs, key);

	return text.at && !go_says_no(text);
}

static void attrs_of_exporter(
    struct judge *judge, const struct place *place, struct span type, const cJSON *attrs)
{
	if (is_output(type)) {
		attrs_judge(judge, &output_attrs, place, attrs);
		return;
	}
	attrs_judge(judge, &exporter_attrs, place, attrs);
	if (judge_done(judge) ||
	    (!attr_is_yes(attrs, "push") && !attr_is_yes(attrs, "push-by-digest")))
		return;
	struct place here = place_key(place, SPAN("push"));
	struct span name = attr_text(attrs, "name");

	list_judge(
	    judge, GRANT_IMAGE_WRITE_ID, &here, name.at ? name : SPAN(""), build_judge_image_sent);
}

static void judge_type(struct judge *judge, const struct place *place, struct span type)
{
	if (!is_output(type) && !is_image(type))
		judge_never(judge, place, type, "is no kind of output that sockwarden knows");
}

void build_check_exporter(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	const cJSON *item;
	unsigned index = 0;

	(void)field;
	if (cJSON_IsString(value)) {
		if (*value->valuestring)
			judge_type(judge, place, span_of(value->valuestring));
		return;
	}
	if (cJSON_IsObject(value)) {
		attrs_of_exporter(
		    judge, place, json_text(judge->request->body, "ExporterDeprecated"), value);
		return;
	}
	cJSON_ArrayForEach (item, value) {
		struct place here = place_index(place, index++);
		struct place inner = place_member(&here, SPAN("Attrs"));
		struct span type = json_text(item, "Type");

		judge_type(judge, &here, type);
		if (!judge_done(judge))
			attrs_of_exporter(judge, &inner, type, json_field(item, "Attrs"));
	}
}

/* ---- caches ------------------------------------------------------------------------------------
 */

/* The attributes of each type; the others have none that is known. */
static const struct {
	const char *type;
	const struct docker_schema *from, *to;
} caches[] = {
    {"registry", &cache_registry_from, &cache_registry_to},
    {"local", &cache_local_attrs, &cache_local_attrs},
    {"inline", &cache_inline_attrs, &cache_inline_attrs},
    {"gha", &cache_gha_attrs, &cache_gha_attrs},
};

static const struct docker_schema *cache_attrs(struct span type, bool written)
{
	for (size_t i = 0; i < sizeof(caches) / sizeof(*caches); i++) {
		if (span_equal(type, span_of(caches[i].type)))
			return written ? caches[i].to : caches[i].from;
	}
	return NULL;
}

static void cache_judge_one(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *item)
{
	struct place inner = place_member(place, SPAN("Attrs"));
	struct span type = json_text(item, "Type");
	const struct docker_schema *schema = cache_attrs(type, field->check == CHECK_CACHE_TO);
	const cJSON *attrs = json_field(item, "Attrs");

	if (!schema) {
		judge_never(judge, place, type, "is no kind of cache that sockwarden knows");
		return;
	}
	grant_judge_text(judge, field->grant, place, type);
	if (!judge_done(judge))
		attrs_judge(judge, schema, &inner, attrs);
}

void build_check_cache(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *list)
{
	const cJSON *item;
	unsigned index = 0;

	cJSON_ArrayForEach (item, list) {
		struct place here = place_index(place, index++);

		if (judge_done(judge))
			return;
		cache_judge_one(judge, field, &here, item);
	}
}
