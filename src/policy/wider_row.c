/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of grants with a grammar of their own: whether one policy's row is covered by those of
 * another. A row that is covered in part by each of several counts as not covered. */
#include "policy/bind.h"
#include "policy/wider_parts.h"

static const struct grant_row *rows_of(const struct policy *policy, enum grant grant)
{
	return policy->grants[grant].first;
}

static bool is_any(struct span pattern)
{
	return span_is(pattern, "*") || span_is(pattern, "**");
}

/* |narrow|, a pattern or any text (.at NULL), within |wide|, the same. */
static bool part_within(struct span wide, struct span narrow)
{
	return !wide.at || (narrow.at && wider_includes(&wide, 1, narrow));
}

/* ---- bind --------------------------------------------------------------------------------------
 */

static bool has_options(const struct bind_row *wide, const struct bind_row *narrow)
{
	return (wide->rw || !narrow->rw) && (wide->create || !narrow->create) &&
	       (wide->relabel || !narrow->relabel) && !(narrow->propagation & ~wide->propagation);
}

/* The globs of what a row covers: its matches, and what is below. */
static void bind_globs(struct compare *compare, const struct grant_row *row, struct span globs[2])
{
	struct span stem = span_is(row->pattern, "/") ? SPAN("") : row->pattern;
	char *copy = arena_alloc(compare->q.arena, stem.len + sizeof("/**"));

	globs[0] = globs[1] = row->pattern;
	compare->failed |= !copy;
	if (!copy)
		return;
	memcpy(copy, stem.at, stem.len);
	memcpy(copy + stem.len, "/**", sizeof("/**"));
	globs[1] = (struct span){copy, stem.len + sizeof("/**") - 1};
}

/* Where a line that names a place gives more than one above it. */
static bool names_place(const struct compare *compare, const struct grant_row *row)
{
	struct span socket = compare->q.upstream;

	return row->bind.whole || bind_sensitive(row->pattern).at ||
	       bind_sensitive(row->bind.literal).at ||
	       (socket.len > 0 && (path_lies_in(socket, row->bind.literal) ||
				      path_lies_in(row->bind.literal, socket)));
}

static bool bind_within(
    struct compare *compare, const struct grant_row *wide, const struct grant_row *narrow)
{
	struct span outer[2], inner[2];

	if (!has_options(&wide->bind, &narrow->bind))
		return false;
	if (span_equal(wide->pattern, narrow->pattern))
		return true;
	if (names_place(compare, narrow))
		return false;
	bind_globs(compare, wide, outer);
	bind_globs(compare, narrow, inner);
	return wider_includes(outer, 2, inner[0]) && wider_includes(outer, 2, inner[1]);
}

static void bind_options(struct text *text, const struct bind_row *row)
{
	text_add_format(text, "%s%s%s%s%s%s", row->rw ? "rw" : "ro", row->relabel ? ",z" : "",
	    row->propagation & PROPAGATION_SHARED ? ",shared" : "",
	    row->propagation & PROPAGATION_RSHARED ? ",rshared" : "",
	    row->propagation & PROPAGATION_SLAVE ? ",slave" : "",
	    row->propagation & PROPAGATION_RSLAVE ? ",rslave" : "");
}

static void try_bind(
    struct compare *compare, struct wider *wider, struct span path, const struct bind_row *row)
{
	char room[80];
	struct text options = text_in(room, sizeof(room));
	struct wider_try *one = path.at ? wider_try_new(wider) : NULL;

	bind_options(&options, row);
	wider_try_add(compare, one, path);
	wider_try_add(compare, one, text_span(&options));
	wider_try_add(compare, one, row->create ? SPAN("create") : SPAN(""));
}

#define OUTSIDE_MOST 200

/* Paths that no row of the narrow policy covers, and the row's own with all of its options. */
static void try_binds(struct compare *compare, const struct grant_row *row, struct wider *wider)
{
	struct span outside[OUTSIDE_MOST], inner[2];
	const struct grant_row *other = rows_of(compare->q.narrow, GRANT_BIND_ID);
	size_t count = 0;

	for (; other && count + 2 <= OUTSIDE_MOST; other = other->next, count += 2)
		bind_globs(compare, other, outside + count);
	bind_globs(compare, row, inner);
	if (span_is(row->pattern, "/"))
		inner[1] = SPAN("/?**");
	for (unsigned i = 0; i < 2; i++)
		try_bind(compare, wider, wider_word(compare, inner[i], outside, count), &row->bind);
	for (unsigned i = 0; i < 2; i++)
		try_bind(compare, wider, wider_word(compare, inner[i], NULL, 0), &row->bind);
}

