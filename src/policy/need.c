/* SPDX-License-Identifier: Apache-2.0 */
/* What a request needs of a policy: for each grant that does not cover a value yet, the value as a
 * line of a policy holds it. The policy of `audit_level = learn` grants nothing, so that each need
 * is told here, and here alone. */
#include "policy/need.h"

#include "base/utf8.h"
#include "json/json.h"

#define CUT_WORD 200u /* bytes of one word of a command line that are told as they are */

/* ---- values as patterns ------------------------------------------------------------------------
 */

/* Whether a line can hold the byte at |at| for itself. A wildcard would stand for more, a quote
 * ends a word, and "!" at the start takes back. */
static bool is_plain(struct span value, size_t at)
{
	char c = value.at[at];

	return c != '"' && c != '*' && c != 0x7f && (unsigned char)c >= ' ' &&
	       !(at == 0 && c == '!') && !begins_comment(value, at);
}

/* Adds |value| so that, as a pattern, it matches itself and as little else as a line can say: `?`
 * stands for each byte that no line can hold. Returns how many bytes of it are told. */
static size_t add_pattern(struct text *text, struct span value, size_t most)
{
	size_t at = 0;

	while (at < value.len && at < most && text->len + NEED_TAIL < text->size) {
		size_t len = utf8_length(span_from(value, at));
		bool plain = len > 1 || (len == 1 && is_plain(value, at));

		text_add(text, plain ? (struct span){value.at + at, len} : SPAN("?"));
		at += plain ? len : 1;
	}
	return at;
}

static void add_value(struct text *text, struct span value)
{
	if (value.len == 0)
		text_add(text, SPAN("*"));
	else if (add_pattern(text, value, NEED_VALUE_MOST) < value.len)
		text_add(text, SPAN("**"));
}

/* What stands before a colon of a network is never matched by a wildcard. */
static void add_network(struct text *text, struct span value)
{
	struct span rest, word = span_cut(value, ':', &rest);

	for (size_t i = 0; rest.at && i < word.len; i++) {
		if (!is_plain(word, i))
			return;
	}
	add_value(text, value);
}

/* What can be no reference of an image has no line; no daemon takes it either. */
static void add_image(struct text *text, struct span value)
{
	struct span tag, rest = {NULL, 0}, name = span_cut(value, '@', &tag);

	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !strchr("._-/:@", c))
			return;
	}
	while (span_has(name, '/'))
		(void)span_cut(name, '/', &name);
	(void)span_cut(name, ':', &rest);
	if (!rest.at || !span_has(rest, ':'))
		add_value(text, value);
}

/* ---- words that can be a secret ----------------------------------------------------------------
 */

/* Names of what is one, in lower case. Arguments of commands have no row that says so. */
static const struct span secret_names[] = {SPAN("password"), SPAN("passwd"), SPAN("passphrase"),
    SPAN("secret"), SPAN("token"), SPAN("apikey"), SPAN("api-key"), SPAN("api_key"),
    SPAN("credential"), SPAN("access-key"), SPAN("access_key"), SPAN("private-key"),
    SPAN("private_key"), SPAN("authorization"), SPAN("pgpass"), SPAN("_pwd"), SPAN("-pwd"),
    SPAN("-pass "), SPAN("pass="), SPAN("pwd="), SPAN("bearer")};

/* Options of well-known programs whose argument is one, with a login or without. */
static const struct {
	const char *program; /* its name, or the beginning of several */
	const char *option;
	bool next; /* the argument can be the next word */
} secret_options[] = {
    {"mysql", "-p", false},
    {"mariadb", "-p", false},
    {"sshpass", "-p", true},
    {"mongo", "-p", true},
    {"redis-cli", "-a", true},
    {"valkey-cli", "-a", true},
    {"curl", "-u", true},
    {"curl", "--user", true},
    {"wget", "--user", true},
    {"ldap", "-w", true},
    {"smbclient", "-U", true},
};

#define OPTIONS_COUNT (sizeof(secret_options) / sizeof(*secret_options))

static bool has_part(struct span text, const char *part)
{
	return text.len > 0 && memmem(text.at, text.len, part, strlen(part)) != NULL;
}

/* The rows of programs that |word| names, one bit each. */
static unsigned programs_of(struct span word)
{
	unsigned programs = 0;

	for (size_t i = 0; i < OPTIONS_COUNT; i++)
		programs |= (unsigned)has_part(word, secret_options[i].program) << i;
	return programs;
}

/* Where the argument of such an option begins in |text|, a word or a line for a shell; else the
 * end. */
static size_t option_argument(struct span text, unsigned programs, bool *ret_next)
{
	for (size_t at = 0; at < text.len; at++) {
		if (at > 0 && text.at[at - 1] != ' ')
			continue;
		for (size_t i = 0; i < OPTIONS_COUNT; i++) {
			struct span rest = span_from(text, at);
			size_t len = strlen(secret_options[i].option);

			if (!(programs >> i & 1) ||
			    !span_cut_prefix(&rest, span_of(secret_options[i].option)))
				continue;
			if (rest.len == 0)
				*ret_next = secret_options[i].next;
			return at + len;
		}
	}
	return text.len;
}

