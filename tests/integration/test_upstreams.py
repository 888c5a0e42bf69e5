# SPDX-License-Identifier: Apache-2.0
"""The way on: daemons by TLS and TCP, several of them, away and back."""

import json
import socket

import pytest

import wire
from conftest import DEBIAN_DOCKER, Cli
from doors import ALL, READER, Net, client_context, free_port, port_accepts
from echo import cat_through
from fake import FakeDaemon, answer_of


@pytest.fixture(scope="module")
def chain(make_gate, authority):
    """A unix socket in front of TLS in front of dockerd."""
    far = free_port()
    make_gate(f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
              f"[listener net]\naddress = tls:*:{far}\n{authority.listener()}"
              f"client = cn:alice -> all\n{ALL}", lambda _: port_accepts(far))
    text = (f"[sockwarden]\n@AUDIT@\nupstream = tls:localhost:{far}\n"
            f"upstream_ca = {authority.dir}/ca.pem\n"
            f"upstream_cert = {authority.dir}/alice/cert.pem\nupstream_key = {authority.dir}/alice/key.pem\n"
            f"[listener s]\naddress = unix:@DIR@/s\npolicy = all\n{ALL}")
    gate = make_gate(text, lambda directory: wire.accepts(directory + "/s"))
    return str(gate.dir / "s")


def test_upstream_by_tls(chain, client_config):
    docker = Cli(DEBIAN_DOCKER, chain, client_config)
    assert docker.out("run", "--rm", "bb:1", "echo", "far") == "far"
    done = docker("run", "--rm", "-i", "bb:1", "sh", "-c", "cat; echo end", input=b"some\n")
    assert done.stdout == b"some\nend\n"
    cat_through(docker, 50)


def test_upstream_connection_is_kept(chain):
    with wire.Wire(chain) as client:
        for _ in range(20):
            assert client.request("GET", "/_ping").status == 200


def test_upstream_by_tcp_and_named_upstreams(make_gate):
    """The second address of a name is tried when nobody is at the first."""
    far = free_port(socket.AF_INET)
    make_gate(f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
              f"[listener net]\naddress = tcp:127.0.0.1:{far}\ninsecure = yes\n"
              f"client = address:127.0.0.0/8 -> reader\n{READER}", lambda _: port_accepts(far))
    gate = make_gate(
        f"[sockwarden]\n@AUDIT@\nupstream = unix:/nonexistent/docker.sock\n"
        f"[upstream far]\naddress = tcp:localhost:{far}\ninsecure = yes\n"
        f"[listener s]\naddress = unix:@DIR@/s\npolicy = reader\nupstream = far\n"
        f"[listener t]\naddress = unix:@DIR@/t\npolicy = reader\n{READER}",
        lambda directory: wire.accepts(directory + "/t"))
    with wire.Wire(str(gate.dir / "s")) as client:
        for _ in range(3):
            assert client.request("GET", "/containers/json").status == 200
    answer = wire.request(str(gate.dir / "t"), "GET", "/containers/json")
    assert answer.status == 502 and "cannot reach" in answer.message


STARTER = "allow = system.ping container.start\nimage = bb:*\ncheck_state = yes\n"


@pytest.fixture
def two_daemons(tmp_path):
    """Each has a container x with an id of its own."""
    made = {}
    for name, digit in (("near", "a"), ("far", "b")):
        ident = digit * 64
        made[name] = FakeDaemon(str(tmp_path / name), {
            "GET /_ping": answer_of(name.encode()),
            "GET /containers/x/json": answer_of(json.dumps(
                {"Id": ident, "Name": "/x", "HostConfig": {}, "Config": {"Image": "bb:1"},
                 "Mounts": []}).encode()),
            f"POST /containers/{ident}/start": b"HTTP/1.1 204 No Content\r\n\r\n"})
    yield made
    for one in made.values():
        one.server.close()


def test_the_daemon_is_the_policys(make_gate, authority, two_daemons):
    """Two clients of one listener, two daemons; also for what is asked before the judgement."""
    port = free_port()
    near, far = two_daemons["near"], two_daemons["far"]
    gate = make_gate(
        f"[sockwarden]\n@AUDIT@\nupstream = unix:{near.path}\n"
        f"[listener net]\naddress = tls:127.0.0.1:{port}\n{authority.listener()}"
        f"client = cn:alice -> away\npolicy = here\n"
        f"[policy here]\n{STARTER}[policy away]\n{STARTER}upstream = far\n"
        f"[upstream far]\naddress = unix:{far.path}\n", lambda _: port_accepts(port))
    now = (gate.dir / "gate.conf").read_text()
    alice, bob = (client_context(authority, authority.dir / name) for name in ("alice", "bob"))
    with Net(port, context=alice) as one, Net(port, context=bob) as two:
        for client, name in ((one, "far"), (two, "near"), (one, "far")):
            assert client.request("GET", "/_ping").body == name.encode()
            assert client.request("POST", "/containers/x/start").status == 204
        # Another policy is another daemon, for connections that stand as well.
        gate.reload(now.replace("cn:alice", "cn:bob"))
        for client, name in ((one, "near"), (two, "far")):
            assert client.request("POST", "/containers/x/start").status == 204
            assert client.request("GET", "/_ping").body == name.encode()
        # And so is the same policy with another daemon.
        gate.reload(now.replace("upstream = far\n", ""))
        assert one.request("GET", "/_ping").body == b"near"
    ids = {"near": "a" * 64, "far": "b" * 64}
    for name, starts in (("near", 2), ("far", 3)):
        asked = [line for line in two_daemons[name].seen if "containers" in line]
        assert asked == starts * ["GET /containers/x/json", f"POST /containers/{ids[name]}/start"]


