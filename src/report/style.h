/* SPDX-License-Identifier: Apache-2.0 */
/* The style of the page, which its Content-Security-Policy names by the hash. */
#ifndef REPORT_STYLE_H
#define REPORT_STYLE_H

#include "base/span.h"

extern const struct span page_style;

/* SHA-256 of it in base64; tests/app/report.test says what it must be. */
#define STYLE_SHA256 "afk6FtS1sPErO5KjDbBVoY8s5+Vu4seTK7Ey6RK5Glk="

#endif
