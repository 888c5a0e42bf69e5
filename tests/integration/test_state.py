# SPDX-License-Identifier: Apache-2.0
"""Objects that exist are judged before they are used (check_state), binds by where they lead
(resolve_binds). What a policy would not have let anyone make was made at the daemon directly."""

import io
import json
import os
import signal
import subprocess
import tarfile
import threading

import pytest

import warden as warden_module
from archives import tar_of
from conftest import Cli, DEBIAN_DOCKER
from fake import FakeDaemon, answer_of
from recorder import Recorder
from warden import Warden
from wire import Wire, await_true, chunked, encode, request

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

RULES = """[policy test]
allow = system.ping container.* exec.* network.* volume.* checkpoint.*
image = bb:*
image_write = bb:*
volume = *
volumes_from = *
network_mode = *
publish = *
pid_mode = container:*
tmpfs = *
bind = {granted} rw
"""


@pytest.fixture(scope="module")
def granted(workdir):
    path = os.path.join(workdir, "granted")
    os.makedirs(path, exist_ok=True)
    return path


@pytest.fixture(scope="module")
def warden(make_warden, granted):
    return make_warden(RULES.format(granted=granted) + "check_state = yes\n")


def make(dockerd, name=None, start=True, **config):
    body = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0, **config}
    answer = dockerd.call("POST", "/containers/create" + (f"?name={name}" if name else ""), body)
    assert answer.status == 201, answer.body
    identity = json.loads(answer.body)["Id"]
    if start:
        assert dockerd.call("POST", f"/containers/{identity}/start").status == 204
    return identity


@pytest.fixture
def bind_volume(dockerd):
    options = {"type": "none", "o": "bind", "device": "/"}
    assert dockerd.call("POST", "/volumes/create", {
        "Name": "host-root", "DriverOpts": options}).status == 201
    yield "host-root"
    dockerd.remove_containers()
    dockerd.call("DELETE", "/volumes/host-root")


@pytest.fixture
def odd_network(dockerd):
    assert dockerd.call("POST", "/networks/create", {
        "Name": "odd", "Options": {"com.docker.network.bridge.name": "odd0"}}).status == 201
    yield "odd"
    dockerd.remove_containers()
    dockerd.call("DELETE", "/networks/odd")


# Every way to use a container, and what it answers when that is permitted.
USES = {
    "start": ("POST", "/containers/{}/start", None, 304),
    "restart": ("POST", "/containers/{}/restart?t=0", None, 204),
    "unpause": ("POST", "/containers/{}/unpause", None, 500), # it is not paused
    "attach": ("POST", "/containers/{}/attach?logs=1&stdout=1", None, 200),
    "archive get": ("GET", "/containers/{}/archive?path=/etc/passwd", None, 200),
    "archive stat": ("HEAD", "/containers/{}/archive?path=/etc/passwd", None, 200),
    "archive put": ("PUT", "/containers/{}/archive?path=/tmp", tar_of("x", b"x"), 200),
    "exec": ("POST", "/containers/{}/exec", {"Cmd": ["id"]}, 201),
    "update": ("POST", "/containers/{}/update", {"CpuShares": 512}, 200),
    "export": ("GET", "/containers/{}/export", None, 200),
    "commit": ("POST", "/commit?container={}&repo=bb&tag=committed", None, 201),
}


def use(socket_path, kind, name):
    method, target, body, expected = USES[kind]
    with Wire(socket_path) as client:
        headers = ["Content-Type: application/x-tar"] if isinstance(body, bytes) else []
        return client.request(method, target.format(name), body, headers), expected


@pytest.fixture
def no_committed_image(dockerd):
    yield
    dockerd.call("DELETE", "/images/bb:committed")


@pytest.mark.parametrize("kind", USES)
def test_a_container_within_the_policy_can_be_used(kind, warden, dockerd, granted,
                                                   no_committed_image):
    make(dockerd, "fine", HostConfig={"Binds": [granted + ":/g"], "NetworkMode": "bridge"})
    before = len(warden.records())
    answer, expected = use(warden.socket, kind, "fine")
    assert answer.status == expected, answer.body
    assert warden.records_since(before) == []


@pytest.mark.parametrize("kind", USES)
def test_a_privileged_container_cannot_be_used(kind, warden, dockerd, no_committed_image):
    make(dockerd, "strong", start=False, HostConfig={"Privileged": True})
    before = len(warden.records())
    answer, _ = use(warden.socket, kind, "strong")
    assert answer.status == 403
    record, = warden.records_since(before)
    assert record["grant"] == "privileged" and record["fix"] == "privileged = yes"
    assert record["field"] == "container strong: HostConfig.Privileged"
    if USES[kind][0] != "HEAD":
        assert "container strong: HostConfig.Privileged" in answer.message
    assert dockerd.get("/containers/strong/json")["ExecIDs"] is None
    assert dockerd.get("/images/bb:committed/json") is None


