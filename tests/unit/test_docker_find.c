/* SPDX-License-Identifier: Apache-2.0 */
/* From method and path to the operation: each endpoint with an example, and the traps. */
#include "unit.h"

#include <stdio.h>

#include "base/buf.h"
#include "docker/docker.h"

#define ID "0123456789abcdef"

struct row {
	enum method method;
	const char *path;
	const char *operation;
	const char *args[2];
};

static void check_row(const struct row *row)
{
	struct docker_match match;

	docker_find(row->method, span_of(row->path), &match);
	if (!match.operation)
		fail_msg("%s %s has no operation", method_name(row->method), row->path);
	if (strcmp(match.operation->name, row->operation) != 0)
		fail_msg("%s %s is %s", method_name(row->method), row->path, match.operation->name);
	for (unsigned i = 0; i < COUNT(row->args); i++) {
		if ((row->args[i] != NULL) != (i < match.arg_count))
			fail_msg("%s: %u arguments", row->path, match.arg_count);
		if (row->args[i])
			assert_span(match.args[i], row->args[i]);
	}
}

/* clang-format off */
static const struct row endpoints[] = {
	{METHOD_GET, "/_ping", "system.ping", {NULL}},
	{METHOD_HEAD, "/_ping", "system.ping", {NULL}},
	{METHOD_GET, "/version", "system.version", {NULL}},
	{METHOD_GET, "/info", "system.info", {NULL}},
	{METHOD_GET, "/events", "system.events", {NULL}},
	{METHOD_GET, "/system/df", "system.df", {NULL}},
	{METHOD_POST, "/auth", "system.auth", {NULL}},
	{METHOD_OPTIONS, "/any/path/at/all", "system.options", {"any/path/at/all"}},
	{METHOD_GET, "/debug/vars", "system.debug", {"vars"}},
	{METHOD_POST, "/debug/pprof/heap", "system.debug", {"pprof/heap"}},
	{METHOD_OTHER, "/debug/pprof/profile", "system.debug", {"pprof/profile"}},
	{METHOD_POST, "/session", "buildkit.session", {NULL}},
	{METHOD_POST, "/grpc", "buildkit.grpc", {NULL}},

	{METHOD_GET, "/containers/json", "container.list", {NULL}},
	{METHOD_POST, "/containers/create", "container.create", {NULL}},
	{METHOD_GET, "/containers/" ID "/json", "container.inspect", {ID}},
	{METHOD_GET, "/containers/" ID "/top", "container.top", {ID}},
	{METHOD_GET, "/containers/" ID "/logs", "container.logs", {ID}},
	{METHOD_GET, "/containers/" ID "/changes", "container.changes", {ID}},
	{METHOD_GET, "/containers/" ID "/export", "container.export", {ID}},
	{METHOD_GET, "/containers/" ID "/stats", "container.stats", {ID}},
	{METHOD_POST, "/containers/" ID "/resize", "container.resize", {ID}},
	{METHOD_POST, "/containers/" ID "/start", "container.start", {ID}},
	{METHOD_POST, "/containers/" ID "/stop", "container.stop", {ID}},
	{METHOD_POST, "/containers/" ID "/restart", "container.restart", {ID}},
	{METHOD_POST, "/containers/" ID "/kill", "container.kill", {ID}},
	{METHOD_POST, "/containers/" ID "/pause", "container.pause", {ID}},
	{METHOD_POST, "/containers/" ID "/unpause", "container.unpause", {ID}},
	{METHOD_POST, "/containers/" ID "/rename", "container.rename", {ID}},
	{METHOD_POST, "/containers/" ID "/update", "container.update", {ID}},
	{METHOD_POST, "/containers/" ID "/wait", "container.wait", {ID}},
	{METHOD_POST, "/containers/" ID "/attach", "container.attach", {ID}},
	{METHOD_GET, "/containers/" ID "/attach/ws", "container.attach_ws", {ID}},
	{METHOD_POST, "/containers/" ID "/exec", "container.exec", {ID}},
	{METHOD_DELETE, "/containers/" ID, "container.remove", {ID}},
	{METHOD_GET, "/containers/" ID "/archive", "container.archive_get", {ID}},
	{METHOD_HEAD, "/containers/" ID "/archive", "container.archive_stat", {ID}},
	{METHOD_PUT, "/containers/" ID "/archive", "container.archive_put", {ID}},
	{METHOD_POST, "/containers/" ID "/copy", "container.copy", {ID}},
	{METHOD_POST, "/containers/prune", "container.prune", {NULL}},
	{METHOD_POST, "/commit", "container.commit", {NULL}},
	{METHOD_GET, "/containers/" ID "/checkpoints", "checkpoint.list", {ID}},
	{METHOD_POST, "/containers/" ID "/checkpoints", "checkpoint.create", {ID}},
	{METHOD_DELETE, "/containers/" ID "/checkpoints/c1", "checkpoint.remove", {ID, "c1"}},

	{METHOD_POST, "/exec/" ID "/start", "exec.start", {ID}},
	{METHOD_POST, "/exec/" ID "/resize", "exec.resize", {ID}},
	{METHOD_GET, "/exec/" ID "/json", "exec.inspect", {ID}},

	{METHOD_GET, "/images/json", "image.list", {NULL}},
	{METHOD_GET, "/images/search", "image.search", {NULL}},
	{METHOD_GET, "/images/get", "image.get_all", {NULL}},
	{METHOD_GET, "/images/bb:1/get", "image.get", {"bb:1"}},
	{METHOD_GET, "/images/r.example.org:5000/ci/x/history", "image.history", {"r.example.org:5000/ci/x"}},
	{METHOD_GET, "/images/r.example.org/ci/x@sha256:00/json", "image.inspect", {"r.example.org/ci/x@sha256:00"}},
	{METHOD_GET, "/images/bb/attestations", "image.attestations", {"bb"}},
	{METHOD_POST, "/images/create", "image.create", {NULL}},
	{METHOD_POST, "/images/load", "image.load", {NULL}},
	{METHOD_POST, "/images/ci/x/push", "image.push", {"ci/x"}},
	{METHOD_POST, "/images/ci/x/tag", "image.tag", {"ci/x"}},
	{METHOD_DELETE, "/images/ci/x", "image.remove", {"ci/x"}},
	{METHOD_POST, "/images/prune", "image.prune", {NULL}},
	{METHOD_GET, "/distribution/ci/x/json", "distribution.inspect", {"ci/x"}},
	{METHOD_POST, "/build", "build.run", {NULL}},
	{METHOD_POST, "/build/prune", "build.prune", {NULL}},
	{METHOD_POST, "/build/cancel", "build.cancel", {NULL}},

	{METHOD_GET, "/networks", "network.list", {NULL}},
	{METHOD_GET, "/networks/n", "network.inspect", {"n"}},
	{METHOD_POST, "/networks/create", "network.create", {NULL}},
	{METHOD_POST, "/networks/n/connect", "network.connect", {"n"}},
	{METHOD_POST, "/networks/n/disconnect", "network.disconnect", {"n"}},
	{METHOD_DELETE, "/networks/n", "network.remove", {"n"}},
	{METHOD_POST, "/networks/prune", "network.prune", {NULL}},
	{METHOD_GET, "/volumes", "volume.list", {NULL}},
	{METHOD_GET, "/volumes/v", "volume.inspect", {"v"}},
	{METHOD_POST, "/volumes/create", "volume.create", {NULL}},
	{METHOD_PUT, "/volumes/v", "volume.update", {"v"}},
	{METHOD_DELETE, "/volumes/v", "volume.remove", {"v"}},
	{METHOD_POST, "/volumes/prune", "volume.prune", {NULL}},

	{METHOD_GET, "/swarm", "swarm.inspect", {NULL}},
	{METHOD_GET, "/swarm/unlockkey", "swarm.unlock_key", {NULL}},
	{METHOD_POST, "/swarm/init", "swarm.init", {NULL}},
	{METHOD_POST, "/swarm/join", "swarm.join", {NULL}},
	{METHOD_POST, "/swarm/update", "swarm.update", {NULL}},
	{METHOD_POST, "/swarm/leave", "swarm.leave", {NULL}},
	{METHOD_POST, "/swarm/unlock", "swarm.unlock", {NULL}},
	{METHOD_GET, "/nodes", "node.list", {NULL}},
	{METHOD_GET, "/nodes/n", "node.inspect", {"n"}},
	{METHOD_POST, "/nodes/n/update", "node.update", {"n"}},
	{METHOD_DELETE, "/nodes/n", "node.remove", {"n"}},
	{METHOD_GET, "/services", "service.list", {NULL}},
	{METHOD_GET, "/services/s", "service.inspect", {"s"}},
	{METHOD_POST, "/services/create", "service.create", {NULL}},
	{METHOD_POST, "/services/s/update", "service.update", {"s"}},
	{METHOD_DELETE, "/services/s", "service.remove", {"s"}},
	{METHOD_GET, "/services/s/logs", "service.logs", {"s"}},
	{METHOD_GET, "/tasks", "task.list", {NULL}},
	{METHOD_GET, "/tasks/t", "task.inspect", {"t"}},
	{METHOD_GET, "/tasks/t/logs", "task.logs", {"t"}},
	{METHOD_GET, "/secrets", "secret.list", {NULL}},
	{METHOD_GET, "/secrets/s", "secret.inspect", {"s"}},
	{METHOD_POST, "/secrets/create", "secret.create", {NULL}},
	{METHOD_POST, "/secrets/s/update", "secret.update", {"s"}},
	{METHOD_DELETE, "/secrets/s", "secret.remove", {"s"}},
	{METHOD_GET, "/configs", "config.list", {NULL}},
	{METHOD_GET, "/configs/c", "config.inspect", {"c"}},
	{METHOD_POST, "/configs/create", "config.create", {NULL}},
	{METHOD_POST, "/configs/c/update", "config.update", {"c"}},
	{METHOD_DELETE, "/configs/c", "config.remove", {"c"}},

	{METHOD_GET, "/plugins", "plugin.list", {NULL}},
	{METHOD_GET, "/plugins/vieux/sshfs:latest/json", "plugin.inspect", {"vieux/sshfs:latest"}},
	{METHOD_GET, "/plugins/privileges", "plugin.privileges", {NULL}},
	{METHOD_POST, "/plugins/pull", "plugin.pull", {NULL}},
	{METHOD_POST, "/plugins/create", "plugin.create", {NULL}},
	{METHOD_POST, "/plugins/vieux/sshfs/upgrade", "plugin.upgrade", {"vieux/sshfs"}},
	{METHOD_POST, "/plugins/vieux/sshfs/set", "plugin.set", {"vieux/sshfs"}},
	{METHOD_POST, "/plugins/vieux/sshfs/enable", "plugin.enable", {"vieux/sshfs"}},
	{METHOD_POST, "/plugins/vieux/sshfs/disable", "plugin.disable", {"vieux/sshfs"}},
	{METHOD_POST, "/plugins/vieux/sshfs/push", "plugin.push", {"vieux/sshfs"}},
	{METHOD_DELETE, "/plugins/vieux/sshfs", "plugin.remove", {"vieux/sshfs"}},
	{METHOD_GET, "/libpod/containers/json", "libpod.any", {"containers/json"}},
	{METHOD_POST, "/libpod/containers/create", "libpod.any", {"containers/create"}},
	{METHOD_OTHER, "/libpod/x", "libpod.any", {"x"}},
};

