/* SPDX-License-Identifier: Apache-2.0 */
/* Any value that a client can send goes through the log, the learnt policy and its file, and is
 * permitted in the end: requests of random texts, each half of them made of what means something
 * to JSON, INI, patterns, paths and command lines. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "audit/line.h"
#include "config/config.h"
#include "learn/learn.h"
#include "policy_case.h"

#define RUNS 400
#define REQUESTS_MOST 6
#define BODY_MOST 8192
#define LINE_MOST 2048
#define STATE                                                                                      \
	"{\"container "                                                                            \
	"web\":{\"Id\":\"w\",\"Name\":\"/"                                                         \
	"web\",\"Image\":\"bb:1\",\"Config\":{\"Image\":\"bb:1\"},"                                \
	"\"HostConfig\":{\"NetworkMode\":\"none\"}},\"network "                                    \
	"shop\":{\"Id\":\"n\",\"Name\":\"shop\",\"Driver\":\"bridge\"}}"
#define OUT_MOST (16u << 20)

/* ---- random requests ---------------------------------------------------------------------------
 */

static uint64_t seed;

static unsigned below(unsigned count)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % count);
}

static const char *const pieces[] = {"\"", " ", ";", " ;", " ; ", "; ", "#", " #", " # ", "!", "*",
    "**", "?", "[", "]", "[a]", "\\", "\\\n", "/", "..", ":", "=", " = ", ",", "'", "|", "(", ")",
    "$", "%", "@", "@all", "yes", "no", "all", "\n", "\t", "\r", "\x7f", "\x01", "é", "日本",
    "\u2028", "\u202e", "😀", "a", "b", "7", "12345", "0f3c9a1b7e", "Z", "~", "-", "--", "_", ".",
    "[policy q]", "allow = @all", "password=", "--token", "mysql -pz", "://u:p@", "&", "+"};

/* A text, without what would end the JSON string that it is put into. */
static void add_random(struct buf *out)
{
	unsigned count = 1 + below(below(2) ? 3 : 8);
	struct buf text, json;

	buf_init(&text, 1024);
	buf_init(&json, 8192);
	while (count-- > 0) {
		if (below(2))
			buf_add_text(&text, pieces[below(COUNT(pieces))]);
		else
			buf_add_char(&text, (char)('a' + below(26)));
	}
	buf_add_json(&json, buf_span(&text), 0);
	assert_false(json.failed);
	buf_add(out, (struct span){json.at + 1, json.len - 2});
	buf_free(&text);
	buf_free(&json);
}

/* Members of a body; each @ is a text. */
static const char *const of_body[] = {"\"Image\":\"ci/@:1\"", "\"Image\":\"@\"", "\"Cmd\":[\"@\"]",
    "\"Cmd\":[\"sh\",\"-c\",\"@\"]", "\"Cmd\":[\"@\",\"@\",\"\",\"@\"]", "\"Cmd\":\"@\"",
    "\"Entrypoint\":[\"@\",\"@\"]", "\"Env\":[\"@\",\"A=@\"]", "\"Labels\":{\"@\":\"@\"}",
    "\"WorkingDir\":\"/@/@\"", "\"User\":\"@\"", "\"Hostname\":\"@\"", "\"Volumes\":{\"/@\":{}}",
    "\"Newer\":\"@\"", "\"Healthcheck\":{\"Test\":[\"CMD\",\"@\"]}",
    "\"NetworkingConfig\":{\"EndpointsConfig\":{\"@\":{\"Aliases\":[\"@\"],\"Links\":[\"@:@\"]}}}"};
static const char *const of_host[] = {"\"Binds\":[\"/srv/@:/x:ro\"]",
    "\"Binds\":[\"/srv/@:/x\",\"/srv/@:/y\",\"/srv/@:/z\"]", "\"Binds\":[\"/@/@:/x\"]",
    "\"Binds\":[\"@:/x\"]",
    "\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/@\",\"Target\":\"/x\"}]",
    "\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"@\",\"Target\":\"/x\","
    "\"VolumeOptions\":{\"DriverConfig\":{\"Name\":\"@\",\"Options\":{\"@\":\"@\"}}}}]",
    "\"NetworkMode\":\"@\"", "\"PidMode\":\"container:@\"", "\"CapAdd\":[\"@\"]",
    "\"SecurityOpt\":[\"@\"]", "\"SecurityOpt\":[\"seccomp=@\"]", "\"ExtraHosts\":[\"@:@\"]",
    "\"Links\":[\"@:@\"]",
    "\"Devices\":[{\"PathOnHost\":\"/dev/@\",\"PathInContainer\":\"/dev/x\","
    "\"CgroupPermissions\":\"rwm\"}]",
    "\"DeviceRequests\":[{\"Driver\":\"@\",\"Count\":1,\"Capabilities\":[[\"@\"]],"
    "\"Options\":{\"@\":\"@\"}}]",
    "\"LogConfig\":{\"Type\":\"@\",\"Config\":{\"@\":\"@\"}}", "\"Sysctls\":{\"@\":\"@\"}",
    "\"CgroupParent\":\"@\"", "\"Runtime\":\"@\"", "\"Dns\":[\"@\"]", "\"GroupAdd\":[\"@\"]",
    "\"UsernsMode\":\"@\"", "\"VolumeDriver\":\"@\"", "\"VolumesFrom\":[\"@\"]",
    "\"Tmpfs\":{\"/@\":\"@\"}",
    "\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"127.0.0.1\","
    "\"HostPort\":\"80\"}]}",
    "\"Privileged\":true", "\"StorageOpt\":{\"@\":\"@\"}", "\"Ulimits\":[{\"Name\":\"@\"}]"};

