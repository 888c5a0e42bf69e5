/* SPDX-License-Identifier: Apache-2.0 */
/* Query parameters as the daemon reads them. */
#include "docker/docker.h"

/* ---- flags ---- */

size_t docker_blank_length(struct span text)
{
	static const char *const wide[] = {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8",
	    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
	static const struct span spaces = {"\xe2\x80", 2}; /* U+2000 to U+200A */

	if (text.len > 0 && (text.at[0] == ' ' || (text.at[0] >= '\t' && text.at[0] <= '\r')))
		return 1;
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		if (span_starts(text, span_of(wide[i])))
			return strlen(wide[i]);
	}
	if (text.len > 2 && span_starts(text, spaces) && (unsigned char)text.at[2] >= 0x80 &&
	    (unsigned char)text.at[2] <= 0x8a)
		return 3;
	return 0;
}

struct span docker_trim(struct span text)
{
	struct span rest = text, kept = {text.at, 0};

	while (rest.len > 0) {
		size_t blank = docker_blank_length(rest), step = blank > 0 ? blank : 1;

		if (blank == 0 && kept.len == 0)
			kept.at = rest.at;
		rest = span_from(rest, step);
		if (blank == 0)
			kept.len = (size_t)(rest.at - kept.at);
	}
	return kept;
}

struct span docker_next_word(struct span *rest)
{
	struct span word = *rest;
	size_t blank, len = 0;

	while ((blank = docker_blank_length(word)) > 0)
		word = span_from(word, blank);
	while (len < word.len && docker_blank_length(span_from(word, len)) == 0)
		len++;
	*rest = span_from(word, len);
	word.len = len;
	return word;
}

bool docker_flag_is_yes(const struct docker_param *param, struct span value)
{
	static const char *const no[] = {"0", "no", "false", "none", ""};

	if (value.len == 0)
		return param->kind == KIND_FLAG_ON;
	value = docker_trim(value);
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++) {
		if (span_equal_nocase(value, span_of(no[i])))
			return false;
	}
	return true;
}

bool docker_param_hides(const struct docker_param *param, struct span value)
{
	if (!param->secret || param->check != CHECK_PATH)
		return param->secret;
	for (size_t i = 0; i < value.len; i++) {
		if (strchr("@?%", value.at[i]))
			return true;
	}
	return false;
}

bool docker_param_is_flag(const struct docker_param *param)
{
	return param->kind == KIND_FLAG || param->kind == KIND_FLAG_ON;
}

/* ---- numbers ---- */

bool docker_number_read(struct span text, struct docker_number *ret_number)
{
	struct docker_number number = {false, 0};
	bool sign = text.len > 0 && (text.at[0] == '-' || text.at[0] == '+');

	number.negative = sign && text.at[0] == '-';
	text = span_from(text, sign);
	while (text.len > 1 && text.at[0] == '0')
		text = span_from(text, 1);
	if (!span_to_uint(text, UINT64_MAX, &number.size))
		return false;
	number.negative &= number.size > 0;
	*ret_number = number;
	return true;
}

/* ---- what is sent ---- */

#define ROWS_MOST 64 /* of one operation; the tables' test holds them to it */

/* Whether the daemon looks at a parameter of the row |param|, whose earlier ones are in |*seen|. */
static bool is_read(
    const struct docker_operation *operation, const struct docker_param *param, uint64_t *seen)
{
	if (param->ignored)
		return false;
	uint64_t bit = UINT64_C(1) << (size_t)(param - operation->params) % ROWS_MOST;
	bool first = !(*seen & bit);

	*seen |= bit;
	return first || param->repeats;
}

size_t docker_query_reduce(
    const struct docker_operation *operation, struct pair *query, size_t count)
{
	uint64_t seen = 0;
	size_t kept = 0;

	if (!operation)
		return count;
	for (size_t i = 0; i < count; i++) {
		const struct docker_param *param = docker_param_find(operation, query[i].name);

		if (!param || is_read(operation, param, &seen))
			query[kept++] = query[i];
	}
	return kept;
}

/* ---- what it costs the daemon ---- */

unsigned docker_request_traits(
    const struct docker_operation *operation, const struct pair *query, size_t count)
{
	if (!operation)
		return TRAIT_SLOW;
	for (size_t i = 0; i < count && !(operation->traits & TRAIT_SLOW); i++) {
		const struct docker_param *param = docker_param_find(operation, query[i].name);

		if (param && param->slow && docker_flag_is_yes(param, query[i].value))
			return operation->traits | TRAIT_SLOW;
	}
	return operation->traits;
}
