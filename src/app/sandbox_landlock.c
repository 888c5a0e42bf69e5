/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: of all files, those of the configuration, the audit log and the sockets. Calls the
 * kernel by number, with definitions of our own: headers are often older than kernels. */
#include "app/sandbox_parts.h"

#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

#define VERSION_FLAG 1u
#define RULE_PATH_BENEATH 1
#define VERSION_LEAST 2u /* before, no file could be moved: no socket put in place */
#define VERSION_TRUNCATE 3u
#define VERSION_NETWORK 4u
#define VERSION_IOCTL 5u
#define VERSION_SCOPE 6u

/* What one may do to files, by bit. */
#define FILE_WRITE (1u << 1)
#define FILE_READ (1u << 2)
#define DIR_READ (1u << 3)
#define DIR_REMOVE_DIR (1u << 4)
#define DIR_REMOVE_FILE (1u << 5)
#define DIR_MAKE_DIR (1u << 7)
#define DIR_MAKE_FILE (1u << 8)
#define DIR_MAKE_SOCKET (1u << 9)
#define DIR_REFER (1u << 13) /* move into another directory */
#define FILE_TRUNCATE (1u << 14)
#define FILE_IOCTL (1u << 15)
#define ALL_OF_LEAST ((1u << 14) - 1)
#define ON_FILES (FILE_WRITE | FILE_READ | FILE_TRUNCATE | FILE_IOCTL | 1u)

#define TCP_ALL 3u
#define SCOPE_ABSTRACT_SOCKET 1u
#define SCOPE_SIGNAL 2u

#define TO_READ (FILE_READ | DIR_READ)
#define TO_AUDIT (FILE_READ | FILE_WRITE | FILE_TRUNCATE | DIR_MAKE_FILE)
#define TO_LISTEN (DIR_MAKE_SOCKET | DIR_MAKE_DIR | DIR_REMOVE_FILE | DIR_REMOVE_DIR | DIR_REFER)

struct ruleset_attributes {
	uint64_t files, network, scope;
};

struct path_rule {
	uint64_t rights;
	int32_t directory;
} __attribute__((packed));

struct ruleset {
	int fd;
	uint64_t handled;
	struct error *err;
	bool failed;
};

unsigned sandbox_landlock_version(void)
{
#ifdef INSTRUMENTED
	return 0; /* reports of sanitizers and coverage are written to anywhere */
#else
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION_FLAG);

	return version >= (long)VERSION_LEAST ? (unsigned)version : 0;
#endif
}

/* ---- rules -------------------------------------------------------------------------------------
 */

