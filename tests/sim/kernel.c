/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors, sockets, pipes and epoll as Linux has them, as far as the product can see. */
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>

static struct file *table[SIM_FD_MOST];
static unsigned limit, open_count;
uint64_t kernel_opened, kernel_fails_at;
bool kernel_owes_room;

/* ---- descriptors ----------------------------------------------------------------------------- */

struct file *file_new(enum file_kind kind)
{
	struct file *file = sim_alloc(sizeof(*file));

	file->kind = kind;
	return file;
}

int fd_new(struct file *file)
{
	kernel_opened++;
	if (open_count >= limit || (kernel_fails_at && --kernel_fails_at == 0)) {
		sim_faults += file->kind != FILE_PIPE; /* without pipes bytes are copied */
		errno = EMFILE;
		return -1;
	}
	for (unsigned i = 0; i < SIM_FD_MOST; i++) {
		if (table[i])
			continue;
		table[i] = file;
		file->refs++;
		file->product = true;
		open_count++;
		return SIM_FD_FIRST + (int)i;
	}
	errno = EMFILE;
	return -1;
}

struct file *fd_file(int fd)
{
	if (fd < SIM_FD_FIRST || fd >= SIM_FD_FIRST + SIM_FD_MOST)
		return NULL;
	if (!table[fd - SIM_FD_FIRST])
		sim_fail("descriptor %d is used and is not open", fd);
	return table[fd - SIM_FD_FIRST];
}

struct file *fd_peek(int fd)
{
	return table[fd - SIM_FD_FIRST];
}

int fd_dup(int fd)
{
	return fd_new(fd_file(fd));
}

unsigned kernel_open_count(void)
{
	return open_count;
}

void kernel_limit(unsigned descriptors)
{
	limit = descriptors;
}

/* ---- epoll ----------------------------------------------------------------------------------- */

static void ready_remove(struct file *file)
{
	struct file **at = &file->epoll->first_ready, *before = NULL;

	while (*at != file) {
		before = *at;
		at = &(*at)->next_ready;
	}
	*at = file->next_ready;
	if (file->epoll->last_ready == file)
		file->epoll->last_ready = before;
	file->ready = false;
	file->next_ready = NULL;
}

static void ready_add(struct file *file)
{
	struct file *set = file->epoll;

	if (file->ready)
		return;
	file->ready = true;
	file->next_ready = NULL;
	if (set->last_ready)
		set->last_ready->next_ready = file;
	else
		set->first_ready = file;
	set->last_ready = file;
}

/* |key|: which events it is about; 0: any. */
void file_wake(struct file *file, uint32_t key)
{
	if (file->epoll && (key == 0 || (key & (file->interest | EPOLLHUP | EPOLLERR))))
		ready_add(file);
}

static uint32_t stream_poll(const struct file *file)
{
	uint32_t mask = 0;

	if (file->connecting)
		return 0;
	if (bytes_len(&file->in) || file->rcv_shut || file->error)
		mask |= EPOLLIN;
	if (file->rcv_shut)
		mask |= EPOLLRDHUP;
	if (file->rcv_shut && file->snd_shut)
		mask |= EPOLLHUP;
	if (file->error)
		mask |= EPOLLERR;
	if (file->snd_shut || !file->peer || bytes_len(&file->peer->in) <= file->peer->cap / 2)
		mask |= EPOLLOUT;
	return mask;
}

static uint32_t pipe_poll(const struct file *file)
{
	if (file->writes)
		return !file->peer                                    ? EPOLLERR | EPOLLOUT
		       : bytes_len(&file->peer->in) < file->peer->cap ? EPOLLOUT
								      : 0;
	return (bytes_len(&file->in) ? EPOLLIN : 0) | (file->peer ? 0 : (uint32_t)EPOLLHUP);
}

