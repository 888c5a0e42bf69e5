/* SPDX-License-Identifier: Apache-2.0 */
/* How rows of this room's tables are written, and the tables that refer to each other. */
#ifndef DOCKER_TABLES_H
#define DOCKER_TABLES_H

#include "docker/docker.h"

/* ---- fields ---- */

/* The second one ends the build when the name is too long. */
#define FIELD_NAME(n)                                                                              \
	.name = (const char[DOCKER_NAME_ROOM]){n},                                                 \
	.name_len = sizeof(n) - 1 + 0 * sizeof(char[sizeof(n) <= DOCKER_NAME_ROOM ? 1 : -1])

/* Harmless. */
#define FREE(n, s, ...)                                                                            \
	{                                                                                          \
		FIELD_NAME(n), .shape = SHAPE_##s, .check = CHECK_FREE, __VA_ARGS__                \
	}
/* Each value needs a grant. */
#define NEEDS(n, s, g, ...)                                                                        \
	{                                                                                          \
		FIELD_NAME(n), .shape = SHAPE_##s, .check = CHECK_GRANT, .grant = GRANT_##g##_ID,  \
			       __VA_ARGS__                                                         \
	}
/* Has a grammar of its own under a grant. */
#define CHECKED(n, s, c, g, ...)                                                                   \
	{                                                                                          \
		FIELD_NAME(n), .shape = SHAPE_##s, .check = CHECK_##c, .grant = GRANT_##g##_ID,    \
			       __VA_ARGS__                                                         \
	}
/* An object, a list or a map of objects that a schema describes. */
#define INNER(n, s, schema, ...)                                                                   \
	{                                                                                          \
		FIELD_NAME(n), .shape = SHAPE_##s, .check = CHECK_SCHEMA, .sub = &(schema),        \
			       __VA_ARGS__                                                         \
	}
/* Judged by the check of an object above it. */
#define PART(n, s, ...)                                                                            \
	{                                                                                          \
		FIELD_NAME(n), .shape = SHAPE_##s, .check = CHECK_TOGETHER, __VA_ARGS__            \
	}
/* Has a grammar of its own and no grant. */
#define PLAIN(n, s, c, ...)                                                                        \
	{                                                                                          \
		FIELD_NAME(n), .shape = SHAPE_##s, .check = CHECK_##c, __VA_ARGS__                 \
	}
#define NEVER(n, s, ...)                                                                           \
	{                                                                                          \
		FIELD_NAME(n), .shape = SHAPE_##s, .check = CHECK_NEVER, __VA_ARGS__               \
	}