static void add_member(struct buf *out, const char *form)
{
	for (; *form; form++) {
		if (*form == '@')
			add_random(out);
		else
			buf_add_char(out, *form);
	}
}

static void add_members(struct buf *out, const char *const *forms, unsigned count)
{
	unsigned step = 1 + below(count - 1);

	for (unsigned i = below(count), more = 1 + below(2); more > 0;
	     more--, i = (i + step) % count) {
		buf_add_char(out, ',');
		add_member(out, forms[i]);
	}
}

/* A create, of which the members are drawn; one that comes twice is refused and not learned. */
static void make_create(struct buf *out)
{
	buf_add_text(out, "{\"Tty\":false");
	add_members(out, of_body, COUNT(of_body));
	buf_add_text(out, ",\"HostConfig\":{\"AutoRemove\":true");
	add_members(out, of_host, COUNT(of_host));
	buf_add_text(out, "}}");
}

/* Other requests; a body is NULL where there is none. */
static const struct form {
	const char *operation, *line, *query, *body;
} forms[] = {
    {"container.exec", "POST /v1.41/containers/web/exec", "",
	"{\"Cmd\":[\"@\",\"@\"],\"Env\":[\"@=@\"],\"User\":\"@\",\"WorkingDir\":\"/@\"}"},
    {"volume.create", "POST /v1.41/volumes/create", "",
	"{\"Name\":\"@\",\"Driver\":\"@\",\"DriverOpts\":{\"@\":\"@\"},\"Labels\":{\"@\":\"@\"}}"},
    {"network.create", "POST /v1.41/networks/create", "",
	"{\"Name\":\"@\",\"Driver\":\"@\",\"Options\":{\"@\":\"@\"},\"Labels\":{\"@\":\"\"}}"},
    {"network.connect", "POST /v1.41/networks/shop/connect", "",
	"{\"Container\":\"web\",\"EndpointConfig\":{\"Aliases\":[\"@\",\"@\"],\"MacAddress\":\"@\"}"
	"}"},
    {"service.create", "POST /v1.41/services/create", "",
	"{\"Name\":\"@\",\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"bb:1\",\"Command\":[\"@"
	"\"],\"Env\":"
	"[\"@\"],\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/@\",\"Target\":\"/"
	"x\"}]},\"Networks\":"
	"[{\"Target\":\"@\"}]},\"Labels\":{\"@\":\"@\"}}"},
    {"container.kill", "POST /v1.41/containers/web/kill", "signal=@", NULL},
    {"container.rename", "POST /v1.41/containers/web/rename", "name=@", NULL},
    {"container.archive_get", "GET /v1.41/containers/web/archive", "path=/@/@", NULL},
    {"container.top", "GET /v1.41/containers/web/top", "ps_args=@", NULL},
    {"image.create", "POST /v1.41/images/create", "fromImage=@&tag=@", NULL},
    {"image.create", "POST /v1.41/images/create", "fromSrc=-&repo=@&message=@", NULL},
    {"image.tag", "POST /v1.41/images/bb:1/tag", "repo=@&tag=@", NULL},
};

struct request {
	const char *operation;
	char line[LINE_MOST], query[LINE_MOST], body[BODY_MOST];
	bool has_body, partial; /* the log does not tell all of it, and says so */
};

/* Without what ends a parameter. */
static void make_query(char query[static LINE_MOST], const char *form)
{
	struct buf out;

	buf_init(&out, LINE_MOST - 1);
	for (; *form; form++) {
		size_t from = out.len;

		if (*form != '@') {
			buf_add_char(&out, *form);
			continue;
		}
		add_random(&out);
		for (; from < out.len; from++) {
			if (strchr("&=+%", out.at[from]))
				out.at[from] = '_';
		}
	}
	assert_false(out.failed);
	(void)snprintf(query, LINE_MOST, "%s", buf_text(&out));
	buf_free(&out);
}

static void make_request(struct request *request)
{
	const struct form *form = below(3) ? NULL : &forms[below(COUNT(forms))];
	struct buf body;

	*request = (struct request){.operation = "container.create", .has_body = true};
	(void)snprintf(request->line, LINE_MOST, "POST /v1.41/containers/create");
	buf_init(&body, BODY_MOST - 1);
	if (form) {
		request->operation = form->operation;
		request->has_body = form->body != NULL;
		make_query(request->query, form->query);
		(void)snprintf(request->line, LINE_MOST, "%s%s%s", form->line,
		    request->query[0] ? "?" : "", request->query);
		add_member(&body, form->body ? form->body : "");
	} else {
		make_create(&body);
	}
	assert_false(body.failed);
	(void)snprintf(request->body, BODY_MOST, "%s", body.len ? buf_text(&body) : "");
	buf_free(&body);
}

