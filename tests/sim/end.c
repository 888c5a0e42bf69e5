/* SPDX-License-Identifier: Apache-2.0 */
/* One end of a connection as clients and the daemon have it, plain or by TLS. */
#include "sim.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

SSL *tls_client_new(void);
SSL *tls_server_new(void);

#define RAW_PIECE 4096

void end_open(struct end *end, struct file *file, bool tls)
{
	*end = (struct end){.file = file};
	if (!tls)
		return;
	end->ssl = tls_client_new();
	SSL_set_bio(end->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(end->ssl);
}

/* The same for whoever is dialled. */
void end_open_served(struct end *end, struct file *file, bool tls)
{
	*end = (struct end){.file = file};
	if (!tls)
		return;
	end->ssl = tls_server_new();
	SSL_set_bio(end->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_accept_state(end->ssl);
}

/* What the far side must not be told of any more is dropped. */
static bool flush_raw(struct end *end, size_t most)
{
	struct bytes *raw = end->ssl ? &end->raw : &end->out;
	size_t len = bytes_len(raw) < most ? bytes_len(raw) : most;

	if (len == 0 || end->mute)
		return false;
	ssize_t n = stream_send(end->file, raw->at + raw->begin, len);

	if (n == -EAGAIN)
		return false;
	if (n < 0) {
		end->mute = true;
		end->was_reset = n == -ECONNRESET; /* a read will not tell again */
		return true;
	}
	(void)bytes_take(raw, NULL, (size_t)n);
	return true;
}

static void take_records(struct end *end)
{
	char piece[RAW_PIECE];
	int n;

	while ((n = BIO_read(SSL_get_wbio(end->ssl), piece, sizeof(piece))) > 0)
		bytes_add(&end->raw, piece, (size_t)n);
}

static bool encrypt(struct end *end)
{
	size_t len = bytes_len(&end->out), n = 0;

	ERR_clear_error();
	if (!SSL_is_init_finished(end->ssl)) {
		(void)SSL_do_handshake(end->ssl);
	} else if (len > 0 && bytes_len(&end->raw) < 65536) {
		if (SSL_write_ex(
			end->ssl, end->out.at + end->out.begin, len > 16384 ? 16384 : len, &n) == 1)
			(void)bytes_take(&end->out, NULL, n);
	}
	take_records(end);
	return n > 0;
}

bool end_write(struct end *end, size_t most)
{
	bool did = end->ssl && !end->mute && encrypt(end);

	if (flush_raw(end, most))
		did = true;
	end->greeted |=
	    end->ssl && !end->mute && SSL_is_init_finished(end->ssl) && !bytes_len(&end->raw);
	if (end->mute) {
		bytes_free(&end->out);
		bytes_free(&end->raw);
	}
	return did;
}

static ssize_t over(struct end *end, bool clean)
{
	end->clean = clean && (end->ssl || !end->was_reset);
	end->broken = !end->clean;
	return -1;
}

static ssize_t read_tls(struct end *end, void *into, size_t size)
{
	char piece[RAW_PIECE];
	size_t n;
	ssize_t raw =
	    stream_recv(end->file, piece, size < sizeof(piece) ? size : sizeof(piece), false);

	end->was_reset = end->was_reset || raw == -ECONNRESET;
	if (raw > 0)
		(void)BIO_write(SSL_get_rbio(end->ssl), piece, (int)raw);
	ERR_clear_error();
	int result = SSL_read_ex(end->ssl, into, size, &n);

	take_records(end);
	if (result == 1)
		return (ssize_t)n;
	int error = SSL_get_error(end->ssl, result);

	if (error == SSL_ERROR_ZERO_RETURN)
		return over(end, true);
	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		return over(end, false);
	if (raw == 0) /* Go's takes that for an end between two records */
		return over(end, end->as_go && !end->was_reset && !SSL_has_pending(end->ssl));
	if (raw < 0 && raw != -EAGAIN)
		return over(end, false);
	return raw > 0 ? -2 : 0;
}

/* -2 is for "some was read, but nothing of it is for us". */
ssize_t end_read(struct end *end, void *into, size_t size)
{
	if (end->clean || end->broken)
		return -1;
	if (end->ssl)
		return read_tls(end, into, size);
	ssize_t n = stream_recv(end->file, into, size, false);

	if (n > 0)
		return n;
	if (n == -EAGAIN)
		return 0;
	return over(end, n == 0);
}

void end_shut(struct end *end)
{
	end->shut = true;
	if (!end->ssl) {
		stream_shut(end->file);
		return;
	}
	if (SSL_is_init_finished(end->ssl))
		(void)SSL_shutdown(end->ssl);
	take_records(end);
}

static void leave(struct end *end)
{
	SSL_free(end->ssl);
	bytes_free(&end->out);
	bytes_free(&end->raw);
	end->ssl = NULL;
	end->file = NULL;
}

void end_close(struct end *end)
{
	if (!end->file)
		return;
	if (end->ssl && !end->shut && !end->broken)
		end_shut(end);
	while (end->ssl && flush_raw(end, SIZE_MAX))
		;
	stream_close(end->file);
	leave(end);
}

void end_reset(struct end *end)
{
	if (!end->file)
		return;
	stream_reset(end->file);
	leave(end);
}
