# SPDX-License-Identifier: Apache-2.0
"""`sockwarden run --env`: the variables of the common docker-socket-proxy images mean what they mean
there. HAProxy, set up by those variables as those images set it up, is asked about every operation of
the API; what it says is what `sockwarden migrate` must permit or deny, but for the differences listed."""

import contextlib
import http.server
import os
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
from dropin import (IMAGES, LAXER, PODMAN, STRICTER, Haproxy, environments, expectation, listed,
                    operations, reasons, verdict)
from netns import Netns

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="needs the program")


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


def show(environment):
    return " ".join(f"{name}={value}" for name, value in environment.items()) or "nothing"


# ---- every variable, against HAProxy -----------------------------------------------------------------

ROWS = [(image, name) for image in IMAGES for name in IMAGES[image].variables]
# What is no switch, and the test that holds it.
SETTINGS = {
    "SOCKET_PATH": "test_socket_path", "LISTEN_SOCKET": "test_a_socket_beside_the_port",
    "BIND_CONFIG": "test_bind_config_as_haproxy", "DISABLE_IPV6": "test_bind_config_as_haproxy",
    "LOG_LEVEL": "test_log_levels_of_haproxy", "ADVANCED": "test_what_is_not_read_is_said",
    "LIBPOD_*": "test_podmans_own_api_is_denied", "PROXY_READ_TIMEOUT": "test_what_is_not_read_is_said",
    "TZ": "test_what_is_not_read_is_said"}


def test_every_variable_has_a_row():
    assert set(listed()) == {*(name for _, name in ROWS), *SETTINGS}
    assert all(name in globals() for name in SETTINGS.values())


def test_every_variable_is_documented():
    text = (TOP / "docs/migration.md").read_text()
    assert [name for name in listed() if f"`{name}`" not in text] == []


def sets_of(image):
    """Environments, each once, with their place."""
    sets = [{}, {"CONTAINERS": "true", "POST": "1"}, {"CONTAINERS": "2", "POST": "3"},
            {"EVENTS": "", "PING": "", "VERSION": ""},
            {name: "1" for name in image.variables}, {name: "0" for name in image.variables}]
    for name in image.variables:
        sets += [one for one in environments(image, name) if one not in sets]
    return sets


@pytest.fixture(scope="module")
def theirs(yes):
    """Asks an image about an environment: its verdicts on all operations, and what they would be if it
    read the environment as sockwarden does. HAProxy runs once for each image."""
    with contextlib.ExitStack() as stack:
        started = {}
        requests = [(method, path) for _, method, path in operations()]

        def start(image):
            os.mkdir(f"{yes}/{image.name}")
            cases = []
            for one in sets_of(image):
                for case in ((image, image.environment(one)), image.as_read_here(one)):
                    if case not in cases:
                        cases.append(case)
            return cases, stack.enter_context(Haproxy(f"{yes}/{image.name}", cases)), {}

        def ask(image, variables):
            if image.name not in started:
                started[image.name] = start(image)
            cases, haproxy, answers = started[image.name]
            for case in ((image, image.environment(variables)), image.as_read_here(variables)):
                place = cases.index(case)
                if place not in answers:
                    answers[place] = haproxy.permits(place, requests)
                yield answers[place]

        yield ask


