/* SPDX-License-Identifier: Apache-2.0 */
/* The source policies that the daemon holds builds to, rule by rule. What BuildKit makes of them is
 * tried in tests/differ/build. */
#include "unit.h"

#include "memory_case.h"
#include "policy_case.h"

#include <string.h>

#include "base/protobuf.h"

#define MOST ((size_t)1 << 20)

/* ---- the message as text -----------------------------------------------------------------------
 */

/* The field |number| of |bytes|; .at NULL: there is none. */
static struct protobuf_field field_of(struct span bytes, unsigned number)
{
	struct protobuf_field field, found = {.bytes = {NULL, 0}};
	int more;

	while ((more = protobuf_next(&bytes, &field, NULL)) > 0) {
		if (field.number == number)
			found = field;
	}
	assert_int_equal(more, 0);
	return found;
}

/* "deny EXPRESSION", "allow EXPRESSION if KEY=VALUE", "deny EXPRESSION if KEY!=VALUE". */
static void write_rule(struct buf *text, struct span rule)
{
	struct span selector = field_of(rule, 2).bytes, by = field_of(selector, 3).bytes;

	assert_int_equal(field_of(selector, 2).varint, 2); /* REGEX */
	buf_add_text(text, field_of(rule, 1).varint == 1 ? "deny " : "allow ");
	buf_add(text, field_of(selector, 1).bytes);
	if (by.at) {
		buf_add_text(text, " if ");
		buf_add(text, field_of(by, 1).bytes);
		buf_add_text(text, field_of(by, 3).varint == 1 ? "!=" : "=");
		buf_add(text, field_of(by, 2).bytes);
	}
	buf_add_char(text, '\n');
}

static void write_text(struct span message, struct buf *text)
{
	struct protobuf_field field;
	int more;

	buf_init(text, MOST);
	buf_add_char(text, '\n');
	while ((more = protobuf_next(&message, &field, NULL)) > 0) {
		if (field.number == 2)
			write_rule(text, field.bytes);
		else
			assert_true(field.number == 1 && field.varint == 1); /* the version */
	}
	assert_int_equal(more, 0);
	assert_non_null(buf_text(text));
}

/* ---- rules --------------------------------------------------------------------------------- */

#define DIGEST "(?:@[a-z0-9+._-]+:[0-9a-f]{32,128})?"
#define ANY_TAG "(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?"
#define NAME_PART "[A-Za-z0-9._-]*"

struct source_row {
	const char *lines;
	const char *has, *lacks; /* a rule with its line feeds; NULL: nothing */
};

