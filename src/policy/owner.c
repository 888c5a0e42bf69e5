/* SPDX-License-Identifier: Apache-2.0 */
/* The keys by which a policy is one owner's: `owner` and `shared`. */
#include <ctype.h>

#include "policy/model.h"
#include "policy/owner.h"
#include "policy/text.h"

#define LABEL_MOST 128

static const struct policy_setting keys[] = {
    {"owner", "a name, or %{cn}, %{uid} or %{container} of the client", "none",
	"clients use objects with this owner's label only, and make none without it", WAY_CHANGE},
    {"shared", "network:PATTERN or volume:PATTERN", "none",
	"objects without an owner that the owner's containers may use", WAY_LIST},
    {"max_containers", "a whole number", "none", "containers that an owner may have", WAY_UP},
    {"max_networks", "a whole number", "none", "networks that an owner may have", WAY_UP},
    {"max_volumes", "a whole number", "none",
	"volumes that an owner may have; not counted are those without a name", WAY_UP},
};

#define QUOTA_FIRST 2 /* of |keys| */

static const enum docker_object quota_kinds[QUOTA_COUNT] = {
    OBJECT_CONTAINER, OBJECT_NETWORK, OBJECT_VOLUME};

bool owner_key_at(unsigned index, struct policy_setting *ret_setting)
{
	if (index >= sizeof(keys) / sizeof(*keys))
		return false;
	*ret_setting = keys[index];
	return true;
}

bool quota_key_at(unsigned index, struct policy_setting *ret_setting)
{
	return owner_key_at(QUOTA_FIRST + index, ret_setting);
}

bool owner_knows_key(struct span key)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (span_equal(key, span_of(keys[i].name)))
			return true;
	}
	return false;
}

/* ---- names -------------------------------------------------------------------------------------
 */

/* Needs no escape in JSON, in a filter and in a Dockerfile. */
static bool is_owner(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.at[i];

		if (!isalnum(c) && !(i > 0 && memchr("_.-", c, 3)))
			return false;
	}
	return name.len > 0 && name.len <= POLICY_OWNER_MOST;
}

bool policy_owner_label_fits(struct span key)
{
	for (size_t i = 0; i < key.len; i++) {
		if (!isalnum((unsigned char)key.at[i]) && !memchr("_.-", key.at[i], 3))
			return false;
	}
	return span_has(key, '.') && isalnum((unsigned char)key.at[0]) && key.len <= LABEL_MOST;
}

static const struct {
	const char *text;
	size_t offset;
} placeholders[] = {
    {"%{cn}", offsetof(struct policy_client, cn)},
    {"%{uid}", offsetof(struct policy_client, uid)},
    {"%{container}", offsetof(struct policy_client, container)},
};

/* Takes the next piece off |*rest|: of the text itself, or of |client| in place of a placeholder.
 * False when that is not known. */
static bool next_piece(
    struct span *rest, const struct policy_client *client, struct span *ret_piece)
{
	size_t len = 0;

	for (size_t i = 0; i < sizeof(placeholders) / sizeof(*placeholders); i++) {
		if (!span_cut_prefix(rest, span_of(placeholders[i].text)))
			continue;
		*ret_piece = *(const struct span *)((const char *)client + placeholders[i].offset);
		return ret_piece->len > 0;
	}
	do
		len++;
	while (len < rest->len && rest->at[len] != '%');
	*ret_piece = (struct span){rest->at, len};
	*rest = span_from(*rest, len);
	return true;
}

bool policy_owner_write(const struct policy *policy, const struct policy_client *client,
    char room[static POLICY_OWNER_MOST + 1])
{
	char whole[POLICY_OWNER_MOST + 2]; /* one more shows what is too long */
	struct text text = text_in(whole, sizeof(whole));
	struct span rest = policy->owner.name, piece;

	room[0] = '\0';
	while (rest.len > 0) {
		if (!next_piece(&rest, client, &piece))
			return false;
		text_add(&text, piece);
	}
	if (!is_owner(text_span(&text)))
		return false;
	memcpy(room, whole, text.len + 1);
	return true;
}

/* ---- lines -------------------------------------------------------------------------------------
 */

