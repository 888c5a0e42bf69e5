/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>
#include <getopt.h>

#include "app/app.h"
#include "net/tls.h"

static const struct option long_options[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

int cmd_version(int argc, char **argv)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (letter != 'h')
			return cli_misused("version", NULL);
		return EXIT_HELP;
	}
	if (optind < argc)
		return cli_misused("version", "takes no arguments");
	printf("sockwarden %s%s\nDocker API 1.%d to 1.%d\n", PACKAGE_VERSION,
	    tls_is_built_in(NULL) ? "" : ", built without TLS", DOCKER_API_OLDEST,
	    DOCKER_API_NEWEST);
	return EXIT_FINE;
}
