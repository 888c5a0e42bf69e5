/* SPDX-License-Identifier: Apache-2.0 */
/* What requirements look at, private to this room. */
#ifndef POLICY_REQUIRE_H
#define POLICY_REQUIRE_H

#include <math.h>

#include "base/error.h"
#include "policy/judge.h"

/* A container (or the change of one) that a request describes, wherever the API puts its parts. */
struct subject {
	enum docker_subject kind;
	bool stored;           /* as the daemon keeps it, its own defaults filled in */
	const cJSON *config;   /* create, exec and volume: the body; service: ContainerSpec */
	const cJSON *host;     /* create: HostConfig; update: the body */
	const cJSON *task;     /* service: TaskTemplate */
	const cJSON *spec;     /* service: the body */
	const cJSON *network;  /* create: EndpointsConfig; connect: EndpointConfig */
	const cJSON *mounted;  /* stored: the container's Mounts, whoever made them */
	const cJSON *options;  /* volume: of its driver */
	struct span name;      /* connect: of the network, or its id */
	struct span container; /* stored exec: the container's id */
};

#define ON_CREATE (1u << SUBJECT_CREATE)
#define ON_UPDATE (1u << SUBJECT_UPDATE)
#define ON_SERVICE (1u << SUBJECT_SERVICE)
#define ON_EXEC (1u << SUBJECT_EXEC)
#define ON_VOLUME (1u << SUBJECT_VOLUME)
#define ON_CONNECT (1u << SUBJECT_CONNECT)
#define ON_IMAGE (1u << SUBJECT_IMAGE)
#define ON_STORED (1u << 31) /* a container that exists */

/* True when |subject| meets the requirement in what the daemon makes of it. Where that depends on
 * what exists, the daemon is asked, and true means nothing until it has answered. */
typedef bool require_fn(struct judge *judge, const struct subject *subject);

struct requirement {
	const char *name;
	const char *cis;   /* number in the CIS Docker Benchmark 1.2 to 1.4, or NULL */
	unsigned subjects; /* bits: what it is asked of */
	require_fn *met;
	const char *field;  /* where a container.create would say it */
	const char *must;   /* what the client must do, for the message */
	const char *option; /* of `docker run`, an example that does it; NULL: none does */
};

/* Where the policy asks for the requirement that |met| is the test of; NULL when it does not. */
const struct policy_source *require_asks(const struct policy *policy, require_fn *met);

/* Whether a Dockerfile instruction puts a secret into the environment of an image. */
bool require_instruction_is_secret(struct span text);

/* The row of the table, NULL past the end. */
const struct requirement *requirement_at(unsigned index);

/* Identity and rights of the process. */
require_fn require_non_root, require_exec_non_root, require_cap_drop_all, require_no_new_privileges,
    require_seccomp, require_apparmor, require_selinux, require_no_privileged,
    require_read_only_root;
/* What it shares with the host. */
require_fn require_no_host_namespaces, require_private_ipc, require_private_cgroup,
    require_no_devices, require_no_sensitive_binds, require_no_shared_propagation,
    require_loopback_ports, require_unprivileged_ports, require_no_default_bridge,
    require_nosuid_binds;
/* How much it may use, and how it is looked after. */
require_fn require_memory_limit, require_cpu_limit, require_pids_limit, require_ulimits,
    require_restart_bounded, require_healthcheck, require_image_digest, require_log_driver,
    require_log_limits, require_no_secret_env;

#define LIMIT_NONE HUGE_VAL /* any bound that is one */

/* Whether what the subject asks for stays within |most|. */
MUST_CHECK bool maximum_met(
    struct judge *judge, enum maximum maximum, double most, const struct subject *subject);

/* A size such as "64m" in bytes: a number, then one of k, m, g, t in either case, then "b" or "ib".
 */
MUST_CHECK bool size_parse(struct span text, double *ret_bytes);

/* ---- what it depends on ------------------------------------------------------------------------
 */

/* The object |name| as the daemon knows it, with json NULL when there is none. NULL while the
 * daemon has yet to be asked. */
const struct policy_object *require_ask(
    struct judge *judge, enum docker_object kind, struct span name);

/* The namespace mode |field| of HostConfig |host|, with that of the last container in its place
 * where containers join one another; .at NULL when that one does not exist. False while the daemon
 * has yet to be asked. */
bool require_mode(struct judge *judge, const cJSON *host, const char *field, struct span *ret_mode);

/* ---- mounts ------------------------------------------------------------------------------------
 */

/* What is mounted, whatever it is called in the request. */
struct mount_found {
	struct span source; /* the host path; .at NULL: none */
	struct span target; /* .at NULL: not said */
	struct span words;  /* mode, propagation, flags or tmpfs options, with commas between */
	bool tmpfs;
	const cJSON *mount; /* the object of Mounts it comes from, or NULL */
};

typedef bool mount_fn(struct judge *judge, const struct mount_found *found, const void *context);

struct mount_test {
	mount_fn *fits;
	const void *context;
	bool volumes; /* look into volumes that exist */
};

/* Whether the test holds for all mounts of |subject| and of the containers whose mounts it takes
 * over. */
bool require_every_mount(
    struct judge *judge, const struct subject *subject, const struct mount_test *test);

/* Whether what is mounted at /dev/shm, if anything, holds at most |most| bytes. */
bool require_shm_mounts(struct judge *judge, const struct subject *subject, double most);

/* ---- fields ------------------------------------------------------------------------------------
 */

/* An amount as one would write it: "512m", "1.5". */
void maximum_write(struct text *text, enum maximum maximum, double amount);

/* Of a maximum that is not met: the field that it is about, and what is wrong with that in words
 * that follow the field's name. */
const char *maximum_field(enum maximum maximum, double most, const struct subject *subject);
void maximum_explain(
    struct text *text, enum maximum maximum, double most, const struct subject *subject);

/* Follows field names down from |object|; NULL when one of them is missing. */
const cJSON *field_at(
    const cJSON *object, const char *first, const char *second, const char *third);

/* The list or bare string |value|, word by word: start with NULL. */
const cJSON *word_after(const cJSON *value, const cJSON *word);

/* The number |field| of |object|; 0 when it is missing. */
double number_of(const cJSON *object, const char *field);

/* Whether all capabilities are given: to a container, or to a process in one. */
bool require_privileged(const struct subject *subject);

#endif
