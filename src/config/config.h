/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: an INI file in, a checked and complete `struct config` out, or an error that names
 * file, line, key and the fix. Reads files, opens nothing else. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <sys/types.h>

#include "base/bucket.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/ip.h"
#include "http/http.h"
#include "json/json.h"
#include "policy/policy.h"

#define CONFIG_OPTIONS_MOST 96 /* rows that the table of options may have */
#define CONFIG_FILES_MAX 63    /* files that one configuration may read */
#define CONFIG_DEFAULT_PATH "/etc/sockwarden/sockwarden.conf"
#define CONFIG_DEFAULT_LISTEN "unix:/run/sockwarden/docker.sock"

enum address_kind {
	ADDRESS_NONE,
	ADDRESS_UNIX,     /* unix:/path or a bare absolute path */
	ADDRESS_ABSTRACT, /* unix:@NAME, which has no file and no file's rights */
	ADDRESS_TCP,      /* tcp:HOST:PORT */
	ADDRESS_TLS,      /* tls:HOST:PORT */
	ADDRESS_FD, /* fd:NAME or fd:NUMBER, a descriptor that the service manager hands over */
};

struct address {
	enum address_kind kind;
	char *text; /* the whole in one spelling */
	char *path; /* of ADDRESS_UNIX, else NULL */
	char *host; /* of TCP and TLS: an address, a name, or NULL for all of this machine; of FD
		     * and ABSTRACT: NAME */
	unsigned port;
};

/* Files of one end of TLS. */
struct config_tls {
	char *cert, *key; /* our certificate (chain) and its private key */
	char *ca;         /* certificates that the peer's must come from */
	char *crl;        /* revoked ones */
};

enum client_auth {
	CLIENT_AUTH_REQUIRE,  /* no connection without a good certificate */
	CLIENT_AUTH_OPTIONAL, /* none is fine, a bad one is not */
	CLIENT_AUTH_NONE,     /* not asked for */
	CLIENT_AUTH_MAX
};

/* Where permitted requests go. */
struct config_upstream {
	char *name; /* NULL: the one of [sockwarden] */
	struct address address;
	struct config_tls tls;
	char *host; /* name that the daemon's certificate must be for; NULL: the address's host */
	bool insecure;
	struct policy_source source;
	unsigned lines[CONFIG_OPTIONS_MOST]; /* of each option in |source.file|; 0: not given */
	struct config_upstream *next;
};

/* What a client may be known by. */
enum client_kind {
	CLIENT_CN,  /* the one common name of its certificate */
	CLIENT_DNS, /* a DNS name, URI or address that its certificate is for */
	CLIENT_URI,
	CLIENT_IP,
	CLIENT_FINGERPRINT, /* SHA-256 of its certificate */
	CLIENT_UID,
	CLIENT_GID,       /* also of its supplementary groups */
	CLIENT_ADDRESS,   /* where it connects from */
	CLIENT_CONTAINER, /* the name of the container that it runs in, its image, or a label */
	CLIENT_IMAGE,
	CLIENT_LABEL,
	CLIENT_KIND_MAX
};

#define FINGERPRINT_BYTES 32u

/* `client = WHO -> POLICY` */
struct config_client {
	enum client_kind kind;
	char *text;            /* pattern, user, group: what stands behind the kind */
	struct ip_range range; /* of CLIENT_IP and CLIENT_ADDRESS */
	unsigned char fingerprint[FINGERPRINT_BYTES];
	char *policy_name;
	struct policy *policy; /* one of the configuration's, which owns it */
	struct policy_source source;
	struct config_client *next;
};

