# SPDX-License-Identifier: Apache-2.0
"""Client or daemon vanish at each step of an exchange: the other end learns of it, what was under way is
cancelled at the daemon, and sockwarden's descriptors return to their start."""

import contextlib
import json
import os
import socket
import threading

import pytest

import warden as warden_module
import wire
from archives import tar_of
from warden import Warden
from wire import Wire, chunked, encode

BODY = {"Image": "bb:1", "Cmd": ["true"], "Labels": {"x": "y" * 40}}
ALL = "[policy test]\nallow = @all\ngrant = all\nunknown_routes = allow\n"

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="counts sockwarden's descriptors")


class Upstream:
    """A daemon that answers each request with |answer|, cut after |cut| bytes, reading no more than
    |read| bytes of the request before it does."""

    def __init__(self, path):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(64)
        self.answer, self.cut, self.read, self.seen = b"", None, 1 << 30, 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        with peer:
            peer.settimeout(20)
            seen = b""
            try:
                while not self.complete(seen) and len(seen) < self.read:
                    data = peer.recv(min(65536, self.read - len(seen)))
                    if not data:
                        break
                    seen += data
                self.seen = len(seen)
                peer.sendall(self.answer if self.cut is None else self.answer[:self.cut])
                if self.cut is None:
                    peer.recv(1)
            except OSError:
                pass

    @staticmethod
    def complete(seen):
        head, mark, body = seen.partition(b"\r\n\r\n")
        if not mark:
            return False
        if b"chunked" in head.lower():
            return body.endswith(b"0\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return not length or len(body) >= int(length[0].split(b":")[1])


@pytest.fixture(scope="module")
def upstream(workdir):
    instance = Upstream(os.path.join(workdir, "vanishing.sock"))
    yield instance
    instance.listener.shutdown(socket.SHUT_RDWR) # nobody waits there any more when it is closed
    instance.thread.join()
    instance.listener.close()


@pytest.fixture(scope="module")
def warden(upstream, workdir):
    directory = os.path.join(workdir, "vanish")
    os.mkdir(directory)
    instance = Warden(directory, os.path.join(workdir, "vanishing.sock"))
    instance.start(instance.configure(ALL, "test"))
    yield instance
    assert instance.end() == 0, instance.log.read_text()[-4000:]


@pytest.fixture
def nothing_left(warden, upstream):
    """After the test sockwarden holds what it held before."""
    upstream.answer, upstream.cut, upstream.read = b"", None, 1 << 30
    wire.await_true(lambda: settled(warden) is not None, 5, "a quiet start")
    before = settled(warden)
    yield
    wire.await_true(lambda: warden.descriptors() <= before, 10,
                    f"{warden.descriptors()} descriptors to become {before}")


def settled(warden):
    first = warden.descriptors()
    return first if warden.descriptors() == first else None


REQUESTS = {
    "plain": encode("GET", "/v1.41/containers/json?all=1"),
    "body": encode("POST", "/v1.41/containers/create?name=x", BODY),
    "chunks": encode("POST", "/v1.41/build?t=x", headers=["Transfer-Encoding: chunked"])
              + chunked(b"one" * 20, b"two" * 20),
    "chunked JSON": encode("POST", "/v1.41/containers/create", headers=[
        "Transfer-Encoding: chunked", "Content-Type: application/json"])
              + chunked(b'{"Image":', b'"bb:1"}'),
    "upload": encode("PUT", "/v1.41/containers/x/archive?path=/", b"z" * 200),
    "hijack": encode("POST", "/v1.41/containers/x/attach?stream=1", headers=[
        "Connection: Upgrade", "Upgrade: tcp"]) + b"input",
}
RAW = b"Content-Type: application/vnd.docker.raw-stream\r\n"
ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n" + b"a" * 30,
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"b" * 20, b"c" * 5),
    "close": b"HTTP/1.0 200 OK\r\n\r\n" + b"d" * 30,
    "upgrade": b"HTTP/1.1 101 UPGRADED\r\n" + RAW + b"Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n" + b"e" * 9,
    "raw": b"HTTP/1.1 200 OK\r\n" + RAW + b"\r\n" + b"f" * 30,
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_client_vanishes_in_its_request(warden, upstream, nothing_left, kind):
    """After each byte of it."""
    upstream.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    request = REQUESTS[kind]
    for cut in range(len(request) + 1):
        with Wire(warden.socket) as client:
            client.send(request[:cut])
    with Wire(warden.socket) as client:
        assert client.request("GET", "/_ping").body == b"ok"


