/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a service manager how the daemon is, by the socket that NOTIFY_SOCKET names (sd_notify(3)).
 * Without one nothing happens. */
#ifndef NET_NOTIFY_H
#define NET_NOTIFY_H

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);

#endif
