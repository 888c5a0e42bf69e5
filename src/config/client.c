/* SPDX-License-Identifier: Apache-2.0 */
/* `client = WHO -> POLICY`: which policy judges whom. */
#include <stdlib.h>

#include "base/glob.h"
#include "base/nearest.h"
#include "config/load.h"
#include "config/value.h"

#define ARROW "->"
#define NIBBLE_BITS 4

static const char *const kinds[CLIENT_KIND_MAX] = {
    [CLIENT_CN] = "cn",
    [CLIENT_DNS] = "dns",
    [CLIENT_URI] = "uri",
    [CLIENT_IP] = "ip",
    [CLIENT_FINGERPRINT] = "fingerprint",
    [CLIENT_UID] = "uid",
    [CLIENT_GID] = "gid",
    [CLIENT_ADDRESS] = "address",
    [CLIENT_CONTAINER] = "container",
    [CLIENT_IMAGE] = "image",
    [CLIENT_LABEL] = "label",
};

const char *client_kind_name(enum client_kind kind)
{
	return kinds[kind];
}

void clients_free(struct config_client *clients)
{
	while (clients) {
		struct config_client *next = clients->next;

		free(clients->text);
		free(clients->policy_name);
		free(clients);
		clients = next;
	}
}

/* ---- who ---------------------------------------------------------------------------------------
 */

/* sha256:HEX, with or without colons between the bytes. */
static int read_fingerprint(struct span text, unsigned char *into, struct error *err)
{
	struct span hex, kind = span_cut(text, ':', &hex);
	size_t at = 0, count = 0;

	if (!span_equal_nocase(kind, SPAN("sha256")))
		return error_set(err, "a fingerprint is written as fingerprint:sha256:HEX");
	while (at + 1 < hex.len && count < FINGERPRINT_BYTES) {
		int high = hex_value(hex.at[at]), low = hex_value(hex.at[at + 1]);

		if (high < 0 || low < 0)
			break;
		into[count++] = (unsigned char)(high << NIBBLE_BITS | low);
		at += 2;
		if (at < hex.len && hex.at[at] == ':' && count < FINGERPRINT_BYTES)
			at++;
	}
	if (count < FINGERPRINT_BYTES || at != hex.len)
		return error_set(
		    err, "a SHA-256 fingerprint has %u hexadecimal digits", 2 * FINGERPRINT_BYTES);
	return 0;
}

static int kind_unknown(struct span who, struct span name, struct error *err)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (unsigned i = 0; i < CLIENT_KIND_MAX; i++)
		nearest_offer(&nearest, kinds[i]);
	return error_set(err,
	    "\"%.*s\" names nobody%s%s%s; write cn:, dns:, uri:, ip:, fingerprint:, uid:, gid:, "
	    "address:, container:, image: or label:",
	    (int)who.len, who.at, nearest.best ? "; did you mean " : "",
	    nearest.best ? nearest.best : "", nearest.best ? ":?" : "");
}

static int check_one_word(struct span text, struct error *err)
{
	if (memchr(text.at, ' ', text.len))
		return error_set(err, "\"%.*s\" is more than one name", (int)text.len, text.at);
	return 0;
}

/* Names of containers have no slash, but clients see them with one before them. */
static int check_container(struct span text, struct error *err)
{
	if (memchr(text.at, '/', text.len))
		return error_set(
		    err, "\"%.*s\": a container's name has no slash in it", (int)text.len, text.at);
	return check_one_word(text, err);
}

static int check_image(struct span text, struct error *err)
{
	if (!image_is_pattern(text))
		return error_set(err,
		    "\"%.*s\" is not an image; write image:registry.example.org/ci/*, "
		    "image:busybox:1.36 or image:sha256:ID",
		    (int)text.len, text.at);
	return check_one_word(text, err);
}

static int check_label(struct span text, struct error *err)
{
	struct span value, key = span_cut(text, '=', &value);

	if (key.len == 0 || !value.at)
		return error_set(err,
		    "\"%.*s\": a label is written as label:KEY=VALUE; ** is any value",
		    (int)text.len, text.at);
	if (memchr(key.at, '*', key.len))
		return error_set(
		    err, "\"%.*s\": the key of a label is no pattern", (int)key.len, key.at);
	return 0;
}

