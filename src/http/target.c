/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets: read once into one form, and written from it. */
#include "base/utf8.h"
#include "http/bytes.h"
#include "http/head.h"

#define MAX_MAJOR_DIGITS 2
#define MAX_MINOR_DIGITS 3
#define ESCAPE_LENGTH 3 /* "%41" */
#define FIRST_PRINTABLE 0x20
#define DELETE 0x7f
#define QUERY_PAIRS_MOST 10000u /* see docs/limits.md */
#define FIRST_FOREIGN 0x80      /* first byte outside ASCII */

static int fault_target(struct http_fault *fault, const char *what)
{
	return http_fault_set(fault, STATUS_BAD_REQUEST, "the request target %s", what);
}

/* ---- escapes ---- */

/* The byte of the escape that |text| begins with, or -1. */
static int escape_value(struct span text)
{
	int high = text.len >= ESCAPE_LENGTH ? hex_value(text.at[1]) : -1;
	int low = text.len >= ESCAPE_LENGTH ? hex_value(text.at[2]) : -1;

	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Decodes |raw|, once, into memory of |arena|. What needs no decoding stays where it is. */
static int decode(struct span raw, bool plus_is_space, struct arena *arena, struct span *ret_text,
    struct http_fault *fault)
{
	size_t len = http_bytes_run(raw, BYTE_PLAIN);

	if (len == raw.len) {
		*ret_text = raw;
		return 0;
	}
	char *text = arena_alloc(arena, raw.len);

	if (!text)
		return http_fault_memory(fault);
	memcpy(text, raw.at, len);
	for (size_t i = len; i < raw.len; i++) {
		int value = (unsigned char)raw.at[i];

		if (value == '+' && plus_is_space) {
			value = ' ';
		} else if (value == '%') {
			value = escape_value(span_from(raw, i));
			if (value < 0)
				return fault_target(fault, "holds a % that is no escape");
			i += ESCAPE_LENGTH - 1;
		}
		text[len++] = (char)value;
	}
	*ret_text = (struct span){text, len};
	return 0;
}

/* How many bytes |text| is with all but the bytes of |kind| as escapes. */
static size_t escaped_length(struct span text, enum http_byte kind)
{
	size_t len = text.len;

	for (size_t i = 0; i < text.len; i++)
		len += http_byte_is(text.at[i], kind) ? 0 : ESCAPE_LENGTH - 1;
	return len;
}

/* Adds |text| with all but the bytes of |kind| as escapes. */
static void write_escaped(struct buf *out, struct span text, enum http_byte kind)
{
	static const char hex[] = "0123456789ABCDEF";
	if (http_bytes_all(text, kind)) {
		buf_add(out, text);
		return;
	}
	size_t len = escaped_length(text, kind);

	if (!buf_reserve(out, len))
		return;
	char *at = out->at + out->len;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if (http_byte_is(text.at[i], kind)) {
			*at++ = text.at[i];
			continue;
		}
		*at++ = '%';
		*at++ = hex[byte >> 4];
		*at++ = hex[byte & 15];
	}
	out->len += len;
}

/* ---- the path ---- */

static bool is_utf8(struct span text)
{
	while (text.len > 0) {
		size_t len = (unsigned char)text.at[0] < FIRST_FOREIGN ? 1 : utf8_length(text);

		if (len == 0)
			return false;
		text = span_from(text, len);
	}
	return true;
}

static int fault_path_byte(struct http_fault *fault, struct span path, size_t at)
{
	return http_fault_set(fault, STATUS_BAD_REQUEST,
	    "the path of the request target holds a byte that no path has (0x%02x)",
	    (unsigned char)path.at[at]);
}

/* Whoever decodes a path a second time must find nothing in it. */
static bool has_escape(struct span path)
{
	for (size_t i = 0; i + ESCAPE_LENGTH <= path.len; i++) {
		if (path.at[i] == '%' && escape_value(span_from(path, i)) >= 0)
			return true;
	}
	return false;
}

static int check_name_bytes(struct span path, struct http_fault *fault)
{
	size_t good = http_bytes_run(path, BYTE_NAME);

	if (good < path.len)
		return fault_path_byte(fault, path, good);
	if (!is_utf8(path))
		return fault_target(fault, "has a path that is not UTF-8");
	if (has_escape(path))
		return fault_target(fault, "has a path that is escaped twice");
	return 0;
}

/* Decodes the path and holds it to its alphabet. What needs no decoding stays where it is. */
static int decode_path(
    struct span raw, struct arena *arena, struct span *ret_path, struct http_fault *fault)
{
	struct span path = raw;
	size_t good = http_bytes_run(raw, BYTE_PATH);

