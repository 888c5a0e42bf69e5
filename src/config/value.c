/* SPDX-License-Identifier: Apache-2.0 */
#include "config/value.h"

#include <stdlib.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit sizes[] = {
    {"", 1}, {"k", 1024}, {"m", 1024 * 1024}, {"g", 1024 * 1024 * 1024}, {NULL, 0}};
static const struct unit times[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}, {NULL, 0}};

#define MODE_MAX 0777
#define OCTAL 8

/* Reads "64k" and the like; a bare 0 needs no unit. */
static bool number_with_unit(struct span text, const struct unit *units, uint64_t *ret_value)
{
	size_t digits = 0;
	uint64_t number;

	while (digits < text.len && text.at[digits] >= '0' && text.at[digits] <= '9')
		digits++;
	if (!span_to_uint((struct span){text.at, digits}, UINT64_MAX, &number))
		return false;
	struct span name = span_from(text, digits);

	for (const struct unit *unit = units; unit->name; unit++) {
		if (!span_equal_nocase(name, span_of(unit->name)) &&
		    !(number == 0 && name.len == 0))
			continue;
		if (number > UINT64_MAX / unit->factor)
			return false;
		*ret_value = number * unit->factor;
		return true;
	}
	return false;
}

static void add_number(struct buf *out, uint64_t value, const struct unit *units)
{
	const struct unit *best = units;

	for (const struct unit *unit = units; unit->name; unit++) {
		if (value > 0 && value % unit->factor == 0)
			best = unit;
	}
	buf_add_uint(out, value / best->factor);
	buf_add_text(out, best->name);
}

static int out_of_range(const struct config_option *option, struct span text,
    const struct unit *units, struct error *err)
{
	struct buf range;

	buf_init(&range, sizeof(err->text));
	add_number(&range, option->min, units);
	buf_add_text(&range, " and ");
	add_number(&range, option->max, units);
	(void)error_set(err, "\"%.*s\" is out of range; it must lie between %s", (int)text.len,
	    text.at, buf_text(&range));
	buf_free(&range);
	return -1;
}

static int read_number(const struct config_option *option, struct span text,
    const struct unit *units, const char *example, uint64_t *ret_value, struct error *err)
{
	uint64_t value;

	if (!number_with_unit(text, units, &value))
		return error_set(err, "\"%.*s\" is not %s", (int)text.len, text.at, example);
	if (value < option->min || value > option->max)
		return out_of_range(option, text, units, err);
	*ret_value = value;
	return 0;
}

static int store_size(
    const struct config_option *option, struct span text, void *at, struct error *err)
{
	uint64_t value;

	if (read_number(option, text, sizes, "a size; write bytes, or 64k, 1m, 2g", &value, err))
		return -1;
	*(size_t *)at = (size_t)value;
	return 0;
}

static int store_time(
    const struct config_option *option, struct span text, void *at, struct error *err)
{
	return read_number(option, text, times, "a time; write 500ms, 30s, 5m or 2h", at, err);
}

static int store_count(
    const struct config_option *option, struct span text, void *at, struct error *err)
{
	static const struct unit one[] = {{"", 1}, {NULL, 0}};
	uint64_t value;

	if (read_number(option, text, one, "a number; write decimal digits", &value, err))
		return -1;
	*(unsigned *)at = (unsigned)value;
	return 0;
}

static const struct unit periods[] = {
    {"s", 1000}, {"m", 60 * 1000}, {"h", RATE_PERIOD_MAX}, {NULL, 0}};

/* COUNT/s, COUNT/m or COUNT/h; a bare 0 is no limit. */
static bool read_rate(struct span text, struct rate *ret_rate)
{
	struct span name, number = span_cut(text, '/', &name);

	if (!span_to_uint(number, UINT64_MAX, &ret_rate->count))
		return false;
	ret_rate->period = 1;
	if (!name.at)
		return ret_rate->count == 0;
	for (const struct unit *period = periods; period->name; period++) {
		if (!span_equal_nocase(name, span_of(period->name)))
			continue;
		ret_rate->period = period->factor;
		return true;
	}
	return false;
}

static int store_rate(
    const struct config_option *option, struct span text, void *at, struct error *err)
{
	struct rate rate;

	if (!read_rate(text, &rate))
		return error_set(err, "\"%.*s\" is not a rate; write 50/s, 600/m or 1000/h",
		    (int)text.len, text.at);
	if (rate.count > option->max)
		return error_set(err,
		    "\"%.*s\" is out of range; its number must lie between 0 and %llu",
		    (int)text.len, text.at, (unsigned long long)option->max);
	*(struct rate *)at = rate;
	return 0;
}

