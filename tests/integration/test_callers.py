# SPDX-License-Identifier: Apache-2.0
"""Clients known by the container that they run in: by its cgroup, or by its address."""

import http.server
import json
import os
import pathlib
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading

import pytest

import wire
from conftest import DEBIAN_DOCKER, Cli, make_sleeper
from daemon import TOP
from doors import ALL, READER, Gate, Net, free_port, port_accepts
from recorder import Recorder
from warden import WRAPPER

NAMED = "[policy named]\nallow = @safe container.list image.list\n"

# Enters the namespaces of the process that is named first, and hands signals on to what runs there.
ENTER = """
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
target, *command = sys.argv[1:]
for space in [os.open(f"/proc/{target}/ns/{kind}", os.O_RDONLY) for kind in ("net", "pid", "mnt")]:
    if libc.setns(space, 0) < 0:
        raise OSError(ctypes.get_errno(), "setns")
    os.close(space)
child = os.fork()
if child == 0:
    os.execvp(command[0], command)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, _: os.kill(child, number))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def inside(dockerd):
    """The words before a command that is to run where the daemon does, process numbers included."""
    holder = (dockerd.dir / "holder.pid").read_text().strip()
    init = pathlib.Path(f"/proc/{holder}/task/{holder}/children").read_text().split()[0]
    return [sys.executable, "-c", ENTER, init]


@pytest.fixture(scope="module")
def caller(workdir):
    path = os.path.join(workdir, "caller")
    source = TOP / "tests/integration/caller.c"
    subprocess.run([os.environ.get("CC", "cc"), "-static", "-o", path, source], check=True)
    return path


@pytest.fixture(scope="module")
def open_dir():
    path = tempfile.mkdtemp(prefix="sw-call.", dir="/tmp")
    os.chmod(path, 0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def cli(dockerd, client_config):
    return Cli(DEBIAN_DOCKER, dockerd.socket, client_config)


def launch(gate, text, ready, before):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("doors.WRAPPER", [*before, *WRAPPER])
        return gate.run(text, ready)


@pytest.fixture(scope="module")
def gate(dockerd, workdir, open_dir):
    """One listener of each kind, where the daemon's process numbers hold and its bridge is."""
    made = Gate(tempfile.mkdtemp(prefix="g.", dir=workdir), dockerd.socket)
    made.socket = open_dir + "/s"
    made.fallback = open_dir + "/f"
    bridge = dockerd.get("/networks/bridge")["IPAM"]["Config"][0]["Subnet"]
    made.host = bridge.rsplit(".", 1)[0] + ".1"
    lines = ("client = container:web-* -> named\nclient = label:role=ci/** -> reader\n"
             "client = image:registry.example.org/ci/* -> all\n")
    launch(made, (
        f"[sockwarden]\nupstream = unix:{dockerd.socket}\n@AUDIT@\naudit_level = all\n"
        f"[listener s]\naddress = unix:{made.socket}\nmode = 0666\n{lines}"
        f"[listener f]\naddress = unix:{made.fallback}\nmode = 0666\nclient = container:nobody -> all\n"
        f"policy = reader\n"
        f"[listener t]\naddress = tcp:{made.host}:2375\ninsecure = yes\n{lines}policy = reader\n"
        f"{ALL}{READER}{NAMED}"), lambda: wire.accepts(made.fallback), inside(dockerd))
    yield made
    assert made.end() == 0, made.log.read_text()[-4000:]


class Reply:
    def __init__(self, text):
        head, _, self.body = text.partition(b"\r\n\r\n")
        self.status = int(head.split()[1])

    @property
    def message(self):
        return json.loads(self.body)["message"]


def call(cli, caller, path, target, *options, words=()):
    """What a container of our own is answered at the socket |path|."""
    done = cli("run", "--rm", "-v", f"{caller}:/caller:ro", "-v", f"{os.path.dirname(path)}:/s", *options,
               "bb:1" if "image" not in words else "registry.example.org/ci/app:1", "/caller",
               *[word for word in words if word != "image"], "/s/" + os.path.basename(path), target)
    return Reply(done.stdout)


