/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator: some connections, each with one exchange at a time and the next one right
 * after it, for a set time. Reads the processor time of the process under test itself, while all
 * connections rest: once after the warm-up and once at the end. Prints one line of JSON.
 *
 * An exchange is one of
 *   exchange  send the request, read the answer
 *   upload    the same with a body of 64 MiB behind the request
 *   tunnel    after an upgrade: write a round of bytes in pieces, read the answer's bytes
 * The mode "idle" opens streams, says so, holds them until its input ends, and closes them. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cpu.h"
#include "secure.h"
#include "wire.h"

#define EVENTS 128
#define IN_SIZE (256u * 1024u)
#define REQUEST_MAX 8192u
#define UPLOAD_FRAMES (64u * WIRE_MIB / WIRE_CHUNK)
#define OPENING_MAX 64u /* idle streams that are being opened at once */
#define MILLISECOND 1000000u
#define WARM_UP_SHARE 5u /* one in so many parts of the time is not counted */
#define STUCK_MS 10000   /* nothing at all for so long: the answer was lost */

enum mode { MODE_EXCHANGE, MODE_UPLOAD, MODE_TUNNEL, MODE_IDLE, MODE_MAX };
static const char *const mode_names[MODE_MAX] = {"exchange", "upload", "tunnel", "idle"};

static struct {
	const char *socket;
	unsigned port;        /* of a listener with TLS, instead of |socket| */
	const char *identity; /* where our certificate is: for TLS */
	enum mode mode;
	bool reconnect; /* a new connection for each exchange */
	bool chunked;   /* the body of an upload */
	int pid;        /* of the process under test */
	unsigned connections, milliseconds;
	size_t round, piece, answer; /* bytes of a tunnel's exchange */
} options = {.connections = 1, .milliseconds = 1000, .round = 64, .piece = 64, .answer = 64};

struct conn {
	int fd;
	struct ssl_st *ssl; /* with TLS */
	bool open;
	bool busy;    /* an exchange is under way */
	bool blocked; /* waits for EPOLLOUT */
	struct wire in;
	uint64_t begun;   /* the exchange, by the clock */
	size_t head_left; /* of the request to send */
	unsigned frames;  /* of an upload to send */
	size_t frame_at;
	bool ended;         /* the last chunk of an upload is sent */
	size_t round_left;  /* of a tunnel's bytes to send */
	size_t answer_left; /* of a tunnel's bytes to read */
};

struct tally {
	uint64_t *times; /* of each exchange, in nanoseconds */
	size_t units, size;
	unsigned status;
	uint64_t reconnects;
};

static char request[REQUEST_MAX];
static size_t request_len;
static char in[IN_SIZE];
static char out[IN_SIZE];
static int poller;
static struct conn *conns;
static struct tally tally;
static uint64_t deadline; /* no exchange begins after it */
static unsigned busy;     /* connections with an exchange under way */

/* ---- connections -------------------------------------------------------------------------------
 */

static void conn_poll(struct conn *conn, int op, bool blocked)
{
	struct epoll_event event = {
	    .events = EPOLLIN | (blocked ? (uint32_t)EPOLLOUT : 0u),
	    .data.ptr = conn,
	};

	if (epoll_ctl(poller, op, conn->fd, &event) < 0)
		wire_die("epoll_ctl: %s", strerror(errno));
	conn->blocked = blocked;
}

static void conn_open(struct conn *conn)
{
	conn->fd = options.port ? wire_connect_tcp(options.port) : wire_connect(options.socket);
	conn->ssl = options.port ? secure_begin(conn->fd) : NULL;
	conn->open = true;
	wire_next(&conn->in);
	conn_poll(conn, EPOLL_CTL_ADD, false);
	tally.reconnects++;
}

static void conn_close(struct conn *conn)
{
	if (conn->ssl)
		secure_end(conn->ssl);
	conn->ssl = NULL;
	close(conn->fd);
	conn->open = false;
}

