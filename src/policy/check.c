/* SPDX-License-Identifier: Apache-2.0 */
/* One value against the check of its row. */
#include "base/glob.h"
#include "json/json.h"
#include "policy/build.h"
#include "policy/judge.h"
#include "policy/object.h"
#include "policy/podman.h"

static void refuse_never(struct judge *judge, const struct place *place, struct span shown)
{
	if (!policy_grants_all(judge->policy))
		judge_never(judge, place, shown, "is only permitted by \"grant = all\"");
}

/* For rows and tables that do not fit together: refused, never passed by. */
static void refuse_confusion(struct judge *judge, const struct place *place)
{
	struct fault fault = {.reason = REASON_INTERNAL, .place = place};

	judge_refuse(judge, &fault, "cannot be judged");
}

static void judge_pair_text(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct span value, key = span_cut(text, '=', &value);

	grant_judge_pair(judge, grant, place, key, value);
}

static void judge_by_kind(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	switch (grant_info(grant)->kind) {
	case GRANT_FLAG:
		if (!grant_is_safe(grant, text))
			grant_judge_flag(judge, grant, place, text);
		break;
	case GRANT_PAIR:
		judge_pair_text(judge, grant, place, text);
		break;
	case GRANT_IMAGE:
		image_judge(judge, grant, place, text, (struct span){NULL, 0}, IMAGE_NAME);
		break;
	case GRANT_DEVICES:
		if (devices_find(judge->policy, grant, text) || grant_is_free(judge->policy, grant))
			judge_note(judge, place, text, "granted", NULL);
		else
			judge_need(judge, place, grant, text, text);
		break;
	case GRANT_CAP:
		cap_judge(judge, grant, place, text);
		break;
	case GRANT_SECURITY:
		security_judge(judge, grant, place, text);
		break;
	case GRANT_GLOB:
	case GRANT_TEXT:
	case GRANT_BIND:
	case GRANT_PUBLISH:
	case GRANT_NETWORK:
	case GRANT_ARGV:
	default:
		grant_judge_text(judge, grant, place, text);
	}
}

/* The machines of a swarm fetch what their services run. */
static bool is_pulled(const struct judge *judge)
{
	const struct docker_operation *operation = judge->request->match.operation;

	return operation && operation->subject == SUBJECT_SERVICE && !judge_is_stored(judge);
}

typedef void text_fn(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);

static void text_harmless(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	(void)grant;
	judge_note(judge, place, text, "harmless", NULL);
}

static void text_never(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	(void)grant;
	refuse_never(judge, place, text);
}

static void text_container(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	(void)grant;
	stored_judge_container(judge, place, text, true);
}

static void text_container_own(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	(void)grant;
	stored_judge_container(judge, place, text, false);
}

static void text_bind(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	(void)grant;
	bind_judge_spec(judge, place, text);
}

static void text_image(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	image_judge(judge, grant, place, text, (struct span){NULL, 0}, IMAGE_LOCAL);
	if (is_pulled(judge))
		registry_judge_remote(judge, place, text);
}

static void text_name(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	grant_judge_text(judge, grant, place, container_name(text));
}

static void text_workdir(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	workdir_judge(judge, place, text);
	path_judge(judge, grant, place, text);
}

static void text_segment(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	(void)grant;
	segment_judge(judge, place, text);
}

static void text_driver(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	if (driver_is_path(text))
		judge_bad(judge, REASON_AMBIGUOUS, place, text,
		    "is a path, which the daemon joins to the directories of plugins; "
		    "write the name of the driver");
	else
		judge_by_kind(judge, grant, place, text);
}

static void text_remote(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	grant_judge_text(judge, grant, place, text);
	registry_judge_remote(judge, place, text);
}

