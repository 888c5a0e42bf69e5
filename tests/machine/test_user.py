# SPDX-License-Identifier: Apache-2.0
"""docs/rootless.md as an ordinary user with a session, by the system's daemon: tests/compat/long_rootless.py
has a daemon of the user's own."""

import pytest

from documents import script

CONFIG = "[listener mine]\naddress = unix:/run/user/{uid}/unused.sock\npolicy = p\n[policy p]\nallow = @safe @read\n"
READY = "sockwarden health --wait -l unix:$XDG_RUNTIME_DIR/sockwarden.sock\n"


@pytest.fixture(scope="module")
def user(machine):
    """Runs a script in the session of `alice`."""
    machine.call("useradd", "-m", "-s", "/bin/bash", "-G", "docker", "alice")
    uid = machine.call("id", "-u", "alice").strip()
    machine.call("loginctl", "enable-linger", "alice")
    machine.call("systemctl", "start", f"user@{uid}.service")
    place = machine.root / "home/alice/.config/sockwarden"
    place.mkdir(parents=True)
    (place / "sockwarden.conf").write_text(CONFIG.format(uid=uid))
    machine.call("chown", "-R", "alice:alice", "/home/alice")

    def shell(text):
        return machine.call(
            "runuser", "-u", "alice", "--", "env", "-C", "/home/alice", "HOME=/home/alice",
            f"XDG_RUNTIME_DIR=/run/user/{uid}", "PATH=/usr/bin:/bin", "bash", "-euo", "pipefail", "-c",
            f"trap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n{text}")
    yield shell
    machine.call("loginctl", "disable-linger", "alice")


@pytest.fixture
def no_configuration(machine):
    """As on a machine that nobody has configured."""
    path = machine.root / "etc/sockwarden"
    path.rename(path.with_name("away"))
    yield
    path.with_name("away").rename(path)


def test_rootless(user, no_configuration):
    by_hand, as_service = script("docs/rootless.md", "machine").split("systemctl")
    assert "API version" in user(by_hand + 'docker run --rm busybox:1 true || echo "denied"\n')
    said = user("systemctl" + as_service + READY +
                "export DOCKER_HOST=unix://$XDG_RUNTIME_DIR/sockwarden.sock\n"
                "docker ps\ndocker volume create x || echo denied\n")
    assert "CONTAINER ID" in said and "denied\n" in said and "volume.create" in said
