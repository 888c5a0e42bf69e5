/* SPDX-License-Identifier: Apache-2.0 */
/* Requirements on mounts: binds, Mounts, tmpfs, volumes and what their options make of them, and
 * the mounts of containers that others take over. */
#include "json/json.h"
#include "policy/require.h"

#define PATH_MOST 4095 /* PATH_MAX without its NUL */

/* ---- finding them ------------------------------------------------------------------------------
 */

struct walk {
	struct judge *judge;
	const struct mount_test *test;
	struct mount_found found; /* of a volume: where it is mounted */
	bool fit;
};

static bool fits(struct walk *walk, const struct mount_found *found)
{
	walk->fit = walk->fit && walk->test->fits(walk->judge, found, walk->test->context);
	return walk->fit;
}

static void fit_option(void *context, const char *key, const struct bind_need *need)
{
	struct walk *walk = context;
	struct mount_found found = walk->found;

	(void)key;
	found.source = need->path;
	(void)fits(walk, &found);
}

/* The host paths that the options of a volume name. */
static bool every_option(struct walk *walk, const cJSON *options, struct span target)
{
	walk->found = (struct mount_found){.target = target,
	    .words = span_of(json_string(cJSON_GetObjectItemCaseSensitive(options, "o")))};
	volume_options_each_path(options, fit_option, walk);
	return walk->fit;
}

/* Directories of an overlay that Podman lays over the source: "O,upperdir=/a,workdir=/b". */
static bool every_mode(struct walk *walk, struct span mode, struct span target)
{
	struct span rest = mode;

	while (rest.at) {
		struct span value, word = span_cut(rest, ',', &rest);

		(void)span_cut(word, '=', &value);
		if (value.at && !fits(walk, &(struct mount_found){
						.source = value, .target = target, .words = mode}))
			return false;
	}
	return true;
}

/* A volume that does not exist is made with no options. */
static bool volume_fits(struct walk *walk, struct span name, struct span target)
{
	struct mount_found found = {.target = target};

	if (!fits(walk, &found))
		return false;
	if (!walk->test->volumes || name.len == 0)
		return true;
	if (has_template(name)) /* swarm makes another name of it, which may be any volume's */
		return false;
	const struct policy_object *volume = require_ask(walk->judge, OBJECT_VOLUME, name);

	return !volume || !volume->json ||
	       every_option(walk, json_field(volume->json, "Options"), target);
}

static bool bind_fits(struct walk *walk, const cJSON *bind)
{
	struct span rest, mode, source = span_cut(span_of(json_string(bind)), ':', &rest);
	struct span target = span_cut(rest, ':', &mode);

	if (!rest.at)
		return volume_fits(walk, SPAN(""), source);
	if (!every_mode(walk, mode, target))
		return false;
	if (source.len == 0 || source.at[0] != '/')
		return volume_fits(walk, source, target);
	return fits(walk, &(struct mount_found){.source = source, .target = target, .words = mode});
}

static bool mount_fits(struct walk *walk, const cJSON *mount)
{
	const cJSON *spread = field_at(mount, "BindOptions", "Propagation", NULL);
	struct span type = json_text(mount, "Type"), target = json_text(mount, "Target");
	struct mount_found found = {
	    .target = target, .words = span_of(json_string(spread)), .mount = mount};

	if (span_is(type, "tmpfs")) {
		found.tmpfs = true;
		return fits(walk, &found);
	}
	if (span_is(type, "bind")) {
		found.source = json_text(mount, "Source");
		return fits(walk, &found);
	}
	if (!span_in_words(type, "volume image cluster npipe")) {
		found.source = SPAN("/"); /* Podman's "glob", a bind of whatever it matches */
		return fits(walk, &found);
	}
	return volume_fits(
		   walk, span_is(type, "volume") ? json_text(mount, "Source") : SPAN(""), target) &&
	       every_option(
		   walk, field_at(mount, "VolumeOptions", "DriverConfig", "Options"), target);
}

