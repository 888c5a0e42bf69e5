/* SPDX-License-Identifier: Apache-2.0 */
/* What requirements look at, private to this room. */
#ifndef POLICY_REQUIRE_H
#define POLICY_REQUIRE_H

#include "policy/judge.h"

/* A container (or the change of one) that a request describes, wherever the API puts its parts. */
enum subject_kind {
	SUBJECT_NONE,
	SUBJECT_CREATE,  /* container.create */
	SUBJECT_UPDATE,  /* container.update: what is missing stays as it is */
	SUBJECT_SERVICE, /* service.create, service.update */
	SUBJECT_EXEC,    /* container.exec */
	SUBJECT_VOLUME,  /* volume.create */
	SUBJECT_CONNECT, /* network.connect */
};

struct subject {
	enum subject_kind kind;
	bool stored; /* a SUBJECT_CREATE as the daemon keeps it, its own defaults filled in */
	const cJSON *config;  /* create, exec and volume: the body; service: ContainerSpec */
	const cJSON *host;    /* create: HostConfig; update: the body */
	const cJSON *task;    /* service: TaskTemplate */
	const cJSON *spec;    /* service: the body */
	const cJSON *network; /* create: EndpointsConfig; connect: EndpointConfig */
	struct span name;     /* connect: of the network, or its id */
};

#define ON_CREATE (1u << SUBJECT_CREATE)
#define ON_UPDATE (1u << SUBJECT_UPDATE)
#define ON_SERVICE (1u << SUBJECT_SERVICE)
#define ON_EXEC (1u << SUBJECT_EXEC)
#define ON_VOLUME (1u << SUBJECT_VOLUME)
#define ON_CONNECT (1u << SUBJECT_CONNECT)
#define ON_STORED (1u << 31) /* a container that exists */

/* True when |subject| meets the requirement. */
typedef bool require_fn(const struct policy *policy, const struct subject *subject);

struct requirement {
	const char *name;
	const char *cis;   /* number in the CIS Docker Benchmark 1.2 to 1.4, or NULL */
	unsigned subjects; /* bits: what it is asked of */
	require_fn *met;
	const char *field; /* where a container.create would say it */
	const char *must;  /* what the client must do, for the message */
};

/* True when the policy asks for the requirement that |met| is the test of. */
bool require_asks(const struct policy *policy, require_fn *met);

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

/* Whether what the subject asks for stays within |most|; |*ret_value| is what it asks for. */
bool maximum_met(enum maximum maximum, double most, const struct subject *subject);

/* Of a maximum that is not met: the field that it is about, and what is wrong with that in words that
 * follow the field's name. */
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

/* "uid:gid", both numbers above zero. */
bool user_is_unprivileged(struct span user);

#endif
