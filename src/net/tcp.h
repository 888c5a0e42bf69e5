/* SPDX-License-Identifier: Apache-2.0 */
/* TCP sockets: without delay for small pieces, and with probes, so that a peer that is gone without
 * a word is found out. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include "base/error.h"
#include "base/ip.h"

struct tcp_target {
	struct ip ip;
	unsigned port;
};

/* Binds and listens; |ip| without an address is every address of the machine, of IPv4 and IPv6.
 * Returns a non-blocking descriptor, or -1 with |err|. */
MUST_CHECK int tcp_listen(const struct tcp_target *at, struct error *err);

/* Gives a TCP socket the properties of ours; those of a listening one go over to its clients. */
void tcp_tune(int fd);

/* Starts to connect. Returns a non-blocking descriptor that may not be connected yet, or -1 with
 * errno. */
MUST_CHECK int tcp_dial(const struct tcp_target *to);

/* The addresses of |host|, an address or a name, which may take a while to look up. Returns their
 * number, at most |most|, or -1 with |err|. */
MUST_CHECK int tcp_resolve(const char *host, struct ip *ret_ips, int most, struct error *err);

#endif