# ---- by cgroup


def test_two_containers_two_policies(gate, cli, caller):
    assert call(cli, caller, gate.socket, "/images/json", "--name", "web-1").status == 200
    first = gate.records()[-1]
    assert first["policy"] == "named" and first["event"] == "allowed"
    assert first["peer"]["identity"] == "container:web-1" and first["peer"]["pid"] > 0
    assert first["peer"]["container"] == "web-1" and len(first["peer"]["container_id"]) == 64
    refused = call(cli, caller, gate.socket, "/images/json", "--label", "role=ci/7/x", "--name", "other")
    assert refused.status == 403 and 'policy "reader"' in refused.message
    second = gate.records()[-1]
    assert second["peer"]["identity"] == "label:role=ci/7/x" and second["peer"]["container"] == "other"
    assert second["peer"]["container_id"] != first["peer"]["container_id"]


def test_the_image_that_it_was_made_from(gate, cli, caller):
    assert call(cli, caller, gate.socket, "/version", words=("image",)).status == 200
    assert gate.records()[-1]["peer"]["identity"] == "image:registry.example.org/ci/app:1"


def test_a_container_of_no_line_is_denied(gate, cli, caller):
    refused = call(cli, caller, gate.socket, "/_ping", "--name", "stranger")
    assert refused.status == 403 and "no policy for this client (container:stranger)" in refused.message
    record = gate.records()[-1]
    assert record["reason"] == "client" and record["fix"] == "client = container:stranger -> POLICY"


def test_an_exec_is_in_its_container(gate, dockerd, cli, caller):
    identity = make_sleeper(dockerd, name="web-exec", HostConfig={
        "Binds": [f"{caller}:/caller:ro", f"{os.path.dirname(gate.socket)}:/s"]})
    done = cli("exec", "web-exec", "/caller", "/s/s", "/images/json")
    assert Reply(done.stdout).status == 200
    assert gate.records()[-1]["peer"]["container_id"] == identity


def test_the_host_is_in_no_container(gate, dockerd, caller):
    def status(path):
        return Reply(subprocess.run([*inside(dockerd), caller, path, "/containers/json"], check=True,
                                    stdout=subprocess.PIPE).stdout).status

    assert status(gate.socket) == 403
    assert gate.records()[-1]["reason"] == "client"
    assert status(gate.fallback) == 200 # by the policy of the listener
    assert gate.records()[-1]["peer"]["identity"] == "uid:0"
    assert "container" not in gate.records()[-1]["peer"]


def test_other_process_namespaces_are_not_seen(gate):
    # These tests run outside of the daemon's namespaces.
    assert wire.request(gate.fallback, "GET", "/containers/json").status == 200
    assert gate.records()[-1]["peer"]["pid"] == 0
    assert wire.request(gate.socket, "GET", "/_ping").status == 403
    assert "listener s: clients have no process number here" in gate.log.read_text()


def test_who_connected_and_ended_is_nobody(gate, cli, caller):
    for path in (gate.socket, gate.fallback): # not even by the listener's policy
        refused = call(cli, caller, path, "/_ping", "--name", "web-2", words=("--orphan",))
        assert refused.status == 403 and "has ended" in refused.message
        assert gate.records()[-1]["reason"] == "client"


def hierarchies():
    top = pathlib.Path("/sys/fs/cgroup")
    return [top] if (top / "cgroup.procs").exists() else [
        path for path in (top / "unified", top / "pids") if (path / "cgroup.procs").exists()]


@pytest.mark.parametrize("name", ["{}", "docker-{}.scope", "docker/{}"])
def test_a_name_alone_is_no_container(gate, dockerd, caller, name):
    identity = make_sleeper(dockerd, name="web-3")
    place = hierarchies()[0] / f"sw-spoof-{os.getpid()}"
    folder = place / name.format(identity)
    folder.mkdir(parents=True)
    try:
        script = f"echo $$ >{folder}/cgroup.procs && exec {caller} {gate.fallback} /_ping"
        done = subprocess.run([*inside(dockerd), "sh", "-c", script], check=True, stdout=subprocess.PIPE)
    finally:
        for path in [folder, *folder.parents][:len(folder.relative_to(place).parts) + 1]:
            path.rmdir()
    refused = Reply(done.stdout)
    assert refused.status == 403 and f"container {identity[:12]}, which it is not in" in refused.message


