# SPDX-License-Identifier: Apache-2.0
"""The policy of conf/ci-runner.conf with real clients: work gets done, escapes get a helpful line."""

import json
import os
import urllib.parse

import pytest

import warden as warden_module
from conftest import make_sleeper
from wire import Wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

# Arguments of the client, the grant that is missing, the operation, the field it was asked for in.
ESCAPES = {
    "privileged": ("run --rm --privileged bb:1 id",
                   "privileged", "container.create", "HostConfig.Privileged"),
    "root bind": ("run --rm -v /:/host bb:1 id", "bind", "container.create", "HostConfig.Binds"),
    "root mount": ("run --rm --mount type=bind,source=/,target=/h bb:1 id",
                   "bind", "container.create", "HostConfig.Mounts"),
    "host processes": ("run --rm --pid=host bb:1 id",
                       "pid_mode", "container.create", "HostConfig.PidMode"),
    "host network": ("run --rm --net=host bb:1 id",
                     "network_mode", "container.create", "HostConfig.NetworkMode"),
    "device": ("run --rm --device /dev/null bb:1 id",
               "device", "container.create", "HostConfig.Devices"),
    "capability": ("run --rm --cap-add SYS_ADMIN bb:1 id",
                   "cap_add", "container.create", "HostConfig.CapAdd"),
    "no seccomp": ("run --rm --security-opt seccomp=unconfined bb:1 id",
                   "security_opt", "container.create", "HostConfig.SecurityOpt"),
    "bind volume": ("volume create -o type=none -o o=bind -o device=/ escape",
                    "volume_option", "volume.create", "DriverOpts"),
    "privileged exec": ("exec --privileged victim id",
                        "privileged", "container.exec", "Privileged"),
}


def test_ordinary_work_passes(ci_docker):
    assert ci_docker.out("run", "--rm", "bb:1", "hello") == "Hello from a container."
    assert ci_docker.out("run", "--rm", "-i", "-v", "ci-cache:/c", "-m", "64m", "--user", "1000:1000",
                         "--security-opt", "no-new-privileges", "bb:1", "cat",
                         input=b"through stdin") == "through stdin"
    assert ci_docker.out("run", "--rm", "registry.example.org/ci/app:1", "echo", "fine") == "fine"
    ci_docker("volume", "rm", "ci-cache")


def test_a_job_from_start_to_end(ci_docker):
    ci_docker("network", "create", "ci-job")
    ci_docker("run", "-d", "--name", "job", "--network", "ci-job", "-p", "127.0.0.1:7171:80", "bb:1",
              "sleep", "1000")
    assert ci_docker.out("exec", "job", "echo", "in there") == "in there"
    assert "job" in ci_docker.out("ps")
    assert "sleep" in ci_docker.out("top", "job")
    ci_docker("logs", "job")
    ci_docker("stop", "-t", "0", "job")
    ci_docker("rm", "job")
    ci_docker("network", "rm", "ci-job")


@pytest.mark.parametrize("escape", ESCAPES)
def test_escape_is_denied_with_a_helpful_line(escape, ci_docker, ci_warden, dockerd):
    arguments, grant, operation, field = ESCAPES[escape]
    victim = make_sleeper(dockerd, name="victim")
    before = len(ci_warden.records())
    done = ci_docker(*arguments.split(), check=False)
    assert done.returncode != 0
    assert done.stdout == b""
    lines = [line for line in done.stderr.decode().splitlines() if "sockwarden" in line]
    assert len(lines) == 1, done.stderr
    assert grant in lines[0] and field in lines[0], lines[0]
    records = ci_warden.records_since(before)
    assert len(records) == 1, records
    record = records[0]
    assert (record["operation"], record["grant"], record["status"]) == (operation, grant, 403)
    assert record["field"].startswith(field)
    assert record["peer"]["uid"] == os.getuid()
    assert dockerd.container_ids() == {victim}
    assert "escape" not in [row["Name"] for row in dockerd.get("/volumes")["Volumes"] or []]
    assert not dockerd.get(f"/containers/{victim}/json")["ExecIDs"]


