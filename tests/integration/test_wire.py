# SPDX-License-Identifier: Apache-2.0
"""With everything allowed: HTTP as unusual but honest clients speak it, byte by byte."""

import base64
import io
import json
import os
import tarfile
import threading

import pytest

import warden as warden_module
import wire
from archives import tar_of
from wire import Wire, chunked, encode, frames

RAW_STREAM = "application/vnd.docker.raw-stream"


@pytest.fixture
def socket(open_warden):
    return open_warden.socket


# Framing and connections.


def test_keep_alive(socket):
    with Wire(socket) as client:
        for _ in range(50):
            assert client.request("GET", "/_ping").body == b"OK"
            assert client.request("GET", "/v1.41/containers/json").status == 200
            assert client.request("GET", "/v1.41/containers/nobody/json").status == 404


def test_head(socket, dockerd):
    with Wire(socket) as client:
        answer = client.request("HEAD", "/_ping")
        assert answer.status == 200
        assert answer.headers["api-version"] == dockerd.get("/version")["ApiVersion"]
        assert client.request("GET", "/_ping").body == b"OK"


def test_head_of_an_archive(socket, sleeper):
    with Wire(socket) as client:
        answer = client.request("HEAD", f"/containers/{sleeper}/archive?path=/bin/busybox")
        stat = json.loads(base64.b64decode(answer.headers["x-docker-container-path-stat"]))
        assert stat["name"] == "busybox"
        assert client.request("GET", "/_ping").status == 200


def test_pipelined_requests_are_answered_in_order(socket):
    with Wire(socket) as client:
        client.send(b"".join(encode("GET", t) for t in ("/_ping", "/version", "/nope", "/_ping")))
        answers = [client.read_answer() for _ in range(4)]
        assert [a.status for a in answers] == [200, 200, 404, 200]
        assert b"ApiVersion" in answers[1].body


def test_request_in_single_bytes(socket):
    with Wire(socket) as client:
        for byte in encode("POST", "/containers/create?name=bytewise", {"Image": "bb:1"}):
            client.send(bytes([byte]))
        assert client.read_answer().status == 201


