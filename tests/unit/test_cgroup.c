/* SPDX-License-Identifier: Apache-2.0 */
/* Which container a process is in: the texts of the kernel, and the process they are about. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/cgroup.h"
#include "net/process.h"

#define A "9d7e31a5c30bb79b5cf52cb13f294b69280efe7390c7e7019bfb598bc80dc3e9"
#define B "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define D "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define E "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"

#define USER "/user.slice/user-1000.slice/user@1000.service"

static void texts_name_candidates(void **state)
{
	static const struct {
		const char *text;
		const char *ids[CGROUP_CANDIDATES];
	} rows[] = {
	    {"0::/system.slice/docker-" A ".scope\n", {A}}, /* v2, systemd */
	    {"0::/docker/" A "\n", {A}},                    /* v2, cgroupfs */
	    {"0::/docker/" A, {A}},
	    {"12:pids:/docker/" A "\n11:cpu,cpuacct:/docker/" A "\n1:name=systemd:/docker/" A
	     "\n0::/docker/" A "\n",
		{A}}, /* v1 and hybrid */
	    {"12:pids:/\n1:name=systemd:/system.slice/docker-" A ".scope\n0::/\n", {A}},
	    {"0::/sockwarden-28532/" A "\n", {A}}, /* --cgroup-parent */
	    {"0::/ci.slice/ci-jobs.slice/docker-" A ".scope\n", {A}},
	    {"0::/system.slice/docker-" A ".scope/init.scope\n", {A}}, /* systemd within */
	    {"0::/docker/" A "/kubelet/" B "\n", {B, A}},
	    {"0::/docker/" A "/docker/" B "\n", {B, A}}, /* a daemon in a container */
	    {"0::/docker/" A "/docker/" B "/docker/" C "/" D "\n", {D, C, B, A}},
	    {"0::/docker/" A "/" A "/" A "\n", {A}},
	    {"0::" USER "/user.slice/docker-" A ".scope\n", {A}}, /* rootless */
	    {"0::/../" A "\n", {A}}, /* seen from a cgroup namespace beside it */
	    {"0::/../../docker/" A "\n", {A}},
	    {"3:cpu:/docker/" A "\n2:pids:/docker/" B "\n", {A, B}},
	    {"0::/odd:name:s/docker/" A "\n", {A}},
	    {"2:pids:/kubepods/burstable/pod1/" A "\n", {A}}, /* not Docker's, as it will say */
	    {"0::/docker/" A " (deleted)\n", {NULL}}, {"0::/system.slice/docker.service\n", {NULL}},
	    {"0::" USER "/app.slice/term.scope\n", {NULL}},
	    {"0::/machine.slice/libpod-" A ".scope\n", {NULL}},
	    {"0::/kubepods.slice/cri-containerd-" A ".scope\n", {NULL}},
	    {"0::/docker-" A "\n0::/docker-" A ".slice\n0::/xdocker-" A ".scope\n", {NULL}},
	    {"0::/docker/" A "0\n0::/docker/9d7e31a5c30b\n", {NULL}},
	    {"0::/docker/9D7E31A5C30BB79B5CF52CB13F294B69280EFE7390C7E7019BFB598BC80DC3E9\n",
		{NULL}},
	    {"0::/\n", {NULL}}, {"", {NULL}},
	    {"\n\n::\n0:\n" A "\n0:" A "\n0::" A "\n", {NULL}}, /* no lines of this kind */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct span ids[CGROUP_CANDIDATES];
		unsigned count = cgroup_candidates(span_of(rows[i].text), ids), wanted = 0;

		while (wanted < CGROUP_CANDIDATES && rows[i].ids[wanted])
			wanted++;
		if (count != wanted)
			fail_msg("%s: %u ids", rows[i].text, count);
		for (unsigned k = 0; k < count; k++)
			assert_span(ids[k], rows[i].ids[k]);
	}
}

/* Not taken for being in none. */
static void too_many_candidates_are_told(void **state)
{
	static const char *const texts[] = {
	    "0::/" A "/" B "/" C "/" D "/" E "\n",
	    "0::/" A "/" A "/" A "/" A "/" A "/" A "\n",
	    "3:a:/" A "\n2:b:/" B "\n1:c:/" C "\n4:d:/" D "\n5:e:/" E "\n6:f:/" E "\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct span ids[CGROUP_CANDIDATES];

		assert_true(cgroup_candidates(span_of(texts[i]), ids) > CGROUP_CANDIDATES);
	}
}

/* Whatever stands in the first text, being in a container takes being where its first process is.
 */