bool wider_bind(
    struct compare *compare, enum grant grant, const struct grant_row *row, struct wider *wider)
{
	const struct grant_row *other = rows_of(compare->q.narrow, grant);

	while (other && !bind_within(compare, other, row))
		other = other->next;
	if (!other)
		try_binds(compare, row, wider);
	return other != NULL;
}

/* ---- publish -----------------------------------------------------------------------------------
 */

static bool publish_within(const struct publish_row *wide, const struct publish_row *narrow)
{
	return (!wide->address.at ||
		   (narrow->address.at && span_equal(wide->address, narrow->address))) &&
	       (!wide->protocol.at ||
		   (narrow->protocol.at && span_equal(wide->protocol, narrow->protocol))) &&
	       narrow->low >= wide->low && narrow->high <= wide->high;
}

static void try_port(struct compare *compare, struct wider *wider, const struct publish_row *row,
    unsigned port, const char *protocol)
{
	struct wider_try *one = wider_try_new(wider);
	char room[16];
	struct text text = text_in(room, sizeof(room));

	if (port > 0)
		text_add_format(&text, "%u", port);
	wider_try_add(compare, one, row->address.at ? row->address : SPAN(""));
	wider_try_add(compare, one, text_span(&text));
	wider_try_add(compare, one, span_of(protocol));
}

bool wider_publish(
    struct compare *compare, enum grant grant, const struct grant_row *row, struct wider *wider)
{
	static const char *const protocols[] = {"tcp", "udp", "sctp"};
	const struct grant_row *other = rows_of(compare->q.narrow, grant);
	const struct publish_row *asked = &row->publish;

	while (other && !publish_within(&other->publish, asked))
		other = other->next;
	for (unsigned i = 0; !other && i < 3; i++) {
		if (asked->protocol.at && !span_equal(asked->protocol, span_of(protocols[i])))
			continue;
		try_port(compare, wider, asked, asked->high, protocols[i]);
		try_port(compare, wider, asked, asked->low, protocols[i]);
	}
	return other != NULL;
}

/* ---- images ------------------------------------------------------------------------------------
 */

/* What covers every tag, and a pull of all of them, has no tag or `*`. */
static bool tag_within(struct span wide, struct span narrow)
{
	if (is_any(narrow) && wide.at)
		return span_equal(wide, narrow);
	return part_within(wide, narrow);
}

static bool name_within(const struct image_row *wide, const struct image_row *narrow)
{
	if (!wider_includes(&wide->name, 1, narrow->name))
		return false;
	if (narrow->digest.at)
		return part_within(wide->digest, narrow->digest) &&
		       (wide->digest.at || !wide->tag.at) && part_within(wide->tag, narrow->tag);
	return !wide->digest.at && tag_within(wide->tag, narrow->tag);
}

static bool image_within(const struct grant_row *wide, const struct grant_row *narrow)
{
	if (wide->image.kind == IMAGE_ROW_ANY)
		return true;
	if (wide->image.kind != narrow->image.kind)
		return false;
	switch (narrow->image.kind) {
	case IMAGE_ROW_ID:
		return wider_includes(&wide->pattern, 1, narrow->pattern);
	case IMAGE_ROW_NAME:
		return name_within(&wide->image, &narrow->image);
	case IMAGE_ROW_ANY:
	case IMAGE_ROW_RUN:
		break;
	}
	return true;
}

static bool has_image(const struct policy *policy, enum grant grant, const struct grant_row *asked)
{
	const struct grant_row *row = rows_of(policy, grant);
	bool run = false;

	for (; row && !image_within(row, asked); row = row->next)
		run |= row->image.kind == IMAGE_ROW_RUN;
	return row || (run && grant != GRANT_IMAGE_ID && has_image(policy, GRANT_IMAGE_ID, asked));
}

/* `@image` stands for all lines of `image`. */
static bool has_run_images(struct compare *compare, enum grant grant)
{
	const struct grant_row *row = rows_of(compare->q.wide, GRANT_IMAGE_ID);

	while (row && has_image(compare->q.narrow, grant, row))
		row = row->next;
	return !row;
}

