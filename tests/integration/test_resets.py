# SPDX-License-Identifier: Apache-2.0
"""A peer that resets its connection, with bytes under way, in each state and on either side: nothing of
the connection is left."""

import os
import pathlib
import select
import socket
import ssl
import struct

import pytest

import wire
from doors import ALL, client_context, free_port, port_accepts
from fake import Server

MUCH = b"x" * 300_000
CHUNK = b"%x\r\n%s\r\n" % (len(MUCH), MUCH)
LOAD = wire.encode("POST", "/images/load", headers=["Transfer-Encoding: chunked"])
ATTACH = wire.encode("POST", "/containers/x/attach", headers=["Connection: Upgrade", "Upgrade: tcp"])
UPGRADED = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
EVENTS = wire.encode("GET", "/events")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CLOSED = b"HTTP/1.1 200 OK\r\n\r\n"
CREATE = b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"


def reset(peer):
    """Ends a connection without a farewell, and tells the other end so."""
    plain = socket.socket(fileno=peer.detach())
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    plain.close()


class Scripted:
    """A daemon at a TCP port that plays |script| to each connection; it has |peer|, as a stream."""

    def __init__(self, script, context=None):
        self.script, self.context = script, context
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.server = Server(listener, self._play)

    def _play(self, peer):
        try:
            peer.settimeout(wire.TIMEOUT)
            if self.context:
                peer = self.context.wrap_socket(peer, server_side=True)
            self.script(peer)
        except OSError:
            pass

    def close(self):
        self.server.close()


def read_head(peer):
    data = b""
    while b"\r\n\r\n" not in data:
        more = peer.recv(1 << 16)
        if not more:
            raise OSError("ended")
        data += more
    return data


# What is asked of the daemon before a container's terminal is attached to.
CONTAINER = b'{"Id":"%s","Name":"/x","State":{},"Config":{},"HostConfig":{},"NetworkSettings":{}}' % (64 * b"a")
FOUND = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(CONTAINER), CONTAINER)


def read_request(peer):
    """Reads the head of the client's request, and answers questions that come before it."""
    while b"/json " in read_head(peer).split(b"\r\n")[0]:
        peer.sendall(FOUND)


def drain(peer):
    while peer.recv(1 << 16):
        pass


# ---- the client's side

def say(*pieces):
    def script(peer):
        read_request(peer)
        for piece in pieces:
            peer.sendall(piece)
        drain(peer)
    return script


def silent(peer):
    """Takes nothing, and says nothing, until the other end has gone."""
    poll = select.poll()
    poll.register(peer, select.POLLRDHUP)
    poll.poll(1000 * wire.TIMEOUT)


# What the client sends, what it waits for, whether it closes its direction first, and the daemon.
CLIENTS = {
    "head": (b"GET /_ping HT", b"", False, silent),
    "body": (CREATE + b"Content-Length: 400000\r\n\r\n" + MUCH, b"", False, silent),
    "look": (wire.encode("POST", "/containers/x/start"), b"", False, silent),
    "answer": (wire.encode("GET", "/info"), b"", False, silent),
    "upload": (LOAD + CHUNK + CHUNK[:-7], b"", False, say()),
    "upload that nobody takes": (LOAD + 20 * CHUNK, b"", False, silent),
    "length": (wire.encode("POST", "/images/load", headers=["Content-Length: 9000000"]) + 3 * MUCH,
               b"", False, say()),
    "stream": (EVENTS, b"\r\n\r\n", False, say(CHUNKED)),
    "stream, half-closed": (EVENTS, b"\r\n\r\n", True, say(CHUNKED)),
    "download": (EVENTS, b"\r\n\r\n", False, say(CHUNKED, *100 * [CHUNK])),
    "tunnel": (ATTACH + MUCH, b"UPGRADED\r\n", False, say(UPGRADED)),
    "tunnel, half-closed": (ATTACH, b"UPGRADED\r\n", True, say(UPGRADED)),
    "tunnel, full": (ATTACH, b"UPGRADED\r\n", False, say(UPGRADED, *100 * [MUCH])),
}


@pytest.fixture(scope="module")
def tls_pair(authority):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(authority.dir / "server/cert.pem", authority.dir / "server/key.pem")
    return server, client_context(authority, authority.dir / "alice")


def make(make_gate, authority, daemon, tls_upstream):
    plain, tls = free_port(), free_port()
    to = (f"tls:localhost:{daemon.port}\nupstream_ca = {authority.dir}/ca.pem" if tls_upstream
          else f"tcp:127.0.0.1:{daemon.port}\nupstream_insecure = yes")
    gate = make_gate(
        f"[sockwarden]\n@AUDIT@\nupstream = {to}\n"
        f"[listener plain]\naddress = tcp:127.0.0.1:{plain}\ninsecure = yes\npolicy = all\n"
        f"[listener tls]\naddress = tls:127.0.0.1:{tls}\n{authority.listener()}policy = all\n"
        f"{ALL}check_state = yes\n", lambda _: port_accepts(tls))
    return gate, {"plain": plain, "tls": tls}