def test_a_container_below_another_is_itself(gate, dockerd, cli, caller):
    """Whoever may choose a container's cgroup can put it below that of another one."""
    victim = make_sleeper(dockerd, name="web-7")
    process = dockerd.get(f"/containers/{victim}/json")["State"]["Pid"]
    lines = subprocess.run([*inside(dockerd), "cat", f"/proc/{process}/cgroup"], check=True,
                           stdout=subprocess.PIPE).stdout.decode().splitlines()
    parent = next(line.split(":", 2)[2] for line in lines if victim in line)
    done = cli("run", "--rm", "--name", "below", "--cgroup-parent", parent, "-v", f"{caller}:/caller:ro",
               "-v", f"{os.path.dirname(gate.socket)}:/s", "bb:1", "/caller", "/s/s", "/_ping", check=False)
    if done.returncode: # neither systemd nor cgroup v2 lets that be
        assert b"cgroup" in done.stderr
        return
    assert "container:below" in Reply(done.stdout).message
    assert gate.records()[-1]["peer"]["container"] == "below"


def test_nobody_hides_behind_many_names(gate, dockerd, caller):
    place = hierarchies()[0] / f"sw-many-{os.getpid()}"
    folder = place.joinpath(*[f"{number:064x}" for number in range(6)])
    folder.mkdir(parents=True)
    try:
        script = f"echo $$ >{folder}/cgroup.procs && exec {caller} {gate.fallback} /_ping"
        done = subprocess.run([*inside(dockerd), "sh", "-c", script], check=True, stdout=subprocess.PIPE)
    finally:
        for path in [folder, *folder.parents][:7]:
            path.rmdir()
    refused = Reply(done.stdout)
    assert refused.status == 403 and "too many containers" in refused.message


def as_nobody(dockerd, folder, name, upstream, before):
    made = Gate(folder, dockerd.socket)
    made.socket = f"{os.path.dirname(upstream)}/{name}"
    return launch(made, (
        f"[sockwarden]\nupstream = unix:{upstream}\naudit = stderr\nuser = nobody\n"
        f"[listener {name}]\naddress = unix:{made.socket}\nmode = 0666\n"
        f"client = container:web-* -> reader\npolicy = reader\n{READER}"),
                  lambda: wire.accepts(made.socket), before)


@pytest.fixture
def open_way(dockerd, open_dir):
    """To the daemon, for every user."""
    way = Recorder(open_dir + "/d", dockerd.socket)
    os.chmod(way.path, 0o666)
    yield way.path
    way.close()


def test_without_rights(dockerd, workdir, open_way, cli, caller):
    """The user that it becomes, and the sandbox, still see whose cgroup it is."""
    made = as_nobody(dockerd, tempfile.mkdtemp(dir=workdir), "n", open_way, inside(dockerd))
    try:
        assert call(cli, caller, made.socket, "/containers/json", "--name", "web-4").status == 200
    finally:
        assert made.end() == 0, made.log.read_text()


HIDE = ["unshare", "--mount", "sh", "-c", 'mount -t proc -o hidepid=2 proc /proc && exec "$@"', "sh"]


def test_processes_that_are_hidden(dockerd, workdir, open_way, cli, caller):
    made = as_nobody(
        dockerd, tempfile.mkdtemp(dir=workdir), "h", open_way, [*inside(dockerd), *HIDE])
    try:
        refused = call(cli, caller, made.socket, "/_ping", "--name", "web-8")
        assert refused.status == 503 and "/cgroup: " in refused.message
        assert "listener h: the cgroups of clients cannot be read" in made.log.read_text()
    finally:
        assert made.end() == 0, made.log.read_text()


# ---- by address


