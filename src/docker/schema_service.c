/* SPDX-License-Identifier: Apache-2.0 */
/* Services: how they run. What their containers are is in schema_task.c. */
#include "docker/tables.h"

static const struct docker_field service_replicated_fields[] = {
    FREE("Replicas", UINT),
};
SCHEMA(service_replicated, "ReplicatedService");

static const struct docker_field service_job_fields[] = {
    FREE("MaxConcurrent", UINT),
    FREE("TotalCompletions", UINT),
};
SCHEMA(service_job, "ReplicatedJob");

static const struct docker_field service_mode_fields[] = {
    INNER("Replicated", OBJECT, service_replicated),
    INNER("Global", OBJECT, empty_object),
    INNER("ReplicatedJob", OBJECT, service_job, .since = 41),
    INNER("GlobalJob", OBJECT, empty_object, .since = 41),
};
SCHEMA(service_mode, "ServiceMode");

static const struct docker_field service_update_config_fields[] = {
    FREE("Parallelism", UINT),
    FREE("Delay", INT),
    FREE("FailureAction", STRING),
    FREE("Monitor", INT),
    FREE("MaxFailureRatio", NUMBER),
    FREE("Order", STRING, .since = 29),
};
SCHEMA(service_update_config, "UpdateConfig");

static const struct docker_field service_port_fields[] = {
    FREE("Name", STRING),
    PART("Protocol", STRING),
    FREE("TargetPort", INT),
    PART("PublishedPort", INT),
    PART("PublishMode", STRING),
};
SCHEMA(service_port, "PortConfig");

static const struct docker_field service_endpoint_fields[] = {
    FREE("Mode", STRING),
    CHECKED("Ports", OBJECTS, SERVICE_PORTS, PUBLISH, .sub = &service_port),
};
SCHEMA(service_endpoint, "EndpointSpec");

static const struct docker_field service_spec_fields[] = {
    CHECKED("Name", STRING, ALIAS, NAME),
    CHECKED("Labels", STRING_MAP, LABELS, LABEL),
    INNER("TaskTemplate", OBJECT, task_spec),
    INNER("Mode", OBJECT, service_mode),
    INNER("UpdateConfig", OBJECT, service_update_config),
    INNER("RollbackConfig", OBJECT, service_update_config, .since = 28),
    INNER("Networks", OBJECTS, task_network),
    INNER("EndpointSpec", OBJECT, service_endpoint),
    /* dockerode repeats the parameters in the body, where the daemon ignores them */
    FREE("version", ANY),
    FREE("registryAuthFrom", ANY),
};
SCHEMA(service_spec, "ServiceSpec");
