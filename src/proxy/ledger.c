/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/ledger.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/lock.h"
#include "base/log.h"

#define RUN_SIZE 17u
#define NANOSECONDS 1000000 /* of a millisecond */

struct ledger {
	struct lock lock; /* of all that is below, but for reading |broken| and |waits| */
	struct audit_sink *sink;
	uint64_t sequence; /* of the last line */
	uint64_t lost;     /* lines that could not be written */
	char run[RUN_SIZE];
	atomic_bool waits;  /* the sink has more than its reader took */
	atomic_bool broken; /* the last line could not be written */
};

struct ledger *ledger_new(struct audit_sink *sink, bool shared)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));

	if (!ledger)
		return NULL;
	ledger->lock = LOCK_INIT(shared);
	ledger->sink = sink;
	return ledger;
}

void ledger_free(struct ledger *ledger)
{
	if (!ledger)
		return;
	audit_sink_close(ledger->sink);
	free(ledger);
}

void ledger_name_run(struct ledger *ledger, const char *run)
{
	(void)snprintf(ledger->run, sizeof(ledger->run), "%s", run);
}

void ledger_move(struct ledger *ledger, struct audit_sink *sink)
{
	LOCK_HOLD(&ledger->lock);
	audit_sink_close(ledger->sink);
	ledger->sink = sink;
}

int ledger_reopen(struct ledger *ledger, struct error *err)
{
	LOCK_HOLD(&ledger->lock);
	return audit_sink_reopen(ledger->sink, err);
}

static void note_waiting(struct ledger *ledger)
{
	atomic_store_explicit(&ledger->waits, audit_sink_waits(ledger->sink), memory_order_relaxed);
}

bool ledger_flush(struct ledger *ledger)
{
	LOCK_HOLD(&ledger->lock);
	bool flushed = audit_sink_flush(ledger->sink);

	note_waiting(ledger);
	return flushed;
}

int ledger_waits(struct ledger *ledger)
{
	if (!atomic_load_explicit(&ledger->waits, memory_order_relaxed))
		return -1;
	LOCK_HOLD(&ledger->lock);
	note_waiting(ledger);
	return audit_sink_waits(ledger->sink) ? audit_sink_descriptor(ledger->sink) : -1;
}

void ledger_drain(struct ledger *ledger, uint64_t most)
{
	audit_sink_drain(ledger->sink, most);
}

struct ledger_mark ledger_begin(struct ledger *ledger)
{
	struct timespec now;

	(void)lock_take(&ledger->lock);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (struct ledger_mark){
	    .run = ledger->run,
	    .sequence = ++ledger->sequence,
	    .seconds = now.tv_sec,
	    .milliseconds = (unsigned)(now.tv_nsec / NANOSECONDS),
	};
}

bool ledger_end(struct ledger *ledger, struct buf *line, bool required)
{
	bool written = !line->failed && audit_sink_write(ledger->sink, buf_span(line));
	bool before = ledger_is_broken(ledger);

	note_waiting(ledger);
	if (!written)
		ledger->lost++;
	buf_free(line);
	if (!written && !before)
		log_error("audit", "cannot write the audit log%s",
		    required ? ": nothing is permitted until it can be written" : "");
	if (written && before)
		log_info("audit", "the audit log can be written again");
	if (written == before)
		atomic_store_explicit(&ledger->broken, !written, memory_order_relaxed);
	lock_drop(&ledger->lock);
	return written;
}

struct ledger_lines ledger_lines(struct ledger *ledger)
{
	LOCK_HOLD(&ledger->lock);
	return (struct ledger_lines){
	    .written = ledger->sequence - ledger->lost, .lost = ledger->lost};
}

bool ledger_is_broken(const struct ledger *ledger)
{
	return atomic_load_explicit(&ledger->broken, memory_order_relaxed);
}