	for (size_t i = good; i < raw.len; i++) {
		if (raw.at[i] != '%' && !http_byte_is(raw.at[i], BYTE_PATH))
			return fault_path_byte(fault, raw, i);
	}
	if (good < raw.len &&
	    (decode(raw, false, arena, &path, fault) < 0 || check_name_bytes(path, fault) < 0))
		return -1;
	*ret_path = path;
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes a number of at most |digits| digits and without a leading zero off |*text|. */
static bool take_number(struct span *text, size_t digits, unsigned *ret_number)
{
	unsigned number = 0;
	size_t len = 0;

	while (len < text->len && is_digit(text->at[len]) && len <= digits)
		number = number * 10 + (unsigned)(text->at[len++] - '0');
	if (len == 0 || len > digits || (len > 1 && text->at[0] == '0'))
		return false;
	*text = (struct span){text->at + len, text->len - len};
	*ret_number = number;
	return true;
}

static bool take_char(struct span *text, char c)
{
	if (text->len == 0 || text->at[0] != c)
		return false;
	*text = (struct span){text->at + 1, text->len - 1};
	return true;
}

static bool begins_version(struct span path)
{
	return path.len >= 3 && memcmp(path.at, "/v", 2) == 0 &&
	       (is_digit(path.at[2]) || path.at[2] == '.');
}

static bool is_libpod(struct span path)
{
	return span_is(path, "/libpod") || span_starts(path, SPAN("/libpod/"));
}

/* Takes "/v1.41" off the front of |*path|. Podman's own routes have versions of three parts. */
static bool take_version(struct span *path, struct http_target *target)
{
	struct span rest = {path->at + 2, path->len - 2};
	unsigned patch;

	if (!take_number(&rest, MAX_MAJOR_DIGITS, &target->api_major) || target->api_major == 0 ||
	    !take_char(&rest, '.') || !take_number(&rest, MAX_MINOR_DIGITS, &target->api_minor))
		return false;
	if (take_char(&rest, '.') &&
	    (!take_number(&rest, MAX_MINOR_DIGITS, &patch) || !is_libpod(rest)))
		return false;
	if (rest.len < 2 || rest.at[0] != '/' || begins_version(rest))
		return false;
	*path = rest;
	return true;
}

static bool is_bad_segment(struct span segment)
{
	return segment.len == 0 || span_is(segment, ".") || span_is(segment, "..");
}

/* Writes |path| without empty and "." segments and with ".." followed, as the daemon's router does.
 * A slash at the end stays. */
static struct span clean_path(struct span path, char *room)
{
	bool slash = path.at[path.len - 1] == '/';
	struct span rest = span_from(path, 1);
	size_t len = 0;

	while (rest.at) {
		struct span segment = span_cut(rest, '/', &rest);

		if (span_is(segment, "..")) {
			while (len > 0 && room[--len] != '/')
				;
		} else if (!is_bad_segment(segment)) {
			room[len++] = '/';
			memcpy(room + len, segment.at, segment.len);
			len += segment.len;
		}
	}
	if (len == 0 || slash)
		room[len++] = '/';
	return (struct span){room, len};
}

/* Tells where a path leads that the daemon would answer with a 301. */
static void set_moved(
    struct span path, struct span query, struct arena *arena, struct http_fault *fault)
{
	char *room = arena_alloc(arena, path.len + 1);
	struct span clean = room ? clean_path(path, room) : path;
	struct buf out;

	if (span_equal(clean, path) || !http_bytes_all(query, BYTE_QUERY))
		return;
	buf_init(&out, path.len * ESCAPE_LENGTH + query.len + 2);
	write_escaped(&out, clean, BYTE_PATH);
	if (query.len > 0) {
		buf_add_char(&out, '?');
		buf_add(&out, query);
	}
	const char *copy = out.failed ? NULL : arena_copy(arena, buf_span(&out));

	fault->moved = (struct span){copy, copy ? out.len : 0};
	buf_free(&out);
}

/* No empty segment and none that moves about. */
static int check_segments(
    struct span path, struct span query, struct arena *arena, struct http_fault *fault)
{
	struct span rest = span_from(path, 1);

	while (rest.at) {
		if (!is_bad_segment(span_cut(rest, '/', &rest)))
			continue;
		(void)fault_target(fault, "has an empty, \".\" or \"..\" segment");
		set_moved(path, query, arena, fault);
		return -1;
	}
	return 0;
}

static int read_path(struct span raw, struct span query, struct arena *arena,
    struct http_target *target, struct http_fault *fault)
{
	struct span path = raw;

	if (decode_path(raw, arena, &path, fault) < 0)
		return -1;
	struct span whole = path;

	if (begins_version(path) && !take_version(&path, target))
		return fault_target(fault, "begins with an API version that is not exactly /vN.N/");
	if (span_is(path, "/networks/")) { /* the one route the daemon has with a slash behind it */
		path.len--;
		whole.len--;
	}
	if (path.len > 1 && check_segments(whole, query, arena, fault) < 0)
		return -1;
	target->path = path;
	return 0;
}

/* ---- the query ---- */

static bool has_control(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.at[i] < FIRST_PRINTABLE || text.at[i] == DELETE)
			return true;
	}
	return false;
}

static int decode_pair(struct pair *pair, struct arena *arena, struct http_fault *fault)
{
	if (decode(pair->name, true, arena, &pair->name, fault) < 0 ||
	    decode(pair->value, true, arena, &pair->value, fault) < 0)
		return -1;
	if (has_control(pair->name))
		return fault_target(fault, "has a query parameter with a control byte in its name");
	if (pair->value.len > 0 && memchr(pair->value.at, '\0', pair->value.len))
		return fault_target(fault, "has a query parameter with a NUL in its value");
	if (!is_utf8(pair->name) || !is_utf8(pair->value))
		return fault_target(fault, "has a query parameter that is not UTF-8");
	return 0;
}

