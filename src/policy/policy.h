/* SPDX-License-Identifier: Apache-2.0 */
/* The judge. docs/policy.md is the language. A policy is built once from checked configuration,
 * never changes, and is asked with policy_decide() by the daemon, `check`, `explain` and the policy
 * tests alike. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <cjson/cJSON.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/ip.h"
#include "base/method.h"
#include "base/mount.h"
#include "base/span.h"
#include "docker/docker.h"
#include "json/json.h"
#include "json/set.h"

struct policy;

/* Where a line of configuration stands. |file| lives as long as the policy. */
struct policy_source {
	const char *file;
	unsigned line;
};

/* ---- building ---------------------------------------------------------------------------- */

/* An empty policy: permits nothing. NULL when memory is out. */
struct policy *policy_new(const char *name);
struct policy *policy_ref(struct policy *policy);
/* Gives one reference back; NULL is fine. */
void policy_unref(struct policy *policy);

/* Takes one `key = value` line of a [policy] section: allow, deny, a grant, require, a limit of a
 * requirement, mode, unknown_fields, … Returns 0, or -1 with what is wrong and what would be right
 * in |err| (without file and line, which the caller puts before it). */
MUST_CHECK int policy_set(struct policy *policy, struct span key, struct span value,
    const struct policy_source *source, struct error *err);

/* Ends the building: resolves rules for each operation, and fails for one that can never match. No
 * policy_set() after it. */
MUST_CHECK int policy_finish(struct policy *policy, struct error *err);

/* The line that policy_finish() failed for; file NULL when it was none. */
struct policy_source policy_fault(const struct policy *policy);

/* Writes to |room| what would permit |operation|, where a policy is made of something else than
 * lines.
 */
typedef void policy_advise_fn(
    const void *context, const struct docker_operation *operation, char *room, size_t size);

/* From now on refusals advise with |advise|. |context| lives as long as the policy. */
void policy_set_advice(struct policy *policy, policy_advise_fn *advise, const void *context);

/* The policy that applies when no file is given: `allow = @safe` and nothing else. */
struct policy *policy_builtin(void);

/* A policy that allows every operation and grants nothing: its trace tells as steps "need" all that
 * a request takes. NULL when memory is out. */
struct policy *policy_bare(void);

/* True when |key| is a key of a [policy] section. */
bool policy_knows_key(struct span key);

/* The keys in order; NULL past the end. */
const char *policy_key_at(unsigned index);

/* Calls |warn| for each line that gives power over the host away, for `check`. */
void policy_warnings(const struct policy *policy,
    void (*warn)(void *context, const struct policy_source *source, const char *text),
    void *context);

/* Calls |show| for each rule, grant, requirement and maximum that is given, and for each setting
 * with the value in force. |source| has no file for a default. */
enum policy_part {
	PART_RULE,
	PART_GRANT,
	PART_REQUIREMENT,
	PART_MAXIMUM,
	PART_SETTING,
	PART_COUNT
};
typedef void policy_show_fn(void *context, enum policy_part part, const char *key,
    struct span value, const struct policy_source *source);
void policy_show(const struct policy *policy, policy_show_fn *show, void *context);

/* ---- the language, for listings ---------------------------------------------------------- */

/* A requirement. */
struct policy_requirement {
	const char *name;
	const char *cis;    /* number in the CIS Docker Benchmark 1.2 to 1.4, or "" */
	bool preset;        /* one of `preset = cis` */
	const char *field;  /* where a container.create says it */
	const char *must;   /* what is asked of it */
	const char *option; /* of `docker run`, an example that does it, or "" */
	char of[48];        /* of what: "create update service exec" */
};

/* Which of two values of a setting permits more. */
enum wider_way {
	WAY_UNSAID,
	WAY_UP,       /* the one that is greater; without the line, if nothing holds then, all */
	WAY_DOWN,     /* the one that is less */
	WAY_NO_POWER, /* none */
	WAY_LIST,     /* its members are held against each other */
	WAY_CHANGE,   /* cannot be told: any other one */
};

