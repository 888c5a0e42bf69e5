/* SPDX-License-Identifier: Apache-2.0 */
/* Published ports: addresses and ports of the host, in containers and in services. */
#include <stdlib.h>

#include "base/ip.h"
#include "base/meter.h"
#include "json/json.h"
#include "policy/judge.h"

#define PORT_MOST 65535
#define PORT_SHOWN 96

/* Reads "8000", "8000-9000" or "*". */
static bool ports_read(struct span text, unsigned *ret_low, unsigned *ret_high)
{
	struct span end, start = span_cut(text, '-', &end);
	uint64_t low, high;

	if (span_is(text, "*")) {
		*ret_low = 0;
		*ret_high = PORT_MOST;
		return true;
	}
	if (!span_to_uint(start, PORT_MOST, &low))
		return false;
	high = low;
	if (end.at && !span_to_uint(end, PORT_MOST, &high))
		return false;
	*ret_low = (unsigned)low;
	*ret_high = (unsigned)high;
	return low <= high;
}

/* ---- the grant: [HOST-IP:]PORT[-PORT][/PROTOCOL] ------------------------------------------------
 */

/* Cuts the address (without brackets) off the front; .at NULL when there is none or it is `*`. */
static struct span cut_address(struct span *text)
{
	size_t i = text->len;

	while (i > 0 && text->at[i - 1] != ':' && text->at[i - 1] != ']')
		i--;
	if (i == 0)
		return (struct span){NULL, 0};
	struct span address = {text->at, i - 1};

	*text = (struct span){text->at + i, text->len - i};
	if (address.len > 1 && address.at[0] == '[' && address.at[address.len - 1] == ']')
		address = (struct span){address.at + 1, address.len - 2};
	return span_is(address, "*") ? (struct span){NULL, 0} : address;
}

static bool is_protocol(struct span protocol)
{
	return !protocol.at || span_is(protocol, "tcp") || span_is(protocol, "udp") ||
	       span_is(protocol, "sctp");
}

