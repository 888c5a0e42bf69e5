/* SPDX-License-Identifier: Apache-2.0 */
#include "net/background.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "net/mailbox.h"

struct background {
	struct letter letter; /* to the loop: the work is done */
	struct mailbox *mailbox;
	void (*work)(void *arg), (*done)(void *arg);
	void *arg;
	pthread_t thread;
	bool busy;            /* the thread is to be joined */
	pthread_mutex_t lock; /* of what follows */
	bool ending;
};

/* The thread has nothing left to do but to end. */
static void on_done(struct letter *letter)
{
	struct background *background = (struct background *)letter;

	(void)pthread_join(background->thread, NULL);
	background->busy = false;
	background->done(background->arg);
}

static void *run(void *arg)
{
	struct background *background = arg;

	background->work(background->arg);
	(void)pthread_mutex_lock(&background->lock);
	if (!background->ending)
		mailbox_post(background->mailbox, &background->letter);
	(void)pthread_mutex_unlock(&background->lock);
	return NULL;
}

/* Signals are the loop's. */
static int start_thread(struct background *background)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int reason = pthread_create(&background->thread, NULL, run, background);

	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return reason;
}

struct background *background_new(struct loop *loop, struct error *err)
{
	struct background *background = calloc(1, sizeof(*background));

	if (background)
		background->mailbox = mailbox_new(loop);
	if (!background || !background->mailbox) {
		free(background);
		(void)error_set(err, "cannot prepare reloads: %m");
		return NULL;
	}
	background->letter.open = on_done;
	(void)pthread_mutex_init(&background->lock, NULL);
	return background;
}

int background_run(struct background *background, void (*work)(void *arg), void (*done)(void *arg),
    void *arg, struct error *err)
{
	if (background->busy)
		return error_set(err, "a reload is under way already");
	background->work = work;
	background->done = done;
	background->arg = arg;
	int reason = start_thread(background);

	if (reason != 0)
		return error_set(err, "cannot start a thread: %s", strerror(reason));
	background->busy = true;
	return 0;
}

bool background_free(struct background *background)
{
	if (!background)
		return true;
	(void)pthread_mutex_lock(&background->lock);
	background->ending = true;
	(void)pthread_mutex_unlock(&background->lock);
	if (background->busy) {
		(void)pthread_detach(background->thread);
		return false;
	}
	mailbox_free(background->mailbox);
	(void)pthread_mutex_destroy(&background->lock);
	free(background);
	return true;
}