static int set_owner(struct policy_line *line, struct error *err)
{
	static const struct policy_client sample = {SPAN("a"), SPAN("0"), SPAN("a")};
	struct owner_state *owner = &line->policy->owner;
	char room[POLICY_OWNER_MOST + 1];

	if (owner->name.at && !span_equal(owner->name, line->value))
		return error_set(err, "already set to another value; keep one of the two lines");
	owner->source = line->source;
	owner->name = policy_keep(line->policy, line->value);
	if (!owner->name.at)
		return error_set(err, "out of memory");
	if (!policy_owner_write(line->policy, &sample, room))
		return error_set(err,
		    "\"%.*s\" is no name of an owner; use letters, digits, \"_\", \".\" and \"-\", "
		    "and %%{cn}, %%{uid} or %%{container}",
		    (int)line->value.len, line->value.at);
	return 0;
}

static bool read_kind(struct span word, enum docker_object *ret_kind, struct span *ret_pattern)
{
	static const enum docker_object kinds[] = {OBJECT_NETWORK, OBJECT_VOLUME};
	struct span kind = span_cut(word, ':', ret_pattern);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (span_equal(kind, span_of(docker_object_info(kinds[i])->name))) {
			*ret_kind = kinds[i];
			return ret_pattern->len > 0;
		}
	}
	return false;
}

static int add_shared(struct policy_line *line, struct span word, struct error *err)
{
	struct owner_state *owner = &line->policy->owner;
	struct shared_row *row = arena_alloc(&line->policy->arena, sizeof(*row));
	struct span pattern;

	if (!row)
		return error_set(err, "out of memory");
	*row = (struct shared_row){.source = line->source};
	if (!read_kind(word, &row->kind, &pattern))
		return error_set(err, "\"%.*s\" is not network:PATTERN or volume:PATTERN",
		    (int)word.len, word.at);
	row->text = policy_keep(line->policy, word);
	row->pattern = policy_keep_stars(line->policy, pattern);
	if (!row->text.at || !row->pattern.at)
		return error_set(err, "out of memory");
	if (owner->last_shared)
		owner->last_shared->next = row;
	else
		owner->shared = row;
	owner->last_shared = row;
	return 0;
}

#define QUOTA_MOST 1000000u

static int set_quota(struct policy_line *line, struct quota *quota, struct error *err)
{
	uint64_t most;

	if (!span_to_uint(line->value, QUOTA_MOST, &most))
		return error_set(err, "\"%.*s\" is not a whole number up to %u",
		    (int)line->value.len, line->value.at, QUOTA_MOST);
	if (quota->given && quota->most != most)
		return error_set(err, "already set to another value; keep one of the two lines");
	*quota = (struct quota){true, most, line->source};
	return 0;
}

const struct quota *quota_of(
    const struct policy *policy, enum docker_object kind, const char **ret_key)
{
	for (unsigned i = 0; i < QUOTA_COUNT; i++) {
		*ret_key = keys[QUOTA_FIRST + i].name;
		if (quota_kinds[i] == kind)
			return policy->owner.quotas[i].given ? &policy->owner.quotas[i] : NULL;
	}
	return NULL;
}

int owner_add(struct policy_line *line, struct error *err)
{
	struct span rest = line->value, word;
	int result;

	if (span_is(line->key, "owner"))
		return set_owner(line, err);
	for (unsigned i = 0; i < QUOTA_COUNT; i++) {
		if (span_equal(line->key, span_of(keys[QUOTA_FIRST + i].name)))
			return set_quota(line, &line->policy->owner.quotas[i], err);
	}
	while ((result = word_next(&rest, &word)) > 0) {
		if (add_shared(line, word, err) < 0)
			return -1;
	}
	return result < 0 ? quotes_refuse(err) : 0;
}

/* ---- the end of the building -------------------------------------------------------------------
 */

/* What lets requests through that nobody has judged, or that hold the objects of every owner. */
static const struct {
	enum setting setting;
	bool guarded; /* by such requests clients without an owner could make what looks like an
		       * owner's */
	const char *line, *why;
} open_settings[] = {
    {SETTING_MODE, true, "mode = dry-run", "forwards what is another owner's"},
    {SETTING_GRANT, false, "grant = all", "gives the host, and with it the objects of every owner"},
    {SETTING_UNKNOWN_ROUTES, true, "unknown_routes = allow", "may name the objects of every owner"},
    {SETTING_UNKNOWN_FIELDS, false, "unknown_fields = allow",
	"may name the objects of every owner"},
    {SETTING_UNKNOWN_PARAMS, false, "unknown_params = allow",
	"may name the objects of every owner"},
};

