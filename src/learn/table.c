/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked for, added up by hash. */
#include "learn/parts.h"

#include <stdlib.h>

#define BUCKETS (1u << 17)
#define NAME_BUCKETS (1u << 10)
#define USED_FIRST 64u
#define HASH_PRIME 0x100000001b3u

uint64_t text_hash(uint64_t hash, struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.at[i]) * HASH_PRIME;
	return (hash ^ 0x100) * HASH_PRIME; /* parts one text from the next */
}

struct learn *learn_new(const struct learn_options *options)
{
	struct learn *learn = calloc(1, sizeof(*learn));

	if (!learn)
		return NULL;
	learn->options = options;
	arena_init(&learn->kept, TEXT_MOST);
	arena_init(&learn->line, AUDIT_LINE_ARENA);
	learn->last_section = &learn->sections;
	learn->buckets = calloc(BUCKETS, sizeof(*learn->buckets));
	learn->names = calloc(NAME_BUCKETS, sizeof(*learn->names));
	if (learn->buckets && learn->names)
		return learn;
	learn_free(learn);
	return NULL;
}

void learn_free(struct learn *learn)
{
	if (!learn)
		return;
	arena_free(&learn->kept);
	arena_free(&learn->line);
	free(learn->buckets);
	free(learn->names);
	free(learn->used);
	free(learn);
}

uint64_t learn_requests(const struct learn *learn)
{
	return learn->requests;
}

uint64_t learn_unreadable(const struct learn *learn)
{
	return learn->unreadable;
}

/* ---- names -------------------------------------------------------------------------------------
 */

struct named *table_name(struct learn *learn, const char *text)
{
	static const char others[] = "others";
	struct named **at = &learn->names[text_hash(TEXT_HASH_START, span_of(text)) % NAME_BUCKETS];

	for (struct named *named = *at; named; named = named->next) {
		if (strcmp(named->text, text) == 0)
			return named;
	}
	if (learn->named_count == NAMED_MOST && text != others)
		return table_name(learn, others);
	struct named *named = arena_alloc(&learn->kept, sizeof(*named));
	const char *copy = arena_copy(&learn->kept, span_of(text));

	if (!named || !copy)
		return NULL;
	*named = (struct named){.next = *at, .text = copy};
	*at = named;
	learn->named_count++;
	return named;
}

struct section *table_section(struct learn *learn, const char *name)
{
	struct section *section = learn->sections;

	while (section && strcmp(section->name, name) != 0)
		section = section->next;
	if (section)
		return section;
	if (learn->section_count == SECTIONS_MOST)
		return &learn->no_section;
	section = arena_alloc(&learn->kept, sizeof(*section));
	if (!section)
		return NULL;
	*section = (struct section){.name = arena_copy(&learn->kept, span_of(name))};
	section->last_entry = &section->entries;
	if (!section->name)
		return NULL;
	*learn->last_section = section;
	learn->last_section = &section->next;
	learn->section_count++;
	return section;
}

/* ---- entries -----------------------------------------------------------------------------------
 */

static void see_time(char first[static TIME_BYTES], char last[static TIME_BYTES], const char *time)
{
	if (strlen(time) >= TIME_BYTES)
		return;
	if (!first[0] || strcmp(time, first) < 0)
		memcpy(first, time, strlen(time) + 1);
	if (strcmp(time, last) > 0)
		memcpy(last, time, strlen(time) + 1);
}

void table_see(struct section *section, const char *time)
{
	see_time(section->first, section->last, time);
}

static void see_who(struct seen *seen, const char *who)
{
	for (unsigned i = 0; i < seen->who_count; i++) {
		if (seen->who[i] == who)
			return;
	}
	if (seen->who_count < WHO_MOST)
		seen->who[seen->who_count++] = who;
	else
		seen->others = true;
}

static void see(struct entry *entry, const struct event *event)
{
	entry->seen.count++;
	entry->named |= event->named;
	entry->given &= event->given;
	see_time(entry->seen.first, entry->seen.last, event->time);
	see_who(&entry->seen, event->who->text);
}

static void append(struct learn *learn, struct entry *entry)
{
	*entry->section->last_entry = entry;
	entry->section->last_entry = &entry->after;
	learn->entry_count++;
}

static const char *keep_example(struct learn *learn, const struct event *event, const char *field)
{
	struct buf text;

	buf_init(&text, EXAMPLE_BYTES_MOST * 8);
	if (event->operation)
		buf_add_format(&text, "%s: ", event->operation->name);
	buf_add_escaped(&text, span_of(event->example), EXAMPLE_BYTES_MOST);
	if (field[0]) {
		buf_add_text(&text, ", ");
		buf_add_escaped(&text, span_of(field), EXAMPLE_BYTES_MOST);
	}
	const char *copy = text.failed ? NULL : arena_copy(&learn->kept, buf_span(&text));

	buf_free(&text);
	return copy;
}

static bool is_full(const struct learn *learn, const struct named *who)
{
	return learn->entry_count >= ENTRIES_MOST || who->lines >= SHARE(ENTRIES_MOST) ||
	       arena_used(&learn->kept) >= TEXT_FULL || who->bytes >= SHARE(TEXT_FULL);
}

/* Whether there is room for one more value of the grant. What has none is told of in the end. No
 * client takes all the room, and none takes that of operations and settings, which are few. */
