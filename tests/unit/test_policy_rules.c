/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a policy, rules on operations and paths, versions, upgrades, content types, parameters.
 */
#include "unit.h"

#include "policy_case.h"

static void lines_that_are_wrong_say_what_is_right(void **state)
{
	static const struct {
		const char *line, *error;
	} rows[] = {
	    {"allow = container.list", ""},
	    {"allow = container.*  @safe GET /info", ""},
	    {"allow = GET,POST /containers/** * /info", ""},
	    {"unknown_routes = allow\nallow = GET,POST /x/** * /y", ""},
	    {"deny = GET /containers/{id}/archive", ""},
	    {"deny = GET /images/{name}/json", ""},
	    {"deny = GET /images/a/b/c/json", ""},
	    {"deny = GET /**/archive", ""},
	    {"deny = OPTIONS /x", ""},
	    {"deny = GET /libpod/containers/json", ""},
	    {"deny = GET /v1.41/containers/*/archive", "write \"/containers/*/archive\""},
	    {"deny = GET /containers/*/archive/", "no path ends in a slash"},
	    {"deny = GET /v1.41/containers/*/archive/", "write \"/containers/*/archive\""},
	    {"deny = GET /containers/*/archiv", "did you mean \"/containers/*/archive\""},
	    {"deny = * /containers/*/archiv", "did you mean \"/containers/*/archive\""},
	    {"deny = GET /container/*/archive", "did you mean \"/containers/*/archive\""},
	    {"deny = GET /containers/a/b/archive", "matches no operation"},
	    {"deny = GET /containers/*/exec",
		"this path takes POST (sockwarden operations lists them"},
	    {"allow = GET /nothing/at/all", "matches no operation"},
	    {"deny = GET /containers/<id>/json", "no path has \"<\"; write {id} or *"},
	    {"deny = GET /containers/:id/json", "no path has \":\""},
	    {"allow = GET /containers/(a|b)/json", "no path has \"(\""},
	    {"allow = GET /images/bb:1/json", ""},
	    {"allow = GET /containers/{id}/json?size=1|0", ""},
	    {"deny = DELETE /containers/*?forse=1", "did you mean \"force\""},
	    {"deny = container.remove?path=/", "has the parameter \"path\""},
	    {"alow = container.list", "did you mean \"allow\""},
	    {"privileg = yes", "did you mean \"privileged\""},
	    {"allow = container.lst", "did you mean \"container.list\""},
	    {"allow = contaner.*", "no operation is named"},
	    {"allow = image.pull", "did you mean \"image.create\""},
	    {"allow = images.build", "did you mean \"build.run\""},
	    {"allow = container.run", "did you mean \"container.create container.start"},
	    {"allow = volume.rm", "did you mean \"volume.remove\""},
	    {"allow = containers.ls", "did you mean \"container.list\""},
	    {"allow = docker.ps", "did you mean \"container.list\""},
	    {"allow = exec.create", "did you mean \"container.exec\""},
	    {"allow = info", "did you mean \"system.info\""},
	    {"allow = rm", "did you mean \"container.remove\""},
	    {"allow = networks.inspect", "did you mean \"network.inspect\""},
	    {"allow = system.ping, system.version", "write blanks between operations, not commas"},
	    {"allow = container.kill?sig=HUP", "; there are signal"},
	    {"deny = container.kill?signal=KILL,TERM", "write names with | between them"},
	    {"allow = container.remove?force=no,v=1", "\"&\" stands between two conditions"},
	    {"allow = container.remove?force=off", "is no value of one: write force=1 or force=0"},
	    {"allow = container.remove?force=no|nein", "\"nein\" is no value of one"},
	    {"deny = container.kill?signal=KILL|SIGTERM|9|RT*", ""},
	    {"allow = container.kill?!signal", ""},
	    {"deny = container.create?Image=evil*", "a member of the body"},
	    {"deny = POST /containers/create?HostConfig", "a member of the body"},
	    {"deny = container.create?name=web", ""},
	    {"allow = @reed", "@safe @read"},
	    {"allow = /containers/json", "needs a method"},
	    {"allow = GET containers/json", "is not a path"},
	    {"allow = GET", "is not a path"},
	    {"allow = get /containers/json", "capital letters"},
	    {"allow = *", "all operations are @all"},
	    {"allow = !container.exec", "\"deny = container.exec\""},
	    {"cap_drop = ALL", "did you mean \"require = cap_drop_all\""},
	    {"no_privileged = yes", "write require = no_privileged"},
	    {"require = non_root, cap_drop_all", "write blanks between requirements, not commas"},
	    {"preset = traefik", "include = preset:NAME"},
	    {"allow = container.list?", "a condition is"},
	    {"allow = container.list?!all=1", "a condition is"},
	    {"allow =", "has no value"},
	    {"privileged = maybe", "is not yes or no"},
	    {"publish = localhost:8080", "is not [ADDRESS:]PORT"},
	    {"publish = 127.1:8080", "is not [ADDRESS:]PORT"},
	    {"privileged = yes\nprivileged = no", "already set"},
	    {"privileged = yes\nprivileged = yes", ""},
	    {"max_memory = 2g\nmax_memory = 3g", "already set"},
	    {"max_memory = 3g\nmax_memory = 2g", "already set"},
	    {"max_memory = 2g\nmax_memory = 2048m", ""},
	    {"min_api = 1.41\nmin_api = 1.42", "already set"},
	    {"min_api = 1.41\nmin_api = 1.41", ""},
	    {"mode = enforced", "enforce or dry-run"},
	    {"mode = dry-run", ""},
	    {"min_api = 41", "an API version"},
	    {"min_api = 1.41", ""},
	    {"grant = everything", "is not all"},
	    {"unknown_fields = yes", "allow or deny"},
	    {"preset = cis", ""},
	    {"require = non_root cis", ""},
	    {"require = non_rot", "did you mean \"non_root\""},
	    {"max_memory = 2g", ""},
	    {"max_memory = 2x", "a size"},
	    {"max_memory = 10",
		"below 6m, the least limit that the daemon takes; a number alone is bytes"},
	    {"max_cpus = 0.001", "below 0.01"},
	    {"max_cpus = 1.5", ""},
	    {"max_cpus = 0", "above zero"},
	    {"max_memory = 6m", ""},
	    {"name = web|db", "no \"|\"; write name = web db"},
	    {"name = \"web|db\"", "no \"|\"; write name = web db"},
	    {"name = /web", "without a slash"},
	    {"image = x:[12]", "\"x:[12]\" matches nothing: patterns have * and ?, and no \"[\""},
	    {"plugin = * !^x", "matches nothing"},
	    {"secret = ci-(a|b)", "no \"(\""},
	    {"user = $UID", "a policy has no variables"},
	    {"user = host$", ""},
	    {"volume = {{.Node.ID}}", ""},
	    {"tmpfs = /tmp:size=64m", "such as /tmp=size=64m"},
	    {"tmpfs = tmp", "such as /tmp=size=64m"},
	    {"tmpfs = /tmp=size=64m /run *=size=*", ""},
	    {"registry = [::1]:5000", ""},
	    {"alias = a|b", ""},
	    {"bind = srv", "absolute path"},
	    {"bind = /srv/../etc", "absolute path"},
	    {"bind = /srv rx", "no option of a bind"},
	    {"bind = \"/srv/a b\" rw", ""},
	    {"bind = /srv/ci:ro", "write bind = /srv/ci ro"},
	    {"bind = /srv/ci:/builds:rw", "write bind = /srv/ci ro"},
	    {"bind = /srv/ci,rw", "write bind = /srv/ci rw"},
	    {"bind = /srv/a, /srv/b", "one host path a line"},
	    {"bind = /srv/a /srv/b", "one path a line"},
	    {"bind = '/srv/a b' rw", "double quotes"},
	    {"bind = /srv/a ro rw", "keep one of the two"},
	    {"image = busybox, alpine", "write image = busybox alpine"},
	    {"image = busybox,alpine", "write image = busybox alpine"},
	    {"image = 'busybox'", "double quotes"},
	    {"image = https://registry.example.org/a", "not an image reference"},
	    {"image = busybox@1234", "not an image reference"},
	    {"image = busybox:", "not an image reference"},
	    {"image = Foo:1", "no capital letters; write foo:1"},
	    {"image_write = localhost:5000/Foo:V1", "write localhost:5000/foo:V1"},
	    {"image = bb@sha256:0A", "a digest has no capital letters; write bb@sha256:0a"},
	    {"image = id:0A", "an id has no capital letters; write id:0a"},
	    {"image = a//b", "a part between slashes is empty"},
	    {"image = registry.example.org/ci/", "write registry.example.org/ci/* for the images"},
	    {"image = busybox:1.* registry.example.org:5000/a/**:* *@sha256:* busybox@*", ""},
	    {"command = sh -c 'a b'", "double quotes"},
	    {"env = A='b'", "double quotes"},
	    {"env = A=b,c", ""},
	    {"env = !LD_PRELOAD = x", "has no name before"},
	    {"network_mode = one, two", "write network_mode = one two"},
	    {"cap_add = NET_ADMIN,SYS_TIME", "write cap_add = NET_ADMIN SYS_TIME"},
	    {"cap_add = SYS_ADMINN", "did you mean \"SYS_ADMIN\""},
	    {"cap_add = cap_net_admin ALL SYS_*", ""},
	    {"cap_add = NOT_*", "is no value of cap_add"},
	    {"signal = TREM", "is no value of signal"},
	    {"signal = SIGTERM 9 RTMIN+3 *", ""},
	    {"restart = unless_stopped", "did you mean \"unless-stopped\""},
	    {"restart = on-failure:3", "is no value of restart"},
	    {"pid_mode = hosts", "did you mean \"host\""},
	    {"pid_mode = container:*", ""},
	    {"pid_mode = container:web", ""},
	    {"ipc_mode = container", "is no value of ipc_mode"},
	    {"security_opt = secomp=unconfined", "did you mean \"seccomp\""},
	    {"security_opt = apparmor=ci-* seccomp:unconfined label=*", ""},
	    {"ulimit = nofiles=1024", "did you mean \"nofile\""},
	    {"sysctl = somaxconn=1", "is no value of sysctl"},
	    {"device = ttyUSB0", "a path such as"},
	    {"device = /dev/ttyUSB0:rwm", "without permissions"},
	    {"device = /dev/tty* vendor.example/class=all", ""},
	    {"device_cgroup_rule = c 1:3 rwm", "in quotes"},
	    {"device_cgroup_rule = \"c 1:3 rwm\"", ""},
	    {"volume = /srv/data", "host paths have the key bind"},
	    {"archive_path = tmp/**", "from the container's root"},
	    {"extra_host = db", "HOST:ADDRESS"},
	    {"registry = https://registry.example.org", "a registry's host"},
	    {"registry = registry.example.org/ci", "paths have the key image"},
	    {"registry = * !registry.example.org/ci", "paths have the key image"},
	    {"publish = 8080/tpc", "is not [ADDRESS:]PORT"},
	    {"publish = 70000", "is not [ADDRESS:]PORT"},
	    {"publish = 8080, 9090", "write publish = 8080 9090"},
	    {"bind = \"/srv/a b", "quote"},
	    {"publish = 127.0.0.1", "ADDRESS"},
	    {"publish = 1-x", "ADDRESS"},
	    {"publish = [::1]:53/udp *:80 8080 *", ""},
	    {"publish = 90-80", "ADDRESS"},
	    {"env = \"A=b", "quote"},
	    {"env = A=\"b c\"", "quote"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *error = policy_error(rows[i].line);

		if (!strstr(error, rows[i].error) || (!rows[i].error[0] && error[0]))
			fail_msg("%s: \"%s\" is not \"%s\"", rows[i].line, error, rows[i].error);
	}
}

static void a_finished_policy_takes_no_more(void **state)
{
	struct policy *policy = policy_of("allow = @safe");
	const struct policy_source source = {0};

	(void)state;
	assert_int_equal(policy_set(policy, SPAN("allow"), SPAN("@all"), &source, NULL), -1);
	assert_string_equal(policy_name(policy), "test");
	assert_false(policy_is_dry_run(policy));
	policy_unref(policy_ref(policy));
	policy_unref(policy);
	assert_true(policy_knows_key(SPAN("max_memory")));
	assert_true(policy_knows_key(SPAN("cap_add")));
	assert_false(policy_knows_key(SPAN("address")));
}

static void an_unfinished_policy_denies(void **state)
{
	struct policy *policy = policy_new("x");
	struct decision decision;
	struct policy_request request = {.method = METHOD_GET, .path = SPAN("/_ping")};

	(void)state;
	docker_find(METHOD_GET, request.path, &request.match);
	policy_decide(policy, &request, &decision, NULL, NULL);
	assert_int_equal(decision.verdict, VERDICT_DENY);
	policy_unref(policy);
}

static void nothing_is_allowed_by_default(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /_ping", NULL, "no_rule", "allow = system.ping"},
	    {"POST /containers/x/exec", "{}", "no_rule", "allow = container.exec"},
	    {"GET /nothing", NULL, "unknown_route", ""},
	};

	(void)state;
	check_rows("", rows, COUNT(rows));
}