@pytest.mark.parametrize("kind", ["exec", "archive put"])
def test_the_connection_stays_behind_such_a_refusal(kind, warden, dockerd):
    make(dockerd, "strong", start=False, HostConfig={"Privileged": True})
    method, target, body, _ = USES[kind]
    with Wire(warden.socket) as client:
        for _ in range(2):
            assert client.request(method, target.format("strong"), body).status == 403
            assert client.request("GET", "/_ping").body == b"OK"


def test_attach_over_websocket_is_judged_too(warden, dockerd):
    make(dockerd, "strong", start=False, HostConfig={"Privileged": True})
    with Wire(warden.socket) as client:
        answer = client.request("GET", "/containers/strong/attach/ws?stream=1", headers=[
            "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Origin: http://localhost"])
        assert answer.status == 403 and "HostConfig.Privileged" in answer.message


POWERS = {
    "root bind": ({"Binds": ["/:/host"]}, "bind"),
    "root mount": ({"Mounts": [{"Type": "bind", "Source": "/", "Target": "/h"}]}, "bind"),
    "host network": ({"NetworkMode": "host"}, "network_mode"),
    "host processes": ({"PidMode": "host"}, "pid_mode"),
    "capability": ({"CapAdd": ["SYS_ADMIN"]}, "cap_add"),
    "device": ({"Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/n",
                             "CgroupPermissions": "rwm"}]}, "device"),
    "unmasked": ({"MaskedPaths": []}, "unmask"),
    "seccomp": ({"SecurityOpt": ["seccomp=unconfined"]}, "security_opt"),
}


@pytest.mark.parametrize("power", POWERS)
def test_powers_that_are_not_granted(power, warden, dockerd):
    config, grant = POWERS[power]
    make(dockerd, "strong", HostConfig=config)
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/strong/exec", {"Cmd": ["id"]})
    assert answer.status == 403 and f'"{grant}"' in answer.message
    assert "container strong: HostConfig." in answer.message


def test_an_image_that_is_not_granted(warden, dockerd):
    make(dockerd, "other", start=False, Image="hello:latest")
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/other/start")
    assert answer.status == 403 and "container other: Config.Image" in answer.message


def test_volumes_are_looked_into(warden, dockerd, bind_volume):
    """A name says nothing: the volume is a host path."""
    make(dockerd, "deep", start=False, HostConfig={"Binds": [f"{bind_volume}:/v"]})
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/deep/start")
        assert answer.status == 403 and "volume host-root: Options" in answer.message
        for host in ({"Binds": ["host-root:/v"]},
                     {"Mounts": [{"Type": "volume", "Source": "host-root", "Target": "/v"}]}):
            answer = client.request("POST", "/containers/create",
                                    {"Image": "bb:1", "HostConfig": host})
            assert answer.status == 403 and "volume host-root: Options" in answer.message


def test_volumes_that_are_new_or_plain(warden, dockerd):
    body = {"Image": "bb:1", "Cmd": ["true"], "HostConfig": {"Binds": ["state-plain:/v"]},
            "Volumes": {"/anonymous": {}}}
    with Wire(warden.socket) as client:
        for _ in range(2):
            answer = client.request("POST", "/containers/create", body)
            assert answer.status == 201
            identity = json.loads(answer.body)["Id"]
            assert client.request("POST", f"/containers/{identity}/start").status == 204
    dockerd.remove_containers()
    assert dockerd.call("DELETE", "/volumes/state-plain").status == 204


def test_mounts_that_are_taken_over(warden, dockerd):
    make(dockerd, "source", HostConfig={"Binds": ["/etc:/e:ro"]})
    make(dockerd, "heir", start=False, HostConfig={"VolumesFrom": ["source"]})
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/create", {
            "Image": "bb:1", "HostConfig": {"VolumesFrom": ["source:ro"]}})
        assert answer.status == 403 and "container source: Mounts[0].Source" in answer.message
        answer = client.request("POST", "/containers/heir/start")
        assert answer.status == 403 and "container heir: Mounts[0].Source" in answer.message


