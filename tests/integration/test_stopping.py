# SPDX-License-Identifier: Apache-2.0
"""The end of it, told by signals, and what the service manager hears."""

import os
import re
import signal

import pytest

import warden as warden_module
import wire
from conftest import make_sleeper
from running import PING, WRITER, log_lines, status
from wire import Wire, await_true

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="the daemon has none of this")


# ---- stopping


def test_graceful_stop(own_warden, dockerd):
    own_warden.start(own_warden.configure(WRITER, "p", "grace = 1h\n"))
    identity = make_sleeper(dockerd, Cmd=["cat"], OpenStdin=True, StdinOnce=True, AttachStdin=True)
    with Wire(own_warden.socket) as idle, Wire(own_warden.socket) as attached:
        assert idle.request("GET", "/_ping").status == 200
        attached.send(wire.encode("POST", f"/v1.41/containers/{identity}/attach?stream=1&stdin=1&stdout=1",
                                  headers=("Connection: Upgrade", "Upgrade: tcp")))
        assert attached.read_head().status == 101
        own_warden.process.terminate()
        assert idle.at_end() # closed at once
        assert not os.path.exists(own_warden.socket) # no new ones
        own_warden.process.send_signal(signal.SIGHUP) # changes nothing now
        attached.send(b"still here\n")
        attached.read_until(b"still here\n")
        attached.finish()
        assert attached.read_all() == b""
    assert own_warden.process.wait(20) == 0


def test_a_successor_keeps_its_socket(own_warden, dockerd, workdir):
    """The old one finishes its streams while a new one serves; its end takes nothing away."""
    path = own_warden.configure(WRITER, "p", "grace = 1h\n")
    own_warden.start(path)
    with Wire(own_warden.socket) as events:
        events.send(wire.encode("GET", "/v1.41/events"))
        assert events.read_head().status == 200
        old = own_warden.process
        old.terminate()
        await_true(lambda: not os.path.exists(own_warden.socket), 20, "the old one to close")
        own_warden.start(path)
    assert old.wait(20) == 0
    assert status(own_warden.socket) == 200


def test_the_grace_ends(own_warden):
    own_warden.start(own_warden.configure(WRITER, "p", "grace = 300ms\n"))
    with Wire(own_warden.socket) as events:
        events.send(wire.encode("GET", "/v1.41/events"))
        assert events.read_head().status == 200
        own_warden.process.terminate()
        assert events.read_all() == b""
    assert own_warden.process.wait(20) == 0


def test_a_second_sigterm_ends_at_once(own_warden):
    own_warden.start(own_warden.configure(WRITER, "p", "grace = 1h\n"))
    with Wire(own_warden.socket) as events:
        events.send(wire.encode("GET", "/v1.41/events"))
        assert events.read_head().status == 200
        own_warden.process.terminate()
        await_true(lambda: log_lines(own_warden, "stopping"), 20, "the first one")
        own_warden.process.terminate()
        assert events.read_all() == b""
        assert own_warden.process.wait(20) == 0


# ---- service manager


def test_the_service_manager_hears(own_warden, log_socket, monkeypatch):
    path, peer = log_socket
    monkeypatch.setenv("NOTIFY_SOCKET", path)
    own_warden.start(own_warden.configure(PING, "p"))
    assert peer.recv(100) == b"READY=1"
    own_warden.process.send_signal(signal.SIGHUP)
    assert re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=\d+", peer.recv(100))
    assert peer.recv(100) == b"READY=1"
    own_warden.process.terminate()
    assert peer.recv(100) == b"STOPPING=1"
    assert own_warden.process.wait(20) == 0


def test_the_watchdog_hears(own_warden, log_socket, monkeypatch):
    """For as long as the loop turns; twice as often as it must."""
    path, peer = log_socket
    monkeypatch.setenv("NOTIFY_SOCKET", path)
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    own_warden.start(own_warden.configure(PING, "p"))
    assert peer.recv(100) == b"READY=1"
    for _ in range(3):
        assert peer.recv(100) == b"WATCHDOG=1"
    own_warden.process.terminate()
    while (said := peer.recv(100)) == b"WATCHDOG=1":
        pass
    assert said == b"STOPPING=1"
    assert own_warden.process.wait(20) == 0
