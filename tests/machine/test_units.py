# SPDX-License-Identifier: Apache-2.0
"""The units of contrib/systemd under a real systemd: installed and enabled by test_machine.py."""

import os
import pathlib
import re

import pytest

import wire
from documents import FILES, blocks

CONFIG = "etc/sockwarden/sockwarden.conf"
TLS = next(path for path in FILES if path.name == "tls.md")
PORT = 2376


def show(machine, unit, name):
    return machine.call("systemctl", "show", "-P", name, unit).strip()


def reload(machine):
    machine.call("sh", "-c", "systemctl reload sockwarden || { journalctl --no-pager -n 20; false; }")


def restart(machine, check=True):
    """However often that is: systemd counts."""
    machine.call("systemctl", "reset-failed", "sockwarden", check=False)
    machine.call("systemctl", "restart", "sockwarden", check=check)


def journal(machine):
    return machine.call("journalctl", "--no-pager", "-o", "cat", "-u", "sockwarden")


def drop_in(machine, unit, text):
    """As `systemctl edit` would leave it."""
    directory = machine.root / f"etc/systemd/system/{unit}.d"
    directory.mkdir(exist_ok=True)
    (directory / "override.conf").write_text(text)
    machine.call("systemctl", "daemon-reload")


def marked(kind, words):
    """The block of tls.md that names this test, or begins with |words|."""
    return next(block.text for block in blocks(TLS) if block.kind == kind and words in block.test + block.text)


@pytest.fixture
def service(machine):
    """Runs, and is as it was afterwards."""
    before = (machine.root / CONFIG).read_text()
    yield
    for unit in ("sockwarden.service", "sockwarden.socket"):
        (machine.root / f"etc/systemd/system/{unit}.d/override.conf").unlink(missing_ok=True)
    (machine.root / CONFIG).write_text(before)
    machine.call("systemctl", "disable", "--now", "sockwarden.socket", check=False)
    machine.call("systemctl", "daemon-reload")
    restart(machine)


def works(machine, *words, socket="/run/sockwarden/traefik.sock"):
    """Whether a docker command does, through sockwarden."""
    said = machine.call("sh", "-c", 'docker -H "$0" "$@" && echo it-works', f"unix://{socket}", *words, check=False)
    return said.endswith("it-works\n")


def test_service(machine, service):
    assert show(machine, "sockwarden", "ActiveState") == "active"
    assert "Landlock" in journal(machine) and "seccomp" in journal(machine)
    assert works(machine, "ps")
    assert not works(machine, "volume", "ls")
    log = machine.root / "var/log/sockwarden/audit.jsonl"
    assert '"operation":"volume.list"' in log.read_text()
    assert log.stat().st_mode & 0o077 <= 0o040


def test_service_is_hardened(machine, service):
    said = machine.call("systemd-analyze", "security", "--no-pager", "sockwarden")
    score = float(re.search(r"exposure level for sockwarden.service: ([0-9.]+)", said)[1])
    assert score <= 2.0, said


def test_reload(machine, service):
    config = machine.root / CONFIG
    good = config.read_text()
    config.write_text(good.replace("preset:traefik", "preset:traefic"))
    machine.call("systemctl", "reload", "sockwarden", check=False)
    assert 'no preset "traefic"' in journal(machine)
    assert show(machine, "sockwarden", "Result") == "success" and works(machine, "ps")
    machine.call("systemctl", "kill", "-s", "HUP", "sockwarden") # without a check beforehand
    wire.await_true(lambda: "nothing is changed" in journal(machine), 60, "the refusal")
    assert works(machine, "ps")
    config.write_text(good.replace("include = preset:traefik", "include = preset:traefik\nallow = volume.list"))
    reload(machine)
    wire.await_true(lambda: works(machine, "volume", "ls"), 60, "the new policy")


def restarted(machine, pid):
    return show(machine, "sockwarden", "MainPID") not in ("0", pid) and works(machine, "ps")


def test_it_comes_back(machine, service):
    pid = show(machine, "sockwarden", "MainPID")
    machine.call("systemctl", "kill", "-s", "KILL", "sockwarden")
    wire.await_true(lambda: restarted(machine, pid), 60, "another process")


def test_watchdog(machine, service):
    drop_in(machine, "sockwarden.service", "[Service]\nWatchdogSec=2s\n")
    restart(machine)
    pid = show(machine, "sockwarden", "MainPID")
    machine.call("systemctl", "kill", "-s", "STOP", "sockwarden")
    wire.await_true(lambda: restarted(machine, pid), 120, "another process")
    assert "Watchdog timeout" in machine.call("journalctl", "--no-pager", "-o", "cat", "-u", "sockwarden")


def test_socket_unit(machine, service):
    """docs/tls.md: a group of the socket's own, and the first client starts the service."""
    machine.call("groupadd", "-f", "ci")
    drop_in(machine, "sockwarden.socket", marked("systemd", "sockwarden.socket.d"))
    (machine.root / CONFIG).write_text(marked("ini", "address = fd:docker"))
    machine.call("systemctl", "stop", "sockwarden")
    machine.call("systemctl", "enable", "--now", "sockwarden.socket")
    assert machine.call("stat", "-c", "%G %a", "/run/sockwarden.sock") == "ci 660\n"
    assert show(machine, "sockwarden", "ActiveState") == "inactive"
    assert works(machine, "ps", socket="/run/sockwarden.sock")
    assert show(machine, "sockwarden", "ActiveState") == "active"
    restart(machine)
    assert works(machine, "version", socket="/run/sockwarden.sock")


def test_network_needs_its_drop_in(machine, service):
    """docs/tls.md: the unit has no network; with these lines it listens by TLS."""
    (machine.root / CONFIG).write_text(
        f"[sockwarden]\nupstream = unix:/var/run/docker.sock\n[listener net]\naddress = tls:127.0.0.1:{PORT}\n"
        "cert = /etc/sockwarden/tls/server/cert.pem\nkey = /etc/sockwarden/tls/server/key.pem\n"
        "client_ca = /etc/sockwarden/tls/ca.pem\npolicy = p\n[policy p]\nallow = @safe @read\n")
    machine.shell("contrib/tls/make-certs /etc/sockwarden/tls all 127.0.0.1 -- alice")
    restart(machine, check=False)
    assert show(machine, "sockwarden", "ActiveState") != "active"
    drop_in(machine, "sockwarden.service", marked("systemd", "sockwarden.service.d"))
    restart(machine)
    said = machine.call("env", "DOCKER_CERT_PATH=/etc/sockwarden/tls/alice", "docker", "--tlsverify",
                        "-H", f"tcp://127.0.0.1:{PORT}", "ps")
    assert "CONTAINER ID" in said
