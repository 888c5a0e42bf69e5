/* SPDX-License-Identifier: Apache-2.0 */
/* The Dockerfile of a classic build: the images that it is based on and copies from, the addresses
 * that the daemon fetches. It is read as the daemon reads it, of any version; what versions read
 * differently is refused. */
#include <ctype.h>

#include "policy/dockerfile.h"

#define LINE_MOST 65535u /* bytes; the daemon's own limit */
#define STAGES_MOST 512u /* of one file */
#define ARGS_MOST 512u   /* before the first FROM */
#define WORD_MOST 1024u  /* bytes of a word with variables in it */
#define INDEX_DIGITS 9u  /* of a stage's number: more are no number to the daemon */

struct named {
	struct span name, value;
	bool known, secret;
	struct named *next;
};

struct dockerfile {
	struct judge *judge;
	const struct place *file;
	struct arena *arena;
	const cJSON *given; /* `buildargs` */
	struct place place; /* of the instruction at hand */
	struct named *stages, *args;
	unsigned stage_count, arg_count;
	struct span stage; /* the name of the stage at hand, by which none can refer to it yet */
	bool begun;        /* a FROM was there */
	bool unclear;      /* an ARG before it cannot be read */
	bool over;
};

static const struct span none = {NULL, 0};

static void refuse(struct dockerfile *file, struct span value, const char *text)
{
	struct fault fault = {.reason = REASON_AMBIGUOUS, .place = &file->place, .value = value};

	judge_refuse(file->judge, &fault, "%s", text);
}

static void end_for(struct dockerfile *file, const char *text)
{
	refuse(file, none, text);
	file->over = true;
}

static bool add(struct dockerfile *file, struct named **list, const struct named *named)
{
	struct named *copy = arena_alloc(file->arena, sizeof(*copy));

	if (!copy) {
		end_for(file, "cannot be judged for want of memory");
		return false;
	}
	*copy = *named;
	copy->next = *list;
	*list = copy;
	return true;
}

static const struct named *find(const struct named *list, struct span name, bool any_case)
{
	while (list &&
	       !(any_case ? span_equal_nocase(list->name, name) : span_equal(list->name, name)))
		list = list->next;
	return list;
}

static bool has_any(struct span text, const char *marks)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] && strchr(marks, text.at[i]))
			return true;
	}
	return false;
}

/* ---- variables ----------------------------------------------------------------------------- */

static bool is_name(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!isalnum((unsigned char)text.at[i]) && text.at[i] != '_')
			return false;
	}
	return text.len > 0 && !isdigit((unsigned char)text.at[0]) && span_is_ascii(text);
}

/* Takes "NAME", "{NAME}" or "{NAME:-word}" off the front of |*rest|, behind a dollar sign. */
static bool take_variable(struct span *rest, struct span *ret_name, struct span *ret_word)
{
	struct span inner = *rest, after;
	size_t len = 0;

	*ret_word = SPAN("");
	if (rest->len > 0 && rest->at[0] == '{') {
		inner = span_cut(span_from(*rest, 1), '}', &after);
		if (!after.at)
			return false;
		*rest = after;
		*ret_name = span_cut(inner, ':', ret_word);
		if (ret_word->at && !span_cut_prefix(ret_word, SPAN("-")))
			return false;
		return is_name(*ret_name) && !has_any(*ret_word, "${}\"'\\");
	}
	while (len < rest->len && (isalnum((unsigned char)rest->at[len]) || rest->at[len] == '_'))
		len++;
	*ret_name = (struct span){rest->at, len};
	*rest = span_from(*rest, len);
	return is_name(*ret_name);
}

static bool add_variable(
    struct dockerfile *file, struct span name, struct span word, struct text *out)
{
	const struct named *arg = find(file->args, name, false);

	/* without an ARG some are the daemon's own: HTTP_PROXY, of others TARGETARCH */
	if (!arg || !arg->known || file->unclear)
		return false;
	file->place.secret |= arg->secret;
	text_add(out, arg->value.len > 0 ? arg->value : word);
	return true;
}

/* Writes |word| with the values of its variables to |out|. False where they cannot be told. */
static bool expand(struct dockerfile *file, struct span word, struct text *out)
{
	if (has_any(word, "\"'\\") || !span_is_ascii(word))
		return false;
	while (word.at) {
		struct span name, instead;
		bool last = !span_has(word, '$');

		text_add(out, span_cut(word, '$', &word));
		if (last)
			break;
		if (!take_variable(&word, &name, &instead) ||
		    !add_variable(file, name, instead, out))
			return false;
	}
	return out->len + 1 < out->size;
}