/* Literal before placeholder, the last tail wins, names that look like words of the API. */
static const struct row traps[] = {
	{METHOD_GET, "/containers/json/json", "container.inspect", {"json"}},
	{METHOD_POST, "/containers/create/start", "container.start", {"create"}},
	{METHOD_POST, "/containers/prune/stop", "container.stop", {"prune"}},
	{METHOD_DELETE, "/containers/json", "container.remove", {"json"}},
	{METHOD_DELETE, "/containers/prune", "container.remove", {"prune"}},
	{METHOD_DELETE, "/containers/checkpoints/checkpoints/checkpoints", "checkpoint.remove",
	    {"checkpoints", "checkpoints"}},
	{METHOD_GET, "/images/json/json", "image.inspect", {"json"}},
	{METHOD_GET, "/images/get/json", "image.inspect", {"get"}},
	{METHOD_GET, "/images/get/get", "image.get", {"get"}},
	{METHOD_GET, "/images/search/history", "image.history", {"search"}},
	{METHOD_GET, "/images/a/json/json", "image.inspect", {"a/json"}},
	{METHOD_GET, "/images/a/history/json", "image.inspect", {"a/history"}},
	{METHOD_GET, "/images/a/json/history", "image.history", {"a/json"}},
	{METHOD_POST, "/images/a/push/push", "image.push", {"a/push"}},
	{METHOD_POST, "/images/load/push", "image.push", {"load"}},
	{METHOD_POST, "/images/a/push/tag", "image.tag", {"a/push"}},
	{METHOD_DELETE, "/images/json", "image.remove", {"json"}},
	{METHOD_DELETE, "/images/a/json", "image.remove", {"a/json"}},
	{METHOD_GET, "/volumes/create", "volume.inspect", {"create"}},
	{METHOD_GET, "/volumes/prune", "volume.inspect", {"prune"}},
	{METHOD_DELETE, "/volumes/prune", "volume.remove", {"prune"}},
	{METHOD_GET, "/networks/create", "network.inspect", {"create"}},
	{METHOD_POST, "/networks/create/connect", "network.connect", {"create"}},
	{METHOD_GET, "/services/create", "service.inspect", {"create"}},
	{METHOD_GET, "/secrets/create", "secret.inspect", {"create"}},
	{METHOD_POST, "/plugins/pull/enable", "plugin.enable", {"pull"}},
	{METHOD_GET, "/plugins/privileges/json", "plugin.inspect", {"privileges"}},
	{METHOD_POST, "/plugins/a/enable/disable", "plugin.disable", {"a/enable"}},
	{METHOD_GET, "/distribution/json/json", "distribution.inspect", {"json"}},
	{METHOD_DELETE, "/plugins/pull", "plugin.remove", {"pull"}},
	{METHOD_OPTIONS, "/containers/create", "system.options", {"containers/create"}},
	{METHOD_OPTIONS, "/libpod/x", "libpod.any", {"x"}},
};