static void names_alone_prove_nothing(void **state)
{
	static const struct {
		const char *peer, *init;
		bool inside; /* in A */
	} rows[] = {
	    {"0::/docker/" A "\n", "0::/docker/" A "\n", true},
	    {"0::/docker/" A, "0::/docker/" A "\n", true},
	    {"0::/docker/" A "/child\n", "0::/docker/" A "\n", true},
	    {"0::/docker/" A "\n", "0::/docker/" A "/init.scope\n", true},
	    {"0::/docker/" A "/a/b\n", "0::/docker/" A "/init.scope\n", true},
	    {"0::/docker/" A "/docker/" B "\n", "0::/docker/" A "\n", true},
	    {"0::/docker/" A "/docker/" A "\n", "0::/docker/" A "\n", true},
	    {"0::/docker/" B "/docker/" A "\n", "0::/docker/" B "/docker/" A "\n", true},
	    {"0::/../" A "/x\n", "0::/../" A "\n", true},
	    {"2:pids:/docker/" A "\n0::/\n", "2:pids:/docker/" A "\n0::/\n", true},
	    /* an ordinary user may make cgroups below their own manager, and name them */
	    {"0::" USER "/docker-" A ".scope\n", "0::/system.slice/docker-" A ".scope\n", false},
	    {"0::" USER "/" A "\n", "0::/docker/" A "\n", false},
	    {"0::" USER "/docker/" A "\n", "0::/docker/" A "\n", false},
	    {"2:pids:/\n1:name=systemd:" USER "/docker-" A ".scope\n0::" USER "/docker-" A
	     ".scope\n",
		"2:pids:/docker/" A "\n1:name=systemd:/docker/" A "\n0::/docker/" A "\n", false},
	    /* a container that may make some below its own */
	    {"0::/docker/" B "/docker/" A "\n", "0::/docker/" A "\n", false},
	    {"0::/docker/" B "/" A "\n", "0::/docker/" A "\n", false},
	    {"0::/machine.slice/libpod-" B ".scope/docker/" A "\n", "0::/docker/" A "\n", false},
	    {"3:cpu:/docker/" A "\n2:pids:/docker/" B "\n",
		"3:cpu:/docker/" A "\n2:pids:/docker/" A "\n", false},
	    {"3:cpu:/docker/" A "\n2:pids:/x/" A "\n",
		"3:cpu:/docker/" A "\n2:pids:/docker/" A "\n", false},
	    /* other trees */
	    {"3:cpu:/docker/" A "\n", "2:pids:/docker/" A "\n", false},
	    {"3:cpu:/docker/" A "\n", "3:cpu,cpuacct:/docker/" A "\n", false},
	    {"0::/docker/" A "\n", "0::/system.slice/docker-" A ".scope\n", false},
	    /* who is in none */
	    {"0::/\n", "0::/docker/" A "\n", false},
	    {"", "0::/docker/" A "\n", false},
	    {"0::/docker/" A "\n", "", false},
	    {"0::/docker/" A "\n", "0::/\n", false},
	    {"0::/docker/" A " (deleted)\n", "0::/docker/" A "\n", false},
	    {"0::/docker/" B "\n", "0::/docker/" B "\n", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (cgroup_is_inside(span_of(rows[i].peer), span_of(rows[i].init), SPAN(A)) !=
		    rows[i].inside)
			fail_msg("%s in %s", rows[i].peer, rows[i].init);
	}
}

/* ---- processes ---------------------------------------------------------------------------------
 */

/* Answers the number of a child that waits for its end. */
static pid_t child_make(void)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		for (;;)
			(void)pause();
	}
	return child;
}

static void child_end(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_process_that_has_ended_is_noticed(void **state)
{
	struct process process;
	struct error err;
	pid_t child = child_make();

	(void)state;
	assert_int_equal(process_hold(&process, child, &err), PROCESS_HELD);
	assert_false(process.exact);
	assert_true(process_is_alive(&process));
	child_end(child);
	assert_false(process_is_alive(&process));
	process_release(&process);
	assert_false(process_is_alive(&process));
	assert_int_equal(process_hold(&process, child, &err), PROCESS_GONE);
}

static void a_process_without_a_number_is_not_seen(void **state)
{
	struct process process;
	struct error err;

	(void)state;
	assert_int_equal(process_hold(&process, 0, &err), PROCESS_UNSEEN);
	assert_false(process_is_alive(&process));
	assert_int_equal(process_hold(&process, -1, &err), PROCESS_UNSEEN);
}

static void the_peer_of_a_socket_is_held(void **state)
{
	struct process process;
	struct error err;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(process_of_peer(&process, ends[0], &err), PROCESS_HELD);
	assert_int_equal(process.pid, getpid());
	assert_true(process_is_alive(&process));
	process_release(&process);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* The connection of a process that has ended, kept open by another one. */
static void the_peer_that_has_ended_is_not_taken_for_another(void **state)
{
	struct process process = {.fd = -1};
	struct error err;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), status;
	struct sockaddr name = {.sa_family = AF_UNIX};
	socklen_t size = sizeof(sa_family_t);
	union {
		struct sockaddr any;
		char room[128];
	} at;

	(void)state;
	assert_int_equal(bind(listener, &name, size), 0); /* a name that the kernel makes up */
	assert_int_equal(listen(listener, 1), 0);
	size = sizeof(at);
	assert_int_equal(getsockname(listener, &at.any, &size), 0);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(connect(client, &at.any, size) == 0 ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	int peer = accept(listener, NULL, NULL);

	assert_true(peer >= 0);
	if (process_of_peer(&process, peer, &err) == PROCESS_HELD)
		assert_false(process_is_alive(&process));
	process_release(&process);
	(void)close(peer);
	(void)close(client);
	(void)close(listener);
}

static void cgroups_are_read(void **state)
{
	struct error err;
	struct buf text;

	(void)state;
	buf_init(&text, PROCESS_CGROUP_MOST);
	assert_int_equal(process_cgroup(getpid(), &text, &err), 0);
	assert_true(text.len > 0 && text.at[text.len - 1] == '\n');
	buf_free(&text);
	assert_int_equal(process_cgroup(INT32_MAX, &text, &err), -1);
	assert_non_null(strstr(err.text, "/proc/2147483647/cgroup"));
	buf_init(&text, 1);
	assert_int_equal(process_cgroup(getpid(), &text, &err), -1);
	buf_free(&text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts_name_candidates),
	    cmocka_unit_test(too_many_candidates_are_told),
	    cmocka_unit_test(names_alone_prove_nothing),
	    cmocka_unit_test(a_process_that_has_ended_is_noticed),
	    cmocka_unit_test(a_process_without_a_number_is_not_seen),
	    cmocka_unit_test(the_peer_of_a_socket_is_held),
	    cmocka_unit_test(the_peer_that_has_ended_is_not_taken_for_another),
	    cmocka_unit_test(cgroups_are_read),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