/* Where the name of a secret that |text| holds ends, 0 when it holds none. */
static size_t secret_name_end(struct span text)
{
	for (size_t at = 0; at < text.len; at++) {
		for (size_t i = 0; i < sizeof(secret_names) / sizeof(*secret_names); i++) {
			size_t len = secret_names[i].len;

			if (at + len <= text.len &&
			    span_equal_nocase((struct span){text.at + at, len}, secret_names[i]))
				return at + len;
		}
	}
	return 0;
}

/* Where what may be a user's name and password before the '@' of an address begins, else the end.
 */
static size_t login_begin(struct span text)
{
	const char *scheme = text.len > 3 ? memmem(text.at, text.len, "://", 3) : NULL;

	if (!scheme || !memchr(scheme, '@', text.len - (size_t)(scheme - text.at)))
		return text.len;
	return (size_t)(scheme - text.at) + 3;
}

/* How much of a word is told: up to the first thing that can be a secret. */
static size_t open_part(struct span word, unsigned programs, bool *ret_next_is_secret)
{
	size_t end = secret_name_end(word), login = login_begin(word), argument;

	*ret_next_is_secret = end > 0 && end == word.len;
	argument = option_argument(word, programs, ret_next_is_secret);
	if (argument < login)
		login = argument;
	if (end == 0 || end == word.len)
		end = word.len;
	else
		end++; /* the '=' or ':' */
	return end < login ? end : login;
}

/* Adds one word. One whose name says that the next is a secret sets |*secret|, which hides that.
 * False when |text| is full. */
static bool add_word(struct text *text, struct span word, unsigned programs, bool *secret)
{
	char room[CUT_WORD + 64];
	struct text shown = text_in(room, sizeof(room));
	bool hidden = *secret;
	size_t open = open_part(word, programs, secret);

	if (hidden)
		text_add(&shown, SPAN("**"));
	else if (add_pattern(&shown, (struct span){word.at, open}, CUT_WORD) < word.len)
		text_add(&shown, SPAN("**"));
	struct span told = text_span(&shown);
	/* `**` alone stands for any more words, where it is the last one */
	if (span_is(told, "**"))
		told = SPAN("*");
	bool quoted = policy_wants_quotes(told);

	if (text->len + told.len + NEED_TAIL > text->size)
		return false;
	text_add_format(text, "%s%s", text->len ? " " : "", quoted ? "\"" : "");
	text_add(text, told);
	text_add(text, quoted ? SPAN("\"") : SPAN(""));
	return true;
}

/* ---- telling -----------------------------------------------------------------------------------
 */

void need_add_word(struct text *text, struct span word)
{
	const char *quote = policy_wants_quotes(word) ? "\"" : "";

	text_add(text, span_of(quote));
	(void)add_pattern(text, word, NEED_VALUE_MOST);
	text_add(text, span_of(quote));
}

static void write_bind(struct text *text, struct span path, struct span options)
{
	if (path.len > NEED_VALUE_MOST)
		return;
	need_add_word(text, path);
	text_add(text, options);
}

static void write_words(struct text *text, const cJSON *words)
{
	const cJSON *word = cJSON_IsString(words) ? words : words->child;
	bool secret = false;
	unsigned programs = 0;

	if (!word)
		text_add(text, SPAN("\"\""));
	while (word) {
		struct span plain = span_of(json_string(word));

		programs |= programs_of(plain);
		if (!add_word(text, plain, programs, &secret))
			break;
		word = cJSON_IsString(words) ? NULL : word->next;
	}
	if (word)
		text_add(text, text->len > 0 ? SPAN(" **") : SPAN("**"));
}

void need_write(struct text *text, enum grant grant, const struct need *need)
{
	switch (grant_info(grant)->kind) {
	case GRANT_FLAG:
		text_add(text, SPAN("yes"));
		return;
	case GRANT_ARGV:
		if (need && need->words)
			write_words(text, need->words);
		return;
	case GRANT_BIND:
		if (need)
			write_bind(text, need->value, need->options);
		return;
	case GRANT_DEVICES:
		if (need && need->written)
			text_add(text, need->value.len > 0 ? need->value : SPAN("*"));
		else if (need)
			need_add_word(text, need->value);
		return;
	case GRANT_PUBLISH: /* a `*` is no wildcard there */
		if (need)
			text_add_shown(text, need->value, NEED_VALUE_MOST);
		return;
	case GRANT_GLOB:
	case GRANT_TEXT:
	case GRANT_PAIR:
	case GRANT_CAP:
	case GRANT_SECURITY:
		if (need)
			add_value(text, need->value);
		return;
	case GRANT_IMAGE:
		if (need)
			add_image(text, need->value);
		return;
	case GRANT_NETWORK:
		if (need)
			add_network(text, need->value);
	}
}
