/* SPDX-License-Identifier: Apache-2.0 */
/* Which grants and which operations are twins: narrowing or denying one leaves the power with the
 * other. And which operations a "!" does not keep away. */
#include "docker/docker.h"

#define IN_EXECS (1u << SUBJECT_EXEC)
/* An image holds the defaults of the containers that are made from it. */
#define IN_CONTAINERS (1u << SUBJECT_CREATE | 1u << SUBJECT_SERVICE | 1u << SUBJECT_IMAGE)
#define IN_IMAGES (1u << SUBJECT_IMAGE)
#define ANYWHERE (~0u)

#define CLOSES(g, t, w, text)                                                                      \
	{                                                                                          \
		.grant = GRANT_##g##_ID, .twin = GRANT_##t##_ID, .where = (w), .closes = true,     \
		.how = (text)                                                                      \
	}
#define WARNS(g, t, op, text)                                                                      \
	{                                                                                          \
		.grant = GRANT_##g##_ID, .twin = GRANT_##t##_ID, .operation = (op), .how = (text)  \
	}

#define BY_ENV "variables such as PATH, LD_PRELOAD and BASH_ENV run other programs"
#define BY_USER "another user can have other rights and another home"
#define BY_DIR "a relative path or a makefile is another file in another directory"
#define BY_IMAGE "Dockerfile instructions can say the same for an image"
#define BY_BODY "the body of a commit says the same as instructions do"
#define BY_MOUNT "a mount can lie over the programs of the image"
#define BY_CONFIG "a config or a secret can take the place of any file of the image"
#define BY_FILES "files written into a container can be its programs"

static const struct grant_twin twins[] = {
    CLOSES(EXEC_COMMAND, ENV, IN_EXECS, BY_ENV),
    CLOSES(EXEC_COMMAND, USER, IN_EXECS, BY_USER),
    CLOSES(EXEC_COMMAND, WORKING_DIR, IN_EXECS, BY_DIR),
    CLOSES(COMMAND, ENTRYPOINT, IN_CONTAINERS, "an entry point is a program"),
    CLOSES(COMMAND, ENV, IN_CONTAINERS, BY_ENV),
    CLOSES(COMMAND, USER, IN_CONTAINERS, BY_USER),
    CLOSES(COMMAND, IMAGE_CHANGE, ANYWHERE, BY_IMAGE),
    CLOSES(ENTRYPOINT, COMMAND, IN_CONTAINERS, "an image without an entry point runs the command"),
    CLOSES(ENTRYPOINT, ENV, IN_CONTAINERS, BY_ENV),
    CLOSES(ENTRYPOINT, USER, IN_CONTAINERS, BY_USER),
    CLOSES(ENTRYPOINT, IMAGE_CHANGE, ANYWHERE, BY_IMAGE),
    CLOSES(ENV, IMAGE_CHANGE, ANYWHERE, BY_IMAGE),
    CLOSES(LABEL, IMAGE_CHANGE, ANYWHERE, BY_IMAGE),
    CLOSES(USER, IMAGE_CHANGE, ANYWHERE, BY_IMAGE),
    CLOSES(IMAGE_CHANGE, COMMAND, IN_IMAGES, BY_BODY),
    CLOSES(IMAGE_CHANGE, ENTRYPOINT, IN_IMAGES, BY_BODY),
    CLOSES(IMAGE_CHANGE, ENV, IN_IMAGES, BY_BODY),
    CLOSES(IMAGE_CHANGE, LABEL, IN_IMAGES, BY_BODY),
    CLOSES(IMAGE_CHANGE, USER, IN_IMAGES, BY_BODY),
    CLOSES(IMAGE_CHANGE, WORKING_DIR, IN_IMAGES, BY_BODY),
    CLOSES(IMAGE_CHANGE, SIGNAL, IN_IMAGES, BY_BODY),
    CLOSES(WORKING_DIR, IMAGE_CHANGE, ANYWHERE, BY_IMAGE),
    CLOSES(SIGNAL, IMAGE_CHANGE, ANYWHERE, BY_IMAGE),
    WARNS(ALIAS, NAME, NULL, "a name is a host name in the networks of its container"),
    WARNS(NAME, ALIAS, NULL, "an alias is a host name as a name is"),
    /* closed they would refuse ordinary work: docker run -v src:/work -w /work … */
    WARNS(COMMAND, WORKING_DIR, "container.create", BY_DIR),
    WARNS(ENTRYPOINT, WORKING_DIR, "container.create", BY_DIR),
    WARNS(COMMAND, BIND, "container.create", BY_MOUNT),
    WARNS(COMMAND, VOLUME, "container.create", BY_MOUNT),
    WARNS(COMMAND, VOLUMES_FROM, "container.create", BY_MOUNT),
    WARNS(COMMAND, SECRET, "service.create", BY_CONFIG),
    WARNS(COMMAND, EXEC_COMMAND, "container.exec", "an exec runs another command"),
    WARNS(COMMAND, ARCHIVE_PATH, "container.archive_put", BY_FILES),
    WARNS(ENTRYPOINT, BIND, "container.create", BY_MOUNT),
    WARNS(ENTRYPOINT, VOLUME, "container.create", BY_MOUNT),
    WARNS(ENTRYPOINT, VOLUMES_FROM, "container.create", BY_MOUNT),
    WARNS(ENTRYPOINT, SECRET, "service.create", BY_CONFIG),
    WARNS(ENTRYPOINT, EXEC_COMMAND, "container.exec", "an exec runs another command"),
    WARNS(ENTRYPOINT, ARCHIVE_PATH, "container.archive_put", BY_FILES),
    WARNS(EXEC_COMMAND, ARCHIVE_PATH, "container.archive_put", BY_FILES),
};

