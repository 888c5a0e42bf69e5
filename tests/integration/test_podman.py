# SPDX-License-Identifier: Apache-2.0
"""Podman behind sockwarden: what docs/podman.md promises. Each text with a second meaning is refused
here, and sent to Podman itself, to see that it has that meaning there."""

import json
import os
import pathlib
import tempfile

import pytest

import documents
import warden as warden_module
import wire
from conftest import Cli, DEBIAN_DOCKER, clients
from daemon import TOP
from podman import Podman

pytestmark = [
    pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")]

ORDINARY = """[policy test]
allow = @safe container.* exec.* image.* volume.* network.* build.*
image = bb:*
image_write = bb:*
volume = vol*
tmpfs = /t
"""
# All that a line can narrow, so that only the second meaning is left to be refused.
WIDE = ORDINARY + """volume = *
tmpfs = *
bind = {granted} rw
network_mode = *
device = /dev/null /dev/zero
security_opt = *
extra_host = *
import = *
"""


@pytest.fixture(scope="module")
def podman(workdir):
    made = Podman(os.path.join(workdir, "podman"), LD_SERVICE="of the service")
    yield made
    made.end()


@pytest.fixture(scope="module")
def granted(workdir):
    path = os.path.join(workdir, "granted")
    os.makedirs(path)
    return path


@pytest.fixture(scope="module")
def behind(podman, workdir):
    """Makes a sockwarden in front of Podman."""
    made = []

    def make(policy):
        instance = warden_module.Warden(tempfile.mkdtemp(prefix="p.", dir=workdir), podman.socket)
        made.append(instance)
        return instance.start(instance.configure(policy, "test"))

    yield make
    for instance in made:
        assert instance.end() == 0, instance.log.read_text()[-4000:]


@pytest.fixture(scope="module")
def ordinary(behind):
    return behind(ORDINARY)


@pytest.fixture(scope="module")
def wide(behind, granted):
    return behind(WIDE.format(granted=granted))


def host(**members):
    return {"HostConfig": members}


def mount(**members):
    return host(Mounts=[{"Type": "bind", "Source": "GRANTED", "Target": "/x", **members}])


def binds_etc(found):
    return any(row["Type"] == "bind" and row["Source"] == "/etc" for row in found["Mounts"])


def takes_variable(found):
    return "LD_SERVICE=of the service" in found["Config"]["Env"]


# Of Podman's answer to an inspect: whether the fear came true there.
SECOND = {
    "volumes": ({"Volumes": {"/etc:/x": {}}}, binds_etc),
    "target": (mount(Target="/x,source=/etc"), binds_etc),
    "consistency": (mount(Consistency="cached,source=/etc"), binds_etc),
    "propagation": (mount(BindOptions={"Propagation": "rprivate,source=/etc"}), binds_etc),
    "volume option": (
        mount(Type="volume", Source="vol", Target="/x,volume-opt=o=bind"),
        lambda found: "volume-opt=o=bind" in found["HostConfig"]["Binds"][0]),
    "variables": ({"Env": ["LD_*"]}, takes_variable),
    "variable": ({"Env": ["LD_SERVICE"]}, takes_variable),
    "tmpfs": (host(Tmpfs={"/x:exec": ""}),
              lambda found: found["HostConfig"]["Tmpfs"]["/x"].startswith("exec,")),
    "network": (host(NetworkMode="slirp4netns:allow_host_loopback=true"),
                lambda found: found["HostConfig"]["NetworkMode"] == "slirp4netns"),
    "id file": (host(ContainerIDFile="/etc/passwd"),
                lambda found: found["HostConfig"]["ContainerIDFile"] == "/etc/passwd"),
}
# These Podman itself takes for mistakes, by saying what it made of them.
JOINED = {
    "device on host": (host(Devices=[{"PathOnHost": "/dev/null:/dev/x", "PathInContainer": "/dev/y",
                                      "CgroupPermissions": "r"}]), "/dev/null:/dev/x:/dev/y:r"),
    "device": (host(Devices=[{"PathOnHost": "/dev/null", "PathInContainer": "/dev/y:rwm",
                              "CgroupPermissions": "r"}]), "/dev/null:/dev/y:rwm:r"),
    "source": (mount(Type="volume", Source="", Target="/x,source=/etc"), 'named volume \\"/etc\\"'),
    "networks": (host(NetworkMode="nothing,podman"), "network with name or ID nothing"),
}


def filled(body, granted):
    return json.loads(json.dumps(body).replace("GRANTED", granted))


@pytest.mark.parametrize("name", SECOND)
def test_second_meanings(name, podman, wide, granted):
    body, came_true = SECOND[name]
    body = filled(body, granted)
    answer = wire.request(wide.socket, "POST", "/v1.41/containers/create?name=q",
                          {"Image": "bb:1", **body})
    assert answer.status == 403, answer.body
    assert podman.create("fear", body).status == 201
    assert came_true(podman.inspect("fear"))


@pytest.mark.parametrize("name", JOINED)
def test_what_podman_joins(name, podman, wide, granted):
    body, said = JOINED[name]
    body = filled(body, granted)
    answer = wire.request(wide.socket, "POST", "/v1.41/containers/create?name=q",
                          {"Image": "bb:1", **body})
    assert answer.status == 403, answer.body
    answer = podman.create("fear", body)
    assert answer.status == 500 and said in answer.body.decode(), answer.body


@pytest.mark.parametrize("target", [
    "build?dockerfile=%5B%22GRANTED/Dockerfile%22%5D", "build?dockerfile=../GRANTED/Dockerfile",
    "images/create?fromSrc=GRANTED/Dockerfile&repo=bb&tag=2"])
def test_files_of_the_host(target, podman, wide, granted):
    """A build reads its Dockerfile from the host, and with it what that says."""
    pathlib.Path(granted, "Dockerfile").write_text("FROM bb:1\nLABEL from=host\n", "ascii")
    target = "/v1.41/" + target.replace("GRANTED", granted)
    context = ["Content-Type: application/x-tar"]
    assert wire.request(wide.socket, "POST", target, b"\0" * 1024, context).status == 403
    answer = wire.request(podman.socket, "POST", target, b"\0" * 1024, context)
    assert (b"LABEL from=host" in answer.body) == ("%22" in target), answer.body


# ---- requirements, with all grants

REQUIRED = "no_sensitive_binds no_host_namespaces unprivileged_ports no_default_bridge"


@pytest.fixture(scope="module")
def required(behind):
    return behind(f"[policy test]\nallow = @all\ngrant = all\nrequire = {REQUIRED}\n")


# What meets the requirements otherwise.
MET = {"NetworkMode": "own", "CgroupnsMode": "private"}
UNMET = {
    **{name: SECOND[name] for name in ("volumes", "target", "consistency", "tmpfs")},
    "processes": (host(PidMode="ns:/proc/1/ns/pid"),
                  lambda found: found["HostConfig"]["PidMode"] == "ns:/proc/1/ns/pid"),
    "port": ({"ExposedPorts": {"80/tcp": {}}, **host(PortBindings={"80/tcp": [{"HostPort": "-65456"}]})},
             lambda found: found["HostConfig"]["PortBindings"]["80/tcp"][0]["HostPort"] == "80"),
    "bridge": (host(NetworkMode="podman"), lambda found: "podman" in found["NetworkSettings"]["Networks"]),
}


@pytest.mark.parametrize("name", UNMET)
def test_requirements_met_on_paper(name, podman, required, granted):
    body, came_true = UNMET[name]
    body = filled(body, granted)
    body["HostConfig"] = {**MET, **body.get("HostConfig", {})}
    podman.call("POST", "/v1.41/networks/create", {"Name": "own", "CheckDuplicate": True})
    answer = wire.request(required.socket, "POST", "/v1.41/containers/create", {"Image": "bb:1", **body})
    assert answer.status == 403, answer.body
    assert podman.create("fear", body).status == 201
    assert came_true(podman.inspect("fear"))


def test_an_overlay_writes_where_its_options_say(podman, required, granted, tmp_path):
    def body(upper):
        return {"Image": "bb:1", "Cmd": ["sh", "-c", "echo written >/x/file"], "HostConfig": {
            **MET, "NetworkMode": "none", "Binds": [f"{granted}:/x:O,upperdir={upper},workdir={tmp_path}/work"]}}

    create = "/v1.41/containers/create"
    assert wire.request(required.socket, "POST", create, body("/etc")).status == 403
    for name in ("upper", "work"):
        (tmp_path / name).mkdir()
    assert podman.create("fear", body(tmp_path / "upper")).status == 201
    assert podman.call("POST", "/v1.41/containers/fear/start").status == 204
    wire.await_true((tmp_path / "upper/file").exists, 10, "the file in the upper directory")


# ---- what a "!" takes back, in spellings of Podman's


@pytest.fixture(scope="module")
def taken_back(behind):
    return behind(ORDINARY + "pid_mode = * !host\nipc_mode = * !host\nuts_mode = * !host\n"
                             "signal = * !KILL\nunknown_params = allow\n"
                             "deny = POST /containers/create?name=vault*\n")


@pytest.mark.parametrize("field, kind", [("PidMode", "pid"), ("IpcMode", "ipc"), ("UTSMode", "uts")])
def test_namespaces_by_their_file(field, kind, podman, taken_back):
    body = {"Cmd": ["readlink", f"/proc/self/ns/{kind}"], **host(**{field: f"ns:/proc/1/ns/{kind}"})}
    answer = wire.request(taken_back.socket, "POST", "/v1.41/containers/create", {"Image": "bb:1", **body})
    assert answer.status == 403, answer.body
    assert podman.create("fear", body).status == 201
    assert podman.inspect("fear")["HostConfig"][field] == f"ns:/proc/1/ns/{kind}"


@pytest.mark.parametrize("signal", ["-9", "-KILL"])
def test_signals_with_a_sign(signal, podman, taken_back):
    assert podman.create("fear", {}).status == 201
    assert podman.call("POST", "/v1.41/containers/fear/start").status == 204
    target = f"/v1.41/containers/fear/kill?signal={signal}"
    assert wire.request(taken_back.socket, "POST", target).status == 403
    assert podman.call("POST", target).status == 204
    wire.await_true(lambda: podman.inspect("fear")["State"]["ExitCode"] == 137, 10, "the end by KILL")


def test_names_of_parameters_in_capitals(podman, taken_back):
    target = "/v1.41/containers/create?NAME=vault"
    body = {"Image": "bb:1", "Cmd": ["id"]}
    assert wire.request(taken_back.socket, "POST", target, body).status == 400
    assert podman.call("POST", target, body).status == 201
    assert podman.inspect("vault")["Name"] == "/vault"


# ---- what works


# Podman waits for ten seconds for what does not heed its signal.
SLEEPER = ("-d", "--name", "web", "--stop-signal", "KILL")


@pytest.fixture
def docker(request, ordinary, podman, client_config):
    yield Cli(getattr(request, "param", DEBIAN_DOCKER), ordinary.socket, client_config)
    for row in json.loads(podman.call("GET", "/v1.41/containers/json?all=1").body):
        podman.call("DELETE", f"/containers/{row['Id']}?force=1")


@pytest.mark.parametrize("docker", clients(), indirect=True)
def test_docker_run(docker):
    assert docker.out("run", "--rm", "bb:1", "echo", "out") == "out"
    assert docker.out("run", "--rm", "-i", "--network", "none", "bb:1", "cat", input=b"in") == "in"


@pytest.mark.parametrize("options", [
    "", "--read-only --network none", "-v vol1:/data -v /anonymous --tmpfs /t",
    "--mount type=tmpfs,dst=/t --cap-drop ALL --security-opt no-new-privileges",
    "-e A=b --user 1:1 -w /bin --label a=b --hostname h --memory 100m --cpus 1 --pids-limit 9",
    "--restart on-failure:3 --health-cmd true --shm-size 9m"])
def test_ordinary_containers_are_driven(options, docker):
    """What the policy let be made, with check_state = yes, which is the default."""
    docker("run", *SLEEPER, *options.split(), "bb:1", "sleep", "1000")
    assert docker.out("exec", "web", "echo", "there") == "there"
    docker("restart", "-t", "0", "web")
    assert docker.out("inspect", "-f", "{{.Name}} {{.State.Running}}", "web") == "/web true"


@pytest.mark.parametrize("docker", clients(), indirect=True)
def test_the_rest_of_a_container(docker, tmp_path):
    docker("run", *SLEEPER, "bb:1", "sh", "-c", "echo said; sleep 1000")
    (tmp_path / "x").write_text("copied")
    docker("cp", str(tmp_path / "x"), "web:/bin/x")
    assert docker.out("exec", "web", "cat", "/bin/x") == "copied"
    wire.await_true(lambda: docker.out("logs", "web") == "said", 10, "the log")
    assert "sleep 1000" in docker.out("top", "web")
    assert "web" in docker.out("ps", "--format", "{{.Names}}")
    assert docker("exec", "web", "sh", "-c", "exit 7", check=False).returncode == 7


# ---- containers of others

TOLD = {
    "Privileged": True, "Binds": ["/etc:/x"], "PidMode": "host", "UTSMode": "host",
    "NetworkMode": "host", "CgroupParent": "/x", "CapAdd": ["SYS_ADMIN"], "GroupAdd": ["7"],
    "Devices": [{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "r"}],
    "Dns": ["192.0.2.1"], "OomScoreAdj": -5, "Tmpfs": {"/q": "exec,suid,dev"},
    "RestartPolicy": {"Name": "always"}, "Ulimits": [{"Name": "memlock", "Hard": 7, "Soft": 7}],
    "SecurityOpt": ["seccomp=unconfined"],
}
# Nothing in Podman's answers says that such a container has these.
UNTOLD = {
    "unmask": host(SecurityOpt=["unmask=ALL"]), "Sysctls": host(Sysctls={"kernel.msgmax": "65536"}),
    "IpcMode": host(IpcMode="host"), "CgroupnsMode": host(CgroupnsMode="host"),
    "DeviceCgroupRules": host(DeviceCgroupRules=["c 1:3 r"]),
}


def exec_in(warden, name):
    return wire.request(warden.socket, "POST", f"/v1.41/containers/{name}/exec", {"Cmd": ["id"]})


@pytest.mark.parametrize("field", TOLD)
def test_powers_of_others_are_seen(field, podman, ordinary):
    assert podman.create("other", host(**{field: TOLD[field]})).status == 201
    answer = exec_in(ordinary, "other")
    assert answer.status == 403, answer.body
    assert field in answer.message


@pytest.mark.parametrize("name", UNTOLD)
def test_what_podman_does_not_tell(name, podman, ordinary):
    """The document says so. Should Podman begin to tell, it is not true any more."""
    assert podman.create("other", UNTOLD[name]).status == 201
    assert exec_in(ordinary, "other").status != 403
    assert f"`{name}`" in (TOP / "docs/podman.md").read_text()


def test_holders_of_the_socket(podman, wide, granted):
    """As those of Docker's, wherever the socket is."""
    directory = os.path.dirname(podman.socket)
    for source in (podman.socket, directory):
        assert podman.create("other", host(Binds=[f"{source}:/x"])).status == 201
        answer = exec_in(wide, "other")
        assert answer.status == 403 and "Binds[0]" in answer.message, answer.body


@pytest.mark.parametrize("source", [
    "/run/podman/podman.sock", "/run/podman", "/run/user/1000/podman/podman.sock",
    "/run/user/1000"])
def test_sockets_need_lines_that_name_them(source, podman, behind):
    warden = behind(ORDINARY + "bind = /*/** rw\n")
    answer = wire.request(warden.socket, "POST", "/v1.41/containers/create",
                          {"Image": "bb:1", "HostConfig": {"Binds": [f"{source}:/x:ro"]}})
    assert answer.status == 403 and "sensitive" in answer.message, answer.body


def test_directories_that_mounts_make(podman, behind, granted):
    """Podman makes the source of a bind in Mounts, which Docker does not."""
    policy = ORDINARY + f"bind = {granted} rw\nresolve_binds = yes\n"
    body = {"Image": "bb:1", "Cmd": ["id"], **host(Mounts=[
        {"Type": "bind", "Source": granted + "/new", "Target": "/x"}])}
    create = "/v1.41/containers/create"
    answer = wire.request(behind(policy).socket, "POST", create, body)
    assert answer.status == 403 and "create" in answer.message, answer.body
    assert not os.path.exists(granted + "/new")
    warden = behind(policy.replace(" rw", " rw create"))
    assert wire.request(warden.socket, "POST", create, body).status == 201
    assert os.path.exists(granted + "/new")


# ---- the document


def test_policy_of_the_document(podman, behind, client_config):
    text = next(block.text for block in documents.blocks(TOP / "docs/podman.md")
                if "[policy" in block.text)
    policy = "[policy test]" + text.split("[policy ")[1].split("]", 1)[1]
    docker = Cli(DEBIAN_DOCKER, behind(policy.replace("alpine", "bb")).socket, client_config)
    assert docker.out("run", "--rm", "bb:1", "echo", "works") == "works"


MARK = "s3cr3t"


def plant(podman, granted):
    """Secrets of each kind in containers, an exec, an image and a volume."""
    labels = {"shop.token": f"{MARK}-labels"}
    assert podman.call("POST", "/v1.41/volumes/create", {
        "Name": "vplanted", "Labels": labels, "DriverOpts": {
            "type": "nfs", "device": f":/{MARK}", "o": f"addr=127.0.0.1,password={MARK}"}}).status == 201
    source = os.path.join(granted, MARK)
    os.makedirs(source, exist_ok=True)
    body = {"Entrypoint": ["sh", "-c"], "Cmd": [f"sleep 1000; echo {MARK}-args"], "Env": [f"TOKEN={MARK}-env"],
            "Labels": labels, "HostConfig": {
                "Binds": [f"{source}:/x"], "NetworkMode": "host"}}
    assert podman.create("planted", body).status == 201
    assert podman.call("POST", "/v1.41/containers/planted/start").status == 204
    made = podman.call("POST", "/v1.41/containers/planted/exec", {"Cmd": ["sleep", "1000", f"{MARK}-exec"]})
    assert podman.create("failing", {"Entrypoint": [], "Cmd": [f"/{MARK}"]}).status == 201
    assert podman.call("POST", "/v1.41/commit?container=planted&repo=planted", {"Labels": labels}).status in (200, 201)
    return json.loads(made.body)["Id"]


def test_redaction(podman, behind, granted):
    """No answer to a GET that Podman has has one."""
    identity = plant(podman, granted)
    hidden = behind("[policy test]\nallow = @all\ngrant = all\nredact = env args labels mounts host swarm\n")
    info = json.loads(podman.call("GET", "/info").body)
    secrets = [MARK, info["DockerRootDir"], f'"{info["Name"]}"']
    told = b""
    for target in ("/info", "/containers/json?all=1", "/containers/planted/json", "/containers/planted/top",
                   "/containers/failing/json", f"/exec/{identity}/json", "/images/json", "/images/planted/json",
                   "/images/planted/history", "/volumes", "/volumes/vplanted", "/networks", "/networks/podman", "/system/df"):
        for version in ("", "/v1.24", "/v1.41"):
            plain = podman.call("GET", version + target)
            answer = wire.request(hidden.socket, "GET", version + target)
            assert plain.status == answer.status == 200, (target, plain.body, answer.body)
            told += plain.body
            assert not [secret for secret in secrets if secret.encode() in answer.body], (target, answer.body)
    assert not [secret for secret in secrets if secret.encode() not in told]
    for target in ("/containers/failing/start", f"/images/create?fromImage=127.0.0.1:1/{MARK}&tag=1"):
        answer = wire.request(hidden.socket, "POST", "/v1.41" + target)
        assert b"***" in answer.body and MARK.encode() not in answer.body, answer.body
    assert wire.request(hidden.socket, "GET", "/libpod/info").status == 403
    with wire.Wire(hidden.socket) as client: # Podman ends no events by itself
        filters = f"{{%22container%22:[%22{podman.inspect('planted')['Id']}%22]}}"
        client.send(wire.encode("GET", f"/v1.41/events?since=1&filters={filters}"))
        assert client.read_head().status == 200
        event = next(client.read_chunks())
    assert b"shop.token" in event and MARK.encode() not in event, event