int publish_row_parse(struct grant_row *row, struct error *err)
{
	struct span ports = span_cut(row->text, '/', &row->publish.protocol);

	row->publish.address = cut_address(&ports);
	struct ip ip;

	if ((row->publish.address.at && !ip_parse(row->publish.address, &ip)) ||
	    !ports_read(ports, &row->publish.low, &row->publish.high) ||
	    !is_protocol(row->publish.protocol))
		return error_set(err,
		    "\"%.*s\" is not [ADDRESS:]PORT[-PORT][/PROTOCOL]; examples are "
		    "127.0.0.1:30000-32767, *:8080, [::1]:53/udp and *",
		    (int)row->text.len, row->text.at);
	return 0;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

struct publish_ask {
	struct span address, ports, protocol;
	unsigned low, high;
};

static bool covers_publish(const struct publish_row *row, const struct publish_ask *ask)
{
	return (!row->address.at || span_equal(row->address, ask->address)) &&
	       (!row->protocol.at || span_equal(row->protocol, ask->protocol)) &&
	       ask->low >= row->low && ask->high <= row->high;
}

static int compare_lowest(const void *one, const void *other)
{
	const struct publish_entry *a = one, *b = other;
	unsigned low = a->row->publish.low, other_low = b->row->publish.low;

	return (low > other_low) - (low < other_low);
}

int publish_resolve(struct policy *policy, struct error *err)
{
	struct grant_state *state = &policy->grants[GRANT_PUBLISH_ID];
	struct publish_list *list = &state->publish;
	unsigned reach = 0;

	if (state->count == 0)
		return 0;
	list->entries = arena_alloc(&policy->arena, state->count * sizeof(*list->entries));
	if (!list->entries)
		return error_set(err, "out of memory");
	for (const struct grant_row *row = state->first; row; row = row->next)
		list->entries[list->count++].row = row;
	qsort(list->entries, list->count, sizeof(*list->entries), compare_lowest);
	for (unsigned i = 0; i < list->count; i++) {
		unsigned high = list->entries[i].row->publish.high;

		reach = high > reach ? high : reach;
		list->entries[i].reach = reach;
	}
	return 0;
}

/* How many rows start at |port| or below. */
static unsigned count_from(const struct publish_list *list, unsigned port)
{
	unsigned low = 0, high = list->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (list->entries[middle].row->publish.low <= port)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first row that covers |ask|, or NULL. */
static const struct grant_row *find_publish(
    const struct publish_list *list, const struct publish_ask *ask)
{
	const struct grant_row *found = NULL;

	for (unsigned i = count_from(list, ask->low); i > 0; i--) {
		const struct publish_entry *entry = &list->entries[i - 1];

		if (entry->reach < ask->high)
			break;
		meter_spend(1);
		if ((!found || entry->row->order < found->order) &&
		    covers_publish(&entry->row->publish, ask))
			found = entry->row;
	}
	return found;
}

/* |any| stands for a port that the daemon chooses. */
static void write_ask(struct text *text, const struct publish_ask *ask, const char *any)
{
	bool six = span_has(ask->address, ':');

	text_add(text, six ? SPAN("[") : SPAN(""));
	text_add_shown(text, ask->address.len ? ask->address : SPAN("*"), 48);
	text_add(text, six ? SPAN("]:") : SPAN(":"));
	if (ask->high == 0) {
		text_add(text, span_of(any));
		return;
	}
	text_add_uint(text, ask->low);
	if (ask->low != ask->high) {
		text_add(text, SPAN("-"));
		text_add_uint(text, ask->high);
	}
}

static void need_ask(struct judge *judge, const struct place *place, const struct publish_ask *ask,
    struct span shown)
{
	char room[PORT_SHOWN];
	struct text fix = text_in(room, sizeof(room));

	struct ip ip;
	bool plain =
	    ask->address.len == 0 || span_is(ask->address, "*") || ip_parse(ask->address, &ip);

	write_ask(&fix, ask, "0"); /* a line for `*` would give every port */
	judge_need(judge, place, GRANT_PUBLISH_ID, shown,
	    plain ? text_span(&fix) : (struct span){NULL, 0});
}

static void judge_ask(struct judge *judge, const struct place *place, struct publish_ask *ask)
{
	char room[PORT_SHOWN];
	struct text text = text_in(room, sizeof(room));

	if (ask->ports.len > 0 &&
	    (span_is(ask->ports, "*") || !ports_read(ask->ports, &ask->low, &ask->high))) {
		judge_bad(
		    judge, REASON_BODY, place, ask->ports, "is not a port or a range of ports");
		return;
	}
	const struct grant_row *row =
	    find_publish(&judge->policy->grants[GRANT_PUBLISH_ID].publish, ask);

	if (row && !judge->trace)
		return;
	write_ask(&text, ask, "*");
	if (row)
		judge_note(judge, place, text_span(&text), "granted", &row->source);
	else
		need_ask(judge, place, ask, text_span(&text));
}

/* The protocol of "80/tcp"; tcp when none is written. */
static struct span protocol_of(struct span key)
{
	struct span protocol;

	(void)span_cut(key, '/', &protocol);
	return protocol.at ? protocol : SPAN("tcp");
}

/* No binding under a port is a random port on all addresses. */
static void judge_port(struct judge *judge, const struct place *up, const cJSON *bindings)
{
	struct span key = span_of(bindings->string);
	struct place place = place_key(up, key);
	const cJSON *binding;

	if (!cJSON_IsArray(bindings) || !bindings->child) {
		judge_ask(judge, &place, &(struct publish_ask){.protocol = protocol_of(key)});
		return;
	}
	cJSON_ArrayForEach (binding, bindings) {
		struct publish_ask ask = {
		    .address = json_text(binding, "HostIp"),
		    .ports = json_text(binding, "HostPort"),
		    .protocol = protocol_of(key),
		};

		if (judge_done(judge))
			return;
		judge_ask(judge, &place, &ask);
	}
}

/* The daemon listens on all addresses for a service, in ingress and in host mode. */
void publish_judge_service(struct judge *judge, const struct place *place, const cJSON *port)
{
	char room[NUMBER_MOST];
	const cJSON *published = json_field(port, "PublishedPort");
	const char *protocol = json_string(json_field(port, "Protocol"));
	struct publish_ask ask = {
	    .ports = cJSON_IsNumber(published) ? value_text(published, &room) : SPAN(""),
	    .protocol = *protocol ? span_of(protocol) : SPAN("tcp"),
	};

	if (!grant_is_free(judge->policy, GRANT_PUBLISH_ID))
		judge_ask(judge, place, &ask);
}

void publish_judge(struct judge *judge, const struct place *place, const cJSON *map)
{
	const cJSON *bindings;

	if (grant_is_free(judge->policy, GRANT_PUBLISH_ID))
		return;
	cJSON_ArrayForEach (bindings, map) {
		if (judge_done(judge))
			return;
		judge_port(judge, place, bindings);
	}
}
