/* SPDX-License-Identifier: Apache-2.0 */
#include "net/digest.h"

#include <openssl/evp.h>
#include <stdio.h>

bool digest_text(struct span bytes, char ret_text[static DIGEST_TEXT])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(bytes.at, bytes.len, digest, &len, EVP_sha256(), NULL) != 1)
		return false;
	for (unsigned i = 0; i < len; i++)
		(void)snprintf(ret_text + (size_t)2 * i, 3, "%02x", digest[i]);
	return true;
}
