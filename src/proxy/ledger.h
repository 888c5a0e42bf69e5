/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log of one run: numbers its lines and writes them whole, one after the other, whichever
 * worker they come from. */
#ifndef PROXY_LEDGER_H
#define PROXY_LEDGER_H

#include "audit/sink.h"
#include "base/buf.h"
#include "base/error.h"

struct ledger;

/* What a line is numbered and dated with. */
struct ledger_mark {
	const char *run; /* identifies this run */
	uint64_t sequence;
	int64_t seconds; /* since 1970 */
	unsigned milliseconds;
};

/* Takes over |sink|. |shared|: by several threads. NULL when memory is out. */
struct ledger *ledger_new(struct audit_sink *sink, bool shared);

/* Closes its sink. NULL is fine. */
void ledger_free(struct ledger *ledger);

/* Before the first line. */
void ledger_name_run(struct ledger *ledger, const char *run);

/* Takes over |sink| in place of the one before, which is closed. */
void ledger_move(struct ledger *ledger, struct audit_sink *sink);

/* As audit_sink_reopen() and audit_sink_flush(). */
MUST_CHECK int ledger_reopen(struct ledger *ledger, struct error *err);
bool ledger_flush(struct ledger *ledger);

/* The descriptor by whose room what waits goes on; -1: nothing waits. */
MUST_CHECK int ledger_waits(struct ledger *ledger);

/* As audit_sink_drain(). */
void ledger_drain(struct ledger *ledger, uint64_t most);

/* Begins a line, which must be followed by ledger_end() with its text; nobody else writes until
 * then. */
struct ledger_mark ledger_begin(struct ledger *ledger);

/* Writes |line| and frees it; false when that could not be done. |required|: then nothing is
 * permitted. */
MUST_CHECK bool ledger_end(struct ledger *ledger, struct buf *line, bool required);

/* How many lines of this run were written, and how many could not be. Not between ledger_begin()
 * and ledger_end(). */
struct ledger_lines {
	uint64_t written, lost;
};

struct ledger_lines ledger_lines(struct ledger *ledger);

/* True when the last line could not be written. */
bool ledger_is_broken(const struct ledger *ledger);

#endif
