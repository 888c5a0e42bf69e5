/* SPDX-License-Identifier: Apache-2.0 */
/* An exchange whose policy hides values (`redact`): the daemon's answer is read as it goes by and
 * written anew. Others have none, and their answers pass unread. */
#ifndef PROXY_REDACTION_H
#define PROXY_REDACTION_H

#include "http/http.h"
#include "proxy/conn.h"

/* Begins with the request for |operation|, NULL for none, that |policy| permitted and whose head is
 * being sent. False when memory is out. */
MUST_CHECK bool redaction_begin(
    struct conn *conn, struct policy *policy, const struct docker_operation *operation);

void redaction_drop(struct conn *conn);

/* Whether |policy|, or NULL, hides the message of an error of the daemon to |operation|. */
bool redaction_hides_error(
    const struct policy *policy, const struct docker_operation *operation, unsigned status);

/* The head of the answer has come. False when the answer must not be told: redaction_fault() says
 * why. */
MUST_CHECK bool redaction_head(struct conn *conn, const struct http_response *response);

/* True when the body under way is written anew. */
bool redaction_reads(const struct conn *conn);

/* The same, and the client is sent it in chunks; else until the connection ends. */
bool redaction_chunks(const struct conn *conn);

/* Takes the next |data| of such a body; |context| is the struct conn. What is told of it is in
 * server->body. False when it must not be told: redaction_fault() says why. */
bool redaction_take(void *context, struct span data);

/* The body has ended. The same. */
MUST_CHECK bool redaction_end(struct conn *conn);

const char *redaction_fault(const struct conn *conn);

#endif
