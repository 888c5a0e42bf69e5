/* SPDX-License-Identifier: Apache-2.0 */
/* A daemon that costs next to nothing: the same answers to the same paths, on a unix socket. It
 * shares its core with the load generator, so that what is measured has one of its own. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define EVENTS 128
#define IN_SIZE (256u * 1024u)
#define LIST_SIZE (20u * 1024u)
#define TRANSFER (64u * WIRE_MIB)
#define FRAMES (TRANSFER / WIRE_CHUNK)
#define OUT_HEAD 512u

/* What a connection is doing beyond reading requests. */
enum mode {
	MODE_HTTP,
	MODE_ECHO,
	MODE_SINK,   /* counts what comes and answers each MiB with one byte */
	MODE_SILENT, /* an open stream without events */
};

struct conn {
	int fd;
	enum mode mode;
	bool blocked; /* waits for EPOLLOUT */
	struct wire in;
	uint64_t sunk;
	const char *out; /* what is left to send */
	size_t out_left;
	unsigned frames; /* of a download, after |out| */
	bool chunked;
	size_t frame_at;
};

struct answer {
	const char *part; /* of the request line */
	void (*serve)(struct conn *conn, const struct answer *answer);
	const char *text;
};

static char list_answer[LIST_SIZE + OUT_HEAD], full_answer[LIST_SIZE + OUT_HEAD];
static size_t list_len, full_len;
static char in[IN_SIZE];
static int poller;

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

/* Sends, and returns how much went; 0 when the socket is full. A vanished peer reads as end of
 * file soon, so its bytes count as sent. */
static size_t conn_write(struct conn *conn, const char *at, size_t len)
{
	ssize_t sent = send(conn->fd, at, len, MSG_NOSIGNAL);

	if (sent >= 0)
		return (size_t)sent;
	return errno == EAGAIN ? 0 : len;
}

static bool conn_send_text(struct conn *conn)
{
	while (conn->out_left) {
		size_t sent = conn_write(conn, conn->out, conn->out_left);

		if (sent == 0)
			return false;
		conn->out += sent;
		conn->out_left -= sent;
	}
	return true;
}

static size_t frame_cut(const struct conn *conn)
{
	if (!conn->chunked)
		return WIRE_CHUNK;
	return conn->frame_at < WIRE_FRAME_CUT ? WIRE_FRAME_CUT : WIRE_FRAME;
}

static bool conn_send_frames(struct conn *conn)
{
	size_t size = conn->chunked ? WIRE_FRAME : WIRE_CHUNK;
	const char *from = conn->chunked ? wire_frame : wire_frame + WIRE_FRAME_HEAD;

	while (conn->frames) {
		size_t len = frame_cut(conn) - conn->frame_at;
		size_t sent = conn_write(conn, from + conn->frame_at, len);

		if (sent == 0)
			return false;
		conn->frame_at += sent;
		if (conn->frame_at < size)
			continue;
		conn->frame_at = 0;
		if (--conn->frames == 0 && conn->chunked) {
			conn->out = WIRE_LAST_CHUNK;
			conn->out_left = sizeof(WIRE_LAST_CHUNK) - 1;
		}
	}
	return true;
}

static void conn_send(struct conn *conn)
{
	bool done = conn_send_text(conn) && conn_send_frames(conn) && conn_send_text(conn);

	if (done == conn->blocked)
		conn_poll(conn, EPOLL_CTL_MOD, !done);
}

static void conn_answer(struct conn *conn, const char *text, size_t len)
{
	conn->out = text;
	conn->out_left = len;
	conn_send(conn);
}

static void serve_text(struct conn *conn, const struct answer *answer)
{
	conn_answer(conn, answer->text, strlen(answer->text));
}

static void serve_object(struct conn *conn, const struct answer *answer)
{
	static char out[4096];
	int len = snprintf(out, sizeof(out),
	    "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n%zx\r\n%s\r\n0\r\n\r\n",
	    strlen(answer->text), answer->text);

	if (len < 0 || (size_t)len >= sizeof(out))
		wire_die("an object is too large");
	conn_answer(conn, out, (size_t)len);
}

static void serve_list(struct conn *conn, const struct answer *answer)
{
	(void)answer;
	conn_answer(conn, list_answer, list_len);
}

