/* SPDX-License-Identifier: Apache-2.0 */
#include "http/bytes.h"

#define T BYTE_TOKEN
#define H BYTE_HOST
#define P BYTE_PATH
#define Q BYTE_QUERY
#define W BYTE_PLAIN
#define N BYTE_NAME

/* ';' stands in no target without an escape: servers have read it as a separator of segments and of
 * pairs. A decoded path may hold what a name may hold that the daemon takes, so any text but for
 * '?', which parts the query from it, and '\\', which some servers take for a slash. */
const uint8_t http_bytes[256] = {
    ['0' ... '9'] = T | H | P | Q | W | N,
    ['A' ... 'Z'] = T | H | P | Q | W | N,
    ['a' ... 'z'] = T | H | P | Q | W | N,
    ['-'] = T | H | P | Q | W | N,
    ['.'] = T | H | P | Q | W | N,
    ['_'] = T | H | P | Q | W | N,
    ['~'] = T | H | P | Q | W | N,
    ['!'] = T | H | P | Q | W | N,
    ['$'] = T | H | P | Q | W | N,
    ['*'] = T | H | P | Q | W | N,
    ['\''] = T | H | P | Q | W | N,
    ['('] = H | P | Q | W | N,
    [')'] = H | P | Q | W | N,
    [','] = H | P | Q | W | N,
    [':'] = H | P | Q | W | N,
    ['/'] = P | Q | W | N,
    ['@'] = P | Q | W | N,
    ['&'] = T | H | P | Q | N,
    ['+'] = T | H | P | Q | N,
    ['='] = H | P | Q | N,
    ['%'] = T | H | Q | N,
    ['['] = H | Q | N,
    [']'] = H | Q | N,
    ['^'] = T | Q | N,
    ['`'] = T | Q | N,
    ['|'] = T | Q | N,
    ['"'] = Q | N,
    ['<'] = Q | N,
    ['>'] = Q | N,
    ['?'] = Q,
    ['\\'] = Q,
    ['{'] = Q | N,
    ['}'] = Q | N,
    ['#'] = T | N,
    [';'] = H | N,
    [' '] = N,
    [0x80 ... 0xff] = N, /* as UTF-8 */
};
