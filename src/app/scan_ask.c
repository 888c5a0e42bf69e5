/* SPDX-License-Identifier: Apache-2.0 */
#include "app/scan_ask.h"

#include <stdio.h>

#include "json/json.h"

#define ANSWER_MOST (64u << 20)
#define PATH_MOST 512
#define PROGRESS_LEAST 20 /* containers, below which no one waits */

enum { STATUS_FINE = 200, STATUS_FORBIDDEN = 403, STATUS_MISSING = 404 };

static const struct json_limits limits = {
    .max_bytes = ANSWER_MOST, .max_depth = 128, .max_members = 4000000};

/* One question: what it is about, and the operation that a policy must permit. */
struct question {
	const char *what, *rule;
};

static const struct question about_daemon = {"the daemon's settings", "allow = system.info"};
static const struct question about_list = {"containers", "allow = container.list"};
static const struct question about_container = {"containers", "allow = container.inspect"};
static const struct question about_exec = {"processes started by exec", "allow = exec.inspect"};
static const struct question about_image = {"images", "allow = image.inspect"};
static const struct question about_history = {"the history of images", "allow = image.history"};
static const struct question about_volumes = {"volumes", "allow = volume.list"};
static const struct question about_networks = {"networks", "allow = network.list"};
static const struct question about_services = {"services", "allow = service.list"};

/* What became of the last question. */
enum outcome {
	GOT,    /* the answer is there */
	GONE,   /* there is no such object */
	MISSED, /* it is noted */
	BROKEN, /* nothing more can be asked */
};

/* ---- one answer --------------------------------------------------------------------------------
 */

static bool is_noted(const struct scan *scan, const struct question *question)
{
	for (const struct scan_missed *m = scan->missed; m; m = m->next) {
		if (strcmp(m->what, question->what) == 0 && strcmp(m->rule, question->rule) == 0)
			return true;
	}
	return false;
}

/* Once for all objects of a kind. */
static enum outcome miss(
    struct scan *scan, const struct question *question, const char *why, unsigned status)
{
	const char *rule = status == STATUS_FORBIDDEN ? question->rule : "";
	struct question noted = {question->what, rule};

	if (!is_noted(scan, &noted))
		scan_miss(scan, question->what, why, rule);
	return MISSED;
}

/* The daemon's or the policy's own words. */
static void read_refusal(struct span body, unsigned status, struct error *why)
{
	struct arena arena;

	arena_init(&arena, 0);
	const cJSON *tree = json_parse(body, &limits, &arena, NULL);
	const char *message = json_string(json_field(tree, "message"));

	if (*message)
		(void)error_set(why, "HTTP %u: %s", status, message);
	else
		(void)error_set(why, "HTTP %u", status);
	arena_free(&arena);
}

static enum outcome read_answer(const struct scan_asking *asking, const struct question *question,
    unsigned status, struct span body, const cJSON **ret_json)
{
	struct error why;

	if (status == STATUS_MISSING && question != &about_daemon)
		return GONE;
	if (status != STATUS_FINE) {
		read_refusal(body, status, &why);
		return miss(asking->scan, question, why.text, status);
	}
	*ret_json = json_parse(body, &limits, &asking->scan->arena, &why);
	if (*ret_json)
		return GOT;
	(void)error_prefix(&why, "an answer that is no JSON: ");
	return miss(asking->scan, question, why.text, status);
}

static enum outcome get(const struct scan_asking *asking, const struct question *question,
    const char *path, const cJSON **ret_json, struct error *err)
{
	struct buf body;

	buf_init(&body, ANSWER_MOST);
	int status = requester_get(asking->client, path, asking->timeout, &body, err);
	enum outcome outcome = BROKEN;

	if (status == REQUESTER_SPEAKS_TLS)
		(void)error_set(err, "speaks TLS; give --ca, and --cert and --key of a client");
	if (status > 0)
		outcome =
		    read_answer(asking, question, (unsigned)status, buf_span(&body), ret_json);
	buf_free(&body);
	return outcome;
}

/* An id or a name that is one segment of a path. */
static bool is_plain(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			strchr("._-:", c)))
			return false;
	}
	return name.len > 0 && name.len <= 255 && name.at[0] != '.';
}

/* Asks for one object and adds it. */
static enum outcome get_one(const struct scan_asking *asking, const struct question *question,
    enum scan_kind kind, const char *format, struct span id, const char *name, struct error *err)
{
	char path[PATH_MOST];
	const cJSON *json = NULL;
	struct buf text;

	if (!is_plain(id))
		return miss(asking->scan, question, "an id that is none", STATUS_FINE);
	buf_init(&text, sizeof(path));
	buf_add_text(&text, format);
	buf_add(&text, id);
	buf_add_text(&text, kind == SCAN_HISTORY ? "/history" : "/json");
	enum outcome outcome = get(asking, question, buf_text(&text), &json, err);

	buf_free(&text);
	if (outcome == GOT && !scan_add(asking->scan, kind, json, name))
		return miss(
		    asking->scan, question, "an answer that is about no such object", STATUS_FINE);
	return outcome;
}

/* ---- containers --------------------------------------------------------------------------------
 */

