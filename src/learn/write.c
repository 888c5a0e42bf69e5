/* SPDX-License-Identifier: Apache-2.0 */
/* The policy, line by line, with what each line is there for. */
#include "config/ini.h"
#include "learn/parts.h"

#include <stdlib.h>

#define COMMANDS_MOST 64u /* command lines of a grant that is open without a line */
#define OPEN_MOST 256u    /* other values of such a grant */
#define MARK "#! "        /* before a line that gives the host away */

static bool is_left_open(const struct section *section, enum grant grant, unsigned values)
{
	unsigned most = grant_info(grant)->kind == GRANT_ARGV ? COMMANDS_MOST : OPEN_MOST;

	return section->beyond[grant] || values > most;
}

/* ---- which lines -------------------------------------------------------------------------------
 */

/* An open grant that cannot be narrowed to what was asked for: one line keeps it open, whatever
 * else is narrowed. */
static int keep_open(struct learn *learn, struct section *section, enum grant grant)
{
	bool words = grant_info(grant)->kind == GRANT_ARGV, open = false;
	struct entry *wide = NULL;
	unsigned values = 0;

	for (struct entry *entry = section->entries; entry; entry = entry->after) {
		if (entry->kind != LINE_GRANT || entry->grant != grant || entry->replaced)
			continue;
		open |= entry->value.len == 0;
		values++;
		wide = entry;
	}
	if (!wide || !(open || is_left_open(section, grant, values)))
		return 0;
	wide = table_replace(learn, wide, words ? SPAN("**") : SPAN("*"));
	if (!wide)
		return -1;
	for (struct entry *entry = section->entries; entry && entry != wide; entry = entry->after) {
		if (entry->kind == LINE_GRANT && entry->grant == grant && !entry->replaced)
			table_join(wide, entry);
	}
	return 0;
}

static int keep_all_open(struct learn *learn, struct section *section)
{
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		const struct grant_info *info = grant_info((enum grant)i);

		if (!info->closed && info->kind != GRANT_FLAG &&
		    keep_open(learn, section, (enum grant)i) < 0)
			return -1;
	}
	return 0;
}

static bool is_written(const struct entry *entry)
{
	return !entry->replaced && entry->kind != LINE_CHANGE && entry->value.len > 0;
}

/* ---- one line ----------------------------------------------------------------------------------
 */

static void write_value(struct buf *out, const struct entry *entry)
{
	enum grant_kind kind = grant_info(entry->grant)->kind;
	struct span value = entry->value;
	bool free = entry->kind != LINE_GRANT || kind == GRANT_ARGV || kind == GRANT_BIND ||
		    kind == GRANT_DEVICES || value.at[0] == '"';
	bool quoted = !free && policy_wants_quotes(value);

	buf_add_text(out, quoted ? "\"" : "");
	buf_add(out, value);
	buf_add_text(out, quoted ? "\"" : "");
	if (entry->kind == LINE_ALLOW)
		condition_write(out, entry);
}

/* A policy of the lines of |section|; NULL when memory is out. */
static struct policy *build(struct section *section)
{
	const struct policy_source none = {0};
	struct policy *policy = policy_new(section->name);

	for (struct entry *entry = section->entries; entry && policy; entry = entry->after) {
		struct buf value;

		if (!is_written(entry))
			continue;
		buf_init(&value, SHAPE_BYTES_MOST);
		write_value(&value, entry);
		/* What is no good line covers nothing, and prove() finds that. */
		(void)(policy_set(policy, span_of(entry->key), buf_span(&value), &none, NULL) == 0);
		buf_free(&value);
	}
	if (policy && policy_finish(policy, NULL) == 0)
		return policy;
	policy_unref(policy);
	return NULL;
}

/* What a pattern does not cover after all keeps a line of its own. */
static int prove(struct section *section)
{
	struct policy *policy = build(section);
	struct policy_source source;

	if (!policy)
		return -1;
	for (struct entry *entry = section->entries; entry; entry = entry->after) {
		if (entry->kind == LINE_GRANT && entry->members == 0 && entry->value.len > 0 &&
		    entry->replaced &&
		    !policy_covers(policy, entry->operation, entry->grant, entry->value, &source))
			entry->replaced = false;
	}
	policy_unref(policy);
	return 0;
}

static void keep_first(void *context, const struct policy_source *source, const char *text)
{
	struct error *first = context;

	(void)source;
	if (!first->text[0])
		(void)error_set(first, "%s", text);
}

