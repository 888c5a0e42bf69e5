/* SPDX-License-Identifier: Apache-2.0 */
/* Internet addresses and ranges of them. An IPv4 address that came by an IPv6 socket is the IPv4
 * address, so that no rule can be passed by the other spelling. */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/error.h"
#include "base/span.h"

#define IP_V4_BYTES 4u
#define IP_V6_BYTES 16u
#define IP_TEXT_MAX 46u /* with a NUL */

struct ip {
	unsigned char bytes[IP_V6_BYTES]; /* the first |len| count, the others are 0 */
	unsigned len;                     /* IP_V4_BYTES, IP_V6_BYTES, or 0: none */
};

struct ip_range {
	struct ip ip;
	unsigned bits; /* of the prefix */
};

/* Takes |len| bytes of an address in network order; mapped IPv4 becomes IPv4. |len| other than 4
 * and 16 gives none. */
struct ip ip_from(const void *bytes, size_t len);

/* Reads "192.0.2.1" or "2001:db8::1", without a zone and without brackets. IPv4 in IPv6's spelling
 * is refused. */
bool ip_parse(struct span text, struct ip *ret_ip);

/* The same, where IPv4 in IPv6's spelling is the IPv4 address. */
bool ip_parse_mapped(struct span text, struct ip *ret_ip);

/* The same, and what inet_aton() takes for IPv4: "127.1", "0x7f000001", "0177.0.0.1". */
bool ip_parse_loose(struct span text, struct ip *ret_ip);

/* Reads an address or ADDRESS/BITS without bits set behind the prefix. */
MUST_CHECK int ip_range_parse(struct span text, struct ip_range *ret_range, struct error *err);

/* |ip| with all bits off behind the first |bits|. */
struct ip ip_prefix(const struct ip *ip, unsigned bits);

bool ip_equal(const struct ip *a, const struct ip *b);
bool ip_in_range(const struct ip *ip, const struct ip_range *range);

/* The shortest spelling; "" for none. Returns |into|. */
const char *ip_format(const struct ip *ip, char into[static IP_TEXT_MAX]);

#endif
