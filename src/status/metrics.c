/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include "status/metrics.h"

#include "config/config.h"
#include "net/digest.h"
#include "proxy/ledger.h"
#include "proxy/stats.h"

#define NANOSECONDS 1000000000ULL

struct scrape {
	struct buf *out;
	const char *name; /* of the family under way */
	struct server *chief;
	const struct config *config;
};

/* ---- sums over the workers --------------------------------------------------------------- */

/* The counter at |offset| of each worker's stats, added up. */
static uint64_t sum(const struct scrape *scrape, size_t offset)
{
	uint64_t total = 0;

	for (const struct server *server = scrape->chief; server; server = server->next)
		total += stats_read(
		    (const _Atomic uint64_t *)(const void *)((const char *)server->stats + offset));
	return total;
}

#define SUM(scrape, member) sum(scrape, offsetof(struct stats, member))

static size_t counter_at(size_t base, size_t index)
{
	return base + index * sizeof(uint64_t);
}

/* ---- lines ------------------------------------------------------------------------------- */

/* |labels|: without braces, "" for none. */
static void line(
    const struct scrape *scrape, const char *suffix, const char *labels, uint64_t value)
{
	buf_add_format(scrape->out, *labels ? "%s%s{%s} %llu\n" : "%s%s%s %llu\n", scrape->name,
	    suffix, labels, (unsigned long long)value);
}

/* A label's value: a backslash, a quotation mark and a line end are escaped. */
static void add_label(struct buf *out, const char *name, const char *value)
{
	buf_add_format(out, "%s%s=\"", out->len ? "," : "", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			buf_add_char(out, '\\');
		if (*value == '\n')
			buf_add_text(out, "\\n");
		else
			buf_add_char(out, *value);
	}
	buf_add_char(out, '"');
}

struct label {
	const char *name, *value;
};

static void labelled(
    const struct scrape *scrape, const struct label *labels, unsigned count, uint64_t value)
{
	struct buf text;

	buf_init(&text, 4096);
	for (unsigned i = 0; i < count; i++)
		add_label(&text, labels[i].name, labels[i].value);
	if (text.failed)
		scrape->out->failed = true;
	else
		line(scrape, "_total", buf_text(&text), value);
	buf_free(&text);
}

/* ---- families ---------------------------------------------------------------------------- */

static const char *const verdicts[STATS_VERDICTS] = {
    [STATS_ALLOWED] = "allowed", [STATS_DRY_RUN] = "dry_run", [STATS_DENIED] = "denied"};

static const char *class_name(unsigned class)
{
	return class < CLASS_MAX ? docker_class_name((enum docker_class) class) : "unknown";
}

static void requests(const struct scrape *scrape)
{
	const struct stats_names *names = scrape->chief->stats_names;

	for (unsigned slot = 0; slot < names->count; slot++) {
		for (unsigned i = 0; i < STATS_CLASSES * STATS_VERDICTS; i++) {
			size_t index = slot * STATS_CLASSES * STATS_VERDICTS + i;
			uint64_t value =
			    sum(scrape, counter_at(offsetof(struct stats, requests), index));
			const struct label labels[] = {{"policy", names->names[slot]},
			    {"class", class_name(i / STATS_VERDICTS)},
			    {"verdict", verdicts[i % STATS_VERDICTS]}};

			if (value)
				labelled(scrape, labels, 3, value);
		}
	}
}

static void denials(const struct scrape *scrape)
{
	for (unsigned reason = REASON_NONE + 1; reason < REASON_MAX; reason++) {
		const struct label label = {"reason", reason_name((enum reason)reason)};

		labelled(scrape, &label, 1,
		    sum(scrape, counter_at(offsetof(struct stats, denials), reason)));
	}
}

static void limits(const struct scrape *scrape)
{
	for (unsigned limit = CROWD_FINE + 1; limit < CROWD_LIMIT_MAX; limit++) {
		const struct label label = {
		    "limit", crowd_limit_info((enum crowd_limit)limit)->option};

		labelled(scrape, &label, 1,
		    crowd_refusals(scrape->chief->crowd, (enum crowd_limit)limit));
	}
}

