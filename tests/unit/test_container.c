/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon says of containers and networks. */
#include "unit.h"

#include "proxy/container.h"

#define ID "9d7e31a5c30bb79b5cf52cb13f294b69280efe7390c7e7019bfb598bc80dc3e9"

static struct arena arena;

static const cJSON *parse(const char *text)
{
	static const struct json_limits limits = {1 << 16, 32, 1000};
	struct error err;
	const cJSON *json = json_parse(span_of(text), &limits, &arena, &err);

	if (!json)
		fail_msg("%s: %s", text, err.text);
	return json;
}

static struct ip ip_of(const char *text)
{
	struct ip ip;

	assert_true(ip_parse(span_of(text), &ip));
	return ip;
}

static void containers_are_read(void **state)
{
	struct container container;
	struct span value;
	struct ip ip = ip_of("172.17.0.3"), ip6 = ip_of("fd00::3"), other = ip_of("172.17.0.4");

	(void)state;
	assert_true(container_read(
	    parse("{\"Id\":\"" ID "\",\"Name\":\"/web\",\"Image\":\"sha256:abc\","
		  "\"State\":{\"Running\":true,\"Pid\":77},"
		  "\"Config\":{\"Image\":\"bb:1\",\"Labels\":{\"a\":\"1\",\"A\":\"2\",\"n\":null}},"
		  "\"NetworkSettings\":{\"IPAddress\":\"172.17.0.4\",\"Networks\":{\"bridge\":"
		  "{\"IPAddress\":\"172.17.0.3\",\"GlobalIPv6Address\":\"fd00:0::3\"},"
		  "\"none\":{\"IPAddress\":\"\"}}}}"),
	    &container));
	assert_span(container.id, ID);
	assert_span(container.name, "web");
	assert_span(container.image, "bb:1");
	assert_span(container.image_id, "sha256:abc");
	assert_int_equal(container.pid, 77);
	assert_true(container_label(&container, SPAN("A"), &value));
	assert_span(value, "2");
	assert_false(container_label(&container, SPAN("b"), &value));
	assert_false(container_label(&container, SPAN("n"), &value));
	assert_true(networks_have(container.networks, &ip));
	assert_true(networks_have(container.networks, &ip6));
	assert_false(networks_have(container.networks, &other));
	arena_free(&arena);
}

static void what_does_not_run_has_no_process(void **state)
{
	static const char *const states[] = {"{\"Running\":false,\"Pid\":77}",
	    "{\"Running\":true,\"Pid\":0}", "{\"Running\":true,\"Pid\":-1}",
	    "{\"Running\":true,\"Pid\":\"77\"}", "{\"Running\":true,\"Pid\":4294967297}",
	    "{\"Pid\":77}", "{}", "null"};

	(void)state;
	for (size_t i = 0; i < COUNT(states); i++) {
		struct container container;
		struct error text;

		(void)error_set(
		    &text, "{\"Id\":\"" ID "\",\"Name\":\"/web\",\"State\":%s}", states[i]);
		assert_true(container_read(parse(text.text), &container));
		assert_int_equal(container.pid, 0);
	}
	arena_free(&arena);
}

static void other_answers_are_none(void **state)
{
	static const char *const texts[] = {"{}", "[]", "\"x\"", "{\"Id\":\"" ID "\"}",
	    "{\"Name\":\"/web\"}", "{\"Id\":7,\"Name\":\"/a\"}"};
	struct container container;
	struct span ids[NETWORKS_MOST];
	bool host;
	struct ip ip = ip_of("172.17.0.3");

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(container_read(parse(texts[i]), &container));
	assert_int_equal(networks_around(parse("{\"message\":\"no\"}"), &ip, ids, &host), -1);
	assert_int_equal(network_owners(parse("[]"), &ip, ids), -1);
	arena_free(&arena);
}