static bool is_directory(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

/* What is not there, or not for us, needs no rule. */
static void permit(struct ruleset *ruleset, const char *path, uint64_t rights)
{
	struct path_rule rule = {rights & ruleset->handled, open(path, O_PATH | O_CLOEXEC)};

	if (rule.directory < 0)
		return;
	if (!is_directory(rule.directory))
		rule.rights &= ON_FILES;
	if (syscall(SYS_landlock_add_rule, ruleset->fd, RULE_PATH_BENEATH, &rule, 0) < 0) {
		(void)error_set(ruleset->err, "sandbox: Landlock: %s: %m", path);
		ruleset->failed = true;
	}
	(void)close(rule.directory);
}

/* Files come and go under their names: a rule for a file would hold for the old one alone. */
static void permit_beside(struct ruleset *ruleset, const char *path, uint64_t rights)
{
	const char *slash = strrchr(path, '/');
	char *directory;

	if (!slash)
		directory = strdup(".");
	else
		directory = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (directory)
		permit(ruleset, directory, rights);
	else
		ruleset->failed = error_set(ruleset->err, "sandbox: out of memory") < 0;
	free(directory);
}

/* Where |path| is, and where it leads as a link. */
static void permit_reading(struct ruleset *ruleset, const char *path)
{
	char *real = realpath(path, NULL);

	if (!real)
		return;
	permit_beside(ruleset, path, TO_READ);
	permit_beside(ruleset, real, TO_READ);
	free(real);
}

static void permit_configuration(struct ruleset *ruleset, const struct config *config)
{
	permit_beside(ruleset, CONFIG_DEFAULT_PATH, TO_READ);
	for (size_t i = 0; config->files[i]; i++)
		permit_reading(ruleset, config->files[i]);
	permit(ruleset, PRESET_DIR, TO_READ);
}

static void permit_named(void *arg, const char *path)
{
	permit_reading(arg, path);
}

/* For names of owners, for the local time, and for hosts. */
static void permit_names(struct ruleset *ruleset, bool network)
{
	static const char *const files[] = {"/etc/passwd", "/etc/group", "/etc/nsswitch.conf",
	    "/etc/localtime", NULL, "/etc/hosts", "/etc/host.conf", "/etc/resolv.conf",
	    "/etc/gai.conf", "/etc/services", NULL};
	size_t i;

	for (i = 0; files[i]; i++)
		permit(ruleset, files[i], FILE_READ);
	for (i++; network && files[i]; i++)
		permit(ruleset, files[i], FILE_READ);
}

static bool resolves_binds(const struct config *config)
{
	bool resolves = false;

	for (size_t i = 0; i < config->policy_count; i++)
		resolves |= policy_resolves_binds(config->policies[i]);
	return resolves;
}

static void permit_all(struct ruleset *ruleset, const struct config *config)
{
	static const char file[] = "file:";

	permit_configuration(ruleset, config);
	config_each_named_file(config, permit_named, ruleset);
	permit_names(ruleset, config_needs_network(config));
	/* /proc/PID/cgroup, of whoever comes, and the mounts of the host */
	if (config_knows_processes(config) || resolves_binds(config))
		permit(ruleset, "/proc", FILE_READ);
	if (strncmp(config->audit, file, sizeof(file) - 1) == 0)
		permit_beside(ruleset, config->audit + sizeof(file) - 1, TO_AUDIT);
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		if (l->address.kind == ADDRESS_UNIX)
			permit_beside(ruleset, l->address.path, TO_LISTEN);
	}
	if (config->status && config->status->address.kind == ADDRESS_UNIX)
		permit_beside(ruleset, config->status->address.path, TO_LISTEN);
}

/* ---- the whole ---------------------------------------------------------------------------------
 */

/* systemd may want to be told over an abstract socket how we are. */
static uint64_t scope(void)
{
	const char *notify = getenv("NOTIFY_SOCKET");

	return SCOPE_SIGNAL | (notify && notify[0] == '@' ? 0 : SCOPE_ABSTRACT_SOCKET);
}

static struct ruleset_attributes attributes_of(const struct config *config, unsigned version)
{
	struct ruleset_attributes attributes = {.files = ALL_OF_LEAST};

	if (version >= VERSION_TRUNCATE)
		attributes.files |= FILE_TRUNCATE;
	if (version >= VERSION_NETWORK && !config_needs_network(config))
		attributes.network = TCP_ALL;
	if (version >= VERSION_IOCTL)
		attributes.files |= FILE_IOCTL;
	if (version >= VERSION_SCOPE)
		attributes.scope = scope();
	return attributes;
}

int sandbox_landlock_enter(const struct config *config, unsigned version, struct error *err)
{
	struct ruleset_attributes attributes = attributes_of(config, version);
	struct ruleset ruleset = {.handled = attributes.files, .err = err};

	ruleset.fd = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
	if (ruleset.fd < 0)
		return error_set(err, "sandbox: Landlock: %m");
	permit_all(&ruleset, config);
	if (!ruleset.failed && syscall(SYS_landlock_restrict_self, ruleset.fd, 0) < 0)
		ruleset.failed = error_set(err, "sandbox: Landlock: %m") < 0;
	(void)close(ruleset.fd);
	return ruleset.failed ? -1 : 0;
}
