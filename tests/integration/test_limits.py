# SPDX-License-Identifier: Apache-2.0
"""Limits on what clients may hold at once."""

import pytest

import warden as warden_module
from wire import Wire, await_true

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="the daemon has none of this")

PING = "[policy p]\nallow = system.ping\n"


def pings(client):
    return client.request("GET", "/_ping").status == 200


def answers_without_a_request(path):
    with Wire(path) as client:
        answer = client.read_answer("GET")
        assert client.at_end()
        return answer


@pytest.mark.parametrize("option, status", [("max_connections", 503),
                                            ("max_connections_per_peer", 429)])
def test_connections(make_warden, option, status):
    warden = make_warden(PING, "p", f"{option} = 2\n")
    with Wire(warden.socket) as one:
        assert pings(one) # and whoever looked whether it is ready has left
        with Wire(warden.socket) as two:
            assert pings(two)
            answer = answers_without_a_request(warden.socket)
            assert answer.status == status and option in answer.message
            assert answer.headers["retry-after"] == "1"
            assert pings(one) and pings(two)

    def free_again():
        with Wire(warden.socket) as client:
            try:
                return pings(client)
            except (AssertionError, OSError): # those two are still being closed
                return False
    await_true(free_again, 5, "room for another connection")


def test_a_body_that_is_too_large(make_warden):
    warden = make_warden("[policy p]\nallow = container.create\nimage = bb:*\n", "p",
                         "max_body = 64k\n")
    with Wire(warden.socket) as client:
        body = {"Image": "bb:1", "Cmd": ["x" * 70000]}
        answer = client.request("POST", "/containers/create", body)
        assert answer.status == 413 and "max_body" in answer.message


def test_what_follows_a_target_that_is_refused(make_warden):
    """Its body is read past, and the next request is found behind it, in one piece or in two."""
    warden = make_warden(PING, "p")
    bad = b"POST //x HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\n\r\n"
    ping = b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
    for pieces in ([bad + b"hello" + ping], [bad + b"he", b"llo" + ping], [bad, b"hello", ping]):
        with Wire(warden.socket) as client:
            client.send(pieces[0])
            assert client.read_answer("POST").status == 400
            for piece in pieces[1:]:
                client.send(piece)
            assert client.read_answer("GET").status == 200
