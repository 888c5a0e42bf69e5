# SPDX-License-Identifier: Apache-2.0
"""A sockwarden that runs in a container of the daemon that it guards: no policy uses that container, its
volumes and its networks without `own_container = yes`."""

import json
import os

import pytest

import warden as warden_module
import wire
from archives import tar_of
from conftest import make_sleeper
from wire import Wire, request

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

CONFIG = """[sockwarden]
upstream = unix:/var/run/docker.sock
audit = stdout
{adapted}
[listener mine]
address = unix:/run/mine/s
mode = 0666
policy = mine
[listener keeper]
address = unix:/run/keeper/s
mode = 0666
policy = keeper
[listener plain]
address = unix:/run/plain/s
mode = 0666
policy = plain
[listener port]
address = tcp:0.0.0.0:2375
insecure = yes
policy = keeper

[policy mine]
include = wide.conf
[policy plain]
include = wide.conf
check_state = no
[policy keeper]
include = wide.conf
own_container = yes
check_state = no
"""

WIDE = """allow = system.ping container.* exec.* network.* volume.* checkpoint.* service.*
image = *
volume = *
volume_option = *
volumes_from = *
network_mode = * container:**
pid_mode = container:**
ipc_mode = container:**
link = *
bind = {granted} rw
"""


class Own:
    """The container, and the sockets in its volumes as the host sees them."""

    def __init__(self, dockerd, identity):
        self.dockerd, self.id = dockerd, identity

    def socket(self, policy):
        return os.path.join(self.dockerd.dir, "data/volumes", f"own-{policy}", "_data/s")

    def logs(self):
        answer = request(self.dockerd.socket, "GET", f"/containers/{self.id}/logs?stdout=1&stderr=1")
        return answer.body.decode(errors="replace")


@pytest.fixture(scope="module")
def granted(workdir):
    path = os.path.join(workdir, "own-granted")
    os.makedirs(os.path.join(path, "free"), exist_ok=True)
    return path


@pytest.fixture(scope="module")
def own(dockerd, sockwarden_image, granted):
    configuration = os.path.join(granted, "conf")
    os.makedirs(configuration, exist_ok=True)
    adapted = "".join(f"{k} = {v}\n" for k, v in (("workers", warden_module.WORKERS),) if v)
    for name, text in (("sockwarden.conf", CONFIG.format(adapted=adapted)),
                       ("wide.conf", WIDE.format(granted=granted))):
        with open(os.path.join(configuration, name), "w", encoding="ascii") as file:
            file.write(text)
    assert dockerd.call("POST", "/networks/create", {"Name": "own-front"}).status == 201
    volumes = [f"own-{policy}:/run/{policy}" for policy in ("mine", "keeper", "plain")]
    os.makedirs(os.path.join(granted, "device"), exist_ok=True)
    assert dockerd.call("POST", "/volumes/create", {"Name": "own-disguised", "DriverOpts": {
        "type": "none", "o": "bind", "device": os.path.join(granted, "device")}}).status == 201
    volumes += ["own-disguised:/run/disguised"]
    identity = make_sleeper(
        dockerd, name="warden", Image=sockwarden_image,
        Cmd=["run", "-c", "/etc/sockwarden/sockwarden.conf"], Volumes={"/run/anonymous": {}},
        HostConfig={"NetworkMode": "own-front", "Binds": [
            f"{dockerd.socket}:/var/run/docker.sock", f"{configuration}:/etc/sockwarden:ro",
            *volumes]})
    dockerd.keep.add(identity)
    made = Own(dockerd, identity)
    wire.await_true(lambda: os.path.exists(made.socket("plain")) and
                    wire.answers(made.socket("plain")), 30, "the container")
    yield made
    dockerd.keep.discard(identity)
    dockerd.remove_containers()
    for volume in ("mine", "keeper", "plain", "disguised"):
        dockerd.call("DELETE", f"/volumes/own-{volume}")
    dockerd.call("DELETE", "/networks/own-front")


@pytest.fixture(params=["mine", "plain"])
def client(own, request):
    """One whose policy looks at what exists, and one whose does not."""
    return own.socket(request.param)


