/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of container operations but for HostConfig and networks. */
#include "docker/tables.h"

static const struct docker_field config_health_fields[] = {
    /* a command that the daemon runs again and again, so it is a command */
    CHECKED("Test", STRING_OR_STRINGS, HEALTH, COMMAND, .joined = JOINED_HEALTH),
    FREE("Interval", INT),
    FREE("Timeout", INT),
    FREE("StartPeriod", INT, .since = 29),
    FREE("StartInterval", INT, .since = 44),
    FREE("Retries", INT),
    FREE("NoWait", BOOL),
};
SCHEMA(config_health, "HealthConfig");

/* What an image holds as well. Shell is what health checks of the CMD-SHELL kind run in. */
/* clang-format off */
#define CONFIG_FIELDS                                                                              \
	CHECKED("Hostname", STRING, ALIAS, ALIAS, .joined = JOINED_LINE),                          \
	FREE("Domainname", STRING, .joined = JOINED_LINE),                                         \
	CHECKED("User", STRING, USER, USER, .told = TOLD_VALUE),                                   \
	FREE("AttachStdin", BOOL),                                                                 \
	FREE("AttachStdout", BOOL),                                                                \
	FREE("AttachStderr", BOOL),                                                                \
	FREE("ExposedPorts", SET),                                                                 \
	FREE("Tty", BOOL),                                                                         \
	FREE("OpenStdin", BOOL),                                                                   \
	FREE("StdinOnce", BOOL),                                                                   \
	NEEDS("Env", STRINGS, ENV, .secret = true, .joined = JOINED_ENV),                          \
	CHECKED("Cmd", STRING_OR_STRINGS, ARGV, COMMAND, .told = TOLD_COMMAND),                    \
	INNER("Healthcheck", OBJECT, config_health),                                               \
	FREE("ArgsEscaped", BOOL),                                                                 \
	CHECKED("Image", STRING, IMAGE, IMAGE, .told = TOLD_VALUE),                                \
	FREE("Volumes", SET, .joined = JOINED_COLONS),                                             \
	CHECKED("WorkingDir", STRING, WORKDIR, WORKING_DIR),                                       \
	CHECKED("Entrypoint", STRING_OR_STRINGS, ARGV, ENTRYPOINT, .joined = JOINED_ONE,           \
	    .told = TOLD_COMMAND),                                                                 \
	FREE("NetworkDisabled", BOOL),                                                             \
	NEEDS("MacAddress", STRING, MAC_ADDRESS),                                                  \
	CHECKED("OnBuild", STRINGS, INSTRUCTION, IMAGE_CHANGE),                                    \
	CHECKED("Labels", STRING_MAP, LABELS, LABEL, .joined = JOINED_PAIRS),                                \
	CHECKED("StopSignal", STRING, SIGNAL, SIGNAL),                                             \
	FREE("StopTimeout", INT, .since = 25),                                                     \
	FREE("PortSpecs", STRINGS), /* docker-java; no daemon reads it */                          \
	CHECKED("Shell", STRING_OR_STRINGS, ARGV, COMMAND)
/* clang-format on */

/* Daemons before 27.0 take a missing HostConfig from the top level. Its names are therefore unknown
 * here, but for those that they take even beside a HostConfig. */
static const struct docker_field container_create_fields[] = {
    CONFIG_FIELDS,
    INNER("HostConfig", OBJECT, host_config),
    INNER("NetworkingConfig", OBJECT, networking_config),
    FREE("Memory", INT),
    FREE("MemorySwap", INT),
    FREE("CpuShares", INT),
    FREE("Cpuset", STRING),
    FREE("CpusetCpus", STRING),
    CHECKED("VolumeDriver", STRING, DRIVER, VOLUME_DRIVER),
    NEEDS("Runtime", STRING, RUNTIME), /* docker-py has it here */
    /* dockerode repeats the parameters in the body */
    CHECKED("name", STRING, NAME, NAME),
    FREE("platform", ANY),
};
/* Without an image it makes a container of nothing but mounts. */
SCHEMA(container_create, "Config", .must = "Image", .fresh = true);

static const struct docker_field container_commit_fields[] = {
    CONFIG_FIELDS,
    FREE("Memory", INT), /* docker-java; no daemon reads them here */
    FREE("MemorySwap", INT),
    /* dockerode repeats the parameters in the body, where the daemon ignores them */
    FREE("container", ANY),
    FREE("repo", ANY),
    FREE("tag", ANY),
    FREE("comment", ANY),
    FREE("author", ANY),
    FREE("pause", ANY),
    FREE("changes", ANY),
};
SCHEMA(container_commit, "Config of an image");

static const struct docker_field exec_create_fields[] = {
    CHECKED("User", STRING, USER, USER, .told = TOLD_VALUE),
    NEEDS("Privileged", BOOL, PRIVILEGED, .told = TOLD_VALUE),
    NEEDS("Tty", BOOL, EXEC_TTY),
    FREE("Container", STRING),   /* docker-py; the path counts */
    FREE("containerId", STRING), /* docker-java */
    FREE("ConsoleSize", INTS, .since = 42),
    FREE("AttachStdin", BOOL),
    FREE("AttachStderr", BOOL),
    FREE("AttachStdout", BOOL),
    FREE("Detach", BOOL),
    FREE("DetachKeys", STRING),
    NEEDS("Env", STRINGS, ENV, .secret = true, .since = 25),
    CHECKED("WorkingDir", STRING, WORKDIR, WORKING_DIR, .since = 35),
    CHECKED("Cmd", STRINGS, ARGV, EXEC_COMMAND, .told = TOLD_COMMAND),
};
SCHEMA(exec_create, "ExecConfig", .fresh = true);

static const struct docker_field exec_start_fields[] = {
    FREE("Detach", BOOL),
    NEEDS("Tty", BOOL, EXEC_TTY),
    FREE("ConsoleSize", INTS, .since = 42),
    FREE("hijack", BOOL), /* dockerode's own options */
    FREE("stdin", BOOL),
    FREE("OutputCapacity", INT), /* bollard's own */
    /* Members of exec_create that Docker.DotNet sends again. No daemon reads them here; what would
     * be power there is held to the same grants, should one ever do. */
    FREE("AttachStdin", BOOL),
    FREE("AttachStderr", BOOL),
    FREE("AttachStdout", BOOL),
    FREE("DetachKeys", STRING),
    CHECKED("User", STRING, USER, USER),
    NEEDS("Privileged", BOOL, PRIVILEGED),
    NEEDS("Env", STRINGS, ENV, .secret = true),
    CHECKED("WorkingDir", STRING, WORKDIR, WORKING_DIR),
    CHECKED("Cmd", STRINGS, ARGV, EXEC_COMMAND),
};
SCHEMA(exec_start, "ExecStartConfig");

static const struct docker_field container_copy_fields[] = {
    CHECKED("Resource", STRING, PATH, ARCHIVE_PATH),
    FREE("HostPath", STRING),
};
SCHEMA(container_copy, "CopyConfig");

static const struct docker_field checkpoint_create_fields[] = {
    FREE("CheckpointID", STRING),
    CHECKED("CheckpointDir", STRING, PATH, CHECKPOINT_DIR),
    FREE("Exit", BOOL),
};
SCHEMA(checkpoint_create, "CheckpointConfig");
