# SPDX-License-Identifier: Apache-2.0
"""`sockwarden run --env`: the variables of the common docker-socket-proxy images mean what they mean
there. HAProxy, set up by those variables as those images set it up, is asked about every operation of
the API; what it says is what `sockwarden migrate` must permit or deny, but for the differences listed."""

import http.server
import json
import os
import re
import shutil
import socketserver
import subprocess
import tempfile
import threading

import pytest

import warden as warden_module
import wire
from daemon import TOP

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
    """The rules, in the order that lets ALLOW_START=1 work with POST=0."""
    rule = "\thttp-request allow if {{ path,url_dec -m reg -i ^(/v[0-9.]+)?{} }} {{ env({}) -m bool }}"
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


class Haproxy:
    def __init__(self, directory, config, environment):
        self.socket = directory + "/ha.sock"
        self.process = subprocess.Popen(
            ["/usr/sbin/haproxy", "-db", "-f", config], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
            env={**environment, "LISTEN": self.socket, "UPSTREAM": directory + "/up.sock"})

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
        """What the head says; nothing else of the answer is anybody's verdict."""
        with wire.Wire(self.socket) as peer:
            peer.send(wire.encode(method, path))
            answer = peer.read_head()
        assert answer.status in (200, 403), answer.head
        return answer.status == 200


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


def run_env(directory, **variables):
    warden = warden_module.Warden(directory, directory + "/up.sock")
    with open(warden.log, "wb") as log:
        warden.process = subprocess.Popen(
            [*warden_module.WRAPPER, warden_module.BINARY, "run", "--env", "--listen",
             "unix:" + warden.socket], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={"SOCKET_PATH": warden.upstream, **variables})
    wire.await_true(warden._ready, 30, "sockwarden")
    return warden


@pytest.mark.skipif(os.path.exists("/etc/sockwarden/sockwarden.conf"), reason="a file comes first")
def test_run_env(yes):
    warden = run_env(yes, CONTAINERS="1", ALLOW_RESTARTS="1")
    try:
        for method, path, status in [
                ("GET", "/_ping", 200), ("GET", "/v1.41/containers/json", 200),
                ("POST", "/v1.41/containers/x/restart", 200),
                ("POST", "/v1.41/containers/x/start", 403),
                ("GET", "/v1.41/containers/x/archive?path=/", 403), ("GET", "/v1.41/info", 403)]:
            assert wire.request(warden.socket, method, path).status == status, path
    finally:
        assert warden.end() == 0
    log = warden.log.read_text()
    assert log.count("/containers/*/archive") == 1, log
    assert "ALLOW_ARCHIVE=1" in log


@pytest.mark.parametrize("variables", [{}, {"CONTAINERS": "1", "POST": "1", "EXEC": "1"}], ids=show)
def test_what_migrate_prints_can_be_used(variables, tmp_path):
    done = subprocess.run([warden_module.BINARY, "migrate"], check=True, stdout=subprocess.PIPE,
                          env=variables)
    (tmp_path / "x.conf").write_bytes(done.stdout)
    subprocess.run([warden_module.BINARY, "check", "-q", "-c", tmp_path / "x.conf"], check=True)