static const struct {
	enum method method;
	const char *path;
} nowhere[] = {
	{METHOD_GET, ""},
	{METHOD_GET, "/"},
	{METHOD_OPTIONS, "/"},
	{METHOD_OPTIONS, "*"},
	{METHOD_GET, "_ping"},
	{METHOD_GET, "//_ping"},
	{METHOD_GET, "/_ping/"},
	{METHOD_GET, "/_pin"},
	{METHOD_GET, "/_pingx"},
	{METHOD_POST, "/_ping"},
	{METHOD_OTHER, "/_ping"},
	{METHOD_HEAD, "/version"},
	{METHOD_HEAD, "/containers/json"},
	{METHOD_HEAD, "/containers/x/json"},
	{METHOD_GET, "/Containers/json"},
	{METHOD_GET, "/containers/JSON"},
	{METHOD_GET, "/containers"},
	{METHOD_GET, "/containers/"},
	{METHOD_GET, "/containersx/json"},
	{METHOD_GET, "/container/json"},
	{METHOD_GET, "/containers/json/"},
	{METHOD_GET, "/containers/x"},
	{METHOD_GET, "/containers//json"},
	{METHOD_GET, "/containers/./json"},
	{METHOD_GET, "/containers/../json"},
	{METHOD_GET, "/containers/x/jsonx"},
	{METHOD_GET, "/containers/x/json/y"},
	{METHOD_GET, "/containers/parent/alias/json"},
	{METHOD_POST, "/containers/parent/alias/exec"},
	{METHOD_DELETE, "/containers/a/b"},
	{METHOD_DELETE, "/containers/"},
	{METHOD_DELETE, "/containers/x/checkpoints"},
	{METHOD_DELETE, "/containers/x/checkpoints/.."},
	{METHOD_DELETE, "/containers/x/checkpoints/a/b"},
	{METHOD_PUT, "/containers/create"},
	{METHOD_OTHER, "/containers/create"},
	{METHOD_POST, "/containers/create/"},
	{METHOD_POST, "/containers/x/start/start"},
	{METHOD_GET, "/containers/x/attach"},
	{METHOD_POST, "/containers/x/attach/ws"},
	{METHOD_GET, "/images/x"},
	{METHOD_GET, "/images//json"},
	{METHOD_GET, "/images/a//b/json"},
	{METHOD_GET, "/images/a/../b/json"},
	{METHOD_GET, "/images/./json"},
	{METHOD_GET, "/images/a/./json"},
	{METHOD_GET, "/images/a/json/"},
	{METHOD_GET, "/images/ajson"},
	{METHOD_DELETE, "/images/"},
	{METHOD_DELETE, "/images/a/"},
	{METHOD_DELETE, "/images/a/.."},
	{METHOD_POST, "/images/push"},
	{METHOD_POST, "/images//push"},
	{METHOD_POST, "/images/x/insert"},
	{METHOD_GET, "/images/viz"},
	{METHOD_GET, "/networks/a/b"},
	{METHOD_GET, "/volumes/a/b"},
	{METHOD_GET, "/volumes/"},
	{METHOD_GET, "/volumes/.."},
	{METHOD_POST, "/exec/start"},
	{METHOD_POST, "/exec/a/b/start"},
	{METHOD_GET, "/exec/a"},
	{METHOD_POST, "/plugins/enable"},
	{METHOD_GET, "/debug"},
	{METHOD_GET, "/debug/"},
	{METHOD_GET, "/libpod"},
	{METHOD_GET, "/system"},
	{METHOD_GET, "/swarm/init"},
	{METHOD_GET, "/{rest}"},
	{METHOD_GET, "/{rest}/x"},
	{METHOD_GET, "/zzz"},
	{METHOD_GET, "/~"},
	{METHOD_GET, "/A"},
};
/* clang-format on */

