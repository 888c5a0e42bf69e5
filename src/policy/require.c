/* SPDX-License-Identifier: Apache-2.0 */
/* `require`, `preset` and the maxima: the table of requirements, and asking them. */
#include "policy/require.h"

#include "base/nearest.h"
#include "json/json.h"

#define ON_RUN (ON_CREATE | ON_SERVICE | ON_STORED)
#define ON_CONTAINER (ON_CREATE | ON_STORED)

static const struct requirement requirements[] = {
    {"non_root", "4.1", ON_RUN | ON_EXEC, require_non_root, "User",
	"must be \"uid:gid\", two numbers above zero; added groups must be numbers above zero, too",
	"--user 1000:1000"},
    {"exec_non_root", "5.23", ON_EXEC, require_exec_non_root, "User",
	"must not be root, nor a name that can be root; without it the container's user counts",
	NULL},
    {"no_privileged", "5.4", ON_CONTAINER | ON_EXEC, require_no_privileged, "HostConfig.Privileged",
	"must be false", NULL},
    {"cap_drop_all", "5.3", ON_RUN | ON_EXEC, require_cap_drop_all, "HostConfig.CapDrop",
	"must hold \"ALL\"; CapAdd must not hold it, and Privileged must be false",
	"--cap-drop ALL"},
    {"no_new_privileges", "5.25", ON_RUN, require_no_new_privileges, "HostConfig.SecurityOpt",
	"must hold \"no-new-privileges\"", "--security-opt no-new-privileges"},
    {"seccomp", "5.21", ON_RUN | ON_EXEC, require_seccomp, "HostConfig.SecurityOpt",
	"must leave the default seccomp profile in place", NULL},
    {"apparmor", "5.1", ON_RUN | ON_EXEC, require_apparmor, "HostConfig.SecurityOpt",
	"must leave the default AppArmor profile in place", NULL},
    {"selinux", "5.2", ON_RUN | ON_EXEC, require_selinux, "HostConfig.SecurityOpt",
	"must leave SELinux labels in place; PidMode and IpcMode \"host\" turn them off", NULL},
    {"read_only_root", "5.12", ON_RUN, require_read_only_root, "HostConfig.ReadonlyRootfs",
	"must be true", "--read-only"},
    {"memory_limit", "5.10", ON_RUN | ON_UPDATE, require_memory_limit, "HostConfig.Memory",
	"must be a limit above zero and below 1 PiB; MemorySwap must not be unlimited", "-m 512m"},
    {"cpu_limit", "5.11", ON_RUN | ON_UPDATE, require_cpu_limit, "HostConfig.NanoCpus",
	"must be a limit above zero (NanoCpus or CpuQuota)", "--cpus 1"},
    {"pids_limit", "5.28", ON_RUN | ON_UPDATE, require_pids_limit, "HostConfig.PidsLimit",
	"must be a limit above zero", "--pids-limit 100"},
    {"no_host_namespaces", "5.9", ON_RUN, require_no_host_namespaces, "HostConfig",
	"must not share the host's network, PID, IPC, UTS, user or cgroup namespace; set "
	"CgroupnsMode \"private\" where the daemon's default is the host's",
	NULL},
    {"private_ipc", "5.16", ON_CONTAINER, require_private_ipc, "HostConfig.IpcMode",
	"must be \"private\" or \"none\"", "--ipc private"},
    {"private_cgroup", "5.24", ON_RUN, require_private_cgroup, "HostConfig.CgroupnsMode",
	"must be \"private\", and CgroupParent must be empty; for services the daemon's default "
	"must be",
	"--cgroupns private"},
    {"no_devices", "5.17", ON_RUN | ON_EXEC, require_no_devices, "HostConfig.Devices",
	"must be empty; so must DeviceRequests and DeviceCgroupRules; Privileged must be false",
	NULL},
    {"no_sensitive_binds", "5.5", ON_RUN | ON_VOLUME, require_no_sensitive_binds,
	"HostConfig.Mounts", "must not bind system directories of the host or the Docker socket",
	NULL},
    {"no_shared_propagation", "5.19", ON_RUN | ON_VOLUME, require_no_shared_propagation,
	"HostConfig.Mounts", "must not propagate mounts to the host", NULL},
    {"nosuid_binds", NULL, ON_RUN | ON_VOLUME, require_nosuid_binds, "HostConfig.Mounts",
	"must be read-only, or on a file system mounted nosuid and nodev", NULL},
    {"loopback_ports", "5.13", ON_RUN, require_loopback_ports, "HostConfig.PortBindings",
	"must publish on loopback addresses only", "-p 127.0.0.1:8080:80"},
    {"unprivileged_ports", "5.7", ON_RUN, require_unprivileged_ports, "HostConfig.PortBindings",
	"must not publish ports below 1024", "-p 8080:80"},
    {"no_default_bridge", "5.29", ON_RUN | ON_CONNECT, require_no_default_bridge,
	"HostConfig.NetworkMode",
	"must name a network other than the default bridge; an id does not count",
	"--network NAME"},
    {"restart_bounded", "5.14", ON_RUN | ON_UPDATE, require_restart_bounded,
	"HostConfig.RestartPolicy",
	"must be \"no\", or \"on-failure\" with a bounded count and without a window",
	"--restart on-failure:5"},
    {"healthcheck", "5.26", ON_RUN, require_healthcheck, "Healthcheck.Test",
	"must be a command; it must run at least once a day", "--health-cmd COMMAND"},
    {"image_digest", "5.27", ON_RUN, require_image_digest, "Image",
	"must be pinned by digest (name@sha256:...)", NULL},
    {"ulimits", "5.18", ON_RUN, require_ulimits, "HostConfig.Ulimits",
	"must be set; each must be a limit", "--ulimit nofile=1024"},
    {"log_driver", NULL, ON_RUN, require_log_driver, "HostConfig.LogConfig.Type",
	"must name a log driver other than \"none\"", "--log-driver local"},
    {"log_limits", NULL, ON_RUN, require_log_limits, "HostConfig.LogConfig.Config",
	"must hold max-size above zero; max-size times max-file must be below 1t",
	"--log-opt max-size=10m"},
    /* in a container that exists the image's part of Env cannot be told from the client's */
    {"no_secret_env", "4.10", ON_CREATE | ON_SERVICE | ON_EXEC | ON_IMAGE, require_no_secret_env,
	"Env", "must not hold passwords, tokens or keys", NULL},
};