def test_it_says_so(own):
    assert own.logs().count(f"own container: {own.id[:12]}") == 1


def test_on_the_host_it_says_nothing(make_warden):
    warden = make_warden("[policy test]\nallow = @safe\n")
    assert "own container" not in warden.log.read_text()


USES = {
    "exec": ("POST", "/containers/{}/exec", {"Cmd": ["/sockwarden", "run", "-c", "env:"]}),
    "attach": ("POST", "/containers/{}/attach?stream=1&stdout=1", None),
    "archive get": ("GET", "/containers/{}/archive?path=/etc/sockwarden", None),
    "archive stat": ("HEAD", "/containers/{}/archive?path=/etc/sockwarden", None),
    "archive put": ("PUT", "/containers/{}/archive?path=/run/mine", tar_of("x", b"x")),
    "export": ("GET", "/containers/{}/export", None),
    "commit": ("POST", "/commit?container={}", None),
    "start": ("POST", "/containers/{}/start", None),
    "stop": ("POST", "/containers/{}/stop", None),
    "restart": ("POST", "/containers/{}/restart", None),
    "kill": ("POST", "/containers/{}/kill?signal=HUP", None),
    "pause": ("POST", "/containers/{}/pause", None),
    "unpause": ("POST", "/containers/{}/unpause", None),
    "rename": ("POST", "/containers/{}/rename?name=other", None),
    "update": ("POST", "/containers/{}/update", {"CpuShares": 2}),
    "remove": ("DELETE", "/containers/{}?force=1", None),
    "checkpoint": ("POST", "/containers/{}/checkpoints", {"CheckpointID": "x"}),
    "remove checkpoint": ("DELETE", "/containers/{}/checkpoints/x", None),
}
BODIES = {
    "connect": ("/networks/bridge/connect", {"Container": "{}"}),
    "disconnect": ("/networks/own-front/disconnect", {"Container": "{}", "Force": True}),
    "volumes from": ("/containers/create", {"HostConfig": {"VolumesFrom": ["{}:ro"]}}),
    "processes": ("/containers/create", {"HostConfig": {"PidMode": "container:{}"}}),
    "memory": ("/containers/create", {"HostConfig": {"IpcMode": "container:{}"}}),
    "network": ("/containers/create", {"HostConfig": {"NetworkMode": "container:{}"}}),
    "link": ("/containers/create", {"HostConfig": {"Links": ["{}:x"]}}),
}


def names(own):
    return {"name": "warden", "id": own.id, "short": own.id[:12], "shortest": own.id[:4]}


@pytest.mark.parametrize("form", ["name", "id", "short", "shortest"])
@pytest.mark.parametrize("use", USES)
def test_it_is_not_driven(own, client, use, form):
    method, target, body = USES[use]
    with Wire(client) as peer:
        headers = ["Content-Type: application/x-tar"] if isinstance(body, bytes) else []
        answer = peer.request(method, target.format(names(own)[form]), body, headers)
    assert answer.status == 403
    if method != "HEAD":
        assert "sockwarden's own container" in answer.message


def fill(value, name):
    if isinstance(value, dict):
        return {key: fill(item, name) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, name) for item in value]
    return value.format(name) if isinstance(value, str) else value


@pytest.mark.parametrize("form", ["name", "slash", "id", "short", "shortest"])
@pytest.mark.parametrize("use", BODIES)
def test_no_body_uses_it(own, client, use, form):
    target, body = BODIES[use]
    name = {**names(own), "slash": "/warden"}[form]
    answer = request(client, "POST", target, {"Image": "bb:1", **fill(body, name)}
                     if "create" in target else fill(body, name))
    assert answer.status == 403, answer.body
    assert "own container" in answer.message or "cannot be looked up" in answer.message


def create(client, **host):
    return request(client, "POST", "/containers/create",
                   {"Image": "bb:1", "Cmd": ["true"], "HostConfig": host})


