/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that is counted, as text for Prometheus and for OpenMetrics. */
#ifndef STATUS_METRICS_H
#define STATUS_METRICS_H

#include "base/buf.h"

struct config;
struct server;

enum metrics_format { METRICS_PROMETHEUS, METRICS_OPEN };

/* Appends the whole text: Prometheus' (0.0.4) or OpenMetrics 1.0.0. |server|: the chief; |config|:
 * in force. */
void metrics_write(struct buf *out, enum metrics_format format, struct server *server,
    const struct config *config);

#endif
