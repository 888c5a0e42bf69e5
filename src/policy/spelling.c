/* SPDX-License-Identifier: Apache-2.0 */
/* Other spellings of a value, which the daemon takes for the same one. Where a negated pattern is
 * held against a value, both are compared in the one spelling that these functions write. A grant
 * without a row has values with one spelling. */
#include <ctype.h>

#include "base/glob.h"
#include "base/ip.h"
#include "base/room.h"
#include "policy/judge.h"

#define PLUGIN_HOST_MOST 320 /* bytes; longer hosts are none */

typedef void spell_fn(struct text *room, struct span text);

static void add_byte(struct text *room, char byte)
{
	text_add(room, (struct span){&byte, 1});
}

static void add_small(struct text *room, struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		add_byte(room, (char)tolower((unsigned char)text.at[i]));
}

static struct span without_front(struct span text)
{
	while (text.len > 0 && isspace((unsigned char)text.at[0]))
		text = span_from(text, 1);
	return text;
}

static bool cut_end(struct span *text, struct span end)
{
	bool has = text->len > end.len && span_equal(span_from(*text, text->len - end.len), end);

	if (has)
		text->len -= end.len;
	return has;
}

/* Podman takes blanks off the front of a variable. */
static void spell_front(struct text *room, struct span text)
{
	text_add(room, without_front(text));
}

static void spell_small(struct text *room, struct span text)
{
	add_small(room, without_front(text));
}

/* "node.role == Manager" */
static void spell_packed(struct text *room, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!isspace((unsigned char)text.at[i]))
			add_byte(room, (char)tolower((unsigned char)text.at[i]));
	}
}

/* The Dockerfile's words: quotes and escapes are taken away, blanks are one. */
static void spell_instruction(struct text *room, struct span text)
{
	bool blank = false;

	text = without_front(text);
	for (size_t i = 0; i < text.len; i++) {
		if (isspace((unsigned char)text.at[i])) {
			blank = true;
		} else if (!strchr("\"'\\", text.at[i])) {
			if (blank)
				add_byte(room, ' ');
			blank = false;
			add_byte(room, (char)tolower((unsigned char)text.at[i]));
		}
	}
}

/* A user, and perhaps a group; a name or a number each. */
static void spell_user(struct text *room, struct span text)
{
	user_write(room, text);
	if (room->len > 0 && room->at[room->len - 1] == ':')
		room->len--;
}

static void spell_network(struct text *room, struct span text)
{
	text_add(room, span_is(text, "default") ? SPAN("bridge") : text);
}

static void spell_mode(struct text *room, struct span text)
{
	text_add(room, text);
}

static void spell_rooted(struct text *room, struct span text)
{
	if (text.len > 0 && text.at[0] != '/' && text.at[0] != '*')
		add_byte(room, '/');
	text_add(room, text);
}

/* As the daemon cleans a path from the root of a container: without ".", empty segments and a slash
 * at the end, and with ".." followed. */
static void spell_path(struct text *room, struct span path)
{
	size_t start = room->len;

	while (path.at) {
		struct span segment = span_cut(path, '/', &path);

		if (span_is(segment, "..")) {
			while (room->len > start && room->at[--room->len] != '/')
				;
		} else if (segment.len > 0 && !span_is(segment, ".")) {
			if (room->len > start || segment.at[0] != '*')
				add_byte(room, '/');
			text_add(room, segment);
		}
	}
	if (room->len == start)
		add_byte(room, '/');
}

/* runc and crun make slashes of all dots, and a path of what comes out: net..ipv4/ip_forward is
 * net.ipv4.ip_forward. */
static void spell_sysctl(struct text *room, struct span text)
{
	size_t start = room->len;
	bool between = false;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '.' || text.at[i] == '/') {
			between = true;
			continue;
		}
		if (between && room->len > start)
			add_byte(room, '.');
		between = false;
		add_byte(room, text.at[i]);
	}
}

