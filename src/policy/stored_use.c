/* SPDX-License-Identifier: Apache-2.0 */
/* Values that name an object which may exist: volumes, networks, containers that are joined or
 * whose mounts are taken over. */
#include "json/json.h"
#include "policy/podman.h"
#include "policy/stored.h"

#define VOLUME_ID_LENGTH 64 /* of the name that the daemon gives an anonymous volume */

static bool is_asked(const struct judge *judge)
{
	return policy_checks_state(judge->policy) && !judge_done(judge);
}

void stored_judge_named(
    struct judge *judge, enum docker_object kind, const struct place *place, struct span name)
{
	if (is_asked(judge))
		stored_judge_whole(judge, stored_ask(judge, kind, place, name, false));
}

void stored_judge_container(
    struct judge *judge, const struct place *place, struct span name, bool whole)
{
	name = container_name(name);
	owner_judge_acted(judge, place, name);
	own_judge_container(judge, place, name, true);
	if (whole && name.len > 0 && is_asked(judge))
		stored_judge_whole(judge, stored_ask(judge, OBJECT_CONTAINER, place, name, true));
}

/* Whether the daemon may find another object by |name| than the one that is called so: by the
 * beginning of an id, or by the alias of a link. */
static bool may_mean_another(struct span name)
{
	return name.len > 0 && (span_is_hex(name) || span_has(name, '/'));
}

/* A negated pattern speaks of names. */
static void judge_spelling(
    struct judge *judge, enum grant grant, const struct place *place, struct span name)
{
	struct fault fault = {
	    .reason = REASON_AMBIGUOUS, .place = place, .value = name, .grant = grant};

	if (!judge->policy->grants[grant].negated || judge_is_stored(judge) ||
	    policy_grants_all(judge->policy) || judge_done(judge) || !may_mean_another(name))
		return;
	judge_refuse(judge, &fault,
	    "may be an id or an alias of what a \"!\" of \"%s\" takes back; write the name",
	    grant_info(grant)->name);
}

/* The same of "container:more", which patterns may name without what follows the colon. */
static void judge_bare(
    struct judge *judge, enum grant grant, const struct place *place, struct span name)
{
	bool final;
	const struct grant_row *negated = negate_refusing(judge->policy, grant, name, NULL, &final);

	judge_spelling(judge, grant, place, name);
	if (negated && !judge_is_stored(judge) && !judge_done(judge))
		judge_need_despite(judge, place, grant, name, (struct span){NULL, 0}, negated);
}

void stored_judge_links(struct judge *judge, const struct place *place, const cJSON *links)
{
	const cJSON *link;
	unsigned index = 0;

	cJSON_ArrayForEach (link, links) {
		struct place here = place_index(place, index++);
		struct span alias, name = span_cut(span_of(json_string(link)), ':', &alias);

		judge_bare(judge, GRANT_LINK_ID, &here, name);
		owner_judge_link(judge, &here, container_name(name), alias);
		own_judge_container(judge, &here, container_name(name), false);
	}
}

/* ---- networks and namespaces -------------------------------------------------------------------
 */

struct span stored_joined_container(struct span mode)
{
	return span_cut_prefix(&mode, SPAN("container:")) ? mode : (struct span){NULL, 0};
}

#define MODE_ROOM 160

/* The mode that joins |container|, with its name. */
static void write_mode(struct text *text, const cJSON *container)
{
	text_add(text, SPAN("container:"));
	text_add(text, container_name(json_text(container, "Name")));
}

/* Whether |grant| covers the mode once the container has its name in it. */
static bool is_granted_by_name(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *container)
{
	char room[MODE_ROOM];
	struct text text = text_in(room, sizeof(room));

	write_mode(&text, container);
	const struct grant_row *row =
	    text.len + 1 < sizeof(room) ? grant_find(judge->policy, grant, text_span(&text)) : NULL;

	if (row)
		judge_note(judge, place, text_span(&text), "granted", &row->source);
	return row != NULL;
}

/* The daemon keeps the id of a container that is joined where the client wrote its name. */
static void judge_mode(
    struct judge *judge, enum grant grant, const struct place *place, struct span mode)
{
	struct span id = stored_joined_container(mode);

