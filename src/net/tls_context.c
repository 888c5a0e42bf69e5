/* SPDX-License-Identifier: Apache-2.0 */
/* What one listener or upstream speaks TLS with: files in, OpenSSL's context out. */
#include "net/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/ip.h"
#include "base/log.h"

#define CIPHERS_TLS12 "ECDHE+AESGCM:ECDHE+CHACHA20"
#define CHAIN_DEPTH 8
#define KEY_MODE_WIDE 0027 /* a group may read: the one that sockwarden runs in */

static const unsigned char http11[] = "\x08http/1.1";

#define HTTP11_LEN (sizeof(http11) - 1)

struct tls_context {
	atomic_uint references;
	SSL_CTX *raw;
	bool server; /* our side */
};

bool tls_is_built_in(struct error *err)
{
	(void)err;
	return true;
}

struct ssl_ctx_st *tls_context_raw(const struct tls_context *context)
{
	return context->raw;
}

bool tls_context_is_server(const struct tls_context *context)
{
	return context->server;
}

struct tls_context *tls_context_ref(struct tls_context *context)
{
	context->references++;
	return context;
}

void tls_context_free(struct tls_context *context)
{
	if (!context || --context->references > 0)
		return;
	SSL_CTX_free(context->raw);
	free(context);
}

/* ---- files -------------------------------------------------------------------------------------
 */

/* What OpenSSL says of |file|. The oldest error is the one that tells. */
static int file_error(const char *file, const char *what, struct error *err)
{
	unsigned long code = ERR_get_error();
	const char *why =
	    ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);

	ERR_clear_error();
	return error_set(err, "%s: %s: %s", file, what, why ? why : "not in PEM");
}

