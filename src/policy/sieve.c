/* SPDX-License-Identifier: Apache-2.0 */
/* Which members of a body no judgement would look at: those whose value says no more than a missing
 * one does. test_policy_schema holds this to be true of every row. */
#include "policy/policy.h"

/* Empty lists, maps and scalars are nothing to these checks. */
static const bool silent[CHECK_MAX] = {
    [CHECK_NEVER] = true,
    [CHECK_FREE] = true,
    [CHECK_TOGETHER] = true,
    [CHECK_GRANT] = true,
    [CHECK_KEYS] = true,
    [CHECK_SCHEMA] = true,
    [CHECK_BIND] = true,
    [CHECK_MOUNT] = true,
    [CHECK_TMPFS] = true,
    [CHECK_IMAGE] = true,
    [CHECK_NETWORK] = true,
    [CHECK_TASK_NETWORK] = true,
    [CHECK_NAMESPACE] = true,
    [CHECK_VOLUMES_FROM] = true,
    [CHECK_NETWORK_KEYS] = true,
    [CHECK_CAP] = true,
    [CHECK_SECURITY] = true,
    [CHECK_PORTS] = true,
    [CHECK_DEVICE] = true,
    [CHECK_DEVICE_REQUEST] = true,
    [CHECK_NEGATIVE] = true,
    [CHECK_WORKDIR] = true,
    [CHECK_ULIMIT] = true,
};

/* An empty value of the right shape. One of another shape stays, to be refused. */
static const unsigned blanks[SHAPE_MAX] = {
    [SHAPE_BOOL] = JSON_BLANK_FALSE,
    [SHAPE_INT] = JSON_BLANK_ZERO,
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

static bool find(const void *table, struct span name, unsigned *cursor,
    struct json_sieve_member *ret_member)
{
	const struct docker_field *field = docker_field_exact(table, name, cursor);

	if (!field)
		return false;
	ret_member->index = (unsigned)(field - ((const struct docker_schema *)table)->fields);
	ret_member->blanks = JSON_BLANK_NULL | (silent[field->check] ? blanks[field->shape] : 0);
	ret_member->inner = field->shape == SHAPE_OBJECT ? field->sub : NULL;
	return true;
}

struct json_sieve policy_sieve(const struct docker_operation *operation)
{
	bool sifts = operation && operation->body == BODY_JSON && operation->schema &&
		     operation->schema->fresh;

	return (struct json_sieve){.find = find, .table = sifts ? operation->schema : NULL};
}
