# SPDX-License-Identifier: Apache-2.0
"""docs/ssh.md as it stands: its configuration, and its two lines of authorized_keys with real keys."""

import pytest

from documents import FILES, blocks

KEYS = ("ci", "reader")
CONFIG = "etc/sockwarden/sockwarden.conf"


def block(kind):
    path = next(path for path in FILES if path.name == "ssh.md")
    return next(found.text for found in blocks(path) if found.kind == kind)


def authorized_keys(machine):
    """The lines of docs/ssh.md."""
    lines = block("authorized_keys").splitlines()
    assert len(lines) == len(KEYS)
    for name, line in zip(KEYS, lines):
        machine.call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"/root/{name}")
        public = (machine.root / f"root/{name}.pub").read_text().split()[1]
        yield line.replace("AAAA...", public) + "\n"


@pytest.fixture(scope="module")
def account(machine):
    """The account `ci`, which only these keys let in."""
    machine.call("sh", "-c", "apt-get install -y openssh-server && useradd -m -N -s /bin/sh -G docker ci &&"
                 " mkdir ~ci/.ssh && systemctl restart ssh", net=False)
    (machine.root / "home/ci/.ssh/authorized_keys").write_text("".join(authorized_keys(machine)))
    before = (machine.root / CONFIG).read_text()
    (machine.root / CONFIG).write_text(block("ini"))
    yield
    (machine.root / CONFIG).write_text(before)


def docker(machine, key, *words):
    (machine.root / "root/.ssh").mkdir(exist_ok=True)
    (machine.root / "root/.ssh/config").write_text(
        f"Host *\n\tStrictHostKeyChecking no\n\tIdentityFile /root/{key}\n\tIdentitiesOnly yes\n"
        "\tLogLevel ERROR\n")
    return machine.call("env", "DOCKER_HOST=ssh://ci@127.0.0.1", "docker", *words, check=False)


def test_a_key_has_its_policy(machine, account):
    assert "ran" in docker(machine, "ci", "run", "--rm", "busybox:1", "echo", "ran")
    assert "CONTAINER ID" in docker(machine, "reader", "ps")
    denied = docker(machine, "reader", "run", "--rm", "busybox:1", "echo", "ran")
    assert 'policy "reader"' in denied and "container.create" in denied
    assert 'policy "ci"' in docker(machine, "ci", "run", "--rm", "--privileged", "busybox:1", "true")


def test_the_journal_has_it(machine, account):
    """`audit = journald`, of an account that is not root, and with the client's address."""
    docker(machine, "reader", "volume", "create", "not-made")
    lines = machine.call("journalctl", "--no-pager", "-o", "cat", "-t", "sockwarden-audit")
    assert any("not-made" not in line and '"operation":"volume.create"' in line and
               '"address":"127.0.0.1"' in line for line in lines.splitlines()), lines[-2000:]


def test_a_key_runs_nothing_else(machine, account):
    done = machine.call("ssh", "-o", "BatchMode=yes", "-i", "/root/reader", "ci@127.0.0.1", "id",
                        check=False)
    assert "uid=" not in done