const struct grant_twin *grant_twin_at(unsigned index)
{
	return index < sizeof(twins) / sizeof(*twins) ? &twins[index] : NULL;
}

#define FILES "files of a container"
#define IMAGES "whole images"
#define STREAMS "input and output of a container"

static const struct operation_twin operations[] = {
    {"container.attach", "container.attach_ws", STREAMS},
    {"container.attach_ws", "container.attach", STREAMS},
    {"container.archive_get", "container.export", FILES},
    {"container.archive_get", "container.copy", FILES},
    {"container.export", "container.archive_get", FILES},
    {"container.export", "container.commit", FILES},
    {"container.copy", "container.archive_get", FILES},
    {"container.create", "service.create", "new containers"},
    {"container.logs", "container.attach", "output of a container"},
    {"container.stop", "container.kill", "the end of a container"},
    {"container.kill", "container.stop", "the end of a container"},
    {"container.remove", "container.prune", "the removal of containers"},
    {"image.remove", "image.prune", "the removal of images"},
    {"network.remove", "network.prune", "the removal of networks"},
    {"volume.remove", "volume.prune", "the removal of volumes"},
    {"service.logs", "task.logs", "output of a service"},
    {"task.logs", "service.logs", "output of a service"},
    {"image.get", "image.get_all", IMAGES},
    {"image.get_all", "image.get", IMAGES},
    {"build.run", "buildkit.grpc", "builds"},
    {"buildkit.grpc", "build.run", "builds"},
    {"service.create", "service.update", "new containers"},
    {"plugin.pull", "plugin.upgrade", "code on the host"},
    {"plugin.pull", "plugin.create", "code on the host"},
};

const struct operation_twin *operation_twin_at(unsigned index)
{
	return index < sizeof(operations) / sizeof(*operations) ? &operations[index] : NULL;
}

static const struct grant_gap gaps[] = {
    {GRANT_VOLUME_ID, "volume.remove"},
    {GRANT_NETWORK_MODE_ID, "network.disconnect"},
    {GRANT_NETWORK_MODE_ID, "network.remove"},
    {GRANT_SECRET_ID, "secret.remove"},
    {GRANT_SECRET_ID, "config.remove"},
};

const struct grant_gap *grant_gap_at(unsigned index)
{
	return index < sizeof(gaps) / sizeof(*gaps) ? &gaps[index] : NULL;
}
