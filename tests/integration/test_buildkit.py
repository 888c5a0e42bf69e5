# SPDX-License-Identifier: Apache-2.0
"""BuildKit's calls behind /grpc and /session, each judged, at a real daemon."""

import json
import re

import pytest

import wire
from buildkit import CONTROL, LIST_WORKERS, PREFACE, SOLVE, Grpc, field, frame
from daemon import TOP
from fake import FakeDaemon, answer_of
from warden import DIRECT, Warden

pytestmark = pytest.mark.skipif(DIRECT, reason="there is no policy without sockwarden")

ALLOW = "allow = @safe buildkit.grpc buildkit.session buildkit.workers buildkit.solve buildkit.status\n"
POLICY = "[policy test]\n" + ALLOW + "image = *\nimage_write = ci/*\n"
DENIED, UNIMPLEMENTED, INVALID = "7", "12", "3"


@pytest.fixture(scope="module")
def warden(make_warden):
    return make_warden(POLICY, options="audit_level = all\n")


def calls(warden, path):
    return [record for record in warden.records() if record["path"] == path]


def test_a_permitted_call_is_answered_by_the_daemon(warden):
    with Grpc(warden.socket) as client:
        answer = client.call(LIST_WORKERS)
    assert answer.status == "0" and len(answer.body) > 5, answer.fields
    record = calls(warden, LIST_WORKERS)[-1]
    assert (record["event"], record["operation"]) == ("allowed", "buildkit.workers")


def test_the_policy_of_the_documentation(make_warden):
    """the policy of docs/builds.md: it loads, and a daemon that is too old is told of."""
    text = re.search(r"```ini\n(allow        =.*?)```", (TOP / "docs/builds.md").read_text(), re.S).group(1)
    warden = make_warden("[policy test]\n" + text, options="audit_level = all\n")
    with Grpc(warden.socket) as client:
        assert client.call(LIST_WORKERS).status == "0"
        stream = client.begin(SOLVE, field(1, "documented") + field(5, "session"))
        if dockerd_api(warden) < 43:
            answer = client.wait(stream)
            assert answer.status == DENIED and "24.0.7" in answer.message
        else: # it is answered when the build ends
            wire.await_true(lambda: calls(warden, SOLVE), 20, "a build")
            assert calls(warden, SOLVE)[-1]["event"] == "allowed"


def dockerd_api(warden):
    return int(json.loads(wire.request(warden.socket, "GET", "/version").body)["ApiVersion"].split(".")[1])


def test_calls_share_a_connection(warden):
    with Grpc(warden.socket) as client:
        streams = [client.begin(LIST_WORKERS, b"") for _ in range(40)]
        assert {client.wait(stream).status for stream in streams} == {"0"}


def test_the_tunnel_stays_what_it_was(make_warden):
    """With `buildkit = yes` nothing is judged, and nothing is told of."""
    warden = make_warden("[policy test]\nallow = @safe buildkit.grpc\nbuildkit = yes\n",
                         options="audit_level = all\n")
    with Grpc(warden.socket) as client:
        assert client.call(LIST_WORKERS).status == "0"
        assert client.call(CONTROL + "Nothing").status == UNIMPLEMENTED
    assert not calls(warden, LIST_WORKERS)


@pytest.mark.parametrize("path", [
    CONTROL + "Prune", CONTROL + "DiskUsage", CONTROL + "Session", CONTROL + "%4cistWorkers",
    CONTROL + "listworkers", CONTROL + "ListWorkers?x", CONTROL + "ListWorkers/", "/" + CONTROL + "ListWorkers",
    "/moby.buildkit.v1.frontend.LLBBridge/NewContainer", "/grpc.health.v1.Health/Check", "/"])
def test_other_methods_are_refused(warden, path):
    with Grpc(warden.socket) as client:
        answer = client.call(path)
        assert answer.status in (DENIED, UNIMPLEMENTED), answer.fields
        assert answer.fields[":status"] == "200" and not answer.body
        assert client.call(LIST_WORKERS).status == "0" # the connection stays
    assert calls(warden, path.partition("?")[0])[-1 if "?" not in path else -2]["event"] == "denied"


def test_what_is_no_call_is_refused(warden):
    with Grpc(warden.socket) as client:
        for options in [{"method": "GET"}, {"method": "PUT"}, {"kind": "application/json"},
                        {"kind": "application/grpc-web"}]:
            assert client.call(LIST_WORKERS, **options).status == INVALID, options


