/* SPDX-License-Identifier: Apache-2.0 */
/* How OpenSSL reaches the socket: as plain streams do, with what the events told. A socket that is
 * known to be empty is not read again, and what is written in several records goes together. */
#include "net/tls.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

static BIO_METHOD *method;

/* As in io.c: a read that got less than it asked for has emptied the socket. One that failed has
 * not: no further event would tell of it. */
static int socket_read(BIO *bio, char *into, int size)
{
	struct io *io = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (io->empty) {
		BIO_set_retry_read(bio);
		return -1;
	}
	do
		n = recv(io->fd, into, (size_t)size, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n == 0 && io->reset) {
		n = -1;
		errno = ECONNRESET;
	}
	if (n == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	bool drained = n > 0 ? n < size && !io->peer_shut : n < 0 && errno == EAGAIN;

	if (n < 0 && drained)
		BIO_set_retry_read(bio);
	io->empty = drained;
	return (int)n;
}

static int socket_write(BIO *bio, const char *from, int size)
{
	struct io *io = BIO_get_data(bio);
	int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (io->more ? MSG_MORE : 0);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	do
		n = send(io->fd, from, (size_t)size, flags);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		BIO_set_retry_write(bio);
	else if (n < 0)
		io->reset |= errno == ECONNRESET;
	return (int)n;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return command == BIO_CTRL_FLUSH;
}

bool tls_socket_init(void)
{
	if (method)
		return true;
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
	return method && BIO_meth_set_read(method, socket_read) == 1 &&
	       BIO_meth_set_write(method, socket_write) == 1 &&
	       BIO_meth_set_ctrl(method, socket_control) == 1;
}

bool tls_socket_attach(struct ssl_st *ssl, struct io *io)
{
	BIO *bio = BIO_new(method);

	if (!bio)
		return false;
	BIO_set_data(bio, io);
	BIO_set_init(bio, 1);
	SSL_set_bio(ssl, bio, bio);
	return true;
}