/* A setting or a maximum. */
struct policy_setting {
	const char *name;
	const char *takes; /* "allow or deny" */
	const char *unset; /* what holds without the line */
	const char *help;
	enum wider_way way;
};

/* The rows in order; false past the end. */
bool policy_requirement_at(unsigned index, struct policy_requirement *ret_requirement);
bool policy_setting_at(unsigned index, struct policy_setting *ret_setting);

/* ---- a policy ---------------------------------------------------------------------------- */

const char *policy_name(const struct policy *policy);

/* Which one of its configuration it is, as whoever counts by policy has told; 0 at first. */
unsigned policy_number(const struct policy *policy);
void policy_set_number(struct policy *policy, unsigned number);

/* True when BuildKit's calls are judged one by one; false: they go through a tunnel, unread. */
bool policy_mediates_builds(const struct policy *policy);

bool policy_is_dry_run(const struct policy *policy);
bool policy_checks_state(const struct policy *policy);
bool policy_resolves_binds(const struct policy *policy);

/* Of a finished policy: whether rules allow the operation, on some paths or under some conditions
 * at least, and no owner forbids it. */
bool policy_may_allow(const struct policy *policy, const struct docker_operation *operation);

/* What clients are told of a refusal. */
enum tell {
	TELL_ALL, /* the reason, and the lines that are missing, but for those that give the host */
	TELL_SHORT,   /* the reason */
	TELL_NOTHING, /* that it is refused */
};

enum tell policy_tells(const struct policy *policy);

/* ---- owners ------------------------------------------------------------------------------ */

/* Whether the policy has an `owner`, so that its clients use their own objects only. */
bool policy_has_owner(const struct policy *policy);

/* Whether a client of one can have the name that another client has in the other, though the two
 * `owner` lines differ. */
bool policy_owners_meet(const struct policy *policy, const struct policy *other);

/* Has the policy guard the label |key|, by which objects are known to be an owner's: no client sets
 * it. For all policies of a configuration in which one has an owner. Returns 0, or -1 when memory
 * is out. */
MUST_CHECK int policy_guard(struct policy *policy, struct span key);
bool policy_is_guarded(const struct policy *policy);
struct span policy_owner_label(const struct policy *policy);

/* Whether |key| can be the label: it has a dot, so that no attribute of an event is called so. */
bool policy_owner_label_fits(struct span key);

/* What is known of a client, for `owner = %{cn}` and its kin. Empty: not known. */
struct policy_client {
	struct span cn;        /* of its certificate */
	struct span uid;       /* decimal */
	struct span container; /* full id of the one it is in */
};

/* Whether the owner depends on the client. */
bool policy_owner_varies(const struct policy *policy);

#define POLICY_OWNER_MOST 128 /* bytes of an owner's name */

/* Writes the owner that |client| is, with a NUL. False, and an empty text, when that cannot be told
 * or is no name for an owner. */
MUST_CHECK bool policy_owner_write(const struct policy *policy, const struct policy_client *client,
    char room[static POLICY_OWNER_MOST + 1]);

/* ---- what is hidden ---------------------------------------------------------------------- */

/* The kinds of values, of enum redact, that clients of the policy are not told. */
unsigned policy_redacts(const struct policy *policy);

/* Whether they are told any value of such a kind (`redact_except`). */
bool policy_keeps_values(const struct policy *policy);

/* Whether they are told the value of the variable or label |name| all the same; |policy| is a
 * struct policy. */
bool policy_keeps_value(const void *policy, struct span name);

/* ---- judging ----------------------------------------------------------------------------- */

#define POLICY_OBJECTS_MOST 64 /* objects that one judgement may look at */
#define POLICY_WANTED_MOST 16  /* of them asked for at once */

#define POLICY_ID_DIGITS_LEAST 12 /* of the beginning of an id; docker shows as many */

/* What is asked for to count the objects that an owner has. The name of such an object is the
 * owner's, and what the daemon says of it is the list of those with the owner's label. */
struct policy_count {
	bool asked;
	unsigned amount;  /* new ones that the request makes */
	uint64_t most;    /* that the owner may have */
	unsigned claimed; /* by requests that began before and are under way: who asks sets it */
};

