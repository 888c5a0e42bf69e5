# SPDX-License-Identifier: Apache-2.0
"""Two grants to one power: what narrowing one closes, the daemon would have done; what stays open, `check` names."""

import json
import subprocess

import pytest

import warden as warden_module
from conftest import make_sleeper
from wire import Wire, encode, frames, request

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

RULES = "[policy test]\nallow = @all\nimage = bb:*\nimage_write = made:*\nnetwork_mode = *\n"
EVIL = "printf '#!/bin/sh\\necho evil\\n' > /evil/ls && chmod +x /evil/ls"


def exec_in(path, container, body):
    """What an exec printed, or the refusal."""
    answer = request(path, "POST", f"/v1.41/containers/{container}/exec", {"AttachStdout": True, **body})
    if answer.status != 201:
        return answer
    with Wire(path) as client:
        client.send(encode("POST", f"/v1.41/exec/{json.loads(answer.body)['Id']}/start", {"Detach": False}))
        client.read_head()
        return frames(client.read_all()).decode().strip()


def run(path, body, name=""):
    """What a container printed, or the refusal."""
    answer = request(path, "POST", f"/v1.41/containers/create{name and '?name=' + name}", {"Image": "bb:1", **body})
    if answer.status != 201:
        return answer
    made = json.loads(answer.body)["Id"]
    assert request(path, "POST", f"/v1.41/containers/{made}/start").status == 204
    request(path, "POST", f"/v1.41/containers/{made}/wait")
    return frames(request(path, "GET", f"/v1.41/containers/{made}/logs?stdout=1").body).decode().strip()


def refused(warden, answer, grant):
    record = warden.records()[-1]
    return not isinstance(answer, str) and answer.status == 403 and record["grant"] == grant


@pytest.fixture
def box(dockerd):
    identity = make_sleeper(dockerd, HostConfig={"Binds": ["twin-evil:/evil"]})
    assert exec_in(dockerd.socket, identity, {"Cmd": ["sh", "-c", EVIL]}) == ""
    yield identity
    dockerd.call("DELETE", f"/containers/{identity}?force=1")
    dockerd.call("DELETE", "/volumes/twin-evil?force=1")


@pytest.mark.parametrize("more, grant, shows", [
    ({"Env": ["PATH=/evil:/bin"]}, "env", "evil"), ({"WorkingDir": "/evil"}, "working_dir", "ls"),
    ({"User": "1000"}, "user", None)])
def test_an_exec_that_is_narrowed(more, grant, shows, box, dockerd, make_warden):
    warden = make_warden(RULES + "exec_command = ls\nvolume = *\n")
    direct = exec_in(dockerd.socket, box, {"Cmd": ["ls"], **more})
    assert direct == shows if shows else "bin" in direct
    assert refused(warden, exec_in(warden.socket, box, {"Cmd": ["ls"], **more}), grant)
    assert "bin" in exec_in(warden.socket, box, {"Cmd": ["ls"]})


@pytest.mark.parametrize("more, grant", [
    ({"Env": ["PATH=/evil:/bin"]}, "env"), ({"Entrypoint": ["/evil/ls"]}, "entrypoint")])
def test_a_command_that_is_narrowed(more, grant, box, dockerd, make_warden):
    warden = make_warden(RULES + "command = ls\nvolume = *\n")
    body = {"Cmd": ["ls"], "HostConfig": {"Binds": ["twin-evil:/evil"]}, **more}
    assert run(dockerd.socket, body) == "evil"
    assert refused(warden, run(warden.socket, body), grant)
    assert "bin" in run(warden.socket, {"Cmd": ["ls"]})


@pytest.mark.parametrize("line, change, field", [
    ("user = 1000", "USER 0", ("User", "0")), ("label = ci.*", "LABEL evil=1", ("Labels", {"evil": "1"})),
    ("working_dir = /app", "WORKDIR /root", ("WorkingDir", "/root"))])
def test_a_commit_says_it_as_well(line, change, field, box, dockerd, make_warden):
    warden = make_warden(RULES + line + "\nvolume = *\n")
    target = f"/v1.41/commit?container={box}&repo=made&tag=1&changes={change.replace(' ', '%20')}"
    assert request(dockerd.socket, "POST", target, {}).status == 201
    assert dockerd.get("/images/made:1/json")["Config"][field[0]] == field[1]
    dockerd.call("DELETE", "/images/made:1")
    assert refused(warden, request(warden.socket, "POST", target, {}), "image_change")
    assert request(dockerd.socket, "GET", "/images/made:1/json").status == 404


def found_by_name(dockerd, name):
    return run(dockerd.socket, {"Cmd": ["nslookup", name, "127.0.0.11"], "HostConfig": {"NetworkMode": "twins"}})


def warnings(tmp_path, policy):
    path = tmp_path / "x.conf"
    path.write_text(f"[listener x]\naddress = {tmp_path}/x.sock\npolicy = test\n{policy}")
    done = subprocess.run([warden_module.BINARY, "check", "--format", "json", "-c", path], check=True,
                          stdout=subprocess.PIPE)
    return [row["text"] for row in json.loads(done.stdout)["warnings"]]


def test_host_names(dockerd, make_warden, tmp_path):
    """A hostname is an alias to the daemon's DNS; so is a name, which stays open."""
    warden = make_warden(RULES + "alias = ci-*\n")
    dockerd.call("POST", "/networks/create", {"Name": "twins"})
    body = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "twins"}}
    try:
        for more in ({"Hostname": "vault"}, {"NetworkingConfig": {"EndpointsConfig": {"twins": {
                "Aliases": ["vault"]}}}}):
            made = json.loads(dockerd.call("POST", "/containers/create", {**body, **more}).body)["Id"]
            dockerd.call("POST", f"/containers/{made}/start")
            assert "NXDOMAIN" not in found_by_name(dockerd, "vault")
            dockerd.call("DELETE", f"/containers/{made}?force=1")
            answer = request(warden.socket, "POST", "/v1.41/containers/create", {**body, **more})
            assert refused(warden, answer, "alias")
    finally:
        dockerd.remove_containers()
        dockerd.call("DELETE", "/networks/twins")
    assert any('"alias" is narrowed, but "name" is open' in text
               for text in warnings(tmp_path, RULES + "alias = ci-*\n"))


def test_a_volume_over_the_programs(box, dockerd, make_warden, tmp_path):
    """A line grants the volume: `check` says what that means."""
    policy = RULES + "entrypoint = /bin/ls\nvolume = twin-*\n"
    body = {"Entrypoint": ["/bin/ls"], "HostConfig": {"Binds": ["twin-evil:/bin"]}}
    assert exec_in(dockerd.socket, box, {"Cmd": ["cp", "/bin/busybox", "/evil/sh"]}) == ""
    assert run(dockerd.socket, body) == "evil"
    assert any('"entrypoint" is narrowed, but "volume" is open' in text for text in warnings(tmp_path, policy))
    without = make_warden(RULES + "entrypoint = /bin/ls\n")
    assert refused(without, run(without.socket, body), "volume")