/* The value as an ARG writes it, without quotes around it. */
static void read_default(struct dockerfile *file, struct span text, struct named *arg)
{
	char room[WORD_MOST];
	struct text out = text_in(room, sizeof(room));
	char quote = text.len > 1 ? text.at[0] : 0;
	bool quoted = (quote == '"' || quote == '\'') && text.at[text.len - 1] == quote;
	bool secret = file->place.secret;

	if (quoted)
		text = (struct span){text.at + 1, text.len - 2};
	if (quoted && quote == '\'' && span_has(text, '$'))
		return;
	file->place.secret = false;
	if (expand(file, text, &out)) {
		arg->value.at = arena_copy(file->arena, text_span(&out));
		arg->value.len = out.len;
		arg->known = arg->value.at != NULL;
		arg->secret = file->place.secret;
	}
	file->place.secret = secret;
}

/* What the client gives counts, whatever the file says. */
static void read_arg(struct dockerfile *file, struct span rest)
{
	struct span value, word = docker_next_word(&rest), name = span_cut(word, '=', &value);
	struct named arg = {.name = name, .known = !value.at};

	if (docker_next_word(&rest).len > 0 || !is_name(name) || file->arg_count++ >= ARGS_MOST) {
		file->unclear = true;
		return;
	}
	char *key = arena_copy(file->arena, name);
	const cJSON *given = key ? cJSON_GetObjectItemCaseSensitive(file->given, key) : NULL;

	if (cJSON_IsString(given))
		arg = (struct named){name, span_of(json_string(given)), true, true, NULL};
	else if (value.at)
		read_default(file, value, &arg);
	arg.name = span_of(key);
	(void)add(file, &file->args, &arg);
}

/* ---- images -------------------------------------------------------------------------------- */

static void judge_image(struct dockerfile *file, struct span name)
{
	image_judge(file->judge, GRANT_IMAGE_ID, &file->place, name, none, IMAGE_LOCAL);
	registry_judge_remote(file->judge, &file->place, name);
}

static bool is_stage_number(struct span text)
{
	uint64_t number;

	return text.len <= INDEX_DIGITS && span_to_uint(text, UINT32_MAX, &number);
}

/* A trigger runs in another build, whose stages are not known. */
static void judge_copied(struct dockerfile *file, struct span name, bool trigger)
{
	if (has_any(name, "$"))
		refuse(file, name, "copies from an image by a variable; write the name");
	else if (name.len > 0 && !is_stage_number(name) &&
		 (trigger || !find(file->stages, name, true)))
		judge_image(file, name);
}

static void judge_base(struct dockerfile *file, struct span word)
{
	char room[WORD_MOST];
	struct text out = text_in(room, sizeof(room));

	if (!expand(file, word, &out)) {
		refuse(file, word,
		    "is based on an image whose name cannot be told; write the name, or variables "
		    "of ARG lines before the first FROM with plain values");
		return;
	}
	if (out.len == 0)
		refuse(file, word, "is based on an image without a name");
	else if (!span_is(text_span(&out), "scratch") && !find(file->stages, text_span(&out), true))
		judge_image(file, text_span(&out));
}

/* From here on the stage before can be referred to. */
static void end_stage(struct dockerfile *file)
{
	const struct named stage = {.name = file->stage};

	if (file->stage.len > 0)
		(void)add(file, &file->stages, &stage);
	file->stage = none;
}

static void begin_stage(struct dockerfile *file, struct span name)
{
	file->begun = true;
	if (file->stage_count++ >= STAGES_MOST)
		end_for(file, "is one FROM too many");
	if (name.len == 0)
		return;
	file->stage.at = arena_copy(file->arena, name);
	file->stage.len = file->stage.at ? name.len : 0;
	if (!file->stage.at)
		end_for(file, "cannot be judged for want of memory");
}

static void judge_from(struct dockerfile *file, struct span rest)
{
	struct span image = docker_next_word(&rest), as = docker_next_word(&rest),
		    name = docker_next_word(&rest), more = docker_next_word(&rest);
	bool named = as.len > 0;

	end_stage(file);
	if (image.len == 0 || more.len > 0 ||
	    (named &&
		(!span_equal_nocase(as, SPAN("AS")) || name.len == 0 || !span_is_ascii(name))))
		end_for(file, "cannot be read; write FROM IMAGE, or FROM IMAGE AS NAME");
	else
		judge_base(file, image);
	begin_stage(file, named ? name : none);
}

/* ---- addresses ----------------------------------------------------------------------------- */

