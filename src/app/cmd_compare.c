/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden compare: what a new policy permits that an old one does not, and the other way round.
 */
#include <getopt.h>

#include "app/app.h"
#include "app/compare_print.h"

#define OUT_MOST (64U << 20)
#define CHOSEN_MOST 64
#define PAIRS_MOST 1024

enum { OPTION_NO_WIDER = 256 };

static const struct option long_options[] = {
    {"policy", required_argument, NULL, 'p'},
    {"no-wider", no_argument, NULL, OPTION_NO_WIDER},
    {"format", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct arguments {
	const char *chosen[CHOSEN_MOST];
	unsigned chosen_count;
	bool no_wider, json, help;
	const char *files[2];
};

/* Two policies, and what is different. |old.policy| or |new.policy| NULL: there is none. */
struct pair_found {
	struct compare_side old, new;
	struct difference *wider, *narrower;
	bool rerouted;
};

struct comparison {
	const struct arguments *args;
	struct config *configs[2];
	struct arena arena;
	struct pair_found pairs[PAIRS_MOST];
	unsigned pair_count;
	struct buf changes; /* of listeners and upstreams, as they are printed */
	unsigned wider, narrower;
};

/* ---- arguments ---------------------------------------------------------------------------------
 */

static int take_option(struct arguments *args, int letter)
{
	switch (letter) {
	case 'p':
		if (args->chosen_count == CHOSEN_MOST)
			return cli_misused("compare", "more than %d policies", CHOSEN_MOST);
		args->chosen[args->chosen_count++] = optarg;
		return 0;
	case OPTION_NO_WIDER:
		args->no_wider = true;
		return 0;
	case 'f':
		return cli_format_is_json(optarg, &args->json)
			   ? 0
			   : cli_misused("compare", "no such format: %s", optarg);
	case 'h':
		args->help = true;
		return 0;
	default:
		return cli_misused("compare", NULL);
	}
}

static int take_arguments(struct arguments *args, int argc, char **argv)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "p:h", long_options, NULL)) != -1) {
		if (take_option(args, letter))
			return EXIT_USAGE;
		if (args->help)
			return 0;
	}
	if (argc - optind != 2)
		return cli_misused("compare", "name two files, OLD and NEW, or preset:NAME");
	args->files[0] = argv[optind];
	args->files[1] = argv[optind + 1];
	return 0;
}

/* ---- pairs -------------------------------------------------------------------------------------
 */

static bool is_preset(const char *file)
{
	return span_starts(span_of(file), SPAN("preset:"));
}

static struct config *load(const char *file, struct error *err)
{
	const char *name;

	if (is_preset(file))
		return cli_preset(file + sizeof("preset:") - 1, err);
	return cli_policies(file, NULL, NULL, &name, err);
}

static struct compare_side side_of(
    const struct comparison *comparison, unsigned index, const struct policy *policy)
{
	return (struct compare_side){
	    comparison->configs[index], policy, comparison->args->files[index]};
}

static int add_pair(struct comparison *comparison, const struct policy *old,
    const struct policy *new, struct error *err)
{
	for (unsigned i = 0; i < comparison->pair_count; i++) {
		const struct pair_found *pair = &comparison->pairs[i];

		if (pair->old.policy == old && pair->new.policy == new)
			return 0;
	}
	if (comparison->pair_count == PAIRS_MOST)
		return error_set(err, "more than %d policies", PAIRS_MOST);
	comparison->pairs[comparison->pair_count++] = (struct pair_found){
	    .old = side_of(comparison, 0, old), .new = side_of(comparison, 1, new)};
	return 0;
}

/* A preset is one policy, whatever it is called. */
static const struct policy *chosen_policy(
    const struct comparison *comparison, unsigned index, struct span name, struct error *err)
{
	const struct config *config = comparison->configs[index];
	const struct policy *policy = is_preset(comparison->args->files[index])
					  ? config->policies[0]
					  : config_policy(config, name);

	if (!policy)
		(void)error_set(err, "%s: there is no policy \"%.*s\"",
		    comparison->args->files[index], (int)name.len, name.at);
	return policy;
}

