/* SPDX-License-Identifier: Apache-2.0 */
/* Signals, users and groups in the one spelling that the daemon takes theirs for. */
#include <ctype.h>

#include "policy/judge.h"

/* ---- signals -----------------------------------------------------------------------------------
 */

/* Numbers are the same on every machine that runs Docker but for these rows' ends. */
static const char *const signals[] = {[1] = "HUP",
    [2] = "INT",
    [3] = "QUIT",
    [4] = "ILL",
    [5] = "TRAP",
    [6] = "ABRT",
    [7] = "BUS",
    [8] = "FPE",
    [9] = "KILL",
    [10] = "USR1",
    [11] = "SEGV",
    [12] = "USR2",
    [13] = "PIPE",
    [14] = "ALRM",
    [15] = "TERM",
    [16] = "STKFLT",
    [17] = "CHLD",
    [18] = "CONT",
    [19] = "STOP",
    [20] = "TSTP",
    [21] = "TTIN",
    [22] = "TTOU",
    [23] = "URG",
    [24] = "XCPU",
    [25] = "XFSZ",
    [26] = "VTALRM",
    [27] = "PROF",
    [28] = "WINCH",
    [29] = "IO",
    [30] = "PWR",
    [31] = "SYS"};

#define REALTIME_FIRST 34u
#define REALTIME_MIDDLE 50u /* from here on signals are counted from the last one */
#define REALTIME_LAST 64u

static struct span signal_of_number(unsigned number, char (*room)[SIGNAL_MOST])
{
	struct text text = text_in(*room, sizeof(*room));

	if (number < sizeof(signals) / sizeof(*signals) && signals[number])
		return span_of(signals[number]);
	if (number == REALTIME_FIRST || number == REALTIME_LAST)
		return number == REALTIME_FIRST ? SPAN("RTMIN") : SPAN("RTMAX");
	if (number > REALTIME_FIRST && number < REALTIME_MIDDLE)
		text_add_format(&text, "RTMIN+%u", number - REALTIME_FIRST);
	else if (number > REALTIME_FIRST)
		text_add_format(&text, "RTMAX-%u", REALTIME_LAST - number);
	else
		text_add_format(&text, "%u", number);
	return text_span(&text);
}

/* Signals with two names. */
static struct span first_name(struct span name)
{
	static const char *const pairs[][2] = {{"IOT", "ABRT"}, {"CLD", "CHLD"}, {"POLL", "IO"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		if (span_equal(name, span_of(pairs[i][0])))
			return span_of(pairs[i][1]);
	}
	return name;
}

struct span signal_name(struct span text, char (*room)[SIGNAL_MOST])
{
	uint64_t number;
	size_t len = 0;

	(void)span_cut_prefix(&text, SPAN("-")); /* Podman takes "-KILL" and "-9", as kill(1) */
	(void)span_cut_prefix(&text, SPAN("+")); /* the daemon reads "+9" as a number, too */
	if (span_to_uint(text, REALTIME_LAST, &number))
		return signal_of_number((unsigned)number, room);
	if (text.len > 3 && span_equal_nocase((struct span){text.at, 3}, SPAN("SIG")))
		text = span_from(text, 3);
	if (text.len > SIGNAL_MOST)
		return text;
	for (; len < text.len; len++)
		(*room)[len] = (char)toupper((unsigned char)text.at[len]);
	return first_name((struct span){*room, len});
}

/* ---- users and groups --------------------------------------------------------------------------
 */

static void write_id(struct text *text, struct span part)
{
	struct docker_number number;

	if (docker_number_read(part, &number))
		text_add_format(
		    text, "%s%llu", number.negative ? "-" : "", (unsigned long long)number.size);
	else
		text_add(text, part);
}

void user_write(struct text *text, struct span user)
{
	struct span group, id = span_cut(user, ':', &group);

	write_id(text, id.len == 0 && group.at ? SPAN("0") : id); /* ":5" is root with group 5 */
	if (group.at) {
		text_add(text, SPAN(":"));
		write_id(text, group);
	}
}
