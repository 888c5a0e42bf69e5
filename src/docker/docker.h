/* SPDX-License-Identifier: Apache-2.0 */
/* What the Docker Engine API is, as tables: which request is which operation, what it carries, and
 * which grant governs each field and parameter. A new endpoint or field is one row. */
#ifndef DOCKER_DOCKER_H
#define DOCKER_DOCKER_H

#include "base/error.h"
#include "base/method.h"
#include "base/span.h"
#include "base/word.h"
#include "docker/answers.h"
#include "docker/grant.h"

#define DOCKER_API_NEWEST 56 /* minor number of the newest API the tables were read from (1.56) */
#define DOCKER_API_OLDEST                                                                          \
	24 /* older ones re-open doors: refused unless a policy says otherwise                     \
	    */

enum docker_class {
	CLASS_SAFE,  /* reads what no one minds being read */
	CLASS_READ,  /* reads what may hold secrets */
	CLASS_WRITE, /* changes objects of the daemon */
	CLASS_HOST,  /* can be power over the host */
	CLASS_MAX
};

enum docker_body {
	BODY_NONE,    /* takes no body; an empty JSON value is dropped, anything else refused */
	BODY_IGNORED, /* takes no body and ignores one; some clients repeat their parameters there.
		       * Any JSON (it is gated for that) is dropped, anything else refused */
	BODY_JSON,    /* takes JSON: gated, judged by the schema, sent on as it was read */
	BODY_STREAM,  /* takes a tar or the like of any size: streamed, not read */
};

enum docker_trait {
	TRAIT_HIJACK =
	    1 << 0,         /* the daemon leaves HTTP by 101 or by a raw 200 (attach, exec start) */
	TRAIT_H2C = 1 << 1, /* upgrades to h2c (session, grpc) */
	TRAIT_WEBSOCKET = 1 << 2, /* upgrades to a WebSocket */
	TRAIT_STREAM = 1 << 3,    /* the answer may stay open for hours */
	TRAIT_HEAD = 1 << 4,      /* a GET row that the daemon serves for HEAD as well */
	TRAIT_OPAQUE = 1 << 6, /* carries more than grants can judge: archives, other protocols */
	TRAIT_BUILDS =
	    1 << 7,          /* runs containers that `image`, requirements and maxima do not bind */
	TRAIT_SLOW = 1 << 8, /* the daemon may work for long before it answers */
	TRAIT_JSON_PARAMS = 1 << 9, /* parameters hold JSON */
	TRAIT_CALL = 1 << 10,       /* gRPC within `buildkit.grpc`: no request has its path */
	TRAIT_SERVES = 1 << 11,     /* after the upgrade the daemon calls, and the client serves */
	TRAIT_DATED = 1 << 5,       /* the daemon leaves out of the body what is newer than the API
				     * version of the path */
};

/* How the value of a field, parameter or path argument is read and held against its grant. An empty
 * value (json_is_empty(), an empty parameter) passes each of them but CHECK_PRESENT. */
