/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/pax.h"

#define KEY_SHOWN 40 /* bytes in a message */

/* Takes the next record off the front of |*rest|. False when it is none. */
static bool next_record(struct span *rest, struct pair *ret_record)
{
	struct span after, digits = span_cut(*rest, ' ', &after);
	uint64_t len;

	if (!after.at || digits.len == 0 || digits.at[0] == '0' ||
	    !span_to_uint(digits, rest->len, &len) || len < digits.len + 2)
		return false;
	struct span record = {after.at, (size_t)len - digits.len - 1};

	if (record.at[record.len - 1] != '\n')
		return false;
	record.len--;
	ret_record->name = span_cut(record, '=', &ret_record->value);
	*rest = span_from(*rest, (size_t)len);
	return ret_record->value.at && ret_record->name.len > 0;
}

/* Keys that say nothing of which bytes belong to which file. */
static bool is_harmless(struct span key)
{
	return span_in_words(key, "mtime atime ctime uid gid uname gname comment devmajor devminor "
				  "SCHILY.dev SCHILY.ino SCHILY.nlink SCHILY.fflags SCHILY.volhdr "
				  "SCHILY.acl.access SCHILY.acl.default SCHILY.acl.ace "
				  "RHT.security.selinux") ||
	       span_starts(key, SPAN("SCHILY.xattr.")) || span_starts(key, SPAN("LIBARCHIVE."));
}

static bool is_plain(struct span key)
{
	for (size_t i = 0; i < key.len; i++) {
		if (key.at[i] <= ' ' || key.at[i] > '~')
			return false;
	}
	return true;
}

static struct span *place_of(struct pax *pax, struct span key)
{
	if (span_is(key, "path"))
		return &pax->path;
	if (span_is(key, "linkpath"))
		return &pax->link;
	return span_is(key, "size") ? &pax->size : NULL;
}

static int take(struct pax *pax, const struct pair *record, struct error *err)
{
	struct span *place = place_of(pax, record->name), value = record->value;
	size_t shown = record->name.len < KEY_SHOWN ? record->name.len : KEY_SHOWN;

	if (!is_plain(record->name))
		return error_set(err, "a pax header has a key with odd characters");
	if (!place && is_harmless(record->name))
		return 0;
	if (!place)
		return error_set(err,
		    "a pax header has the key \"%.*s\", which not all readers know", (int)shown,
		    record->name.at);
	if (place->at || value.len == 0 || memchr(value.at, 0, value.len))
		return error_set(err, "a pax header has \"%.*s\" twice, empty or with a NUL",
		    (int)shown, record->name.at);
	*place = value;
	return 0;
}

int pax_read(struct span text, struct pax *ret_pax, struct error *err)
{
	struct pax pax = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
	struct pair record;

	while (text.len > 0) {
		if (!next_record(&text, &record))
			return error_set(err, "a pax header is malformed");
		if (take(&pax, &record, err) < 0)
			return -1;
	}
	*ret_pax = pax;
	return 0;
}

int pax_read_global(struct span text, struct error *err)
{
	struct pair record;

	while (text.len > 0) {
		if (!next_record(&text, &record))
			return error_set(err, "a pax header is malformed");
		if (!span_is(record.name, "comment"))
			return error_set(err,
			    "a pax header for all entries says more than a comment, which readers "
			    "differ in");
	}
	return 0;
}
