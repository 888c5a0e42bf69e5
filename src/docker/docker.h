/* SPDX-License-Identifier: Apache-2.0 */
/* What the Docker Engine API is, as tables: which request is which operation, what it carries, and
 * which grant governs each field and parameter. A new endpoint or field is one row. */
#ifndef DOCKER_DOCKER_H
#define DOCKER_DOCKER_H

#include "base/method.h"
#include "base/span.h"
#include "docker/grant.h"

#define DOCKER_API_NEWEST 56 /* minor number of the newest API the tables were read from (1.56) */
#define DOCKER_API_OLDEST 24 /* older ones re-open doors: refused unless a policy says otherwise */

enum docker_class {
	CLASS_SAFE,  /* reads what no one minds being read */
	CLASS_READ,  /* reads what may hold secrets */
	CLASS_WRITE, /* changes objects of the daemon */
	CLASS_HOST,  /* can be power over the host */
	CLASS_MAX
};

enum docker_body {
	BODY_NONE,     /* takes no body; an empty JSON value is dropped, anything else refused */
	BODY_JSON,     /* takes JSON: gated, judged by the schema, sent on as it was read */
	BODY_STREAM,   /* takes a tar or the like of any size: streamed, not read */
};

enum docker_trait {
	TRAIT_HIJACK = 1 << 0,   /* the daemon leaves HTTP by 101 or by a raw 200 (attach, exec start) */
	TRAIT_H2C = 1 << 1,      /* upgrades to h2c (session, grpc) */
	TRAIT_WEBSOCKET = 1 << 2,/* upgrades to a WebSocket */
	TRAIT_STREAM = 1 << 3,   /* the answer may stay open for hours */
	TRAIT_HEAD = 1 << 4,     /* a GET row that the daemon serves for HEAD as well */
	TRAIT_UNVERSIONED = 1 << 5, /* served without a version only */
};

/* How the value of a field or parameter is read and held against its grant. */
enum docker_check {
	CHECK_FREE,    /* harmless, whatever the value */
	CHECK_NEVER,   /* refused when not empty, unless the policy grants all */
	CHECK_GRANT,   /* each string (list element, map key=value, number) needs the grant; a flag
			* grant is needed by any value that is not empty */
	CHECK_KEYS,    /* only the keys of the map need the grant */
	CHECK_SCHEMA,  /* an object, a list or a map of objects: walked by the sub-schema. With a flag
			* grant a value that is not empty needs that as well, with another grant the
			* keys of the map do */
	/* values with a grammar of their own */
	CHECK_BIND,          /* "src:dest:mode": bind, or volume when src is a name */
	CHECK_MOUNT,         /* objects of Mounts: bind, volume, tmpfs, image, cluster. The sub-schema is
			      * walked as well: it governs the driver's name and options and sub-paths,
			      * and leaves what depends on Type (Source, propagation …) free */
	CHECK_TMPFS,         /* map of path -> options */
	CHECK_IMAGE,         /* an image reference */
	CHECK_NETWORK,       /* a network mode or name: host, container:x, bridge, NAME */
	CHECK_NETWORK_KEYS,  /* a map whose keys are network names; values by the sub-schema */
	CHECK_CAP,           /* a capability list or single string */
	CHECK_SECURITY,      /* security options, order matters */
	CHECK_PORTS,         /* PortBindings (a map), or the Ports of a service (a list of objects) */
	CHECK_DEVICE,        /* objects of Devices: PathOnHost and permissions; CHECK_DEVICE_REQUEST
			      * is its kin for objects of DeviceRequests, by Driver ("" is a driver) */
	CHECK_DEVICE_REQUEST,
	CHECK_PRESENT,       /* needs the (flag) grant when present and not null, even when empty */
	CHECK_NEGATIVE,      /* needs the (flag) grant when below zero */
	CHECK_ARGV,          /* a command line: a list of words, or a string that is its only word */
	CHECK_WORKDIR,       /* a container path that must not lie under /proc */
	CHECK_ULIMIT,        /* an object of Ulimits: Name=Hard */
	CHECK_SIGNAL,        /* a signal name or number */
	CHECK_FLAG_PARAM,    /* a query boolean as the daemon reads it: "", 0, no, false, none are no */
	CHECK_MAX
};