uint32_t file_poll(const struct file *file)
{
	switch (file->kind) {
	case FILE_STREAM:
		return stream_poll(file);
	case FILE_LISTENER:
		return file->waiting ? EPOLLIN : 0;
	case FILE_PIPE:
		return pipe_poll(file);
	case FILE_EPOLL:
		return file->first_ready ? EPOLLIN : 0;
	case FILE_EVENT:
		return (file->count ? EPOLLIN : 0) | EPOLLOUT;
	case FILE_DISK:
	case FILE_DATAGRAM:
		break;
	}
	return EPOLLIN | EPOLLOUT;
}

int __wrap_epoll_create1(int flags);
int __wrap_epoll_ctl(int set, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_wait(int set, struct epoll_event *events, int most, int timeout);

int __wrap_epoll_create1(int flags)
{
	struct file *file = file_new(FILE_EPOLL);
	int fd = fd_new(file);

	(void)flags;
	if (fd < 0)
		sim_free(file);
	return fd;
}

int __wrap_epoll_ctl(int set, int operation, int fd, struct epoll_event *event)
{
	struct file *file = fd_file(fd);

	sim_calls++;
	if (operation == EPOLL_CTL_ADD && sim_memory_is_short() && sim_once_in(20)) {
		sim_faults++;
		errno = ENOMEM;
		return -1;
	}
	if (operation == EPOLL_CTL_ADD && file->epoll)
		sim_fail("descriptor %d is watched twice", fd);
	if (operation == EPOLL_CTL_DEL) {
		if (file->ready)
			ready_remove(file);
		file->epoll = NULL;
		return 0;
	}
	file->epoll = fd_file(set);
	file->interest = event->events;
	file->data = event->data.ptr;
	if (file_poll(file) & (file->interest | EPOLLHUP | EPOLLERR))
		ready_add(file);
	return 0;
}

/* All of them are edge-triggered. Fewer than are ready may be told of. */
int __wrap_epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
	struct file *set = fd_file(fd);
	int count = 0;

	(void)timeout;
	sim_calls++;
	while (set->first_ready && count < most) {
		struct file *file = set->first_ready;
		uint32_t mask = file_poll(file) & (file->interest | EPOLLHUP | EPOLLERR);

		ready_remove(file);
		if (!(file->interest & EPOLLET) && mask)
			ready_add(file);
		if (!mask)
			continue;
		events[count].events = mask;
		events[count++].data.ptr = file->data;
		if (sim_once_in(8))
			break;
	}
	return count;
}

/* ---- streams --------------------------------------------------------------------------------- */

static struct file *stream_new(bool tcp, size_t cap)
{
	struct file *file = file_new(FILE_STREAM);

	file->tcp = tcp;
	file->cap = cap;
	return file;
}

static void join(struct file *one, struct file *other)
{
	one->peer = other;
	other->peer = one;
}

void stream_pair(struct file *ends[2], bool tcp, size_t cap_first, size_t cap_second)
{
	ends[0] = stream_new(tcp, cap_first);
	ends[1] = stream_new(tcp, cap_second);
	join(ends[0], ends[1]);
}

static void give_room(struct file *file)
{
	struct file *peer = file->peer;

	if (peer && bytes_len(&file->in) <= file->cap / 2)
		file_wake(peer, EPOLLOUT);
}

static void refill(struct file *file)
{
	static const char filler[512];

	if (file->firehose && bytes_len(&file->in) < sizeof(filler) && !file->rcv_shut)
		bytes_add(&file->in, filler, sizeof(filler));
}

ssize_t stream_recv(struct file *file, void *into, size_t size, bool peek)
{
	size_t len = bytes_len(&file->in) < size ? bytes_len(&file->in) : size;

	if (file->connecting)
		return -EAGAIN;
	if (len > 0) {
		if (into)
			memcpy(into, file->in.at + file->in.begin, len);
		if (peek)
			return (ssize_t)len;
		(void)bytes_take(&file->in, NULL, len);
		refill(file);
		give_room(file);
		return (ssize_t)len;
	}
	if (file->error) {
		int error = file->error;

		file->error = 0;
		file->told_at = sim_now();
		return -error;
	}
	file->told_end |= file->rcv_shut;
	return file->rcv_shut ? 0 : -EAGAIN;
}

