/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon is, and how Podman tells of containers that exist: its Docker API fills in words
 * of its own where a request said nothing, and writes what was said in other words. */
#include <ctype.h>

#include "json/json.h"
#include "policy/podman.h"
#include "policy/stored.h"

/* ---- what the daemon is ------------------------------------------------------------------------
 */

/* Docker's engine says so among its components; Podman's names are others. */
static bool is_docker(const cJSON *version)
{
	const cJSON *components = json_field(version, "Components"), *one;

	if (!cJSON_IsArray(components))
		return false;
	cJSON_ArrayForEach (one, components) {
		if (span_is(json_text(one, "Name"), "Engine"))
			return true;
	}
	return false;
}

enum daemon daemon_of(struct judge *judge, const struct place *place)
{
	const struct policy_object *object =
	    stored_ask(judge, OBJECT_DAEMON, place, SPAN("version"), false);

	if (!object)
		return DAEMON_ASKED;
	return is_docker(object->json) ? DAEMON_DOCKER : DAEMON_OTHER;
}

/* ---- containers that exist ---------------------------------------------------------------------
 */

bool podman_fills(
    struct judge *judge, const char *words, const struct place *place, struct span text)
{
	return span_in_words(text, words) && daemon_of(judge, place) != DAEMON_DOCKER;
}

bool podman_mode_word(struct span word)
{
	return span_in_words(word, "rbind bind nosuid nodev noexec");
}

#define TMPFS_OPTIONS_MOST 256

/* The options without those that Podman gives to every tmpfs, the last of which Docker does not
 * take. */
static struct span tmpfs_options(struct span options, struct text *room)
{
	struct span rest = options;
	bool own = false;

	while (rest.at) {
		struct span word = span_cut(rest, ',', &rest);

		own |= span_is(word, "tmpcopyup");
		if (span_in_words(word, "rw rprivate nosuid nodev noexec tmpcopyup"))
			continue;
		text_add(room, room->len ? SPAN(",") : SPAN(""));
		text_add(room, word);
	}
	return own && room->len + 1 < TMPFS_OPTIONS_MOST ? text_span(room) : options;
}

void podman_judge_tmpfs(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *map)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, map) {
		struct span key = span_of(item->string), text = span_of(json_string(item));
		struct place here = place_key(place, key);
		char room[TMPFS_OPTIONS_MOST];
		struct text rest = text_in(room, sizeof(room));
		struct span options = tmpfs_options(text, &rest);

		if (judge_done(judge))
			return;
		if (options.len == 0 && text.len > 0)
			judge_note(judge, &here, text, "the daemon's own", NULL);
		else
			grant_judge_pair(judge, grant, &here, key, options);
	}
}

/* Each container has these two, of a size that Podman finds for itself; Docker has no such names.
 */
bool podman_limits_itself(struct span name)
{
	return span_in_words(name, "RLIMIT_NOFILE RLIMIT_NPROC");
}

struct span podman_limit_name(struct span name, char (*room)[PODMAN_LIMIT_MOST])
{
	struct span prefix = SPAN("RLIMIT_");
	size_t len = 0;

	if (!span_starts(name, prefix) || name.len - prefix.len > sizeof(*room))
		return name;
	for (; len < name.len - prefix.len; len++)
		(*room)[len] = (char)tolower((unsigned char)name.at[prefix.len + len]);
	return (struct span){*room, len};
}