/* Numbers without zeros in front. */
static void spell_numbers(struct text *room, struct span text)
{
	bool inside = false; /* a number that has begun */

	for (size_t i = 0; i < text.len; i++) {
		bool more = i + 1 < text.len && isdigit((unsigned char)text.at[i + 1]);

		if (text.at[i] != '0' || inside || !more)
			add_byte(room, text.at[i]);
		inside = isdigit((unsigned char)text.at[i]) && (inside || text.at[i] != '0');
	}
}

/* ---- hosts -------------------------------------------------------------------------------------
 */

/* An address of the internet; of IPv4 in IPv6's spelling, and in those of inet_aton(), the one that
 * it is. A name has no dot at its end. */
static void spell_ip(struct text *room, struct span text)
{
	char shortest[IP_TEXT_MAX];
	struct ip ip;

	(void)cut_end(&text, SPAN("."));
	if (ip_parse_loose(text, &ip))
		text_add(room, span_of(ip_format(&ip, shortest)));
	else
		add_small(room, text);
}

/* "[::1]:5000" and its kin: what stands before the port, without brackets. Returns the port with
 * its colon, or nothing. */
static struct span cut_port(struct span *host)
{
	bool bracket = host->len > 0 && host->at[0] == '[';
	const char *end = bracket ? memchr(host->at, ']', host->len) : NULL;
	const char *colon = end ? end + 1 : host->len ? memchr(host->at, ':', host->len) : NULL;
	size_t len = colon ? (size_t)(colon - host->at) : host->len;
	struct span port = span_from(*host, len);

	*host = end ? (struct span){host->at + 1, len - 2} : (struct span){host->at, len};
	return port;
}

/* Go and libcurl read a port as a number, and an empty one or one of |usual| as the scheme's. */
static void spell_port(struct text *room, struct span port, const char *usual)
{
	struct span digits = span_from(port, port.len > 0);

	while (digits.len > 0 && *digits.at == '0')
		digits = span_from(digits, 1);
	if (port.len == 0 || port.len == 1 || span_in_words(digits, usual))
		return;
	add_byte(room, ':');
	add_small(room, digits);
}

/* In small letters, without the port of the scheme and the dot at the end. Docker Hub has several.
 */
static void spell_authority(struct text *room, struct span host, const char *usual)
{
	static const char hub[] = "index.docker.io registry-1.docker.io registry.hub.docker.com";
	size_t start = room->len;
	struct span port = cut_port(&host);

	spell_ip(room, host);
	spell_port(room, port, usual);
	if (span_in_words((struct span){room->at + start, room->len - start}, hub)) {
		room->len = start;
		text_add(room, SPAN("docker.io"));
	}
}

static void spell_host(struct text *room, struct span host)
{
	spell_authority(room, host, "80 443");
}

/* A plugin is known by the name of its image. */
static void spell_plugin(struct text *room, struct span text)
{
	char host_room[PLUGIN_HOST_MOST];
	struct text host = text_in(host_room, sizeof(host_room));
	struct span rest, first = span_cut(text, '/', &rest);

	if (rest.at && span_has(first, '.') && span_is_glob(first)) {
		add_small(room, first);
		add_byte(room, '/');
		text = rest;
	} else if (rest.at && (span_has(first, '.') || span_has(first, ':')) &&
		   !span_is_glob(first)) {
		spell_host(&host, first);
		if (!span_is(text_span(&host), "docker.io")) {
			text_add(room, text_span(&host));
			add_byte(room, '/');
		}
		text = rest;
	}
	(void)span_cut_prefix(&text, SPAN("library/"));
	(void)cut_end(&text, SPAN(":latest"));
	text_add(room, text);
}

/* containerd starts "containerd-shim-NAME-VERSION" for whatever ends in ".NAME.VERSION":
 * io.containerd.runc.v2 is runc. The older shim of docker 20.10 runs runc as well. */
