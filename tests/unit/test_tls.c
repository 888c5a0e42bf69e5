/* SPDX-License-Identifier: Apache-2.0 */
/* Two ends of TLS on a pair of sockets: the flags and ends of a stream mean what they mean without.
 */
#include "unit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "net/loop.h"
#include "net/peer.h"
#include "net/tls.h"

#define SECONDS_MOST 20000u
#define BULK (3u << 20)
#define SMALL_BUFFER 4096

/* ---- certificates ------------------------------------------------------------------------------
 */

static char dir[] = "/tmp/sockwarden-tls-XXXXXX";
static char cert_path[64], key_path[64];

static void add_alternatives(X509 *cert)
{
	X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
	    "DNS:localhost,URI:spiffe://x/y,IP:192.0.2.7,email:a@b.c");

	assert_non_null(names);
	assert_int_equal(X509_add_ext(cert, names, -1), 1);
	X509_EXTENSION_free(names);
}

/* One certificate is its own authority and good for both ends. |names| common names. */
static void make_certificate(unsigned names)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *file;

	assert_true(key && cert);
	assert_int_equal(X509_set_version(cert, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), -60));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), 3600));
	for (unsigned i = 0; i < names; i++)
		assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
				     MBSTRING_ASC, (const unsigned char *)"alice", -1, -1, 0),
		    1);
	assert_int_equal(X509_set_issuer_name(cert, X509_get_subject_name(cert)), 1);
	add_alternatives(cert);
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	file = fopen(cert_path, "w");
	assert_true(file && PEM_write_X509(file, cert) == 1 && fclose(file) == 0);
	file = fopen(key_path, "w");
	assert_true(file && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 &&
		    fclose(file) == 0);
	assert_int_equal(chmod(key_path, 0600), 0);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static int make_dir(void **state)
{
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(cert_path, sizeof(cert_path), "%s/cert.pem", dir);
	(void)snprintf(key_path, sizeof(key_path), "%s/key.pem", dir);
	make_certificate(1);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)unlink(cert_path);
	(void)unlink(key_path);
	return rmdir(dir);
}

/* ---- two ends ----------------------------------------------------------------------------------
 */

struct end {
	struct io io;
	struct pair_of_ends *pair;
	enum io_progress progress;
	size_t sent, received;
	bool bad;
};

struct pair_of_ends {
	struct end server, client;
	struct loop *loop;
	void (*step)(struct pair_of_ends *pair); /* at each event; stops the loop at the end */
	struct tls_context *contexts[2];
	struct loop_timer *limit;
};

static void pump(struct pair_of_ends *pair)
{
	struct end *ends[] = {&pair->server, &pair->client};

	for (size_t i = 0; i < COUNT(ends); i++) {
		if (ends[i]->progress == IO_UNDER_WAY)
			ends[i]->progress = io_establish(&ends[i]->io);
	}
	if (pair->server.progress != IO_UNDER_WAY && pair->client.progress != IO_UNDER_WAY)
		pair->step(pair);
}

static void on_server(struct io *io)
{
	pump(((struct end *)((char *)io - offsetof(struct end, io)))->pair);
}

static void on_limit(void *arg)
{
	(void)arg;
	fail_msg("the streams stand still");
}