/* How each check takes a text. One without a row takes none. */
static text_fn *const texts[CHECK_MAX] = {
    [CHECK_FREE] = text_harmless,
    [CHECK_TOGETHER] = text_harmless,
    [CHECK_NEVER] = text_never,
    [CHECK_GRANT] = judge_by_kind,
    [CHECK_KEYS] = judge_by_kind,
    [CHECK_LABELS] = judge_by_kind,
    [CHECK_CAP] = judge_by_kind,
    [CHECK_SECURITY] = judge_by_kind,
    [CHECK_PRESENT] = judge_by_kind,
    [CHECK_LINKS] = judge_by_kind,
    [CHECK_NETWORK] = stored_judge_network,
    [CHECK_TASK_NETWORK] = stored_judge_task_network,
    [CHECK_NAMESPACE] = stored_judge_namespace,
    [CHECK_CONTAINER] = text_container,
    [CHECK_CONTAINER_OWN] = text_container_own,
    [CHECK_VOLUMES_FROM] = stored_judge_volumes_from,
    [CHECK_BIND] = text_bind,
    [CHECK_IMAGE] = text_image,
    [CHECK_DISK] = disk_judge,
    [CHECK_NAME] = text_name,
    [CHECK_ALIAS] = grant_judge_text,
    [CHECK_HOSTS] = hosts_judge,
    [CHECK_USER] = user_judge,
    [CHECK_WORKDIR] = text_workdir,
    [CHECK_PATH] = path_judge,
    [CHECK_SEGMENT] = text_segment,
    [CHECK_SIGNAL] = signal_judge,
    [CHECK_INSTRUCTION] = instruction_judge,
    [CHECK_REGISTRY] = registry_judge,
    [CHECK_REMOTE] = text_remote,
    [CHECK_DRIVER] = text_driver,
    [CHECK_FRONTEND] = build_judge_frontend,
    [CHECK_SYNTAX] = build_judge_syntax,
    [CHECK_CONTEXT] = build_judge_context,
    [CHECK_NET_MODE] = build_judge_net_mode,
    [CHECK_HOSTS_LIST] = build_judge_hosts,
    [CHECK_ULIMIT_LIST] = build_judge_ulimits,
    [CHECK_SHM] = build_judge_shm,
    [CHECK_SCANNER] = build_judge_scanner,
    [CHECK_ENTITLEMENT] = build_judge_entitlement,
    [CHECK_EXPORT_NAME] = build_judge_names,
    [CHECK_INSECURE] = build_judge_insecure,
    [CHECK_CACHE_REFS] = build_judge_cache_refs,
    [CHECK_CACHE_JSON] = build_judge_cache_json,
    [CHECK_IMAGE_READ] = build_judge_image_read,
    [CHECK_IMAGE_SENT] = build_judge_image_sent,
    [CHECK_LABEL_OF] = build_judge_label,
};

void check_text(struct judge *judge, enum docker_check check, enum grant grant,
    const struct place *place, struct span text)
{
	if (check < CHECK_MAX && texts[check])
		texts[check](judge, grant, place, text);
	else
		refuse_confusion(judge, place);
}

/* A scalar, or each element of a list, however deep. An empty scalar is as good as missing. */
static void judge_texts(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	char room[NUMBER_MOST];
	const cJSON *item;
	unsigned index = 0;

	if (!cJSON_IsArray(value)) {
		check_text(judge, field->check, field->grant, place, value_text(value, &room));
		return;
	}
	cJSON_ArrayForEach (item, value) {
		struct place here = place_index(place, index++);

		if (judge_done(judge))
			return;
		judge_texts(judge, field, &here, item);
	}
}

/* Each member of a map, by its key and value or by its key alone. */
static void judge_map(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *map)
{
	bool pairs = field->check != CHECK_KEYS && grant_info(field->grant)->kind == GRANT_PAIR;
	const cJSON *item;

	cJSON_ArrayForEach (item, map) {
		char room[NUMBER_MOST];
		struct span key = span_of(item->string);
		struct place here = place_key(place, key);

		if (judge_done(judge))
			return;
		if (judge_is_stored(judge) && field->filled && span_in_words(key, field->filled))
			judge_note(judge, &here, key, "the daemon's own", NULL);
		else if (pairs)
			grant_judge_pair(judge, field->grant, &here, key,
			    cJSON_IsNull(item) ? SPAN("") : value_text(item, &room));
		else
			grant_judge_key(judge, field->grant, &here, key);
	}
}

static void check_flag(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	char room[NUMBER_MOST];
	struct span text = value_text(value, &room);

	if (!json_is_empty(value) && !grant_is_safe(field->grant, text))
		grant_judge_flag(judge, field->grant, place, text);
}

static void check_grant(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	if (grant_info(field->grant)->kind == GRANT_FLAG)
		check_flag(judge, field, place, value);
	else if (cJSON_IsObject(value))
		judge_map(judge, field, place, value);
	else if (cJSON_IsArray(value) || !json_is_empty(value))
		judge_texts(judge, field, place, value);
}

/* Texts with a grammar of their own, alone or in a list. */
static void check_texts(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	if (cJSON_IsArray(value) || !json_is_empty(value))
		judge_texts(judge, field, place, value);
}

/* Where the container that the request makes lives by itself. */
static struct span network_mode(const struct judge *judge)
{
	const cJSON *host = json_field(judge->request->body, "HostConfig");

	return json_text(host, "NetworkMode");
}

static void check_links(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	struct span mode = network_mode(judge);

	stored_judge_links(judge, place, value);
	if (judge_is_stored(judge) || network_is_builtin(mode) || network_is_shared(mode))
		check_texts(judge, field, place, value);
	else
		judge_note(judge, place, SPAN("..."), "harmless", NULL);
}

