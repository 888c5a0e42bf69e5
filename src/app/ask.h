/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a policy about a request that nobody sent, by the readers that the daemon uses. */
#ifndef APP_ASK_H
#define APP_ASK_H

#include "config/config.h"

/* The request as a person gives it. */
struct ask_request {
	struct span method, target;
	const struct span *headers; /* "Name: value" */
	size_t header_count;
	struct span body; /* of any kind; .at NULL = none */
};

/* One step of the decision, kept for printing. */
struct ask_step {
	struct policy_step step;
	struct ask_step *next;
};

/* The answer. What was read before a refusal is there, the rest is empty. */
struct ask {
	struct arena arena; /* holds everything below */
	struct http_request head;
	struct http_target target;
	struct policy_request request;
	struct decision decision;
	struct ask_step *steps, **last_step;
};

/* Fills |request| from what the http room read of a request. Its header pairs come from |arena|.
 * -1 when memory is out. */
int ask_policy_request(const struct http_request *head, const struct http_target *target,
    struct arena *arena, struct policy_request *ret_request);

/* Judges |request| by |policy| within |limits|. Whatever goes wrong is a refusal in ask->decision.
 */
void ask_init(struct ask *ask);
void ask_policy(struct ask *ask, const struct policy *policy, const struct limits *limits,
    const struct ask_request *request);
void ask_free(struct ask *ask);

#endif
