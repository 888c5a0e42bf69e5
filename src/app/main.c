/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, and their help. */
#include "app/app.h"
#include "base/nearest.h"

#define CONFIG_HELP                                                                                \
	"  -c, --config FILE    configuration; without it " CONFIG_DEFAULT_PATH "\n"               \
	"                       where that exists, else the built-in read-only policy;\n"          \
	"                       env: takes CONTAINERS=1, POST=0 … from the environment\n"
#define ENV_HELP "  -e, --env            where there is no file at that place, -c env:\n"
#define FORMAT_HELP "      --format FORMAT  text (default) or json\n"
#define HELP_HELP "  -h, --help           this text\n"

static const struct command commands[] = {
    {"run", cmd_run, "[-c FILE | --env] [--upstream ADDRESS] [--listen ADDRESS]",
	"listen, judge, and forward what is permitted",
	CONFIG_HELP ENV_HELP
	"      --upstream ADDRESS  Docker daemon to forward to, in place of the file's\n"
	"      --listen ADDRESS    the one socket to listen on, in place of the file's\n" HELP_HELP
	"\nAddresses are unix:/path, tcp:HOST:PORT or tls:HOST:PORT, as in the configuration.\n"
	"SIGHUP reads the configuration again and reopens the audit log; the first SIGTERM or\n"
	"SIGINT stops and gives open streams the time that `grace` says, the second cuts them.\n"},
    {"check", cmd_check, "[-c FILE] [-q] [--files-only] [--format FORMAT]",
	"check a configuration and say what it gives away",
	CONFIG_HELP
	"  -q, --quiet          print nothing but errors and warnings\n"
	"      --files-only     check the configuration alone, not users, directories, sockets\n"
	"                       and certificates of this machine\n" FORMAT_HELP HELP_HELP
	"\nEnds with 0 when `run` could use the configuration here and with 2 when it could "
	"not.\n"},
    {"explain", cmd_explain,
	"[-c FILE] [--policy NAME] METHOD TARGET [--body JSON|@FILE] [--state FILE]\n"
	"       sockwarden explain [-c FILE] --audit LINE|-",
	"why a request is permitted or denied, step by step",
	CONFIG_HELP
	"  -p, --policy NAME    policy to ask; without it the one that listeners use\n"
	"  -b, --body TEXT      body of the request; @FILE reads it from a file, @- from stdin\n"
	"  -H, --header 'K: V'  a header of the request; may be repeated\n"
	"  -s, --state FILE     what exists, as `docker inspect` writes it, for policies with\n"
	"                       check_state\n"
	"  -a, --audit LINE     a line of the audit log in place of METHOD and TARGET; - reads\n"
	"                       it from stdin\n"
	"  -v, --verbose        show the rules that do not match as well\n" FORMAT_HELP HELP_HELP
	"\nEnds with 0 when the request is permitted, 1 when it is denied, 3 when the body that "
	"an\n"
	"audit line does not hold decides (give it with --body).\n"},
    {"test", cmd_test, "[-c FILE] [--policy NAME] [-v] [--coverage[=strict]] FILE...",
	"run policy tests: requests and the verdicts they must get",
	"  -c, --config FILE    configuration, in place of the one that the tests name\n"
	"  -p, --policy NAME    policy, in place of the one that the tests name\n"
	"  -v, --verbose        print passed expectations as well\n"
	"      --coverage       print the lines of the policies that no test permits or denies "
	"by;\n"
	"                       with =strict end with 1 when there are some\n" HELP_HELP
	"\nA line of a test is: allow|deny|STATUS METHOD TARGET [BODY] [-- TEXT]\n"
	"Ends with 0 when all passed, 1 when one failed, 2 when a file cannot be read.\n"},
    {"operations", cmd_operations, "[--grants | --requirements | --settings] [--format FORMAT]",
	"list the operations of the Docker API, or what else a policy speaks of",
	"  -g, --grants         the grants that a policy can give\n"
	"  -r, --requirements   what it can require of containers\n"
	"  -s, --settings       its settings and maxima\n" FORMAT_HELP HELP_HELP
	"\nThe names are what allow and deny rules of a policy take.\n"},
    {"health", cmd_health,
	"[-c FILE | --env | --listen ADDRESS] [--wait] [--timeout TIME]\n"
	"       [--ca FILE [--cert FILE --key FILE] [--name NAME]]",
	"whether sockwarden answers, and the daemon behind it",
	CONFIG_HELP ENV_HELP
	"  -l, --listen ADDRESS  ask at this socket, in place of the file's listeners\n"
	"  -t, --timeout TIME   give up after this time, such as 500ms; 5s without it\n"
	"  -w, --wait           ask again until all answer, for as long as that\n"
	"      --ca FILE        authority of the certificates that TLS listeners show\n"
	"      --cert FILE      client certificate to show to TLS listeners\n"
	"      --key FILE       its private key\n"
	"      --name NAME      whom their certificate must be for; without it their "
	"address\n" HELP_HELP "\nAsks GET /_ping at each listener and prints one line. Where the "
	"policy denies that, where\n"
	"TLS is spoken and there is no --ca, and for sockets of the service manager (fd:), the\n"
	"daemon is asked directly. Ends with 0 when all answer, else with 1.\n"},
    {"stdio", cmd_stdio, "--policy NAME [-c FILE] [--upstream ADDRESS]",
	"serve one client on standard input and output",
	CONFIG_HELP
	"  -p, --policy NAME    policy that judges; without it the one that listeners use\n"
	"      --upstream ADDRESS  Docker daemon to forward to, in place of the file's\n" HELP_HELP
	"\nIt is meant as the forced command of an SSH key, whose owner then says\n"
	"DOCKER_HOST=ssh://user@host; a line of ~/.ssh/authorized_keys:\n"
	"restrict,command=\"sockwarden stdio --policy ci\" ssh-ed25519 AAAA...\n"},
    {"migrate", cmd_migrate, "[NAME=VALUE]... | --list",
	"print the configuration that another proxy's variables amount to",
	"  -l, --list           the variables that are known, in place of a "
	"configuration\n" HELP_HELP "\nReads the variables of docker-socket-proxy images "
	"(CONTAINERS=1, POST=0, ALLOW_START=1,\n"
	"SOCKET_PATH=/path …) from the environment, or those given as arguments and no others.\n"
	"What it prints is what `sockwarden run --env` does.\n"},
    {"learn", cmd_learn,
	"[--policy NAME] [--denied] [--preset NAME | -c FILE --update NAME] FILE...",
	"the smallest policy for what an audit log tells of",
	"  -p, --policy NAME    learn only from what this policy of the log judged\n"
	"      --denied         learn also from requests that were denied\n"
	"      --preset NAME    print only what goes beyond this preset\n"
	"      --update NAME    print only what goes beyond this policy of the configuration, and\n"
	"                       its lines that no request used\n" CONFIG_HELP HELP_HELP
	"\nFILE is an audit log written with audit_level = learn; - is standard input. Lines that\n"
	"give root on the host come behind a mark, #!, as comments. docs/learn.md tells more.\n"
	"Ends with 0 when a policy was printed, 1 when the log has no request to learn from.\n"},
    {"report", cmd_report, "[-c FILE] [--policy NAME] [-o PAGE] FILE...",
	"a page of HTML on what an audit log tells of",
	"  -o, --output PAGE    write the page to this file; without it, or with -, to standard\n"
	"                       output\n"
	"  -p, --policy NAME    tell only of what this policy of the log judged\n"
	"  -c, --config FILE    configuration, to tell what each client never used of its "
	"policy\n" HELP_HELP "\nFILE is an audit log; - is standard input. Rotated files may come "
	"in any order. The page\n"
	"has all in it, needs no network and runs no script. docs/report.md tells more.\n"
	"Ends with 0 when the page was written, 2 when a file is no audit log.\n"},
    {"compare", cmd_compare, "[--policy NAME|OLD:NEW]... [--no-wider] [--format FORMAT] OLD NEW",
	"what one policy permits that another one does not",
	"  -p, --policy NAME    compare only the policies of this name; OLD:NEW compares two of\n"
	"                       different names; may be repeated\n"
	"      --no-wider       end with 1 when NEW permits, or may permit, what OLD does "
	"not\n" FORMAT_HELP HELP_HELP "\nOLD and NEW are configurations, files of policies, or "
	"presets: preset:NAME. Policies are\n"
	"paired by name; where each file has one policy, these are paired. Each difference comes\n"
	"with a request that `explain` permits under one policy and denies under the other.\n"
	"What cannot be decided is told, and counts as wider. Ends with 0, with --no-wider with 1\n"
	"when something is wider, and with 2 when a file cannot be used.\n"},
    {"scan", cmd_scan,
	"[-H ADDRESS] [-c FILE] [--policy NAME | --preset NAME] [--running]\n"
	"       [--level LEVEL] [--fail-on LEVEL] [--ignore CHECK[:OBJECT]]... [--format FORMAT]\n"
	"       [--timeout TIME] [--ca FILE [--cert FILE --key FILE] [--name NAME]]",
	"what containers, volumes, networks and the daemon itself give away",
	"  -H, --host ADDRESS   ask at this socket, of a daemon or of a listener of sockwarden;\n"
	"                       without it $DOCKER_HOST, else the upstream of the "
	"configuration\n" CONFIG_HELP
	"  -p, --policy NAME    hold what exists against this policy as well\n"
	"      --preset NAME    the same with a preset; cis: all that preset = cis requires\n"
	"      --running        look only at containers that run\n"
	"      --level LEVEL    show findings from this level on: note, warning (default), error\n"
	"      --fail-on LEVEL  end with 1 for findings from this level on; never: for none\n"
	"      --ignore CHECK[:OBJECT]  accept what this check finds, of this object; may be "
	"repeated\n"
	"  -f, --format FORMAT  text (default), json or sarif\n"
	"  -t, --timeout TIME   give up when an answer takes longer; 30s without it\n"
	"      --ca FILE        authority of the certificate that is shown over TLS\n"
	"      --cert FILE      client certificate to show\n"
	"      --key FILE       its private key\n"
	"      --name NAME      whom their certificate must be for; without it the "
	"address\n" HELP_HELP
	"\nIt only reads. Through sockwarden, preset scan permits all that it asks.\n"
	"Ends with 0 when nothing was found, 1 when something was, 2 when the daemon cannot be\n"
	"asked, 3 when something could not be looked at and nothing else was found.\n"},
    {"version", cmd_version, "", "print the version", HELP_HELP},
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static const struct command *command_named(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	return NULL;
}

static void help_all(FILE *out)
{
	fputs("Usage: sockwarden COMMAND [OPTION]...\n"
	      "Lets clients use the Docker API as far as a policy permits.\n\n",
	    out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`sockwarden COMMAND --help` tells more.\n"
	      "Exit status: 0 fine or permitted, 1 denied or a test failed, 2 wrong arguments or\n"
	      "a configuration that cannot be used, 3 unknown without the request's body.\n",
	    out);
}

static void help_command(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: sockwarden %s %s\n", command->name, command->usage);
	fprintf(out, "%c%s.\n\n", command->summary[0] - 'a' + 'A', command->summary + 1);
	fputs(command->help, out);
}

static int command_unknown(const char *name)
{
	struct nearest nearest;

	nearest_init(&nearest, span_of(name));
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		nearest_offer(&nearest, commands[i].name);
	fprintf(stderr, "sockwarden: there is no command \"%s\"", name);
	if (nearest.best)
		fprintf(stderr, "; did you mean %s?", nearest.best);
	fputs("\n`sockwarden --help` lists the commands.\n", stderr);
	return EXIT_USAGE;
}

/* What a command printed must have arrived, or a script would believe half of it. */
static int finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("sockwarden: standard output");
		return EXIT_USAGE;
	}
	return status;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		const struct command *about = command_named(argc > 2 ? argv[2] : "");

		if (about)
			help_command(stdout, about);
		else
			help_all(stdout);
		return finish(EXIT_FINE);
	}
	if (strcmp(name, "--version") == 0)
		name = "version";
	if (name[0] == '\0') {
		help_all(stderr);
		return EXIT_USAGE;
	}
	const struct command *command = command_named(name);

	if (!command)
		return command_unknown(name);
	int status = command->run(argc - 1, argv + 1);

	if (status == EXIT_HELP) {
		help_command(stdout, command);
		status = EXIT_FINE;
	}
	return finish(status);
}
