/* SPDX-License-Identifier: Apache-2.0 */
/* One call of gRPC through a mediator: what the tests of mediators share. */
#ifndef MEDIATOR_CASE_H
#define MEDIATOR_CASE_H

#include "build/mediator.h"
#include "policy_case.h"

#define MOST ((size_t)1 << 22)
#define ALLOW "allow = @safe buildkit.solve buildkit.status buildkit.workers image.push\n"
#define STOCK                                                                                      \
	ALLOW "image = *\nimage_write = *\nbuild_cache = registry\nextra_host = *\nulimit = *\n"   \
	      "cgroup_parent = **\n"
#define SOLVE "/moby.buildkit.v1.Control/Solve"
#define BRIDGE "/moby.buildkit.v1.frontend.LLBBridge/"

struct answer {
	enum mediator_way way;
	bool passed; /* of the message */
	unsigned status;
	enum reason reason; /* of a refusal, where it was noted */
	char text[2048];
	const char *added;
	struct buf out;
};

struct mediator *mediator_for(
    const struct policy *policy, struct mediator_owned *owned, const char *client);

/* |build|: of the metadata; NULL: none. The caller frees |out|. */
struct answer call_with(
    struct mediator *mediator, const char *path, const char *build, struct span bytes);

/* A Control/Solve: why it is refused, or REASON_NONE. */
enum reason solve_refused(struct mediator *mediator, const char *json);

/* Whether it passes. */
bool solves(struct mediator *mediator, const char *json);

/* Whether a call passes. */
bool passes(struct mediator *mediator, const char *path, const char *build, const char *bytes);

#endif