def wget(cli, gate, target, *options):
    done = cli("run", "--rm", *options, "bb:1", "wget", "-q", "-O", "-", f"http://{gate.host}:2375{target}",
               check=False)
    return done.returncode == 0, done.stderr.decode()


def test_containers_by_address(gate, cli):
    assert wget(cli, gate, "/images/json", "--name", "web-5")[0]
    record = gate.records()[-1]
    assert record["policy"] == "named" and record["peer"]["identity"] == "container:web-5"
    assert record["peer"]["container"] == "web-5" and "address" in record["peer"]
    done, why = wget(cli, gate, "/images/json", "--label", "role=ci/1")
    assert not done and "403" in why
    assert gate.records()[-1]["peer"]["identity"] == "label:role=ci/1"
    assert wget(cli, gate, "/containers/json", "--name", "third")[0] # the policy of the listener
    assert gate.records()[-1]["peer"]["identity"] == "container:third"


def test_a_network_of_ones_own(gate, cli):
    cli("network", "create", "--subnet", "10.123.45.0/24", "sw-own")
    try:
        assert wget(cli, gate, "/images/json", "--name", "web-6", "--network", "sw-own")[0]
        assert gate.records()[-1]["peer"]["address"].startswith("10.123.45.")
    finally:
        cli("network", "rm", "sw-own")


def test_the_host_by_address(gate, dockerd):
    script = (f"import urllib.request as u; "
              f"print(u.urlopen('http://{gate.host}:2375/containers/json').status)")
    done = subprocess.run([*inside(dockerd), sys.executable, "-c", script], check=True,
                          stdout=subprocess.PIPE)
    assert done.stdout.strip() == b"200" # the policy of the listener
    assert gate.records()[-1]["peer"] == {"address": gate.host, "identity": "address:" + gate.host}


# ---- what a daemon may say


ID = "0123456789abcdef" * 4
OTHER = "fedcba9876543210" * 4
ADDRESS = "127.0.0.2"
IP_BIND_ADDRESS_NO_PORT = 24
NETWORKS = [{"Id": "net1", "IPAM": {"Config": [{"Subnet": "127.0.0.0/8"}]}}]


def network(*identities):
    return {"Containers": {name: {"IPv4Address": ADDRESS + "/8"} for name in identities}}


def container(identity=ID, name="/web", address=ADDRESS):
    return {"Id": identity, "Name": name, "State": {"Running": True, "Pid": 1},
            "Config": {"Image": "bb:1", "Labels": {"role": "ci"}},
            "NetworkSettings": {"Networks": {"net1": {"IPAddress": address}}}}


class Fake:
    """A daemon that answers what it was told to: |answers| has (status, value) or a function a path."""

    def __init__(self, path):
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                fake.seen.append(self.path)
                answer = fake.answers.get(self.path, (404, {"message": "no such thing"}))
                if callable(answer):
                    answer(self)
                    return
                status, value = answer
                body = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

            def get_request(self):
                peer, _ = super().get_request()
                return peer, ("fake", 0)

            def handle_error(self, *_):
                """Whoever asked went away: that is what is tested."""

        self.answers, self.seen, self.path = {}, [], path
        self.released = threading.Event()
        self.server = Server(path, Handler)
        self.reset()
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def reset(self, **answers):
        self.seen.clear()
        self.answers = {"/_ping": (200, b"OK"), "/images/json": (200, []), "/networks": (200, NETWORKS),
                        "/networks/net1": (200, network(ID)),
                        f"/containers/{ID}/json": (200, container())}

    def hang(self, handler):
        self.released.wait(wire.TIMEOUT)
        handler.close_connection = True

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        os.unlink(self.path)


@pytest.fixture
def fake(workdir):
    folder = tempfile.mkdtemp(prefix="f.", dir=workdir)
    made = Fake(folder + "/d")
    yield made
    made.close()