enum docker_check {
	CHECK_NEVER,    /* refused when not empty, unless the policy grants all */
	CHECK_FREE,     /* harmless, whatever the value */
	CHECK_TOGETHER, /* judged by the check of what it belongs to: a member of an object by the
			 * nearest check with a grammar above it, the parameter `tag` with the
			 * CHECK_IMAGE_NAME or CHECK_IMAGE_TAGS one of the same request */
	CHECK_GRANT,    /* each string (list element, map key=value, number) needs the grant; with a
			 * GRANT_FLAG grant, any value that is not empty */
	CHECK_KEYS,     /* only the keys of the map need the grant */
	CHECK_LABELS,   /* labels: each pair needs the grant, and the owner label is nobody's to set
			 */
	CHECK_SCHEMA,   /* an object, a list or a map of objects: walked by the sub-schema */
	/* Values with a grammar of their own. A row that has a sub-schema is walked by it as well,
	 * before or after, for unknown members, shapes and the members that have a check of their
	 * own. */
	CHECK_BIND,  /* "src:dest:mode": bind, or volume when src is a name */
	CHECK_MOUNT, /* objects of Mounts: bind, volume, tmpfs, image, cluster. The sub-schema is
		      * walked as well: it governs the driver's name and options and sub-paths,
		      * and leaves what depends on Type (Source, propagation …) free */
	CHECK_TMPFS, /* map of path -> options */
	CHECK_IMAGE, /* an image that the daemon has: a name (without a tag: latest), or an id */
	CHECK_IMAGE_NAME, /* an image's name; without a tag, and without the parameter `tag`: latest
			   */
	CHECK_IMAGE_TAGS, /* the same, but without a tag: all tags */
	CHECK_IMAGE_ALL, /* writes or removes images by names that cannot be read: needs a line that
			  * covers every image, such as `image_write = *` */
	CHECK_NETWORK,   /* a network mode or name: host, container:x, bridge, NAME */
	CHECK_TASK_NETWORK,  /* the same in a service, where an id may stand for any of them */
	CHECK_NETWORK_KEYS,  /* a map whose keys are network names */
	CHECK_CAP,           /* a capability list or single string */
	CHECK_SECURITY,      /* security options, order matters */
	CHECK_PRIVILEGES,    /* the object Privileges of a service: held against the grant as the
			      * security options it stands for (label=disable, label=type:X,
			      * seccomp=unconfined or seccomp=custom, apparmor=unconfined) */
	CHECK_PORTS,         /* PortBindings */
	CHECK_SERVICE_PORTS, /* an object of a service's Ports: PublishedPort, PublishMode, Protocol
			      */
	CHECK_DEVICE,        /* an object of Devices: PathOnHost and permissions */
	CHECK_DEVICE_REQUEST, /* an object of DeviceRequests: its Driver, or without one a
			       * capability
			       * ("gpu") of each list of Capabilities, and what is asked of it */
	CHECK_VOLUME_OPTIONS, /* a map of volume driver options: each pair needs the grant, and
			       * options that make a volume of a host path hold against `bind` too
			       */
	CHECK_NAMESPACE,      /* a namespace mode: host, private, container:NAME … */
	CHECK_VOLUMES_FROM,   /* "container[:mode]" */
	CHECK_LINKS,     /* "container:alias": in a network of the user's a name in its DNS, and
			  * harmless; elsewhere the environment of the container goes along */
	CHECK_CONTAINER, /* a container that the request changes: judged as one in the path is */
	CHECK_CONTAINER_OWN, /* a container that the request takes something from: only sockwarden's
			      * own is out of bounds */
	CHECK_MOUNT_POINT,   /* an object of the Mounts of a container that exists */
	CHECK_PLUGIN,   /* an object of plugin privileges: Name, or Name=Value for each Value */
	CHECK_PRESENT,  /* a list that needs the (flag) grant when present and not null, even when
			 * empty, unless it is one of those that daemons themselves put there
			 * (`usual`) */
	CHECK_NEGATIVE, /* needs the (flag) grant when below zero */
	CHECK_ARGV,     /* a string or list of strings, joined */
	CHECK_HEALTH,   /* the same of a health check: CMD without a program ends dockerd 20.10 */
	CHECK_WORKDIR,  /* a container path: refused under /proc and /dev/fd, else harmless */
	CHECK_PATH,     /* a path or an address: judged without "." and "//", refused with ".." */
	CHECK_DRIVER,   /* a driver, perhaps of a plugin: refused when it is a path */
	CHECK_SEGMENT,  /* a name that the daemon puts behind a directory: refused when it is no
			 * plain segment of a path, else harmless */
	CHECK_DISK,     /* the node of a disk, /dev/NAME or /dev/mapper/NAME: others need the grant,
			 * since the daemon says which files exist */
	CHECK_NAME,     /* a container's name, which the daemon reads without a slash before it */
	CHECK_ALIAS,    /* a host name, which the daemon's DNS knows in any case */
	CHECK_HOSTS,    /* a line of a hosts file, ADDRESS HOST: judged as HOST:ADDRESS */
	CHECK_USER,     /* a user, a group, or both with a colon: numbers count by their value */
	CHECK_ULIMIT,   /* an object of Ulimits: Name=Hard */
	CHECK_SIGNAL,   /* a signal name or number */
	CHECK_INSTRUCTION, /* Dockerfile instructions: the daemon reads one in each line */
	CHECK_REGISTRY, /* a registry's address, or an image name or search term that may start with
			 * one: its host needs the grant */
	CHECK_REMOTE, /* a plugin that the daemon fetches or hands on: needs the grant, and its host
		       * a line of `registry` where such lines are given */
	/* Of BuildKit's messages. */
	CHECK_ATTRS,       /* a map whose keys are the rows of the sub-schema, to the letter; the
			    * name of a row that ends in '*' is the beginning of keys */
	CHECK_FRONTEND,    /* the frontend of a build: the daemon's own, or the gateway to images */
	CHECK_SYNTAX,      /* the image of a frontend, and words behind it */
	CHECK_CONTEXT,     /* where a build reads from: an address, an image, or the client */
	CHECK_NET_MODE,    /* the network of all RUN instructions */
	CHECK_HOSTS_LIST,  /* HOST=ADDRESS with commas between: judged as HOST:ADDRESS */
	CHECK_ULIMIT_LIST, /* NAME=SOFT:HARD with commas between: judged as NAME=HARD */
	CHECK_SHM,         /* bytes of shared memory, held against `max_shm` */
	CHECK_SCANNER,     /* generator=IMAGE, among others with commas between */
	CHECK_ENTITLEMENT, /* what RUN instructions may ask for */
	CHECK_EXPORTER,    /* objects of Type and Attrs; or the type, or the attributes alone */
	CHECK_EXPORT_NAME, /* names of an image that is written, with commas between */
	CHECK_INSECURE,    /* true: registries are trusted without a certificate */
	CHECK_CACHE_FROM,  /* objects of Type and Attrs: caches that are read */
	CHECK_CACHE_TO,    /* the same of caches that are written */
	CHECK_CACHE_REFS,  /* images with commas between, that caches are read from */
	CHECK_CACHE_JSON,  /* a JSON list of objects as CHECK_CACHE_FROM has them */
	CHECK_IMAGE_READ,  /* the name of an image that the daemon reads */
	CHECK_IMAGE_SENT,  /* the name of an image that the daemon hands to its registry */
	CHECK_LABEL_OF,    /* a label whose key stands behind the row's name */
	CHECK_JSON_PARAM, /* JSON text in a parameter: gated, and judged by the schema |json| of the
			   * parameter's row */
	CHECK_MAX
};

