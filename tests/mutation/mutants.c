/* SPDX-License-Identifier: Apache-2.0 */
/* Lists the changes that can be made to the tables. */
#include "mutate.h"

int main(void)
{
	mutation_list(stdout);
	return mutation_linked;
}