/* --policy NAME, or OLD:NEW. */
static int add_chosen(struct comparison *comparison, const char *chosen, struct error *err)
{
	struct span new, old = span_cut(span_of(chosen), ':', &new);
	const struct policy *before = chosen_policy(comparison, 0, old, err);
	const struct policy *after =
	    before ? chosen_policy(comparison, 1, new.at ? new : old, err) : NULL;

	return after ? add_pair(comparison, before, after, err) : -1;
}

static int add_named(struct comparison *comparison, struct error *err)
{
	const struct config *old = comparison->configs[0], *new = comparison->configs[1];
	int result = 0;

	for (size_t i = 0; i < old->policy_count && result == 0; i++)
		result = add_pair(comparison, old->policies[i],
		    config_policy(new, span_of(policy_name(old->policies[i]))), err);
	for (size_t i = 0; i < new->policy_count &&result == 0; i++) {
		if (!config_policy(old, span_of(policy_name(new->policies[i]))))
			result = add_pair(comparison, NULL, new->policies[i], err);
	}
	return result;
}

/* A listener that has another policy now gives that one to who had the old one. */
static int add_listeners(struct comparison *comparison, struct error *err)
{
	const struct config_listener *new = comparison->configs[1]->listeners, *old;

	for (; new; new = new->next) {
		for (old = comparison->configs[0]->listeners; old; old = old->next) {
			if (strcmp(old->name, new->name) == 0 && old->policy && new->policy &&
			    add_pair(comparison, old->policy, new->policy, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int find_pairs(struct comparison *comparison, struct error *err)
{
	const struct arguments *args = comparison->args;
	const struct config *old = comparison->configs[0], *new = comparison->configs[1];
	bool preset = is_preset(args->files[0]) || is_preset(args->files[1]);

	for (unsigned i = 0; i < args->chosen_count; i++) {
		if (add_chosen(comparison, args->chosen[i], err) < 0)
			return -1;
	}
	if (args->chosen_count > 0)
		return 0;
	if (old->policy_count == 1 && new->policy_count == 1)
		return add_pair(comparison, old->policies[0], new->policies[0], err);
	if (preset)
		return error_set(
		    err, "name the policy that is compared with the preset: --policy NAME");
	return add_named(comparison, err) < 0 ? -1 : add_listeners(comparison, err);
}

/* ---- comparing ---------------------------------------------------------------------------------
 */

static unsigned count(const struct difference *first)
{
	unsigned differences = 0;

	for (; first; first = first->next)
		differences++;
	return differences;
}

static int compare_pair(struct comparison *comparison, struct pair_found *pair, struct error *err)
{
	if (!pair->old.policy || !pair->new.policy) {
		comparison->wider += !pair->old.policy;
		comparison->narrower += !pair->new.policy;
		return 0;
	}
	if (differences_find(&pair->new, &pair->old, &comparison->arena, &pair->wider, err) < 0 ||
	    differences_find(&pair->old, &pair->new, &comparison->arena, &pair->narrower, err) < 0)
		return -1;
	pair->rerouted = routes_differ(&pair->old, &pair->new);
	comparison->wider += count(pair->wider) + pair->rerouted;
	comparison->narrower += count(pair->narrower);
	return 0;
}

static void note_change(void *context, const struct change *change)
{
	struct comparison *comparison = context;
	struct buf *out = &comparison->changes;

	comparison->wider++;
	if (comparison->args->json) {
		buf_add_text(out, out->len > 0 ? ",{\"section\":" : "{\"section\":");
		buf_add_json(out, span_of(change->section), 0);
		buf_add_text(out, ",\"name\":");
		buf_add_json(out, span_of(change->name ? change->name : ""), 0);
		buf_add_text(out, ",\"key\":");
		buf_add_json(out, span_of(change->key ? change->key : ""), 0);
		buf_add_char(out, '}');
		return;
	}
	buf_add_format(out, "[%s%s%s]%s%s %s; what it gives is not decided, counts as wider\n",
	    change->section, change->name ? " " : "", change->name ? change->name : "",
	    change->key ? " " : "", change->key ? change->key : "",
	    change->key ? "is another one" : "is new");
}

/* ---- printing ----------------------------------------------------------------------------------
 */

static void add_pair_text(struct buf *out, const struct pair_found *pair)
{
	const char *old = pair->old.policy ? policy_name(pair->old.policy) : NULL;
	const char *new = pair->new.policy ? policy_name(pair->new.policy) : NULL;

	if (!old || !new) {
		buf_add_format(out, "policy %s: %s\n", new ? new : old,
		    new ? "is new, counts as wider" : "is gone, counts as narrower");
		return;
	}
	buf_add_format(out, "policy %s", old);
	if (strcmp(old, new) != 0)
		buf_add_format(out, " -> %s", new);
	if (!pair->wider && !pair->narrower && !pair->rerouted)
		buf_add_text(out, ": no difference");
	buf_add_char(out, '\n');
	if (pair->rerouted)
		buf_add_text(out, "  wider  upstream is another one; what it gives is not decided, "
				  "counts as wider\n");
	compare_text(out, "wider", pair->wider, &pair->new);
	compare_text(out, "narrower", pair->narrower, &pair->old);
}

static void add_text(const struct comparison *comparison, struct buf *out)
{
	buf_add(out, buf_span(&comparison->changes));
	for (unsigned i = 0; i < comparison->pair_count; i++)
		add_pair_text(out, &comparison->pairs[i]);
	buf_add_format(out, "%u wider, %u narrower\n", comparison->wider, comparison->narrower);
}

static void add_name(struct buf *out, const char *member, const struct policy *policy)
{
	buf_add_format(out, "\"%s\":", member);
	if (policy)
		buf_add_json(out, span_of(policy_name(policy)), 0);
	else
		buf_add_text(out, "null");
}

static void add_pair_json(struct buf *out, const struct pair_found *pair)
{
	buf_add_char(out, '{');
	add_name(out, "old", pair->old.policy);
	buf_add_char(out, ',');
	add_name(out, "new", pair->new.policy);
	buf_add_format(out, ",\"rerouted\":%s", pair->rerouted ? "true" : "false");
	compare_json(out, "wider", pair->wider);
	compare_json(out, "narrower", pair->narrower);
	buf_add_char(out, '}');
}

static void add_json(const struct comparison *comparison, struct buf *out)
{
	buf_add_format(out, "{\"wider\":%u,\"narrower\":%u,\"changes\":[", comparison->wider,
	    comparison->narrower);
	buf_add(out, buf_span(&comparison->changes));
	buf_add_text(out, "],\"policies\":[");
	for (unsigned i = 0; i < comparison->pair_count; i++) {
		buf_add_text(out, i > 0 ? "," : "");
		add_pair_json(out, &comparison->pairs[i]);
	}
	buf_add_text(out, "]}\n");
}

static int print(const struct comparison *comparison, struct error *err)
{
	struct buf out;

	buf_init(&out, OUT_MOST);
	if (comparison->args->json)
		add_json(comparison, &out);
	else
		add_text(comparison, &out);
	if (out.failed || comparison->changes.failed) {
		buf_free(&out);
		(void)error_set(err, "out of memory");
		return cli_failed(err);
	}
	cli_put(stdout, &out);
	return comparison->args->no_wider && comparison->wider > 0 ? EXIT_DENIED : EXIT_FINE;
}

static int compare(struct comparison *comparison)
{
	struct error err;

	for (unsigned i = 0; i < 2; i++) {
		comparison->configs[i] = load(comparison->args->files[i], &err);
		if (!comparison->configs[i])
			return cli_failed(&err);
	}
	if (find_pairs(comparison, &err) < 0)
		return cli_failed(&err);
	for (unsigned i = 0; i < comparison->pair_count; i++) {
		if (compare_pair(comparison, &comparison->pairs[i], &err) < 0)
			return cli_failed(&err);
	}
	if (comparison->args->chosen_count == 0 && !is_preset(comparison->args->files[0]) &&
	    !is_preset(comparison->args->files[1]))
		changes_find(
		    comparison->configs[0], comparison->configs[1], note_change, comparison);
	return print(comparison, &err);
}

int cmd_compare(int argc, char **argv)
{
	struct arguments args = {0};
	static struct comparison comparison;
	int status = take_arguments(&args, argc, argv);

	if (status != 0 || args.help)
		return args.help ? EXIT_HELP : status;
	comparison.args = &args;
	arena_init(&comparison.arena, 0);
	buf_init(&comparison.changes, OUT_MOST);
	status = compare(&comparison);
	buf_free(&comparison.changes);
	arena_free(&comparison.arena);
	config_free(comparison.configs[0]);
	config_free(comparison.configs[1]);
	return status;
}
