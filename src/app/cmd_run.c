/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden run: the daemon. */
#include "app/app.h"

int cmd_run(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		cli_help(stdout, "run");
		return EXIT_FINE;
	}
	return cli_misused("run", "not there yet");
}
