/* SPDX-License-Identifier: Apache-2.0 */
/* What monitors ask, and what they get when an allocation fails: a whole answer or none. */
#include "scene.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memory_case.h"
#include "proxy/facts.h"
#include "status/status.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: m\r\n\r\n"
#define TEXT_MOST 64

static struct status *status;
static struct facts *facts;
static char address[TEXT_MOST];

static void open_status(void)
{
	char lines[256];
	struct error err;

	(void)snprintf(address, sizeof(address), "/tmp/sw-status.%ld", (long)getpid());
	(void)snprintf(lines, sizeof(lines),
	    "allow = @read\nmax_memory = 1g\n[status]\naddress = unix:%s\nmode = 0600\n", address);
	open_scene("", lines, false);
	facts = facts_load(scene->config, NULL, &err);
	if (!facts || status_open(&status, scene->server, scene->config, facts, &err) < 0)
		fail_msg("%s", err.text);
	assert_non_null(status);
}

static void close_status(void)
{
	status_close(status);
	turn();
	facts_free(facts);
	close_scene();
}

static int visit(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, address, strlen(address) + 1);
	assert_int_equal(connect(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* ---- what the daemon answers to /readyz --------------------------------------------------------
 */

static void answer_ping(const char *answer)
{
	struct pollfd waits = {.fd = scene->listener, .events = POLLIN};

	turn();
	if (poll(&waits, 1, 0) != 1)
		return;
	int fd = accept4(scene->listener, NULL, NULL, SOCK_NONBLOCK);

	assert_true(fd >= 0);
	turn();
	if (answer)
		assert_true(send(fd, answer, strlen(answer), MSG_NOSIGNAL) != 0);
	(void)close(fd);
	turn();
}

struct page {
	const char *request, *daemon; /* |daemon|: what it answers; NULL: it hangs up */
	unsigned status;
	const char *says;
};

static const struct page pages[] = {
    {GET("/healthz"), NULL, 200, "ok\n"},
    {"HEAD /healthz HTTP/1.1\r\nHost: m\r\n\r\n", NULL, 200, "Content-Length: 3"},
    {"POST /healthz HTTP/1.1\r\nHost: m\r\n\r\n", NULL, 405, "Allow: GET, HEAD"},
    {GET("/other"), NULL, 404, "ask for /healthz"},
    {"GET\r\n\r\n", NULL, 400, "malformed request"},
    {GET("/readyz"), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", 200, "ready\n"},
    {GET("/readyz?x"), "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 503, "refused a ping"},
    {GET("/readyz"), "nonsense\r\n\r\n", 503, "gave no answer"},
    {GET("/readyz"), NULL, 503, "gave no answer"},
    {GET("/metrics"), NULL, 200, "sockwarden_build_info"},
    {"GET /metrics HTTP/1.1\r\nHost: m\r\nAccept: application/openmetrics-text\r\n\r\n", NULL, 200,
	"# EOF\n"},
};

/* All that comes for |page|. */
static struct span answer_of(const struct page *page)
{
	int fd = visit();

	turn();
	(void)send(fd, page->request, strlen(page->request), MSG_NOSIGNAL);
	answer_ping(page->daemon);
	struct span answer = hear(fd);

	assert_true(is_over(fd));
	(void)close(fd);
	turn();
	return answer;
}

static bool says(struct span answer, const char *text)
{
	return memmem(answer.at, answer.len, text, strlen(text)) != NULL;
}

/* A whole answer of |status|. */
static bool is_answer(const struct page *page, struct span answer, unsigned status_code)
{
	char start[32];
	const char *length = memmem(answer.at, answer.len, "Content-Length: ", 16);
	const char *end = memmem(answer.at, answer.len, "\r\n\r\n", 4);

	(void)snprintf(start, sizeof(start), "HTTP/1.1 %u ", status_code);
	if (!length || !end || !span_starts(answer, span_of(start)))
		return false;
	size_t has = answer.len - (size_t)(end + 4 - answer.at);
	/* a request that could not be read is not known to be a HEAD */
	bool head =
	    span_starts(span_of(page->request), SPAN("HEAD")) && status_code == page->status;

	return has == (head ? 0 : strtoul(length + 16, NULL, 10));
}

static void pages_are_served(void **state)
{
	(void)state;
	open_status();
	for (size_t i = 0; i < COUNT(pages); i++) {
		struct span answer = answer_of(&pages[i]);

		if (!is_answer(&pages[i], answer, pages[i].status) || !says(answer, pages[i].says))
			fail_msg("%s: %.*s", pages[i].request, (int)answer.len, answer.at);
	}
	close_status();
}

/* Those who are silent keep nobody out, and go when their time is up. */
static void silent_visitors_are_let_go(void **state)
{
	int silent[20];

	(void)state;
	open_status();
	for (size_t i = 0; i < COUNT(silent); i++) {
		silent[i] = visit();
		turn();
	}
	assert_true(is_answer(&pages[0], answer_of(&pages[0]), 200));
	for (size_t i = 0; i < COUNT(silent); i++) {
		assert_int_equal(is_over(silent[i]), i < 5);
		if (i < 19)
			(void)close(silent[i]);
	}
	turn();
	later = 20000;
	await_input(silent[19]); /* its end */
	assert_true(is_over(silent[19]));
	(void)close(silent[19]);
	close_status();
}

/* Returns false when there are no more allocations. */
static bool try_at(const struct page *page, unsigned long at)
{
	long before = memory_blocks();

	(void)memory_fail_at(at);
	struct span answer = answer_of(page);
	unsigned long asked = memory_fail_at(0);

	bool refused = is_answer(page, answer, 503) ||
		       (is_answer(page, answer, 500) && says(answer, "out of memory"));

	if (answer.len > 0 && !is_answer(page, answer, page->status) && !refused)
		fail_msg("%s: allocation %lu: %.*s", page->request, at, (int)answer.len, answer.at);
	if (memory_blocks() != before)
		fail_msg("%s: allocation %lu: %ld blocks are left", page->request, at,
		    memory_blocks() - before);
	return asked >= at;
}

static void without_memory_an_answer_is_whole(void **state)
{
	(void)state;
	open_status();
	for (size_t i = 0; i < COUNT(pages); i++) {
		unsigned long at = 1;

		(void)answer_of(&pages[i]); /* what is kept from here on */
		while (try_at(&pages[i], at))
			at++;
		assert_in_range(at, 3, 2000);
	}
	assert_true(is_answer(&pages[0], answer_of(&pages[0]), 200));
	close_status();
}

static void without_memory_there_is_no_status(void **state)
{
	struct error err = {""};
	unsigned long at = 0;

	(void)state;
	open_status();
	status_close(status);
	status = NULL;
	while (!status) {
		long before = memory_blocks();

		(void)memory_fail_at(++at);
		int result = status_open(&status, scene->server, scene->config, facts, &err);

		(void)memory_fail_at(0);
		assert_int_equal(result < 0, status == NULL);
		assert_true(status || strstr(err.text, "memory"));
		if (!status && memory_blocks() > before)
			fail_msg("allocation %lu: %s: %ld blocks are left", at, err.text,
			    memory_blocks() - before);
		assert_true(at < 100);
	}
	assert_true(is_answer(&pages[0], answer_of(&pages[0]), 200));
	close_status();
	assert_int_equal(access(address, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pages_are_served),
	    cmocka_unit_test(silent_visitors_are_let_go),
	    cmocka_unit_test(without_memory_an_answer_is_whole),
	    cmocka_unit_test(without_memory_there_is_no_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
