/* SPDX-License-Identifier: Apache-2.0 */
/* Values that stand for several: whether one gives something of what a negated pattern covers. Both
 * are in the one spelling of spelling_write(). */
#include "base/glob.h"
#include "base/room.h"
#include "policy/judge.h"

#define SPELLING_MOST 16384   /* bytes of a command line */
#define INSTRUCTION_MOST 4096 /* of a path in an instruction */
#define SYSCTL_MOST 512       /* of a sysctl; the kernel has none of 256 */
#define ADDRESS_MOST 1024     /* of a pattern of addresses */

/* Whether two lists of permissions, of which |pattern| may have wildcards, have one in common. */
static bool permissions_meet(struct span pattern, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (span_has(pattern, text.at[i]))
			return true;
	}
	return span_is_glob(pattern);
}

/* The next word of a pattern. Where one that ends in a star is the last, the star goes on. */
static struct span next_pattern(struct span *pattern, bool *open)
{
	struct span word = span_next_word(pattern);

	if (word.len == 0 && *open)
		return SPAN("*");
	*open = word.len > 0 && word.at[word.len - 1] == '*';
	return word;
}

/* A number, of which * is any. */
static bool numbers_meet(struct span want, struct span number)
{
	return span_is(number, "*") || glob_match(want, number);
}

/* "TYPE MAJOR:MINOR PERMISSIONS". The type a is every device, whatever stands behind it. */
static bool device_rules_meet(struct span pattern, struct span text)
{
	bool open = false;
	struct span type = span_next_word(&text), want = next_pattern(&pattern, &open);
	struct span minor, want_minor;
	struct span major = span_cut(span_next_word(&text), ':', &minor);
	struct span want_major = span_cut(next_pattern(&pattern, &open), ':', &want_minor);

	if (span_is(type, "a") || span_is(want, "a"))
		return true;
	return glob_match(want, type) && numbers_meet(want_major, major) &&
	       numbers_meet(want_minor.at ? want_minor : SPAN("*"), minor) &&
	       permissions_meet(next_pattern(&pattern, &open), span_next_word(&text));
}

/* "root" and "0" are one. */
static bool ids_meet(struct span pattern, struct span id)
{
	return glob_match(pattern, id) || (span_is(id, "root") && span_is(pattern, "0")) ||
	       (span_is(id, "0") && span_is(pattern, "root"));
}

/* A pattern without a group speaks of the user, whatever the group is. */
static bool users_meet(struct span pattern, struct span text)
{
	char room[INSTRUCTION_MOST], pattern_room[INSTRUCTION_MOST];
	struct text plain = text_in(room, sizeof(room));
	struct text want = text_in(pattern_room, sizeof(pattern_room));
	struct span group, want_group;

	if (!spelling_write(GRANT_USER_ID, text, &plain) ||
	    !spelling_write(GRANT_USER_ID, pattern, &want))
		return true;
	struct span user = span_cut(text_span(&plain), ':', &group);
	struct span want_user = span_cut(text_span(&want), ':', &want_group);

	return ids_meet(want_user, user) &&
	       (!want_group.at || (group.at && ids_meet(want_group, group)));
}

static bool paths_meet(struct span pattern, struct span text)
{
	char room[INSTRUCTION_MOST], pattern_room[INSTRUCTION_MOST];
	struct text path = text_in(room, sizeof(room));
	struct text want = text_in(pattern_room, sizeof(pattern_room));

	return !spelling_write(GRANT_WORKING_DIR_ID, text, &path) ||
	       !spelling_write(GRANT_WORKING_DIR_ID, pattern, &want) ||
	       glob_match(text_span(&want), text_span(&path));
}

static bool signals_meet(struct span pattern, struct span text)
{
	char room[SIGNAL_MOST], pattern_room[SIGNAL_MOST];

	return glob_match(signal_name(pattern, &pattern_room), signal_name(text, &room));
}

/* Takes the protocol off a port; tcp is none. What stands behind a second slash is dropped, as
 * daemons drop it. */
static struct span cut_protocol(struct span *port)
{
	struct span protocol, rest;

