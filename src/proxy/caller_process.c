/* SPDX-License-Identifier: Apache-2.0 */
/* The container of a local process. Names in a cgroup are hints at what to ask for. What counts is
 * that the client's process is in the very cgroup of the first process that the daemon started in
 * that container. */
#include "base/log.h"
#include "proxy/caller_parts.h"

/* Says once for a listener what its administrator has to do. */
static void tell_once(struct conn *conn, enum door_told what, const char *text)
{
	if (conn->door->told & what)
		return;
	conn->door->told |= what;
	log_warning("proxy", "listener %s: %s", conn->door->terms.name, text);
}

static void gone(struct conn *conn)
{
	caller_doubt(conn, 403,
	    "the process that connected has ended, so its container is unknown; connect again");
}

void caller_ask_next_candidate(struct conn *conn)
{
	struct finding *finding = conn->caller->finding;

	if (finding->at < finding->count)
		caller_ask_for(conn, SUBJECT_CONTAINER, &finding->candidates[finding->at++]);
	else
		caller_found_none(conn);
}

static void begin_by_cgroup(struct conn *conn)
{
	struct caller *caller = conn->caller;
	struct finding *finding = caller->finding;
	struct error err;
	int result = process_cgroup(caller->process.pid, &finding->cgroup, &err);

	if (!process_is_alive(&caller->process)) {
		gone(conn);
	} else if (result < 0) {
		tell_once(conn, DOOR_TOLD_HIDDEN,
		    "the cgroups of clients cannot be read from /proc, so they are refused; is it "
		    "hidepid, ProtectProc=, or a reload that brought the first client line about "
		    "containers, which needs a restart?");
		caller_doubt(conn, 503, "%s", err.text);
	} else {
		struct span ids[CGROUP_CANDIDATES];
		unsigned count = cgroup_candidates(buf_span(&finding->cgroup), ids);

		if (count > CGROUP_CANDIDATES) {
			caller_doubt(
			    conn, 403, "its cgroup bears the names of too many containers");
			return;
		}
		caller_add_candidates(finding, ids, count);
		caller_ask_next_candidate(conn);
	}
}

void caller_begin_by_process(struct conn *conn)
{
	struct process *process = &conn->caller->process;
	bool held = process->fd >= 0;
	struct error err;
	enum process_result result =
	    held ? PROCESS_HELD : process_of_peer(process, conn->client.fd, &err);

	if (result == PROCESS_HELD && !held && !process->exact) {
		process_release(process);
		caller_doubt(conn, 403,
		    "the process that connected can no longer be identified; connect again");
		return;
	}
	switch (result) {
	case PROCESS_HELD:
		begin_by_cgroup(conn);
		break;
	case PROCESS_UNSEEN:
		tell_once(conn, DOOR_TOLD_UNSEEN,
		    "clients have no process number here, so that client lines about containers do "
		    "not fit them: sockwarden runs in a process namespace of its own");
		caller_found_none(conn);
		break;
	case PROCESS_GONE:
		gone(conn);
		break;
	case PROCESS_FAILED:
		caller_doubt(conn, 503, "%s", err.text);
		break;
	}
}

/* Whether the client's process, which still lives, is where the first process of |container| is. */
static bool is_inside(struct conn *conn, const struct container *container)
{
	struct finding *finding = conn->caller->finding;
	struct buf init;
	struct error err;

	buf_init(&init, PROCESS_CGROUP_MOST);
	bool inside = container->pid > 0 && process_cgroup(container->pid, &init, &err) == 0 &&
		      cgroup_is_inside(
			  buf_span(&finding->cgroup), buf_span(&init), span_of(finding->id.text));

	buf_free(&init);
	return inside;
}

void caller_take_container(struct conn *conn, const struct container *container)
{
	const struct process *process = &conn->caller->process;
	bool inside = is_inside(conn, container);

	if (!process_is_alive(process)) {
		gone(conn);
	} else if (inside) {
		caller_found(conn, container);
	} else {
		tell_once(conn, DOOR_TOLD_ELSEWHERE,
		    "a client is in a cgroup with the name of a container whose first process is "
		    "elsewhere, so it is refused; when it is so for all containers, the daemon and "
		    "sockwarden number processes differently");
		caller_doubt(conn, 403,
		    "the client's cgroup bears the name of container %.12s, which it is not in",
		    conn->caller->finding->id.text);
	}
}
