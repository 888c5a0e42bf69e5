/* SPDX-License-Identifier: Apache-2.0 */
/* Between the two files that judge objects which exist. */
#ifndef POLICY_STORED_H
#define POLICY_STORED_H

#include "policy/judge.h"

/* What is known of the object; NULL when it has to be asked for, or when that was refused. */
const struct policy_object *stored_ask(struct judge *judge, enum docker_object kind,
    const struct place *place, struct span name, bool driven);

/* The volume |name|, which is made if there is none; asked for last. */
const struct policy_object *stored_ask_made(
    struct judge *judge, const struct place *place, struct span name, const cJSON *options);

/* The list of the objects of |owner|, which is counted; asked for when the rest is known. */
const struct policy_object *stored_ask_count(struct judge *judge, enum docker_object kind,
    const struct place *place, struct span owner, const struct policy_count *count);

/* How the request names the object that it acts on, and where. */
struct span stored_driven_name(const struct policy_request *request);
struct place stored_driven_place(const struct docker_operation *operation);

/* Has the request sent on with the id of |object|, which it acts on. */
void stored_keep_identity(struct judge *judge, const struct policy_object *object);

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
