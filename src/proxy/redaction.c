/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/redaction.h"

#include <stdlib.h>

#include "answer/answer.h"
#include "policy/policy.h"

struct redaction {
	struct policy *policy; /* that permitted the request */
	const struct docker_operation *operation;
	struct answer *answer; /* the body under way, or NULL */
	bool chunks;           /* the client is sent it in chunks */
	struct error fault;    /* why it must not be told */
};

void redaction_drop(struct conn *conn)
{
	struct redaction *redaction = conn->redaction;

	if (!redaction)
		return;
	conn->redaction = NULL;
	answer_free(redaction->answer);
	policy_unref(redaction->policy);
	free(redaction);
	buf_free(&conn_server(conn)->body);
}

bool redaction_begin(
    struct conn *conn, struct policy *policy, const struct docker_operation *operation)
{
	redaction_drop(conn);
	if (!policy || !policy_redacts(policy))
		return true;
	conn->redaction = malloc(sizeof(*conn->redaction));
	if (!conn->redaction)
		return false;
	*conn->redaction = (struct redaction){.policy = policy_ref(policy), .operation = operation};
	buf_clear(&conn_server(conn)->body);
	return true;
}

/* ---- what must be read -------------------------------------------------------------------------
 */

/* Whether an error of the daemon can only be about the request itself: others can have what it has
 * stored, such as the command of a container that does not start, or paths of the host. */
static bool is_about_request(const struct docker_operation *operation, unsigned status)
{
	return status < 500 && !(status == 400 && operation && operation->object != OBJECT_NONE);
}

/* What of an answer is to be searched; NULL: nothing. */
static const struct docker_answer_member *members_of(
    const struct docker_operation *operation, unsigned status)
{
	if (status >= 400)
		return is_about_request(operation, status) ? NULL : answer_error;
	return status < 300 && operation ? operation->shows : NULL;
}

/* An answer to an operation that has none that is known: no policy that hides values permits it. */
static bool is_unknown(const struct docker_operation *operation, unsigned status)
{
	return status < 300 && (!operation || operation->answer == ANSWER_UNKNOWN);
}

static bool refuse(struct redaction *redaction, const char *why)
{
	(void)error_set(&redaction->fault, "%s", why);
	return false;
}

bool redaction_hides_error(
    const struct policy *policy, const struct docker_operation *operation, unsigned status)
{
	return policy && status >= 400 &&
	       docker_answer_names(members_of(operation, status), policy_redacts(policy));
}

static bool begin_answer(struct redaction *redaction, const struct http_response *response,
    const struct docker_answer_member *members)
{
	const struct docker_operation *operation = redaction->operation;
	struct answer_rules rules = {policy_redacts(redaction->policy),
	    policy_keeps_values(redaction->policy) ? policy_keeps_value : NULL, redaction->policy};
	bool each = response->status < 300 && operation && operation->answer == ANSWER_EVENTS;

	if (!response->json)
		return refuse(redaction, "its Content-Type is not JSON");
	if (response->encoded)
		return refuse(redaction, "it has a Content-Encoding");
	redaction->answer = answer_new(members, each, &rules);
	return redaction->answer || refuse(redaction, "out of memory");
}

bool redaction_head(struct conn *conn, const struct http_response *response)
{
	struct redaction *redaction = conn->redaction;
	const struct docker_answer_member *members =
	    members_of(redaction->operation, response->status);

	if (response->framing == FRAMING_NONE)
		return true;
	if (is_unknown(redaction->operation, response->status))
		return refuse(redaction, "sockwarden does not know what it holds");
	if (!docker_answer_names(members, policy_redacts(redaction->policy)))
		return true;
	redaction->chunks = conn->minor == 1 && response->minor == 1;
	return begin_answer(redaction, response, members);
}

/* ---- the body ----------------------------------------------------------------------------------
 */

bool redaction_reads(const struct conn *conn)
{
	return conn->redaction && conn->redaction->answer;
}

bool redaction_chunks(const struct conn *conn)
{
	return redaction_reads(conn) && conn->redaction->chunks;
}

bool redaction_take(void *context, struct span data)
{
	struct conn *conn = context;

	return answer_feed(conn->redaction->answer, data, &conn_server(conn)->body,
		   &conn->redaction->fault) == 0;
}

bool redaction_end(struct conn *conn)
{
	return answer_end(conn->redaction->answer, &conn->redaction->fault) == 0;
}

const char *redaction_fault(const struct conn *conn)
{
	return conn->redaction ? conn->redaction->fault.text : "";
}