/* ---- through the log and back ------------------------------------------------------------------
 */

static const struct learn_options everything = {0};

static void take(struct learn *learn, const struct request *request, const struct buf *needs)
{
	struct buf line;
	struct error err;

	buf_init(&line, AUDIT_LINE_MOST);
	buf_add_format(&line,
	    "{\"time\":\"2026-01-02T03:04:05.009Z\",\"event\":\"would-deny\",\"listener\":\"l\","
	    "\"policy\":\"p\",\"peer\":{\"uid\":7},\"method\":\"POST\",\"path\":\"/"
	    "x\",\"operation\":\"%s\","
	    "\"query\":",
	    request->operation);
	buf_add_json(&line, span_of(request->query), 0);
	buf_add(&line, buf_span(needs));
	buf_add_char(&line, '}');
	assert_false(line.failed);
	assert_int_equal(learn_take(learn, buf_span(&line), &err), 0);
	assert_int_equal(learn_unreadable(learn), 0);
	buf_free(&line);
}

/* As a person takes the marks away. */
static void accept(char *text)
{
	for (char *mark = text; (mark = strstr(mark, "\n#! "));)
		memmove(mark + 1, mark + 4, strlen(mark + 4) + 1);
}

static struct config *load(struct learn *learn, char **ret_text)
{
	struct buf out;
	struct error err = {""};

	buf_init(&out, OUT_MOST);
	assert_int_equal(learn_write(learn, &out, &err), 0);
	*ret_text = strdup(buf_text(&out));
	assert_non_null(*ret_text);
	accept(*ret_text);
	buf_clear(&out);
	buf_add_format(&out,
	    "[sockwarden]\nupstream = unix:/x\n[listener l]\naddress = unix:/y\npolicy = p\n%s",
	    *ret_text);
	struct config *config = config_load_text("learned", buf_span(&out), NULL, NULL, &err);

	if (!config)
		fail_msg("%s\n%s", err.text, buf_text(&out));
	buf_free(&out);
	return config;
}

static struct request_case case_of(const struct request *request)
{
	return (struct request_case){.line = request->line,
	    .body = request->has_body ? request->body : NULL,
	    .state = STATE};
}

/* Whether a line of a policy would have permitted what was denied. */
static bool lacks_a_line(const struct decision *decision)
{
	return decision->verdict != VERDICT_ALLOW &&
	       (decision->reason == REASON_GRANT || decision->reason == REASON_NO_RULE ||
		   decision->reason == REASON_UNKNOWN_FIELD);
}

/* How many of the requests the learnt policy permits: all of them, but for what it says that no
 * line can hold, and for what is no good request whatever the policy. */
static unsigned permits(
    const struct policy *learnt, const char *text, const struct request *requests, unsigned count)
{
	static struct outcome outcome;
	unsigned held = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct request *request = &requests[i];
		struct request_case asked = case_of(request);

		decide_case(learnt, &asked, &outcome);
		held += outcome.decision.verdict == VERDICT_ALLOW;
		if (lacks_a_line(&outcome.decision) && !request->partial &&
		    !strstr(text, "no line can hold"))
			fail_msg("%s\n%s\n%s\n%s", request->line, request->body,
			    outcome.decision.message, text);
	}
	return held;
}

static unsigned run(const struct policy *bare)
{
	static struct request requests[REQUESTS_MOST];
	static struct outcome outcome;
	struct learn *learn = learn_new(&everything);
	unsigned count = 1 + below(REQUESTS_MOST);
	char *text;

	assert_non_null(learn);
	for (unsigned i = 0; i < count; i++) {
		struct request *request = &requests[i];
		struct buf needs;

		buf_init(&needs, AUDIT_LINE_MOST);
		make_request(request);
		struct request_case asked = case_of(request);

		asked.bare = bare;
		asked.needs = &needs;
		decide_case(bare, &asked, &outcome);
		request->partial = strstr(buf_text(&needs), "needs_partial") != NULL;
		if (!outcome.ungated)
			take(learn, request, &needs);
		buf_free(&needs);
	}
	if (learn_requests(learn) == 0) {
		learn_free(learn);
		return 0;
	}
	struct config *config = load(learn, &text);
	unsigned held = permits(config_policy(config, SPAN("p")), text, requests, count);

	config_free(config);
	learn_free(learn);
	free(text);
	return held;
}

static void what_was_asked_is_permitted(void **state)
{
	struct policy *bare = policy_bare();
	const char *from = getenv("LEARN_SEED");
	unsigned held = 0;

	(void)state;
	assert_non_null(bare);
	for (unsigned i = 0; i < RUNS; i++) {
		seed = 0x9e3779b97f4a7c15u * (i + 1 + (from ? strtoul(from, NULL, 10) : 0));
		held += run(bare);
	}
	print_message("%u requests\n", held);
	assert_true(held > RUNS / 2);
	policy_unref(bare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_asked_is_permitted)};

	return cmocka_run_group_tests_name("learn values", tests, NULL, NULL);
}
