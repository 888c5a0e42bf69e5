/* SPDX-License-Identifier: Apache-2.0 */
/* The query parameters of each operation: what the daemon reads, and what real clients send though
 * it reads nothing of it. Names are compared exactly, as the daemon does. */
#include "docker/tables.h"

/* ---- containers ---- */

const struct docker_param container_list_params[] = {
    P_FREE("all"),
    P_FREE("limit"),
    P_FREE("size"),
    P_FREE("filters"),
    P_FREE("since"),
    P_FREE("before"),
    P_FREE("trunc_cmd"), /* docker-py */
    P_END,
};

const struct docker_param container_create_params[] = {
    P_NEEDS("name", NAME),
    P_FREE("platform", .since = 41),
    P_END,
};

const struct docker_param container_inspect_params[] = {P_FREE("size"), P_END};

/* ps prints the environment of processes with "e"; the daemon runs it on the host. */
const struct docker_param top_params[] = {P_NEEDS("ps_args", PS_ARGS), P_END};

const struct docker_param logs_params[] = {
    P_FREE("follow"),
    P_FREE("stdout"),
    P_FREE("stderr"),
    P_FREE("since"),
    P_FREE("until", .since = 35),
    P_FREE("timestamps"),
    P_FREE("tail"),
    P_FREE("details"),
    P_FREE("format", .since = 54),
    P_END,
};

const struct docker_param stats_params[] = {
    P_FREE("stream"),
    P_FREE("one-shot", .since = 41),
    P_END,
};

const struct docker_param resize_params[] = {P_FREE("h"), P_FREE("w"), P_END};

const struct docker_param start_params[] = {
    P_FREE("detachKeys"),
    P_PLAIN("checkpoint", SEGMENT),
    P_CHECKED("checkpoint-dir", PATH, CHECKPOINT_DIR),
    P_END,
};

const struct docker_param stop_params[] = {
    P_FREE("t"),
    P_CHECKED("signal", SIGNAL, SIGNAL, .since = 42),
    P_END,
};

const struct docker_param kill_params[] = {
    P_CHECKED("signal", SIGNAL, SIGNAL, .missing = "KILL"), P_END};

const struct docker_param rename_params[] = {P_NEEDS("name", NAME), P_END};

const struct docker_param wait_params[] = {P_FREE("condition", .since = 30), P_END};

const struct docker_param attach_params[] = {
    P_FREE("detachKeys"),
    P_FREE("logs"),
    P_FREE("stream"),
    P_FREE("stdin"),
    P_FREE("stdout"),
    P_FREE("stderr"),
    P_FREE("hijack"), /* dockerode */
    P_END,
};

const struct docker_param container_remove_params[] = {
    P_FREE("v"),
    P_FREE("force"),
    P_FREE("link"),
    P_END,
};

const struct docker_param archive_params[] = {P_CHECKED("path", PATH, ARCHIVE_PATH), P_END};

const struct docker_param archive_put_params[] = {
    P_CHECKED("path", PATH, ARCHIVE_PATH),
    P_FREE("noOverwriteDirNonDir"),
    P_FREE("copyUIDGID"),
    P_END,
};

const struct docker_param checkpoint_params[] = {P_CHECKED("dir", PATH, CHECKPOINT_DIR), P_END};

const struct docker_param commit_params[] = {
    P_FREE("container"),
    P_CHECKED("repo", IMAGE_NAME, IMAGE_WRITE),
    P_PART("tag"),
    P_FREE("comment"),
    P_FREE("m"), /* docker-java */
    P_FREE("author"),
    P_FREE("pause"),
    P_NEEDS("changes", IMAGE_CHANGE, .repeats = true),
    P_END,
};

/* ---- images and builds ---- */

const struct docker_param image_list_params[] = {
    P_FREE("all"),
    P_FREE("filters"),
    P_FREE("filter"),
    P_FREE("digests"),
    P_FREE("only_ids"), /* docker-py */
    P_FREE("viz"),      /* docker-py */
    P_FREE("shared-size", .since = 42),
    P_FREE("manifests", .since = 47),
    P_FREE("identity", .since = 54),
    P_END,
};

const struct docker_param image_inspect_params[] = {
    P_FREE("size"),
    P_FREE("manifests", .since = 48),
    P_FREE("platform", .since = 49),
    P_END,
};

const struct docker_param image_history_params[] = {P_FREE("platform", .since = 48), P_END};

const struct docker_param image_search_params[] = {
    P_CHECKED("term", REGISTRY, REGISTRY),
    P_FREE("limit"),
    P_FREE("filters"),
    P_END,
};

const struct docker_param image_create_params[] = {
    P_CHECKED("fromImage", IMAGE_TAGS, IMAGE),
    P_PART("tag"),
    P_FREE("platform", .since = 32),
    P_CHECKED("fromSrc", PATH, IMPORT, .secret = true, .joined = JOINED_SOURCE),
    P_CHECKED("repo", IMAGE_NAME, IMAGE_WRITE),
    P_FREE("message"),
    P_NEEDS("changes", IMAGE_CHANGE, .repeats = true),
    P_FREE("registry"),                   /* docker-java; the daemon takes it from the name alone */
    P_FREE("authconfig", .secret = true), /* dockerode; the daemon takes it from a header */
    P_END,
};

const struct docker_param image_load_params[] = {
    P_FREE("quiet"),
    P_FREE("platform", .repeats = true, .since = 48),
    P_END,
};

const struct docker_param image_get_params[] = {
    P_FREE("platform", .repeats = true, .since = 48),
    P_FREE("tag"), /* docker-java; the name in the path alone counts */
    P_END,
};

