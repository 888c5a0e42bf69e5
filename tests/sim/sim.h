/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated world for the whole program: one process, one seed, its own clock. The linker puts
 * our system calls (wrap.c), allocator (memory.c) and event loop (event.c) in place of the real
 * ones, so that the very code of the product runs in it. All choices come from the seed: the same
 * seed of the same program makes the same run. */
#ifndef SIM_H
#define SIM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#define SIM_FD_FIRST 1000 /* lower descriptors are real ones */
#define SIM_FD_MOST 1024  /* simulated descriptors */

/* ---- choices (world.c) -------------------------------------------------------------------------
 */

uint64_t sim_random(void);

/* A number below |n|. */
uint64_t sim_below(uint64_t n);

/* True once in |n| times; never with 0. */
bool sim_once_in(uint64_t n);

/* Between the two, with small ones as likely as large ones. */
uint64_t sim_size(uint64_t least, uint64_t most);

/* ---- time, in microseconds ---------------------------------------------------------------------
 */

#define MS 1000u
#define SECOND (1000u * MS)

uint64_t sim_now(void);
void sim_pass(uint64_t microseconds);

/* ---- telling ------------------------------------------------------------------------------------
 */

/* A rule is broken: says which and how to see it again, and ends the run. */
void sim_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void sim_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool sim_is_traced(void);

/* ---- memory of the simulator, which is not counted (memory.c) -------------------------------- */

void *sim_alloc(size_t size); /* cleared; never NULL */
void *sim_realloc(void *at, size_t size);
void sim_free(void *at);

/* Of the product: bytes and blocks that are live, the most since the last reset. */
struct sim_memory {
	size_t bytes, blocks, most;
	uint64_t calls;
};
extern struct sim_memory sim_memory;

/* From now on one allocation in |odds| fails, and the |at|th from now; 0: none. */
void sim_memory_faults(uint64_t odds, uint64_t at);
bool sim_memory_is_short(void);
void sim_memory_reset(void);
void sim_memory_check(void); /* fails when a block is left */

/* ---- bytes ----------------------------------------------------------------------------------- */

struct bytes {
	char *at;
	size_t begin, end, size;
};

static inline size_t bytes_len(const struct bytes *bytes)
{
	return bytes->end - bytes->begin;
}