static int store_bool(struct span text, bool *at, struct error *err)
{
	if (!span_is(text, "yes") && !span_is(text, "no"))
		return error_set(err, "\"%.*s\" is neither yes nor no", (int)text.len, text.at);
	*at = span_is(text, "yes");
	return 0;
}

static int store_mode(struct span text, mode_t *at, struct error *err)
{
	mode_t mode = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] >= '0' + OCTAL || mode > MODE_MAX)
			return error_set(err,
			    "\"%.*s\" is not a mode; write it in octal, as 0660%s", (int)text.len,
			    text.at,
			    span_is(text, "dry-run")
				? "; \"mode = dry-run\" belongs in [policy NAME]"
				: "");
		mode = mode * OCTAL + (mode_t)(text.at[i] - '0');
	}
	if (mode > MODE_MAX || (mode & 0111) != 0)
		return error_set(err,
		    "\"%.*s\" gives a socket more than read and write; write "
		    "0600, 0660 or 0666",
		    (int)text.len, text.at);
	*at = mode;
	return 0;
}

static int store_text(struct span text, char **at, struct error *err)
{
	char *copy = text_copy(text, err);

	if (!copy)
		return -1;
	free(*at);
	*at = copy;
	return 0;
}

static int store_name(struct span text, char **at, struct error *err)
{
	if (memchr(text.at, ' ', text.len) || memchr(text.at, '\t', text.len))
		return error_set(
		    err, "\"%.*s\" is more than one word; write one name", (int)text.len, text.at);
	return store_text(text, at, err);
}

static int store_audit(struct span text, char **at, struct error *err)
{
	static const char *const sinks[] = {"stdout", "stderr", "syslog", "journald", "none"};
	static const char *const with_path[] = {"file:/", "syslog:/", "journald:/"};

	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		if (span_equal(text, span_of(sinks[i])))
			return store_text(text, at, err);
	}
	for (size_t i = 0; i < sizeof(with_path) / sizeof(with_path[0]); i++) {
		if (span_starts(text, span_of(with_path[i])))
			return store_text(text, at, err);
	}
	return error_set(err,
	    "\"%.*s\" is no place for the audit log; write file:/path, stdout, stderr, syslog, "
	    "journald or none",
	    (int)text.len, text.at);
}

/* The words of an option that is an enum, by its values. */
struct choice {
	const char *const words[5]; /* NULL ends them */
	const char *what_is_right;
};

static const struct choice level_choice = {
    {
	[AUDIT_LEVEL_DENIED] = "denied",
	[AUDIT_LEVEL_CHANGES] = "changes",
	[AUDIT_LEVEL_ALL] = "all",
	[AUDIT_LEVEL_LEARN] = "learn",
    },
    "is no audit level; write denied, changes, all or learn",
};

static const struct choice auth_choice = {
    {
	[CLIENT_AUTH_REQUIRE] = "require",
	[CLIENT_AUTH_OPTIONAL] = "optional",
	[CLIENT_AUTH_NONE] = "none",
    },
    "is unknown here; write require, optional or none",
};

static const struct choice reload_choice = {
    {
	[RELOAD_SIGNAL] = "signal",
	[RELOAD_WATCH] = "watch",
    },
    "is no way to reload; write signal or watch",
};

const char *audit_level_name(enum audit_level level)
{
	return level_choice.words[level];
}

static int store_choice(
    const struct choice *choice, struct span text, unsigned *at, struct error *err)
{
	for (unsigned i = 0; choice->words[i]; i++) {
		if (!span_equal(text, span_of(choice->words[i])))
			continue;
		*at = i;
		return 0;
	}
	return error_set(err, "\"%.*s\" %s", (int)text.len, text.at, choice->what_is_right);
}

static int store_owner(struct span text, char **at, struct error *err)
{
	struct span group;
	struct span user = span_cut(text, ':', &group);

	if (user.len == 0 || (group.at && (group.len == 0 || memchr(group.at, ':', group.len))))
		return error_set(err, "\"%.*s\" is not an owner; write user or user:group",
		    (int)text.len, text.at);
	return store_name(text, at, err);
}

static int store_address(struct span text, struct address *at, struct error *err)
{
	struct address address;

	if (address_parse(text, &address, err))
		return -1;
	address_free(at);
	*at = address;
	return 0;
}

static int store_file(struct span text, char **at, struct error *err)
{
	if (text.len == 0 || text.at[0] != '/')
		return error_set(
		    err, "\"%.*s\" is no absolute path; begin with /", (int)text.len, text.at);
	return store_text(text, at, err);
}

