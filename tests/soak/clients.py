# SPDX-License-Identifier: Apache-2.0
"""The clients of the soak. Each kind is a function with a connection and a source of chance; it raises
AssertionError for what must never be, and OSError for an end that a client must expect when there are faults."""

import json
import re
import time

DOWNLOAD = 1 << 20
PATTERN = bytes(range(256)) * 256
LONG = 60 # seconds until an answer that must come is given up
PERMITTED = b'{"Image":"bb:1","Cmd":["true"],"Labels":{"a":"%s"},"HostConfig":{"Memory":67108864}}'
DENIED = b'{"Image":"bb:1","Labels":{"a":"%s"},"HostConfig":{"Privileged":true}}'
UPGRADE = ("Connection: Upgrade", "Upgrade: tcp")
ATTACH = ("POST", "/containers/x/attach?stream=1&stdin=1&stdout=1")
ID = "0123456789abcdef" * 4


def request(method, target, body=None, *headers, host="docker"):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *headers]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


class Answers:
    """Reads answers from a connection, and fails where one is short and looks whole."""

    def __init__(self, peer):
        self.peer, self.rest = peer, b""

    def more(self):
        data = self.peer.recv(65536)
        if not data:
            raise ConnectionError("the end in the middle of an answer")
        self.rest += data

    def until(self, mark):
        while mark not in self.rest:
            self.more()
        found, self.rest = self.rest.split(mark, 1)
        return found

    def take(self, size):
        while len(self.rest) < size:
            self.more()
        found, self.rest = self.rest[:size], self.rest[size:]
        return found

    def head(self):
        text = self.until(b"\r\n\r\n").decode("latin-1")
        assert re.match(r"HTTP/1\.1 \d\d\d ", text), text[:200]
        return int(text[9:12]), text.lower()

    def whole(self):
        """Status and body."""
        status, text = self.head()
        if "transfer-encoding: chunked" in text:
            return status, b"".join(self.chunks())
        found = re.search(r"content-length: *(\d+)", text)
        if found:
            return status, self.take(int(found.group(1)))
        return status, b"" if status in (101, 204) else self.to_the_end()

    def chunks(self):
        while size := int(self.until(b"\r\n"), 16):
            yield self.take(size)
            assert self.take(2) == b"\r\n"
        assert self.take(2) == b"\r\n"

    def to_the_end(self):
        while data := self.peer.recv(65536):
            self.rest += data
        found, self.rest = self.rest, b""
        return found


def must_be(status, wanted, body):
    if status == 502:
        raise ConnectionError("the daemon is away")
    assert status == wanted, f"{status} in place of {wanted}: {body[:300]}"


def filling(chance):
    return b"x" * chance.choice((0, 100, 3000, 100000))


# ---- those who do what they should

def ask(peer, answers, chance):
    kind = chance.randrange(4)
    if kind == 0:
        peer.sendall(request("GET", "/_ping"))
        wanted, look = 200, lambda body: body == b"OK"
    elif kind == 1:
        peer.sendall(request("GET", "/containers/json?all=1"))
        wanted, look = 200, lambda body: len(json.loads(body)) == 200
    elif kind == 2:
        peer.sendall(request("POST", "/v1.41/containers/create?name=x", PERMITTED % filling(chance)))
        wanted, look = 201, lambda body: json.loads(body)["Id"] == ID
    else:
        peer.sendall(request("POST", "/containers/x/start", b""))
        wanted, look = 204, lambda body: body == b""
    status, body = answers.whole()
    must_be(status, wanted, body)
    assert look(body), body[:300]


def polite(peer, chance):
    answers = Answers(peer)
    for _ in range(chance.randrange(1, 8)):
        ask(peer, answers, chance)


def refused(peer, chance):
    answers = Answers(peer)
    for _ in range(chance.randrange(1, 5)):
        target = chance.choice(("/containers/create?name=privileged", "/v1.41/containers/create?name=privileged"))
        peer.sendall(request("POST", target, DENIED % filling(chance)))
        status, body = answers.whole()
        assert status == 403 and b"privileged" in body, (status, body[:300])


def download(peer, chance):
    peer.sendall(request("GET", chance.choice(("/images/x/get", "/images/length/get"))))
    status, body = Answers(peer).whole()
    must_be(status, 200, body)
    assert len(body) == DOWNLOAD, len(body)


def to_the_end(peer, _):
    peer.sendall(request("GET", "/images/x/get", None, "X-Soak: close"))
    status, body = Answers(peer).whole()
    must_be(status, 200, body)
    if len(body) != DOWNLOAD // 4:
        raise ConnectionError(f"an answer to the end has {len(body)} bytes")


