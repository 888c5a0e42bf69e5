/* SPDX-License-Identifier: Apache-2.0 */
/* Values of grants that could never match anything, and the right form of what was meant. */
#include <ctype.h>

#include "base/glob.h"
#include "base/nearest.h"
#include "policy/judge.h"

#define FORM_MOST 200

/* ---- values that are one of a few words --------------------------------------------------------
 */

/* A word that ends in a star is the beginning of longer ones. */
static const struct {
	enum grant grant;
	const char *words;
} vocabularies[] = {
    {GRANT_CAP_ADD_ID,
	"ALL CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP "
	"LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER "
	"SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE "
	"SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP "
	"MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF "
	"CHECKPOINT_RESTORE"},
    {GRANT_SIGNAL_ID, "HUP INT QUIT ILL TRAP ABRT IOT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM "
		      "STKFLT CHLD CLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH "
		      "IO POLL PWR SYS UNUSED RTMIN* RTMAX* 3* 4* 5* 6*"},
    {GRANT_RESTART_ID, "no none always unless-stopped on-failure any"},
    {GRANT_PID_MODE_ID, "host private container:* ns:* pod"},
    {GRANT_IPC_MODE_ID, "host none private shareable container:* ns:* pod"},
    {GRANT_UTS_MODE_ID, "host private container:* ns:* pod"},
    {GRANT_USERNS_MODE_ID, "host private auto* keep-id* nomap container:* ns:* pod"},
    {GRANT_CGROUPNS_MODE_ID, "host private container:* ns:* pod"},
    {GRANT_NODE_ID, "worker manager active pause drain"},
    {GRANT_SERVICE_ROLLBACK_ID, "none previous"},
    {GRANT_ISOLATION_ID, "default process hyperv"},
    {GRANT_NETWORK_SCOPE_ID, "local swarm global"},
    {GRANT_TASK_RUNTIME_ID, "container plugin attachment"},
    {GRANT_SECURITY_OPT_ID, "no-new-privileges* apparmor* seccomp* label* systempaths* "
			    "credentialspec* writable-cgroups* mask* unmask* proc-opts* disable"},
    {GRANT_ULIMIT_ID,
	"as* core* cpu* data* fsize* locks* maxlogins* maxsyslogins* memlock* msgqueue* "
	"nice* nofile* nproc* priority* rss* rtprio* rttime* sigpending* stack* host"},
    {GRANT_SYSCTL_ID, "kernel.* net.* fs.* vm.* user.* abi.* debug.* dev.*"},
};

static bool is_beginning(struct span word)
{
	return word.len > 0 && word.at[word.len - 1] == '*';
}

/* What stands before the first star. */
static struct span fixed_part(struct span pattern)
{
	const char *star = pattern.len ? memchr(pattern.at, '*', pattern.len) : NULL;

	return star ? (struct span){pattern.at, (size_t)(star - pattern.at)} : pattern;
}

/* "nofile" is the beginning of "nofile=1024", not of "nofiles". */
static bool begins_with(struct span value, struct span begin)
{
	if (!span_starts(value, begin))
		return false;
	return value.len == begin.len || !isalpha((unsigned char)begin.at[begin.len - 1]) ||
	       !isalpha((unsigned char)value.at[begin.len]);
}

/* Whether the pattern |value| and |word| can stand for the same text. */
static bool word_fits(struct span value, struct span word)
{
	struct span prefix = fixed_part(value), begin = fixed_part(word);

	if (!is_beginning(word))
		return glob_match(value, word);
	return begins_with(prefix, begin) || (prefix.len < value.len && span_starts(begin, prefix));
}

static bool in_vocabulary(const char *words, struct span value)
{
	struct span rest = span_of(words), word;

	while ((word = span_next_word(&rest)).len > 0) {
		if (word_fits(value, word))
			return true;
	}
	return false;
}

static int refuse_word(const char *key, const char *words, struct span value, struct error *err)
{
	struct nearest nearest;
	struct span rest = span_of(words), word;
	char room[FORM_MOST], best[FORM_MOST] = "";

	struct span name = value;

	while (name.len > 0 && memchr(value.at, '=', name.len))
		name.len--;
	nearest_init(&nearest, name);
	while ((word = span_next_word(&rest)).len > 0) {
		struct text text = text_in(room, sizeof(room));

		text_add(&text, fixed_part(word));
		nearest.best = NULL;
		nearest_offer(&nearest, room);
		if (nearest.best) {
			text_add(&text, span_is(word, "container:*") ? SPAN("*") : SPAN(""));
			memcpy(best, room, sizeof(best));
		}
	}
	if (best[0])
		return error_set(err, "\"%.*s\" is no value of %s; did you mean \"%s\"?",
		    (int)value.len, value.at, key, best);
	return error_set(
	    err, "\"%.*s\" is no value of %s; there are %s", (int)value.len, value.at, key, words);
}