@pytest.fixture
def far(fake, dockerd, workdir):
    """A TCP listener in front of the fake, to which 127.0.0.2 is an address of a Docker network."""
    made = Gate(tempfile.mkdtemp(prefix="g.", dir=workdir), fake.path)
    made.port = free_port()
    made.text = (
        f"[sockwarden]\nupstream = unix:{fake.path}\n@AUDIT@\n"
        f"[listener u]\naddress = unix:{made.dir}/u\nclient = uid:0 -> reader\n"
        f"client = container:web -> all\n"
        f"[listener v]\naddress = unix:{made.dir}/v\nclient = container:web -> all\npolicy = reader\n"
        f"[listener t]\naddress = tcp:127.0.0.1:{made.port}\ninsecure = yes\nclient = container:web -> named\n"
        f"policy = reader\n{ALL}{READER}{NAMED}")
    made.run(made.text, lambda: port_accepts(made.port))
    yield made
    assert made.end() == 0, made.log.read_text()[-4000:]


class FromContainer(Net):
    def __init__(self, port):
        self.peer = socket.socket()
        self.peer.settimeout(wire.TIMEOUT)
        # A port that nobody else could want to listen at.
        self.peer.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        self.peer.bind((ADDRESS, 0))
        self.peer.connect(("127.0.0.1", port))
        self.rest = b""


def ask(far, target="/images/json"):
    with FromContainer(far.port) as client:
        return client.request("GET", target)


def test_it_is_asked_once_a_connection(far, fake):
    with FromContainer(far.port) as client:
        assert client.request("GET", "/images/json").status == 200
        assert client.request("GET", "/images/json").status == 200
    assert fake.seen == ["/networks", "/networks/net1", f"/containers/{ID}/json", "/images/json",
                         "/images/json"]


def test_nobody_is_asked_without_need(far, fake):
    assert wire.request(str(far.dir / "u"), "GET", "/_ping").status == 200
    assert fake.seen == ["/_ping"] # an earlier line fitted


SO_PEERPIDFD = 77


def kernel_tells_later():
    """Since 6.5. Before, the process is held as long as the connection."""
    with socket.socketpair()[0] as end:
        try:
            os.close(end.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD))
        except OSError:
            return False
    return True


def test_processes_are_let_go(far, fake):
    """In no container; nothing is open for a client but its connection and the daemon's."""
    before, count = far.settled_descriptors(), 20
    each = 2 if kernel_tells_later() else 3
    clients = [wire.Wire(str(far.dir / "v")) for _ in range(count)]
    for client in clients:
        assert client.request("GET", "/_ping").status == 200
    wire.await_true(lambda: far.descriptors() == before + each * count, 20, "the descriptors of clients")
    assert set(fake.seen) == {"/_ping"} # and nobody was asked
    for client in clients:
        client.peer.close()
    wire.await_true(lambda: far.descriptors() == before, 20, "the end of connections")


def test_pipelined_requests_wait(far):
    with FromContainer(far.port) as client:
        client.send(wire.encode("GET", "/images/json") + wire.encode("GET", "/_ping"))
        assert [client.read_answer().status for _ in range(2)] == [200, 200]


def test_addresses_of_no_network(far, fake):
    fake.answers["/networks"] = (200, [])
    assert ask(far).status == 403 and 'policy "reader"' in ask(far).message


