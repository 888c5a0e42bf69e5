/* SPDX-License-Identifier: Apache-2.0 */
#include "http/header.h"

#include <strings.h>

#define LONGEST_NAME 17
#define MOST_OF_ONE_LENGTH 2

/* Rows by the length of their name: most headers of a request are told apart by that alone. */
static const struct http_known by_length[LONGEST_NAME + 1][MOST_OF_ONE_LENGTH + 1] = {
    [2] = {{"te", ROLE_HOP, HEADER_OTHER}},
    [4] = {{"host", ROLE_HOST, HEADER_HOST}},
    [6] = {{"expect", ROLE_EXPECT, HEADER_EXPECT}},
    [7] = {{"upgrade", ROLE_UPGRADE, HEADER_UPGRADE}, {"trailer", ROLE_HOP, HEADER_OTHER}},
    [10] = {{"connection", ROLE_HOP, HEADER_CONNECTION}, {"keep-alive", ROLE_HOP, HEADER_OTHER}},
    [12] = {{"content-type", ROLE_CONTENT_TYPE, HEADER_CONTENT_TYPE}},
    [13] = {{"authorization", ROLE_SECRET, HEADER_OTHER}},
    [14] = {{"content-length", ROLE_FRAMING, HEADER_CONTENT_LENGTH},
	{"http2-settings", ROLE_HOP, HEADER_OTHER}},
    [15] = {{"x-registry-auth", ROLE_SECRET, HEADER_OTHER}},
    [16] = {{"content-encoding", ROLE_FORWARD, HEADER_CONTENT_ENCODING}},
    [17] = {{"transfer-encoding", ROLE_FRAMING, HEADER_TRANSFER_ENCODING},
	{"x-registry-config", ROLE_SECRET, HEADER_OTHER}},
};

/* For names in no row above, by how they begin. */
static const struct http_known by_prefix[] = {
    {"x-meta-", ROLE_META, HEADER_OTHER},
    {"x-registry-", ROLE_DROP, HEADER_OTHER},
    {"proxy-", ROLE_HOP, HEADER_OTHER},
};

static const struct http_known unknown = {"", ROLE_FORWARD, HEADER_OTHER};

static const struct http_known *find_prefix(struct span name)
{
	for (size_t i = 0; i < sizeof(by_prefix) / sizeof(by_prefix[0]); i++) {
		size_t len = strlen(by_prefix[i].name);

		if (name.len >= len && strncasecmp(name.at, by_prefix[i].name, len) == 0)
			return &by_prefix[i];
	}
	return &unknown;
}

const struct http_known *http_header_find(struct span name)
{
	if (name.len == 0)
		return &unknown;
	char first = (char)(name.at[0] | ('a' ^ 'A'));

	if (name.len <= LONGEST_NAME) {
		for (const struct http_known *row = by_length[name.len]; row->name; row++) {
			if (first == row->name[0] && strncasecmp(name.at, row->name, name.len) == 0)
				return row;
		}
	}
	return first == 'x' || first == 'p' ? find_prefix(name) : &unknown;
}
