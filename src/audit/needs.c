/* SPDX-License-Identifier: Apache-2.0 */
/* What a request needs of a policy, each line once, in the order of the judgement: two requests
 * that need the same have the same text and the same `needs_id`. */
#include "audit/needs.h"

#define NEEDS_MOST 256u /* lines of one request that are told: runners send many variables */
#define NEEDS_BYTES_MOST (64u * 1024) /* of them; what is beyond is counted in `needs_more` */
#define NEED_FIELD_MOST 160u
#define NEED_VALUE_MOST 1024u

#define HASH_START 0xcbf29ce484222325u
#define HASH_PRIME 0x100000001b3u

struct telling {
	struct buf *out;
	size_t start;              /* of the list in |out| */
	unsigned count, more;      /* lines written and left out */
	uint64_t told[NEEDS_MOST]; /* hashes of those written */
	uint64_t id;
};

/* FNV-1a; the NUL parts one text from the next. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	do {
		hash = (hash ^ (unsigned char)*text) * HASH_PRIME;
	} while (*text++);
	return hash;
}

static bool is_told(const struct telling *telling, uint64_t hash)
{
	for (unsigned i = 0; i < telling->count; i++) {
		if (telling->told[i] == hash)
			return true;
	}
	return false;
}

static void write_need(struct buf *out, const struct policy_step *step)
{
	buf_add_text(out, "{\"key\":");
	buf_add_json(out, span_of(step->result), 0);
	if (step->value[0]) {
		buf_add_text(out, ",\"value\":");
		buf_add_json(out, span_of(step->value), NEED_VALUE_MOST);
	}
	if (step->name[0]) {
		buf_add_text(out, ",\"field\":");
		buf_add_json(out, span_of(step->name), NEED_FIELD_MOST);
	}
	if (step->gives_host)
		buf_add_text(out, ",\"host\":true");
	buf_add_char(out, '}');
}

static void tell(void *context, const struct policy_step *step)
{
	struct telling *telling = context;

	if (strcmp(step->what, "need") != 0)
		return;
	uint64_t hash = hash_text(hash_text(HASH_START, step->result), step->value);

	if (is_told(telling, hash))
		return;
	if (telling->count == NEEDS_MOST || telling->out->len - telling->start > NEEDS_BYTES_MOST) {
		telling->more++;
		return;
	}
	buf_add_text(telling->out, telling->count ? "," : ",\"needs\":[");
	write_need(telling->out, step);
	telling->told[telling->count++] = hash;
	telling->id = (telling->id ^ hash) * HASH_PRIME;
}

void audit_needs_write(
    struct buf *out, const struct policy *bare, const struct policy_request *request)
{
	struct telling telling = {.out = out, .start = out->len, .id = HASH_START};
	struct decision decision;

	if (!bare || !request || !request->match.operation)
		return;
	telling.id = hash_text(telling.id, request->match.operation->name);
	policy_decide(bare, request, &decision, tell, &telling);
	buf_add_text(out, telling.count ? "]" : ",\"needs\":[]");
	if (telling.more)
		buf_add_format(out, ",\"needs_more\":%u", telling.more);
	/* the body or an object was not known */
	if (decision.wants_body || decision.wanted_count > 0 ||
	    decision.verdict == VERDICT_NEED_BODY)
		buf_add_text(out, ",\"needs_partial\":true");
	buf_add_format(out, ",\"needs_id\":\"%016llx\"", (unsigned long long)telling.id);
}
