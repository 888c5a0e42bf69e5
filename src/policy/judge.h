/* SPDX-License-Identifier: Apache-2.0 */
/* One judgement on its way, private to this room. Checks return nothing: they tell the judge of
 * what they refuse, and what was refused stays refused. */
#ifndef POLICY_JUDGE_H
#define POLICY_JUDGE_H

#include "base/error.h"
#include "policy/model.h"
#include "policy/text.h"

struct judge {
	const struct policy *policy;
	const struct policy_request *request;
	struct decision *decision;
	policy_trace_fn *trace;
	void *context;
	bool refused;
	bool over;      /* no line would permit it: nothing more is looked for */
	unsigned depth; /* of objects that exist and are being judged, one for the other */
	unsigned used[POLICY_LIMIT_COUNT]; /* of each limit */
	bool label_is_free; /* in one that has no SELinux label because of what else it has */
};

/* True while an object that exists is judged, not what the client sent. */
static inline bool judge_is_stored(const struct judge *judge)
{
	return judge->depth > 0;
}

enum place_kind {
	PLACE_MEMBER, /* .name */
	PLACE_INDEX,  /* [3] */
	PLACE_KEY,    /* [name] of a map */
	PLACE_OBJECT, /* kind name: of an object that exists, the start of a chain */
	PLACE_QUERY,  /* query:name */
	PLACE_PATH,   /* path:name */
	PLACE_HEADER, /* header:name */
};

/* Where a value stands. A chain on the stack, written out only when somebody asks. */
struct place {
	const struct place *up;
	enum place_kind kind;
	unsigned index; /* of PLACE_OBJECT its enum docker_object */
	struct span name;
	bool secret; /* what stands here never leaves for a log or an answer */
};

static inline struct place place_member(const struct place *up, struct span name)
{
	return (struct place){.up = up, .kind = PLACE_MEMBER, .name = name};
}

static inline struct place place_key(const struct place *up, struct span name)
{
	return (struct place){.up = up, .kind = PLACE_KEY, .name = name};
}

static inline struct place place_index(const struct place *up, unsigned index)
{
	return (struct place){.up = up, .kind = PLACE_INDEX, .index = index};
}

void place_write(struct text *text, const struct place *place);

/* What a line of the grant that is missing would have to cover. */
struct need {
	struct span value;   /* empty: any */
	struct span options; /* of a host path, with a blank before each */
	const cJSON *words;  /* of a command line, a list or one string; else NULL */
	bool written;        /* |value| is as a line has it */
};

/* What is refused, and why. */
struct fault {
	enum reason reason;
	unsigned status;           /* 0: 403 */
	const struct place *place; /* NULL: the request as a whole */
	struct span value;         /* shown; .at NULL: none */
	enum grant grant;
	const char *requirement;
	struct policy_source rule;
	const char *fix;         /* line that would permit it, or NULL */
	bool joins;              /* the sentence goes on behind the field's name, without a colon */
	bool cleared;            /* |value| is no secret, though it stands at a secret place */
	const struct need *need; /* for a trace; NULL: no line could cover it */
};

#define STATUS_BAD 400
#define STATUS_FORBIDDEN 403

/* A refusal that says nothing yet. */
void decision_reset(struct decision *ret_decision, enum reason reason, unsigned status);

/* Refuses. The sentence is the field's name, if any, and the formatted text. The first refusal is
 * the decision; later ones (found because a trace is wanted) are only traced. */