static void write_line(struct buf *out, const struct entry *entry)
{
	buf_add_format(out, "%s = ", entry->key);
	write_value(out, entry);
	buf_add_char(out, '\n');
}

static int set_line(void *context, const struct ini_item *item, struct error *err)
{
	const struct policy_source none = {0};

	return policy_set(context, item->key, item->value, &none, err);
}

/* What `check` would say of the line, read as it reads a file, or why it is none. */
static void read_line(const struct entry *entry, struct error *ret_warning, struct error *ret_fault)
{
	struct policy *policy = policy_new("line");
	struct buf line;

	ret_warning->text[0] = ret_fault->text[0] = '\0';
	buf_init(&line, SHAPE_BYTES_MOST);
	write_line(&line, entry);
	if (!policy || line.failed)
		(void)error_set(ret_fault, "out of memory");
	else if (ini_read_text("line", buf_span(&line), set_line, policy, ret_fault) == 0 &&
		 policy_finish(policy, ret_fault) == 0)
		policy_warnings(policy, keep_first, ret_warning);
	buf_free(&line);
	policy_unref(policy);
}

/* ---- comments ----------------------------------------------------------------------------------
 */

static void write_times(struct buf *out, uint64_t count)
{
	if (count == 1)
		buf_add_text(out, "once");
	else
		buf_add_format(out, "%llu times", (unsigned long long)count);
}

static void write_seen(struct buf *out, const struct entry *entry)
{
	const struct seen *seen = &entry->seen;

	buf_add_text(out, "# ");
	write_times(out, seen->count);
	buf_add_text(out, " by");
	for (unsigned i = 0; i < seen->who_count; i++)
		buf_add_format(out, "%s %s", i ? "," : "", seen->who[i]);
	buf_add_text(out, seen->others ? " and others" : "");
	if (seen->first[0] && seen->count == 1)
		buf_add_format(out, "; %s", seen->first);
	else if (seen->first[0])
		buf_add_format(out, "; %s to %s", seen->first, seen->last);
	if (entry->members > 0)
		buf_add_format(out, "; in place of %u values", entry->members);
	buf_add_format(out, "\n#   %s\n", seen->example);
}

/* What taking the mark away gives. */
static void write_power(struct buf *out, const struct entry *entry, const char *warning)
{
	if (entry->kind == LINE_ALLOW)
		buf_add_format(out, "#   can give power over the host: %s%s%s\n",
		    entry->operation->help, warning[0] ? "; " : "", warning);
	else
		buf_add_format(
		    out, "#   gives root on the host%s%s\n", warning[0] ? ": " : "", warning);
}

static bool gives_host(const struct entry *entry)
{
	if (entry->kind == LINE_ALLOW)
		return entry->operation->unheld;
	return entry->gives_host || policy_gives_host(entry->grant, entry->value);
}

static void write_entry(struct buf *out, const struct entry *entry)
{
	struct error warning, fault;
	bool host = gives_host(entry);

	read_line(entry, &warning, &fault);
	write_seen(out, entry);
	if (fault.text[0])
		buf_add_format(out, "#   no line can hold this: %s\n#   ", fault.text);
	else if (host)
		write_power(out, entry, warning.text);
	else if (entry->members > 0 && (span_is(entry->value, "*") || span_is(entry->value, "**")))
		buf_add_text(out, "#   any value: they are too many, or no line can hold them\n");
	buf_add_text(out, host && !fault.text[0] ? MARK : "");
	write_line(out, entry);
}

static void write_count(struct buf *out, uint64_t count, const char *what)
{
	if (count > 0)
		buf_add_format(out, "# %llu %s\n", (unsigned long long)count, what);
}

static void write_left_out(struct buf *out, const struct section *section)
{
	write_count(out, section->denied,
	    "requests were denied, and are left out; --denied learns from them too");
	write_count(out, section->by_rule, "requests are denied by a deny rule, and are left out");
	write_count(out, section->unknown,
	    "requests are no operation of the API, and are left out: they need unknown_routes");
	write_count(out, section->without,
	    "requests have only the lines of their refusal: with audit_level = learn the log has "
	    "all "
	    "that they need");
	write_count(out, section->partial,
	    "requests were told without their body or the object that they are about");
	write_count(out, section->cut, "requests needed more than one line of the log tells");
	for (unsigned i = GRANT_NONE + 1; i < GRANT_MAX; i++) {
		if (section->beyond[i])
			buf_add_format(out,
			    "# %s: more different values than are counted; %llu times one was left "
			    "out\n",
			    grant_info((enum grant)i)->name,
			    (unsigned long long)section->beyond[i]);
	}
}

