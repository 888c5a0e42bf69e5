/* SPDX-License-Identifier: Apache-2.0 */
/* What `check` says about lines that give the host away. */
#include "base/glob.h"
#include "policy/require.h"
#include "policy/warn.h"

static void warn_settings(const struct policy *policy, const struct warner *warner)
{
	static const struct {
		enum setting setting;
		const char *text;
	} rows[] = {
	    {SETTING_MODE,
		"mode = dry-run: every request is forwarded, denials are only logged; remove the "
		"line to enforce the policy"},
	    {SETTING_GRANT,
		"grant = all: everything that the rules allow has full power over the host"},
	    {SETTING_OWN_CONTAINER,
		"own_container = yes: whoever runs a command in sockwarden's own container has the "
		"daemon's socket; remove the line, unless this client manages sockwarden itself"},
	    {SETTING_UNKNOWN_ROUTES, "unknown_routes = allow: requests that are no known operation "
				     "are forwarded unchecked"},
	    {SETTING_UNKNOWN_FIELDS,
		"unknown_fields = allow: unknown members of bodies are forwarded unchecked"},
	    {SETTING_UNKNOWN_PARAMS,
		"unknown_params = allow: unknown query parameters are forwarded unchecked"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (policy_allows(policy, rows[i].setting))
			warner_say(warner, &policy->settings[rows[i].setting].source, rows[i].text);
	}
	if (policy->settings[SETTING_MIN_API].value < DOCKER_API_OLDEST)
		warner_say(warner, &policy->settings[SETTING_MIN_API].source,
		    "API versions before 1.24 let a start rewrite a container");
}

/* Denials that an id in the place of the name passes by. */
#define PROTECTS_NOTHING                                                                           \
	"deny = %.*s protects nothing: a client can also name %s by its id, which this line does " \
	"not match; deny the operation for all names, or permit it with \"allow\" lines for the "  \
	"names that are wanted"
#define ALLOWS_IDS                                                                                 \
	"allow = %.*s may permit more than the name says: the daemon also takes the beginning of " \
	"an id, in hexadecimal, for %s; use names with another character than 0-9 and a-f"

static void warn_names(const struct policy *policy, const struct warner *warner)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next) {
		const char *denied = rule_denies_name(rule), *allowed = rule_allows_id(rule);
		char room[512];
		struct text text = text_in(room, sizeof(room));

		if (denied)
			text_add_format(
			    &text, PROTECTS_NOTHING, (int)rule->text.len, rule->text.at, denied);
		else if (allowed)
			text_add_format(
			    &text, ALLOWS_IDS, (int)rule->text.len, rule->text.at, allowed);
		if (text.len > 0)
			warner_say(warner, &rule->source, room);
	}
}

/* Values that are the host, by grant: warned of when a line covers them. */
static const struct {
	enum grant grant;
	const char *value;
	const char *text;
} risks[] = {
    {GRANT_NETWORK_MODE_ID, "host", "the host's network can be joined"},
    {GRANT_PID_MODE_ID, "host", "the host's processes can be seen and killed"},
    {GRANT_IPC_MODE_ID, "host", "the host's shared memory can be joined"},
    {GRANT_UTS_MODE_ID, "host", "the host's name can be changed"},
    {GRANT_USERNS_MODE_ID, "host", "the remapping of users can be left"},
    {GRANT_CGROUPNS_MODE_ID, "host", "the host's cgroups can be seen"},
    {GRANT_CAP_ADD_ID, "SYS_ADMIN", "the capability SYS_ADMIN is power over the host"},
    {GRANT_CAP_ADD_ID, "SYS_MODULE", "the capability SYS_MODULE is power over the host"},
    {GRANT_CAP_ADD_ID, "SYS_PTRACE", "the capability SYS_PTRACE can be power over the host"},
    {GRANT_CAP_ADD_ID, "DAC_READ_SEARCH", "the capability DAC_READ_SEARCH reads the host's files"},
    {GRANT_SECURITY_OPT_ID, "seccomp=unconfined", "seccomp can be turned off"},
    {GRANT_SECURITY_OPT_ID, "apparmor=unconfined", "AppArmor can be turned off"},
    {GRANT_DEVICE_ID, "/dev/sda", "the host's disks can be opened"},
    {GRANT_DEVICE_ID, "/dev/mem", "the host's memory can be opened"},
    {GRANT_DEVICE_CGROUP_RULE_ID, "a *:* rwm", "every device of the host can be opened"},
    {GRANT_RUNTIME_ID, "unknown", "any runtime can be chosen"},
    {GRANT_CGROUP_PARENT_ID, "/x", "any cgroup can be chosen"},
    {GRANT_PLUGIN_ID, "x", "plugins run as root on the host"},
    {GRANT_VOLUMES_FROM_ID, "x", "the mounts of any container can be taken over"},
};

