/* SPDX-License-Identifier: Apache-2.0 */
/* Any request under one of a few policies: "N" for the policy, a line "METHOD TARGET", and the
 * body, put through a trial. It is decided without a crash, the same with a trace as without and in
 * pieces as whole, with a reason when it is denied; what is sent on reads as what was judged; and a
 * policy that grants more never refuses what one that grants less allows. */
#include "fuzz.h"

#include "trial/trial.h"

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

/* ---- requests ---------------------------------------------------------------------------- */

#define WIRE_MOST 262144u

static const struct http_limits http_limits = {131072, 100, 65536};
static const struct json_limits json_limits = {65536, 32, 10000};

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

/* What is sent on reads as what was judged. */
static void check_written(const struct trial *trial)
{
	struct http_request request;
	struct http_target target;
	struct http_fault fault;
	struct arena arena;
	struct buf out;
	size_t scanned = 0;

	arena_init(&arena, 0);
	buf_init(&out, WIRE_MOST);
	trial_write_head(trial, &out, false);
	MUST(!out.failed);
	MUST(http_request_parse(buf_span(&out), &scanned, &http_limits, &arena, &request, &fault) ==
	     HTTP_DONE);
	MUST(request.content_length == (trial_rest(trial) == FRAMING_NONE
					       ? trial_body_to_send(trial).len
					       : trial->request.content_length));
	MUST(http_target_parse(request.target, &http_limits, &arena, &target, &fault) == 0);
	MUST(span_equal(target.path, trial->target.path));
	MUST(target.query_count == trial->target.query_count);
	buf_free(&out);
	arena_free(&arena);
}

/* A request as it comes from a client, |piece| bytes of the body at a time. */
struct sent {
	struct span head, body;
	size_t piece;
};

static enum trial_state take_body(struct trial *trial, struct span body, size_t piece)
{
	enum trial_state state = TRIAL_MORE;

	while (state == TRIAL_MORE) {
		size_t used, len = body.len < piece ? body.len : piece;

		MUST(len > 0);
		state = trial_body(trial, (struct span){body.at, len}, &used);
		MUST(used == len);
		body = span_from(body, used);
	}
	MUST(state == TRIAL_READY && body.len == 0);
	return state;
}

/* Judges until there is a verdict; nothing exists. TRIAL_MORE: it is no request that a policy is
 * asked about. */
static enum trial_state judge_all(
    struct trial *trial, const struct trial_basis *basis, const struct sent *sent)
{
	size_t scanned = 0;
	enum trial_state state = trial_head(trial, sent->head, &scanned);

	if (state != TRIAL_READY || trial->request.head_bytes != sent->head.len)
		return TRIAL_MORE;
	state = trial_judge(trial, basis);
	if (state == TRIAL_WANT_BODY ||
	    (trial->decision.wants_body && sent->body.len <= json_limits.max_bytes)) {
		(void)take_body(trial, sent->body, sent->piece);
		state = trial_judge(trial, basis);
	}
	while (state == TRIAL_WANT_OBJECTS) {
		while (state == TRIAL_WANT_OBJECTS)
			state = trial_object(trial, NULL);
		state = trial_judge(trial, basis);
	}
	MUST(state == TRIAL_REFUSED || state == TRIAL_PERMITTED);
	check_decision(&trial->decision);
	if (state == TRIAL_PERMITTED)
		check_written(trial);
	return state;
}

/* In one piece and without a trace; in pieces and with one, which judges the whole body unsifted.
 */
static enum trial_state judge_twice(struct trial *trial, unsigned index, struct sent sent)
{
	static struct decision plain;
	unsigned steps = 0;
	struct trial_basis basis = {.policy = policy_at(index)};
	enum trial_state state = judge_all(trial, &basis, &sent);

	if (state == TRIAL_MORE)
		return state;
	plain = trial->decision;
	basis.trace = count_step;
	basis.trace_context = &steps;
	sent.piece = 1 + sent.body.len / 3;
	MUST(judge_all(trial, &basis, &sent) == state);
	MUST(steps > 0 || trial->decision.reason == REASON_LIMIT);
	MUST(plain.reason == trial->decision.reason);
	MUST(strcmp(plain.message, trial->decision.message) == 0);
	MUST(strcmp(plain.fix, trial->decision.fix) == 0);
	return state;
}

static void write_head(struct buf *out, struct span line, size_t body)
{
	buf_add(out, line);
	buf_add_text(out, " HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n");
	buf_add_format(out, "Content-Length: %zu\r\n\r\n", body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trial trial;
	struct span body, line = span_cut((struct span){(const char *)data, size}, '\n', &body);
	struct buf head;

	if (line.len < 2)
		return 0;
	unsigned index = (unsigned char)line.at[0] % POLICY_COUNT;

	buf_init(&head, WIRE_MOST);
	write_head(&head, span_from(line, 1), body.len);
	trial_init(&trial, &http_limits, &json_limits);
	enum trial_state state = head.failed ? TRIAL_MORE
					     : judge_twice(&trial, index,
						   (struct sent){buf_span(&head), body, SIZE_MAX});

	MUST(index != 1 || state != TRIAL_PERMITTED);
	if (state == TRIAL_PERMITTED)
		MUST(judge_twice(&trial, 0, (struct sent){buf_span(&head), body, SIZE_MAX}) ==
		     TRIAL_PERMITTED);
	trial_free(&trial);
	buf_free(&head);
	return 0;
}