#define REQUIREMENT_COUNT (sizeof(requirements) / sizeof(*requirements))
_Static_assert(REQUIREMENT_COUNT <= REQUIRE_MOST, "one bit a requirement");

const struct requirement *requirement_at(unsigned index)
{
	return index < REQUIREMENT_COUNT ? &requirements[index] : NULL;
}

/* ---- building ---------------------------------------------------------------------------- */

/* All requirements of section 5 of the benchmark, but the one it wants only "if needed". */
static bool in_cis_preset(const struct requirement *requirement)
{
	return requirement->cis && requirement->cis[0] == '5' &&
	       requirement->met != require_ulimits;
}

/* What a row is asked of, in words. */
static void write_subjects(struct text *text, unsigned subjects)
{
	static const char *const names[] = {[SUBJECT_CREATE] = "create",
	    [SUBJECT_UPDATE] = "update",
	    [SUBJECT_SERVICE] = "service",
	    [SUBJECT_EXEC] = "exec",
	    [SUBJECT_VOLUME] = "volume",
	    [SUBJECT_CONNECT] = "connect",
	    [SUBJECT_IMAGE] = "image"};

	for (unsigned kind = SUBJECT_CREATE; kind < sizeof(names) / sizeof(*names); kind++) {
		if (subjects & 1u << kind)
			text_add_format(text, "%s%s", text->len ? " " : "", names[kind]);
	}
}

bool policy_requirement_at(unsigned index, struct policy_requirement *ret_requirement)
{
	const struct requirement *row = requirement_at(index);

	if (!row)
		return false;
	*ret_requirement = (struct policy_requirement){
	    .name = row->name,
	    .cis = row->cis ? row->cis : "",
	    .preset = in_cis_preset(row),
	    .field = row->field,
	    .must = row->must,
	    .option = row->option ? row->option : "",
	};
	struct text of = text_in(ret_requirement->of, sizeof(ret_requirement->of));

	write_subjects(&of, row->subjects);
	return true;
}

static void require_row(struct policy_line *line, unsigned index)
{
	struct policy *policy = line->policy;
	uint64_t bit = UINT64_C(1) << index;

	if (!(policy->required & bit))
		policy->required_by[index] = line->source;
	policy->required |= bit;
}

