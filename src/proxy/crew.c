/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "net/loop.h"
#include "net/mailbox.h"
#include "proxy/conn.h"
#include "proxy/door.h"

#define STOPS 2u /* what a second one means is all that more can mean */

struct member {
	struct crew *crew;
	struct loop *loop;
	struct mailbox *mailbox;
	struct server *server;
	struct letter halt, stops[STOPS], quit;
	struct letter ended;    /* to the chief */
	struct letter question; /* of crew_answers() */
	atomic_bool asked;      /* and has not answered yet */
	bool gone;              /* it was told to end, or failed */
	pthread_t thread;
	bool started;
	bool failed;         /* ended without being told to; read after |ended| came */
	size_t sent;         /* connections handed over to it */
	atomic_size_t taken; /* of them */
};

struct crew {
	struct server *chief;
	struct mailbox *mailbox; /* the chief's */
	unsigned stops;
	bool chief_done, failed;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t change;
	bool halted;
	unsigned parked, ended;
	unsigned count;
	struct member members[];
};

#define MEMBER_OF(letter, field)                                                                   \
	((struct member *)((char *)(letter)-offsetof(struct member, field)))

/* ---- what members are told --------------------------------------------------------------- */

static void on_halt(struct letter *letter)
{
	struct crew *crew = MEMBER_OF(letter, halt)->crew;

	(void)pthread_mutex_lock(&crew->lock);
	crew->parked++;
	(void)pthread_cond_broadcast(&crew->change);
	while (crew->halted)
		(void)pthread_cond_wait(&crew->change, &crew->lock);
	crew->parked--;
	(void)pthread_cond_broadcast(&crew->change);
	(void)pthread_mutex_unlock(&crew->lock);
}

static void on_first_stop(struct letter *letter)
{
	server_stop(MEMBER_OF(letter, stops[0])->server);
}

static void on_second_stop(struct letter *letter)
{
	server_stop(MEMBER_OF(letter, stops[1])->server);
}

static void on_question(struct letter *letter)
{
	atomic_store_explicit(&MEMBER_OF(letter, question)->asked, false, memory_order_release);
}

static void on_quit(struct letter *letter)
{
	loop_stop(MEMBER_OF(letter, quit)->loop);
}

/* A connection on its way. */
struct parcel {
	struct letter letter;
	struct member *member;
	struct door *door; /* of the member */
	int fd;
};

static void on_parcel(struct letter *letter)
{
	struct parcel *parcel = (struct parcel *)letter;
	struct member *member = parcel->member;

	conn_accept(parcel->door, parcel->fd);
	atomic_fetch_add_explicit(&member->taken, 1, memory_order_relaxed);
	free(parcel);
}

/* ---- what the chief is told -------------------------------------------------------------- */

static void look_for_the_end(struct crew *crew)
{
	(void)pthread_mutex_lock(&crew->lock);
	bool all = crew->ended == crew->count;

	(void)pthread_mutex_unlock(&crew->lock);
	if (crew->failed || (all && crew->chief_done))
		loop_stop(crew->chief->loop);
}

static void on_ended(struct letter *letter)
{
	struct member *member = MEMBER_OF(letter, ended);

	member->gone = true;
	if (member->failed) {
		log_error("crew", "a worker has failed: all end");
		member->crew->failed = true;
	}
	look_for_the_end(member->crew);
}

static void chief_drained(struct server *server)
{
	server->crew->chief_done = true;
	look_for_the_end(server->crew);
}

static void member_drained(struct server *server)
{
	loop_stop(server->loop);
}

/* ---- threads ----------------------------------------------------------------------------- */

static void *work(void *arg)
{
	struct member *member = arg;
	struct crew *crew = member->crew;
	int result = loop_run(member->loop);

	member->failed = result < 0;
	(void)pthread_mutex_lock(&crew->lock);
	crew->ended++;
	(void)pthread_cond_broadcast(&crew->change);
	(void)pthread_mutex_unlock(&crew->lock);
	mailbox_post(crew->mailbox, &member->ended);
	return NULL;
}

static int start_all(struct crew *crew, struct error *err)
{
	for (unsigned i = 0; i < crew->count; i++) {
		struct member *member = &crew->members[i];
		int reason = pthread_create(&member->thread, NULL, work, member);

		if (reason != 0)
			return error_set(err, "cannot start a worker: %s", strerror(reason));
		member->started = true;
	}
	return 0;
}