/* What JSON a field holds. A value of another type is refused as the daemon would refuse it; null
 * is always taken as missing. */
enum docker_shape {
	SHAPE_ANY,
	SHAPE_BOOL,
	SHAPE_INT,  /* of 64 bits, as Go writes them: no fraction, no exponent */
	SHAPE_UINT, /* the same from 0 to 2^64 - 1 */
	SHAPE_NUMBER,
	SHAPE_STRING,
	SHAPE_STRINGS,           /* list of strings */
	SHAPE_STRING_OR_STRINGS, /* a bare string counts as a list of one */
	SHAPE_STRING_MAP,        /* object of strings (a null value counts as "") */
	SHAPE_SET,               /* object of empty objects, such as ExposedPorts */
	SHAPE_OBJECT,
	SHAPE_OBJECTS,     /* list of objects */
	SHAPE_OBJECT_MAP,  /* object of objects */
	SHAPE_OBJECTS_MAP, /* object of lists of objects, such as PortBindings */
	SHAPE_INTS,
	SHAPE_STRING_LISTS, /* list of lists of strings */
	SHAPE_BYTES,      /* of a protobuf message: bytes that are not looked into, or a message */
	SHAPE_BYTES_LIST, /* list of them, or a map to them */
	SHAPE_MAX
};

/* Free text that a daemon joins with other text and takes apart again, so that a part of it can get
 * a second meaning. Podman does that to most of a container: its Docker API writes the options of
 * its own command line. Texts with such a part are refused; where Docker gives the part no meaning
 * and clients send it, only if the daemon is no Docker. */
