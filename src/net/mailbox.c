/* SPDX-License-Identifier: Apache-2.0 */
#include "net/mailbox.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/loop.h"

STAILQ_HEAD(letter_list, letter);

struct mailbox {
	pthread_mutex_t lock; /* of the list */
	struct letter_list letters;
	int bell; /* rings while there are letters */
	struct event event;
	bool watched;
};

void mailbox_empty(struct mailbox *mailbox)
{
	struct letter_list letters = STAILQ_HEAD_INITIALIZER(letters);
	struct letter *letter;

	(void)pthread_mutex_lock(&mailbox->lock);
	STAILQ_CONCAT(&letters, &mailbox->letters);
	(void)pthread_mutex_unlock(&mailbox->lock);
	while ((letter = STAILQ_FIRST(&letters))) {
		STAILQ_REMOVE_HEAD(&letters, link);
		letter->open(letter);
	}
}

/* The bell is silenced before the letters are taken: one that comes later rings again. */
static void on_bell(evutil_socket_t fd, short what, void *arg)
{
	uint64_t rings;

	(void)what;
	if (read(fd, &rings, sizeof(rings)) == (ssize_t)sizeof(rings))
		mailbox_empty(arg);
}

struct mailbox *mailbox_new(struct loop *loop)
{
	struct mailbox *mailbox = calloc(1, sizeof(*mailbox));

	if (!mailbox)
		return NULL;
	(void)pthread_mutex_init(&mailbox->lock, NULL);
	STAILQ_INIT(&mailbox->letters);
	mailbox->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (mailbox->bell >= 0 &&
	    event_assign(&mailbox->event, loop_base(loop), mailbox->bell, EV_READ | EV_PERSIST,
		on_bell, mailbox) == 0 &&
	    event_add(&mailbox->event, NULL) == 0) {
		mailbox->watched = true;
		return mailbox;
	}
	mailbox_free(mailbox);
	return NULL;
}

void mailbox_free(struct mailbox *mailbox)
{
	if (!mailbox)
		return;
	mailbox_empty(mailbox);
	if (mailbox->watched)
		(void)event_del(&mailbox->event);
	if (mailbox->bell >= 0)
		(void)close(mailbox->bell);
	(void)pthread_mutex_destroy(&mailbox->lock);
	free(mailbox);
}

void mailbox_post(struct mailbox *mailbox, struct letter *letter)
{
	static const uint64_t ring = 1;

	(void)pthread_mutex_lock(&mailbox->lock);
	bool first = STAILQ_EMPTY(&mailbox->letters);

	STAILQ_INSERT_TAIL(&mailbox->letters, letter, link);
	(void)pthread_mutex_unlock(&mailbox->lock);
	if (first)
		(void)!write(mailbox->bell, &ring, sizeof(ring));
}
