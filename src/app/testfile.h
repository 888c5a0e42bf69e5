/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a policy test, split. docs/policy-tests.md describes the format. */
#ifndef APP_TESTFILE_H
#define APP_TESTFILE_H

#include "base/error.h"
#include "base/span.h"

enum test_line_kind {
	TEST_EMPTY,  /* blank or a comment */
	TEST_CONFIG, /* config = |text| */
	TEST_POLICY, /* policy = |text| */
	TEST_STATE,  /* state = |text| */
	TEST_HEADER, /* header = |text|, for the next expectation */
	TEST_EXPECT,
};

#define TEST_ALLOW 0 /* |status| of an expected permission */

struct test_line {
	enum test_line_kind kind;
	struct span text;    /* value of a setting, or what a denial must mention */
	struct span verdict; /* as it is written: allow, deny or a status */
	unsigned status;     /* TEST_ALLOW, or the status of the expected refusal */
	struct span method, target;
	struct span body; /* .at NULL = none; "@FILE" names a file */
};

/* Splits |line|. Returns 0, or -1 with what is wrong in |err|. */
MUST_CHECK int test_line_parse(struct span line, struct test_line *ret_line, struct error *err);

#endif