@pytest.mark.parametrize("path, answer, status, why", [
    ("/networks/net1", (200, network(ID, OTHER)), 403, "2 containers have the client's address"),
    ("/networks/net1", (200, network()), 503, "no container is known to have it"),
    ("/networks/net1", (200, {"Containers": {"ep-x": {"IPv4Address": ADDRESS + "/8"}}}), 502, "understood"),
    ("/networks/net1", (404, {}), 503, "going away"),
    ("/networks", (500, {"message": "no"}), 502, "(500)"),
    ("/networks", (404, {}), 502, "(404)"),
    ("/networks", (200, {}), 502, "cannot be understood"),
    ("/networks", (200, NETWORKS * 5), 502, "cannot be understood"),
    ("/networks", (200, b"[{]"), 502, "cannot be understood"),
    ("/networks", (200, b"x" * (5 << 20)), 502, "larger than max_body"),
    ("/networks", lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n\r\n"), 502, "understood"),
    ("/networks", lambda handler: setattr(handler, "close_connection", True), 502, "did not say"),
    (f"/containers/{ID}/json", (404, {}), 503, "going away"),
    (f"/containers/{ID}/json", (200, {}), 502, "cannot be understood"),
    (f"/containers/{ID}/json", (200, container(OTHER)), 502, "cannot be understood"),
    (f"/containers/{ID}/json", (200, container(address="127.0.0.3")), 503, "changing"),
], ids=lambda value: str(value) if isinstance(value, (str, int)) else "")
def test_what_cannot_be_told_is_refused(far, fake, path, answer, status, why):
    """Though the policy of the listener would permit it."""
    fake.answers[path] = answer
    refused = ask(far, "/_ping")
    assert refused.status == status and why in refused.message
    record = far.records()[-1]
    assert record["status"] == status and record["event"] == "denied" and record["operation"] == "system.ping"
    assert record["reason"] == ("client" if status == 403 else "upstream")
    assert "/_ping" not in fake.seen


def test_a_daemon_that_says_nothing(far, fake):
    far.reload(far.text.replace("[listener u]", "body_timeout = 1s\n[listener u]"))
    fake.answers["/networks"] = fake.hang
    with FromContainer(far.port) as waiting:
        waiting.send(wire.encode("GET", "/_ping"))
        wire.await_true(lambda: fake.seen, 20, "the question")
        # Nobody else waits for it.
        assert wire.request(str(far.dir / "u"), "GET", "/_ping").status == 200
        refused = waiting.read_answer()
        assert refused.status == 504 and "in time" in refused.message
        fake.reset()
        far.reload(far.text)
        assert waiting.request("GET", "/images/json").status == 200


def test_a_client_that_leaves_meanwhile(far, fake):
    fake.answers["/networks"] = fake.hang
    with FromContainer(far.port) as waiting:
        waiting.send(wire.encode("GET", "/_ping"))
        wire.await_true(lambda: fake.seen, 20, "the question")
    fake.reset()
    assert ask(far).status == 200


def test_a_daemon_that_is_away(far, fake):
    os.rename(fake.path, fake.path + "2")
    with FromContainer(far.port) as client:
        refused = client.request("GET", "/_ping")
        assert refused.status == 502 and "cannot reach the Docker daemon" in refused.message
        os.rename(fake.path + "2", fake.path)
        assert ask(far).status == 200 # a new connection asks at once, this one a second later
        wire.await_true(lambda: client.request("GET", "/images/json").status == 200, 20, "the answer")


def test_a_reload_asks_again(far, fake):
    with FromContainer(far.port) as client:
        assert client.request("GET", "/images/json").status == 200
        far.reload(far.text.replace("container:web -> named", "container:web -> reader"))
        assert client.request("GET", "/images/json").status == 403
        far.reload(far.text.replace("client = container:web -> named\n", ""))
        count = len(fake.seen)
        assert client.request("GET", "/images/json").status == 403
        assert len(fake.seen) == count # no line asks for it any more


def test_a_reload_while_it_is_asked(far, fake):
    fake.answers["/networks"] = fake.hang
    with FromContainer(far.port) as client:
        client.send(wire.encode("GET", "/images/json"))
        wire.await_true(lambda: fake.seen, 20, "the question")
        fake.reset()
        far.reload(far.text.replace("container:web -> named", "container:web -> reader"))
        fake.released.set()
        assert client.read_answer().status == 403


def test_a_reload_in_the_middle_of_a_request(far):
    """Nobody can be asked there."""
    text = far.text.replace("-> named", "-> all")
    body = json.dumps({"Image": "bb:1"}).encode()
    far.reload(text)
    with FromContainer(far.port) as client:
        client.send(wire.encode("POST", "/containers/create", headers=[
            "Content-Type: application/json", f"Content-Length: {len(body)}", "Expect: 100-continue"]))
        assert client.read_head().status == 100
        far.reload(text)
        client.send(body)
        refused = client.read_answer()
        assert refused.status == 503 and "send it again" in refused.message
        assert client.request("GET", "/images/json").status == 200