/* Spelled as what it is held against is. */
static int vocabulary_check(enum grant grant, struct span written, struct error *err)
{
	char cap[CAP_NAME_MOST], signal[SIGNAL_MOST];
	struct span value = written;

	if (grant == GRANT_SIGNAL_ID)
		value = signal_name(written, &signal);
	else if (grant_info(grant)->kind == GRANT_CAP)
		value = cap_name(written, &cap);
	for (size_t i = 0; i < sizeof(vocabularies) / sizeof(*vocabularies); i++) {
		const char *words = vocabularies[i].words;

		if (vocabularies[i].grant == grant && !in_vocabulary(words, value))
			return err ? refuse_word(grant_info(grant)->name, words, value, err) : -1;
	}
	return 0;
}

/* ---- values with a form ------------------------------------------------------------------------
 */

typedef bool form_fn(struct span value);

static bool starts_wild(struct span value)
{
	return value.len > 0 && value.at[0] == '*';
}

static bool is_rooted(struct span value)
{
	return span_starts(value, SPAN("/")) || starts_wild(value);
}

static bool is_device(struct span value)
{
	return (is_rooted(value) || span_has(value, '=')) && !span_has(value, ':');
}

static bool is_device_rule(struct span value)
{
	return starts_wild(value) || (value.len > 2 && strchr("abc", value.at[0]) &&
					 value.at[1] == ' ' && span_has(value, ':'));
}

/* Docker writes one before names, and takes it away from those that it is given. */
static bool is_bare(struct span value)
{
	return !span_starts(value, SPAN("/"));
}

static bool is_no_variable(struct span value)
{
	return !span_starts(value, SPAN("$"));
}

/* "data:ro" is docker's. */
static bool is_volume(struct span value)
{
	return !span_has(value, ':') && (!span_has(value, '/') || starts_wild(value));
}

/* A working directory that is relative is refused by dockerd and runc. */
static bool is_directory(struct span value)
{
	return is_rooted(value) || (value.len > 0 && value.at[0] == '?');
}

/* Addresses are compared as texts; "10.0.0.0/8" is none. */
static bool has_no_range(struct span value)
{
	return !span_has(value, '/');
}

/* "container:" alone names none. */
static bool names_container(struct span value)
{
	return !span_is(value, "container:") && !span_is(value, "ns:");
}

/* "0-999" would be the name of one user. */
static bool is_number_range(struct span value)
{
	struct span high, low = span_cut(value, '-', &high);
	uint64_t number;

	return span_to_uint(low, UINT64_MAX, &number) && span_to_uint(high, UINT64_MAX, &number);
}

static bool is_user(struct span value)
{
	return is_no_variable(value) && !is_number_range(value);
}

static bool is_inside(struct span value)
{
	while (value.at) {
		if (span_is(span_cut(value, '/', &value), ".."))
			return false;
	}
	return true;
}

static bool is_host_entry(struct span value)
{
	return has_no_range(value) && (span_has(value, ':') || span_has(value, '*'));
}

/* "/tmp:size=64m" is docker's; here options stand behind a "=". */
static bool is_tmpfs(struct span value)
{
	struct span options;

	return is_rooted(value) && !span_has(span_cut(value, '=', &options), ':');
}

static bool is_registry(struct span value)
{
	return !span_has(value, '/') && !span_has(value, '@');
}

static const struct {
	enum grant grant;
	form_fn *fits;
	const char *right;
} forms[] = {
    {GRANT_DEVICE_ID, is_device, "a path such as /dev/ttyUSB0, without permissions behind it"},
    {GRANT_DEVICE_CGROUP_RULE_ID, is_device_rule, "a rule in quotes, such as \"c 1:3 rwm\""},
    {GRANT_NAME_ID, is_bare, "the name without a slash before it"},
    {GRANT_USER_ID, is_user,
	"one name or number, such as 1000 or 10??; a policy has no variables and no ranges"},
    {GRANT_GROUP_ADD_ID, is_user,
	"one name or number, such as 1000 or 10??; a policy has no variables and no ranges"},
    {GRANT_VOLUME_ID, is_volume, "a volume's name; host paths have the key bind"},
    {GRANT_WORKING_DIR_ID, is_directory, "an absolute path, such as /app/**"},
    {GRANT_CGROUP_PARENT_ID, is_inside, "a path without \"..\""},
    {GRANT_DNS_ID, has_no_range, "one address or name; 10.0.0.* is what 10.0.0.0/24 stands for"},
    {GRANT_NETWORK_MODE_ID, names_container, "container:NAME, or container:* for any"},
    {GRANT_PID_MODE_ID, names_container, "container:NAME, or container:* for any"},
    {GRANT_IPC_MODE_ID, names_container, "container:NAME, or container:* for any"},
    {GRANT_ARCHIVE_PATH_ID, is_rooted, "a path from the container's root, such as /tmp/**"},
    {GRANT_CHECKPOINT_DIR_ID, is_rooted, "an absolute path"},
    {GRANT_EXTRA_HOST_ID, is_host_entry, "HOST:ADDRESS, such as db:10.0.0.5"},
    {GRANT_TMPFS_ID, is_tmpfs, "a path, and its options behind a \"=\", such as /tmp=size=64m"},
    {GRANT_REGISTRY_ID, is_registry,
	"a registry's host, such as registry.example.org:5000; paths have the key image"},
};

