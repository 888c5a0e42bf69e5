/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden health: GET /_ping through each listener, for monitors and container health checks. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "config/value.h"
#include "json/json.h"
#include "net/unix_socket.h"

#define ANSWER_MAX 16384u
#define HEAD_MAX 8192u
#define RETRY_MS 20 /* a full queue of connections is tried again */
#define STATUS_FINE 200
#define STATUS_FORBIDDEN 403
#define PING "GET /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"env", no_argument, NULL, 'e'},
    {"listen", required_argument, NULL, 'l'},
    {"timeout", required_argument, NULL, 't'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* How --timeout is read. */
static const struct config_option timeout_option = {
    .key = "timeout", .type = OPTION_TIME, .min = 10, .max = 3600 * 1000};

struct health_options {
	const char *config, *listen;
	uint64_t timeout;
};

static uint64_t clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- one question ------------------------------------------------------------------------------
 */

/* Waits for |events| until |deadline|. */
static int await(int fd, short events, uint64_t deadline, struct error *err)
{
	struct pollfd wait = {fd, events, 0};
	uint64_t now = clock_ms();
	int ready = now < deadline ? poll(&wait, 1, (int)(deadline - now)) : 0;

	if (ready > 0)
		return 0;
	return ready == 0 ? error_set(err, "no answer in time") : error_set(err, "%m");
}

static int dial(const char *path, uint64_t deadline, struct error *err)
{
	int fd;

	while ((fd = unix_dial(path)) < 0 && errno == EAGAIN) {
		if (clock_ms() >= deadline)
			return error_set(err, "no connection in time");
		(void)poll(NULL, 0, RETRY_MS);
	}
	return fd >= 0 ? fd : error_set(err, "%m");
}

static int read_all(int fd, uint64_t deadline, struct buf *answer, struct error *err)
{
	ssize_t n = 1;

	while (n != 0) {
		if (!buf_reserve(answer, BUFSIZ))
			return error_set(err, "an answer of more than %u bytes", ANSWER_MAX);
		n = recv(fd, answer->at + answer->len, BUFSIZ, 0);
		if (n > 0)
			answer->len += (size_t)n;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return error_set(err, "%m");
		else if (n < 0 && await(fd, POLLIN, deadline, err) < 0)
			return -1;
	}
	return 0;
}

/* The sentence of an answer in Docker's shape, or what was sent in its place. */
static void read_message(struct span body, struct error *err)
{
	static const struct json_limits limits = {ANSWER_MAX, 8, 100};
	struct arena arena;

	arena_init(&arena, 0);
	const cJSON *tree = json_parse(body, &limits, &arena, NULL);

	if (tree)
		(void)error_set(err, "%s", json_string(json_field(tree, "message")));
	else
		(void)error_set(err, "%.*s", (int)body.len, body.at);
	arena_free(&arena);
}

/* The status of the answer, or -1. With any but STATUS_FINE, |err| says what was answered. */
static int read_answer(struct span answer, struct error *err)
{
	static const struct http_limits limits = {HEAD_MAX, 100, HEAD_MAX};
	struct http_response response;
	struct http_fault fault;
	size_t scanned = 0;

	if (http_response_parse(answer, &scanned, &limits, METHOD_GET, &response, &fault) !=
	    HTTP_DONE)
		return error_set(err, "an answer that is not HTTP");
	if (response.status != STATUS_FINE)
		read_message((struct span){answer.at + response.head_bytes,
				 answer.len - response.head_bytes},
		    err);
	return (int)response.status;
}

static int ask(int fd, uint64_t deadline, struct error *err)
{
	struct buf answer;
	int status = -1;

	buf_init(&answer, ANSWER_MAX);
	if (send(fd, PING, strlen(PING), MSG_NOSIGNAL) != (ssize_t)strlen(PING))
		(void)error_set(err, "%m");
	else if (read_all(fd, deadline, &answer, err) == 0)
		status = read_answer(buf_span(&answer), err);
	buf_free(&answer);
	return status;
}

static int ping(const char *path, uint64_t deadline, struct error *err)
{
	int fd = dial(path, deadline, err);

	if (fd < 0)
		return -1;
	int status = ask(fd, deadline, err);

	(void)close(fd);
	return status;
}

/* ---- all of them -------------------------------------------------------------------------------
 */

/* The listener answers, and by it or by |upstream| the daemon does. */
static int check(const char *path, const char *upstream, uint64_t deadline, struct error *err)
{
	int status = ping(path, deadline, err);

	if (status == STATUS_FINE)
		return 0;
	if (status != STATUS_FORBIDDEN)
		return error_prefix(err, "unix:%s: ", path);
	if (!upstream)
		return error_set(err,
		    "unix:%s: answers, but its policy denies to ask the daemon; "
		    "allow = system.ping permits it",
		    path);
	status = ping(upstream, deadline, err);
	return status == STATUS_FINE ? 0 : error_prefix(err, "Docker daemon: unix:%s: ", upstream);
}

static int report(int result, unsigned count, const struct error *err)
{
	if (result < 0) {
		printf("unhealthy: %s\n", err->text);
		return EXIT_DENIED;
	}
	printf(
	    "healthy: %u listener%s and the Docker daemon answer\n", count, count == 1 ? "" : "s");
	return EXIT_FINE;
}

static int health_of_address(const char *text, uint64_t deadline)
{
	struct address address = {0};
	struct error err;

	if (address_parse(span_of(text), &address, &err) < 0)
		return cli_failed(&err);
	if (!address.path) {
		(void)error_set(&err, "%s: only unix sockets are asked", address.text);
		address_free(&address);
		return cli_failed(&err);
	}
	int status = report(check(address.path, NULL, deadline, &err), 1, &err);

	address_free(&address);
	return status;
}

static int health_of_config(const char *path, uint64_t deadline)
{
	const char *name;
	struct error err;
	struct config *config = cli_config(path, NULL, NULL, &name, &err);
	unsigned count = 0;
	int result = 0;

	if (!config)
		return cli_failed(&err);
	for (const struct config_listener *l = config->listeners; l && result == 0; l = l->next) {
		if (l->address.kind != ADDRESS_UNIX)
			continue; /* asked by their clients only */
		result = check(l->address.path, config->upstream.address.path, deadline, &err);
		count++;
	}
	config_free(config);
	return report(result, count, &err);
}

static int read_option(int letter, struct health_options *options)
{
	struct error err;

	switch (letter) {
	case 'c':
		options->config = optarg;
		return 0;
	case 'e':
		options->config = "env?";
		return 0;
	case 'l':
		options->listen = optarg;
		return 0;
	case 't':
		if (value_store(&timeout_option, span_of(optarg), &options->timeout, &err) == 0)
			return 0;
		return cli_misused("health", "--timeout: %s", err.text);
	default:
		return cli_misused("health", NULL);
	}
}

int cmd_health(int argc, char **argv)
{
	struct health_options options = {.timeout = 5000};
	int letter;

	while ((letter = getopt_long(argc, argv, "c:el:t:h", long_options, NULL)) != -1) {
		if (letter == 'h') {
			cli_help(stdout, "health");
			return EXIT_FINE;
		}
		int misused = read_option(letter, &options);

		if (misused)
			return misused;
	}
	if (optind < argc)
		return cli_misused("health", "\"%s\" is one argument too many", argv[optind]);
	if (options.config && options.listen)
		return cli_misused("health", "--listen takes the place of a configuration");
	uint64_t deadline = clock_ms() + options.timeout;

	return options.listen ? health_of_address(options.listen, deadline)
			      : health_of_config(options.config, deadline);
}
