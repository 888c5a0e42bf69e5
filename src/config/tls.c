/* SPDX-License-Identifier: Apache-2.0 */
/* What must and must not stand beside an address: TLS is complete, and its absence is asked for. */
#include <stdlib.h>

#include "config/load.h"
#include "config/value.h"

void tls_files_free(struct config_tls *tls)
{
	free(tls->cert);
	free(tls->key);
	free(tls->ca);
	free(tls->crl);
}

/* ---- listeners --------------------------------------------------------------------------- */

static int no_tls_here(const struct config_listener *listener, struct error *err)
{
	const struct {
		const char *key, *value;
	} rows[] = {{"cert", listener->tls.cert}, {"key", listener->tls.key},
	    {"client_ca", listener->tls.ca}, {"crl", listener->tls.crl}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].value)
			return error_set(err,
			    "%s: has no use at %s; TLS is spoken at tls:HOST:PORT", rows[i].key,
			    listener->address.text);
	}
	return 0;
}

static int tls_complete(const struct config_listener *listener, struct error *err)
{
	const struct config_tls *tls = &listener->tls;

	if (!tls->cert || !tls->key)
		return error_set(err, "%s: is missing; TLS needs cert = FILE and key = FILE",
		    tls->cert ? "key" : "cert");
	if (listener->client_auth != CLIENT_AUTH_NONE && !tls->ca)
		return error_set(err,
		    "client_ca: is missing; without it no client's certificate can be "
		    "checked. client_auth = none lets everyone in");
	if (listener->client_auth == CLIENT_AUTH_NONE && (tls->ca || tls->crl))
		return error_set(err,
		    "client_auth: none asks for no certificate; remove %s, or write "
		    "require",
		    tls->ca ? "client_ca" : "crl");
	if (listener->insecure)
		return error_set(err, "insecure: is for tcp: and abstract addresses; remove it");
	return 0;
}

static int no_file_rights(const struct config_listener *listener, struct error *err)
{
	if (!listener->owner && !listener->group)
		return 0;
	return error_set(err, "%s: %s is no socket of the file system; remove the line",
	    listener->owner ? "owner" : "group", listener->address.text);
}

static int abstract_asked_for(const struct config_listener *listener, struct error *err)
{
	if (listener->insecure)
		return 0;
	return error_set(err,
	    "address: %s is an abstract socket, which every user of this machine may connect to; "
	    "write unix:/path/of/the.sock, or insecure = yes to let them all in",
	    listener->address.text);
}

static int tcp_asked_for(const struct config_listener *listener, struct error *err)
{
	if (listener->insecure)
		return 0;
	return error_set(err,
	    "address: %s is open to whoever reaches it, and can be read on the way; write "
	    "tls:HOST:PORT, or insecure = yes for a private network",
	    listener->address.text);
}

static int listening_host(const struct config_listener *listener, struct error *err)
{
	const char *host = listener->address.host;
	struct ip ip;

	if (!host || ip_parse(span_of(host), &ip))
		return 0;
	return error_set(err,
	    "address: \"%s\" is a name; write an address of this machine, such as 127.0.0.1, or "
	    "* for all",
	    host);
}

int listener_check_tls(const struct config_listener *listener, struct error *err)
{
	switch (listener->address.kind) {
	case ADDRESS_NONE:
		return error_set(
		    err, "address: is missing; write address = unix:/path/of/the.sock");
	case ADDRESS_UNIX:
		if (listener->insecure)
			return error_set(
			    err, "insecure: is for tcp: and abstract addresses; remove it");
		return no_tls_here(listener, err);
	case ADDRESS_ABSTRACT:
		return no_file_rights(listener, err) || no_tls_here(listener, err)
			   ? -1
			   : abstract_asked_for(listener, err);
	case ADDRESS_FD:
		if (no_file_rights(listener, err))
			return -1;
		return listener->tls.cert || listener->tls.key || listener->tls.ca ||
			       listener->tls.crl
			   ? tls_complete(listener, err)
			   : 0;
	case ADDRESS_TCP:
		if (no_file_rights(listener, err) || listening_host(listener, err) ||
		    no_tls_here(listener, err))
			return -1;
		return tcp_asked_for(listener, err);
	case ADDRESS_TLS:
		if (no_file_rights(listener, err) || listening_host(listener, err))
			return -1;
		return tls_complete(listener, err);
	}
	return error_set(err, "address: is of no kind");
}