def test_a_container_that_is_joined(warden, dockerd):
    make(dockerd, "strong", HostConfig={"CapAdd": ["SYS_ADMIN"]})
    make(dockerd, "weak")
    make(dockerd, "joined", start=False, HostConfig={"PidMode": "container:strong"})
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/create", {
            "Image": "bb:1", "HostConfig": {"PidMode": "container:strong"}})
        assert answer.status == 403 and "container strong: HostConfig.CapAdd" in answer.message
        answer = client.request("POST", "/containers/joined/start")
        assert answer.status == 403 and "HostConfig.CapAdd" in answer.message
        answer = client.request("POST", "/containers/create", {
            "Image": "bb:1", "HostConfig": {"PidMode": "container:weak"}})
        assert answer.status == 201
        identity = json.loads(answer.body)["Id"]
        assert client.request("POST", f"/containers/{identity}/start").status == 204


def test_a_namespace_granted_by_name(make_warden, dockerd):
    """The daemon keeps the id of the container that is joined."""
    warden = make_warden("[policy test]\nallow = container.*\nimage = bb:*\n"
                         "network_mode = container:web\ncheck_state = yes\n")
    make(dockerd, "web")
    make(dockerd, "other")
    with Wire(warden.socket) as client:
        for name, expected in (("web", 204), ("other", 403)):
            identity = make(dockerd, start=False, HostConfig={"NetworkMode": "container:" + name})
            assert client.request("POST", f"/containers/{identity}/start").status == expected


def test_the_network_of_the_host_by_way_of_another(make_warden, dockerd):
    rules = "[policy test]\nallow = container.*\nimage = bb:*\nnetwork_mode = container:ci-* container:named\n"
    warden = make_warden(rules)
    for name, mode in (("ci-host", "host"), ("named", "host"), ("ci-fine", "bridge")):
        make(dockerd, name, HostConfig={"NetworkMode": mode})
    made = make(dockerd, start=False, HostConfig={"NetworkMode": "container:ci-host"})
    with Wire(warden.socket) as client:
        for name, expected in (("ci-host", 403), ("named", 201), ("ci-fine", 201)):
            answer = client.request("POST", "/containers/create", {
                "Image": "bb:1", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "container:" + name}})
            assert answer.status == expected, (name, answer.body)
        answer = client.request("POST", f"/containers/{made}/start")
        assert answer.status == 403 and '"host" needs the grant' in answer.message
    # its network would have been the host's
    assert dockerd.call("POST", f"/containers/{made}/start").status == 204
    pids = [dockerd.get(f"/containers/{name}/json")["State"]["Pid"] for name in (made, "ci-host")]
    looks = [dockerd.inside("readlink", f"/proc/{pid}/ns/net", stdout=subprocess.PIPE) for pid in pids + [1]]
    links = {look.communicate()[0] for look in looks}
    assert len(links) == 1 and b"net:" in links.pop()


def test_networks_are_looked_into(warden, dockerd, odd_network):
    make(dockerd, "fine")
    make(dockerd, "on-odd", start=False, HostConfig={"NetworkMode": "odd"})
    with Wire(warden.socket) as client:
        for method, target, body in (
                ("POST", "/networks/odd/connect", {"Container": "fine"}),
                ("POST", "/containers/on-odd/start", None),
                ("POST", "/containers/create", {"Image": "bb:1", "HostConfig": {"NetworkMode": "odd"}}),
                ("POST", "/containers/create", {"Image": "bb:1", "NetworkingConfig": {
                    "EndpointsConfig": {"odd": {}}}})):
            answer = client.request(method, target, body)
            assert answer.status == 403, (target, answer.body)
            assert "network odd: Options" in answer.message


def test_the_id_of_a_network_is_no_way_round_its_name(warden, dockerd):
    host = dockerd.get("/networks/host")["Id"]
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/create", {
            "Image": "bb:1", "HostConfig": {"NetworkMode": host}})
        assert answer.status == 403 and '"host" needs the grant "network_mode"' in answer.message


def test_a_plain_network(warden, dockerd):
    make(dockerd, "fine")
    with Wire(warden.socket) as client:
        assert client.request("POST", "/networks/create", {"Name": "plain"}).status == 201
        assert client.request("POST", "/networks/plain/connect",
                              {"Container": "fine"}).status == 200
        assert client.request("POST", "/containers/fine/restart?t=0").status == 204
        assert client.request("POST", "/networks/plain/disconnect",
                              {"Container": "fine"}).status == 200
        assert client.request("DELETE", "/networks/plain").status == 204


