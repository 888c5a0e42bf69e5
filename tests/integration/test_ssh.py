# SPDX-License-Identifier: Apache-2.0
"""One client on standard input and output, and that as the forced command of SSH keys."""

import hashlib
import os
import pathlib
import socket
import subprocess
import tempfile
import threading

import pytest

import sshd
import warden as warden_module
import wire
from conftest import Cli, clients
from wire import await_true

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="the daemon has none of this")

POLICIES = """
[policy reader]
allow = @safe container.list

[policy all]
allow = @all
grant = all
unknown_routes = allow
unknown_fields = allow
unknown_params = allow
"""
PAYLOAD = 20 << 20


@pytest.fixture(scope="module")
def config(dockerd, workdir):
    """A configuration in a folder of its own."""
    directory = tempfile.mkdtemp(prefix="s.", dir=workdir)
    instance = warden_module.Warden(directory, dockerd.socket)
    instance.configure(POLICIES, "reader")
    return instance


def command(config, policy, *arguments):
    return [warden_module.BINARY, "stdio", "-c", str(config.dir / "sockwarden.conf"),
            "--policy", policy, *arguments]


def running(config):
    """The processes that serve with this configuration."""
    mark = str(config.dir / "sockwarden.conf").encode()
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError: # it has just ended
            continue
        if mark in words and b"stdio" in words and b"sshd" not in words[0]:
            found.append(int(path.parent.name))
    return found


def await_end(config):
    await_true(lambda: not running(config), 20, "the end of all that served")


# ---- pipes and sockets --------------------------------------------------------------------------


class Ends:
    """A sockwarden on two descriptors: a pair of pipes, or one socket twice."""

    def __init__(self, arguments, kind):
        if kind == "pipes":
            ours_in, theirs_out = os.pipe()
            theirs_in, ours_out = os.pipe()
            self.reader, self.writer = os.fdopen(ours_in, "rb", 0), os.fdopen(ours_out, "wb", 0)
            self.close_writer = self.writer.close
        else:
            ours, theirs = socket.socketpair()
            theirs_in = theirs.detach()
            theirs_out = os.dup(theirs_in)
            self.reader = self.writer = os.fdopen(ours.fileno(), "r+b", 0, closefd=False)
            self.close_writer = lambda: ours.shutdown(socket.SHUT_WR)
            self.socket = ours
        self.kind = kind
        self.process = subprocess.Popen(arguments, stdin=theirs_in, stdout=theirs_out,
                                        stderr=subprocess.PIPE)
        os.close(theirs_in)
        os.close(theirs_out)

    def read_until(self, mark):
        data = b""
        while mark not in data:
            piece = self.reader.read(65536)
            assert piece, data
            data += piece
        return data

    def leave(self):
        self.reader.close()
        if self.kind == "pipes":
            self.writer.close()
        else:
            self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()


@pytest.fixture(params=["pipes", "socket"])
def ends(request):
    """Starts one."""
    made = []

    def start(arguments):
        made.append(Ends(arguments, request.param))
        return made[-1]

    yield start
    for one in made:
        one.__exit__()


