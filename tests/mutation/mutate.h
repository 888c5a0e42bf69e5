/* SPDX-License-Identifier: Apache-2.0 */
/* Changes one column of one row of the tables: what tests of the tables must notice. */
#ifndef MUTATE_H
#define MUTATE_H

#include <stdio.h>

/* Referred to by every program that can be mutated, so that the linker takes the rest of the
 * library: as such a program starts, it makes the change that SOCKWARDEN_MUTANT has the number of.
 */
extern const int mutation_linked;

/* Prints all changes, one a line: the number and what is changed. */
void mutation_list(FILE *out);

#endif
