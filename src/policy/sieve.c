/* SPDX-License-Identifier: Apache-2.0 */
/* Which members of a body no judgement would look at: those whose value says no more than a missing
 * one does, and those that may have any value of their shape. test_policy_schema holds this to be
 * true of every row. */
#include "json/sift.h"
#include "policy/judge.h"

#define ANY_BLANK (~0u)

/* Empty lists, maps and scalars are nothing to these checks. */
static const unsigned silent[CHECK_MAX] = {
    [CHECK_NEVER] = ANY_BLANK,
    [CHECK_FREE] = ANY_BLANK,
    [CHECK_TOGETHER] = ANY_BLANK,
    [CHECK_GRANT] = ANY_BLANK,
    [CHECK_KEYS] = ANY_BLANK,
    [CHECK_LABELS] = ANY_BLANK,
    [CHECK_SCHEMA] = ANY_BLANK,
    [CHECK_BIND] = ANY_BLANK,
    [CHECK_MOUNT] = ANY_BLANK,
    [CHECK_TMPFS] = ANY_BLANK,
    [CHECK_IMAGE] = ANY_BLANK,
    [CHECK_NETWORK] = ANY_BLANK,
    [CHECK_TASK_NETWORK] = ANY_BLANK,
    [CHECK_NAMESPACE] = ANY_BLANK,
    [CHECK_VOLUMES_FROM] = ANY_BLANK,
    [CHECK_NETWORK_KEYS] = ANY_BLANK,
    [CHECK_CONTAINER] = ANY_BLANK,
    [CHECK_CONTAINER_OWN] = ANY_BLANK,
    [CHECK_CAP] = ANY_BLANK,
    [CHECK_SECURITY] = ANY_BLANK,
    [CHECK_PORTS] = ANY_BLANK,
    [CHECK_DEVICE] = ANY_BLANK,
    [CHECK_DEVICE_REQUEST] = ANY_BLANK,
    [CHECK_NEGATIVE] = ANY_BLANK,
    [CHECK_WORKDIR] = ANY_BLANK,
    [CHECK_DISK] = ANY_BLANK,
    [CHECK_NAME] = ANY_BLANK,
    [CHECK_ULIMIT] = ANY_BLANK,
    [CHECK_ALIAS] = ANY_BLANK,
    [CHECK_HOSTS] = ANY_BLANK,
    [CHECK_USER] = ANY_BLANK,
    [CHECK_PATH] = ANY_BLANK,
    [CHECK_DRIVER] = ANY_BLANK,
    [CHECK_LINKS] = ANY_BLANK,
    [CHECK_SIGNAL] = ANY_BLANK,
};

/* An empty value of the right shape. One of another shape stays, to be refused. */
static const unsigned blanks[SHAPE_MAX] = {
    [SHAPE_BOOL] = JSON_BLANK_FALSE,
    [SHAPE_INT] = JSON_BLANK_ZERO,
    [SHAPE_UINT] = JSON_BLANK_ZERO,
    [SHAPE_NUMBER] = JSON_BLANK_ZERO,
    [SHAPE_STRING] = JSON_BLANK_TEXT,
    [SHAPE_STRINGS] = JSON_BLANK_LIST,
    [SHAPE_STRING_MAP] = JSON_BLANK_MAP,
    [SHAPE_SET] = JSON_BLANK_MAP,
    [SHAPE_OBJECT] = JSON_BLANK_MAP,
    [SHAPE_OBJECTS] = JSON_BLANK_LIST,
    [SHAPE_OBJECT_MAP] = JSON_BLANK_MAP,
    [SHAPE_OBJECTS_MAP] = JSON_BLANK_MAP,
    [SHAPE_INTS] = JSON_BLANK_LIST,
};

/* Values that have the shape. Those of other kinds are left to the judge. */
static const unsigned shaped[SHAPE_MAX] = {
    [SHAPE_BOOL] = JSON_KIND_BOOL,
    [SHAPE_INT] = JSON_KIND_INTEGER,
    [SHAPE_NUMBER] = JSON_KIND_INTEGER,
    [SHAPE_STRING] = JSON_KIND_TEXT,
    [SHAPE_STRINGS] = JSON_KIND_TEXTS,
    [SHAPE_STRING_OR_STRINGS] = JSON_KIND_TEXT | JSON_KIND_TEXTS,
    [SHAPE_STRING_MAP] = JSON_KIND_TEXT_MAP,
    [SHAPE_SET] = JSON_KIND_MAPS,
    [SHAPE_INTS] = JSON_KIND_INTEGERS,
};

/* Checks of which nothing is left when no line narrows their grant. */
static const bool granted[CHECK_MAX] = {
    [CHECK_GRANT] = true,
    [CHECK_KEYS] = true,
    [CHECK_LABELS] = true, /* but for the owner label */
    [CHECK_ARGV] = true,
    [CHECK_ALIAS] = true,
    [CHECK_USER] = true,
};

/* Whether no line of the policy narrows the field. */
static bool is_free(const struct policy *policy, const struct docker_field *field)
{
	if (field->check == CHECK_LABELS && policy->owner.key.at)
		return false;
	if (field->owners && policy->owner.name.at)
		return false;
	return field->check == CHECK_FREE ||
	       (granted[field->check] && policy->free_grants[field->grant]);
}

