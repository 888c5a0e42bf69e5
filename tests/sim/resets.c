/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of connections whose other end has broken off. */
#include "sim.h"

#define RESET_MOST (5u * SECOND) /* far below every limit of time */

static bool is_overdue(uint64_t since)
{
	return since && sim_now() - since > RESET_MOST;
}

/* A limit of time must not be what removes them: many have none. A daemon's end may wait until a
 * client has taken what came before the reset, unless a read has told of it; nobody reads where the
 * end of what comes was told of already, so that this must be asked for. */
void kernel_check_resets(void)
{
	for (unsigned i = 0; i < SIM_FD_MOST; i++) {
		const struct file *file = fd_peek(SIM_FD_FIRST + (int)i);

		if (!file || file->kind != FILE_STREAM)
			continue;
		bool asked = file->accepted || (file->told_end && !knobs.slow && world_has_more());

		if (is_overdue(file->told_at) || (asked && is_overdue(file->reset_at)))
			sim_fail("connection %u of a %s that has reset it is still open",
			    SIM_FD_FIRST + i, file->accepted ? "client" : "daemon");
	}
}