static void require_cis(struct policy_line *line)
{
	for (unsigned i = 0; i < REQUIREMENT_COUNT; i++) {
		if (in_cis_preset(&requirements[i]))
			require_row(line, i);
	}
}

bool require_names(struct span word)
{
	for (unsigned i = 0; i < REQUIREMENT_COUNT; i++) {
		if (span_equal(word, span_of(requirements[i].name)))
			return true;
	}
	return false;
}

static int require_word(struct policy_line *line, struct span word, struct error *err)
{
	struct nearest nearest;

	if (span_has(word, ','))
		return error_set(err, "\"%.*s\": write blanks between requirements, not commas",
		    (int)word.len, word.at);
	nearest_init(&nearest, word);
	if (span_is(word, "cis")) {
		require_cis(line);
		return 0;
	}
	for (unsigned i = 0; i < REQUIREMENT_COUNT; i++) {
		if (span_equal(word, span_of(requirements[i].name))) {
			require_row(line, i);
			return 0;
		}
		nearest_offer(&nearest, requirements[i].name);
	}
	if (nearest.best)
		return error_set(err, "there is no requirement \"%.*s\"; did you mean \"%s\"?",
		    (int)word.len, word.at, nearest.best);
	return error_set(err, "there is no requirement \"%.*s\"", (int)word.len, word.at);
}

int require_add(struct policy_line *line, struct error *err)
{
	struct span rest = line->value, word;

	while ((word = span_next_word(&rest)).len > 0) {
		if (require_word(line, word, err) < 0)
			return -1;
	}
	return 0;
}

int require_preset(struct policy_line *line, struct error *err)
{
	if (!span_is(line->value, "cis"))
		return error_set(err,
		    "\"%.*s\" is not cis; policies for clients are \"include = preset:NAME\"",
		    (int)line->value.len, line->value.at);
	require_cis(line);
	return 0;
}

/* ---- what is asked about ----------------------------------------------------------------- */

static struct subject subject_of(const struct docker_match *match, const cJSON *body)
{
	struct subject subject = {.kind = match->operation->subject};

	switch (subject.kind) {
	case SUBJECT_CREATE:
		subject.config = body;
		subject.host = json_field(body, "HostConfig");
		subject.network = field_at(body, "NetworkingConfig", "EndpointsConfig", NULL);
		break;
	case SUBJECT_UPDATE:
		subject.host = body;
		break;
	case SUBJECT_EXEC:
	case SUBJECT_IMAGE:
		subject.config = body;
		break;
	case SUBJECT_VOLUME:
		subject.options = json_field(body, "DriverOpts");
		break;
	case SUBJECT_SERVICE:
		subject.spec = body;
		subject.task = json_field(body, "TaskTemplate");
		subject.config = json_field(subject.task, "ContainerSpec");
		break;
	case SUBJECT_CONNECT:
		subject.network = json_field(body, "EndpointConfig");
		subject.name = match->args[0];
		break;
	case SUBJECT_NONE:
	case SUBJECT_MAX:
	default:
		break;
	}
	return subject;
}

/* Tells the trace that the requirement |name| is met. */
static void note_met(struct judge *judge, const struct place *place, const char *name)
{
	struct decision room;
	struct text field = text_in(room.field, sizeof(room.field));
	struct text result = text_in(room.message, sizeof(room.message));

	if (!judge->trace)
		return;
	place_write(&field, place);
	text_add_format(&result, "met: %s", name);
	judge->trace(judge->context,
	    &(struct policy_step){"require", room.field, "", room.message, {0}, false, name});
}

static void judge_maximum(struct judge *judge, const struct place *up, enum maximum maximum,
    const struct subject *subject)
{
	const struct maximum_state *state = &judge->policy->maxima[maximum];

	if (!state->given)
		return;
	if (maximum_met(judge, maximum, state->value, subject)) {
		note_met(judge, up, maximum_name(maximum));
		return;
	}
	struct place place =
	    place_member(up, span_of(maximum_field(maximum, state->value, subject)));
	struct fault fault = {.reason = REASON_REQUIREMENT,
	    .place = &place,
	    .requirement = maximum_name(maximum),
	    .joins = true};
	char room[160];
	struct text text = text_in(room, sizeof(room));

	maximum_explain(&text, maximum, state->value, subject);
	judge_refuse(judge, &fault, "%s", room);
}

