/* SPDX-License-Identifier: Apache-2.0 */
/* Plugins, and credentials for registries. */
#include "docker/tables.h"

static const struct docker_field plugin_privilege_fields[] = {
    PART("Name", STRING),
    FREE("Description", STRING),
    PART("Value", STRINGS),
};
SCHEMA(plugin_privilege, "PluginPrivilege");

static const struct docker_field plugin_privileges_fields[] = {
    CHECKED("", OBJECTS, PLUGIN, PLUGIN_PRIVILEGE, .sub = &plugin_privilege),
};
SCHEMA(plugin_privileges, "PluginPrivileges", .whole = true);

static const struct docker_field plugin_settings_fields[] = {
    NEEDS("", STRINGS, PLUGIN_SETTING, .secret = true),
};
SCHEMA(plugin_settings, "PluginSettings", .whole = true);

static const struct docker_field auth_config_fields[] = {
    FREE("username", STRING, .secret = true),
    FREE("password", STRING, .secret = true),
    FREE("auth", STRING, .secret = true),
    FREE("email", STRING, .secret = true),
    CHECKED("serveraddress", STRING, REGISTRY, REGISTRY, .missing = "https://index.docker.io/v1/"),
    FREE("identitytoken", STRING, .secret = true),
    FREE("registrytoken", STRING, .secret = true),
};
SCHEMA(auth_config, "AuthConfig", .must = "serveraddress");

/* Credentials in the body, of clients that send no X-Registry-Auth. The image's name alone says
 * where they go. */
static const struct docker_field image_push_fields[] = {
    FREE("username", STRING, .secret = true),
    FREE("password", STRING, .secret = true),
    FREE("auth", STRING, .secret = true),
    FREE("email", STRING, .secret = true),
    FREE("serveraddress", STRING),
    FREE("identitytoken", STRING, .secret = true),
    FREE("registrytoken", STRING, .secret = true),
    /* dockerode repeats the parameters in the body */
    FREE("tag", ANY),
    FREE("platform", ANY),
    FREE("force", ANY),
};
SCHEMA(image_push, "AuthConfig of a push");
