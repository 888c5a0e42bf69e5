/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the sandbox, for its own files. */
#ifndef APP_SANDBOX_PARTS_H
#define APP_SANDBOX_PARTS_H

#include "app/sandbox.h"
#include "base/error.h"

/* Becomes |user| for good. */
MUST_CHECK int sandbox_user_become(const struct sandbox_user *user, struct error *err);

/* Gives up the capabilities that a program could get back, and then all. */
MUST_CHECK int sandbox_bounding_drop(struct error *err);
MUST_CHECK int sandbox_capabilities_drop(struct error *err);

/* The version of Landlock that the kernel has; 0: none that is of use. */
unsigned sandbox_landlock_version(void);
MUST_CHECK int sandbox_landlock_enter(
    const struct config *config, unsigned version, struct error *err);

/* True when this program was built with seccomp and the kernel has it. */
bool sandbox_seccomp_available(void);
MUST_CHECK int sandbox_seccomp_enter(const struct config *config, bool threads, struct error *err);

#endif