def test_an_exec_that_was_prepared_elsewhere(warden, dockerd):
    make(dockerd, "fine")
    make(dockerd, "strong", HostConfig={"CapAdd": ["SYS_ADMIN"]})
    with Wire(warden.socket) as client:
        for name, config, field in (
                ("fine", {"Privileged": True}, "ProcessConfig.privileged"),
                ("strong", {}, "HostConfig.CapAdd")):
            made = dockerd.call("POST", f"/containers/{name}/exec", {"Cmd": ["id"], **config})
            exec_id = json.loads(made.body)["Id"]
            answer = client.request("POST", f"/exec/{exec_id}/start", {"Detach": True})
            assert answer.status == 403 and field in answer.message
        answer = client.request("POST", "/containers/fine/exec",
                                {"Cmd": ["echo", "in there"], "AttachStdout": True, "Tty": True})
        exec_id = json.loads(answer.body)["Id"]
        client.send(encode("POST", f"/exec/{exec_id}/start", {"Tty": True}))
        assert client.read_head().status == 200
        assert b"in there" in client.read_all()


@pytest.mark.parametrize("method, target, body, message", [
    ("POST", "/containers/nobody/start", None, "No such container: nobody"),
    ("POST", "/containers/nobody/exec", {"Cmd": ["id"]}, "No such container: nobody"),
    ("POST", "/exec/nobody/start", {"Detach": True}, "No such exec instance: nobody"),
    ("POST", "/networks/nobody/connect", {"Container": "x"}, "network nobody not found"),
])
def test_what_does_not_exist(method, target, body, message, warden):
    before = len(warden.records())
    with Wire(warden.socket) as client:
        for _ in range(2):
            answer = client.request(method, target, body)
            assert answer.status == 404 and answer.message == message
    assert warden.records_since(before) == []


def without_the_date(answer):
    return [line for line in answer.head.split(b"\r\n") if not line.startswith(b"Date:")], answer.body


@pytest.mark.parametrize("method, target, body", [
    ("POST", "/containers/nobody/start", None),
    ("POST", "/v1.41/containers/nobody/exec", {"Cmd": ["id"]}),
    ("HEAD", "/containers/nobody/archive?path=/", None),
    ("GET", "/containers/nobody/archive?path=/", None),
    ("POST", "/exec/nobody/start", {"Detach": True}),
    ("POST", "/networks/bridge/connect", {"Container": "nobody"}),
])
def test_what_does_not_exist_is_answered_as_by_the_daemon(method, target, body, warden, dockerd):
    """Byte by byte: the status line, the daemon's headers and its message."""
    with Wire(dockerd.socket) as daemon, Wire(warden.socket) as client:
        want = without_the_date(daemon.request(method, target, body))
        assert want[0][0] == b"HTTP/1.1 404 Not Found"
        for _ in range(2):
            assert without_the_date(client.request(method, target, body)) == want
        answer = client.request(method, target, body, ["Connection: close"])
        assert answer.headers.pop("connection") == "close" and "server" in answer.headers
        assert client.at_end()


@pytest.fixture
def recorded(dockerd, workdir, granted, tmp_path):
    """Makes a sockwarden with a recorder between it and the daemon."""
    made = []

    def start(settings, before=None):
        recorder = Recorder(str(tmp_path / "r.sock"), dockerd.socket, before)
        warden = Warden(str(tmp_path), recorder.path)
        made.append((warden, recorder))
        warden.start(warden.configure(RULES.format(granted=granted) + settings, "test"))
        return warden, recorder

    yield start
    for warden, recorder in made:
        assert warden.end() == 0, warden.log.read_text()
        recorder.close()


def test_names_that_are_swapped_after_the_look(recorded, dockerd):
    """Between look and use the name goes to a privileged container: the one looked at is used."""
    fine = make(dockerd, "web", start=False)
    strong = make(dockerd, "strong", start=False, HostConfig={"Privileged": True})

    def swap(data):
        if data.startswith(b"POST ") and dockerd.get("/containers/web/json")["Id"] == fine:
            for identity, name in ((fine, "old"), (strong, "web")):
                assert dockerd.call("POST", f"/containers/{identity}/rename?name={name}").status == 204

    warden, recorder = recorded("check_state = yes\n", swap)
    with Wire(warden.socket) as client:
        assert client.request("POST", "/v1.41/containers/web/start").status == 204
    assert dockerd.get("/containers/web/json")["Id"] == strong
    assert not dockerd.get(f"/containers/{strong}/json")["State"]["Running"]
    assert dockerd.get(f"/containers/{fine}/json")["State"]["StartedAt"] > "0002"
    assert recorder.request_lines() == [
        "GET /containers/web/json", f"POST /v1.41/containers/{fine}/start"]


