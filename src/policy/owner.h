/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that judge owners. */
#ifndef POLICY_OWNER_H
#define POLICY_OWNER_H

#include "policy/stored.h"

void owner_refuse(
    struct judge *judge, const struct place *place, struct span value, const char *sentence);
/* The same words for an object that is another's, for one that is missing, and for one that could
 * not be looked up. */
void owner_refuse_foreign(
    struct judge *judge, const struct place *place, enum docker_object kind, struct span name);
/* An operation on the objects of every owner. */
void owner_refuse_operation(struct judge *judge);

/* Has the string at |place|, in the body, made of the three parts when the request is sent on. */
void owner_edit(struct judge *judge, const struct place *place, struct span first,
    struct span second, struct span third);

/* The same of the owner label in the map at |labels|. */
void owner_edit_label(struct judge *judge, const struct place *labels);

/* Refuses the name of a container that another owner's has, or whose id is so or begins so. */
void owner_judge_given_name(struct judge *judge, const struct place *place, struct span name);

/* The name in the body, of a new volume or network: no other owner's object has it. */
void owner_judge_made_name(struct judge *judge, enum docker_object kind);

/* Writes the filter of the owner's lists beforehand, if it is the same for all clients. Returns 0,
 * or -1 when memory is out. */
MUST_CHECK int owner_keep_filter(struct policy *policy);

/* The object that the operation uses. */
void owner_judge_used(struct judge *judge);

#endif
