/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted of all clients and of each, by a clock of our own. */
#include "unit.h"

#include <stdio.h>
#include <sys/resource.h>

#include "proxy/crowd.h"

#define START 5000u

static struct crowd *crowd_of(struct limits limits)
{
	struct crowd *crowd;

	if (limits.max_connections == 0)
		limits.max_connections = 1000;
	crowd = crowd_new(&limits, false);
	assert_non_null(crowd);
	return crowd;
}

static enum crowd_limit begin(struct crowd *crowd, struct crowd_seat *seat, uint64_t now)
{
	uint64_t wait;

	return crowd_begin(crowd, seat, now, &wait);
}

static void connections_are_counted_for_each(void **state)
{
	struct crowd *crowd =
	    crowd_of((struct limits){.max_connections = 4, .max_connections_per_peer = 2});
	struct crowd_seat a[3], b[2];

	(void)state;
	assert_true(crowd_knows_peers(crowd));
	assert_int_equal(crowd_enter(crowd, &a[0], "a"), CROWD_FINE);
	assert_int_equal(crowd_enter(crowd, &a[1], "a"), CROWD_FINE);
	assert_int_equal(crowd_enter(crowd, &a[2], "a"), CROWD_CONNECTIONS_PER_PEER);
	assert_int_equal(crowd_enter(crowd, &b[0], "b"), CROWD_FINE);
	assert_int_equal(crowd_enter(crowd, &b[1], "b"), CROWD_CONNECTIONS);
	crowd_leave(crowd, &a[2], START);
	crowd_leave(crowd, &a[1], START);
	crowd_leave(crowd, &b[1], START);
	assert_int_equal(crowd_enter(crowd, &a[1], "a"), CROWD_FINE);
	crowd_free(crowd);
}

static unsigned claim(struct crowd *crowd, struct crowd_seat *seat, const char *owner,
    unsigned kind, unsigned amount, uint64_t now)
{
	unsigned before = 77;

	assert_true(crowd_claim(crowd, seat, span_of(owner), kind, amount, now, &before));
	return before;
}

/* Of two that begin at once one at least knows of the other. */
static void claims_know_of_those_before(void **state)
{
	struct crowd *crowd = crowd_of((struct limits){0});
	struct crowd_seat a, b, c;

	(void)state;
	assert_int_equal(crowd_enter(crowd, &a, NULL), CROWD_FINE);
	assert_int_equal(crowd_enter(crowd, &b, NULL), CROWD_FINE);
	assert_int_equal(crowd_enter(crowd, &c, NULL), CROWD_FINE);
	assert_int_equal(claim(crowd, &a, "alice", 1, 2, START), 0);
	assert_int_equal(claim(crowd, &b, "alice", 1, 1, START), 2);
	assert_int_equal(claim(crowd, &a, "alice", 1, 2, START), 0);
	assert_int_equal(claim(crowd, &c, "alicea", 1, 1, START), 0);
	assert_int_equal(claim(crowd, &c, "alice", 2, 1, START), 0);
	/* what grows was not known to those behind it */
	assert_int_equal(claim(crowd, &a, "alice", 1, 3, START), 1);
	assert_int_equal(claim(crowd, &b, "alice", 1, 1, START), 0);
	crowd_end(crowd, &b);
	assert_int_equal(claim(crowd, &a, "alice", 1, 3, START), 0);
	/* the daemon goes on with the request of a client that has left */
	crowd_leave(crowd, &a, START);
	assert_int_equal(claim(crowd, &b, "alice", 1, 1, START + CLAIM_LINGER_MS - 1), 3);
	assert_int_equal(claim(crowd, &b, "alice", 1, 1, START + CLAIM_LINGER_MS), 0);
	crowd_leave(crowd, &b, START);
	crowd_leave(crowd, &c, START);
	crowd_free(crowd);
}

#define LEAVING 40000u