/* An object of the daemon that a judgement depends on. */
struct policy_object {
	enum docker_object kind;
	struct span
	    name;    /* as the request or another object names it: one plain segment of a path */
	bool driven; /* the request acts on it, so that without it there is nothing to permit */
	bool made;   /* a volume: it is made with the owner's label if there is none of the name */
	const cJSON *options; /* |made|: the VolumeOptions of the mount that names it, or NULL */
	const cJSON *json;    /* what the daemon says of it, gated; NULL: there is no such object */
	bool unseen;          /* no daemon was asked, so that |json| says nothing (`explain`) */
	bool unread;          /* it may exist: what the daemon said of it could not be read */
	struct policy_count count;
	const char *fault; /* why what the daemon said of it is not in |json|, for the log; or NULL
			    */
};

/* Whether a client has named it: not the daemon itself, nor what an owner has. */
static inline bool policy_object_is_of_client(const struct policy_object *object)
{
	return object->kind != OBJECT_DAEMON && !object->count.asked;
}

/* Whether |json|, which the daemon said of |object|, is about the object of this name or id, and
 * not about one whose id begins so: how many of those there are depends on the objects of others.
 * Of an id twelve digits will do. */
bool policy_object_is_named(const struct policy_object *object, const cJSON *json);

/* Writes where the host path |path| leads, symbolic links followed, into |room| with a NUL. What of
 * it does not exist stays as it is, and |*ret_exists| is false. Returns 0, or -1 with |err|. */
typedef int policy_resolve_fn(
    struct span path, char *room, size_t size, bool *ret_exists, struct error *err);

/* A unix socket that sockwarden listens at. */
struct policy_way {
	struct span socket; /* its path in sockwarden's container */
	bool same_policy; /* whoever comes by it is judged by the policy that judges this client */
};

/* What sockwarden knows of itself when it runs in a container. */
struct policy_own {
	const struct span *ids; /* full ids that its container may have */
	size_t id_count;
	const struct policy_way *ways;
	size_t way_count;
	bool foreign_ports; /* clients of other policies come by TCP, or a daemon is reached so */
	struct ip address;  /* its own, that the client connected to by TCP; else none */
};

/* What costs much in a judgement, and how much of it one request may have. No client comes near. */
enum policy_limit {
	POLICY_STEPS,    /* of comparing texts with patterns: see base/meter */
	POLICY_PATHS,    /* host paths */
	POLICY_RESOLVED, /* host paths that are looked up (`resolve_binds`) */
	POLICY_PARTS,    /* directories of one host path */
	POLICY_DEVICES,  /* requests for devices, and ids, options, lists and words in them */
	POLICY_NAMES,    /* members with names that no table has to the letter */
	POLICY_LIMIT_COUNT
};

struct policy_limit_info {
	unsigned most;
	const char *of; /* "host paths" */
};

const struct policy_limit_info *policy_limit_info(enum policy_limit limit);

/* The JSON in a query parameter, once the gate was asked: what it holds, or why it is refused.
 * Neither for a parameter that holds none. */
struct policy_param {
	const cJSON *json;
	const char *fault;
};

#define POLICY_EDITS_MOST 48 /* values that are set in the body of one request */

/* What a guarded policy is told of the client, and what it says beside the decision. */
struct policy_tenancy {
	struct span key;   /* the owner label */
	struct span owner; /* who the client is; empty: none, or it cannot be told */
	struct json_edit edits[POLICY_EDITS_MOST];
	unsigned edit_count;
	bool repeats; /* the body has a field twice, which says the same both times */
	unsigned api; /* the minor API version that is sent on; 0: the client's */
	/* VERDICT_DENY: an object that the client is to take for missing. OBJECT_NONE: none. */
	struct policy_object absent;
};