#define SCHEMA(id, title, ...)                                                                     \
	const struct docker_schema id = {.name = (title),                                          \
	    .fields = id##_fields,                                                                 \
	    .count = sizeof(id##_fields) / sizeof(id##_fields[0]),                                 \
	    __VA_ARGS__}

/* ---- query parameters ---- */

#define P_FREE(n, ...)                                                                             \
	{                                                                                          \
		.name = (n), .check = CHECK_FREE, __VA_ARGS__                                      \
	}
#define P_NEEDS(n, g, ...)                                                                         \
	{                                                                                          \
		.name = (n), .check = CHECK_GRANT, .grant = GRANT_##g##_ID, __VA_ARGS__            \
	}
#define P_CHECKED(n, c, g, ...)                                                                    \
	{                                                                                          \
		.name = (n), .check = CHECK_##c, .grant = GRANT_##g##_ID, __VA_ARGS__              \
	}
/* Holds JSON that a schema describes. */
#define P_JSON(n, g, schema, ...)                                                                  \
	{                                                                                          \
		.name = (n), .kind = KIND_JSON, .check = CHECK_JSON_PARAM,                         \
		.grant = GRANT_##g##_ID, .json = &(schema), __VA_ARGS__                            \
	}
#define P_PLAIN(n, c, ...)                                                                         \
	{                                                                                          \
		.name = (n), .check = CHECK_##c, __VA_ARGS__                                       \
	}
#define P_PART(n, ...)                                                                             \
	{                                                                                          \
		.name = (n), .check = CHECK_TOGETHER, __VA_ARGS__                                  \
	}
#define P_FLAG(n, ...)                                                                             \
	{                                                                                          \
		.name = (n), .kind = KIND_FLAG, .check = CHECK_FREE, __VA_ARGS__                   \
	}
#define P_FLAG_ON(n, ...)                                                                          \
	{                                                                                          \
		.name = (n), .kind = KIND_FLAG_ON, .check = CHECK_FREE, __VA_ARGS__                \
	}
#define P_NUMBER(n, ...)                                                                           \
	{                                                                                          \
		.name = (n), .kind = KIND_NUMBER, .check = CHECK_FREE, __VA_ARGS__                 \
	}
/* Sent by the clients that the comment names, read by no daemon. */
#define P_IGNORED(n, ...)                                                                          \
	{                                                                                          \
		.name = (n), .ignored = true, .check = CHECK_FREE, __VA_ARGS__                     \
	}
#define P_END                                                                                      \
	{                                                                                          \
		.name = NULL                                                                       \
	}

/* ---- shared schemas ---- */

#define SCHEMAS(X)                                                                                 \
	X(container_create)                                                                        \
	X(container_update)                                                                        \
	X(container_commit)                                                                        \
	X(container_copy)                                                                          \
	X(config_health)                                                                           \
	X(host_config)                                                                             \
	X(log_config)                                                                              \
	X(restart_policy)                                                                          \
	X(port_binding)                                                                            \
	X(device_mapping)                                                                          \
	X(device_request)                                                                          \
	X(ulimit)                                                                                  \
	X(weight_device)                                                                           \
	X(throttle_device)                                                                         \
	X(mount)                                                                                   \
	X(mount_bind)                                                                              \
	X(mount_volume)                                                                            \
	X(mount_driver)                                                                            \
	X(mount_image)                                                                             \
	X(mount_tmpfs)                                                                             \
	X(empty_object)                                                                            \
	X(networking_config)                                                                       \
	X(endpoint)                                                                                \
	X(endpoint_ipam)                                                                           \
	X(exec_create)                                                                             \
	X(exec_start)                                                                              \
	X(checkpoint_create)                                                                       \
	X(network_create)                                                                          \
	X(network_ipam)                                                                            \
	X(network_ipam_config)                                                                     \
	X(network_config_from)                                                                     \
	X(network_connect)                                                                         \
	X(network_disconnect)                                                                      \
	X(volume_create)                                                                           \
	X(volume_update)                                                                           \
	X(auth_config)                                                                             \
	X(image_push)                                                                              \
	X(service_spec)                                                                            \
	X(service_mode)                                                                            \
	X(service_replicated)                                                                      \
	X(service_job)                                                                             \
	X(service_update_config)                                                                   \
	X(service_endpoint)                                                                        \
	X(service_port)                                                                            \
	X(task_spec)                                                                               \
	X(task_resources)                                                                          \
	X(task_limits)                                                                             \
	X(task_reservations)                                                                       \
	X(task_generic)                                                                            \
	X(task_generic_named)                                                                      \
	X(task_generic_discrete)                                                                   \
	X(task_restart)                                                                            \
	X(task_placement)                                                                          \
	X(task_preference)                                                                         \
	X(task_spread)                                                                             \
	X(task_platform)                                                                           \
	X(task_network)                                                                            \
	X(task_log)                                                                                \
	X(task_plugin)                                                                             \
	X(task_plugin_privilege)                                                                   \
	X(container_spec)                                                                          \
	X(spec_privileges)                                                                         \
	X(spec_credentials)                                                                        \
	X(spec_selinux)                                                                            \
	X(spec_seccomp)                                                                            \
	X(spec_apparmor)                                                                           \
	X(spec_dns)                                                                                \
	X(spec_secret)                                                                             \
	X(spec_config)                                                                             \
	X(spec_file)                                                                               \
	X(swarm_init)                                                                              \
	X(swarm_join)                                                                              \
	X(swarm_update)                                                                            \
	X(swarm_unlock)                                                                            \
	X(swarm_orchestration)                                                                     \
	X(swarm_raft)                                                                              \
	X(swarm_dispatcher)                                                                        \
	X(swarm_ca)                                                                                \
	X(swarm_external_ca)                                                                       \
	X(swarm_defaults)                                                                          \
	X(swarm_encryption)                                                                        \
	X(node_spec)                                                                               \
	X(secret_spec)                                                                             \
	X(config_spec)                                                                             \
	X(secret_driver)                                                                           \
	X(plugin_privileges)                                                                       \
	X(plugin_privilege)                                                                        \
	X(plugin_settings)                                                                         \
	X(build_ulimits)                                                                           \
	X(build_labels)                                                                            \
	X(build_cache_from)                                                                        \
	X(build_outputs)                                                                           \
	X(solve_request)                                                                           \
	X(solve_cache)                                                                             \
	X(solve_exporter)                                                                          \
	X(frontend_attrs)                                                                          \
	X(exporter_attrs)                                                                          \
	X(output_attrs)                                                                            \
	X(cache_entry)                                                                             \
	X(cache_registry_from)                                                                     \
	X(cache_registry_to)                                                                       \
	X(source_attrs)                                                                            \
	X(source_op)                                                                               \
	X(cache_local_attrs)                                                                       \
	X(cache_gha_attrs)                                                                         \
	X(cache_inline_attrs)                                                                      \
	X(cache_imports)                                                                           \
	X(bridge_solve)                                                                            \
	X(bridge_resolve)                                                                          \
	X(bridge_source)                                                                           \
	X(build_ref)                                                                               \
	X(stored_container)                                                                        \
	X(stored_config)                                                                           \
	X(stored_networks)                                                                         \
	X(stored_endpoint)                                                                         \
	X(stored_exec)                                                                             \
	X(stored_process)                                                                          \
	X(stored_volume)                                                                           \
	X(stored_network)

#define X(id) extern const struct docker_schema id;
SCHEMAS(X)
#undef X

/* ---- shared parameters ---- */

#define PARAMS(X)                                                                                  \
	X(attach_params)                                                                           \
	X(archive_params)                                                                          \
	X(archive_put_params)                                                                      \
	X(build_cancel_params)                                                                     \
	X(build_params)                                                                            \
	X(build_prune_params)                                                                      \
	X(checkpoint_params)                                                                       \
	X(commit_params)                                                                           \
	X(container_create_params)                                                                 \
	X(container_inspect_params)                                                                \
	X(container_list_params)                                                                   \
	X(container_remove_params)                                                                 \
	X(debug_params)                                                                            \
	X(df_params)                                                                               \
	X(events_params)                                                                           \
	X(filters_params)                                                                          \
	X(force_params)                                                                            \
	X(image_attestations_params)                                                               \
	X(image_create_params)                                                                     \
	X(image_get_all_params)                                                                    \
	X(image_get_params)                                                                        \
	X(image_history_params)                                                                    \
	X(image_inspect_params)                                                                    \
	X(image_list_params)                                                                       \
	X(image_load_params)                                                                       \
	X(image_push_params)                                                                       \
	X(image_remove_params)                                                                     \
	X(image_search_params)                                                                     \
	X(image_tag_params)                                                                        \
	X(kill_params)                                                                             \
	X(logs_params)                                                                             \
	X(network_inspect_params)                                                                  \
	X(plugin_create_params)                                                                    \
	X(plugin_enable_params)                                                                    \
	X(plugin_privileges_params)                                                                \
	X(plugin_pull_params)                                                                      \
	X(prune_params)                                                                            \
	X(rename_params)                                                                           \
	X(resize_params)                                                                           \
	X(service_inspect_params)                                                                  \
	X(service_list_params)                                                                     \
	X(service_update_params)                                                                   \
	X(start_params)                                                                            \
	X(stats_params)                                                                            \
	X(stop_params)                                                                             \
	X(swarm_update_params)                                                                     \
	X(top_params)                                                                              \
	X(version_params)                                                                          \
	X(wait_params)

extern const struct docker_filter container_list_filters[];

#define X(id) extern const struct docker_param id[];
PARAMS(X)
#undef X

#endif
