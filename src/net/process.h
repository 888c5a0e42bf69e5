/* SPDX-License-Identifier: Apache-2.0 */
/* A process by number, held so that the number cannot become another's without being noticed. */
#ifndef NET_PROCESS_H
#define NET_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define PROCESS_CGROUP_MOST 65536u /* of a text of /proc */

struct process {
	int64_t pid; /* 0: it has no number here, being in a process namespace that we do not see */
	int fd;      /* a pidfd, or -1 */
	bool exact;  /* the kernel gave |fd| for the connection itself, at whatever time */
};

enum process_result {
	PROCESS_HELD,
	PROCESS_UNSEEN, /* |pid| is 0 */
	PROCESS_GONE,
	PROCESS_FAILED,
};

/* Holds the process that connected the unix socket |socket|. Kernels before 6.5 give the process
 * that has its number now: `exact` is off, and it must be called right after the connection was
 * taken. */
enum process_result process_of_peer(struct process *ret_process, int socket, struct error *err);

/* Holds the process that has this number now, as older kernels do. */
MUST_CHECK enum process_result process_hold(
    struct process *ret_process, int64_t pid, struct error *err);

/* False once it has ended. */
bool process_is_alive(const struct process *process);

/* Appends the text of /proc/PID/cgroup, which is that of |pid| only as long as whoever it is about
 * is known to be alive afterwards. Returns 0 or -1 with |err|. */
MUST_CHECK int process_cgroup(int64_t pid, struct buf *out, struct error *err);

void process_release(struct process *process);

#endif
