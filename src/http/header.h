/* SPDX-License-Identifier: Apache-2.0 */
/* The header names that mean something here, and what is done with each. */
#ifndef HTTP_HEADER_H
#define HTTP_HEADER_H

#include "http/http.h"

/* Headers that are read, not only handed on or dropped. */
enum http_header_id {
	HEADER_OTHER,
	HEADER_CONNECTION,
	HEADER_CONTENT_ENCODING,
	HEADER_CONTENT_LENGTH,
	HEADER_CONTENT_TYPE,
	HEADER_EXPECT,
	HEADER_HOST,
	HEADER_TRANSFER_ENCODING,
	HEADER_UPGRADE,
	HEADER_ID_MAX
};

struct http_known {
	const char *name; /* in lower case */
	enum http_role role;
	enum http_header_id id;
};

/* The row for |name|; one with ROLE_FORWARD and HEADER_OTHER for a name that is in no row. */
const struct http_known *http_header_find(struct span name);

#endif
