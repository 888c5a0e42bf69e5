/* SPDX-License-Identifier: Apache-2.0 */
/* What a guarded policy makes of a permitted request: the judged bytes with the decision's edits, a
 * filter that keeps lists to the owner's objects, and images without the owner label. */
#include "json/json.h"
#include "policy/owner.h"

/* A request on its way. */
struct amend {
	const struct policy *policy;
	const struct policy_request *request;
	const struct json_limits *limits;
	struct arena *arena;
	struct decision *decision;
	struct pair *query; /* with room for one more */
	size_t count;
};

static int out_of_memory(struct amend *amend)
{
	decision_refuse(amend->decision, REASON_INTERNAL, 503, "out of memory");
	return -1;
}

static int refuse(struct amend *amend, const char *param, const char *text)
{
	decision_refuse(amend->decision, REASON_OWNER, STATUS_BAD, "query:%s: %s", param, text);
	return -1;
}

/* Keeps |text| and frees it. */
static int keep(struct amend *amend, struct buf *text, struct span *ret_span)
{
	const char *copy = text->failed ? NULL : arena_copy(amend->arena, buf_span(text));

	*ret_span = (struct span){copy, text->len};
	buf_free(text);
	return copy ? 0 : out_of_memory(amend);
}

static struct pair *find(struct amend *amend, struct span name)
{
	for (size_t i = 0; i < amend->count; i++) {
		if (span_equal(amend->query[i].name, name))
			return &amend->query[i];
	}
	return NULL;
}

static int put_param(struct amend *amend, struct span name, struct span value)
{
	struct pair *pair = find(amend, name);

	if (!pair) {
		pair = &amend->query[amend->count++];
		pair->name = name;
	}
	pair->value = value;
	return 0;
}

/* The policy may go before the request is sent on. */
static int put_copy(struct amend *amend, struct span name, struct span text)
{
	const char *copy = arena_copy(amend->arena, text);

	return copy ? put_param(amend, name, (struct span){copy, text.len}) : out_of_memory(amend);
}

/* Gives the parameter |name| the value |text|, and frees that. */
static int set_param(struct amend *amend, struct span name, struct buf *text)
{
	struct span value;

	return keep(amend, text, &value) < 0 ? -1 : put_param(amend, name, value);
}

/* The JSON in the parameter |name|: |*ret_json| is NULL without one. */
static int read_param(struct amend *amend, const char *name, const cJSON **ret_json)
{
	const struct pair *pair = find(amend, span_of(name));
	struct error err;

	*ret_json = NULL;
	if (!pair || pair->value.len == 0)
		return 0;
	const cJSON *json = json_parse(pair->value, amend->limits, amend->arena, &err);

	if (!json)
		return refuse(amend, name, err.text);
	if (!cJSON_IsNull(json) && !cJSON_IsObject(json))
		return refuse(amend, name, "is no JSON object");
	*ret_json = json;
	return 0;
}

/* ---- filters -----------------------------------------------------------------------------------
 */

#define TEXT_MOST (16u << 20)

/* The values are the elements of a list, or the names of a map, whatever those have. */
static bool has_form(const cJSON *values)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, values) {
		if (cJSON_IsArray(values) ? !cJSON_IsString(item) : !cJSON_IsBool(item))
			return false;
	}
	return cJSON_IsArray(values) || cJSON_IsObject(values) || cJSON_IsNull(values);
}

static struct span value_of(const cJSON *values, const cJSON *item)
{
	return span_of(cJSON_IsArray(values) ? item->valuestring : item->string);
}

static void add_value(struct buf *text, bool *first, struct span value)
{
	if (!*first)
		buf_add_char(text, ',');
	*first = false;
	buf_add_json(text, value, 0);
	buf_add_text(text, ":true");
}

static void add_values(struct buf *text, bool *first, const cJSON *values)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, values) {
		add_value(text, first, value_of(values, item));
	}
}

