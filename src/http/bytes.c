/* SPDX-License-Identifier: Apache-2.0 */
#include "http/bytes.h"

#define T BYTE_TOKEN
#define H BYTE_HOST
#define P BYTE_PATH
#define Q BYTE_QUERY
#define W BYTE_PLAIN

/* ';' is in no target: servers have read it as a separator of segments and of pairs. '%' is handled
 * where a path is decoded, so that a decoded path never holds one. */
const uint8_t http_bytes[256] = {
    ['0' ... '9'] = T | H | P | Q | W,
    ['A' ... 'Z'] = T | H | P | Q | W,
    ['a' ... 'z'] = T | H | P | Q | W,
    ['-'] = T | H | P | Q | W,
    ['.'] = T | H | P | Q | W,
    ['_'] = T | H | P | Q | W,
    ['~'] = T | H | P | Q | W,
    ['!'] = T | H | P | Q | W,
    ['$'] = T | H | P | Q | W,
    ['*'] = T | H | P | Q | W,
    ['\''] = T | H | P | Q | W,
    ['('] = H | P | Q | W,
    [')'] = H | P | Q | W,
    [','] = H | P | Q | W,
    [':'] = H | P | Q | W,
    ['/'] = P | Q | W,
    ['@'] = P | Q | W,
    ['&'] = T | H | P | Q,
    ['+'] = T | H | P | Q,
    ['='] = H | P | Q,
    ['%'] = T | H | Q,
    ['['] = H | Q,
    [']'] = H | Q,
    ['^'] = T | Q,
    ['`'] = T | Q,
    ['|'] = T | Q,
    ['"'] = Q,
    ['<'] = Q,
    ['>'] = Q,
    ['?'] = Q,
    ['\\'] = Q,
    ['{'] = Q,
    ['}'] = Q,
    ['#'] = T,
    [';'] = H,
};