	*port = span_cut(*port, '/', &protocol);
	protocol = protocol.at ? span_cut(protocol, '/', &rest) : SPAN("");
	return span_is(protocol, "tcp") ? SPAN("") : protocol;
}

/* "20-25" takes back each of them. */
static bool range_meets(struct span pattern, struct span port)
{
	struct span end, start = span_cut(pattern, '-', &end);
	uint64_t low, high, number;

	return end.at && span_to_uint(start, UINT16_MAX, &low) &&
	       span_to_uint(end, UINT16_MAX, &high) && span_to_uint(port, UINT16_MAX, &number) &&
	       number >= low && number <= high;
}

static bool ports_meet(struct span pattern, struct span text)
{
	char room[NUMBER_MOST];
	struct text port = text_in(room, sizeof(room));

	if (glob_match(pattern, text))
		return true;
	struct span protocol = cut_protocol(&text), want = cut_protocol(&pattern);

	(void)span_cut_prefix(&text, SPAN("+")); /* Podman's reading */
	return !spelling_write(GRANT_DEVICE_CGROUP_RULE_ID, text, &port) ||
	       ((glob_match(pattern, text_span(&port)) || range_meets(pattern, text_span(&port))) &&
		   (glob_match(want, protocol) || span_is(pattern, "*") || span_is(pattern, "**")));
}

/* [sh,-c] as "sh -c"; quotes of a pattern are written as '?'. */
static void write_words(struct text *room, struct span text)
{
	bool list = span_has(text, '[');

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool mark = list && strchr("[],?", c);
		bool blank = c == ' ' || (list && c == ',');

		if (!mark && !blank)
			text_add(room, (struct span){text.at + i, 1});
		else if (blank && room->len > 0 && room->at[room->len - 1] != ' ')
			text_add(room, SPAN(" "));
	}
}

/* A list of words is the command line of the same words. */
static bool words_meet(struct span pattern, struct span text)
{
	if (!span_has(pattern, '[') && !span_has(text, '['))
		return false;
	char *room = room_of_thread(ROOM_WORDS, SPELLING_MOST);
	char *pattern_room = room_of_thread(ROOM_PATTERN, SPELLING_MOST);

	if (!room || !pattern_room)
		return true;
	struct text words = text_in(room, SPELLING_MOST);
	struct text want = text_in(pattern_room, SPELLING_MOST);

	write_words(&words, text);
	write_words(&want, pattern);
	return words.len + 1 >= words.size ||
	       glob_match(text_span(&want), span_trim(text_span(&words)));
}

typedef bool meets_fn(struct span pattern, struct span text);

/* What the values of an instruction are, beyond words. */
static const struct {
	const char *keyword;
	meets_fn *meets;
} instructions[] = {
    {"user", users_meet},
    {"workdir", paths_meet},
    {"volume", paths_meet},
    {"stopsignal", signals_meet},
    {"expose", ports_meet},
    {"cmd", words_meet},
    {"entrypoint", words_meet},
    {"healthcheck", words_meet},
};

/* A condition of a rule has no blanks: "VOLUME?/x". */
static bool cut_keyword(struct span *pattern, struct span keyword)
{
	struct span rest = *pattern;

	if (!span_cut_prefix(&rest, keyword) || rest.len == 0 || !strchr(" ?*", rest.at[0]))
		return false;
	*pattern = span_from(rest, 1);
	return true;
}

static bool instructions_meet(struct span pattern, struct span text)
{
	struct span keyword = span_next_word(&text);

	if (!cut_keyword(&pattern, keyword))
		return false;
	for (size_t i = 0; i < sizeof(instructions) / sizeof(*instructions); i++) {
		if (span_equal(keyword, span_of(instructions[i].keyword)))
			return instructions[i].meets(span_trim(pattern), span_trim(text));
	}
	return false;
}

/* Directories of links, each to any device: /dev/char/1:1 is /dev/mem. Outside of /dev a node is
 * whatever the one who made it wanted. */