/* A mount as the daemon tells of it. How large a tmpfs is it does not say. */
static bool mounted_fits(struct walk *walk, const cJSON *mount)
{
	struct span type = json_text(mount, "Type"), name = json_text(mount, "Name");
	struct span target = json_text(mount, "Destination");
	struct mount_found found = {
	    .target = target, .words = json_text(mount, "Propagation"), .mount = mount};

	if (span_is(type, "tmpfs")) {
		found.tmpfs = true;
		return fits(walk, &found);
	}
	if (!span_is(type, "bind") && (type.len || name.len))
		return volume_fits(walk, name, target);
	found.source = json_text(mount, "Source");
	return fits(walk, &found);
}

/* The same where HostConfig has said what each tmpfs is. */
static bool other_mounted_fits(struct walk *walk, const cJSON *mount)
{
	return span_is(json_text(mount, "Type"), "tmpfs") || mounted_fits(walk, mount);
}

static bool tmpfs_fits(struct walk *walk, const cJSON *options)
{
	struct mount_found found = {.target = span_of(options->string),
	    .words = span_of(json_string(options)),
	    .tmpfs = true};

	return fits(walk, &found);
}

/* A key of Volumes: an anonymous volume. */
static bool key_fits(struct walk *walk, const cJSON *volume)
{
	return volume_fits(walk, SPAN(""), span_of(volume->string));
}

typedef bool one_mount_fn(struct walk *walk, const cJSON *mount);

static bool every(struct walk *walk, const cJSON *list, one_mount_fn *one_fits)
{
	const cJSON *mount;

	cJSON_ArrayForEach (mount, list) {
		if (!one_fits(walk, mount))
			return false;
	}
	return true;
}

/* The mounts of a container that does not exist are no one's. */
static bool every_taken_over(struct walk *walk, const cJSON *names)
{
	for (const cJSON *word = NULL; (word = word_after(names, word));) {
		struct span mode, name = span_cut(span_of(json_string(word)), ':', &mode);
		const struct policy_object *object =
		    require_ask(walk->judge, OBJECT_CONTAINER, name);

		if (object && !every(walk, json_field(object->json, "Mounts"), mounted_fits))
			return false;
	}
	return true;
}

bool require_every_mount(
    struct judge *judge, const struct subject *subject, const struct mount_test *test)
{
	struct walk walk = {.judge = judge, .test = test, .fit = true};
	bool service = subject->kind == SUBJECT_SERVICE;
	const cJSON *host = subject->host;

	if (subject->kind == SUBJECT_VOLUME)
		return every_option(&walk, subject->options, (struct span){NULL, 0});
	if (!every(&walk, json_field(service ? subject->config : host, "Mounts"), mount_fits) ||
	    !every(&walk, json_field(host, "Binds"), bind_fits) ||
	    !every(&walk, json_field(host, "Tmpfs"), tmpfs_fits))
		return false;
	/* in a container that exists all others stand among its Mounts */
	if (subject->stored)
		return every(&walk, subject->mounted, other_mounted_fits);
	return every(&walk, json_field(subject->config, "Volumes"), key_fits) &&
	       every_taken_over(&walk, json_field(host, "VolumesFrom"));
}

/* ---- host paths --------------------------------------------------------------------------------
 */

/* What section 5.5 of the benchmark lists, by its names on all systems, and where others keep what
 * runs as root. The grant `bind` has a list of its own, of what only a line by name opens. */
static const struct span system_places[] = {SPAN("/bin"), SPAN("/efi"), SPAN("/etc"), SPAN("/lib"),
    SPAN("/lib32"), SPAN("/lib64"), SPAN("/libx32"), SPAN("/root"), SPAN("/sbin"), SPAN("/usr"),
    SPAN("/var/lib/cni"), SPAN("/var/lib/etcd"), SPAN("/var/lib/kubelet"), SPAN("/var/lib/rancher"),
    SPAN("/var/spool/cron")};

