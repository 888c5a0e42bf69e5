/* SPDX-License-Identifier: Apache-2.0 */
/* What a refused request lacks, collected while it is judged. */
#include "policy/remedy.h"

#include "base/glob.h"

/* ---- power over the host -----------------------------------------------------------------------
 */

/* Values that are root on the host, as globs, by grant. Binds are judged by their paths. */
static const struct {
	enum grant grant;
	const char *values;
} powers[] = {
    {GRANT_PRIVILEGED_ID, "**"},
    {GRANT_UNMASK_ID, "**"},
    {GRANT_SWARM_ID, "**"},
    {GRANT_NETWORK_MODE_ID, "host"},
    {GRANT_PID_MODE_ID, "host"},
    {GRANT_IPC_MODE_ID, "host"},
    {GRANT_UTS_MODE_ID, "host"},
    {GRANT_USERNS_MODE_ID, "host"},
    {GRANT_CGROUPNS_MODE_ID, "host"},
    {GRANT_CGROUP_PARENT_ID, "**"},
    {GRANT_CAP_ADD_ID, "ALL"},
    {GRANT_CAP_ADD_ID, "SYS_*"},
    {GRANT_CAP_ADD_ID, "DAC_READ_SEARCH"},
    {GRANT_CAP_ADD_ID, "BPF"},
    {GRANT_CAP_ADD_ID, "PERFMON"},
    {GRANT_CAP_ADD_ID, "NET_ADMIN"},
    {GRANT_CAP_ADD_ID, "MAC_*"},
    {GRANT_CAP_ADD_ID, "MKNOD"},
    {GRANT_SECURITY_OPT_ID, "seccomp=unconfined"},
    {GRANT_SECURITY_OPT_ID, "apparmor=unconfined"},
    {GRANT_SECURITY_OPT_ID, "label=disable*"},
    {GRANT_SECURITY_OPT_ID, "systempaths=unconfined"},
    {GRANT_DEVICE_ID, "/dev/sd*"},
    {GRANT_DEVICE_ID, "/dev/nvme*"},
    {GRANT_DEVICE_ID, "/dev/vd*"},
    {GRANT_DEVICE_ID, "/dev/xvd*"},
    {GRANT_DEVICE_ID, "/dev/dm-*"},
    {GRANT_DEVICE_ID, "/dev/mapper/**"},
    {GRANT_DEVICE_ID, "/dev/md*"},
    {GRANT_DEVICE_ID, "/dev/mmcblk*"},
    {GRANT_DEVICE_ID, "/dev/loop*"},
    {GRANT_DEVICE_ID, "/dev/mem"},
    {GRANT_DEVICE_ID, "/dev/kmem"},
    {GRANT_DEVICE_ID, "/dev/port"},
    {GRANT_DEVICE_ID, "/dev"},
    {GRANT_DEVICE_CGROUP_RULE_ID, "**"},
    {GRANT_RUNTIME_ID, "**"},
    {GRANT_PLUGIN_ID, "**"},
    {GRANT_PLUGIN_PRIVILEGE_ID, "**"},
    {GRANT_PLUGIN_SETTING_ID, "**"},
    {GRANT_VOLUMES_FROM_ID, "**"},
    {GRANT_CHECKPOINT_DIR_ID, "**"},
};

/* Directories whose files decide what the host runs, or hold its secrets, beside the places that
 * bind_sensitive() knows. */
static const struct span system_directories[] = {SPAN("/etc"), SPAN("/root"), SPAN("/usr"),
    SPAN("/bin"), SPAN("/sbin"), SPAN("/lib"), SPAN("/lib32"), SPAN("/lib64"), SPAN("/opt"),
    SPAN("/var"), SPAN("/var/lib"), SPAN("/var/spool"), SPAN("/home")};