def test_the_fix_it_names_permits_it(make_warden):
    """The lines that the refusals propose, added to the policy one by one, are enough."""
    body = {"Image": "bb:1", "HostConfig": {"CapAdd": ["SYS_PTRACE"], "PidMode": "host"}}
    lines = ["[policy test]", "allow = container.create", "image = bb:1"]
    for _ in range(2):
        warden = make_warden("\n".join(lines))
        with Wire(warden.socket) as client:
            assert client.request("POST", "/containers/create", body).status == 403
        lines.append(warden.records()[-1]["fix"])
    with Wire(make_warden("\n".join(lines)).socket) as client:
        assert client.request("POST", "/containers/create", body).status == 201


def test_connection_stays_usable_behind_a_denial(ci_warden):
    with Wire(ci_warden.socket) as client:
        for _ in range(3):
            answer = client.request("POST", "/containers/create",
                                    {"Image": "bb:1", "HostConfig": {"Privileged": True}})
            assert answer.status == 403
            assert answer.headers["content-type"] == "application/json"
            assert client.request("GET", "/_ping").body == b"OK"
        assert client.request("POST", "/containers/create", {"Image": "bb:1"}).status == 201


def test_the_audit_record_says_who_and_what(ci_warden):
    before = len(ci_warden.records())
    with Wire(ci_warden.socket) as client:
        client.request("DELETE", "/v1.41/images/bb:1?force=1")
    record, = ci_warden.records_since(before)
    assert record["event"] == "denied"
    assert record["time"].endswith("Z") and record["seq"] == before + 1
    assert record["peer"]["pid"] == os.getpid()
    assert (record["listener"], record["method"]) == ("main", "DELETE")
    assert record["path"] == "/images/bb:1" and record["operation"] == "image.remove"
    assert record["reason"] == "no_rule"


def test_the_record_is_written_before_the_answer(ci_warden):
    for _ in range(20):
        before = len(ci_warden.records())
        with Wire(ci_warden.socket) as client:
            client.request("POST", "/images/prune")
            assert len(ci_warden.records()) == before + 1


def test_secrets_stay_out_of_the_log(ci_warden):
    secret = "hunter2-hunter2"
    with Wire(ci_warden.socket) as client:
        client.request("POST", "/containers/create", {
            "Image": "bb:1", "Env": ["PASSWORD=" + secret],
            "HostConfig": {"Privileged": True}}, ["X-Registry-Auth: " + secret])
        client.request("POST", "/auth", {"username": "u", "password": secret})
        client.request("POST", "/images/bb:1/push", headers=["X-Registry-Auth: " + secret])
        client.request("POST", "/swarm/unlock", {"UnlockKey": secret})
    assert ci_warden.await_records(0)
    assert secret not in ci_warden.audit.read_text()
    assert secret not in ci_warden.log.read_text()


def test_a_closed_policy_refuses_everything(make_warden):
    """Not even a ping: nothing is allowed by itself."""
    warden = make_warden("[policy test]\ndeny = @host\n")
    with Wire(warden.socket) as client:
        for target in ("/_ping", "/version", "/containers/json", "/info"):
            answer = client.request("GET", target)
            assert answer.status == 403 and "allow = " in answer.message


def test_deny_wins(make_warden):
    warden = make_warden("[policy test]\nallow = @all\ndeny = system.info GET /containers/*/logs\n")
    with Wire(warden.socket) as client:
        assert client.request("GET", "/_ping").status == 200
        assert client.request("GET", "/info").status == 403
        assert client.request("GET", "/containers/x/logs?stdout=1").status == 403
        assert client.request("GET", "/containers/x/json").status == 404


