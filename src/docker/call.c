/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of BuildKit's gRPC services. Those of containerd's content store and of the collector
 * of traces are served beside them. */
#include "docker/operations.h"
#include "docker/tables.h"
#include "docker/call.h"

#define CONTROL(m, o, ...)                                                                         \
	{                                                                                          \
		.path = "/moby.buildkit.v1.Control/" m, .operation = "buildkit." o, __VA_ARGS__    \
	}
#define BRIDGE(m, o, ...)                                                                          \
	{                                                                                          \
		.path = "/moby.buildkit.v1.frontend.LLBBridge/" m, .operation = "buildkit." o,     \
		.builds = true, __VA_ARGS__                                                        \
	}
#define CONTENT(m)                                                                                 \
	{                                                                                          \
		.path = "/containerd.services.content.v1.Content/" m,                              \
		.operation = "buildkit.content"                                                    \
	}

/* Refs of LLBBridge are random ids of results, known in their own build alone. Without a row here:
 * the containers of LLBBridge, and what writes to the content store. */
static const struct docker_call calls[] = {
    CONTROL("Solve", "solve", .schema = &solve_request, .attrs = 7, .sources = 12),
    CONTROL("Session", "session", .session = true),
    BRIDGE("Ping", "solve"),
    BRIDGE("Solve", "solve", .schema = &bridge_solve, .attrs = 3),
    BRIDGE("Return", "solve"),
    BRIDGE("Evaluate", "solve"),
    BRIDGE("ReadFile", "solve"),
    BRIDGE("ReadDir", "solve"),
    BRIDGE("StatFile", "solve"),
    BRIDGE("Inputs", "solve"),
    BRIDGE("Warn", "solve"),
    BRIDGE("ResolveImageConfig", "solve", .schema = &bridge_resolve),
    BRIDGE("ResolveSourceMeta", "solve", .schema = &bridge_source),
    CONTROL("Status", "status", .schema = &build_ref),
    CONTROL("ListWorkers", "workers"),
    CONTROL("Info", "workers"),
    CONTROL("DiskUsage", "usage"),
    CONTROL("Prune", "prune"),
    CONTROL("ListenBuildHistory", "history", .optional = true),
    CONTROL("UpdateBuildHistory", "history"),
    CONTENT("Info"),
    CONTENT("List"),
    CONTENT("Read"),
    {.path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
	.operation = "buildkit.trace",
	.optional = true},
};

/* What the daemon asks of a client that builds: its files, secrets and credentials, all its own. */
static const char *const session_calls[] = {
    "/grpc.health.v1.Health/Check",
    "/moby.filesync.v1.FileSync/DiffCopy",
    "/moby.filesync.v1.FileSync/TarStream",
    "/moby.filesync.v1.FileSend/DiffCopy",
    "/moby.filesync.v1.Auth/Credentials",
    "/moby.filesync.v1.Auth/FetchToken",
    "/moby.filesync.v1.Auth/GetTokenAuthority",
    "/moby.filesync.v1.Auth/VerifyTokenAuthority",
    "/moby.buildkit.secrets.v1.Secrets/GetSecret",
    "/moby.sshforward.v1.SSH/CheckAgent",
    "/moby.sshforward.v1.SSH/ForwardAgent",
    "/moby.upload.v1.Upload/Pull",
    "/containerd.services.content.v1.Content/Abort",
    "/containerd.services.content.v1.Content/Delete",
    "/containerd.services.content.v1.Content/Info",
    "/containerd.services.content.v1.Content/List",
    "/containerd.services.content.v1.Content/ListStatuses",
    "/containerd.services.content.v1.Content/Read",
    "/containerd.services.content.v1.Content/Status",
    "/containerd.services.content.v1.Content/Update",
    "/containerd.services.content.v1.Content/Write",
    "/moby.buildkit.v1.sourcepolicy.policysession.PolicyVerifier/CheckPolicy",
};

const struct docker_call *docker_call_at(unsigned index)
{
	return index < sizeof(calls) / sizeof(*calls) ? &calls[index] : NULL;
}

const struct docker_call *docker_call_find(struct span path)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (span_equal(path, span_of(calls[i].path)))
			return &calls[i];
	}
	return NULL;
}

bool docker_session_call(struct span path)
{
	for (size_t i = 0; i < sizeof(session_calls) / sizeof(*session_calls); i++) {
		if (span_equal(path, span_of(session_calls[i])))
			return true;
	}
	return false;
}

const struct docker_field *docker_field_numbered(
    const struct docker_schema *schema, uint32_t number)
{
	for (unsigned i = 0; i < schema->count; i++) {
		if (schema->fields[i].number == number)
			return &schema->fields[i];
	}
	return NULL;
}

bool docker_field_covers(const struct docker_field *row, struct span key)
{
	struct span name = {row->name, row->name_len};

	if (name.len > 0 && name.at[name.len - 1] == '*')
		return span_starts(key, (struct span){name.at, name.len - 1});
	return span_equal(key, name);
}
