/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/identity.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "net/unix_socket.h"

#define TEXT_MOST 512u /* of an image or a label: whoever made the container chose it */

_Static_assert(FINGERPRINT_BYTES == PEER_DIGEST_BYTES, "one digest");

struct rule {
	enum client_kind kind;
	char *text;
	struct ip_range range;
	unsigned char fingerprint[FINGERPRINT_BYTES];
	int64_t id; /* of CLIENT_UID and CLIENT_GID */
	struct policy *policy;
};

struct identity_rules {
	atomic_uint references;
	size_t count;
	bool ask; /* one is about containers */
	struct rule rules[];
};

/* ---- making ------------------------------------------------------------------------------------
 */

static int find_id(struct rule *rule, struct error *err)
{
	uid_t uid = 0;
	gid_t gid = 0;

	if (rule->kind == CLIENT_UID && unix_user_id(rule->text, &uid) < 0)
		return error_set(err, "client: no such user: %s", rule->text);
	if (rule->kind == CLIENT_GID && unix_group_id(rule->text, &gid) < 0)
		return error_set(err, "client: no such group: %s", rule->text);
	rule->id = rule->kind == CLIENT_UID ? (int64_t)uid : (int64_t)gid;
	return 0;
}

static int rule_make(struct rule *rule, const struct config_client *from, struct error *err)
{
	rule->kind = from->kind;
	rule->range = from->range;
	memcpy(rule->fingerprint, from->fingerprint, FINGERPRINT_BYTES);
	rule->policy = policy_ref(from->policy);
	rule->text = strdup(from->text);
	if (!rule->text)
		return error_set(err, "out of memory");
	return find_id(rule, err);
}

int identity_rules_make(
    const struct config_client *clients, struct identity_rules **ret_rules, struct error *err)
{
	struct identity_rules *rules;
	size_t count = 0;

	for (const struct config_client *c = clients; c; c = c->next)
		count++;
	if (count == 0) {
		*ret_rules = NULL;
		return 0;
	}
	rules = calloc(1, sizeof(*rules) + count * sizeof(rules->rules[0]));
	if (!rules)
		return error_set(err, "out of memory");
	rules->references = 1;
	for (const struct config_client *c = clients; c; c = c->next) {
		rules->ask |= client_kind_is_container(c->kind);
		if (rule_make(&rules->rules[rules->count++], c, err) == 0)
			continue;
		identity_rules_free(rules);
		return -1;
	}
	*ret_rules = rules;
	return 0;
}

struct identity_rules *identity_rules_ref(struct identity_rules *rules)
{
	if (rules)
		rules->references++;
	return rules;
}

void identity_rules_free(struct identity_rules *rules)
{
	if (!rules || --rules->references > 0)
		return;
	for (size_t i = 0; i < rules->count; i++) {
		free(rules->rules[i].text);
		policy_unref(rules->rules[i].policy);
	}
	free(rules);
}

bool identity_rules_ask(const struct identity_rules *rules)
{
	return rules && rules->ask;
}

/* ---- texts -------------------------------------------------------------------------------------
 */

static void add_digest(const struct peer *peer, struct buf *who)
{
	buf_add_text(who, "fingerprint:sha256:");
	for (size_t i = 0; i < sizeof(peer->digest); i++)
		buf_add_format(who, "%02x", peer->digest[i]);
}

static void add_address(const struct peer *peer, struct buf *who)
{
	char text[IP_TEXT_MAX];

	buf_add_format(who, "address:%s", ip_format(&peer->ip, text));
}

static void add_name(const struct peer_name *name, struct buf *who)
{
	static const enum client_kind kinds[] = {
	    [PEER_CN] = CLIENT_CN,
	    [PEER_DNS] = CLIENT_DNS,
	    [PEER_URI] = CLIENT_URI,
	    [PEER_IP] = CLIENT_IP,
	};

	buf_add_format(who, "%s:%s", client_kind_name(kinds[name->kind]), name->text);
}

bool identity_is_own(const char *who)
{
	static const enum client_kind others[] = {
	    CLIENT_UID, CLIENT_GID, CLIENT_ADDRESS, CLIENT_IMAGE, CLIENT_LABEL};
	struct span rest, kind = span_cut(span_of(who), ':', &rest);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (span_equal(kind, span_of(client_kind_name(others[i]))))
			return false;
	}
	return true;
}

static void add_cut(struct span text, struct buf *who)
{
	buf_add(who, (struct span){text.at, text.len < TEXT_MOST ? text.len : TEXT_MOST});
}

static void add_text(enum client_kind kind, struct span text, struct buf *who)
{
	buf_add_format(who, "%s:", client_kind_name(kind));
	add_cut(text, who);
}

void identity_describe(const struct peer *peer, const struct container *container, struct buf *who)
{
	if (peer->name_count > 0)
		add_name(&peer->names[0], who);
	else if (peer->has_certificate)
		add_digest(peer, who);
	else if (container && container->id.len > 0)
		add_text(CLIENT_CONTAINER, container->name, who);
	else if (peer->uid >= 0)
		buf_add_format(who, "uid:%lld", (long long)peer->uid);
	else
		add_address(peer, who);
}

