/* SPDX-License-Identifier: Apache-2.0 */
/* Host paths: the `bind` grant, and the spellings of HostConfig.Binds. */
#include "base/glob.h"
#include "policy/bind.h"
#include "policy/podman.h"

#define PATH_MOST 4095 /* PATH_MAX without its NUL */

/* ---- paths ------------------------------------------------------------------------------- */

/* Swarm fills templates in when a task starts: what stands there is not what will be mounted. */
bool has_template(struct span text)
{
	return text.len > 0 && memmem(text.at, text.len, "{{", 2);
}

/* Absolute, without empty, `.` and `..` segments and templates; one slash at the end is fine. */
bool path_is_clean(struct span path)
{
	struct span rest = path;

	if (path.len == 0 || path.at[0] != '/' || has_template(path))
		return false;
	rest = span_from(path, 1);
	while (rest.at && rest.len > 0) {
		struct span segment = span_cut(rest, '/', &rest);

		if (segment.len == 0 || span_is(segment, ".") || span_is(segment, ".."))
			return false;
	}
	return true;
}

static size_t count_parts(struct span path)
{
	size_t count = 0;

	for (size_t i = 0; i < path.len; i++)
		count += path.at[i] == '/';
	return count;
}

static struct span without_slash(struct span path)
{
	if (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	return path;
}

/* Places that are the host itself: only a line that names them gives them. */
static const struct span sensitive_zones[] = {SPAN("/proc"), SPAN("/sys"), SPAN("/dev"),
    SPAN("/run"), SPAN("/var/run"), SPAN("/var/lib/docker"), SPAN("/var/lib/containerd"),
    SPAN("/var/lib/containers"), SPAN("/boot")};

static const struct span sensitive_sockets[] = {SPAN("docker.sock"), SPAN("containerd.sock"),
    SPAN("podman.sock"), SPAN("buildkitd.sock"), SPAN("crio.sock"), SPAN("docker.raw.sock")};

static struct span last_segment(struct span path)
{
	size_t start = path.len;

	while (start > 0 && path.at[start - 1] != '/')
		start--;
	return span_from(path, start);
}

/* Paths from the root on whose first names begin with different bytes have no place in common. The
 * root itself has none. */
static bool may_meet(struct span path, struct span zone)
{
	return path.len < 2 || path.at[1] == zone.at[1];
}

struct span bind_sensitive(struct span path)
{
	struct span last = last_segment(path);

