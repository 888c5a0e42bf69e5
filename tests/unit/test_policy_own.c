/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden's own container: no policy uses it without `own_container = yes`. */
#include "unit.h"

#include "policy_case.h"

#include <stdio.h>

#define OWN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ANONYMOUS "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define WEB "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

/* Two sockets in volumes, one in a directory of the host, a configuration, and the daemon's socket.
 */
#define MOUNT(type, name, source, target)                                                          \
	"{\"Type\":\"" type "\",\"Name\":\"" name "\",\"Source\":\"" source                        \
	"\",\"Destination\":\"" target "\",\"RW\":true}"
#define MOUNTS                                                                                     \
	MOUNT("volume", "mine", "/var/lib/docker/volumes/mine/_data", "/run/mine")                 \
	"," MOUNT("volume", "theirs", "/var/lib/docker/volumes/theirs/_data",                      \
	    "/run/theirs") "," MOUNT("volume", "data", "/var/lib/docker/volumes/data/_data",       \
	    "/data") "," MOUNT("volume", "disguised", "/var/lib/docker/volumes/disguised/_data",   \
	    "/run/disguised") "," MOUNT("volume", ANONYMOUS,                                       \
	    "/var/lib/docker/volumes/" ANONYMOUS "/_data",                                         \
	    "/run/anonymous") "," MOUNT("bind", "", "/srv/sockets", "/run/both") "," MOUNT("bind", \
	    "", "/srv/conf/x.conf", "/etc/sockwarden/sockwarden.conf") "," MOUNT("bind", "",       \
	    "/var/run/docker.sock", "/var/run/docker.sock")
#define NETWORKS                                                                                   \
	"\"bridge\":{\"NetworkID\":\"b1\",\"IPAddress\":\"172.17.0.2\"},"                          \
	"\"front\":{\"NetworkID\":\"f00d\",\"IPAddress\":\"172.18.0.2\"}"
#define CONTAINER(id, name, more)                                                                  \
	"{\"Id\":\"" id "\",\"Name\":\"/" name                                                     \
	"\",\"HostConfig\":{},\"Config\":{\"Image\":\"bb:1\",\"Labels\":{"                         \
	"\"com.docker.swarm.service.id\":\"s3rv\",\"com.docker.swarm.service.name\":\"guard\"}"    \
	"}" more "}"
#define SELF                                                                                       \
	CONTAINER(OWN, "warden",                                                                   \
	    ",\"Mounts\":[" MOUNTS "],\"NetworkSettings\":{\"Networks\":{" NETWORKS "}}")
#define STATE                                                                                      \
	"{\"container warden\":" SELF ",\"container " OWN "\":" SELF ",\"container "               \
	"odd\":" SELF ",\"container web\":" CONTAINER(                                             \
	    WEB, "web", ",\"Mounts\":[]") ",\"container client\":" CONTAINER(WEB, "client",        \
	    ",\"Mounts\":[" MOUNT("volume", "theirs", "/x",                                        \
		"/run/s") "]") ",\"container heir\":" CONTAINER(WEB, "heir",                       \
	    ",\"Mounts\":[" MOUNT("volume", ANONYMOUS, "/x",                                       \
		"/run/s") "]") ",\"volume "                                                        \
			       "disguised\":{\"Name\":\"disguised\",\"Driver\":\"local\","         \
			       "\"Options\":{\"type\":\"none\",\"o\":\"bind\","                    \
			       "\"device\":\"/srv/device\"}},\"exec "                              \
			       "e1\":{\"ID\":\"e1\",\"ContainerID\":\"" OWN                        \
			       "\",\"ProcessConfig\":{"                                            \
			       "\"entrypoint\":\"id\",\"arguments\":[]}}}"

#define LINES                                                                                      \
	"allow = @all\nimage = *\nvolume = *\nvolumes_from = *\nnetwork_mode = * container:*\n"    \
	"pid_mode = *\nipc_mode = *\nlink = *\nbind = /srv rw\nbind = /srv/** rw\nmac_address = "  \
	"*\n"                                                                                      \
	"privileged = yes\nvolume_option = *\n"

