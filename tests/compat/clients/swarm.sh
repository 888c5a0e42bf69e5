# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A swarm of one node. Prints one line a step. Arguments: SOCKET POLICY.
# shellcheck source=tests/compat/clients/steps.sh
. "${BASH_SOURCE[0]%/*}/steps.sh"

docker=${SOCKWARDEN_DOCKER:-/usr/bin/docker}
work=$(mktemp -d /tmp/compat.XXXXXX)
export DOCKER_CONFIG=$work DOCKER_HOST=unix://$1
trap '"$docker" swarm leave --force >/dev/null 2>&1; rm -rf "$work"' EXIT

# Waits until a command says a word.
until_says()
{
	local word=$1 deadline=$((SECONDS + 20))
	shift
	until "$@" 2>&1 | grep -q "$word"; do
		[ $SECONDS -lt $deadline ] || { echo "never said $word"; return 1; }
	done
	echo "said $word"
}

step "init" bash -c "$docker swarm init --advertise-addr 127.0.0.1 | grep -v -e '^\$' -e token"
step "node" "$docker" node ls --format '{{.Status}} {{.Availability}} {{.ManagerStatus}}'
step "token" "$docker" swarm join-token -q worker
step "update" "$docker" swarm update --task-history-limit 2
step "node update" bash -c "$docker node update --label-add a=b \$($docker node ls -q) | wc -l"
step "secret" bash -c "echo hidden | $docker secret create word - | wc -c"
step "config" bash -c "echo shown | $docker config create settings - | wc -c"
step "config inspect" "$docker" config inspect -f '{{printf "%s" .Spec.Data}}' settings
step "service" bash -c "$docker service create -d --name one --network host --secret word \
	--config source=settings,target=/settings bb:1 sh -c 'cat /run/secrets/word /settings; exec sleep 1000' | wc -c"
step "service runs" until_says Running "$docker" service ps one --format '{{.CurrentState}}'
step "service list" "$docker" service ls --format '{{.Name}} {{.Mode}} {{.Image}}'
step "service logs" until_says shown "$docker" service logs --raw one
step "service update" bash -c "$docker service update -d --label-add a=b --limit-memory 64M one | wc -l"
step "service inspect" "$docker" service inspect -f '{{json .Spec.Labels}} {{.Spec.TaskTemplate.Resources.Limits.MemoryBytes}}' one
step "service scale" bash -c "$docker service scale -d one=0"
step "tasks" bash -c "$docker stack ls | wc -l"
step "service remove" "$docker" service rm one
step "secret remove" "$docker" secret rm word
step "config remove" "$docker" config rm settings
step "leave" "$docker" swarm leave --force