/* Whether |text| is an address, or may become one where it is only the beginning of a word. */
static bool is_address(struct span text, bool whole)
{
	static const char *const schemes[] = {"http://", "https://", "git://", "git@", "ssh://"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		struct span scheme = span_of(schemes[i]);
		size_t len = text.len < scheme.len ? text.len : scheme.len;

		if (span_equal_nocase((struct span){text.at, len}, (struct span){scheme.at, len}) &&
		    (!whole || len == scheme.len))
			return true;
	}
	return false;
}

static void judge_source(struct dockerfile *file, struct span word)
{
	struct place place = file->place;
	size_t plain = 0;

	while (plain < word.len && !strchr("$\"'\\", word.at[plain]))
		plain++;
	struct span front = {word.at, plain};

	bool whole = plain == word.len;

	if (!is_address(front, whole))
		return;
	place.secret |= has_any(word, "@?");
	if (whole)
		path_judge(file->judge, GRANT_BUILD_REMOTE_ID, &place, word);
	else
		refuse(file, word,
		    "adds what may be an address, by its variables or quotes; use COPY, write the "
		    "name without them, or grant build_remote = *");
}

static void judge_list(struct dockerfile *file, const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		if (item->next)
			judge_source(file, span_of(json_string(item)));
	}
}

/* Of ADD: all words but the last. */
static void judge_sources(struct dockerfile *file, struct span rest, const struct json_limits *json)
{
	struct span word, next;
	struct error err;

	if (rest.len > 0 && rest.at[0] == '[') {
		const cJSON *list = json_parse(rest, json, file->arena, &err);

		if (cJSON_IsArray(list)) {
			judge_list(file, list);
			return;
		}
		if (has_any(rest, "\"\\"))
			refuse(file, rest, "has a list that is no JSON");
	}
	word = docker_next_word(&rest);
	while ((next = docker_next_word(&rest)).len > 0) {
		judge_source(file, word);
		word = next;
	}
}

/* ---- instructions -------------------------------------------------------------------------- */

/* Newer daemons take the lines behind for a file. A word can also come to this by what a variable
 * has instead of a value. */
static bool has_heredoc(struct span text)
{
	size_t marks = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] != '<')
			continue;
		marks++;
		size_t run = 1;

		while (i + run < text.len && text.at[i + run] == '<')
			run++;
		if (run == 2)
			return true;
		i += run - 1;
		marks += run - 1;
	}
	return marks > 1 && has_any(text, "$");
}

/* Takes the flags off the front of |*rest|, which has none of what daemons read in two ways. */
static bool take_flags(struct dockerfile *file, struct span *rest, bool copies, bool trigger)
{
	while (span_starts(*rest, SPAN("--"))) {
		struct span value, word = docker_next_word(rest),
				   name = span_cut(word, '=', &value);

		*rest = docker_trim(*rest);
		if (word.len == 2 || has_any(word, "\"'\\") || !span_is_ascii(word))
			return false;
		if (copies && span_is(name, "--from") && !value.at)
			return false;
		if (copies && span_is(name, "--from"))
			judge_copied(file, value, trigger);
	}
	return rest->len == 0 || (unsigned char)rest->at[0] < 0x80;
}

static bool is(struct span keyword, const char *words)
{
	struct span rest = span_of(words), word;

	while ((word = span_next_word(&rest)).len > 0) {
		if (span_equal_nocase(keyword, word))
			return true;
	}
	return false;
}

static void judge_instruction(
    struct dockerfile *file, struct span line, bool trigger, const struct json_limits *json)
{
	struct span rest = docker_trim(line), keyword = span_next_word(&rest);
	bool copies = is(keyword, "COPY ADD"), runs = is(keyword, "RUN");

	rest = docker_trim(rest);
	if (!span_is_ascii(keyword) || (trigger && is(keyword, "FROM ONBUILD"))) {
		end_for(file, "is no instruction that can be judged");
	} else if (is(keyword, "ONBUILD")) {
		judge_instruction(file, rest, true, json);
	} else if (is(keyword, "ARG") && !file->begun) {
		read_arg(file, rest);
	} else if (copies || runs || is(keyword, "FROM")) {
		if ((copies || runs) && has_heredoc(rest))
			end_for(file,
			    "has \"<<\", which daemons read in different ways; write it otherwise");
		else if (runs && span_starts(rest, SPAN("--")))
			end_for(file, "has a flag of RUN, which only BuildKit takes");
		else if (!take_flags(file, &rest, copies, trigger))
			end_for(file, "has a flag that cannot be read; write it as --NAME=VALUE");
		else if (is(keyword, "FROM"))
			judge_from(file, rest);
		else if (is(keyword, "ADD"))
			judge_sources(file, rest, json);
	}
}

