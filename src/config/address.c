/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "config/value.h"

#define PATH_MOST 107 /* sun_path of Linux, without its NUL */

static struct span after(struct span text, size_t bytes)
{
	return (struct span){text.at + bytes, text.len - bytes};
}

int address_parse(struct span text, struct address *ret_address, struct error *err)
{
	struct span path = text;

	if (span_starts(path, SPAN("unix:")))
		path = after(path, strlen("unix:"));
	if (span_starts(path, SPAN("///")))
		path = after(path, 2);
	if (!span_starts(path, SPAN("/")) || span_starts(path, SPAN("//")))
		return error_set(err,
		    "\"%.*s\" is not an address; write unix:/path/of/the.sock with an absolute "
		    "path",
		    (int)text.len, text.at);
	if (path.at[path.len - 1] == '/')
		return error_set(
		    err, "\"%.*s\" is a directory; name the socket in it", (int)text.len, text.at);
	if (path.len > PATH_MOST)
		return error_set(err, "the path has %zu bytes; a unix socket's may have %d",
		    path.len, PATH_MOST);
	char *copy = text_copy(path, err);

	if (!copy)
		return -1;
	*ret_address = (struct address){ADDRESS_UNIX, copy};
	return 0;
}

void address_free(struct address *address)
{
	free(address->path);
	*address = (struct address){ADDRESS_NONE, NULL};
}