static bool devices_meet(struct span pattern, struct span text)
{
	(void)pattern;
	return (span_starts(text, SPAN("/")) && !path_lies_in(text, SPAN("/dev"))) ||
	       path_lies_in(text, SPAN("/dev/char")) || path_lies_in(text, SPAN("/dev/block")) ||
	       path_lies_in(text, SPAN("/dev/disk")) || path_lies_in(text, SPAN("/dev/fd")) ||
	       path_lies_in(text, SPAN("/dev/shm"));
}

/* Podman joins a namespace by its file: ns:/proc/1/ns/pid is the host's, and others are those of
 * containers. */
static bool modes_meet(struct span pattern, struct span text)
{
	(void)pattern;
	return span_starts(text, SPAN("ns:"));
}

/* Takes ":TAG" off the end of a name. */
static struct span cut_tag(struct span *name)
{
	struct span tag, last = *name, rest;

	for ((void)span_cut(last, '/', &rest); rest.at; (void)span_cut(last, '/', &rest))
		last = rest;
	(void)span_cut(last, ':', &tag);
	if (tag.at)
		name->len -= tag.len + 1;
	return tag;
}

/* A pattern without a version is about each. Which tag has a digest is known to the registry. */
static bool plugins_meet(struct span pattern, struct span text)
{
	struct span digest, want_digest;

	text = span_cut(text, '@', &digest);
	pattern = span_cut(pattern, '@', &want_digest);

	struct span tag = cut_tag(&text), want = cut_tag(&pattern);

	if (!glob_match(pattern, text))
		return false;
	if (digest.at && want_digest.at)
		return glob_match(want_digest, digest);
	return digest.at || want_digest.at || !want.at ||
	       glob_match(want, tag.at ? tag : SPAN("latest"));
}

/* The daemon finds a plugin by the beginning of its id, too. */
static bool drivers_meet(struct span pattern, struct span text)
{
	return span_is_hex(text) || plugins_meet(pattern, text);
}

/* Names of one value of the kernel's; those with a dot in front are the ends of names. */
static const struct {
	const char *one, *other;
} sysctl_twins[] = {
    {"net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"},
    {"net.nf_conntrack_max", "net.netfilter.nf_conntrack_max"},
    {".retrans_time", ".retrans_time_ms"},
    {".base_reachable_time", ".base_reachable_time_ms"},
    {".gc_min_interval", ".gc_min_interval_ms"},
    {".unres_qlen", ".unres_qlen_bytes"},
};

static bool twin_meets(struct span pattern, struct span text, struct span own, struct span other)
{
	char room[SYSCTL_MOST];
	struct text twin = text_in(room, sizeof(room));

	if (text.len < own.len || !span_equal(span_from(text, text.len - own.len), own) ||
	    (own.at[0] != '.' && text.len != own.len))
		return false;
	text_add(&twin, (struct span){text.at, text.len - own.len});
	text_add(&twin, other);
	return twin.len + 1 >= twin.size || glob_match(pattern, text_span(&twin));
}

static bool sysctls_meet(struct span pattern, struct span text)
{
	for (size_t i = 0; i < sizeof(sysctl_twins) / sizeof(*sysctl_twins); i++) {
		struct span one = span_of(sysctl_twins[i].one);
		struct span other = span_of(sysctl_twins[i].other);

		if (twin_meets(pattern, text, one, other) || twin_meets(pattern, text, other, one))
			return true;
	}
	return false;
}

static bool begins_as(struct span front, struct span end, struct span text)
{
	char room[ADDRESS_MOST];
	struct text all = text_in(room, sizeof(room));

	text_add(&all, front);
	text_add(&all, end);
	return all.len + 1 >= all.size || glob_match(text_span(&all), text);
}

/* A cgroup holds those below. */
static bool cgroups_meet(struct span pattern, struct span text)
{
	return begins_as(pattern, SPAN("/**"), text);
}

/* Of a directory the daemon gives all that is below, and "/etc" is about its files. Whatever is
 * below a directory that begins with a wildcard could be anywhere. */