static void the_builtin_policy_reads_what_is_safe(void **state)
{
	static struct outcome outcome;
	struct policy *policy = policy_builtin();

	(void)state;
	decide_case(policy, &(struct request_case){.line = "GET /_ping"}, &outcome);
	assert_string_equal(outcome_text(&outcome), "allow");
	decide_case(policy, &(struct request_case){.line = "HEAD /_ping"}, &outcome);
	assert_string_equal(outcome_text(&outcome), "allow");
	decide_case(policy, &(struct request_case){.line = "GET /containers/json"}, &outcome);
	assert_string_equal(outcome_text(&outcome), "no_rule");
	policy_unref(policy);
}

static void selectors_select(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /_ping", NULL, "allow", NULL},
	    {"HEAD /_ping", NULL, "allow", NULL},
	    {"GET /containers/json", NULL, "allow", NULL},
	    {"GET /containers/x/json", NULL, "no_rule", NULL},
	    {"GET /images/json", NULL, "allow", NULL},
	    {"GET /images/a/b/json", NULL, "allow", NULL},
	    {"POST /images/prune", NULL, "deny_rule", NULL},
	    {"POST /containers/x/start", NULL, "allow", NULL},
	    {"POST /v1.41/containers/x/start", NULL, "allow", NULL},
	    {"POST /containers/x/stop", NULL, "no_rule", NULL},
	    {"GET /networks/a", NULL, "allow", NULL},
	    {"GET /networks", NULL, "no_rule", NULL},
	    {"DELETE /networks/a", NULL, "deny_rule", NULL},
	    {"DELETE /volumes/a", NULL, "allow", NULL},
	};

	(void)state;
	check_rows("allow = @safe container.list image.*\n"
		   "deny = image.prune?!filters\n"
		   "deny = image.load\n"
		   "allow = POST /containers/*/start\n"
		   "allow = GET,DELETE /networks/* * /volumes/a\n"
		   "deny = DELETE /networks/*\n",
	    rows, 7);
	check_rows("allow = POST /containers/*/start\n"
		   "allow = GET,DELETE /networks/* * /volumes/a\n"
		   "deny = DELETE /networks/*\n",
	    rows + 7, COUNT(rows) - 7);
}