@pytest.mark.parametrize("kind", REQUESTS)
def test_client_half_closes_in_its_request(warden, upstream, nothing_left, kind):
    """It is answered or sees the end, but never waits."""
    upstream.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    upstream.cut = len(upstream.answer)
    request = REQUESTS[kind]
    for cut in range(0, len(request) + 1, 3):
        with Wire(warden.socket) as client:
            client.send(request[:cut])
            client.finish()
            client.read_all()


@pytest.mark.parametrize("kind", ANSWERS)
def test_client_vanishes_in_its_answer(warden, upstream, nothing_left, kind):
    upstream.answer = ANSWERS[kind]
    request = REQUESTS["hijack" if kind in ("upgrade", "raw") else "plain"]
    for cut in range(0, len(upstream.answer) + 1, 2):
        with Wire(warden.socket) as client:
            client.send(request)
            if cut:
                client.read_exactly(min(cut, len(upstream.answer)))


@pytest.mark.parametrize("kind", ANSWERS)
def test_daemon_vanishes_in_its_answer(warden, upstream, nothing_left, kind):
    """The client gets the bytes that there were, then the end; a 502 when there were none of a head."""
    upstream.answer = ANSWERS[kind]
    request = REQUESTS["hijack" if kind in ("upgrade", "raw") else "plain"]
    head = upstream.answer.index(b"\r\n\r\n") + 4
    for cut in range(len(upstream.answer)):
        upstream.cut = cut
        with Wire(warden.socket) as client:
            client.send(request)
            if cut < head:
                assert client.read_head().status == 502
            else:
                assert client.read_all() == upstream.answer[:cut]


@pytest.mark.parametrize("kind", REQUESTS)
def test_daemon_vanishes_in_the_request(warden, upstream, nothing_left, kind):
    """Having read some of it and said nothing: a 502."""
    upstream.cut = 0
    request = REQUESTS[kind]
    for read in range(1, len(request), 7):
        upstream.read = read
        with Wire(warden.socket) as client:
            client.send_anyway(request)
            answer = client.read_head()
            assert answer.status == 502, (read, answer.head)


# At the daemon.


@pytest.fixture
def open_warden_quiet(open_warden, dockerd):
    wire.await_true(lambda: settled(open_warden) is not None, 5, "a quiet start")
    before = settled(open_warden)
    yield open_warden
    dockerd.remove_containers()
    wire.await_true(lambda: open_warden.descriptors() <= before, 10, "descriptors to be closed")


def test_a_cancelled_build_is_cancelled(open_warden_quiet, dockerd):
    """Its container is gone once the client is."""
    dockerfile = b"FROM bb:1\nRUN sleep 1000\n"
    archive = tar_of("Dockerfile", dockerfile)
    before = dockerd.container_ids()
    with Wire(open_warden_quiet.socket) as client:
        client.send(encode("POST", "/v1.41/build?forcerm=1&nocache=1", archive,
                           ["Content-Type: application/x-tar"]))
        client.read_until(b"Running in")
        wire.await_true(lambda: running(dockerd) - before, 10, "the step to run")
    wire.await_true(lambda: not dockerd.container_ids() - before, 20, "the build to be cancelled")


def test_a_cancelled_pull_waits_for_nobody(open_warden_quiet):
    with Wire(open_warden_quiet.socket) as client:
        client.send(encode("POST", "/v1.41/images/create?fromImage=127.0.0.1:1/x&tag=1"))


@pytest.mark.parametrize("target", ["wait", "logs?follow=1&stdout=1", "stats"])
def test_the_daemon_lets_go_of_a_cancelled_stream(open_warden_quiet, dockerd, target):
    """Counted in the daemon's own descriptors. Not of an attach: by itself it lets go of that no
    sooner than the container writes."""
    body = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0}
    identity = json.loads(dockerd.call("POST", "/containers/create", body).body)["Id"]
    dockerd.call("POST", f"/containers/{identity}/start")
    method = "POST" if target == "wait" else "GET"
    with contextlib.ExitStack() as clients:
        for _ in range(10):
            client = clients.enter_context(Wire(open_warden_quiet.socket))
            client.send(encode(method, f"/v1.41/containers/{identity}/{target}"))
            assert client.read_head().status == 200
        opened = daemon_descriptors(dockerd)
    wire.await_true(lambda: daemon_descriptors(dockerd) <= opened - 10, 20,
                    "the daemon to close its ends")


def daemon_descriptors(dockerd):
    holder = (dockerd.dir / "holder.pid").read_text().strip()
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in family(holder)
               if open(f"/proc/{pid}/comm").read().strip() == "dockerd")


def family(pid):
    found = [pid]
    for child in open(f"/proc/{pid}/task/{pid}/children").read().split():
        found += family(child)
    return found


def running(dockerd):
    return {row["Id"] for row in dockerd.get("/containers/json")}
