# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What docker's client does beyond the integration tests, most of all BuildKit: sessions, secrets and
# contexts over /session and /grpc. Prints one line a step. Arguments: SOCKET POLICY.
# shellcheck source=tests/compat/clients/steps.sh
. "${BASH_SOURCE[0]%/*}/steps.sh"

docker=${SOCKWARDEN_DOCKER:-/usr/bin/docker}
work=$(mktemp -d /tmp/compat.XXXXXX)
trap 'rm -rf "$work"' EXIT
export DOCKER_CONFIG=$work/client DOCKER_BUILDKIT=1 DOCKER_HOST=unix://$1
if [ -n "${SOCKWARDEN_DOCKER:-}" ]; then # new clients leave builds to buildx
	mkdir -p "$work/client/cli-plugins"
	ln -s "$HOME/go/buildx" "$work/client/cli-plugins/docker-buildx"
fi

# BuildKit's steps run side by side: their names in order, and how each ended.
build()
{
	local status=0
	"$docker" build --progress plain "$@" >"$work/shown" 2>&1 </dev/null || status=$?
	# What else it says comes in no fixed order or number.
	grep -E '^#[0-9]+ (\[|CACHED|ERROR)|said|^(executor|failed)' "$work/shown" |
		sed -E 's/^#[0-9]+ //; s/^[0-9]+\.[0-9]+ //' | sort -u
	return $status
}

mkdir -p "$work/context/bin" "$work/big"
cp "$(command -v busybox)" "$work/context/bin/busybox"
ln -s busybox "$work/context/bin/sh"
printf 'hidden value' >"$work/secret"
cat >"$work/context/Dockerfile" <<'EOF'
FROM scratch AS base
COPY bin /bin
ENV PATH=/bin
ARG WHO=nobody
RUN --mount=type=secret,id=word busybox wc -c /run/secrets/word && echo "said for $WHO"
RUN --mount=type=cache,target=/cache echo said cached >/cache/x
FROM base
RUN echo said last >/last
CMD ["busybox", "cat", "/last"]
EOF
step "build with a secret" build --secret "id=word,src=$work/secret" --build-arg WHO=you \
	--label a=b -t kit:1 "$work/context"
step "built again, from the cache" build --secret "id=word,src=$work/secret" --build-arg WHO=you \
	--label a=b -t kit:1 "$work/context"
step "run it" "$docker" run --rm kit:1
step "its label" "$docker" inspect -f '{{json .Config.Labels}}' kit:1
step "build without the secret" build --no-cache -t kit:2 "$work/context"
step "build of one stage" build --target base --secret "id=word,src=$work/secret" -t kit:3 "$work/context"

printf 'FROM kit:1\nCOPY payload /payload\nRUN busybox sha256sum /payload && echo said it\n' >"$work/big/Dockerfile"
yes "the same line again and again, many times" | head -c 100M >"$work/big/payload"
step "context of 100 MB" build -t kit:4 "$work/big"
step "what arrived" "$docker" run --rm kit:4 busybox sha256sum /payload

printf 'FROM bb:1\nRUN echo said before && exit 9\n' >"$work/Dockerfile"
step "build that fails" build --no-cache "$work"
printf 'FROM nothing.example.org/none:1\n' >"$work/Dockerfile"
step "build from nothing" build "$work"
step "Dockerfile from stdin" bash -c "printf 'FROM bb:1\nLABEL x=y\n' | $docker build -q -t kit:5 - | wc -c"
step "output to a directory" build --secret "id=word,src=$work/secret" --output "type=local,dest=$work/out" "$work/context"
step "what came out" cat "$work/out/last"
step "disk usage" bash -c "$docker system df --format '{{.Type}}'"
step "build cache" bash -c "$docker builder prune -af | tail -n 1 | cut -d: -f1"
step "remove" bash -c "$docker rmi -f kit:1 kit:3 kit:4 kit:5 | grep -c Untagged"

export DOCKER_BUILDKIT=0
step "pull" "$docker" pull nothing.example.org/none:1
step "push" "$docker" push bb:1
step "search" "$docker" search x
step "login" "$docker" login -u u -p p 127.0.0.1:1
step "manifest" "$docker" image inspect nobody
step "plugins" "$docker" plugin ls
step "install of a plugin" "$docker" plugin install --grant-all-permissions 127.0.0.1:1/x
step "contexts" "$docker" context ls --format '{{.Name}}'
step "info" "$docker" info --format '{{.Driver}} {{.ServerVersion}}'
step "checkpoint" "$docker" checkpoint ls nobody
step "trust" "$docker" trust inspect bb:1
