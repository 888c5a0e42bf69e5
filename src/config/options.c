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
#define UPSTREAM(key, type, fallback, member, help)                                                \
	{                                                                                          \
		"upstream", key, OPTION_##type, fallback, 0, 0, true, help,                        \
		    offsetof(struct config_upstream, member)                                       \
	}
#define LISTENER(key, type, fallback, member, help)                                                \
	{                                                                                          \
		"listener", key, OPTION_##type, fallback, 0, 0, true, help,                        \
		    offsetof(struct config_listener, member)                                       \
	}

#define STATUS(key, type, fallback, member, help)                                                  \
	{                                                                                          \
		"status", key, OPTION_##type, fallback, 0, 0, false, help,                         \
		    offsetof(struct config_listener, member)                                       \
	}

static const struct config_option options[] = {
    DAEMON("upstream", ADDRESS, "unix:/var/run/docker.sock", 0, 0, true, upstream.address,
	"Docker daemon that permitted requests go to: unix:/path, tls:HOST:PORT or tcp:HOST:PORT"),
    DAEMON("upstream_ca", FILE, NULL, 0, 0, true, upstream.tls.ca,
	"certificates that the daemon's one must come from; required for tls:"),
    DAEMON("upstream_cert", FILE, NULL, 0, 0, true, upstream.tls.cert,
	"certificate that the daemon is shown"),
    DAEMON("upstream_key", FILE, NULL, 0, 0, true, upstream.tls.key, "its private key"),
    DAEMON("upstream_crl", FILE, NULL, 0, 0, true, upstream.tls.crl,
	"lists of revoked certificates, one for each authority"),
    DAEMON("upstream_name", NAME, NULL, 0, 0, true, upstream.host,
	"name or address that the daemon's certificate is for, when the upstream's host is "
	"another"),
    DAEMON("upstream_insecure", BOOL, "no", 0, 0, true, upstream.insecure,
	"yes: a tcp: upstream is wanted though anyone on the way can read and change what passes"),
    DAEMON("audit", AUDIT, "stdout", 0, 0, true, audit,
	"where the audit log goes: file:/path, stdout, stderr, syslog, journald or none"),
    DAEMON("audit_level", LEVEL, "denied", 0, 0, true, audit_level,
	"what it tells of: denied, changes (also what was permitted beyond reading), all, or learn "
	"(all, and what each request needs of a policy)"),
    DAEMON("audit_required", BOOL, "yes", 0, 0, true, audit_required,
	"refuse requests while the audit log cannot be written"),
    DAEMON("owner_label", NAME, "io.sockwarden.owner", 0, 0, true, owner_label,
	"label that tells whose an object is, where policies have an owner"),
    DAEMON("user", NAME, NULL, 0, 0, false, user,
	"user that sockwarden becomes, when root starts it, once its sockets are open"),
    DAEMON("group", NAME, NULL, 0, 0, false, group,
	"group in place of the user's own; its other groups stay"),
    DAEMON("reload", RELOAD, "signal", 0, 0, false, reload,
	"when the configuration is read again: signal (on SIGHUP), or watch (also when one of its "
	"files "
	"changes)"),
    DAEMON("sandbox", BOOL, "yes", 0, 0, false, sandbox,
	"give up capabilities, other files and system calls as far as the kernel can"),
    DAEMON("workers", COUNT, "1", 1, 64, false, workers,
	"threads that serve connections; more than one only helps when one fills a processor"),
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
    DAEMON("max_members", COUNT, "40000", 100, 10000000, true, limits.json.max_members,
	"members and elements of an inspected body, all together"),
    DAEMON("max_connections", COUNT, "16384", 1, 1000000, true, limits.max_connections,
	"open client connections of all listeners"),
    DAEMON("max_connections_per_peer", COUNT, "0", 0, 1000000, true,
	limits.max_connections_per_peer, "open connections of one client; 0 is no limit"),
    DAEMON("max_requests", COUNT, "0", 0, 1000000, true, limits.max_requests,
	"requests under way, of all clients; streams count until they are sent on; 0 is no limit"),
    DAEMON("max_requests_per_peer", COUNT, "0", 0, 1000000, true, limits.max_requests_per_peer,
	"the same of one client; 0 is no limit"),
    DAEMON("max_rate", RATE, "0", 0, RATE_COUNT_MAX, true, limits.max_rate,
	"requests in a second, minute or hour, of all clients: 200/s, 5000/m; 0 is no limit"),
    DAEMON("max_burst", COUNT, "0", 0, RATE_COUNT_MAX, true, limits.max_burst,
	"requests that may come at once before the rate counts; 0 is the number of max_rate"),
    DAEMON("max_rate_per_peer", RATE, "0", 0, RATE_COUNT_MAX, true, limits.max_rate_per_peer,
	"requests in a second, minute or hour, of one client; 0 is no limit"),
    DAEMON("max_burst_per_peer", COUNT, "0", 0, RATE_COUNT_MAX, true, limits.max_burst_per_peer,
	"requests of one client that may come at once; 0 is the number of max_rate_per_peer"),
    DAEMON("max_held", SIZE, "256m", MIB, 1024 * GIB, true, limits.max_held,
	"bytes of heads and inspected bodies held in memory, of all connections"),
    DAEMON("max_held_per_peer", SIZE, "0", 0, 1024 * GIB, true, limits.max_held_per_peer,
	"the same of one client; 0 is no limit"),
    DAEMON("head_timeout", TIME, "30s", 10, DAY, true, limits.head_timeout,
	"time for a request head, from its first byte to its last"),
    DAEMON("body_timeout", TIME, "60s", 10, DAY, true, limits.body_timeout,
	"time between two pieces of a body that is inspected"),
    DAEMON("idle_timeout", TIME, "0", 0, 365 * DAY, true, limits.idle_timeout,
	"time a connection may wait between two requests; 0 is no limit"),
    DAEMON("connect_timeout", TIME, "10s", 10, DAY, true, limits.connect_timeout,
	"time for connecting to the Docker daemon"),
    DAEMON("answer_timeout", TIME, "10m", 0, 365 * DAY, true, limits.answer_timeout,
	"time the Docker daemon has to begin its answer to a request that is no stream and no long "
	"work; 0 is no limit"),
    DAEMON("stream_timeout", TIME, "0", 0, 365 * DAY, true, limits.stream_timeout,
	"time a stream may stay silent in both directions; 0 is no limit"),
    DAEMON("grace", TIME, "10s", 0, DAY, true, limits.grace,
	"time that open streams are given when sockwarden is told to stop"),

    LISTENER("address", ADDRESS, NULL, address,
	"where to listen: unix:/path, tls:HOST:PORT, tcp:HOST:PORT or fd:NAME; required"),
    LISTENER("owner", OWNER, NULL, owner, "user, or user:group, that the socket belongs to"),
    LISTENER("group", NAME, NULL, group, "group that the socket belongs to"),
    LISTENER("mode", MODE, "0660", mode, "permissions of the socket, in octal"),
    LISTENER("policy", NAME, NULL, policy_name,
	"policy that judges its requests; required unless client lines name policies"),
    LISTENER("client", CLIENT, NULL, clients,
	"policy for some clients, WHO -> POLICY; the first line that fits counts"),
    LISTENER("upstream", NAME, NULL, upstream_name,
	"[upstream NAME] that its requests go to, in place of the one above"),
    LISTENER("cert", FILE, NULL, tls.cert,
	"certificate that clients are shown, with those between it and its authority"),
    LISTENER("key", FILE, NULL, tls.key, "private key of the certificate that clients are shown"),
    LISTENER("client_auth", AUTH, "require", client_auth,
	"certificates of clients: require, optional or none"),
    LISTENER("client_ca", FILE, NULL, tls.ca, "certificates that a client's one must come from"),
    LISTENER("crl", FILE, NULL, tls.crl,
	"lists of revoked certificates, one for each authority of clients"),
    LISTENER("insecure", BOOL, "no", insecure,
	"yes: a tcp: or abstract listener is wanted though anyone who reaches it is let in"),

    STATUS("address", ADDRESS, NULL, address,
	"where monitors ask for /healthz, /readyz and /metrics: unix:/path or tcp:HOST:PORT; "
	"required"),
    STATUS("owner", OWNER, NULL, owner, "user, or user:group, that the socket belongs to"),
    STATUS("group", NAME, NULL, group, "group that the socket belongs to"),
    STATUS("mode", MODE, "0660", mode, "permissions of the socket, in octal"),
    STATUS("insecure", BOOL, "no", insecure,
	"yes: a tcp: address beyond this machine is wanted though anyone who reaches it may read"),

    UPSTREAM("address", ADDRESS, NULL, address, "where the Docker daemon is; required"),
    UPSTREAM("ca", FILE, NULL, tls.ca, "certificates that the daemon's one must come from"),
    UPSTREAM("cert", FILE, NULL, tls.cert, "certificate that the daemon is shown"),
    UPSTREAM("key", FILE, NULL, tls.key, "private key of the certificate that the daemon is shown"),
    UPSTREAM("crl", FILE, NULL, tls.crl, "lists of revoked certificates"),
    UPSTREAM("name", NAME, NULL, host, "name or address that the daemon's certificate is for"),
    UPSTREAM("insecure", BOOL, "no", insecure, "yes: a tcp: address is wanted all the same"),
};

const struct config_option *config_option_at(unsigned index)
{
	return index < sizeof(options) / sizeof(options[0]) ? &options[index] : NULL;
}

unsigned config_option_line(const char *section, struct span key, const unsigned *lines)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (strcmp(option->section, section) == 0 && span_equal(key, span_of(option->key)))
			return lines[i];
	}
	return 0;
}