static bool has_room(struct learn *learn, const struct event *event, const struct entry *entry)
{
	struct section *section = event->section;
	bool full = is_full(learn, event->who);

	if (entry->kind == LINE_CHANGE)
		return !full && section->changes++ < CHANGES_MOST;
	if (entry->kind != LINE_GRANT)
		return true;
	if (full || section->values[entry->grant] >= VALUES_MOST ||
	    event->who->values[entry->grant] >= SHARE(VALUES_MOST)) {
		section->beyond[entry->grant]++;
		return false;
	}
	section->values[entry->grant]++;
	event->who->values[entry->grant]++;
	return true;
}

static struct entry *find(struct entry *entry, const struct entry *asked)
{
	while (entry && (entry->section != asked->section || entry->kind != asked->kind ||
			    entry->grant != asked->grant || strcmp(entry->key, asked->key) != 0 ||
			    !span_equal(entry->value, asked->value)))
		entry = entry->next;
	return entry;
}

static struct entry *add(
    struct learn *learn, const struct event *event, const struct entry *asked, const char *field)
{
	struct entry *entry = arena_alloc(&learn->kept, sizeof(*entry));
	const struct named *key = table_name(learn, asked->key);
	const char *value = arena_copy(&learn->kept, asked->value);

	if (!entry || !key || !value)
		return NULL;
	*entry = *asked;
	entry->key = key->text;
	entry->value.at = value;
	entry->operation = event->operation;
	entry->given = UINT32_MAX;
	event->who->lines++;
	event->who->bytes += asked->value.len + EXAMPLE_BYTES_MOST;
	entry->seen.example = keep_example(learn, event, field);
	if (!entry->seen.example)
		return NULL;
	append(learn, entry);
	return entry;
}

/* Grants, by name; a value of theirs is counted as the shape that it has. */
static int count_shaped(
    struct learn *learn, const struct event *event, struct entry *asked, const char *field)
{
	uint64_t hash =
	    text_hash(text_hash((uintptr_t)asked->section, span_of(asked->key)), asked->value);
	struct entry **bucket = &learn->buckets[(hash ^ hash >> 32) % BUCKETS];
	struct entry *entry = find(*bucket, asked);

	if (!entry) {
		if (!has_room(learn, event, asked)) {
			learn->lost++;
			return 0;
		}
		entry = add(learn, event, asked, field);
		if (!entry)
			return -1;
		entry->next = *bucket;
		*bucket = entry;
	}
	see(entry, event);
	return 0;
}

int table_count(struct learn *learn, const struct event *event, enum line_kind kind,
    const char *key, struct span value, const char *field, bool gives_host)
{
	struct entry asked = {.section = event->section,
	    .kind = kind,
	    .grant = kind == LINE_GRANT ? grant_from(span_of(key)) : GRANT_NONE,
	    .key = key,
	    .value = value,
	    .gives_host = gives_host};
	struct buf shaped;

	if (kind != LINE_GRANT || value.len == 0)
		return count_shaped(learn, event, &asked, field);
	buf_init(&shaped, SHAPE_BYTES_MOST);
	shape_write(&shaped, asked.grant, value);
	asked.value = shaped.failed ? (struct span){"", 0} : buf_span(&shaped);
	int result = count_shaped(learn, event, &asked, field);

	buf_free(&shaped);
	return result;
}

struct entry *table_replace(struct learn *learn, const struct entry *like, struct span value)
{
	struct entry *entry = arena_alloc(&learn->kept, sizeof(*entry));
	const char *copy = arena_copy(&learn->kept, value);

	if (!entry || !copy)
		return NULL;
	*entry = (struct entry){.section = like->section,
	    .kind = like->kind,
	    .grant = like->grant,
	    .key = like->key,
	    .value = {copy, value.len},
	    .operation = like->operation};
	entry->seen.example = like->seen.example;
	append(learn, entry);
	return entry;
}

void table_join(struct entry *wide, struct entry *entry)
{
	wide->seen.count += entry->seen.count;
	wide->members += entry->members ? entry->members : 1;
	wide->gives_host |= entry->gives_host;
	see_time(wide->seen.first, wide->seen.last, entry->seen.first);
	see_time(wide->seen.first, wide->seen.last, entry->seen.last);
	for (unsigned i = 0; i < entry->seen.who_count; i++)
		see_who(&wide->seen, entry->seen.who[i]);
	wide->seen.others |= entry->seen.others;
	entry->replaced = true;
}

/* ---- lines of the known policy -----------------------------------------------------------------
 */

bool table_is_used(const struct learn *learn, const struct policy_source *source)
{
	for (unsigned i = 0; i < learn->used_count; i++) {
		if (learn->used[i].line == source->line &&
		    strcmp(learn->used[i].file, source->file) == 0)
			return true;
	}
	return false;
}

int table_use(struct learn *learn, const struct policy_source *source)
{
	if (!source->file || table_is_used(learn, source))
		return 0;
	if (learn->used_count == learn->used_size) {
		unsigned size = learn->used_size ? 2 * learn->used_size : USED_FIRST;
		struct policy_source *used = reallocarray(learn->used, size, sizeof(*learn->used));

		if (!used)
			return -1;
		learn->used = used;
		learn->used_size = size;
	}
	learn->used[learn->used_count++] = *source;
	return 0;
}