void judge_refuse(struct judge *judge, const struct fault *fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True when a policy file can hold |value| as one word, in quotes or without. */
bool fits_a_line(struct span value);

/* False when |value| as a pattern would stand for more than itself: no line can grant it alone. */
bool says_itself(struct span value);

/* Refuses what has an answer that cannot be searched for what the policy hides. */
void redact_judge(struct judge *judge);

/* Refuses with 400 what has a wrong shape or can be read in two ways. */
void judge_bad(struct judge *judge, enum reason reason, const struct place *place,
    struct span value, const char *text);

/* Refuses what only `grant = all` permits. */
void judge_never(
    struct judge *judge, const struct place *place, struct span value, const char *text);

/* Refuses because |grant| is missing for |value|; |fix_value| is what would be granted (its .at
 * NULL: nothing can be proposed). */
void judge_need(struct judge *judge, const struct place *place, enum grant grant, struct span value,
    struct span fix_value);

/* The same of a value that the negated row |negated| covers (NULL: none does). */
void judge_need_despite(struct judge *judge, const struct place *place, enum grant grant,
    struct span value, struct span fix_value, const struct grant_row *negated);

/* True when what stands at |place| never leaves for a log or an answer. */
bool place_is_secret(const struct place *place);

void judge_note_step(struct judge *judge, const struct place *place, struct span value,
    const char *result, const struct policy_source *source);

/* Tells the trace, if there is one. */
static inline void judge_note(struct judge *judge, const struct place *place, struct span value,
    const char *result, const struct policy_source *source)
{
	if (judge->trace)
		judge_note_step(judge, place, value, result, source);
}

/* True when there is nothing more to find out. */
static inline bool judge_done(const struct judge *judge)
{
	return judge->over && !judge->trace;
}

/* Takes one from |limit|. False, and refused, when none is left. */
bool judge_takes(struct judge *judge, enum policy_limit limit, const struct place *place);

/* ---- grants ------------------------------------------------------------------------------ */

/* True when |grant| needs no look at values: everything is granted, or it is open and no line
 * narrows it. */
bool grant_is_free(const struct policy *policy, enum grant grant);

/* The same in the operation at hand, where narrowing one grant can have closed another. */
bool grant_is_free_here(const struct judge *judge, enum grant grant);

/* Name of the grant whose narrowing closes |grant| in the operation at hand, or NULL. */
const char *grant_closed_by(const struct judge *judge, enum grant grant);

bool grant_is_safe(enum grant grant, struct span value);

/* Whether |row| is what is looked for. */
typedef bool row_fits_fn(const void *context, const struct grant_row *row);

/* The first row of |grant| that |fits|, among those whose first pattern may match |front|, and
 * whose second one (the value of a pair, the tag of an image), if it has one, may match |back|. */
const struct grant_row *rows_find(const struct policy *policy, enum grant grant, struct span front,
    struct span back, row_fits_fn *fits, const void *context);
const struct grant_row *rows_find_in(const struct patterns *patterns, struct span front,
    struct span back, row_fits_fn *fits, const void *context);

/* The row that covers a value, or NULL. */
const struct grant_row *grant_find(
    const struct policy *policy, enum grant grant, struct span value);
const struct grant_row *grant_find_pair(
    const struct policy *policy, enum grant grant, struct span key, struct span value);

/* What is left of |row|, the first row that covers a text, or a key and its |value| (NULL: a text),
 * once the negated patterns are held against it: |row|, another row, or NULL. */
const struct grant_row *negate_judge(const struct policy *policy, enum grant grant,
    const struct grant_row *row, struct span text, const struct span *value);
bool negate_takes_back(
    const struct policy *policy, enum grant grant, struct span text, const struct span *value);

/* The negated row that covers a text, or a key and its |value|, or NULL. |*ret_final|: no further
 * line is a remedy, since the row names that in full, or the line would narrow an open grant. */
const struct grant_row *negate_refusing(const struct policy *policy, enum grant grant,
    struct span text, const struct span *value, bool *ret_final);

/* Whether each value of |grant| has one spelling to the daemon. */
bool spelling_is_one(enum grant grant);

/* Whether a pattern of |grant| covers what it matches as text, and nothing else. */
bool spelling_is_plain(enum grant grant);

/* Whether the daemon compares values of |grant| in any case. It folds letters outside ASCII, too.
 */
bool spelling_folds(enum grant grant);

/* Writes |text|, a value of |grant|, its key or a pattern, in the spelling that all which the
 * daemon takes for the same one have. False when there is no room for it, or one spelling anyhow.
 */
MUST_CHECK bool spelling_write(enum grant grant, struct span text, struct text *ret_room);

/* Whether |text|, a value of |grant| that can stand for several, gives something of what |pattern|
 * covers; of any other value, whether the pattern matches it. Both as spelling_write() writes them.
 */
bool spelling_meets(enum grant grant, struct span pattern, struct span text);

/* Judges one text, key=value pair, or flag. */
void grant_judge_text(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void grant_judge_pair(struct judge *judge, enum grant grant, const struct place *place,
    struct span key, struct span value);
void grant_judge_key(
    struct judge *judge, enum grant grant, const struct place *place, struct span key);
void grant_judge_flag(
    struct judge *judge, enum grant grant, const struct place *place, struct span shown);

/* ---- values with a grammar --------------------------------------------------------------- */

struct bind_need {
	struct span path;
	bool rw, create, relabel;
	bool makes;        /* the daemon makes the directory when it is missing */
	bool podman_makes; /* Podman does */
	unsigned propagation;
};

/* Judges a host path that is mounted into a container. */
void bind_judge(struct judge *judge, const struct place *place, const struct bind_need *need);
void bind_judge_spec(struct judge *judge, const struct place *place, struct span spec);

/* The name of the sensitive place (such as /proc or a Docker socket) that |path| is in, is or
 * holds; .at NULL when there is none. */
struct span bind_sensitive(struct span path);
/* Whether |path| is a socket of such a daemon, or a directory with one in it. */
bool bind_holds_socket(struct span path);
bool path_is_clean(struct span path);
bool has_template(struct span text);
bool propagation_from(struct span word, unsigned *ret_bits);

void mount_judge(struct judge *judge, const struct place *place, const cJSON *mount);
/* Calls |fn| for each host path that a map of volume options names, with the option's name. */
typedef void volume_path_fn(void *context, const char *key, const struct bind_need *need);
void volume_options_each_path(const cJSON *map, volume_path_fn *fn, void *context);
/* What a map of volume options says of host paths. The pairs have been judged before. */
void volume_options_judge(struct judge *judge, const struct place *place, const cJSON *map);
void volume_judge_name(struct judge *judge, const struct place *place, struct span name, bool rw);

enum image_use {
	IMAGE_LOCAL,    /* looked up in the daemon: may be an id; no tag means latest */
	IMAGE_NAME,     /* a name only; no tag means latest */
	IMAGE_ALL_TAGS, /* a name only; no tag means all of them */
};

/* |tag| (.at NULL: none was given) replaces the tag of |name|. */
void image_judge(struct judge *judge, enum grant grant, const struct place *place, struct span name,
    struct span tag, enum image_use use);
/* Whether one line of |grant| covers every image; judging wants it. */
bool image_grants_every(const struct policy *policy, enum grant grant);
void image_judge_all(struct judge *judge, enum grant grant);

/* The tag or digest by which the daemon knows the image |name| with the parameter |tag|; empty: all
 * of its tags, where |every| is what none means. */
struct span image_tag(struct span name, struct span tag, bool every);

/* Whether |pattern|, as the grant `image` has it, covers the name that is pulled, pushed or given;
 * |any|: in another spelling of its registry, too. */
bool image_matches(struct span pattern, bool any, struct span name, struct span tag);

/* The networks that every daemon has, and "default": no one can make or remove them. */
bool network_is_builtin(struct span name);
/* Whether |name| may be the id of a network or begin one: hexadecimal on one host, small letters
 * and digits in a swarm. */
bool network_may_be_id(struct span name);
/* A mode that is no network but the namespace of others. */
bool network_is_shared(struct span mode);
bool network_row_covers(const struct grant_row *row, struct span name);

void publish_judge(struct judge *judge, const struct place *place, const cJSON *map);
void publish_judge_service(struct judge *judge, const struct place *place, const cJSON *port);

#define SECURITY_NAME_MOST 64

/* A security option in its one form: key and value; flags always have a value. */
struct security_option {
	struct span key, value;
	bool spelled; /* has a value */
};

struct security_option security_option_read(struct span text);
void security_judge(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);

/* A capability's name without CAP_, as far as it fits. */
#define CAP_NAME_MOST 48
struct span cap_name(struct span text, char (*room)[CAP_NAME_MOST]);
void cap_judge(struct judge *judge, enum grant grant, const struct place *place, struct span text);

void argv_judge(
    struct judge *judge, enum grant grant, const struct place *place, const cJSON *words);
bool argv_row_covers(const void *words, const struct grant_row *row);
/* The row that covers the command line |words|, a list or one string, or NULL. */
const struct grant_row *argv_find(
    const struct policy *policy, enum grant grant, const cJSON *words);

/* A registry's address, or a name or search term that may start with one. */
void registry_judge(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);

/* |name|, of an image or a plugin that is fetched or handed on, is granted already. Lines of
 * `registry` bound it as well, where there are any. */
void registry_judge_remote(struct judge *judge, const struct place *place, struct span name);
/* A signal's name without SIG, as far as it is known. */
#define SIGNAL_MOST 16
struct span signal_name(struct span text, char (*room)[SIGNAL_MOST]);
void signal_judge(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
/* Dockerfile instructions, each of which has a line of its own, and how a policy's pattern of one
 * is kept. */
struct span instruction_keep(struct policy *policy, struct span pattern);
void instruction_judge(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
/* A user, and perhaps a group: numbers without zeros in front, and 0 for a user that is left out
 * before a group. */
void user_write(struct text *text, struct span user);

/* Asks |fn| of each instruction of |text|, and of what an ONBUILD of it puts off (|inner|; else the
 * same), until it says false. Returns what is wrong with one that cannot be told, or NULL.
 * |exact| says of which keywords what an instruction comes to must be seen. */
typedef bool instruction_fn(void *context, struct span text, struct span inner);
typedef bool instruction_exact_fn(void *context, struct span keyword);
const char *instruction_each(
    struct span text, instruction_exact_fn *exact, instruction_fn *fn, void *context);
/* Whether |fits| holds for a path as the daemon reads it; |unsure| where that cannot be told. */
typedef bool path_fits_fn(const void *context, struct span path);
bool path_holds(
    enum grant grant, struct span path, bool unsure, path_fits_fn *fits, const void *context);
/* A path, or an address: cleaned, and refused with a ".." in it. */
void path_judge(struct judge *judge, enum grant grant, const struct place *place, struct span path);
/* A name that is put behind a directory. */
/* Whether the daemon would look for the driver at a path, not by a name. */
bool driver_is_path(struct span name);
void segment_judge(struct judge *judge, const struct place *place, struct span name);
/* The node of a disk, of which a limit is set. */
void disk_judge(struct judge *judge, enum grant grant, const struct place *place, struct span path);
/* As the daemon reads it: without one slash before it. */
struct span container_name(struct span text);
/* The texts of |value| that the daemon runs. */
void template_judge(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value);
/* An object of DeviceRequests, asked of |driver|; and one CDI device, by its name: that of |device|
 * in a list of Devices, or NULL where a build has it. */
void devices_judge(struct judge *judge, enum grant grant, const struct place *place,
    struct span driver, const cJSON *request);
const struct grant_row *devices_find(
    const struct policy *policy, enum grant grant, struct span kind);
void devices_judge_cdi(struct judge *judge, enum grant grant, const struct place *place,
    struct span name, const cJSON *device);
bool devices_is_cdi(struct span path); /* a name rather than a path of the host */
/* A user and a group, by the numbers that they are. */
void user_judge(struct judge *judge, enum grant grant, const struct place *place, struct span text);
/* A line of a hosts file. */
void hosts_judge(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void workdir_judge(struct judge *judge, const struct place *place, struct span path);

/* ---- text with a second meaning ----------------------------------------------------------- */

/* Refuses what a daemon would make something else of. */
void joined_judge(struct judge *judge, const struct docker_field *field, const struct place *place,
    const cJSON *value);
/* Options of ps with which its column PID may hold something else than processes' numbers, or not
 * be told from another. */
bool ps_may_mislead(struct span options);

void joined_judge_param(struct judge *judge, const struct docker_param *param,
    const struct place *place, struct span value);

/* ---- the parts of a judgement ------------------------------------------------------------ */

/* Judges one text by the check of a parameter, a path argument or a list element. An empty one is
 * the caller's business. */
void check_text(struct judge *judge, enum docker_check check, enum grant grant,
    const struct place *place, struct span text);

/* Judges a member's value by its row. */
void check_value(struct judge *judge, const struct docker_field *field, const struct place *place,
    const cJSON *value);

void params_judge(struct judge *judge);

/* The parameter that belongs to the image which the request names elsewhere; empty without one. */
struct span params_tag(const struct policy_request *request);

/* ---- objects that exist (check_state) ---------------------------------------------------- */

/* Judges the object that the request acts on, if it does. */
void stored_judge_driven(struct judge *judge);

/* Judges the volume or network |name|, which the value at |place| names. */
void stored_judge_named(
    struct judge *judge, enum docker_object kind, const struct place *place, struct span name);

/* "container:NAME" and other namespace modes. The container that is joined is judged where that
 * gives power over it. */
void stored_judge_namespace(
    struct judge *judge, enum grant grant, const struct place *place, struct span mode);
void stored_judge_network(
    struct judge *judge, enum grant grant, const struct place *place, struct span name);
/* The same for a service's, which can be named by an id. */
void stored_judge_task_network(
    struct judge *judge, enum grant grant, const struct place *place, struct span name);
void stored_judge_volumes_from(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void stored_judge_mount_point(struct judge *judge, const struct place *place, const cJSON *mount);

/* A container that a body names. |whole|: the request gives it something, so that check_state asks
 * what it is. */
void stored_judge_container(
    struct judge *judge, const struct place *place, struct span name, bool whole);

/* ---- sockwarden's own container (own_container) ------------------------------------------ */

/* True when sockwarden runs in a container and the policy may not use that one. */
bool own_is_guarded(const struct judge *judge);

/* Refuses when |object|, a container or an exec, is the own one or in it. NULL is fine. */
void own_judge_driven(
    struct judge *judge, const struct place *place, const struct policy_object *object);

/* The same of the container that a body calls |name|; |driven| as in struct policy_object. */
void own_judge_container(
    struct judge *judge, const struct place *place, struct span name, bool driven);

/* Refuses the service in the path when the own container is a task of it. */
void own_judge_service(struct judge *judge);

/* Refuse what is mounted in the own container, and its networks, beyond what the client has. |row|
 * is the one that grants the bind, or NULL. */
void own_judge_volume(struct judge *judge, const struct place *place, struct span name, bool rw);
void own_judge_bind(struct judge *judge, const struct place *place, const struct bind_need *need,
    const struct grant_row *row);
void own_judge_network(struct judge *judge, const struct place *place, struct span name);

/* The same of all that |object|, a container, mounts. NULL is fine. */
void own_judge_mounts(
    struct judge *judge, const struct place *place, const struct policy_object *object);

/* ---- owners ------------------------------------------------------------------------------ */

static inline bool owner_is_set(const struct judge *judge)
{
	return judge->policy->owner.name.at != NULL;
}

/* Of a guarded policy: the operation, its parameters and what it reads. */
void owner_judge_head(struct judge *judge);

/* The same once the body is known: what is made gets its label, what is used must be the owner's.
 */
void owner_judge_objects(struct judge *judge);

/* Refuses the owner label among |labels|. */
void owner_judge_labels(struct judge *judge, const struct place *place, const cJSON *labels);

/* Where the policy has an owner and the client wrote |name|: the object must be the owner's, or
 * shared, and is named by its id from here on. The value at |place| is |before|, |name| and
 * |after|.
 */
void owner_judge_container(struct judge *judge, const struct place *place, struct span before,
    struct span name, struct span after);
void owner_judge_link(
    struct judge *judge, const struct place *place, struct span name, struct span alias);
void owner_judge_network(struct judge *judge, const struct place *place, struct span name);
void owner_judge_volume(struct judge *judge, const struct place *place, struct span name);

/* The same of a container that the request acts on beside the object in its path. */
void owner_judge_acted(struct judge *judge, const struct place *place, struct span name);

/* Containers that are linked to, of which only the own one is out of bounds. */
void stored_judge_links(struct judge *judge, const struct place *place, const cJSON *links);

/* Whether |value|, of an object that exists, is what the daemon itself puts there. */
bool stored_is_filled(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value);

/* A volume of a container that exists, which may have no name of its own. */
void stored_judge_volume(struct judge *judge, const struct place *place, struct span name, bool rw);

/* Walks a body, or a part of one, by its schema. */
void walk_body(struct judge *judge, const struct docker_schema *schema, const cJSON *body);
/* The same of the JSON in a parameter, at |place|. */
void walk_param(struct judge *judge, const struct docker_schema *schema, const cJSON *value,
    const struct place *place);
void walk_object(struct judge *judge, const struct docker_schema *schema, const cJSON *object,
    const struct place *up);
/* Walks what a field holds by its sub-schema: an object, or a list or map of them. */
void walk_sub(struct judge *judge, const struct docker_field *field, const cJSON *value,
    const struct place *place);

bool shape_fits(enum docker_shape shape, const cJSON *value);
const char *shape_text(enum docker_shape shape);

void require_judge(struct judge *judge, const cJSON *body);
/* Of a parameter with Dockerfile instructions. */
void require_judge_instruction(struct judge *judge, const struct place *place, struct span text);
/* True when the policy has neither requirements nor maxima. */
bool requires_nothing(const struct policy *policy);

#define API_UNNAMED 41 /* what a path without a version means to the oldest daemons about */
/* The requirements that an object which exists can be asked. */
void require_judge_stored(
    struct judge *judge, const struct place *place, enum docker_object kind, const cJSON *object);

/* What |text| is looked up by, a pattern of a condition on |param| (may be NULL) or a value of it:
 * two spellings of one value have one key. */
struct span rule_value_key(const struct docker_param *param, struct span text);

/* Whether the condition, of a deny (|any|) or an allow, or all of the rule's, hold. */
bool rule_condition_holds(
    const struct rule_condition *condition, bool any, const struct policy_request *request);
bool rule_conditions_hold(const struct rule *rule, const struct policy_request *request);

/* The rules' word on the request. */
void rules_judge(struct judge *judge);

/* A JSON scalar as text; |room| is for numbers. */
#define NUMBER_MOST JSON_NUMBER_MOST
struct span value_text(const cJSON *value, char (*room)[NUMBER_MOST]);

#endif