static void spell_runtime(struct text *room, struct span text)
{
	struct span name = {NULL, 0}, last, rest = text;

	if (span_is(text, "io.containerd.runtime.v1.linux")) {
		text_add(room, SPAN("runc"));
		return;
	}

	for (last = span_cut(rest, '.', &rest); rest.at; last = span_cut(rest, '.', &rest))
		name = last;
	bool shim =
	    name.len > 0 && last.len > 1 && last.at[0] == 'v' && isdigit((unsigned char)last.at[1]);

	text_add(room, shim ? name : text);
}

/* Two files are one driver of the old kind: NAME.sock and NAME/NAME.sock, so NAME/NAME is NAME. */
static void spell_driver(struct text *room, struct span text)
{
	size_t start = room->len;

	spell_plugin(room, text);
	for (;;) {
		size_t len = room->len - start, half = len / 2;

		if (len % 2 == 0 || half == 0 || room->at[start + half] != '/' ||
		    memcmp(room->at + start, room->at + start + half + 1, half) != 0)
			return;
		room->len = start + half;
	}
}

/* Takes empty segments and "." out of the path that begins at |start|, as libcurl and servers do.
 */
static void drop_dots(struct text *room, size_t start)
{
	size_t to = start;

	for (size_t i = start; i < room->len; i++) {
		bool begins = to == start || room->at[to - 1] == '/';
		bool ends = i + 1 == room->len || room->at[i + 1] == '/';

		if (begins && room->at[i] == '/')
			continue;
		if (begins && room->at[i] == '.' && ends)
			continue;
		room->at[to++] = room->at[i];
	}
	room->len = to;
	room->at[to] = '\0';
}

/* Servers read a path with its escapes undone. */
static void add_unescaped(struct text *room, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		bool escape = text.at[i] == '%' && text.len - i > 2;
		int high = escape ? hex_value(text.at[i + 1]) : -1;
		int low = escape ? hex_value(text.at[i + 2]) : -1;

		if (high >= 0 && low >= 0)
			add_byte(room, (char)(high * 16 + low));
		else
			add_byte(room, text.at[i]);
		i += high >= 0 && low >= 0 ? 2 : 0;
	}
}

/* Whether a pattern begins with a wildcard that is not its whole scheme: no host can be read in it.
 */
static bool has_no_host(struct span text, struct span scheme)
{
	if (text.len == 0 || !strchr("*?-", *text.at))
		return false;
	for (size_t i = 0; i < scheme.len; i++) {
		if (scheme.at[i] != '*')
			return true;
	}
	return scheme.at != text.at;
}

/* Whether a path stands behind the colon of |host|, as git has it, and no port. */
static bool is_scp(struct span text, struct span host)
{
	struct span port;

	(void)span_cut(host, ':', &port);
	return port.len > 0 && host.at[0] != '[' &&
	       (span_starts(text, SPAN("git@")) ||
		   (!isdigit((unsigned char)port.at[0]) && !span_is_glob(port)));
}

/* Whoever leaves the scheme out gets "http://"; a user before the host changes nothing of where it
 * leads. */
static void spell_address(struct text *room, struct span text)
{
	const char *mark = text.len ? memmem(text.at, text.len, "://", 3) : NULL;
	struct span scheme = mark ? (struct span){text.at, (size_t)(mark - text.at)} : SPAN("http");
	struct span path, host, rest;

	if (has_no_host(text, scheme)) {
		text_add(room, text);
		return;
	}
	host = span_cut(mark ? span_from(text, scheme.len + 3) : text, '/', &path);
	for ((void)span_cut(host, '@', &rest); rest.at; (void)span_cut(host, '@', &rest))
		host = rest;
	size_t start;

	add_small(room, scheme);
	text_add(room, SPAN("://"));
	if (is_scp(text, host)) { /* git@HOST:PATH */
		spell_ip(room, span_cut(host, ':', &rest));
		start = room->len;
		add_byte(room, '/');
		add_unescaped(room, rest);
	} else {
		spell_authority(room, host, "80 443 22 9418");
		start = room->len;
	}
	/* no path is the root, but for a pattern whose star may stand for one */
	if (path.at || ((span_equal_nocase(scheme, SPAN("http")) ||
			    span_equal_nocase(scheme, SPAN("https"))) &&
			   host.len > 0 && host.at[host.len - 1] != '*'))
		add_byte(room, '/');
	add_unescaped(room, path);
	if (room->len > start)
		drop_dots(room, start + 1);
}