int value_store(const struct config_option *option, struct span text, void *base, struct error *err)
{
	void *at = (char *)base + option->offset;

	switch (option->type) {
	case OPTION_NAME:
		return store_name(text, at, err);
	case OPTION_AUDIT:
		return store_audit(text, at, err);
	case OPTION_LEVEL:
		return store_choice(&level_choice, text, at, err);
	case OPTION_OWNER:
		return store_owner(text, at, err);
	case OPTION_SIZE:
		return store_size(option, text, at, err);
	case OPTION_TIME:
		return store_time(option, text, at, err);
	case OPTION_COUNT:
		return store_count(option, text, at, err);
	case OPTION_RATE:
		return store_rate(option, text, at, err);
	case OPTION_BOOL:
		return store_bool(text, at, err);
	case OPTION_MODE:
		return store_mode(text, at, err);
	case OPTION_ADDRESS:
		return store_address(text, at, err);
	case OPTION_FILE:
		return store_file(text, at, err);
	case OPTION_AUTH:
		return store_choice(&auth_choice, text, at, err);
	case OPTION_RELOAD:
		return store_choice(&reload_choice, text, at, err);
	case OPTION_CLIENT:
		break; /* a line of its own: client_add() */
	}
	return error_set(err, "has no type");
}

static void write_rate(const struct rate *rate, struct buf *out)
{
	buf_add_uint(out, rate->count);
	for (const struct unit *period = periods; rate->count > 0 && period->name; period++) {
		if (period->factor == rate->period)
			buf_add_format(out, "/%s", period->name);
	}
}

static bool write_text(const char *text, struct buf *out)
{
	if (text)
		buf_add_text(out, text);
	return text != NULL;
}

bool config_option_write(const struct config_option *option, const void *base, struct buf *out)
{
	const void *at = (const char *)base + option->offset;

	switch (option->type) {
	case OPTION_NAME:
	case OPTION_AUDIT:
	case OPTION_OWNER:
	case OPTION_FILE:
		return write_text(*(char *const *)at, out);
	case OPTION_ADDRESS:
		return write_text(((const struct address *)at)->text, out);
	case OPTION_LEVEL:
		return write_text(level_choice.words[*(const unsigned *)at], out);
	case OPTION_AUTH:
		return write_text(auth_choice.words[*(const unsigned *)at], out);
	case OPTION_RELOAD:
		return write_text(reload_choice.words[*(const unsigned *)at], out);
	case OPTION_BOOL:
		return write_text(*(const bool *)at ? "yes" : "no", out);
	case OPTION_SIZE:
		add_number(out, *(const size_t *)at, sizes);
		return true;
	case OPTION_TIME:
		add_number(out, *(const uint64_t *)at, times);
		return true;
	case OPTION_COUNT:
		buf_add_uint(out, *(const unsigned *)at);
		return true;
	case OPTION_RATE:
		write_rate(at, out);
		return true;
	case OPTION_MODE:
		buf_add_format(out, "%04o", (unsigned)*(const mode_t *)at);
		return true;
	case OPTION_CLIENT:
		break;
	}
	return false;
}

static bool texts_differ(const char *one, const char *other)
{
	return !one || !other ? one != other : strcmp(one, other) != 0;
}

bool config_option_differs(const struct config_option *option, const void *one, const void *other)
{
	const void *a = (const char *)one + option->offset;
	const void *b = (const char *)other + option->offset;

	switch (option->type) {
	case OPTION_NAME:
	case OPTION_AUDIT:
	case OPTION_OWNER:
	case OPTION_FILE:
		return texts_differ(*(char *const *)a, *(char *const *)b);
	case OPTION_ADDRESS:
		return texts_differ(
		    ((const struct address *)a)->text, ((const struct address *)b)->text);
	case OPTION_SIZE:
		return *(const size_t *)a != *(const size_t *)b;
	case OPTION_TIME:
		return *(const uint64_t *)a != *(const uint64_t *)b;
	case OPTION_LEVEL:
	case OPTION_AUTH:
	case OPTION_RELOAD:
	case OPTION_COUNT:
		return *(const unsigned *)a != *(const unsigned *)b;
	case OPTION_RATE:
		return !rate_is(a, b);
	case OPTION_BOOL:
		return *(const bool *)a != *(const bool *)b;
	case OPTION_MODE:
		return *(const mode_t *)a != *(const mode_t *)b;
	case OPTION_CLIENT:
		break; /* not compared */
	}
	return true;
}

int options_default(const char *section, void *base, struct error *err)
{
	const struct config_option *option;

	for (unsigned i = 0; (option = config_option_at(i)) != NULL; i++) {
		if (strcmp(option->section, section) != 0 || !option->fallback)
			continue;
		if (value_store(option, span_of(option->fallback), base, err))
			return error_prefix(err, "default of %s: ", option->key);
	}
	return 0;
}