/* Sends what fits of |*left| bytes that end at |end|. */
static bool conn_write(struct conn *conn, const char *end, size_t *left, size_t piece)
{
	while (*left) {
		size_t len = *left < piece ? *left : piece;
		ssize_t sent = conn->ssl ? secure_send(conn->ssl, end - *left, len)
					 : send(conn->fd, end - *left, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			return false;
		if (sent < 0)
			wire_die("send: %s", strerror(errno));
		*left -= (size_t)sent;
	}
	return true;
}

/* ---- sending -----------------------------------------------------------------------------------
 */

static size_t frame_size(void)
{
	return options.chunked ? WIRE_FRAME : WIRE_CHUNK;
}

/* The writes of a Go client: the first 4 KiB of a chunk, the rest, the line end. */
static size_t frame_cut(size_t at)
{
	if (!options.chunked)
		return WIRE_CHUNK;
	if (at < WIRE_FRAME_CUT)
		return WIRE_FRAME_CUT;
	return at < WIRE_FRAME - 2 ? WIRE_FRAME - 2 : WIRE_FRAME;
}

static bool conn_send_frames(struct conn *conn)
{
	const char *from = options.chunked ? wire_frame : wire_frame + WIRE_FRAME_HEAD;

	while (conn->frames) {
		size_t cut = frame_cut(conn->frame_at);
		size_t left = cut - conn->frame_at;
		bool sent = conn_write(conn, from + cut, &left, left);

		conn->frame_at = cut - left;
		if (!sent)
			return false;
		if (conn->frame_at == frame_size()) {
			conn->frame_at = 0;
			conn->frames--;
		}
	}
	return true;
}

static bool conn_send_end(struct conn *conn)
{
	static const char end[] = WIRE_LAST_CHUNK;
	size_t left = sizeof(end) - 1;

	if (conn->ended)
		return true;
	conn->ended = conn_write(conn, end + left, &left, left);
	if (!conn->ended && left != sizeof(end) - 1)
		wire_die("the last chunk was cut");
	return conn->ended;
}

/* A tunnel's bytes are all alike: each piece is the same memory. */
static bool conn_send_round(struct conn *conn)
{
	while (conn->round_left) {
		size_t len = conn->round_left < options.piece ? conn->round_left : options.piece;
		size_t left = len;
		bool sent = conn_write(conn, out + len, &left, len);

		conn->round_left -= len - left;
		if (!sent)
			return false;
	}
	return true;
}

static void conn_send(struct conn *conn)
{
	bool done = conn_write(conn, request + request_len, &conn->head_left, REQUEST_MAX) &&
		    conn_send_frames(conn) && conn_send_end(conn) && conn_send_round(conn);

	bool blocked = !done && !(conn->ssl && secure_waits(conn->ssl));

	if (blocked != conn->blocked)
		conn_poll(conn, EPOLL_CTL_MOD, blocked);
}

/* ---- exchanges ---------------------------------------------------------------------------------
 */

static void exchange_begin(struct conn *conn)
{
	if (cpu_now() >= deadline)
		return;
	conn->busy = true;
	busy++;
	conn->begun = cpu_now();
	if (!conn->open)
		conn_open(conn);
	if (conn->in.state == WIRE_TUNNEL) {
		conn->round_left = options.round;
		conn->answer_left = options.answer;
	} else {
		conn->head_left = request_len;
		conn->frames = options.mode == MODE_UPLOAD ? UPLOAD_FRAMES : 0;
		conn->frame_at = 0;
		conn->ended = options.mode != MODE_UPLOAD || !options.chunked;
	}
	conn_send(conn);
}

static void tally_add(uint64_t time)
{
	if (tally.units == tally.size) {
		tally.size = tally.size ? tally.size * 2 : 1024;
		tally.times = realloc(tally.times, tally.size * sizeof(*tally.times));
		if (!tally.times)
			wire_die("out of memory");
	}
	tally.times[tally.units++] = time;
}

static void tally_status(unsigned status)
{
	if (tally.status && tally.status != status)
		wire_die("a status of %u after one of %u", status, tally.status);
	tally.status = status;
}

static void exchange_end(struct conn *conn)
{
	tally_add(cpu_now() - conn->begun);
	if (conn->in.state == WIRE_DONE) {
		bool again = !options.reconnect && !conn->in.close;

		tally_status(conn->in.status);
		if (!again)
			conn_close(conn);
		wire_next(&conn->in);
	}
	conn->busy = false;
	busy--;
	exchange_begin(conn);
}

/* A tunnel has opened: its opening counts as no exchange. */
static void tunnel_opened(struct conn *conn)
{
	tally_status(conn->in.status);
	conn->busy = false;
	busy--;
	exchange_begin(conn);
}

static void conn_take(struct conn *conn, size_t got)
{
	if (conn->in.state != WIRE_TUNNEL) {
		if (wire_read(&conn->in, in, got) != got)
			wire_die("bytes behind an answer");
		if (conn->in.state == WIRE_TUNNEL)
			tunnel_opened(conn);
		else if (conn->in.state == WIRE_DONE)
			exchange_end(conn);
		return;
	}
	if (got > conn->answer_left)
		wire_die("%zu bytes too many from a tunnel", got - conn->answer_left);
	conn->answer_left -= got;
	if (conn->answer_left == 0)
		exchange_end(conn);
}

static ssize_t conn_recv(struct conn *conn)
{
	return conn->ssl ? secure_recv(conn->ssl, in, sizeof(in))
			 : recv(conn->fd, in, sizeof(in), 0);
}

/* Returns false when nothing came. */
static bool conn_read(struct conn *conn)
{
	ssize_t got = conn_recv(conn);

	if (got > 0)
		conn_take(conn, (size_t)got);
	else if (got < 0 && errno != EAGAIN)
		wire_die("recv: %s", strerror(errno));
	else if (got == 0 && !conn->busy)
		conn_close(conn); /* between two exchanges, as a server may */
	else if (got == 0)
		wire_die("the connection ended within an exchange");
	return got > 0;
}

static void conn_readable(struct conn *conn)
{
	if (conn->ssl && secure_waits(conn->ssl)) {
		conn_send(conn);
		return;
	}
	while (conn_read(conn) && conn->open && conn->ssl && secure_has_more(conn->ssl))
		;
}

/* Says where the exchanges stand that do not go on. */
static void conns_stuck(void)
{
	for (unsigned i = 0; i < options.connections; i++) {
		const struct conn *conn = &conns[i];

		if (conn->busy)
			fprintf(stderr,
			    "%u frames and %zu bytes to send, %zu bytes of a head read; ",
			    conn->frames, conn->head_left + conn->round_left, conn->in.head_len);
	}
	wire_die("nothing happened for %d ms", STUCK_MS);
}

static void conns_turn(void)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(poller, events, EVENTS, STUCK_MS);

	if (count == 0)
		conns_stuck();
	for (int i = 0; i < count; i++) {
		struct conn *conn = events[i].data.ptr;

		if (events[i].events & EPOLLOUT)
			conn_send(conn);
		else
			conn_readable(conn);
	}
}

