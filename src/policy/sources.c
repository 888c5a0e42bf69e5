/* SPDX-License-Identifier: Apache-2.0 */
/* The source policy of a build. The last rule that matches a source decides; the first one here
 * denies whatever no grant names. Expressions are Go's (RE2), and match the whole identifier, which
 * daemons before 29.7 hold against them as the client wrote it. */
#include "base/glob.h"
#include "base/protobuf.h"
#include "base/utf8.h"
#include "policy/judge.h"

#include <ctype.h>

enum { ACTION_ALLOW, ACTION_DENY };
enum { MATCH_REGEX = 2 };
enum condition { CONDITION_EQUAL, CONDITION_NOTEQUAL };

#define PATTERN_MOST 8192u /* bytes of one expression */
#define TAG "[A-Za-z0-9_.-]*"
#define TAG_ANY "(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?"
#define DIGEST_ANY "(?:@[a-z0-9+._-]+:[0-9a-f]{32,128})?"

struct constraint {
	const char *key, *value;
	enum condition condition;
};

/* Adds a rule. */
static void add_rule(
    struct buf *out, unsigned action, struct span regex, const struct constraint *by)
{
	struct buf constraint, selector, rule;

	buf_init(&constraint, PATTERN_MOST);
	buf_init(&selector, PATTERN_MOST);
	buf_init(&rule, PATTERN_MOST);
	protobuf_add_bytes(&selector, 1, regex);
	protobuf_add_uint(&selector, 2, MATCH_REGEX);
	if (by) {
		protobuf_add_bytes(&constraint, 1, span_of(by->key));
		protobuf_add_bytes(&constraint, 2, span_of(by->value));
		if (by->condition != CONDITION_EQUAL)
			protobuf_add_uint(&constraint, 3, by->condition);
		protobuf_add_bytes(&selector, 3, buf_span(&constraint));
	}
	if (action != ACTION_ALLOW)
		protobuf_add_uint(&rule, 1, action);
	protobuf_add_bytes(&rule, 2, buf_span(&selector));
	protobuf_add_bytes(out, 2, buf_span(&rule));
	out->failed |= constraint.failed || selector.failed || rule.failed;
	buf_free(&constraint);
	buf_free(&selector);
	buf_free(&rule);
}

static void add_text_rule(
    struct buf *out, unsigned action, const char *regex, const struct constraint *by)
{
	add_rule(out, action, span_of(regex), by);
}

/* ---- patterns as expressions -------------------------------------------------------------------
 */

/* What the wildcards of a glob stand for. */
struct alphabet {
	const char *one; /* a class of characters: of `*` and `?` */
	const char *any; /* the same with the slash: of `**` */
};

static void add_byte(struct buf *regex, char c)
{
	if (c == '/' || c == '-' || c == '_' || isalnum((unsigned char)c) || (unsigned char)c > 127)
		buf_add_char(regex, c);
	else
		buf_add_format(regex, "\\x%02x", (unsigned char)c);
}

/* Adds |glob|. The wildcards before the first slash stand for |first|, the others for |next|. */
static void add_glob(
    struct buf *regex, struct span glob, struct alphabet first, struct alphabet next)
{
	struct alphabet now = first;

	for (size_t i = 0; i < glob.len; i++) {
		char c = glob.at[i];
		bool two = c == '*' && i + 1 < glob.len && glob.at[i + 1] == '*';

		if (c == '/')
			now = next;
		if (two)
			buf_add_format(regex, "%s*", now.any);
		else if (c == '*')
			buf_add_format(regex, "%s*", now.one);
		else if (c == '?')
			buf_add_text(regex, now.one);
		else
			add_byte(regex, c);
		i += two;
	}
}

static const struct alphabet host_part = {"[A-Za-z0-9._:-]", "[A-Za-z0-9._:/-]"};
static const struct alphabet name_part = {"[A-Za-z0-9._-]", "[A-Za-z0-9._/-]"};
static const struct alphabet tag_part = {"[A-Za-z0-9_.-]", "[A-Za-z0-9_.-]"};
static const struct alphabet digest_part = {"[A-Za-z0-9:+._-]", "[A-Za-z0-9:+._-]"};

static bool is_utf8(struct span text)
{
	for (size_t i = 0, len; i < text.len; i += len) {
		len = utf8_length(span_from(text, i));
		if (len == 0)
			return false;
	}
	return true;
}

/* ---- images ------------------------------------------------------------------------------------
 */

struct sources {
	const struct policy *policy;
	struct buf *out;
	const struct constraint *by; /* of the rules that are added */
	const char *end;             /* keeps apart what is there with a constraint and without */
};

