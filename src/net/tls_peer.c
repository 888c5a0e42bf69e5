/* SPDX-License-Identifier: Apache-2.0 */
/* The names in a certificate that was checked. A name that could be read in two ways is no name. */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "net/peer.h"

#define NAME_MOST 1024 /* bytes */
#define NAMES_MOST 1000

/* Appends a name; one that is empty, too long, or holds control characters is left out. */
static int add_name(struct peer *peer, enum peer_name_kind kind, const unsigned char *at, int len)
{
	if (len <= 0 || len > NAME_MOST)
		return 0;
	for (int i = 0; i < len; i++) {
		if (at[i] < ' ' || at[i] == 0x7f)
			return 0;
	}
	char *text = strndup((const char *)at, (size_t)len);

	if (!text)
		return -1;
	peer->names[peer->name_count++] = (struct peer_name){.kind = kind, .text = text};
	return 0;
}

static int add_ip(struct peer *peer, const ASN1_OCTET_STRING *bytes)
{
	char text[IP_TEXT_MAX];
	struct ip ip = ip_from(ASN1_STRING_get0_data(bytes), (size_t)ASN1_STRING_length(bytes));
	size_t before = peer->name_count;
	const char *spelt = ip_format(&ip, text);
	int result = add_name(peer, PEER_IP, (const unsigned char *)spelt, (int)strlen(spelt));

	if (peer->name_count > before)
		peer->names[before].ip = ip;
	return result;
}

static int add_alternative(struct peer *peer, const GENERAL_NAME *name)
{
	const ASN1_STRING *text;

	switch (name->type) {
	case GEN_DNS:
	case GEN_URI:
		text = name->d.ia5;
		return add_name(peer, name->type == GEN_DNS ? PEER_DNS : PEER_URI,
		    ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
	case GEN_IPADD:
		return add_ip(peer, name->d.iPAddress);
	default:
		return 0;
	}
}

/* The common name, when there is exactly one. */
static int add_common_name(struct peer *peer, const X509 *cert)
{
	const X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *text = NULL;

	if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0)
		return 0;
	int len =
	    ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	int result = add_name(peer, PEER_CN, text, len);

	OPENSSL_free(text);
	return result;
}

static int add_names(struct peer *peer, const X509 *cert, const GENERAL_NAMES *alternatives)
{
	int count = alternatives ? sk_GENERAL_NAME_num(alternatives) : 0;

	if (count > NAMES_MOST)
		return -1;
	peer->names = calloc((size_t)count + 1, sizeof(*peer->names));
	if (!peer->names || add_common_name(peer, cert) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		if (add_alternative(peer, sk_GENERAL_NAME_value(alternatives, i)) < 0)
			return -1;
	}
	return 0;
}

static int read_certificate(struct peer *peer, const X509 *cert)
{
	unsigned size = 0;
	int critical;
	GENERAL_NAMES *alternatives = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
	int result = -1;

	/* -1: there is none; else what is there must be readable. */
	if (alternatives || critical == -1)
		result = add_names(peer, cert, alternatives);
	GENERAL_NAMES_free(alternatives);
	if (X509_digest(cert, EVP_sha256(), peer->digest, &size) != 1 || size != PEER_DIGEST_BYTES)
		return -1;
	peer->has_certificate = true;
	return result;
}

int tls_read_peer(const struct io *io, struct peer *peer)
{
	ERR_clear_error();
	const X509 *cert = SSL_get0_peer_certificate(io->ssl);

	if (!cert)
		return 0;
	if (SSL_get_verify_result(io->ssl) != X509_V_OK)
		return -1;
	return read_certificate(peer, cert);
}

/* ---- once more, after a reload -----------------------------------------------------------------
 */

static bool verify_again(SSL_CTX *raw, SSL *ssl, X509 *cert)
{
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	bool good = false;

	if (check &&
	    X509_STORE_CTX_init(
		check, SSL_CTX_get_cert_store(raw), cert, SSL_get_peer_cert_chain(ssl)) == 1 &&
	    X509_STORE_CTX_set_default(check, "ssl_client") == 1) {
		X509_VERIFY_PARAM_set_depth(
		    X509_STORE_CTX_get0_param(check), SSL_CTX_get_verify_depth(raw));
		good = X509_verify_cert(check) == 1;
	}
	X509_STORE_CTX_free(check);
	ERR_clear_error();
	return good;
}

bool tls_admits(const struct tls_context *context, const struct io *io)
{
	SSL_CTX *raw = tls_context_raw(context);
	int mode = SSL_CTX_get_verify_mode(raw);

	if (!io->ssl)
		return false;
	if (SSL_get_SSL_CTX(io->ssl) == raw || mode == SSL_VERIFY_NONE)
		return true;
	X509 *cert = SSL_get0_peer_certificate(io->ssl);

	if (!cert)
		return !(mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
	return verify_again(raw, io->ssl, cert);
}