static void open_pair(struct pair_of_ends *pair, void (*step)(struct pair_of_ends *pair))
{
	const struct tls_files files = {cert_path, key_path, cert_path, NULL};
	struct end *ends[] = {&pair->server, &pair->client};
	int small = SMALL_BUFFER, fds[2];
	struct error err;

	*pair = (struct pair_of_ends){.step = step, .loop = loop_new()};
	pair->contexts[0] = tls_context_for_clients(&files, TLS_VERIFY_REQUIRE, &err);
	pair->contexts[1] = tls_context_for_server(&files, "localhost", &err);
	assert_true(pair->loop && pair->contexts[0] && pair->contexts[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	for (size_t i = 0; i < COUNT(ends); i++) {
		(void)setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
		assert_int_equal(io_open(&ends[i]->io, pair->loop, fds[i], &io_tls, on_server), 0);
		assert_int_equal(tls_begin(&ends[i]->io, pair->contexts[i]), 0);
		ends[i]->pair = pair;
	}
	pair->limit = loop_timer_new(pair->loop, SECONDS_MOST, on_limit, NULL);
	/* Contexts may go before their streams. */
	tls_context_free(pair->contexts[0]);
	tls_context_free(pair->contexts[1]);
	pump(pair);
}

static void run_pair(void (*step)(struct pair_of_ends *pair))
{
	struct pair_of_ends pair;

	open_pair(&pair, step);
	assert_int_equal(loop_run(pair.loop), 0);
	io_close(&pair.server.io);
	io_close(&pair.client.io);
	loop_timer_free(pair.limit);
	loop_free(pair.loop);
}

/* ---- who ---------------------------------------------------------------------------------------
 */

static unsigned common_names;

static void check_peer(struct pair_of_ends *pair)
{
	static const struct {
		enum peer_name_kind kind;
		const char *text;
	} wanted[] = {{PEER_CN, "alice"}, {PEER_DNS, "localhost"}, {PEER_URI, "spiffe://x/y"},
	    {PEER_IP, "192.0.2.7"}};
	struct peer peer = {0};
	size_t skip = common_names == 1 ? 0 : 1;

	assert_int_equal(pair->server.progress, IO_ESTABLISHED);
	assert_int_equal(pair->client.progress, IO_ESTABLISHED);
	assert_int_equal(tls_read_peer(&pair->server.io, &peer), 0);
	assert_true(peer.has_certificate);
	assert_int_equal(peer.name_count, COUNT(wanted) - skip);
	for (size_t i = 0; i < peer.name_count; i++) {
		assert_int_equal(peer.names[i].kind, wanted[i + skip].kind);
		assert_string_equal(peer.names[i].text, wanted[i + skip].text);
	}
	assert_int_equal(peer.names[3 - skip].ip.len, IP_V4_BYTES);
	peer_free(&peer);
	loop_stop(pair->loop);
}

static void a_certificate_names_its_owner(void **state)
{
	(void)state;
	common_names = 1;
	run_pair(check_peer);
}

static void two_common_names_are_none(void **state)
{
	(void)state;
	common_names = 2;
	make_certificate(2);
	run_pair(check_peer);
	make_certificate(1);
}

/* ---- bytes -------------------------------------------------------------------------------------
 */

static unsigned char byte_at(size_t at)
{
	return (unsigned char)(at * 7 + at / 251);
}

/* Offers pieces of odd sizes in several parts; what is not taken is offered again. */
static void send_more(struct end *end)
{
	static unsigned char bytes[40000];

	while (end->io.writable && end->sent < BULK) {
		size_t left = BULK - end->sent, size = sizeof(bytes) < left ? sizeof(bytes) : left;

		for (size_t i = 0; i < size; i++)
			bytes[i] = byte_at(end->sent + i);
		struct iovec parts[] = {{bytes, size / 100}, {bytes + size / 100, 0},
		    {bytes + size / 100, size / 3},
		    {bytes + size / 100 + size / 3, size - size / 100 - size / 3}};
		ssize_t n = io_send(&end->io, parts, COUNT(parts));

		if (n == IO_FAILED)
			end->bad = true;
		if (n <= 0)
			break;
		end->sent += (size_t)n;
		assert_true(end->io.writable == ((size_t)n == size));
	}
	if (end->sent == BULK)
		io_shut(&end->io);
}

static void receive_more(struct end *end)
{
	unsigned char bytes[30011];

	while (end->io.readable) {
		ssize_t n = io_recv(&end->io, bytes, sizeof(bytes));

		if (n == IO_FAILED)
			end->bad = true;
		if (n <= 0)
			break;
		for (size_t i = 0; i < (size_t)n; i++)
			end->bad = end->bad || bytes[i] != byte_at(end->received + i);
		end->received += (size_t)n;
	}
}

static void exchange_bulk(struct pair_of_ends *pair)
{
	struct end *ends[] = {&pair->server, &pair->client};

	for (size_t i = 0; i < COUNT(ends); i++) {
		send_more(ends[i]);
		receive_more(ends[i]);
		assert_false(ends[i]->bad);
	}
	if (pair->server.io.eof && pair->client.io.eof) {
		assert_int_equal(pair->server.received, BULK);
		assert_int_equal(pair->client.received, BULK);
		loop_stop(pair->loop);
	}
}

static void bulk_goes_both_ways_through_small_buffers(void **state)
{
	(void)state;
	run_pair(exchange_bulk);
}

/* ---- ends --------------------------------------------------------------------------------------
 */

static void half_close(struct pair_of_ends *pair)
{
	struct io *client = &pair->client.io, *server = &pair->server.io;
	struct iovec hello = {(char[]){"hello"}, 5};
	char into[16];

	if (!client->shut) {
		assert_int_equal(io_send(client, &hello, 1), 5);
		io_shut(client);
	}
	if (server->readable && !server->eof) {
		ssize_t n = io_recv(server, into, sizeof(into));

		if (n == 5)
			n = io_recv(server, into, sizeof(into));
		if (n != 0)
			return;
		assert_true(server->eof && !server->failed);
		assert_true(io_at_end(server));
		assert_int_equal(io_send(server, &hello, 1), 5); /* the other direction goes on */
	}
	if (client->readable && server->eof) {
		ssize_t n = io_recv(client, into, sizeof(into));

		if (n == IO_AGAIN)
			return;
		assert_int_equal(n, 5);
		loop_stop(pair->loop);
	}
}

static void a_farewell_ends_one_direction(void **state)
{
	(void)state;
	run_pair(half_close);
}

static void cut_off(struct pair_of_ends *pair)
{
	struct io *server = &pair->server.io;
	char into[16];

	(void)shutdown(pair->client.io.fd, SHUT_WR); /* without a farewell */
	if (!server->readable || io_recv(server, into, sizeof(into)) == IO_AGAIN)
		return;
	assert_true(server->failed && !server->eof);
	loop_stop(pair->loop);
}

static void a_cut_stream_is_broken_and_not_at_its_end(void **state)
{
	(void)state;
	run_pair(cut_off);
}

/* ---- files -------------------------------------------------------------------------------------
 */

static void files_that_cannot_be_used_are_named(void **state)
{
	const struct tls_files rows[] = {
	    {"/nonexistent", key_path, cert_path, NULL},
	    {cert_path, "/nonexistent", cert_path, NULL},
	    {cert_path, cert_path, cert_path, NULL},
	    {cert_path, key_path, "/nonexistent", NULL},
	    {cert_path, key_path, key_path, NULL},
	    {cert_path, key_path, cert_path, "/nonexistent"},
	    {cert_path, key_path, cert_path, cert_path},
	};
	static const char *const texts[] = {
	    "/nonexistent: cannot be used as a certificate: No such",
	    "/nonexistent: cannot be used as its private key", "cannot be used as its private key",
	    "/nonexistent: cannot be used as certificates of authorities",
	    "cannot be used as certificates of authorities",
	    "/nonexistent: cannot be used as revocation lists: No such",
	    "cannot be used as revocation lists"};
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_null(tls_context_for_clients(&rows[i], TLS_VERIFY_REQUIRE, &err));
		if (!strstr(err.text, texts[i]))
			fail_msg("row %zu: %s", i, err.text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_certificate_names_its_owner),
	    cmocka_unit_test(two_common_names_are_none),
	    cmocka_unit_test(bulk_goes_both_ways_through_small_buffers),
	    cmocka_unit_test(a_farewell_ends_one_direction),
	    cmocka_unit_test(a_cut_stream_is_broken_and_not_at_its_end),
	    cmocka_unit_test(files_that_cannot_be_used_are_named),
	};

	return cmocka_run_group_tests_name("tls", tests, make_dir, remove_dir);
}