enum docker_joined {
	JOINED_NOT,
	JOINED_MOUNT,    /* among the options of a mount, with commas between */
	JOINED_COLONS,   /* between colons; the keys of a map, and its values */
	JOINED_DEVICE,   /* the same, where Docker's texts may have colons */
	JOINED_PAIRS,    /* the keys of a map, before a '=' */
	JOINED_NETWORKS, /* a list of networks, with commas between */
	JOINED_ENV,      /* a variable without a value is taken from the daemon's own environment */
	JOINED_ALONE,    /* has a meaning to Podman alone */
	JOINED_LIST,     /* a JSON list is read as its texts */
	JOINED_ONE,      /* the same of a list that has one text */
	JOINED_HEALTH,   /* the words of a health check, joined and cut anew */
	JOINED_FILE,   /* a file in the context of a build, joined with its path; or a JSON list */
	JOINED_SOURCE, /* without a scheme Docker makes an address of it, Podman a file */
	JOINED_LINE,  /* in a line of a file of the container, as /etc/hosts, with blanks between */
	JOINED_LINES, /* the same, where a list (of JSON, or with commas) is read as its texts */
	JOINED_TASK,  /* as JOINED_LINE, of a template: blanks within its braces are none */
	JOINED_PS,    /* among the words of ps, whose table the daemon filters by a title */
	JOINED_MAX
};

/* What the audit log tells of a field when the request was permitted. */
enum docker_told {
	TOLD_NOTHING,
	TOLD_VALUE,   /* the value */
	TOLD_COMMAND, /* of a command line its first word: the others can hold secrets */
};

/* Texts that a daemon runs as templates of Go. Plain fields of the documented sets are harmless;
 * functions can take all memory, and the daemon down with it. */
enum docker_template {
	TEMPLATE_NOT,
	TEMPLATE_LOG,  /* the tag of a log */
	TEMPLATE_TASK, /* a part of a service's containers, run by each node */
	TEMPLATE_MAX
};

struct docker_schema;

/* What of BuildKit belongs to the client that named it first. */
enum docker_claim {
	CLAIM_NONE,
	CLAIM_SESSION, /* the id of a session, which may have words with colons before it */
	CLAIM_BUILD,   /* the reference of a build */
};

/* What the daemon keeps and requests are about. */
enum docker_object {
	OBJECT_NONE,
	OBJECT_CONTAINER,
	OBJECT_EXEC,
	OBJECT_VOLUME,
	OBJECT_NETWORK,
	OBJECT_DAEMON, /* what the daemon itself is: of the name "version", or "info" */
	OBJECT_MAX
};

/* What an operation makes or changes: the subject of requirements and maxima. */
enum docker_subject {
	SUBJECT_NONE,
	SUBJECT_CREATE,  /* a container */
	SUBJECT_UPDATE,  /* a container that exists: what is missing stays as it is */
	SUBJECT_SERVICE, /* a service: its containers */
	SUBJECT_EXEC,    /* a process in a container that exists */
	SUBJECT_VOLUME,  /* a volume */
	SUBJECT_CONNECT, /* an endpoint of a container that exists */
	SUBJECT_IMAGE,   /* an image with defaults for containers */
	SUBJECT_MAX
};

/* How to ask the daemon for an object, and what its answer means. */
struct docker_object_info {
	const char *name;                   /* "container" */
	const char *before, *after;         /* of its name, in the path of a GET */
	const struct docker_schema *schema; /* the part of the answer that carries power */
	bool in_config;                     /* its labels are in `Config`, else at the top */
	bool has_id;                        /* `Id` is unique for ever */
	bool owned;                         /* it has an owner, itself or by what it is in */
	const char *list;                   /* path of the list of all, which takes `filters` */
	const char *list_flag;              /* that the list wants to be of all; or NULL */
	const char *list_in; /* the member of the answer that is the list; NULL: the answer */
};

/* For the name of a field and a NUL: it is compared in one go. */
#define DOCKER_NAME_ROOM WORD_NAME

_Static_assert(GRANT_MAX <= UINT8_MAX && CHECK_MAX <= UINT8_MAX, "a row holds them in a byte");

/* One row for one field, in little room: most of the program's memory at the start is rows. Rows
 * stand in the order in which Go clients send them (the order of the struct), so that a walk finds
 * the next one at once. */
