/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* Lead byte ranges with the range of their second byte (RFC 3629, section 4). */
static const struct {
	unsigned char first, last, low, high, length;
} leads[] = {
    {0x00, 0x7f, 0x00, 0x00, 1},
    {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3},
    {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool rest_is_valid(struct span text, size_t length, unsigned char low, unsigned char high)
{
	if (text.len < length)
		return false;
	for (size_t i = 1; i < length; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if (byte < (i == 1 ? low : 0x80) || byte > (i == 1 ? high : 0xbf))
			return false;
	}
	return true;
}

size_t utf8_length(struct span text)
{
	unsigned char lead = text.len ? (unsigned char)text.at[0] : 0xff;

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		if (lead < leads[i].first || lead > leads[i].last)
			continue;
		bool valid = rest_is_valid(text, leads[i].length, leads[i].low, leads[i].high);

		return valid ? leads[i].length : 0;
	}
	return 0;
}

char *utf8_write(char *to, uint32_t code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		*to++ = (char)(0xe0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	} else {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3f));
		*to++ = (char)(0x80 | (code >> 6 & 0x3f));
		*to++ = (char)(0x80 | (code & 0x3f));
	}
	return to;
}