static const struct span ids[] = {SPAN(OWN)};
static const struct policy_way ways[] = {
    {SPAN("/run/mine/docker.sock"), true},
    {SPAN("/run/theirs/docker.sock"), false},
    {SPAN("/run/both/mine.sock"), true},
    {SPAN("/run/both/theirs.sock"), false},
};
static struct policy_own own = {
    .ids = ids,
    .id_count = 1,
    .ways = ways,
    .way_count = COUNT(ways),
    .foreign_ports = true,
};

struct own_row {
	const char *line, *body, *want;
};

#define HOST(text) "POST /containers/create", "{\"Image\":\"bb:1\",\"HostConfig\":{" text "}}"
#define SERVICE(text)                                                                              \
	"POST /services/create",                                                                   \
	    "{\"TaskTemplate\":{\"ContainerSpec\":{\"Image\":\"bb:1\"," text "}}}"
#define PATH "own_container path:name"
#define HC "own_container HostConfig."

static const struct own_row refused[] = {
    {"POST /containers/warden/start", NULL, PATH},
    {"POST /containers/odd/stop", NULL, PATH},
    {"POST /containers/" OWN "/restart", NULL, PATH},
    {"POST /containers/warden/kill", NULL, PATH},
    {"POST /containers/warden/pause", NULL, PATH},
    {"POST /containers/warden/unpause", NULL, PATH},
    {"POST /containers/warden/rename?name=x", NULL, PATH},
    {"POST /containers/warden/update", "{}", PATH},
    {"DELETE /containers/warden?force=1", NULL, PATH},
    {"POST /containers/warden/attach", NULL, PATH},
    {"POST /containers/warden/exec", "{\"Cmd\":[\"id\"]}", PATH},
    {"POST /exec/e1/start", "{}", PATH},
    {"GET /containers/warden/archive?path=/", NULL, PATH},
    {"HEAD /containers/warden/archive?path=/", NULL, PATH},
    {"PUT /containers/warden/archive?path=/", NULL, PATH},
    {"GET /containers/warden/export", NULL, PATH},
    {"POST /containers/warden/copy", "{}", PATH},
    {"POST /commit?container=warden", NULL, "own_container query:container"},
    {"POST /containers/warden/checkpoints", "{}", PATH},
    {"DELETE /containers/warden/checkpoints/x", NULL, PATH},
    {"POST /networks/n/connect", "{\"Container\":\"warden\"}", "own_container Container"},
    {"POST /networks/n/connect", "{\"Container\":\"/warden\"}", "own_container Container"},
    {"POST /networks/n/connect", "{\"Container\":\"0123\"}", "own_container Container"},
    {"POST /networks/n/disconnect", "{\"Container\":\"odd\"}", "own_container Container"},
    {HOST("\"VolumesFrom\":[\"warden:ro\"]"), HC "VolumesFrom[0]"},
    {HOST("\"VolumesFrom\":[\"/warden\"]"), HC "VolumesFrom[0]"},
    {HOST("\"VolumesFrom\":[\"client\"]"), HC "VolumesFrom[0]"},
    {HOST("\"PidMode\":\"container:warden\""), HC "PidMode"},
    {HOST("\"IpcMode\":\"container:" OWN "\""), HC "IpcMode"},
    {HOST("\"NetworkMode\":\"container:0\""), HC "NetworkMode"},
    {HOST("\"NetworkMode\":\"front\""), HC "NetworkMode"},
    {HOST("\"NetworkMode\":\"f0\""), HC "NetworkMode"},
    {HOST("\"Links\":[\"warden:x\"]"), HC "Links[0]"},
    {HOST("\"NetworkMode\":\"mine\",\"Links\":[\"/warden:/x/y\"]"), HC "Links[0]"},
    {HOST("\"Binds\":[\"theirs:/x:ro\"]"), HC "Binds[0]"},
    {HOST("\"Binds\":[\"data:/x:ro\"]"), HC "Binds[0]"},
    {HOST("\"Binds\":[\"mine:/x\"]"), HC "Binds[0]"},
    {HOST("\"Binds\":[\"/srv/sockets:/x:ro\"]"), HC "Binds[0]"},
    {HOST("\"Binds\":[\"/srv/sockets/theirs.sock:/x\"]"), HC "Binds[0]"},
    {HOST("\"Binds\":[\"/srv:/x:ro\"]"), HC "Binds[0]"},
    {HOST("\"Binds\":[\"/srv/conf/x.conf:/x:ro\"]"), HC "Binds[0]"},
    {HOST("\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"theirs\",\"Target\":\"/x\","
	  "\"ReadOnly\":true}]"),
	HC "Mounts[0].Source"},
    {HOST("\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"mine\",\"Target\":\"/x\"}]"),
	HC "Mounts[0].Source"},
    {HOST("\"Mounts\":[{\"Type\":\"bind\",\"Source\":\"/srv/conf\",\"Target\":\"/x\"}]"),
	HC "Mounts[0].Source"},
    {"POST /volumes/create",
	"{\"DriverOpts\":{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/srv/sockets\"}}",
	"own_container DriverOpts[device]"},
    {SERVICE("\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"theirs\",\"Target\":\"/x\"}]"),
	"own_container TaskTemplate.ContainerSpec.Mounts[0].Source"},
    {"POST /containers/create",
	"{\"Image\":\"bb:1\",\"NetworkingConfig\":{\"EndpointsConfig\":{\"front\":{}}}}",
	"own_container NetworkingConfig.EndpointsConfig[front]"},
    {"POST /networks/front/connect", "{\"Container\":\"web\"}", PATH},
    {"POST /services/guard/update", "{}", "own_container path:id"},
    {"DELETE /services/s3", NULL, "own_container path:id"},
    /* where the volume really is */
    {HOST("\"Binds\":[\"/srv/device:/x:ro\"]"), HC "Binds[0]"},
    {HOST("\"Binds\":[\"/srv/device/below:/x:ro\"]"), HC "Binds[0]"},
    {"POST /volumes/create",
	"{\"DriverOpts\":{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/srv/device\"}}",
	"own_container DriverOpts[device]"},
    {HOST("\"VolumesFrom\":[\"heir\"]"), HC "VolumesFrom[0]"},
    {"POST /containers/heir/exec", "{\"Cmd\":[\"id\"]}",
	"own_container container heir: Mounts[0].Name"},
    {"POST /containers/client/exec", "{\"Cmd\":[\"id\"]}",
	"own_container container client: Mounts[0].Name"},
};