static void check_never(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	char room[NUMBER_MOST];

	(void)field;
	if (!json_is_empty(value))
		refuse_never(judge, place, value_text(value, &room));
}

static void check_free(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	char room[NUMBER_MOST];

	(void)field;
	if (judge->trace)
		judge_note(judge, place, value_text(value, &room), "harmless", NULL);
}

static void check_nothing(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	(void)judge, (void)field, (void)place, (void)value;
}

static void check_keys(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	if (cJSON_IsObject(value))
		judge_map(judge, field, place, value);
	else
		check_grant(judge, field, place, value);
}

static void check_labels(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	if (judge->policy->owner.key.at)
		owner_judge_labels(judge, place, value);
	if (!judge_done(judge) && !policy_grants_all(judge->policy))
		check_grant(judge, field, place, value);
}

static void check_network_keys(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, value) {
		struct place here = place_key(place, span_of(item->string));

		if (judge_done(judge))
			return;
		stored_judge_network(judge, field->grant, &here, span_of(item->string));
	}
}

/* The daemon mounts a tmpfs for each key, whatever its options. */
static void check_tmpfs(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	if (judge_is_stored(judge))
		podman_judge_tmpfs(judge, field->grant, place, value);
	else
		judge_map(judge, field, place, value);
}

static void check_ports(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	(void)field;
	publish_judge(judge, place, value);
}

/* Takes the mark off. */
static bool is_optional(struct span *word)
{
	bool marked = span_starts(*word, SPAN("?"));

	if (marked)
		*word = (struct span){word->at + 1, word->len - 1};
	return marked;
}

static bool usual_has(const char *usual, const cJSON *item)
{
	struct span rest = span_of(usual), word;

	while ((word = span_next_word(&rest)).len > 0) {
		(void)is_optional(&word);
		if (cJSON_IsString(item) && glob_match(word, span_of(item->valuestring)))
			return true;
	}
	return false;
}

/* A list that some daemon fills in by itself: nothing is missing, and nothing is there that none
 * has. */
static bool is_usual(const char *usual, const cJSON *list)
{
	struct span rest = span_of(usual ? usual : ""), word;
	const cJSON *item;

	while ((word = span_next_word(&rest)).len > 0) {
		if (!is_optional(&word) && !json_list_has(list, word))
			return false;
	}
	cJSON_ArrayForEach (item, list) {
		if (!usual_has(usual, item))
			return false;
	}
	return usual && cJSON_IsArray(list);
}

static void check_present(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	char room[NUMBER_MOST];

	if (is_usual(field->usual, value)) {
		judge_note(judge, place, SPAN("..."), "the daemon's own", NULL);
		return;
	}
	grant_judge_flag(judge, field->grant, place,
	    json_is_empty(value) ? SPAN("[]") : value_text(value, &room));
}

static void check_negative(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	char room[NUMBER_MOST];

	if (!cJSON_IsNumber(value) || value->valuedouble < 0)
		grant_judge_flag(judge, field->grant, place, value_text(value, &room));
}

static void check_argv(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	/* no words are the image's own, but an empty entry point takes the image's away */
	bool missing = cJSON_IsArray(value) && !value->child && field->grant != GRANT_ENTRYPOINT_ID;

	if (!missing)
		argv_judge(judge, field->grant, place, value);
}

static void check_health(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	const cJSON *first = cJSON_IsArray(value) ? value->child : NULL;

	if (first && !first->next && span_is(span_of(json_string(first)), "CMD"))
		judge_bad(judge, REASON_BODY, place, SPAN("CMD"), "is a check without a program");
	else
		check_argv(judge, field, place, value);
}

static void check_volume_options(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	judge_map(judge, field, place, value);
	if (!judge_done(judge) && !policy_grants_all(judge->policy))
		volume_options_judge(judge, place, value);
}

/* ---- the table ---- */

/* The object, or each object of the list or map. */
static void each_object(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value, object_fn *fn)
{
	const cJSON *item;
	unsigned index = 0;

	if (field->shape == SHAPE_OBJECT) {
		fn(judge, field->grant, place, value);
		return;
	}
	cJSON_ArrayForEach (item, value) {
		struct place here = cJSON_IsObject(value) ? place_key(place, span_of(item->string))
							  : place_index(place, index++);

		if (judge_done(judge))
			return;
		fn(judge, field->grant, &here, item);
	}
}

typedef void value_fn(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value);