	for (size_t i = 0; i < sizeof(sensitive_zones) / sizeof(*sensitive_zones); i++) {
		struct span zone = sensitive_zones[i];

		if (!may_meet(path, zone))
			continue;
		if (path_lies_in(path, zone))
			return zone;
		if (path_lies_in(zone, path))
			return path;
	}
	for (size_t i = 0; i < sizeof(sensitive_sockets) / sizeof(*sensitive_sockets); i++) {
		if (span_equal(last, sensitive_sockets[i]))
			return path;
	}
	return (struct span){NULL, 0};
}

/* Where daemons put them. */
static const struct span socket_directories[] = {SPAN("/run/containerd"), SPAN("/run/podman"),
    SPAN("/run/crio"), SPAN("/run/buildkit"), SPAN("/var/run/containerd"), SPAN("/var/run/podman"),
    SPAN("/var/run/crio"), SPAN("/var/run/buildkit")};

/* "/run/user/1000": of a rootless daemon. */
static bool is_user_directory(struct span path)
{
	struct span rest = path;

	return (span_cut_prefix(&rest, SPAN("/run/user/")) ||
		   span_cut_prefix(&rest, SPAN("/var/run/user/"))) &&
	       rest.len > 0 && !memchr(rest.at, '/', rest.len);
}

bool bind_holds_socket(struct span path)
{
	path = without_slash(path);
	for (size_t i = 0; i < sizeof(sensitive_sockets) / sizeof(*sensitive_sockets); i++) {
		if (span_equal(last_segment(path), sensitive_sockets[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(socket_directories) / sizeof(*socket_directories); i++) {
		if (path_lies_in(socket_directories[i], path))
			return true;
	}
	return is_user_directory(path);
}

/* ---- the grant --------------------------------------------------------------------------- */

static const struct {
	const char *word;
	unsigned bits;
} propagations[] = {
    {"private", 0},
    {"rprivate", 0},
    {"shared", PROPAGATION_SHARED},
    {"rshared", PROPAGATION_RSHARED},
    {"slave", PROPAGATION_SLAVE},
    {"rslave", PROPAGATION_RSLAVE},
};

bool propagation_from(struct span word, unsigned *ret_bits)
{
	for (size_t i = 0; i < sizeof(propagations) / sizeof(*propagations); i++) {
		if (span_equal(word, span_of(propagations[i].word))) {
			*ret_bits = propagations[i].bits;
			return true;
		}
	}
	return false;
}

static int bind_option(struct grant_row *row, struct span word, struct error *err)
{
	unsigned bits;

	if (span_is(word, "rw"))
		row->bind.rw = true;
	else if (span_is(word, "create"))
		row->bind.create = true;
	else if (span_is(word, "relabel"))
		row->bind.relabel = true;
	else if (propagation_from(word, &bits))
		row->bind.propagation |= bits;
	else if (!span_is(word, "ro"))
		return error_set(err,
		    "\"%.*s\" is no option of a bind; there are ro rw create relabel "
		    "shared rshared slave rslave (one path a line; a path with "
		    "blanks goes in quotes)",
		    (int)word.len, word.at);
	return 0;
}

/* The directory that all paths matched by |pattern| lie in. */
static struct span literal_directory(struct span pattern)
{
	size_t len = 0;

	while (len < pattern.len && pattern.at[len] != '*' && pattern.at[len] != '?')
		len++;
	if (len == pattern.len)
		return pattern;
	while (len > 1 && pattern.at[len - 1] != '/')
		len--;
	return without_slash((struct span){pattern.at, len});
}

/* A glob of what lies below the matches of the row. */
static int keep_below(struct policy *policy, struct grant_row *row, struct error *err)
{
	struct span pattern = row->pattern;
	char *copy = arena_alloc(&policy->arena, pattern.len + sizeof("/**"));

	if (!copy)
		return error_set(err, "out of memory");
	memcpy(copy, pattern.at, pattern.len);
	memcpy(copy + pattern.len, "/**", sizeof("/**"));
	row->bind.below = (struct span){copy, pattern.len + sizeof("/**") - 1};
	return 0;
}

/* "/srv/ci:ro" and "/srv/ci,rw" are how others write it. */
static int check_spelling(struct span path, struct span options, struct error *err)
{
	struct span rest, word = path;
	size_t len = 0;
	bool rw = false, ro = false;

	while (len < path.len && path.at[len] != ':' && path.at[len] != ',')
		len++;
	if (len < path.len) {
		struct span behind = {path.at + len + 1, path.len - len - 1};
		bool plain = span_is(behind, "ro") || span_is(behind, "rw");

		return error_set(err,
		    "\"%.*s\": one host path a line, and options behind a blank: "
		    "write bind = %.*s %s",
		    (int)path.len, path.at, (int)len, path.at,
		    plain && span_is(behind, "rw") ? "rw" : "ro");
	}
	for (rest = options; (word = span_next_word(&rest)).len > 0;) {
		rw |= span_is(word, "rw");
		ro |= span_is(word, "ro");
	}
	return rw && ro ? error_set(err, "ro and rw: keep one of the two") : 0;
}

int bind_row_parse(
    struct policy *policy, struct grant_row *row, struct span options, struct error *err)
{
	struct span word;

	row->bind = (struct bind_row){0};
	if (check_spelling(row->text, options, err) < 0)
		return -1;
	if (!path_is_clean(row->text))
		return error_set(err,
		    "\"%.*s\" is not an absolute path without \"..\", \".\" and \"//\"",
		    (int)row->text.len, row->text.at);
	while ((word = span_next_word(&options)).len > 0) {
		if (bind_option(row, word, err) < 0)
			return -1;
	}
	row->pattern = without_slash(row->text);
	row->bind.literal = literal_directory(row->pattern);
	row->bind.whole = span_is(row->pattern, "/") || span_is(row->pattern, "/*") ||
			  span_is(row->pattern, "/**");
	return span_is_glob(row->pattern) ? keep_below(policy, row, err) : 0;
}

/* ---- asking ------------------------------------------------------------------------------ */

/* Whether the pattern matches |path| or a directory above it. */
static bool covers_path(const struct grant_row *row, struct span path)
{
	if (!row->bind.below.at)
		return path_lies_in(path, row->pattern);
	return glob_match(row->pattern, path) || glob_match(row->bind.below, path);
}

/* Sensitive places want a line that names them, or one for the whole host. */
static bool covers_zone(const struct grant_row *row, struct span path, struct span zone)
{
	return !zone.at || row->bind.whole || span_equal(row->pattern, path) ||
	       path_lies_in(row->bind.literal, zone);
}

static bool covers_options(const struct bind_row *row, const struct bind_need *need)
{
	return (row->rw || !need->rw) && (row->create || !need->create) &&
	       (row->relabel || !need->relabel) && !(need->propagation & ~row->propagation);
}

static void write_needs(struct text *text, const struct bind_need *need)
{
	text_add(text, need->rw ? SPAN(" rw") : SPAN(" ro"));
	if (need->create)
		text_add(text, SPAN(" create"));
	if (need->relabel)
		text_add(text, SPAN(" relabel"));
	for (size_t i = 0; i < sizeof(propagations) / sizeof(*propagations); i++) {
		if (need->propagation & propagations[i].bits)
			text_add_format(text, " %s", propagations[i].word);
	}
}

static void refuse_bind(struct judge *judge, const struct place *place,
    const struct bind_need *need, const struct grant_row *near)
{
	char fix[sizeof(judge->decision->fix)], options[64], shown[100];
	struct text fix_text = text_in(fix, sizeof(fix));
	struct text options_text = text_in(options, sizeof(options));
	struct text shown_text = text_in(shown, sizeof(shown));
	const char *quote = policy_wants_quotes(need->path) ? "\"" : "";

	write_needs(&options_text, need);
	text_add_shown(&shown_text, need->path, 80);
	/* a ":" or "," in a line is taken for docker's way of writing options */
	if (fits_a_line(need->path) && says_itself(need->path) && !span_has(need->path, ',') &&
	    !span_has(need->path, ':'))
		text_add_format(&fix_text, "bind = %s%.*s%s%s", quote, (int)need->path.len,
		    need->path.at, quote, options);
	struct fault fault = bind_fault(place, need->path);

	fault.fix = fix;
	fault.need = &(struct need){.value = need->path, .options = text_span(&options_text)};
	if (near) {
		fault.rule = near->source;
		judge_refuse(judge, &fault, "the host path \"%s\" is granted, but not with \"%s\"",
		    shown, options + 1);
	} else if (bind_sensitive(need->path).at) {
		judge_refuse(judge, &fault,
		    "the host path \"%s\" is sensitive; only a \"bind\" line for exactly this "
		    "path permits it",
		    shown);
	} else {
		judge_refuse(judge, &fault, "the host path \"%s\" (%s) needs the grant \"bind\"",
		    shown, options + 1);
	}
}

static void refuse_unclean(struct judge *judge, const struct place *place, struct span path)
{
	struct fault fault = bind_fault(place, path);

	fault.reason = REASON_AMBIGUOUS;
	judge_refuse(judge, &fault,
	    "the host path is spelled with \"..\", \".\", \"//\" or \"{{\", which the "
	    "daemon may read in another way; write it plainly");
}

struct bind_ask {
	const struct bind_need *need;
	struct span zone;
	const struct grant_row *near; /* the last row that covers the path, but not the options */
};

static bool covers_bind(const void *asked, const struct grant_row *row)
{
	struct bind_ask *ask = *(struct bind_ask *const *)asked;
	const struct bind_need *need = ask->need;

	if (!covers_path(row, need->path) || !covers_zone(row, need->path, ask->zone))
		return false;
	if (covers_options(&row->bind, need))
		return true;
	if (!ask->near || ask->near->order < row->order)
		ask->near = row;
	return false;
}

/* Cuts the last segment off. False at "/". */
static bool directory_up(struct span *directory)
{
	size_t len = directory->len;

	if (len <= 1)
		return false;
	while (len > 1 && directory->at[len - 1] != '/')
		len--;
	directory->len = len > 1 ? len - 1 : 1;
	return true;
}

const struct grant_row *bind_find(
    const struct policy *policy, const struct bind_need *need, const struct grant_row **ret_near)
{
	struct bind_ask ask = {.need = need, .zone = bind_sensitive(need->path)}, *asked = &ask;
	const struct grant_row *row = NULL;
	struct span directory = need->path;

	/* a pattern that matches a directory covers all below it */
	do {
		const struct grant_row *other =
		    rows_find(policy, GRANT_BIND_ID, need->path, directory, covers_bind, &asked);

		if (!row || (other && other->order < row->order))
			row = other;
	} while (policy->grants[GRANT_BIND_ID].has_globs && directory_up(&directory));
	*ret_near = ask.near;
	return row;
}

bool bind_any(const struct policy *policy, const struct bind_need *need, bind_row_fn *is_so,
    const void *context)
{
	struct bind_ask ask = {.need = need, .zone = bind_sensitive(need->path)}, *asked = &ask;
	const struct grant_row *row = policy->grants[GRANT_BIND_ID].first;

	while (row && !(covers_bind(&asked, row) && is_so(row, context)))
		row = row->next;
	return row != NULL;
}

struct named {
	struct span path, zone;
};

static bool names_zone(const struct grant_row *row, const void *context)
{
	const struct named *named = context;

	return covers_zone(row, named->path, named->zone);
}

/* Whether the path is or holds the socket of our daemon, wherever that is, and no row names it. */
static bool holds_upstream(const struct judge *judge, const struct bind_need *need)
{
	struct span socket = judge->request->upstream;
	const struct named named = {need->path, socket};

	return !judge->request->own && path_lies_in(socket, need->path) &&
	       !bind_any(judge->policy, need, names_zone, &named);
}

static void refuse_upstream(
    struct judge *judge, const struct place *place, const struct bind_need *need)
{
	struct fault fault = bind_fault(place, need->path);

	judge_refuse(judge, &fault,
	    "holds the socket of the Docker daemon, and needs a \"bind\" that names it");
}

/* ---- where a path leads (resolve_binds) -------------------------------------------------- */

static void refuse_unresolved(
    struct judge *judge, const struct place *place, struct span path, const char *why)
{
	struct fault fault = bind_fault(place, path);
	char shown[100];
	struct text text = text_in(shown, sizeof(shown));

	text_add_shown(&text, path, 80);
	judge_refuse(judge, &fault, "cannot tell where the host path \"%s\" leads: %s", shown, why);
}

static void refuse_astray(
    struct judge *judge, const struct place *place, const struct bind_need *need, struct span real)
{
	char from[100], to[140];
	struct text from_text = text_in(from, sizeof(from)), to_text = text_in(to, sizeof(to));
	struct fault fault = bind_fault(place, need->path);

	char options[64];
	struct text options_text = text_in(options, sizeof(options));

	write_needs(&options_text, need);
	text_add_shown(&from_text, need->path, 80);
	text_add_shown(&to_text, real, 120);
	judge_refuse(judge, &fault,
	    "the host path \"%s\" leads to \"%s\", which no \"bind\" line permits with \"%s\"",
	    from, to, options + 1);
}

/* Whether the daemon makes the directory of |need|, which is missing. */
static bool is_made(struct judge *judge, const struct place *place, const struct bind_need *need)
{
	return need->makes || (need->podman_makes && daemon_of(judge, place) == DAEMON_OTHER);
}

/* |need| is granted as it is written, by |row|. */
static void judge_resolved(struct judge *judge, const struct place *place,
    const struct bind_need *need, const struct grant_row *row)
{
	if (!policy_resolves_binds(judge->policy) || !judge->request->resolve) {
		judge_note(judge, place, need->path, "granted", &row->source);
		if (policy_resolves_binds(judge->policy))
			bind_judge_host(judge, place, need);
		return;
	}
	const struct grant_row *near;
	struct bind_need real = *need;
	struct error err;
	char room[PATH_MOST + 1];
	bool exists = true;

	if (!judge_takes(judge, POLICY_RESOLVED, place))
		return;
	if (judge->request->resolve(need->path, room, sizeof(room), &exists, &err) < 0) {
		refuse_unresolved(judge, place, need->path, err.text);
		return;
	}
	real.path = span_of(room);
	row = bind_find(judge->policy, &real, &near);
	if (!row || !path_is_clean(real.path)) {
		refuse_astray(judge, place, need, real.path);
		return;
	}
	real.create |= !exists && is_made(judge, place, need);
	row = bind_find(judge->policy, &real, &near);
	if (!row) {
		refuse_bind(judge, place, &real, near);
		return;
	}
	judge_note(judge, place, real.path, "granted", &row->source);
	if (holds_upstream(judge, &real))
		refuse_upstream(judge, place, &real);
	else
		own_judge_bind(judge, place, &real, row);
	if (!judge_done(judge))
		bind_judge_host(judge, place, &real);
}

void bind_judge(struct judge *judge, const struct place *place, const struct bind_need *need)
{
	struct bind_need clean = *need;
	const struct grant_row *row, *near;

	if (grant_is_free(judge->policy, GRANT_BIND_ID)) {
		judge_note(judge, place, need->path, "harmless", NULL);
		return;
	}
	if (!judge_takes(judge, POLICY_PATHS, place))
		return;
	if (need->path.len > PATH_MOST ||
	    count_parts(need->path) > policy_limit_info(POLICY_PARTS)->most) {
		judge_bad(judge, REASON_BODY, place, need->path, "is too long for a path");
		return;
	}
	if (!path_is_clean(need->path)) {
		refuse_unclean(judge, place, need->path);
		return;
	}
	clean.path = without_slash(need->path);
	row = bind_find(judge->policy, &clean, &near);
	if (!row) {
		refuse_bind(judge, place, &clean, near);
		return;
	}
	if (holds_upstream(judge, &clean)) {
		refuse_upstream(judge, place, &clean);
		return;
	}
	own_judge_bind(judge, place, &clean, row);
	if (!judge_done(judge))
		judge_resolved(judge, place, &clean, row);
}
