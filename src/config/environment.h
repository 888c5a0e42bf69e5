/* SPDX-License-Identifier: Apache-2.0 */
/* The environment variables by which the common socket proxies are set up (CONTAINERS=1, POST=0 …),
 * read as a configuration of ours: as its text, which then goes the way of every other. */
#ifndef CONFIG_ENVIRONMENT_H
#define CONFIG_ENVIRONMENT_H

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"

struct environment {
	/* The value of a variable, NULL when it is not set. */
	const char *(*get)(void *context, const char *name);
	void *context;
	/* All of them, as NAME=VALUE; NULL behind the last one. May be NULL. */
	const char *(*at)(void *context, size_t i);
};

/* How much they would log (LOG_LEVEL). */
enum verbosity { VERBOSITY_ERROR, VERBOSITY_WARNING, VERBOSITY_INFO, VERBOSITY_DEBUG };

enum verbosity environment_verbosity(const struct environment *environment);

/* Hears where we differ from those proxies, or cannot do what a variable says. */
typedef void environment_note_fn(void *context, const char *text);

/* Appends the configuration that |environment| amounts to. |note| may be NULL. Returns 0 or -1 with
 * |err|. */
MUST_CHECK int environment_write(const struct environment *environment, struct buf *out,
    environment_note_fn *note, void *context, struct error *err);

/* Reads that text as config_load() reads a file. |warn| hears the notes as well, in line 0 of
 * "environment". */
struct config *environment_load(
    const struct environment *environment, config_warn_fn *warn, void *context, struct error *err);

/* Has refusals of |config|, which was read from |environment|, name the variables that would permit
 * a request. |environment| lives as long as |config|. */
void environment_set_advice(const struct environment *environment, const struct config *config);

/* True when no variable opens anything but ping, version and events: most likely one is misspelt.
 */
bool environment_opens_nothing(const struct environment *environment);

#endif