struct docker_field {
	const char *name; /* in DOCKER_NAME_ROOM bytes */
	const struct docker_schema *sub;
	uint8_t name_len;
	uint8_t shape;       /* enum docker_shape */
	uint8_t check;       /* enum docker_check */
	uint8_t grant;       /* enum grant */
	uint8_t since;       /* minor API version that introduced it; 0 = before 1.24 */
	bool secret;         /* its value never leaves for a log or an answer */
	uint8_t number;      /* of the field in a protobuf message; 0: of JSON */
	uint8_t claim;       /* enum docker_claim: its text, or its key, names what has an owner */
	bool present;        /* of an attribute: it says something when it is empty, too */
	bool owners;         /* a policy with an owner looks at it, also where it may be anything */
	uint8_t told;        /* enum docker_told */
	uint8_t joined;      /* enum docker_joined */
	uint8_t runs;        /* enum docker_template */
	const char *missing; /* of the field |must| of its schema: what the daemon takes then */
	const char *filled;  /* words that the daemon puts there itself when a request says nothing:
			      * found in an object that exists, one of them (in a list: all of them,
			      * and more; in a map: as a key) means nothing */
	const char *podman;  /* the same of Podman, where Docker has another meaning for the word or
			      * none:  the daemon is asked what it is */
	const char *usual;   /* of CHECK_PRESENT: a list of these words alone, each there but for
			      * those with a '?' in front, means nothing in a request either; the
			      * words are globs */
};

struct docker_schema {
	const char *name; /* "HostConfig" */
	const struct docker_field *fields;
	unsigned count;
	const char *must; /* name of a string that is judged when missing or empty too, since the
			   * daemon makes something of that (|missing| of its row); NULL = none */
	bool whole; /* the body itself is the value of fields[0], which has no name (a list, of
		     * plugin privileges or settings) */
	bool fresh; /* makes something new: what is missing is empty, where an update would leave it
		     */
	bool open;  /* of an object that exists: members without a row mean nothing */
};

/* How the daemon reads the text of a query parameter. */
enum docker_kind {
	KIND_TEXT,
	KIND_NUMBER, /* decimal, with a sign or without */
	KIND_FLAG, /* no when it is missing, empty, 0, no, false or none in any case; yes otherwise
		    */
	KIND_FLAG_ON, /* the same, but yes when it is missing or empty */
	KIND_JSON,    /* JSON */
};

/* One row for one query parameter. */
struct docker_param {
	const char *name;
	enum docker_kind kind;
	enum docker_check check;
	enum grant grant;
	bool repeats; /* the daemon uses all values; otherwise it takes the first, which alone is
			 sent */
	bool ignored; /* clients send it and no daemon reads it: it is not sent on */
	bool slow;    /* of a flag: its yes makes the daemon work for long before it answers */
	unsigned since;
	bool secret;   /* its value never leaves for a log or an answer */
	bool reshapes; /* it chooses what the answer holds: a policy that hides values takes only
			* what needs no grant */
	bool chooses; /* it makes another operation of it: a learnt rule says whether it is there */
	bool names_other; /* it names an object that need not be the client's */
	bool tells_all;   /* its answer tells of objects of every owner. A flag is not sent on for a
			   * client with an owner; of others such a client may write only what needs
			   * no grant */
	enum docker_check
	    means; /* to conditions of rules, where |check| judges nothing; 0: |check| */
	enum docker_joined joined;
	const char
	    *missing; /* what the daemon does without it, where that is a value of the grant */
	const char
	    *words; /* values with a meaning of their own, with a blank after each; or NULL */
	enum grant words_grant;           /* the flag that they need in place of |grant| */
	const struct docker_schema *json; /* of CHECK_JSON_PARAM: what the text holds */
};

/* One row for one key of `filters` whose values name objects that need not be the client's. */
struct docker_filter {
	const char *name;
	bool begins_id; /* a value is the beginning of an id, and means nothing when several objects
			 * have it; else the daemon says whether there is such an object */
};

static inline enum docker_check docker_param_means(const struct docker_param *param)
{
	return param->means ? param->means : param->check;
}

/* What an operation is to a client whose policy has an `owner`. */
enum docker_tenant {
	TENANT_NEVER, /* it cannot be held to the objects of one owner: refused */
	TENANT_ANY,   /* it is about no object that has an owner */
	TENANT_USES,  /* it uses an object that exists, which must be the owner's */
	TENANT_MAKES, /* it makes an object, which gets the owner's label */
	TENANT_LISTS, /* it takes `filters`, and one more keeps it to the owner's objects */
	TENANT_IMAGE, /* it reads the image in the path, which the client may run or write */
};

/* How an image is kept from handing the owner label on to the containers that are made of it. */
enum docker_brand {
	BRAND_NONE,
	BRAND_CHANGES, /* by one more `changes` */
	BRAND_BUILD,   /* by one more of `labels` */
};

