/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of which one makes another operation of a request, as a pull and an import are: the
 * rule that is learnt permits the one that was seen. */
#include "learn/parts.h"

/* Bits; and bytes of a query up to which a line of the log surely has all of it. */
#define PARAMS_MOST 32u
#define QUERY_WHOLE 1000u

static const struct docker_param *chooser(const struct docker_param *param)
{
	while (param && param->name && !param->chooses)
		param++;
	return param && param->name ? param : NULL;
}

static uint32_t bit_of(const struct docker_operation *operation, struct span name)
{
	const struct docker_param *param = chooser(operation->params);

	for (unsigned i = 0; param && i < PARAMS_MOST; i++, param = chooser(param + 1)) {
		if (span_equal(name, span_of(param->name)))
			return 1u << i;
	}
	return 0;
}

void condition_read(const struct docker_operation *operation, struct span query,
    uint32_t *ret_named, uint32_t *ret_given)
{
	uint32_t named = query.len > QUERY_WHOLE ? UINT32_MAX : 0, given = 0;

	while (operation && query.len > 0) {
		struct span value, pair = span_cut(query, '&', &query);
		uint32_t bit = bit_of(operation, span_cut(pair, '=', &value));

		named |= bit;
		given |= value.len > 0 ? bit : 0;
	}
	*ret_named = named;
	*ret_given = given;
}

void condition_write(struct buf *out, const struct entry *entry)
{
	const struct docker_param *param = chooser(entry->operation->params);
	char mark = '?';

	for (unsigned i = 0; param && i < PARAMS_MOST; i++, param = chooser(param + 1)) {
		bool given = entry->given >> i & 1;

		if (!given && entry->named >> i & 1)
			continue;
		buf_add_char(out, mark);
		buf_add_format(out, given ? "%s=?*" : "!%s", param->name);
		mark = '&';
	}
}
