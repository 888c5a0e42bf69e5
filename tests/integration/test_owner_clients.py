# SPDX-License-Identifier: Apache-2.0
"""Clients of a policy with an owner do what they do at the daemon, and the owner is told from who they are."""

import json
import os
import tempfile

import pytest

import warden as warden_module
import wire
from conftest import Cli, clients
from doors import Authority, Gate, Net, client_context, free_port, port_accepts
from owners import GRANTS, KEY
from test_callers import Reply, call, caller, cli, inside, launch, open_dir

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

COMPOSE = ["/usr/bin/docker-compose", *filter(os.path.exists, [os.path.join(
    os.environ.get("SOCKWARDEN_CLIENTS", "/"), "go/compose")])]
STEPS = (("up", "-d"), ("ps", "-q"), ("logs", "--no-color"), ("down", "-t", "0"), ("up", "-d"), ("down", "-v", "-t", "0"))
PROJECT = """services:
  one:
    image: bb:1
    command: sh -c "echo started; sleep 1000"
    stop_grace_period: 0s
    networks: [back]
    volumes: [data:/data]
  two:
    image: bb:1
    command: sleep 1000
    stop_grace_period: 0s
    depends_on: [one]
    networks: [back]
networks: {back: {}}
volumes: {data: {}}
"""


@pytest.fixture
def owned(make_warden):
    return make_warden(f"[policy test]\nowner = alice\nmax_containers = 20\n{GRANTS}")


def left(dockerd):
    """The names of all that there is."""
    containers = [name for row in dockerd.get("/containers/json?all=1") for name in row["Names"]]
    networks = [row["Name"] for row in dockerd.get("/networks")]
    volumes = [row["Name"] for row in dockerd.get("/volumes")["Volumes"] or []]
    return sorted(containers), sorted(networks), sorted(volumes)


def compose_all(compose, dockerd):
    """A project's life: what is printed and what there is, but for ids and times."""
    told = []

    def run(*arguments):
        return compose("-p", "oc", "-f", compose.file, *arguments).stdout

    for words in STEPS:
        out = run(*words)
        told.append((words, len(out.splitlines()) if words[0] == "ps" else b"started" in out, left(dockerd)))
    return told


@pytest.fixture(scope="module", params=COMPOSE, ids=os.path.basename)
def at_the_daemon(request, dockerd, client_config, tmp_path_factory):
    """A compose, its project, and what it does without anything in between."""
    file = tmp_path_factory.mktemp("compose") / "compose.yml"
    file.write_text(("version: '3'\n" if request.param.startswith("/usr") else "") + PROJECT)
    compose = Cli(request.param, dockerd.socket, client_config)
    compose.file = str(file)
    return compose, compose_all(compose, dockerd)


def test_compose(at_the_daemon, owned, dockerd, client_config):
    direct, expected = at_the_daemon
    compose = Cli(direct.program, owned.socket, client_config)
    compose.file = direct.file
    assert compose_all(compose, dockerd) == expected
    assert expected[0][2] != expected[-1][2]


@pytest.mark.parametrize("program", clients(), ids=["first", "second"][:len(clients())])
def test_docker(program, owned, dockerd, client_config, tmp_path):
    docker = Cli(program, owned.socket, client_config)
    before = left(dockerd)
    dockerd.call("POST", "/volumes/create", {"Name": "nobodys"})
    (tmp_path / "file").write_text("copied")
    docker("create", "--name", "box", "-v", "box:/box", "bb:1", "sleep", "1000")
    docker("cp", str(tmp_path / "file"), "box:/box/file")
    docker("start", "box")
    assert docker.out("exec", "box", "cat", "/box/file") == "copied"
    docker("cp", "box:/box/file", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "copied"
    assert docker.out("run", "--rm", "-i", "--volumes-from", "box", "bb:1", "cat", "/box/file") == "copied"
    taken = docker("run", "--name", "box", "bb:1", check=False)
    assert taken.returncode == 125 and b"Conflict" in taken.stderr
    docker("network", "create", "unused")
    docker("rm", "-f", "box")
    docker("volume", "rm", "box")
    docker("create", "--name", "ended", "bb:1", "true")
    done = docker("system", "prune", "-f", check=False)
    # of images and of the builds' cache nobody can say whose they are
    assert done.returncode == 1 and b"never permits it" in done.stderr
    dockerd.call("DELETE", "/volumes/nobodys")
    assert left(dockerd) == before


# ---- whose a client's objects are


def test_the_owner_is_in_the_certificate(make_gate, workdir, dockerd):
    authority = Authority(os.path.join(workdir, "owner-ca"))
    authority.server()
    for name in ("alice", "bob"):
        authority.client(name)
    port = free_port()
    gate = make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\naudit_level = all\n[listener net]\n"
        f"address = tls:127.0.0.1:{port}\n{authority.listener()}policy = theirs\n"
        f"[policy theirs]\nowner = tls-%{{cn}}\n{GRANTS}", lambda _: port_accepts(port))

    def ask(name, method, target, body=None):
        with Net(port, context=client_context(authority, authority.dir / name)) as client:
            return client.request(method, target, body)

    for name in ("alice", "bob"):
        assert ask(name, "POST", "/volumes/create", {"Name": f"of-{name}"}).status == 201
    for name, other in (("alice", "bob"), ("bob", "alice")):
        assert dockerd.get(f"/volumes/of-{name}")["Labels"] == {KEY: f"tls-{name}"}
        listed = json.loads(ask(name, "GET", "/volumes").body)["Volumes"]
        assert [row["Name"] for row in listed] == [f"of-{name}"]
        assert ask(name, "GET", f"/volumes/of-{other}").status == 404
        assert ask(name, "DELETE", f"/volumes/of-{other}").status == 404
    assert {record["owner"] for record in gate.records()} == {"tls-alice", "tls-bob"}
    for name in ("alice", "bob"):
        assert ask(name, "DELETE", f"/volumes/of-{name}").status == 204


def test_the_owner_is_the_container(dockerd, workdir, open_dir, cli, caller):
    gate = Gate(tempfile.mkdtemp(prefix="g.", dir=workdir), dockerd.socket)
    socket = open_dir + "/o"
    launch(gate, (
        f"[sockwarden]\nupstream = unix:{dockerd.socket}\n@AUDIT@\naudit_level = all\n"
        f"[listener o]\naddress = unix:{socket}\nmode = 0666\nclient = container:agent-* -> agent\n"
        f"client = container:other -> agent\n[policy agent]\nowner = %{{container}}\n{GRANTS}"),
        lambda: wire.accepts(socket), inside(dockerd))
    names = ("agent-1", "other")
    try:
        ids = {}
        for name in names:
            ids[name] = cli.out("create", "--name", name, "-v", f"{caller}:/caller:ro", "-v", f"{open_dir}:/s",
                                "bb:1", "/caller", "/s/o", "/volumes")
            dockerd.call("POST", "/volumes/create", {"Name": f"of-{name}", "Labels": {KEY: ids[name]}})
        for name in names:
            reply = Reply(cli("start", "-a", name).stdout)
            assert [row["Name"] for row in json.loads(reply.body)["Volumes"]] == [f"of-{name}"]
            assert gate.records()[-1]["owner"] == ids[name]
        refused = call(cli, caller, socket, f"/volumes/of-{names[0]}", "--name", "agent-2")
        assert refused.status == 404
    finally:
        for name in names:
            cli("rm", "-f", name, check=False)
            dockerd.call("DELETE", f"/volumes/of-{name}")
        assert gate.end() == 0, gate.log.read_text()[-4000:]
