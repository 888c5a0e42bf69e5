/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as a daemon tells of them, for tests of what exists. */
#ifndef STATE_CASE_H
#define STATE_CASE_H

#include "policy_case.h"

#include <stdio.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ANONYMOUS "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789"

/* What a daemon stores of a container whose request said nothing of these. */
#define DEFAULTS                                                                                   \
	"\"Binds\":null,\"LogConfig\":{\"Type\":\"json-file\",\"Config\":{}},\"NetworkMode\":"     \
	"\"default\","                                                                             \
	"\"PortBindings\":{},\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0},"         \
	"\"VolumesFrom\":null,\"CapAdd\":null,\"CgroupnsMode\":\"host\",\"Dns\":[],\"IpcMode\":"   \
	"\"shareable\","                                                                           \
	"\"Cgroup\":\"\",\"OomScoreAdj\":0,\"PidMode\":\"\",\"UTSMode\":\"\",\"ShmSize\":"         \
	"67108864,"                                                                                \
	"\"Runtime\":\"runc\",\"ConsoleSize\":[0,0],\"Isolation\":\"\",\"MemorySwap\":-1,"         \
	"\"Devices\":[],"                                                                          \
	"\"PidsLimit\":null,\"MaskedPaths\":[\"/proc/asound\",\"/proc/acpi\",\"/proc/kcore\",\"/"  \
	"proc/keys\","                                                                             \
	"\"/proc/latency_stats\",\"/proc/timer_list\",\"/proc/timer_stats\",\"/proc/"              \
	"sched_debug\","                                                                           \
	"\"/proc/scsi\",\"/sys/firmware\"],\"ReadonlyPaths\":[\"/proc/bus\",\"/proc/fs\",\"/proc/" \
	"irq\","                                                                                   \
	"\"/proc/sys\",\"/proc/sysrq-trigger\"]"
#define BODY(host, config, mounts, networks)                                                       \
	"{\"Id\":\"" ID "\",\"Name\":\"/web\",\"State\":{\"Running\":true},\"HostConfig\":{" host  \
	"},\"Mounts\":[" mounts                                                                    \
	"],\"Config\":{\"Image\":\"bb:1\",\"User\":\"app\",\"Env\":[\"PATH=/bin\"]" config         \
	"},\"NetworkSettings\":{\"Bridge\":\"\",\"Networks\":{" networks "}}}"
#define WEB(host) "{\"container web\":" BODY(host, "", "", "") "}"
#define MOUNTING(mounts, more) "{\"container web\":" BODY(DEFAULTS, "", mounts, "") more "}"
#define NETWORKED(networks, more) "{\"container web\":" BODY(DEFAULTS, "", "", networks) more "}"
#define VOLUME(name, driver, options)                                                              \
	"\"volume " name "\":{\"Name\":\"" name "\",\"Driver\":\"" driver                          \
	"\",\"Mountpoint\":\"/x\","                                                                \
	"\"Options\":" options ",\"Scope\":\"local\"}"
#define NETWORK(key, name, driver, more)                                                           \
	"\"network " key "\":{\"Name\":\"" name                                                    \
	"\",\"Id\":\"n1\",\"Scope\":\"local\",\"Driver\":\"" driver                                \
	"\",\"IPAM\":{\"Config\":[{\"Subnet\":\"172.18.0.0/16\"}]},\"Ingress\":false,"             \
	"\"ConfigFrom\":{\"Network\":\"\"}" more "}"
#define EXEC(process)                                                                              \
	"{\"exec e1\":{\"ID\":\"e1\",\"ContainerID\":\"" ID "\",\"ProcessConfig\":{" process "}}," \
	"\"container " ID "\":" BODY(DEFAULTS, "", "", "") "}"
#define ID_PROCESS "\"tty\":false,\"entrypoint\":\"id\",\"arguments\":[],\"privileged\":false"

#define LINES                                                                                      \
	"allow = container.* exec.* network.* checkpoint.*\nimage = bb:*\nimage_write = "          \
	"bb:*\nvolume = *\nbind = "                                                                \
	"/srv rw\n"                                                                                \
	"volumes_from = *\nnetwork_mode = net-* container:web container:ci-*\npid_mode = "         \
	"container:*\n"
#define CHECKED LINES

#define START "POST /containers/web/start"
#define RUN "POST /exec/e1/start"
#define CREATE "POST /containers/create"
#define HOST(text) "{\"Image\":\"bb:1\",\"HostConfig\":{" text "}}"

/* As struct policy_row, with what exists. */
struct state_row {
	const char *line, *body, *want, *fix, *state;
};

static inline void check_states(const char *lines, const struct state_row *rows, size_t count)
{
	struct policy *policy = policy_of(lines);
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		const struct request_case request = {
		    .line = rows[i].line, .body = rows[i].body, .state = rows[i].state};

		wrong += !check_row(policy, &request, i, rows[i].want, rows[i].fix);
	}
	policy_unref(policy);
	assert_int_equal(wrong, 0);
}

/* /srv/out leads to /etc, /srv/in to /srv/x; nothing is known of /srv/lost, and
 * /srv/new is not there. */
static inline int leads(
    struct span path, char *room, size_t size, bool *ret_exists, struct error *err)
{
	*ret_exists = !span_starts(path, SPAN("/srv/new"));
	const char *end = path.len > 8 ? path.at + 8 : "";

	if (span_starts(path, SPAN("/srv/out")))
		return snprintf(room, size, "/etc%.*s", (int)(path.len - 8), end) < 0;
	if (span_is(path, "/srv/in"))
		return snprintf(room, size, "/srv/x") < 0;
	if (span_is(path, "/srv/lost"))
		return error_set(err, "no one knows");
	return snprintf(room, size, "%.*s", (int)path.len, path.at) < 0;
}

#endif