struct query_count {
	size_t pairs;
	bool coded; /* has '%' or '+' */
};

static int count_query(struct span raw, struct query_count *ret_count, struct http_fault *fault)
{
	struct query_count count = {1, false};

	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.at[i];

		if (!http_byte_is(c, BYTE_QUERY))
			return http_fault_set(fault, STATUS_BAD_REQUEST,
			    "the query of the request target holds a byte that no query has "
			    "(0x%02x)",
			    (unsigned char)c);
		if (c == '&')
			count.pairs++;
		else if (c == '%' || c == '+')
			count.coded = true;
	}
	*ret_count = count;
	return 0;
}

static int read_pair(struct span text, bool coded, struct arena *arena, struct pair *ret_pair,
    struct http_fault *fault)
{
	struct pair pair;

	pair.name = span_cut(text, '=', &pair.value);
	if (!pair.value.at)
		pair.value = (struct span){text.at + text.len, 0};
	if (pair.name.len == 0)
		return fault_target(fault, "has a query parameter without a name");
	if (coded && decode_pair(&pair, arena, fault) < 0)
		return -1;
	*ret_pair = pair;
	return 0;
}

static int read_query(
    struct span raw, struct arena *arena, struct http_target *target, struct http_fault *fault)
{
	struct query_count count = {0};

	if (raw.len == 0)
		return 0;
	if (count_query(raw, &count, fault) < 0)
		return -1;
	if (count.pairs > QUERY_PAIRS_MOST)
		return http_fault_set(fault, STATUS_TARGET_TOO_LONG,
		    "the query of the request target has more than %u parameters",
		    QUERY_PAIRS_MOST);
	target->query = arena_alloc(arena, count.pairs * sizeof(*target->query));
	if (!target->query)
		return http_fault_memory(fault);
	while (raw.at) {
		struct span text = span_cut(raw, '&', &raw);

		if (text.len == 0)
			continue;
		if (read_pair(
			text, count.coded, arena, &target->query[target->query_count], fault) < 0)
			return -1;
		target->query_count++;
	}
	return 0;
}

/* ---- the whole ---- */

static bool take_scheme(struct span *raw)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		struct span scheme = span_of(schemes[i]);

		if (raw->len >= scheme.len &&
		    span_equal_nocase((struct span){raw->at, scheme.len}, scheme)) {
			*raw = (struct span){raw->at + scheme.len, raw->len - scheme.len};
			return true;
		}
	}
	return false;
}

/* Takes "http://host" off the front of |*raw|, should it be there, and leaves a path. */
static int take_host(struct span *raw, struct http_target *target, struct http_fault *fault)
{
	size_t len = 0;

	if (raw->len > 0 && raw->at[0] == '/')
		return 0;
	if (!take_scheme(raw))
		return fault_target(fault, "is neither a path nor an http:// address");
	while (len < raw->len && raw->at[len] != '/' && raw->at[len] != '?')
		len++;
	target->host = (struct span){raw->at, len};
	if (memchr(raw->at, '@', len))
		return fault_target(fault, "names a user before the host");
	if (len == 0 || !http_bytes_all(target->host, BYTE_HOST))
		return fault_target(
		    fault, "names no host or one with a byte that no host name has");
	*raw = (struct span){raw->at + len, raw->len - len};
	return 0;
}

int http_target_parse(struct span raw, const struct http_limits *limits, struct arena *arena,
    struct http_target *ret_target, struct http_fault *fault)
{
	struct http_target target = {0};
	struct span path, query = {NULL, 0};

	if (raw.len > limits->max_target)
		return http_fault_set(fault, STATUS_TARGET_TOO_LONG,
		    "the request target is longer than %zu bytes (max_target)", limits->max_target);
	if (take_host(&raw, &target, fault) < 0)
		return -1;
	path = span_cut(raw, '?', &query);
	if (target.host.at && path.len == 0)
		path = SPAN("/");
	if (read_path(path, query, arena, &target, fault) < 0 ||
	    read_query(query, arena, &target, fault) < 0)
		return -1;
	*ret_target = target;
	return 0;
}

void http_query_write(struct buf *out, const struct http_target *target)
{
	for (size_t i = 0; i < target->query_count; i++) {
		buf_add_char(out, i == 0 ? '?' : '&');
		write_escaped(out, target->query[i].name, BYTE_PLAIN);
		buf_add_char(out, '=');
		write_escaped(out, target->query[i].value, BYTE_PLAIN);
	}
}

void http_target_write(struct buf *out, const struct http_target *target)
{
	if (target->api_major > 0) {
		buf_add(out, SPAN("/v"));
		buf_add_uint(out, target->api_major);
		buf_add_char(out, '.');
		buf_add_uint(out, target->api_minor);
	}
	write_escaped(out, target->path, BYTE_PATH);
	http_query_write(out, target);
}
