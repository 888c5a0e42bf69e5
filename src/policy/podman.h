/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon is, and how Podman tells of containers that exist. */
#ifndef POLICY_PODMAN_H
#define POLICY_PODMAN_H

#include "policy/judge.h"

enum daemon {
	DAEMON_ASKED, /* not known yet: the judgement comes again */
	DAEMON_DOCKER,
	DAEMON_OTHER, /* Podman, or what does not say that it is Docker */
};

enum daemon daemon_of(struct judge *judge, const struct place *place);

/* Whether |text|, of an object that exists, is one of the |words| that Podman fills in, and the
 * daemon is not Docker, or that is not known yet. |words| NULL: false. */
bool podman_fills(
    struct judge *judge, const char *words, const struct place *place, struct span text);

/* Whether |word| stands in the mode of a bind because Podman put it there; it takes power away. */
bool podman_mode_word(struct span word);

/* Judges the map Tmpfs of a container that exists: Podman writes options of its own into each, and
 * gives some to read-only containers with no others. */
void podman_judge_tmpfs(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *map);

/* Whether this is the name of an ulimit that Podman gives to every container. */
bool podman_limits_itself(struct span name);

#define PODMAN_LIMIT_MOST 16

/* The name of an ulimit as requests have it: "nofile" for "RLIMIT_NOFILE". */
struct span podman_limit_name(struct span name, char (*room)[PODMAN_LIMIT_MOST]);

#endif
