/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates for the simulated world, and its chance for OpenSSL. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sim.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

SSL *tls_client_new(void);
SSL *tls_server_new(void);

static SSL_CTX *context, *daemon_context;

static int chance(unsigned char *into, int size)
{
	for (int i = 0; i < size; i++)
		into[i] = (unsigned char)sim_random();
	return 1;
}

static int status(void)
{
	return 1;
}

static void insist(bool is)
{
	if (!is)
		abort();
}

static void sign(X509 *cert, EVP_PKEY *key, X509 *authority, EVP_PKEY *authority_key)
{
	X509_NAME *name = X509_get_subject_name(cert);

	insist(X509_set_version(cert, 2) == 1);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(cert), authority ? 2 : 1);
	(void)ASN1_TIME_set_string(X509_getm_notBefore(cert), "20000101000000Z");
	(void)ASN1_TIME_set_string(X509_getm_notAfter(cert), "20990101000000Z");
	(void)X509_set_pubkey(cert, key);
	(void)X509_set_issuer_name(cert, authority ? X509_get_subject_name(authority) : name);
	insist(X509_sign(cert, authority ? authority_key : key, NULL) > 0);
}

static void extend(X509 *cert, X509 *authority, int kind, const char *value)
{
	X509V3_CTX about;

	X509V3_set_ctx(&about, authority ? authority : cert, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &about, kind, value);

	insist(extension && X509_add_ext(cert, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static X509 *certificate(
    const char *name, const char *names, EVP_PKEY *key, X509 *authority, EVP_PKEY *authority_key)
{
	X509 *cert = X509_new();

	(void)X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0);
	extend(cert, authority, NID_basic_constraints, authority ? "CA:FALSE" : "critical,CA:TRUE");
	if (authority)
		extend(cert, authority, NID_subject_alt_name, names);
	sign(cert, key, authority, authority_key);
	return cert;
}

static void write_pem(const char *directory, const char *name, X509 *cert, EVP_PKEY *key)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "w");

	insist(file != NULL);
	insist(cert ? PEM_write_X509(file, cert)
		    : PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
	insist(fclose(file) == 0);
}

static EVP_PKEY *new_key(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	insist(key != NULL);
	return key;
}

static void make_daemon(X509 *root, EVP_PKEY *root_key)
{
	EVP_PKEY *key = new_key();
	X509 *cert = certificate("dockerd", "IP:127.0.0.1,DNS:docker.example", key, root, root_key);

	daemon_context = SSL_CTX_new(TLS_server_method());
	insist(SSL_CTX_use_certificate(daemon_context, cert) == 1);
	insist(SSL_CTX_use_PrivateKey(daemon_context, key) == 1);
	X509_free(cert);
	EVP_PKEY_free(key);
}

void tls_begin_world(const char *directory)
{
	static RAND_METHOD method = {.bytes = chance, .pseudorand = chance, .status = status};
	EVP_PKEY *root_key, *key;
	X509 *root, *cert;

	(void)RAND_set_rand_method(&method);
	root_key = new_key();
	key = new_key();
	root = certificate("authority", NULL, root_key, NULL, NULL);
	cert = certificate("sim", "IP:127.0.0.1", key, root, root_key);
	write_pem(directory, "ca.pem", root, NULL);
	write_pem(directory, "cert.pem", cert, NULL);
	write_pem(directory, "key.pem", NULL, key);
	context = SSL_CTX_new(TLS_client_method());
	insist(SSL_CTX_use_certificate(context, cert) == 1);
	insist(SSL_CTX_use_PrivateKey(context, key) == 1);
	SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	make_daemon(root, root_key);
	X509_free(root);
	X509_free(cert);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(key);
}

static SSL *new_of(SSL_CTX *of)
{
	SSL *ssl = SSL_new(of);

	insist(ssl != NULL);
	return ssl;
}

SSL *tls_client_new(void)
{
	return new_of(context);
}

SSL *tls_server_new(void)
{
	return new_of(daemon_context);
}
