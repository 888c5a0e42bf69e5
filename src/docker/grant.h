/* SPDX-License-Identifier: Apache-2.0 */
/* The powers a policy can give: one word for one power, wherever the Docker API hides it. */
#ifndef DOCKER_GRANT_H
#define DOCKER_GRANT_H

#include "base/span.h"

/* How the values of a grant are written in a policy and compared. */
enum grant_kind {
	GRANT_FLAG,    /* yes or no */
	GRANT_GLOB,    /* globs; a value needs one that matches; `*` stops at a slash */
	GRANT_PAIR,    /* globs on "key" or "key=value"; a key alone covers every value */
	GRANT_BIND,    /* PATH-GLOB [ro|rw] [PROPAGATION] [create] [relabel] */
	GRANT_PUBLISH, /* [HOST-IP:]PORT[-PORT][/PROTOCOL] */
	GRANT_IMAGE,   /* globs on normalised image references */
	GRANT_CAP,     /* capability names in any spelling, or ALL */
	GRANT_NETWORK, /* globs on network names; `host` and `container:NAME` only by those words */
	GRANT_SECURITY, /* globs on normalised key=value security options */
	GRANT_DEVICES,  /* DRIVER-GLOB… [count=N] [device=GLOB] [capability=GLOB] [option=GLOB] */
	GRANT_ARGV,     /* a command line, word by word as globs; ** stands for any more words */
	GRANT_TEXT,     /* as GRANT_GLOB, for texts that are no paths: * matches slashes */
};

/* name, kind, closed (1: off until a line turns it on; 0: free until a line narrows it),
 * space-separated values that need no grant (of every kind; of a pair, its key), keys of pairs
 * whose values may be shown in a log or an answer ("*": any), help */