	if (judge_is_stored(judge) && id.at && !grant_is_free(judge->policy, grant) &&
	    !grant_find(judge->policy, grant, mode)) {
		const struct policy_object *joined =
		    stored_ask(judge, OBJECT_CONTAINER, place, id, false);

		if (!joined || is_granted_by_name(judge, grant, place, joined->json))
			return;
	}
	grant_judge_text(judge, grant, place, mode);
}

#define JOINED_MOST 8 /* containers that join one another */

/* Whether a line names |container| in full. */
static bool is_named(const struct judge *judge, enum grant grant, const cJSON *container)
{
	char room[MODE_ROOM];
	struct text text = text_in(room, sizeof(room));

	write_mode(&text, container);
	const struct grant_row *row = grant_find(judge->policy, grant, text_span(&text));

	return row && !span_is_glob(row->pattern);
}

/* The network of a container that is joined may be the host's. A line that names the container in
 * full means what that has. */
static void judge_joined(
    struct judge *judge, enum grant grant, const struct place *place, struct span mode)
{
	for (unsigned i = 0; i < JOINED_MOST && is_asked(judge); i++) {
		struct span name = container_name(stored_joined_container(mode));
		const struct policy_object *joined =
		    name.len > 0 ? stored_ask(judge, OBJECT_CONTAINER, place, name, false) : NULL;

		if (!joined || !joined->json || is_named(judge, grant, joined->json))
			return;
		mode = json_text(json_field(joined->json, "HostConfig"), "NetworkMode");
		if (span_is(mode, "host"))
			grant_judge_text(judge, grant, place, mode);
	}
}

/* The ids of a swarm's networks look like names: what the daemon has by |name| is held against a
 * negated pattern as well. */
static void judge_meaning(
    struct judge *judge, enum grant grant, const struct place *place, struct span name)
{
	if (!judge->policy->grants[grant].negated || judge_is_stored(judge) ||
	    policy_grants_all(judge->policy) || judge_done(judge) || !network_may_be_id(name))
		return;
	const struct policy_object *network = stored_ask(judge, OBJECT_NETWORK, place, name, false);
	struct span real = json_text(network ? network->json : NULL, "Name");

	if (real.len > 0 && !span_equal(real, name))
		grant_judge_text(judge, grant, place, real);
}

void stored_judge_network(
    struct judge *judge, enum grant grant, const struct place *place, struct span name)
{
	if (judge_is_stored(judge) && podman_fills(judge, "podman", place, name)) {
		judge_note(judge, place, name, "the daemon's own", NULL);
		return;
	}
	judge_mode(judge, grant, place, name);
	if (network_is_builtin(name))
		return;
	owner_judge_network(judge, place, name);
	if (!network_is_shared(name)) {
		if (!policy_checks_state(judge->policy)) { /* else its name is looked at */
			judge_spelling(judge, grant, place, name);
			judge_meaning(judge, grant, place, name);
		}
		own_judge_network(judge, place, name);
		stored_judge_named(judge, OBJECT_NETWORK, place, name);
	} else {
		judge_spelling(judge, grant, place, stored_joined_container(name));
		own_judge_container(
		    judge, place, container_name(stored_joined_container(name)), false);
		judge_joined(judge, grant, place, name);
	}
}

/* Whoever shares the processes or the memory of a container has what it has. */
void stored_judge_namespace(
    struct judge *judge, enum grant grant, const struct place *place, struct span mode)
{
	struct span joined = stored_joined_container(mode);

	judge_mode(judge, grant, place, mode);
	if (!joined.at)
		return;
	owner_judge_container(judge, place, SPAN("container:"), joined, SPAN(""));
	judge_spelling(judge, grant, place, joined);
	own_judge_container(judge, place, container_name(joined), false);
	stored_judge_named(judge, OBJECT_CONTAINER, place, joined);
}

/* ---- mounts ------------------------------------------------------------------------------------
 */