def test_the_commit_names_the_container_by_id(recorded, dockerd, no_committed_image):
    identity = make(dockerd, "web")
    warden, recorder = recorded("check_state = yes\n")
    with Wire(warden.socket) as client:
        assert client.request("POST", "/commit?container=web&repo=bb&tag=committed").status == 201
    assert f"POST /commit?container={identity}&repo=bb&tag=committed" in recorder.request_lines()


def test_nothing_is_asked_unless_the_policy_wants_it(recorded, dockerd):
    make(dockerd, "strong", start=False, HostConfig={"CapAdd": ["SYS_ADMIN"]})
    warden, recorder = recorded("check_state = no\n")
    with Wire(warden.socket) as client:
        assert client.request("POST", "/containers/strong/start").status == 204
    assert recorder.request_lines() == ["POST /containers/strong/start"]


@pytest.mark.parametrize("framing", ["length", "chunked", "expect"])
def test_an_upload_waits_for_the_look(framing, warden, dockerd):
    make(dockerd, "fine")
    data = os.urandom(1 << 20)
    tar = tar_of("up", data)
    target = "PUT /containers/fine/archive?path=/tmp HTTP/1.1\r\nHost: d\r\n".encode()
    with Wire(warden.socket) as client:
        if framing == "chunked":
            client.send(target + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(tar))
        else:
            expect = b"Expect: 100-continue\r\n" if framing == "expect" else b""
            client.send(target + expect + b"Content-Length: %d\r\n\r\n" % len(tar))
            if expect:
                assert client.read_head().status == 100
            client.send(tar)
        assert client.read_answer().status == 200 # with an end of the connection, at new daemons
    got = request(warden.socket, "GET", "/containers/fine/archive?path=/tmp/up").body
    with tarfile.open(fileobj=io.BytesIO(got)) as archive:
        assert archive.extractfile("up").read() == data


def test_a_client_works(make_warden, dockerd, client_config, granted):
    """A job from start to end with the policy of a CI runner, looking at all it uses."""
    policy, name = warden_module.policy_lines(warden_module.TOP / "conf/ci-runner.conf")
    docker = Cli(DEBIAN_DOCKER, make_warden(policy + "\ncheck_state = yes\n", name).socket,
                 client_config)
    docker("network", "create", "ci-job")
    docker("run", "-d", "--name", "job", "--network", "ci-job", "-p", "127.0.0.1:7172:80", "-v",
           "ci-state:/c", "--tmpfs", "/t", "-m", "64m", "bb:1", "sleep", "1000")
    assert docker.out("exec", "job", "echo", "in there") == "in there"
    assert docker.out("run", "--rm", "-i", "--user", "1000:1000", "bb:1", "cat",
                      input=b"stdin") == "stdin"
    docker("restart", "-t", "0", "job")
    docker("pause", "job")
    docker("unpause", "job")
    docker("rm", "-f", "job")
    docker("network", "rm", "ci-job")
    docker("volume", "rm", "ci-state")


CONTAINER = json.dumps({"Id": "a" * 64, "Name": "/x", "HostConfig": {},
                        "Config": {"Image": "bb:1"}, "Mounts": []}).encode()
STRANGE = {
    "no JSON": (answer_of(b"fine"), 502),
    "not an object": (answer_of(b"[]"), 403),
    "another object": (answer_of(b'{"Id":"aa"}'), 403),
    "a name twice": (answer_of(b'{"HostConfig":{},"HostConfig":{"Privileged":true}}'), 502),
    "a name in two spellings": (answer_of(
        CONTAINER.replace(b'"HostConfig": {}', b'"HostConfig": {"Privileged":false,"privileged":true}')),
        403),
    "an id that is none": (answer_of(CONTAINER.replace(b"aaaa", b"a/../")), 403),
    "no id": (answer_of(CONTAINER.replace(b'"Id"', b'"Idea"')), 403),
    "a member that is unknown": (answer_of(
        CONTAINER.replace(b'"HostConfig": {}', b'"HostConfig": {"NewPower":true}')), 403),
    "too large": (answer_of(b" " * 70000 + CONTAINER), 502),
    "to the end": (b"HTTP/1.1 200 OK\r\n\r\n" + CONTAINER, 502),
    "interim": (b"HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n", 502),
    "no HTTP": (b"SSH-2.0\r\n\r\n", 502),
    "a failure": (answer_of(b'{"message":"no"}', "500 Internal Server Error"), 500),
    "a redirect": (answer_of(b"", "307 Temporary Redirect"), 502),
    "nothing": (b"", 502),
    "silence": (None, 504),
}


