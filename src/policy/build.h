/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of BuildKit's messages, private to this room. */
#ifndef POLICY_BUILD_H
#define POLICY_BUILD_H

#include "policy/judge.h"

/* One text each. */
void build_judge_frontend(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_syntax(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_context(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_net_mode(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_hosts(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_ulimits(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_shm(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_scanner(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_entitlement(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_names(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_insecure(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_cache_refs(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_cache_json(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_image_read(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_image_sent(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);
void build_judge_label(
    struct judge *judge, enum grant grant, const struct place *place, struct span text);

/* A map whose keys are rows of the sub-schema. */
void build_check_attrs(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *map);
/* Objects of Type and Attrs, or the type or the attributes of the one that old clients send. */
void build_check_exporter(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *value);
/* The same of caches. */
void build_check_cache(struct judge *judge, const struct docker_field *field,
    const struct place *place, const cJSON *list);

/* Calls |fn| for each part of |text| between commas. Refuses a text that could be cut in another
 * way. */
void list_judge(struct judge *judge, enum grant grant, const struct place *place, struct span text,
    void (*fn)(struct judge *, enum grant, const struct place *, struct span));

/* What strconv.ParseBool() of Go takes for false. */
bool go_says_no(struct span text);

#endif