static void add_version(struct buf *regex, const struct image_row *row)
{
	if (row->tag.at) {
		buf_add_char(regex, ':');
		add_glob(regex, row->tag, tag_part, tag_part);
	} else {
		buf_add_text(regex, TAG_ANY);
	}
	if (row->digest.at) {
		buf_add_char(regex, '@');
		add_glob(regex, row->digest, digest_part, digest_part);
	} else {
		buf_add_text(regex, DIGEST_ANY);
	}
}

/* An image of |host|, a glob, with what |row| has behind its host; any where |row| is NULL. */
static void add_image(struct sources *sources, struct span host, const struct grant_row *row)
{
	struct buf regex;

	buf_init(&regex, PATTERN_MOST);
	buf_add_text(&regex, "\\Adocker-image://");
	if (!row || row->image.kind == IMAGE_ROW_ANY) {
		add_glob(&regex, host, host_part, host_part);
		buf_add_text(&regex, host.at ? "/.+" : "(?s:.+)");
	} else {
		struct span rest, name = row->image.name, own = span_cut(name, '/', &rest);

		(void)own;
		if (host.at) { /* "**" alone is any name there */
			add_glob(&regex, host, host_part, host_part);
			buf_add_char(&regex, '/');
			add_glob(&regex, rest.at ? rest : SPAN("**"), name_part, name_part);
		} else {
			add_glob(&regex, name, host_part, name_part);
		}
		add_version(&regex, &row->image);
	}
	buf_add_text(&regex, sources->end);
	buf_add_text(&regex, "\\z");
	if (regex.failed) /* a rule that is left out permits nothing */
		buf_clear(&regex);
	else
		add_rule(sources->out, ACTION_ALLOW, buf_span(&regex), sources->by);
	buf_free(&regex);
}

static bool registry_covers(const struct policy *policy, struct span host)
{
	const struct grant_row *row = grant_find(policy, GRANT_REGISTRY_ID, host);

	return negate_judge(policy, GRANT_REGISTRY_ID, row, host, NULL) != NULL;
}

/* Where `registry` has lines, an image's host must be one of theirs. */
static void add_bounded(struct sources *sources, const struct grant_row *row)
{
	bool any = row->image.kind == IMAGE_ROW_ANY;
	struct span rest, host = span_cut(row->image.name, '/', &rest);
	const struct grant_row *registry = sources->policy->grants[GRANT_REGISTRY_ID].first;

	if (!any && !span_is_glob(host)) {
		if (registry_covers(sources->policy, host))
			add_image(sources, (struct span){NULL, 0}, row);
		return;
	}
	for (; registry; registry = registry->next) {
		bool glob = span_is_glob(registry->text);
		bool meets = any || span_is(host, "*") || span_is(host, "**") ||
			     (!glob && glob_match(host, registry->text));

		if (meets && (any || rest.at || span_is(host, "**")) &&
		    (glob || registry_covers(sources->policy, registry->text)))
			add_image(sources, registry->text, any ? NULL : row);
	}
}

static void add_images(struct sources *sources, enum grant grant)
{
	bool bounded = twin_is_narrowed(sources->policy, GRANT_REGISTRY_ID);
	const struct grant_row *row = sources->policy->grants[grant].first;

	for (; row && !sources->out->failed; row = row->next) {
		if (row->image.kind != IMAGE_ROW_ANY && row->image.kind != IMAGE_ROW_NAME)
			continue; /* builds name no images by their ids */
		if (bounded)
			add_bounded(sources, row);
		else
			add_image(sources, (struct span){NULL, 0}, row);
	}
}

#define MAPPED "\\[[0:]*:ffff:[^\\]/]*\\]"
#define HUB "(?:(?:index\\.|registry-1\\.|registry\\.hub\\.)?docker\\.(?:io|com))"

/* Takes ":DIGITS" off the end of |host|. Returns the number without zeros in front, if any. */
static struct span cut_port(struct span *host)
{
	size_t len = host->len;

	while (len > 0 && isdigit((unsigned char)host->at[len - 1]))
		len--;
	if (len == host->len || len == 0 || host->at[len - 1] != ':')
		return (struct span){NULL, 0};

	struct span port = span_from(*host, len);

	host->len = len - 1;
	while (port.len > 0 && *port.at == '0')
		port = span_from(port, 1);
	return port;
}