/* What a refusal adds for requests that are better met in another way than by a line. */
struct docker_hint {
	const char *param, *values; /* only where a parameter matches this glob; NULL: always */
	const char *what, *page;
	bool instead; /* of the lines that would permit it: clients are told none of them */
};

struct docker_operation {
	const char *name;   /* "container.create" */
	enum method method; /* METHOD_OTHER: any */
	const char *path;   /* "/containers/{id}/json"; {id} is one segment, {name} may span several
			     * and   {rest} is whatever follows */
	enum docker_class class;
	enum docker_body body;
	unsigned traits;
	const struct docker_schema *schema;  /* of the JSON body, or NULL */
	const struct docker_param *params;   /* ends with a row without a name; NULL = none */
	const struct docker_filter *filters; /* the same */
	enum docker_check arg_check;         /* of what the first placeholder stood for; not
					      * judged when |arg_grant| is GRANT_NONE */
	enum grant arg_grant;                /* a flag is needed for the operation as a whole */
	enum docker_object object; /* what it uses of an object that exists is what that object may
				    * do: a policy can ask for a look at it first */
	const char
	    *object_param; /* the parameter that names it; NULL: the first placeholder does */
	bool own_only;     /* what the object may do does not matter here: only sockwarden's own
			    * container is out of bounds */
	bool resumes;      /* the object goes on as whoever made it meant it to */
	bool own_service;  /* the first placeholder is a service: the one of sockwarden's own
			    * container is out of bounds */
	bool any_case;     /* the daemon finds what the first placeholder names in any case */
	enum docker_subject subject; /* what requirements are asked of, read from the JSON body */
	unsigned since;
	const struct docker_hint *hint; /* or NULL */
	bool unheld; /* of CLASS_HOST: no grant holds its power, so that the rule alone gives it */
	enum docker_tenant tenant;
	enum docker_object owned; /* what TENANT_USES and TENANT_MAKES are about, named as
				   * |object_param| says */
	bool shared_too;          /* TENANT_USES: `shared` objects and built-in ones will do */
	enum docker_brand brand;
	unsigned owner_api; /* the newest minor API version whose answer tells nothing of the
			     * objects of others; 0: every one */
	enum docker_answer answer;
	const struct docker_answer_member
	    *shows;       /* of ANSWER_JSON and ANSWER_EVENTS: where values can be hidden */
	const char *help; /* what it gives away, in a few words */
};

/* Two grants to one power: what narrowing |grant| takes away, |twin| can give back. */
struct grant_twin {
	enum grant grant, twin;
	unsigned
	    where;   /* bits of enum docker_subject: what is made by the operations it is true of */
	bool closes; /* narrowing |grant| closes |twin| there, until a line opens it */
	const char *operation; /* only where a policy permits this one; NULL: always */
	const char *how;
};

/* The rows in order; NULL past the end. */
const struct grant_twin *grant_twin_at(unsigned index);

/* Two operations of one power: what a rule denies |denied|, |left| can still give. */
struct operation_twin {
	const char *denied, *left;
	const char *how;
};

/* The rows in order; NULL past the end. */
const struct operation_twin *operation_twin_at(unsigned index);

/* An operation on the objects that |grant| names, of which its lines are not asked: a "!" of the
 * grant does not keep it away. */
struct grant_gap {
	enum grant grant;
	const char *operation;
};

/* The rows in order; NULL past the end. */
const struct grant_gap *grant_gap_at(unsigned index);

struct docker_call;

