/* SPDX-License-Identifier: Apache-2.0 */
/* Looks into parsed JSON as Go's decoder would. */
#include "json/json.h"

#include <stdio.h>

bool json_is_empty(const cJSON *value)
{
	if (!value || cJSON_IsNull(value) || cJSON_IsFalse(value))
		return true;
	if (cJSON_IsNumber(value))
		return !(value->valuedouble < 0) && !(value->valuedouble > 0);
	if (cJSON_IsString(value))
		return value->valuestring[0] == '\0';
	if (!cJSON_IsArray(value) && !cJSON_IsObject(value))
		return false;
	for (const cJSON *child = value->child; child; child = child->next) {
		if (!json_is_empty(child))
			return false;
	}
	return true;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Folds the character at |*name| as Go does for ASCII names and moves behind it. */
static char next_folded(const char **name)
{
	if (strncmp(*name, "\xc5\xbf", 2) == 0) { /* U+017F, long s */
		*name += 2;
		return 's';
	}
	if (strncmp(*name, "\xe2\x84\xaa", 3) == 0) { /* U+212A, the Kelvin sign */
		*name += 3;
		return 'k';
	}
	return lower(*(*name)++);
}

bool json_names_field(const char *name, const char *field)
{
	for (; *field; field++) {
		if (*name == *field)
			name++;
		else if (*name == '\0' || next_folded(&name) != lower(*field))
			return false;
	}
	return *name == '\0';
}

bool json_name_is_foreign(const char *name)
{
	for (; *name; name++) {
		if ((unsigned char)*name >= 0x80)
			return true;
	}
	return false;
}

const cJSON *json_field(const cJSON *object, const char *field)
{
	if (!cJSON_IsObject(object))
		return NULL;
	for (const cJSON *child = object->child; child; child = child->next) {
		if (json_names_field(child->string, field))
			return child;
	}
	return NULL;
}

const char *json_string(const cJSON *value)
{
	return cJSON_IsString(value) ? value->valuestring : "";
}

bool json_list_has(const cJSON *list, struct span text)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		if (cJSON_IsString(item) && span_equal(span_of(item->valuestring), text))
			return true;
	}
	return false;
}

struct span json_text(const cJSON *object, const char *field)
{
	return span_of(json_string(json_field(object, field)));
}

/* ---- numbers -----------------------------------------------------------------------------------
 */

bool json_integer(const cJSON *value, struct json_integer *ret_integer)
{
	struct json_integer integer = {false, 0};

	if (!cJSON_IsNumber(value))
		return false;
	if (value->valuestring) {
		struct span digits = span_of(value->valuestring);
		bool minus = digits.at[0] == '-';

		digits = span_from(digits, minus);
		if (!span_to_uint(digits, UINT64_MAX, &integer.size))
			return false;
		integer.negative = minus && integer.size > 0;
	} else {
		integer.negative = value->valuedouble < 0;
		integer.size =
		    (uint64_t)(integer.negative ? -value->valuedouble : value->valuedouble);
	}
	*ret_integer = integer;
	return true;
}

/* The next double above one that is above zero. */
static double next_double(double number)
{
	uint64_t bits;

	_Static_assert(sizeof(bits) == sizeof(number), "IEEE 754 doubles");
	memcpy(&bits, &number, sizeof(bits));
	bits++;
	memcpy(&number, &bits, sizeof(bits));
	return number;
}

double json_number(const cJSON *value)
{
	struct json_integer integer;

	if (!cJSON_IsNumber(value))
		return 0;
	if (!value->valuestring || !json_integer(value, &integer))
		return value->valuedouble;
	double size = (double)integer.size;

	/* a double of 2^64 is more than any |size|, and no uint64_t */
	if (size < 0x1p64 && (uint64_t)size < integer.size)
		size = next_double(size);
	return integer.negative ? -size : size;
}

struct span json_number_text(const cJSON *value, char (*room)[JSON_NUMBER_MOST])
{
	if (value->valuestring)
		return span_of(value->valuestring);
	int len = snprintf(*room, sizeof(*room), "%.17g", value->valuedouble);

	return (struct span){*room, len > 0 ? (size_t)len : 0};
}