def test_dry_run_forwards_and_records(make_warden, dockerd):
    warden = make_warden("[policy test]\nmode = dry-run\nallow = @safe\n")
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/create",
                                {"Image": "bb:1", "HostConfig": {"Privileged": True}})
    assert answer.status == 201 and json.loads(answer.body)["Id"] in dockerd.container_ids()
    record, = warden.records()
    assert record["event"] == "would-deny"


def test_what_inspect_says_can_be_made_anew(make_warden, dockerd, sleeper):
    """As Watchtower does it, by its preset: the daemon's own masked paths need no grant."""
    preset = (warden_module.TOP / "conf/presets/watchtower.conf").read_text()
    warden = make_warden(f"[policy test]\n{preset}\nimage = bb:1\n")
    old = dockerd.get(f"/containers/{sleeper}/json")
    host = {**old["HostConfig"], "CgroupnsMode": ""} # "host" with cgroup v1, which needs a grant
    assert "/proc/kcore" in host["MaskedPaths"] and "/proc/sys" in host["ReadonlyPaths"]
    with Wire(warden.socket) as peer:
        made = peer.request("POST", "/containers/create", {**old["Config"], "HostConfig": host})
        assert made.status == 201, made.message
        new = dockerd.get(f"/containers/{json.loads(made.body)['Id']}/json")
        assert new["HostConfig"]["MaskedPaths"] == host["MaskedPaths"]
        for field in ("MaskedPaths", "ReadonlyPaths"):
            less = {**host, field: host[field][1:]}
            done = peer.request("POST", "/containers/create", {**old["Config"], "HostConfig": less})
            assert done.status == 403 and "unmask" in done.message


# Each is one value of `changes`, or two, that the daemon reads as an instruction of its own.
@pytest.mark.parametrize("changes", ["changes=EXPOSE+1%0AUSER+daemon", "changes=US%5C&changes=ER+daemon",
                                     "changes=%23escape%3D%60%0AUS%60%0AER+daemon", "changes=USER%09%22daemon%22",
                                     "changes=%C2%A0USER+daemon", "changes=%EF%BB%BFUSER+daemon",
                                     "changes=USER+%24%7Bx%3A-daemon%7D", "changes=ENV+X%3Ddaemon&changes=USER+%24X"])
def test_an_instruction_within_another(changes, make_warden, dockerd, sleeper):
    narrowed = make_warden("[policy test]\nallow = container.commit\nimage_write = made:*\n"
                           'image_change = ** "!USER daemon"\n')
    target = f"/commit?container={sleeper}&repo=made&{changes}"
    with Wire(narrowed.socket) as client:
        assert client.request("POST", target, {}).status in (400, 403)
    assert dockerd.get("/images/made:latest/json") is None
    assert dockerd.call("POST", target, {}).status == 201
    assert dockerd.get("/images/made:latest/json")["Config"]["User"] == "daemon"
    assert dockerd.call("DELETE", "/images/made:latest").status == 200


def made_of(dockerd):
    config = dockerd.get("/images/made:latest/json")["Config"]
    assert dockerd.call("DELETE", "/images/made:latest").status == 200
    return config


@pytest.mark.parametrize("changes, body, member, value", [
    ("LABEL+org.a%3D1+x%3D2", {}, "Labels", {"org.a": "1", "x": "2"}),
    ("LABEL+org.a%3D1%E2%80%83x%3D2", {}, "Labels", {"org.a": "1", "x": "2"}),
    ("LABEL+org.a%3D%5C%22+x%3D2", {}, "Labels", {"org.a": '"', "x": "2"}),
    ("EXPOSE+1", {"User": "daemon"}, "User", "daemon"),
    ("EXPOSE+1", {"Labels": {"x": "2"}}, "Labels", {"x": "2"})])
def test_more_than_the_instruction_that_is_granted(changes, body, member, value, make_warden, dockerd, sleeper):
    narrowed = make_warden("[policy test]\nallow = container.commit\nimage_write = made:*\n"
                           'image_change = "LABEL org.*" "EXPOSE *"\n')
    target = f"/commit?container={sleeper}&repo=made&changes={changes}"
    with Wire(narrowed.socket) as client:
        assert client.request("POST", target, body).status in (400, 403)
    assert dockerd.call("POST", target, body).status == 201
    assert made_of(dockerd)[member] == value


