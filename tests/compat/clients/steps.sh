# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the shell programs share: named steps, each printing one line of the transcript.
set -uo pipefail

step()
{
	local name=$1 status=0 shown
	shift
	shown=$("$@" 2>&1 </dev/null) || status=$?
	printf '%s: %s: %s\n' "$name" "$status" "$(tr '\n' '~' <<<"$shown")"
}
