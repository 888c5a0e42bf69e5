/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: an INI file in, a checked and complete `struct config` out, or an error that names
 * file, line, key and the fix. Reads files, opens nothing else. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <sys/types.h>

#include "base/error.h"
#include "http/http.h"
#include "json/json.h"
#include "policy/policy.h"

#define CONFIG_FILES_MAX 63 /* files that one configuration may read */
#define CONFIG_DEFAULT_PATH "/etc/sockwarden/sockwarden.conf"
#define CONFIG_DEFAULT_LISTEN "unix:/run/sockwarden/docker.sock"

enum address_kind {
	ADDRESS_NONE,
	ADDRESS_UNIX, /* unix:/path or a bare absolute path */
};

struct address {
	enum address_kind kind;
	char *path; /* of a unix socket */
};

/* Sizes are bytes, times are milliseconds, 0 is "no limit" where the option's help says so. */
struct limits {
	struct http_limits http;
	struct json_limits json;
	unsigned max_connections;          /* open client connections of all listeners */
	unsigned max_connections_per_peer; /* of one uid or address; 0 = no limit */
	size_t max_held;          /* bytes of heads and bodies held for inspection, in all */
	uint64_t head_timeout;    /* from the first byte of a head to its last */
	uint64_t body_timeout;    /* between two pieces of a body that is inspected */
	uint64_t idle_timeout;    /* of a connection between two requests; 0 = none */
	uint64_t connect_timeout; /* to the daemon */
	uint64_t stream_timeout;  /* without a byte either way on a stream; 0 = none */
	uint64_t grace;           /* for open streams when told to stop */
};

/* Which requests get a line in the audit log; each level has those of the one before. */
enum audit_level {
	AUDIT_LEVEL_DENIED,  /* refused, or would have been */
	AUDIT_LEVEL_CHANGES, /* permitted, and more than reading */
	AUDIT_LEVEL_ALL,
	AUDIT_LEVEL_MAX
};

struct config_listener {
	char *name;
	struct address address;
	char *owner, *group; /* names or numbers, or NULL */
	mode_t mode;
	char *policy_name;
	struct policy *policy; /* one of the configuration's, which owns it */
	struct policy_source source;
	struct config_listener *next;
};

struct config {
	struct address upstream;
	bool upstream_given; /* by a file */
	char *audit;         /* as audit_sink_open() takes it */
	enum audit_level audit_level;
	bool audit_required; /* refuse requests while the audit log cannot be written */
	char *user, *group;  /* names or numbers: who to become when started as root; or NULL */
	bool sandbox;        /* give up what is not needed */
	struct limits limits;
	struct config_listener *listeners;
	struct policy **policies; /* one reference each */
	size_t policy_count;
	char *files[CONFIG_FILES_MAX + 1]; /* every file read, in order; NULL-terminated */
};

typedef void config_warn_fn(void *context, const char *file, unsigned line, const char *text);

/* Reads |path| and what it includes. Returns NULL with "file:line: key: what is wrong; what would
 * be right" in |err|. |warn| (may be NULL) hears of risky grants and the like. */
struct config *config_load(
    const char *path, config_warn_fn *warn, void *context, struct error *err);

/* The configuration when no file is given: the built-in policy on the given listen address. */
struct config *config_builtin(struct error *err);

/* Replaces the listeners by one on |address| (keeping the first one's policy and mode), or the
 * upstream. For --listen and --upstream. Returns 0 or -1 with |err|. */
int config_set_listen(struct config *config, const char *address, struct error *err);
int config_set_upstream(struct config *config, const char *address, struct error *err);

void config_free(struct config *config);

/* The policy of this name, or NULL. */
struct policy *config_policy(const struct config *config, struct span name);

/* As the configuration has it. */
const char *audit_level_name(enum audit_level level);

/* ---- the table of options ----------------------------------------------------------------------
 */

enum option_type {
	OPTION_NAME,    /* char *, one word */
	OPTION_AUDIT,   /* char *, where audit lines go */
	OPTION_LEVEL,   /* enum audit_level: denied changes all */
	OPTION_OWNER,   /* char *, user or user:group */
	OPTION_SIZE,    /* size_t: 64k 1m 2g */
	OPTION_TIME,    /* uint64_t, milliseconds: 500ms 30s 5m 2h */
	OPTION_COUNT,   /* unsigned */
	OPTION_BOOL,    /* bool: yes no */
	OPTION_MODE,    /* mode_t, octal */
	OPTION_ADDRESS, /* struct address */
};

struct config_option {
	const char *section; /* "sockwarden" or "listener" */
	const char *key;
	enum option_type type;
	const char *fallback; /* default, as one would write it; NULL = none */
	uint64_t min, max;    /* of sizes, times (milliseconds) and counts */
	bool reloadable;      /* a reload takes a new value over */
	const char *help;
	size_t offset; /* in struct config or struct config_listener */
};

/* The rows in order; NULL past the end. Drives the parser, `check`, the sample and the manual. */
const struct config_option *config_option_at(unsigned index);

/* True when the two structs that |option| is a member of differ in it. */
bool config_option_differs(const struct config_option *option, const void *one, const void *other);

#endif