def test_requests_and_the_end(ends, config):
    client = ends(command(config, "reader"))
    for target, status, last in (
            ("/_ping", b"200", b"OK"), ("/v1.41/info", b"403", b"}\n"), ("/_ping", b"200", b"OK")):
        client.writer.write(wire.encode("GET", target))
        answer = client.read_until(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 " + status)
        if not answer.endswith(last):
            client.read_until(last)
    client.close_writer()
    assert client.process.wait(20) == 0


@pytest.mark.parametrize("said, address", [
    ("192.0.2.7 50000 192.0.2.1 22", "192.0.2.7"), ("2001:db8::7 50000 2001:db8::1 22", "2001:db8::7"),
    ("192.0.2.7\", \"identity\": \"cn:root 1 2 3", None), ("", None), (None, None)])
def test_the_audit_log_says_where_from(config, said, address):
    before = len(config.records())
    environment = {name: value for name, value in os.environ.items() if name != "SSH_CONNECTION"}
    if said is not None:
        environment["SSH_CONNECTION"] = said
    done = subprocess.run(command(config, "reader"), input=wire.encode("GET", "/v1.41/info"), timeout=30,
                          stdout=subprocess.PIPE, env=environment, check=True)
    assert done.stdout.startswith(b"HTTP/1.1 403 ")
    record, = config.records_since(before)
    assert record["peer"].get("address") == address and record["policy"] == "reader"


def test_an_answer_outlives_the_client_input(ends, config):
    """What was asked before the half-close is answered."""
    client = ends(command(config, "reader"))
    client.writer.write(wire.encode("GET", "/containers/json"))
    client.close_writer()
    assert client.read_until(b"]\n").startswith(b"HTTP/1.1 200 OK")
    assert client.process.wait(20) == 0


def test_the_client_leaves_a_stream(ends, config):
    client = ends(command(config, "all"))
    client.writer.write(wire.encode("GET", "/events"))
    client.read_until(b"\r\n\r\n")
    client.leave()
    assert client.process.wait(20) == 0


def test_stops_when_told(ends, config):
    client = ends(command(config, "reader"))
    client.writer.write(wire.encode("GET", "/_ping"))
    client.read_until(b"\r\n\r\n")
    client.process.terminate()
    assert client.process.wait(20) == 0


class HalfClosingDaemon(threading.Thread):
    """Answers one request with an upgrade, says its last word, and listens on."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.heard = b""

    def run(self):
        peer, _ = self.listener.accept()
        with peer, self.listener:
            data = b""
            while b"\r\n\r\n" not in data:
                data += peer.recv(65536)
            peer.sendall(b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nlast word")
            peer.shutdown(socket.SHUT_WR)
            while data := peer.recv(65536):
                self.heard += data


def test_the_daemon_half_closes_first(ends, config):
    path = str(config.dir / "half.sock")
    daemon = HalfClosingDaemon(path)
    daemon.start()
    client = ends(command(config, "all", "--upstream", "unix:" + path))
    client.writer.write(wire.encode("POST", "/containers/x/attach?stream=1&stdin=1", headers=[
        "Connection: Upgrade", "Upgrade: tcp"]))
    client.read_until(b"last word")
    assert client.reader.read(1) == b""
    client.writer.write(b"still here")
    client.close_writer()
    daemon.join(20)
    assert daemon.heard == b"still here"
    assert client.process.wait(20) == 0
    os.unlink(path)


def refusal(arguments, **options):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20, **options)
    assert done.returncode == 2 and not done.stdout
    return done.stderr.decode()


def test_what_cannot_be_served(config):
    assert "there is no policy" in refusal(command(config, "raeder"), input=b"")
    with open("/dev/null", "rb") as null:
        assert "must be pipes or sockets" in refusal(command(config, "reader"), stdin=null)
    stdout = config.dir / "stdout.conf"
    stdout.write_text((config.dir / "sockwarden.conf").read_text().replace(
        f"file:{config.audit}", "stdout"))
    assert "audit = stdout" in refusal(
        [warden_module.BINARY, "stdio", "-c", stdout, "--policy", "reader"], input=b"")


# ---- SSH ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(config):
    directory = config.dir / "ssh"
    directory.mkdir(mode=0o700)
    instance = sshd.SshServer(directory, {
        "reader": command(config, "reader"), "all": command(config, "all")})
    yield instance.start()
    instance.end()


@pytest.fixture(params=clients())
def over_ssh(request, server, client_config):
    """A docker client with the key of this name."""
    def make(name):
        client = Cli(request.param, "", client_config)
        client.environment.update(DOCKER_HOST=f"ssh://{name}", PATH=server.path)
        return client

    return make


def test_two_keys_two_policies(over_ssh, config, sleeper):
    before = len(config.records())
    reader, everything = over_ssh("reader"), over_ssh("all")
    assert reader.out("ps", "-q", "--no-trunc") == sleeper
    denied = reader("inspect", sleeper, check=False)
    assert denied.returncode != 0 and b"sockwarden" in denied.stderr
    assert everything.out("inspect", "-f", "{{.Id}}", sleeper) == sleeper
    everything("rm", "-f", sleeper)
    records = config.records_since(before)
    assert records and {(r["listener"], r["policy"], r["operation"]) for r in records} <= {
        ("stdio", "reader", name) for name in (
            "container.inspect", "image.inspect", "network.inspect", "volume.inspect", "service.inspect",
            "task.inspect", "node.inspect", "plugin.inspect", "secret.inspect", "config.inspect",
            "system.info")}
    assert {record["peer"]["address"] for record in records} == {"127.0.0.1"}
    await_end(config)


def test_half_close_and_big_streams(over_ssh, config):
    data = os.urandom(PAYLOAD)
    done = over_ssh("all")("run", "--rm", "-i", "bb:1", "sh", "-c", "cat; echo end", input=data)
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(data + b"end\n").digest()
    await_end(config)


def test_exec_attach_and_status(over_ssh, sleeper):
    done = over_ssh("all")("exec", "-i", sleeper, "sh", "-c", "cat >&2; exit 7", input=b"words\n", check=False)
    assert (done.returncode, done.stderr) == (7, b"words\n")


def test_a_client_that_is_killed_leaves_nothing(over_ssh, config):
    events = over_ssh("all").popen("events", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    await_true(lambda: running(config), 20, "the stream")
    events.kill()
    events.wait()
    await_end(config)


def test_a_key_runs_nothing_else(server):
    """Whatever the client asks for, it talks to sockwarden."""
    done = subprocess.run(["ssh", "reader", "id"], env={"PATH": server.path}, timeout=20,
                          input=wire.encode("GET", "/v1.41/info"), capture_output=True)
    assert done.stdout.startswith(b"HTTP/1.1 403")
