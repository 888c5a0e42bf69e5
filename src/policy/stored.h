/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two files that judge objects which exist. */
#ifndef POLICY_STORED_H
#define POLICY_STORED_H

#include "policy/judge.h"

/* What is known of the object; NULL when it has to be asked for, or when that was refused. */
const struct policy_object *stored_ask(struct judge *judge, enum docker_object kind,
    const struct place *place, struct span name, bool driven);

/* Refuses because the daemon's answer does not say what it must. */
void stored_refuse_answer(struct judge *judge, const struct place *place);

/* The object that the request acts on, as above. The request is then sent on with its id. */
const struct policy_object *stored_ask_driven(struct judge *judge);

/* NAME of the mode "container:NAME"; .at NULL: another mode. */
struct span stored_joined_container(struct span mode);

/* Judges all of |object|, or only what it mounts. NULL is fine. */
void stored_judge_whole(struct judge *judge, const struct policy_object *object);
void stored_judge_mounts(struct judge *judge, const struct policy_object *object);

#endif
