# Real clients at dockerd and through sockwarden; scripts/test-compat runs them, `make check` does not.
EXTRA_DIST += \
	tests/compat/clients/containers.js \
	tests/compat/clients/containers.py \
	tests/compat/clients/docker.sh \
	tests/compat/clients/dockerode.js \
	tests/compat/clients/newest.sh \
	tests/compat/clients/raw.py \
	tests/compat/clients/sdk.py \
	tests/compat/clients/step.js \
	tests/compat/clients/steps.py \
	tests/compat/clients/steps.sh \
	tests/compat/clients/swarm.sh \
	tests/compat/README.md \
	tests/compat/differences.md \
	tests/compat/go/docker-gen/main.go \
	tests/compat/go/fields/main.go \
	tests/compat/go/rosetta/go.mod \
	tests/compat/go/rosetta/rosetta.go \
	tests/compat/go/testcontainers/main.go \
	tests/compat/go/traefik-ext/ext.go \
	tests/compat/go/traefik-ext/go.mod \
	tests/compat/go/traefik/main.go \
	tests/compat/long_clients.py \
	tests/compat/long_consumers.py \
	tests/compat/long_rootless.py \
	tests/compat/package-lock.json \
	tests/compat/package.json \
	tests/compat/requirements.txt \
	tests/compat/rootless-dockerd \
	tests/compat/test_clients.py \
	tests/compat/test_many.py \
	tests/compat/test_vanish.py \
	tests/compat/transcript.py
