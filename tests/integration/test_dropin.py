# SPDX-License-Identifier: Apache-2.0
"""`sockwarden run --env`: the variables of the common docker-socket-proxy images mean what they mean
there. HAProxy, set up by those variables as those images set it up, is asked about every operation of
the API; what it says is what `sockwarden migrate` must permit or deny, but for the differences listed."""

import contextlib
import http.server
import json
import os
import re
import shutil
import signal
import socketserver
import subprocess
import tempfile
import threading

import pytest

import warden as warden_module
import wire
from conftest import DEBIAN_DOCKER
from daemon import TOP
from doors import Net, port_accepts
from netns import Netns

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="needs the program")

# Variables whose section is the path of their own name.
SECTIONS = {name: "/" + name.lower() for name in """
    AUTH BUILD COMMIT CONFIGS CONTAINERS DISTRIBUTION EVENTS EXEC GRPC IMAGES INFO NETWORKS NODES
    PLUGINS SECRETS SERVICES SESSION SWARM SYSTEM TASKS VERSION VOLUMES""".split()}
SECTIONS["PING"] = "/_ping"
SINGLES = {
    "ALLOW_START": "start", "ALLOW_STOP": "stop", "ALLOW_RESTARTS": "(stop|restart|kill)",
    "ALLOW_PAUSE": "pause", "ALLOW_UNPAUSE": "unpause"}
DEFAULTS = {name: "0" for name in [*SECTIONS, *SINGLES, "POST"]}
DEFAULTS.update(PING="1", VERSION="1", EVENTS="1")

# What we deny though they do not: operation, and when.
STRICTER = {
    "container.archive_get": lambda env: True,
    "container.archive_stat": lambda env: True,
    "container.archive_put": lambda env: True,
    "container.copy": lambda env: True,
    "container.export": lambda env: True,
    "container.attach_ws": lambda env: env["POST"] == "0",
    "container.exec": lambda env: env["EXEC"] == "0",
}
UPGRADES = {"container.attach_ws": "websocket", "buildkit.session": "h2c", "buildkit.grpc": "h2c"}
# Operations that are no section's: any method, or any path.
ELSEWHERE = {"libpod.any", "system.debug", "system.options"}


def environments():
    yield {}
    yield {"POST": "1"}
    for name in SECTIONS:
        yield {name: "1"}
        yield {name: "1", "POST": "1"}
        yield {name: "0", "CONTAINERS": "1", "POST": "1"}
    for name in SINGLES:
        yield {name: "1"}
        yield {name: "1", "CONTAINERS": "1"}
        yield {name: "1", "POST": "1"}
    yield {"CONTAINERS": "1", "EXEC": "1", "POST": "1"}
    yield {"CONTAINERS": "1", "EXEC": "1"}
    yield {name: "1" for name in DEFAULTS}
    yield {name: "0" for name in DEFAULTS}
    yield {"CONTAINERS": "true"}
    yield {"EVENTS": "", "PING": "", "VERSION": ""}
    yield {"CONTAINERS": "2", "POST": "3"}


def operations():
    done = subprocess.run([warden_module.BINARY, "operations", "--format", "json"], check=True,
                          stdout=subprocess.PIPE)
    for row in json.loads(done.stdout):
        if row["name"] not in ELSEWHERE:
            yield row["name"], row["method"], "/v1.41" + re.sub(r"\{\w+\}", "x", row["path"])


class Yes(http.server.BaseHTTPRequestHandler):
    """A daemon that answers everything."""
    protocol_version = "HTTP/1.1"

    def answer(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *_):
        pass

    def address_string(self):
        return "unix"


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


