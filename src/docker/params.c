/* SPDX-License-Identifier: Apache-2.0 */
/* The query parameters of each operation: what the daemon reads, and what real clients send though
 * it reads nothing of it. Names are compared exactly, as the daemon does. */
#include "docker/tables.h"

/* ---- containers ---- */

const struct docker_param container_list_params[] = {
    P_FLAG("all"),
    P_NUMBER("limit"),
    P_FLAG("size", .slow = true),
    P_FREE("filters", .kind = KIND_JSON),
    P_FREE("since", .names_other = true),
    P_FREE("before", .names_other = true),
    P_IGNORED("trunc_cmd"), /* docker-py */
    P_END,
};

const struct docker_filter container_list_filters[] = {
    {.name = "id", .begins_id = true}, {.name = "before"}, {.name = "since"}, {.name = NULL}};

const struct docker_param container_create_params[] = {
    P_CHECKED("name", NAME, NAME),
    P_FREE("platform", .since = 41),
    P_END,
};

const struct docker_param container_inspect_params[] = {P_FLAG("size", .slow = true), P_END};

/* ps prints the environment of processes with "e"; the daemon runs it on the host, and finds the
 * lines of the container by the column with the title PID. */
const struct docker_param top_params[] = {
    P_NEEDS("ps_args", PS_ARGS, .tells_all = true, .reshapes = true, .joined = JOINED_PS), P_END};

const struct docker_param logs_params[] = {
    P_FLAG("follow"),
    P_FLAG("stdout"),
    P_FLAG("stderr"),
    P_FREE("since"),
    P_FREE("until", .since = 35),
    P_FLAG("timestamps"),
    P_FREE("tail"),
    P_FLAG("details"),
    P_FREE("format", .since = 54),
    P_END,
};

const struct docker_param stats_params[] = {
    P_FLAG_ON("stream"),
    P_FLAG("one-shot", .since = 41),
    P_END,
};

const struct docker_param resize_params[] = {P_NUMBER("h"), P_NUMBER("w"), P_END};

const struct docker_param start_params[] = {
    P_FREE("detachKeys"),
    P_PLAIN("checkpoint", SEGMENT),
    P_CHECKED("checkpoint-dir", PATH, CHECKPOINT_DIR),
    P_END,
};

const struct docker_param stop_params[] = {
    P_NUMBER("t"),
    P_CHECKED("signal", SIGNAL, SIGNAL, .since = 42),
    P_END,
};

const struct docker_param kill_params[] = {
    P_CHECKED("signal", SIGNAL, SIGNAL, .missing = "KILL"), P_END};

const struct docker_param rename_params[] = {P_CHECKED("name", NAME, NAME), P_END};

const struct docker_param wait_params[] = {P_FREE("condition", .since = 30), P_END};

const struct docker_param attach_params[] = {
    P_FREE("detachKeys"),
    P_FLAG("logs"),
    P_FLAG("stream"),
    P_FLAG("stdin"),
    P_FLAG("stdout"),
    P_FLAG("stderr"),
    P_IGNORED("hijack"), /* dockerode */
    P_END,
};

const struct docker_param container_remove_params[] = {
    P_FLAG("v"),
    P_FLAG("force"),
    P_FLAG("link"),
    P_END,
};

const struct docker_param archive_params[] = {P_CHECKED("path", PATH, ARCHIVE_PATH), P_END};

const struct docker_param archive_put_params[] = {
    P_CHECKED("path", PATH, ARCHIVE_PATH),
    P_FLAG("noOverwriteDirNonDir"),
    P_FLAG("copyUIDGID"),
    P_END,
};

const struct docker_param checkpoint_params[] = {P_CHECKED("dir", PATH, CHECKPOINT_DIR), P_END};

const struct docker_param commit_params[] = {
    P_FREE("container", .means = CHECK_NAME),
    P_CHECKED("repo", IMAGE_NAME, IMAGE_WRITE),
    P_PART("tag"),
    P_FREE("comment"),
    P_IGNORED("m"), /* docker-java */
    P_FREE("author"),
    P_FLAG_ON("pause"),
    P_CHECKED("changes", INSTRUCTION, IMAGE_CHANGE, .repeats = true, .secret = true),
    P_END,
};

/* ---- images and builds ---- */

const struct docker_param image_list_params[] = {
    P_FLAG("all"),
    P_FREE("filters", .kind = KIND_JSON),
    P_FREE("filter"),
    P_FLAG("digests"),
    P_IGNORED("only_ids"), /* docker-py */
    P_IGNORED("viz"),      /* docker-py */
    P_FLAG("shared-size", .since = 42, .slow = true),
    P_FLAG("manifests", .since = 47, .tells_all = true),
    P_FLAG("identity", .since = 54, .tells_all = true),
    P_END,
};

