/* SPDX-License-Identifier: Apache-2.0 */
/* Whole trials of clients of a policy with an owner: what the daemon is asked, how many objects the
 * owner may have, and what comes of each trial when one allocation fails. In JSON here ' stands for
 * ". */
#include "unit.h"

#include "memory_case.h"
#include "policy_case.h"

#include <stdio.h>
#include <string.h>

#include "trial/trial.h"

#define SAID_MOST 8u
#define TEXT_MOST 2048u

#define KEY "io.sockwarden.owner"
#define ID "0123456789012345678901234567890123456789012345678901234567890123"
#define NET "1123456789012345678901234567890123456789012345678901234567890123"
#define CONTAINER(owner, more)                                                                     \
	"{'Id':'" ID "','Name':'/x','Image':'sha256:1','Config':{'Image':'bb:1','Labels':{'" KEY   \
	"':'" owner "'}},'HostConfig':{'ContainerIDFile':'" KEY "=" owner "'}" more "}"
#define OWNED(owner) CONTAINER(owner, "")
#define JOINED CONTAINER("alice", ",'NetworkSettings':{'Networks':{'n':{'NetworkID':'" NET "'}}}")
#define FILTERS "filters={'label':{'" KEY "=alice':true}}"
#define COUNT_CONTAINERS "/containers/json?" FILTERS "&all=1"
#define COUNT_VOLUMES "/volumes?" FILTERS
#define COUNT_NETWORKS "/networks?" FILTERS
#define LABELS "'Labels':{'" KEY "':'alice'}"
#define MADE(name) "/volumes/create {'Name':'" name "'," LABELS "}"
#define VOLUME(name, owner) "{'Name':'" name "','Driver':'local','Labels':{'" KEY "':'" owner "'}}"

static const struct http_limits http_limits = {
    .max_head = 4096, .max_headers = 20, .max_target = 2048};
static const struct json_limits json_limits = {
    .max_bytes = 4096, .max_depth = 16, .max_members = 100};

/* A question, and what the daemon says. */
struct said {
	const char *question;
	unsigned status;
	const char *body;
};

struct exchange_row {
	const char *name, *lines, *line, *body;
	struct said said[SAID_MOST];
	unsigned claimed; /* by requests that are under way */
	enum trial_state want;
	const char *says; /* of a refusal; else what is sent on has it */
};

static struct trial trial;
static struct trial_basis basis;

static void quote(char *room, const char *text)
{
	size_t len = strlen(text);

	assert_true(len < TEXT_MOST);
	for (size_t i = 0; i <= len; i++)
		room[i] = text[i];
	for (char *at = room; *at; at++)
		*at = *at == '\'' ? '"' : *at;
}

static void write_question(struct buf *out)
{
	struct pair pairs[TRIAL_PAIRS_MOST];
	struct buf filters, body;

	buf_init(&filters, TEXT_MOST);
	buf_init(&body, TEXT_MOST);
	trial_write_question(&trial, out);
	size_t count = trial_question_query(&trial, &filters, pairs);

	for (size_t i = 0; i < count; i++) {
		buf_add_char(out, i ? '&' : '?');
		buf_add(out, pairs[i].name);
		buf_add_char(out, '=');
		buf_add(out, pairs[i].value);
	}
	trial_write_question_body(&trial, &body);
	if (body.len > 0)
		buf_add_char(out, ' ');
	buf_add(out, buf_span(&body));
	out->failed |= filters.failed || body.failed;
	buf_free(&filters);
	buf_free(&body);
}

#define HIDDEN "/containers/sockwarden.nobody.has.this.name/json"

/* What the daemon says to |question|, which is the next one unless an allocation has failed. */
static const struct said *find_said(
    const struct exchange_row *row, size_t asked, struct span question)
{
	static const struct said missing = {HIDDEN, 404, "{}"};
	char want[TEXT_MOST];

	for (size_t i = asked; i < SAID_MOST && row->said[i].question; i++) {
		quote(want, row->said[i].question);
		if (span_equal(question, span_of(want)))
			return &row->said[i];
	}
	if (!span_is(question, HIDDEN))
		fail_msg("%s: asks %.*s", row->name, (int)question.len, question.at);
	return &missing;
}