static void serve_full(struct conn *conn, const struct answer *answer)
{
	(void)answer;
	conn_answer(conn, full_answer, full_len);
}

static void serve_download(struct conn *conn, const struct answer *answer)
{
	conn->frames = FRAMES;
	conn->frame_at = 0;
	conn->chunked = strstr(answer->text, "chunked") != NULL;
	serve_text(conn, answer);
}

static void serve_events(struct conn *conn, const struct answer *answer)
{
	conn->mode = MODE_SILENT;
	serve_text(conn, answer);
}

static void serve_sink(struct conn *conn, const struct answer *answer)
{
	conn->mode = MODE_SINK;
	serve_text(conn, answer);
}

static void serve_echo(struct conn *conn, const struct answer *answer)
{
	conn->mode = MODE_ECHO;
	serve_text(conn, answer);
}

#define SERVER                                                                                     \
	"Api-Version: 1.41\r\nDocker-Experimental: false\r\nOstype: linux\r\n"                     \
	"Server: Docker/20.10.24 (linux)\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
#define JSON "Content-Type: application/json\r\n"
#define TAR "Content-Type: application/x-tar\r\n"
#define UPGRADED                                                                                   \
	"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n"             \
	"Connection: Upgrade\r\nUpgrade: tcp\r\n" SERVER "\r\n"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SINK_ID "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define HEAD_OF(id)                                                                                \
	"{\"Id\":\"" id "\",\"Created\":\"2024-01-01T00:00:00Z\",\"Path\":\"sleep\","              \
	"\"Args\":[\"1000\"],\"State\":{\"Status\":\"running\",\"Running\":true,\"Paused\":false," \
	"\"Pid\":4711,\"ExitCode\":0"
#define HOST_CONFIG(id)                                                                            \
	"},\"Image\":\"sha256:" id "\",\"Name\":\"/job-1\","                                       \
	"\"RestartCount\":0,\"Driver\":\"overlay2\",\"Platform\":\"linux\",\"HostConfig\":{"       \
	"\"Binds\":null,\"ContainerIDFile\":\"\",\"LogConfig\":{\"Type\":\"json-file\","           \
	"\"Config\":{}},\"NetworkMode\":\"default\",\"PortBindings\":{},\"RestartPolicy\":{"       \
	"\"Name\":\"no\",\"MaximumRetryCount\":0},\"AutoRemove\":false,\"VolumeDriver\":\"\","     \
	"\"VolumesFrom\":null,\"CapAdd\":null,\"CapDrop\":null,\"CgroupnsMode\":\"host\","         \
	"\"Dns\":[],\"DnsOptions\":[],\"DnsSearch\":[],\"ExtraHosts\":null,\"GroupAdd\":null,"     \
	"\"IpcMode\":\"shareable\",\"Cgroup\":\"\",\"Links\":null,\"OomScoreAdj\":0,"              \
	"\"PidMode\":\"\",\"Privileged\":false,\"PublishAllPorts\":false,"                         \
	"\"ReadonlyRootfs\":false,\"SecurityOpt\":null,\"UTSMode\":\"\",\"UsernsMode\":\"\","      \
	"\"ShmSize\":67108864,\"Runtime\":\"runc\",\"Memory\":0,\"NanoCpus\":0,"                   \
	"\"CgroupParent\":\"\",\"Devices\":[],\"DeviceCgroupRules\":null,"                         \
	"\"DeviceRequests\":null,\"MemorySwap\":0,\"PidsLimit\":null,\"Ulimits\":null},"
#define NETWORK(id)                                                                                \
	"{\"IPAMConfig\":null,\"Links\":null,\"Aliases\":null,"                                    \
	"\"NetworkID\":\"" id "\",\"Gateway\":\"172.17.0.1\",\"IPAddress\":\"172.17.0.2\","        \
	"\"IPPrefixLen\":16,\"MacAddress\":\"02:42:ac:11:00:02\",\"DriverOpts\":null}"
/* What the daemon says of a container, for proxies that ask; as 20.10 does, in chunks. */
#define CONTAINER(id)                                                                              \
	HEAD_OF(id)                                                                                \
	HOST_CONFIG(id)                                                                            \
	"\"Mounts\":[],\"Config\":{\"Hostname\":\"0123456789ab\",\"User\":\"\",\"Env\":["          \
	"\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"],\"Cmd\":["         \
	"\"sleep\",\"1000\"],\"Image\":\"bb:1\",\"Volumes\":null,\"WorkingDir\":\"\","             \
	"\"Entrypoint\":null,\"Labels\":{}},\"NetworkSettings\":{\"Bridge\":\"\",\"Ports\":{},"    \
	"\"Networks\":{\"bridge\":" NETWORK(id) "}}}\n"

