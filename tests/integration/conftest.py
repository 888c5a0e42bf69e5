# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a dockerd for the whole run, sockwardens in front of it, and docker clients."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import pytest

import daemon as daemon_module
import warden as warden_module
import wire
from daemon import TOP
from doors import ALL, READER, Authority, Gate, free_port, port_accepts
from warden import WRAPPER

wire.witness = warden_module.states
DEBIAN_DOCKER = "/usr/bin/docker"
TEST_SECONDS = 270 if os.environ.get("SOCKWARDEN_LONG") else 90


def clients():
    """Debian's docker client, and the one of SOCKWARDEN_DOCKER or another that comes first in PATH."""
    other = os.environ.get("SOCKWARDEN_DOCKER") or shutil.which("docker")
    return [DEBIAN_DOCKER] + ([other] if other and os.path.realpath(other) != DEBIAN_DOCKER else [])


@pytest.fixture(scope="session")
def workdir():
    # Short: a unix socket's path ends at 107 bytes.
    path = tempfile.mkdtemp(prefix="sw-it.", dir="/tmp")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def dockerd(workdir):
    instance = daemon_module.Daemon(os.path.join(workdir, "d"))
    instance.launch()
    yield instance
    instance.end()


@pytest.fixture(scope="session")
def make_warden(dockerd, workdir):
    """Makes a sockwarden from policy text; all of them must end well, the sanitizers' word included."""
    made = []

    def make(policy, name="test", options="", arguments=()):
        directory = tempfile.mkdtemp(prefix="w.", dir=workdir)
        instance = warden_module.Warden(directory, dockerd.socket)
        made.append(instance)
        return instance.start(instance.configure(policy, name, options), *arguments)

    yield make
    ends = [(instance.end(), instance.log) for instance in made]
    for status, log in ends:
        assert status == 0, f"sockwarden ended with {status}: {log.read_text()[-4000:]}"


@pytest.fixture(scope="session")
def open_warden(dockerd, workdir):
    """Everything allowed, by conf/allow-all.conf and the command line."""
    directory = tempfile.mkdtemp(prefix="w.", dir=workdir)
    instance = warden_module.Warden(directory, dockerd.socket)
    instance.start(TOP / "conf/allow-all.conf",
                   "--listen", "unix:" + instance.socket, "--upstream", "unix:" + dockerd.socket)
    yield instance
    status = instance.end()
    assert status == 0, f"sockwarden ended with {status}: {instance.log.read_text()[-4000:]}"


@pytest.fixture(scope="session")
def ci_warden(make_warden):
    """The policy of conf/ci-runner.conf."""
    if warden_module.DIRECT:
        pytest.skip("there is no policy without sockwarden")
    policy, name = warden_module.policy_lines(TOP / "conf/ci-runner.conf")
    return make_warden(policy, name)


@pytest.fixture(scope="session")
def sockwarden_image(dockerd, client_config):
    """The image with the program that is tested."""
    environment = {**os.environ, "DOCKER_HOST": "unix://" + dockerd.socket,
                   "DOCKER_CONFIG": client_config}
    subprocess.run([TOP / "contrib/docker/build-image", "--program", warden_module.BINARY],
                   check=True, env=environment, timeout=120, stdout=subprocess.DEVNULL)
    return "sockwarden:latest"


class Cli:
    """A docker client that talks to a socket."""

    def __init__(self, program, socket, config):
        self.program = program
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": config, "DOCKER_HOST": "unix://" + socket,
            "DOCKER_CONFIG": config, "DOCKER_BUILDKIT": "0", "COMPOSE_HTTP_TIMEOUT": "60"}

    def __call__(self, *arguments, check=True, timeout=60, **options):
        options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
        if options["stdin"] is None:
            del options["stdin"]
        options.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run([self.program, *arguments], env=self.environment, timeout=timeout,
                              stderr=subprocess.PIPE, **options)
        if check:
            assert done.returncode == 0, f"{arguments}: {done.stderr.decode()}"
        return done

    def out(self, *arguments, **options):
        return self(*arguments, **options).stdout.decode().strip()

    def popen(self, *arguments, **options):
        return subprocess.Popen([self.program, *arguments], env=self.environment, **options)


@pytest.fixture(scope="session")
def client_config(workdir):
    path = os.path.join(workdir, "client")
    os.makedirs(path, exist_ok=True)
    return path