/* The daemon is asked and answers. Without memory for the question it is as in proxy/lookup.c. */
static enum trial_state answer(const struct exchange_row *row, size_t asked)
{
	enum trial_state state;
	char body[TEXT_MOST];
	struct buf question;

	if (trial_wanted(&trial)->count.asked)
		trial_set_claimed(&trial, row->claimed);
	buf_init(&question, TEXT_MOST);
	write_question(&question);
	if (question.failed) {
		state = trial_fail_object(&trial, REASON_INTERNAL, 503, "out of memory");
	} else {
		const struct said *said = find_said(row, asked, buf_span(&question));

		quote(body, said->body);
		state = trial_answer(&trial, said->status, span_of(body));
	}
	buf_free(&question);
	return state;
}

static size_t write_head(const struct exchange_row *row, char *room)
{
	int len = snprintf(room, TEXT_MOST, "%s HTTP/1.1\r\nHost: d\r\n", row->line);

	if (row->body)
		len += snprintf(room + len, TEXT_MOST - (size_t)len,
		    "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(row->body));
	len += snprintf(room + len, TEXT_MOST - (size_t)len, "\r\n");
	assert_true((size_t)len < TEXT_MOST);
	return (size_t)len;
}

static enum trial_state take_body(const struct exchange_row *row)
{
	static char body[TEXT_MOST]; /* stays until the request is sent on */
	size_t used;

	assert_non_null(row->body);
	quote(body, row->body);
	return trial_body(&trial, span_of(body), &used);
}

/* Drives the trial to its end. */
static enum trial_state drive(const struct exchange_row *row)
{
	char head[TEXT_MOST];
	size_t scanned = 0, asked = 0, len = write_head(row, head);
	enum trial_state state = trial_head(&trial, (struct span){head, len}, &scanned);

	for (;;) {
		if (state == TRIAL_READY)
			state = trial_judge(&trial, &basis);
		else if (state == TRIAL_WANT_BODY)
			state = take_body(row);
		else if (state == TRIAL_WANT_OBJECTS)
			state = answer(row, asked++);
		else
			return state;
		assert_true(asked < SAID_MOST);
	}
}

static bool sends(const char *text)
{
	char want[TEXT_MOST];
	struct buf out;

	buf_init(&out, 2 * TEXT_MOST);
	trial_write_head(&trial, &out, false);
	buf_add(&out, trial_body_to_send(&trial));
	quote(want, text);
	bool has = !out.failed && memmem(out.at, out.len, want, strlen(want));

	buf_free(&out);
	return has;
}

static bool is_as_wanted(const struct exchange_row *row, enum trial_state state)
{
	if (state != row->want)
		return false;
	if (state == TRIAL_PERMITTED)
		return sends(row->says);
	return strstr(
	    state == TRIAL_ABSENT ? trial.absent.message : trial.decision.message, row->says);
}

static struct policy *open_trial(const struct exchange_row *row)
{
	static char lines[TEXT_MOST];

	(void)snprintf(lines, sizeof(lines), "allow = @all\nimage = *\nvolume = *\n%s", row->lines);
	struct policy *policy = policy_of(lines);

	assert_int_equal(policy_guard(policy, SPAN(KEY)), 0);
	basis = (struct trial_basis){.policy = policy};
	return policy;
}

/* ---- the exchanges -----------------------------------------------------------------------------
 */

#define CREATE "POST /containers/create"
#define IMAGE "{'Image':'named:1'}"
#define BINDS "{'Image':'named:1','HostConfig':{'Binds':['new:/d']}}"
#define MOUNTS                                                                                     \
	"{'Image':'named:1','HostConfig':{'Mounts':[{'Type':'volume','Source':'new','Target':'/"   \
	"d','VolumeOptions':{'Labels':{'a':'b'},'DriverConfig':{'Options':{'o':'p','q':'r'}}}}]}"  \
	"}"
#define ANY_NETWORK "network_mode = *\n"
#define ALICE "owner = alice\n"

static const struct exchange_row rows[] = {
    {"a container", ALICE "max_containers = 2\n", CREATE, IMAGE, {{COUNT_CONTAINERS, 200, "[{}]"}},
	0, TRIAL_PERMITTED, LABELS},
    {"one too many", ALICE "max_containers = 2\n", CREATE, IMAGE,
	{{COUNT_CONTAINERS, 200, "[{},{}]"}}, 0, TRIAL_REFUSED,
	"max_containers = 2: the owner \"alice\" has 2 containers; remove a container"},
    {"one too many with another that is under way", ALICE "max_containers = 2\n", CREATE, IMAGE,
	{{COUNT_CONTAINERS, 200, "[{}]"}, {COUNT_CONTAINERS, 200, "[{}]"},
	    {COUNT_CONTAINERS, 200, "[{}]"}, {COUNT_CONTAINERS, 200, "[{}]"}},
	1, TRIAL_REFUSED, "has 1 container, and 1 more is being created; remove"},
    {"two that are under way", ALICE "max_containers = 2\n", CREATE, IMAGE,
	{{COUNT_CONTAINERS, 200, "[]"}, {COUNT_CONTAINERS, 200, "[]"},
	    {COUNT_CONTAINERS, 200, "[]"}, {COUNT_CONTAINERS, 200, "[]"}},
	2, TRIAL_REFUSED, "has 0 containers, and 2 more are being created; remove"},
    {"another that was under way", ALICE "max_containers = 2\n", CREATE, IMAGE,
	{{COUNT_CONTAINERS, 200, "[{}]"}, {COUNT_CONTAINERS, 200, "[]"}}, 1, TRIAL_PERMITTED,
	LABELS},
    {"no container at all", ALICE "max_containers = 0\n", CREATE, IMAGE,
	{{COUNT_CONTAINERS, 200, "[]"}}, 0, TRIAL_REFUSED, "has 0 containers; remove"},
    {"a list that is none", ALICE "max_containers = 2\n", CREATE, IMAGE,
	{{COUNT_CONTAINERS, 200, "{}"}}, 0, TRIAL_REFUSED, "cannot be judged"},
    {"no list", ALICE "max_containers = 2\n", CREATE, IMAGE, {{COUNT_CONTAINERS, 200, "null"}}, 0,
	TRIAL_REFUSED, "cannot be judged"},
    {"a broken list", ALICE "max_containers = 2\n", CREATE, IMAGE, {{COUNT_CONTAINERS, 200, "[{"}},
	0, TRIAL_REFUSED, "cannot look up"},
    {"an error for a list", ALICE "max_containers = 2\n", CREATE, IMAGE,
	{{COUNT_CONTAINERS, 500, "{'message':'x'}"}}, 0, TRIAL_REFUSED, "cannot look up"},
    {"a network", ALICE "max_networks = 1\n", "POST /networks/create", "{'Name':'n'}",
	{{"/networks/n", 404, "{}"}, {COUNT_NETWORKS, 200, "[]"}}, 0, TRIAL_PERMITTED, LABELS},
    {"a network too many", ALICE "max_networks = 1\n", "POST /networks/create", "{'Name':'n'}",
	{{"/networks/n", 404, "{}"}, {COUNT_NETWORKS, 200, "[{}]"}}, 0, TRIAL_REFUSED,
	"max_networks = 1: the owner \"alice\" has 1 network; remove"},
    {"a volume", ALICE "max_volumes = 1\n", "POST /volumes/create", "{'Name':'new'}",
	{{"/volumes/new", 404, "{}"}, {COUNT_VOLUMES, 200, "{'Volumes':null}"}}, 0, TRIAL_PERMITTED,
	LABELS},
    {"a volume that is there", ALICE "max_volumes = 1\n", "POST /volumes/create", "{'Name':'old'}",
	{{"/volumes/old", 200, VOLUME("old", "alice")}}, 0, TRIAL_PERMITTED, LABELS},
    {"a volume without a name", ALICE "max_volumes = 1\n", "POST /volumes/create", "{}",
	{{COUNT_VOLUMES, 200, "{'Volumes':[{}]}"}}, 0, TRIAL_REFUSED,
	"max_volumes = 1: the owner \"alice\" has 1 volume; remove"},
    {"a list of volumes that is none", ALICE "max_volumes = 1\n", "POST /volumes/create", "{}",
	{{COUNT_VOLUMES, 200, "[]"}}, 0, TRIAL_REFUSED, "cannot be judged"},
    {"a volume of a container", ALICE "max_volumes = 1\n", CREATE, BINDS,
	{{"/volumes/new", 404, "{}"}, {COUNT_VOLUMES, 200, "{'Volumes':[]}"},
	    {MADE("new"), 201, VOLUME("new", "alice")}},
	0, TRIAL_PERMITTED, LABELS},
    {"a volume too many of a container", ALICE "max_volumes = 1\n", CREATE, BINDS,
	{{"/volumes/new", 404, "{}"}, {COUNT_VOLUMES, 200, "{'Volumes':[{}]}"}}, 0, TRIAL_REFUSED,
	"max_volumes = 1"},
    {"a volume that another owner made meanwhile", ALICE, CREATE, BINDS,
	{{"/volumes/new", 404, "{}"}, {MADE("new"), 201, VOLUME("new", "bob")}}, 0, TRIAL_REFUSED,
	"no"},
    {"a volume with options", ALICE "volume_option = *\n", CREATE, MOUNTS,
	{{"/volumes/new", 404, "{}"},
	    {"/volumes/create {'Name':'new','DriverOpts':{'o':'p','q':'r'},'Labels':{'a':'b','" KEY
	     "':'alice'}}",
		201, VOLUME("new", "alice")}},
	0, TRIAL_PERMITTED, LABELS},
    {"a name that begins another's id", ALICE, "POST /containers/create?name=01234", IMAGE,
	{{"/containers/01234/json", 200, OWNED("bob")}}, 0, TRIAL_PERMITTED, LABELS},
    {"a name that is another's short id", ALICE, "POST /containers/create?name=012345678901", IMAGE,
	{{"/containers/012345678901/json", 200, OWNED("bob")}}, 0, TRIAL_REFUSED, "is taken"},
    {"a volume of another owner's", ALICE, "POST /volumes/create", "{'Name':'bobs'}",
	{{"/volumes/bobs", 200, VOLUME("bobs", "bob")}}, 0, TRIAL_REFUSED, "is taken"},
    {"a volume that cannot be looked up", ALICE, "POST /volumes/create", "{'Name':'bobs'}",
	{{"/volumes/bobs", 500, "{}"}}, 0, TRIAL_REFUSED, "there is no volume \"bobs\""},
    {"a volume whose answer is broken", ALICE, "POST /volumes/create", "{'Name':'bobs'}",
	{{"/volumes/bobs", 200, "{"}}, 0, TRIAL_REFUSED, "there is no volume \"bobs\""},
    {"a volume of a container that cannot be looked up", ALICE, CREATE, BINDS,
	{{"/volumes/new", 503, "{}"}}, 0, TRIAL_REFUSED, "there is no volume \"new\""},
    {"a network that cannot be looked up", ALICE, "POST /networks/create", "{'Name':'n'}",
	{{"/networks/n", 403, "{}"}}, 0, TRIAL_REFUSED, "there is no network \"n\""},
    {"a network whose name begins two ids", ALICE, "POST /networks/create", "{'Name':'ab'}",
	{{"/networks/ab", 400, "{}"}}, 0, TRIAL_PERMITTED, LABELS},
    {"a name of digits that cannot be looked up", ALICE, CREATE "?name=0123456789ab", IMAGE,
	{{"/containers/0123456789ab/json", 500, "{}"}}, 0, TRIAL_REFUSED, "there is no container"},
    {"a network of a container that cannot be looked up", ALICE ANY_NETWORK,
	"POST /containers/x/start", NULL,
	{{"/containers/x/json", 200, JOINED}, {"/networks/" NET, 500, "{}"},
	    {"/networks/n", 404, "{}"}},
	0, TRIAL_REFUSED, "there is no network"},
    {"a network of a container that is gone", ALICE ANY_NETWORK, "POST /containers/x/start", NULL,
	{{"/containers/x/json", 200, JOINED}, {"/networks/" NET, 404, "{}"},
	    {"/networks/n", 404, "{}"}},
	0, TRIAL_PERMITTED, "/containers/" ID},
    {"an object of the owner's", ALICE, "POST /containers/x/start", NULL,
	{{"/containers/x/json", 200, OWNED("alice")}}, 0, TRIAL_PERMITTED, "/containers/" ID},
    {"an object of another owner's", ALICE, "POST /containers/x/start", NULL,
	{{"/containers/x/json", 200, OWNED("bob")},
	    {HIDDEN, 404, "{'message':'No such container: sockwarden.nobody.has.this.name'}"}},
	0, TRIAL_ABSENT, "No such container: x"},
    {"a list", ALICE, "GET /containers/json?all=1", NULL, {{NULL, 0, NULL}}, 0, TRIAL_PERMITTED,
	"label"},
    {"a container of nobody's", "", CREATE, IMAGE, {{NULL, 0, NULL}}, 0, TRIAL_PERMITTED,
	"'" KEY "':''"},
};

static void exchanges_end_as_they_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *policy = open_trial(&rows[i]);

		trial_init(&trial, &http_limits, &json_limits);
		enum trial_state is = drive(&rows[i]);

		if (!is_as_wanted(&rows[i], is))
			fail_msg("%s: state %d: %s", rows[i].name, (int)is, trial.decision.message);
		trial_free(&trial);
		policy_unref(policy);
	}
}