@pytest.mark.parametrize("changes, member, value", [
    ("VOLUME /a /x", "Volumes", {"/a": {}, "/x": {}}), ('VOLUME ["/a", "/x"]', "Volumes", {"/a": {}, "/x": {}}),
    ("EXPOSE 1 22", "ExposedPorts", {"1/tcp": {}, "22/tcp": {}}), ("EXPOSE 1 22/TCP", "ExposedPorts", {"1/tcp": {}, "22/tcp": {}}),
    ("EXPOSE 21-22", "ExposedPorts", {"21/tcp": {}, "22/tcp": {}}), ("WORKDIR //etc/.", "WorkingDir", "//etc/."),
    ('CMD [ "rm" , "x"]', "Cmd", ["rm", "x"])])
def test_values_of_an_instruction(changes, member, value, make_warden, dockerd, sleeper):
    narrowed = make_warden("[policy test]\nallow = container.commit\nimage_write = made:*\n"
                           'image_change = ** "!VOLUME /x" "!EXPOSE 22" "!WORKDIR /etc**" "!CMD rm**"\n')
    target = f"/commit?container={sleeper}&repo=made&changes={urllib.parse.quote(changes)}"
    with Wire(narrowed.socket) as client:
        assert client.request("POST", target, {}).status in (400, 403)
    assert dockerd.call("POST", target, {}).status == 201
    assert made_of(dockerd)[member] == value


@pytest.mark.parametrize("user", ["root:root", "root:1", "0:0", "+0", "root:", ":1", ":"])
def test_a_user_with_a_group(user, make_warden, dockerd):
    narrowed = make_warden("[policy test]\nallow = container.create\nimage = bb:1\nuser = * !root\n")
    body = {"Image": "bb:1", "Cmd": ["id", "-u"], "User": user}
    with Wire(narrowed.socket) as client:
        assert client.request("POST", "/containers/create", body).status == 403
    made = json.loads(dockerd.call("POST", "/containers/create", body).body)["Id"]
    assert dockerd.call("POST", f"/containers/{made}/start").status == 204
    assert dockerd.call("POST", f"/containers/{made}/wait").status == 200
    assert dockerd.call("GET", f"/containers/{made}/logs?stdout=1").body[8:].strip() == b"0"


def test_an_instruction_that_is_put_off(make_warden, dockerd, sleeper):
    narrowed = make_warden("[policy test]\nallow = container.commit\nimage_write = made:*\n"
                           "image_change = ** !USER**\n")
    target = f"/commit?container={sleeper}&repo=made&changes=onbuild+USER+daemon"
    with Wire(narrowed.socket) as client:
        assert client.request("POST", target, {}).status == 403
    assert dockerd.call("POST", target, {}).status == 201
    assert made_of(dockerd)["OnBuild"] == ["USER daemon"]


# Each writes an entry of the client's into a file that the daemon makes, where no line grants it.
@pytest.mark.parametrize("body, path, line", [
    ({"Domainname": "x\n6.6.6.6 vault"}, "/etc/hosts", "6.6.6.6 vault"),
    ({"Hostname": "x\n6.6.6.6 vault"}, "/etc/hosts", "6.6.6.6 vault"),
    ({"HostConfig": {"ExtraHosts": ["x\n6.6.6.6 vault.ci:10.0.0.5"]}}, "/etc/hosts", "6.6.6.6 vault.ci"),
    ({"HostConfig": {"DnsOptions": ["ndots:1\nnameserver 6.6.6.6"]}}, "/etc/resolv.conf", "nameserver 6.6.6.6")])