static void a_denial_wins_wherever_it_stands(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /containers/x/archive?path=/", NULL, "deny_rule", ""},
	    {"HEAD /containers/x/archive?path=/", NULL, "deny_rule", NULL},
	    {"PUT /containers/x/archive?path=/", NULL, "allow", NULL},
	    {"GET /containers/x/json", NULL, "allow", NULL},
	    {"GET /containers/x/export", NULL, "deny_rule", NULL},
	};

	(void)state;
	check_rows(
	    "deny = GET /containers/*/archive container.export\nallow = @all", rows, COUNT(rows));
	check_rows(
	    "allow = @all\ndeny = GET /containers/*/archive container.export", rows, COUNT(rows));
}

static void classes_are_what_they_say(void **state)
{
	static const struct policy_row read[] = {
	    {"GET /version", NULL, "allow", NULL},
	    {"GET /info", NULL, "allow", NULL},
	    {"POST /containers/x/start", NULL, "no_rule", NULL},
	    {"GET /containers/x/attach/ws", NULL, "no_rule", NULL},
	    {"POST /containers/create", "{}", "no_rule", NULL},
	    {"GET /nothing", NULL, "unknown_route", NULL},
	};
	static const struct policy_row write[] = {
	    {"POST /containers/x/start", NULL, "allow", NULL},
	    {"GET /info", NULL, "no_rule", NULL},
	    {"POST /containers/create", "{}", "no_rule", NULL},
	};

	(void)state;
	check_rows("allow = @read", read, COUNT(read));
	check_rows("allow = @write", write, COUNT(write));
}

