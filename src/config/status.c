/* SPDX-License-Identifier: Apache-2.0 */
/* The [status] section: where monitors ask. */
#include <stdlib.h>

#include "config/load.h"
#include "config/value.h"

int status_begin(struct loader *loader, const struct ini_item *item, struct error *err)
{
	struct config *config = loader->config;

	if (config->status)
		return error_set(err, "[status] is here a second time; put its lines together");
	config->status = calloc(1, sizeof(*config->status));
	if (!config->status)
		return error_set(err, "out of memory");
	config->status->source = (struct policy_source){loader->file, item->line};
	config->status->name = text_copy(SPAN("status"), err);
	return config->status->name ? options_default("status", config->status, err) : -1;
}

static bool is_loopback(const char *host)
{
	static const unsigned char v6[16] = {[15] = 1};
	struct ip ip;

	if (!host || !ip_parse(span_of(host), &ip))
		return false;
	return ip.len == 4 ? ip.bytes[0] == 127 : memcmp(ip.bytes, v6, sizeof(v6)) == 0;
}

static int check_network(const struct config_listener *status, struct error *err)
{
	const char *host = status->address.host;
	struct ip ip;

	if (status->owner || status->group)
		return error_set(err, "%s: %s is no socket of the file system; remove the line",
		    status->owner ? "owner" : "group", status->address.text);
	if (host && !ip_parse(span_of(host), &ip))
		return error_set(err,
		    "address: \"%s\" is a name; write an address of this machine, such as "
		    "127.0.0.1, or * for all",
		    host);
	if (!is_loopback(host) && !status->insecure)
		return error_set(err,
		    "address: %s can be read by whoever reaches it; write tcp:127.0.0.1:PORT, or "
		    "insecure = yes for a private network",
		    status->address.text);
	return 0;
}

static int check_address(struct config_listener *status, struct error *err)
{
	switch (status->address.kind) {
	case ADDRESS_NONE:
		return error_set(
		    err, "address: is missing; write address = tcp:127.0.0.1:9323 or unix:/path");
	case ADDRESS_UNIX:
		if (status->insecure)
			return error_set(err, "insecure: is for tcp: addresses; remove it");
		return owner_split(status, err);
	case ADDRESS_TCP:
		return check_network(status, err);
	case ADDRESS_TLS:
	case ADDRESS_ABSTRACT:
	case ADDRESS_FD:
		break;
	}
	return error_set(err, "address: %s: status is told at unix:/path or tcp:HOST:PORT alone",
	    status->address.text);
}

static int check_collision(const struct config *config, struct error *err)
{
	const struct address *address = &config->status->address;

	if (address_same(address, &config->upstream.address))
		return error_set(
		    err, "address: %s is also the upstream; choose another one", address->text);
	for (const struct config_listener *l = config->listeners; l; l = l->next) {
		if (address_same(address, &l->address))
			return error_set(err,
			    "address: %s is also [listener %s]; choose another one", address->text,
			    l->name);
	}
	return 0;
}

int status_finish(const struct loader *loader, struct error *err)
{
	struct config_listener *status = loader->config->status;
	struct span rest;

	if (check_address(status, err) == 0 && check_collision(loader->config, err) == 0)
		return 0;
	unsigned line =
	    config_option_line("status", span_cut(span_of(err->text), ':', &rest), status->lines);

	return error_prefix(
	    err, "%s:%u: [status]: ", status->source.file, line > 0 ? line : status->source.line);
}
