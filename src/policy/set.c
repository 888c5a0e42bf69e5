/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a [policy] section: which key it is and what takes it. */
#include "base/nearest.h"
#include "policy/model.h"
#include "policy/text.h"

#define API_MINOR_MOST 999

typedef bool setting_parse_fn(struct span value, unsigned *ret_value);

static bool parse_mode(struct span value, unsigned *ret_value)
{
	*ret_value = span_is(value, "dry-run");
	return *ret_value || span_is(value, "enforce");
}

static bool parse_api(struct span value, unsigned *ret_value)
{
	uint64_t minor;

	if (!span_starts(value, SPAN("1.")) ||
	    !span_to_uint(span_from(value, 2), API_MINOR_MOST, &minor))
		return false;
	*ret_value = (unsigned)minor;
	return true;
}

static bool parse_allow(struct span value, unsigned *ret_value)
{
	*ret_value = span_is(value, "allow");
	return *ret_value || span_is(value, "deny");
}

static bool parse_tell(struct span value, unsigned *ret_value)
{
	static const char *const words[] = {
	    [TELL_ALL] = "all", [TELL_SHORT] = "short", [TELL_NOTHING] = "nothing"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (span_equal(value, span_of(words[i]))) {
			*ret_value = i;
			return true;
		}
	}
	return false;
}

static bool parse_all(struct span value, unsigned *ret_value)
{
	*ret_value = 1;
	return span_is(value, "all");
}

static bool parse_switch(struct span value, unsigned *ret_value)
{
	bool on = false;
	bool fits = word_to_bool(value, &on);

	*ret_value = on;
	return fits;
}

static const struct {
	const char *name;
	setting_parse_fn *parse;
	const char *right;
	const char *unset;
	enum wider_way way; /* of values as setting_parse_fn makes them */
	const char *help;
} settings[SETTING_COUNT] = {
    [SETTING_MODE] = {"mode", parse_mode, "enforce or dry-run", "enforce", WAY_UP,
	"dry-run logs what it would deny, and forwards it"},
    [SETTING_MIN_API] = {"min_api", parse_api, "an API version such as 1.24", "1.24", WAY_DOWN,
	"oldest version in a path; requests without a version always pass this check"},
    [SETTING_MAX_API] = {"max_api", parse_api, "an API version such as 1.47", "none", WAY_UP,
	"newest version in a path"},
    [SETTING_UNKNOWN_ROUTES] = {"unknown_routes", parse_allow, "allow or deny", "deny", WAY_UP,
	"requests that are no known operation, where a rule on their path or @all allows them"},
    [SETTING_UNKNOWN_FIELDS] = {"unknown_fields", parse_allow, "allow or deny", "deny", WAY_UP,
	"members of a body that are in no table and not empty"},
    [SETTING_UNKNOWN_PARAMS] = {"unknown_params", parse_allow, "allow or deny", "deny", WAY_UP,
	"query parameters that are in no table"},
    [SETTING_GRANT] = {"grant", parse_all, "all", "none", WAY_UP,
	"every grant there is; what can be read in two ways stays refused"},
    [SETTING_PRESET] = {"preset", NULL, "cis", "none", WAY_LIST,
	"all requirements of section 5 of the CIS Docker Benchmark"},
    [SETTING_CHECK_STATE] = {"check_state", parse_switch, "yes or no", "yes", WAY_DOWN,
	"objects that exist are judged before they are used"},
    [SETTING_RESOLVE_BINDS] = {"resolve_binds", parse_switch, "yes or no", "no", WAY_DOWN,
	"symbolic links in bind sources are followed first"},
    [SETTING_TELL] = {"tell", parse_tell, "all, short or nothing", "all", WAY_NO_POWER,
	"what a refusal tells the client: reason and missing lines, the reason, or nothing"},
    [SETTING_OWN_CONTAINER] = {"own_container", parse_switch, "yes or no", "no", WAY_UP,
	"sockwarden's own container, its volumes and its networks may be used"},
};

void setting_write(struct text *text, enum setting setting, unsigned value)
{
	static const char *const words[SETTING_COUNT][3] = {
	    [SETTING_MODE] = {"enforce", "dry-run"},
	    [SETTING_UNKNOWN_ROUTES] = {"deny", "allow"},
	    [SETTING_UNKNOWN_FIELDS] = {"deny", "allow"},
	    [SETTING_UNKNOWN_PARAMS] = {"deny", "allow"},
	    [SETTING_GRANT] = {"none", "all"},
	    [SETTING_CHECK_STATE] = {"no", "yes"},
	    [SETTING_RESOLVE_BINDS] = {"no", "yes"},
	    [SETTING_TELL] = {"all", "short", "nothing"},
	    [SETTING_OWN_CONTAINER] = {"no", "yes"},
	};

	if (words[setting][0])
		text_add(text, span_of(words[setting][value]));
	else if (value > 0)
		text_add_format(text, "1.%u", value);
	else
		text_add(text, SPAN("none"));
}

/* Keys with files of their own. */
static bool other_key_at(unsigned index, struct policy_setting *ret_setting)
{
	unsigned owners = 0;

	while (owner_key_at(owners, ret_setting)) {
		if (owners++ == index)
			return true;
	}
	return redact_key_at(index - owners, ret_setting);
}