def haproxy_config(path):
    """The rules, in the order that lets ALLOW_START=1 work with POST=0. What they let through HAProxy
    answers by itself: no daemon has a part in its verdict."""
    rule = "\thttp-request return status 200 if {{ path,url_dec -m reg -i ^(/v[0-9.]+)?{} }} {{ env({}) -m bool }}"
    lines = [rule.format("/containers/[a-zA-Z0-9_.-]+/" + word, name)
             for name, word in SINGLES.items()]
    lines.append("\thttp-request deny unless METH_GET || { env(POST) -m bool }")
    lines += [rule.format(prefix, name) for name, prefix in SECTIONS.items()]
    lines.append("\thttp-request deny")
    text = (TOP / "tests/integration/dropin.cfg").read_text()
    path.write_text(text + "\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def yes(tmp_path_factory):
    directory = tempfile.mkdtemp(prefix="sw-di.", dir="/tmp") # short, for the sockets
    server = Server(directory + "/up.sock", Yes)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield directory
    server.shutdown()
    server.server_close()
    thread.join()
    shutil.rmtree(directory)


def verdict(peer, method, path):
    """What the head says; nothing else of the answer is anybody's verdict."""
    peer.send(wire.encode(method, path))
    answer = peer.read_head()
    assert answer.status in (200, 403), answer.head
    return answer.status == 200


class Haproxy:
    def __init__(self, directory, config, environment, within=lambda *words: words):
        self.socket = directory + "/ha.sock"
        self.process = subprocess.Popen(
            within("/usr/sbin/haproxy", "-db", "-f", config), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            env={**environment, "LISTEN": self.socket})

    def __enter__(self):
        wire.await_true(self.ready, 20, "HAProxy")
        return self

    def ready(self):
        assert self.process.poll() is None, "HAProxy ended"
        return wire.accepts(self.socket)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        os.unlink(self.socket)

    def permits(self, method, path):
        """HAProxy 2.6 leaves a connection waiting now and then when the machine is busy: asked
        again, it answers."""
        for _ in range(3):
            with contextlib.suppress(TimeoutError), wire.Wire(self.socket, timeout=8) as peer:
                return verdict(peer, method, path)
        raise AssertionError(f"HAProxy does not answer {method} {path}")


def expectation(name, method, path, permitted):
    lines = []
    if name in UPGRADES:
        lines = ["header = Connection: Upgrade", "header = Upgrade: " + UPGRADES[name]]
    return "\n".join([*lines, f"{'allow' if permitted else 'deny'} {method} {path}"])


def show(environment):
    return " ".join(f"{name}={value}" for name, value in environment.items()) or "nothing"


@pytest.mark.parametrize("variables", list(environments()), ids=show)
def test_same_as_haproxy(variables, yes, tmp_path):
    environment = {**DEFAULTS, **variables}
    config = haproxy_config(tmp_path / "haproxy.cfg")
    expected = []
    with Haproxy(yes, config, environment) as haproxy:
        for name, method, path in operations():
            permitted = haproxy.permits(method, path)
            if name in STRICTER and STRICTER[name](environment):
                permitted = False
            expected.append(expectation(name, method, path, permitted))
    assert len(expected) > 100
    done = subprocess.run(
        [warden_module.BINARY, "migrate", *(f"{name}={value}" for name, value in variables.items()),
         *(["POST=0"] if not variables else [])], check=True, stdout=subprocess.PIPE)
    (tmp_path / "sockwarden.conf").write_bytes(done.stdout)
    (tmp_path / "expected").write_text("config = sockwarden.conf\n" + "\n".join(expected) + "\n")
    done = subprocess.run([warden_module.BINARY, "test", tmp_path / "expected"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout


no_file = pytest.mark.skipif(
    os.path.exists("/etc/sockwarden/sockwarden.conf"), reason="a file comes first")


class Env(warden_module.Warden):
    """`run --env`, in a network of its own."""

    def __init__(self, directory, upstream, net):
        super().__init__(directory, upstream)
        self.net = net

    def run(self, *arguments, **variables):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.net.command(*warden_module.WRAPPER, warden_module.BINARY, "run", "--env",
                                 *arguments),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"], "SOCKET_PATH": self.upstream, **variables})
        wire.await_true(self._ready, 30, "sockwarden")
        return self

    def _ready(self):
        text = self.log.read_text()
        assert self.process.poll() is None, "sockwarden ended: " + text
        return "ready: " in text or self.net.call(port_accepts, 2375)


@pytest.fixture
def run_env():
    """Starts them in front of any daemon; they must end well."""
    made = []
    with Netns() as net:
        def run(upstream, *arguments, **variables):
            directory = tempfile.mkdtemp(prefix="sw-env.", dir="/tmp")
            warden = Env(directory, upstream, net)
            made.append(warden)
            return warden.run(*arguments, **variables)

        yield run
        for warden in made:
            status = warden.end()
            log = warden.log.read_text()
            shutil.rmtree(warden.dir)
            assert status == 0, log


def statuses(connect, rows):
    """What is answered, each on a connection of its own."""
    answers = []
    for method, path in rows:
        with connect() as peer:
            answers.append((method, path, verdict(peer, method, path)))
    return answers


ROWS = [
    ("GET", "/_ping"), ("HEAD", "/_ping"), ("GET", "/v1.41/version"), ("GET", "/v1.41/events"),
    ("GET", "/v1.41/containers/json"), ("GET", "/v1.41/containers/x/json"),
    ("GET", "/v1.41/images/json"), ("GET", "/v1.41/info"), ("GET", "/v1.41/secrets"),
    ("POST", "/v1.41/containers/create"), ("POST", "/v1.41/containers/x/start"),
    ("POST", "/v1.41/containers/x/restart"), ("POST", "/v1.41/containers/x/kill"),
    ("DELETE", "/v1.41/containers/x"), ("DELETE", "/v1.41/images/x"), ("POST", "/v1.41/auth")]


@no_file
@pytest.mark.parametrize("variables", [
    {}, {"CONTAINERS": "1", "INFO": "1"}, {"CONTAINERS": "1", "POST": "1"}, {"ALLOW_START": "1"},
    {"EVENTS": "0", "IMAGES": "1", "ALLOW_RESTARTS": "1"}], ids=show)
def test_same_as_haproxy_by_tcp(variables, yes, run_env, tmp_path):
    """Both listen at port 2375 for IPv4 and IPv6, each in its own network, and answer alike."""
    warden = run_env(yes + "/up.sock", **variables)
    config = haproxy_config(tmp_path / "haproxy.cfg")
    config.write_text(config.read_text().replace(
        "\tbind ", "\tbind [::]:2375 v4v6\n\tbind "))
    with Netns() as net, Haproxy(yes, config, {**DEFAULTS, **variables}, net.command):
        for host in ("127.0.0.1", "::1"):
            theirs = net.call(statuses, lambda: Net(2375, host), ROWS)
            assert {permitted for _, _, permitted in theirs} == {True, False}
            assert warden.net.call(statuses, lambda: Net(2375, host), ROWS) == theirs


@no_file
def test_run_env_says_what_differs_once(yes, run_env):
    warden = run_env(yes + "/up.sock", CONTAINERS="1", ALLOW_RESTARTS="1")
    for method, path, permitted in warden.net.call(
            statuses, lambda: Net(2375), [("GET", "/v1.41/containers/x/archive?path=/")]):
        assert not permitted, (method, path)
    log = warden.log.read_text()
    assert log.count("/containers/*/archive)") == 1 and "ALLOW_ARCHIVE=1" in log
    assert log.count("plain TCP") == 1 and "insecure" not in log # said, and no warning


@no_file
def test_disable_ipv6(yes, run_env):
    warden = run_env(yes + "/up.sock", DISABLE_IPV6="true")
    assert warden.net.call(port_accepts, 2375)
    assert not warden.net.call(port_accepts, 2375, "::1")


@no_file
def test_log_level(yes, run_env):
    """Quiet from err on; each request is told of from debug on."""
    quiet = run_env(yes + "/up.sock", LOG_LEVEL="err", CONTAINERS="1")
    assert quiet.log.read_text() == ""
    assert quiet.end() == 0
    loud = run_env(yes + "/up.sock", LOG_LEVEL="debug", CONTAINERS="1")
    assert loud.net.call(statuses, lambda: Net(2375), [("GET", "/v1.41/containers/json")])[0][2]
    wire.await_true(lambda: '"event":"allowed"' in loud.log.read_text(), 20, "the audit line")


@no_file
def test_a_socket_beside_the_port(yes, run_env, tmp_path):
    path = f"{yes}/beside.sock"
    warden = run_env(yes + "/up.sock", LISTEN_SOCKET=path, INFO="1")
    wire.await_true(lambda: wire.accepts(path), 20, "the socket") # the port was ready before it
    assert wire.request(path, "GET", "/v1.41/info").status == 200
    assert wire.request(path, "GET", "/v1.41/images/json").status == 403
    assert warden.net.call(port_accepts, 2375)


@no_file
def test_a_socket_in_place_of_the_port(yes, run_env):
    warden = run_env(yes + "/up.sock", "--listen", f"unix:{yes}/instead.sock", INFO="1")
    assert wire.request(f"{yes}/instead.sock", "GET", "/v1.41/info").status == 200
    assert not warden.net.call(port_accepts, 2375)


@no_file
def test_root_becomes_a_member_of_the_sockets_group(run_env):
    """And goes on, also after a reload, with nothing but that."""
    group = 4242
    directory = tempfile.mkdtemp(prefix="sw-gr.", dir="/tmp")
    os.chmod(directory, 0o711)
    server = Server(directory + "/up.sock", Yes)
    os.chown(directory + "/up.sock", 0, group)
    os.chmod(directory + "/up.sock", 0o660)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        warden = run_env(directory + "/up.sock", INFO="1")
        for _ in range(2):
            assert warden.net.call(statuses, lambda: Net(2375), [("GET", "/info")])[0][2]
            with open(f"/proc/{warden.process.pid}/status", encoding="ascii") as lines:
                status = dict(line.split(":", 1) for line in lines)
            assert status["Uid"].split() == ["65532"] * 4 and status["Gid"].split() == [str(group)] * 4
            assert status["Groups"].split() == [str(group)]
            assert int(status["CapPrm"], 16) == 0
            warden.process.send_signal(signal.SIGHUP)
            wire.await_true(lambda: "configuration reloaded" in warden.log.read_text(), 20, "the reload")
        assert "restart takes it over" not in warden.log.read_text()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        shutil.rmtree(directory)


@no_file
def test_health_by_the_port(yes, run_env):
    warden = run_env(yes + "/up.sock", PING="1")

    def health(**variables):
        done = subprocess.run(
            warden.net.command(warden_module.BINARY, "health", "--env"), timeout=30, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], "SOCKET_PATH": warden.upstream, **variables})
        return done.returncode, done.stdout

    assert health() == (0, "healthy: 1 listener and the Docker daemon answer\n")
    assert health(DISABLE_IPV6="1")[0] == 0
    assert warden.end() == 0
    assert health() == (1, "unhealthy: tcp:*:2375: Connection refused\n")


@no_file
def test_docker_by_tcp(dockerd, sleeper, run_env, client_config):
    """The client of whoever changes nothing but the proxy's name."""
    warden = run_env(dockerd.socket, CONTAINERS="1", ALLOW_RESTARTS="1")

    def docker(*arguments):
        return subprocess.run(
            warden.net.command(DEBIAN_DOCKER, "-H", "tcp://localhost:2375", *arguments), timeout=60,
            env={"PATH": os.environ["PATH"], "DOCKER_CONFIG": client_config}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    assert sleeper[:12] in docker("ps", "-q").stdout
    assert docker("inspect", sleeper).returncode == 0
    assert docker("restart", "-t", "0", sleeper).returncode == 0
    refused = docker("rm", "-f", sleeper)
    assert refused.returncode != 0 and "container.remove" in refused.stdout
    refused = docker("images")
    assert refused.returncode != 0 and "image.list" in refused.stdout


@pytest.mark.parametrize("variables", [{}, {"CONTAINERS": "1", "POST": "1", "EXEC": "1"}], ids=show)
def test_what_migrate_prints_can_be_used(variables, tmp_path):
    done = subprocess.run([warden_module.BINARY, "migrate"], check=True, stdout=subprocess.PIPE,
                          env=variables)
    (tmp_path / "x.conf").write_bytes(done.stdout)
    subprocess.run([warden_module.BINARY, "check", "-q", "-c", tmp_path / "x.conf"], check=True)