/* A client is told the same of an object that is missing and of one whose answer cannot be read. */
static void what_cannot_be_read_is_told_as_missing(void **state)
{
	static const char *const members[] = {"'NetworkMode':'container:y'", "'NetworkMode':'y'",
	    "'PidMode':'container:y'", "'IpcMode':'container:y'", "'VolumesFrom':['y']",
	    "'Links':['y:z']"};
	static const char lines[] =
	    ALICE "check_state = yes\nnetwork_mode = * container:**\npid_mode = container:**\n"
		  "ipc_mode = container:**\nvolumes_from = *\nlink = *\n";
	static struct decision missing;

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(members); i++) {
		char body[TEXT_MOST];
		bool network = i / 2 == 1;
		struct exchange_row row = {members[i / 2], lines, CREATE, body,
		    {{network ? "/networks/y" : "/containers/y/json", i % 2 ? 500 : 404, "{}"}}, 0,
		    TRIAL_REFUSED, "there is no "};

		(void)snprintf(
		    body, sizeof(body), "{'Image':'named:1','HostConfig':{%s}}", members[i / 2]);
		struct policy *policy = open_trial(&row);

		trial_init(&trial, &http_limits, &json_limits);
		assert_true(is_as_wanted(&row, drive(&row)));
		if (i % 2 == 0)
			missing = trial.decision;
		assert_string_equal(trial.decision.message, missing.message);
		assert_string_equal(trial.decision.field, missing.field);
		assert_int_equal(trial.decision.remedy_count, missing.remedy_count);
		trial_free(&trial);
		policy_unref(policy);
	}
}