def test_200_pings_at_once(socket):
    results = []

    def ping():
        results.append(wire.request(socket, "GET", "/_ping").body)

    threads = [threading.Thread(target=ping) for _ in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [b"OK"] * 200


def test_head_of_64_kib(socket):
    headers = [f"X-Padding-{index}: {'x' * 1000}" for index in range(64)]
    with Wire(socket) as client:
        assert client.request("GET", "/_ping", headers=headers).body == b"OK"
        assert client.request("GET", "/_ping").body == b"OK"


def test_http_1_0_closes(socket):
    with Wire(socket) as client:
        client.send(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
        answer = client.read_answer()
        assert (answer.status, answer.body) == (200, b"OK")
        assert client.at_end()


def test_http_1_0_keep_alive(socket):
    with Wire(socket) as client:
        for _ in range(2):
            client.send(b"GET /_ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert client.read_answer().body == b"OK"


def test_connection_close(socket):
    with Wire(socket) as client:
        assert client.request("GET", "/_ping", headers=["Connection: close"]).body == b"OK"
        assert client.at_end()


def test_events_by_http_1_0_without_host(socket, dockerd):
    """As a log collector does it. No chunks in HTTP/1.0: the stream ends with the connection."""
    with Wire(socket) as client:
        client.send(b"GET /events HTTP/1.0\r\n\r\n")
        assert client.read_head().status == 200
        dockerd.call("POST", "/containers/create?name=seen-by-event", {"Image": "bb:1"})
        assert b"seen-by-event" in client.read_until(b"\n")


def test_spellings_of_image_names(socket):
    """Clients of this world percent-encode slashes, colons and at signs."""
    with Wire(socket) as client:
        for name in ("registry.example.org/ci/app:1", "registry.example.org%2Fci%2Fapp%3A1"):
            assert client.request("GET", f"/v1.41/images/{name}/json").status == 200
        identity = json.loads(client.request("GET", "/images/bb:1/json").body)["Id"]
        assert client.request("GET", f"/images/{identity.replace(':', '%3A')}/json").status == 200


def test_query_values_arrive_as_they_were_sent(socket):
    with Wire(socket) as client:
        filters = "%7B%22label%22%3A%7B%22a+b%3Dc%26d%22%3Atrue%7D%7D"
        body = {"Image": "bb:1", "Labels": {"a b": "c&d"}}
        identity = json.loads(client.request("POST", "/containers/create", body).body)["Id"]
        rows = json.loads(client.request("GET", f"/containers/json?all=1&filters={filters}").body)
        assert [row["Id"] for row in rows] == [identity]


# Bodies.


def test_expect_continue_then_chunks_with_trailers(socket, sleeper):
    """10 MiB in chunks, sent only after the daemon said 100."""
    data = os.urandom(10 << 20)
    archive = tar_of("big", data)
    pieces = [archive[at:at + 65521] for at in range(0, len(archive), 65521)]
    with Wire(socket) as client:
        client.send(encode("PUT", f"/v1.41/containers/{sleeper}/archive?path=/tmp", headers=[
            "Transfer-Encoding: chunked", "Content-Type: application/x-tar",
            "Expect: 100-continue", "Trailer: X-Sum"]))
        assert client.read_head().status == 100
        client.send(chunked(*pieces, trailer=b"X-Sum: 1\r\n"))
        assert client.read_answer("PUT").status == 200 # with an end of the connection, at new daemons
    answer = wire.request(socket, "GET", f"/containers/{sleeper}/archive?path=/tmp/big")
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as back:
        assert back.extractfile("big").read() == data


def test_expect_continue_on_a_json_body(socket):
    body = json.dumps({"Image": "bb:1"}).encode()
    with Wire(socket) as client:
        client.send(encode("POST", "/containers/create", headers=[
            "Content-Type: application/json", f"Content-Length: {len(body)}",
            "Expect: 100-continue"]))
        assert client.read_head().status == 100
        client.send(body)
        assert client.read_answer().status == 201


def test_chunked_json(socket):
    with Wire(socket) as client:
        client.send(encode("POST", "/containers/create", headers=[
            "Content-Type: application/json", "Transfer-Encoding: chunked"])
            + chunked(b'{"Ima', b'ge":', b'"bb:1"}'))
        assert client.read_answer().status == 201
        assert client.request("GET", "/_ping").body == b"OK"


def test_early_answer_to_an_upload(socket):
    """The daemon refuses at once and does not read on. The answer must come through all the same."""
    with Wire(socket) as client:
        client.send(encode("PUT", "/containers/nobody/archive?path=/tmp", headers=[
            "Content-Type: application/x-tar", f"Content-Length: {100 << 20}"]) + bytes(1000))
        answer = client.read_answer("PUT")
        assert answer.status == 404 and "No such container" in answer.message


def test_json_the_daemon_refuses(socket):
    with Wire(socket) as client:
        answer = client.request("POST", "/containers/create", {"Image": "no-such-image:1"})
        assert answer.status == 404 and "No such image" in answer.message
        assert client.request("GET", "/_ping").body == b"OK"


# A client that half-closes right behind its request: as at the daemon.


@pytest.mark.parametrize("target", ["/containers/json", "/_ping", "/version"])
def test_half_close_behind_a_plain_request(socket, dockerd, target):
    with Wire(socket) as client:
        client.send(encode("GET", target))
        client.finish()
        assert client.read_answer().status in dockerd.answers_to_a_half_closed


def test_half_close_behind_streams(open_warden, dockerd, sleeper):
    """A FIN means the same to either: what the daemon makes of it, sockwarden makes of it."""
    def outcome(path, method, target):
        with Wire(path, timeout=10) as client:
            client.send(encode(method, target))
            client.finish()
            head = client.read_head()
            return head.status, b"".join(client.read_chunks())

    for method, target in (("GET", "/events"), ("GET", f"/containers/{sleeper}/logs?follow=1&stdout=1"),
                           ("POST", f"/v1.41/containers/{sleeper}/wait")):
        direct = outcome(dockerd.socket, method, target)
        assert outcome(open_warden.socket, method, target) == direct, target


# Connections that leave HTTP.


def create_exec(dockerd, container, *command, **more):
    body = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "Cmd": command, **more}
    return json.loads(dockerd.call("POST", f"/containers/{container}/exec", body).body)["Id"]


@pytest.mark.parametrize("headers, status", [
    (["Connection: Upgrade", "Upgrade: tcp"], 101), (["Upgrade: whatever"], 101), ([], 200)])
def test_exec_stream(socket, dockerd, sleeper, headers, status):
    identity = create_exec(dockerd, sleeper, "sh", "-c", "cat; echo end")
    with Wire(socket) as client:
        client.send(encode("POST", f"/v1.41/exec/{identity}/start", {"Detach": False}, headers))
        head = client.read_head()
        assert (head.status, head.headers["content-type"]) == (status, RAW_STREAM)
        client.send(b"some\n")
        client.finish()
        assert frames(client.read_all()) == b"some\nend\n"


def test_early_stdin(socket, dockerd, sleeper):
    """Input sent with the request, before the daemon left HTTP: it must not be lost."""
    if warden_module.DIRECT:
        pytest.skip("dockerd itself loses it")
    identity = create_exec(dockerd, sleeper, "cat")
    with Wire(socket) as client:
        client.send(encode("POST", f"/exec/{identity}/start", {}, [
            "Connection: Upgrade", "Upgrade: tcp"]) + b"early\n")
        assert client.read_head().status == 101
        client.finish()
        assert frames(client.read_all()) == b"early\n"


def test_still_http_after_a_refused_hijack(socket):
    with Wire(socket) as client:
        upgrade = ["Connection: Upgrade", "Upgrade: tcp"]
        assert client.request("POST", "/exec/nothing/start", {}, upgrade).status == 404
        assert client.request("GET", "/_ping").body == b"OK"


def test_still_http_after_a_detached_exec(socket, dockerd, sleeper):
    identity = create_exec(dockerd, sleeper, "true")
    with Wire(socket) as client:
        assert client.request("POST", f"/exec/{identity}/start", {"Detach": True}).status == 200
        assert client.request("GET", "/_ping").body == b"OK"


def test_attach_without_upgrade(socket, dockerd):
    body = {"Image": "bb:1", "Cmd": ["cat"], "OpenStdin": True, "StdinOnce": True}
    identity = json.loads(dockerd.call("POST", "/containers/create", body).body)["Id"]
    with Wire(socket) as client:
        client.send(encode("POST", f"/containers/{identity}/attach?stream=1&stdin=1&stdout=1"))
        assert client.read_head().status == 200
        dockerd.call("POST", f"/containers/{identity}/start")
        client.send(b"there and back\n")
        client.finish()
        assert frames(client.read_all()) == b"there and back\n"


def test_attach_of_nobody(socket):
    with Wire(socket) as client:
        client.send(encode("POST", "/containers/nobody/attach?stream=1", headers=[
            "Connection: Upgrade", "Upgrade: tcp"]))
        head = client.read_head()
        assert head.status == 404
        assert b"No such container" in client.read_all()


def test_attach_by_websocket(socket, dockerd):
    body = {"Image": "bb:1", "Cmd": ["sh", "-c", "echo over-ws; read x"], "OpenStdin": True,
            "Tty": True}
    identity = json.loads(dockerd.call("POST", "/containers/create", body).body)["Id"]
    with Wire(socket) as client:
        client.send(encode("GET", f"/containers/{identity}/attach/ws?stream=1&stdout=1", headers=[
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Origin: http://localhost"]))
        head = client.read_head()
        assert head.status == 101
        assert head.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        dockerd.call("POST", f"/containers/{identity}/start")
        client.read_until(b"over-ws")


# Nothing is left behind.


@pytest.mark.parametrize("method, target, headers", [
    ("GET", "/events", []),
    ("GET", "/containers/{id}/logs?follow=1&stdout=1", []),
    ("POST", "/v1.41/containers/{id}/wait", []),
    ("GET", "/containers/{id}/stats", []),
    ("POST", "/containers/{id}/attach?stream=1&stdout=1", ["Connection: Upgrade", "Upgrade: tcp"]),
])
def test_a_vanished_client_leaves_no_descriptor(open_warden, sleeper, method, target, headers):
    if warden_module.DIRECT:
        pytest.skip("counts sockwarden's descriptors")
    before = open_warden.settled_descriptors()
    clients = [Wire(open_warden.socket) for _ in range(10)]
    for client in clients:
        client.send(encode(method, target.format(id=sleeper), headers=headers))
        assert client.read_head().status in (101, 200)
    for client in clients:
        client.peer.close()
    wire.await_true(lambda: open_warden.descriptors() <= before, 10, "descriptors to be closed")
