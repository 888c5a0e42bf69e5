/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_METHOD_H
#define BASE_METHOD_H

#include "base/span.h"

/* The methods the Docker API knows. METHOD_OTHER is never permitted by name. */
enum method {
	METHOD_OTHER,
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_MAX
};

/* "GET" and so on; "OTHER" for METHOD_OTHER. */
const char *method_name(enum method method);

/* The method of exactly this upper-case name, METHOD_OTHER when there is none. */
enum method method_from(struct span name);

#endif