/* What has no line: values that none can hold, and what a request itself must change. */
static void write_lineless(struct buf *out, const struct section *section)
{
	for (const struct entry *entry = section->entries; entry; entry = entry->after) {
		if (entry->replaced)
			continue;
		if (entry->kind == LINE_CHANGE) {
			buf_add_text(out, "\n# No line permits: ");
			buf_add_escaped(out, entry->value, EXAMPLE_BYTES_MOST);
			buf_add_char(out, '\n');
			write_seen(out, entry);
		} else if (entry->value.len == 0) {
			buf_add_format(out,
			    "\n# %s: asked for a value that no line can hold, or that is a "
			    "secret\n",
			    entry->key);
			write_seen(out, entry);
		}
	}
}

/* ---- the sections ------------------------------------------------------------------------------
 */

static int compare_entries(const void *one, const void *other)
{
	const struct entry *a = *(const struct entry *const *)one;
	const struct entry *b = *(const struct entry *const *)other;
	size_t len = a->value.len < b->value.len ? a->value.len : b->value.len;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->grant != b->grant)
		return a->grant < b->grant ? -1 : 1;
	int order = memcmp(a->value.at, b->value.at, len);

	return order ? order : (a->value.len > b->value.len) - (a->value.len < b->value.len);
}

static int write_entries(struct buf *out, struct section *section)
{
	size_t count = 0, most = 1;

	for (const struct entry *entry = section->entries; entry; entry = entry->after)
		most++;
	const struct entry **all = calloc(most, sizeof(const struct entry *));

	if (!all)
		return -1;
	for (struct entry *entry = section->entries; entry; entry = entry->after) {
		if (is_written(entry))
			all[count++] = entry;
	}
	qsort(all, count, sizeof(const struct entry *), compare_entries);
	for (size_t i = 0; i < count; i++) {
		buf_add_char(out, '\n');
		write_entry(out, all[i]);
	}
	free(all);
	return 0;
}

struct unused {
	const struct learn *learn;
	struct buf *out;
	bool any;
};

static void write_unused(void *context, enum policy_part part, const char *key, struct span value,
    const struct policy_source *source)
{
	struct unused *unused = context;
	bool gives =
	    (part == PART_RULE && strcmp(key, "allow") == 0) ||
	    (part == PART_GRANT && !span_starts(value, SPAN("!")) && !span_is(value, "no"));

	if (!gives || !source->file || table_is_used(unused->learn, source))
		return;
	if (!unused->any)
		buf_add_text(unused->out, "\n# No request used these lines:\n");
	unused->any = true;
	buf_add_format(unused->out, "#   %s:%u: %s = ", source->file, source->line, key);
	buf_add_escaped(unused->out, value, EXAMPLE_BYTES_MOST);
	buf_add_char(unused->out, '\n');
}

static int write_section(struct learn *learn, struct section *section, struct buf *out)
{
	const struct learn_known *known = learn->options->known;

	if (merge_section(learn, section) < 0 || keep_all_open(learn, section) < 0 ||
	    prove(section) < 0)
		return -1;
	buf_add_format(out, "\n[policy %s]\n", section->name);
	buf_add_format(out, "# %llu requests%s%s%s%s\n", (unsigned long long)section->requests,
	    section->first[0] ? ", " : "", section->first, section->first[0] ? " to " : "",
	    section->last);
	write_left_out(out, section);
	if (known && known->heading)
		buf_add_format(out, "%s\n", known->heading);
	int result = write_entries(out, section);

	write_lineless(out, section);
	return result;
}

int learn_write(struct learn *learn, struct buf *out, struct error *err)
{
	const struct learn_known *known = learn->options->known;
	struct unused unused = {.learn = learn, .out = out};

	buf_add_format(out,
	    "# Written by sockwarden learn. A line behind \"%s\" gives root on the host: take the "
	    "mark away only\n# where the client must have that.\n",
	    "#!");
	write_count(out, learn->unreadable, "lines of the log are no audit lines");
	write_count(out, learn->beyond, "requests are left out: the log has too many policies");
	write_count(out, learn->lost,
	    "times a request needed more: it is left out, since the log has too many different "
	    "values");
	for (struct section *section = learn->sections; section; section = section->next) {
		if (section->requests > 0 && write_section(learn, section, out) < 0)
			return error_set(err, "out of memory");
	}
	if (known && !known->heading)
		policy_show(known->policy, write_unused, &unused);
	return out->failed ? error_set(err, "out of memory: the policy is too long") : 0;
}