/* A request as it will be sent on. All spans are borrowed for the time of the call. */
struct policy_request {
	enum method method;
	struct span path;         /* canonical, decoded, without the version */
	unsigned api;             /* minor API version of the path, 0 when it named none */
	const struct pair *query; /* decoded pairs */
	size_t query_count;
	const struct policy_param *params; /* of each pair of |query|: see policy_read_params() */
	struct docker_match match;         /* what docker_find() says of method and path */
	struct span content_type;          /* empty when there is none */
	struct span upgrade;               /* the Upgrade header, empty when there is none */
	const struct pair *headers; /* headers that are handed on and may carry power (X-Meta-*) */
	size_t header_count;
	bool has_body;       /* a body of unknown or non-zero length follows the head */
	bool length_unknown; /* of the body: it may turn out to have no byte */
	bool body_read;      /* |body| is that body, gated (NULL: it was empty) */
	const cJSON *body;
	const struct policy_object *objects; /* what the daemon said of them so far */
	size_t object_count;
	struct span upstream; /* path of the daemon's socket as sockwarden sees it; empty: none */
	const struct policy_own *own;   /* NULL: sockwarden runs on the host */
	struct policy_tenancy *tenancy; /* of a guarded policy, which refuses without it */
	struct arena *scratch; /* for JSON in attributes of a build; NULL: such ones are refused */
	mounts_fn *mounts;     /* of this host, where |resolve| is; NULL: they are not known */
	policy_resolve_fn
	    *resolve; /* for `resolve_binds`; NULL: paths are judged as they are written */
};

enum verdict {
	VERDICT_DENY = 0,
	VERDICT_NEED_BODY,  /* read and gate the JSON body, then ask again with body_read */
	VERDICT_NEED_STATE, /* ask the daemon for |wanted|, then ask again with them in |objects| */
	VERDICT_ALLOW,
};

enum reason {
	REASON_NONE,
	REASON_NO_RULE,       /* no allow rule covers the operation */
	REASON_DENY_RULE,     /* a deny rule does */
	REASON_UNKNOWN_ROUTE, /* not an operation of the API as we know it */
	REASON_API_VERSION,   /* outside the policy's range */
	REASON_GRANT,         /* a field or parameter has power that no grant gives */
	REASON_NEVER,         /* a field or parameter that is only permitted by `grant = all` */
	REASON_UNKNOWN_FIELD, /* a field that is not in the schema and not empty */
	REASON_UNKNOWN_PARAM, /* a query parameter that is not in the table */
	REASON_OWN_CONTAINER, /* it uses sockwarden's own container */
	REASON_REDACT,        /* its answer cannot be searched for what is hidden */
	REASON_OWNER,         /* it is about an object that is not the client's, or of every one */
	REASON_REQUIREMENT,   /* a required field is missing or too weak */
	REASON_BODY,          /* a body where none may be, or of the wrong kind or shape */
	REASON_AMBIGUOUS,     /* could be read in two ways */
	REASON_UPGRADE,       /* an upgrade where the operation has none */
	REASON_LIMIT,         /* a limit was passed */
	REASON_CLIENT,        /* no policy is for this client */
	REASON_UPSTREAM,      /* the daemon cannot be reached, broke off, or is too old */
	REASON_INTERNAL,      /* out of memory and the like: refused */
	REASON_MAX
};

#define POLICY_REMEDIES_MOST 24 /* of one decision; what is beyond is counted */
#define POLICY_REMEDY_TEXT 240

enum remedy_kind {
	REMEDY_LINE,   /* |text| is a line of configuration that is missing */
	REMEDY_CHANGE, /* |text| says what must be otherwise in the request or in a rule */
	REMEDY_BAD,    /* the same, and it is refused with status 400 whatever the policy says */
};

/* One thing that a refused request lacks. */
struct remedy {
	enum remedy_kind kind;
	bool gives_host; /* the line would give root on the host */
	char text[POLICY_REMEDY_TEXT];
};