static int read_text(struct config_client *client, struct span text, struct error *err)
{
	switch (client->kind) {
	case CLIENT_FINGERPRINT:
		return read_fingerprint(text, client->fingerprint, err);
	case CLIENT_IP:
	case CLIENT_ADDRESS:
		return ip_range_parse(text, &client->range, err);
	case CLIENT_UID:
	case CLIENT_GID:
		return check_one_word(text, err);
	case CLIENT_CONTAINER:
		return check_container(text, err);
	case CLIENT_IMAGE:
		return check_image(text, err);
	case CLIENT_LABEL:
		return check_label(text, err);
	case CLIENT_CN:
	case CLIENT_DNS:
	case CLIENT_URI:
	case CLIENT_KIND_MAX:
	default:
		return 0;
	}
}

static int read_who(struct span who, struct config_client *client, struct error *err)
{
	struct span text, name = span_cut(who, ':', &text);
	unsigned kind = 0;

	while (kind < CLIENT_KIND_MAX && !span_equal(name, span_of(kinds[kind])))
		kind++;
	if (kind == CLIENT_KIND_MAX)
		return kind_unknown(who, name, err);
	if (text.len == 0)
		return error_set(err,
		    "\"%.*s\" names nobody; something must stand behind the colon", (int)who.len,
		    who.at);
	client->kind = (enum client_kind)kind;
	client->text = text_copy(text, err);
	return client->text ? read_text(client, text, err) : -1;
}

/* ---- the line ----------------------------------------------------------------------------------
 */

/* The last arrow counts, so that a name may hold one; a policy's cannot. */
static bool cut_arrow(struct span value, struct span *ret_who, struct span *ret_policy)
{
	for (size_t i = value.len; i >= strlen(ARROW); i--) {
		size_t at = i - strlen(ARROW);

		if (memcmp(value.at + at, ARROW, strlen(ARROW)) != 0)
			continue;
		*ret_who = span_trim((struct span){value.at, at});
		*ret_policy = span_trim(span_from(value, i));
		return ret_who->len > 0 && ret_policy->len > 0 &&
		       !memchr(ret_policy->at, ' ', ret_policy->len);
	}
	return false;
}

int client_add(struct config_client **clients, struct span value,
    const struct policy_source *source, struct error *err)
{
	struct span who, policy;

	if (!cut_arrow(value, &who, &policy))
		return error_set(err,
		    "\"%.*s\" does not say who and which policy; write client = cn:alice -> POLICY",
		    (int)value.len, value.at);
	struct config_client *client = calloc(1, sizeof(*client));

	if (!client)
		return error_set(err, "out of memory");
	while (*clients)
		clients = &(*clients)->next;
	*clients = client;
	client->source = *source;
	client->policy_name = text_copy(policy, err);
	return client->policy_name ? read_who(who, client, err) : -1;
}

/* ---- the end of reading ------------------------------------------------------------------------
 */

/* Whether clients there can be processes of this machine. */
static bool address_is_local(const struct address *address)
{
	return address->kind == ADDRESS_UNIX || address->kind == ADDRESS_ABSTRACT ||
	       address->kind == ADDRESS_FD;
}

/* A line that no client of this listener can fit is a mistake. */
static int fits_listener(
    const struct config_listener *listener, const struct config_client *client, struct error *err)
{
	enum address_kind kind = listener->address.kind;

	switch (client->kind) {
	case CLIENT_UID:
	case CLIENT_GID:
		if (address_is_local(&listener->address))
			return 0;
		return error_set(err,
		    "%s: is known of the clients of unix sockets only; use cn:, address: or "
		    "container: here",
		    kinds[client->kind]);
	case CLIENT_ADDRESS:
		if (kind != ADDRESS_UNIX && kind != ADDRESS_ABSTRACT)
			return 0;
		return error_set(err,
		    "address: clients of a unix socket have none; use uid:, gid: or container: "
		    "here");
	case CLIENT_CONTAINER:
	case CLIENT_IMAGE:
	case CLIENT_LABEL:
		return 0; /* by its process, or by its address */
	case CLIENT_CN:
	case CLIENT_DNS:
	case CLIENT_URI:
	case CLIENT_IP:
	case CLIENT_FINGERPRINT:
	case CLIENT_KIND_MAX:
	default:
		if (listener_has_tls(listener) && listener->client_auth != CLIENT_AUTH_NONE)
			return 0;
		return error_set(err,
		    "%s: needs a client's certificate; only a tls: listener with client_ca asks "
		    "for it",
		    kinds[client->kind]);
	}
}