/* Sizes are bytes, times are milliseconds, 0 is "no limit" where the option's help says so. */
struct limits {
	struct http_limits http;
	struct json_limits json;
	unsigned max_connections;                     /* open client connections of all listeners */
	unsigned max_connections_per_peer;            /* of one client; 0 = no limit */
	unsigned max_requests, max_requests_per_peer; /* under way; 0 = no limit */
	struct rate max_rate, max_rate_per_peer;      /* of requests */
	unsigned max_burst, max_burst_per_peer;       /* requests at once; 0 = the rate's number */
	size_t max_held;          /* bytes of heads and bodies held for inspection, in all */
	size_t max_held_per_peer; /* 0 = no limit */
	uint64_t head_timeout;    /* from the first byte of a head to its last */
	uint64_t body_timeout;    /* between two pieces of a body that is inspected */
	uint64_t idle_timeout;    /* of a connection between two requests; 0 = none */
	uint64_t connect_timeout; /* to the daemon */
	uint64_t answer_timeout;  /* for the first byte of an answer that is due soon; 0 = none */
	uint64_t stream_timeout;  /* without a byte either way on a stream; 0 = none */
	uint64_t grace;           /* for open streams when told to stop */
};

/* Which requests get a line in the audit log; each level has those of the one before. */
enum audit_level {
	AUDIT_LEVEL_DENIED,  /* refused, or would have been */
	AUDIT_LEVEL_CHANGES, /* permitted, and more than reading */
	AUDIT_LEVEL_ALL,
	AUDIT_LEVEL_LEARN, /* all, with what each request needs of a policy */
	AUDIT_LEVEL_MAX
};

/* When the configuration is read again. */
enum reload_mode {
	RELOAD_SIGNAL, /* on SIGHUP */
	RELOAD_WATCH,  /* also when one of its files changes */
	RELOAD_MAX
};

struct config_listener {
	char *name;
	struct address address;
	char *owner, *group; /* names or numbers, or NULL */
	mode_t mode;
	bool insecure; /* TCP without TLS was asked for */
	struct config_tls tls;
	enum client_auth client_auth;
	struct config_client *clients; /* the first that fits names the policy */
	char *policy_name;             /* for all others; NULL: they are denied */
	struct policy *policy;         /* one of the configuration's, which owns it */
	char *upstream_name;
	const struct config_upstream *upstream;
	struct policy_source source;
	unsigned lines[CONFIG_OPTIONS_MOST]; /* of each option in |source.file|; 0: not given */
	struct config_listener *next;
};

/* True when those who connect speak TLS. */
static inline bool listener_has_tls(const struct config_listener *listener)
{
	return listener->tls.cert != NULL;
}

/* `upstream = NAME` of a policy. */
struct config_route {
	const struct policy *policy; /* one of the configuration's, which owns it */
	char *name;
	const struct config_upstream *upstream;
	struct policy_source source;
	struct config_route *next;
};

struct config {
	struct config_upstream upstream;
	struct config_upstream *upstreams; /* the named ones */
	struct config_route *routes;       /* of policies with one of their own */
	bool upstream_given;               /* by a file */
	char *audit;                       /* as audit_sink_open() takes it */
	enum audit_level audit_level;
	bool audit_required; /* refuse requests while the audit log cannot be written */
	char *owner_label;   /* of objects, where policies have owners */
	char *user, *group;  /* names or numbers: who to become when started as root; or NULL */
	enum reload_mode reload;
	bool sandbox;     /* give up what is not needed */
	unsigned workers; /* threads that serve */
	struct limits limits;
	unsigned lines[CONFIG_OPTIONS_MOST]; /* of each option in the first file; 0: not given */
	struct config_listener *listeners;
	struct config_listener *status; /* where monitors ask, without a policy; or NULL */
	struct policy **policies;       /* one reference each */
	size_t policy_count;
	char *files[CONFIG_FILES_MAX + 1]; /* every file read, in order; NULL-terminated */
};

typedef void config_warn_fn(void *context, const char *file, unsigned line, const char *text);

/* Reads |path| and what it includes. Returns NULL with "file:line: key: what is wrong; what would
 * be right" in |err|. |warn| (may be NULL) hears of risky grants and the like. */
struct config *config_load(
    const char *path, config_warn_fn *warn, void *context, struct error *err);

/* The same for a file that need have no listener: of policies, for others to include. */
struct config *config_load_policies(
    const char *path, config_warn_fn *warn, void *context, struct error *err);

