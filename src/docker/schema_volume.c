/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of containers and services, and volumes. */
#include "docker/tables.h"

static const struct docker_field mount_bind_fields[] = {
    PART("Propagation", STRING, .joined = JOINED_MOUNT),
    PART("NonRecursive", BOOL, .since = 40),
    PART("CreateMountpoint", BOOL, .since = 42),
    PART("ReadOnlyNonRecursive", BOOL, .since = 44),
    PART("ReadOnlyForceRecursive", BOOL, .since = 44),
};
SCHEMA(mount_bind, "BindOptions");

/* A volume that is made for the mount: its options can make a host path of it. */
static const struct docker_field mount_driver_fields[] = {
    CHECKED("Name", STRING, DRIVER, VOLUME_DRIVER),
    CHECKED("Options", STRING_MAP, VOLUME_OPTIONS, VOLUME_OPTION, .runs = TEMPLATE_TASK),
};
SCHEMA(mount_driver, "DriverConfig");

static const struct docker_field mount_volume_fields[] = {
    FREE("NoCopy", BOOL),
    CHECKED("Labels", STRING_MAP, LABELS, LABEL, .runs = TEMPLATE_TASK),
    CHECKED("Subpath", STRING, PATH, VOLUME_SUBPATH, .since = 45, .joined = JOINED_MOUNT),
    INNER("DriverConfig", OBJECT, mount_driver),
};
SCHEMA(mount_volume, "VolumeOptions");

static const struct docker_field mount_image_fields[] = {
    CHECKED("Subpath", STRING, PATH, VOLUME_SUBPATH, .since = 48, .joined = JOINED_MOUNT),
};
SCHEMA(mount_image, "ImageOptions");

static const struct docker_field mount_tmpfs_fields[] = {
    PART("SizeBytes", INT),
    PART("Mode", INT),
    PART("Options", STRING_LISTS, .since = 46),
};
SCHEMA(mount_tmpfs, "TmpfsOptions");

/* An object that holds nothing yet. */
const struct docker_schema empty_object = {.name = "Empty"};

static const struct docker_field mount_fields[] = {
    PART("Type", STRING, .joined = JOINED_MOUNT),
    PART("Source", STRING, .joined = JOINED_MOUNT, .told = TOLD_VALUE, .runs = TEMPLATE_TASK),
    PART("Target", STRING, .joined = JOINED_MOUNT, .runs = TEMPLATE_TASK),
    PART("ReadOnly", BOOL),
    FREE("Consistency", STRING, .joined = JOINED_MOUNT),
    INNER("BindOptions", OBJECT, mount_bind),
    INNER("VolumeOptions", OBJECT, mount_volume),
    INNER("ImageOptions", OBJECT, mount_image, .since = 48),
    INNER("TmpfsOptions", OBJECT, mount_tmpfs),
    INNER("ClusterOptions", OBJECT, empty_object, .since = 42),
};
SCHEMA(mount, "Mount");

static const struct docker_field volume_create_fields[] = {
    NEEDS("ClusterVolumeSpec", OBJECT, CLUSTER_VOLUME, .since = 42),
    CHECKED("Driver", STRING, DRIVER, VOLUME_DRIVER),
    CHECKED("DriverOpts", STRING_MAP, VOLUME_OPTIONS, VOLUME_OPTION),
    CHECKED("Labels", STRING_MAP, LABELS, LABEL),
    NEEDS("Name", STRING, NAME, .owners = true),
};
SCHEMA(volume_create, "VolumeCreate", .fresh = true);

static const struct docker_field volume_update_fields[] = {
    NEEDS("Spec", OBJECT, CLUSTER_VOLUME, .since = 42),
};
SCHEMA(volume_update, "VolumeUpdate");
