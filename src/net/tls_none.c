/* SPDX-License-Identifier: Apache-2.0 */
/* In place of the other tls files where OpenSSL is not built in: whatever asks for TLS is refused.
 */
#include "net/digest.h"
#include "net/tls.h"

static int refuse(struct error *err)
{
	return error_set(err, "TLS is not built into this sockwarden (configure --without-tls)");
}

bool tls_is_built_in(struct error *err)
{
	return refuse(err) == 0;
}

bool digest_text(struct span bytes, char ret_text[static DIGEST_TEXT])
{
	(void)bytes;
	(void)ret_text;
	return false;
}

struct tls_context *tls_context_for_clients(
    const struct tls_files *files, enum tls_verify verify, struct error *err)
{
	(void)files;
	(void)verify;
	(void)refuse(err);
	return NULL;
}

struct tls_context *tls_context_for_server(
    const struct tls_files *files, const char *name, struct error *err)
{
	(void)files;
	(void)name;
	(void)refuse(err);
	return NULL;
}

struct tls_context *tls_context_ref(struct tls_context *context)
{
	return context;
}

void tls_context_free(struct tls_context *context)
{
	(void)context;
}

/* No stream has it: there is no context to begin with. */
const struct io_ops io_tls = {.plain = false};

int tls_begin(struct io *io, const struct tls_context *context)
{
	(void)io;
	(void)context;
	return -1;
}

bool tls_failure(const struct io *io, struct error *ret_why)
{
	(void)io;
	(void)refuse(ret_why);
	return false;
}

bool tls_admits(const struct tls_context *context, const struct io *io)
{
	(void)context;
	(void)io;
	return false;
}

int tls_read_peer(const struct io *io, struct peer *peer)
{
	(void)io;
	(void)peer;
	return -1;
}