/* A name, with another tag than each line has when |tag| is not given. */
static void try_name(struct compare *compare, struct wider *wider, const struct image_row *row,
    struct span name, struct span tag)
{
	char room[WORD_ROOM * 2];
	struct text text = text_in(room, sizeof(room));
	struct wider_try *one = name.at ? wider_try_new(wider) : NULL;

	(void)span_cut_prefix(&name, SPAN("docker.io/library/"));
	text_add(&text, name);
	if (tag.len > 0)
		text_add_format(&text, ":%.*s", (int)tag.len, tag.at);
	if (row->digest.at && !span_has(row->digest, '*'))
		text_add_format(&text, "@%.*s", (int)row->digest.len, row->digest.at);
	else if (row->digest.at)
		text_add_format(&text, "@sha256:%064d", 1);
	wider_try_add(compare, one, text_span(&text));
}

static void try_images(
    struct compare *compare, enum grant grant, const struct image_row *row, struct wider *wider)
{
	struct span names[OUTSIDE_MOST], tags[OUTSIDE_MOST];
	const struct grant_row *other = rows_of(compare->q.narrow, grant);
	size_t count = 0, tag_count = 0;
	struct span name = row->name.at ? row->name : SPAN("?**");

	for (; other && count < OUTSIDE_MOST; other = other->next) {
		if (other->image.kind != IMAGE_ROW_NAME)
			continue;
		names[count++] = other->image.name;
		if (other->image.tag.at)
			tags[tag_count++] = other->image.tag;
	}
	struct span tag = row->tag.at ? row->tag : SPAN("?*");
	struct span own = wider_word(compare, row->tag.at ? row->tag : SPAN("1"), NULL, 0);

	try_name(compare, wider, row, wider_word(compare, name, names, count), own);
	try_name(compare, wider, row, wider_word(compare, name, NULL, 0),
	    wider_word(compare, tag, tags, tag_count));
	try_name(compare, wider, row, wider_word(compare, name, NULL, 0), own);
	try_name(compare, wider, row, SPAN("example.org/x"), own);
}

bool wider_image(
    struct compare *compare, enum grant grant, const struct grant_row *row, struct wider *wider)
{
	bool run = row->image.kind == IMAGE_ROW_RUN;
	bool covered =
	    has_image(compare->q.narrow, grant, row) || (run && has_run_images(compare, grant));

	if (!covered && row->image.kind == IMAGE_ROW_ID) {
		char room[80];
		struct text text = text_in(room, sizeof(room));

		text_add_format(&text, "sha256:%064d", 1);
		wider_try_add(compare, wider_try_new(wider), text_span(&text));
		text = text_in(room, sizeof(room));
		text_add_format(&text, "sha256:%.*s", (int)row->pattern.len, row->pattern.at);
		wider_try_add(compare, wider_try_new(wider), text_span(&text));
	} else if (!covered && run) {
		const struct grant_row *image = rows_of(compare->q.wide, GRANT_IMAGE_ID);

		for (; image; image = image->next)
			try_images(compare, grant, &image->image, wider);
	} else if (!covered) {
		try_images(compare, grant, &row->image, wider);
	}
	return covered;
}

/* ---- command lines -----------------------------------------------------------------------------
 */

/* No word at all is covered by a row of one empty word, and by one that ends in **. */
static bool argv_within(const struct argv_row *wide, const struct argv_row *narrow)
{
	bool empty = narrow->count == 1 && narrow->words[0].len == 0;

	if (narrow->count < wide->count || (narrow->more && !wide->more) ||
	    (narrow->count > wide->count && !wide->more))
		return false;
	if (empty && !wide->more && wide->words[0].len > 0)
		return false;
	for (unsigned i = 0; i < wide->count; i++) {
		if (!wider_includes(&wide->words[i], 1, narrow->words[i]))
			return false;
	}
	return true;
}

/* Command lines of the row whose word |differs| no row of the narrow policy has there. */
static void try_words(struct compare *compare, enum grant grant, const struct grant_row *row,
    struct wider *wider, unsigned differs, bool more)
{
	const struct grant_row *other = rows_of(compare->q.narrow, grant);
	struct span outside[OUTSIDE_MOST];
	size_t count = 0;
	struct wider_try *one = wider_try_new(wider);

	for (; other && count < OUTSIDE_MOST; other = other->next) {
		if (differs < other->argv.count)
			outside[count++] = other->argv.words[differs];
	}
	for (unsigned i = 0; i < row->argv.count; i++) {
		struct span word =
		    wider_word(compare, row->argv.words[i], outside, i == differs ? count : 0);

		wider_try_add(compare, one,
		    word.at ? word : wider_word(compare, row->argv.words[i], NULL, 0));
	}
	for (unsigned i = 0; more && i < 4; i++)
		wider_try_add(compare, one, SPAN("other"));
}