static const struct own_row permitted[] = {
    {"POST /containers/web/stop", NULL, "allow"},
    {"POST /containers/web/exec", "{\"Cmd\":[\"id\"]}", "allow"},
    {"POST /containers/nobody/kill", NULL, "allow"},
    {"GET /containers/warden/json", NULL, "allow"},
    {"GET /containers/warden/logs", NULL, "allow"},
    {"GET /containers/warden/stats", NULL, "allow"},
    {"POST /networks/n/connect", "{\"Container\":\"web\"}", "allow"},
    {HOST("\"Binds\":[\"mine:/x:ro\",\"other:/y\"]"), "allow"},
    {HOST("\"Binds\":[\"/srv/sockets/mine.sock:/x\",\"/srv/other:/y\"]"), "allow"},
    {HOST("\"NetworkMode\":\"bridge\""), "allow"},
    {HOST("\"NetworkMode\":\"other\""), "allow"},
    {HOST("\"VolumesFrom\":[\"web\"]"), "allow"},
    {"DELETE /services/other", NULL, "allow"},
};

static void check(const char *lines, const struct own_row *rows, size_t count, const char *want)
{
	struct policy *policy = policy_of(lines);
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const struct request_case request = {.line = rows[i].line,
		    .body = rows[i].body,
		    .state = STATE,
		    .upstream = "/var/run/docker.sock",
		    .own = &own};

		wrong += !check_row(policy, &request, i, want ? want : rows[i].want, NULL);
	}
	policy_unref(policy);
	assert_int_equal(wrong, 0);
}

static void the_own_container_is_out_of_bounds(void **state)
{
	(void)state;
	check(LINES, refused, COUNT(refused), NULL);
	/* all but what containers of other clients have, whatever check_state says */
	check(LINES "check_state = no\n", refused, COUNT(refused) - 2, NULL);
}

static void all_else_is_not(void **state)
{
	(void)state;
	check(LINES, permitted, COUNT(permitted), NULL);
	check(LINES "check_state = no\n", permitted, COUNT(permitted), NULL);
}

static void a_line_permits_it(void **state)
{
	(void)state;
	check(LINES "own_container = yes\ncheck_state = no\n", refused, COUNT(refused), "allow");
}

/* What a body names is judged as little as all else in it: whoever makes containers by such a
 * policy is the host's root. */