/* A key under a password is refused rather than asked for at a terminal. */
static int no_password(char *into, int size, int writing, void *context)
{
	(void)into;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static void warn_of_key_mode(const char *key)
{
	struct stat status;

	if (stat(key, &status) == 0 && (status.st_mode & KEY_MODE_WIDE))
		log_warning("tls",
		    "%s: mode %04o lets others read or write the private key; set 0600, or 0640 "
		    "with a group of its own",
		    key, (unsigned)(status.st_mode & 07777));
}

static void warn_of_expiry(const SSL_CTX *raw, const char *cert)
{
	const X509 *own = SSL_CTX_get0_certificate(raw);

	if (own && X509_cmp_current_time(X509_get0_notAfter(own)) < 0)
		log_warning("tls", "%s: has expired: peers will refuse it", cert);
}

static int load_own(SSL_CTX *raw, const struct tls_files *files, struct error *err)
{
	if (!files->cert)
		return 0;
	SSL_CTX_set_default_passwd_cb(raw, no_password);
	if (SSL_CTX_use_certificate_chain_file(raw, files->cert) != 1)
		return file_error(files->cert, "cannot be used as a certificate", err);
	if (SSL_CTX_use_PrivateKey_file(raw, files->key, SSL_FILETYPE_PEM) != 1)
		return file_error(files->key, "cannot be used as its private key", err);
	if (SSL_CTX_check_private_key(raw) != 1)
		return file_error(files->key, "is not the key of the certificate", err);
	warn_of_key_mode(files->key);
	warn_of_expiry(raw, files->cert);
	return 0;
}

/* Adds all lists of the file; how many is what ends the reading without an error. */
static int read_lists(X509_STORE *store, BIO *bio)
{
	X509_CRL *list;
	int count = 0, added = 1;

	while (added == 1 && (list = PEM_read_bio_X509_CRL(bio, NULL, no_password, NULL))) {
		added = X509_STORE_add_crl(store, list);
		X509_CRL_free(list);
		count++;
	}
	unsigned long code = ERR_peek_last_error();

	if (added != 1 || count == 0 || ERR_GET_LIB(code) != ERR_LIB_PEM ||
	    ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
		return -1;
	ERR_clear_error();
	return 0;
}

static int load_lists(SSL_CTX *raw, const char *file, struct error *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(raw);
	BIO *bio = BIO_new_file(file, "r");
	int result = bio ? read_lists(store, bio) : -1;

	BIO_free(bio);
	if (result < 0)
		return file_error(file, "cannot be used as revocation lists", err);
	if (X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) != 1)
		return error_set(err, "out of memory");
	return 0;
}

static int load_peers(SSL_CTX *raw, const struct tls_files *files, bool server, struct error *err)
{
	if (!files->ca)
		return 0;
	if (SSL_CTX_load_verify_file(raw, files->ca) != 1)
		return file_error(files->ca, "cannot be used as certificates of authorities", err);
	if (server) {
		STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(files->ca);

		if (!names)
			return file_error(files->ca, "names no authority", err);
		SSL_CTX_set_client_CA_list(raw, names);
	}
	return files->crl ? load_lists(raw, files->crl, err) : 0;
}

/* What goes with our certificate is found once. By itself OpenSSL would look for it, and check
 * signatures, in each handshake. */
static void find_chain(SSL_CTX *raw)
{
	STACK_OF(X509) *chain = NULL;

	(void)SSL_CTX_set_mode(raw, SSL_MODE_NO_AUTO_CHAIN);
	if (!SSL_CTX_get0_certificate(raw) ||
	    (SSL_CTX_get0_chain_certs(raw, &chain) == 1 && sk_X509_num(chain) > 0))
		return;
	(void)SSL_CTX_build_cert_chain(raw, SSL_BUILD_CHAIN_FLAG_NO_ROOT |
						SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR |
						SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR);
	ERR_clear_error();
}

/* ---- what both sides have in common ------------------------------------------------------------
 */

static int set_common(SSL_CTX *raw, struct error *err)
{
	SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
				     SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
				     SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(raw, 1);
	SSL_CTX_set_verify_depth(raw, CHAIN_DEPTH);
	if (SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(raw, CIPHERS_TLS12) != 1 ||
	    SSL_CTX_set_num_tickets(raw, 0) != 1)
		return error_set(err, "OpenSSL does not take our settings");
	return 0;
}

static struct tls_context *context_new(
    const struct tls_files *files, bool server, struct error *err)
{
	struct tls_context *context = calloc(1, sizeof(*context));

	ERR_clear_error();
	if (context)
		context->references = 1;
	if (context && tls_socket_init())
		context->raw = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (!context || !context->raw) {
		(void)error_set(err, "out of memory");
	} else {
		context->server = server;
		if (set_common(context->raw, err) == 0 && load_own(context->raw, files, err) == 0 &&
		    load_peers(context->raw, files, server, err) == 0) {
			find_chain(context->raw);
			return context;
		}
	}
	tls_context_free(context);
	return NULL;
}

/* ---- the two sides -----------------------------------------------------------------------------
 */

/* Whoever names protocols must name HTTP/1.1; naming none is naming it. */
static int choose_protocol(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len,
    const unsigned char *offered, unsigned offered_len, void *context)
{
	unsigned char *name;

	(void)ssl;
	(void)context;
	if (SSL_select_next_proto(&name, ret_len, http11, HTTP11_LEN, offered, offered_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_name = name;
	return SSL_TLSEXT_ERR_OK;
}

struct tls_context *tls_context_for_clients(
    const struct tls_files *files, enum tls_verify verify, struct error *err)
{
	static const int modes[] = {
	    [TLS_VERIFY_REQUIRE] = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
	    [TLS_VERIFY_OPTIONAL] = SSL_VERIFY_PEER,
	    [TLS_VERIFY_NONE] = SSL_VERIFY_NONE,
	};
	struct tls_context *context = context_new(files, true, err);

	if (!context)
		return NULL;
	SSL_CTX_set_verify(context->raw, modes[verify], NULL);
	SSL_CTX_set_alpn_select_cb(context->raw, choose_protocol, NULL);
	return context;
}

static int expect_name(SSL_CTX *raw, const char *name)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(raw);
	struct ip ip;

	if (ip_parse(span_of(name), &ip))
		return X509_VERIFY_PARAM_set1_ip(param, ip.bytes, ip.len);
	X509_VERIFY_PARAM_set_hostflags(
	    param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	return X509_VERIFY_PARAM_set1_host(param, name, 0);
}

struct tls_context *tls_context_for_server(
    const struct tls_files *files, const char *name, struct error *err)
{
	struct tls_context *context = context_new(files, false, err);

	if (!context)
		return NULL;
	SSL_CTX_set_verify(context->raw, SSL_VERIFY_PEER, NULL);
	if (expect_name(context->raw, name) == 1 &&
	    SSL_CTX_set_alpn_protos(context->raw, http11, HTTP11_LEN) == 0)
		return context;
	(void)error_set(err, "out of memory");
	tls_context_free(context);
	return NULL;
}