/* The line first, as `check` lists it. */
static void say_of_row(
    const struct warner *warner, enum grant grant, const struct grant_row *row, const char *what)
{
	char room[512];
	struct text text = text_in(room, sizeof(room));

	text_add_format(&text, "%s = %.*s: %s", grant_info(grant)->name, (int)row->text.len,
	    row->text.at, what);
	warner_say(warner, &row->source, room);
}

/* Names that can have one, and hardly ever do. */
static void warn_bars(const struct policy *policy, const struct warner *warner)
{
	static const enum grant grants[] = {
	    GRANT_NETWORK_MODE_ID, GRANT_ALIAS_ID, GRANT_WORKING_DIR_ID, GRANT_ARCHIVE_PATH_ID};

	for (size_t i = 0; i < sizeof(grants) / sizeof(*grants); i++) {
		const struct grant_row *row = policy->grants[grants[i]].first;

		for (; row; row = row->next) {
			if (span_has(row->text, '|'))
				say_of_row(warner, grants[i], row,
				    "the \"|\" is a character of the name; several values have "
				    "blanks between them");
		}
	}
}

static void warn_values(const struct policy *policy, const struct warner *warner)
{
	for (size_t i = 0; i < sizeof(risks) / sizeof(*risks); i++) {
		const struct grant_row *row =
		    grant_find(policy, risks[i].grant, span_of(risks[i].value));

		if (row)
			say_of_row(warner, risks[i].grant, row, risks[i].text);
	}
}

/* What a daemon does where a request says nothing, so that a "!" takes nothing back. */
static const struct {
	enum grant grant;
	const char *value;
	require_fn *met;
	const char *text;
} defaults[] = {
    {GRANT_NETWORK_MODE_ID, "default", require_no_default_bridge,
	"a container without NetworkMode joins the default bridge all the same; add \"require = "
	"no_default_bridge\""},
    {GRANT_USER_ID, "root", require_non_root,
	"a container without User still runs as the user of its image, who can be root; add "
	"\"require = non_root\""},
    {GRANT_IPC_MODE_ID, "shareable", require_private_ipc,
	"a container without IpcMode can still be shareable; add \"require = private_ipc\""},
    {GRANT_CGROUPNS_MODE_ID, "host", require_no_host_namespaces,
	"a container without CgroupnsMode can still have the host's; add \"require = "
	"no_host_namespaces\""},
};

static void warn_defaults(const struct policy *policy, const struct warner *warner)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++) {
		bool final;
		const struct grant_row *row = negate_refusing(
		    policy, defaults[i].grant, span_of(defaults[i].value), NULL, &final);
		char room[512];
		struct text text = text_in(room, sizeof(room));

		if (!row || require_asks(policy, defaults[i].met))
			continue;
		text_add_format(&text, "%s = !%.*s: %s", grant_info(defaults[i].grant)->name,
		    (int)row->text.len, row->text.at, defaults[i].text);
		warner_say(warner, &row->source, room);
	}
}

static void warn_flags(const struct policy *policy, const struct warner *warner)
{
	static const struct {
		enum grant grant;
		const char *text;
	} flags[] = {
	    {GRANT_PRIVILEGED_ID, "privileged = yes: privileged containers are root on the host"},
	    {GRANT_UNMASK_ID,
		"unmask = yes: containers can open the system paths that the daemon masks"},
	    {GRANT_BUILDKIT_ID, "buildkit = yes: sockwarden does not inspect BuildKit sessions; "
				"see docs/builds.md"},
	    {GRANT_SWARM_ID, "swarm = yes: clients can make the host join a foreign swarm"},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		const struct grant_state *state = &policy->grants[flags[i].grant];

		if (state->flag)
			warner_say(warner, &state->source, flags[i].text);
	}
}

