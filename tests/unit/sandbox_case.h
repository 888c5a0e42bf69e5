/* SPDX-License-Identifier: Apache-2.0 */
/* Children in the sandbox, with a configuration, an audit log and sockets in a folder of the test.
 */
#ifndef SANDBOX_CASE_H
#define SANDBOX_CASE_H

#include "unit.h"

#include "audit/sink.h"
#include "config/config.h"

#define NOBODY "nobody"

enum outcome { WORKS, FAILS, NOT_ENTERED, KILLED, OTHER };

/* Set up and tear down of a group. */
int sandbox_dirs_make(void **state);
int sandbox_dirs_remove(void **state);

/* |name| in the folder; the text lives until the fourth call from now. */
const char *sandbox_path(const char *name);

/* Writes the configuration with |options| in its first section. */
void sandbox_config_put(const char *options);

/* Reads it. NULL when that failed, which is told on standard error. */
struct config *sandbox_config_load(void);

/* As `run` does it: opens the audit log and enters. Returns 0 or -1. */
int sandbox_case_enter(const struct config *config);
extern struct audit_sink *sandbox_audit;

/* What becomes of a child that enters with |options| and then acts. */
enum outcome sandbox_attempt(const char *options, bool (*act)(void));

#endif
