/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that Go's decoder and cJSON read in one and the same way, or none. */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <cjson/cJSON.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/span.h"

#define JSON_TREE_PER_BYTE 24u /* a tree takes up to this much more than its text */

struct json_limits {
	size_t max_bytes;
	unsigned max_depth;   /* of nested objects and arrays */
	unsigned max_members; /* object members and array elements, all together */
};

/* The strict gate. Accepts exactly RFC 8259 text in valid UTF-8 within |limits|, with nothing but
 * JSON white space around the one value: no BOM, no raw controls, no \u0000, no lone surrogate, no
 * number of more than 40 characters, no object with two members of the same (unescaped) name.
 * Returns 0, or -1 with the reason and the byte offset in |err|. Allocates only from |arena|. */
MUST_CHECK int json_gate(
    struct span text, const struct json_limits *limits, struct arena *arena, struct error *err);

/* Kinds of values; a value is of a set of them. The first ones may say no more than a missing
 * member does. */
enum json_kind {
	JSON_BLANK_NULL = 1 << 0,  /* null */
	JSON_BLANK_FALSE = 1 << 1, /* false */
	JSON_BLANK_ZERO = 1 << 2,  /* 0, in just this spelling */
	JSON_BLANK_TEXT = 1 << 3,  /* "" */
	JSON_BLANK_LIST = 1 << 4,  /* [] */
	JSON_BLANK_MAP = 1 << 5,   /* {}, or an object of which the sieve left out all members */
	JSON_KIND_BOOL = 1 << 6,
	JSON_KIND_INTEGER = 1 << 7, /* that a double holds exactly */
	JSON_KIND_TEXT = 1 << 8,
	JSON_KIND_TEXTS = 1 << 9,     /* a list of strings */
	JSON_KIND_PAIRS = 1 << 13,    /* a list of strings that have a '=' */
	JSON_KIND_MAP = 1 << 10,      /* an object */
	JSON_KIND_TEXT_MAP = 1 << 11, /* an object of strings and nulls */
	JSON_KIND_MAPS = 1 << 12,     /* an object of objects and nulls */
	JSON_KIND_INTEGERS = 1 << 14, /* a list of such integers */
};

/* What a sieve knows of one member. */
struct json_sieve_member {
	unsigned index; /* of its name in the table */
	size_t name_len;
	unsigned silent;   /* values of these kinds are left out of the tree */
	const void *row;   /* of the member, for |harmless| */
	const void *inner; /* what an object in its place is sifted by; NULL: it stays whole */
	unsigned around;   /* maps that are around such objects */
};

#define JSON_SIEVE_NAMES 128u /* names of a table that are kept by their index */

/* The names of a table that an object had so far. */
struct json_sieve_names {
	unsigned cursor; /* where the next one most often stands */
	uint64_t seen[JSON_SIEVE_NAMES / 64];
};

/* Leaves members out of a tree whose reader takes them for missing: most of what clients send
 * decides nothing, and a tree costs more than the bytes. What is sifted itself must not be left
 * out, unless it is blank. An object with a name that the sieve does not know to the letter is not
 * sifted, nor is anything else of its text: it may be another spelling of one that was left out. */
struct json_sieve {
	/* Looks among the names of |table|, from |*cursor| on, for the one that |text| begins with,
	 * a quote right behind it. */
	bool (*find)(const void *table, struct span text, unsigned *cursor,
	    struct json_sieve_member *ret_member);
	/* Moves |*at| past members that are left out, as long as they are new ones in the order of
	 * the table and what json_sift_blank() reads, up to |most| of them. Returns how many.
	 * |*ret_next| is what |find| would say of the next one, unless its .name_len is 0: then
	 * |find| must be asked. A short cut, which may be NULL. */
	unsigned (*skip)(const void *table, const char **at, const char *end, unsigned most,
	    struct json_sieve_names *names, struct json_sieve_member *ret_next);
	/* Further kinds that are left out, asked where |silent| does not say it all; may be NULL.
	 */
	unsigned (*harmless)(const void *context, const void *row);
	const void *context;
	const void *table; /* of the outermost object */
	uint64_t key;      /* of what the functions say: no other sieve that says anything else has
			    * it. 0: runs of members are not remembered */
};

/* What the gate let through. */
struct json_gated {
	struct span text; /* without what the sieve left out: the very text, or one in the arena */
	bool odd_numbers; /* some number is no integer that a double holds exactly */
};

/* json_gate() that leaves in |*ret_gated| what |sieve| (may be NULL) lets through. */
MUST_CHECK int json_gate_sifted(struct span text, const struct json_limits *limits,
    const struct json_sieve *sieve, struct arena *arena, struct json_gated *ret_gated,
    struct error *err);

/* json_gate(), then cJSON. cJSON keeps numbers as doubles: one that is no integer which a double
 * holds exactly has its text in |valuestring|, where json_integer() and its kin find it. The tree
 * lives in |arena|: never call cJSON_Delete() on it. NULL with the reason in |err|. */
cJSON *json_parse(
    struct span text, const struct json_limits *limits, struct arena *arena, struct error *err);

/* The same without what |sieve| (may be NULL) leaves out. */
cJSON *json_parse_sifted(struct span text, const struct json_limits *limits,
    const struct json_sieve *sieve, struct arena *arena, struct error *err);

/* True for NULL (missing), null, false, 0, "", [], {}, and for an array or object that holds
 * nothing but such values. */
bool json_is_empty(const cJSON *value);

/* An integer of up to 64 bits and its sign. */
struct json_integer {
	bool negative; /* false for zero */
	uint64_t size; /* without the sign */
};

/* Reads the number |value| exactly, as Go reads an integer: digits with or without a minus before
 * them, no fraction and no exponent. False for anything else, and beyond 64 bits. */
MUST_CHECK bool json_integer(const cJSON *value, struct json_integer *ret_integer);

/* The number |value|, rounded away from zero where a double cannot hold it: never less than it is
 * when it is held against a maximum. 0 for anything but a number. */
double json_number(const cJSON *value);

#define JSON_NUMBER_MOST 41 /* bytes of a number's text, with a NUL */

/* The number |value| as text: as it was written, or as an integer. */
struct span json_number_text(const cJSON *value, char (*room)[JSON_NUMBER_MOST]);

/* Whether Go's decoder would take member |name| for the field |field|: equal but for ASCII case,
 * and U+017F counts as s, U+212A as k. |field| is ASCII. */
bool json_names_field(const char *name, const char *field);

/* True when |name| has a byte outside ASCII. */
bool json_name_is_foreign(const char *name);

/* The member that Go would read as |field|, or NULL. NULL as well for a |object| that is no object.
 * Only for objects whose schema walk found each name once. */
const cJSON *json_field(const cJSON *object, const char *field);

/* The string of a JSON string, "" for anything else. */
const char *json_string(const cJSON *value);

/* Whether |text| is a string in |list|. */
bool json_list_has(const cJSON *list, struct span text);

/* json_string() of json_field(). */
struct span json_text(const cJSON *object, const char *field);

#endif