static void judge_requirement(struct judge *judge, const struct place *up,
    const struct requirement *row, const struct subject *subject)
{
	/* what an exec has to do with the rights of its container is one member */
	bool exec = subject->kind == SUBJECT_EXEC && strncmp(row->field, "HostConfig", 10) == 0;
	struct place place = place_member(up, exec ? SPAN("Privileged") : span_of(row->field));
	struct fault fault = {
	    .reason = REASON_REQUIREMENT, .place = &place, .requirement = row->name};

	if (row->met(judge, subject)) {
		/* binds on other file systems were refused one by one */
		if (row->met != require_nosuid_binds || !judge->refused)
			note_met(judge, &place, row->name);
		return;
	}
	bool runs = subject->kind == SUBJECT_CREATE && !subject->stored && row->option;

	judge_refuse(judge, &fault, "%s (required: %s%s%s%s%s)", row->must, row->name,
	    row->cis ? ", CIS " : "", row->cis ? row->cis : "", runs ? "; docker run " : "",
	    runs ? row->option : "");
}

const struct policy_source *require_asks(const struct policy *policy, require_fn *met)
{
	for (unsigned i = 0; i < REQUIREMENT_COUNT; i++) {
		if (requirements[i].met == met && policy->required & UINT64_C(1) << i)
			return &policy->required_by[i];
	}
	return NULL;
}

bool requires_nothing(const struct policy *policy)
{
	bool nothing = policy->required == 0;

	for (int i = 0; i < MAXIMUM_COUNT; i++)
		nothing = nothing && !policy->maxima[i].given;
	return nothing;
}

/* |as|: what the subject counts as, a bit of requirement.subjects. */
static void judge_subject(
    struct judge *judge, const struct place *up, const struct subject *subject, unsigned as)
{
	for (unsigned i = 0; i < REQUIREMENT_COUNT && !judge_done(judge); i++) {
		if (judge->policy->required & UINT64_C(1) << i && requirements[i].subjects & as)
			judge_requirement(judge, up, &requirements[i], subject);
	}
	for (int i = 0; i < MAXIMUM_COUNT && !judge_done(judge); i++)
		judge_maximum(judge, up, (enum maximum)i, subject);
}

void require_judge(struct judge *judge, const cJSON *body)
{
	if (requires_nothing(judge->policy))
		return;
	const struct subject subject = subject_of(&judge->request->match, body);

	if (subject.kind != SUBJECT_NONE)
		judge_subject(judge, NULL, &subject, 1u << subject.kind);
}

void require_judge_instruction(struct judge *judge, const struct place *place, struct span text)
{
	struct fault fault = {
	    .reason = REASON_REQUIREMENT, .place = place, .requirement = "no_secret_env"};

	if (require_asks(judge->policy, require_no_secret_env) &&
	    require_instruction_is_secret(text))
		judge_refuse(judge, &fault,
		    "must not put passwords, tokens or keys into the environment of an image "
		    "(required: no_secret_env, CIS 4.10)");
}

void require_judge_stored(
    struct judge *judge, const struct place *place, enum docker_object kind, const cJSON *object)
{
	const struct subject container = {
	    .kind = SUBJECT_CREATE,
	    .stored = true,
	    .config = json_field(object, "Config"),
	    .host = json_field(object, "HostConfig"),
	    .network = field_at(object, "NetworkSettings", "Networks", NULL),
	    .mounted = json_field(object, "Mounts"),
	};
	const struct subject exec = {
	    .kind = SUBJECT_EXEC,
	    .stored = true,
	    .config = json_field(object, "ProcessConfig"),
	    .container = json_text(object, "ContainerID"),
	};
	const struct subject volume = {
	    .kind = SUBJECT_VOLUME,
	    .stored = true,
	    .options = json_field(object, "Options"),
	};

	if (kind == OBJECT_CONTAINER)
		judge_subject(judge, place, &container, ON_STORED);
	else if (kind == OBJECT_EXEC)
		judge_subject(judge, place, &exec, ON_EXEC);
	else if (kind == OBJECT_VOLUME)
		judge_subject(judge, place, &volume, ON_VOLUME);
}