/* How each check takes a JSON value: as a whole, or object by object. */
static const struct {
	value_fn *value;
	object_fn *object;
} checks[CHECK_MAX] = {
    [CHECK_NEVER] = {.value = check_never},
    [CHECK_FREE] = {.value = check_free},
    [CHECK_TOGETHER] = {.value = check_nothing},
    [CHECK_GRANT] = {.value = check_grant},
    [CHECK_KEYS] = {.value = check_keys},
    [CHECK_LABELS] = {.value = check_labels},
    [CHECK_SCHEMA] = {.value = check_nothing},
    [CHECK_BIND] = {.value = check_texts},
    [CHECK_MOUNT] = {.object = object_mount},
    [CHECK_MOUNT_POINT] = {.object = object_mount_point},
    [CHECK_TMPFS] = {.value = check_tmpfs},
    [CHECK_IMAGE] = {.value = check_texts},
    [CHECK_NETWORK] = {.value = check_texts},
    [CHECK_TASK_NETWORK] = {.value = check_texts},
    [CHECK_NAMESPACE] = {.value = check_texts},
    [CHECK_VOLUMES_FROM] = {.value = check_texts},
    [CHECK_LINKS] = {.value = check_links},
    [CHECK_CONTAINER] = {.value = check_texts},
    [CHECK_CONTAINER_OWN] = {.value = check_texts},
    [CHECK_NETWORK_KEYS] = {.value = check_network_keys},
    [CHECK_CAP] = {.value = check_texts},
    [CHECK_SECURITY] = {.value = check_texts},
    [CHECK_PRIVILEGES] = {.object = object_privileges},
    [CHECK_PORTS] = {.value = check_ports},
    [CHECK_SERVICE_PORTS] = {.object = object_service_port},
    [CHECK_DEVICE] = {.object = object_device},
    [CHECK_DEVICE_REQUEST] = {.object = object_device_request},
    [CHECK_VOLUME_OPTIONS] = {.value = check_volume_options},
    [CHECK_PLUGIN] = {.object = object_plugin},
    [CHECK_PRESENT] = {.value = check_present},
    [CHECK_NEGATIVE] = {.value = check_negative},
    [CHECK_ARGV] = {.value = check_argv},
    [CHECK_HEALTH] = {.value = check_health},
    [CHECK_WORKDIR] = {.value = check_texts},
    [CHECK_DISK] = {.value = check_texts},
    [CHECK_NAME] = {.value = check_texts},
    [CHECK_ULIMIT] = {.object = object_ulimit},
    [CHECK_PATH] = {.value = check_texts},
    [CHECK_SIGNAL] = {.value = check_texts},
    [CHECK_INSTRUCTION] = {.value = check_texts},
    [CHECK_REGISTRY] = {.value = check_texts},
    [CHECK_REMOTE] = {.value = check_texts},
    [CHECK_DRIVER] = {.value = check_texts},
    [CHECK_ALIAS] = {.value = check_texts},
    [CHECK_HOSTS] = {.value = check_texts},
    [CHECK_USER] = {.value = check_texts},
    [CHECK_ATTRS] = {.value = build_check_attrs},
    [CHECK_FRONTEND] = {.value = check_texts},
    [CHECK_CONTEXT] = {.value = check_texts},
    [CHECK_IMAGE_READ] = {.value = check_texts},
    [CHECK_ENTITLEMENT] = {.value = check_texts},
    [CHECK_EXPORTER] = {.value = build_check_exporter},
    [CHECK_CACHE_FROM... CHECK_CACHE_TO] = {.value = build_check_cache},
};

/* What no grant decides alone. */
static bool holds_under_all(enum docker_check check)
{
	return check == CHECK_TASK_NETWORK || check == CHECK_CONTAINER || check == CHECK_LABELS ||
	       check == CHECK_CONTAINER_OWN;
}

void check_value(struct judge *judge, const struct docker_field *field, const struct place *place,
    const cJSON *value)
{
	if (field->joined != JOINED_NOT)
		joined_judge(judge, field, place, value);
	if (field->runs != TEMPLATE_NOT)
		template_judge(judge, field, place, value);
	if (field->sub && field->check != CHECK_ATTRS)
		walk_sub(judge, field, value, place);
	else if (field->check == CHECK_SCHEMA)
		refuse_confusion(judge, place);
	if (judge_done(judge))
		return;
	if (field->check >= CHECK_MAX)
		refuse_confusion(judge, place);
	else if (policy_grants_all(judge->policy) && !holds_under_all(field->check))
		judge_note(judge, place, SPAN("..."), "granted with all else", NULL);
	else if (checks[field->check].value)
		checks[field->check].value(judge, field, place, value);
	else if (checks[field->check].object)
		each_object(judge, field, place, value, checks[field->check].object);
	else
		refuse_confusion(judge, place);
}
