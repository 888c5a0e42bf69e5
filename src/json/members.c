/* SPDX-License-Identifier: Apache-2.0 */
/* Small objects compare a name with those before it, large ones are sorted when they end. Neither
 * can be made quadratic by a client that picks names of one hash. */
#include "json/members.h"

#define FIRST_SIZE 128u
#define COMPARED_MAX 128u /* an object with more names is sorted instead */
#define SEEN_BITS (JSON_SEEN_WORDS * 64u)

void json_members_init(struct json_members *members, struct arena *arena)
{
	*members = (struct json_members){.arena = arena};
}

struct json_object_names json_members_begin(const struct json_members *members)
{
	return (struct json_object_names){.first = members->count};
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 32;
}

/* Bytes |at| to |at| + |len| (up to 8) in any fixed way; different texts may give the same word. */
static uint64_t short_word(const char *at, size_t len)
{
	uint32_t first, last;

	if (len < sizeof(first)) {
		uint64_t word = (unsigned char)at[0];

		return word << 16 | (unsigned)(unsigned char)at[len / 2] << 8 |
		       (unsigned char)at[len - 1];
	}
	memcpy(&first, at, sizeof(first));
	memcpy(&last, at + len - sizeof(last), sizeof(last));
	return (uint64_t)first << 32 | last;
}

static uint32_t hash_name(struct span name)
{
	uint64_t hash = name.len, word;

	if (name.len == 0)
		return 0;
	for (; name.len > sizeof(word); name.at += sizeof(word), name.len -= sizeof(word)) {
		memcpy(&word, name.at, sizeof(word));
		hash = mix(hash, word);
	}
	return (uint32_t)mix(hash, short_word(name.at, name.len));
}

/* Orders by hash, then length, then bytes. */
static int compare(const struct json_member_name *a, const struct json_member_name *b)
{
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->len ? memcmp(a->at, b->at, a->len) : 0;
}

static bool stack_grow(struct json_members *members)
{
	size_t size = members->size ? members->size * 2 : FIRST_SIZE;
	struct json_member_name *names = arena_alloc(members->arena, size * sizeof(*names));

	if (!names)
		return false;
	if (members->count)
		memcpy(names, members->names, members->count * sizeof(*names));
	members->names = names;
	members->size = size;
	return true;
}

/* True when the hash was new to the object; remembers it. */
static bool seen_is_new(struct json_object_names *object, uint32_t hash)
{
	unsigned bit = hash % SEEN_BITS;
	uint64_t mask = (uint64_t)1 << bit % 64;
	bool is_new = !(object->seen[bit / 64] & mask);

	object->seen[bit / 64] |= mask;
	return is_new;
}

static bool is_among(
    const struct json_members *members, size_t first, const struct json_member_name *name)
{
	for (size_t i = first; i < members->count; i++) {
		if (members->names[i].hash == name->hash && compare(&members->names[i], name) == 0)
			return true;
	}
	return false;
}

enum json_name json_members_add(
    struct json_members *members, struct json_object_names *object, struct span name)
{
	struct json_member_name entry = {name.at, (uint32_t)name.len, hash_name(name)};

	if (name.len > UINT32_MAX || (members->count == members->size && !stack_grow(members)))
		return JSON_NAME_FAILED;
	if (!seen_is_new(object, entry.hash) && members->count - object->first < COMPARED_MAX &&
	    is_among(members, object->first, &entry))
		return JSON_NAME_TWICE;
	members->names[members->count++] = entry;
	return JSON_NAME_NEW;
}

/* Lets the name at |root| sink to its place in the heap of |count| names. */
static void sink(struct json_member_name *names, size_t root, size_t count)
{
	for (size_t child; (child = root * 2 + 1) < count; root = child) {
		if (child + 1 < count && compare(&names[child], &names[child + 1]) < 0)
			child++;
		if (compare(&names[root], &names[child]) >= 0)
			return;
		struct json_member_name swap = names[root];

		names[root] = names[child];
		names[child] = swap;
	}
}

static void sort(struct json_member_name *names, size_t count)
{
	for (size_t root = count / 2; root-- > 0;)
		sink(names, root, count);
	while (count-- > 1) {
		struct json_member_name swap = names[0];

		names[0] = names[count];
		names[count] = swap;
		sink(names, 0, count);
	}
}

bool json_members_end(struct json_members *members, struct json_object_names *object)
{
	size_t count = members->count - object->first;

	members->count = object->first;
	if (count <= COMPARED_MAX)
		return true;
	struct json_member_name *names = members->names + object->first;

	sort(names, count);
	for (size_t i = 1; i < count; i++) {
		if (compare(&names[i - 1], &names[i]) == 0)
			return false;
	}
	return true;
}
