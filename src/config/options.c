/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of options. The parser, the sample configuration and the manual follow it. */
#include "config/config.h"

#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define SECOND 1000ULL
#define DAY (24 * 3600 * SECOND)

#define DAEMON(key, type, fallback, min, max, reloadable, member, help)                            \
	{                                                                                          \
		"sockwarden", key, OPTION_##type, fallback, min, max, reloadable, help,            \
		    offsetof(struct config, member)                                                \
	}
#define LISTENER(key, type, fallback, member, help)                                                \
	{                                                                                          \
		"listener", key, OPTION_##type, fallback, 0, 0, true, help,                       \
		    offsetof(struct config_listener, member)                                       \
	}

static const struct config_option options[] = {
    DAEMON("upstream", ADDRESS, "unix:/var/run/docker.sock", 0, 0, true, upstream,
	"socket of the Docker daemon that permitted requests go to"),
    DAEMON("audit", AUDIT, "stdout", 0, 0, true, audit,
	"where the audit log goes: file:/path, stdout, stderr, syslog, journald or none"),
    DAEMON("audit_level", LEVEL, "denied", 0, 0, true, audit_level,
	"what it tells of: denied, changes (also what was permitted beyond reading) or all"),
    DAEMON("audit_required", BOOL, "yes", 0, 0, true, audit_required,
	"refuse requests while the audit log cannot be written"),
    DAEMON("user", NAME, NULL, 0, 0, false, user,
	"user that sockwarden becomes, when root starts it, once its sockets are open"),
    DAEMON("group", NAME, NULL, 0, 0, false, group,
	"group in place of the user's own; its other groups stay"),
    DAEMON("sandbox", BOOL, "yes", 0, 0, false, sandbox,
	"give up capabilities, other files and system calls as far as the kernel can"),
    DAEMON("max_head", SIZE, "1m", 4 * KIB, 64 * MIB, true, limits.http.max_head,
	"bytes of a request's or an answer's head"),
    DAEMON("max_headers", COUNT, "1000", 10, 100000, true, limits.http.max_headers,
	"header fields of a head"),
    DAEMON("max_target", SIZE, "1m", KIB, 64 * MIB, true, limits.http.max_target,
	"bytes of a request's path and query"),
    DAEMON("max_body", SIZE, "4m", KIB, GIB, true, limits.json.max_bytes,
	"bytes of a JSON body that is inspected; what is streamed has no limit"),
    DAEMON("max_depth", COUNT, "128", 8, 1000, true, limits.json.max_depth,
	"nested objects and lists of an inspected body"),
    DAEMON("max_members", COUNT, "100000", 100, 10000000, true, limits.json.max_members,
	"members and elements of an inspected body, all together"),
    DAEMON("max_connections", COUNT, "4096", 1, 1000000, true, limits.max_connections,
	"open client connections of all listeners"),
    DAEMON("max_connections_per_peer", COUNT, "0", 0, 1000000, true,
	limits.max_connections_per_peer, "open connections of one user; 0 is no limit"),
    DAEMON("max_held", SIZE, "256m", MIB, 1024 * GIB, true, limits.max_held,
	"bytes of heads and inspected bodies held in memory, of all connections"),
    DAEMON("head_timeout", TIME, "30s", 10, DAY, true, limits.head_timeout,
	"time for a request head, from its first byte to its last"),
    DAEMON("body_timeout", TIME, "60s", 10, DAY, true, limits.body_timeout,
	"time between two pieces of a body that is inspected"),
    DAEMON("idle_timeout", TIME, "0", 0, 365 * DAY, true, limits.idle_timeout,
	"time a connection may wait between two requests; 0 is no limit"),
    DAEMON("connect_timeout", TIME, "10s", 10, DAY, true, limits.connect_timeout,
	"time for connecting to the Docker daemon"),
    DAEMON("stream_timeout", TIME, "0", 0, 365 * DAY, true, limits.stream_timeout,
	"time a stream may stay silent in both directions; 0 is no limit"),
    DAEMON("grace", TIME, "10s", 0, DAY, true, limits.grace,
	"time that open streams are given when sockwarden is told to stop"),

    LISTENER("address", ADDRESS, NULL, address, "socket to listen on; required"),
    LISTENER("owner", OWNER, NULL, owner, "user, or user:group, that the socket belongs to"),
    LISTENER("group", NAME, NULL, group, "group that the socket belongs to"),
    LISTENER("mode", MODE, "0660", mode, "permissions of the socket, in octal"),
    LISTENER("policy", NAME, NULL, policy_name, "policy that judges its requests; required"),
};

const struct config_option *config_option_at(unsigned index)
{
	return index < sizeof(options) / sizeof(options[0]) ? &options[index] : NULL;
}
