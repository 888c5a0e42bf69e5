/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct scene *scene;

uint64_t __wrap_loop_now(struct loop *loop);

uint64_t later;

uint64_t __wrap_loop_now(struct loop *loop)
{
	(void)loop;
	return START_MS + later;
}

static void stop(struct loop_task *task)
{
	(void)task;
	loop_stop(scene->loop);
}

void turn(void)
{
	scene->stop.run = stop;
	for (unsigned i = 0; i < TURNS; i++) {
		loop_defer(scene->loop, &scene->stop);
		assert_int_equal(loop_run(scene->loop), 0);
	}
}

/* Turns until |fd| can be read, or taken from. */
void await_input(int fd)
{
	struct pollfd state = {.fd = fd, .events = POLLIN};

	turn();
	for (unsigned i = 0; i < WAITS && poll(&state, 1, 1) == 0; i++)
		turn();
	assert_int_not_equal(state.revents & POLLIN, 0);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path) + 1);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* Two ends of a TCP connection; by it come clients that are known by their address. */
void connect_by_tcp(int ends[static 2])
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr *name = (struct sockaddr *)&address;
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listener, name, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, name, &size), 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(ends[0], name, size), 0);
	ends[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_true(ends[1] >= 0);
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	(void)close(listener);
}

static void load_config(const char *options, const char *policy)
{
	struct buf text;
	struct error err;

	buf_init(&text, PIECE);
	buf_add_format(&text,
	    "[sockwarden]\nupstream = unix:%s\naudit = none\n%s"
	    "[listener a]\naddress = unix:/a\npolicy = p\n[policy p]\n%s",
	    scene->path, options, policy);
	scene->config = config_load_text("t", buf_span(&text), NULL, NULL, &err);
	if (!scene->config)
		fail_msg("%s", err.text);
	buf_free(&text);
}

/* A client at |fd|, of the policy p. */
static void serve(int fd)
{
	struct single_client client = {
	    .policy = scene->config->policies[0], .upstream = &scene->config->upstream};
	struct error err;

	scene->loop = loop_new();
	scene->server = server_new(scene->loop, scene->config, audit_sink_open("none", &err));
	assert_non_null(scene->server);
	assert_int_equal(server_serve(scene->server, &client, fd, &err), 0);
	scene->conn = TAILQ_FIRST(&scene->server->lists[CONN_IDLE]);
	assert_non_null(scene->conn);
	turn();
}

/* With |policy| in the policy p, and |options| of the daemon. */
void open_scene(const char *options, const char *policy, bool by_tcp)
{
	int ends[2];

	later = 0;
	scene = calloc(1, sizeof(*scene));
	assert_non_null(scene);
	(void)snprintf(scene->path, sizeof(scene->path), "/tmp/sw-conn.%ld", (long)getpid());
	(void)unlink(scene->path);
	scene->listener = listen_at(scene->path);
	scene->daemon = -1;
	if (by_tcp)
		connect_by_tcp(ends);
	else
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	scene->client = ends[0];
	load_config(options, policy);
	serve(ends[1]);
}

void close_scene(void)
{
	server_free(scene->server);
	loop_free(scene->loop);
	config_free(scene->config);
	(void)close(scene->client);
	(void)close(scene->listener);
	if (scene->daemon >= 0)
		(void)close(scene->daemon);
	(void)unlink(scene->path);
	free(scene);
}

void say(int fd, struct span bytes)
{
	assert_int_equal(write(fd, bytes.at, bytes.len), bytes.len);
	turn();
}

/* All that is there to be read. */
struct span hear(int fd)
{
	size_t len = 0;
	ssize_t n;

	turn();
	while ((n = read(fd, scene->bytes + len, sizeof(scene->bytes) - len)) > 0) {
		len += (size_t)n;
		turn();
	}
	return (struct span){scene->bytes, len};
}

bool is_over(int fd)
{
	char byte;

	turn();
	return read(fd, &byte, 1) == 0;
}

void answer_call(void)
{
	await_input(scene->listener);
	if (scene->daemon >= 0)
		(void)close(scene->daemon);
	scene->daemon = accept4(scene->listener, NULL, NULL, SOCK_NONBLOCK);
	assert_true(scene->daemon >= 0);
}

void nobody_calls(void)
{
	assert_int_equal(accept(scene->listener, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
}