/* A client that leaves in the middle of each request must not make those of others dear. */
static void claims_of_those_who_left_are_few(void **state)
{
	struct crowd *crowd = crowd_of((struct limits){0});
	struct crowd_seat seat;
	struct rusage before, after;

	(void)state;
	(void)getrusage(RUSAGE_SELF, &before);
	for (unsigned i = 0; i < LEAVING; i++) {
		assert_int_equal(crowd_enter(crowd, &seat, NULL), CROWD_FINE);
		assert_int_equal(claim(crowd, &seat, "alice", 1, 1, START + i / 100), i);
		crowd_leave(crowd, &seat, START + i / 100);
	}
	(void)getrusage(RUSAGE_SELF, &after);
	/* each is counted, and each walk over all of them would take 40000 steps */
	assert_true(after.ru_utime.tv_sec - before.ru_utime.tv_sec < 2);
	assert_int_equal(crowd_enter(crowd, &seat, NULL), CROWD_FINE);
	assert_int_equal(claim(crowd, &seat, "alice", 1, 1, START + CLAIM_LINGER_MS - 1), LEAVING);
	assert_int_equal(claim(crowd, &seat, "alice", 1, 1, START + 2 * CLAIM_LINGER_MS), 0);
	crowd_leave(crowd, &seat, START);
	crowd_free(crowd);
}

/* A client with a prefix of its own could come from another address each time. */
static void addresses_of_one_prefix_are_one_client(void **state)
{
	static const struct {
		const char *address, *name;
	} rows[] = {
	    {"192.0.2.7", "address:192.0.2.7"},
	    {"2001:db8:0:1::1", "address:2001:db8:0:1::/64"},
	    {"2001:db8:0:1:ffff:ffff:ffff:ffff", "address:2001:db8:0:1::/64"},
	    {"2001:db8:0:2::1", "address:2001:db8:0:2::/64"},
	    {"::1", "address:::/64"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[CROWD_NAME_MAX];
		struct ip ip;

		assert_true(ip_parse(span_of(rows[i].address), &ip));
		crowd_name_address(&ip, name);
		assert_string_equal(name, rows[i].name);
	}
}

static void nobody_is_told_apart_without_need(void **state)
{
	struct crowd *crowd = crowd_of((struct limits){.max_held = 100});
	struct crowd_seat seat;

	(void)state;
	assert_false(crowd_knows_peers(crowd));
	assert_int_equal(crowd_enter(crowd, &seat, NULL), CROWD_FINE);
	assert_int_equal(begin(crowd, &seat, START), CROWD_FINE);
	assert_int_equal(crowd_hold(crowd, &seat, 0, 101), CROWD_HELD);
	crowd_leave(crowd, &seat, START);
	crowd_free(crowd);
}

/* All that a connection has goes with it to its new name, and nothing stays at the old one. */
static void a_name_that_is_found_takes_all_along(void **state)
{
	struct crowd *crowd = crowd_of((struct limits){
	    .max_connections_per_peer = 2, .max_requests_per_peer = 1, .max_held_per_peer = 100});
	struct crowd_seat one, two, three;

	(void)state;
	assert_int_equal(crowd_enter(crowd, &one, "address"), CROWD_FINE);
	assert_int_equal(begin(crowd, &one, START), CROWD_FINE);
	assert_int_equal(crowd_hold(crowd, &one, 0, 60), CROWD_FINE);
	assert_int_equal(crowd_rename(crowd, &one, "alice", START), CROWD_FINE);
	assert_int_equal(crowd_enter(crowd, &two, "address"), CROWD_FINE);
	assert_int_equal(crowd_enter(crowd, &three, "address"), CROWD_FINE);
	assert_int_equal(begin(crowd, &two, START), CROWD_FINE);
	assert_int_equal(crowd_hold(crowd, &two, 0, 60), CROWD_FINE);
	assert_int_equal(crowd_rename(crowd, &two, "alice", START), CROWD_FINE);
	assert_int_equal(crowd_rename(crowd, &three, "alice", START), CROWD_CONNECTIONS_PER_PEER);
	assert_int_equal(crowd_hold(crowd, &three, 0, 1), CROWD_HELD_PER_PEER);
	assert_int_equal(begin(crowd, &three, START), CROWD_REQUESTS_PER_PEER);
	crowd_leave(crowd, &two, START);
	crowd_end(crowd, &one);
	assert_int_equal(begin(crowd, &three, START), CROWD_FINE);
	assert_int_equal(crowd_hold(crowd, &three, 1, 40), CROWD_FINE);
	crowd_free(crowd);
}

static void requests_under_way_are_counted(void **state)
{
	struct crowd *crowd =
	    crowd_of((struct limits){.max_requests = 3, .max_requests_per_peer = 2});
	struct crowd_seat a[3], b[2];

	(void)state;
	for (size_t i = 0; i < COUNT(a); i++)
		assert_int_equal(crowd_enter(crowd, &a[i], "a"), CROWD_FINE);
	for (size_t i = 0; i < COUNT(b); i++)
		assert_int_equal(crowd_enter(crowd, &b[i], "b"), CROWD_FINE);
	assert_int_equal(begin(crowd, &a[0], START), CROWD_FINE);
	assert_int_equal(begin(crowd, &a[1], START), CROWD_FINE);
	assert_int_equal(begin(crowd, &a[2], START), CROWD_REQUESTS_PER_PEER);
	assert_int_equal(begin(crowd, &b[0], START), CROWD_FINE);
	assert_int_equal(begin(crowd, &b[1], START), CROWD_REQUESTS);
	crowd_end(crowd, &a[2]); /* had none */
	assert_int_equal(begin(crowd, &b[1], START), CROWD_REQUESTS);
	crowd_end(crowd, &a[0]);
	crowd_end(crowd, &a[0]);
	assert_int_equal(begin(crowd, &b[1], START), CROWD_FINE);
	assert_int_equal(begin(crowd, &a[2], START), CROWD_REQUESTS);
	crowd_leave(crowd, &b[0], START); /* in the middle of it */
	assert_int_equal(begin(crowd, &a[2], START), CROWD_FINE);
	crowd_free(crowd);
}

static void rates_are_of_each_and_of_all(void **state)
{
	struct crowd *crowd = crowd_of((struct limits){
	    .max_rate = {3, 1000}, .max_rate_per_peer = {1, 1000}, .max_burst_per_peer = 2});
	struct crowd_seat a, b;
	uint64_t wait;

	(void)state;
	assert_int_equal(crowd_enter(crowd, &a, "a"), CROWD_FINE);
	assert_int_equal(crowd_enter(crowd, &b, "b"), CROWD_FINE);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(begin(crowd, &a, START), CROWD_FINE);
		crowd_end(crowd, &a);
	}
	assert_int_equal(crowd_begin(crowd, &a, START, &wait), CROWD_RATE_PER_PEER);
	assert_int_equal(wait, 1000);
	assert_int_equal(begin(crowd, &b, START), CROWD_FINE);
	crowd_end(crowd, &b);
	assert_int_equal(crowd_begin(crowd, &b, START, &wait), CROWD_RATE);
	assert_int_equal(wait, 334);
	/* The refusal took none of its own. */
	assert_int_equal(begin(crowd, &b, START + 334), CROWD_FINE);
	crowd_free(crowd);
}