size_t stream_room(const struct file *file)
{
	const struct file *peer = file->peer;

	if (!peer || bytes_len(&peer->in) >= peer->cap)
		return 0;
	return peer->cap - bytes_len(&peer->in);
}

static void hang_up(struct file *file, int error)
{
	file->rcv_shut = file->snd_shut = true;
	if (error)
		file->error = error;
	file_wake(file, 0);
}

ssize_t stream_send(struct file *file, const void *from, size_t size)
{
	size_t room;

	if (file->connecting)
		return -EAGAIN;
	if (file->error) {
		int error = file->error;

		file->error = 0;
		return -error;
	}
	if (file->snd_shut)
		return -EPIPE;
	if (!file->peer) { /* TCP: the answer to these bytes is a reset */
		hang_up(file, EPIPE);
		return (ssize_t)size;
	}
	if (file->peer->rcv_shut && !file->tcp)
		return -EPIPE;
	room = stream_room(file);
	if (room == 0)
		return -EAGAIN;
	if (size > room)
		size = room;
	bytes_add(&file->peer->in, from, size);
	file_wake(file->peer, EPOLLIN);
	return (ssize_t)size;
}

void stream_shut(struct file *file)
{
	if (file->snd_shut)
		return;
	file->snd_shut = true;
	file_wake(file, 0);
	if (!file->peer)
		return;
	file->peer->rcv_shut = true;
	file_wake(file->peer, 0);
}

static void stream_end(struct file *file)
{
	if (file->peer)
		file->peer->peer = NULL;
	file->peer = NULL;
	file->dead = true;
	bytes_free(&file->in);
	if (file->refs == 0)
		sim_free(file);
}

/* What was under way to the peer may be lost with a reset, on TCP; what has arrived is not. */
static void peer_reset(struct file *peer)
{
	if (peer->tcp && sim_once_in(2))
		peer->in.end -= sim_below(bytes_len(&peer->in) + 1);
	hang_up(peer, ECONNRESET);
	peer->reset_at = sim_now();
}

void stream_close(struct file *file)
{
	struct file *peer = file->peer;

	if (peer && bytes_len(&file->in)) {
		peer_reset(peer);
	} else if (peer && file->tcp) {
		peer->rcv_shut = true;
		file_wake(peer, 0);
	} else if (peer) {
		hang_up(peer, 0);
	}
	stream_end(file);
}

void stream_reset(struct file *file)
{
	if (file->peer)
		peer_reset(file->peer);
	stream_end(file);
}

/* ---- listening and dialling ------------------------------------------------------------------ */

#define LISTENERS_MOST 32

static struct file *listeners[LISTENERS_MOST];

struct file *listener_at(const char *name)
{
	for (unsigned i = 0; i < LISTENERS_MOST; i++) {
		if (listeners[i] && listeners[i]->name && strcmp(listeners[i]->name, name) == 0)
			return listeners[i];
	}
	return NULL;
}

void sockets_add(struct file *file, const char *name);
void sockets_remove(struct file *file);
void sockets_rename(const char *from, const char *to);

static char *copy_of(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(sim_alloc(size), text, size);
}

void sockets_add(struct file *file, const char *name)
{
	for (unsigned i = 0; i < LISTENERS_MOST; i++) {
		if (listeners[i])
			continue;
		listeners[i] = file;
		file->name = copy_of(name);
		return;
	}
	sim_fail("too many listeners");
}

/* Its name is gone; with NULL of a name that nobody has, nothing is. */
void sockets_rename(const char *from, const char *to)
{
	struct file *file = listener_at(from), *old = to ? listener_at(to) : NULL;

	if (old) {
		sim_free(old->name);
		old->name = NULL;
	}
	if (!file)
		return;
	sim_free(file->name);
	file->name = to ? copy_of(to) : NULL;
}

