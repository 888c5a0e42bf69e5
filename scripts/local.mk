# scripts for people, and what CI calls
EXTRA_DIST += \
	.ci/run \
	contrib/docker/Dockerfile \
	contrib/docker/README.md \
	scripts/build \
	scripts/clients \
	scripts/deps \
	scripts/lib.sh \
	scripts/run \
	scripts/test \
	scripts/test-compat \
	scripts/test-integration \
	scripts/throwaway-dockerd