/* What was decided and why. Filled in full only for VERDICT_DENY. */
struct decision {
	enum verdict verdict;
	enum reason reason;
	unsigned status;           /* of the refusal: 400, 403, 413 … */
	bool drop_body;            /* VERDICT_ALLOW: the (empty) body is not sent on */
	bool elsewhere;            /* a page says what to do instead: clients are told no lines */
	enum grant grant;          /* what is missing, or GRANT_NONE */
	const char *requirement;   /* name of the requirement not met, or NULL */
	struct policy_source rule; /* the rule that decided; file NULL when none did */
	char field[160];           /* "HostConfig.Mounts[0].Source", "query:remote" or "" */
	char value[128];           /* shortened; never a secret (Env values, auth) */
	char message[400];         /* one sentence for the client, without the policy's name */
	char fix[240];             /* the line that would permit it, "bind = /srv/x ro", or "" */
	bool wants_body;  /* the head is refused, and the body would tell what else is missing */
	bool of_stored;   /* refused for what an object has that exists: its values are in the texts
			   * of this decision */
	bool wants_state; /* refused, and the objects in |wanted| would tell what else is missing */
	/* All that is missing, the first refusal's first. Of |remedies| only the first
	 * |remedy_count| are set. */
	unsigned remedy_count, remedies_beyond;
	struct remedy remedies[POLICY_REMEDIES_MOST];
	/* VERDICT_NEED_STATE, or |wants_state|. The names live as long as the request and its
	 * objects. */
	struct policy_object wanted[POLICY_WANTED_MOST];
	unsigned wanted_count;
	uint64_t steps; /* of comparing with patterns that it took: see base/meter */
	/* VERDICT_ALLOW: what has to stand in place of the object's name when the request is sent
	 * on, so that no other object can take that name meanwhile. .at NULL: nothing. */
	struct span identity;
};

/* One step of a decision, for `explain`. */
struct policy_step {
	const char *what; /* "rule", "request", "param", "field", "require", "fix", "change" (what
			   * no line would permit), "need" (a line that is missing, for
			   * `audit_level = learn`), "verdict" */
	const char
	    *name; /* rule text, parameter or field path; of "fix" the line that would help */
	const char *value;  /* shortened; "" when there is none; of "need" as the line would have
			     * it, "" when no line could or it is a secret */
	const char *result; /* "allows", "denies", "no match", "harmless", "granted", "missing" …;
			     * of "need" the key of the line */
	struct policy_source source; /* the line that decided it; file NULL when none did */
	bool gives_host;             /* of a fix or a need: the line would give root on the host */
	const char *requirement;     /* name of the one that is met or not; or NULL */
};

typedef void policy_trace_fn(void *context, const struct policy_step *step);

/* Cuts off the front of |*field|, the name of a step, what places in the object |name| begin with:
 * "container web: ", with a long name cut short. False for the field of another object, or none. */
bool policy_cut_object(enum docker_object kind, struct span name, struct span *field);

/* Judges. Never fails but by VERDICT_DENY; allocates nothing. The first refusal is the decision.
 * The judge goes on after it, so that |remedies| hold every line that is missing, up to the first
 * thing that no line would permit for any policy. |trace| may be NULL; with one it goes on to the
 * end. In dry-run mode the verdict is the same: forwarding all the same is the caller's business.
 */
void policy_decide(const struct policy *policy, const struct policy_request *request,
    struct decision *ret_decision, policy_trace_fn *trace, void *context);

/* Judges |object|, which exists, as if it were made now: by grants and requirements, and not by
 * rules. A service is one of GET /services; an object of another kind is judged as for
 * `check_state`. Of |request| what is known of other objects is taken; VERDICT_NEED_STATE as for
 * policy_decide(). */
void policy_judge_object(const struct policy *policy, const struct policy_request *request,
    const struct policy_object *object, struct decision *ret_decision, policy_trace_fn *trace,
    void *context);
void policy_judge_service(const struct policy *policy, const struct policy_request *request,
    const cJSON *service, struct decision *ret_decision, policy_trace_fn *trace, void *context);

/* What of the host a container gets that mounts |path|. */
enum policy_place {
	PLACE_OF_NONE,
	PLACE_OF_SYSTEM, /* a directory that the host is run by, or files of one */
	PLACE_OF_SOCKET, /* the socket of a daemon like Docker, or a directory that holds one */
};
enum policy_place policy_host_place(struct span path);

