# Tests with a real dockerd; scripts/test-integration runs them, `make check` does not.
EXTRA_DIST += \
	tests/integration/attacks.py \
	tests/integration/caller.c \
	tests/integration/conftest.py \
	tests/integration/daemon.py \
	tests/integration/doors.py \
	tests/integration/echo.py \
	tests/integration/netns.py \
	tests/integration/dropin.cfg \
	tests/integration/fake.py \
	tests/integration/mutations.py \
	tests/integration/recorder.py \
	tests/integration/sshd.py \
	tests/integration/terminal.py \
	tests/integration/test_attacks.py \
	tests/integration/test_callers.py \
	tests/integration/test_cli.py \
	tests/integration/test_compose.py \
	tests/integration/test_clients.py \
	tests/integration/test_daemon_away.py \
	tests/integration/test_docs.py \
	tests/integration/test_doors.py \
	tests/integration/test_dropin.py \
	tests/integration/test_limits.py \
	tests/integration/test_mutations.py \
	tests/integration/test_operations.py \
	tests/integration/test_policy.py \
	tests/integration/test_ssh.py \
	tests/integration/test_policy_files.py \
	tests/integration/test_state.py \
	tests/integration/test_streams.py \
	tests/integration/test_wire.py \
	tests/integration/test_workers.py \
	tests/integration/warden.py \
	tests/integration/wire.py