bool wider_argv(
    struct compare *compare, enum grant grant, const struct grant_row *row, struct wider *wider)
{
	const struct grant_row *other = rows_of(compare->q.narrow, grant);

	while (other && !argv_within(&other->argv, &row->argv))
		other = other->next;
	if (other)
		return true;
	try_words(compare, grant, row, wider, UINT32_MAX, row->argv.more);
	for (unsigned i = 0; i < row->argv.count && i < 3; i++)
		try_words(compare, grant, row, wider, i, false);
	return false;
}

/* ---- device requests ---------------------------------------------------------------------------
 */

/* Takes the next pattern of the option |key| off |*words|. */
static bool option_next(struct span *words, const char *key, struct span *ret_pattern)
{
	struct span word, pattern;

	while (word_next(words, &word) > 0) {
		if (span_equal(span_cut(word, '=', &pattern), span_of(key)) && pattern.at) {
			*ret_pattern = pattern;
			return true;
		}
	}
	return false;
}

static bool has_option(const struct devices_row *row, const char *key)
{
	struct span words = row->options, pattern;

	return option_next(&words, key, &pattern);
}

static bool option_within(const struct devices_row *wide, const char *key, struct span asked)
{
	struct span words = wide->options, pattern;

	while (option_next(&words, key, &pattern)) {
		if (span_is(pattern, "*") || wider_includes(&pattern, 1, asked))
			return true;
	}
	return false;
}

/* Both say nothing of |key|, or all that |narrow| says is in what |wide| says. */
static bool options_within(
    const struct devices_row *wide, const struct devices_row *narrow, const char *key)
{
	struct span words = narrow->options, pattern;

	if (!has_option(wide, key) || !has_option(narrow, key))
		return has_option(wide, key) == has_option(narrow, key);
	while (option_next(&words, key, &pattern)) {
		if (!option_within(wide, key, pattern))
			return false;
	}
	return true;
}

static bool devices_within(const struct grant_row *wide, const struct grant_row *narrow)
{
	const struct devices_row *w = &wide->devices, *n = &narrow->devices;

	if (!wider_includes(&wide->pattern, 1, narrow->pattern))
		return false;
	if (span_equal(w->options, n->options) || (!w->bounded && !n->bounded))
		return true;
	/* what is asked for by its kind alone is covered by lines without options, and a count by
	 * a line that names devices only where it names those */
	if (!n->bounded || n->most > w->most ||
	    (n->most != w->most && w->most == UINT32_MAX && has_option(w, "device")))
		return false;
	return options_within(w, n, "device") && options_within(w, n, "option") &&
	       (!has_option(w, "capability") || options_within(w, n, "capability"));
}

static void try_devices(struct compare *compare, const struct grant_row *row, struct wider *wider,
    struct span driver, unsigned count)
{
	struct wider_try *one = driver.at ? wider_try_new(wider) : NULL;
	struct span words = row->devices.options, device;
	char room[16];
	struct text text = text_in(room, sizeof(room));

	text_add_format(&text, "%u", count);
	wider_try_add(compare, one, driver);
	wider_try_add(compare, one, text_span(&text));
	if (count == 0 && option_next(&words, "device", &device))
		wider_try_add(compare, one, wider_word(compare, device, NULL, 0));
	else if (count == 0)
		wider_try_add(compare, one, SPAN("0"));
}

bool wider_devices(
    struct compare *compare, enum grant grant, const struct grant_row *row, struct wider *wider)
{
	const struct grant_row *other = rows_of(compare->q.narrow, grant);
	struct span drivers[OUTSIDE_MOST];
	unsigned most = row->devices.most < 64 ? row->devices.most : 64;
	size_t count = 0;

	for (; other && !devices_within(other, row); other = other->next) {
		if (count < OUTSIDE_MOST)
			drivers[count++] = other->pattern;
	}
	if (other)
		return true;
	try_devices(compare, row, wider, wider_word(compare, row->pattern, drivers, count), 1);
	try_devices(compare, row, wider, wider_word(compare, row->pattern, NULL, 0), 0);
	try_devices(compare, row, wider, wider_word(compare, row->pattern, NULL, 0), most);
	return false;
}
