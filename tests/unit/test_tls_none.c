/* SPDX-License-Identifier: Apache-2.0 */
/* A program without OpenSSL: whatever asks for TLS is refused, and says why. */
#include "unit.h"

#include "config/config.h"
#include "net/peer.h"
#include "net/tls.h"
#include "proxy/upstream.h"

static void nothing_speaks_tls(void **state)
{
	const struct tls_files files = {.ca = "/ca.pem"};
	struct io io = {.fd = -1};
	struct peer peer = {.pid = -1};
	struct error err = {""};

	(void)state;
	assert_false(tls_is_built_in(&err));
	assert_non_null(strstr(err.text, "--without-tls"));
	err.text[0] = '\0';
	assert_null(tls_context_for_clients(&files, TLS_VERIFY_NONE, &err));
	assert_non_null(strstr(err.text, "--without-tls"));
	err.text[0] = '\0';
	assert_null(tls_context_for_server(&files, "x", &err));
	assert_non_null(strstr(err.text, "--without-tls"));
	assert_int_equal(tls_begin(&io, NULL), -1);
	assert_false(tls_admits(NULL, &io));
	assert_int_equal(tls_read_peer(&io, &peer), -1);
	tls_context_free(NULL);
}

static void an_upstream_with_tls_is_refused(void **state)
{
	static char text[] = "tls:127.0.0.1:2376", host[] = "127.0.0.1", ca[] = "/ca.pem";
	struct config_upstream from = {
	    .address = {.kind = ADDRESS_TLS, .text = text, .host = host, .port = 2376},
	    .tls.ca = ca};
	struct error err = {""};

	(void)state;
	assert_null(upstream_make(&from, &err));
	assert_non_null(strstr(err.text, "--without-tls"));
	from.address.kind = ADDRESS_TCP;
	struct upstream *upstream = upstream_make(&from, &err);

	assert_non_null(upstream);
	upstream_unref(upstream);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(nothing_speaks_tls),
    cmocka_unit_test(an_upstream_with_tls_is_refused),
};

int main(void)
{
	return cmocka_run_group_tests_name("tls_none", tests, NULL, NULL);
}