@pytest.fixture
def docker(open_warden, client_config):
    return Cli(DEBIAN_DOCKER, open_warden.socket, client_config)


@pytest.fixture(params=clients())
def any_docker(request, open_warden, client_config):
    return Cli(request.param, open_warden.socket, client_config)


@pytest.fixture(params=clients())
def ci_docker(request, ci_warden, client_config):
    return Cli(request.param, ci_warden.socket, client_config)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """No test hangs: what waits for ever is interrupted."""
    def interrupt(*_):
        raise TimeoutError(f"{item.name} took more than {TEST_SECONDS} seconds")

    signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)


@pytest.fixture(autouse=True)
def no_containers_left(request):
    yield
    if "dockerd" in request.fixturenames:
        request.getfixturevalue("dockerd").remove_containers()


@pytest.fixture
def sleeper(dockerd):
    """A container that sleeps, made without anything in between. Answers its full id."""
    return make_sleeper(dockerd)


def make_sleeper(dockerd, **config):
    name = config.pop("name", None)
    body = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0, **config}
    target = "/containers/create" + (f"?name={name}" if name else "")
    identity = json.loads(dockerd.call("POST", target, body).body)["Id"]
    started = dockerd.call("POST", f"/containers/{identity}/start")
    assert started.status == 204, started.body
    return identity


@pytest.fixture
def own_warden(dockerd, workdir):
    """A sockwarden whose end is the test's business."""
    instance = warden_module.Warden(tempfile.mkdtemp(prefix="o.", dir=workdir), dockerd.socket)
    yield instance
    if instance.process and instance.process.poll() is None:
        instance.process.kill()
        instance.process.wait()


@pytest.fixture
def log_socket(workdir):
    path = os.path.join(workdir, "log.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
        peer.settimeout(20)
        peer.bind(path)
        yield path, peer
    if os.path.exists(path):
        os.unlink(path)


# ---- doors


@pytest.fixture(scope="module")
def authority(workdir):
    made = Authority(os.path.join(workdir, "ca"))
    made.server("127.0.0.1", "localhost", "::1")
    for name in ("alice", "bob"):
        made.client(name)
    return made


@pytest.fixture(scope="module")
def make_gate(dockerd, workdir):
    made = []

    def make(text, ready, **options):
        directory = tempfile.mkdtemp(prefix="g.", dir=workdir)
        gate = Gate(directory, dockerd.socket)
        made.append(gate)
        return gate.run(text.replace("@DIR@", directory).replace("@DOCKERD@", dockerd.socket),
                        lambda: ready(directory), **options)

    yield make
    for gate in made:
        assert gate.end() == 0, gate.log.read_text()[-4000:]


def new_tls_gate(make_gate, authority):
    """One listener, two clients, two policies."""
    port = free_port()
    gate = make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
        f"[listener net]\naddress = tls:127.0.0.1:{port}\n{authority.listener()}"
        f"client = cn:alice -> all\nclient = cn:bob -> reader\nclient = uri:spiffe://x/ci/* -> reader\n"
        f"{ALL}{READER}", lambda _: port_accepts(port))
    gate.port = port
    return gate


@pytest.fixture(scope="module")
def tls_gate(make_gate, authority):
    return new_tls_gate(make_gate, authority)


LAUNCH = """
import os, socket, sys
kind, where, names, *command = sys.argv[1:]
peer = socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET)
peer.bind(where if kind == "unix" else ("127.0.0.1", int(where)))
peer.listen()
os.dup2(peer.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES=names)
os.execv(command[0], command)
"""


@pytest.fixture
def handed_over(dockerd, workdir, monkeypatch):
    """Starts a sockwarden as a service manager would."""
    made = []

    def start(kind, where, name, listener, ready):
        gate = Gate(tempfile.mkdtemp(prefix="g.", dir=workdir), dockerd.socket)
        monkeypatch.setattr(
            "doors.WRAPPER", [sys.executable, "-c", LAUNCH, kind, str(where), name, *WRAPPER])
        gate.run(f"[sockwarden]\nupstream = unix:{dockerd.socket}\n@AUDIT@\n"
                 f"[listener s]\n{listener}\n{READER}", ready)
        made.append(gate)
        return gate

    yield start
    for gate in made:
        assert gate.end() == 0, gate.log.read_text()