bool policy_setting_at(unsigned index, struct policy_setting *ret_setting)
{
	if (index < SETTING_COUNT)
		*ret_setting = (struct policy_setting){settings[index].name, settings[index].right,
		    settings[index].unset, settings[index].help, settings[index].way};
	else if (index < (unsigned)SETTING_COUNT + MAXIMUM_COUNT)
		*ret_setting = maximum_listed((enum maximum)(index - SETTING_COUNT));
	else
		return other_key_at(index - SETTING_COUNT - MAXIMUM_COUNT, ret_setting);
	return true;
}

static int setting_from(struct span key)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		if (span_equal(key, span_of(settings[i].name)))
			return i;
	}
	return -1;
}

static int setting_set(struct policy_line *line, int setting, struct error *err)
{
	struct setting_state *state = &line->policy->settings[setting];
	unsigned value;

	if (setting == SETTING_PRESET)
		return require_preset(line, err);
	if (!settings[setting].parse(line->value, &value))
		return error_set(err, "\"%.*s\" is not %s%s", (int)line->value.len, line->value.at,
		    settings[setting].right,
		    setting == SETTING_MODE && span_starts(line->value, SPAN("0"))
			? "; the permissions of a socket belong in [listener NAME]"
			: "");
	if (state->given && state->value != value)
		return error_set(err, "already set to another value; keep one of the two lines");
	*state = (struct setting_state){true, value, line->source};
	return 0;
}

const char *policy_key_at(unsigned index)
{
	static const char *const first[] = {"allow", "deny", "require"};

	if (index < 3)
		return first[index];
	index -= 3;
	if (index < SETTING_COUNT)
		return settings[index].name;
	index -= SETTING_COUNT;
	if (index < MAXIMUM_COUNT)
		return maximum_name((enum maximum)index);
	index -= MAXIMUM_COUNT;
	struct policy_setting other;
	unsigned others = 0;

	while (other_key_at(others, &other)) {
		if (others++ == index)
			return other.name;
	}
	index -= others;
	return index + 1 < GRANT_MAX ? grant_info((enum grant)(index + 1))->name : NULL;
}

/* What people call keys, after options of the docker client and members of compose files. */
static const char *key_called(struct span word)
{
	static const struct {
		const char *word, *key;
	} rows[] = {
	    {"network", "network_mode"},
	    {"networks", "network_mode"},
	    {"port", "publish"},
	    {"ports", "publish"},
	    {"mount", "bind\" or \"volume"},
	    {"mounts", "bind\" or \"volume"},
	    {"memory", "max_memory"},
	    {"mem_limit", "max_memory"},
	    {"cpus", "max_cpus"},
	    {"pids_limit", "max_pids"},
	    {"environment", "env"},
	    {"capabilities", "cap_add"},
	    {"cap_drop", "require = cap_drop_all"},
	    {"read_only", "require = read_only_root"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (span_equal(word, span_of(rows[i].word)))
			return rows[i].key;
	}
	return NULL;
}

static int unknown_key(struct span key, struct error *err)
{
	const char *called = key_called(key);

	if (called)
		return error_set(err, "no such key in a policy; did you mean \"%s\"?", called);
	if (require_names(key))
		return error_set(
		    err, "no such key in a policy; write require = %.*s", (int)key.len, key.at);

	struct nearest nearest;

	nearest_init(&nearest, key);
	for (unsigned i = 0; policy_key_at(i); i++)
		nearest_offer(&nearest, policy_key_at(i));
	const char *near = nearest.best;

	return near ? error_set(err, "no such key in a policy; did you mean \"%s\"?", near)
		    : error_set(err,
			  "no such key in a policy; list the keys with \"sockwarden operations "
			  "--grants\", --requirements or --settings");
}

bool policy_knows_key(struct span key)
{
	for (unsigned i = 0; policy_key_at(i); i++) {
		if (span_equal(key, span_of(policy_key_at(i))))
			return true;
	}
	return false;
}

static int set_line(struct policy_line *line, struct error *err)
{
	enum maximum maximum;
	enum grant grant = grant_from(line->key);
	int setting = setting_from(line->key);

	if (span_is(line->key, "allow"))
		return rule_add(line, false, err);
	if (span_is(line->key, "deny"))
		return rule_add(line, true, err);
	if (span_is(line->key, "require"))
		return require_add(line, err);
	if (setting >= 0)
		return setting_set(line, setting, err);
	if (maximum_from(line->key, &maximum))
		return maximum_add(line, maximum, err);
	if (owner_knows_key(line->key))
		return owner_add(line, err);
	if (redact_knows_key(line->key))
		return redact_add(line, err);
	if (grant != GRANT_NONE)
		return grant_add(line, grant, err);
	return unknown_key(line->key, err);
}

int policy_set(struct policy *policy, struct span key, struct span value,
    const struct policy_source *source, struct error *err)
{
	struct policy_line line = {policy, span_trim(key), span_trim(value), *source};

	if (policy->finished)
		return error_set(err, "the policy is finished");
	if (line.value.len == 0 && policy_knows_key(line.key))
		return error_set(err, "has no value; write one or remove the line");
	return set_line(&line, err);
}