static void every_grant_does_not_drive_it(void **state)
{
	(void)state;
	check("allow = @all\ngrant = all\n", refused, 24, NULL);
}

static void elsewhere_nothing_is_asked(void **state)
{
	struct policy *policy = policy_of(LINES "check_state = no\n");
	static struct decision decision;
	struct policy_request request = {
	    .method = METHOD_POST, .path = SPAN("/containers/web/stop")};

	(void)state;
	docker_find(request.method, request.path, &request.match);
	policy_decide(policy, &request, &decision, NULL, NULL);
	assert_int_equal(decision.verdict, VERDICT_ALLOW);
	request.own = &own;
	policy_decide(policy, &request, &decision, NULL, NULL);
	assert_int_equal(decision.verdict, VERDICT_NEED_STATE);
	assert_int_equal(decision.wanted_count, 1);
	policy_unref(policy);
}

/* A client that came by TCP reached sockwarden by one of its networks, and has that one. */
static void networks_that_the_client_has(void **state)
{
	const struct own_row front = {HOST("\"NetworkMode\":\"front\""), "allow"};

	(void)state;
	assert_true(ip_parse(SPAN("172.18.0.2"), &own.address));
	check(LINES, &front, 1, NULL);
	own.address = (struct ip){.len = 0};
	own.foreign_ports = false;
	check(LINES, &front, 1, NULL);
	own.foreign_ports = true;
}

/* An answer that does not say which container it is of. */
static void what_cannot_be_told_is_refused(void **state)
{
	const struct request_case request = {.line = "POST /containers/web/stop",
	    .state = "{\"container web\":{\"HostConfig\":{}}}",
	    .own = &own};
	struct policy *policy = policy_of(LINES);

	(void)state;
	assert_true(check_row(policy, &request, 0, "upstream path:name", NULL));
	policy_unref(policy);
}

/* Wherever the daemon's socket is: only a line that names it gives it away. */
static void the_socket_of_the_daemon(void **state)
{
	static const struct {
		const char *lines, *body, *want;
	} rows[] = {
	    {"bind = /srv/** rw", "[\"/srv/d/x.sock:/x\"]", "grant HostConfig.Binds[0]"},
	    {"bind = /srv/** rw", "[\"/srv/d:/x\"]", "grant HostConfig.Binds[0]"},
	    {"bind = /srv rw", "[\"/srv/d/x.sock:/x:ro\"]", "grant HostConfig.Binds[0]"},
	    {"bind = /srv rw", "[\"/srv/d/other:/x\",\"/srv/dd:/y\"]", "allow"},
	    {"bind = /srv/d/x.sock rw", "[\"/srv/d/x.sock:/x\"]", "allow"},
	    {"bind = /srv/d rw", "[\"/srv/d:/x\"]", "allow"},
	    {"bind = / rw", "[\"/srv/d:/x\"]", "allow"},
	    /* which line stands first means nothing */
	    {"bind = /srv rw\nbind = / rw", "[\"/srv/d:/x\"]", "allow"},
	    {"bind = /srv rw\nbind = /srv/d rw", "[\"/srv/d:/x\"]", "allow"},
	    {"bind = /srv rw\nbind = /srv/d", "[\"/srv/d:/x\"]", "grant HostConfig.Binds[0]"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char lines[100], body[200];
		const struct request_case request = {
		    .line = "POST /containers/create", .body = body, .upstream = "/srv/d/x.sock"};

		(void)snprintf(lines, sizeof(lines), "allow = @all\n%s", rows[i].lines);
		(void)snprintf(body, sizeof(body), "{\"HostConfig\":{\"Binds\":%s}}", rows[i].body);
		struct policy *policy = policy_of(lines);

		assert_true(check_row(policy, &request, i, rows[i].want, NULL));
		policy_unref(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_own_container_is_out_of_bounds),
	    cmocka_unit_test(all_else_is_not),
	    cmocka_unit_test(a_line_permits_it),
	    cmocka_unit_test(every_grant_does_not_drive_it),
	    cmocka_unit_test(elsewhere_nothing_is_asked),
	    cmocka_unit_test(networks_that_the_client_has),
	    cmocka_unit_test(what_cannot_be_told_is_refused),
	    cmocka_unit_test(the_socket_of_the_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