void sockets_remove(struct file *file)
{
	for (unsigned i = 0; i < LISTENERS_MOST; i++) {
		if (listeners[i] == file)
			listeners[i] = NULL;
	}
	for (unsigned i = 0; i < file->waiting; i++)
		stream_reset(file->queue[i]);
	sim_free(file->name);
	sim_free(file);
}

struct file *stream_dial(const char *name, bool tcp, uint32_t uid, int *ret_error)
{
	struct file *listener = listener_at(name), *ends[2];

	if (!listener || !listener->listening) {
		sim_faults++;
		*ret_error = ECONNREFUSED;
		return NULL;
	}
	if (listener->waiting == BACKLOG_MOST) {
		*ret_error = EAGAIN;
		return NULL;
	}
	stream_pair(ends, tcp, sim_size(knobs.cap_least, knobs.cap_most),
	    sim_size(knobs.cap_least, knobs.cap_most));
	ends[1]->uid = uid;
	listener->queue[listener->waiting++] = ends[1];
	file_wake(listener, EPOLLIN);
	return ends[0];
}

#define DIALS_MOST 256

static struct dial {
	struct file *file;
	char name[64];
} dials[DIALS_MOST];

void dial_later(struct file *file, const char *name)
{
	for (unsigned i = 0; i < DIALS_MOST; i++) {
		if (dials[i].file)
			continue;
		dials[i].file = file;
		file->refs++; /* ours */
		file->connecting = true;
		(void)snprintf(dials[i].name, sizeof(dials[i].name), "%s", name);
		return;
	}
	sim_fail("too many connections are being made");
}

static void dial_finish(struct dial *dial)
{
	struct file *file = dial->file, *end;
	int error = 0;

	dial->file = NULL;
	file->refs--;
	file->connecting = false;
	if (file->refs == 0) { /* closed meanwhile */
		stream_end(file);
		return;
	}
	end = stream_dial(dial->name, true, 0, &error);
	if (!end) {
		hang_up(file, ECONNREFUSED);
		return;
	}
	struct file *peer = end->peer;

	join(file, peer);
	file->cap = end->cap;
	sim_free(end);
	file_wake(file, 0);
}

bool dials_go_on(void)
{
	for (unsigned i = 0; i < DIALS_MOST; i++) {
		if (!dials[i].file)
			continue;
		dial_finish(&dials[i]);
		return true;
	}
	return false;
}

/* ---- closing --------------------------------------------------------------------------------- */

static void pipe_close_end(struct file *file)
{
	if (file->peer) {
		file->peer->peer = NULL;
		file_wake(file->peer, 0);
	}
	bytes_free(&file->in);
	sim_free(file);
}

static void file_close(struct file *file)
{
	switch (file->kind) {
	case FILE_STREAM:
		stream_close(file);
		return;
	case FILE_LISTENER:
		sockets_remove(file);
		return;
	case FILE_PIPE:
		pipe_close_end(file);
		return;
	case FILE_EPOLL:
	case FILE_EVENT:
	case FILE_DISK:
	case FILE_DATAGRAM:
		sim_free(file);
	}
}

int fd_close(int fd)
{
	struct file *file = fd_file(fd);

	table[fd - SIM_FD_FIRST] = NULL;
	open_count--;
	if (--file->refs > 0)
		return 0;
	if (file->epoll && file->ready)
		ready_remove(file);
	file->epoll = NULL;
	file_close(file);
	return 0;
}

void kernel_begin(unsigned descriptors)
{
	limit = descriptors;
}

void kernel_end(void)
{
	for (unsigned i = 0; i < SIM_FD_MOST; i++) {
		if (table[i])
			sim_fail("descriptor %u is left open (kind %d)", SIM_FD_FIRST + i,
			    (int)table[i]->kind);
	}
	while (dials_go_on())
		;
}
