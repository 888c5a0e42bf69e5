/* SPDX-License-Identifier: Apache-2.0 */
/* The log on standard error while the daemon runs: a reader that stalls stops nobody. */
#include "app/daemon.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "net/outlet.h"

#define REST_MAX 16384u /* more than one line */

static struct outlet outlet = {.fd = -1};
static struct buf rest; /* of a line that was taken in part */

static bool write_rest(void)
{
	ssize_t n = rest.len > 0 ? outlet_write(&outlet, buf_span(&rest)) : 0;

	if (n > 0) {
		rest.len -= (size_t)n;
		memmove(rest.at, rest.at + n, rest.len);
	}
	return rest.len == 0;
}

static bool write_line(struct span line)
{
	if (!write_rest())
		return false;
	ssize_t n = outlet_write(&outlet, line);

	if (n < 0)
		return false;
	buf_add(&rest, span_from(line, (size_t)n));
	return !rest.failed;
}

void daemon_open_log(void)
{
	if (outlet_open(&outlet, STDERR_FILENO) < 0)
		return;
	buf_init(&rest, REST_MAX);
	log_set_writer(write_line);
}

void daemon_close_log(void)
{
	log_set_writer(NULL);
	if (outlet.fd < 0)
		return;
	(void)write_rest();
	outlet_close(&outlet);
	buf_free(&rest);
}