/* Whether the variable "NAME=VALUE" of an environment holds a secret, as `no_secret_env` has it. */
bool policy_env_is_secret(struct span variable);

/* Reads the JSON that parameters of |request| hold, and sets |request->params|. To be called once
 * the operation and the query are known, or all such parameters are refused. Returns 0, or -1 when
 * memory is out. */
MUST_CHECK int policy_read_params(
    struct policy_request *request, const struct json_limits *limits, struct arena *arena);

/* What of a permitted request is sent on: the judged bytes, with the edits. */
struct policy_amended {
	struct pair *query;
	size_t query_count;
	struct span body;
};

/* Makes the request what a guarded policy permits: |body| with the edits, one more filter, one more
 * label of an image. What is new lies in |arena|. Returns 0, or -1 with a refusal in |decision|. */
MUST_CHECK int policy_amend(const struct policy *policy, const struct policy_request *request,
    struct span body, const struct json_limits *limits, struct arena *arena,
    struct policy_amended *ret_amended, struct decision *decision);

/* Whether the owner may have as many as are new. The number of those that there are is put into
 * |*ret_have|; false as well when the list is none. */
bool policy_count_fits(const struct policy_object *object, const cJSON *list, uint64_t *ret_have);

/* Writes the value of `filters` for the list of what the owner has. */
void policy_filter_write(const struct policy_tenancy *tenancy, struct buf *out);

/* Writes the JSON body of a request that makes |volume|, or finds it, for the owner. */
void policy_volume_write(
    const struct policy_tenancy *tenancy, const struct policy_object *volume, struct buf *out);

/* Writes the source policy that keeps a build to what |policy| grants, as a protobuf message for
 * `Control/Solve`: the daemon holds whatever the build reads against it. Nothing where all is
 * granted. |out| fails when it has no room. */
void policy_write_sources(const struct policy *policy, struct buf *out);

/* Whether `image` or `registry` leaves images out, so that a build must be held to it. */
bool policy_narrows_images(const struct policy *policy);

/* The same of all that a build reads: also of the addresses of `build_remote` and the images of
 * `frontend`, which a Dockerfile names where the request does not. */
bool policy_narrows_sources(const struct policy *policy);

/* Whether `frontend` has lines, so that a Dockerfile may name its frontend. */
bool policy_runs_frontends(const struct policy *policy);

bool policy_gives_all(const struct policy *policy);

/* Writes |edit| for a log: "HostConfig.PidMode=container:4f…". */
void policy_edit_write(const struct json_edit *edit, struct buf *out);

/* Leaves out of the tree of a body what no judgement of |operation| by |policy| (may be NULL) looks
 * at, and no audit line, where |told| says that permitted requests have one. A trace needs the
 * whole body. */
struct json_sieve policy_sieve(
    const struct policy *policy, const struct docker_operation *operation, bool told);

/* Makes |ret_decision| a refusal of |reason| and |status|, for what is refused before a policy is
 * asked. */
void decision_refuse(struct decision *ret_decision, enum reason reason, unsigned status,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Notes in a refusal that the request would be refused with status 400 as well, and why. */
void decision_foretell(struct decision *decision, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether lines of the finished |policy| cover |value| of |grant|, written as a line has it, in
 * |operation| (may be NULL): what a request needs in a step "need". |*ret_source| is the line; its
 * file is NULL when the grant is open. */
bool policy_covers(const struct policy *policy, const struct docker_operation *operation,
    enum grant grant, struct span value, struct policy_source *ret_source);

/* Whether |value| stands in double quotes where it is one word of a line. */
bool policy_wants_quotes(struct span value);

/* Whether a line that gives |value| of |grant|, a pattern, gives root on the host. */
bool policy_gives_host(enum grant grant, struct span value);

/* Whether |pattern|, as the grant `image` has it, covers the image that |name| is a reference to.
 * Ids (sha256:…) cover no names. */
bool image_covers(struct span pattern, struct span name);
bool image_is_pattern(struct span pattern);

/* "grant", "no_rule" … as in the audit log. */
const char *reason_name(enum reason reason);

#endif
