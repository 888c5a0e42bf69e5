/* SPDX-License-Identifier: Apache-2.0 */
/* From root with all its powers to a user without any. */
#include "app/sandbox_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

#define CAPABILITY_SETS 2 /* of 32 bits each, in version 3 of the call */
#define MODE_BITS 07777u

/* ---- who ---------------------------------------------------------------------------------------
 */

static bool is_id(const char *name, uint64_t *ret_id)
{
	return span_to_uint(span_of(name), UINT_MAX - 1, ret_id);
}

static int find_group(const char *name, gid_t *ret_gid, struct error *err)
{
	const struct group *entry = getgrnam(name);
	uint64_t id;

	if (!entry && !is_id(name, &id))
		return error_set(err, "group: no such group: %s", name);
	*ret_gid = entry ? entry->gr_gid : (gid_t)id;
	return 0;
}

/* An id that no account has brings no groups along. */
static int take_groups(const char *name, gid_t gid, struct error *err)
{
	int result = name ? initgroups(name, gid) : setgroups(1, &gid);

	return result == 0 ? 0 : error_set(err, "user: cannot take its groups over: %m");
}

int sandbox_user_find(const struct config *config, struct sandbox_user *ret_user, struct error *err)
{
	struct sandbox_user user = {.wanted = true};
	const struct passwd *entry;
	uint64_t id;

	*ret_user = (struct sandbox_user){.wanted = false};
	if (!config->user || geteuid() != 0)
		return 0;
	entry = getpwnam(config->user);
	if (!entry && is_id(config->user, &id))
		entry = getpwuid((uid_t)id);
	if (!entry && !is_id(config->user, &id))
		return error_set(err, "user: no such user: %s", config->user);
	if (!entry && !config->group)
		return error_set(err, "user: %s is nobody's id; say `group` as well", config->user);
	user.uid = entry ? entry->pw_uid : (uid_t)id;
	user.gid = entry ? entry->pw_gid : 0;
	if (config->group && find_group(config->group, &user.gid, err) < 0)
		return -1;
	if (take_groups(entry ? entry->pw_name : NULL, user.gid, err) < 0)
		return -1;
	*ret_user = user;
	return 0;
}

static bool is_usable(const char *path)
{
	return faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0;
}

bool sandbox_user_suffices(const char *path, gid_t *ret_gid)
{
	struct sandbox_user user = {.uid = SANDBOX_NOBODY, .wanted = true};
	struct stat status;
	struct error err;

	if (geteuid() != 0 || stat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return false;
	user.gid = (status.st_mode & S_IWGRP) ? status.st_gid : SANDBOX_NOBODY;
	/* Root without capabilities, as in some containers, cannot become another. */
	bool usable = sandbox_user_lend(&user, &err) == 0 && is_usable(path);

	if (sandbox_user_give_back(&user, &err) < 0 || !usable)
		return false;
	*ret_gid = user.gid;
	return true;
}

int sandbox_user_lend(const struct sandbox_user *user, struct error *err)
{
	if (user->wanted && (setegid(user->gid) < 0 || seteuid(user->uid) < 0))
		return error_set(err, "user: cannot act as %u: %m", user->uid);
	return 0;
}

int sandbox_user_give_back(const struct sandbox_user *user, struct error *err)
{
	if (user->wanted && (seteuid(0) < 0 || setegid(0) < 0))
		return error_set(err, "user: cannot be root again: %m");
	return 0;
}

void sandbox_user_check(const struct sandbox_user *user, const char *path)
{
	struct error err;
	struct stat status;

	if (sandbox_user_lend(user, &err) < 0)
		return;
	bool denied = !is_usable(path) && errno == EACCES;

	if (sandbox_user_give_back(user, &err) < 0 || !denied)
		return;
	if (stat(path, &status) < 0)
		log_warning("run", "%s: user %u may not look it up", path,
		    user->wanted ? user->uid : geteuid());
	else
		log_warning("run",
		    "sockwarden may not open %s, which is for user %u and group %u (mode %04o): "
		    "every request will be answered with 502. Give sockwarden that group; in a "
		    "container by --group-add %u",
		    path, status.st_uid, status.st_gid, status.st_mode & MODE_BITS, status.st_gid);
}

int sandbox_user_become(const struct sandbox_user *user, struct error *err)
{
	if (!user->wanted)
		return 0;
	if (setresgid(user->gid, user->gid, user->gid) < 0 ||
	    setresuid(user->uid, user->uid, user->uid) < 0)
		return error_set(err, "user: cannot become %u: %m", user->uid);
	if (user->uid != 0 && setuid(0) == 0)
		return error_set(err, "user: root is still within reach");
	return 0;
}

/* ---- what it may -------------------------------------------------------------------------------
 */

int sandbox_bounding_drop(struct error *err)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		/* Without CAP_SETPCAP there is nothing that new privileges could add either. */
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0 && errno != EPERM)
			return error_set(err, "sandbox: cannot give up capability %lu: %m", cap);
	}
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return 0;
}

static bool has_none(struct __user_cap_header_struct *head)
{
	struct __user_cap_data_struct now[CAPABILITY_SETS] = {{0}};

	return syscall(SYS_capget, head, now) == 0 &&
	       (now[0].permitted | now[1].permitted | now[0].inheritable | now[1].inheritable) == 0;
}

/* Where a filter of system calls from outside forbids it, there is most likely nothing to give up.
 */
int sandbox_capabilities_drop(struct error *err)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[CAPABILITY_SETS] = {{0}};

	if (syscall(SYS_capset, &head, none) < 0 && !has_none(&head))
		return error_set(err, "sandbox: cannot give up capabilities: %m");
	return 0;
}