def compare(image, variables, theirs, tmp_path):
    """Holds what `migrate` prints, and `-c env:`, to the verdicts of HAProxy."""
    expected = []
    for (name, method, path), real, read in zip(operations(), *theirs(image, variables)):
        why = reasons(STRICTER, image, variables, name, method)
        permitted = read and not why
        if real != permitted:
            assert why if real else reasons(LAXER, image, variables, name, method), (
                f"{show(variables)}: {image.name} differs in {method} {path}, and no row says why")
        expected.append(expectation(name, method, path, permitted))
    assert len(expected) > 100
    words = [f"{name}={value}" for name, value in variables.items()] or ["POST=0"]
    done = subprocess.run([warden_module.BINARY, "migrate", *words], check=True, stdout=subprocess.PIPE)
    (tmp_path / "sockwarden.conf").write_bytes(done.stdout)
    (tmp_path / "expected").write_text("config = sockwarden.conf\n" + "\n".join(expected) + "\n")
    subprocess.run([warden_module.BINARY, "check", "-q", "--files-only", "-c", tmp_path / "sockwarden.conf"], check=True)
    for config in ((), ("-c", "env:")):
        done = subprocess.run([warden_module.BINARY, "test", *config, tmp_path / "expected"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={"PATH": os.environ["PATH"], **variables})
        assert done.returncode == 0, show(variables) + "\n" + done.stdout


@pytest.mark.parametrize("image, name", ROWS, ids=lambda word: word)
def test_variable_as_haproxy(image, name, theirs, tmp_path):
    for variables in environments(IMAGES[image], name):
        compare(IMAGES[image], variables, theirs, tmp_path)


@pytest.mark.parametrize("image", IMAGES)
def test_environment_as_haproxy(image, theirs, tmp_path):
    """None, all, and values that are neither 0 nor 1."""
    for variables in sets_of(IMAGES[image])[:6]:
        compare(IMAGES[image], variables, theirs, tmp_path)


@pytest.mark.parametrize("image", IMAGES)
def test_without_a_version(image, yes, tmp_path):
    """In the path, that is: it is no part of what is asked for, there or here."""
    image = IMAGES[image]
    directory = tempfile.mkdtemp(prefix="nv.", dir=yes)
    variables = {"CONTAINERS": "1", "IMAGES": "1", "POST": "1", "ALLOW_START": "1"}
    requests = [(method, path.removeprefix("/v1.41")) for _, method, path in operations()]
    with Haproxy(directory, [(image, variables)]) as haproxy:
        assert haproxy.permits(0, requests) == haproxy.permits(0, [row[1:] for row in operations()])
    passed = []
    for prefix in ("/v1.41", ""):
        (tmp_path / "rows").write_text("\n".join(
            expectation(name, method, prefix + path.removeprefix("/v1.41"), True)
            for name, method, path in operations()) + "\n")
        done = subprocess.run([warden_module.BINARY, "test", "-v", "-c", "env:", tmp_path / "rows"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={"PATH": os.environ["PATH"], **variables})
        lines = done.stdout.splitlines()[:-1]
        assert len(lines) == len(operations()), done.stdout
        passed.append([": passed: " in line for line in lines])
    assert passed[0] == passed[1] and {*passed[0]} == {True, False}


def test_no_exception_is_idle(theirs):
    """Each row of both tables is the reason of a difference somewhere."""
    needed = set()
    for image in IMAGES.values():
        for variables in sets_of(image):
            for (name, method, _), real, read in zip(operations(), *theirs(image, variables)):
                if read:
                    stricter = reasons(STRICTER, image, variables, name, method)
                    needed.update(stricter)
                    if not stricter and not real:
                        needed.update(reasons(LAXER, image, variables, name, method))
    assert needed == {*STRICTER, *LAXER}


# Methods and paths that are no operation of the API: the reference would pass what is True.
EDGES = [
    ("GET", "/containers/json", True, True), ("GET", "/v1.41/containers/json", True, True),
    ("GET", "/v1/containers/json", True, False), ("HEAD", "/containers/json", True, False),
    ("GET", "/build/prune", True, False), ("POST", "/build/prune", True, True),
    ("GET", "/session", True, False), ("POST", "/session", True, False), # it is no upgrade
    ("GET", "/grpc", True, False), ("POST", "/grpc", True, False),
    ("OPTIONS", "/containers/json", True, False), ("PATCH", "/containers/x", True, False),
    ("PUT", "/containers/x", True, False), ("POST", "/containers/json", True, False),
    ("GET", "/containersX", True, False), ("GET", "/CONTAINERS/json", True, False),
    ("GET", "/containers/json/", True, False), ("GET", "//containers/json", False, False),
    ("GET", "/containers/../secrets", True, False), ("GET", "/containers/%2e%2e/secrets", True, False),
    ("GET", "/%63ontainers/json", True, True), ("GET", "/libpod/containers/json", False, False),
    ("GET", "/debug/vars", False, False), ("GET", "/", False, False)]


def test_edges(yes, run_env):
    """Where a prefix of a path and a method are not what sockwarden goes by."""
    image = IMAGES["linuxserver-2025"]
    variables = {name: "1" for name in image.variables}
    os.mkdir(f"{yes}/edges")
    with Haproxy(f"{yes}/edges", [(image, variables)]) as haproxy:
        found = haproxy.permits(0, [row[:2] for row in EDGES])
        assert [(*row[:2], there) for row, there in zip(EDGES, found)] == [row[:3] for row in EDGES]
    warden = run_env(yes + "/up.sock", **variables)
    here = warden.net.call(permitted_each, lambda: Net(2375), [row[:2] for row in EDGES])
    assert here == [(*row[:2], row[3]) for row in EDGES]


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


def permitted_each(connect, rows):
    """Whether each gets through, or is refused in whatever way."""
    answers = []
    for method, path in rows:
        with connect() as peer:
            peer.send(wire.encode(method, path))
            answers.append((method, path, peer.read_head().status == 200))
    return answers


def statuses(connect, rows):
    """What is answered, each on a connection of its own."""
    answers = []
    for method, path in rows:
        with connect() as peer:
            answers.append((method, path, verdict(peer, method, path)))
    return answers


CALLS = [
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
    image = IMAGES["linuxserver-2025"]
    directory = tempfile.mkdtemp(prefix="tcp.", dir=yes)
    with Netns() as net, Haproxy(directory, [(image, image.environment(variables))], net.command,
                                 "\tbind [::]:2375 v4v6"):
        for host in ("127.0.0.1", "::1"):
            theirs = net.call(statuses, lambda: Net(2375, host), CALLS)
            assert {permitted for _, _, permitted in theirs} == {True, False}
            assert warden.net.call(statuses, lambda: Net(2375, host), CALLS) == theirs


@no_file
def test_run_env_says_what_differs_once(yes, run_env):
    warden = run_env(yes + "/up.sock", CONTAINERS="1", ALLOW_RESTARTS="1")
    for method, path, permitted in warden.net.call(
            statuses, lambda: Net(2375), [("GET", "/v1.41/containers/x/archive?path=/")]):
        assert not permitted, (method, path)
    log = warden.log.read_text()
    assert log.count("/containers/*/archive)") == 1 and "ALLOW_ARCHIVE=1" in log
    assert log.count("plain TCP") == 1 and "insecure" not in log # said, and no warning


# ---- what is no switch -------------------------------------------------------------------------------

def notes(*words):
    """What `migrate` says of an environment, and `run --env` at the start."""
    done = subprocess.run([warden_module.BINARY, "migrate", *words], check=True, text=True,
                          stdout=subprocess.PIPE)
    return [line[len("# Note: "):] for line in done.stdout.splitlines() if line.startswith("# Note: ")]


def reach(net):
    """The addresses of |net| that take connections at one of these ports."""
    return {(host, port) for host in ("127.0.0.1", "127.0.0.2", "::1") for port in (2375, 2376)
            if net.call(port_accepts, port, host)}


@no_file
@pytest.mark.parametrize("variables, bind", [
    ({}, "[::]:2375 v4v6"), ({"DISABLE_IPV6": "1"}, ":2375"), ({"DISABLE_IPV6": "True"}, ":2375"),
    ({"DISABLE_IPV6": "yes"}, ":2375"), ({"DISABLE_IPV6": "0"}, "[::]:2375 v4v6"),
    *(({"BIND_CONFIG": bind}, bind) for bind in (
        ":2375", "*:2376", "[::]:2375 v4v6", "[::]:2375 v6only", ":::2375 v4v6", "127.0.0.1:2375",
        "127.0.0.2:2376", "[::1]:2375", "0.0.0.0:2376")),
    ({"BIND_CONFIG": "127.0.0.1:2375", "DISABLE_IPV6": "0"}, "127.0.0.1:2375")], ids=str)
def test_bind_config_as_haproxy(variables, bind, yes, run_env):
    """As their entry points put them behind HAProxy's `bind`."""
    directory = tempfile.mkdtemp(prefix="bind.", dir=yes)
    with Netns() as net, Haproxy(directory, [(IMAGES["tecnativa"], {})], net.command, "\tbind " + bind):
        theirs = reach(net)
    assert theirs
    assert reach(run_env(yes + "/up.sock", **variables).net) == theirs


@no_file
@pytest.mark.parametrize("bind", ["{}", "unix@{}", "{} mode 660", "{} mode 0600 user root group root"])
def test_bind_config_of_a_path(bind, yes, run_env):
    path = tempfile.mkdtemp(prefix="bind.", dir=yes) + "/x.sock"
    warden = run_env(yes + "/up.sock", BIND_CONFIG=bind.format(path), INFO="1")
    assert wire.request(path, "GET", "/v1.41/info").status == 200
    assert os.stat(path).st_mode & 0o777 == (0o600 if "0600" in bind else 0o660)
    assert reach(warden.net) == set()


@pytest.mark.parametrize("bind", [
    ":2375,:2376", "2375", "abns@x", "127.0.0.1:2375 ssl", "/x.sock mode", "fd@3", "127.0.0.1:x", " ",
    "eth0:2375", "127.0.0.1:2375\n[policy x]"])
def test_bind_config_that_is_not_understood(bind):
    """Nothing listens then: it might be at another place than the one that is meant."""
    for words in (["migrate", "BIND_CONFIG=" + bind], ["check", "-c", "env:"]):
        done = subprocess.run([warden_module.BINARY, *words], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={"BIND_CONFIG": bind})
        if words[0] == "check" or done.returncode != 0:
            assert done.returncode == 2 and done.stderr != ""


@no_file
def test_socket_path(yes, run_env):
    """The daemon is there and nowhere else."""
    os.symlink(yes + "/up.sock", yes + "/elsewhere.sock")
    warden = run_env(yes + "/elsewhere.sock", INFO="1")
    assert warden.net.call(statuses, lambda: Net(2375), [("GET", "/info")])[0][2]


@pytest.mark.parametrize("level", "debug info notice warning err crit alert emerg INFO warn none".split())
def test_log_levels_of_haproxy(level, tmp_path):
    """What HAProxy does not know is said; what it knows is not."""
    (tmp_path / "x.cfg").write_text('global\n\tlog stdout format raw daemon "${LOG_LEVEL}"\n'
                                    "defaults\n\tmode http\n\ttimeout client 1s\n"
                                    "frontend x\n\tbind 127.0.0.1:1\n")
    known = subprocess.run(["/usr/sbin/haproxy", "-c", "-q", "-f", tmp_path / "x.cfg"],
                           stderr=subprocess.DEVNULL, env={"LOG_LEVEL": level}).returncode == 0
    assert notes("LOG_LEVEL=" + level) == (
        [] if known else [f"LOG_LEVEL={level} is not known and counts as info."])


@pytest.mark.parametrize("words, said", [
    (["TZ=Europe/Berlin"], "TZ=Europe/Berlin does nothing here: times in the audit log are UTC."),
    (["TZ=Etc/UTC"], None), (["TZ=UTC"], None), (["TZ="], None), (["ADVANCED=0"], None),
    (["ADVANCED=1"], "ADVANCED=1 does nothing here: the variables that it takes into use are not known."),
    (["PROXY_READ_TIMEOUT=240"],
     "PROXY_READ_TIMEOUT=240 does nothing here: no stream is cut for being silent."),
    (["ALLOW_RESTART=1"],
     "ALLOW_RESTART is not known and does nothing; the nearest name is ALLOW_RESTARTS."),
    (["ALLOW_CHANGE=0"], "ALLOW_CHANGE is not known and does nothing; the nearest name is ALLOW_CHANGES."),
    (["CONTAINERS_CREATE=1"], "CONTAINERS_CREATE is not known and does nothing."),
    (["IMAGES_DELETE=0"], "IMAGES_DELETE is not known and does nothing."),
    (["VERSION_ID=12"], None), (["SESSION_MANAGER=local/x"], None), (["BUILD_DATE=2026"], None),
    (["PATH=/bin", "HOSTNAME=x", "HOME=/"], None),
    (["DISABLE_IPV6=on"], "DISABLE_IPV6=on is not 1, true or yes and counts as 0."),
    (["INFO=yes"], "INFO=yes is neither 0 nor 1 and counts as 0."),
    (["ALLOW_LOGS=true"], "ALLOW_LOGS=true is neither 0 nor 1 and counts as 0."),
    (["DELETE=no"], "DELETE=no is neither 0 nor 1 and counts as 0.")], ids=str)
def test_what_is_not_read_is_said(words, said):
    assert notes(*words) == ([said] if said else [])


@no_file
def test_podmans_own_api_is_denied(yes, run_env):
    """Whatever opens it there. It is said once, with the names."""
    image = IMAGES["linuxserver"]
    names = ["LIBPOD_" + word.strip("_").upper() for word in PODMAN]
    variables = {name: "1" for name in names}
    calls = [("GET", f"/v5.0.0/libpod/{word}{end}") for word in PODMAN for end in ("", "/json")]
    calls += [("GET", f"/libpod/{word}") for word in PODMAN]
    directory = tempfile.mkdtemp(prefix="lp.", dir=yes)
    with Haproxy(directory, [(image, {**image.environment({}), **variables}), (image, {})]) as haproxy:
        assert set(haproxy.permits(0, calls)) == {True}
        assert set(haproxy.permits(1, calls)) == {False}
    warden = run_env(yes + "/up.sock", **variables)
    assert not any(found for _, _, found in warden.net.call(permitted_each, lambda: Net(2375), calls))
    lines = [line for line in warden.log.read_text().splitlines() if "Podman" in line]
    assert len(lines) == 1 and all(name in lines[0].split() for name in names)
    assert notes(*(name + "=0" for name in names)) == []


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
    subprocess.run([warden_module.BINARY, "check", "-q", "--files-only", "-c", tmp_path / "x.conf"], check=True)