static void every_endpoint_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(endpoints); i++)
		check_row(&endpoints[i]);
}

static void every_operation_has_an_example(void **state)
{
	(void)state;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const char *name = docker_operation_at(i)->name;
		size_t at = 0;

		if (docker_operation_at(i)->traits & TRAIT_CALL)
			continue;

		while (at < COUNT(endpoints) && strcmp(endpoints[at].operation, name) != 0)
			at++;
		if (at == COUNT(endpoints))
			fail_msg("%s has no example path", name);
	}
}

static void traps_lead_where_the_daemon_goes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(traps); i++)
		check_row(&traps[i]);
}

static void everything_else_is_nowhere(void **state)
{
	struct docker_match match;

	(void)state;
	for (size_t i = 0; i < COUNT(nowhere); i++) {
		docker_find(nowhere[i].method, span_of(nowhere[i].path), &match);
		if (match.operation)
			fail_msg("%s %s is %s", method_name(nowhere[i].method), nowhere[i].path,
			    match.operation->name);
		assert_int_equal(match.arg_count, 0);
	}
	docker_find(METHOD_GET, (struct span){NULL, 0}, &match);
	assert_null(match.operation);
}

/* Writes a path that the row matches. */
static struct span example_path(struct buf *buf, const char *pattern)
{
	buf_clear(buf);
	while (*pattern) {
		if (*pattern != '{') {
			buf_add_char(buf, *pattern++);
			continue;
		}
		buf_add_text(buf, pattern[1] == 'i' ? "x" : "x/y");
		while (*pattern++ != '}')
			;
	}
	return buf_span(buf);
}

static void every_row_is_reached(void **state)
{
	struct buf buf;

	(void)state;
	buf_init(&buf, 1000);
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *row = docker_operation_at(i);
		struct docker_match match;

		docker_find(row->method, example_path(&buf, row->path), &match);
		/* calls of gRPC come within the connection of another operation only */
		if (match.operation != (row->traits & TRAIT_CALL ? NULL : row))
			fail_msg("%s is not found by %s", row->name, buf_text(&buf));
	}
	buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_endpoint_is_found),
	    cmocka_unit_test(every_operation_has_an_example),
	    cmocka_unit_test(traps_lead_where_the_daemon_goes),
	    cmocka_unit_test(everything_else_is_nowhere),
	    cmocka_unit_test(every_row_is_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