/* ---- finding -----------------------------------------------------------------------------------
 */

static bool name_fits(const struct rule *rule, const struct peer_name *name)
{
	struct span pattern = span_of(rule->text), text = span_of(name->text);

	switch (rule->kind) {
	case CLIENT_CN:
		return name->kind == PEER_CN && glob_match(pattern, text);
	case CLIENT_DNS:
		return name->kind == PEER_DNS && glob_match_nocase(pattern, text);
	case CLIENT_URI:
		return name->kind == PEER_URI && glob_match(pattern, text);
	case CLIENT_IP:
		return name->kind == PEER_IP && ip_in_range(&name->ip, &rule->range);
	case CLIENT_FINGERPRINT:
	case CLIENT_UID:
	case CLIENT_GID:
	case CLIENT_ADDRESS:
	case CLIENT_CONTAINER:
	case CLIENT_IMAGE:
	case CLIENT_LABEL:
	case CLIENT_KIND_MAX:
	default:
		return false;
	}
}

static bool any_name_fits(const struct rule *rule, const struct peer *peer, struct buf *who)
{
	for (size_t i = 0; i < peer->name_count; i++) {
		if (name_fits(rule, &peer->names[i])) {
			add_name(&peer->names[i], who);
			return true;
		}
	}
	return false;
}

static bool in_group(const struct rule *rule, const struct peer *peer)
{
	if (peer->gid == rule->id)
		return true;
	for (size_t i = 0; i < peer->group_count; i++) {
		if ((int64_t)peer->groups[i] == rule->id)
			return true;
	}
	return false;
}

static bool rule_fits(const struct rule *rule, const struct peer *peer, struct buf *who)
{
	switch (rule->kind) {
	case CLIENT_FINGERPRINT:
		if (!peer->has_certificate ||
		    memcmp(rule->fingerprint, peer->digest, sizeof(peer->digest)) != 0)
			return false;
		add_digest(peer, who);
		return true;
	case CLIENT_UID:
		if (peer->uid < 0 || peer->uid != rule->id)
			return false;
		buf_add_format(who, "uid:%lld", (long long)rule->id);
		return true;
	case CLIENT_GID:
		if (peer->uid < 0 || !in_group(rule, peer))
			return false;
		buf_add_format(who, "gid:%lld", (long long)rule->id);
		return true;
	case CLIENT_ADDRESS:
		if (!ip_in_range(&peer->ip, &rule->range))
			return false;
		add_address(peer, who);
		return true;
	case CLIENT_CN:
	case CLIENT_DNS:
	case CLIENT_URI:
	case CLIENT_IP:
	case CLIENT_CONTAINER:
	case CLIENT_IMAGE:
	case CLIENT_LABEL:
	case CLIENT_KIND_MAX:
	default:
		return any_name_fits(rule, peer, who);
	}
}

static bool image_fits(struct span pattern, const struct container *container)
{
	if (span_starts(pattern, SPAN("sha256:")))
		return glob_match(pattern, container->image_id);
	return image_covers(pattern, container->image);
}

static bool label_fits(struct span rule, const struct container *container)
{
	struct span pattern, key = span_cut(rule, '=', &pattern), value;

	return container_label(container, key, &value) && glob_match(pattern, value);
}

static void add_label(struct span rule, const struct container *container, struct buf *who)
{
	struct span pattern, key = span_cut(rule, '=', &pattern), value = {NULL, 0};

	(void)container_label(container, key, &value);
	add_text(CLIENT_LABEL, key, who);
	buf_add_char(who, '=');
	add_cut(value, who);
}

static bool container_fits(
    const struct rule *rule, const struct container *container, struct buf *who)
{
	struct span text = span_of(rule->text);

	if (container->id.len == 0)
		return false;
	switch (rule->kind) {
	case CLIENT_CONTAINER:
		if (!glob_match(text, container->name))
			return false;
		add_text(rule->kind, container->name, who);
		return true;
	case CLIENT_IMAGE:
		if (!image_fits(text, container))
			return false;
		add_text(rule->kind, container->image, who);
		return true;
	case CLIENT_CN:
	case CLIENT_DNS:
	case CLIENT_URI:
	case CLIENT_IP:
	case CLIENT_FINGERPRINT:
	case CLIENT_UID:
	case CLIENT_GID:
	case CLIENT_ADDRESS:
	case CLIENT_LABEL:
	case CLIENT_KIND_MAX:
	default:
		if (!label_fits(text, container))
			return false;
		add_label(text, container, who);
		return true;
	}
}

enum identity_result identity_find(const struct identity_rules *rules, const struct peer *peer,
    const struct container *container, struct policy **ret_policy, struct buf *who)
{
	for (size_t i = 0; rules && i < rules->count; i++) {
		const struct rule *rule = &rules->rules[i];
		bool by_container = client_kind_is_container(rule->kind);

		if (by_container && !container)
			return IDENTITY_ASK;
		if (!(by_container ? container_fits(rule, container, who)
				   : rule_fits(rule, peer, who)))
			continue;
		*ret_policy = rule->policy;
		return IDENTITY_FOUND;
	}
	return IDENTITY_NONE;
}
