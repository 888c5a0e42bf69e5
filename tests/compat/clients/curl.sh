# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# curl, with what it says by its options: forms, offers of HTTP/2, whole addresses as targets, unclean
# paths. Prints one line a step: the status, the answer's head and its first bytes. Arguments: SOCKET POLICY.
# shellcheck source=tests/compat/clients/steps.sh
. "${BASH_SOURCE[0]%/*}/steps.sh"

work=$(mktemp -d /tmp/compat.XXXXXX)
trap 'rm -rf "$work"' EXIT
policy=$2
json=(-H 'Content-Type: application/json')

# Dates and lengths differ from call to call, and what is of the connection alone or says how an address is
# written may. The daemon's name stands in its own answers only, as raw.py sees.
left_out='Date|Content-Length|Connection|Location|Api-Version|Docker-Experimental|Ostype|Server'

# What curl makes of the answer, and where it would go on.
ask()
{
	local status=0
	curl -sS --max-time 20 --unix-socket "$socket" -D "$work/head" -o "$work/body" -w '%{redirect_url}' "$@" || status=$?
	tr -d '\r' <"$work/head" | grep -vE "^($left_out):|^\$" | sort
	# An error is a sentence; of anything else its kind will do.
	grep -a '"message"' "$work/body" || head -c 1 "$work/body"
	return $status
}

# The same step with each way that curl has of speaking HTTP.
each_way()
{
	local name=$1 path=$2
	shift 2
	step "$name" ask "$@" "http://docker$path"
	step "$name, HTTP/1.0" ask --http1.0 "$@" "http://docker$path"
	step "$name, offering HTTP/2" ask --http2 "$@" "http://docker$path"
	step "$name, target with an address" ask --request-target "http://docker$path" "$@" http://docker/
	step "$name, target with another address" ask --request-target "http://other:2375$path" "$@" http://docker/
	step "$name, target with https" ask --request-target "https://docker$path" "$@" http://docker/
}

socket=$1
each_way "ping" /_ping
each_way "head" /_ping -I
each_way "list" '/v1.41/containers/json?all=1'
each_way "list with filters" /containers/json -G --data-urlencode 'filters={"label":["none=b c"]}'
each_way "nobody" /v1.41/containers/nobody/json
each_way "events of the past" '/events?since=1&until=2'
each_way "restart of nobody" /containers/nobody/restart -X POST -d ''

make() { ask "$@" -d '{"Image":"bb:1","Cmd":["sleep","1000"],"StopTimeout":0}' \
	"http://docker/containers/create?name=by-curl"; }
remove() { ask -X DELETE 'http://docker/containers/by-curl?force=1'; }
step "create" make "${json[@]}"
step "the same again" make "${json[@]}"
step "start, a form without a byte" ask -X POST -d '' http://docker/containers/by-curl/start
step "started already, offering HTTP/2" ask --http2 -X POST http://docker/containers/by-curl/start
step "restart, in chunks" ask -X POST -H 'Transfer-Encoding: chunked' -d '' \
	'http://docker/containers/by-curl/restart?t=0'
step "logs" ask 'http://docker/containers/by-curl/logs?stdout=1'
step "stats" ask 'http://docker/containers/by-curl/stats?stream=0'
step "a part of a list" ask -r 0-10 http://docker/containers/by-curl/json
step "compressed" ask --compressed -A '' -u user:word -b a=b -e http://x/ http://docker/containers/by-curl/json
step "two on one connection" ask -o "$work/second" http://docker/_ping http://docker/containers/by-curl/json
step "exec" ask "${json[@]}" --http2 -d '{"Cmd":["true"],"AttachStdout":true}' \
	http://docker/containers/by-curl/exec
step "attach without an upgrade, for its log" ask --max-time 20 -X POST -d '' \
	'http://docker/containers/by-curl/attach?logs=1'
step "remove" remove
step "create, in chunks and awaiting a 100" make "${json[@]}" --http2 -H 'Transfer-Encoding: chunked' \
	-H 'Expect: 100-continue'
step "remove" remove
step "gone" remove
if [ "$policy" = all ]; then
	step "create of a form" make
	step "put, awaiting a 100" ask -T - -H 'Expect: 100-continue' http://docker/containers/nobody/json
	for way in --http1.1 --http1.0 --http2 -I; do
		step "unclean path $way" ask --path-as-is "$way" http://docker//v1.41/containers//json
	done
	step "unclean path in an address" ask --request-target http://docker//info http://docker/
	step "unclean path, followed" ask --path-as-is -L "http://docker/v1.41//containers/./json?limit=1"
	printf 'FROM bb:1\n' >"$work/Dockerfile"
	step "a network, with a blank in its name" ask "${json[@]}" -d '{"Name":"by curl"}' \
		http://docker/networks/create
	step "its state" ask http://docker/networks/by%20curl
	step "its end" ask -X DELETE http://docker/networks/by%20curl
	step "build of nothing" ask --http2 -H 'Content-Type: application/x-tar' --data-binary @- \
		"http://docker/build?t=by-curl:1"
	tar -C "$work" -cf "$work/context.tar" Dockerfile
	step "build of a tar" ask --http2 -H 'Content-Type: application/x-tar' --data-binary \
		"@$work/context.tar" "http://docker/build?t=by-curl:1&q=1"
	step "untag" ask -X DELETE http://docker/images/by-curl:1
fi
