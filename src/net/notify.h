/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a service manager how the daemon is, by the socket that NOTIFY_SOCKET names (sd_notify(3)).
 * Without one nothing happens. */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

#include <stdint.h>

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);

/* How often, in milliseconds, notify_alive() must be called, or the service manager takes this
 * process for one that hangs; 0 when nobody waits for it. Half of what it says, to be on time. */
uint64_t notify_alive_period(void);
void notify_alive(void);

#endif