def test_an_entry_within_another(body, path, line, make_warden, dockerd):
    narrowed = make_warden("[policy test]\nallow = container.create\nimage = bb:*\n"
                           "extra_host = *.ci:10.0.0.5\ndns = ndots:*\n")
    body = {"Image": "bb:1", "Cmd": ["cat", path], **body}
    with Wire(narrowed.socket) as client:
        answer = client.request("POST", "/containers/create", body)
    assert answer.status == 403 and "another entry" in answer.message, answer.body
    made = dockerd.call("POST", "/containers/create", body)
    if made.status == 400:  # later daemons look at some of them
        return
    identity = json.loads(made.body)["Id"]
    assert dockerd.call("POST", f"/containers/{identity}/start").status == 204
    assert dockerd.call("POST", f"/containers/{identity}/wait").status == 200
    assert line in dockerd.call("GET", f"/containers/{identity}/logs?stdout=1").body.decode()


# How the daemon cuts a list of pairs, by quotes and escapes. With only `LABEL org.*` granted the first three pass.
@pytest.mark.parametrize("pairs, labels, passes", [
    (r"org.a=b\ c org.d=`e`", {"org.a": "b c", "org.d": "`e`"}, True),
    (r"""org.a="\" x=y" org.b='\'""", {"org.a": '" x=y', "org.b": "\\"}, True),
    (r"org.a='b c'", {"org.a": "b c"}, True),
    (r"""org.a='\' x=y org.b=''""", {"org.a": "\\", "x": "y", "org.b": ""}, False),
    (r"""org.a=\" x=y z=\"2""", {"org.a": '"', "x": "y", "z": '"2'}, False),
    (r"org.a=\\ x=y", {"org.a": "\\", "x": "y"}, False),
])
def test_pairs_are_cut_as_by_the_daemon(pairs, labels, passes, make_warden, dockerd, sleeper):
    narrowed = make_warden("[policy test]\nallow = container.commit\nimage = bb:*\nimage_write = made:*\n"
                           'image_change = "LABEL org.*"\n')
    target = f"/commit?container={sleeper}&repo=made&" + urllib.parse.urlencode({"changes": "LABEL " + pairs})
    with Wire(narrowed.socket) as client:
        assert client.request("POST", target, {}).status == (201 if passes else 403)
    assert dockerd.call("POST", target, {}).status == 201
    assert dockerd.get("/images/made:latest/json")["Config"]["Labels"] == labels
    assert dockerd.call("DELETE", "/images/made:latest?force=1").status == 200


@pytest.fixture
def other(dockerd, sleeper):
    """A container whose user has the number of the sleeper's process."""
    number = dockerd.get(f"/containers/{sleeper}/json")["State"]["Pid"]
    return make_sleeper(dockerd, User=str(number), Cmd=["sleep", "54321"])


@pytest.mark.parametrize("options", ["-eouid=PID -oargs f", "--format=uid=PID -eoargs f"])
def test_ps_shows_others(options, make_warden, dockerd, sleeper, other):
    target = f"/v1.41/containers/{sleeper}/top?ps_args={urllib.parse.quote(options)}"
    daemon = dockerd.call("GET", target)
    assert b"54321" in daemon.body, daemon.body
    with Wire(make_warden("[policy test]\nallow = container.top\nps_args = *\n").socket) as client:
        answer = client.request("GET", target)
    assert answer.status == 403 and b"processes of other containers" in answer.body, answer.body


@pytest.mark.parametrize("options", ["aux", "-o pid,args", "-eo user,pid,args f", "-eLf", "auxe --sort=-rss", "axf"])
def test_ps_shows_the_container_alone(options, make_warden, dockerd, sleeper, other):
    target = f"/v1.41/containers/{sleeper}/top?ps_args={urllib.parse.quote(options)}"
    with Wire(make_warden("[policy test]\nallow = container.top\nps_args = *\n").socket) as client:
        answer = client.request("GET", target)
    assert answer.status == 200 and b"sleep 1000" in answer.body, answer.body
    assert b"54321" not in answer.body
