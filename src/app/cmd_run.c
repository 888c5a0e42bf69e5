/* SPDX-License-Identifier: Apache-2.0 */
/* sockwarden run: the daemon. */
#include "app/app.h"

int cmd_run(int argc, char **argv)
{
	(void)argc;
	return cli_misused(argv[0], "not there yet");
}