/* The result of a look-up; |args| are spans of the path that stood for the placeholders. */
struct docker_match {
	const struct docker_operation *operation; /* NULL: the API has no such route */
	const struct docker_call *call;           /* of an operation within `buildkit.grpc` */
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

/* Writes the names of the operations behind a command of the docker client that was taken for one
 * ("image.pull", "ps"), with a blank between. False when none is known. */
bool docker_command_operations(struct span name, char *room, size_t size);

/* Whether a parameter or a member at the top of the body of |operation| is held against |grant|. */
bool docker_operation_asks(const struct docker_operation *operation, enum grant grant);

/* Whether its path has a {name} or {rest}, which can hold slashes. */
bool docker_operation_takes_slashes(const struct docker_operation *operation);

const char *docker_class_name(enum docker_class class);

/* "refused", "any", "uses" … */
const char *docker_tenant_name(enum docker_tenant tenant);

/* The row of |object|, which is not OBJECT_NONE. */
const struct docker_object_info *docker_object_info(enum docker_object object);

/* The row of the query parameter |name| (exact case, as the daemon compares), or NULL. Some clients
 * repeat the members of a JSON body as parameters, which the daemon ignores: a name of the schema's
 * top level finds a row that says so. */
const struct docker_param *docker_param_find(
    const struct docker_operation *operation, struct span name);

/* The parameter that completes what another one or the path names, such as the tag of an image; or
 * NULL. */
const struct docker_param *docker_param_part(const struct docker_operation *operation);

/* Takes out of |query| what the daemon does not read: parameters that it ignores, and all but the
 * first of one that it reads once. What is left is what is judged and sent. Returns how many are
 * left. */
size_t docker_query_reduce(
    const struct docker_operation *operation, struct pair *query, size_t count);

/* What is true of a request for |operation| with |query|: the row's traits, and TRAIT_SLOW where a
 * parameter brings it. Of a route that is not known (NULL) nobody knows how long it takes. */
unsigned docker_request_traits(
    const struct docker_operation *operation, const struct pair *query, size_t count);

bool docker_param_is_flag(const struct docker_param *param);

/* Whether |value| must not be shown. An address, decoded or not, is a secret where a user or a
 * query may stand in it. */
bool docker_param_hides(const struct docker_param *param, struct span value);

/* What the daemon makes of the flag |param| with the text |value|, which is empty when it is
 * missing. */
bool docker_flag_is_yes(const struct docker_param *param, struct span value);

/* A number in a query, of up to 64 bits and its sign. */
struct docker_number {
	bool negative; /* false for zero */
	uint64_t size; /* without the sign */
};

/* The length of the white space that |text| begins with, to Go's unicode.IsSpace(); 0 for none. */
size_t docker_blank_length(struct span text);

/* Cuts white space off both ends, as Go's strings.TrimSpace(). */
struct span docker_trim(struct span text);
/* Takes the next word off the front of |*rest|, as strings.Fields() of Go cuts them; an empty one
 * at the end. */
struct span docker_next_word(struct span *rest);

/* Reads |text| as the daemon reads a number: a sign or none, then digits. */
MUST_CHECK bool docker_number_read(struct span text, struct docker_number *ret_number);

/* Most of the rows that are tried differ in the first byte, or in the length. */
static inline __attribute__((always_inline)) bool docker_field_is_quoted(
    const struct docker_field *field, struct span text)
{
	if (field->name_len >= text.len || text.at[field->name_len] != '"' ||
	    text.at[0] != (field->name_len ? field->name[0] : '"'))
		return false;
	return text.len >= DOCKER_NAME_ROOM ? word_name_is(text.at, field->name, field->name_len)
					    : bytes_equal(field->name, text.at, field->name_len);
}

/* The row whose name |text| begins with, a quote right behind it; or NULL. |*cursor| as below. */
const struct docker_field *docker_field_seek(
    const struct docker_schema *schema, struct span text, unsigned *cursor);

/* The same, where most often it is the next one. */
static inline const struct docker_field *docker_field_quoted(
    const struct docker_schema *schema, struct span text, unsigned *cursor)
{
	if (*cursor < schema->count && docker_field_is_quoted(&schema->fields[*cursor], text))
		return &schema->fields[(*cursor)++];
	return docker_field_seek(schema, text, cursor);
}

/* The row of exactly this name, or NULL. |*cursor| starts at 0 and remembers where the last one
 * stood; names that come in table order cost one comparison. */
const struct docker_field *docker_field_spelled(
    const struct docker_schema *schema, const char *name, unsigned *cursor);

/* The row that Go's decoder takes |name| for, whatever its case, or NULL. */
const struct docker_field *docker_field_folded(
    const struct docker_schema *schema, const char *name);

/* The row of the member |name| as Go's decoder would find it, or NULL. */
const struct docker_field *docker_field_find(
    const struct docker_schema *schema, const char *name, unsigned *cursor);

/* Every schema there is, for listings and tests; NULL past the end. */
const struct docker_schema *docker_schema_at(unsigned index);

#endif