static void dials(const struct scrape *scrape)
{
	const struct label done = {"result", "connected"}, failed = {"result", "failed"};

	labelled(scrape, &done, 1, SUM(scrape, dials[1]));
	labelled(scrape, &failed, 1, SUM(scrape, dials[0]));
}

static void reloads(const struct scrape *scrape)
{
	const struct label done = {"result", "applied"}, failed = {"result", "refused"};

	labelled(scrape, &done, 1, scrape->chief->reloads[true]);
	labelled(scrape, &failed, 1, scrape->chief->reloads[false]);
}

static void audit_lines(const struct scrape *scrape)
{
	const struct ledger_lines lines = ledger_lines(scrape->chief->ledger);
	const struct label written = {"result", "written"}, lost = {"result", "lost"};

	labelled(scrape, &written, 1, lines.written);
	labelled(scrape, &lost, 1, lines.lost);
}

static void tunnels(const struct scrape *scrape)
{
	line(scrape, "_total", "", SUM(scrape, entered[CONN_TUNNEL]));
}

/* Connections by what they do: the states of a life are more than anybody wants to see. */
static void connections(const struct scrape *scrape)
{
	static const struct {
		const char *label;
		unsigned states;
	} rows[] = {
	    {"state=\"idle\"", 1u << CONN_IDLE},
	    {"state=\"handshake\"", 1u << CONN_GREET},
	    {"state=\"reading\"", 1u << CONN_HEAD | 1u << CONN_BODY | 1u << CONN_ADVICE},
	    {"state=\"asking\"", 1u << CONN_CALLER | 1u << CONN_LOOKUP},
	    {"state=\"connecting\"", 1u << CONN_CONNECT},
	    {"state=\"exchange\"", 1u << CONN_EXCHANGE | 1u << CONN_ANSWER | 1u << CONN_TRAIL},
	    {"state=\"tunnel\"", 1u << CONN_TUNNEL},
	    {"state=\"ending\"",
		1u << CONN_SKIP | 1u << CONN_DRAIN | 1u << CONN_LINGER | 1u << CONN_CLOSED},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t value = 0;

		for (unsigned state = 0; state < CONN_STATE_MAX; state++) {
			if (rows[i].states & (1u << state))
				value +=
				    sum(scrape, counter_at(offsetof(struct stats, states), state));
		}
		line(scrape, "", rows[i].label, value);
	}
}

static void add_seconds(struct buf *out, uint64_t nanoseconds)
{
	buf_add_format(out, "%llu.%09llu", (unsigned long long)(nanoseconds / NANOSECONDS),
	    (unsigned long long)(nanoseconds % NANOSECONDS));
}

static void histogram(const struct scrape *scrape, enum stats_duration duration, size_t base)
{
	const uint64_t *bounds = stats_bounds(duration);
	size_t buckets = base + offsetof(struct stats_histogram, buckets);
	uint64_t count = 0;

	for (unsigned i = 0; i < STATS_BUCKETS; i++) {
		count += sum(scrape, counter_at(buckets, i));
		buf_add_format(scrape->out, "%s_bucket{le=\"", scrape->name);
		add_seconds(scrape->out, bounds[i]);
		buf_add_format(scrape->out, "\"} %llu\n", (unsigned long long)count);
	}
	count += sum(scrape, counter_at(buckets, STATS_BUCKETS));
	line(scrape, "_bucket", "le=\"+Inf\"", count);
	line(scrape, "_count", "", count);
	buf_add_format(scrape->out, "%s_sum ", scrape->name);
	add_seconds(scrape->out, sum(scrape, base + offsetof(struct stats_histogram, sum)));
	buf_add_char(scrape->out, '\n');
}

static void own_time(const struct scrape *scrape)
{
	histogram(scrape, STATS_OWN, offsetof(struct stats, own));
}

static void daemon_time(const struct scrape *scrape)
{
	histogram(scrape, STATS_DAEMON, offsetof(struct stats, daemon));
}

static void workers(const struct scrape *scrape)
{
	line(scrape, "", "", scrape->config->workers);
}

static void audit_works(const struct scrape *scrape)
{
	line(scrape, "", "", !ledger_is_broken(scrape->chief->ledger));
}

/* ---- which policies are in force --------------------------------------------------------- */

static void add_policy_line(void *context, enum policy_part part, const char *key,
    struct span value, const struct policy_source *source)
{
	struct buf *text = context;