/* A directory of the host that containers' root can write. */
static void warn_writable(const struct warner *warner, const struct grant_row *row)
{
	char room[512];
	struct text text = text_in(room, sizeof(room));

	text_add_format(&text,
	    "bind = %.*s rw: a container can leave set-uid programs and device nodes there, and "
	    "local users can become root by them; mount the directory nosuid and nodev, and add "
	    "\"require = nosuid_binds\" and \"resolve_binds = yes\"",
	    (int)row->text.len, row->text.at);
	warner_say(warner, &row->source, room);
}

static void warn_binds(const struct policy *policy, const struct warner *warner)
{
	const struct grant_row *row = policy->grants[GRANT_BIND_ID].first;

	for (; row; row = row->next) {
		if (row->bind.whole)
			say_of_row(warner, GRANT_BIND_ID, row,
			    "containers can mount the whole "
			    "host; name the directories that the client needs");
		else if (bind_sensitive(row->bind.literal).at)
			say_of_row(warner, GRANT_BIND_ID, row,
			    "containers can mount a path that gives power over the host; "
			    "name a directory that does not");
		else if (row->bind.rw && !require_asks(policy, require_nosuid_binds))
			warn_writable(warner, row);
		if (row->bind.propagation & (PROPAGATION_SHARED | PROPAGATION_RSHARED))
			say_of_row(warner, GRANT_BIND_ID, row,
			    "containers can add mounts to the host; write "
			    "rslave or leave the propagation out");
	}
	row = grant_find_pair(policy, GRANT_VOLUME_OPTION_ID, SPAN("o"), SPAN("addr=x"));
	if (row)
		say_of_row(warner, GRANT_VOLUME_OPTION_ID, row,
		    "volumes can mount other file systems and devices; name the options "
		    "that the client needs");
}

/* Whether a policy permits |operation|, in some request at least. */
static bool is_permitted(const struct policy *policy, const struct docker_operation *operation)
{
	if (!operation || !policy->plans)
		return false;
	const struct rule_plan *plan = &policy->plans[docker_operation_index(operation)];

	return plan->kind == PLAN_ALLOW || plan->kind == PLAN_ASK;
}

/* Of those that are closed by themselves, whether a line opens any of it. */
static bool is_open(const struct policy *policy, const struct grant_twin *twin)
{
	const struct grant_state *state = &policy->grants[twin->twin];

	if (grant_info(twin->twin)->closed)
		return state->first;
	return state->given ? !twin_is_narrowed(policy, twin->twin) : !twin->closes;
}

/* Whether a policy permits what makes the two twins. */
static bool twin_is_permitted(const struct policy *policy, const struct grant_twin *twin)
{
	return !twin->operation ||
	       is_permitted(policy, docker_operation_named(span_of(twin->operation)));
}

/* A path in a container is what its links make of it, and an archive can bring links. */
static void warn_archives(const struct policy *policy, const struct warner *warner)
{
	const struct grant_row *row = policy->grants[GRANT_ARCHIVE_PATH_ID].first;
	bool permitted = false;

	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);

		permitted = permitted || (docker_operation_asks(operation, GRANT_ARCHIVE_PATH_ID) &&
					     is_permitted(policy, operation));
	}
	if (row && permitted && twin_is_narrowed(policy, GRANT_ARCHIVE_PATH_ID))
		warner_say(warner, &row->source,
		    "\"archive_path\" is compared with the path in the request; symbolic links in "
		    "the "
		    "container or in the archive can lead to other files: do not rely on it");
}