void bytes_add(struct bytes *bytes, const void *from, size_t len);
size_t bytes_take(struct bytes *bytes, void *into, size_t len);
void bytes_free(struct bytes *bytes);
void bytes_add_format(struct bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- the kernel (kernel.c, epoll.c) ---------------------------------------------------------- */

enum file_kind {
	FILE_STREAM = 1,
	FILE_LISTENER,
	FILE_PIPE, /* one end */
	FILE_EPOLL,
	FILE_EVENT,
	FILE_DISK,
	FILE_DATAGRAM,
};

#define BACKLOG_MOST 64

struct file {
	enum file_kind kind;
	unsigned refs;
	bool nonblock;
	bool product; /* one of its descriptors was given out */
	/* of a stream */
	bool tcp, connecting, refused;
	bool rcv_shut, snd_shut, dead;
	bool owes_room; /* a write was cut short: an event for room is due */
	bool firehose;  /* its peer never stops sending */
	bool accepted;  /* its peer is a client */
	bool told_end;  /* a read told of the end of what its peer sends */
	uint64_t reset_at,
	    told_at; /* when its peer broke off, and when a read told of it; 0: not */
	int error;
	struct file *peer; /* NULL: it has gone */
	struct bytes in;
	size_t cap; /* bytes that fit into |in| */
	uint32_t uid;
	/* of a listener */
	char *name; /* path, or tcp:port */
	bool listening;
	unsigned waiting;
	struct file *queue[BACKLOG_MOST];
	/* of a pipe */
	bool writes;
	/* of an event counter */
	uint64_t count;
	/* what epoll knows of it */
	struct file *epoll;
	uint32_t interest;
	void *data;
	bool ready;
	struct file *next_ready;
	/* of an epoll set */
	struct file *first_ready, *last_ready;
	/* of a file on the disk */
	struct disk *disk;
	size_t at;
	bool appends;
};

void kernel_begin(unsigned descriptors);
void kernel_end(void); /* fails when the product left something open */
void kernel_limit(unsigned descriptors);

/* Fails when the product keeps a connection whose other end is known to be gone. */
void kernel_check_resets(void);

extern uint64_t kernel_opened;   /* how many were asked for */
extern uint64_t kernel_fails_at; /* which one from now cannot be had; 0: all can */
unsigned kernel_open_count(void);
extern bool kernel_owes_room; /* one of them does */

int fd_new(struct file *file); /* -1 with errno */
struct file *fd_file(int fd);  /* NULL: a real one */
struct file *fd_peek(int fd);  /* NULL: not open */
int fd_close(int fd);
int fd_dup(int fd);

struct file *file_new(enum file_kind kind);
uint32_t file_poll(const struct file *file);
void file_wake(struct file *file, uint32_t key);

void stream_pair(struct file *ends[2], bool tcp, size_t cap_first, size_t cap_second);
ssize_t stream_recv(struct file *file, void *into, size_t size, bool peek); /* or -errno */
ssize_t stream_send(struct file *file, const void *from, size_t size);      /* or -errno */
void stream_shut(struct file *file);
void stream_close(struct file *file);
void stream_reset(struct file *file);
size_t stream_room(const struct file *file);

struct file *listener_at(const char *name);
struct file *stream_dial(const char *name, bool tcp, uint32_t uid, int *ret_error);
void dial_later(struct file *file, const char *name);
bool dials_go_on(void); /* one step of those that are being connected */

/* ---- the disk (disk.c) ----------------------------------------------------------------------- */

struct disk {
	struct bytes text;
	size_t room; /* bytes that still fit */
};

struct disk *disk_at(const char *path);
void disk_begin(void);
void disk_end(void);

/* ---- the event loop (event.c) ---------------------------------------------------------------- */

void loop_begin(void);
void sim_signal(int number);
uint64_t loop_next_timer(void); /* UINT64_MAX: none */
extern uint64_t sim_turns;      /* of the product's loops */
struct event_base;
bool loop_is_active(const struct event_base *base);

/* ---- threads (threads.c) ----------------------------------------------------------------------
 */

bool threads_step(void);
uint64_t threads_next(void);

/* Lets a thread wait for so long; false, at once, in the thread of the loop. */
bool thread_sleeps(uint64_t microseconds);

/* In the middle of a system call another one runs; in that of another one, the world goes on. */
void threads_intrude(void);

bool thread_is_chief(void);

/* Lets a thread wait for its loop's events. */
void thread_waits(const struct event_base *loop);

/* The next worker that begins a turn does not turn for so long. */
void threads_hang(uint64_t microseconds);
void thread_may_hang(void);
uint64_t threads_hang_since(void); /* 0: none does */
void threads_hang_no_more(void);

void threads_begin(void);
/* True when one was left in the middle of its work. */
bool threads_end(void);

/* ---- the bounds of a step (wrap.c) ----------------------------------------------------------- */

extern _Thread_local uint64_t sim_calls; /* system calls of a thread of the product */
extern unsigned sim_conns;               /* that its server has */

/* ---- the world (world.c) --------------------------------------------------------------------- */

/* Lets somebody else do something; false when nobody could at this time. */
bool world_step(void);

/* The same in the middle of a system call of the product, now and then. */
void world_intrude(void);

/* Nobody can do anything: lets the time pass to the next thing that happens. */
void world_wait(uint64_t until);

/* Something happened that excuses what went wrong around it. */
extern uint64_t sim_faults;

struct knobs {
	bool strict; /* no faults at all */
	bool out_of_memory, out_of_descriptors, disk_full, restarts, reloads, clock_jumps;
	bool tcp_upstream, named_upstream, tls_upstream;
	bool worker_hangs, out_of_pipes, leaves_twice;
	bool tls, tls_resets, resets, daemon_faults, stop_early, floods, hang, slow;
	bool lookups; /* objects that exist are judged, which the daemon is asked for */
	unsigned clients, workers;
	size_t cap_least, cap_most; /* of sockets */
	size_t piece_most;          /* of what actors read and write at once */
	uint64_t body_most;         /* of requests and answers */
};
extern struct knobs knobs;

/* By the seed (choices.c). */
void choose_knobs(uint64_t seed);
void write_config(const char *directory);

/* What is run: a seed, and of what it asks for the one thing that it does not get; 0: it gets all.
 */
struct run {
	uint64_t seed, allocation, descriptor;
};

/* Seeds from here on have |knobs.lookups|: those before it mean what they did. */
#define LOOKUPS_FROM 1000000u

/* From here on there may be several workers, and a daemon that is reached by TLS. */
#define WORKERS_FROM 2000000u

void world_run(struct run run, const char *directory);
/* What the last run asked for while its clients were there. */
struct run world_asked(void);
bool world_is_stopping(void);
bool world_has_more(void); /* its seed is from WORKERS_FROM on */
void world_audited(const char *line, size_t len);
void world_resolves(void);
void world_told(const char *state); /* the service manager */

/* ---- plans (plan.c) -------------------------------------------------------------------------- */

enum framing { FRAME_NONE, FRAME_LENGTH, FRAME_CHUNKED, FRAME_CLOSE, FRAME_TUNNEL };

enum daemon_fault {
	DAEMON_FINE,
	DAEMON_RESETS, /* after |fault_at| bytes of the body */
	DAEMON_CLOSES,
	DAEMON_LEAVES, /* without an answer */
	DAEMON_TALKS_NONSENSE,
	DAEMON_HANGS, /* until the faults are over */
};

/* What the daemon says of the container of a request, when sockwarden asks (check_state). */
enum object {
	OBJECT_FINE,
	OBJECT_FORBIDDEN, /* it has what the policy does not grant */
	OBJECT_MISSING,
	OBJECT_RESETS, /* in the middle of the answer */
	OBJECT_CLOSES,
	OBJECT_GARBLED,
	OBJECT_FAILS, /* 500 */
	OBJECT_LARGE, /* more than max_body */
	OBJECT_HANGS, /* until the faults are over */
	OBJECT_COUNT
};

struct plan {
	unsigned id;
	enum object object;
	unsigned looked_up;
	const struct plan_kind *kind;
	bool permitted;
	enum framing up, down;
	uint64_t up_len, down_len;
	struct bytes body; /* of a request that is judged by it */
	bool expect, early, close, closes_client;
	unsigned status;
	enum daemon_fault fault;
	uint64_t fault_at, delay;
	/* what was seen */
	unsigned audited, forwarded;
	uint64_t up_got, down_sent, down_got, up_sent;
	bool up_whole, down_whole, reset, closed, begun, done, cut;
	unsigned answer;      /* the status that came */
	bool own;             /* it was sockwarden's answer */
	uint64_t faults_then; /* sim_faults when it began */
	bool excused;
};

struct plan_kind {
	const char *name, *method, *target; /* with %u for the number */
	bool permitted;
	enum framing up, down;
	bool judged_by_body, head, drives; /* a container that exists */
	uint64_t up_most, down_most;
};

void plans_begin(void);
void plans_end(void);
struct plan *plan_new(void);
struct plan *plan_upload(void);
struct plan *plan_probe(void);
struct plan *plan_create(size_t size);
struct plan *plan_at(unsigned id); /* NULL: there is none */
unsigned plan_count(void);
char plan_byte(unsigned id, bool up, uint64_t at);
void plan_fill(unsigned id, bool up, uint64_t at, char *into, size_t len);
/* Fails when |bytes| are not those at |at|. */
void plan_check(const struct plan *plan, bool up, uint64_t at, const char *bytes, size_t len);
void plan_head(struct plan *plan, struct bytes *out, bool last);
/* The beginning of the request line that the daemon gets. */
void plan_line(const struct plan *plan, char *line, size_t size);
void plans_judge(void);
void plan_judge(struct plan *plan); /* at its end: fails when it should have come out otherwise */

/* ---- one end of a connection, as clients and the daemon have it (end.c) ---------------------- */

struct end {
	struct file *file;
	struct ssl_st *ssl;
	struct bytes out; /* not yet taken */
	struct bytes raw; /* of TLS: records on their way */
	bool clean;       /* the other side's end came in order */
	bool broken;      /* reset, or TLS was cut off */
	bool shut, mute;  /* we send no more; it takes no more */
	bool was_reset;   /* a call has told so, and the next one need not */
	bool as_go;       /* TLS: a FIN without close_notify is an end, too */
	bool greeted;     /* TLS: all of the handshake has been sent */
};

void end_open(struct end *end, struct file *file, bool tls);
void end_open_served(struct end *end, struct file *file, bool tls);
/* Bytes read, 0: none now, -1: the end; |clean| or |broken| tells how. */
ssize_t end_read(struct end *end, void *into, size_t size);
/* Sends some of |out|. True when something was sent. */
bool end_write(struct end *end, size_t most);
void end_shut(struct end *end);
void end_close(struct end *end);
void end_reset(struct end *end);

void tls_begin_world(const char *directory);

/* ---- clients and the daemon ------------------------------------------------------------------ */

void clients_begin(void);
void clients_end(void);
bool clients_step(void);
unsigned clients_left(void);
uint64_t clients_next(void);
void clients_add(void);
void clients_add_creates(size_t size);
void clients_flood(void);
void clients_end_flood(void);
void clients_probe(void);
void clients_calm(void);
void clients_complain(void) __attribute__((noreturn));
bool clients_probed(void);

enum object_break { BREAK_NOT, BREAK_RESET, BREAK_CLOSE };
/* The request whose container |head| asks for, or NULL. */
struct plan *object_asked(const char *head);
/* Writes the answer to a question; how the connection ends behind it. */
enum object_break object_answer(struct bytes *out, const struct plan *plan);

void dockerd_begin(void);
void dockerd_end(void);
bool dockerd_step(void);
uint64_t dockerd_next(void);
void dockerd_restart(void);
void dockerd_calm(void);
extern bool dockerd_is_calm;

#endif