/* The end of a host: with a dot, and with |port| or, without one, with none or one of |usual|. */
static void add_port(struct buf *regex, struct span port, const char *usual)
{
	buf_add_text(regex, "\\.?");
	if (port.len > 0 && !span_is(port, "443") && !span_is(port, "80")) {
		buf_add_text(regex, ":0*");
		buf_add(regex, port);
		return;
	}
	buf_add_text(regex, "(?::0*(?:");
	buf_add_text(regex, usual);
	buf_add_text(regex, ")?)?");
}

/* Hosts that `registry` takes back, in any case and with the port that https has. */
static void add_registries_denied(struct sources *sources)
{
	const struct grant_row *row = sources->policy->grants[GRANT_REGISTRY_ID].negated;

	for (; row; row = row->next) {
		struct buf regex;

		buf_init(&regex, PATTERN_MOST);
		buf_add_text(&regex, "(?i)\\Adocker-image[^:]*://");
		struct span host = row->text, port = cut_port(&host);

		if (span_is(row->text, "docker.io"))
			buf_add_text(&regex, HUB);
		else
			add_glob(&regex, host, host_part, host_part);
		add_port(&regex, port, "443|80");
		buf_add_text(&regex, "/");
		sources->out->failed |= regex.failed || !is_utf8(row->text);
		add_rule(sources->out, ACTION_DENY, buf_span(&regex), NULL);
		buf_free(&regex);
	}
	if (sources->policy->grants[GRANT_REGISTRY_ID].negated) /* IPv4 in IPv6 */
		add_text_rule(
		    sources->out, ACTION_DENY, "(?i)\\Adocker-image[^:]*://" MAPPED, NULL);
}

/* ---- addresses ---------------------------------------------------------------------------------
 */

static const struct alphabet address_host = {"[^/\\s?#@\\\\]", "[^\\s]"};
static const struct alphabet address_part = {"[^/\\s]", "[^\\s]"};

/* Wildcards of negated patterns stand for slashes as well. */
static const struct alphabet address_denied = {"[^\\s]", "[^\\s]"};

static bool cut_end(struct span *text, struct span end)
{
	if (text->len < end.len || memcmp(text->at + text->len - end.len, end.at, end.len) != 0)
		return false;
	text->len -= end.len;
	return true;
}

/* What leads to the same host: with a user, a port, and the dot at its end. */
static void add_address_denied(struct buf *regex, struct span rest)
{
	struct span path, host = span_cut(rest, '/', &path), port = cut_port(&host);

	(void)cut_end(&host, SPAN("."));
	buf_add_text(regex, "(?:[^/]*@)?");
	add_glob(regex, host, address_denied, address_denied);
	add_port(regex, port, "443|80|22|9418");
	if (path.len == 0) { /* all of the host, at every port */
		buf_add_text(regex, "(?:[^a-z0-9.-]|\\z)");
		return;
	}
	if (span_is(path, "**")) { /* no path is the root */
		buf_add_text(regex, "(?:/|\\z)");
		return;
	}
	buf_add_text(regex, "/+");
	add_glob(regex, path, address_denied, address_denied);
}

/* BuildKit names repositories git://HOST/PATH, whatever their scheme was. */
static void add_address(
    struct sources *sources, unsigned action, struct span scheme, struct span rest)
{
	struct buf regex;

	buf_init(&regex, PATTERN_MOST);
	buf_add_text(&regex, action == ACTION_DENY ? "(?i)\\A" : "\\A");
	buf_add(&regex, scheme);
	if (action == ACTION_DENY)
		add_address_denied(&regex, rest);
	else
		add_glob(&regex, rest, address_host, address_part);
	buf_add_text(&regex, action == ACTION_DENY ? "" : "\\z");
	if (regex.failed)
		sources->out->failed |= action == ACTION_DENY;
	else
		add_rule(sources->out, action, buf_span(&regex), NULL);
	buf_free(&regex);
}

static void add_remote(struct sources *sources, unsigned action, struct span text)
{
	struct span rest = text;
	const char *mark = text.len ? memmem(text.at, text.len, "://", 3) : NULL;

	if (!is_utf8(text)) {
		sources->out->failed |= action == ACTION_DENY;
		return;
	}
	if (span_cut_prefix(&rest, SPAN("https://")))
		add_address(sources, action, SPAN("https://"), rest);
	else if (span_cut_prefix(&rest, SPAN("http://")))
		add_address(sources, action, SPAN("http://"), rest);
	else if (!span_cut_prefix(&rest, SPAN("git://")) &&
		 !span_cut_prefix(&rest, SPAN("ssh://")) && action == ACTION_DENY && mark) {
		/* a scheme with wildcards */
		rest = span_from(text, (size_t)(mark - text.at) + 3);
		add_address(sources, action, SPAN("https?://"), rest);
	}
	add_address(sources, action, SPAN("git://"), rest);
	if (action == ACTION_DENY && rest.len == text.len)
		add_address(sources, action, SPAN("https?://"), rest);
}

