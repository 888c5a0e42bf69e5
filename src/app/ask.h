/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a policy about a request that nobody sent, as the daemon does with one that it gets. */
#ifndef APP_ASK_H
#define APP_ASK_H

#include "app/existing.h"
#include "config/config.h"
#include "trial/trial.h"

/* The request as a person gives it. */
struct ask_request {
	struct span method, target;
	const struct span *headers; /* "Name: value" */
	size_t header_count;
	struct span body;                /* empty = none */
	const struct existing *existing; /* what exists; NULL: nothing is known */
	bool resolve; /* bind sources are looked up on this host when the policy wants that */
};

/* One step of the decision, kept for printing. */
struct ask_step {
	struct policy_step step;
	struct ask_step *next;
};

/* The answer: |trial.decision|. What was read before a refusal is there, the rest is empty. */
struct ask {
	struct trial trial;
	struct arena arena; /* holds the steps */
	struct ask_step *steps, **last_step;
};

/* Judges |request| by |policy| within |limits|. Whatever goes wrong is a refusal. */
void ask_policy(struct ask *ret_ask, const struct policy *policy, const struct limits *limits,
    const struct ask_request *request);
void ask_free(struct ask *ask);

bool ask_step_is(const struct ask_step *step, const char *what);

/* The first of |step| and those after it that is of this kind, or NULL. */
const struct ask_step *ask_next(const struct ask_step *step, const char *what);

/* … that is a line which would permit something. */
const struct ask_step *ask_next_fix(const struct ask_step *step);

/* True when a step before |fix| names the same line. */
bool ask_fix_repeats(const struct ask *ask, const struct ask_step *fix);

#endif