#define GRANT_TABLE(X)                                                                             \
	X(PRIVILEGED, "privileged", FLAG, 1, "", "*",                                              \
	    "full power over the host: containers, execs, plugins built, Podman's API")            \
	X(BIND, "bind", BIND, 1, "", "*", "host paths mounted into containers")                    \
	X(VOLUME, "volume", GLOB, 1, "", "*", "named volumes, by name")                            \
	X(VOLUME_DRIVER, "volume_driver", GLOB, 1, "local", "*", "volume drivers")                 \
	X(VOLUME_OPTION, "volume_option", PAIR, 1, "", "type device", "volume driver options")     \
	X(VOLUME_SUBPATH, "volume_subpath", GLOB, 1, "", "*",                                      \
	    "sub-paths of volumes and images mounted")                                             \
	X(CLUSTER_VOLUME, "cluster_volume", FLAG, 1, "", "*", "cluster (CSI) volumes")             \
	X(VOLUMES_FROM, "volumes_from", GLOB, 1, "", "*", "containers whose mounts are inherited") \
	X(TMPFS, "tmpfs", PAIR, 1, "", "*", "tmpfs mounts, by their options (use * for any)")      \
	X(IMAGE, "image", IMAGE, 1, "", "*", "images run, pulled, and given other names")          \
	X(IMAGE_WRITE, "image_write", IMAGE, 1, "", "*",                                           \
	    "names given to images: built, tagged, committed, imported; images pushed and "        \
	    "removed")                                                                             \
	X(REGISTRY, "registry", GLOB, 1, "", "*", "registry hosts the daemon is made to contact")  \
	X(IMPORT, "import", GLOB, 1, "-", "*",                                                     \
	    "sources (URLs) of images imported; - is the request body")                            \
	X(NETWORK_MODE, "network_mode", NETWORK, 1, "default bridge none", "*",                    \
	    "networks joined, and network modes")                                                  \
	X(NETWORK_DRIVER, "network_driver", GLOB, 1, "bridge", "*", "network drivers")             \
	X(NETWORK_OPTION, "network_option", PAIR, 1,                                               \
	    "com.docker.network.enable_ipv4 com.docker.network.enable_ipv6", "*",                  \
	    "network and endpoint driver options")                                                 \
	X(NETWORK_SCOPE, "network_scope", GLOB, 1, "local", "*", "scopes of networks created")     \
	X(NETWORK_TEMPLATE, "network_template", GLOB, 1, "", "*",                                  \
	    "networks whose configuration is copied")                                              \
	X(NETWORK_CONFIG_ONLY, "network_config_only", FLAG, 1, "", "*",                            \
	    "networks that only hold a configuration for others")                                  \
	X(IPAM, "ipam", FLAG, 1, "default", "*", "addresses and subnets chosen by the client")     \
	X(ALIAS, "alias", GLOB, 0, "", "*", "host names and names taken in the DNS of networks")   \
	X(PUBLISH, "publish", PUBLISH, 1, "", "*", "host addresses and ports published")           \
	X(PUBLISH_ALL, "publish_all", FLAG, 1, "", "*", "publishing every exposed port")           \
	X(PID_MODE, "pid_mode", GLOB, 1, "", "*", "process namespaces shared")                     \
	X(IPC_MODE, "ipc_mode", GLOB, 1, "private none", "*", "IPC namespaces shared")             \
	X(UTS_MODE, "uts_mode", GLOB, 1, "", "*", "UTS namespaces shared")                         \
	X(USERNS_MODE, "userns_mode", GLOB, 1, "", "*", "user namespaces left")                    \
	X(CGROUPNS_MODE, "cgroupns_mode", GLOB, 1, "private", "*", "cgroup namespaces left")       \
	X(CGROUP_PARENT, "cgroup_parent", GLOB, 1, "", "*", "cgroups chosen by the client")        \
	X(DEVICE, "device", GLOB, 1, "", "*", "host devices, by path")                             \
	X(DEVICE_REQUEST, "device_request", DEVICES, 1, "", "*",                                   \
	    "device requests (GPUs, CDI), by driver")                                              \
	X(DEVICE_CGROUP_RULE, "device_cgroup_rule", GLOB, 1, "", "*", "device cgroup rules")       \
	X(CAP_ADD, "cap_add", CAP, 1, "", "*", "capabilities added")                               \
	X(SECURITY_OPT, "security_opt", SECURITY, 1, "no-new-privileges=true", "*",                \
	    "security options")                                                                    \
	X(UNMASK, "unmask", FLAG, 1, "", "*", "masked and read-only system paths opened")          \
	X(SYSCTL, "sysctl", PAIR, 1, "", "*", "kernel parameters of a container")                  \
	X(RUNTIME, "runtime", GLOB, 1, "runc", "*", "container runtimes")                          \
	X(LOG_DRIVER, "log_driver", GLOB, 1, "json-file local none", "*", "log drivers")           \
	X(LOG_OPTION, "log_option", PAIR, 1, "max-size max-file compress mode tag labels env", "", \
	    "log driver options")                                                                  \
	X(TEMPLATE, "template", TEXT, 1, "", "*",                                                  \
	    "templates that the daemon runs, beyond plain fields such as {{.Name}}")               \
	X(LINK, "link", GLOB, 1, "", "*",                                                          \
	    "legacy links, which hand over the environment of a container")                        \
	X(EXTRA_HOST, "extra_host", TEXT, 1, "", "*", "entries added to a container's hosts file") \
	X(DNS, "dns", GLOB, 1, "", "*", "name servers, search domains and options")                \
	X(RESTART, "restart", GLOB, 1, "no none on-failure", "*", "restart policies")              \
	X(ULIMIT, "ulimit", PAIR, 1, "", "*", "resource limits (ulimits) set by the client")       \
	X(REALTIME, "realtime", FLAG, 1, "", "*", "real-time scheduling")                          \
	X(OOM, "oom", FLAG, 1, "", "*", "protection from the kernel's memory killer")              \
	X(STORAGE_OPT, "storage_opt", PAIR, 1, "size", "*", "storage driver options")              \
	X(ISOLATION, "isolation", GLOB, 1, "default", "*", "isolation technologies")               \
	X(ANNOTATION, "annotation", PAIR, 1, "", "*", "annotations handed to the runtime")         \
	X(GROUP_ADD, "group_add", GLOB, 1, "", "*", "groups added to a container's process")       \
	X(MAC_ADDRESS, "mac_address", GLOB, 1, "", "*", "hardware addresses chosen by the client") \
	X(USER, "user", GLOB, 0, "", "*", "users of containers and execs")                         \
	X(WORKING_DIR, "working_dir", GLOB, 0, "", "*",                                            \
	    "working directories of containers and execs")                                         \
	X(ENV, "env", PAIR, 0, "", "", "environment variables")                                    \
	X(LABEL, "label", PAIR, 0, "", "*", "labels put on objects")                               \
	X(ENTRYPOINT, "entrypoint", ARGV, 0, "", "*", "entry points")                              \
	X(COMMAND, "command", ARGV, 0, "", "*", "commands of containers")                          \
	X(EXEC_COMMAND, "exec_command", ARGV, 0, "", "*", "commands run in existing containers")   \
	X(EXEC_TTY, "exec_tty", FLAG, 0, "", "*", "terminals for execs")                           \
	X(PS_ARGS, "ps_args", TEXT, 1, "-ef aux", "*",                                             \
	    "options of ps for container.top (some show secrets)")                                 \
	X(IMAGE_CHANGE, "image_change", TEXT, 0, "", "*",                                          \
	    "Dockerfile instructions applied to images made")                                      \
	X(SIGNAL, "signal", GLOB, 0, "", "*", "signals sent, without SIG")                         \
	X(ARCHIVE_PATH, "archive_path", GLOB, 0, "", "*",                                          \
	    "container paths copied from or to, as written: links lead out")                       \
	X(NAME, "name", GLOB, 0, "", "*",                                                          \
	    "names given to containers, volumes, networks and services")                           \
	X(BUILD_REMOTE, "build_remote", GLOB, 1, "", "*",                                          \
	    "remote build contexts the daemon fetches")                                            \
	X(FRONTEND, "frontend", IMAGE, 1, "", "*",                                                 \
	    "images run as frontends of a build (# syntax=)")                                      \
	X(BUILD_CACHE, "build_cache", GLOB, 1, "inline local", "*",                                \
	    "kinds of caches that builds are read from and written to: registry, gha")             \
	X(BUILDKIT, "buildkit", FLAG, 1, "1", "*",                                                 \
	    "BuildKit: its builds, sessions, exporters, control API")                              \
	X(CHECKPOINT_DIR, "checkpoint_dir", GLOB, 1, "", "*", "host directories of checkpoints")   \
	X(PLUGIN, "plugin", GLOB, 1, "", "*", "plugins installed, by reference")                   \
	X(PLUGIN_PRIVILEGE, "plugin_privilege", PAIR, 1, "", "*", "privileges given to plugins")   \
	X(PLUGIN_SETTING, "plugin_setting", PAIR, 1, "", "", "plugin settings")                    \
	X(NODE, "node", GLOB, 1, "active", "*",                                                    \
	    "roles and availabilities given to nodes of the swarm")                                \
	X(SWARM, "swarm", FLAG, 1, "", "*", "membership, certificates and keys of the swarm")      \
	X(SECRET, "secret", GLOB, 1, "", "*", "swarm secrets and configs given to services")       \
	X(SECRET_DRIVER, "secret_driver", GLOB, 1, "", "*",                                        \
	    "drivers and templates of secrets and configs")                                        \
	X(TASK_RUNTIME, "task_runtime", GLOB, 1, "container", "*", "kinds of swarm tasks")         \
	X(SERVICE_ROLLBACK, "service_rollback", GLOB, 1, "none", "*",                              \
	    "services taken back to an earlier, unseen spec")                                      \
	X(PLACEMENT, "placement", TEXT, 0, "", "*", "placement constraints of services")           \
	X(REGISTRY_HEADER, "registry_header", PAIR, 1, "", "",                                     \
	    "X-Meta headers handed on to registries")

enum grant {
	GRANT_NONE, /* harmless: needs no grant */
#define X(id, name, kind, closed, safe, shown, help) GRANT_##id##_ID,
	GRANT_TABLE(X)
#undef X
	    GRANT_MAX
};

struct grant_info {
	const char *name;
	const char *safe;  /* space-separated values that need no grant */
	const char *shown; /* space-separated keys whose values are no secrets; "*": any */
	const char *help;
	enum grant_kind kind;
	bool closed;
};

/* The row of |grant|; GRANT_NONE has an empty one. */
const struct grant_info *grant_info(enum grant grant);

/* The grant of this name, GRANT_NONE when there is none. */
enum grant grant_from(struct span name);

#endif
