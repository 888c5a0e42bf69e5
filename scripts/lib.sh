# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts share. Sourced, not run.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)
export top jobs
# The interpreter that Debian's Python packages belong to; another may come first in PATH.
export PYTHON=/usr/bin/python3

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# What goes before a command that needs root: nothing, or sudo.
sudo=()
if [ "$(id -u)" -ne 0 ]; then
	sudo=(sudo "--preserve-env=SOCKWARDEN,SOCKWARDEN_DIRECT,SOCKWARDEN_WRAPPER,SOCKWARDEN_LONG,SOCKWARDEN_CLIENTS,SOCKWARDEN_DOCKER,SOCKWARDEN_DOCKERD,ASAN_OPTIONS,UBSAN_OPTIONS")
fi

# Runs a command as root. Not for one in the background, whose process would be this function's.
as_root()
{
	[ "${#sudo[@]}" -eq 0 ] || command -v sudo >/dev/null || die "needs root, or sudo, for: $*"
	"${sudo[@]}" "$@"
}

# Answers whether a Docker daemon listens on the unix socket $1.
docker_answers()
{
	[ -S "$1" ] && [ "$(as_root curl -s -m 5 --unix-socket "$1" http://docker/_ping)" = OK ]
}
