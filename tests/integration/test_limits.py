# SPDX-License-Identifier: Apache-2.0
"""Limits on what clients may hold at once."""

import os
import pathlib
import re
import tempfile
import threading

import pytest

import warden as warden_module
from daemon import TOP
from doors import ALL, READER, Authority, Gate, Net, client_context, free_port, port_accepts
from fake import FakeDaemon, answer_of
from wire import Wire, await_true, encode

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="the daemon has none of this")

HERE = pathlib.Path(__file__).read_text()
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


def create(body):
    return encode("POST", "/containers/create", body)


# Option, its value, what passes it, what does not, the answer to that, and a word of it.
OF_ONE_REQUEST = [
    ("max_head", "4k", encode("GET", "/_ping", headers=["A: " + "x" * 3000]),
     encode("GET", "/_ping", headers=["A: " + "x" * 5000]), 431, "larger than 4096 bytes (max_head)"),
    ("max_headers", "10", encode("GET", "/_ping", headers=["A: b"] * 9),
     encode("GET", "/_ping", headers=["A: b"] * 10), 431, "more than 10 headers (max_headers)"),
    ("max_target", "1k", encode("GET", "/containers/json?filters={}" + 300 * "%20"),
     encode("GET", "/containers/json?filters={}" + 400 * "%20"), 414, "longer than 1024 bytes (max_target)"),
    ("max_body", "64k", create({"Image": "bb:1", "Cmd": ["x" * 60000]}),
     create({"Image": "bb:1", "Cmd": ["x" * 70000]}), 413, "max_body"),
    ("max_depth", "8", create({"Image": "bb:1", "Cmd": []}),
     create(b'{"Image":"bb:1","Cmd":' + b"[" * 8 + b"]" * 8 + b"}"), 400, "deeper than 8 levels (max_depth)"),
    ("max_members", "100", create({"Image": "bb:1", "Cmd": ["x"] * 90}),
     create({"Image": "bb:1", "Cmd": ["x"] * 100}), 400, "more than 100 members and elements (max_members)"),
]


@pytest.mark.parametrize("option, value, good, bad, status, words", OF_ONE_REQUEST,
                         ids=[row[0] for row in OF_ONE_REQUEST])
def test_of_one_request(option, value, good, bad, status, words, make_fake):
    warden = make_fake(f"{option} = {value}\n", {
        "POST /containers/create": answer_of(b"{}", "201 Created"),
        "GET /containers/json": answer_of(b"[]")})
    with Wire(warden.socket) as client:
        client.send(good)
        assert client.read_answer().status in (200, 201)
        client.send(bad)
        answer = client.read_answer()
        assert answer.status == status and words in answer.message
    with Wire(warden.socket) as client:
        client.send(good)
        assert client.read_answer().status in (200, 201)
    record, = warden.records()
    assert record["event"] == "denied" and record["status"] == status


# Option, what is sent, and the answer, or None when there is none: the connection ends.
OF_TIME = [
    ("head_timeout", b"GET /_ping HTTP/1.1\r\n", 408),
    ("body_timeout", create(b" " * 100)[:-1], 408),
    ("body_timeout", b"POST /no/such HTTP/1.1\r\nHost: d\r\nContent-Length: 9\r\n\r\n1", 403),
    ("answer_timeout", encode("GET", "/version", headers=["Connection: close"]), 504),
    ("idle_timeout", b"", None),
    ("stream_timeout", encode("GET", "/events"), None),
]


@pytest.mark.parametrize("option, sent, status", OF_TIME, ids=[f"{row[0]}-{row[2]}" for row in OF_TIME])
def test_of_time(option, sent, status, make_fake):
    warden = make_fake(f"{option} = 200ms\n", {"GET /events": None})
    with Wire(warden.socket) as client:
        client.send(sent)
        if status:
            assert client.read_answer().status == status
        assert client.at_end()


REFUSED_HEAD = encode("POST", "/volumes/create", {"Name": "x" * 50})[:-1]


@pytest.mark.parametrize("leave", ["wait", "finish", "close"])
def test_a_refused_head_is_audited_without_its_body(leave, make_fake):
    """The body is only read to tell what else is missing."""
    warden = make_fake("body_timeout = 200ms\n", {})
    with Wire(warden.socket) as client:
        client.send(REFUSED_HEAD)
        if leave == "finish":
            client.finish()
        if leave != "close":
            answer = client.read_answer()
            assert answer.status == 403 and "volume.create" in answer.message
            assert client.at_end()
    record, = warden.await_records(0)
    assert record["event"] == "denied" and record["status"] == 403 and record["fixes"]


def test_each_limit_has_a_test():
    sample = (TOP / "conf/sockwarden.conf").read_text()
    limits = re.findall(r"^#(max_\w+|\w+_timeout|grace) =", sample, re.M)
    tested = {row[0] for row in OF_ONE_REQUEST + OF_TIME}
    tested |= {"connect_timeout"} # test_doors.py: a listener that takes no connection
    tested |= {"grace"}           # test_operations.py
    for option in set(limits) - tested:
        assert f"{option} = " in HERE or f'"{option}"' in HERE, option
    assert len(limits) >= 20 and tested <= set(limits)


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


@pytest.mark.parametrize("rate, burst", [("max_rate", "max_burst"),
                                         ("max_rate_per_peer", "max_burst_per_peer")])
def test_bursts(rate, burst, make_fake):
    warden = make_fake(f"{rate} = 1/h\n{burst} = 3\n")
    with Wire(warden.socket) as client:
        assert pings(client) and pings(client) and pings(client)
        assert rate in client.request("GET", "/_ping").message


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

    def make(options, clients=""):
        gate = Gate(tempfile.mkdtemp(prefix="l.", dir=workdir), dockerd.socket)
        made.append(gate)
        gate.port = free_port()
        return gate.run(
            f"[sockwarden]\nupstream = unix:{dockerd.socket}\n@AUDIT@\n{options}"
            f"[listener net]\naddress = tls:127.0.0.1:{gate.port}\n{authority.listener()}"
            f"{clients}client = cn:alice -> all\npolicy = reader\n{ALL}{READER}",
            lambda: port_accepts(gate.port))

    yield make
    for gate in made:
        assert gate.end() == 0, gate.log.read_text()


def tls_client(gate, authority, name):
    return Net(gate.port, context=client_context(authority, authority.dir / name))


@pytest.mark.parametrize("clients", ["", "client = container:nobody -> all\n"])
def test_certificates_behind_one_address_are_two_clients(clients, make_tls, authority):
    """Also where the daemon is asked first whether they are containers."""
    gate = make_tls("max_rate_per_peer = 2/h\n", clients)
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
