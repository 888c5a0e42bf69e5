# SPDX-License-Identifier: Apache-2.0
"""Limits on what clients may hold at once."""

import os
import tempfile
import threading

import pytest

import warden as warden_module
from doors import ALL, READER, Authority, Gate, Net, client_context, free_port, port_accepts
from fake import FakeDaemon, answer_of
from wire import Wire, await_true, encode

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
    await_true(free_again, 20, "room for another connection")


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


# ---- requests of each client and of all


CREATE = "[policy p]\nallow = system.* container.list container.create\nimage = bb:*\n"


@pytest.fixture
def make_fake(workdir):
    """A sockwarden before a daemon that says what the test wants."""
    made = []

    def make(options, answers=None, policy=CREATE):
        directory = tempfile.mkdtemp(prefix="l.", dir=workdir)
        daemon = FakeDaemon(os.path.join(directory, "d.sock"),
                            {"GET /_ping": answer_of(b"OK"), **(answers or {})})
        warden = warden_module.Warden(directory, daemon.path)
        warden.daemon = daemon
        made.append(warden)
        return warden.start(warden.configure(policy, "p", options))

    yield make
    for warden in made:
        assert warden.end() == 0, warden.log.read_text()
        warden.daemon.server.close()


def refused(answer, option, status, seconds=range(1, 2)):
    assert answer.status == status and option in answer.message
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["retry-after"]) in seconds
    return True


def refusals(warden):
    """How many refusals the audit log tells of, and in how many lines."""
    lines = [record for record in warden.records() if record["event"] in ("denied", "limited")]
    more = [int(line["message"].split(": ")[1].split()[0]) for line in lines if "more" in line["message"]]
    return len(lines) - len(more) + sum(more), len(lines)


@pytest.mark.parametrize("option, status", [("max_rate", 503), ("max_rate_per_peer", 429)])
def test_rate(option, status, make_fake):
    warden = make_fake(f"{option} = 2/h\n")
    soon = range(1000, 1801)
    with Wire(warden.socket) as client:
        assert pings(client) and pings(client)
        refused(client.request("GET", "/_ping"), option, status, soon)
        refused(client.request("POST", "/containers/create", {"Image": "bb:1"}), option, status, soon)
        refused(client.request("GET", "/no/such/path"), option, status, soon)
        assert client.request("HEAD", "/_ping").status == status
        with Wire(warden.socket) as other: # a new connection is no new client
            refused(other.request("GET", "/_ping"), option, status, soon)
        warden.configure(CREATE, "p", f"{option} = 1000/s\n")
        warden.reload()
        assert pings(client)
    record = warden.records()[0]
    assert (record["event"], record["reason"], record["status"]) == ("denied", "limit", status)
    assert option in record["message"] and record["peer"]["uid"] == os.getuid()
    assert warden.end() == 0
    assert refusals(warden) == (5, 2)
    assert f"{option} 5" in warden.log.read_text()


