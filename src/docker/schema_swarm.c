/* SPDX-License-Identifier: Apache-2.0 */
/* The swarm itself: membership, nodes, secrets and configs. */
#include "docker/tables.h"

static const struct docker_field swarm_orchestration_fields[] = {
    FREE("TaskHistoryRetentionLimit", INT),
};
SCHEMA(swarm_orchestration, "OrchestrationConfig");

static const struct docker_field swarm_raft_fields[] = {
    FREE("SnapshotInterval", UINT),
    FREE("KeepOldSnapshots", UINT),
    FREE("LogEntriesForSlowFollowers", UINT),
    FREE("ElectionTick", INT),
    FREE("HeartbeatTick", INT),
};
SCHEMA(swarm_raft, "RaftConfig");

static const struct docker_field swarm_dispatcher_fields[] = {
    FREE("HeartbeatPeriod", INT),
};
SCHEMA(swarm_dispatcher, "DispatcherConfig");

static const struct docker_field swarm_external_ca_fields[] = {
    NEEDS("Protocol", STRING, SWARM),
    NEEDS("URL", STRING, SWARM),
    NEEDS("Options", STRING_MAP, SWARM),
    NEEDS("CACert", STRING, SWARM),
};
SCHEMA(swarm_external_ca, "ExternalCA");

static const struct docker_field swarm_ca_fields[] = {
    FREE("NodeCertExpiry", INT),
    INNER("ExternalCAs", OBJECTS, swarm_external_ca),
    NEEDS("SigningCACert", STRING, SWARM, .since = 30),
    NEEDS("SigningCAKey", STRING, SWARM, .since = 30, .secret = true),
    NEEDS("ForceRotate", UINT, SWARM, .since = 30),
};
SCHEMA(swarm_ca, "CAConfig");

static const struct docker_field swarm_defaults_fields[] = {
    INNER("LogDriver", OBJECT, task_log),
};
SCHEMA(swarm_defaults, "TaskDefaults");

static const struct docker_field swarm_encryption_fields[] = {
    NEEDS("AutoLockManagers", BOOL, SWARM),
};
SCHEMA(swarm_encryption, "EncryptionConfig");

static const struct docker_field swarm_update_fields[] = {
    FREE("Name", STRING), CHECKED("Labels", STRING_MAP, LABELS, LABEL),
    INNER("Orchestration", OBJECT, swarm_orchestration), INNER("Raft", OBJECT, swarm_raft),
    INNER("Dispatcher", OBJECT, swarm_dispatcher), INNER("CAConfig", OBJECT, swarm_ca),
    INNER("TaskDefaults", OBJECT, swarm_defaults),
    INNER("EncryptionConfig", OBJECT, swarm_encryption, .since = 25),
    FREE("version", ANY), /* dockerode repeats the parameter, which the daemon ignores here */
};
SCHEMA(swarm_update, "Spec");

static const struct docker_field swarm_init_fields[] = {
    NEEDS("ListenAddr", STRING, SWARM),
    NEEDS("AdvertiseAddr", STRING, SWARM),
    NEEDS("DataPathAddr", STRING, SWARM, .since = 30),
    NEEDS("DataPathPort", INT, SWARM, .since = 40),
    NEEDS("ForceNewCluster", BOOL, SWARM),
    INNER("Spec", OBJECT, swarm_update),
    NEEDS("AutoLockManagers", BOOL, SWARM, .since = 25),
    FREE("Availability", STRING, .since = 27),
    NEEDS("DefaultAddrPool", STRINGS, SWARM, .since = 39),
    NEEDS("SubnetSize", INT, SWARM, .since = 39),
};
SCHEMA(swarm_init, "InitRequest");

static const struct docker_field swarm_join_fields[] = {
    NEEDS("ListenAddr", STRING, SWARM),
    NEEDS("AdvertiseAddr", STRING, SWARM),
    NEEDS("DataPathAddr", STRING, SWARM, .since = 30),
    NEEDS("RemoteAddrs", STRINGS, SWARM),
    NEEDS("JoinToken", STRING, SWARM, .secret = true),
    FREE("Availability", STRING, .since = 27),
};
SCHEMA(swarm_join, "JoinRequest");

static const struct docker_field swarm_unlock_fields[] = {
    NEEDS("UnlockKey", STRING, SWARM, .secret = true),
};
SCHEMA(swarm_unlock, "UnlockRequest");

static const struct docker_field node_spec_fields[] = {
    FREE("Name", STRING), CHECKED("Labels", STRING_MAP, LABELS, LABEL), NEEDS("Role", STRING, NODE),
    NEEDS("Availability", STRING, NODE), FREE("version", ANY), /* as in swarm_update_fields */
};
SCHEMA(node_spec, "NodeSpec");

static const struct docker_field secret_driver_fields[] = {
    CHECKED("Name", STRING, DRIVER, SECRET_DRIVER),
    FREE("Options", STRING_MAP),
};
SCHEMA(secret_driver, "Driver");

static const struct docker_field secret_spec_fields[] = {
    NEEDS("Name", STRING, NAME), CHECKED("Labels", STRING_MAP, LABELS, LABEL),
    FREE("Data", STRING, .secret = true), INNER("Driver", OBJECT, secret_driver, .since = 31),
    INNER("Templating", OBJECT, secret_driver, .since = 37),
    FREE("version", ANY), /* as in swarm_update_fields */
};
SCHEMA(secret_spec, "SecretSpec");

static const struct docker_field config_spec_fields[] = {
    NEEDS("Name", STRING, NAME), CHECKED("Labels", STRING_MAP, LABELS, LABEL),
    FREE("Data", STRING, .secret = true), INNER("Templating", OBJECT, secret_driver, .since = 37),
    FREE("version", ANY), /* as in swarm_update_fields */
};
SCHEMA(config_spec, "ConfigSpec");
