# SPDX-License-Identifier: Apache-2.0
"""HTTP by hand on a unix socket: what clients really send, and what no client should."""

import json
import socket
import time

TIMEOUT = 20
# What is told of where an answer does not come: while the connection is there to be looked at.
witness = str


def await_true(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def accepts(path):
    with socket.socket(socket.AF_UNIX) as peer:
        try:
            peer.connect(path)
        except OSError:
            return False
        return True


def answers(path):
    try:
        return request(path, "GET", "/_ping").status == 200
    except (OSError, AssertionError):
        return False


class Answer:
    def __init__(self, status, headers, body, head):
        self.status, self.headers, self.body, self.head = status, headers, body, head

    @property
    def message(self):
        return json.loads(self.body)["message"]


class Wire:
    """One connection, with what was read and not yet used."""

    def __init__(self, path, timeout=TIMEOUT):
        self.peer = socket.socket(socket.AF_UNIX)
        self.peer.settimeout(timeout)
        self.peer.connect(path)
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.peer.close()

    def send(self, data):
        self.peer.sendall(data)

    def send_anyway(self, data):
        """Sends to a peer that may stop reading; its answer can still be read."""
        try:
            self.peer.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def finish(self):
        self.peer.shutdown(socket.SHUT_WR)

    def read_some(self):
        """More bytes behind |rest|; False at the end of the stream."""
        try:
            data = self.peer.recv(1 << 16)
        except ConnectionResetError:
            data = b""
        except TimeoutError as reason:
            raise TimeoutError(f"{reason}\n{witness()}") from None
        self.rest += data
        return bool(data)

    def read_until(self, mark):
        while mark not in self.rest:
            assert self.read_some(), f"connection ended before {mark!r}: {self.rest[-400:]!r}"
        found, self.rest = self.rest.split(mark, 1)
        return found + mark

    def read_exactly(self, count):
        while len(self.rest) < count:
            assert self.read_some(), f"connection ended, {count - len(self.rest)} bytes short"
        found, self.rest = self.rest[:count], self.rest[count:]
        return found

    def read_all(self):
        pieces = [self.rest]
        self.rest = b""
        while self.read_some():
            pieces.append(self.rest)
            self.rest = b""
        return b"".join(pieces)

    def at_end(self):
        return not self.rest and not self.read_some()

    def read_head(self):
        head = self.read_until(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {}
        for line in filter(None, lines):
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        return Answer(int(first.split()[1]), headers, None, head)

    def read_chunks(self):
        while True:
            size = int(self.read_until(b"\r\n").split(b";")[0], 16)
            if size == 0:
                while self.read_until(b"\r\n") != b"\r\n":
                    pass
                return
            yield self.read_exactly(size)
            assert self.read_exactly(2) == b"\r\n"

    def read_answer(self, method="GET"):
        answer = self.read_head()
        while answer.status == 100:
            answer = self.read_head()
        if method == "HEAD" or answer.status in (101, 204, 304):
            answer.body = b""
        elif "chunked" in answer.headers.get("transfer-encoding", ""):
            answer.body = b"".join(self.read_chunks())
        elif "content-length" in answer.headers:
            answer.body = self.read_exactly(int(answer.headers["content-length"]))
        else:
            answer.body = self.read_all()
        return answer

    def request(self, method, target, body=None, headers=()):
        self.send(encode(method, target, body, headers))
        return self.read_answer(method)


def encode(method, target, body=None, headers=()):
    lines = [f"{method} {target} HTTP/1.1", "Host: docker", *headers]
    data = b""
    if body is not None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if not any(line.lower().startswith("content-type:") for line in headers):
            lines.append("Content-Type: application/json")
        lines.append(f"Content-Length: {len(data)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def chunked(*pieces, trailer=b""):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n" + trailer + b"\r\n"


def frames(data):
    """The payloads of Docker's multiplexed stream."""
    found = []
    at = 0
    while at < len(data):
        end = at + 8 + int.from_bytes(data[at + 4:at + 8], "big")
        found.append(data[at + 8:end])
        at = end
    return b"".join(found)


def request(path, method, target, body=None, headers=()):
    with Wire(path) as wire:
        return wire.request(method, target, body, headers)
