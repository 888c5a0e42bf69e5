/* SPDX-License-Identifier: Apache-2.0 */
/* The values of options: text in, checked and stored value out. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "base/error.h"
#include "config/config.h"

/* Reads |text| as |option|'s type and stores it where the option lives in |base| (struct config or
 * struct config_listener), in place of what was there. -1 with what is wrong in |err|. */
MUST_CHECK int value_store(
    const struct config_option *option, struct span text, void *base, struct error *err);

/* Every option of |section| gets its default. */
MUST_CHECK int options_default(const char *section, void *base, struct error *err);

/* unix:/path, unix:///path, /path, tcp:HOST:PORT, tls:HOST:PORT, fd:NAME. On success |ret_address|
 * owns its texts. */
MUST_CHECK int address_parse(struct span text, struct address *ret_address, struct error *err);
void address_free(struct address *address);

/* A copy with a NUL behind it, for free(). NULL with |err|. */
char *text_copy(struct span text, struct error *err);

#endif
