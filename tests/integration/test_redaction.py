# SPDX-License-Identifier: Apache-2.0
"""`redact`: secrets of each kind are planted in objects of each kind. The daemon tells them; through sockwarden
no answer to a GET of the table has one."""

import json
import os
import re
import subprocess
import time

import pytest

import warden as warden_module
import wire
from archives import tar_of
from conftest import Cli, clients
from fake import FakeDaemon, serve_at
from warden import BINARY
from wire import Wire, request

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

OPERATIONS = {row["name"]: row for row in json.loads(subprocess.run(
    [BINARY, "operations", "--format", "json"], check=True, capture_output=True).stdout)}
KINDS = "env args labels mounts host swarm"
POLICY = "[policy test]\nallow = @all\ngrant = all\n"
# What no answer may have. A marker is planted once for each kind.
MARK = "s3cr3t"


def mark(kind):
    return f"{MARK}-{kind}"


class Planted:
    """Objects with secrets at a daemon that is a swarm of its own."""

    def __init__(self, dockerd, directory):
        self.dockerd = dockerd
        self.directory = directory
        self.names = {}

    def make(self, kind, target, body, key="Id"):
        answer = self.dockerd.call("POST", target, body)
        assert answer.status in (200, 201), (target, answer.body)
        self.names[kind] = json.loads(answer.body)[key]
        return self.names[kind]

    def plant(self):
        labels = {"shop.token": mark("labels")}
        self.make("volume", "/volumes/create", {
            "Name": "planted", "Labels": labels,
            "DriverOpts": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m,uid=0"}}, "Name")
        self.make("network", "/networks/create", {
            "Name": "planted", "Labels": labels, "CheckDuplicate": True,
            "Options": {"com.example.token": mark("network-option")}})
        healthcheck = {"Test": ["CMD-SHELL", f"echo {mark('health')}"], "Interval": 10**9, "Retries": 1}
        container = {
            "Image": "bb:1", "Entrypoint": ["sh", "-c"], "StopTimeout": 0, "Labels": labels,
            "Cmd": [f"sleep 1000; echo {mark('args')}"], "Env": [f"TOKEN={mark('env')}", "KEEP=kept", "BARE="],
            "Healthcheck": healthcheck,
            "HostConfig": {
                "Binds": [f"{self.directory}:/bound", "planted:/planted"],
                "Mounts": [{"Type": "volume", "Target": "/inline", "VolumeOptions": {
                    "Labels": labels, "DriverConfig": {"Name": "local", "Options": {
                        "type": "tmpfs", "device": "tmpfs", "o": "size=2m"}}}}],
                "LogConfig": {"Type": "json-file", "Config": {"env": mark("log-option")}},
            }}
        self.make("container", "/containers/create?name=planted", container)
        assert self.dockerd.call("POST", "/containers/planted/start").status == 204
        self.make("exec", "/containers/planted/exec", {"Cmd": ["echo", mark("exec")]})
        with Wire(self.dockerd.socket) as client:
            client.request("POST", f"/exec/{self.names['exec']}/start", {"Detach": True})
        failing = self.make("failing", "/containers/create?name=failing", {
            "Image": "bb:1", "Cmd": [mark("command-not-found")]})
        assert self.dockerd.call("POST", f"/containers/{failing}/start").status >= 400
        self.names["failing"] = "failing"
        self.make("hostnet", "/containers/create?name=hostnet", {
            "Image": "bb:1", "Cmd": ["true"], "HostConfig": {
                "NetworkMode": "host", "PortBindings": {"80/tcp": [{"HostIp": "10.98.7.65", "HostPort": ""}]}}})
        self.build()
        self.swarm(labels, healthcheck)

    def build(self):
        file = (f"FROM bb:1\nARG T\nENV TOKEN={mark('image-env')}\nLABEL shop.token={mark('labels')} image={mark('labels')}\n"
                f"RUN echo $T\nONBUILD RUN echo {mark('onbuild')}\nCMD [\"{mark('image-cmd')}\"]\n")
        buildargs = json.dumps({"T": mark("build-arg")}).replace('"', "%22").replace(" ", "")
        answer = request(self.dockerd.socket, "POST", f"/build?t=planted&version=1&buildargs={buildargs}",
                         tar_of("Dockerfile", file.encode()), ["Content-Type: application/x-tar"])
        assert answer.status == 200 and b"Successfully" in answer.body, answer.body
        self.names["image"] = "planted"

    def swarm(self, labels, healthcheck):
        answer = self.dockerd.call("POST", "/swarm/init", {
            "ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1",
            "Spec": {"EncryptionConfig": {"AutoLockManagers": True}}})
        assert answer.status == 200, answer.body
        self.tokens = self.dockerd.get("/swarm")["JoinTokens"]
        self.unlock = self.dockerd.get("/swarm/unlockkey")["UnlockKey"]
        self.make("secret", "/secrets/create", {"Name": "planted", "Labels": labels, "Data": "c2VjcmV0"}, "ID")
        self.make("config", "/configs/create", {
            "Name": "planted", "Labels": labels, "Data": "czNjcjN0LWNvbmZpZw=="}, "ID")
        spec = {
            "Name": "planted", "Labels": labels,
            "TaskTemplate": {
                "LogDriver": {"Name": "json-file", "Options": {"env": mark("log-option")}},
                "RestartPolicy": {"Condition": "none"},
                "ContainerSpec": {
                    "Image": "bb:1", "Labels": labels, "Command": ["sh", "-c"],
                    "Args": [f"sleep 1000; echo {mark('args')}"], "Env": [f"TOKEN={mark('env')}"],
                    "Healthcheck": healthcheck, "StopGracePeriod": 0,
                    "Mounts": [{"Type": "bind", "Source": str(self.directory), "Target": "/bound"}]}}}
        service = self.make("service", "/services/create", spec, "ID")
        version = self.dockerd.get(f"/services/{service}")["Version"]["Index"]
        spec["TaskTemplate"]["ForceUpdate"] = 1
        spec["TaskTemplate"]["ContainerSpec"]["Env"] = [f"TOKEN={mark('env')}-2"]
        assert self.dockerd.call("POST", f"/services/{service}/update?version={version}", spec).status == 200
        wire.await_true(lambda: any(task["Status"].get("ContainerStatus", {}).get("PID") for task in
                                    self.dockerd.get("/tasks")), 30, "a task that runs")
        self.names["task"] = self.dockerd.get("/tasks")[0]["ID"]
        node = self.dockerd.get("/nodes")[0]
        self.names["node"] = node["ID"]
        answer = self.dockerd.call("POST", f"/nodes/{node['ID']}/update?version={node['Version']['Index']}",
                                   {**node["Spec"], "Labels": labels})
        assert answer.status == 200, answer.body

    def clean(self):
        self.dockerd.call("POST", "/swarm/leave?force=1")
        wire.await_true(lambda: self.dockerd.get("/info")["Swarm"]["LocalNodeState"] == "inactive", 30, "no swarm")
        self.dockerd.remove_containers()
        for path in ("/images/planted?force=1", "/volumes/planted", "/networks/planted"):
            self.dockerd.call("DELETE", path)

    def secrets(self):
        """Texts that no answer may have."""
        info = self.dockerd.get("/info")
        return [MARK, "czNjcjN0", str(self.directory), self.tokens["Worker"], self.tokens["Manager"], self.unlock,
                info["ID"], info["DockerRootDir"], f'"{info["Name"]}"', "10.98.7.65"]

    def targets(self):
        """A request for each GET of the table."""
        yield "system.ping", "/_ping"
        yield "container.inspect", "/containers/hostnet/json"
        for name, row in OPERATIONS.items():
            if row["method"] != "GET" or name in NOT_JSON or name == "system.ping":
                continue
            path = row["path"]
            if "{" in path:
                kind = {"distribution": "image"}.get(name.split(".")[0], name.split(".")[0])
                if kind not in self.names:
                    continue
                path = re.sub(r"\{\w+\}", self.names[kind], path)
            yield name, path + QUERIES.get(name, "")


# Bytes that may hold anything: `check` warns of them.
NOT_JSON = ("container.logs container.export container.attach_ws container.archive_get image.get image.get_all "
            "service.logs task.logs container.stats").split()
QUERIES = {"container.list": "?all=1&size=1", "system.events": "?since=1&until={now}", "image.search": "?term=x",
           "plugin.privileges": "?remote=x", "image.list": "?all=1", "checkpoint.list": "",
           "service.list": "?status=1"}


@pytest.fixture(scope="module")
def planted(dockerd, tmp_path_factory):
    directory = f"/tmp/{MARK}-mounts-{os.getpid()}"
    dockerd.inside("mkdir", "-p", directory).wait()
    made, kept = Planted(dockerd, directory), set()
    try:
        made.plant()
        kept = dockerd.container_ids()
        dockerd.keep |= kept
        yield made
    finally:
        dockerd.keep -= kept
        made.clean()


def targets(planted):
    for name, target in planted.targets():
        yield name, target.replace("{now}", str(int(time.time()) + 1))


def test_the_daemon_tells_them(planted, dockerd):
    """Or the next test says nothing."""
    told = b""
    for name, target in targets(planted):
        told += request(dockerd.socket, "GET", target).body
    for secret in planted.secrets() + [mark(kind) for kind in (
            "env args labels health log-option network-option exec command-not-found image-env image-cmd "
            "onbuild build-arg").split()]:
        assert secret.encode() in told, secret


def test_no_answer_has_one(planted, dockerd, make_warden):
    warden = make_warden(POLICY + f"redact = {KINDS}\n")
    found = []
    for name, target in targets(planted):
        plain, answer = request(dockerd.socket, "GET", target), request(warden.socket, "GET", target)
        found += [(name, secret) for secret in planted.secrets() if secret.encode() in answer.body]
        assert answer.status == plain.status, (name, answer.body)
        if plain.status == 200 and name.endswith(".inspect"):
            assert names(json.loads(answer.body)) == names(json.loads(plain.body)), name
    assert not found


def names(answer):
    """Names and types, which stay, but for what a health check changes all the time."""
    found = shape({key: value for key, value in answer.items() if key not in ("ExecIDs", "State")})
    found.get("Mounts", []).sort(key=json.dumps) # the daemon has them in another order each time
    return found


def shape(value):
    """Names and types, which stay."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value] if not value or not isinstance(value[0], (int, float)) else []
    return type(value).__name__


def test_old_versions_of_the_api_have_none_either(planted, make_warden):
    warden = make_warden(POLICY + f"redact = {KINDS}\nmin_api = 1.12\n")
    for name, target in targets(planted):
        for version in ("v1.19", "v1.24", "v1.30"):
            answer = request(warden.socket, "GET", f"/{version}{target}")
            for secret in planted.secrets():
                assert secret.encode() not in answer.body, (name, version, secret)


def test_one_kind_leaves_the_others(planted, dockerd, make_warden):
    warden = make_warden(POLICY + "redact = env\nredact_except = KEE*\n")
    answer = json.loads(request(warden.socket, "GET", "/containers/planted/json").body)
    plain = dockerd.get("/containers/planted/json")
    assert [text for text in answer["Config"]["Env"] if not text.startswith("PATH")] == [
        "TOKEN=***", "KEEP=kept", "BARE="]
    plain["Config"]["Env"] = answer["Config"]["Env"]
    for one in (plain, answer):
        one["State"].pop("Health")
        one.pop("ExecIDs")
        one["Mounts"].sort(key=lambda mount: mount["Destination"])
    assert answer == plain


@pytest.fixture(scope="module")
def all_hidden(make_warden):
    return make_warden(POLICY + f"redact = {KINDS}\n")


@pytest.mark.parametrize("arguments", [
    "inspect planted", "inspect hostnet", "port hostnet", "ps -a --no-trunc", "history --no-trunc planted", "info", "service inspect planted",
    "volume inspect planted", "network inspect planted", "node inspect self", "config inspect planted",
    "secret inspect planted", "service ps --no-trunc planted", "top planted", "swarm join-token worker",
    "system df -v", "image inspect planted", "events --since 1 --until {now}", "node ls", "stack ls"])
@pytest.mark.parametrize("program", clients(), ids=["first", "second"][:len(clients())])
def test_docker_works_and_shows_none(program, arguments, planted, all_hidden, client_config):
    warden = all_hidden
    docker = Cli(program, warden.socket, client_config)
    done = docker(*arguments.replace("{now}", str(int(time.time()) + 1)).split(), check=False)
    assert done.returncode == 0, done.stderr
    for secret in planted.secrets():
        assert secret.encode() not in done.stdout, secret


def test_events_come_at_once(planted, make_warden):
    warden = make_warden(POLICY + "redact = labels args\n")
    with Wire(warden.socket) as client:
        client.send(wire.encode("GET", "/events"))
        assert client.read_head().status == 200
        request(planted.dockerd.socket, "POST", "/containers/planted/pause")
        event = json.loads(next(client.read_chunks()).splitlines()[0])
        request(planted.dockerd.socket, "POST", "/containers/planted/unpause")
    assert event["Action"] == "pause" or event["Action"].startswith(("exec_", "health_status")), event
    assert MARK not in json.dumps(event)


def test_errors_have_none(planted, make_warden):
    warden = make_warden(POLICY + "redact = args\n")
    answer = request(warden.socket, "POST", "/containers/failing/start")
    assert answer.status >= 400 and MARK.encode() not in answer.body, answer.body
    assert answer.message.startswith("***")
    answer = request(warden.socket, "GET", "/containers/missing/json")
    assert answer.status == 404 and answer.message == "No such container: missing"


def test_a_refusal_has_none_of_what_exists(planted, make_warden):
    warden = make_warden("[policy test]\nallow = @all\nredact = mounts\n")
    answer = request(warden.socket, "POST", "/containers/planted/exec", {"Cmd": ["true"]})
    assert answer.status == 403 and MARK not in answer.message and "redact" in answer.message
    warden.await_records(0)
    assert MARK in warden.audit.read_text()


def test_a_volume_that_exists_is_told_without_them(planted, make_warden):
    warden = make_warden(POLICY + f"redact = {KINDS}\n")
    answer = request(warden.socket, "POST", "/volumes/create", {"Name": "planted"})
    assert answer.status == 201 and MARK.encode() not in answer.body and b"docker" not in answer.body


def test_operations_whose_answers_are_unknown_are_refused(make_warden):
    warden = make_warden(POLICY + "redact = swarm\n")
    for target in ("/debug/vars", "/libpod/info"):
        answer = request(warden.socket, "GET", target)
        assert answer.status == 403 and "redact" in answer.message, answer.body
    assert request(warden.socket, "GET", "/containers/x/top?ps_args=-o+pid,args,time").status == 404
    warden = make_warden(POLICY + "redact = args\n")
    answer = request(warden.socket, "GET", "/containers/x/top?ps_args=-o+pid,args,time")
    assert answer.status == 403 and "ps_args" in answer.message
    assert request(warden.socket, "GET", "/containers/x/top?ps_args=aux").status == 404


# ---- what only another daemon says


JSON = b"Content-Type: application/json\r\n"


def head(status="200 OK", *lines):
    return b"HTTP/1.1 " + status.encode() + b"\r\n" + b"".join(lines) + b"\r\n"


def of_length(body, *lines):
    return head("200 OK", b"Content-Length: %d\r\n" % len(body), *lines) + body


SECRET_BODY = b'{"Config":{"Env":["A=s3cr3t"]}}'
REFUSED = {
    "malformed": of_length(b'{"Config":{"Env":["A=s3cr3t"', JSON),
    "two values": of_length(SECRET_BODY + b"{}", JSON),
    "another type": of_length(SECRET_BODY, b"Content-Type: text/plain\r\n"),
    "two types": of_length(SECRET_BODY, JSON, b"Content-Type: text/plain\r\n"),
    "encoded": of_length(SECRET_BODY, JSON, b"Content-Encoding: gzip\r\n"),
    "too deep": of_length(b'{"Config":' + b"[" * 200 + b'"s3cr3t"' + b"]" * 200 + b"}", JSON),
    "not UTF-8": of_length(b'{"Config":{"Env":["A=s3cr3t\xff"]}}', JSON),
    "a server error in HTML": head("500 Internal Server Error", b"Content-Type: text/html\r\n",
                                   b"Content-Length: 6\r\n") + b"s3cr3t",
    "partial": head("206 Partial Content", b"Content-Length: 6\r\n") + b"s3cr3t",
}
TOLD = {
    "no type": of_length(SECRET_BODY), # as Podman answers some requests
    "length": of_length(SECRET_BODY, JSON),
    "charset": of_length(SECRET_BODY, b"Content-Type: application/json; charset=utf-8\r\n"),
    "chunks": head("200 OK", JSON, b"Transfer-Encoding: chunked\r\n") + wire.chunked(
        *(SECRET_BODY[at:at + 1] for at in range(len(SECRET_BODY)))),
    "a hop": of_length(SECRET_BODY, JSON, b"Connection: keep-alive\r\n"),
}


@pytest.fixture(scope="module")
def liar(workdir, make_gate):
    """A daemon whose answers to /containers/NAME/json the tests choose."""
    answers = {f"GET /containers/{name.replace(' ', '-')}/json": answer
               for name, answer in {**REFUSED, **TOLD}.items()}
    answers["GET /containers/closes/json"] = head("200 OK", JSON) + SECRET_BODY
    daemon = FakeDaemon(f"{workdir}/liar", answers)
    gate = make_gate(f"[sockwarden]\nupstream = unix:{workdir}/liar\n@AUDIT@\n[listener main]\n"
                     f"address = unix:@DIR@/main\npolicy = test\n{POLICY}redact = env args\n",
                     lambda directory: wire.accepts(f"{directory}/main"))
    yield f"{gate.dir}/main"
    daemon.server.close()


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_searched_is_a_502(name, liar):
    with Wire(liar) as client:
        for _ in range(2): # and the connection stays
            answer = client.request("GET", f"/containers/{name.replace(' ', '-')}/json")
            assert answer.status == 502 and b"s3cr3t" not in answer.body, answer.body
            assert "redact" in answer.message


@pytest.mark.parametrize("name", TOLD)
def test_what_can_be_is_told_in_chunks(name, liar):
    with Wire(liar) as client:
        for _ in range(2):
            answer = client.request("GET", f"/containers/{name}/json".replace(" ", "-"))
            assert answer.status == 200 and "content-length" not in answer.headers
            assert answer.headers["transfer-encoding"] == "chunked"
            assert json.loads(answer.body) == {"Config": {"Env": ["A=***"]}}


def test_a_client_of_http_1_0_reads_to_the_end(liar):
    with Wire(liar) as client:
        client.send(b"GET /containers/length/json HTTP/1.0\r\nHost: x\r\n\r\n")
        answer = client.read_answer()
        assert "transfer-encoding" not in answer.headers and answer.headers["connection"] == "close"
        assert json.loads(answer.body) == {"Config": {"Env": ["A=***"]}}


def test_errors_of_questions_have_none(workdir, make_warden):
    """The daemon is asked about the object that a request acts on; what it says of that goes to the client."""
    trouble = json.dumps({"message": f"open /var/lib/{MARK}: no such file"}).encode()
    missing = b'{"message":"No such container: missing"}'
    answers = {}
    for name, lines in (("whole", b"Content-Length: %d\r\n\r\n" % len(trouble) + trouble),
                        ("pieces", b"Transfer-Encoding: chunked\r\n\r\n" + wire.chunked(trouble))):
        for status in (400, 500):
            answers[f"GET /containers/{name}{status}/json"] = (
                b"HTTP/1.1 %d x\r\n" % status + JSON + lines)
    answers["GET /containers/missing/json"] = (
        b"HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n" % len(missing) + JSON + b"\r\n" + missing)
    daemon = FakeDaemon(f"{workdir}/trouble", answers)
    warden = make_warden("[policy test]\nupstream = trouble\nallow = @all\nredact = host\n[upstream trouble]\n"
                         f"address = unix:{workdir}/trouble\n")
    for name in ("whole400", "whole500", "pieces400", "pieces500"):
        answer = request(warden.socket, "POST", f"/containers/{name}/exec", {"Cmd": ["true"]})
        assert answer.status == int(name[-3:]) and MARK not in answer.message, answer.body
        assert answer.message.startswith("***")
    answer = request(warden.socket, "POST", "/containers/missing/exec", {"Cmd": ["true"]})
    assert answer.status == 404 and answer.body == missing
    daemon.server.close()


def test_progress_has_none(workdir, make_warden):
    """What a registry or a proxy said comes in the stream when that has begun."""
    lines = [{"status": "Pulling from library/a", "id": "1"},
             {"errorDetail": {"message": f"proxyconnect tcp: dial tcp {MARK}:3128"}, "error": f"dial tcp {MARK}:3128"}]
    body = "\r\n".join(map(json.dumps, lines)).encode()
    daemon = FakeDaemon(f"{workdir}/pulls", {"POST /images/create": of_length(body, JSON)})
    warden = make_warden(f"[policy test]\nupstream = pulls\n{POLICY[14:]}redact = host\n[upstream pulls]\n"
                         f"address = unix:{workdir}/pulls\n")
    answer = request(warden.socket, "POST", "/images/create?fromImage=a&tag=1")
    daemon.server.close()
    told = [json.loads(line) for line in answer.body.splitlines()]
    assert answer.status == 200 and told[0] == lines[0] and told[1]["error"].startswith("***")
    assert MARK.encode() not in answer.body


def test_an_answer_that_stops_is_cut(workdir, make_warden):
    """Behind a head that is gone: the client sees that it is not whole, and never the rest."""
    def serve(client):
        client.recv(65536)
        client.sendall(head("200 OK", JSON, b"Transfer-Encoding: chunked\r\n") + b"a\r\n" + SECRET_BODY[:10] + b"\r\n")
        time.sleep(0.2)
        client.sendall(b"9\r\n}s3cr3t!!\r\n0\r\n\r\n")

    server = serve_at(f"{workdir}/stops", serve)
    warden = make_warden(f"[policy test]\nupstream = stops\n{POLICY[14:]}redact = env\n[upstream stops]\n"
                         f"address = unix:{workdir}/stops\n")
    with Wire(warden.socket) as client:
        client.send(wire.encode("GET", "/containers/x/json"))
        rest = client.read_all()
    server.close()
    assert b"s3cr3t" not in rest and not rest.endswith(b"0\r\n\r\n") and b"200 OK" in rest


def test_a_configuration_that_lets_answers_by_is_refused(tmp_path):
    for line, word in (("mode = dry-run", "dry-run"), ("unknown_routes = allow", "unknown_routes"),
                       ("redact_except = X", None), ("redact = secrets", "secrets")):
        path = tmp_path / "c.conf"
        redact = "" if word in (None, "secrets") else "redact = env\n"
        path.write_text(f"[listener a]\naddress = unix:/run/x\npolicy = test\n{POLICY}{redact}{line}\n")
        done = subprocess.run([BINARY, "check", "-c", path], capture_output=True, text=True)
        assert done.returncode != 0 and (word or "redact_except") in done.stderr + done.stdout, done


def test_check_warns_of_other_ways(tmp_path):
    path = tmp_path / "c.conf"
    path.write_text("[listener a]\naddress = unix:/run/x\npolicy = test\n[policy test]\n"
                    "allow = container.logs container.inspect\nredact = env\nreal_values = env labels\n")
    done = subprocess.run([BINARY, "check", "-c", path], capture_output=True, text=True)
    said = done.stdout + done.stderr
    assert "container.logs" in said and "container.exec" not in said, said
    assert "real_values" in said and "labels" not in said.split("real_values")[1], said
