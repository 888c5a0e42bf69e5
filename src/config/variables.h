/* SPDX-License-Identifier: Apache-2.0 */
/* The environment variables of the common socket proxies: what each means, and what it is when it
 * is not set. */
#ifndef CONFIG_VARIABLES_H
#define CONFIG_VARIABLES_H

#include "base/error.h"
#include "config/environment.h"
#include "docker/docker.h"

enum variable_kind {
	VARIABLE_SECTION,    /* opens operations at the path |what| and below */
	VARIABLE_OPERATIONS, /* opens the operations |what|, whether POST is 1 or not */
	VARIABLE_WITHIN,     /* opens or closes the operations |what| in an open section */
	VARIABLE_METHOD,     /* opens the method |what| in open sections */
	VARIABLE_SETTING,    /* no switch */
	VARIABLE_UNREAD,     /* does nothing here; |what| says why */
};

struct variable {
	const char *name;
	enum variable_kind kind;
	const char *unset; /* its value when it is not set: "0", "1", or that of this variable */
	const char *what;
	const char
	    *extra; /* of sections: lines for parameters that their operations take; of those
		     * within them: what is said when it closes what is open there; or NULL */
};

/* At most VARIABLES_MOST, so that a word has a bit for each. */
#define VARIABLES_MOST 64u
size_t variable_count(void);
const struct variable *variable_at(size_t i);

/* The variable of this name, or NULL. */
const struct variable *variable_named(struct span name);

/* Whether |variable| says yes: as those proxies read it, any number but 0 does; words do not, nor
 * does an empty value. */
bool variable_on(const struct environment *environment, const struct variable *variable);

/* The variable that |operation| needs within its section, or NULL. */
const struct variable *variable_within(const struct docker_operation *operation);

/* The value of a variable, NULL when it is not set or empty. */
const char *variable_value(const struct environment *environment, const char *name);

/* Whether that is 1, true or yes. */
bool variable_is_yes(const char *value);

/* What a word of LOG_LEVEL means. False when it is none. */
MUST_CHECK bool variable_verbosity(const char *word, enum verbosity *ret_verbosity);

/* Tells |note| of values that cannot be read, of variables that do nothing here, and of names that
 * no variable has. */
void variables_check(
    const struct environment *environment, environment_note_fn *note, void *context);

/* The lines of a listener that HAProxy's |bind| (BIND_CONFIG) amounts to. Returns 0 or -1 with
 * |err|. */
MUST_CHECK int bind_write(const char *bind, struct buf *out, struct error *err);

#endif