static const struct source_row rows[] = {
    {"mode = enforce", "\ndeny (?s)^\nallow (?s)\\Alocal://.+\n", "allow (?s)\\Adocker-image"},
    {"mode = enforce", "\ndeny (?s)\\Agit://.+ if git.bundle!=\n", NULL},
    {"mode = enforce", "\ndeny (?s)\\Adocker-image://.+ if image.recordtype=frontend\n", NULL},
    {"image = *", "\nallow \\Adocker-image://(?s:.+)\\z\n", "()\\z"},
    {"image = docker.io/library/*",
	"\nallow \\Adocker-image://docker\\x2eio/library/" NAME_PART ANY_TAG DIGEST "\\z\n",
	"docker-image://(?s:.+)"},
    {"image = a.example.org/x:1@sha256:*",
	"\nallow \\Adocker-image://a\\x2eexample\\x2eorg/x:1@sha256\\x3a[A-Za-z0-9:+._-]*\\z\n",
	NULL},
    {"image = sha256:0123456789ab", NULL, "0123456789ab"},
    {"frontend = *", "\nallow \\Adocker-image://(?s:.+)()\\z if image.recordtype=frontend\n", NULL},
    /* hosts within `registry` alone */
    {"image = *\nregistry = r.example.org",
	"\nallow \\Adocker-image://r\\x2eexample\\x2eorg/.+\\z\n", "docker-image://(?s:.+)"},
    {"image = q.example.org/x\nregistry = r.example.org", NULL, "allow \\Adocker-image://q"},
    {"image = r.example.org/x\nregistry = r.example.org",
	"\nallow \\Adocker-image://r\\x2eexample\\x2eorg/x", "docker-image://(?s:.+)"},
    {"image = r.example.org/x\nregistry = * !r.example.org", NULL,
	"allow \\Adocker-image://r\\x2eexample\\x2eorg/x"},
    {"image = **:1\nregistry = r.example.org",
	"\nallow \\Adocker-image://r\\x2eexample\\x2eorg/[A-Za-z0-9._/-]*:1" DIGEST "\\z\n", NULL},
    {"image = *\nregistry = * !docker.io", "\ndeny (?i)\\Adocker-image[^:]*://(?:(?:index", NULL},
    {"image = *\nregistry = * !q.example.org",
	"\ndeny (?i)\\Adocker-image[^:]*://q\\x2eexample\\x2eorg\\.?(?::0*(?:443|80)?)?/\n", NULL},
    {"image = *\nregistry = * !q.example.org:05000",
	"\ndeny (?i)\\Adocker-image[^:]*://q\\x2eexample\\x2eorg\\.?:0*5000/\n", NULL},
    /* addresses */
    {"build_remote = * !https://b.example.org:8080/**",
	"\ndeny (?i)\\Ahttps://(?:[^/]*@)?b\\x2eexample\\x2eorg\\.?:0*8080(?:/|\\z)\n", NULL},
    {"build_remote = *", "\nallow (?s)\\A(?:https?|git)://.+\n", NULL},
    {"build_remote = https://a.example.org/**",
	"\nallow \\Ahttps://a\\x2eexample\\x2eorg/[^\\s]*\\z\n", "(?:https?|git)://.+\n"},
    {"build_remote = https://a.example.org/**",
	"\nallow \\Agit://a\\x2eexample\\x2eorg/[^\\s]*\\z\n", "http://a"},
    {"build_remote = http://a.example.org/?",
	"\nallow \\Ahttp://a\\x2eexample\\x2eorg/[^/\\s]\\z\n", NULL},
    {"build_remote = ssh://a.example.org/x", "\nallow \\Agit://a\\x2eexample\\x2eorg/x\\z\n",
	"https://a"},
    {"build_remote = git://a.example.org/x", "\nallow \\Agit://a\\x2eexample\\x2eorg/x\\z\n",
	"https://a"},
    {"build_remote = * !https://b.example.org:443/x",
	"\ndeny "
	"(?i)\\Ahttps://(?:[^/]*@)?b\\x2eexample\\x2eorg\\.?(?::0*(?:443|80|22|9418)?)?/+x\n",
	NULL},
    {"build_remote = * !http://b.example.org.",
	"\ndeny "
	"(?i)\\Ahttp://(?:[^/]*@)?b\\x2eexample\\x2eorg\\.?(?::0*(?:443|80|22|9418)?)?(?:[^a-z0-9.-"
	"]|\\z)\n",
	NULL},
    {"build_remote = * !b.example.org/x",
	"\ndeny "
	"(?i)\\Ahttps?://(?:[^/]*@)?b\\x2eexample\\x2eorg\\.?(?::0*(?:443|80|22|9418)?)?/+x\n",
	NULL},
    {"build_remote = * !*://b.example.org:80/*",
	"\ndeny "
	"(?i)\\Ahttps?://(?:[^/]*@)?b\\x2eexample\\x2eorg\\.?(?::0*(?:443|80|22|9418)?)?/"
	"+[^\\s]*\n",
	NULL},
    {"build_remote = * !https://b.example.org/**",
	"\ndeny (?i)\\Agit://(?:[^/]*@)?b\\x2eexample\\x2eorg", NULL},
    {"build_remote = * !https://b/**", "\ndeny (?is)\\A(?:https?|git)://.*%(?:2[def]", NULL},
    {"build_remote = * !https://b/**", "\ndeny (?i)\\A(?:https?|git)://(?:[^/]*@)?(?:(?:0x", NULL},
    {"image = *\nregistry = * !q.example.org",
	"\ndeny (?i)\\Adocker-image[^:]*://\\[[0:]*:ffff:", NULL},
};