/* config_load() for a text that is no file; errors and warnings call it |name|. */
struct config *config_load_text(
    const char *name, struct span text, config_warn_fn *warn, void *context, struct error *err);

/* The configuration when no file is given: the built-in policy on the given listen address. */
struct config *config_builtin(struct error *err);

/* Replaces the listeners by one on |address| (keeping the first one's policy and mode), or the
 * upstream. For --listen and --upstream. Returns 0 or -1 with |err|. */
MUST_CHECK int config_set_listen(struct config *config, const char *address, struct error *err);
MUST_CHECK int config_set_upstream(struct config *config, const char *address, struct error *err);

void config_free(struct config *config);

/* The policy of this name, or NULL. */
struct policy *config_policy(const struct config *config, struct span name);

/* Whether a listener or an upstream is at an address of a network. */
bool config_needs_network(const struct config *config);

/* Calls |fn| for each file that an option names: certificates, keys and lists of revoked ones. */
void config_each_named_file(
    const struct config *config, void (*fn)(void *arg, const char *path), void *arg);

/* Where requests go that |policy| permits, or NULL: where the listener's do. */
const struct config_upstream *config_policy_upstream(
    const struct config *config, const struct policy *policy);

/* As the configuration has it. */
const char *audit_level_name(enum audit_level level);

/* "cn", "uid" … as a `client` line has it. */
const char *client_kind_name(enum client_kind kind);

/* True when the daemon must be asked about a client's container before such a line is known to fit.
 */
static inline bool client_kind_is_container(enum client_kind kind)
{
	return kind >= CLIENT_CONTAINER && kind <= CLIENT_LABEL;
}

/* True when a line of a listener whose clients are processes of this machine is of such a kind. */
bool config_knows_processes(const struct config *config);

/* ---- the table of options ---------------------------------------------------------------- */

enum option_type {
	OPTION_NAME,    /* char *, one word */
	OPTION_AUDIT,   /* char *, where audit lines go */
	OPTION_LEVEL,   /* enum audit_level: denied changes all learn */
	OPTION_OWNER,   /* char *, user or user:group */
	OPTION_SIZE,    /* size_t: 64k 1m 2g */
	OPTION_TIME,    /* uint64_t, milliseconds: 500ms 30s 5m 2h */
	OPTION_COUNT,   /* unsigned */
	OPTION_RATE,    /* struct rate: 50/s 600/m 1000/h, or 0 */
	OPTION_BOOL,    /* bool: yes no */
	OPTION_MODE,    /* mode_t, octal */
	OPTION_ADDRESS, /* struct address */
	OPTION_FILE,    /* char *, an absolute path */
	OPTION_AUTH,    /* enum client_auth: require optional none */
	OPTION_RELOAD,  /* enum reload_mode: signal watch */
	OPTION_CLIENT,  /* struct config_client *, WHO -> POLICY; any number of lines */
};

struct config_option {
	const char *section; /* "sockwarden", "listener" or "upstream" */
	const char *key;
	enum option_type type;
	const char *fallback; /* default, as one would write it; NULL = none */
	uint64_t min, max;    /* of sizes, times (milliseconds), counts and counts of rates */
	bool reloadable;      /* a reload takes a new value over */
	const char *help;
	size_t offset; /* in struct config, struct config_listener or struct config_upstream */
};

/* The rows in order; NULL past the end. Drives the parser, `check`, the sample and the manual. */
const struct config_option *config_option_at(unsigned index);

/* The line that gives the option |key| of |section|, by that section's |lines|; 0 when none does.
 */
unsigned config_option_line(const char *section, struct span key, const unsigned *lines);

/* Appends the value as one would write it. False, with nothing appended, when there is none, and
 * for `client`, which has lines of its own. */
MUST_CHECK bool config_option_write(
    const struct config_option *option, const void *base, struct buf *out);

/* True when the two structs that |option| is a member of differ in it. */
bool config_option_differs(const struct config_option *option, const void *one, const void *other);

#endif
