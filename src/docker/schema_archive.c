/* SPDX-License-Identifier: Apache-2.0 */
/* Files in archives that bodies hold: names of images in what is loaded, the Dockerfile of a build.
 * A client writes them, so that a member without a row is refused as in a body. */
#include "docker/tables.h"

static const struct docker_field load_image_fields[] = {
    FREE("Config", STRING),
    CHECKED("RepoTags", STRINGS, IMAGE_GIVEN, IMAGE_WRITE),
    FREE("Layers", STRINGS),
    FREE("Parent", STRING),
    FREE("LayerSources", OBJECT_MAP),
};
SCHEMA(load_image, "LoadImage");

static const struct docker_field load_manifest_fields[] = {INNER("", OBJECTS, load_image)};
SCHEMA(load_manifest, "LoadManifest", .whole = true);

static const struct docker_field load_repositories_fields[] = {
    CHECKED("", OBJECT_MAP, IMAGE_TAGGED, IMAGE_WRITE)};
SCHEMA(load_repositories, "LoadRepositories", .whole = true);

static const struct docker_field load_descriptor_fields[] = {
    FREE("mediaType", STRING),
    FREE("digest", STRING),
    FREE("size", INT),
    FREE("urls", STRINGS),
    CHECKED("annotations", STRING_MAP, IMAGE_ANNOTATIONS, IMAGE_WRITE),
    FREE("data", STRING),
    FREE("platform", OBJECT),
    FREE("artifactType", STRING),
};
SCHEMA(load_descriptor, "LoadDescriptor");

static const struct docker_field load_layout_fields[] = {
    FREE("schemaVersion", INT),
    FREE("mediaType", STRING),
    FREE("artifactType", STRING),
    INNER("manifests", OBJECTS, load_descriptor),
    FREE("subject", OBJECT),
    FREE("annotations", STRING_MAP),
};
SCHEMA(load_layout, "LoadLayout");

static const struct docker_field load_index_fields[] = {INNER("", OBJECT, load_layout)};
SCHEMA(load_index, "LoadIndex", .whole = true);

/* A daemon with containerd's images takes the names of `index.json`, where there is `oci-layout`;
 * any other those of `manifest.json` or, without it, of `repositories`. */
static const struct docker_archive_file load_files[] = {
    {.name = "manifest.json", .json = &load_manifest},
    {.name = "repositories", .json = &load_repositories},
    {.name = "index.json", .json = &load_index},
};

const struct docker_archive image_archive = {
    .what = "the image archive",
    .files = load_files,
    .count = sizeof(load_files) / sizeof(load_files[0]),
    .grants = {GRANT_IMAGE_WRITE_ID},
};