/* In a container that exists the mounts taken over stand among its own. */
void stored_judge_volumes_from(
    struct judge *judge, enum grant grant, const struct place *place, struct span text)
{
	struct span mode, called = span_cut(text, ':', &mode);

	grant_judge_text(judge, grant, place, text);
	judge_bare(judge, grant, place, called);
	owner_judge_container(judge, place, SPAN(""), called, span_from(text, called.len));
	bool whole = policy_checks_state(judge->policy);

	if (judge_done(judge) || judge_is_stored(judge) || !(whole || own_is_guarded(judge)))
		return;
	struct span name = container_name(called);
	const struct policy_object *object =
	    stored_ask(judge, OBJECT_CONTAINER, place, name, false);

	own_judge_container(judge, place, name, false);
	own_judge_mounts(judge, place, object);
	if (whole)
		stored_judge_mounts(judge, object);
}

static bool is_anonymous(struct span name)
{
	return name.len == VOLUME_ID_LENGTH && span_is_hex(name);
}

static bool has_word(struct span list, struct span word)
{
	while (list.at) {
		if (span_equal(span_cut(list, ',', &list), word))
			return true;
	}
	return false;
}

static void judge_bind(struct judge *judge, const struct place *place, const cJSON *mount)
{
	struct place source = place_member(place, SPAN("Source"));
	struct span mode = json_text(mount, "Mode");
	struct bind_need need = {
	    .path = json_text(mount, "Source"),
	    .rw = !cJSON_IsFalse(json_field(mount, "RW")),
	    .relabel = has_word(mode, SPAN("z")) || has_word(mode, SPAN("Z")),
	};

	/* For what contains its own data, or lies in it, the daemon chooses "rslave" where nobody
	 * did: a client's word is in the mode, or in HostConfig, which is judged as well. */
	(void)propagation_from(json_text(mount, "Propagation"), &need.propagation);
	if (need.propagation == PROPAGATION_RSLAVE && !has_word(mode, SPAN("rslave")))
		need.propagation = 0;
	bind_judge(judge, &source, &need);
}

void stored_judge_volume(struct judge *judge, const struct place *place, struct span name, bool rw)
{
	if (is_anonymous(name)) {
		own_judge_volume(judge, place, name, rw);
		stored_judge_named(judge, OBJECT_VOLUME, place, name);
	} else {
		volume_judge_name(judge, place, name, rw);
	}
}

static void judge_volume(struct judge *judge, const struct place *place, const cJSON *mount)
{
	struct place where = place_member(place, SPAN("Name"));

	stored_judge_volume(
	    judge, &where, json_text(mount, "Name"), !cJSON_IsFalse(json_field(mount, "RW")));
}

/* What a mount is comes before what the daemon calls it: old ones give it no type. */
void stored_judge_mount_point(struct judge *judge, const struct place *place, const cJSON *mount)
{
	struct place where = place_member(place, SPAN("Type"));
	struct span type = json_text(mount, "Type"), name = json_text(mount, "Name");

	if (policy_grants_all(judge->policy) || span_is(type, "tmpfs") || span_is(type, "image"))
		judge_note(judge, &where, type, "harmless", NULL);
	else if (span_is(type, "volume") || span_is(type, "cluster") || (!type.len && name.len))
		judge_volume(judge, place, mount);
	else if (span_is(type, "bind") || !type.len)
		judge_bind(judge, place, mount);
	else
		judge_never(
		    judge, &where, type, "is a type of mount that sockwarden does not know");
}

/* ---- what the daemon fills in ------------------------------------------------------------------
 */

/* A list must have all the words, a text be one of them. */
static bool is_filled(const struct docker_field *field, const cJSON *value)
{
	struct span rest = span_of(field->filled), word;

	if (!field->filled || !cJSON_IsArray(value))
		return field->filled && span_in_words(span_of(json_string(value)), field->filled);
	while ((word = span_next_word(&rest)).len > 0) {
		if (!json_list_has(value, word))
			return false;
	}
	return true;
}

bool stored_is_filled(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value)
{
	return is_filled(field, value) ||
	       (cJSON_IsString(value) &&
		   podman_fills(judge, field->podman, place, span_of(value->valuestring)));
}
