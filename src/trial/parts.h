/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the room. */
#ifndef TRIAL_PARTS_H
#define TRIAL_PARTS_H

#include "base/error.h"
#include "trial/trial.h"

/* Refuses for want of memory. Returns TRIAL_REFUSED. */
MUST_CHECK enum trial_state trial_out_of_memory(struct trial *trial);

/* Makes the body the trial's own. False when memory is out. */
MUST_CHECK bool trial_own_body(struct trial *trial);

/* Reads the JSON of the body, once it is whole, for |basis|. False, with the error in |body_fault|,
 * when it is none. */
MUST_CHECK bool trial_read_json(struct trial *trial, const struct trial_basis *basis);

/* Begins to look at the objects that the decision wants. False when memory is out. */
MUST_CHECK bool trial_begin_objects(struct trial *trial);

/* Puts what can be no other object in the place of the object's name. False when memory is out. */
MUST_CHECK bool trial_pin_identity(struct trial *trial);

/* Fills |ask.tenancy| for a guarded policy; it stays NULL when memory is out. */
void trial_tell_owner(struct trial *trial, const struct trial_basis *basis);

/* Puts the edits of a guarded policy in. False when it is refused. */
MUST_CHECK bool trial_amend(struct trial *trial, const struct trial_basis *basis);

/* The decision, a refusal, is about an object that the client is to take for missing: begins to ask
 * what the daemon says of those. False when it is not. */
MUST_CHECK bool trial_begin_hidden(struct trial *trial, const struct trial_basis *basis);

/* The daemon's answer to that. */
MUST_CHECK enum trial_state trial_answer_hidden(
    struct trial *trial, unsigned status, struct span body);

#endif