static void networks_are_found_by_subnet(void **state)
{
	static const char networks[] =
	    "[{\"Id\":\"host\",\"IPAM\":{\"Config\":[]}},{\"Id\":\"none\",\"IPAM\":{\"Config\":"
	    "null}},"
	    "{\"Id\":\"a\",\"IPAM\":{\"Config\":[{\"Subnet\":\"172.17.0.0/16\"}]}},"
	    "{\"Id\":\"b\",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.0.0.0/"
	    "8\",\"Gateway\":\"10.9.9.9\"},"
	    "{\"Subnet\":\"fd00:1::/64\",\"Gateway\":\"fd00:1::1\"}]}},"
	    "{\"Id\":\"c\",\"IPAM\":{\"Config\":[{\"Subnet\":\"10.1.77.7/16\"}]}},"
	    "{\"Id\":\"d\",\"IPAM\":{\"Config\":[{\"Subnet\":\"x\"},{\"Subnet\":\"9.0.0.0/"
	    "33\"}]}}]";
	static const struct {
		const char *ip, *first, *second;
		bool host;
	} rows[] = {
	    {"172.17.0.3", "a", NULL, false},
	    {"172.17.0.1", "a", NULL, true}, /* the host's, if it is no container's */
	    {"172.18.0.3", NULL, NULL, false},
	    {"127.0.0.1", NULL, NULL, false},
	    {"9.0.0.3", NULL, NULL, false},
	    {"10.2.0.1", "b", NULL, false},
	    {"10.9.9.9", NULL, NULL, false},
	    {"10.1.0.3", "b", "c", false},
	    {"10.0.0.1", "b", NULL, false}, /* its gateway is another address */
	    {"10.1.0.1", "b", "c", false},  /* the host's in one, a container's in the other */
	    {"fd00:1::3", "b", NULL, false},
	    {"fd00:1::1", NULL, NULL, false},
	    {"fd00:2::3", NULL, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span ids[NETWORKS_MOST];
		struct ip ip = ip_of(rows[i].ip);
		bool host;
		int count = networks_around(parse(networks), &ip, ids, &host);

		if (count != (rows[i].first != NULL) + (rows[i].second != NULL))
			fail_msg("%s: %d", rows[i].ip, count);
		if (count > 0)
			assert_int_equal(host, rows[i].host);
		if (rows[i].first)
			assert_span(ids[0], rows[i].first);
		if (rows[i].second)
			assert_span(ids[1], rows[i].second);
	}
	arena_free(&arena);
}

static void link_local_addresses_are_known(void **state)
{
	static const struct {
		const char *ip;
		bool is;
	} rows[] = {
	    {"169.254.0.1", true},
	    {"169.253.255.255", false},
	    {"fe80::1", true},
	    {"febf::1", true},
	    {"fec0::1", false},
	    {"172.17.0.1", false},
	    {"fd00::1", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip ip = ip_of(rows[i].ip);

		if (is_link_local(&ip) != rows[i].is)
			fail_msg("%s", rows[i].ip);
	}
}

static void owners_of_an_address_are_counted(void **state)
{
	static const char network[] =
	    "{\"Containers\":{\"one\":{\"IPv4Address\":\"172.17.0.2/16\",\"IPv6Address\":\"\"},"
	    "\"two\":{\"IPv4Address\":\"172.17.0.3/16\",\"IPv6Address\":\"fd00::3/64\"},"
	    "\"ep-x\":{\"IPv4Address\":\"172.17.0.3/16\"}}}";
	struct ip four = ip_of("172.17.0.2"), six = ip_of("fd00::3"), both = ip_of("172.17.0.3"),
		  none = ip_of("172.17.0.30");
	struct span id = {NULL, 0};

	(void)state;
	assert_int_equal(network_owners(parse(network), &four, &id), 1);
	assert_span(id, "one");
	assert_int_equal(network_owners(parse(network), &six, &id), 1);
	assert_span(id, "two");
	assert_int_equal(network_owners(parse(network), &both, &id), 2);
	assert_int_equal(network_owners(parse(network), &none, &id), 0);
	assert_int_equal(network_owners(parse("{\"Containers\":null}"), &none, &id), 0);
	arena_free(&arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(containers_are_read),
	    cmocka_unit_test(what_does_not_run_has_no_process),
	    cmocka_unit_test(other_answers_are_none),
	    cmocka_unit_test(networks_are_found_by_subnet),
	    cmocka_unit_test(link_local_addresses_are_known),
	    cmocka_unit_test(owners_of_an_address_are_counted),
	};

	return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}