static void conditions_on_the_query(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /containers/json?all=1", NULL, "allow", NULL},
	    {"GET /containers/json?all=true", NULL, "allow", NULL},
	    {"GET /containers/json?all=0", NULL, "no_rule", NULL},
	    {"GET /containers/json", NULL, "no_rule", NULL},
	    {"GET /containers/json?all=1&filters={}", NULL, "no_rule", NULL},
	    {"GET /containers/x/logs?follow=1", NULL, "deny_rule", NULL},
	    {"GET /containers/x/logs?follow=0&stdout=1", NULL, "allow", NULL},
	    {"GET /containers/x/logs", NULL, "allow", NULL},
	    {"POST /build?t=bb:1&t=bb:2", NULL, "allow", NULL},
	    {"POST /build?t=bb:1&t=evil:2", NULL, "no_rule", NULL},
	    {"POST /build", NULL, "no_rule", NULL},
	    {"POST /images/prune", NULL, "allow", NULL},
	    {"POST /images/prune?filters={}", NULL, "deny_rule", NULL},
	    {"DELETE /images/x", NULL, "allow", NULL},
	    {"DELETE /images/x?platforms=a&platforms=b", NULL, "deny_rule", NULL},
	};

	(void)state;
	check_rows("allow = container.list?all=1|true&!filters\n"
		   "allow = container.logs\n"
		   "deny = container.logs?follow=1|true\n"
		   "allow = build.run?t=bb:*\n"
		   "allow = image.*\n"
		   "deny = POST /images/prune?filters\n"
		   "deny = image.remove?platforms=b\n"
		   "image_write = *\n",
	    rows, COUNT(rows));
}

