# SPDX-License-Identifier: Apache-2.0
"""Memory under max_held, while the daemon hangs."""

import os
import pathlib
import re

import pytest

import wire
from fake import FakeDaemon

HELD = 16 << 20
SLACK = 64 << 20 # of one tree under way, and of connections
CLIENTS = 120
BIG = b'{"Image": "bb:1", "Labels": {%s}}' % b",".join(b'"%d": ""' % i for i in range(60_000))


def resident(process):
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return 1024 * int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


def ask_for_objects():
    """A request about an object whose description is large: the daemon tells all but its end."""
    body = b'{"Id": "%s", "Pad": "%s' % (b"a" * 64, b"x" * 1_000_000)
    return b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + body


@pytest.mark.parametrize("sent, answers", [
    (wire.encode("POST", "/containers/create", BIG)[:-2], {}), # waits for its end
    (wire.encode("POST", "/containers/x/start"), {"GET /containers/x/json": ask_for_objects}),
], ids=["body", "object"])
def test_memory_is_bounded(make_gate, tmp_path, monkeypatch, sent, answers):
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1")
    daemon = FakeDaemon(str(tmp_path / "d"), answers)
    gate = make_gate(f"[sockwarden]\nupstream = unix:{daemon.path}\n@AUDIT@\nmax_held = {HELD}\n"
                     f"[listener s]\naddress = unix:@DIR@/s\npolicy = p\n"
                     f"[policy p]\nallow = @all\ngrant = all\ncheck_state = yes\n",
                     lambda directory: wire.accepts(directory + "/s"))
    before = resident(gate.process)
    clients = [wire.Wire(str(gate.dir / "s")) for _ in range(CLIENTS)]
    for client in clients:
        client.send_anyway(sent)
    refused = 0
    for client in clients:
        client.peer.settimeout(0.05)
        try:
            refused += client.read_head().status == 503
        except TimeoutError:
            pass
    assert 0 < refused < CLIENTS
    assert resident(gate.process) - before < HELD + SLACK
    for client in clients:
        client.peer.close()
    daemon.server.close()