static void policies_are_written_as_rules(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *policy = policy_of(rows[i].lines);
		struct buf out, text;

		buf_init(&out, MOST);
		policy_write_sources(policy, &out);
		assert_false(out.failed);
		write_text(buf_span(&out), &text);
		if ((rows[i].has && !strstr(buf_text(&text), rows[i].has)) ||
		    (rows[i].lacks && strstr(buf_text(&text), rows[i].lacks))) {
			print_message("%s\n%s", rows[i].lines, buf_text(&text));
			wrong++;
		}
		buf_free(&text);
		buf_free(&out);
		policy_unref(policy);
	}
	assert_int_equal(wrong, 0);
}

static void all_is_granted_without_rules(void **state)
{
	struct policy *policy = policy_of("allow = @all\ngrant = all\n");
	struct buf out;

	(void)state;
	buf_init(&out, MOST);
	policy_write_sources(policy, &out);
	assert_int_equal(out.len, 0);
	assert_false(out.failed);
	policy_unref(policy);
}

/* What cannot be written in UTF-8, which protobuf wants: nothing is permitted by it, and a policy
 * that cannot deny it is none. */
static void other_bytes_are_not_written(void **state)
{
	static const struct {
		const char *lines;
		bool fails;
	} policies[] = {
	    {"build_remote = https://a/\xff", false},
	    {"build_remote = * !https://a/\xff", true},
	    {"image = *\nregistry = * !a\xff.example.org", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(policies); i++) {
		struct policy *policy = policy_of(policies[i].lines);
		struct buf out;

		buf_init(&out, MOST);
		policy_write_sources(policy, &out);
		assert_int_equal(out.failed, policies[i].fails);
		assert_true(out.failed || !memchr(out.at, 0xff, out.len));
		buf_free(&out);
		policy_unref(policy);
	}
}

/* ---- without memory ------------------------------------------------------------------------ */

/* |all| has the rules of |text|, in their order, and |text| all that deny. */
static void assert_no_more(struct span text, struct span all)
{
	while (all.len > 0) {
		struct span rest, want, line = span_cut(all, '\n', &all);

		want = span_cut(text, '\n', &rest);
		if (span_equal(line, want))
			text = rest;
		else
			assert_false(span_starts(line, SPAN("deny")));
		if (!all.at)
			break;
	}
	assert_int_equal(text.len, 0);
}

/* A policy without one of its rules that deny would permit what is not granted. */
static void without_memory_no_denial_is_left_out(void **state)
{
	struct policy *policy = policy_of("image = docker.io/library/* a.example.org/**:1\n"
					  "registry = * !q.example.org !docker.io\n"
					  "frontend = docker/dockerfile:1\n"
					  "build_remote = https://** !http*://b/** !c/d\n");
	struct buf out, all, text;
	unsigned long asked = 1;

	(void)state;
	buf_init(&out, MOST);
	policy_write_sources(policy, &out);
	write_text(buf_span(&out), &all);
	buf_free(&out);
	for (unsigned long at = 1; asked >= at; at++) {
		long before = memory_blocks();

		(void)memory_fail_at(at);
		policy_write_sources(policy, &out);
		asked = memory_fail_at(0);
		if (!out.failed) {
			write_text(buf_span(&out), &text);
			assert_no_more(buf_span(&text), buf_span(&all));
			buf_free(&text);
		}
		buf_free(&out);
		buf_init(&out, MOST);
		assert_int_equal(memory_blocks(), before);
	}
	assert_true(asked > 50);
	buf_free(&all);
	policy_unref(policy);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(policies_are_written_as_rules),
	    cmocka_unit_test(all_is_granted_without_rules),
	    cmocka_unit_test(other_bytes_are_not_written),
	    cmocka_unit_test(without_memory_no_denial_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