def test_its_mounts_are_not_used(own, client, granted):
    theirs = "own-keeper"
    data = os.path.join(own.dockerd.dir, "data/volumes/own-keeper/_data")
    for host in (
            {"Binds": [f"{theirs}:/x:ro"]}, {"Binds": [f"{granted}/conf:/x:ro"]},
            {"Binds": [f"{granted}/device:/x:ro"]},
            {"Binds": [f"{granted}:/x:ro"]}, {"Binds": [f"{granted}/conf/sockwarden.conf:/x"]},
            {"Mounts": [{"Type": "volume", "Source": theirs, "Target": "/x", "ReadOnly": True}]},
            {"Mounts": [{"Type": "bind", "Source": f"{granted}/conf", "Target": "/x"}]},
            {"Mounts": [{"Type": "volume", "Source": "new", "Target": "/x", "VolumeOptions": {
                "DriverConfig": {"Name": "local", "Options": {
                    "type": "none", "o": "bind", "device": f"{granted}/conf"}}}}]}):
        answer = create(client, **host)
        assert answer.status == 403 and "own container" in answer.message, (host, answer.body)
    answer = create(client, Binds=[f"{data}:/x:ro"])
    assert answer.status == 403 # no line grants it anyway
    assert create(client, Binds=[f"{granted}/free:/x", "another:/y"]).status == 201
    own.dockerd.remove_containers()
    own.dockerd.call("DELETE", "/volumes/another")


def test_what_the_client_has_already(own):
    """Its own socket, as long as it cannot put another one in its place."""
    client = own.socket("mine")
    assert create(client, Binds=["own-mine:/x:ro"]).status == 201
    answer = create(client, Binds=["own-mine:/x"])
    assert answer.status == 403 and "read-only" in answer.message


def test_its_networks_are_not_used(own, client):
    network = own.dockerd.get("/networks/own-front")["Id"]
    for name in ("own-front", network, network[:10]):
        answer = create(client, NetworkMode=name)
        assert answer.status == 403 and "own container" in answer.message
        answer = request(client, "POST", "/containers/create", {
            "Image": "bb:1", "NetworkingConfig": {"EndpointsConfig": {name: {}}}})
        assert answer.status == 403 and "own container" in answer.message
        identity = make_sleeper(own.dockerd)
        answer = request(client, "POST", f"/networks/{name}/connect", {"Container": identity})
        assert answer.status == 403 and "own container" in answer.message
    assert create(client, NetworkMode="bridge").status == 201


def test_a_prepared_exec_is_not_started(own, client):
    made = own.dockerd.call("POST", f"/containers/{own.id}/exec", {"Cmd": ["/sockwarden", "version"]})
    identity = json.loads(made.body)["Id"]
    answer = request(client, "POST", f"/exec/{identity}/start", {"Detach": True})
    assert answer.status == 403 and "own container" in answer.message


def test_another_client_is_not_entered(own):
    """It holds a socket of another policy, in a volume of the own container."""
    other = make_sleeper(own.dockerd, name="other", HostConfig={"Binds": ["own-keeper:/run/s:ro"]})
    answer = request(own.socket("mine"), "POST", f"/containers/{other}/exec", {"Cmd": ["id"]})
    assert answer.status == 403 and "own container" in answer.message
    for name in (other, "other", "/other"):
        answer = create(own.socket("mine"), VolumesFrom=[name])
        assert answer.status == 403 and "own container" in answer.message


def test_an_anonymous_volume_is_no_less_its_own(own):
    """One that was handed on to another container."""
    heir = make_sleeper(own.dockerd, name="heir", HostConfig={"VolumesFrom": [f"{own.id}:ro"]})
    for mounts in own.dockerd.get(f"/containers/{heir}/json")["Mounts"]:
        if mounts.get("Name", "").startswith("own-") or mounts["Type"] == "bind":
            continue
        volume = mounts["Name"]
    bare = make_sleeper(own.dockerd, name="bare", HostConfig={"Binds": [f"{volume}:/x"]})
    for client in ("mine", "plain"):
        answer = create(own.socket(client), VolumesFrom=["bare"])
        assert answer.status == 403 and "own container" in answer.message
    answer = request(own.socket("mine"), "POST", f"/containers/{bare}/exec", {"Cmd": ["id"]})
    assert answer.status == 403 and "own container" in answer.message