/* What JSON a field holds. A value of another type is refused as the daemon would refuse it; null
 * is always taken as missing. */
enum docker_shape {
	SHAPE_ANY,
	SHAPE_BOOL,
	SHAPE_INT,
	SHAPE_NUMBER,
	SHAPE_STRING,
	SHAPE_STRINGS,           /* list of strings */
	SHAPE_STRING_OR_STRINGS, /* a bare string counts as a list of one */
	SHAPE_STRING_MAP,        /* object of strings (a null value counts as "") */
	SHAPE_SET,               /* object of empty objects, such as ExposedPorts */
	SHAPE_OBJECT,
	SHAPE_OBJECTS,           /* list of objects */
	SHAPE_OBJECT_MAP,        /* object of objects */
	SHAPE_INTS,
};

struct docker_schema;

/* One row for one field. Rows stand in the order in which Go clients send them (the order of the
 * struct), so that a walk finds the next one at once. */
struct docker_field {
	const char *name;
	enum docker_shape shape;
	enum docker_check check;
	enum grant grant;
	const struct docker_schema *sub;
	unsigned since; /* minor API version that introduced it; 0 = before 1.24 */
};

struct docker_schema {
	const char *name; /* "HostConfig" */
	const struct docker_field *fields;
	unsigned count;
	bool list;        /* the body itself is a list of these (plugin privileges) */
	bool strings;     /* the body itself is a list of strings under fields[0] (plugin settings) */
};

/* One row for one query parameter. */
struct docker_param {
	const char *name;
	enum docker_check check;
	enum grant grant;
	bool repeats; /* the daemon uses all values; otherwise a second one is refused */
	unsigned since;
};

struct docker_operation {
	const char *name; /* "container.create" */
	enum method method;
	const char *path; /* "/containers/{id}/json"; {id} is one segment, {name} may span several */
	enum docker_class class;
	enum docker_body body;
	unsigned traits;
	const struct docker_schema *schema; /* of the JSON body, or NULL */
	const struct docker_param *params;  /* ends with a row without a name; NULL = none */
	unsigned since;
	const char *help; /* what it gives away, in a few words */
	enum docker_check arg_check; /* how the first placeholder of the path is judged, such as the
				      * network that is connected to or the image that is pushed */
	enum grant arg_grant;
};

/* The result of a look-up; |args| are spans of the path that stood for the placeholders. */
struct docker_match {
	const struct docker_operation *operation; /* NULL: the API has no such route */
	struct span args[2];
	unsigned arg_count;
};

/* Finds the operation of |method| on the canonical, version-less, decoded |path|. An unknown route
 * leaves operation NULL. A placeholder never stands for an empty text, "." or "..". */
void docker_find(enum method method, struct span path, struct docker_match *ret_match);

/* All operations, in the order of the table; |docker_operation_count| of them. */
const struct docker_operation *docker_operation_at(unsigned index);
unsigned docker_operation_count(void);
unsigned docker_operation_index(const struct docker_operation *operation);

/* The operation of this name, or NULL. */
const struct docker_operation *docker_operation_named(struct span name);

const char *docker_class_name(enum docker_class class);

/* The row of the query parameter |name| (exact case, as the daemon compares), or NULL. */
const struct docker_param *docker_param_find(const struct docker_operation *operation,
    struct span name);

/* The row of the member |name| as Go's decoder would find it, or NULL. |*cursor| starts at 0 and
 * remembers where the last one stood; names that come in table order cost one comparison. */
const struct docker_field *docker_field_find(const struct docker_schema *schema, const char *name,
    unsigned *cursor);

/* Every schema there is, for listings and tests; NULL past the end. */
const struct docker_schema *docker_schema_at(unsigned index);

#endif