/* Exchanges on all connections until the time is over and all rest. */
static void conns_run(uint64_t nanoseconds)
{
	deadline = cpu_now() + nanoseconds;
	for (unsigned i = 0; i < options.connections; i++)
		exchange_begin(&conns[i]);
	while (busy)
		conns_turn();
}

/* ---- the report --------------------------------------------------------------------------------
 */

static int time_compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static uint64_t tally_percentile(size_t percent)
{
	return tally.units ? tally.times[(tally.units - 1) * percent / 100] : 0;
}

static void measure(void)
{
	uint64_t time = (uint64_t)options.milliseconds * MILLISECOND;
	struct cpu before, after;
	uint64_t begun;

	conns_run(time / WARM_UP_SHARE);
	tally.units = 0;
	tally.reconnects = 0;
	before = cpu_of(options.pid);
	begun = cpu_now();
	conns_run(time);
	time = cpu_now() - begun;
	after = cpu_of(options.pid);
	qsort(tally.times, tally.units, sizeof(*tally.times), time_compare);
	printf("{\"units\": %zu, \"ns\": %" PRIu64 ", \"cpu_ns\": %" PRIu64
	       ", \"wait_ns\": %" PRIu64 ", \"p50_ns\": %" PRIu64 ", \"p99_ns\": %" PRIu64
	       ", \"status\": %u, "
	       "\"connects\": %" PRIu64 "}\n",
	    tally.units, time, after.ran - before.ran, after.waited - before.waited,
	    tally_percentile(50), tally_percentile(99), tally.status, tally.reconnects);
}

/* ---- idle streams ------------------------------------------------------------------------------
 */

static unsigned idle_ready;

static void idle_turn(void)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(poller, events, EVENTS, STUCK_MS);

	if (count == 0)
		wire_die("only %u of %u streams opened", idle_ready, options.connections);
	for (int i = 0; i < count; i++) {
		struct conn *conn = events[i].data.ptr;

		if (conn->ssl && secure_waits(conn->ssl)) {
			conn_send(conn);
			continue;
		}
		ssize_t got = conn_recv(conn);

		if (got < 0 && errno == EAGAIN)
			continue;
		if (got <= 0)
			wire_die("stream %u of %u ended", idle_ready, options.connections);
		wire_read(&conn->in, in, (size_t)got);
		if (conn->in.state == WIRE_HEAD)
			continue;
		tally_status(conn->in.status);
		idle_ready++;
	}
}

