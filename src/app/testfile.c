/* SPDX-License-Identifier: Apache-2.0 */
#include "app/testfile.h"

#define STATUS_DENY 403
#define STATUS_LEAST 301 /* moved: what the daemon's router cleans */
#define STATUS_MOST 599

static const struct {
	const char *key;
	enum test_line_kind kind;
} settings[] = {
    {"config", TEST_CONFIG},
    {"policy", TEST_POLICY},
    {"state", TEST_STATE},
    {"header", TEST_HEADER},
};

/* The bytes of a JSON object or list at the start of |text|; all of it when it has no end. */
static size_t json_bytes(struct span text)
{
	bool quoted = false;
	size_t depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && --depth == 0)
			return i + 1;
	}
	return text.len;
}

/* Takes the body, if there is one, off the front of |*rest|. */
static struct span take_body(struct span *rest)
{
	struct span text = span_trim(*rest), body;

	if (text.len == 0 ||
	    (span_starts(text, SPAN("--")) && (text.len == 2 || text.at[2] == ' ')))
		return (struct span){NULL, 0};
	if (text.at[0] != '{' && text.at[0] != '[')
		return span_next_word(rest);
	body = (struct span){text.at, json_bytes(text)};
	*rest = span_from(text, body.len);
	return body;
}

/* What is behind " -- ". */
static int take_mention(struct span rest, struct test_line *line, struct error *err)
{
	struct span mark = span_next_word(&rest);

	if (mark.len == 0)
		return 0;
	if (!span_is(mark, "--"))
		return error_set(err,
		    "\"%.*s\" behind the request; what a denial must mention "
		    "stands behind \"-- \"",
		    (int)mark.len, mark.at);
	line->text = span_trim(rest);
	if (line->text.len == 0)
		return error_set(err, "nothing behind \"--\"");
	if (line->status == TEST_ALLOW)
		return error_set(err, "a permitted request mentions nothing; remove \"--\"");
	return 0;
}

static int verdict_parse(struct span word, unsigned *ret_status, struct error *err)
{
	uint64_t status;

	if (span_is(word, "allow"))
		status = TEST_ALLOW;
	else if (span_is(word, "deny"))
		status = STATUS_DENY;
	else if (!span_to_uint(word, STATUS_MOST, &status) || status < STATUS_LEAST)
		return error_set(err,
		    "\"%.*s\" is no verdict; begin with allow, deny or a status "
		    "such as 400, or with config =, policy =, state =, header =",
		    (int)word.len, word.at);
	*ret_status = (unsigned)status;
	return 0;
}

static int expect_parse(struct span text, struct test_line *line, struct error *err)
{
	line->kind = TEST_EXPECT;
	line->verdict = span_next_word(&text);
	if (verdict_parse(line->verdict, &line->status, err))
		return -1;
	line->method = span_next_word(&text);
	line->target = span_next_word(&text);
	if (line->method.len == 0 || line->target.len == 0)
		return error_set(err, "no request; write METHOD /path behind the verdict");
	line->body = take_body(&text);
	return take_mention(text, line, err);
}

static bool setting_parse(struct span text, struct test_line *line)
{
	struct span value;
	struct span key = span_trim(span_cut(text, '=', &value));

	for (size_t i = 0; value.at && i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!span_equal(key, span_of(settings[i].key)))
			continue;
		line->kind = settings[i].kind;
		line->text = span_trim(value);
		return true;
	}
	return false;
}

int test_line_parse(struct span line, struct test_line *ret_line, struct error *err)
{
	struct test_line parsed = {.kind = TEST_EMPTY};
	struct span text = span_trim(line);

	if (text.len > 0 && text.at[0] != '#' && !setting_parse(text, &parsed) &&
	    expect_parse(text, &parsed, err))
		return -1;
	if (parsed.kind != TEST_EMPTY && parsed.kind != TEST_EXPECT && parsed.text.len == 0)
		return error_set(err, "the setting has no value");
	*ret_line = parsed;
	return 0;
}
