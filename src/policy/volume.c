/* SPDX-License-Identifier: Apache-2.0 */
/* Options of volume drivers that are host paths in disguise. The `volume_option` grant permits the
 * pairs; the path they name must be in the `bind` grant as well. */
#include "json/json.h"
#include "policy/judge.h"

struct volume_options {
	struct span type, flags, device;
	bool bind, rw;
	unsigned propagation;
};

static void read_flags(struct volume_options *options)
{
	struct span rest = options->flags;

	while (rest.at) {
		struct span word = span_cut(rest, ',', &rest);
		unsigned bits;

		if (span_is(word, "bind") || span_is(word, "rbind"))
			options->bind = true;
		else if (span_is(word, "ro"))
			options->rw = false;
		else if (span_is(word, "rw"))
			options->rw = true;
		else if (propagation_from(word, &bits))
			options->propagation |= bits;
	}
}

/* ---- the host paths among them ------------------------------------------------------------ */

static void tell_path(const struct volume_options *options, const char *key, struct span path,
    volume_path_fn *fn, void *context)
{
	struct bind_need need = {
	    .path = path, .rw = options->rw, .propagation = options->propagation};

	fn(context, key, &need);
}

/* overlay: lowerdir=/a:/b,upperdir=/c,workdir=/d */
static void each_layer(const struct volume_options *options, volume_path_fn *fn, void *context)
{
	struct span rest = options->flags;

	while (rest.at) {
		struct span paths, name = span_cut(span_cut(rest, ',', &rest), '=', &paths);

		if (name.len && name.at[name.len - 1] == '+') /* lowerdir+=/a adds a layer */
			name.len--;
		if (name.len < 3 || memcmp(name.at + name.len - 3, "dir", 3) != 0)
			continue;
		/* the kernel takes backslashes away: what is behind one is no plain path */
		if (span_has(paths, '\\'))
			tell_path(options, "o", SPAN("\\"), fn, context);
		while (paths.at)
			tell_path(options, "o", span_cut(paths, ':', &paths), fn, context);
	}
}

/* File systems whose device is no path of the host, whatever it looks like. */
static bool is_share(const struct volume_options *options)
{
	return !options->bind && (span_is(options->type, "cifs") || span_is(options->type, "smb3"));
}

/* Those whose device is a path only when it begins with a slash. To all others a relative one
 * counts from where the daemon stands. */
static bool takes_names(const struct volume_options *options)
{
	return !options->bind &&
	       span_in_words(options->type, "tmpfs ramfs nfs nfs4 overlay ceph 9p virtiofs");
}

/* What is mounted is the disk that the path is a node of, and a container can make nodes wherever
 * it can write: only those in /dev are what they are called. */
static bool is_doubtful_disk(const struct volume_options *options)
{
	bool disk = options->type.len > 0 && !span_is(options->type, "none") && !options->bind &&
		    !takes_names(options);

	return disk && !span_starts(options->device, SPAN("/dev/"));
}

/* File systems in which the kernel shows itself, whatever the device is called: where the host has
 * them. */
static struct span kernel_place(struct span type)
{
	static const struct {
		const char *type, *place;
	} rows[] = {
	    {"proc", "/proc"},
	    {"binfmt_misc", "/proc/sys/fs/binfmt_misc"},
	    {"nfsd", "/proc/fs/nfsd"},
	    {"sysfs", "/sys"},
	    {"bpf", "/sys/fs/bpf"},
	    {"cgroup", "/sys/fs/cgroup"},
	    {"cgroup2", "/sys/fs/cgroup"},
	    {"cpuset", "/sys/fs/cgroup"},
	    {"configfs", "/sys/kernel/config"},
	    {"debugfs", "/sys/kernel/debug"},
	    {"tracefs", "/sys/kernel/tracing"},
	    {"securityfs", "/sys/kernel/security"},
	    {"selinuxfs", "/sys/fs/selinux"},
	    {"smackfs", "/sys/fs/smackfs"},
	    {"pstore", "/sys/fs/pstore"},
	    {"resctrl", "/sys/fs/resctrl"},
	    {"fusectl", "/sys/fs/fuse/connections"},
	    {"efivarfs", "/sys/firmware/efi/efivars"},
	    {"xenfs", "/proc/xen"},
	    {"devtmpfs", "/dev"},
	    {"devpts", "/dev/pts"},
	    {"mqueue", "/dev/mqueue"},
	    {"hugetlbfs", "/dev/hugepages"},
	    {"functionfs", "/dev/usb-ffs"},
	    {"gadgetfs", "/dev/gadget"},
	    {"rpc_pipefs", "/run/rpc_pipefs"},
	    {"rootfs", "/"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (span_equal(type, span_of(rows[i].type)))
			return span_of(rows[i].place);
	}
	return (struct span){NULL, 0};
}

void volume_options_each_path(const cJSON *map, volume_path_fn *fn, void *context)
{
	/* keys of a map keep their case, so these are looked up as they are */
	const cJSON *type = cJSON_GetObjectItemCaseSensitive(map, "type");
	const cJSON *flags = cJSON_GetObjectItemCaseSensitive(map, "o");
	const cJSON *device = cJSON_GetObjectItemCaseSensitive(map, "device");
	struct volume_options options = {
	    .type = span_of(json_string(type)),
	    .flags = span_of(json_string(flags)),
	    .device = span_of(json_string(device)),
	    .rw = true,
	};

	/* A template may turn into "bind" and a device: judged as the path it is not. */
	if (has_template(options.type))
		tell_path(&options, "type", options.type, fn, context);
	if (has_template(options.flags))
		tell_path(&options, "o", options.flags, fn, context);
	read_flags(&options);
	each_layer(&options, fn, context);
	struct span place = kernel_place(options.type);

	if (place.at && !options.bind)
		tell_path(&options, "type", place, fn, context);
	else if (options.device.len == 0 || is_share(&options))
		return;
	else if (is_doubtful_disk(&options))
		tell_path(&options, "device", SPAN("/dev"), fn, context);
	else if (options.device.at[0] == '/' || !takes_names(&options))
		tell_path(&options, "device", options.device, fn, context);
}

/* ---- the grant --------------------------------------------------------------------------- */

struct judging {
	struct judge *judge;
	const struct place *map;
};

static void judge_path(void *context, const char *key, const struct bind_need *need)
{
	const struct judging *judging = context;
	struct place place = place_key(judging->map, span_of(key));

	bind_judge(judging->judge, &place, need);
}

void volume_options_judge(struct judge *judge, const struct place *place, const cJSON *map)
{
	struct judging judging = {judge, place};

	volume_options_each_path(map, judge_path, &judging);
}