/* git reads addresses as inet_aton() does: 10.1, 0xa000001, 012.0.0.1. A "!" is about the usual
 * spelling alone, so none of these passes one, and no IPv4 in IPv6. */
#define ODD_NUMBER "(?:0x[0-9a-f]*|[0-9]+)"
#define ODD_ADDRESSES                                                                              \
	"(?i)\\A(?:https?|git)://(?:[^/]*@)?(?:" ODD_NUMBER "(?:\\." ODD_NUMBER                    \
	"){0,2}|(?:" ODD_NUMBER "\\.){0,3}0[x0-9][0-9a-f]*(?:\\." ODD_NUMBER "){0,3}|" MAPPED      \
	")\\.?(?::[^/]*)?(?:[/?#]|\\z)"

static void add_remotes(struct sources *sources)
{
	const struct grant_state *state = &sources->policy->grants[GRANT_BUILD_REMOTE_ID];
	const struct grant_row *row;

	for (row = state->first; row && !sources->out->failed; row = row->next) {
		if (span_is(row->text, "*") || span_is(row->text, "**"))
			add_text_rule(
			    sources->out, ACTION_ALLOW, "(?s)\\A(?:https?|git)://.+", NULL);
		else
			add_remote(sources, ACTION_ALLOW, row->text);
	}
	for (row = state->negated; row && !sources->out->failed; row = row->next)
		add_remote(sources, ACTION_DENY, row->text);
	if (state->negated)
		add_text_rule(sources->out, ACTION_DENY, ODD_ADDRESSES, NULL);
	if (state->negated) /* letters that are escaped for no need: another spelling of a path */
		add_text_rule(sources->out, ACTION_DENY,
		    "(?is)\\A(?:https?|git)://"
		    ".*%(?:2[def]|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])",
		    NULL);
	if (twin_is_narrowed(sources->policy, GRANT_BUILD_REMOTE_ID))
		add_text_rule(sources->out, ACTION_DENY,
		    "(?s)\\A(?:https?|git)://(?:[^/]*[?\\\\\\s%].*|.*[\\\\\\s].*|.*/\\.{1,2}(?:[/"
		    ":?#]."
		    "*|\\z)|.*%(?:2[eEfF]|5[cC]).*)\\z",
		    NULL);
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

/* What the client itself hands over, by its session. */
static void add_own(struct buf *out)
{
	add_text_rule(out, ACTION_ALLOW, "(?s)\\Alocal://.+", NULL);
	add_text_rule(out, ACTION_ALLOW, "(?s)\\Aoci-layout://.+", NULL);
	add_text_rule(out, ACTION_ALLOW, "\\Ahttp://buildkit-session/[A-Za-z0-9]+\\z", NULL);
}

/* An image that the gateway runs has a type of its own. It is looked up without, so that a build
 * may read it as well. */
static void add_frontends(struct sources *sources)
{
	static const struct constraint run = {"image.recordtype", "frontend", CONDITION_EQUAL};

	add_text_rule(sources->out, ACTION_DENY, "(?s)\\Adocker-image://.+", &run);
	sources->by = &run;
	sources->end = "()";
	add_images(sources, GRANT_FRONTEND_ID);
	sources->by = NULL;
	sources->end = "";
	add_images(sources, GRANT_FRONTEND_ID);
}

static void add_untidy(struct sources *sources)
{
	static const struct constraint bundle = {"git.bundle", "", CONDITION_NOTEQUAL};

	if (policy_narrows_images(sources->policy))
		add_text_rule(sources->out, ACTION_DENY,
		    "(?s)\\Adocker-image[^:]*://(?:.*[%?#\\\\\\s].*|.*//.*|.*/\\.{1,2}(?:[/"
		    ":@].*|\\z)|"
		    "[^/]*@[^/]*/.*)\\z",
		    NULL);
	add_text_rule(sources->out, ACTION_DENY, "(?s)\\Agit://.+", &bundle);
}

void policy_write_sources(const struct policy *policy, struct buf *out)
{
	struct sources sources = {policy, out, NULL, ""};

	if (policy_grants_all(policy))
		return;
	protobuf_add_uint(out, 1, 1);
	add_text_rule(out, ACTION_DENY, "(?s)^", NULL);
	add_own(out);
	add_images(&sources, GRANT_IMAGE_ID);
	add_remotes(&sources);
	add_frontends(&sources);
	add_registries_denied(&sources);
	add_untidy(&sources);
}