static int check_settings(struct policy *policy, struct error *err)
{
	bool owned = policy_has_owner(policy);

	for (size_t i = 0; i < sizeof(open_settings) / sizeof(*open_settings); i++) {
		if (!policy_allows(policy, open_settings[i].setting) ||
		    !(owned || open_settings[i].guarded))
			continue;
		policy->fault = policy->settings[open_settings[i].setting].source;
		return error_set(err, "\"%s\" %s; remove it or the %s", open_settings[i].line,
		    open_settings[i].why,
		    owned ? "line \"owner\"" : "\"owner\" lines of the other policies");
	}
	return 0;
}

/* Keys that say nothing without an owner. */
static int check_unowned(struct policy *policy, struct error *err)
{
	const struct owner_state *owner = &policy->owner;
	const struct policy_source *source = owner->shared ? &owner->shared->source : NULL;
	const char *key = "shared";

	for (unsigned i = 0; i < QUOTA_COUNT && !source; i++) {
		if (!owner->quotas[i].given)
			continue;
		source = &owner->quotas[i].source;
		key = keys[QUOTA_FIRST + i].name;
	}
	if (!source)
		return 0;
	policy->fault = *source;
	return error_set(err, "\"%s\" says nothing without an owner; add \"owner = NAME\"", key);
}

int owner_check(struct policy *policy, struct error *err)
{
	const struct owner_state *owner = &policy->owner;
	const struct grant_state *buildkit = &policy->grants[GRANT_BUILDKIT_ID];

	if ((owner->name.at || policy_is_guarded(policy)) && check_settings(policy, err) < 0)
		return -1;
	if (!owner->name.at)
		return check_unowned(policy, err);
	if (!buildkit->flag)
		return 0;
	policy->fault = buildkit->source;
	return error_set(err,
	    "\"buildkit = yes\" gives the caches of all builds; remove it or the line \"owner\"");
}

bool policy_has_owner(const struct policy *policy)
{
	return policy->owner.name.at != NULL;
}

bool policy_owner_varies(const struct policy *policy)
{
	return span_has(policy->owner.name, '%');
}

/* Takes off both texts what they begin with, up to a placeholder. False when they differ there. */
static bool cut_front(struct span *a, struct span *b)
{
	while (a->len > 0 && b->len > 0 && a->at[0] != '%' && b->at[0] != '%') {
		if (a->at[0] != b->at[0])
			return false;
		*a = span_from(*a, 1);
		*b = span_from(*b, 1);
	}
	return true;
}

/* The same at the end. */
static bool cut_back(struct span *a, struct span *b)
{
	while (a->len > 0 && b->len > 0 && a->at[a->len - 1] != '}' && b->at[b->len - 1] != '}') {
		if (a->at[--a->len] != b->at[--b->len])
			return false;
	}
	return true;
}

/* Whether |text|, a placeholder and more, can be |name|, which has none. */
static bool may_be(struct span text, struct span name)
{
	bool digits = span_equal(text, SPAN("%{uid}"));

	for (size_t i = 0; digits && i < name.len; i++) {
		if (!isdigit((unsigned char)name.at[i]))
			return false;
	}
	return name.len > 0;
}

bool policy_owners_meet(const struct policy *policy, const struct policy *other)
{
	struct span a = policy->owner.name, b = other->owner.name;

	if (!a.at || !b.at || span_equal(a, b) || !(span_has(a, '%') || span_has(b, '%')) ||
	    !cut_front(&a, &b) || !cut_back(&a, &b))
		return false;
	if (!span_has(a, '%'))
		return may_be(b, a);
	return span_has(b, '%') || may_be(a, b);
}

bool policy_is_guarded(const struct policy *policy)
{
	return policy->owner.key.at != NULL;
}

struct span policy_owner_label(const struct policy *policy)
{
	return policy->owner.key;
}

int policy_guard(struct policy *policy, struct span key)
{
	policy->owner.key = policy_keep(policy, key);
	return policy->owner.key.at ? owner_keep_filter(policy) : -1;
}

void owner_show(const struct policy *policy, policy_show_fn *fn, void *context)
{
	const struct owner_state *owner = &policy->owner;

	if (owner->name.at)
		fn(context, PART_SETTING, "owner", owner->name, &owner->source);
	for (const struct shared_row *row = owner->shared; row; row = row->next)
		fn(context, PART_SETTING, "shared", row->text, &row->source);
	for (unsigned i = 0; i < QUOTA_COUNT; i++) {
		char room[24];
		struct text text = text_in(room, sizeof(room));

		if (!owner->quotas[i].given)
			continue;
		text_add_format(&text, "%llu", (unsigned long long)owner->quotas[i].most);
		fn(context, PART_SETTING, keys[QUOTA_FIRST + i].name, text_span(&text),
		    &owner->quotas[i].source);
	}
}