/* "host:address" */
static void spell_host_entry(struct text *room, struct span text)
{
	struct span address;

	spell_ip(room, span_cut(text, ':', &address));
	if (address.at) {
		add_byte(room, ':');
		spell_ip(room, address);
	}
}

/* 02:42:AC:11:00:02, 02-42-ac-11-00-02 and 0242.ac11.0002 are one. */
static void spell_mac(struct text *room, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!strchr(":-.", text.at[i]))
			add_byte(room, (char)tolower((unsigned char)text.at[i]));
	}
}

/* ---- the table ---------------------------------------------------------------------------------
 */

static spell_fn *const spellings[GRANT_MAX] = {
    [GRANT_ALIAS_ID] = spell_small,
    [GRANT_NAME_ID] = spell_small,
    [GRANT_EXTRA_HOST_ID] = spell_host_entry,
    [GRANT_USER_ID] = spell_user,
    [GRANT_GROUP_ADD_ID] = spell_user,
    [GRANT_DNS_ID] = spell_ip,
    [GRANT_ULIMIT_ID] = spell_small,
    [GRANT_STORAGE_OPT_ID] = spell_small,
    [GRANT_REGISTRY_HEADER_ID] = spell_small,
    [GRANT_IMAGE_CHANGE_ID] = spell_instruction,
    [GRANT_ISOLATION_ID] = spell_small,
    [GRANT_MAC_ADDRESS_ID] = spell_mac,
    [GRANT_NODE_ID] = spell_small,
    [GRANT_PLACEMENT_ID] = spell_packed,
    [GRANT_ENV_ID] = spell_front,
    [GRANT_NETWORK_MODE_ID] = spell_network,
    [GRANT_PID_MODE_ID] = spell_mode,
    [GRANT_IPC_MODE_ID] = spell_mode,
    [GRANT_UTS_MODE_ID] = spell_mode,
    [GRANT_USERNS_MODE_ID] = spell_mode,
    [GRANT_CGROUPNS_MODE_ID] = spell_mode,
    [GRANT_ARCHIVE_PATH_ID] = spell_rooted,
    [GRANT_WORKING_DIR_ID] = spell_path,
    [GRANT_TMPFS_ID] = spell_path,
    [GRANT_CGROUP_PARENT_ID] = spell_rooted,
    [GRANT_DEVICE_ID] = spell_path,
    [GRANT_SYSCTL_ID] = spell_sysctl,
    [GRANT_DEVICE_CGROUP_RULE_ID] = spell_numbers,
    [GRANT_RUNTIME_ID] = spell_runtime,
    [GRANT_VOLUME_DRIVER_ID] = spell_driver,
    [GRANT_NETWORK_DRIVER_ID] = spell_driver,
    [GRANT_LOG_DRIVER_ID] = spell_driver,
    [GRANT_SECRET_DRIVER_ID] = spell_driver,
    [GRANT_PLUGIN_ID] = spell_plugin,
    [GRANT_REGISTRY_ID] = spell_host,
    [GRANT_IMPORT_ID] = spell_address,
    [GRANT_BUILD_REMOTE_ID] = spell_address,
};

bool spelling_is_one(enum grant grant)
{
	return !spellings[grant];
}

bool spelling_folds(enum grant grant)
{
	spell_fn *const fn = spellings[grant];

	return fn == spell_small || fn == spell_packed || fn == spell_host || fn == spell_address ||
	       fn == spell_host_entry || fn == spell_plugin || fn == spell_driver;
}

bool spelling_write(enum grant grant, struct span text, struct text *ret_room)
{
	if (!spellings[grant])
		return false;
	spellings[grant](ret_room, text);
	return ret_room->len + 1 < ret_room->size;
}
