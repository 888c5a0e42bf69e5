# SPDX-License-Identifier: Apache-2.0
"""What a client or a daemon that is away can cause again and again is a few lines in the logs, with a count."""

import ssl

import pytest

import wire
from doors import ALL, Net, client_context, free_port, port_accepts

TIMES = 120
FEW = 12 # one in ten seconds, on a machine that is slow


def said(gate, text):
    return [line for line in gate.log.read_text().splitlines() if text in line]


def test_a_daemon_that_is_away(make_gate):
    gate = make_gate("[sockwarden]\nupstream = unix:@DIR@/nobody\n@AUDIT@\n[listener s]\naddress = unix:@DIR@/s\n"
                     "policy = all\n" + ALL, lambda directory: wire.accepts(directory + "/s"))
    for _ in range(TIMES):
        assert wire.request(str(gate.dir / "s"), "GET", "/_ping").status == 502
    assert 1 <= len(said(gate, "cannot reach the Docker daemon")) <= FEW


def test_clients_without_a_certificate(make_gate, authority):
    port = free_port()
    gate = make_gate(f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n[listener net]\naddress = tls:127.0.0.1:{port}\n"
                     f"{authority.listener()}policy = all\n{ALL}", lambda _: port_accepts(port))
    bare = client_context(authority)
    for _ in range(TIMES):
        with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
            with Net(port, context=bare) as client:
                client.request("GET", "/_ping")
    gate.await_records(0)
    assert 1 <= len(said(gate, "tls: listener net")) <= FEW
    refused = [record for record in gate.records() if record["event"] == "client-refused"]
    assert 1 <= len(refused) <= FEW