def test_another_policy_during_the_look(make_gate, two_daemons, tmp_path):
    """What one daemon says of an object is nothing to the other."""
    near, far = two_daemons["near"], two_daemons["far"]
    near.answers["GET /containers/x/json"] = None
    gate = make_gate(
        f"[sockwarden]\n@AUDIT@\nupstream = unix:{near.path}\n"
        f"[listener s]\naddress = unix:{tmp_path}/s\npolicy = here\n"
        f"[policy here]\n{STARTER}[policy away]\n{STARTER}upstream = far\n"
        f"[upstream far]\naddress = unix:{far.path}\n", lambda _: wire.accepts(f"{tmp_path}/s"))
    now = (gate.dir / "gate.conf").read_text()
    with wire.Wire(f"{tmp_path}/s") as client:
        client.send(wire.encode("POST", "/containers/x/start"))
        wire.await_true(lambda: near.seen, 20, "the look")
        gate.reload(now.replace("policy = here", "policy = away"))
        assert client.read_answer().status == 204
    assert near.seen == ["GET /containers/x/json"]
    assert far.seen == ["GET /containers/x/json", f"POST /containers/{'b' * 64}/start"]


def crowded(path):
    """A daemon's socket whose queue is full: who dials is told to come again."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(0)
    waiting = []
    while True:
        peer = socket.socket(socket.AF_UNIX)
        peer.setblocking(False)
        waiting.append(peer)
        try:
            peer.connect(path)
        except BlockingIOError:
            return server, waiting


def test_what_was_judged_for_a_daemon_goes_there(make_gate, two_daemons, tmp_path):
    """A request that waits for one daemon does not go to the other one of a new configuration."""
    server, waiting = crowded(str(tmp_path / "crowded"))
    gate = make_gate(
        f"[sockwarden]\n@AUDIT@\naudit_level = all\nupstream = unix:{tmp_path}/crowded\n"
        f"connect_timeout = 1h\n"
        f"[listener s]\naddress = unix:{tmp_path}/s\npolicy = here\n"
        f"[policy here]\n{STARTER}[policy away]\n{STARTER}upstream = far\n"
        f"[upstream far]\naddress = unix:{two_daemons['far'].path}\n",
        lambda _: wire.accepts(f"{tmp_path}/s"))
    now = (gate.dir / "gate.conf").read_text()
    with wire.Wire(f"{tmp_path}/s") as client:
        client.send(wire.encode("GET", "/_ping"))
        assert gate.await_records(0)[0]["event"] == "allowed"
        gate.reload(now.replace("policy = here", "policy = away"))
        for peer in waiting:
            peer.close()
        server.settimeout(20)
        while b"/_ping" not in (peer := server.accept()[0]).recv(1 << 16):
            peer.close()
        peer.sendall(answer_of(b"here"))
        assert client.read_answer().body == b"here"
        assert client.request("GET", "/_ping").body == b"far"
        peer.close()
    server.close()


def test_upstream_that_is_away_and_comes_back(make_gate):
    far = free_port()
    gate = make_gate(
        f"[sockwarden]\n@AUDIT@\nupstream = tcp:127.0.0.1:{far}\nupstream_insecure = yes\n"
        f"[listener s]\naddress = unix:@DIR@/s\npolicy = reader\n{READER}",
        lambda directory: wire.accepts(directory + "/s"))
    with wire.Wire(str(gate.dir / "s")) as client:
        answer = client.request("GET", "/containers/json")
        assert answer.status == 502 and "Connection refused" in answer.message
        make_gate(f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
                  f"[listener net]\naddress = tcp:127.0.0.1:{far}\ninsecure = yes\npolicy = reader\n"
                  f"{READER}", lambda _: port_accepts(far))
        answer = client.request("GET", "/containers/json")
        assert answer.status == 200, answer.message


def test_connecting_has_a_limit(make_gate):
    """Nobody accepts: the queue of the listener is full, and connecting neither ends nor fails."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        try:
            for peer in waiting:
                peer.setblocking(False)
                peer.connect_ex(("127.0.0.1", port))
            gate = make_gate(
                f"[sockwarden]\n@AUDIT@\nupstream = tcp:127.0.0.1:{port}\nupstream_insecure = yes\n"
                f"connect_timeout = 300ms\n"
                f"[listener s]\naddress = unix:@DIR@/s\npolicy = reader\n{READER}",
                lambda directory: wire.accepts(directory + "/s"))
            assert wire.request(str(gate.dir / "s"), "GET", "/containers/json").status == 504
        finally:
            for peer in waiting:
                peer.close()