/* The label filter: the client's values, and the owner's label, which narrows them. */
static void add_label(struct buf *text, const struct policy_tenancy *tenancy, const cJSON *values)
{
	char room[512];
	struct text own = text_in(room, sizeof(room));
	bool first = true;

	text_add(&own, tenancy->key);
	text_add(&own, SPAN("="));
	text_add(&own, tenancy->owner);
	buf_add_text(text, "\"label\":{");
	add_values(text, &first, values);
	add_value(text, &first, text_span(&own));
	buf_add_char(text, '}');
}

void policy_filter_write(const struct policy_tenancy *tenancy, struct buf *out)
{
	buf_add_char(out, '{');
	add_label(out, tenancy, NULL);
	buf_add_char(out, '}');
}

int owner_keep_filter(struct policy *policy)
{
	const struct policy_tenancy tenancy = {
	    .key = policy->owner.key, .owner = policy->owner.name};
	struct buf text;

	if (!policy_has_owner(policy) || policy_owner_varies(policy))
		return 0;
	buf_init(&text, TEXT_MOST);
	policy_filter_write(&tenancy, &text);
	if (!text.failed)
		policy->owner.filter = policy_keep(policy, buf_span(&text));
	buf_free(&text);
	return policy->owner.filter.at ? 0 : -1;
}

static bool is_label(const cJSON *filter)
{
	return span_is(span_of(filter->string), "label");
}

static const struct docker_filter *find_filter(const struct amend *amend, struct span name)
{
	const struct docker_filter *row = amend->request->match.operation->filters;

	while (row && row->name && !span_equal(name, span_of(row->name)))
		row++;
	return row && row->name ? row : NULL;
}

/* Why the values of |filter| could tell of objects that are not the owner's; NULL: they could not.
 */
static const char *filter_fault(const struct amend *amend, const cJSON *filter)
{
	const struct docker_filter *row = find_filter(amend, span_of(filter->string));
	const cJSON *item;

	if (!row || !filter->child)
		return NULL;
	if (!row->begins_id)
		return "names an object that need not be the owner's; leave it out";
	cJSON_ArrayForEach (item, filter) {
		if (value_of(filter, item).len < POLICY_ID_DIGITS_LEAST)
			return "has the beginning of an id, which may be the beginning of another "
			       "owner's as well; write 12 digits or more";
	}
	return NULL;
}

/* Filters without values say nothing: not even that there is a key. */
static int add_filters(struct amend *amend, struct buf *text, const cJSON *filters)
{
	const cJSON *filter, *label = NULL;

	buf_add_char(text, '{');
	cJSON_ArrayForEach (filter, filters) {
		bool first = true;

		if (!has_form(filter))
			return refuse(amend, "filters", "is no list or map of strings");
		const char *fault = filter_fault(amend, filter);

		if (fault)
			return refuse(amend, "filters", fault);
		if (is_label(filter))
			label = filter;
		if (is_label(filter) || !filter->child)
			continue;
		buf_add_json(text, span_of(filter->string), 0);
		buf_add_text(text, ":{");
		add_values(text, &first, filter);
		buf_add_text(text, "},");
	}
	add_label(text, amend->request->tenancy, label);
	buf_add_char(text, '}');
	return 0;
}

static int scope(struct amend *amend)
{
	const cJSON *filters;
	struct buf text;

	if (read_param(amend, "filters", &filters) < 0)
		return -1;
	if (!filters && amend->policy->owner.filter.at)
		return put_copy(amend, SPAN("filters"), amend->policy->owner.filter);
	buf_init(&text, TEXT_MOST);
	if (add_filters(amend, &text, filters) < 0) {
		buf_free(&text);
		return -1;
	}
	return set_param(amend, SPAN("filters"), &text);
}

/* ---- images ------------------------------------------------------------------------------------
 */

static bool has_heredoc(struct span text)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.at[i] == '<' && text.at[i + 1] == '<')
			return true;
	}
	return false;
}

/* Whether the daemon could read what follows |text| as a part of it. Comments and empty lines do
 * not end an instruction that goes on. */
static bool goes_on(struct span text)
{
	if (has_heredoc(text))
		return true;
	while (text.at) {
		struct span line = docker_trim(span_cut(text, '\n', &text));

		if (line.len > 0 && (line.at[line.len - 1] == '\\' || line.at[line.len - 1] == '`'))
			return true;
	}
	return false;
}

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* the daemon drops it where a text begins */

