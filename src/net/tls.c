/* SPDX-License-Identifier: Apache-2.0 */
/* A stream by TLS. Bytes may wait inside OpenSSL, so `readable` stays on until it says that it
 * wants more from the socket; and either direction may have to wait for the other one's event. */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "base/room.h"
#include "base/ip.h"

#define RECORD_MOST 16384u /* bytes of one record */

/* Tells the server which name is wanted of it. */
static bool name_server(SSL *ssl)
{
	union {
		const char *in;
		void *out;
	} name = {.in = X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 0)};

	return !name.in || SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
			       name.out) == 1;
}

int tls_begin(struct io *io, const struct tls_context *context)
{
	bool server = tls_context_is_server(context);
	SSL *ssl = SSL_new(tls_context_raw(context));

	if (!ssl)
		return -1;
	if (!tls_socket_attach(ssl, io) || (!server && !name_server(ssl))) {
		SSL_free(ssl);
		return -1;
	}
	if (server)
		SSL_set_accept_state(ssl);
	else
		SSL_set_connect_state(ssl);
	io->ssl = ssl;
	return 0;
}

/* Notes what OpenSSL waits for. False when the stream is broken. */
static bool must_wait(struct io *io, int result)
{
	switch (SSL_get_error(io->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		io->readable = false;
		return true;
	case SSL_ERROR_WANT_WRITE:
		io->writable = false;
		return io_wait_writable(io, true);
	default:
		return false;
	}
}

static enum io_progress tls_establish(struct io *io)
{
	ERR_clear_error();
	int result = SSL_do_handshake(io->ssl);

	if (result == 1) {
		io->readable = true; /* what came with it is inside */
		return io->waiting && !io_wait_writable(io, false) ? IO_BROKEN : IO_ESTABLISHED;
	}
	if (must_wait(io, result))
		return IO_UNDER_WAY;
	(void)io_break(io);
	return IO_BROKEN;
}

/* What a read that brought nothing means. */
static ssize_t nothing_read(struct io *io, int result)
{
	if (SSL_get_error(io->ssl, result) == SSL_ERROR_ZERO_RETURN) {
		io->eof = io->peer_shut = true;
		io->readable = false;
		return 0;
	}
	if (!must_wait(io, result))
		return io_break(io);
	io->crossed = !io->writable;
	io->readable = false;
	return IO_AGAIN;
}

/* What came before the end is handed out first; OpenSSL need not tell of the end a second time. */
static void put_off_end(struct io *io, ssize_t ended)
{
	if (ended == IO_AGAIN)
		return;
	io->end_waits = ended == 0;
	io->break_waits = ended != 0;
	io->eof = io->failed = false;
	io->readable = true;
}

static ssize_t tell_end(struct io *io)
{
	if (io->break_waits)
		return io_break(io);
	io->eof = true;
	io->readable = false;
	return 0;
}

static ssize_t tls_recv(struct io *io, void *into, size_t size)
{
	size_t total = 0, n;

	if (io->end_waits || io->break_waits)
		return tell_end(io);
	while (total < size) {
		ERR_clear_error();
		int result = SSL_read_ex(io->ssl, (char *)into + total, size - total, &n);

		if (result == 1) {
			total += n;
			if (!io->empty || SSL_has_pending(io->ssl))
				continue;
			io->readable = false;
			break;
		}
		ssize_t ended = nothing_read(io, result);

		if (total == 0)
			return ended;
		put_off_end(io, ended);
		break;
	}
	return (ssize_t)total;
}

/* ---- writing -----------------------------------------------------------------------------------
 */

/* A place in |parts|. */
struct cursor {
	const struct iovec *parts;
	int count;
	size_t at; /* in the first one */
};

static void advance(struct cursor *cursor, size_t bytes)
{
	cursor->at += bytes;
	while (cursor->count > 0 && cursor->at >= cursor->parts->iov_len) {
		cursor->at -= cursor->parts->iov_len;
		cursor->parts++;
		cursor->count--;
	}
}

/* The bytes at |cursor|: as they are when they fill a record, are the last, or memory is out; else
 * gathered. */
static struct span next_bytes(const struct cursor *cursor)
{
	struct cursor from = *cursor;
	size_t first = from.parts->iov_len - from.at, total = 0;
	bool alone = first >= RECORD_MOST || from.count == 1;
	char *gathered = alone ? NULL : room_of_thread(ROOM_RECORD, RECORD_MOST);

	if (!gathered)
		return (struct span){(const char *)from.parts->iov_base + from.at, first};
	while (from.count > 0 && total < RECORD_MOST) {
		size_t take = from.parts->iov_len - from.at, room = RECORD_MOST - total;

		if (take > room)
			take = room;
		memcpy(gathered + total, (const char *)from.parts->iov_base + from.at, take);
		total += take;
		advance(&from, take);
	}
	return (struct span){gathered, total};
}

static size_t size_of(const struct iovec *parts, int count)
{
	size_t size = 0;

	for (int i = 0; i < count; i++)
		size += parts[i].iov_len;
	return size;
}

/* A write that must wait is tried again with the same bytes at its front: what is not taken stays
 * first in line with whoever called. */
static ssize_t tls_send(struct io *io, const struct iovec *parts, int count)
{
	size_t left = size_of(parts, count), n;
	struct cursor cursor = {parts, count, 0};
	size_t total = 0;

	advance(&cursor, 0);
	while (cursor.count > 0) {
		struct span bytes = next_bytes(&cursor);

		ERR_clear_error();
		io->more = left - total > RECORD_MOST;
		int result = SSL_write_ex(io->ssl, bytes.at, bytes.len, &n);

		if (result != 1) {
			if (!must_wait(io, result))
				return io_break(io);
			io->crossed = io->crossed || io->writable;
			io->writable = false;
			return total > 0 ? (ssize_t)total : IO_AGAIN;
		}
		total += n;
		advance(&cursor, n);
	}
	if (io->waiting && !io->crossed)
		(void)io_wait_writable(io, false);
	return (ssize_t)total;
}

/* ---- the end -----------------------------------------------------------------------------------
 */

static void tls_shut(struct io *io)
{
	ERR_clear_error();
	io->shut_waits = false;
	if (io->failed || io->break_waits || SSL_in_init(io->ssl))
		return;
	int result = SSL_shutdown(io->ssl);

	if (result < 0 && SSL_get_error(io->ssl, result) == SSL_ERROR_WANT_WRITE) {
		io->shut_waits = true;
		io->writable = false;
		(void)io_wait_writable(io, true);
	}
}

static bool tls_at_end(struct io *io)
{
	char byte;
	size_t n;

	if (io->end_waits || io->break_waits) {
		(void)tell_end(io);
		return true;
	}
	ERR_clear_error();
	int result = SSL_peek_ex(io->ssl, &byte, 1, &n);

	return result != 1 && nothing_read(io, result) != IO_AGAIN;
}

static void tls_close(struct io *io)
{
	if (!io->ssl)
		return;
	if (!io->shut)
		tls_shut(io); /* else the peer must think that something was cut off */
	SSL_free(io->ssl);
	io->ssl = NULL;
}

const struct io_ops io_tls = {
    .recv = tls_recv,
    .send = tls_send,
    .shut = tls_shut,
    .at_end = tls_at_end,
    .establish = tls_establish,
    .close = tls_close,
    .plain = false,
};

bool tls_failure(const struct io *io, struct error *ret_why)
{
	unsigned long code = ERR_peek_error();
	long verified = io->ssl ? SSL_get_verify_result(io->ssl) : X509_V_OK;
	const char *why = ERR_reason_error_string(code);

	if (verified != X509_V_OK) {
		(void)error_set(
		    ret_why, "certificate: %s", X509_verify_cert_error_string(verified));
		return true;
	}
	(void)error_set(ret_why, "%s", why ? why : "the connection was closed");
	return ERR_GET_LIB(code) == ERR_LIB_SSL &&
	       ERR_GET_REASON(code) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
}
