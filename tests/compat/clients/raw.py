# SPDX-License-Identifier: Apache-2.0
"""HTTP by hand: each request as HTTP/1.1, as HTTP/1.0, half-closed right behind, with a head of 64 KiB;
hijacks with and without an Upgrade; WebSocket. One line an answer, with all of its head but the date.
Arguments: SOCKET POLICY."""

import base64
import hashlib
import json
import os
import socket

from steps import SOCKET, step


class Peer:
    def __init__(self, data, half_close=False):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(SOCKET)
        self.seen = b""
        self.socket.sendall(data)
        if half_close:
            self.socket.shutdown(socket.SHUT_WR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def more(self):
        data = self.socket.recv(65536)
        self.seen += data
        return bool(data)

    def until(self, mark):
        while mark not in self.seen:
            if not self.more():
                raise EOFError(self.seen)
        found, self.seen = self.seen.split(mark, 1)
        return found + mark

    def head(self):
        """Its lines but the date, and a length that differs from call to call."""
        lines = self.until(b"\r\n\r\n").decode().split("\r\n")[:-2]
        return " | ".join(sorted(line for line in lines
                                 if not line.startswith(("Date:", "Content-Length:"))))

    def all(self):
        while self.more():
            pass
        return self.seen


def encode(method, target, body=None, version="1.1", headers=()):
    data = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/{version}", "Host: docker", *headers]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def payloads(data):
    """What the multiplexed stream carries; how it is cut into frames differs from run to run."""
    found = b""
    while data:
        size = int.from_bytes(data[4:8], "big")
        found += data[8:8 + size]
        data = data[8 + size:]
    return found


def call(method, target, body=None):
    with Peer(encode(method, target, body, headers=["Connection: close"])) as peer:
        peer.head()
        return peer.all()


def create(*command, **more):
    answer = call("POST", "/v1.41/containers/create", {"Image": "bb:1", "Cmd": command, **more})
    return json.loads(answer.split(b"\r\n")[0] if answer[:1] == b"{" else answer)["Id"]


SHORT = [
    ("GET", "/_ping", None), ("HEAD", "/_ping", None), ("GET", "/v1.41/containers/json", None),
    ("GET", "/containers/nobody/json", None), ("GET", "/nowhere", None), ("GET", "/v9.99/info", None),
    ("POST", "/containers/nobody/start", None), ("POST", "/containers/create", {"Image": "no:1"}),
    ("GET", "/events?since=1&until=2", None), ("DELETE", "/volumes/nobody", None),
    ("OPTIONS", "/containers/json", None), ("GET", "/images/json?filters=%7B", None),
    ("POST", "/v1.41/images/create?fromImage=bb&tag=nope", None), ("GET", "/v1.41/swarm", None),
]


def answer(peer, by_chance):
    head, body = peer.head(), len(peer.all()) > 0
    return "an answer" if by_chance else [head, body]


def short():
    # Daemons take a FIN for the client's leave: whether an error or the answer comes is a race in them. Newer
    # ones do so everywhere, 20.10 where it looks at the request's context.
    newer = b'"ApiVersion":"1.41"' not in call("GET", "/version")
    padding = [f"X-Padding-{index}: {'x' * 1000}" for index in range(63)]
    for method, target, body in SHORT:
        name = f"{method} {target}"
        gives_up = newer or any(word in target for word in ("/volumes/", "/images/create"))
        for kind, data, half in [
                ("1.1", encode(method, target, body, headers=["Connection: close"]), False),
                ("1.0", encode(method, target, body, version="1.0"), False),
                ("half-closed", encode(method, target, body, headers=["Connection: close"]), True),
                ("64 KiB", encode(method, target, body, headers=["Connection: close", *padding]), False)]:
            with Peer(data, half) as peer:
                step(f"{name} {kind}", answer, peer, half and gives_up)


def streams():
    box = create("sh", "-c", "echo out; echo err >&2; exec sleep 1000", StopTimeout=0)
    call("POST", f"/containers/{box}/start")
    for method, rest in [("GET", "logs?stdout=1&follow=1"), ("GET", "stats"), ("POST", "wait"),
                         ("POST", "attach?stream=1&stdout=1&logs=1"),
                         ("GET", "top"), ("GET", "archive?path=/etc/passwd"),
                         ("GET", "logs?stdout=1&stderr=1")]:
        for version in ("1.1", "1.0"):
            data = encode(method, f"/v1.41/containers/{box}/{rest}", version=version)
            with Peer(data) as peer:
                step(f"{method} {rest} {version}", peer.head)
    call("DELETE", f"/containers/{box}?force=1")


def hijacks():
    upgrade = ["Connection: Upgrade", "Upgrade: tcp"]
    for name, version, headers in [("upgrade", "1.1", upgrade), ("no upgrade", "1.1", []),
                                   ("1.0", "1.0", []), ("other protocol", "1.1",
                                   ["Connection: Upgrade", "Upgrade: h3"])]:
        box = create("sh", "-c", "cat; echo end", OpenStdin=True, StdinOnce=True)
        with Peer(encode("POST", f"/v1.41/containers/{box}/attach?stream=1&stdin=1&stdout=1",
                         version=version, headers=headers)) as peer:
            step(f"attach, {name}", peer.head) # before the container runs
            call("POST", f"/containers/{box}/start")
            peer.socket.sendall(b"hello\n")
            peer.socket.shutdown(socket.SHUT_WR)
            step("its stream", lambda: payloads(peer.all()))
        call("DELETE", f"/containers/{box}?force=1")


def websocket():
    box = create("sh", "-c", "read x; echo got $x", OpenStdin=True, Tty=True)
    key = base64.b64encode(hashlib.md5(b"any").digest()).decode()
    with Peer(encode("GET", f"/v1.41/containers/{box}/attach/ws?stream=1&stdin=1&stdout=1", headers=[
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}", "Origin: http://localhost"])) as peer:
        step("websocket", peer.head)
        call("POST", f"/containers/{box}/start")
        mask = os.urandom(4)
        text = b"there\n"
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(text))
        peer.socket.sendall(bytes([0x81, 0x80 | len(text)]) + mask + masked)
        step("its frames", lambda: b"got there" in peer.until(b"got there"))
        step("its end", lambda: len(peer.all()) >= 0)
    call("DELETE", f"/containers/{box}?force=1")


for part in (short, streams, hijacks, websocket):
    part()
