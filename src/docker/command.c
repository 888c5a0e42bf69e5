/* SPDX-License-Identifier: Apache-2.0 */
/* What people call operations, after the commands of the docker client. */
#include <stdio.h>

#include "docker/docker.h"

/* An empty object stands for any, and keeps it. */
static const struct {
	const char *object, *word, *operations;
} commands[] = {
    {"image", "pull", "image.create"},
    {"image", "import", "image.create"},
    {"image", "build", "build.run"},
    {"image", "save", "image.get"},
    {"image", "rmi", "image.remove"},
    {"container", "run", "container.create container.start container.attach container.wait"},
    {"container", "ps", "container.list"},
    {"container", "cp", "container.archive_get container.archive_put"},
    {"container", "archive", "container.archive_get container.archive_put"},
    {"exec", "create", "container.exec"},
    {"exec", "run", "container.exec exec.start"},
    {"container", "exec_start", "exec.start"},
    {"system", "login", "system.auth"},
    {"system", "prune", "container.prune image.prune network.prune volume.prune build.prune"},
    {"", "ls", "list"},
    {"", "rm", "remove"},
    {"", "delete", "remove"},
};

/* "docker.ps" and "ps" are without an object. */
static struct span cut_object(struct span *name)
{
	struct span word, object = span_cut(*name, '.', &word);

	if (!word.at)
		return (struct span){NULL, 0};
	*name = word;
	if (object.len > 1 && object.at[object.len - 1] == 's')
		object.len--;
	return span_is(object, "docker") ? (struct span){NULL, 0} : object;
}

static bool write_operation(
    char *room, size_t size, struct span object, const char *word, size_t word_len)
{
	int len =
	    snprintf(room, size, "%.*s.%.*s", (int)object.len, object.at, (int)word_len, word);

	return len > 0 && (size_t)len < size && docker_operation_named(span_of(room));
}

bool docker_command_operations(struct span name, char *room, size_t size)
{
	struct span object = cut_object(&name);

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		bool any = !*commands[i].object;
		const char *operations = commands[i].operations;

		if (!span_equal(name, span_of(commands[i].word)))
			continue;
		if (any && write_operation(room, size, object.at ? object : SPAN("container"),
			       operations, strlen(operations)))
			return true;
		if (!any && (!object.at || span_equal(object, span_of(commands[i].object))))
			return snprintf(room, size, "%s", operations) > 0;
	}
	if (object.at)
		return write_operation(room, size, object, name.at, name.len);
	return write_operation(room, size, SPAN("system"), name.at, name.len) ||
	       write_operation(room, size, SPAN("container"), name.at, name.len);
}
