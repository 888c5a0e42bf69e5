# scripts for people, and what CI calls
EXTRA_DIST += \
	.ci/run \
	contrib/compose/ci-runner.conf \
	contrib/compose/ci-runner.yml \
	contrib/compose/portainer.conf \
	contrib/compose/portainer.yml \
	contrib/compose/traefik.conf \
	contrib/compose/traefik.yml \
	contrib/compose/two-clients.conf \
	contrib/compose/two-clients.yml \
	contrib/compose/watchtower.conf \
	contrib/compose/watchtower.yml \
	contrib/docker/Dockerfile \
	contrib/docker/README.md \
	contrib/docker/build-image \
	scripts/build \
	scripts/clients \
	scripts/count-core \
	scripts/coverage \
	scripts/coverage-goals \
	scripts/coverage-report \
	scripts/deps \
	scripts/differ \
	scripts/format \
	scripts/lib.sh \
	scripts/run \
	scripts/soak \
	scripts/test \
	scripts/test-compat \
	scripts/test-integration \
	scripts/test-machine \
	scripts/throwaway-dockerd \
	scripts/throwaway-machine \
	scripts/update-docs
