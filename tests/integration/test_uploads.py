# SPDX-License-Identifier: Apache-2.0
"""Large uploads in chunks, whose data goes to the daemon without being copied: it gets the same bytes in
frames of its own, and never an end that the client did not send."""

import random
import threading

import pytest

import wire
from fake import serve_at
from warden import Warden
from wire import Wire, encode

LOAD = encode("POST", "/images/load", headers=["Transfer-Encoding: chunked", "Content-Type: application/x-tar"])
READ_ONCE = 1 << 16 # what is read and copied in one step
TRAP = b"\r\n0\r\n\r\nPOST /containers/x/kill HTTP/1.1\r\nHost: d\r\n\r\n"


class Sink:
    """A daemon that takes one upload after the other, and reads frames to the letter."""

    def __init__(self, path):
        self.path, self.go = path, threading.Event()
        self.go.set()
        self.bodies, self.sizes, self.over = [], [], threading.Event()
        self.server = serve_at(path, self._serve)

    def _serve(self, peer):
        with peer, peer.makefile("rb") as stream:
            while self._upload(peer, stream):
                pass

    def _upload(self, peer, stream):
        line = stream.readline()
        if not line.startswith(b"POST "):
            return False
        while stream.readline() not in (b"\r\n", b""):
            pass
        self.go.wait(wire.TIMEOUT)
        body = b""
        try:
            while size := self._frame(stream.readline()):
                self.sizes.append(size)
                data = stream.read(size + 2)
                body += data[:size]
                assert len(data) == size + 2, "cut short"
                assert data[size:] == b"\r\n"
            assert stream.readline() == b"\r\n"
        except (AssertionError, OSError) as why:
            self.bodies.append((body, str(why)))
            self.over.set()
            return False
        self.bodies.append((body, "whole"))
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return True

    @staticmethod
    def _frame(line):
        assert line.endswith(b"\r\n"), "no frame"
        return int(line, 16)


@pytest.fixture
def place(tmp_path):
    sink = Sink(str(tmp_path / "d.sock"))
    warden = Warden(str(tmp_path), sink.path)
    warden.start(warden.configure("[policy all]\nallow = @all\ngrant = all\n", "all"))
    yield warden, sink
    assert warden.end() == 0, warden.log.read_text()
    sink.server.close()


def data_of(seed, length):
    """Random bytes, with what looks like the end of a body in them."""
    data = bytearray(random.Random(seed).randbytes(length))
    for at in range(1000, length - len(TRAP), 8192):
        data[at:at + len(TRAP)] = TRAP
    return bytes(data)


def as_go(frame):
    """The writes of a Go client: its buffer of 4 KiB, the rest, the line end."""
    return [frame[:-2][:4096], frame[:-2][4096:], frame[-2:]]


def whole(frame):
    return [frame]


def in_pieces(frame):
    return [frame[at:at + 5000] for at in range(0, len(frame), 5000)]


SIZES = {
    "chunks of Docker": 150 * [32768],
    "one chunk": [5 << 20],
    "mixed": [1, 40000, 8192, 8193, 8194, 65536, 3, 300000, 2, 2, 131072, 16, 90000, 1] * 4,
    "small ones": 3000 * [900],
}


def frames_of(sizes, extension=b""):
    body = data_of(len(sizes), sum(sizes))
    at, frames = 0, []
    for size in sizes:
        frames.append(b"%x%s\r\n%s\r\n" % (size, extension, body[at:at + size]))
        at += size
    return body, frames


@pytest.mark.parametrize("write", [as_go, whole, in_pieces])
@pytest.mark.parametrize("sizes", SIZES)
def test_bytes_arrive_as_they_are(place, sizes, write):
    warden, sink = place
    body, frames = frames_of(SIZES[sizes], b";a=b")
    with Wire(warden.socket) as client:
        for _ in range(2):
            client.send(LOAD)
            for frame in frames:
                for piece in write(frame):
                    client.send(piece)
            client.send(b"0\r\nX-Sum: 1\r\n\r\n")
            assert client.read_answer().status == 200
    assert sink.bodies == 2 * [(body, "whole")]


def test_large_chunks_go_on_unread(place):
    """They are announced before they are here, which only what is not copied needs."""
    warden, sink = place
    _, frames = frames_of(SIZES["one chunk"])
    with Wire(warden.socket) as client:
        client.send(LOAD + frames[0] + b"0\r\n\r\n")
        assert client.read_answer().status == 200
    assert max(sink.sizes) > READ_ONCE


def test_a_daemon_that_does_not_read(place):
    """What it was announced waits, and comes whole."""
    warden, sink = place
    body, frames = frames_of(SIZES["one chunk"] + SIZES["mixed"])
    sink.go.clear()
    data = LOAD + b"".join(frames) + b"0\r\n\r\n"
    with Wire(warden.socket) as client:
        client.peer.settimeout(0.3)
        sent = 0
        with pytest.raises(TimeoutError):
            while True:
                sent += client.peer.send(data[sent:sent + 4096])
        sink.go.set()
        client.peer.settimeout(wire.TIMEOUT)
        client.send(data[sent:])
        assert client.read_answer().status == 200
    assert sink.bodies == [(body, "whole")]


@pytest.mark.parametrize("end", [b"xx", b"\n0\r\n\r\n", b"0\r\n\r\n", b"\rx"])
def test_a_chunk_without_its_line_end(place, end):
    """Its data was handed on; nothing behind it is, and the body has no end."""
    warden, sink = place
    body, frames = frames_of([5 << 20])
    with Wire(warden.socket) as client:
        client.send_anyway(LOAD + frames[0][:-2] + end + 9 * TRAP)
        assert client.read_answer().status == 400
    assert sink.over.wait(wire.TIMEOUT)
    (got, why), = sink.bodies
    assert why != "whole" and body.startswith(got)


@pytest.mark.parametrize("cut", [2_000_000, 1_048_000, 300_000, 5_242_880])
def test_a_client_that_leaves_in_a_chunk(place, cut):
    warden, sink = place
    body, frames = frames_of([5 << 20])
    with Wire(warden.socket) as client:
        client.send(LOAD + frames[0][:cut])
        client.finish()
        assert sink.over.wait(wire.TIMEOUT)
    (got, why), = sink.bodies
    assert why != "whole" and body.startswith(got)
