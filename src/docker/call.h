/* SPDX-License-Identifier: Apache-2.0 */
/* The methods of BuildKit's gRPC services, as tables. */
#ifndef DOCKER_CALL_H
#define DOCKER_CALL_H

#include "docker/docker.h"

/* One method of gRPC. */
struct docker_call {
	const char *path;      /* "/moby.buildkit.v1.Control/Solve": nothing else is this method */
	const char *operation; /* whose row the rules speak of */
	const struct docker_schema *schema; /* of its one message; NULL: it is not looked into */
	unsigned attrs;   /* number of the field with the attributes of the frontend, or 0 */
	unsigned sources; /* number of the field that takes a source policy, or 0 */
	bool session;  /* carries the session that the metadata names, an HTTP/2 connection in which
			* the daemon calls its client */
	bool builds;   /* runs in the build that the metadata names */
	bool optional; /* clients try it and go on without: unimplemented where it is refused */
};

/* The method at |path|, or NULL. */
const struct docker_call *docker_call_find(struct span path);

/* The metadata that names the build of a call that |builds|, and the session of one that carries
 * it. */
#define DOCKER_BUILD_HEADER "buildkit-controlapi-buildid"
#define DOCKER_SESSION_HEADER "x-docker-expose-session-uuid"

/* The attribute that keeps the daemon's own frontend, whatever the Dockerfile asks for; and the one
 * that names the client's cache mounts. */
#define DOCKER_FRONTEND_FIXED "cmdline"
#define DOCKER_CACHE_NAMESPACE "build-arg:BUILDKIT_CACHE_MOUNT_NS"

/* The row of the protobuf field |number|, or NULL. */
const struct docker_field *docker_field_numbered(
    const struct docker_schema *schema, uint32_t number);

/* Whether |row|, of an attribute, is the one of |key|. */
bool docker_field_covers(const struct docker_field *row, struct span key);

/* The rows in order; NULL past the end. */
const struct docker_call *docker_call_at(unsigned index);

/* Whether |path| is a method that the daemon calls on a session of its client. */
bool docker_session_call(struct span path);

#endif