static bool bind_gives_host(struct span path)
{
	if (bind_sensitive(path).at)
		return true;
	for (size_t i = 0; i < sizeof(system_directories) / sizeof(*system_directories); i++) {
		struct span directory = system_directories[i];
		bool tree = i < 8; /* all below it as well */

		if (span_equal(path, directory) ||
		    (tree && span_starts(path, directory) && path.at[directory.len] == '/'))
			return true;
	}
	return false;
}

bool grant_gives_host(enum grant grant, struct span value)
{
	if (grant == GRANT_BIND_ID)
		return bind_gives_host(value);
	for (size_t i = 0; i < sizeof(powers) / sizeof(*powers); i++) {
		if (powers[i].grant == grant && glob_match(span_of(powers[i].values), value))
			return true;
	}
	return false;
}

bool policy_gives_host(enum grant grant, struct span value)
{
	struct span path, rest = value;

	if (grant != GRANT_BIND_ID)
		return grant_gives_host(grant, value);
	if (word_next(&rest, &path) <= 0)
		return true;
	/* what a wildcard stands for lies below the directory before it */
	for (size_t i = 0; i < path.len; i++) {
		if (path.at[i] != '*' && path.at[i] != '?')
			continue;
		while (i > 1 && path.at[i - 1] != '/')
			i--;
		path.len = i > 1 ? i - 1 : 1;
	}
	return bind_gives_host(path);
}

/* Lines that let through what nobody has read. */
static bool reason_gives_host(enum reason reason)
{
	return reason == REASON_NEVER || reason == REASON_OWN_CONTAINER ||
	       reason == REASON_UNKNOWN_FIELD || reason == REASON_UNKNOWN_PARAM ||
	       reason == REASON_UNKNOWN_ROUTE;
}

bool fault_gives_host(const struct fault *fault)
{
	if (fault->grant != GRANT_NONE)
		return grant_gives_host(fault->grant, fault->value);
	return reason_gives_host(fault->reason);
}

/* ---- the list ----------------------------------------------------------------------------------
 */

static bool is_noted(const struct decision *decision, const char *text)
{
	for (unsigned i = 0; i < decision->remedy_count; i++) {
		if (strcmp(decision->remedies[i].text, text) == 0)
			return true;
	}
	return false;
}

/* The next free place, or NULL when there is none: it is counted then. */
static struct remedy *remedy_next(struct decision *decision)
{
	if (decision->remedy_count < POLICY_REMEDIES_MOST)
		return &decision->remedies[decision->remedy_count];
	decision->remedies_beyond++;
	return NULL;
}

void remedy_add_line(struct judge *judge, const char *line, bool gives_host)
{
	struct decision *decision = judge->decision;
	struct remedy *remedy = is_noted(decision, line) ? NULL : remedy_next(decision);

	if (!remedy)
		return;
	struct text text = text_in(remedy->text, sizeof(remedy->text));

	text_add(&text, span_of(line));
	remedy->kind = REMEDY_LINE;
	remedy->gives_host = gives_host;
	decision->remedy_count++;
}

static void add_change(struct judge *judge, const struct fault *fault, const char *sentence)
{
	struct decision *decision = judge->decision;
	struct remedy *remedy = remedy_next(decision);

	if (!remedy)
		return;
	struct text text = text_in(remedy->text, sizeof(remedy->text));

	place_write(&text, fault->place);
	if (fault->place)
		text_add(&text, fault->joins ? SPAN(" ") : SPAN(": "));
	text_add(&text, span_of(sentence));
	remedy->kind = fault->status == STATUS_FORBIDDEN ? REMEDY_CHANGE : REMEDY_BAD;
	remedy->gives_host = false;
	if (!is_noted(decision, remedy->text))
		decision->remedy_count++;
}

void remedy_add(struct judge *judge, const struct fault *fault, const char *sentence)
{
	if (fault->fix && fault->fix[0])
		remedy_add_line(judge, fault->fix, fault_gives_host(fault));
	else
		add_change(judge, fault, sentence);
}
