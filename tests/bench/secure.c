/* SPDX-License-Identifier: Apache-2.0 */
#include "secure.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>

#include "wire.h"

#define CIPHER "TLS_AES_128_GCM_SHA256"
#define PATH_SIZE 256

static SSL_CTX *context;

static void must(long result, const char *what)
{
	if (result != 1)
		wire_die("%s: %s", what, ERR_reason_error_string(ERR_peek_error()));
}

void secure_init(const char *dir)
{
	char cert[PATH_SIZE], key[PATH_SIZE], ca[PATH_SIZE];

	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	context = SSL_CTX_new(TLS_client_method());
	if (!context)
		wire_die("out of memory");
	must(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION), "TLS 1.3");
	must(SSL_CTX_set_ciphersuites(context, CIPHER), CIPHER);
	must(SSL_CTX_use_certificate_chain_file(context, cert), cert);
	must(SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM), key);
	must(SSL_CTX_load_verify_file(context, ca), ca);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(context, 1);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
}

SSL *secure_begin(int fd)
{
	SSL *ssl = SSL_new(context);

	if (!ssl || SSL_set_fd(ssl, fd) != 1)
		wire_die("out of memory");
	SSL_set_connect_state(ssl);
	return ssl;
}

static ssize_t result_of(SSL *ssl, int result, size_t len)
{
	if (result == 1)
		return (ssize_t)len;
	switch (SSL_get_error(ssl, result)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	default:
		wire_die("TLS: %s", ERR_reason_error_string(ERR_peek_error()));
	}
}

ssize_t secure_send(SSL *ssl, const void *from, size_t len)
{
	size_t sent = 0;

	ERR_clear_error();
	int result = SSL_write_ex(ssl, from, len, &sent);

	return result_of(ssl, result, sent);
}

ssize_t secure_recv(SSL *ssl, void *into, size_t size)
{
	size_t got = 0;

	ERR_clear_error();
	int result = SSL_read_ex(ssl, into, size, &got);

	return result_of(ssl, result, got);
}

bool secure_waits(const SSL *ssl)
{
	return SSL_in_init(ssl) && SSL_want_read(ssl);
}

bool secure_has_more(const SSL *ssl)
{
	return SSL_has_pending(ssl) == 1;
}

void secure_end(SSL *ssl)
{
	ERR_clear_error();
	if (!SSL_in_init(ssl))
		(void)SSL_shutdown(ssl);
	SSL_free(ssl);
}