def test_a_head_that_cannot_be_read_counts(make_fake):
    warden = make_fake("max_rate_per_peer = 1/h\n")
    for status in (400, 429):
        with Wire(warden.socket) as client:
            client.send(b"GET /_ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            assert client.read_answer().status == status
            assert client.at_end()


def test_a_rate_comes_back_with_time(make_fake):
    warden = make_fake("max_rate_per_peer = 1/s\nmax_burst_per_peer = 2\n")
    with Wire(warden.socket) as client:
        client.send(encode("GET", "/_ping") * 20)
        answers = [client.read_answer() for _ in range(20)]
        assert answers[0].status == answers[1].status == 200
        assert refused([a for a in answers if a.status != 200][0], "max_rate_per_peer", 429)
        await_true(lambda: pings(client), 20, "a token")


def test_many_refusals_are_few_lines(make_fake):
    warden = make_fake("max_rate_per_peer = 1/h\n")
    with Wire(warden.socket) as client:
        client.send(encode("GET", "/_ping") * 500)
        assert [client.read_answer().status for _ in range(500)] == [200] + 499 * [429]
    assert warden.end() == 0
    total, lines = refusals(warden)
    assert total == 499 and lines <= 20
    assert [record["seq"] for record in warden.records()] == list(range(1, lines + 1))


@pytest.mark.parametrize("option, status", [("max_requests", 503), ("max_requests_per_peer", 429)])
def test_requests_under_way(option, status, make_fake):
    go_on = threading.Event()

    def slow():
        go_on.wait(60)
        return answer_of(b"[]")

    warden = make_fake(f"{option} = 1\n", {"GET /containers/json": slow})
    with Wire(warden.socket) as one, Wire(warden.socket) as two:
        one.send(encode("GET", "/containers/json"))
        await_true(lambda: "GET /containers/json" in warden.daemon.seen, 20, "the request")
        refused(two.request("GET", "/_ping"), option, status)
        go_on.set()
        assert one.read_answer().status == 200
        assert pings(two)
        assert two.request("POST", "/containers/x/kill").status == 403 # gives its place back
        assert pings(two) and pings(one)


def test_a_body_that_is_awaited_has_a_place(make_fake):
    warden = make_fake("max_requests_per_peer = 1\n",
                       {"POST /containers/create": answer_of(b"{}", "201 Created")})
    body = b'{"Image":"bb:1"}'
    with Wire(warden.socket) as one, Wire(warden.socket) as two:
        head = encode("POST", "/containers/create", body, ["Expect: 100-continue"])[:-len(body)]
        one.send(head)
        assert one.read_head().status == 100
        refused(two.request("GET", "/_ping"), "max_requests_per_peer", 429)
        one.send(body)
        assert one.read_answer().status == 201
        assert pings(two)
    with Wire(warden.socket) as one:
        one.send(head)
        assert one.read_head().status == 100
    with Wire(warden.socket) as two: # left in the middle: its place is free again
        await_true(lambda: pings(two), 20, "the place")


def test_streams_leave_their_place(make_fake):
    """However many there are: what is limited of them is connections."""
    warden = make_fake("max_requests_per_peer = 1\n", {"GET /events": None})
    streams = []
    try:
        for count in range(1, 4):
            streams.append(Wire(warden.socket))
            streams[-1].send(encode("GET", "/events"))
            await_true(lambda: warden.daemon.seen.count("GET /events") == count, 20, "the stream")
        with Wire(warden.socket) as client:
            assert pings(client)
    finally:
        for stream in streams:
            stream.peer.close()


@pytest.mark.parametrize("option, size, status", [("max_held", "1m", 503),
                                                  ("max_held_per_peer", "200k", 429)])
def test_bytes_held(option, size, status, make_fake):
    warden = make_fake(f"{option} = {size}\n",
                       {"POST /containers/create": answer_of(b"{}", "201 Created")})
    large = encode("POST", "/containers/create", b" " * (2 << 20))
    with Wire(warden.socket) as client:
        client.send_anyway(large[:-1000])
        refused(client.read_answer(), option, status)
        assert client.at_end()
    with Wire(warden.socket) as client:
        small = encode("POST", "/containers/create", b" " * 60000)
        client.send(small[:50000])
        with Wire(warden.socket) as other:
            assert other.request("POST", "/containers/create", {"Image": "bb:1"}).status == 201
        client.send(small[50000:])
        assert client.read_answer().status == 400 # judged: it is no JSON
    assert warden.records()[0]["reason"] == "limit"


def test_limits_that_come_later_count_what_is_there(make_fake):
    warden = make_fake("")
    with Wire(warden.socket) as one, Wire(warden.socket) as two:
        assert pings(one) and pings(two)
        warden.configure(CREATE, "p", "max_connections_per_peer = 2\n")
        warden.reload()
        assert answers_without_a_request(warden.socket).status == 429
        assert pings(one) and pings(two)
    assert warden.end() == 0
    record = warden.records()[-1]
    assert record["event"] == "limited" and f"uid:{os.getuid()}" in record["message"]
    assert "max_connections_per_peer" in record["message"]


def test_defaults_are_in_no_ones_way(make_fake):
    warden = make_fake("")
    clients = [Wire(warden.socket) for _ in range(300)]
    try:
        for client in clients:
            client.send(encode("GET", "/_ping"))
        assert {client.read_answer().status for client in clients} == {200}
    finally:
        for client in clients:
            client.peer.close()


# ---- who a client is


@pytest.fixture(scope="module")
def authority(workdir):
    made = Authority(os.path.join(workdir, "limits-ca"))
    made.server("127.0.0.1")
    for name in ("alice", "bob"):
        made.client(name)
    return made


@pytest.fixture
def make_tls(authority, dockerd, workdir):
    made = []

    def make(options):
        gate = Gate(tempfile.mkdtemp(prefix="l.", dir=workdir), dockerd.socket)
        made.append(gate)
        gate.port = free_port()
        return gate.run(
            f"[sockwarden]\nupstream = unix:{dockerd.socket}\n@AUDIT@\n{options}"
            f"[listener net]\naddress = tls:127.0.0.1:{gate.port}\n{authority.listener()}"
            f"client = cn:alice -> all\npolicy = reader\n{ALL}{READER}",
            lambda: port_accepts(gate.port))

    yield make
    for gate in made:
        assert gate.end() == 0, gate.log.read_text()


def tls_client(gate, authority, name):
    return Net(gate.port, context=client_context(authority, authority.dir / name))


def test_certificates_behind_one_address_are_two_clients(make_tls, authority):
    gate = make_tls("max_rate_per_peer = 2/h\n")
    for name in ("alice", "bob"):
        for status in (200, 200, 429):
            with tls_client(gate, authority, name) as client:
                assert client.request("GET", "/_ping").status == status
    assert [record["peer"]["identity"] for record in gate.records()] == ["cn:alice", "cn:bob"]


def test_connections_of_a_certificate(make_tls, authority):
    gate = make_tls("max_connections_per_peer = 1\n")

    def enters(name):
        try:
            client = tls_client(gate, authority, name)
        except OSError: # whoever looked whether it listens is still there
            return None
        return client if pings(client) else None

    found = []
    for name in ("alice", "bob"):
        await_true(lambda: found.append(enters(name)) or found[-1], 20, name)
        with tls_client(gate, authority, name) as other:
            refused(other.read_answer("GET"), "max_connections_per_peer", 429)
        assert pings(found[-1])
    for client in filter(None, found):
        client.peer.close()