/* Values of the right shape that nobody looks at: the policy, or another meaning of theirs. */
static unsigned harmless(const void *context, const void *row)
{
	const struct policy *policy = context;
	const struct docker_field *field = row;

	if (field->sub || !is_free(policy, field))
		return 0;
	switch (field->joined) {
	case JOINED_NOT:
		return shaped[field->shape];
	case JOINED_PAIRS:
	case JOINED_ONE:
		return policy->free_grants[field->grant] ? shaped[field->shape] : 0;
	case JOINED_ENV:
		return JSON_KIND_PAIRS;
	case JOINED_MOUNT:
	case JOINED_COLONS:
	case JOINED_DEVICE:
	case JOINED_NETWORKS:
	case JOINED_ALONE:
	case JOINED_LIST:
	case JOINED_HEALTH:
	case JOINED_FILE:
	case JOINED_SOURCE:
	case JOINED_LINE:
	case JOINED_LINES:
	case JOINED_TASK:
	case JOINED_PS:
	case JOINED_MAX:
	default:
		return 0;
	}
}

/* Nor the audit log, which tells of permitted requests. */
static unsigned untold(const void *context, const void *row)
{
	const struct docker_field *field = row;

	return field->told == TOLD_NOTHING ? harmless(context, row) : 0;
}

/* Whether the objects of the field are judged member by member, and not as a whole. */
static bool is_walked(const struct docker_field *field)
{
	return (field->check == CHECK_SCHEMA || field->check == CHECK_NETWORK_KEYS) &&
	       (field->shape == SHAPE_OBJECT || field->shape == SHAPE_OBJECT_MAP);
}

static inline unsigned silent_kinds(const struct docker_field *field)
{
	return JSON_BLANK_NULL | (silent[field->check] & blanks[field->shape]);
}

/* The same of values with members: one that a schema asks for is not missing with its object. */
static unsigned silent_whole(const struct docker_field *field)
{
	bool asks = field->sub && field->sub->must;

	return silent_kinds(field) & (asks ? ~(unsigned)JSON_BLANK_MAP : ~0u);
}

static inline struct json_sieve_member describe(const struct docker_field *field, unsigned index)
{
	return (struct json_sieve_member){
	    .index = index,
	    .silent = silent_whole(field),
	    .row = field,
	    .name_len = field->name_len,
	    .inner = is_walked(field) ? field->sub : NULL,
	    .around = field->shape == SHAPE_OBJECT_MAP,
	};
}

static bool find(
    const void *table, struct span text, unsigned *cursor, struct json_sieve_member *ret_member)
{
	const struct docker_schema *schema = table;
	const struct docker_field *field = docker_field_quoted(schema, text, cursor);

	if (!field)
		return false;
	*ret_member = describe(field, *cursor - 1);
	return true;
}

#define MEMBER_MOST (1 + DOCKER_NAME_ROOM + 1 + WORD) /* the name in quotes, and a word behind */

/* Whether |at|, with MEMBER_MOST bytes, is at the name of |field| in quotes. */
static inline bool is_at_name(const struct docker_field *field, const char *at)
{
	return at[0] == '"' && at[field->name_len + 1] == '"' &&
	       word_name_is(at + 1, field->name, field->name_len);
}

static unsigned skip(const void *table, const char **at, const char *end, unsigned most,
    struct json_sieve_names *names, struct json_sieve_member *ret_next)
{
	const struct docker_schema *schema = table;
	const char *text = *at;
	const unsigned first = names->cursor;
	const unsigned last = schema->count - first < most ? schema->count : first + most;
	const struct docker_field *field = &schema->fields[first];
	unsigned index = first;

	for (; index < last && (size_t)(end - text) >= MEMBER_MOST; index++, field++) {
		const char *behind = text + 1 + field->name_len + 1;
		unsigned kinds;

		if (!is_at_name(field, text))
			break;
		if (!json_sift_blank(silent_kinds(field), &behind, end, &kinds) ||
		    !json_sift_take(names, index)) {
			*ret_next = describe(field, index);
			break;
		}
		text = behind;
	}
	*at = text;
	names->cursor = index + (ret_next->name_len > 0);
	return index - first;
}

/* Sieves of one key say the same: |any| members that are harmless to the policy, and not |told|. */
static uint64_t key_of(const struct policy *policy, bool any, bool told)
{
	return any ? policy->serial * 2 + told : 1;
}

struct json_sieve policy_sieve(
    const struct policy *policy, const struct docker_operation *operation, bool told)
{
	bool sifts = operation && operation->body == BODY_JSON && operation->schema &&
		     operation->schema->fresh;

	/* requirements look at members that need no grant */
	bool any = policy && requires_nothing(policy);

	return (struct json_sieve){.find = find,
	    .skip = skip,
	    .harmless = !any   ? NULL
			: told ? untold
			       : harmless,
	    .context = policy,
	    .table = sifts ? operation->schema : NULL,
	    .key = key_of(policy, any, told)};
}
