# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# buildx and compose as plugins of docker's client, all the newest that scripts/clients could build. Prints
# one line a step. Arguments: SOCKET POLICY.
# shellcheck source=tests/compat/clients/steps.sh
. "${BASH_SOURCE[0]%/*}/steps.sh"

docker=$HOME/go/docker
work=$(mktemp -d /tmp/compat.XXXXXX)
export DOCKER_CONFIG=$work/client DOCKER_HOST=unix://$1 COMPOSE_PROGRESS=plain COMPOSE_ANSI=never
mkdir -p "$work/client/cli-plugins" "$work/context"
ln -s "$HOME/go/buildx" "$work/client/cli-plugins/docker-buildx"
ln -s "$HOME/go/compose" "$work/client/cli-plugins/docker-compose"
trap 'cd /; "$docker" compose -f "$work/compose.yml" down -v -t 0 >/dev/null 2>&1; rm -rf "$work"' EXIT

# As a set: what runs side by side is said in any order.
step_sorted()
{
	local name=$1 status=0
	shift
	"$@" >"$work/shown" 2>&1 </dev/null || status=$?
	printf '%s: %s: %s\n' "$name" "$status" "$(grep -vE 'transferring|sha256:|^#[0-9]+ (reading|copying)|^#[0-9]+ (DONE|exporting|writing|sending|unpacking)|^$' \
		"$work/shown" | sed -E 's/^#[0-9]+ ([0-9.]+ )?//; s/( [0-9.]+s)?( done)?$//' | sort -u | tr '\n' '~')"
}

printf 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "echo", "said it"]\n' >"$work/context/Dockerfile"
cp "$(command -v busybox)" "$work/context/busybox"
head -c 20M /dev/zero >"$work/context/filler"
step "versions" "$docker" version --format '{{.Server.Version}}'
step "buildx list" bash -c "$docker buildx ls --format '{{.Name}} {{.DriverEndpoint}}'"
step_sorted "buildx build" "$docker" buildx build --progress plain --no-cache -t newest:1 "$work/context"
step_sorted "buildx bake" bash -c "cd $work/context && printf 'target \"default\" { tags = [\"newest:2\"] }' >docker-bake.hcl && $docker buildx bake --progress plain --allow=fs.read=$work"
step_sorted "buildx output" "$docker" buildx build --progress plain -o "$work/out" "$work/context"
step "what came out" bash -c "ls $work/out"
step "buildx usage" bash -c "$docker buildx du | grep -c ^Total"
step "buildx prune" bash -c "$docker buildx prune -af | grep -c Total"
step "remove" bash -c "$docker rmi -f newest:1 newest:2 | grep -c Untagged"

cat >"$work/compose.yml" <<'EOF'
name: newest
services:
  one:
    image: bb:1
    command: sh -c 'echo started; exec sleep 1000'
    stop_grace_period: 0s
    volumes: [data:/data]
    healthcheck: {test: ["CMD", "true"], interval: 1s}
    networks: {inner: {aliases: [uno]}}
    environment: {A: b}
    mem_limit: 64m
  two:
    build: context
    image: newest:3
    command: /bin/busybox sleep 1000
    stop_grace_period: 0s
    depends_on: {one: {condition: service_healthy}}
    networks: [inner]
volumes: {data: {}}
networks: {inner: {}}
EOF
cd "$work" || exit 1
step "compose config" bash -c "$docker compose config --services | sort"
step_sorted "compose up" "$docker" compose up -d --build --wait
step "compose ps" bash -c "$docker compose ps --format '{{.Name}} {{.State}} {{.Health}}' | sort"
# shellcheck disable=SC2016 # $A is the container's
step "compose exec" "$docker" compose exec -T one sh -c 'ping -c 1 uno >/dev/null && echo "reached with $A"'
step "compose logs" "$docker" compose logs --no-color one
step "compose top" bash -c "$docker compose top one | grep -c sleep"
step "compose run" "$docker" compose run --rm -T --no-deps one echo ran
step "compose cp" bash -c "$docker compose cp one:/etc/passwd passwd 2>/dev/null; cat passwd"
step "compose images" bash -c "$docker compose images -q | wc -l"
step_sorted "compose restart" "$docker" compose restart -t 0 one
step_sorted "compose scale" "$docker" compose up -d --no-deps --no-recreate --scale one=2
step_sorted "compose down" "$docker" compose down -v -t 0 --rmi local