void listener_warn_tls(const struct loader *loader, const struct config_listener *listener)
{
	const char *file = listener->source.file;
	unsigned line = listener->source.line;

	if (listener->insecure && listener->address.kind == ADDRESS_ABSTRACT)
		loader_warn(loader, file, line,
		    "[listener %s]: insecure = yes: every user and container in this machine's "
		    "network is let in at %s",
		    listener->name, listener->address.text);
	else if (listener->insecure)
		loader_warn(loader, file, line,
		    "[listener %s]: insecure = yes: whoever reaches %s is let in, and what passes "
		    "can "
		    "be read and changed on the way",
		    listener->name, listener->address.text);
	else if (listener_has_tls(listener) && listener->client_auth != CLIENT_AUTH_REQUIRE)
		loader_warn(loader, file, line,
		    "[listener %s]: client_auth: who shows no certificate is let in",
		    listener->name);
}

/* ---- upstreams --------------------------------------------------------------------------- */

#define KEY(upstream, key) (upstream)->name ? "" : "upstream_", key

static int upstream_tls(const struct config_upstream *upstream, struct error *err)
{
	const struct config_tls *tls = &upstream->tls;

	if (!tls->ca)
		return error_set(err,
		    "%s%s: is missing; name the file with the certificates that the daemon's "
		    "certificate must come from",
		    KEY(upstream, "ca"));
	if (!tls->cert != !tls->key)
		return error_set(err, "%s%s: is missing; a certificate and its key go together",
		    KEY(upstream, tls->cert ? "key" : "cert"));
	if (upstream->insecure)
		return error_set(
		    err, "%s%s: is for tcp: addresses; remove it", KEY(upstream, "insecure"));
	return 0;
}

static int upstream_no_tls(const struct config_upstream *upstream, struct error *err)
{
	const struct {
		const char *key, *value;
	} rows[] = {{"cert", upstream->tls.cert}, {"key", upstream->tls.key},
	    {"ca", upstream->tls.ca}, {"crl", upstream->tls.crl}, {"name", upstream->host}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].value)
			return error_set(err,
			    "%s%s: has no use for %s; TLS is spoken to tls:HOST:PORT",
			    KEY(upstream, rows[i].key), upstream->address.text);
	}
	return 0;
}

int upstream_check(const struct config_upstream *upstream, struct error *err)
{
	const struct address *address = &upstream->address;
	const char *key = upstream->name ? "address" : "upstream";

	if (address->kind == ADDRESS_NONE)
		return error_set(
		    err, "address: is missing; write address = unix:/path/of/docker.sock");
	if (address->kind == ADDRESS_FD)
		return error_set(err,
		    "%s: a descriptor cannot be connected to; write unix:/path, "
		    "tls:HOST:PORT or tcp:HOST:PORT",
		    key);
	if (address->kind == ADDRESS_ABSTRACT)
		return error_set(err,
		    "%s: %s is an abstract socket, whose name anybody can take while the daemon is "
		    "away; write unix:/path/of/docker.sock",
		    key, address->text);
	if (address->kind == ADDRESS_TLS)
		return address->host ? upstream_tls(upstream, err)
				     : error_set(err, "%s: name the daemon's host", key);
	if (upstream_no_tls(upstream, err))
		return -1;
	if (address->kind == ADDRESS_UNIX)
		return 0;
	if (!address->host)
		return error_set(err, "%s: name the daemon's host", key);
	if (!upstream->insecure)
		return error_set(err,
		    "%s: %s can be read and changed on the way; write tls:HOST:PORT, or "
		    "%s%s = yes for a private network",
		    key, address->text, KEY(upstream, "insecure"));
	return 0;
}

void upstream_warn(const struct loader *loader, const struct config_upstream *upstream)
{
	if (upstream->insecure)
		loader_warn(loader, loader->file, upstream->source.line,
		    "%s%s = yes: what passes to %s can be read and changed on the way",
		    KEY(upstream, "insecure"), upstream->address.text);
}

void upstream_clear(struct config_upstream *upstream)
{
	address_free(&upstream->address);
	tls_files_free(&upstream->tls);
	free(upstream->host);
	free(upstream->name);
}
