# The architecture itself: who includes whom, what the core needs, how long functions are.
ARCH_TESTS = \
	tests/arch/includes.test \
	tests/arch/core-is-pure.test \
	tests/arch/commands.test \
	tests/arch/cycles.test \
	tests/arch/names.test \
	tests/arch/options.test \
	tests/arch/results.test \
	tests/arch/sizes.test \
	tests/arch/banned.test
TESTS += $(ARCH_TESTS)
dist_check_SCRIPTS += $(ARCH_TESTS)
EXTRA_DIST += docs/architecture.md docs/audit.md docs/policy-tests.md