/* The first row whose part stands in the request line is served. */
static const struct answer answers[] = {
    {"/_ping", serve_text,
	"HTTP/1.1 200 OK\r\n" SERVER "Cache-Control: no-cache\r\nContent-Length: 2\r\n"
	"Content-Type: text/plain; charset=utf-8\r\n\r\nOK"},
    {"/containers/json", serve_list, NULL},
    {"/containers/create", serve_text,
	"HTTP/1.1 201 Created\r\n" SERVER JSON "Content-Length: 88\r\n\r\n"
	"{\"Id\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"Warnings\":"
	"[]}\n"},
    {"/containers/sink/json", serve_object, CONTAINER(SINK_ID)},
    {"/containers/x/json", serve_object, CONTAINER(ID)},
    {"/containers/full/json", serve_full, NULL},
    {"/start ", serve_text, "HTTP/1.1 204 No Content\r\n" SERVER "\r\n"},
    {"/exec ", serve_text,
	"HTTP/1.1 201 Created\r\n" SERVER JSON "Content-Length: 74\r\n\r\n{\"Id\":\"" ID "\"}\n"},
    {"/sink/attach", serve_sink, UPGRADED},
    {"/" SINK_ID "/attach", serve_sink, UPGRADED},
    {"/attach", serve_echo, UPGRADED},
    {"/length/get", serve_download,
	"HTTP/1.1 200 OK\r\n" SERVER TAR "Content-Length: 67108864\r\n\r\n"},
    {"/get", serve_download, "HTTP/1.1 200 OK\r\n" SERVER TAR "Transfer-Encoding: chunked\r\n\r\n"},
    {"/images/load", serve_text,
	"HTTP/1.1 200 OK\r\n" SERVER JSON "Content-Length: 35\r\n\r\n"
	"{\"stream\":\"Loaded image: bb:1\\n\"}\r\n"},
    {"/events", serve_events,
	"HTTP/1.1 200 OK\r\n" SERVER JSON "Transfer-Encoding: chunked\r\n\r\n"},
    {"", serve_text,
	"HTTP/1.1 404 Not Found\r\n" SERVER JSON "Content-Length: 29\r\n\r\n"
	"{\"message\":\"page not found\"}\n"},
};

static void conn_serve(struct conn *conn)
{
	char *end = strchr(conn->in.head, '\r');
	const struct answer *answer = answers;

	*end = '\0';
	while (!strstr(conn->in.head, answer->part))
		answer++;
	wire_next(&conn->in);
	answer->serve(conn, answer);
}

static void conn_take(struct conn *conn, const char *at, size_t len)
{
	if (conn->mode == MODE_ECHO) {
		if (conn_write(conn, at, len) != len)
			wire_die("the client of an echo writes ahead");
	} else if (conn->mode == MODE_SINK) {
		uint64_t before = conn->sunk / WIRE_MIB;

		conn->sunk += len;
		for (; before < conn->sunk / WIRE_MIB; before++)
			conn_write(conn, ".", 1);
	}
}

static void conn_close(struct conn *conn)
{
	close(conn->fd);
	free(conn);
}

static void conn_read(struct conn *conn)
{
	ssize_t got = recv(conn->fd, in, sizeof(in), 0);
	size_t at = 0;

	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		conn_close(conn);
		return;
	}
	while (conn->mode == MODE_HTTP && at < (size_t)got) {
		at += wire_read(&conn->in, in + at, (size_t)got - at);
		if (conn->in.state == WIRE_DONE)
			conn_serve(conn);
	}
	if (at < (size_t)got)
		conn_take(conn, in + at, (size_t)got - at);
}

static void conn_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct conn *conn;

	if (fd < 0)
		wire_die("accept: %s", strerror(errno));
	conn = wire_alloc(sizeof(*conn));
	conn->fd = fd;
	conn_poll(conn, EPOLL_CTL_ADD, false);
}