const struct docker_param image_inspect_params[] = {
    P_FLAG("size"),
    P_FLAG("manifests", .since = 48, .tells_all = true),
    P_FREE("platform", .since = 49),
    P_END,
};

const struct docker_param image_history_params[] = {P_FREE("platform", .since = 48), P_END};

const struct docker_param image_search_params[] = {
    P_CHECKED("term", REGISTRY, REGISTRY),
    P_NUMBER("limit"),
    P_FREE("filters", .kind = KIND_JSON),
    P_END,
};

const struct docker_param image_create_params[] = {
    P_CHECKED("fromImage", IMAGE_TAGS, IMAGE, .chooses = true),
    P_PART("tag"),
    P_FREE("platform", .since = 32),
    P_CHECKED("fromSrc", PATH, IMPORT, .secret = true, .chooses = true, .joined = JOINED_SOURCE),
    P_CHECKED("repo", IMAGE_NAME, IMAGE_WRITE, .chooses = true),
    P_FREE("message"),
    P_CHECKED("changes", INSTRUCTION, IMAGE_CHANGE, .repeats = true, .secret = true),
    P_IGNORED("registry"), /* docker-java; the daemon takes it from the name alone */
    P_IGNORED("authconfig", .secret = true), /* dockerode; the daemon takes it from a header */
    P_IGNORED("all"),                        /* go-dockerclient */
    P_END,
};

const struct docker_param image_load_params[] = {
    P_FLAG_ON("quiet"),
    P_FREE("platform", .repeats = true, .since = 48),
    P_END,
};

const struct docker_param image_get_params[] = {
    P_FREE("platform", .repeats = true, .since = 48),
    P_IGNORED("tag"), /* docker-java; the name in the path alone counts */
    P_END,
};

const struct docker_param image_get_all_params[] = {
    P_FREE("names", .repeats = true, .means = CHECK_IMAGE_NAME),
    P_FREE("platform", .repeats = true, .since = 48),
    P_END,
};

const struct docker_param image_push_params[] = {
    P_PART("tag"),
    P_FREE("platform", .since = 46),
    P_FLAG("force"),
    P_IGNORED("fromImage"), /* Docker.DotNet */
    P_IGNORED("name"),      /* go-dockerclient */
    P_IGNORED("registry"),  /* go-dockerclient; the daemon takes it from the name alone */
    P_END,
};

const struct docker_param image_tag_params[] = {
    P_CHECKED("repo", IMAGE_NAME, IMAGE_WRITE),
    P_PART("tag"),
    P_FLAG("force"),
    P_END,
};

const struct docker_param image_remove_params[] = {
    P_FLAG("force"),
    P_FLAG("noprune"),
    P_FREE("platforms", .repeats = true, .since = 50),
    P_END,
};

const struct docker_param image_attestations_params[] = {
    P_FREE("platform", .repeats = true, .since = 55),
    P_FREE("type", .repeats = true, .since = 55),
    P_FLAG("statement", .since = 55),
    P_END,
};

/* What the JSON text of a parameter holds. */
static const struct docker_field build_ulimits_fields[] = {
    CHECKED("", OBJECTS, ULIMIT, ULIMIT, .sub = &ulimit),
};
SCHEMA(build_ulimits, "BuildUlimits", .whole = true);

static const struct docker_field build_labels_fields[] = {CHECKED("", STRING_MAP, LABELS, LABEL)};
SCHEMA(build_labels, "BuildLabels", .whole = true);

static const struct docker_field build_cache_from_fields[] = {CHECKED("", STRINGS, IMAGE, IMAGE)};
SCHEMA(build_cache_from, "BuildCacheFrom", .whole = true);

static const struct docker_field build_outputs_fields[] = {NEEDS("", OBJECTS, BUILDKIT)};
SCHEMA(build_outputs, "BuildOutputs", .whole = true);