/* What an image puts off is done in the builds that begin with it, whose steps would have the
 * label. */
static bool puts_off(struct span text)
{
	while (text.at) {
		struct span line = span_cut(text, '\n', &text);

		(void)span_cut_prefix(&line, SPAN(BYTE_ORDER_MARK));
		line = docker_trim(line);
		struct span keyword = docker_next_word(&line);

		/* capitals outside ASCII can be small letters in it: the daemon lowers them */
		if (span_equal_nocase(keyword, SPAN("ONBUILD")) || !span_is_ascii(keyword))
			return true;
	}
	return false;
}

static const char *changes_fault(struct span text)
{
	if (goes_on(text))
		return "ends in the middle of an instruction; write each in one line";
	if (puts_off(text))
		return "has ONBUILD, or a keyword with letters outside ASCII, by which an image "
		       "hands labels on to the builds of others; "
		       "write it into a Dockerfile";
	return NULL;
}

/* The last instruction counts. */
static int brand_changes(struct amend *amend)
{
	struct buf text;

	const struct docker_operation *operation = amend->request->match.operation;
	const struct docker_param *changes = operation->params;

	while (changes->check != CHECK_INSTRUCTION)
		changes++;
	for (size_t i = 0; i < amend->count; i++) {
		if (!span_equal(amend->query[i].name, span_of(changes->name)))
			continue;
		const char *fault = changes_fault(amend->query[i].value);

		if (fault)
			return refuse(amend, changes->name, fault);
	}
	if (!json_is_empty(json_field(amend->request->body, "OnBuild"))) {
		decision_refuse(amend->decision, REASON_OWNER, STATUS_BAD,
		    "OnBuild: hands labels on to the builds of others; write ONBUILD into a "
		    "Dockerfile");
		return -1;
	}
	buf_init(&text, TEXT_MOST);
	buf_add_text(&text, "LABEL ");
	buf_add(&text, amend->policy->owner.key);
	buf_add_text(&text, "=\"\"");
	struct pair *pair = &amend->query[amend->count++];

	pair->name = span_of(changes->name);
	return keep(amend, &text, &pair->value);
}

/* Adds the members of |map| but |but|, with a comma behind each. */
static void add_members(struct buf *out, const cJSON *map, struct span but)
{
	const cJSON *member;

	cJSON_ArrayForEach (member, map) {
		if (span_equal(span_of(member->string), but))
			continue;
		buf_add_json(out, span_of(member->string), 0);
		buf_add_char(out, ':');
		buf_add_json(out, span_of(json_string(member)), 0);
		buf_add_char(out, ',');
	}
}

/* A map of labels wins over the Dockerfile. */
static int brand_build(struct amend *amend)
{
	const cJSON *labels, *label;
	struct buf text;

	if (read_param(amend, "labels", &labels) < 0)
		return -1;
	buf_init(&text, TEXT_MOST);
	buf_add_char(&text, '{');
	cJSON_ArrayForEach (label, labels) {
		if (!cJSON_IsString(label) && !cJSON_IsNull(label)) {
			buf_free(&text);
			return refuse(amend, "labels", "is no map of strings");
		}
	}
	add_members(&text, labels, amend->policy->owner.key);
	buf_add_json(&text, amend->policy->owner.key, 0);
	buf_add_text(&text, ":\"\"}");
	return set_param(amend, SPAN("labels"), &text);
}

/* ---- the query ---------------------------------------------------------------------------------
 */

/* Leaves out the flags whose answers tell of the objects of every owner. */
static void drop_telling(struct amend *amend)
{
	size_t kept = 0;

	for (size_t i = 0; i < amend->count; i++) {
		const struct docker_param *param =
		    docker_param_find(amend->request->match.operation, amend->query[i].name);

		if (!param || !param->tells_all || param->grant != GRANT_NONE)
			amend->query[kept++] = amend->query[i];
	}
	amend->count = kept;
}