@pytest.fixture
def fake(tmp_path, granted):
    made = []

    def start(answers, options="", policy=None):
        daemon = FakeDaemon(str(tmp_path / "d.sock"), answers)
        warden = Warden(str(tmp_path), daemon.path)
        made.append((warden, daemon))
        policy = policy or RULES.format(granted=granted) + "check_state = yes\n"
        warden.start(warden.configure(policy, "test", options))
        return warden, daemon

    yield start
    for warden, daemon in made:
        assert warden.end() == 0, warden.log.read_text()
        daemon.server.close()


@pytest.mark.parametrize("answer", STRANGE)
def test_strange_answers_are_refusals(answer, fake):
    raw, status = STRANGE[answer]
    warden, daemon = fake({"GET /containers/x/json": raw, "GET /_ping": answer_of(b"OK")},
                          "body_timeout = 500ms\nmax_body = 64k\n")
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/x/start")
        assert answer.status == status, answer.body
        assert client.request("GET", "/_ping").body == b"OK"
    assert not [line for line in daemon.seen if line.startswith("POST")]


# What is refused in any case, and passes, is not held up by what the daemon says.
@pytest.mark.parametrize("answer", STRANGE)
def test_strange_answers_do_not_stop_a_dry_run(answer, fake):
    done = answer_of(b"", "304 Not Modified")
    warden, daemon = fake({"GET /containers/x/json": STRANGE[answer][0], "POST /containers/x/start": done},
                          "body_timeout = 500ms\nmax_body = 64k\n",
                          "[policy test]\nallow = @safe\nmode = dry-run\n")
    with Wire(warden.socket) as client:
        for _ in range(2):
            assert client.request("POST", "/containers/x/start").status == 304
    for record in warden.records():
        assert record["event"] == "would-deny" and record["fixes"][0] == "allow = container.start"
    asked = [line for index, line in enumerate(daemon.seen) if daemon.seen[index - 1:index] != [line]]
    assert asked == ["GET /containers/x/json", "POST /containers/x/start"] * 2


# The daemon chooses "rslave" for what holds its own data; a client who says so needs the line.
@pytest.mark.parametrize("mode, status", [("", 201), (":rslave", 403), (":rshared", 403)])
def test_the_daemons_own_propagation(mode, status, dockerd, make_warden):
    body = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0, "HostConfig": {"Binds": ["/:/host" + mode]}}
    warden = make_warden("[policy test]\nallow = container.*\nimage = bb:1\nbind = / rw\n")
    made = dockerd.call("POST", "/containers/create", body)
    if made.status == 201:
        identity = json.loads(made.body)["Id"]
        mount, = dockerd.get(f"/containers/{identity}/json")["Mounts"]
        assert mount["Propagation"] == (mode[1:] or "rslave")
        assert request(warden.socket, "POST", f"/containers/{identity}/start").status == (204 if not mode else 403)
    assert request(warden.socket, "POST", "/containers/create", body).status == status


@pytest.mark.parametrize("late", [answer_of(b"fine"), answer_of(b" " * 70000), b"",
                                  answer_of(b'{"message":"gone"}', "404 Not Found")])
def test_a_dry_run_that_ends_during_the_look(late, fake, granted):
    """What was not said does not count as what does not exist: nobody is let through by a policy that enforces."""
    hold = threading.Event()

    def answer():
        hold.wait(20)
        return late

    done = answer_of(b"", "304 Not Modified")
    warden, daemon = fake({"GET /containers/x/json": answer, "POST /containers/x/start": done},
                          "max_body = 64k\n", "[policy test]\nallow = @safe\nmode = dry-run\n")
    with Wire(warden.socket) as client:
        client.send(encode("POST", "/containers/x/start"))
        await_true(lambda: daemon.seen, 5, "the look")
        warden.configure(RULES.format(granted=granted), "test", "max_body = 64k\n")
        warden.reload()
        hold.set()
        assert client.read_answer("POST").status == 403
    assert not [line for line in daemon.seen if line.startswith("POST")]