	(void)part, (void)source;
	buf_add_text(text, key);
	buf_add_char(text, '=');
	buf_add(text, value);
	buf_add_char(text, '\n');
}

#define POLICY_TEXT_MOST (64u << 20)

/* Two policies with the same lines, written in the same order, have the same digest. */
static void policies(const struct scrape *scrape)
{
	const struct config *config = scrape->config;

	for (size_t i = 0; i < config->policy_count; i++) {
		char digest[DIGEST_TEXT];
		struct buf text, labels;

		buf_init(&text, POLICY_TEXT_MOST);
		buf_init(&labels, 4096);
		policy_show(config->policies[i], add_policy_line, &text);
		add_label(&labels, "policy", policy_name(config->policies[i]));
		if (!text.failed && digest_text(buf_span(&text), digest))
			add_label(&labels, "sha256", digest);
		if (!labels.failed)
			line(scrape, "_info", buf_text(&labels), 1);
		buf_free(&labels);
		buf_free(&text);
	}
}

static void build(const struct scrape *scrape)
{
	line(scrape, "_info", "version=\"" PACKAGE_VERSION "\"", 1);
}

/* ---- the whole --------------------------------------------------------------------------- */

static const struct {
	const char *name, *type, *unit, *help;
	void (*write)(const struct scrape *scrape);
} families[] = {
    {"sockwarden_build", "info", NULL, "Version of sockwarden.", build},
    {"sockwarden_policy", "info", NULL, "Policies in force, with a digest of their lines.",
	policies},
    {"sockwarden_requests", "counter", NULL,
	"Judged requests, by policy, class of operation and verdict.", requests},
    {"sockwarden_denials", "counter", NULL,
	"Denied requests, by reason, with those that a dry run only logs.", denials},
    {"sockwarden_limit_refusals", "counter", NULL,
	"Connections and requests refused because of a limit, by the option that sets the limit.",
	limits},
    {"sockwarden_own_seconds", "histogram", "seconds",
	"Time that sockwarden needs to judge a request and to forward or refuse it.", own_time},
    {"sockwarden_daemon_seconds", "histogram", "seconds",
	"Time from forwarding a request to the head of the Docker daemon's answer.", daemon_time},
    {"sockwarden_connections", "gauge", NULL, "Open client connections, by state.", connections},
    {"sockwarden_tunnels", "counter", NULL,
	"Connections upgraded to raw streams, such as attach, exec and BuildKit sessions.",
	tunnels},
    {"sockwarden_upstream_connects", "counter", NULL,
	"Attempts to connect to a Docker daemon, by result.", dials},
    {"sockwarden_audit_lines", "counter", NULL, "Lines of the audit log.", audit_lines},
    {"sockwarden_audit_up", "gauge", NULL, "1 if the audit log can be written, otherwise 0.",
	audit_works},
    {"sockwarden_reloads", "counter", NULL, "Configuration reloads, by result.", reloads},
    {"sockwarden_workers", "gauge", NULL, "Worker threads.", workers},
};

/* Prometheus calls a family as its samples are called, and an info a gauge. */
static void head(struct buf *out, unsigned family, enum metrics_format format)
{
	const char *name = families[family].name, *type = families[family].type, *suffix = "";

	if (format == METRICS_PROMETHEUS && strcmp(type, "counter") == 0)
		suffix = "_total";
	if (format == METRICS_PROMETHEUS && strcmp(type, "info") == 0) {
		suffix = "_info";
		type = "gauge";
	}
	buf_add_format(out, "# HELP %s%s %s\n", name, suffix, families[family].help);
	buf_add_format(out, "# TYPE %s%s %s\n", name, suffix, type);
	if (format == METRICS_OPEN && families[family].unit)
		buf_add_format(out, "# UNIT %s %s\n", name, families[family].unit);
}

void metrics_write(
    struct buf *out, enum metrics_format format, struct server *server, const struct config *config)
{
	struct scrape scrape = {.out = out, .chief = server, .config = config};

	for (unsigned i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		scrape.name = families[i].name;
		head(out, i, format);
		families[i].write(&scrape);
	}
	if (format == METRICS_OPEN)
		buf_add_text(out, "# EOF\n");
}
