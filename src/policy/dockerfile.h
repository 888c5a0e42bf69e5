/* SPDX-License-Identifier: Apache-2.0 */
/* The Dockerfile of a classic build. */
#ifndef POLICY_DOCKERFILE_H
#define POLICY_DOCKERFILE_H

#include "policy/judge.h"

/* Judges |text|, the file at |place| of the build that |judge| is about: its base images and those
 * that it copies from by `image` and `registry`, the addresses that it adds by `build_remote`. */
void dockerfile_judge(struct judge *judge, const struct place *place, struct span text,
    const struct policy_archive *archive);

#endif