static void warn_twins(const struct policy *policy, const struct warner *warner)
{
	const struct grant_twin *twin;

	for (unsigned i = 0; (twin = grant_twin_at(i)); i++) {
		const struct grant_state *narrowed = &policy->grants[twin->grant];
		const struct grant_row *row = narrowed->first ? narrowed->first : narrowed->negated;
		char room[240];
		struct text text = text_in(room, sizeof(room));

		if (!row || !twin_is_narrowed(policy, twin->grant) || !is_open(policy, twin) ||
		    !twin_is_permitted(policy, twin))
			continue;
		text_add_format(&text, "\"%s\" is narrowed, but \"%s\" is open: %s",
		    grant_info(twin->grant)->name, grant_info(twin->twin)->name, twin->how);
		warner_say(warner, &row->source, room);
	}
}

/* Whether lines narrow what the instructions of a Dockerfile can say as well. */
static bool binds_instructions(const struct policy *policy)
{
	const struct grant_twin *twin;

	for (unsigned i = 0; (twin = grant_twin_at(i)); i++) {
		if (twin->twin == GRANT_IMAGE_CHANGE_ID && twin_is_narrowed(policy, twin->grant))
			return true;
	}
	return twin_is_narrowed(policy, GRANT_IMAGE_CHANGE_ID);
}

static const struct rule *find_denial(
    const struct policy *policy, const struct docker_operation *operation)
{
	const struct rule *rule = policy->rules;

	while (rule && !(rule->deny && !rule->conditions && rule_speaks_of(rule, operation)))
		rule = rule->next;
	return rule;
}

/* Whether the rules, and the flag that it needs as a whole, let |operation| be. */
static bool is_left(const struct policy *policy, const struct docker_operation *operation)
{
	enum grant grant = operation->arg_grant;
	bool flag = grant != GRANT_NONE && grant_info(grant)->kind == GRANT_FLAG;

	return policy_may_allow(policy, operation) && !find_denial(policy, operation) &&
	       (!flag || policy_grants_all(policy) || policy->grants[grant].flag);
}

/* A denial that leaves the same power with another operation. */
static void warn_denials(const struct policy *policy, const struct warner *warner)
{
	const struct operation_twin *twin;

	for (unsigned i = 0; (twin = operation_twin_at(i)); i++) {
		const struct docker_operation *left = docker_operation_named(span_of(twin->left));
		const struct rule *rule =
		    find_denial(policy, docker_operation_named(span_of(twin->denied)));
		char room[512];
		struct text text = text_in(room, sizeof(room));

		if (!rule || !is_left(policy, left))
			continue;
		text_add_format(&text,
		    "deny = %.*s leaves %s, which gives %s as well; deny that operation too",
		    (int)rule->text.len, rule->text.at, twin->left, twin->how);
		warner_say(warner, &rule->source, room);
	}
}

/* "host" and "container:vault" are not names of networks. */
static bool is_mode(struct span text)
{
	static const char *const modes[] = {"host", "none", "bridge", "default"};

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (span_equal(text, span_of(modes[i])))
			return true;
	}
	return span_has(text, ':');
}

/* Whether a rule permits |operation| on whatever object. */
static bool is_for_all(const struct policy *policy, const struct docker_operation *operation)
{
	const struct rule *rule = policy->rules;

	while (rule && (rule->deny || rule->kind == RULE_PATH || !rule_speaks_of(rule, operation)))
		rule = rule->next;
	return rule && is_left(policy, operation);
}

/* A "!" that leaves the object itself to be removed. */
static void warn_gaps(const struct policy *policy, const struct warner *warner)
{
	const struct grant_gap *gap;

	for (unsigned i = 0; (gap = grant_gap_at(i)); i++) {
		const struct grant_row *row = policy->grants[gap->grant].negated;
		char room[320];
		struct text text = text_in(room, sizeof(room));

		while (row && gap->grant == GRANT_NETWORK_MODE_ID && is_mode(row->text))
			row = row->next;
		if (!row || !is_for_all(policy, docker_operation_named(span_of(gap->operation))))
			continue;
		text_add_format(&text,
		    "%s = !%.*s is about use: %s is permitted and does not ask it; say with a path "
		    "which ones it may reach",
		    grant_info(gap->grant)->name, (int)row->text.len, row->text.at, gap->operation);
		warner_say(warner, &row->source, room);
	}
}

/* What the grants and requirements of the policy are for, a build can leave behind. The daemon
 * holds one that is judged to the images. */
