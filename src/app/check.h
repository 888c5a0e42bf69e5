/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `check` share: what was found, and how it is shown. */
#ifndef APP_CHECK_H
#define APP_CHECK_H

#include "app/app.h"

#define FINDINGS_MOST (16U * 1024 * 1024) /* bytes of them, and of the JSON */

/* Errors and warnings: on stderr at once, or as elements of JSON lists for later. */
struct check_findings {
	bool json;
	unsigned errors;
	bool upstream_missing; /* no socket is there now: the daemon may make it later */
	struct buf error_list, warning_list;
};

/* For config_load(): |context| is a struct check_findings. */
void check_warn(void *context, const char *file, unsigned line, const char *text);
void check_error(
    struct check_findings *findings, const struct policy_source *source, const char *text);

/* Finds what `run` would fail for on this machine: users, directories, sockets, certificates. */
void check_host(const struct config *config, struct check_findings *findings);

/* Whether the rules of |policy| cover the operation. What it may carry is the business of grants.
 */
bool check_allows(const struct policy *policy, const struct docker_operation *operation);

/* What the configuration called |name| amounts to. */
void check_print_text(
    const struct config *config, const char *name, const struct check_findings *findings);

/* The same, findings included. |config| is NULL when it cannot be read. */
void check_print_json(
    const struct config *config, const char *name, const struct check_findings *findings);

#endif