static int form_check(enum grant grant, struct span value, struct error *err)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		if (forms[i].grant == grant && !forms[i].fits(value))
			return error_set(err, "\"%.*s\" matches nothing; write %s", (int)value.len,
			    value.at, forms[i].right);
	}
	return 0;
}

static struct span without_quotes(struct span text)
{
	bool begins = text.len > 0 && text.at[0] == '"';

	text = span_from(text, begins);
	text.len -= text.len > 0 && text.at[text.len - 1] == '"';
	return text;
}

/* The line with blanks for |mark|. */
static int refuse_separators(enum grant grant, struct span line, char mark, struct error *err)
{
	char room[FORM_MOST];
	struct text text = text_in(room, sizeof(room));

	while (line.at) {
		struct span value = without_quotes(span_trim(span_cut(line, mark, &line)));

		text_add(&text, text.len && value.len ? SPAN(" ") : SPAN(""));
		text_add(&text, value);
	}
	return error_set(err, "values have blanks between them, and no %s; write %s = %s",
	    mark == ',' ? "commas" : "\"|\"", grant_info(grant)->name, room);
}

/* ---- marks of other languages of patterns ------------------------------------------------------
 */

/* What names of the grant cannot have; marks of regular expressions, shells and documents. */
static const struct {
	enum grant grant;
	const char *marks;
} foreign[] = {
    {GRANT_NAME_ID, "|[](){}^$<>"},
    {GRANT_VOLUME_ID, "|[]()^$<>"}, /* a template has braces */
    {GRANT_VOLUMES_FROM_ID, "|[](){}^$<>"},
    {GRANT_IMAGE_ID, "|[](){}^$<>"},
    {GRANT_IMAGE_WRITE_ID, "|[](){}^$<>"},
    {GRANT_FRONTEND_ID, "|[](){}^$<>"},
    {GRANT_USER_ID, "|[](){}^<>"}, /* names of machines end in a dollar sign */
    {GRANT_GROUP_ADD_ID, "|[](){}^<>"},
    {GRANT_RUNTIME_ID, "|[](){}^$<>"},
    {GRANT_LOG_DRIVER_ID, "|[](){}^$<>"},
    {GRANT_VOLUME_DRIVER_ID, "|[](){}^$<>"},
    {GRANT_NETWORK_DRIVER_ID, "|[](){}^$<>"},
    {GRANT_PLUGIN_ID, "|[](){}^$<>"},
    {GRANT_REGISTRY_ID, "|(){}^$<>"}, /* an address has brackets */
    {GRANT_SECRET_ID, "|[](){}^$<>"},
};

/* The first of |marks| in |value|, or 0. */
static char find_mark(struct span value, const char *marks)
{
	for (size_t i = 0; i < value.len; i++) {
		if (strchr(marks, value.at[i]))
			return value.at[i];
	}
	return 0;
}

static int marks_check(enum grant grant, struct span line, struct span value, struct error *err)
{
	struct span behind = value, name = value;

	if (span_starts(value, SPAN("[")) && span_has(value, '/')) /* an image at [::1] */
		(void)span_cut(value, ']', &behind);
	if (behind.at)
		name = behind;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		char mark = foreign[i].grant == grant ? find_mark(name, foreign[i].marks) : 0;

		if (mark == '|')
			return refuse_separators(grant, line, '|', err);
		if (mark)
			return error_set(err,
			    "\"%.*s\" matches nothing: patterns have * and ?, and no \"%c\"",
			    (int)value.len, value.at, mark);
	}
	return 0;
}

/* ---- how values are written --------------------------------------------------------------------
 */

/* Whether a comma can be part of what the value is held against. */
static bool takes_commas(enum grant grant)
{
	enum grant_kind kind = grant_info(grant)->kind;

	return kind == GRANT_PAIR || kind == GRANT_ARGV || grant == GRANT_DEVICE_REQUEST_ID ||
	       grant == GRANT_IMAGE_CHANGE_ID || grant == GRANT_PS_ARGS_ID;
}

int grant_value_check(enum grant grant, struct span line, struct span value, struct error *err)
{
	bool bare = !span_has(line, '"');

	if (grant_info(grant)->kind == GRANT_PAIR && span_starts(value, SPAN("=")))
		return error_set(err,
		    "\"%.*s\" has no name before the \"=\"; write NAME=VALUE, without blanks",
		    (int)value.len, value.at);
	if (bare && grant_info(grant)->kind == GRANT_PAIR && value.len > 1 &&
	    value.at[value.len - 1] == ':' && !span_has(value, '='))
		return error_set(err, "\"%.*s\": write NAME=VALUE, without blanks and colon",
		    (int)value.len, value.at);
	if (bare && !takes_commas(grant) && span_has(value, ','))
		return refuse_separators(grant, line, ',', err);
	if (form_check(grant, value, err) < 0 || marks_check(grant, line, value, err) < 0)
		return -1;
	return vocabulary_check(grant, value, err);
}