const struct docker_param image_get_all_params[] = {
    P_FREE("names", .repeats = true),
    P_FREE("platform", .repeats = true, .since = 48),
    P_END,
};

const struct docker_param image_push_params[] = {
    P_PART("tag"),
    P_FREE("platform", .since = 46),
    P_FREE("force"),
    P_END,
};

const struct docker_param image_tag_params[] = {
    P_CHECKED("repo", IMAGE_NAME, IMAGE_WRITE),
    P_PART("tag"),
    P_FREE("force"),
    P_END,
};

const struct docker_param image_remove_params[] = {
    P_FREE("force"),
    P_FREE("noprune"),
    P_FREE("platforms", .repeats = true, .since = 50),
    P_END,
};

const struct docker_param image_attestations_params[] = {
    P_FREE("platform", .repeats = true, .since = 55),
    P_FREE("type", .repeats = true, .since = 55),
    P_FREE("statement", .since = 55),
    P_END,
};

const struct docker_param build_params[] = {
    P_CHECKED("t", IMAGE_NAME, IMAGE_WRITE, .repeats = true),
    P_CHECKED("remote", PATH, BUILD_REMOTE, .secret = true),
    P_FREE("dockerfile", .joined = JOINED_FILE),
    P_FREE("q"),
    P_FREE("nocache"),
    P_CHECKED("cachefrom", JSON_PARAM, IMAGE),
    P_FREE("pull"),
    P_FREE("rm"),
    P_FREE("forcerm"),
    P_FREE("memory"),
    P_FREE("memswap"),
    P_FREE("cpushares"),
    P_FREE("cpusetcpus"),
    P_FREE("cpusetmems"),
    P_FREE("cpuperiod"),
    P_FREE("cpuquota"),
    P_FREE("buildargs", .secret = true),
    P_FREE("shmsize"),
    P_CHECKED("ulimits", JSON_PARAM, ULIMIT),
    P_FREE("squash"),
    P_CHECKED("labels", JSON_PARAM, LABEL),
    P_CHECKED("networkmode", NETWORK, NETWORK_MODE),
    P_FREE("platform", .since = 32),
    P_FREE("target"),
    P_CHECKED("outputs", JSON_PARAM, BUILDKIT, .since = 40),
    P_NEEDS("version", BUILDKIT),
    P_NEEDS("session", BUILDKIT, .secret = true),
    P_NEEDS("buildid", BUILDKIT),
    P_NEEDS("extrahosts", EXTRA_HOST, .repeats = true, .joined = JOINED_LIST),
    P_NEEDS("dns", DNS, .repeats = true, .joined = JOINED_LIST),
    P_CHECKED("securityopt", SECURITY, SECURITY_OPT, .repeats = true, .joined = JOINED_LIST),
    P_CHECKED("cgroupparent", PATH, CGROUP_PARENT),
    P_NEEDS("isolation", ISOLATION),
    P_END,
};

const struct docker_param build_cancel_params[] = {P_FREE("id"), P_END};

const struct docker_param build_prune_params[] = {
    P_FREE("all"),
    P_FREE("filters"),
    P_FREE("keep-storage"),
    P_FREE("reserved-space", .since = 48),
    P_FREE("max-used-space", .since = 48),
    P_FREE("min-free-space", .since = 48),
    P_FREE("stream", .since = 56),
    P_END,
};

/* ---- networks, volumes, the system ---- */

const struct docker_param filters_params[] = {P_FREE("filters"), P_END};

const struct docker_param prune_params[] = {
    P_FREE("filters"), P_FREE("stream", .since = 56), P_END};

const struct docker_param force_params[] = {P_FREE("force"), P_END};

const struct docker_param network_inspect_params[] = {
    P_FREE("verbose"),
    P_FREE("scope", .since = 31),
    P_END,
};

const struct docker_param events_params[] = {
    P_FREE("since"),
    P_FREE("until"),
    P_FREE("filters"),
    P_END,
};

const struct docker_param df_params[] = {
    P_FREE("type", .repeats = true, .since = 42),
    P_FREE("verbose", .since = 52),
    P_END,
};

const struct docker_param debug_params[] = {
    P_FREE("seconds"),
    P_FREE("debug"),
    P_FREE("gc"),
    P_END,
};

/* ---- swarm ---- */

const struct docker_param version_params[] = {P_FREE("version"), P_END};

const struct docker_param swarm_update_params[] = {
    P_FREE("version"),
    P_CHECKED("rotateWorkerToken", FLAG_PARAM, SWARM),
    P_CHECKED("rotateManagerToken", FLAG_PARAM, SWARM),
    P_CHECKED("rotateManagerUnlockKey", FLAG_PARAM, SWARM, .since = 25),
    P_END,
};

const struct docker_param service_list_params[] = {
    P_FREE("filters"),
    P_FREE("status", .since = 41),
    P_END,
};

const struct docker_param service_inspect_params[] = {P_FREE("insertDefaults", .since = 29), P_END};

/* A rollback brings back a spec that nobody judges now. */
const struct docker_param service_update_params[] = {
    P_FREE("version"),
    P_FREE("registryAuthFrom"),
    P_NEEDS("rollback", SERVICE_ROLLBACK),
    P_END,
};

/* ---- plugins ---- */

const struct docker_param plugin_privileges_params[] = {P_NEEDS("remote", PLUGIN), P_END};

const struct docker_param plugin_pull_params[] = {
    P_NEEDS("remote", PLUGIN),
    P_NEEDS("name", NAME),
    P_END,
};

const struct docker_param plugin_create_params[] = {P_NEEDS("name", PLUGIN), P_END};

const struct docker_param plugin_enable_params[] = {P_FREE("timeout"), P_END};
