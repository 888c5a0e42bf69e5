/* SPDX-License-Identifier: Apache-2.0 */
/* TLS by OpenSSL: 1.2 and 1.3, HTTP/1.1 only. Nothing is resumed: each connection shows and checks
 * certificates anew, so that one that was revoked or has expired ends there. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/error.h"
#include "net/io.h"

struct peer;
struct tls_context;

/* False, with |err| (may be NULL), in a program that was built without OpenSSL. */
bool tls_is_built_in(struct error *err);

/* Paths of PEM files; NULL: none. */
struct tls_files {
	const char *cert,
	    *key;        /* ours, with what is between it and its authority; a pair or none */
	const char *ca;  /* what the peer's certificate must come from */
	const char *crl; /* revocation lists, one for each authority; without one no peer is good */
};

/* Of clients' certificates. */
enum tls_verify {
	TLS_VERIFY_REQUIRE,
	TLS_VERIFY_OPTIONAL, /* none is fine, a bad one is not */
	TLS_VERIFY_NONE,
};

/* Reads the files for one side. NULL with |err|; whatever context there was before stays good, as
 * do the streams made by it. */
struct tls_context *tls_context_for_clients(
    const struct tls_files *files, enum tls_verify verify, struct error *err);

/* |name|: the name or address that the server's certificate must be for. */
struct tls_context *tls_context_for_server(
    const struct tls_files *files, const char *name, struct error *err);

/* Shares it, also with other threads; each gives it back by tls_context_free(). */
struct tls_context *tls_context_ref(struct tls_context *context);

/* Streams made by it live on. NULL is fine. */
void tls_context_free(struct tls_context *context);

extern const struct io_ops io_tls;

/* For a stream that was opened with io_tls: makes it one end of TLS. Then io_establish() shakes
 * hands. Returns 0, or -1 when memory is out. */
MUST_CHECK int tls_begin(struct io *io, const struct tls_context *context);

/* Why io_establish() has just broken, and whether for want of a good certificate. */
bool tls_failure(const struct io *io, struct error *ret_why);

/* True when |io|, which may have begun under an earlier context or without TLS, would be let in by
 * |context| today. */
MUST_CHECK bool tls_admits(const struct tls_context *context, const struct io *io);

/* For net/peer.h: what the peer's certificate says. Returns 0 or -1. */
MUST_CHECK int tls_read_peer(const struct io *io, struct peer *peer);

/* For the files of net/: contexts and streams. */
struct ssl_ctx_st *tls_context_raw(const struct tls_context *context);
bool tls_context_is_server(const struct tls_context *context);

/* Before the first stream. False when memory is out. */
MUST_CHECK bool tls_socket_init(void);

/* Gives |ssl| the socket of |io|, which must stay where it is. False when memory is out. */
MUST_CHECK bool tls_socket_attach(struct ssl_st *ssl, struct io *io);

#endif