/* |connections| streams that say nothing after their head; held until standard input ends. */
static void idle(void)
{
	char nothing;

	for (unsigned i = 0; i < options.connections; i++) {
		while (i - idle_ready >= OPENING_MAX)
			idle_turn();
		conn_open(&conns[i]);
		conns[i].head_left = request_len;
		conn_send(&conns[i]);
	}
	while (idle_ready < options.connections)
		idle_turn();
	printf("{\"status\": %u, \"connects\": %" PRIu64 "}\n", tally.status, tally.reconnects);
	fflush(stdout);
	while (read(STDIN_FILENO, &nothing, 1) > 0)
		;
}

/* ---- the command line --------------------------------------------------------------------------
 */

static size_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || value > UINT32_MAX)
		wire_die("not a number: %s", text);
	return value;
}

static enum mode mode_from(const char *name)
{
	for (enum mode mode = 0; mode < MODE_MAX; mode++)
		if (strcmp(name, mode_names[mode]) == 0)
			return mode;
	wire_die("unknown mode: %s", name);
}

static void request_read(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		wire_die("%s: %s", path, strerror(errno));
	request_len = fread(request, 1, sizeof(request), file);
	if (request_len == 0 || request_len == sizeof(request))
		wire_die("%s: empty or longer than %u bytes", path, REQUEST_MAX - 1);
	fclose(file);
}

enum {
	OPTION_SOCKET = 1,
	OPTION_PORT,
	OPTION_IDENTITY,
	OPTION_REQUEST,
	OPTION_MODE,
	OPTION_PID,
	OPTION_CONNECTIONS,
	OPTION_TIME,
	OPTION_ROUND,
	OPTION_PIECE,
	OPTION_ANSWER,
	OPTION_RECONNECT,
	OPTION_CHUNKED
};

static const struct option option_table[] = {
    {"socket", required_argument, NULL, OPTION_SOCKET},
    {"port", required_argument, NULL, OPTION_PORT},
    {"identity", required_argument, NULL, OPTION_IDENTITY},
    {"request", required_argument, NULL, OPTION_REQUEST},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"pid", required_argument, NULL, OPTION_PID},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"milliseconds", required_argument, NULL, OPTION_TIME},
    {"round", required_argument, NULL, OPTION_ROUND},
    {"piece", required_argument, NULL, OPTION_PIECE},
    {"answer", required_argument, NULL, OPTION_ANSWER},
    {"reconnect", no_argument, NULL, OPTION_RECONNECT},
    {"chunked", no_argument, NULL, OPTION_CHUNKED},
    {NULL, 0, NULL, 0},
};

static void option_set(int option, const char *value)
{
	switch (option) {
	case OPTION_SOCKET:
		options.socket = value;
		break;
	case OPTION_PORT:
		options.port = (unsigned)number(value);
		break;
	case OPTION_IDENTITY:
		options.identity = value;
		break;
	case OPTION_REQUEST:
		request_read(value);
		break;
	case OPTION_MODE:
		options.mode = mode_from(value);
		break;
	case OPTION_PID:
		options.pid = (int)number(value);
		break;
	case OPTION_CONNECTIONS:
		options.connections = (unsigned)number(value);
		break;
	case OPTION_TIME:
		options.milliseconds = (unsigned)number(value);
		break;
	case OPTION_ROUND:
		options.round = number(value);
		break;
	case OPTION_PIECE:
		options.piece = number(value);
		break;
	case OPTION_ANSWER:
		options.answer = number(value);
		break;
	case OPTION_RECONNECT:
		options.reconnect = true;
		break;
	case OPTION_CHUNKED:
		options.chunked = true;
		break;
	default:
		wire_die("usage: load --socket PATH|--port NUMBER --identity DIR --request FILE "
			 "[--mode MODE] [OPTION…]");
	}
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", option_table, NULL)) != -1)
		option_set(option, optarg);
	if (!options.socket == !options.port || !options.identity == !!options.port ||
	    request_len == 0 || options.piece > sizeof(out))
		option_set('?', NULL);
	if (options.identity)
		secure_init(options.identity);
	signal(SIGPIPE, SIG_IGN);
	wire_raise_files();
	wire_frame_make();
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0)
		wire_die("epoll_create1: %s", strerror(errno));
	conns = wire_alloc(options.connections * sizeof(*conns));
	for (unsigned i = 0; i < options.connections; i++)
		conns[i].ended = true;
	if (options.mode == MODE_IDLE)
		idle();
	else
		measure();
	return EXIT_SUCCESS;
}