@pytest.fixture(scope="module", params=["plain", "tls"])
def chain(request, make_gate, authority, tls_pair):
    """A gate with both kinds of doors; the daemon behind it plays what a test sets."""
    by_tls = request.param == "tls"
    daemon = Scripted(silent, tls_pair[0] if by_tls else None)
    gate, ports = make(make_gate, authority, daemon, by_tls)
    yield gate, ports, daemon
    daemon.close()


def connect(ports, door, tls_pair):
    peer = socket.create_connection(("127.0.0.1", ports[door]), wire.TIMEOUT)
    return tls_pair[1].wrap_socket(peer, server_hostname="127.0.0.1") if door == "tls" else peer


def is_socket(path):
    try:
        return os.readlink(path).startswith("socket:")
    except FileNotFoundError:
        return False


def sockets(gate):
    """How many it has open; pipes are kept for the next stream."""
    return sum(map(is_socket, pathlib.Path(f"/proc/{gate.process.pid}/fd").iterdir()))


def await_baseline(gate, count):
    wire.await_true(lambda: sockets(gate) <= count, 20, f"{count} sockets")


def read_past(peer, mark):
    data = b""
    while mark not in data:
        more = peer.recv(1 << 16)
        assert more, data
        data += more


@pytest.mark.parametrize("door", ["plain", "tls"])
@pytest.mark.parametrize("name", CLIENTS)
def test_clients_that_reset(chain, tls_pair, door, name):
    gate, ports, daemon = chain
    sent, awaited, half, daemon.script = CLIENTS[name]
    before = sockets(gate)
    for _ in range(3):
        peer = connect(ports, door, tls_pair)
        peer.settimeout(0.2 if "nobody" in name else wire.TIMEOUT)
        try:
            peer.sendall(sent)
        except TimeoutError:
            pass
        read_past(peer, awaited)
        if half and door == "plain":
            peer.shutdown(socket.SHUT_WR)
        reset(peer)
    await_baseline(gate, before)


def test_clients_that_reset_in_the_handshake(chain):
    gate, ports, _ = chain
    before = sockets(gate)
    for _ in range(3):
        peer = socket.create_connection(("127.0.0.1", ports["tls"]), wire.TIMEOUT)
        peer.sendall(b"\x16\x03\x01\x02\x00\x01")
        reset(peer)
    await_baseline(gate, before)


# ---- the daemon's side

def break_after(*pieces, read=read_request):
    def script(peer):
        read(peer)
        for piece in pieces:
            peer.sendall(piece)
        reset(peer)
    return script


def nothing(_):
    pass


# What the client sends, and the daemon. Those of FAILED have 502 for an answer, the others none that is whole.
FAILED = ["at once", "before the answer", "in the head", "in a look"]
DAEMONS = {
    "at once": (EVENTS, break_after(read=nothing)),
    "before the answer": (EVENTS, break_after()),
    "in the head": (EVENTS, break_after(CHUNKED[:20])),
    "between chunks": (EVENTS, break_after(CHUNKED, CHUNK)),
    "in a chunk": (EVENTS, break_after(CHUNKED, CHUNK, CHUNK[:-9])),
    "in a body": (EVENTS, break_after(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + MUCH)),
    "before the close": (EVENTS, break_after(CLOSED + MUCH)),
    "in an upload": (LOAD + 20 * CHUNK, break_after()),
    "in an upload, with an answer": (LOAD + 20 * CHUNK, break_after(
        b"HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\nno")),
    "in a tunnel": (ATTACH, break_after(UPGRADED, MUCH)),
    "in a look": (wire.encode("POST", "/containers/x/start"), break_after(
        b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + MUCH, read=read_head)),
}


@pytest.mark.parametrize("door", ["plain", "tls"])
@pytest.mark.parametrize("name", DAEMONS)
def test_daemons_that_reset(chain, tls_pair, door, name):
    gate, ports, daemon = chain
    sent, daemon.script = DAEMONS[name]
    before = sockets(gate)
    peer = connect(ports, door, tls_pair)
    try:
        peer.sendall(sent)
        if name in FAILED:
            read_past(peer, b" 502 ")
        else:
            read_past(peer, b"HTTP/1.1 ")
            drain(peer)
    except (ConnectionError, ssl.SSLError):
        assert name not in FAILED
    peer.close()
    await_baseline(gate, before)