static bool binds_containers(const struct policy *policy, bool judged)
{
	return !policy_grants_all(policy) &&
	       (!requires_nothing(policy) ||
		   (!judged && !image_grants_every(policy, GRANT_IMAGE_ID)) ||
		   binds_instructions(policy));
}

static bool is_unread(const struct policy *policy, const struct docker_operation *operation)
{
	return operation->traits & TRAIT_OPAQUE ||
	       (operation->traits & TRAIT_H2C && !policy_mediates_builds(policy));
}

static void warn_operation(const struct policy *policy, const struct warner *warner,
    const struct docker_operation *operation, const struct policy_source *source)
{
	bool judged = (operation->traits & TRAIT_CALL) != 0;
	char room[200];
	struct text text = text_in(room, sizeof(room));

	if (is_unread(policy, operation))
		text_add_format(&text,
		    "%s is allowed, and sockwarden does not inspect what it sends",
		    operation->name);
	else if (operation->traits & TRAIT_BUILDS && binds_containers(policy, judged))
		text_add_format(&text,
		    "%s is allowed: %srequirements, maxima and lines for commands, users, "
		    "variables "
		    "and labels do not hold inside a build; see docs/builds.md",
		    operation->name, judged ? "" : "\"image\", ");
	if (text.len > 0)
		warner_say(warner, source, room);
}

/* Operations by which a container that somebody else made gives what it has. */
static bool gives_what_it_has(const struct docker_operation *operation)
{
	return operation->object == OBJECT_EXEC || (operation->object == OBJECT_CONTAINER &&
						       !operation->own_only && !operation->resumes);
}

static void warn_state(const struct policy *policy, const struct warner *warner)
{
	const struct setting_state *check = &policy->settings[SETTING_CHECK_STATE];

	if (!check->given || check->value || !policy->plans || policy_grants_all(policy))
		return;
	for (unsigned i = 0; i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		char room[200];
		struct text text = text_in(room, sizeof(room));

		if (!gives_what_it_has(operation) || !policy_may_allow(policy, operation))
			continue;
		text_add_format(&text,
		    "with check_state = no, %s can use every container of the daemon, also "
		    "privileged "
		    "ones and those with the daemon's socket; remove the line",
		    operation->name);
		warner_say(warner, &check->source, room);
		return;
	}
}

/* Operations that no grant can tame. */
static void warn_operations(const struct policy *policy, const struct warner *warner)
{
	for (unsigned i = 0; policy->plans && i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		const struct rule *rule = policy->plans[i].rule;

		if (rule && !rule->deny &&
		    operation->traits & (TRAIT_OPAQUE | TRAIT_BUILDS | TRAIT_H2C))
			warn_operation(policy, warner, operation, &rule->source);
	}
}

/* Builds, to a policy that gives its clients objects of their own. */
static void warn_owner(const struct policy *policy, const struct warner *warner)
{
	for (unsigned i = 0; policy_has_owner(policy) && i < docker_operation_count(); i++) {
		const struct docker_operation *operation = docker_operation_at(i);
		char room[240];
		struct text text = text_in(room, sizeof(room));

		if (operation->brand != BRAND_BUILD || !is_permitted(policy, operation))
			continue;
		text_add_format(&text,
		    "%s is allowed: its clients can read every image of the daemon, also those of "
		    "other owners, whatever \"image\" says; see docs/tenants.md",
		    operation->name);
		warner_say(warner, &policy->owner.source, room);
	}
}

void policy_warnings(const struct policy *policy, warn_fn *warn, void *context)
{
	const struct warner warner = {warn, context};

	warn_settings(policy, &warner);
	warn_names(policy, &warner);
	warn_denials(policy, &warner);
	warn_gaps(policy, &warner);
	warn_flags(policy, &warner);
	warn_values(policy, &warner);
	warn_bars(policy, &warner);
	warn_defaults(policy, &warner);
	warn_binds(policy, &warner);
	warn_twins(policy, &warner);
	warn_archives(policy, &warner);
	warn_operations(policy, &warner);
	warn_state(policy, &warner);
	warn_owner(policy, &warner);
	warn_vain(policy, &warner);
	redact_warn(policy, warn, context);
}
