/* SPDX-License-Identifier: Apache-2.0 */
/* Device requests: which driver, how many devices, which of them, with which capabilities. */
#include <limits.h>

#include "base/glob.h"
#include "json/json.h"
#include "policy/need.h"

#define LINE_MOST 300u   /* bytes of the value of the line that a request needs */
#define FIX_KEY_MOST 24u /* of what stands before it in a line, and a NUL */

/* ---- the line ----------------------------------------------------------------------------------
 */

static int read_option(struct devices_row *row, struct span word, struct error *err)
{
	struct span value, key = span_cut(word, '=', &value);
	uint64_t most;

	if (span_in_words(key, "device capability option") && value.len > 0)
		return 0;
	if (!span_is(key, "count") || !span_to_uint(value, INT_MAX, &most))
		return error_set(err,
		    "\"%.*s\" is not count=NUMBER, device=PATTERN, capability=PATTERN or "
		    "option=KEY=VALUE",
		    (int)word.len, word.at);
	row->most = (unsigned)most;
	return 0;
}

int devices_read(struct span words, struct devices_row *ret_row, struct error *err)
{
	struct devices_row row = {.options = words, .most = UINT_MAX};
	struct span word;
	bool drivers = false;
	int more;

	while ((more = word_next(&words, &word)) > 0) {
		bool option = span_has(word, '=');

		if (!option && row.bounded)
			return error_set(err, "drivers stand before their options");
		drivers |= !option;
		row.bounded |= option;
		if (option && read_option(&row, word, err) < 0)
			return -1;
	}
	if (more < 0)
		return error_set(err, "quotes go around a whole word, and are closed");
	if (!drivers)
		return error_set(err, "begins with a driver, such as nvidia or cdi");
	*ret_row = row;
	return 0;
}

/* Whether an option |key| of the line covers |text|; |ret_any| where the line has no such option.
 */
static bool option_covers(
    const struct devices_row *row, const char *key, struct span text, bool *ret_any)
{
	struct span rest = row->options, word, pattern;

	*ret_any = true;
	while (word_next(&rest, &word) > 0) {
		if (!span_equal(span_cut(word, '=', &pattern), span_of(key)) || !pattern.at)
			continue;
		*ret_any = false;
		if (glob_match(pattern, text) || span_is(pattern, "*"))
			return true;
	}
	return false;
}

/* ---- the request -------------------------------------------------------------------------------
 */

/* "all", or a CDI name that ends in it, or in what BuildKit takes for it. */
static bool is_all(struct span id)
{
	struct span device = id;

	while (span_has(device, '='))
		(void)span_cut(device, '=', &device);
	return span_is(device, "all") || span_is(device, "*");
}

/* How many devices a request is for; UINT_MAX: all. */
static unsigned devices_of(const cJSON *request)
{
	const cJSON *count = json_field(request, "Count"), *id;
	unsigned devices = 0;

	if (cJSON_IsNumber(count) && (count->valuedouble < 0 || count->valuedouble >= INT_MAX))
		return UINT_MAX;
	if (cJSON_IsNumber(count))
		devices = (unsigned)count->valuedouble;
	cJSON_ArrayForEach (id, json_field(request, "DeviceIDs")) {
		if (is_all(span_of(json_string(id))))
			return UINT_MAX;
		devices++;
	}
	return devices;
}

bool devices_is_cdi(struct span path)
{
	return path.len > 0 && path.at[0] != '/' && span_has(path, '=');
}

/* The first of the list that |item| is in. */
static const cJSON *first_of(const cJSON *item)
{
	while (item->prev && item->prev->next)
		item = item->prev;
	return item;
}

/* How many devices an instruction's |name| is for, which can be a whole class of them, or all names
 * among the devices of the list that |device| is in; UINT_MAX: all. */