int clients_finish(const struct config *config, struct config_listener *listener, struct error *err)
{
	for (struct config_client *c = listener->clients; c; c = c->next) {
		int result = fits_listener(listener, c, err);

		c->policy = config_policy(config, span_of(c->policy_name));
		if (result == 0 && !c->policy)
			result = policy_unknown(config, c->policy_name, err);
		if (result) {
			(void)error_prefix(err, "%s:%u: client: ", c->source.file, c->source.line);
			return INI_LOCATED;
		}
	}
	return 0;
}

static bool is_any(struct span pattern)
{
	return span_is(pattern, "**") || span_is(pattern, "*");
}

static bool has_wildcard(struct span pattern)
{
	return memchr(pattern.at, '*', pattern.len) || memchr(pattern.at, '?', pattern.len);
}

static bool patterns_cover(struct span above, struct span below)
{
	bool any_slash = below.len > 1 && memmem(below.at, below.len, "**", 2);
	bool one_byte = memchr(above.at, '?', above.len) != NULL;

	if (has_wildcard(below) && !is_any(above) && (any_slash || one_byte))
		return false;
	return !span_is(below, "**") && glob_match(above, below);
}

/* KEY=VALUE, of which the value is a pattern. */
static bool labels_cover(struct span above, struct span below)
{
	struct span value, want, key = span_cut(below, '=', &value);

	return span_equal(key, span_cut(above, '=', &want)) &&
	       (span_is(want, "**") || patterns_cover(want, value));
}

static bool images_cover(struct span above, struct span below)
{
	return !has_wildcard(below) ? image_covers(above, below) : patterns_cover(above, below);
}

static bool ranges_cover(const struct ip_range *above, const struct ip_range *below)
{
	return below->bits >= above->bits && ip_in_range(&below->ip, above);
}

/* Whether each client that |below| fits is one that |above| fits as well. */
static bool client_covers(const struct config_client *above, const struct config_client *below)
{
	if (above->kind != below->kind)
		return false;
	if (strcmp(above->text, below->text) == 0)
		return true;
	switch (below->kind) {
	case CLIENT_CN:
	case CLIENT_DNS:
	case CLIENT_URI:
	case CLIENT_CONTAINER:
		return patterns_cover(span_of(above->text), span_of(below->text));
	case CLIENT_IP:
	case CLIENT_ADDRESS:
		return ranges_cover(&above->range, &below->range);
	case CLIENT_FINGERPRINT:
		return memcmp(above->fingerprint, below->fingerprint, FINGERPRINT_BYTES) == 0;
	case CLIENT_LABEL:
		return labels_cover(span_of(above->text), span_of(below->text));
	case CLIENT_IMAGE:
		return images_cover(span_of(above->text), span_of(below->text));
	case CLIENT_UID: /* names are the machine's: the check of the host looks at them */
	case CLIENT_GID:
	case CLIENT_KIND_MAX:
	default:
		return false;
	}
}

void clients_warn(const struct loader *loader, const struct config_listener *listener)
{
	for (const struct config_client *c = listener->clients; c; c = c->next) {
		const struct config_client *above = listener->clients;

		while (above != c && !client_covers(above, c))
			above = above->next;
		if (above != c && above->policy != c->policy)
			loader_warn(loader, c->source.file, c->source.line,
			    "[listener %s]: client = %s:%s -> %s never counts, because %s:%s in "
			    "line %u "
			    "fits the same clients and comes first; remove one, or put this line "
			    "first",
			    listener->name, kinds[c->kind], c->text, c->policy_name,
			    kinds[above->kind], above->text, above->source.line);
	}
}

bool config_knows_processes(const struct config *config)
{
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		bool local = address_is_local(&l->address);

		for (const struct config_client *c = l->clients; c && local; c = c->next) {
			if (client_kind_is_container(c->kind))
				return true;
		}
	}
	return false;
}