def test_messages_that_are_judged_are_read_whole(warden):
    """Compressed, cut, two, none: nothing of it is sent on."""
    with Grpc(warden.socket) as client:
        assert client.call(SOLVE, field(1, "ref"), flag=1).status == UNIMPLEMENTED
        assert client.call(SOLVE, b"\x0a\xff").status is not None
        assert client.call(SOLVE, None).status == INVALID
        stream = client.begin(SOLVE, b"", end=False)
        client.h2.send_data(stream, b"\0\x01\0\0\0", end_stream=False) # 16 MiB
        client.flush()
        assert client.wait(stream).status not in (None, "0")
        assert client.call(LIST_WORKERS).status == "0"


def test_a_session_is_served_by_the_client(warden):
    """The daemon speaks first there; it asks whether the client is alive."""
    headers = "X-Docker-Expose-Session-Uuid: abcdefghijklmnopqrstuvwxy\r\n" \
              "X-Docker-Expose-Session-Name: test\r\n"
    with Grpc(warden.socket, "/session", serves=True, headers=headers) as client:
        assert client.upgraded, client.head
        wire.await_true(lambda: not client.read() or client.h2.remote_settings.max_frame_size, 20, "settings")
    assert calls(warden, "/session")[-1]["event"] == "allowed"


def test_a_session_that_is_open_cannot_be_taken(warden):
    headers = "X-Docker-Expose-Session-Uuid: bbcdefghijklmnopqrstuvwxy\r\n"
    with Grpc(warden.socket, "/session", serves=True, headers=headers) as client:
        assert client.upgraded
        with Grpc(warden.socket, "/session", serves=True, headers=headers) as other:
            assert not other.upgraded, other.head


@pytest.mark.parametrize("ids", ("", "X-Docker-Expose-Session-Uuid: a\r\nX-Docker-Expose-Session-Uuid: b\r\n"),
                         ids=("none", "two"))
def test_a_session_has_one_id(warden, ids):
    with Grpc(warden.socket, "/session", serves=True, headers=ids) as client:
        assert client.head.startswith(b"HTTP/1.1 403 ")
        assert b"send one X-Docker-Expose-Session-Uuid" in client.wire.read_until(b"}")


def test_http2_without_an_upgrade_is_refused(warden):
    with wire.Wire(warden.socket) as client:
        client.send(PREFACE)
        assert client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("attack", [
    frame(6, 0, 0, bytes(8)) * 20000, # PING
    frame(4) * 20000, # SETTINGS
    frame(8, 0, 0, b"\0\0\0\x01") * 20000, # WINDOW_UPDATE
    frame(2, 0, 1, bytes(5)) * 20000, # PRIORITY
    frame(1, 0, 1) + frame(9, 0, 1) * 100, # CONTINUATION
    frame(1, 4, 2, b"\x82"), # a stream of the server's
    frame(5, 4, 1, b"\0\0\0\x02"), # PUSH_PROMISE
    frame(0, 0, 0, b"x"), # DATA of no stream
    frame(0, 1, 99, b"x"), # DATA of a stream that was never open
    b"\xff" * 64, # a frame larger than agreed
    frame(1, 4, 1, b"\xff" * 32), # HPACK that is none
], ids=["ping", "settings", "window", "priority", "continuation", "even", "push", "no stream", "idle stream",
        "length", "hpack"])
def test_hostile_frames_end_the_connection_alone(warden, attack):
    with Grpc(warden.socket) as client:
        assert client.upgraded
        client.wire.send_anyway(attack)
        client.drain()
    with Grpc(warden.socket) as client:
        assert client.call(LIST_WORKERS).status == "0"


def test_a_client_that_leaves_takes_its_calls_along(warden):
    for _ in range(5):
        with Grpc(warden.socket) as client:
            client.begin(LIST_WORKERS, b"")
    with Grpc(warden.socket): # without a byte, as buildx tries whether it can
        pass
    with Grpc(warden.socket) as client:
        assert client.call(LIST_WORKERS).status == "0"


def test_a_daemon_that_does_not_agree_leaves_nothing_behind(tmp_path):
    """More sessions than a client may hold at a time (512), each of them answered with 404."""
    daemon = FakeDaemon(str(tmp_path / "d.sock"), {"GET /version": answer_of(b'{"ApiVersion":"1.53"}'),
                                                   "POST /session": answer_of(b"{}", "404 Not Found")})
    warden = Warden(str(tmp_path), daemon.path)
    warden.start(warden.configure(POLICY, "test"))
    with wire.Wire(warden.socket) as client:
        for number in range(600):
            client.send(b"POST /session HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
                        b"X-Docker-Expose-Session-Uuid: s%024d\r\n\r\n" % number)
            assert client.read_answer("POST").status == 404, number
    assert warden.end() == 0, warden.log.read_text()
    daemon.server.close()