static bool is_sensitive(struct span path)
{
	if (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	for (size_t i = 0; i < sizeof(system_places) / sizeof(*system_places); i++) {
		if (path_lies_in(path, system_places[i]) || path_lies_in(system_places[i], path))
			return true;
	}
	return bind_sensitive(path).at;
}

/* In those places, and no harm: what the host's clock says, and sockwarden's own sockets. */
static const struct span harmless_places[] = {SPAN("/etc/localtime"), SPAN("/etc/timezone"),
    SPAN("/usr/share/zoneinfo"), SPAN("/run/sockwarden"), SPAN("/var/run/sockwarden")};

enum policy_place policy_host_place(struct span path)
{
	for (size_t i = 0; i < sizeof(harmless_places) / sizeof(*harmless_places); i++) {
		if (path_lies_in(path, harmless_places[i]))
			return PLACE_OF_NONE;
	}
	if (path.len == 0 || path.at[0] != '/')
		return PLACE_OF_NONE;
	if (bind_holds_socket(path))
		return PLACE_OF_SOCKET;
	return !path_is_clean(path) || is_sensitive(path) ? PLACE_OF_SYSTEM : PLACE_OF_NONE;
}

/* What it leads to counts as well where links are followed. */
static bool source_fits(struct judge *judge, const struct mount_found *found, const void *context)
{
	struct span path = found->source;
	char room[PATH_MOST + 1];
	struct error err;
	bool exists;

	(void)context;
	if (!path.at)
		return true;
	if (!path_is_clean(path) || is_sensitive(path))
		return false;
	if (!policy_resolves_binds(judge->policy) || !judge->request->resolve)
		return true;
	if (!judge_takes(judge, POLICY_RESOLVED, NULL))
		return false;
	return judge->request->resolve(path, room, sizeof(room), &exists, &err) == 0 &&
	       !is_sensitive(span_of(room));
}

static bool words_fit(struct judge *judge, const struct mount_found *found, const void *context)
{
	struct span words = found->words;

	(void)judge, (void)context;
	if (has_template(words))
		return false;
	while (words.at) {
		struct span word = span_cut(words, ',', &words);

		if (span_is(word, "shared") || span_is(word, "rshared"))
			return false;
	}
	return true;
}

bool require_no_sensitive_binds(struct judge *judge, const struct subject *subject)
{
	const struct mount_test test = {.fits = source_fits, .volumes = true};

	return require_every_mount(judge, subject, &test);
}

bool require_no_shared_propagation(struct judge *judge, const struct subject *subject)
{
	const struct mount_test test = {.fits = words_fit, .volumes = true};

	return require_every_mount(judge, subject, &test);
}

/* Asked where a bind is granted, with the mounts of the host. */
bool require_nosuid_binds(struct judge *judge, const struct subject *subject)
{
	(void)judge, (void)subject;
	return true;
}

/* ---- /dev/shm ----------------------------------------------------------------------------------
 */

/* Whether |target| is /dev/shm once the daemon has cleaned it, or may be; /dev holds it, since the
 * daemon then leaves out what it mounts below. */
static bool is_shm(struct span target)
{
	static const struct span segments[] = {SPAN("dev"), SPAN("shm")};
	size_t count = 0;
	bool same = true;

	if (has_template(target))
		return true;
	while (target.at) {
		struct span segment = span_cut(target, '/', &target);

		if (segment.len == 0 || span_is(segment, "."))
			continue;
		if (span_is(segment, ".."))
			return true;
		same = same && count < 2 && span_equal(segment, segments[count++]);
	}
	return same && count > 0;
}

/* The last size counts, and none is half of the memory. */
static bool options_within(struct span words, double most)
{
	double size = 0;

	while (words.at) {
		struct span value, name = span_cut(span_cut(words, ',', &words), '=', &value);

		if (span_is(name, "nr_blocks"))
			return false;
		if (span_is(name, "size") && (!value.at || !size_parse(value, &size)))
			return false;
	}
	return size > 0 && size <= most;
}

static bool has_option(const cJSON *options, const char *name)
{
	const cJSON *words;

	cJSON_ArrayForEach (words, options) {
		if (strcmp(json_string(words->child), name) == 0)
			return true;
	}
	return false;
}

static bool shm_fits(struct judge *judge, const struct mount_found *found, const void *context)
{
	const double *most = context;
	const cJSON *options = json_field(found->mount, "TmpfsOptions");
	double size = number_of(options, "SizeBytes");

	(void)judge;
	if (!is_shm(found->target))
		return true;
	if (!found->tmpfs)
		return false;
	if (!found->mount)
		return options_within(found->words, *most);
	options = json_field(options, "Options");
	return size > 0 && size <= *most && !has_option(options, "size") &&
	       !has_option(options, "nr_blocks");
}

bool require_shm_mounts(struct judge *judge, const struct subject *subject, double most)
{
	const struct mount_test test = {.fits = shm_fits, .context = &most};

	return require_every_mount(judge, subject, &test);
}