@pytest.mark.parametrize("answer", STRANGE)
def test_a_hidden_object_is_told_once(answer, fake):
    """The daemon is asked how it words what is missing, once the denial is in the log."""
    hidden = answer_of(CONTAINER.replace(b'"Config": {',
                                         b'"Config": {"Labels":{"io.sockwarden.owner":"other"},'))
    warden, _ = fake({"GET /_ping": answer_of(b"OK"), "GET /containers/x/json": hidden,
                      "GET /containers/sockwarden.nobody.has.this.name/json": STRANGE[answer][0]},
                     "body_timeout = 500ms\nmax_body = 64k\n",
                     "[policy test]\nallow = @safe container.*\nowner = me\n")
    with Wire(warden.socket) as client:
        assert client.request("POST", "/containers/x/start").status >= 400
        assert client.request("GET", "/_ping").body == b"OK"
    record, = warden.records()
    assert record["event"] == "denied"


def test_a_dry_run_without_a_daemon_is_recorded(fake):
    warden, daemon = fake({}, "connect_timeout = 100ms\n", "[policy test]\nallow = @safe\nmode = dry-run\n")
    daemon.server.close()
    os.unlink(daemon.path)
    with Wire(warden.socket) as client:
        assert client.request("POST", "/containers/x/start").status == 502
    record, = warden.records()
    assert record["event"] == "would-deny" and record["fixes"] == ["allow = container.start"]


def test_answers_in_pieces_and_chunks(fake):
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(
        CONTAINER[:10], CONTAINER[10:])
    warden, daemon = fake({"GET /containers/x/json": raw,
                           f"POST /containers/{'a' * 64}/start": answer_of(b"", "304 Not Modified")})
    with Wire(warden.socket) as client:
        assert client.request("POST", "/containers/x/start").status == 304
        assert client.request("POST", "/containers/x/start").status == 304
    assert daemon.seen == ["GET /containers/x/json", f"POST /containers/{'a' * 64}/start"] * 2


def test_names_that_would_be_other_paths(fake):
    warden, daemon = fake({})
    with Wire(warden.socket) as client:
        for host in ({"NetworkMode": "../containers/x"}, {"NetworkMode": ".."},
                     {"VolumesFrom": ["x/json?"]}, {"PidMode": "container:.."}):
            answer = client.request("POST", "/containers/create",
                                    {"Image": "bb:1", "HostConfig": host})
            assert answer.status == 403 and "cannot be looked up" in answer.message
    assert daemon.seen == []


def test_too_many_objects(fake):
    names = [f"v{i}" for i in range(70)]
    gone = answer_of(b'{"message":"gone"}', "404 Not Found")
    warden, daemon = fake({f"GET /volumes/{name}": gone for name in names})
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/create", {
            "Image": "bb:1", "HostConfig": {"Binds": [f"{n}:/{n}" for n in names]}})
        assert answer.status == 403 and "more than 64 objects" in answer.message
    assert len(daemon.seen) == 64


def test_a_client_that_leaves_during_the_look(fake):
    warden, daemon = fake({"GET /containers/x/json": None})
    quiet = warden.settled_descriptors()
    with Wire(warden.socket) as client:
        client.send(encode("POST", "/containers/x/start"))
        await_true(lambda: daemon.seen, 5, "the look")
    await_true(lambda: warden.descriptors() <= quiet, 5, "both ends to be closed")


def test_another_daemon_during_the_look(fake, granted, tmp_path):
    """After a reload the new daemon is asked from the beginning."""
    warden, old = fake({"GET /containers/x/json": answer_of(CONTAINER.replace(
        b'"Mounts": []', b'"Mounts": [{"Type":"volume","Name":"v"}]')), "GET /volumes/v": None})
    new = FakeDaemon(str(tmp_path / "new.sock"), {
        "GET /containers/x/json": answer_of(CONTAINER),
        f"POST /containers/{'a' * 64}/start": answer_of(b"", "304 Not Modified")})
    with Wire(warden.socket) as client:
        client.send(encode("POST", "/containers/x/start"))
        await_true(lambda: "GET /volumes/v" in old.seen, 5, "the look")
        warden.upstream = new.path
        warden.configure(RULES.format(granted=granted) + "check_state = yes\n", "test")
        warden.process.send_signal(signal.SIGHUP)
        assert client.read_answer().status == 304
    assert new.seen == ["GET /containers/x/json", f"POST /containers/{'a' * 64}/start"]
    assert not [line for line in old.seen if line.startswith("POST")]
    new.server.close()


# Where binds lead.


@pytest.fixture(scope="module")
def resolving(make_warden, granted):
    return make_warden(RULES.format(granted=granted) + "resolve_binds = yes\n")


def create_with(client, source):
    return client.request("POST", "/containers/create", {
        "Image": "bb:1", "HostConfig": {"Mounts": [
            {"Type": "bind", "Source": source, "Target": "/b"}]}})