static void list_make(void)
{
	static const char head[] =
	    "HTTP/1.1 200 OK\r\n" SERVER JSON "Content-Length: 20480\r\n\r\n";

	list_len = sizeof(head) - 1 + LIST_SIZE;
	memset(list_answer, ' ', list_len);
	memcpy(list_answer, head, sizeof(head) - 1);
	list_answer[sizeof(head) - 1] = '[';
	list_answer[list_len - 1] = ']';
}

/* What the daemon says of a container with much to tell: 20 KiB. */
static void full_write(FILE *out)
{
	(void)fputs(
	    HEAD_OF(ID) ",\"Health\":{\"Status\":\"healthy\",\"FailingStreak\":0,\"Log\":[", out);
	for (unsigned i = 0; i < 5; i++)
		(void)fprintf(out,
		    "%s{\"Start\":\"2024-01-01T00:0%u:00Z\",\"End\":\"2024-01-01T00:0%u:01Z\","
		    "\"ExitCode\":0,\"Output\":\"HTTP/1.1 200 OK%0560u\"}",
		    i ? "," : "", i, i, i);
	(void)fputs("]}" HOST_CONFIG(ID) "\"Mounts\":[", out);
	for (unsigned i = 0; i < 10; i++)
		(void)fprintf(out,
		    "%s{\"Type\":\"bind\",\"Source\":\"/srv/data/service-%u\",\"Destination\":"
		    "\"/var/lib/service-%u\",\"Mode\":\"ro\",\"RW\":false,\"Propagation\":"
		    "\"rprivate\"}",
		    i ? "," : "", i, i);
	(void)fputs("],\"Config\":{\"Hostname\":\"0123456789ab\",\"User\":\"\",\"Env\":[", out);
	for (unsigned i = 0; i < 70; i++)
		(void)fprintf(out,
		    "%s\"SERVICE_%u_ENDPOINT=https://service-%u.example.org:8443/api/v1\"",
		    i ? "," : "", i, i);
	(void)fputs("],\"Cmd\":[\"sleep\",\"1000\"],\"Image\":\"bb:1\",\"Labels\":{", out);
	for (unsigned i = 0; i < 70; i++)
		(void)fprintf(out,
		    "%s\"com.example.component-%u.owner\":\"team %u of the platform\"",
		    i ? "," : "", i, i);
	(void)fputs("}},\"NetworkSettings\":{\"Bridge\":\"\",\"Ports\":{},\"Networks\":{", out);
	for (unsigned i = 0; i < 6; i++)
		(void)fprintf(out, "%s\"net-%u\":%s", i ? "," : "", i, NETWORK(ID));
	(void)fputs("}}}\n", out);
}

static void full_make(void)
{
	static char body[LIST_SIZE];
	FILE *out = fmemopen(body, sizeof(body), "w");

	if (!out)
		wire_die("fmemopen: %s", strerror(errno));
	full_write(out);
	long len = ftell(out);

	if (len < 0 || fclose(out) != 0 || (size_t)len >= sizeof(body))
		wire_die("the container is too large");
	int whole = snprintf(full_answer, sizeof(full_answer),
	    "HTTP/1.1 200 OK\r\n" SERVER JSON "Transfer-Encoding: chunked\r\n\r\n"
	    "%lx\r\n%.*s\r\n0\r\n\r\n",
	    (unsigned long)len, (int)len, body);

	full_len = (size_t)whole;
}

static void serve_forever(int listener)
{
	struct epoll_event events[EVENTS];
	struct epoll_event first = {.events = EPOLLIN, .data.ptr = NULL};

	if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &first) < 0)
		wire_die("epoll_ctl: %s", strerror(errno));
	for (;;) {
		int count = epoll_wait(poller, events, EVENTS, -1);

		for (int i = 0; i < count; i++) {
			struct conn *conn = events[i].data.ptr;

			if (!conn)
				conn_accept(listener);
			else if (events[i].events & EPOLLOUT)
				conn_send(conn);
			else
				conn_read(conn);
		}
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		wire_die("usage: fakedockerd SOCKET");
	signal(SIGPIPE, SIG_IGN);
	wire_raise_files();
	wire_frame_make();
	list_make();
	full_make();
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0)
		wire_die("epoll_create1: %s", strerror(errno));
	serve_forever(wire_listen(argv[1]));
	return EXIT_SUCCESS;
}