/* ---- lines --------------------------------------------------------------------------------- */

static struct span trim_front(struct span line)
{
	size_t blank;

	while ((blank = docker_blank_length(line)) > 0)
		line = span_from(line, blank);
	return line;
}

/* "# escape=`" */
static bool sets_escape(struct span comment)
{
	struct span rest = trim_front(span_from(comment, 1)), word = SPAN("escape");

	if (rest.len < word.len || !span_equal_nocase((struct span){rest.at, word.len}, word))
		return false;
	rest = trim_front(span_from(rest, word.len));
	return rest.len > 0 && rest.at[0] == '=';
}

/* Bytes that readers of lines differ in. */
static bool has_control(struct span line)
{
	for (size_t i = 0; i < line.len; i++) {
		if ((unsigned char)line.at[i] < ' ' && line.at[i] != '\t')
			return true;
	}
	return false;
}

/* Cuts the continuation off |*line|. |*ret_odd|: versions differ in whether it is one. */
static bool cut_continuation(struct span *line, bool *ret_odd)
{
	struct span end = *line;

	while (end.len > 0 && (end.at[end.len - 1] == ' ' || end.at[end.len - 1] == '\t'))
		end.len--;
	if (end.len == 0 || end.at[end.len - 1] != '\\')
		return false;
	end.len--;
	*ret_odd = end.len > 0 && end.at[end.len - 1] == '\\';
	*line = end;
	return true;
}

struct lines {
	struct span text; /* .at NULL: no more */
	unsigned number;
	bool instructed; /* an instruction was there: no directive follows */
};

static struct span next_line(struct lines *lines)
{
	struct span line = span_cut(lines->text, '\n', &lines->text);

	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	lines->number++;
	return line;
}

/* Adds |line| to the instruction. True when it goes on. */
static bool add_line(
    struct dockerfile *file, struct lines *lines, struct span line, bool first, struct buf *out)
{
	struct span trimmed = trim_front(line);
	bool odd = false, comment = trimmed.len > 0 && trimmed.at[0] == '#';

	if (has_control(line) || line.len > LINE_MOST) {
		end_for(file, "has a control character, or is too long");
		return false;
	}
	if (comment && !lines->instructed && sets_escape(trimmed))
		end_for(file, "chooses the escape character; leave it the backslash");
	if (comment || trimmed.len == 0)
		return !first;
	struct span part = first ? trimmed : line;
	bool goes_on = cut_continuation(&part, &odd);

	if (odd)
		end_for(file, "ends with two backslashes, which daemons read in different ways");
	buf_add(out, part);
	return goes_on;
}

/* Reads one instruction into |out|; empty where there is none. */
static void read_instruction(struct dockerfile *file, struct lines *lines, struct buf *out)
{
	bool first = true, goes_on = true;

	buf_clear(out);
	while (goes_on && lines->text.at && !file->over) {
		struct span line = next_line(lines);

		if (first)
			file->place = place_index(file->file, lines->number);
		goes_on = add_line(file, lines, line, first, out);
		first = false;
	}
	lines->instructed |= out->len > 0;
}

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const cJSON *build_args(
    const struct policy_request *request, const struct policy_archive *archive, bool *ret_unclear)
{
	struct error err;

	const char *args = request->match.operation->archive->args;

	for (size_t i = 0; args && i < request->query_count; i++) {
		struct span value = request->query[i].value;

		if (!span_equal(request->query[i].name, span_of(args)) || value.len == 0)
			continue;
		const cJSON *json = json_parse(value, archive->limits, archive->arena, &err);

		*ret_unclear = !cJSON_IsObject(json) && !cJSON_IsNull(json);
		return json;
	}
	return NULL;
}

void dockerfile_judge(struct judge *judge, const struct place *place, struct span text,
    const struct policy_archive *archive)
{
	struct dockerfile file = {.judge = judge, .file = place, .arena = archive->arena};
	struct lines lines = {.text = text};
	struct buf out;

	buf_init(&out, text.len + 1);
	file.place = *place;
	file.given = build_args(judge->request, archive, &file.unclear);
	(void)span_cut_prefix(&lines.text, SPAN(BYTE_ORDER_MARK));
	while (lines.text.at && !file.over && !judge_done(judge) &&
	       judge->decision->remedy_count < POLICY_REMEDIES_MOST) {
		read_instruction(&file, &lines, &out);
		if (out.failed)
			end_for(&file, "cannot be judged for want of memory");
		else if (out.len > 0 && !file.over)
			judge_instruction(&file, buf_span(&out), false, archive->limits);
	}
	buf_free(&out);
}
