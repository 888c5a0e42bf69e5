/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator's end of TLS: mutual, 1.3, one cipher, nothing resumed; the same for whatever
 * is measured. */
#ifndef BENCH_SECURE_H
#define BENCH_SECURE_H

#include <stdbool.h>
#include <sys/types.h>

struct ssl_st;

/* |dir| has cert.pem, key.pem and ca.pem. */
void secure_init(const char *dir);

/* The client's end at |fd|; it shakes hands with the first bytes sent. */
struct ssl_st *secure_begin(int fd);

/* As send() and recv(). */
ssize_t secure_send(struct ssl_st *ssl, const void *from, size_t len);
ssize_t secure_recv(struct ssl_st *ssl, void *into, size_t size);

/* True when the handshake, rather than room, is what a send waits for. */
bool secure_waits(const struct ssl_st *ssl);

/* True when there is more to be read without the socket. */
bool secure_has_more(const struct ssl_st *ssl);

/* Says farewell. */
void secure_end(struct ssl_st *ssl);

#endif