const struct docker_param build_params[] = {
    P_CHECKED("t", IMAGE_NAME, IMAGE_WRITE, .repeats = true),
    /* The words are BuildKit's for a context that comes by the session or in the body. */
    P_CHECKED("remote", PATH, BUILD_REMOTE, .secret = true,
	.words = "client-session upload-request ", .words_grant = GRANT_BUILDKIT_ID),
    P_FREE("dockerfile", .joined = JOINED_FILE),
    P_FLAG("q"),
    P_FLAG("nocache"),
    P_JSON("cachefrom", IMAGE, build_cache_from),
    P_FLAG("pull"),
    P_FLAG_ON("rm"),
    P_FLAG("forcerm"),
    P_NUMBER("memory"),
    P_NUMBER("memswap"),
    P_NUMBER("cpushares"),
    P_FREE("cpusetcpus"),
    P_FREE("cpusetmems"),
    P_NUMBER("cpuperiod"),
    P_NUMBER("cpuquota"),
    P_FREE("buildargs", .kind = KIND_JSON, .secret = true),
    P_NUMBER("shmsize"),
    P_JSON("ulimits", ULIMIT, build_ulimits),
    P_FLAG("squash"),
    P_JSON("labels", LABEL, build_labels),
    P_CHECKED("networkmode", NETWORK, NETWORK_MODE),
    P_FREE("platform", .since = 32),
    P_FREE("target"),
    P_JSON("outputs", BUILDKIT, build_outputs, .since = 40),
    P_NEEDS("version", BUILDKIT),
    P_NEEDS("session", BUILDKIT, .secret = true),
    P_NEEDS("buildid", BUILDKIT),
    P_NEEDS("extrahosts", EXTRA_HOST, .repeats = true, .joined = JOINED_LINES),
    P_NEEDS("dns", DNS, .repeats = true, .joined = JOINED_LINES),
    P_CHECKED("securityopt", SECURITY, SECURITY_OPT, .repeats = true, .joined = JOINED_LIST),
    P_CHECKED("cgroupparent", PATH, CGROUP_PARENT),
    P_NEEDS("isolation", ISOLATION),
    P_END,
};

const struct docker_param build_cancel_params[] = {P_FREE("id"), P_END};

const struct docker_param build_prune_params[] = {
    P_FLAG("all"),
    P_FREE("filters", .kind = KIND_JSON),
    P_NUMBER("keep-storage"),
    P_NUMBER("reserved-space", .since = 48),
    P_NUMBER("max-used-space", .since = 48),
    P_NUMBER("min-free-space", .since = 48),
    P_FLAG("stream", .since = 56),
    P_END,
};

/* ---- networks, volumes, the system ---- */

const struct docker_param filters_params[] = {P_FREE("filters", .kind = KIND_JSON), P_END};

const struct docker_param prune_params[] = {
    P_FREE("filters", .kind = KIND_JSON), P_FLAG("stream", .since = 56), P_END};

const struct docker_param force_params[] = {P_FLAG("force"), P_END};

const struct docker_param network_inspect_params[] = {
    P_FLAG("verbose"),
    P_FREE("scope", .since = 31),
    P_END,
};

const struct docker_param events_params[] = {
    P_IGNORED("stream"), /* aiodocker */
    P_FREE("since"),
    P_FREE("until"),
    P_FREE("filters", .kind = KIND_JSON),
    P_END,
};

const struct docker_param df_params[] = {
    P_FREE("type", .repeats = true, .since = 42),
    P_FLAG("verbose", .since = 52),
    P_END,
};

const struct docker_param debug_params[] = {
    P_NUMBER("seconds"),
    P_FLAG("debug"),
    P_NUMBER("gc"),
    P_END,
};

/* ---- swarm ---- */

const struct docker_param version_params[] = {P_NUMBER("version"), P_END};

const struct docker_param swarm_update_params[] = {
    P_NUMBER("version"),
    P_NEEDS("rotateWorkerToken", SWARM, .kind = KIND_FLAG),
    P_NEEDS("rotateManagerToken", SWARM, .kind = KIND_FLAG),
    P_NEEDS("rotateManagerUnlockKey", SWARM, .kind = KIND_FLAG, .since = 25),
    P_IGNORED("rotateWorkertoken"), /* docker-java; the daemon looks at the case */
    P_IGNORED("rotateworkertoken"), /* Docker.DotNet, as well */
    P_IGNORED("rotatemanagertoken"),
    P_IGNORED("rotatemanagerunlockkey"),
    P_END,
};

const struct docker_param service_list_params[] = {
    P_FREE("filters", .kind = KIND_JSON),
    P_FLAG("status", .since = 41),
    P_END,
};

const struct docker_param service_inspect_params[] = {P_FLAG("insertDefaults", .since = 29), P_END};

/* A rollback brings back a spec that nobody judges now. */
const struct docker_param service_update_params[] = {
    P_NUMBER("version"),
    P_FREE("registryAuthFrom"),
    P_NEEDS("rollback", SERVICE_ROLLBACK),
    P_IGNORED("registryauthfrom"), /* Docker.DotNet; the daemon looks at the case */
    P_END,
};

/* ---- plugins ---- */

const struct docker_param plugin_privileges_params[] = {P_CHECKED("remote", REMOTE, PLUGIN), P_END};

const struct docker_param plugin_pull_params[] = {
    P_CHECKED("remote", REMOTE, PLUGIN),
    P_NEEDS("name", NAME),
    P_END,
};

const struct docker_param plugin_create_params[] = {P_NEEDS("name", PLUGIN), P_END};

const struct docker_param plugin_enable_params[] = {P_NUMBER("timeout"), P_END};
