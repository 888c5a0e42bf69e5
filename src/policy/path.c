/* SPDX-License-Identifier: Apache-2.0 */
/* Paths and addresses that patterns are held against: what the daemon would clean is cleaned first,
 * and a ".." is refused, since it leads out of what a pattern covers. */
#include "policy/judge.h"

#define PATH_BYTES_MOST                                                                            \
	4096 /* as the kernel has it; addresses that carry a signature have 2,000                  \
	      */

static bool climbs(struct span path)
{
	while (path.at) {
		if (span_is(span_cut(path, '/', &path), ".."))
			return true;
	}
	return false;
}

/* The same of an address, which servers read with its escapes undone. */
static bool climbs_in_disguise(struct span address)
{
	char room[PATH_BYTES_MOST];
	struct span plain = {room, 0};

	for (size_t i = 0; i < address.len && plain.len < sizeof(room); i++) {
		char c = address.at[i];
		bool escape = c == '%' && address.len - i > 2;
		int high = escape ? hex_value(address.at[i + 1]) : -1;
		int low = escape ? hex_value(address.at[i + 2]) : -1;

		if (high >= 0 && low >= 0) {
			c = (char)(high * 16 + low);
			i += 2;
		}
		room[plain.len++] = c == '\\' ? '/' : c;
	}
	return climbs(plain);
}

/* The bytes of |text| before "://"; 0 when it is no address. */
static size_t scheme_bytes(struct span text)
{
	const char *mark = text.len ? memmem(text.at, text.len, "://", 3) : NULL;

	return mark ? (size_t)(mark - text.at) : 0;
}

/* The daemon puts a scheme before those that have none. */
static bool is_address(enum grant grant, struct span text)
{
	return scheme_bytes(text) > 0 || grant == GRANT_IMPORT_ID || grant == GRANT_BUILD_REMOTE_ID;
}

/* Whether another reader could take another part of the address for its host. */
static bool has_odd_host(struct span address)
{
	size_t start = scheme_bytes(address) ? scheme_bytes(address) + 3 : 0;

	struct span rest, host = span_cut(span_from(address, start), '/', &rest);

	for (size_t i = 0; i < host.len; i++) {
		if (strchr("?#\\", host.at[i]))
			return true;
	}
	for ((void)span_cut(host, '@', &rest); rest.at; (void)span_cut(host, '@', &rest))
		host = rest;
	return span_has(host, '%');
}

/* Without "." and empty segments and a slash at the end. */
static void write_clean(struct text *text, struct span path, bool rooted)
{
	while (path.at) {
		struct span segment = span_cut(path, '/', &path);

		if (segment.len == 0 || span_is(segment, "."))
			continue;
		text_add(text, text->len || rooted ? SPAN("/") : SPAN(""));
		text_add(text, segment);
	}
	if (text->len == 0)
		text_add(text, rooted ? SPAN("/") : SPAN("."));
}

static const char *path_fault(struct span path, bool address)
{
	if (path.len >= PATH_BYTES_MOST)
		return "is too long to be judged";
	if (climbs(path) || (address && climbs_in_disguise(path)))
		return "has a \"..\", which could lead out of what is granted";
	if (address && has_odd_host(path))
		return "has a host that could be read in two ways";
	return NULL;
}

bool path_holds(
    enum grant grant, struct span path, bool unsure, path_fits_fn *fits, const void *context)
{
	char room[PATH_BYTES_MOST + 1];
	struct text clean = text_in(room, sizeof(room));
	bool address = is_address(grant, path);
	/* paths in a container begin at its root, written or not */
	bool rooted = grant == GRANT_ARCHIVE_PATH_ID || span_starts(path, SPAN("/"));

	if (path.len == 0)
		return fits(context, path);
	if (path_fault(path, address))
		return unsure;
	if (address)
		text_add(&clean, path);
	else
		write_clean(&clean, path, rooted);
	bool slash = path.len == clean.len + 1 && memcmp(path.at, room, clean.len) == 0;

	return fits(context, text_span(&clean)) || ((slash || unsure) && fits(context, path));
}

void segment_judge(struct judge *judge, const struct place *place, struct span name)
{
	if (span_has(name, '/') || span_is(name, ".") || span_is(name, ".."))
		judge_bad(judge, REASON_AMBIGUOUS, place, name,
		    "is no plain name: it leads out of the directory that it stands in");
	else
		judge_note(judge, place, name, "harmless", NULL);
}

bool driver_is_path(struct span name)
{
	return name.len > 0 &&
	       (strchr("./", *name.at) || name.at[name.len - 1] == '/' ||
		   memmem(name.at, name.len, "/.", 2) || memmem(name.at, name.len, "//", 2));
}

void path_judge(struct judge *judge, enum grant grant, const struct place *place, struct span path)
{
	char room[PATH_BYTES_MOST];
	struct text clean = text_in(room, sizeof(room));
	bool address = is_address(grant, path);
	const char *fault = path_fault(path, address);

	if (grant_is_free_here(judge, grant) || path.len == 0) {
		grant_judge_text(judge, grant, place, path);
		return;
	}
	if (fault) {
		judge_bad(judge, REASON_AMBIGUOUS, place, path, fault);
		return;
	}
	if (address)
		text_add(&clean, path);
	else
		write_clean(&clean, path, path.at[0] == '/');
	grant_judge_text(judge, grant, place, text_span(&clean));
}
