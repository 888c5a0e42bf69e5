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
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t change;
	void (*work)(void *arg), (*done)(void *arg);
	void *arg;
	bool waiting, busy, ending;
};

static void on_done(struct letter *letter)
{
	struct background *background = (struct background *)letter;
	void (*done)(void *arg) = background->done;
	void *arg = background->arg;

	(void)pthread_mutex_lock(&background->lock);
	background->busy = false;
	(void)pthread_mutex_unlock(&background->lock);
	done(arg);
}

/* Returns false at the end. */
static bool await_work(struct background *background)
{
	(void)pthread_mutex_lock(&background->lock);
	while (!background->waiting && !background->ending)
		(void)pthread_cond_wait(&background->change, &background->lock);
	bool goes_on = !background->ending;

	background->waiting = false;
	(void)pthread_mutex_unlock(&background->lock);
	return goes_on;
}

static void *run(void *arg)
{
	struct background *background = arg;

	while (await_work(background)) {
		background->work(background->arg);
		(void)pthread_mutex_lock(&background->lock);
		if (!background->ending)
			mailbox_post(background->mailbox, &background->letter);
		(void)pthread_mutex_unlock(&background->lock);
	}
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
		(void)error_set(err, "cannot start a thread: %m");
		return NULL;
	}
	background->letter.open = on_done;
	(void)pthread_mutex_init(&background->lock, NULL);
	(void)pthread_cond_init(&background->change, NULL);
	int reason = start_thread(background);

	if (reason == 0)
		return background;
	(void)error_set(err, "cannot start a thread: %s", strerror(reason));
	mailbox_free(background->mailbox);
	free(background);
	return NULL;
}

bool background_run(
    struct background *background, void (*work)(void *arg), void (*done)(void *arg), void *arg)
{
	(void)pthread_mutex_lock(&background->lock);
	bool free_now = !background->busy;

	if (free_now) {
		background->work = work;
		background->done = done;
		background->arg = arg;
		background->busy = background->waiting = true;
		(void)pthread_cond_signal(&background->change);
	}
	(void)pthread_mutex_unlock(&background->lock);
	return free_now;
}

bool background_free(struct background *background)
{
	if (!background)
		return true;
	(void)pthread_mutex_lock(&background->lock);
	background->ending = true;
	bool busy = background->busy;

	(void)pthread_cond_signal(&background->change);
	(void)pthread_mutex_unlock(&background->lock);
	if (busy) {
		(void)pthread_detach(background->thread);
		return false;
	}
	(void)pthread_join(background->thread, NULL);
	mailbox_free(background->mailbox);
	(void)pthread_cond_destroy(&background->change);
	(void)pthread_mutex_destroy(&background->lock);
	free(background);
	return true;
}