def test_links_are_followed(resolving, granted):
    inside, outside = os.path.join(granted, "inside"), os.path.join(granted, "outside")
    os.makedirs(os.path.join(granted, "real"), exist_ok=True)
    for link, target in ((inside, "real"), (outside, "/etc"),
                         (os.path.join(granted, "nowhere"), "/srv/no/where")):
        if not os.path.islink(link):
            os.symlink(target, link)
    with Wire(resolving.socket) as client:
        assert create_with(client, granted + "/real").status == 201
        assert create_with(client, inside).status == 201
        for path, leads in ((outside, "/etc"), (outside + "/ssl", "/etc/ssl"),
                            (outside + "/no/such", "/etc/no/such")):
            answer = create_with(client, path)
            assert answer.status == 403
            assert f'"{path}" leads to "{leads}"' in answer.message
        answer = create_with(client, granted + "/nowhere/x")
        assert answer.status == 403 and "leads to what does not exist" in answer.message
        assert create_with(client, granted + "/real/new").status == 400 # the daemon's own word
        answer = client.request("POST", "/containers/create", {
            "Image": "bb:1", "HostConfig": {"Binds": [outside + ":/b"]}})
        assert answer.status == 403 and 'leads to "/etc"' in answer.message


def test_without_the_switch_paths_are_words(warden, granted):
    link = os.path.join(granted, "astray")
    os.symlink("/etc", link)
    with Wire(warden.socket) as client:
        assert create_with(client, link).status == 201


def test_a_link_that_changes_before_the_start(make_warden, granted, dockerd):
    warden = make_warden(RULES.format(granted=granted) + "resolve_binds = yes\ncheck_state = yes\n")
    link = os.path.join(granted, "turned")
    os.makedirs(os.path.join(granted, "there"))
    os.symlink("there", link)
    with Wire(warden.socket) as client:
        answer = create_with(client, link)
        assert answer.status == 201
        identity = json.loads(answer.body)["Id"]
        os.unlink(link)
        os.symlink("/etc", link)
        answer = client.request("POST", f"/containers/{identity}/start")
        assert answer.status == 403 and 'leads to "/etc"' in answer.message


# What is mounted on this host.


@pytest.fixture
def safe(granted):
    """A file system of its own, without set-uid programs and device nodes."""
    path = os.path.join(granted, "safe")
    os.makedirs(path, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "nosuid,nodev,size=64k", "none", path], check=True)
    yield path
    subprocess.run(["umount", path], check=True)


def test_set_uid_programs_stay_away(make_warden, granted, safe):
    warden = make_warden(
        RULES.format(granted=granted) + "resolve_binds = yes\nrequire = nosuid_binds\n")
    with Wire(warden.socket) as client:
        assert create_with(client, safe).status == 201
        answer = create_with(client, granted)
        assert answer.status == 403 and "nosuid_binds" in answer.message
        answer = client.request("POST", "/containers/create", {
            "Image": "bb:1", "HostConfig": {"Binds": [f"{granted}:/b:ro"]}})
        assert answer.status == 201, answer.body # what is mounted below is safe


def test_a_mount_below_a_read_only_bind(make_warden, granted, safe):
    """This daemon leaves it writable: whoever may only read may not have it."""
    reads = RULES.format(granted=granted).replace(f"{granted} rw", f"{granted} ro")
    body = {"Image": "bb:1", "HostConfig": {"Binds": [f"{granted}:/b:ro"]}}
    warden = make_warden(reads + "resolve_binds = yes\n")
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/v1.41/containers/create", body)
        assert answer.status == 403 and f'"{safe}" is mounted below' in answer.message
    both = make_warden(reads + f"bind = {safe} rw\nresolve_binds = yes\n")
    with Wire(both.socket) as client:
        assert client.request("POST", "/v1.41/containers/create", body).status == 201


def test_directories_that_binds_make(make_warden, granted, dockerd):
    new = os.path.join(granted, "made")
    body = {"Image": "bb:1", "HostConfig": {"Binds": [f"{new}:/b"]}}
    lines = RULES.format(granted=granted) + "resolve_binds = yes\n"
    with Wire(make_warden(lines).socket) as client:
        answer = client.request("POST", "/containers/create", body)
        assert answer.status == 403 and "create" in answer.message
        assert not os.path.exists(new)
    lines = lines.replace(f"{granted} rw", f"{granted} rw create")
    with Wire(make_warden(lines).socket) as client:
        assert client.request("POST", "/containers/create", body).status == 201