def test_volumes_and_networks_in_use_stay(own, client):
    for target in ("/volumes/own-keeper", "/volumes/own-keeper?force=1", "/networks/own-front"):
        assert request(client, "DELETE", target).status >= 403
    for target in ("/volumes/prune", "/networks/prune", "/containers/prune"):
        assert request(client, "POST", target).status == 200
    assert wire.answers(own.socket("keeper"))
    assert own.dockerd.get("/volumes/own-keeper") and own.dockerd.get("/networks/own-front")


def test_others_are_used_as_ever(own, client):
    make_sleeper(own.dockerd, name="web")
    with Wire(client) as peer:
        answer = peer.request("POST", "/containers/web/exec",
                              {"Cmd": ["echo", "in there"], "AttachStdout": True})
        assert answer.status == 201
        for target, body in (("/containers/web/pause", None), ("/containers/web/unpause", None),
                             ("/containers/web/restart?t=0", None),
                             ("/containers/web/rename?name=shop", None),
                             ("/containers/shop/stop?t=0", None)):
            assert peer.request("POST", target, body).status == 204, target
        assert peer.request("POST", "/containers/nobody/stop").status == 404
        assert peer.request("DELETE", "/containers/shop").status == 204


def test_it_is_read_as_rules_say(own, client):
    for target in (f"/containers/{own.id}/json", "/containers/warden/logs?stdout=1&tail=1",
                   "/containers/warden/stats?stream=0"):
        assert request(client, "GET", target).status == 200


def test_a_line_permits_it(own):
    client = own.socket("keeper")
    answer = request(client, "POST", "/containers/warden/exec", {"Cmd": ["/sockwarden", "version"]})
    assert answer.status == 201
    assert create(client, Binds=["own-mine:/x"]).status == 201
    assert create(client, NetworkMode="own-front").status == 201


def test_ways_to_the_daemon(own, dockerd, granted):
    """A container with the daemon's socket, however it got it, is not driven by a policy that would not
    have let it be made."""
    directory = os.path.dirname(dockerd.socket)
    options = {"type": "none", "o": "bind", "device": directory}
    assert dockerd.call("POST", "/volumes/create", {
        "Name": "way", "DriverOpts": options}).status == 201
    ways = (
        {"Binds": [f"{dockerd.socket}:/x.sock"]}, {"Binds": [f"{directory}:/x:ro"]},
        {"Binds": [f"{os.path.dirname(directory)}:/x:ro"]}, {"Binds": ["/run:/x:ro"]},
        {"Binds": ["/var/run:/x"]}, {"Binds": ["/:/x:ro"]}, {"Binds": ["way:/x"]},
        {"Mounts": [{"Type": "bind", "Source": dockerd.socket, "Target": "/x.sock"}]},
        {"Mounts": [{"Type": "volume", "Source": "way", "Target": "/x"}]})
    for index, host in enumerate(ways):
        identity = make_sleeper(dockerd, name=f"way{index}", HostConfig=host)
        for target, body in ((f"/containers/{identity}/exec", {"Cmd": ["id"]}),
                             ("/containers/create", {"Image": "bb:1", "HostConfig": {
                                 "VolumesFrom": [f"way{index}"]}}),
                             ("/networks/bridge/connect", {"Container": f"way{index}"})):
            answer = request(own.socket("mine"), "POST", target, body)
            assert answer.status == 403, (host, target, answer.body)
    dockerd.remove_containers()
    dockerd.call("DELETE", "/volumes/way")


def test_the_socket_is_no_ordinary_path(make_warden, dockerd):
    """On the host: a line for a directory above gives neither the daemon's socket nor its directory."""
    directory = os.path.dirname(dockerd.socket)
    top = os.path.dirname(directory)
    warden = make_warden(f"[policy test]\nallow = container.create\nimage = *\nbind = {top} rw\n")
    for source in (directory, dockerd.socket):
        answer = create(warden.socket, Binds=[f"{source}:/x:ro"])
        assert answer.status == 403 and "bind" in answer.message