static unsigned cdi_devices_of_all(struct span name, const cJSON *device)
{
	unsigned devices = 0;

	if (!device)
		return is_all(name) || !span_has(name, '=') ? UINT_MAX : 1;
	for (device = first_of(device); device; device = device->next) {
		name = json_text(device, "PathOnHost");
		if (devices_is_cdi(name) && is_all(name))
			return UINT_MAX;
		devices += devices_is_cdi(name);
	}
	return devices;
}

/* Those of all requests in the list: one after the other they would pass any bound. */
static unsigned devices_of_all(const cJSON *request)
{
	uint64_t devices = 0;

	for (request = first_of(request); request; request = request->next)
		devices += devices_of(request);
	return devices < UINT_MAX ? (unsigned)devices : UINT_MAX;
}

/* A CDI device is a file of the host's that says what is done to the container: only lines that
 * name it, or the driver cdi without naming any, cover it. */
static bool covers_device(const struct grant_row *row, struct span driver, struct span id)
{
	bool any;

	if (span_has(id, ',')) /* the drivers write the ids into one list */
		return false;
	if (option_covers(&row->devices, "device", id, &any))
		return true;
	return any && (!span_has(id, '=') || span_is(driver, "cdi"));
}

static bool covers_capability(const struct grant_row *row, struct span driver, struct span word)
{
	bool any;

	return option_covers(&row->devices, "capability", word, &any) || any ||
	       span_equal(word, driver);
}

static bool covers_option(const struct grant_row *row, const cJSON *option)
{
	char room[256];
	struct text text = text_in(room, sizeof(room));
	bool any;

	text_add_format(&text, "%s=%s", option->string, json_string(option));
	return text.len + 1 < sizeof(room) &&
	       option_covers(&row->devices, "option", text_span(&text), &any);
}

static bool covers_capabilities(const struct grant_row *row, struct span driver, const cJSON *lists)
{
	const cJSON *list, *word;

	cJSON_ArrayForEach (list, lists) {
		cJSON_ArrayForEach (word, list) {
			if (!covers_capability(row, driver, span_of(json_string(word))))
				return false;
		}
	}
	return true;
}

#define COUNT_MOST 64 /* devices that are looked at one by one */

/* The driver makes "0,1,..." of a count and "all" of a negative one: a line that names devices and
 * says no count covers those that it names. */
static bool covers_count(const struct grant_row *row, const cJSON *count)
{
	struct json_integer number;
	bool any;

	if (!json_integer(count, &number) || number.size == 0 ||
	    option_covers(&row->devices, "device", SPAN("all"), &any) || any)
		return true;
	for (unsigned i = 0; !number.negative && i < number.size && i < COUNT_MOST; i++) {
		char room[16];
		struct text text = text_in(room, sizeof(room));

		text_add_format(&text, "%u", i);
		if (!option_covers(&row->devices, "device", text_span(&text), &any))
			return false;
	}
	return !number.negative && number.size <= COUNT_MOST;
}

static bool covers_request(const struct grant_row *row, struct span driver, const cJSON *request)
{
	const cJSON *item;

	if (row->devices.most == UINT_MAX && !covers_count(row, json_field(request, "Count")))
		return false;

	if (row->devices.most != UINT_MAX && devices_of_all(request) > row->devices.most)
		return false;
	cJSON_ArrayForEach (item, json_field(request, "DeviceIDs")) {
		if (!covers_device(row, driver, span_of(json_string(item))))
			return false;
	}
	cJSON_ArrayForEach (item, json_field(request, "Options")) {
		if (!covers_option(row, item))
			return false;
	}
	return covers_capabilities(row, driver, json_field(request, "Capabilities"));
}

/* ---- judging -----------------------------------------------------------------------------------
 */

static void write_option(
    struct text *line, const char *option, const char *key, const char *equals, const char *value)
{
	char room[LINE_MOST];
	struct text word = text_in(room, sizeof(room));

	text_add_format(&word, "%s=%s%s%s", option, key, equals, value);
	text_add(line, SPAN(" "));
	need_add_word(line, text_span(&word));
}

