/* SPDX-License-Identifier: Apache-2.0 */
/* Which members of a body no judgement would look at: those whose value says no more than a missing
 * one does. test_policy_schema holds this to be true of every row. */
#include "policy/policy.h"

#define ANY_BLANK (~0u)

/* Empty lists, maps and scalars are nothing to these checks. */
static const unsigned silent[CHECK_MAX] = {
    [CHECK_NEVER] = ANY_BLANK,
    [CHECK_FREE] = ANY_BLANK,
    [CHECK_TOGETHER] = ANY_BLANK,
    [CHECK_GRANT] = ANY_BLANK,
    [CHECK_KEYS] = ANY_BLANK,
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
    [CHECK_ULIMIT] = ANY_BLANK,
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
    [SHAPE_OBJECTS] = JSON_BLANK_LIST,
    [SHAPE_OBJECT_MAP] = JSON_BLANK_MAP,
    [SHAPE_OBJECTS_MAP] = JSON_BLANK_MAP,
    [SHAPE_INTS] = JSON_BLANK_LIST,
};

static bool find(
    const void *table, struct span text, unsigned *cursor, struct json_sieve_member *ret_member)
{
	const struct docker_field *field = docker_field_quoted(table, text, cursor);

	if (!field)
		return false;
	ret_member->index = (unsigned)(field - ((const struct docker_schema *)table)->fields);
	ret_member->blanks = JSON_BLANK_NULL | (silent[field->check] & blanks[field->shape]);
	ret_member->name_len = field->name_len;
	ret_member->inner = field->shape == SHAPE_OBJECT ? field->sub : NULL;
	return true;
}

struct json_sieve policy_sieve(const struct docker_operation *operation)
{
	bool sifts = operation && operation->body == BODY_JSON && operation->schema &&
		     operation->schema->fresh;

	return (struct json_sieve){.find = find, .table = sifts ? operation->schema : NULL};
}
