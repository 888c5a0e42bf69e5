# SPDX-License-Identifier: Apache-2.0
"""Readers of the log and of the audit log that stall: nobody waits for them, and what is lost is told."""

import fcntl
import os
import signal
import subprocess

import pytest

import wire
from running import PING
from warden import BINARY, WRAPPER, adapted

LINES = 300
F_SETPIPE_SZ = 1031


def full_pipe():
    """A pipe with no room left, and how much is in it."""
    reader, writer = os.pipe()
    fcntl.fcntl(writer, F_SETPIPE_SZ, 4096)
    os.set_blocking(writer, False)
    count = 0
    try:
        while True:
            count += os.write(writer, b"x")
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer, count


def start(warden, audit, options="", **streams):
    warden.audit_line = f"audit = {audit}\n"
    path = warden.configure(PING, "p", options)
    text = path.read_text().replace(f"audit = file:{warden.audit}\n", warden.audit_line)
    path.write_text(adapted(text))
    streams.setdefault("stderr", open(warden.log, "ab"))
    warden.process = subprocess.Popen([*WRAPPER, BINARY, "run", "-c", str(path)],
                                      stdin=subprocess.DEVNULL, cwd=warden.dir, **streams)
    wire.await_true(warden._ready, 30, "sockwarden")


def deny(path, count):
    with wire.Wire(path) as client:
        for _ in range(count):
            assert client.request("GET", "/info").status == 403


def test_nobody_waits_for_the_reader_of_the_log(own_warden):
    reader, writer, count = full_pipe()
    start(own_warden, f"file:{own_warden.audit}", stderr=writer)
    os.close(writer)
    assert wire.request(own_warden.socket, "GET", "/_ping").status == 200
    assert os.read(reader, count) == count * b"x"
    own_warden.process.send_signal(signal.SIGHUP)
    text = b""
    while b"configuration reloaded" not in text:
        text += os.read(reader, 4096)
    assert b"log lines lost\n" in text
    assert own_warden.end() == 0
    os.close(reader)


@pytest.mark.parametrize("audit", ["stdout", "file:/dev/stdout"])
def test_nobody_waits_for_the_reader_of_the_audit_log(own_warden, audit):
    reader, writer, count = full_pipe()
    start(own_warden, audit, stdout=writer)
    os.close(writer)
    deny(own_warden.socket, LINES)
    assert os.read(reader, count) == count * b"x"
    own_warden.process.terminate()
    with open(reader, encoding="utf-8") as lines:
        assert sum("/info" in line for line in lines) == LINES
    assert own_warden.process.wait(30) == 0


def test_nobody_waits_for_the_reader_of_a_fifo(own_warden):
    path = own_warden.dir / "fifo"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    start(own_warden, f"file:{path}")
    deny(own_warden.socket, 2 * LINES)
    os.set_blocking(reader, True)
    own_warden.process.terminate()
    with open(reader, encoding="utf-8") as lines:
        assert sum("/info" in line for line in lines) == 2 * LINES
    assert own_warden.process.wait(30) == 0


@pytest.mark.parametrize("daemon", ["syslog", "journald"])
def test_the_log_daemon_gets_all_at_the_end(own_warden, log_socket, daemon):
    path, peer = log_socket
    start(own_warden, f"{daemon}:{path}")
    deny(own_warden.socket, LINES)
    own_warden.process.terminate()
    assert sum(b"/info" in peer.recv(1 << 16) for _ in range(LINES)) == LINES
    assert own_warden.process.wait(30) == 0


def test_what_the_log_daemon_did_not_take_is_told(own_warden, log_socket):
    path, _ = log_socket
    start(own_warden, f"syslog:{path}", "grace = 1s\n")
    deny(own_warden.socket, LINES)
    assert own_warden.end() == 0
    assert "audit lines are lost" in own_warden.log.read_text()