static int amend_query(struct amend *amend)
{
	const struct docker_operation *operation = amend->request->match.operation;

	if (!operation)
		return 0;
	if (amend->policy->owner.name.at)
		drop_telling(amend);
	if (amend->policy->owner.name.at && operation->tenant == TENANT_LISTS)
		return scope(amend);
	if (operation->brand == BRAND_CHANGES)
		return brand_changes(amend);
	return operation->brand == BRAND_BUILD ? brand_build(amend) : 0;
}

/* ---- the body ----------------------------------------------------------------------------------
 */

#define EDIT_ROOM 256u /* bytes that an edit adds, most often */

static int amend_body(struct amend *amend, struct span *body)
{
	const struct policy_tenancy *tenancy = amend->request->tenancy;
	struct buf text;

	if (tenancy->edit_count == 0)
		return 0;
	buf_init(&text, TEXT_MOST + amend->limits->max_bytes);
	if (buf_reserve(&text, body->len + tenancy->edit_count * EDIT_ROOM) &&
	    json_set(&text, *body, tenancy->edits, tenancy->edit_count, !tenancy->repeats))
		return keep(amend, &text, body);
	bool failed = text.failed;

	buf_free(&text);
	if (failed)
		return out_of_memory(amend);
	decision_refuse(amend->decision, REASON_AMBIGUOUS, STATUS_BAD,
	    "the body has a member twice, or no object, where the owner's label belongs");
	return -1;
}

int policy_amend(const struct policy *policy, const struct policy_request *request,
    struct span body, const struct json_limits *limits, struct arena *arena,
    struct policy_amended *ret_amended, struct decision *decision)
{
	struct amend amend = {policy, request, limits, arena, decision,
	    arena_alloc(arena, (request->query_count + 1) * sizeof(struct pair)),
	    request->query_count};

	if (!amend.query)
		return out_of_memory(&amend);
	if (request->query_count > 0)
		memcpy(amend.query, request->query, request->query_count * sizeof(*amend.query));
	if (amend_query(&amend) < 0)
		return -1;
	if (amend_body(&amend, &body) < 0)
		return -1;
	*ret_amended = (struct policy_amended){amend.query, amend.count, body};
	return 0;
}

static void add_driver(struct buf *out, const cJSON *driver)
{
	const cJSON *option, *options = json_field(driver, "Options");

	if (json_is_empty(options))
		return;
	buf_add_text(out, ",\"DriverOpts\":{");
	cJSON_ArrayForEach (option, options) {
		buf_add_json(out, span_of(option->string), 0);
		buf_add_char(out, ':');
		buf_add_json(out, span_of(json_string(option)), 0);
		buf_add_text(out, option->next ? "," : "}");
	}
}

void policy_volume_write(
    const struct policy_tenancy *tenancy, const struct policy_object *volume, struct buf *out)
{
	buf_add_text(out, "{\"Name\":");
	buf_add_json(out, volume->name, 0);
	add_driver(out, json_field(volume->options, "DriverConfig"));
	buf_add_text(out, ",\"Labels\":{");
	add_members(out, json_field(volume->options, "Labels"), tenancy->key);
	buf_add_json(out, tenancy->key, 0);
	buf_add_char(out, ':');
	buf_add_json(out, tenancy->owner, 0);
	buf_add_text(out, "}}");
}

static void write_step(const struct json_step *step, bool first, struct buf *out)
{
	if (step->kind == JSON_STEP_INDEX) {
		buf_add_format(out, "[%u]", step->index);
		return;
	}
	if (step->kind == JSON_STEP_KEY)
		buf_add_char(out, '[');
	else if (!first)
		buf_add_char(out, '.');
	buf_add(out, step->name);
	if (step->kind == JSON_STEP_KEY)
		buf_add_char(out, ']');
}

void policy_edit_write(const struct json_edit *edit, struct buf *out)
{
	for (unsigned i = 0; i < edit->depth; i++)
		write_step(&edit->path[i], i == 0, out);
	buf_add_char(out, '=');
	for (unsigned i = 0; i < 3; i++)
		buf_add(out, edit->parts[i]);
}