static bool parents_meet(struct span pattern, struct span text)
{
	struct span rest, first = span_cut(span_from(pattern, pattern.len > 0), '/', &rest);

	if (!span_starts(pattern, SPAN("/")))
		return false;
	if (pattern.len > 1 && pattern.at[pattern.len - 1] == '/')
		pattern.len--;
	if (glob_match(pattern, text) || begins_as(pattern, SPAN("/**"), text))
		return true;
	for (size_t len = first.len + 1; !span_is_glob(first) && len < pattern.len; len++) {
		if (pattern.at[len] == '/' && glob_match((struct span){pattern.at, len}, text))
			return true;
	}
	return span_is(text, "/");
}

/* "HOST:ADDRESS". Which address host-gateway is, only the daemon knows. */
static bool hosts_meet(struct span pattern, struct span text)
{
	struct span address, want, host = span_cut(text, ':', &address);
	struct span want_host = span_cut(pattern, ':', &want);

	return want.at && glob_match(want_host, host) && span_is(address, "host-gateway");
}

/* A host without a path is all of the host, at every port. */
static bool hosts_of_addresses_meet(struct span pattern, struct span text)
{
	const char *mark = pattern.len ? memmem(pattern.at, pattern.len, "://", 3) : NULL;
	struct span path;

	if (!mark || pattern.at[pattern.len - 1] == '*')
		return false;
	(void)span_cut(span_from(pattern, (size_t)(mark - pattern.at) + 3), '/', &path);
	if (path.len > 0)
		return false;
	pattern.len -= path.at ? 1 : 0;
	return begins_as(pattern, SPAN("/**"), text) || begins_as(pattern, SPAN(":**"), text);
}

/* git@HOST:PATH is SSH; in the one spelling it has the scheme of what has none. */
static bool addresses_meet(struct span pattern, struct span text)
{
	char room[ADDRESS_MOST];
	struct text plain = text_in(room, sizeof(room));
	struct span rest = pattern;

	if (!span_cut_prefix(&rest, SPAN("ssh://")) || !span_starts(text, SPAN("http://")))
		return hosts_of_addresses_meet(pattern, text);
	text_add(&plain, SPAN("http://"));
	text_add(&plain, rest);
	return plain.len + 1 >= plain.size || glob_match(text_span(&plain), text) ||
	       hosts_of_addresses_meet(text_span(&plain), text);
}

static meets_fn *const meetings[GRANT_MAX] = {
    [GRANT_NETWORK_MODE_ID] = modes_meet,
    [GRANT_PID_MODE_ID] = modes_meet,
    [GRANT_IPC_MODE_ID] = modes_meet,
    [GRANT_UTS_MODE_ID] = modes_meet,
    [GRANT_USERNS_MODE_ID] = modes_meet,
    [GRANT_CGROUPNS_MODE_ID] = modes_meet,
    [GRANT_VOLUME_DRIVER_ID] = drivers_meet,
    [GRANT_NETWORK_DRIVER_ID] = drivers_meet,
    [GRANT_LOG_DRIVER_ID] = drivers_meet,
    [GRANT_SECRET_DRIVER_ID] = drivers_meet,
    [GRANT_PLUGIN_ID] = plugins_meet,
    [GRANT_SYSCTL_ID] = sysctls_meet,
    [GRANT_ARCHIVE_PATH_ID] = parents_meet,
    [GRANT_CGROUP_PARENT_ID] = cgroups_meet,
    [GRANT_IMPORT_ID] = addresses_meet,
    [GRANT_EXTRA_HOST_ID] = hosts_meet,
    [GRANT_BUILD_REMOTE_ID] = addresses_meet,
    [GRANT_DEVICE_ID] = devices_meet,
    [GRANT_DEVICE_CGROUP_RULE_ID] = device_rules_meet,
    [GRANT_IMAGE_CHANGE_ID] = instructions_meet,
    [GRANT_USER_ID] = users_meet,
    [GRANT_GROUP_ADD_ID] = ids_meet,
};

bool spelling_meets(enum grant grant, struct span pattern, struct span text)
{
	return glob_match(pattern, text) || (meetings[grant] && meetings[grant](pattern, text));
}

bool spelling_is_plain(enum grant grant)
{
	return spelling_is_one(grant) && !meetings[grant];
}
