/* SPDX-License-Identifier: Apache-2.0 */
/* What other threads have to say to a loop: letters, opened in the order of their posting by the
 * thread that turns the loop. */
#ifndef NET_MAILBOX_H
#define NET_MAILBOX_H

#include <sys/queue.h>

struct loop;
struct mailbox;

/* Embedded in what it is about. */
struct letter {
	void (*open)(struct letter *letter); /* may free it, or post it again */
	STAILQ_ENTRY(letter) link;
};

/* For |loop|, which must live longer. NULL when memory or descriptors are out. */
struct mailbox *mailbox_new(struct loop *loop);

/* Letters that lie in it are opened first. NULL is fine. */
void mailbox_free(struct mailbox *mailbox);

/* From any thread. |letter| must not lie in a mailbox. */
void mailbox_post(struct mailbox *mailbox, struct letter *letter);

/* Opens what lies in it, in the loop's thread. */
void mailbox_empty(struct mailbox *mailbox);

#endif