/* What would cover the request: the driver, and what lines without options leave out. */
static void write_need(struct text *line, struct span driver, const cJSON *request)
{
	const cJSON *item;

	if (driver.len > 0)
		need_add_word(line, driver);
	cJSON_ArrayForEach (item, json_field(request, "DeviceIDs")) {
		if (span_has(span_of(json_string(item)), '='))
			write_option(line, "device", "", "", json_string(item));
	}
	cJSON_ArrayForEach (item, json_field(request, "Options")) {
		write_option(line, "option", item->string, "=", json_string(item));
	}
}

static void need(struct judge *judge, enum grant grant, const struct place *place,
    struct span driver, const cJSON *request)
{
	char room[LINE_MOST], line[sizeof(judge->decision->fix)];
	struct text value = text_in(room, sizeof(room)), fix = text_in(line, sizeof(line));
	struct fault fault = {.reason = REASON_GRANT, .place = place, .grant = grant, .fix = line};

	write_need(&value, driver, request);
	fault.value = text_span(&value);
	struct need need = {.value = fault.value, .written = true};

	if (value.len + 1 < sizeof(room) && !span_has(driver, '='))
		fault.need = &need;
	if (value.len == 0)
		text_add_format(&fix, "%s = *", grant_info(grant)->name);
	else if (fault.need && driver.len > 0 && says_itself(fault.value) &&
		 value.len + FIX_KEY_MOST < sizeof(line))
		text_add_format(&fix, "%s = %s", grant_info(grant)->name, room);
	judge_refuse(judge, &fault, "\"%s\" needs the grant \"%s\"", room, grant_info(grant)->name);
}

void devices_judge(struct judge *judge, enum grant grant, const struct place *place,
    struct span driver, const cJSON *request)
{
	const struct grant_row *row = judge->policy->grants[grant].first;

	if (grant_is_free(judge->policy, grant))
		return;
	while (row && !(glob_match(row->pattern, driver) && covers_request(row, driver, request)))
		row = row->next;
	if (row)
		judge_note(judge, place, driver, "granted", &row->source);
	else
		need(judge, grant, place, driver, request);
}

static bool covers_cdi(const struct grant_row *row, struct span name, const cJSON *device)
{
	const struct span driver = SPAN("cdi");

	return glob_match(row->pattern, driver) && covers_device(row, driver, name) &&
	       (row->devices.most == UINT_MAX ||
		   cdi_devices_of_all(name, device) <= row->devices.most);
}

void devices_judge_cdi(struct judge *judge, enum grant grant, const struct place *place,
    struct span name, const cJSON *device)
{
	const struct grant_row *row = judge->policy->grants[grant].first;

	if (grant_is_free(judge->policy, grant))
		return;
	while (row && !covers_cdi(row, name, device))
		row = row->next;
	if (row)
		return;
	char line[sizeof(judge->decision->fix)], room[LINE_MOST];
	struct text fix = text_in(line, sizeof(line)), shown = text_in(room, sizeof(room));
	struct fault fault = {
	    .reason = REASON_GRANT, .place = place, .grant = grant, .value = name, .fix = line};

	if (fits_a_line(name) && says_itself(name) && !policy_wants_quotes(name))
		text_add_format(
		    &fix, "%s = cdi device=%.*s", grant_info(grant)->name, (int)name.len, name.at);
	text_add_shown(&shown, name, LINE_MOST - 1);
	judge_refuse(judge, &fault, "\"%s\" needs the grant \"%s\"", room, grant_info(grant)->name);
}

/* A resource of a swarm's node that is asked for by its kind: lines with options are for others. */
const struct grant_row *devices_find(
    const struct policy *policy, enum grant grant, struct span kind)
{
	const struct grant_row *row = policy->grants[grant].first;

	while (row && (row->devices.bounded || !glob_match(row->pattern, kind)))
		row = row->next;
	return row;
}
