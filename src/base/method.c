/* SPDX-License-Identifier: Apache-2.0 */
#include "base/method.h"

static const char *const names[METHOD_MAX] = {
    [METHOD_OTHER] = "OTHER",
    [METHOD_GET] = "GET",
    [METHOD_HEAD] = "HEAD",
    [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT",
    [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS",
};

const char *method_name(enum method method)
{
	return method < METHOD_MAX ? names[method] : names[METHOD_OTHER];
}

enum method method_from(struct span name)
{
	for (unsigned m = METHOD_GET; m < METHOD_MAX; m++) {
		if (span_equal(name, span_of(names[m])))
			return (enum method)m;
	}
	return METHOD_OTHER;
}