static void a_new_connection_is_no_new_bucket(void **state)
{
	struct crowd *crowd = crowd_of((struct limits){.max_rate_per_peer = {1, 60000}});
	struct crowd_report report;
	struct crowd_seat a;

	(void)state;
	assert_int_equal(crowd_enter(crowd, &a, "a"), CROWD_FINE);
	assert_int_equal(begin(crowd, &a, START), CROWD_FINE);
	crowd_leave(crowd, &a, START);
	assert_false(crowd_next_report(crowd, START + 59000, &report));
	assert_int_equal(crowd_enter(crowd, &a, "a"), CROWD_FINE);
	assert_int_equal(begin(crowd, &a, START + 59000), CROWD_RATE_PER_PEER);
	crowd_leave(crowd, &a, START + 59000);
	assert_int_equal(crowd_enter(crowd, &a, "a"), CROWD_FINE);
	assert_int_equal(begin(crowd, &a, START + 60000), CROWD_FINE);
	crowd_free(crowd);
}

static void another_rate_begins_full(void **state)
{
	struct limits limits = {
	    .max_connections = 9, .max_rate = {1, 3600000}, .max_rate_per_peer = {1, 3600000}};
	struct crowd *crowd = crowd_of(limits);
	struct crowd_seat a;

	(void)state;
	assert_int_equal(crowd_enter(crowd, &a, "a"), CROWD_FINE);
	assert_int_equal(begin(crowd, &a, START), CROWD_FINE);
	crowd_end(crowd, &a);
	assert_int_equal(begin(crowd, &a, START), CROWD_RATE_PER_PEER);
	crowd_set_limits(crowd, &limits);
	assert_int_equal(begin(crowd, &a, START), CROWD_RATE_PER_PEER);
	limits.max_burst_per_peer = 2;
	crowd_set_limits(crowd, &limits);
	assert_int_equal(begin(crowd, &a, START), CROWD_RATE);
	limits.max_burst = 2;
	crowd_set_limits(crowd, &limits);
	assert_int_equal(begin(crowd, &a, START), CROWD_FINE);
	crowd_free(crowd);
}

