/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ip.h"

#include <arpa/inet.h>

#define BYTE_BITS 8u

static const unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct ip ip_from(const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	struct ip ip = {.len = 0};

	if (len == IP_V6_BYTES && memcmp(at, mapped, sizeof(mapped)) == 0) {
		at += sizeof(mapped);
		len = IP_V4_BYTES;
	}
	if (len != IP_V4_BYTES && len != IP_V6_BYTES)
		return ip;
	memcpy(ip.bytes, at, len);
	ip.len = (unsigned)len;
	return ip;
}

/* |ret_v6|: in which spelling. */
static bool parse(struct span text, bool *ret_v6, struct ip *ret_ip)
{
	char copy[IP_TEXT_MAX];
	unsigned char bytes[IP_V6_BYTES];
	bool v6;

	if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.at, 0, text.len))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	v6 = memchr(copy, ':', text.len) != NULL;
	if (inet_pton(v6 ? AF_INET6 : AF_INET, copy, bytes) != 1)
		return false;
	*ret_ip = ip_from(bytes, v6 ? IP_V6_BYTES : IP_V4_BYTES);
	*ret_v6 = v6;
	return true;
}

bool ip_parse_mapped(struct span text, struct ip *ret_ip)
{
	bool v6;

	return parse(text, &v6, ret_ip);
}

/* Decimal, octal behind a 0, or hexadecimal behind 0x. */
static bool read_part(struct span text, uint64_t *ret_part)
{
	bool hex = span_cut_prefix(&text, SPAN("0x")) || span_cut_prefix(&text, SPAN("0X"));
	unsigned base = hex ? 16 : text.len > 1 && text.at[0] == '0' ? 8 : 10;
	uint64_t part = 0;

	for (size_t i = 0; i < text.len; i++) {
		int digit = hex_value(text.at[i]);

		if (digit < 0 || (unsigned)digit >= base || part > UINT32_MAX)
			return false;
		part = part * base + (unsigned)digit;
	}
	*ret_part = part;
	return text.len > 0;
}

bool ip_parse_loose(struct span text, struct ip *ret_ip)
{
	unsigned char bytes[IP_V4_BYTES];
	uint64_t part, address = 0;
	unsigned left = IP_V4_BYTES; /* bytes, which the last part fills */
	struct span rest = text;

	if (ip_parse_mapped(text, ret_ip))
		return true;
	if (text.len == 0)
		return false;
	while (rest.at) {
		if (left == 0 || !read_part(span_cut(rest, '.', &rest), &part) ||
		    part >> BYTE_BITS * (rest.at ? 1 : left))
			return false;
		address |= part << BYTE_BITS * (rest.at ? left - 1 : 0);
		left--;
	}
	for (unsigned i = 0; i < IP_V4_BYTES; i++)
		bytes[i] = (unsigned char)(address >> BYTE_BITS * (IP_V4_BYTES - 1 - i));
	*ret_ip = ip_from(bytes, sizeof(bytes));
	return true;
}

bool ip_parse(struct span text, struct ip *ret_ip)
{
	struct ip ip;
	bool v6;

	if (!parse(text, &v6, &ip) || (v6 && ip.len != IP_V6_BYTES))
		return false;
	*ret_ip = ip;
	return true;
}

struct ip ip_prefix(const struct ip *ip, unsigned bits)
{
	struct ip prefix = *ip;

	for (unsigned i = bits; i < ip->len * BYTE_BITS; i++)
		prefix.bytes[i / BYTE_BITS] &= (unsigned char)~(0x80u >> i % BYTE_BITS);
	return prefix;
}

int ip_range_parse(struct span text, struct ip_range *ret_range, struct error *err)
{
	struct ip_range range;
	struct span bits_text;
	uint64_t bits;

	if (!ip_parse(span_cut(text, '/', &bits_text), &range.ip))
		return error_set(err,
		    "\"%.*s\" is not an address; write 192.0.2.0/24, 2001:db8::/32 or one address",
		    (int)text.len, text.at);
	bits = range.ip.len * BYTE_BITS;
	if (bits_text.at && !span_to_uint(bits_text, bits, &bits))
		return error_set(err, "\"%.*s\": behind the / stands a number of bits, at most %u",
		    (int)text.len, text.at, range.ip.len * BYTE_BITS);
	range.bits = (unsigned)bits;
	struct ip first = ip_prefix(&range.ip, range.bits);

	if (!ip_equal(&first, &range.ip))
		return error_set(err,
		    "\"%.*s\" has bits set behind the first %u; a range begins with its first "
		    "address",
		    (int)text.len, text.at, range.bits);
	*ret_range = range;
	return 0;
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return a->len != 0 && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool ip_in_range(const struct ip *ip, const struct ip_range *range)
{
	unsigned whole = range->bits / BYTE_BITS, rest = range->bits % BYTE_BITS;

	if (ip->len == 0 || ip->len != range->ip.len ||
	    memcmp(ip->bytes, range->ip.bytes, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	return ((ip->bytes[whole] ^ range->ip.bytes[whole]) >> (BYTE_BITS - rest)) == 0;
}

const char *ip_format(const struct ip *ip, char into[static IP_TEXT_MAX])
{
	into[0] = '\0';
	if (ip->len)
		(void)inet_ntop(
		    ip->len == IP_V4_BYTES ? AF_INET : AF_INET6, ip->bytes, into, IP_TEXT_MAX);
	return into;
}