/* Returns false when there are no more allocations. */
static bool try_at(const struct exchange_row *row, unsigned long at)
{
	long before = memory_blocks();

	trial_init(&trial, &http_limits, &json_limits);
	(void)memory_fail_at(at);
	enum trial_state is = drive(row);
	unsigned long asked = memory_fail_at(0);

	/* an allocation that only serves a message, or one that is tried again */
	if (!is_as_wanted(row, is) && is != TRIAL_REFUSED && is != TRIAL_ABSENT)
		fail_msg("%s: allocation %lu: state %d", row->name, at, (int)is);
	if (is == TRIAL_REFUSED)
		assert_int_equal(trial.decision.verdict, VERDICT_DENY);
	trial_free(&trial);
	if (memory_blocks() != before)
		fail_msg("%s: allocation %lu: %ld blocks are left", row->name, at,
		    memory_blocks() - before);
	return asked >= at;
}

static void without_memory_an_exchange_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct policy *policy = open_trial(&rows[i]);
		unsigned long at = 1;

		while (try_at(&rows[i], at))
			at++;
		assert_in_range(at, 5, 5000);
		policy_unref(policy);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exchanges_end_as_they_should),
	    cmocka_unit_test(what_cannot_be_read_is_told_as_missing),
	    cmocka_unit_test(without_memory_an_exchange_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