/* One line at once, one for the rest when the time is over, none when there is no rest. */
static void many_refusals_share_a_line(void **state)
{
	struct crowd *crowd = crowd_of((struct limits){.max_rate_per_peer = {1, 1000}});
	struct crowd_report report;
	struct crowd_seat a, b;

	(void)state;
	assert_int_equal(crowd_enter(crowd, &a, "a"), CROWD_FINE);
	assert_int_equal(crowd_enter(crowd, &b, "b"), CROWD_FINE);
	assert_false(crowd_has_reports(crowd));
	assert_true(crowd_refused(crowd, &a, CROWD_RATE_PER_PEER, START));
	for (unsigned i = 0; i < 5; i++)
		assert_false(crowd_refused(crowd, &a, CROWD_RATE_PER_PEER, START + i));
	assert_true(crowd_refused(crowd, &b, CROWD_HELD, START + 5));
	crowd_leave(crowd, &a, START + 6);
	assert_true(crowd_has_reports(crowd));
	assert_false(crowd_next_report(crowd, START + CROWD_QUIET_MS - 1, &report));
	assert_true(crowd_next_report(crowd, START + CROWD_QUIET_MS, &report));
	assert_string_equal(report.who, "a");
	assert_int_equal(report.count, 5);
	assert_false(crowd_next_report(crowd, START + 2 * CROWD_QUIET_MS, &report));
	assert_false(crowd_has_reports(crowd));
	assert_true(crowd_refused(crowd, &b, CROWD_HELD, START + 2 * CROWD_QUIET_MS));
	assert_false(crowd_refused(crowd, &b, CROWD_HELD, START + 2 * CROWD_QUIET_MS));
	assert_true(crowd_next_report(crowd, UINT64_MAX, &report));
	assert_int_equal(report.count, 1);
	assert_int_equal(crowd_refusals(crowd, CROWD_RATE_PER_PEER), 6);
	assert_int_equal(crowd_refusals(crowd, CROWD_HELD), 3);
	crowd_free(crowd);
}

/* However many clients come and go, no refusal is lost, and memory has an end. */
static void who_is_forgotten_is_told_of_without_a_name(void **state)
{
	struct crowd *crowd = crowd_of((struct limits){.max_rate_per_peer = {1, 3600000}});
	const unsigned clients = 70000;
	struct crowd_report report;
	uint64_t total = 0;
	unsigned reports = 0;

	(void)state;
	for (unsigned i = 0; i < clients; i++) {
		char name[32];
		struct crowd_seat seat;

		(void)snprintf(name, sizeof(name), "address:%u", i);
		assert_int_equal(crowd_enter(crowd, &seat, name), CROWD_FINE);
		assert_true(crowd_refused(crowd, &seat, CROWD_RATE_PER_PEER, START));
		assert_false(crowd_refused(crowd, &seat, CROWD_RATE_PER_PEER, START));
		crowd_leave(crowd, &seat, START);
	}
	while (crowd_next_report(crowd, START + CROWD_QUIET_MS, &report)) {
		total += report.count;
		reports++;
	}
	assert_int_equal(total, clients);
	assert_in_range(reports, 1000, clients - 1000);
	crowd_free(crowd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(connections_are_counted_for_each),
	    cmocka_unit_test(addresses_of_one_prefix_are_one_client),
	    cmocka_unit_test(nobody_is_told_apart_without_need),
	    cmocka_unit_test(a_name_that_is_found_takes_all_along),
	    cmocka_unit_test(requests_under_way_are_counted),
	    cmocka_unit_test(rates_are_of_each_and_of_all),
	    cmocka_unit_test(a_new_connection_is_no_new_bucket),
	    cmocka_unit_test(claims_know_of_those_before),
	    cmocka_unit_test(claims_of_those_who_left_are_few),
	    cmocka_unit_test(another_rate_begins_full),
	    cmocka_unit_test(many_refusals_share_a_line),
	    cmocka_unit_test(who_is_forgotten_is_told_of_without_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
