# The documents, and the policies and requests that docs/policy.md shows.
POLICY_TEST_FILES = \
	conf/ci-runner.test \
	docs/examples/grants.test \
	docs/examples/requirements.test \
	tests/policy/bypasses.test \
	tests/policy/fields.test \
	tests/policy/harmless.test
EXTRA_DIST += $(POLICY_TEST_FILES) \
	docs/builds.md \
	docs/getting-started.md \
	docs/learn.md \
	docs/limits.md \
	docs/migration.md \
	docs/podman.md \
	docs/tenants.md \
	docs/policy.md \
	docs/recipes.md \
	docs/redaction.md \
	docs/reliability.md \
	docs/report.md \
	docs/report.png \
	docs/rootless.md \
	docs/sandbox.md \
	docs/scan.md \
	docs/ssh.md \
	docs/status.md \
	docs/threat-model.md \
	docs/tls.md \
	docs/troubleshooting.md \
	docs/where-it-stands.svg \
	docs/examples/grants.conf \
	docs/examples/requirements.conf \
	scripts/policy-doc \
	tests/policy/bypasses.conf \
	tests/policy/byte-order-mark.json \
	tests/policy/two-values.json \
	tests/policy/fields.conf \
	tests/policy/harmless.conf
TESTS += tests/policy/files.test
dist_check_SCRIPTS += tests/policy/files.test
