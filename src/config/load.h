/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share while a configuration is being read. */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include "base/error.h"
#include "config/config.h"
#include "config/ini.h"

#define INCLUDE_DEPTH_MOST 8

enum section_kind {
	SECTION_NONE,
	SECTION_DAEMON,
	SECTION_LISTENER,
	SECTION_UPSTREAM,
	SECTION_STATUS,
	SECTION_POLICY
};

struct loader {
	struct config *config;
	config_warn_fn *warn;
	void *context;
	const char *file; /* the configuration file itself */
	enum section_kind section;
	bool parts; /* a file of policies alone will do */
	bool daemon_seen;
	struct config_listener *listener;         /* of a [listener NAME] section */
	struct config_upstream *upstream;         /* of an [upstream NAME] section */
	struct policy *policy;                    /* of a [policy NAME] section */
	unsigned *policy_lines;                   /* of the section of each policy */
	const char *includes[INCLUDE_DEPTH_MOST]; /* real paths of the files being included */
	size_t include_depth;
};

/* Reports to whoever asked for warnings. */
void loader_warn(const struct loader *loader, const char *file, unsigned line, const char *format,
    ...) __attribute__((format(printf, 4, 5)));

/* Notes that |path| was read. Returns a text that lives as long as the configuration, or NULL. */
const char *config_note_file(struct config *config, const char *path, struct error *err);

/* One line of the loader's policy, from the configuration or from an included file. An `include`
 * reads all lines of the file that it names. */
MUST_CHECK int policy_line(
    struct loader *loader, const struct ini_item *item, const char *file, struct error *err);

/* The section in which |key| is at home, or NULL; and the error where it stands in another. */
const char *key_home(struct span key);
MUST_CHECK int key_elsewhere(const char *section, struct span key, struct error *err);

/* A listener with defaults at the end of the list. NULL with |err|. */
struct config_listener *listener_add(struct config *config, struct span name, struct error *err);
struct config_listener *listener_named(const struct config *config, struct span name);
void listener_free(struct config_listener *listener);

/* `upstream = |name|` of |policy|, and their end. */
MUST_CHECK int route_add(struct config *config, const struct policy *policy, struct span name,
    const struct policy_source *source, struct error *err);
MUST_CHECK int routes_finish(struct config *config, struct error *err);
void routes_free(struct config_route *routes);

/* The section of this name. NULL with |err|. */
const struct config_upstream *upstream_named(
    const struct config *config, const char *name, struct error *err);

/* Says that no section of policy |name| is there. Returns -1. */
int policy_unknown(const struct config *config, const char *name, struct error *err);

/* One `client = WHO -> POLICY` line at the end of |*clients|. */
MUST_CHECK int client_add(struct config_client **clients, struct span value,
    const struct policy_source *source, struct error *err);
void clients_free(struct config_client *clients);

/* Finds the policies of the client lines; refuses lines that fit no client of this listener. */
MUST_CHECK int clients_finish(
    const struct config *config, struct config_listener *listener, struct error *err);

/* Warns of lines that never count, because one above them fits the same clients. */
void clients_warn(const struct loader *loader, const struct config_listener *listener);

/* What stands beside an address: files of TLS where they are needed and nowhere else, and no open
 * network without being asked for. */
MUST_CHECK int listener_check_tls(const struct config_listener *listener, struct error *err);
MUST_CHECK int upstream_check(const struct config_upstream *upstream, struct error *err);
void listener_warn_tls(const struct loader *loader, const struct config_listener *listener);
void upstream_warn(const struct loader *loader, const struct config_upstream *upstream);
void tls_files_free(struct config_tls *tls);
void upstream_clear(struct config_upstream *upstream);

/* The [status] section: its begin, and what must stand in it. */
MUST_CHECK int status_begin(struct loader *loader, const struct ini_item *item, struct error *err);
MUST_CHECK int status_finish(const struct loader *loader, struct error *err);

/* Splits `owner = user:group`. Returns 0 or -1 with |err|. */
MUST_CHECK int owner_split(struct config_listener *listener, struct error *err);

/* Whether both are one socket, by whatever names. */
bool address_same(const struct address *a, const struct address *b);

/* Ends the reading: what is missing, which policy judges where, sockets that collide. */
MUST_CHECK int listeners_finish(struct loader *loader, struct error *err);

/* Refuses listeners on one socket, and one on the daemon's own. */
MUST_CHECK int listeners_check_sockets(const struct config *config, struct error *err);

#endif
