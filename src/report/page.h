/* SPDX-License-Identifier: Apache-2.0 */
/* The page, section by section, in the order in which it is read. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "report/html.h"
#include "report/parts.h"
#include "report/svg.h"

#define TOP 6u            /* clients and operations with a colour of their own */
#define CLIENTS_SHOWN 24u /* with all that they used */
#define DENIALS_SHOWN 40u
#define LINES_SHOWN 400u /* of a policy */

struct page {
	struct report *report;
	struct buf *out;
	unsigned pictures;                        /* so far */
	struct client *clients[CLIENTS_MOST + 1]; /* by requests, most first */
	unsigned client_count;
};

void page_first(struct page *page);   /* figures, and what to look at */
void page_denials(struct page *page); /* the newest ones */
void page_reasons(struct page *page);
void page_time(struct page *page);     /* requests over time */
void page_clients(struct page *page);  /* what each used */
void page_policies(struct page *page); /* lines that were used, and that were not */
void page_log(struct page *page);      /* what was read */

static inline uint64_t tally_all(const struct tally *tally)
{
	return tally->allowed + tally->would_deny + tally->denied;
}

static inline uint64_t tally_refused(const struct tally *tally)
{
	return tally->would_deny + tally->denied;
}

/* The client as tables show it. */
void page_name(struct page *page, const char *identity, const char *listener);
void page_client(struct page *page, const struct client *client);

/* A cell of a table with a number. */
void page_number_cell(struct page *page, uint64_t number);

/* |part| of |whole|, in hundredths of a percent; what is there at all can be seen. */
unsigned page_share(uint64_t part, uint64_t whole);

/* Which lines of grants were used is known from `needs` alone. */
bool page_knows_grants(const struct policy_uses *uses);

/* Whether the log tells who used the line. */
bool page_line_is_told(const struct policy_uses *uses, const struct policy_line *line);

/* Lines of a policy that no request used, as far as the log can tell. */
bool page_line_is_unused(const struct policy_uses *uses, const struct policy_line *line);
unsigned page_lines_unused(const struct policy_uses *uses);

/* Bars with a text above each, from left to right. */
struct page_bar {
	char text[48];
	uint64_t first, rest; /* two parts of the bar */
	uint64_t whole;       /* what the whole width stands for */
	unsigned first_colour, rest_colour;
	char figure[32]; /* on the right */
};

void page_bars(struct page *page, const char *title, const char *description,
    const struct page_bar *bars, unsigned count);

#endif
