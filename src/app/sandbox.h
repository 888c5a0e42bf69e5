/* SPDX-License-Identifier: Apache-2.0 */
/* What the running daemon gives up, so that whoever takes it over gains little: its user, all
 * capabilities, new privileges, core dumps, files that are not its own (Landlock) and system calls
 * that it never makes (seccomp). docs/sandbox.md is about it. */
#ifndef APP_SANDBOX_H
#define APP_SANDBOX_H

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"

#define SANDBOX_TEXT_MAX 512u /* of what sandbox_describe() writes */

/* Who the daemon becomes. */
struct sandbox_user {
	uid_t uid;
	gid_t gid;
	bool wanted; /* false: it stays who it is */
};

/* Finds `user` and `group`, and takes their supplementary groups over. Does nothing unless root
 * asks. Returns 0 or -1 with |err|. */
MUST_CHECK int sandbox_user_find(
    const struct config *config, struct sandbox_user *ret_user, struct error *err);

#define SANDBOX_NOBODY 65532u /* an id that no account has */

/* True when root could become SANDBOX_NOBODY and still connect to the unix socket at |path|, as a
 * member of |*ret_gid|. */
bool sandbox_user_suffices(const char *path, gid_t *ret_gid);

/* Warns when |user|, or who we are, may not use the unix socket at |path|, and says what would
 * help. */
void sandbox_user_check(const struct sandbox_user *user, const char *path);

/* From lend to give_back, files are made and opened as |user|: what a reload opens again must be
 * within its reach. Returns 0 or -1 with |err|. */
MUST_CHECK int sandbox_user_lend(const struct sandbox_user *user, struct error *err);
MUST_CHECK int sandbox_user_give_back(const struct sandbox_user *user, struct error *err);

/* Enters the sandbox that |config| asks for and the kernel has, all but the filter of system calls.
 * What holds for one thread only holds for those that it starts from then on. Everything that only
 * root may open is open by now. Returns 0, or -1 with |err|: then the process must end. */
MUST_CHECK int sandbox_enter(
    const struct config *config, const struct sandbox_user *user, struct error *err);

/* Then the filter, for all threads there are. |threads| says whether more may be started. Returns
 * 0, or -1 with |err|: then the process must end. */
MUST_CHECK int sandbox_seal(const struct config *config, bool threads, struct error *err);

/* Writes in one line what sandbox_enter() would do. Returns false when a part is missing that the
 * configuration asks for. */
bool sandbox_describe(const struct config *config, struct buf *out);

#endif
