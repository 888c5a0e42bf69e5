/* SPDX-License-Identifier: Apache-2.0 */
/* Letters between threads, and a crew of which one worker fails. */
#include "unit.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "net/loop.h"
#include "net/mailbox.h"
#include "proxy/crew.h"
#include "proxy/server.h"

#define WRITERS 4u
#define LETTERS 2000u

int __real_loop_run(struct loop *loop);
int __wrap_loop_run(struct loop *loop);

static atomic_uint failed; /* loops of other threads than the test's */
static pthread_t test_thread;
static atomic_bool hang; /* their loops do not turn */

int __wrap_loop_run(struct loop *loop)
{
	if (pthread_equal(pthread_self(), test_thread))
		return __real_loop_run(loop);
	while (hang)
		(void)sched_yield();
	failed++;
	return -1;
}

/* ---- letters ----------------------------------------------------------------------------- */

struct writer {
	struct mailbox *mailbox;
	struct loop *loop;
	unsigned *left; /* letters of all writers */
	unsigned read;  /* of this one */
	bool mixed;
};

struct page {
	struct letter letter;
	struct writer *writer;
	unsigned number;
};

static void read_page(struct letter *letter)
{
	struct page *page = (struct page *)letter;
	struct writer *writer = page->writer;

	writer->mixed = writer->mixed || page->number != writer->read;
	writer->read++;
	if (--*writer->left == 0)
		loop_stop(writer->loop);
	free(page);
}

static void *write_pages(void *arg)
{
	struct writer *writer = arg;

	for (unsigned i = 0; i < LETTERS; i++) {
		struct page *page = calloc(1, sizeof(*page));

		if (!page)
			abort();
		page->letter.open = read_page;
		page->writer = writer;
		page->number = i;
		mailbox_post(writer->mailbox, &page->letter);
	}
	return NULL;
}

static void letters_come_in_the_order_of_each_writer(void **state)
{
	struct loop *loop = loop_new();
	struct mailbox *mailbox = mailbox_new(loop);
	struct writer writers[WRITERS] = {{0}};
	pthread_t threads[WRITERS];
	unsigned left = WRITERS * LETTERS;

	(void)state;
	assert_non_null(mailbox);
	for (unsigned i = 0; i < WRITERS; i++) {
		writers[i].mailbox = mailbox;
		writers[i].loop = loop;
		writers[i].left = &left;
		assert_int_equal(pthread_create(&threads[i], NULL, write_pages, &writers[i]), 0);
	}
	assert_int_equal(loop_run(loop), 0);
	for (unsigned i = 0; i < WRITERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(writers[i].read, LETTERS);
		assert_false(writers[i].mixed);
	}
	mailbox_free(mailbox);
	loop_free(loop);
}

static void what_lies_in_a_mailbox_is_read_at_its_end(void **state)
{
	struct loop *loop = loop_new();
	struct mailbox *mailbox = mailbox_new(loop);
	unsigned left = LETTERS + 1;
	struct writer writer = {.mailbox = mailbox, .loop = loop, .left = &left};

	(void)state;
	assert_non_null(mailbox);
	(void)write_pages(&writer);
	mailbox_free(mailbox);
	assert_int_equal(writer.read, LETTERS);
	assert_false(writer.mixed);
	loop_free(loop);
}

/* ---- the crew ---------------------------------------------------------------------------- */

static void a_worker_that_fails_ends_all(void **state)
{
	static const char text[] = "[sockwarden]\nworkers = 3\n[listener a]\naddress = unix:/a\n"
				   "policy = p\n[policy p]\nallow = @safe\n";
	struct error err;
	struct config *config = config_load_text("t", span_of(text), NULL, NULL, &err);
	struct loop *loop = loop_new();
	struct audit_sink *audit = audit_sink_open("none", &err);
	struct server *server;
	struct crew *crew;

	(void)state;
	assert_non_null(config);
	server = server_new(loop, config, audit);
	assert_non_null(server);
	assert_int_equal(crew_new(&crew, server, config, &err), 0);
	assert_non_null(crew);
	assert_int_equal(crew_start(crew, &err), 0);
	assert_int_equal(loop_run(loop), 0);
	assert_true(crew_has_failed(crew));
	crew_halt(crew); /* does not wait for those that have ended */
	crew_resume(crew);
	crew_free(crew);
	assert_int_equal(failed, 2);
	server_free(server);
	loop_free(loop);
	config_free(config);
}

/* What a worker does when its loop does not turn. */
static void a_worker_that_hangs_does_not_answer(void **state)
{
	struct loop *loop = loop_new();
	struct config *config = config_builtin(NULL);
	struct error err;
	struct crew *crew;

	(void)state;
	config->workers = 2;
	struct server *server = server_new(loop, config, audit_sink_open("none", &err));

	assert_non_null(server);
	hang = true;
	assert_int_equal(crew_new(&crew, server, config, &err), 0);
	assert_int_equal(crew_start(crew, &err), 0);
	assert_true(crew_answers(crew)); /* asks */
	assert_false(crew_answers(crew));
	hang = false;
	assert_int_equal(loop_run(loop), 0); /* until it has failed, as those of the test do */
	assert_true(crew_answers(crew));     /* it is known to be gone */
	crew_free(crew);
	server_free(server);
	loop_free(loop);
	config_free(config);
}

static void one_worker_is_no_crew(void **state)
{
	struct config config = {.workers = 1};
	struct crew *crew = (struct crew *)&config;

	(void)state;
	assert_int_equal(crew_new(&crew, NULL, &config, NULL), 0);
	assert_null(crew);
	assert_int_equal(crew_start(crew, NULL), 0);
	assert_false(crew_hand_over(crew, NULL, 0));
	crew_halt(crew);
	crew_resume(crew);
	crew_stop(crew);
	assert_false(crew_has_failed(crew));
	crew_free(crew);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(letters_come_in_the_order_of_each_writer),
	    cmocka_unit_test(what_lies_in_a_mailbox_is_read_at_its_end),
	    cmocka_unit_test(a_worker_that_fails_ends_all),
	    cmocka_unit_test(a_worker_that_hangs_does_not_answer),
	    cmocka_unit_test(one_worker_is_no_crew),
	};

	test_thread = pthread_self();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
