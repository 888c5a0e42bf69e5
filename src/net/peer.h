/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a stream, as far as the kernel and its certificate tell. */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/ip.h"
#include "net/io.h"

#define PEER_DIGEST_BYTES 32u /* SHA-256 */

enum peer_name_kind { PEER_CN, PEER_DNS, PEER_URI, PEER_IP };

/* A name that the peer's certificate, which was checked, is for. */
struct peer_name {
	enum peer_name_kind kind;
	char *text;   /* of PEER_IP too */
	struct ip ip; /* of PEER_IP */
};

struct peer {
	int64_t pid, uid, gid; /* of a unix socket's; else -1 */
	gid_t *groups;         /* supplementary ones */
	size_t group_count;
	struct ip ip; /* of a TCP socket's */
	bool has_certificate;
	unsigned char digest[PEER_DIGEST_BYTES]; /* of it */
	struct peer_name *names;
	size_t name_count;
};

/* Reads all of it. Returns 0; or -1 when something could not be found out, and then the peer is to
 * be trusted with nothing. */
MUST_CHECK int peer_read(struct peer *ret_peer, const struct io *io);

/* The cheap part, for logs: process and address, not to be freed. */
struct peer peer_glance(int fd);

/* Our own address of a TCP connection; none of another one. */
struct ip peer_local(int fd);

void peer_free(struct peer *peer);

#endif
