/* SPDX-License-Identifier: Apache-2.0 */
#include "app/sandbox.h"

#include <config.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/sandbox_parts.h"

/* Neither a debugger of the same user nor a core dump sees our memory, and no program that we might
 * start has more rights than we have. */
static int harden_process(struct error *err)
{
	const struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return error_set(err, "sandbox: cannot switch core dumps off: %m");
#ifndef INSTRUMENTED
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_set(err, "sandbox: cannot hide the memory: %m");
#endif
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, "sandbox: cannot give up new privileges: %m");
	return 0;
}

int sandbox_enter(const struct config *config, const struct sandbox_user *user, struct error *err)
{
	unsigned landlock = sandbox_landlock_version();

	if (!config->sandbox)
		return sandbox_user_become(user, err);
	/* Without CAP_SETPCAP, which goes with root, the bounding set would stay. */
	if (sandbox_bounding_drop(err) < 0 || sandbox_user_become(user, err) < 0 ||
	    sandbox_capabilities_drop(err) < 0 || harden_process(err) < 0)
		return -1;
	return landlock > 0 ? sandbox_landlock_enter(config, landlock, err) : 0;
}

int sandbox_seal(const struct config *config, bool threads, struct error *err)
{
	if (!config->sandbox || !sandbox_seccomp_available())
		return 0;
	return sandbox_seccomp_enter(config, threads, err);
}

static void describe_user(const struct config *config, struct buf *out)
{
	if (geteuid() != 0)
		return;
	buf_add_text(out, "user ");
	buf_add_text(out, config->user ? config->user : "root (`user` names another)");
	if (config->user && config->group)
		buf_add_format(out, ", group %s", config->group);
	buf_add_text(out, ", ");
}

bool sandbox_describe(const struct config *config, struct buf *out)
{
	unsigned landlock = sandbox_landlock_version();
	bool seccomp = sandbox_seccomp_available();

	describe_user(config, out);
	if (!config->sandbox) {
		buf_add_text(out, "switched off (`sandbox = no`)");
		return true;
	}
	buf_add_text(out, "no capabilities, no new privileges, no core dumps");
	if (landlock > 0)
		buf_add_format(out, ", Landlock %u", landlock);
	if (seccomp)
		buf_add_text(out, ", seccomp");
	if (landlock == 0)
		buf_add_text(out, "; MISSING: Landlock (Linux 5.19 has it)");
	if (!seccomp)
		buf_add_text(out, "; MISSING: seccomp (not built in, or not in the kernel)");
	return landlock > 0 && seccomp;
}