static void progress(const struct scan_asking *asking, unsigned done, unsigned all)
{
	if (!asking->progress || all < PROGRESS_LEAST)
		return;
	if (done < all)
		fprintf(stderr, "\rsockwarden: container %u of %u", done + 1, all);
	else
		fprintf(stderr, "\r\033[K");
}

static int ask_containers(const struct scan_asking *asking, struct error *err)
{
	const cJSON *list = NULL, *one;
	unsigned done = 0;
	enum outcome outcome = get(asking, &about_list,
	    asking->running ? "/containers/json" : "/containers/json?all=1", &list, err);

	if (outcome == GONE)
		(void)miss(asking->scan, &about_list, "HTTP 404", STATUS_MISSING);
	if (outcome == GOT && !cJSON_IsArray(list))
		(void)miss(asking->scan, &about_list, "an answer that is no list", STATUS_FINE);
	if (outcome != GOT || !cJSON_IsArray(list))
		return outcome == BROKEN ? -1 : 0;
	unsigned all = (unsigned)cJSON_GetArraySize(list);

	cJSON_ArrayForEach (one, list) {
		progress(asking, done++, all);
		outcome = get_one(asking, &about_container, SCAN_CONTAINER, "/containers/",
		    json_text(one, "Id"), NULL, err);
		if (outcome == BROKEN)
			break;
		asking->scan->vanished += outcome == GONE;
	}
	progress(asking, all, all);
	return outcome == BROKEN ? -1 : 0;
}

static int ask_execs(
    const struct scan_asking *asking, const struct scan_object *container, struct error *err)
{
	const cJSON *id;

	cJSON_ArrayForEach (id, json_field(container->json, "ExecIDs")) {
		if (get_one(asking, &about_exec, SCAN_EXEC, "/exec/", span_of(json_string(id)),
			NULL, err) == BROKEN)
			return -1;
	}
	return 0;
}

/* ---- images ------------------------------------------------------------------------------------
 */

/* One that was removed has left nothing to look at. */
static int ask_image(
    const struct scan_asking *asking, const struct scan_object *container, struct error *err)
{
	struct span id = json_text(container->json, "Image");

	if (id.len == 0 || scan_has_image(asking->scan, id))
		return 0;
	enum outcome outcome = get_one(asking, &about_image, SCAN_IMAGE, "/images/", id, NULL, err);

	if (outcome == GOT)
		outcome = get_one(
		    asking, &about_history, SCAN_HISTORY, "/images/", id, container->image, err);
	return outcome == BROKEN ? -1 : 0;
}

static int ask_around(const struct scan_asking *asking, struct error *err)
{
	const struct scan_object *container = asking->scan->objects[SCAN_CONTAINER];

	for (; container; container = container->next) {
		if (ask_image(asking, container, err) < 0 || ask_execs(asking, container, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- lists -------------------------------------------------------------------------------------
 */

static int ask_list(const struct scan_asking *asking, const struct question *question,
    enum scan_kind kind, const char *path, struct error *err)
{
	const cJSON *list = NULL, *one;
	enum outcome outcome = get(asking, question, path, &list, err);

	if (outcome == GONE)
		(void)miss(asking->scan, question, "HTTP 404", STATUS_MISSING);
	if (outcome != GOT)
		return outcome == BROKEN ? -1 : 0;
	if (kind == SCAN_VOLUME)
		list = json_field(list, "Volumes");
	if (!cJSON_IsArray(list) && !cJSON_IsNull(list))
		(void)miss(asking->scan, question, "an answer that is no list", STATUS_FINE);
	cJSON_ArrayForEach (one, list) {
		if (!scan_add(asking->scan, kind, one, NULL))
			(void)miss(asking->scan, question, "an answer that is about no such object",
			    STATUS_FINE);
	}
	return 0;
}

static int ask_daemon(const struct scan_asking *asking, struct error *err)
{
	const cJSON *info = NULL;
	enum outcome outcome = get(asking, &about_daemon, "/info", &info, err);

	if (outcome == GOT && !scan_add(asking->scan, SCAN_DAEMON, info, NULL))
		(void)miss(asking->scan, &about_daemon, "an answer that is no Docker daemon's",
		    STATUS_FINE);
	return outcome == BROKEN ? -1 : 0;
}

/* A manager alone has a list of services. Where nobody knows, it is asked. */
static bool has_services(const struct scan *scan)
{
	const struct scan_object *daemon = scan->objects[SCAN_DAEMON];
	const cJSON *swarm = daemon ? json_field(daemon->json, "Swarm") : NULL;

	return cJSON_IsTrue(json_field(swarm, "ControlAvailable"));
}

int scan_ask(const struct scan_asking *asking, struct error *err)
{
	if (ask_daemon(asking, err) < 0 || ask_containers(asking, err) < 0 ||
	    ask_around(asking, err) < 0 ||
	    ask_list(asking, &about_volumes, SCAN_VOLUME, "/volumes", err) < 0 ||
	    ask_list(asking, &about_networks, SCAN_NETWORK, "/networks", err) < 0)
		return -1;
	if (has_services(asking->scan) &&
	    ask_list(asking, &about_services, SCAN_SERVICE, "/services", err) < 0)
		return -1;
	return asking->scan->failed ? error_set(err, "out of memory") : 0;
}