static void conditions_on_signals(void **state)
{
	static const struct policy_row denied[] = {
	    {"POST /containers/x/kill?signal=TERM", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=KILL", NULL, "deny_rule", NULL},
	    {"POST /containers/x/kill?signal=sigkill", NULL, "deny_rule", NULL},
	    {"POST /containers/x/kill?signal=9", NULL, "deny_rule", NULL},
	    {"POST /containers/x/kill?signal=", NULL, "deny_rule", NULL},
	    {"POST /containers/x/kill", NULL, "deny_rule", NULL},
	};
	static const struct policy_row allowed[] = {
	    {"POST /containers/x/kill?signal=1", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=SIGHUP", NULL, "allow", NULL},
	    {"POST /containers/x/kill?signal=TERM", NULL, "no_rule", NULL},
	    {"POST /containers/x/kill", NULL, "no_rule", NULL},
	};

	(void)state;
	check_rows(
	    "allow = container.kill\ndeny = container.kill?signal=KILL", denied, COUNT(denied));
	check_rows("allow = container.kill\ndeny = container.kill?signal=HUP|SIGKILL", denied,
	    COUNT(denied));
	check_rows("allow = container.kill\ndeny = container.kill?signal=9", denied, COUNT(denied));
	check_rows("allow = container.kill?signal=HUP", allowed, COUNT(allowed));
}

#define ARCHIVE "GET /containers/x/archive?path="

/* Paths are what the daemon makes of them, not what they are spelled like. */
static void conditions_on_paths(void **state)
{
	static const struct policy_row allowed[] = {
	    {ARCHIVE "/out/log", NULL, "allow", NULL},
	    {ARCHIVE "/out/./log", NULL, "allow", NULL},
	    {ARCHIVE "out//log", NULL, "allow", NULL},
	    {ARCHIVE "/out/..", NULL, "no_rule", NULL},
	    {ARCHIVE "/out/log/../../etc", NULL, "no_rule", NULL},
	    {ARCHIVE "/out/.", NULL, "no_rule", NULL},
	    {ARCHIVE "/etc", NULL, "no_rule", NULL},
	    {ARCHIVE "", NULL, "no_rule", NULL},
	};
	static const struct policy_row denied[] = {
	    {ARCHIVE "/srv", NULL, "allow", NULL},
	    {ARCHIVE "/etc", NULL, "deny_rule", NULL},
	    {ARCHIVE "/etc/", NULL, "deny_rule", NULL},
	    {ARCHIVE "/etc/shadow", NULL, "deny_rule", NULL},
	    {ARCHIVE "etc/shadow", NULL, "deny_rule", NULL},
	    {ARCHIVE "//etc/shadow", NULL, "deny_rule", NULL},
	    {ARCHIVE "/./etc/shadow", NULL, "deny_rule", NULL},
	    {ARCHIVE "/srv/../etc/shadow", NULL, "deny_rule", NULL},
	};

	(void)state;
	check_rows("allow = container.archive_get?path=/out/**", allowed, COUNT(allowed));
	check_rows("allow = container.archive_get\ndeny = GET "
		   "/containers/*/archive?path=/etc|/etc/**",
	    denied, COUNT(denied));
}

static void unknown_routes_need_two_words(void **state)
{
	static const struct policy_row closed[] = {
	    {"GET /v1.99/new/thing", NULL, "unknown_route", NULL},
	};
	static const struct policy_row open[] = {
	    {"GET /new/thing", NULL, "allow", NULL},
	    {"POST /new/thing", "{\"a\":1}", "allow", NULL},
	    {"GET /new/other/thing", NULL, "unknown_route", NULL},
	    {"DELETE /new/thing", NULL, "deny_rule", NULL},
	};

	(void)state;
	check_rows("allow = @all * /**", closed, COUNT(closed));
	check_rows("unknown_routes = allow\nallow = @read * /new/*\ndeny = DELETE /new/*", open,
	    COUNT(open));
}

static void versions_have_a_range(void **state)
{
	static const struct policy_row standard[] = {
	    {"GET /v1.23/_ping", NULL, "api_version", "min_api = 1.23"},
	    {"GET /v1.24/_ping", NULL, "allow", NULL},
	    {"GET /v1.99/_ping", NULL, "allow", NULL},
	    {"GET /_ping", NULL, "allow", NULL},
	};
	static const struct policy_row range[] = {
	    {"GET /v1.39/_ping", NULL, "api_version", "min_api = 1.39"},
	    {"GET /v1.40/_ping", NULL, "allow", NULL},
	    {"GET /v1.47/_ping", NULL, "allow", NULL},
	    {"GET /v1.48/_ping", NULL, "api_version", "max_api = 1.48"},
	};

	(void)state;
	check_rows("allow = @all", standard, COUNT(standard));
	check_rows("allow = @all\nmin_api = 1.40\nmax_api = 1.47", range, COUNT(range));
}

static void parameters_are_known_and_alone(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /containers/json?all=1&limit=2&size=0&filters={}", NULL, "allow", NULL},
	    {"GET /containers/json?al=1", NULL, "unknown_param query:al", "unknown_params = allow"},
	    {"GET /containers/json?ALL=1", NULL, "unknown_param query:ALL", NULL},
	    {"GET /containers/json?all=0&all=1", NULL, "allow", NULL}, /* only the first is sent */
	    {"GET /containers/x/top?ps_args=-ef", NULL, "allow", NULL},
	    {"GET /containers/x/top?ps_args=e", NULL, "grant query:ps_args", "ps_args = e"},
	    {"GET /containers/x/top?ps_args=-o pid", NULL, "grant query:ps_args",
		"ps_args = \"-o pid\""},
	    {"GET /images/get?names=a&names=b", NULL, "allow", NULL},
	    {"POST /build?networkmode=host", NULL, "grant query:networkmode",
		"network_mode = host"},
	    {"POST /build?networkmode=default", NULL, "allow", NULL},
	    {"POST /build?remote=http://u:secret@x/", NULL, "grant query:remote", ""},
	    {"POST /build?version=1", NULL, "allow", NULL},
	    {"POST /build?version=2", NULL, "grant query:version", "buildkit = yes"},
	    {"POST /build?outputs=[]", NULL, "allow", NULL},
	    {"POST /build?outputs=[{\"Type\":\"local\"}]", NULL, "grant query:outputs", NULL},
	    {"POST /build?cgroupparent=x", NULL, "grant query:cgroupparent", "cgroup_parent = x"},
	    {"POST /build?extrahosts=a:1.2.3.4", NULL, "grant query:extrahosts", NULL},
	    {"POST /build?securityopt=seccomp=unconfined", NULL, "grant query:securityopt", NULL},
	    {"POST /containers/x/start?checkpoint-dir=/etc", NULL, "grant query:checkpoint-dir",
		"checkpoint_dir = /etc"},
	    {"GET /images/search?term=bb", NULL, "grant query:term", NULL},
	    {"GET /images/search?term=evil.example.org/bb", NULL, "grant query:term", NULL},
	    {"POST /swarm/update?rotateWorkerToken=0&version=1", "{}", "allow", NULL},
	    {"POST /swarm/update?rotateWorkerToken=off&version=1", "{}",
		"grant query:rotateWorkerToken", "swarm = yes"},
	};

	(void)state;
	check_rows("allow = @all", rows, COUNT(rows));
}

static void unknown_parameters_can_be_allowed(void **state)
{
	static const struct policy_row rows[] = {
	    {"GET /containers/json?new=1&new=2", NULL, "allow", NULL},
	    {"GET /containers/json?all=0&all=1", NULL, "allow", NULL}, /* only the first is sent */
	};

	(void)state;
	check_rows("allow = @all\nunknown_params = allow", rows, COUNT(rows));
}

static void bodies_only_where_they_belong(void **state)
{
	static const struct policy_row rows[] = {
	    {"POST /containers/x/start", "{}", "drop", NULL},
	    {"POST /containers/x/start", "null", "drop", NULL},
	    {"POST /containers/x/start", "\"\"", "drop", NULL},
	    {"POST /containers/x/start", "", "drop", NULL},
	    {"POST /containers/x/start", "{\"Privileged\":true}", "body", NULL},
	    {"POST /containers/x/start", "{\"Privileged\":false}", "body", NULL},
	    {"POST /containers/x/start", "[[]]", "body", NULL},
	    {"POST /containers/x/start", "garbage", "gate", NULL},
	    {"GET /containers/json", "{\"a\":1}", "body", NULL},
	    {"POST /containers/x/kill", "{\"signal\":\"KILL\"}", "drop", NULL},
	    {"POST /build", "tar", "allow", NULL},
	    {"POST /containers/create", "[]", "body", NULL},
	    {"POST /containers/create", "\"x\"", "body", NULL},
	    {"POST /containers/create", "null", "allow", NULL},
	    {"POST /containers/create", NULL, "allow", NULL},
	    {"POST /plugins/pull?remote=", "{}", "body body", NULL},
	};

	(void)state;
	check_rows("allow = @all", rows, COUNT(rows));
}

/* A source and a rule for what was decided. */
static void denials_name_their_rule(void **state)
{
	static struct outcome outcome;
	struct policy *policy = policy_of("allow = @all\ndeny = GET /info");

	(void)state;
	decide_case(policy, &(struct request_case){.line = "GET /info"}, &outcome);
	assert_string_equal(outcome.decision.rule.file, "test");
	assert_int_equal(outcome.decision.status, 403);
	assert_string_equal(outcome.decision.message,
	    "system.info (GET /info) is denied by the rule \"deny = GET /info\"");
	assert_non_null(strstr(outcome.trace, "rule|allow @all||allows\n"));
	assert_non_null(strstr(outcome.trace, "rule|deny GET /info||denies\n"));
	assert_non_null(strstr(outcome.trace, "verdict|||denied\n"));
	policy_unref(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_that_are_wrong_say_what_is_right),
	    cmocka_unit_test(a_finished_policy_takes_no_more),
	    cmocka_unit_test(an_unfinished_policy_denies),
	    cmocka_unit_test(nothing_is_allowed_by_default),
	    cmocka_unit_test(the_builtin_policy_reads_what_is_safe),
	    cmocka_unit_test(selectors_select),
	    cmocka_unit_test(a_denial_wins_wherever_it_stands),
	    cmocka_unit_test(classes_are_what_they_say),
	    cmocka_unit_test(conditions_on_the_query),
	    cmocka_unit_test(conditions_on_signals),
	    cmocka_unit_test(conditions_on_paths),
	    cmocka_unit_test(unknown_routes_need_two_words),
	    cmocka_unit_test(versions_have_a_range),
	    cmocka_unit_test(parameters_are_known_and_alone),
	    cmocka_unit_test(unknown_parameters_can_be_allowed),
	    cmocka_unit_test(bodies_only_where_they_belong),
	    cmocka_unit_test(denials_name_their_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