/* Signals are the chief's. */
int crew_start(struct crew *crew, struct error *err)
{
	sigset_t all, before;

	if (!crew)
		return 0;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int result = start_all(crew, err);

	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

/* ---- making and ending ------------------------------------------------------------------- */

static int member_make(
    struct member *member, struct crew *crew, const struct config *config, struct error *err)
{
	member->crew = crew;
	member->halt.open = on_halt;
	member->stops[0].open = on_first_stop;
	member->stops[1].open = on_second_stop;
	member->quit.open = on_quit;
	member->question.open = on_question;
	member->ended.open = on_ended;
	member->loop = loop_new();
	if (member->loop)
		member->mailbox = mailbox_new(member->loop);
	if (member->mailbox)
		member->server = server_new_member(crew->chief, member->loop, config);
	if (!member->server)
		return error_set(err, "cannot make a worker: %m");
	member->server->crew = crew;
	member->server->drained = member_drained;
	return 0;
}

int crew_new(
    struct crew **ret_crew, struct server *chief, const struct config *config, struct error *err)
{
	unsigned count = config->workers - 1;
	struct crew *crew;

	*ret_crew = NULL;
	if (count == 0)
		return 0;
	crew = calloc(1, sizeof(*crew) + count * sizeof(crew->members[0]));
	if (!crew)
		return error_set(err, "out of memory");
	crew->chief = chief;
	(void)pthread_mutex_init(&crew->lock, NULL);
	(void)pthread_cond_init(&crew->change, NULL);
	chief->crew = crew;
	chief->drained = chief_drained;
	*ret_crew = crew;
	crew->mailbox = mailbox_new(chief->loop);
	if (!crew->mailbox)
		return error_set(err, "cannot make workers: %m");
	for (; crew->count < count; crew->count++) {
		struct member *member = &crew->members[crew->count];

		if (member_make(member, crew, config, err) < 0) {
			crew->count++; /* what there is of it is freed with the others */
			return -1;
		}
	}
	return 0;
}

static void member_free(struct member *member)
{
	mailbox_free(member->mailbox);
	server_free(member->server);
	loop_free(member->loop);
}

void crew_free(struct crew *crew)
{
	if (!crew)
		return;
	for (unsigned i = 0; i < crew->count; i++) {
		if (crew->members[i].started)
			mailbox_post(crew->members[i].mailbox, &crew->members[i].quit);
	}
	for (unsigned i = 0; i < crew->count; i++) {
		if (crew->members[i].started)
			(void)pthread_join(crew->members[i].thread, NULL);
	}
	for (unsigned i = 0; i < crew->count; i++)
		member_free(&crew->members[i]);
	mailbox_free(crew->mailbox);
	crew->chief->crew = NULL;
	crew->chief->next = NULL;
	crew->chief->drained = NULL;
	(void)pthread_cond_destroy(&crew->change);
	(void)pthread_mutex_destroy(&crew->lock);
	free(crew);
}

/* ---- the chief's ------------------------------------------------------------------------- */

/* Connections, with those on their way. */
static size_t load_of(struct member *member)
{
	size_t under_way =
	    member->sent - atomic_load_explicit(&member->taken, memory_order_relaxed);

	return server_conn_count(member->server) + under_way;
}

/* Whoever has fewer than the chief, and the fewest of them. */
static struct member *least_loaded(struct crew *crew)
{
	size_t least = server_conn_count(crew->chief);
	struct member *found = NULL;

	for (unsigned i = 0; i < crew->count; i++) {
		size_t load = load_of(&crew->members[i]);

		if (load < least) {
			least = load;
			found = &crew->members[i];
		}
	}
	return found;
}

bool crew_hand_over(struct crew *crew, const struct door *door, int fd)
{
	struct member *member = crew ? least_loaded(crew) : NULL;
	struct parcel *parcel = member ? calloc(1, sizeof(*parcel)) : NULL;

	if (!parcel)
		return false;
	parcel->letter.open = on_parcel;
	parcel->member = member;
	parcel->door = door_at(member->server, door->place);
	parcel->fd = fd;
	if (!parcel->door) {
		free(parcel);
		return false;
	}
	member->sent++;
	mailbox_post(member->mailbox, &parcel->letter);
	return true;
}

void crew_halt(struct crew *crew)
{
	if (!crew)
		return;
	(void)pthread_mutex_lock(&crew->lock);
	crew->halted = true;
	(void)pthread_mutex_unlock(&crew->lock);
	for (unsigned i = 0; i < crew->count; i++)
		mailbox_post(crew->members[i].mailbox, &crew->members[i].halt);
	(void)pthread_mutex_lock(&crew->lock);
	while (crew->parked + crew->ended < crew->count)
		(void)pthread_cond_wait(&crew->change, &crew->lock);
	(void)pthread_mutex_unlock(&crew->lock);
}

void crew_resume(struct crew *crew)
{
	if (!crew)
		return;
	(void)pthread_mutex_lock(&crew->lock);
	crew->halted = false;
	(void)pthread_cond_broadcast(&crew->change);
	while (crew->parked > 0)
		(void)pthread_cond_wait(&crew->change, &crew->lock);
	(void)pthread_mutex_unlock(&crew->lock);
}

void crew_stop(struct crew *crew)
{
	if (!crew || crew->stops == STOPS)
		return;
	for (unsigned i = 0; i < crew->count; i++)
		mailbox_post(crew->members[i].mailbox, &crew->members[i].stops[crew->stops]);
	crew->stops++;
}

static bool answers(struct member *member)
{
	if (member->gone || !member->started)
		return true;
	if (atomic_load_explicit(&member->asked, memory_order_acquire))
		return false;
	atomic_store_explicit(&member->asked, true, memory_order_relaxed);
	mailbox_post(member->mailbox, &member->question);
	return true;
}

bool crew_answers(struct crew *crew)
{
	bool all = true;

	for (unsigned i = 0; crew && i < crew->count; i++)
		all = answers(&crew->members[i]) && all;
	return all;
}

bool crew_has_failed(const struct crew *crew)
{
	return crew && crew->failed;
}
