/* SPDX-License-Identifier: Apache-2.0 */
/* Binds held against the mounts of this host (resolve_binds): what local users could make of files
 * that containers leave there (nosuid_binds), and mounts below a read-only bind that stay writable.
 */
#include "policy/bind.h"
#include "policy/require.h"

#define API_RECURSIVE 44 /* from this version on "read-only" holds for mounts below as well */
#define POINT_MOST 128   /* bytes of a mount point that are shown */

struct look {
	struct judge *judge;
	const struct bind_need *need;
	bool recursive;           /* a read-only bind is read-only below as well */
	char suid[POINT_MOST];    /* a mount that takes set-uid programs or devices; "": none */
	char written[POINT_MOST]; /* a mount that stays writable and may not be written; "": none */
};

static void keep(char room[static POINT_MOST], struct span point)
{
	struct text text = text_in(room, POINT_MOST);

	text_add_shown(&text, point, POINT_MOST - 1);
}

/* What a container may write of |mount|: below a read-only bind, what is mounted writable. */
static bool is_written(const struct look *look, const struct mount *mount)
{
	bool below = !path_lies_in(look->need->path, mount->point);

	return look->need->rw || (below && !mount->read_only && !look->recursive);
}

static void look_at(void *context, const struct mount *mount)
{
	struct look *look = context;
	const struct grant_row *near;
	struct bind_need below = {.path = mount->point, .rw = true};

	if (!is_written(look, mount))
		return;
	if (!(mount->nosuid && mount->nodev) && !look->suid[0])
		keep(look->suid, mount->point);
	if (!look->need->rw && !look->written[0] && !bind_find(look->judge->policy, &below, &near))
		keep(look->written, mount->point);
}

static void refuse_suid(struct judge *judge, const struct place *place, const char *why)
{
	struct fault fault = {
	    .reason = REASON_REQUIREMENT, .place = place, .requirement = "nosuid_binds"};

	judge_refuse(judge, &fault, "%s (required: nosuid_binds)", why);
}

static void refuse_written(
    struct judge *judge, const struct place *place, const struct bind_need *need, const char *point)
{
	struct fault fault = bind_fault(place, need->path);

	judge_refuse(judge, &fault,
	    "\"%s\" is mounted below and stays writable with API versions before 1.%d, and no "
	    "\"bind\" grants it with rw",
	    point, API_RECURSIVE);
}

void bind_judge_host(struct judge *judge, const struct place *place, const struct bind_need *need)
{
	bool nosuid = require_asks(judge->policy, require_nosuid_binds) != NULL;
	struct look look = {
	    .judge = judge, .need = need, .recursive = judge->request->api >= API_RECURSIVE};
	struct error err;
	char why[2 * POINT_MOST];
	struct text text = text_in(why, sizeof(why));

	if (!judge->request->mounts) {
		if (nosuid && need->rw)
			refuse_suid(judge, place, "the mounts of the host are not known here");
		return;
	}
	if (!nosuid && (need->rw || look.recursive))
		return;
	if (judge->request->mounts(need->path, look_at, &look, &err) < 0) {
		text_add_format(&text, "the mounts of the host cannot be read: %s", err.text);
		if (nosuid)
			refuse_suid(judge, place, why);
		return;
	}
	text_add_format(&text, "\"%s\" must be mounted with nosuid and nodev", look.suid);
	if (nosuid && look.suid[0])
		refuse_suid(judge, place, why);
	if (look.written[0] && !judge_done(judge))
		refuse_written(judge, place, need, look.written);
}