def upload(peer, chance):
    size = chance.choice((1, 5000, 70000, 1 << 20))
    data = (PATTERN * (size // len(PATTERN) + 1))[:size]
    target = chance.choice(("/images/load", "/containers/x/archive?path=/srv"))
    method = "POST" if "load" in target else "PUT"
    if chance.random() < 0.5:
        peer.sendall(request(method, target, data))
    else:
        peer.sendall(request(method, target, None, "Transfer-Encoding: chunked"))
        while data:
            size_of_piece = chance.randrange(1, 60000)
            piece, data = data[:size_of_piece], data[size_of_piece:]
            peer.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        peer.sendall(b"0\r\n\r\n")
    status, body = Answers(peer).whole()
    must_be(status, 200, body)
    assert json.loads(body)["count"] == size, body


def hijack(peer, chance):
    answers = Answers(peer)
    if chance.random() < 0.5:
        peer.sendall(request(*ATTACH, None, *UPGRADE))
    else:
        peer.sendall(request("POST", "/containers/x/exec", b'{"Cmd":["true"],"AttachStdin":true}'))
        status, body = answers.whole()
        must_be(status, 201, body)
        peer.sendall(request("POST", f"/exec/{ID}/start", b'{"Detach":false}', *UPGRADE))
    status, text = answers.head()
    must_be(status, 101, answers.rest or text)
    for _ in range(chance.randrange(6)):
        said = bytes([chance.randrange(256)]) * chance.randrange(1, 40000)
        peer.sendall(said)
        assert answers.take(len(said)) == said
    if chance.random() < 0.6 and peer.can_half_close:
        peer.end()
        if (last := answers.to_the_end()) != b"end":
            raise ConnectionError(f"the end of a stream is {last!r}")


def half_close(peer, chance):
    if not peer.can_half_close:
        return
    peer.sendall(request("GET", chance.choice(("/_ping", "/containers/json"))))
    peer.end()
    status, body = Answers(peer).whole()
    must_be(status, 200, body)


def pipeline(peer, chance):
    count = chance.randrange(2, 30)
    peer.sendall(request("GET", "/_ping") * count)
    answers = Answers(peer)
    for _ in range(count):
        status, body = answers.whole()
        must_be(status, 200, body)


def slow_sender(peer, chance):
    whole = request("POST", "/containers/create?name=x", PERMITTED % b"")
    at = 0
    while at < len(whole):
        step = chance.randrange(1, 60)
        peer.sendall(whole[at:at + step])
        at += step
        time.sleep(0.002)
    status, body = Answers(peer).whole()
    must_be(status, 201, body)


def slow_reader(peer, chance):
    peer.sendall(request("GET", chance.choice(("/images/x/get", "/images/length/get"))))
    status, text = Answers(peer).head()
    must_be(status, 200, text)
    for _ in range(chance.randrange(30)):
        if not peer.recv(chance.randrange(1, 20000)):
            raise ConnectionError("an early end")
        time.sleep(0.005)


def follow(peer, chance):
    peer.sendall(request("GET", "/events"))
    status, text = Answers(peer).head()
    must_be(status, 200, text)
    for _ in range(chance.randrange(1, 4)):
        if not peer.recv(4096):
            raise ConnectionError("the end of a stream that goes on")


# ---- those who do not

def refused_body(peer, chance):
    """A large body for what is denied: read past, or cut."""
    size = chance.choice((1 << 16, 1 << 20, 1 << 22))
    peer.sendall(request("POST", "/volumes/create", None, "Content-Type: application/json", f"Content-Length: {size}"))
    peer.sendall(b" " * chance.choice((0, size // 2, size)))
    if chance.random() < 0.5:
        peer.recv(65536)


def cut(peer, chance):
    """Any request, cut anywhere."""
    whole = chance.choice((
        request("GET", "/_ping"), request("POST", "/containers/create", PERMITTED % filling(chance)),
        request(*ATTACH, None, *UPGRADE), request("POST", "/containers/x/start", b""),
        request("POST", "/images/load", None, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n"))
    peer.sendall(whole[:chance.randrange(1, len(whole))])


def noise(peer, chance):
    peer.sendall(chance.choice((
        b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 100, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        request("POST", "/images/load", None, "Transfer-Encoding: chunked") + b"zz\r\n",
        request("POST", "/containers/create", b'{"Image":'), request("POST", "/containers/create", b'{"a":1,"a":2}'),
        b"GET /_ping HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 2000000)))
    peer.recv(4096)


def wronged(peer, chance):
    """The daemon does something wrong to it: it must not look right."""
    fault = chance.choice(("leave", "reset", "cut", "nonsense", "early"))
    if fault == "early" and chance.random() < 0.5:
        peer.sendall(request("POST", "/images/load", PATTERN * 8, "X-Soak: " + fault))
    else:
        peer.sendall(request("POST", "/containers/create?name=x", PERMITTED % filling(chance), "X-Soak: " + fault))
    status, _ = Answers(peer).whole()
    assert status in ((413, 502) if fault == "early" else (502,)), (fault, status)


def hung(peer, chance):
    """The daemon does not answer, and is given up."""
    if chance.random() < 0.3:
        peer.sendall(request("GET", "/containers/json", None, "X-Soak: hang"))
        status, body = Answers(peer).whole()
        must_be(status, 504, body)


KINDS = (polite, polite, polite, polite, refused, refused, download, to_the_end, upload, upload, hijack, hijack, half_close, pipeline,
         slow_sender, slow_reader, follow, refused_body, cut, cut, noise, wronged, hung)
# What a client of these kinds gets is told by its answer alone.
UNSURE = (slow_reader, refused_body, cut, noise, wronged)
