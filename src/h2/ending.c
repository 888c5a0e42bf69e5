/* SPDX-License-Identifier: Apache-2.0 */
/* How sessions end, and what they end for. */
#include "h2/parts.h"

#define EARNED 8u /* frames that carry nothing, for each with data */

void coupling_earn(struct coupling *coupling)
{
	coupling->idle_frames -= coupling->idle_frames < EARNED ? coupling->idle_frames : EARNED;
}

void coupling_break(struct coupling *coupling, const char *fault)
{
	if (coupling->fault)
		return;
	coupling->fault = fault;
	for (unsigned i = 0; i < COUPLING_SIDES; i++)
		(void)nghttp2_session_terminate_session(
		    coupling->sides[i].session, NGHTTP2_ENHANCE_YOUR_CALM);
}

void session_leave(struct side *side, uint32_t code)
{
	if (side->leaving)
		return;
	side->leaving = true;
	(void)nghttp2_submit_goaway(side->session, NGHTTP2_FLAG_NONE,
	    nghttp2_session_get_last_proc_stream_id(side->session), code, NULL, 0);
}
