/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden operations: the tables of the docker and policy rooms, for people and for programs. */
#include <getopt.h>

#include "app/app.h"
#include "docker/docker.h"
#include "policy/policy.h"

#define OUT_MOST (4U * 1024 * 1024)
#define COLUMNS_MOST 7
#define ROOM_BYTES 64

/* A row of a listing. |room| is for texts that are made for it. */
struct row {
	const char *cells[COLUMNS_MOST];
	char room[ROOM_BYTES];
};

struct column {
	const char *title;
	const char *name; /* in JSON */
	int width;        /* 0 behind the last column */
};

struct listing {
	bool (*row)(unsigned index, struct row *ret_row); /* false past the end */
	struct column columns[COLUMNS_MOST];
};

static const struct option long_options[] = {
    {"grants", no_argument, NULL, 'g'},
    {"requirements", no_argument, NULL, 'r'},
    {"settings", no_argument, NULL, 's'},
    {"format", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* ---- rows --------------------------------------------------------------------------------------
 */

static bool operation_row(unsigned index, struct row *ret_row)
{
	if (index >= docker_operation_count())
		return false;
	const struct docker_operation *op = docker_operation_at(index);

	*ret_row = (struct row){
	    .cells = {op->name, method_name(op->method), op->path, docker_class_name(op->class),
		ret_row->room, docker_tenant_name(op->tenant), op->help}};
	if (op->since > 0)
		(void)snprintf(ret_row->room, sizeof(ret_row->room), "1.%u", op->since);
	return true;
}

/* What narrowing |grant| closes. */
static void write_twins(enum grant grant, char *room, size_t size)
{
	const struct grant_twin *twin;
	size_t len = 0;

	for (unsigned i = 0; (twin = grant_twin_at(i)); i++) {
		if (twin->grant == grant && twin->closes && len < size)
			len += (size_t)snprintf(room + len, size - len, "%s%s", len ? " " : "",
			    grant_info(twin->twin)->name);
	}
}

static bool grant_row(unsigned index, struct row *ret_row)
{
	static const char *const kinds[] = {
	    [GRANT_FLAG] = "flag",
	    [GRANT_GLOB] = "patterns",
	    [GRANT_TEXT] = "texts",
	    [GRANT_PAIR] = "pairs",
	    [GRANT_BIND] = "paths",
	    [GRANT_PUBLISH] = "ports",
	    [GRANT_IMAGE] = "images",
	    [GRANT_CAP] = "capabilities",
	    [GRANT_NETWORK] = "networks",
	    [GRANT_SECURITY] = "options",
	    [GRANT_DEVICES] = "drivers with options",
	    [GRANT_ARGV] = "commands",
	};

	if (index + 1 >= GRANT_MAX)
		return false;
	const struct grant_info *grant = grant_info((enum grant)(index + 1));

	*ret_row = (struct row){
	    .cells = {grant->name, kinds[grant->kind], grant->closed ? "closed" : "open",
		grant->safe, ret_row->room, grant->help}};
	write_twins((enum grant)(index + 1), ret_row->room, sizeof(ret_row->room));
	return true;
}

static bool requirement_row(unsigned index, struct row *ret_row)
{
	struct policy_requirement requirement;

	if (!policy_requirement_at(index, &requirement))
		return false;
	*ret_row = (struct row){
	    .cells = {requirement.name, requirement.cis, requirement.preset ? "cis" : "",
		ret_row->room, requirement.field, requirement.must}};
	(void)snprintf(ret_row->room, sizeof(ret_row->room), "%s", requirement.of);
	return true;
}

static bool setting_row(unsigned index, struct row *ret_row)
{
	struct policy_setting setting;

	if (!policy_setting_at(index, &setting))
		return false;
	*ret_row =
	    (struct row){.cells = {setting.name, setting.takes, setting.unset, setting.help}};
	return true;
}

static const struct listing operations = {operation_row,
    {{"NAME", "name", 24}, {"METHOD", "method", 7}, {"PATH", "path", 40}, {"CLASS", "class", 6},
	{"SINCE", "since", 6}, {"OWNER", "owner", 7}, {"GIVES AWAY", "help", 0}}};

static const struct listing grants = {
    grant_row, {{"NAME", "name", 18}, {"TAKES", "takes", 12}, {"UNSET", "unset", 6},
		   {"NEEDS NO GRANT", "safe", 28}, {"NARROWING CLOSES", "closes", 30},
		   {"GOVERNS", "help", 0}}};

static const struct listing requirements = {
    requirement_row, {{"NAME", "name", 22}, {"CIS", "cis", 4}, {"PRESET", "preset", 6},
			 {"ASKED OF", "of", 22}, {"FIELD", "field", 28}, {"MUST", "must", 0}}};

static const struct listing settings = {setting_row,
    {{"NAME", "name", 15}, {"TAKES", "takes", 28}, {"UNSET", "unset", 8}, {"MEANING", "help", 0}}};

/* ---- printing ----------------------------------------------------------------------------------
 */

static void print_line(const struct listing *listing, const char *const *cells)
{
	unsigned i = 0;

	for (; listing->columns[i].width > 0; i++)
		printf("%-*s ", listing->columns[i].width, cells[i]);
	printf("%s\n", cells[i]);
}

static void print_text(const struct listing *listing)
{
	struct row row;

	for (unsigned i = 0; i < COLUMNS_MOST; i++)
		row.cells[i] = listing->columns[i].title;
	print_line(listing, row.cells);
	for (unsigned i = 0; listing->row(i, &row); i++)
		print_line(listing, row.cells);
}

static void add_row(struct buf *out, const struct listing *listing, const struct row *row)
{
	for (unsigned i = 0; i < COLUMNS_MOST && listing->columns[i].name; i++) {
		buf_add_format(out, "%c\"%s\":", i > 0 ? ',' : '{', listing->columns[i].name);
		buf_add_json(out, span_of(row->cells[i]), 0);
	}
	buf_add_char(out, '}');
}

static void print_json(const struct listing *listing)
{
	struct buf out;
	struct row row;

	buf_init(&out, OUT_MOST);
	buf_add_char(&out, '[');
	for (unsigned i = 0; listing->row(i, &row); i++) {
		buf_add_text(&out, i > 0 ? ",\n" : "\n");
		add_row(&out, listing, &row);
	}
	buf_add_text(&out, "\n]\n");
	cli_put(stdout, &out);
}

static const struct listing *listing_of(int letter)
{
	switch (letter) {
	case 'g':
		return &grants;
	case 'r':
		return &requirements;
	case 's':
		return &settings;
	default:
		return NULL;
	}
}

int cmd_operations(int argc, char **argv)
{
	const struct listing *listing = &operations;
	bool json = false;
	int letter;

	while ((letter = getopt_long(argc, argv, "grsh", long_options, NULL)) != -1) {
		if (letter == 'h') {
			return EXIT_HELP;
		}
		if (listing_of(letter))
			listing = listing_of(letter);
		else if (letter != 'f')
			return cli_misused("operations", NULL);
		else if (!cli_format_is_json(optarg, &json))
			return cli_misused("operations", "no such format: %s", optarg);
	}
	if (optind < argc)
		return cli_misused("operations", "unexpected argument: %s", argv[optind]);
	(json ? print_json : print_text)(listing);
	return EXIT_FINE;
}
