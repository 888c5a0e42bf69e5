/* SPDX-License-Identifier: Apache-2.0 */
/* Beside the objects of sockwarden: the program with tables that can be changed. */
#include "mutate.h"

const int *const mutation_of_program = &mutation_linked;
