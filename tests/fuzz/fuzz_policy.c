/* SPDX-License-Identifier: Apache-2.0 */
/* Any request under one of a few policies: "N" for the policy, a line "METHOD TARGET", and the
 * body. It is decided without a crash, the same with a trace as without, with a reason when it is
 * denied; and a policy that grants more never refuses what one that grants less allows. */
#include "fuzz.h"

#include "http/http.h"
#include "json/json.h"
#include "policy/policy.h"

static const char *const policies[] = {
    /* everything */
    "allow = @all\ngrant = all\nunknown_routes = allow\nunknown_fields = allow\n"
    "unknown_params = allow\nmin_api = 1.1\n",
    /* nothing */
    "",
    /* rules without grants */
    "allow = @all\n",
    /* a bit of each grant */
    "allow = @read container.* exec.* image.*?!fromSrc POST /networks/** volume.* service.*\n"
    "deny = GET /containers/*/archive container.list?all=0|no\n"
    "image = bb:* registry.example.org/ci/*@sha256:* sha256:0*\n"
    "bind = /srv/ci rw\nbind = /data/*/x ro rslave\nbind = /proc/cpuinfo\nvolume = ci-*\n"
    "volume_option = type o device=*\ntmpfs = /run=size=*\nnetwork_mode = ci-* container:ci-*\n"
    "publish = 127.0.0.1:8000-9000/tcp [::1]:*\ncap_add = NET_*\nsecurity_opt = label=*\n"
    "sysctl = net.*\nulimit = nofile=1*\ndevice = /dev/fuse\ndevice_request = gpu\n"
    "env = CI_* PATH=/usr/*\ncommand = make * \"a b\" **\nuser = 1*:1*\nsignal = TERM\n",
    /* all requirements */
    "allow = @all\ngrant = all\npreset = cis\n"
    "require = non_root image_digest ulimits log_driver log_limits no_secret_env\n"
    "max_memory = 2g\nmax_cpus = 1.5\nmax_pids = 10\nmax_shm = 64m\nmax_replicas = 2\n",
};

#define POLICY_COUNT (sizeof(policies) / sizeof(*policies))

static struct policy *build(const char *text)
{
	struct policy *policy = policy_new("fuzz");
	const struct policy_source source = {"fuzz", 1};
	struct span rest = span_of(text);

	MUST(policy);
	while (rest.at && rest.len > 0) {
		struct span value, key = span_cut(span_cut(rest, '\n', &rest), '=', &value);

		MUST(policy_set(policy, key, value, &source, NULL) == 0);
	}
	MUST(policy_finish(policy, NULL) == 0);
	return policy;
}

static const struct policy *policy_at(unsigned index)
{
	static struct policy *built[POLICY_COUNT];

	if (!built[index])
		built[index] = build(policies[index]);
	return built[index];
}

/* ---- requests ----------------------------------------------------------------------------------
 */

static const struct json_limits json_limits = {65536, 32, 10000};

static bool read_head(struct span line, struct arena *arena, struct policy_request *request)
{
	static const struct http_limits limits = {65536, 100, 32768};
	static struct http_target target;
	struct http_fault fault;
	struct span raw, method = span_cut(line, ' ', &raw);

	request->method = method_from(method);
	if (!raw.at || http_target_parse(raw, &limits, arena, &target, &fault) < 0)
		return false;
	request->path = target.path;
	request->api = target.api_minor;
	request->query = target.query;
	request->query_count = target.query_count;
	docker_find(request->method, request->path, &request->match);
	return policy_read_params(request, &json_limits, arena) == 0;
}

static void count_step(void *context, const struct policy_step *step)
{
	unsigned *steps = context;

	MUST(step->what && step->name && step->value && step->result);
	(*steps)++;
}

static void check_text(const char *text)
{
	for (; *text; text++)
		MUST((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void check_decision(const struct decision *decision)
{
	MUST(reason_name(decision->reason));
	if (decision->verdict != VERDICT_DENY)
		return;
	MUST(decision->reason != REASON_NONE && decision->message[0]);
	MUST(decision->status >= 400 && decision->status < 500);
	MUST(!decision->drop_body);
	check_text(decision->field);
	check_text(decision->value);
	check_text(decision->message);
	check_text(decision->fix);
}

static enum verdict decide(const struct policy *policy, const struct policy_request *request)
{
	struct decision plain, traced;
	unsigned steps = 0;

	policy_decide(policy, request, &plain, NULL, NULL);
	policy_decide(policy, request, &traced, count_step, &steps);
	MUST(plain.verdict == traced.verdict && plain.reason == traced.reason && steps > 0);
	MUST(strcmp(plain.message, traced.message) == 0 && strcmp(plain.fix, traced.fix) == 0);
	check_decision(&plain);
	return plain.verdict;
}

/* What a sieve leaves of a body is judged as the whole. */
static void compare_sifted(const struct policy *policy, struct policy_request request,
    struct span body, const struct json_limits *limits, struct arena *arena)
{
	struct json_sieve sieve = policy_sieve(policy, request.match.operation);
	struct decision whole, sifted;

	policy_decide(policy, &request, &whole, NULL, NULL);
	request.body = json_parse_sifted(body, limits, &sieve, arena, NULL);
	MUST(request.body);
	policy_decide(policy, &request, &sifted, NULL, NULL);
	MUST(whole.verdict == sifted.verdict && whole.reason == sifted.reason);
	MUST(strcmp(whole.message, sifted.message) == 0);
}

static void decide_all(
    unsigned index, struct policy_request *request, struct span body, struct arena *arena)
{
	enum verdict verdict;

	request->has_body = body.len > 0;
	verdict = decide(policy_at(index), request);
	if (verdict == VERDICT_NEED_BODY) {
		request->body = json_parse(body, &json_limits, arena, NULL);
		if (!request->body)
			return;
		request->body_read = true;
		verdict = decide(policy_at(index), request);
		compare_sifted(policy_at(index), *request, body, &json_limits, arena);
	}
	MUST(index != 1 || verdict == VERDICT_DENY);
	MUST(verdict != VERDICT_ALLOW || decide(policy_at(0), request) == VERDICT_ALLOW);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body, line = span_cut((struct span){(const char *)data, size}, '\n', &body);
	struct policy_request request = {.content_type = SPAN("application/json")};
	struct arena arena;

	if (line.len < 2)
		return 0;
	unsigned index = (unsigned char)line.at[0] % POLICY_COUNT;

	arena_init(&arena, (size_t)1 << 24);
	line = (struct span){line.at + 1, line.len - 1};
	if (read_head(line, &arena, &request))
		decide_all(index, &request, body, &arena);
	arena_free(&arena);
	return 0;
}
