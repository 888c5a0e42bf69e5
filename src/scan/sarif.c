/* SPDX-License-Identifier: Apache-2.0 */
/* SARIF 2.1.0, for services that collect what scanners find. An object of the daemon has no file:
 * its location is "docker/container/NAME", and the field a logical location within. */
#include "docker/docker.h"
#include "scan/parts.h"

#define POLICY_RULE "policy"
#define TEXT_MOST (64u << 20) /* bytes: what the daemon says of an object is no longer */
#define SCHEMA                                                                                     \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"                      \
	"sarif-schema-2.1.0.json"

static void add_text(struct buf *out, const char *before, struct span value)
{
	buf_add_text(out, before);
	buf_add_json(out, value, 0);
}

/* ---- rules -------------------------------------------------------------------------------------
 */

/* Upper bounds of what services take for the severity of a security problem, 0 to 10. */
static const char *const severities[SCAN_LEVELS] = {"2.0", "5.0", "8.5"};

static void add_rule(struct buf *out, const struct scan_check *check)
{
	add_text(out, "{\"id\":", span_of(check->name));
	add_text(out, ",\"shortDescription\":{\"text\":", span_of(check->words));
	buf_add_format(
	    out, "},\"defaultConfiguration\":{\"level\":\"%s\"}", scan_level_name(check->level));
	add_text(out, ",\"help\":{\"text\":", span_of(check->run));
	buf_add_format(out,
	    "},\"properties\":{\"cis\":\"%s\",\"security-severity\":\"%s\",\"tags\":[\"security\"]}"
	    "}",
	    check->cis, severities[check->level]);
}

static void add_rules(struct buf *out)
{
	const struct scan_check *check;

	for (unsigned i = 0; (check = scan_check_at(i)); i++) {
		buf_add_text(out, "\n");
		add_rule(out, check);
		buf_add_char(out, ',');
	}
	buf_add_text(out, "\n{\"id\":\"" POLICY_RULE "\",\"shortDescription\":{\"text\":"
			  "\"the policy would refuse to create this object\"}}");
}

/* ---- results -----------------------------------------------------------------------------------
 */

/* A reference of a URI holds few characters as they are. */
static void add_uri(struct buf *out, const struct scan_object *object)
{
	buf_add_format(out, "\"docker/%s/", scan_kind_name(object->kind));
	for (const char *at = object->name; *at; at++) {
		bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
			     (*at >= '0' && *at <= '9') || strchr("-_.~/", *at);

		if (plain)
			buf_add_char(out, *at);
		else
			buf_add_format(out, "%%%02X", (unsigned char)*at);
	}
	buf_add_char(out, '"');
}

/* A daemon lists the mounts of a container in any order: the path there tells them apart. */
static void add_lasting_field(struct buf *out, const struct scan_finding *finding)
{
	struct span start = SPAN("Mounts["), behind;
	struct span index = span_cut(span_of(finding->field), ']', &behind);
	struct docker_number number;

	if (finding->object->kind == SCAN_CONTAINER && behind.at && span_starts(index, start) &&
	    docker_number_read(span_from(index, start.len), &number)) {
		const cJSON *mounts = json_field(finding->object->json, "Mounts");
		const cJSON *mount = cJSON_GetArrayItem(mounts, (int)number.size);

		buf_add_format(out, "Mounts[%s]%.*s", json_string(json_field(mount, "Destination")),
		    (int)behind.len, behind.at);
	} else {
		buf_add_text(out, finding->field);
	}
}

static void add_location(struct buf *out, const struct scan_finding *finding)
{
	const struct scan_object *object = finding->object;
	struct buf place;

	buf_init(&place, TEXT_MOST);
	buf_add_format(
	    &place, "%s/%s/%s", scan_kind_name(object->kind), object->name, finding->field);
	buf_add_text(out, ",\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
	add_uri(out, object);
	buf_add_text(out, "}},\"logicalLocations\":[{\"kind\":\"object\"");
	add_text(out, ",\"name\":", span_of(object->name));
	add_text(out, ",\"fullyQualifiedName\":", buf_span(&place));
	/* the same in the next scan, whatever the value is by then */
	buf_clear(&place);
	buf_add_format(&place, "%s/%s/", scan_kind_name(object->kind), object->name);
	add_lasting_field(&place, finding);
	buf_add_format(&place, " %s", finding->name);
	add_text(out, "}]}],\"partialFingerprints\":{\"fieldAndCheck/v1\":", buf_span(&place));
	buf_add_char(out, '}');
	buf_free(&place);
}

static void add_message(struct buf *out, const struct scan_finding *finding)
{
	const char *by, *mend = scan_mend(finding, &by);
	struct buf text;

	buf_init(&text, TEXT_MOST);
	buf_add_format(&text, "%s %s: %s", scan_kind_name(finding->object->kind),
	    finding->object->name, finding->words);
	if (*finding->field)
		buf_add_format(&text, " (%s%s%s)", finding->field, *finding->value ? " = " : "",
		    finding->value);
	if (*mend)
		buf_add_format(&text, ". %s%s%s", by, *by ? ": " : "", mend);
	add_text(out, ",\"message\":{\"text\":", buf_span(&text));
	buf_add_char(out, '}');
	buf_free(&text);
}

static unsigned rule_index(const struct scan_finding *finding)
{
	unsigned index = 0;

	while (scan_check_at(index) && scan_check_at(index) != finding->check)
		index++;
	return index; /* behind the checks: the policy's */
}

static void add_result(struct buf *out, const struct scan_finding *finding)
{
	buf_add_format(out, "{\"ruleId\":\"%s\",\"ruleIndex\":%u,\"level\":\"%s\"",
	    finding->check ? finding->name : POLICY_RULE, rule_index(finding),
	    scan_level_name(finding->level));
	add_message(out, finding);
	add_location(out, finding);
	buf_add_char(out, '}');
}

/* ---- the run -----------------------------------------------------------------------------------
 */

static void add_notifications(struct buf *out, const struct scan *scan)
{
	buf_add_format(out,
	    ",\"invocations\":[{\"executionSuccessful\":%s,"
	    "\"toolExecutionNotifications\":[",
	    scan->missed ? "false" : "true");
	for (const struct scan_missed *m = scan->missed; m; m = m->next) {
		struct buf text;

		buf_init(&text, TEXT_MOST);
		buf_add_format(&text, "not looked at: %s: %s", m->what, m->why);
		if (*m->rule)
			buf_add_format(&text, "; its policy lacks: %s", m->rule);
		buf_add_text(out, m == scan->missed ? "" : ",");
		add_text(out, "{\"level\":\"error\",\"message\":{\"text\":", buf_span(&text));
		buf_add_text(out, "}}");
		buf_free(&text);
	}
	buf_add_text(out, "]}]");
}

void scan_write_sarif(const struct scan *scan, const struct scan_output *output, struct buf *out)
{
	bool first = true;

	buf_add_text(out, "{\"$schema\":\"" SCHEMA
			  "\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":"
			  "\"sockwarden\",\"semanticVersion\":");
	buf_add_json(out, span_of(output->version), 0);
	buf_add_text(out, ",\"rules\":[");
	add_rules(out);
	buf_add_text(out, "]}}");
	add_notifications(out, scan);
	buf_add_text(out, ",\"results\":[");
	for (const struct scan_finding *f = scan->findings; f; f = f->next) {
		if (!scan_is_told(f, output))
			continue;
		buf_add_text(out, first ? "\n" : ",\n");
		add_result(out, f);
		first = false;
	}
	buf_add_text(out, "]}]}\n");
}
