# SPDX-License-Identifier: Apache-2.0
"""Two owners and an administrator at one daemon. Every operation of the table is tried on what is one's own,
the other's, nobody's and missing: a new row without a sample fails."""

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest

import warden as warden_module
import wire
from archives import tar_of
from conftest import make_sleeper
from owners import GRANTS, KEY
from warden import BINARY
from wire import Wire, request

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

CONFIG = """[sockwarden]
upstream = unix:@DOCKERD@
@AUDIT@
audit_level = all
[listener alice]
address = unix:@DIR@/alice
policy = alice
[listener bob]
address = unix:@DIR@/bob
policy = bob
[listener admin]
address = unix:@DIR@/admin
policy = admin
[policy alice]
owner = alice
shared = network:commons-* volume:commons-*
""" + GRANTS + """[policy bob]
owner = bob
""" + GRANTS + """[policy admin]
allow = @all
grant = all
"""
OPERATIONS = json.loads(subprocess.run([BINARY, "operations", "--format", "json"], check=True,
                                       capture_output=True).stdout)


def rows(owner):
    return [row for row in OPERATIONS if row["owner"] == owner]


class Tenant:
    """A client of one listener."""

    def __init__(self, socket):
        self.socket = socket

    def call(self, method, target, body=None, headers=()):
        return request(self.socket, method, target, body, headers)

    def get(self, target):
        answer = self.call("GET", target)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def make(self, target, body):
        answer = self.call("POST", target, body)
        assert answer.status == 201, answer.body
        return json.loads(answer.body)

    def container(self, name=None, start=True, **config):
        target = "/containers/create" + (f"?name={name}" if name else "")
        body = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0, **config}
        identity = self.make(target, body)["Id"]
        if start:
            assert self.call("POST", f"/containers/{identity}/start").status == 204
        return identity

    def exec_of(self, container):
        return self.make(f"/containers/{container}/exec", {"Cmd": ["true"]})["Id"]


class House:
    def __init__(self, gate, dockerd):
        self.gate, self.dockerd = gate, dockerd
        self.alice, self.bob, self.admin = (
            Tenant(f"{gate.dir}/{name}") for name in ("alice", "bob", "admin"))
        self.nobody = Tenant(dockerd.socket)

    def clean(self):
        self.dockerd.remove_containers()
        for kind, items in (("networks", self.dockerd.get("/networks")),
                            ("volumes", self.dockerd.get("/volumes")["Volumes"] or [])):
            for item in items:
                if item["Name"] not in ("bridge", "host", "none", "docker_gwbridge", "ingress"):
                    self.dockerd.call("DELETE", f"/{kind}/{item.get('Id', item['Name'])}")


@pytest.fixture(scope="module")
def gate(make_gate):
    return make_gate(CONFIG, lambda directory: wire.answers(f"{directory}/admin"))


@pytest.fixture
def house(gate, dockerd):
    made = House(gate, dockerd)
    yield made
    made.clean()


# ---- each row of the table


def test_what_cannot_be_scoped_is_refused():
    names = {row["name"] for row in rows("refused")}
    assert {"build.prune", "system.df", "image.load", "image.get_all", "image.prune", "buildkit.grpc",
            "buildkit.session", "libpod.any", "system.debug"} <= names
    for kind in ("plugin", "swarm", "node", "service", "task", "secret", "config"):
        every = {row["name"] for row in OPERATIONS if row["name"].startswith(kind + ".")}
        assert every and every <= names


def is_call(row):
    """One of BuildKit's, which has a package in its path: reached by /grpc alone, which is refused."""
    return "." in row["path"].split("/")[1]


@pytest.mark.parametrize("row", [row for row in rows("refused") if not is_call(row)], ids=lambda row: row["name"])
def test_refused(house, row):
    path = row["path"].replace("{id}", "x").replace("{name}", "x").replace("{rest}", "x")
    method = "GET" if row["method"] in ("any", "*", "OTHER") else row["method"]
    headers = {"/grpc": ["Upgrade: h2c"], "/session": ["Upgrade: h2c"]}.get(path, [])
    before = len(house.gate.records())
    answer = house.alice.call(method, path, None, headers)
    assert answer.status == 403, answer.body
    assert house.gate.await_records(before)[-1]["reason"] == "owner"


# What a request for each operation that uses an object looks like: {} is its name.
USES = {
    "container.commit": ("POST", "/commit?container={}&repo=tenants-commit"),
    "container.inspect": ("GET", "/containers/{}/json"),
    "container.top": ("GET", "/containers/{}/top"),
    "container.logs": ("GET", "/containers/{}/logs?stdout=1"),
    "container.changes": ("GET", "/containers/{}/changes"),
    "container.export": ("GET", "/containers/{}/export"),
    "container.stats": ("GET", "/containers/{}/stats?stream=0&one-shot=1"),
    "container.attach_ws": ("GET", "/containers/{}/attach/ws?logs=1"),
    "container.archive_get": ("GET", "/containers/{}/archive?path=/etc/hostname"),
    "container.archive_stat": ("HEAD", "/containers/{}/archive?path=/etc/hostname"),
    "container.archive_put": ("PUT", "/containers/{}/archive?path=/tmp", tar_of("x", b"x")),
    "container.start": ("POST", "/containers/{}/start"),
    "container.stop": ("POST", "/containers/{}/stop?t=0"),
    "container.restart": ("POST", "/containers/{}/restart?t=0"),
    "container.kill": ("POST", "/containers/{}/kill?signal=URG"),
    "container.pause": ("POST", "/containers/{}/pause"),
    "container.unpause": ("POST", "/containers/{}/unpause"),
    "container.resize": ("POST", "/containers/{}/resize?h=10&w=10"),
    "container.rename": ("POST", "/containers/{}/rename?name=renamed"),
    "container.update": ("POST", "/containers/{}/update", {"CpuShares": 512}),
    "container.wait": ("POST", "/containers/{}/wait?condition=removed"),
    "container.attach": ("POST", "/containers/{}/attach?logs=1"),
    "container.exec": ("POST", "/containers/{}/exec", {"Cmd": ["true"]}),
    "container.copy": ("POST", "/containers/{}/copy", {"Resource": "/etc/hostname"}),
    "checkpoint.list": ("GET", "/containers/{}/checkpoints"),
    "checkpoint.create": ("POST", "/containers/{}/checkpoints", {"CheckpointID": "x"}),
    "checkpoint.remove": ("DELETE", "/containers/{}/checkpoints/x"),
    "container.remove": ("DELETE", "/containers/{}?force=1"),
    "exec.start": ("POST", "/exec/{}/start", {"Detach": True}),
    "exec.resize": ("POST", "/exec/{}/resize?h=10&w=10"),
    "exec.inspect": ("GET", "/exec/{}/json"),
    "network.inspect": ("GET", "/networks/{}"),
    "network.connect": ("POST", "/networks/{}/connect", {"Container": "own"}),
    "network.disconnect": ("POST", "/networks/{}/disconnect", {"Container": "own"}),
    "network.remove": ("DELETE", "/networks/{}"),
    "volume.inspect": ("GET", "/volumes/{}"),
    "volume.remove": ("DELETE", "/volumes/{}"),
}

def made_by(tenant, operation, name):
    """An object that the operation can be about, and all the names it has."""
    kind = operation.split(".")[0]
    if kind == "network":
        identity = tenant.make("/networks/create", {"Name": name})["Id"]
        return [name, identity, identity[:12]]
    if kind == "volume":
        tenant.make("/volumes/create", {"Name": name})
        return [name]
    identity = tenant.container(name)
    if kind == "exec":
        return [tenant.exec_of(identity)]
    return [identity, identity[:12], name]


def ask(tenant, operation, name):
    method, target, *body = USES[operation]
    headers = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="] if operation.endswith("_ws") else []
    if body and isinstance(body[0], bytes):
        headers = ["Content-Type: application/x-tar"]
    with Wire(tenant.socket) as peer:
        peer.send(wire.encode(method, target.format(name), *(body or [None]), headers))
        answer = peer.read_head()
        if answer.status >= 400 and method != "HEAD":
            size = answer.headers.get("content-length")
            answer.body = peer.read_exactly(int(size)) if size else b"".join(peer.read_chunks())
        return answer


@pytest.mark.parametrize("operation", [row["name"] for row in rows("uses")])
def test_own_others_nobodys_missing(house, operation):
    house.alice.container("own")
    missing = {}
    for name in made_by(house.bob, operation, "bobs") + \
            made_by(house.nobody, operation, "nobodys") + made_by(house.admin, operation, "admins"):
        answer = ask(house.alice, operation, name)
        assert answer.status == 404, (name, answer.body)
        missing[name] = (answer.head, answer.body)
    before = house.dockerd.container_ids()
    assert len(before) >= 1
    house.clean()
    house.alice.container("own")
    for name, (head, body) in missing.items():
        answer = ask(house.alice, operation, name)
        assert answer.head == head
        assert answer.body == body, name
    for name in made_by(house.alice, operation, "mine"):
        answer = ask(house.alice, operation, name)
        assert answer.status not in (403,), answer.body
        if operation not in ("container.copy", "container.rename", "container.remove", "container.unpause",
                             "network.remove", "volume.remove", "network.disconnect",
                             "checkpoint.list", "checkpoint.create", "checkpoint.remove"):
            assert answer.status != 404, answer.body
        break


def test_each_use_has_a_sample():
    assert {row["name"] for row in rows("uses")} == set(USES)


def test_a_slash_before_the_name_opens_nothing(house):
    house.bob.container("bobs")
    for target in ("/containers/%2Fbobs/json", "/containers//bobs/json", "/containers/x/../bobs/json"):
        assert house.alice.call("GET", target).status in (301, 400)
    assert house.alice.call("POST", "/commit?container=%2Fbobs").status == 403


# ---- what is made


def test_made_objects_have_the_label(house):
    container = house.nobody.get(f"/containers/{house.alice.container('cc')}/json")
    assert container["Config"]["Labels"][KEY] == "alice"
    assert container["HostConfig"]["ContainerIDFile"] == f"{KEY}=alice"
    house.alice.make("/networks/create", {"Name": "n", "Labels": {"a": "b"}})
    assert house.nobody.get("/networks/n")["Labels"] == {"a": "b", KEY: "alice"}
    house.alice.make("/volumes/create", {"Name": "vol", "labels": None})
    assert house.nobody.get("/volumes/vol")["Labels"] == {KEY: "alice"}


LABELS = {
    "missing": ({}, 201), "null": ({"Labels": None}, 201), "empty": ({"Labels": {}}, 201),
    "other case": ({"labels": {"x": "y"}}, 201), "the same": ({"Labels": {KEY: "alice"}}, 201),
    "another's": ({"Labels": {KEY: "bob"}}, 403), "nobody's": ({"Labels": {KEY: ""}}, 403),
    "no text": ({"Labels": {KEY: None}}, 403), "list": ({"Labels": ["x"]}, 400),
    "key in another case": ({"Labels": {KEY.upper(): "bob"}}, 201),
    "text escaped": (b'{"Image":"bb:1","L\\u0061bels":{"io.sockwarden\\u002eowner":"bob"}}', 403),
    "own text escaped": (b'{"Image":"bb:1","L\\u0061bels":{"io.sockwarden\\u002eowner":"alice"}}', 201),
    "escaped": (b'{"Image":"bb:1","L\\u0061bels":{"a\\u0062":"c"}}', 201),
    "twice": (b'{"Image":"bb:1","Labels":null,"labels":null}', 400),
    "host twice": (b'{"Image":"bb:1","HostConfig":null,"hostconfig":null}', 400),
    "spaces": (b' { "Labels" : { } , "Image" : "bb:1" , "HostConfig" : { } } ', 201),
    "marker": ({"HostConfig": {"ContainerIDFile": f"{KEY}=bob"}}, 201),
    "marker in another case": ({"hostConfig": {"containeridfile": "/tmp/x"}}, 201),
}


@pytest.mark.parametrize("form", LABELS)
def test_labels_of_clients(house, form):
    body, status = LABELS[form]
    if isinstance(body, dict):
        body = {"Image": "bb:1", **body}
    answer = house.alice.call("POST", "/containers/create", body)
    assert answer.status == status, answer.body
    if status == 201:
        container = house.nobody.get(f"/containers/{json.loads(answer.body)['Id']}/json")
        assert container["Config"]["Labels"][KEY] == "alice"
        assert container["HostConfig"]["ContainerIDFile"] == f"{KEY}=alice"


@pytest.mark.parametrize("target,body", [
    ("/containers/create", {"Image": "bb:1", "Labels": {KEY: "alice"}}),
    ("/volumes/create", {"Name": "x", "Labels": {KEY: "alice"}}),
    ("/networks/create", {"Name": "x", "Labels": {KEY: ""}}),
    ("/containers/create", {"Image": "bb:1", "HostConfig": {"Mounts": [
        {"Type": "volume", "Source": "x", "Target": "/x", "VolumeOptions": {"Labels": {KEY: "a"}}}]}}),
    ("/secrets/create", {"Name": "x", "Data": "eA==", "Labels": {KEY: "a"}}),
    ("/configs/create", {"Name": "x", "Data": "eA==", "Labels": {KEY: "a"}}),
    ("/services/create", {"Name": "x", "Labels": {KEY: "a"}}),
    ("/services/create", {"Name": "x", "TaskTemplate": {"ContainerSpec": {"Labels": {KEY: "a"}}}}),
    ("/nodes/x/update", {"Labels": {KEY: "a"}}),
    ("/swarm/update?version=1", {"Labels": {KEY: "a"}}),
    ("/commit?container=x", {"Labels": {KEY: "a"}}),
])
def test_no_client_of_any_policy_sets_the_label(house, target, body):
    answer = house.admin.call("POST", target, body)
    assert answer.status == 403, answer.body
    assert "clients cannot set it" in answer.message


def test_other_mounts_policies_and_labels_stay_as_they_are(house):
    identity = house.admin.container(Labels={"a": "b"})
    assert house.nobody.get(f"/containers/{identity}/json")["Config"]["Labels"] == {"a": "b", KEY: ""}


# ---- lists


def names_of(tenant, kind, query=""):
    found = tenant.get(f"/{kind}{query}")
    if kind == "volumes":
        return {item["Name"] for item in found["Volumes"] or []}
    if kind == "networks":
        return {item["Name"] for item in found}
    return {item["Names"][0][1:] for item in found}


@pytest.fixture
def settled(house):
    for tenant, name in ((house.alice, "alices"), (house.bob, "bobs"), (house.nobody, "nobodys")):
        tenant.container(name, Labels={"tmp": name})
        tenant.make("/networks/create", {"Name": name, "Labels": {"tmp": name}})
        tenant.make("/volumes/create", {"Name": name, "Labels": {"tmp": name}})
    return house


def filters(value):
    return "?filters=" + quote(value if isinstance(value, str) else json.dumps(value))


NARROW = [
    "", "?filters=", filters({}), filters("null"), filters({"label": []}), filters({"label": {}}),
    filters({"label": None}), filters({"label": ["tmp"]}), filters({"label": {"tmp": False}}),
    filters({"label": [KEY]}), filters({"label": [f"{KEY}=alice"]}), filters({"name": []}),
]
NOTHING = [
    filters({"label": [f"{KEY}=bob"]}), filters({"label": {f"{KEY}=bob": True}}), filters({"label": [f"{KEY}="]}),
    filters({"label": ["tmp=bobs"]}), filters({"name": ["bobs"]}),
]
BAD = [
    filters({"label": "x"}), filters({"label": [1]}), filters({"label": {"x": ["y"]}}), filters("[]"),
    filters("{"), filters('{"label":[],"label":[]}'), filters('{"label":[],"l\\u0061bel":[]}'),
    filters('{"label":["a"]} {}'), filters('{"label":["a\\u0000"]}'),
]


@pytest.mark.parametrize("kind", ["containers/json", "networks", "volumes"])
def test_lists_are_the_owners(settled, kind):
    for query in NARROW:
        assert names_of(settled.alice, kind, query) == {"alices"}, query
    for query in NOTHING:
        assert names_of(settled.alice, kind, query) == set(), query
    for query in BAD:
        assert settled.alice.call("GET", f"/{kind}{query}").status == 400, query
    twice = NOTHING[0] + "&" + filters({})[1:]
    assert names_of(settled.alice, kind, twice) == set()
    assert settled.alice.call("GET", f"/{kind}?Filters=x").status == 403
    assert settled.alice.call("GET", f"/{kind}?filters%00=x").status in (400, 403)
    assert b"bobs" not in settled.alice.call("GET", f"/v1.24/{kind}").body
    assert {"alices", "bobs", "nobodys"} <= names_of(settled.admin, kind)


@pytest.mark.parametrize("query", ["?before=bobs", "?since=bobs", filters({"before": ["bobs"]}),
                                   filters({"since": ["bobs"]})])
def test_no_list_tells_of_a_name(settled, query):
    known = settled.alice.call("GET", "/containers/json" + query)
    missing = settled.alice.call("GET", "/containers/json" + query.replace("bobs", "gone"))
    assert known.status == missing.status and known.status in (400, 403)
    assert known.body.replace(b"bobs", b"gone") == missing.body


def test_no_filter_tells_of_a_foreign_object(settled):
    """Filters name objects of all owners, and the answer is that to a name that nobody has."""
    network = settled.bob.get("/networks/bobs")["Id"]
    container = settled.bob.get("/containers/bobs/json")["Id"]
    until = f"&since=0&until={int(time.time()) + 1}"
    asked = 0
    for target, more, keys in (
            ("/containers/json", "&all=1", {"network": ["bobs", network], "volume": ["bobs"], "name": ["bobs"],
                                            "id": [container, container[:12]], "ancestor": ["bobs"]}),
            ("/networks", "", {"id": [network, network[:12], network[:3]], "name": ["bobs"]}),
            ("/volumes", "", {"name": ["bobs"]}),
            ("/events", until, {"container": [container, "bobs"], "network": [network, "bobs"], "volume": ["bobs"]})):
        for key, values in keys.items():
            for value in values:
                missing = "0" * len(value) if value != "bobs" else "gone"
                known, other = (settled.alice.call("GET", target + filters({key: [name]}) + more)
                                for name in (value, missing))
                assert (known.status, known.body) == (other.status, other.body), (target, key, value)
                assert known.status == 200
                asked += 1
    assert asked == 17


@pytest.mark.parametrize("kind", ["containers", "networks", "volumes"])
def test_prune_is_the_owners(settled, kind):
    for tenant in (settled.alice, settled.bob, settled.nobody):
        for row in tenant.get("/containers/json"):
            tenant.call("POST", f"/containers/{row['Id']}/stop?t=0")
    listing = "containers/json" if kind == "containers" else kind
    query = "?all=1" if kind == "containers" else ""
    assert settled.alice.call("POST", f"/{kind}/prune" + filters({"label": ["tmp=other"]})).status == 200
    assert settled.alice.call("POST", f"/{kind}/prune" + filters({"label": [f"{KEY}=bob"]})).status == 200
    assert settled.alice.call("POST", f"/{kind}/prune" + filters({"label!": [f"{KEY}=alice"]})).status == 200
    assert {"alices", "bobs", "nobodys"} <= names_of(settled.nobody, listing, query)
    more = {"all": ["true"]} if kind == "volumes" and settled.dockerd.get("/version")["ApiVersion"] != "1.41" else {}
    assert settled.alice.call("POST", f"/{kind}/prune" + filters(more)).status == 200
    assert names_of(settled.nobody, listing, query) & {"alices", "bobs", "nobodys"} == {"bobs", "nobodys"}


def test_events_are_the_owners(settled):
    for tenant, name in ((settled.alice, "alices"), (settled.bob, "bobs"), (settled.nobody, "nobodys")):
        tenant.call("POST", f"/containers/{name}/kill?signal=URG")
        tenant.exec_of(name)
    for query in (filters({}), filters({"Label": ["x"]}), filters({"type": ["network", "container"]}),
                  filters({"label": [KEY]}), "?x="[:1]):
        answer = settled.alice.call("GET", f"/events{query}&since=0&until={int(time.time()) + 1}")
        told = [json.loads(line) for line in answer.body.splitlines()]
        assert told
        assert {event["Actor"]["Attributes"].get(KEY) for event in told} == {"alice"}
    answer = settled.alice.call("GET", f"/events{filters({'label': [KEY + '=bob']})}&since=0&until={int(time.time()) + 1}")
    assert answer.body == b""


# ---- references in a body


def reference(house, kind, name, host=True):
    config = {
        "NetworkMode": {"NetworkMode": f"container:{name}"}, "PidMode": {"PidMode": f"container:{name}"},
        "IpcMode": {"IpcMode": f"container:{name}"}, "VolumesFrom": {"VolumesFrom": [f"{name}:ro"]},
        "Links": {"Links": [f"{name}:x"]}, "LinksBare": {"Links": [name]},
        "LinksInNetwork": {"Links": [f"{name}:x"], "NetworkMode": "commons-x"},
    }[kind]
    return house.alice.call("POST", "/containers/create", {"Image": "bb:1", "HostConfig": config})


@pytest.mark.parametrize("kind", ["NetworkMode", "PidMode", "IpcMode", "VolumesFrom", "Links", "LinksBare",
                                  "LinksInNetwork"])
def test_containers_in_a_body(house, kind):
    house.nobody.make("/networks/create", {"Name": "commons-x"})
    shareable = {"HostConfig": {"IpcMode": "shareable"}} if kind == "IpcMode" else {}
    bobs = house.nobody.container("bobs", Labels={KEY: "bob"}, **shareable)
    missing = reference(house, kind, "gone")
    assert missing.status == 403
    for name in ("bobs", bobs, bobs[:12], bobs[:4], bobs[:1]):
        answer = reference(house, kind, name)
        assert answer.status == 403, answer.body
        assert re.sub(rf'(?<=[":]){name}(?=\\")'.encode(), b'gone', answer.body) == missing.body
    mine = house.alice.container("mine", HostConfig={"IpcMode": "shareable"} if kind == "IpcMode" else {})
    answer = reference(house, kind, "mine")
    assert answer.status == 201, answer.body
    host = house.nobody.get(f"/containers/{json.loads(answer.body)['Id']}/json")["HostConfig"]
    if not kind.startswith("Links"):
        assert mine in json.dumps(host[kind])


def create(house, body=None, **host):
    return house.alice.call("POST", "/containers/create",
                            {"Image": "bb:1", "Cmd": ["true"], "HostConfig": host, **(body or {})})


def test_networks_in_a_body(house):
    for tenant, name in ((house.alice, "mine"), (house.bob, "bobs"), (house.nobody, "nobodys"),
                         (house.nobody, "commons-net")):
        tenant.make("/networks/create", {"Name": name})
    ids = {net["Name"]: net["Id"] for net in house.nobody.get("/networks")}
    missing = create(house, NetworkMode="gone")
    assert missing.status == 403
    for name in ("bobs", ids["bobs"], ids["bobs"][:12], "nobodys", ids["bridge"]):
        answer = create(house, NetworkMode=name)
        assert answer.status == 403, answer.body
        assert answer.body.replace(name.encode(), b"gone") == missing.body
        assert create(house, {"NetworkingConfig": {"EndpointsConfig": {name: {}}}}).status == 403
        assert create(house, {"NetworkingConfig": {"EndpointsConfig": {
            "mine": {"NetworkID": name}}}}, NetworkMode="mine").status == 403
    for name in ("mine", ids["mine"], "commons-net", "bridge", "default", "none"):
        answer = create(house, NetworkMode=name)
        assert answer.status == 201, (name, answer.body)
        identity = json.loads(answer.body)["Id"]
        assert house.alice.call("POST", f"/containers/{identity}/start").status == 204
        assert house.alice.call("POST", f"/containers/{identity}/wait").status == 200
    answer = create(house, {"NetworkingConfig": {"EndpointsConfig": {"mine": {"Aliases": ["a"]}}}},
                    NetworkMode="mine")
    assert answer.status == 201, answer.body


def test_a_network_that_changes_hands_is_not_joined(house):
    house.alice.make("/networks/create", {"Name": "front"})
    identity = house.alice.container("cc", start=False, HostConfig={"NetworkMode": "front"})
    assert house.alice.call("DELETE", "/networks/front").status == 204
    house.bob.make("/networks/create", {"Name": "front"})
    answer = house.alice.call("POST", f"/containers/{identity}/start")
    assert answer.status in (403, 404), answer.body
    bobs = house.nobody.get("/networks/front")
    assert bobs["Containers"] == {}
    # the same without sockwarden's look: dockerd holds to the id
    house.nobody.call("POST", f"/containers/{identity}/start")
    assert house.nobody.get("/networks/front")["Containers"] == {}


def test_connecting(house):
    for tenant, name in ((house.alice, "mine"), (house.bob, "bobs"), (house.nobody, "commons-net")):
        tenant.make("/networks/create", {"Name": name})
    house.alice.container("own")
    idle = house.alice.container("idle", start=False)
    house.bob.container("other", HostConfig={"NetworkMode": "bobs"})
    house.nobody.call("POST", "/networks/commons-net/connect", {"Container": "other"})

    def connect(network, container, verb="connect"):
        return house.alice.call("POST", f"/networks/{network}/{verb}", {"Container": container})

    for verb in ("connect", "disconnect"):
        missing = connect("mine", "gone", verb)
        foreign = connect("mine", "other", verb)
        assert (missing.status, foreign.status) == (404, 404)
        assert foreign.body.replace(b"other", b"gone") == missing.body
        assert connect("bobs", "own", verb).status == 404
        assert connect("commons-net", "other", verb).status == 404
        assert connect("gone", "other", verb).body == connect("gone", "absent", verb).body.replace(
            b"absent", b"other")
    assert "other" in {c["Name"] for c in house.nobody.get("/networks/commons-net")["Containers"].values()}
    for network in ("mine", "commons-net"):
        assert connect(network, "own").status == 200
        assert connect(network, "own", "disconnect").status == 200
    # of a container that does not run the network is kept by its id
    assert connect("mine", "idle").status == 200
    assert house.alice.call("DELETE", "/networks/mine").status == 204
    house.bob.make("/networks/create", {"Name": "mine"})
    house.nobody.call("POST", f"/containers/{idle}/start")
    assert house.nobody.get("/networks/mine")["Containers"] == {}


def volume_bodies(name):
    return [{"Binds": [f"{name}:/x"]}, {"Binds": [f"{name}:/x:ro"]},
            {"Mounts": [{"Type": "volume", "Source": name, "Target": "/x"}]}]


def test_volumes_in_a_body(house):
    house.bob.make("/volumes/create", {"Name": "bobs"})
    house.nobody.make("/volumes/create", {"Name": "nobodys"})
    house.nobody.make("/volumes/create", {"Name": "commons-volume"})
    house.alice.make("/volumes/create", {"Name": "mine"})
    bob = house.bob.container("cc", Volumes={"/anonymous": {}})
    anonymous = house.nobody.get(f"/containers/{bob}/json")["Mounts"][0]["Name"]
    for name in ("bobs", "nobodys", anonymous):
        for host in volume_bodies(name):
            assert create(house, **host).status == 403
    for number, name in enumerate(("mine", "commons-volume", "BOBS", "new")):
        for host in volume_bodies(name + (str(number) if name == "new" else "")):
            answer = create(house, **host)
            assert answer.status == 201, answer.body
            identity = json.loads(answer.body)["Id"]
            assert house.alice.call("POST", f"/containers/{identity}/start").status == 204
    for host in volume_bodies("by-mount")[2:] + volume_bodies("by-bind")[:1]:
        assert create(house, **host).status == 201
    for name in ("by-mount", "by-bind", "BOBS"):
        assert house.nobody.get(f"/volumes/{name}")["Labels"] == {KEY: "alice"}
    assert create(house, Binds=["other-driver:/x"], VolumeDriver="other").status == 403


def test_a_volume_that_changes_hands_is_not_used(house):
    """As when it is made by another between the look at its name and the making of the container."""
    house.bob.make("/volumes/create", {"Name": "data"})
    identity = house.nobody.container("cc", start=False, Labels={KEY: "alice"}, HostConfig={
        "Binds": ["data:/x"], "ContainerIDFile": f"{KEY}=alice"})
    tar = ["Content-Type: application/x-tar"]
    for method, path, body, headers in (
            ("POST", "start", None, []), ("POST", "restart", None, []), ("POST", "attach", None, []),
            ("GET", "archive?path=/x", None, []), ("HEAD", "archive?path=/x", None, []),
            ("PUT", "archive?path=/x", tar_of("x", b"x"), tar), ("GET", "export", None, []),
            ("POST", "exec", {"Cmd": ["ls"]}, [])):
        answer = house.alice.call(method, f"/containers/{identity}/{path}", body, headers)
        assert answer.status == 403, (path, answer.body)
    answer = create(house, VolumesFrom=["cc"])
    assert answer.status == 201
    heir = json.loads(answer.body)["Id"]
    assert house.alice.call("POST", f"/containers/{heir}/start").status == 403
    assert house.alice.call("DELETE", f"/containers/{identity}").status == 204


def test_names_that_are_taken(house):
    house.bob.make("/volumes/create", {"Name": "bobs", "Labels": {"secret": "x"}})
    house.bob.make("/networks/create", {"Name": "bobs"})
    for body in ({"Name": "bobs"}, {"Name": "bobs", "Driver": "local", "DriverOpts": {}}):
        answer = house.alice.call("POST", "/volumes/create", body)
        assert answer.status == 403 and b"secret" not in answer.body
    assert house.alice.call("POST", "/networks/create", {"Name": "bobs"}).status == 403
    assert house.alice.call("POST", "/networks/create", {
        "Name": "x", "ConfigFrom": {"Network": "bobs"}}).status == 403
    assert house.bob.call("GET", "/networks/bobs").status == 200
    house.alice.make("/volumes/create", {"Name": "own"})
    house.alice.make("/volumes/create", {"Name": "own"})
    identity, own = house.bob.container("bobs"), house.alice.container("own")
    for name in ("bobs", "/bobs", "own", "a b"):
        for target, body in (("/containers/create", {"Image": "bb:1"}), (f"/containers/{own}/rename", None)):
            answer = house.alice.call("POST", f"{target}?name={quote(name, safe='')}", body)
            expected = house.nobody.call("POST", f"{target}?name={quote(name, safe='')}", body)
            if "bobs" in name:
                assert answer.status == 403 and "is taken" in answer.message
                assert identity.encode() in expected.body and identity.encode() not in answer.body
            else:
                assert (answer.status, answer.body) == (expected.status, expected.body)


def test_names_that_are_ids_of_others(house):
    """A client names its networks by random digits (testcontainers for Node): that is no id of anybody's."""
    house.alice.container("own")
    bobs = house.bob.container("bobs")
    network = house.bob.make("/networks/create", {"Name": "bobs"})["Id"]
    for length in (2, 11): # nobody's id: the daemon takes it, too
        house.alice.make(f"/containers/create?name={bobs[:length]}", {"Image": "bb:1"})
    for length in (12, 13, 40, 64):
        name = bobs[:length]
        for target in (f"/containers/create?name={name}", f"/containers/own/rename?name={name}"):
            answer = house.alice.call("POST", target, {"Image": "bb:1"} if "create" in target else None)
            assert answer.status == 403 and "is taken" in answer.message
        assert house.alice.call("POST", "/networks/create", {"Name": network[:length]}).status == 403
        free = ("0123456789ab" * 6)[:length]
        house.alice.make(f"/containers/create?name={free}", {"Image": "bb:1"})
        house.alice.make("/networks/create", {"Name": free})
        assert house.alice.get(f"/networks/{free}")["Name"] == free
    assert house.bob.call("GET", f"/containers/{bobs[:12]}/json").status == 200
    assert house.bob.call("GET", f"/networks/{network[:12]}").status == 200


def test_no_prefix_tells_how_many_objects_others_have(house):
    for tenant in (house.alice, house.bob):
        for number in range(17):
            tenant.container(start=False)
    own = {row["Id"] for row in house.alice.get("/containers/json?all=1")}
    for kind, message in (("containers/{}/json", "No such container: {}"), ("networks/{}", "network {} not found")):
        for digit in "0123456789abcdef":
            answer = house.alice.call("GET", "/" + kind.format(digit))
            assert (answer.status, answer.message) == (404, message.format(digit))
            answer = create(house, NetworkMode=f"container:{digit}")
            assert answer.status == 403, answer.body
            answer = house.alice.call("GET", "/containers/json?all=1&" + filters({"id": [digit]})[1:])
            assert answer.status == 400 and "12 digits" in answer.message
    for identity in own:
        assert house.alice.call("GET", f"/containers/{identity[:11]}/json").status == 404
        assert house.alice.call("GET", f"/containers/{identity[:12]}/json").status == 200
        found = house.alice.get("/containers/json?all=1&" + filters({"id": [identity[:12]]})[1:])
        assert {row["Id"] for row in found} == {identity}
    for row in house.bob.get("/containers/json?all=1"):
        assert house.alice.get("/containers/json?all=1&" + filters({"id": {row["Id"][:12]: True}})[1:]) == []


@pytest.mark.parametrize("env", ["x" * (5 << 20), None], ids=["larger than max_body", "more values than the limit"])
def test_an_object_that_cannot_be_read_is_missing(house, env):
    values = [env] if env else ["x"] * 200000
    house.nobody.container("large", start=False, Env=values)
    before = len(house.gate.records())
    answer = house.alice.call("GET", "/containers/large/json")
    missing = house.alice.call("GET", "/containers/absent/json")
    assert answer.status == 404
    assert answer.body.replace(b"large", b"absent") == missing.body
    assert "answer" in house.gate.await_records(before)[0]["message"] or env is None
    assert create(house, NetworkMode="container:large").body.replace(b"large", b"absent") == \
        create(house, NetworkMode="container:absent").body


def test_what_anothers_object_lacks_is_not_told(make_gate, house):
    """Its mounts are looked at (check_state) only where the client may know of it."""
    gate = make_gate("""[sockwarden]
upstream = unix:@DOCKERD@
[listener carol]
address = unix:@DIR@/carol
policy = carol
[policy carol]
owner = carol
check_state = yes
allow = @all
image = *
network_mode = container:**
volumes_from = *
link = *
pid_mode = container:**
volume = *
""", lambda directory: wire.answers(f"{directory}/carol"))
    carol = Tenant(f"{gate.dir}/carol")
    house.nobody.make("/volumes/create", {"Name": "secret-volume", "DriverOpts": {
        "type": "tmpfs", "device": "tmpfs", "o": "size=1m"}})
    house.nobody.container("secret", HostConfig={"Binds": ["/etc:/secret-path", "secret-volume:/v"], "PidMode": "host",
                                                 "IpcMode": "shareable"})
    for host in ({"NetworkMode": "container:secret"}, {"PidMode": "container:secret"}, {"Links": ["secret:x"]},
                 {"VolumesFrom": ["secret"]}, {"Binds": ["secret-volume:/v"]},
                 {"Mounts": [{"Type": "volume", "Source": "secret-volume", "Target": "/v"}]}):
        told = carol.call("POST", "/containers/create", {"Image": "bb:1", "HostConfig": host})
        absent = carol.call("POST", "/containers/create", {
            "Image": "bb:1", "HostConfig": json.loads(json.dumps(host).replace("secret", "absent"))})
        assert told.status == 403, told.body
        for word in (b"bind", b"/etc", b"volume_option", b"tmpfs"):
            assert word not in told.body, (host, told.body)
        if "-volume" not in json.dumps(host):
            assert told.body.replace(b"secret", b"absent") == absent.body


def test_a_missing_volume_of_a_mount_is_made_first(house):
    options = {"Labels": {"a": "b"}, "DriverConfig": {"Name": "local", "Options": {
        "type": "tmpfs", "device": "tmpfs", "o": "size=1m"}}}
    mount = {"Type": "volume", "Source": "made", "Target": "/x", "VolumeOptions": options}
    # the daemon knows no such image: what is there was not made by the container's create
    answer = create(house, {"Image": "absent:1"}, Mounts=[mount])
    assert answer.status == 404, answer.body
    made = house.nobody.get("/volumes/made")
    assert made["Labels"] == {"a": "b", KEY: "alice"}
    assert made["Options"] == options["DriverConfig"]["Options"]
    assert create(house, Mounts=[mount]).status == 201
    mount = {**mount, "Source": "other", "VolumeOptions": {"DriverConfig": {"Name": "other"}}}
    answer = create(house, Mounts=[mount])
    assert answer.status == 403 and "create the volume first" in answer.message
    # nothing is made for a request that is refused for what else it names
    answer = create(house, NetworkMode="container:absent", Mounts=[{**mount, "Source": "unmade", "VolumeOptions": {}}])
    assert answer.status == 403
    assert house.nobody.call("GET", "/volumes/unmade").status == 404


# ---- images


def commit_of(house, tenant, container, repo, body=None, more=""):
    answer = tenant.call("POST", f"/commit?container={container}&repo={repo}{more}", body)
    assert answer.status == 201, answer.body
    return house.nobody.get(f"/images/{repo}/json")["Config"]["Labels"] or {}


def test_images_hand_no_owner_on(house):
    house.alice.container("own")
    assert commit_of(house, house.alice, "own", "tenants-a")[KEY] == ""
    assert commit_of(house, house.alice, "own", "tenants-a", {"Labels": {"x": "y"}}) == {KEY: "", "x": "y"}
    for changes in (f"LABEL {KEY}=bob", f'LABEL "{KEY}"=bob', f"LABEL a=b {KEY}=bob", "# comment"):
        assert commit_of(house, house.alice, "own", "tenants-a",
                         more="&changes=" + quote(changes))[KEY] == ""
    for changes in ("CMD x \\", "CMD x \\\n# more", "# escape=`\nCMD x `", "RUN <<X"):
        answer = house.alice.call(
            "POST", f"/commit?container=own&repo=tenants-a&changes=LABEL%20{KEY}=bob&changes=" + quote(changes))
        assert answer.status == 400, answer.body
        answer = house.admin.call(
            "POST", f"/commit?container=own&repo=tenants-a&changes=LABEL%20{KEY}=bob&changes=" + quote(changes))
        assert answer.status == 400, answer.body


def test_builds_hand_no_owner_on(house):
    for tenant in (house.alice, house.admin):
        for labels in (None, {}, {KEY: "bob"}, {"x": "y"}):
            query = "" if labels is None else "&labels=" + quote(json.dumps(labels))
            answer = tenant.call("POST", f"/build?t=tenants-b:1{query}",
                                 tar_of("Dockerfile", f"FROM bb:1\nLABEL {KEY}=bob\n".encode()),
                                 ["Content-Type: application/x-tar"])
            if tenant is house.alice and KEY in (labels or {}):
                assert answer.status == 403, answer.body
                continue
            assert answer.status == 200, answer.body
            found = house.nobody.get("/images/tenants-b:1/json")["Config"]["Labels"]
            assert found[KEY] == "" and found.get("x") == (labels or {}).get("x")


def test_imports_hand_no_owner_on(house):
    answer = house.alice.call("POST", f"/images/create?fromSrc=-&repo=tenants-i&changes=LABEL%20{KEY}=bob",
                              tar_of("x", b"x"), ["Content-Type: application/x-tar"])
    assert answer.status == 200 and b"error" not in answer.body, answer.body
    assert house.nobody.get("/images/tenants-i/json")["Config"]["Labels"][KEY] == ""


def planted(house, owner):
    source = house.nobody.container(start=False)
    answer = house.nobody.call("POST", f"/commit?container={source}&repo=tenants-planted", {
        "Cmd": ["sleep", "1000"], "Labels": {KEY: owner}})
    assert answer.status == 201
    house.nobody.call("DELETE", f"/containers/{source}")


def test_an_image_with_the_label_gives_nothing_away(house):
    planted(house, "alice")
    by_admin = house.admin.container(Image="tenants-planted")
    past = house.nobody.container(Image="tenants-planted")
    assert by_admin not in {row["Id"] for row in house.alice.get("/containers/json?all=1")}
    for identity in (by_admin, past):
        assert house.alice.call("GET", f"/containers/{identity}/json").status == 404
        assert house.alice.call("POST", f"/containers/{identity}/exec", {"Cmd": ["true"]}).status == 404
        assert house.alice.call("POST", f"/commit?container={identity}").status == 404
    mine = house.bob.container(Image="tenants-planted")
    assert house.bob.call("GET", f"/containers/{mine}/json").status == 200
    assert house.alice.call("GET", f"/containers/{mine}/json").status == 404


def test_recreation_from_what_inspect_says(house):
    identity = house.alice.container("cc")
    told = house.alice.get(f"/containers/{identity}/json")
    assert house.alice.call("DELETE", f"/containers/{identity}?force=1").status == 204
    answer = house.alice.call("POST", "/containers/create?name=cc", {
        "Image": "bb:1", "Labels": told["Config"]["Labels"],
        "HostConfig": {"ContainerIDFile": told["HostConfig"]["ContainerIDFile"]}})
    assert answer.status == 201, answer.body


@pytest.mark.parametrize("changes", ["ONBUILD LABEL a=b", f"CMD x\nonbuild LABEL {KEY}=alice", "\ufeffOnBuild RUN x",
                                     "ONBU\u0130LD LABEL a=b"])
def test_no_image_hands_the_label_on_to_builds(house, changes):
    for tenant in (house.alice, house.admin):
        tenant.container("own", start=False)
        answer = tenant.call("POST", "/commit?container=own&repo=tenants-a&changes=" + quote(changes))
        assert answer.status in (400, 403), answer.body
        answer = tenant.call("POST", "/commit?container=own&repo=tenants-a", {"OnBuild": [changes]})
        assert answer.status in (400, 403), answer.body
        answer = tenant.call("POST", "/images/create?fromSrc=-&repo=tenants-i&changes=" + quote(changes),
                             tar_of("x", b"x"), ["Content-Type: application/x-tar"])
        assert answer.status in (400, 403), answer.body
        house.clean()


def test_services_of_other_policies_hand_no_owner_on(house):
    for spec, edits in (({"ContainerSpec": {"Image": "bb:1", "labels": {"a": "b"}}},
                         [f"TaskTemplate.ContainerSpec.Labels[{KEY}]="]), ({}, None)):
        before = len(house.gate.records())
        answer = house.admin.call("POST", "/services/create", {"Name": "s", "TaskTemplate": spec})
        assert answer.status == 503 and "swarm manager" in answer.message, answer.body
        assert house.gate.await_records(before)[0].get("edits") == edits


def test_images_tell_nothing_of_containers(house):
    """Neither by a parameter nor because the version is newer than the one that an owner's client gets."""
    house.nobody.container("nobodys")
    newest = int(house.dockerd.get("/version")["ApiVersion"].split(".")[1])
    for version in ("", "/v1.41" if newest < 44 else "/v1.44", f"/v1.{newest}"):
        for query in ("", "?manifests=1", "?manifests=1&identity=true&all=1"):
            rows = house.alice.get(f"{version}/images/json{query}")
            assert rows
            for row in rows:
                assert row.get("Containers", -1) == -1 and "Manifests" not in row and "Identity" not in row
        assert "Manifests" not in house.alice.get(f"{version}/images/bb:1/json?manifests=1")
    assert house.admin.call("GET", f"/v1.{newest}/images/json").status == 200


def test_top_shows_ones_own_processes(house):
    house.alice.container("own")
    for words, status in (("", 200), ("aux", 200), ("-ef", 200), ("-eorss=PID -oargs fe", (400, 403)), ("-e", 403)):
        answer = house.alice.call("GET", "/containers/own/top" + (f"?ps_args={quote(words)}" if words else ""))
        assert answer.status == status or answer.status in (status if isinstance(status, tuple) else ()), words


# ---- the log


def test_the_audit_log_shows_whose_it_is(house):
    before = len(house.gate.records())
    identity = house.alice.container("cc", start=False, HostConfig={"NetworkMode": "bridge"})
    record = house.gate.await_records(before)[0]
    assert record["owner"] == "alice"
    assert f"Labels[{KEY}]=alice" in record["edits"]
    house.bob.call("GET", f"/containers/{identity}/json")
    record = house.gate.await_records(before, 2)[1]
    assert (record["owner"], record["reason"], record["status"]) == ("bob", "owner", 404)


# ---- how many


QUOTAS = """[sockwarden]
upstream = unix:@DOCKERD@
workers = 2
[listener alice]
address = unix:@DIR@/alice
policy = alice
[listener again]
address = unix:@DIR@/again
policy = again
[listener bob]
address = unix:@DIR@/bob
policy = bob
[policy alice]
owner = alice
max_containers = 3
max_networks = 2
max_volumes = 2
""" + GRANTS + """[policy again]
owner = alice
max_containers = 3
""" + GRANTS + """[policy bob]
owner = bob
max_containers = 0
""" + GRANTS


@pytest.fixture(scope="module")
def quotas(make_gate):
    return make_gate(QUOTAS, lambda directory: wire.answers(f"{directory}/bob"))


@pytest.fixture
def counted(quotas, house):
    return {name: Tenant(f"{quotas.dir}/{name}") for name in ("alice", "again", "bob")}


def test_quotas_count_what_an_owner_has(house, counted):
    alice, again, bob = counted["alice"], counted["again"], counted["bob"]
    for number in range(4):
        house.nobody.container(start=False)
    for number in range(3):
        last = alice.container(start=number == 0)
    for tenant in (alice, again):
        answer = tenant.call("POST", "/containers/create", {"Image": "bb:1"})
        assert answer.status == 403
        assert 'max_containers = 3: the owner "alice" has 3 containers; remove a container' in answer.message
        answer = tenant.call("POST", "/containers/create", {"Image": "bb:1", "HostConfig": {"OomKillDisable": True}})
        assert answer.status == 403 and "not judged yet" not in answer.message
    assert again.call("DELETE", f"/containers/{last}").status == 204
    again.container(start=False)
    answer = bob.call("POST", "/containers/create", {"Image": "bb:1"})
    assert answer.status == 403 and 'max_containers = 0: the owner "bob" has 0 containers' in answer.message
    for name in ("a", "b"):
        alice.make("/networks/create", {"Name": name})
    answer = alice.call("POST", "/networks/create", {"Name": "c"})
    assert answer.status == 403 and "max_networks = 2" in answer.message
    again.make("/networks/create", {"Name": "c"})


def test_quotas_of_volumes(house, counted):
    """Whoever makes one: a volume of its own, a bind or a mount. One that is there is not new."""
    alice = counted["alice"]
    alice.make("/volumes/create", {"Name": "va"})
    body = {"Image": "bb:1", "HostConfig": {"Binds": ["va:/a", "vb:/b", "vb:/b2"], "Mounts": [
        {"Type": "volume", "Source": "vc", "Target": "/c"}]}}
    answer = alice.call("POST", "/containers/create", body)
    assert answer.status == 403 and 'max_volumes = 2: the owner "alice" has 1 volume; ' in answer.message
    assert [volume["Name"] for volume in alice.get("/volumes")["Volumes"]] == ["va"]
    del body["HostConfig"]["Mounts"]
    assert alice.call("POST", "/containers/create", body).status == 201
    for name in ("va", "vb"):
        alice.make("/volumes/create", {"Name": name})
    for volume in ({"Name": "vc"}, {}):
        answer = alice.call("POST", "/volumes/create", volume)
        assert answer.status == 403 and "max_volumes = 2" in answer.message


@pytest.mark.parametrize("held", [0, 1])
def test_parallel_creates_do_not_pass_a_quota(house, counted, held):
    for _ in range(held):
        counted["alice"].container(start=False)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda number: counted["alice" if number % 2 else "again"].call(
            "POST", "/containers/create", {"Image": "bb:1"}), range(12)))
    statuses = [answer.status for answer in answers]
    assert statuses.count(201) == 3 - held, statuses
    assert statuses.count(403) == 9 + held, statuses
    assert len(counted["alice"].get("/containers/json?all=1")) == 3
    # those that were refused count no more
    for row in counted["alice"].get("/containers/json?all=1"):
        assert counted["alice"].call("DELETE", f"/containers/{row['Id']}").status == 204
    for _ in range(3):
        counted["alice"].container(start=False)


def test_creates_of_clients_that_leave_do_not_pass_a_quota(house, counted):
    for _ in range(8):
        with Wire(counted["alice"].socket) as peer:
            peer.send(wire.encode("POST", "/containers/create", {"Image": "bb:1"}, []))
    statuses = [counted["again"].call("POST", "/containers/create", {"Image": "bb:1"}).status for _ in range(8)]
    assert set(statuses) <= {201, 403}
    assert len(house.nobody.get("/containers/json?all=1")) <= 3


def test_a_create_that_fails_claims_nothing(house, counted):
    for _ in range(4):
        assert counted["alice"].call("POST", "/containers/create", {"Image": "absent:1"}).status == 404
    for _ in range(3):
        counted["alice"].container(start=False)


# ---- clients


def test_docker_cli(house, any_client):
    docker = any_client(house.alice.socket)
    house.bob.container("bobs")
    assert docker.out("run", "--rm", "-v", "cache:/c", "--network", "bridge", "bb:1", "echo", "hello") == "hello"
    docker("network", "create", "net")
    docker("run", "-d", "--name", "web", "--network", "net", "-v", "cache:/c", "bb:1", "sleep", "1000")
    assert docker.out("exec", "web", "hostname") == docker.out("inspect", "-f", "{{.Config.Hostname}}", "web")
    assert docker.out("ps", "--format", "{{.Names}}") == "web"
    assert docker.out("volume", "ls", "-q") == "cache"
    assert docker.out("network", "ls", "--format", "{{.Name}}") == "net"
    failed = docker("exec", "bobs", "true", check=False)
    assert failed.returncode == 1 and b"No such container: bobs" in failed.stderr
    assert docker.out("run", "--rm", "--network", "container:web", "--volumes-from", "web", "bb:1", "ls", "/") 
    docker("cp", "web:/etc/hostname", "-")
    docker("logs", "web")
    docker("rm", "-f", "web")
    docker("network", "rm", "net")
    docker("volume", "rm", "cache")
    assert docker.out("ps", "-aq") == ""


@pytest.fixture(params=["debian", "other"])
def any_client(request, client_config):
    from conftest import Cli, clients
    found = clients()
    program = found[0] if request.param == "debian" else found[-1]
    return lambda socket: Cli(program, socket, client_config)


# ---- and the rest


def test_built_in_networks_are_not_shown(house):
    """They name the containers of all owners."""
    house.bob.container("bobs")
    ids = {net["Name"]: net["Id"] for net in house.nobody.get("/networks")}
    missing = house.alice.call("GET", "/networks/gone")
    for name in ("bridge", "host", "none", ids["bridge"], ids["bridge"][:12], ids["none"]):
        for query in ("", "?verbose=true", "?scope=local"):
            answer = house.alice.call("GET", f"/networks/{name}{query}")
            assert (answer.status, answer.body.replace(name.encode(), b"gone")) == (404, missing.body)
    assert names_of(house.alice, "networks") == set()


def test_builds_join_nobodys_network(house):
    bobs = house.bob.container("bobs")
    house.alice.make("/networks/create", {"Name": "mine"})
    house.bob.make("/networks/create", {"Name": "bobs"})
    for mode in ("container:bobs", f"container:{bobs}", f"container:{bobs[:12]}", "bobs", "mine"):
        answer = house.alice.call("POST", f"/build?t=tenants-b:1&networkmode={mode}",
                                  tar_of("Dockerfile", b"FROM bb:1\n"), ["Content-Type: application/x-tar"])
        assert answer.status == 403 and "networkmode" in answer.message, answer.body


def test_volumes_without_a_name_are_nobodys(house):
    """They go with their container. By their names they are missing, also to its owner."""
    for tenant, name in ((house.alice, "own"), (house.bob, "bobs")):
        tenant.container(name, Volumes={"/x": {}})
        volume = house.nobody.get(f"/containers/{name}/json")["Mounts"][0]["Name"]
        for method in ("GET", "DELETE"):
            missing = house.alice.call(method, "/volumes/gone")
            answer = house.alice.call(method, f"/volumes/{volume}")
            assert (answer.status, answer.body.replace(volume.encode(), b"gone")) == (404, missing.body)
        for host in volume_bodies(volume):
            assert create(house, **host).status == 403
        assert house.alice.call("POST", "/volumes/create", {"Name": volume}).status == 403
        mounts = [{"Type": "volume", "Target": "/x", "VolumeOptions": {"Labels": {KEY: "bob"}}}]
        assert create(house, Mounts=mounts).status == 403
    assert house.alice.call("DELETE", "/containers/own?force=1&v=1").status == 204


@pytest.mark.parametrize("more", ["?link=1", "?v=1&force=1&link=1", "?force=true&v=true"])
def test_removing_in_other_ways(house, more):
    house.bob.container("bobs")
    answer = house.alice.call("DELETE", "/containers/bobs" + more)
    assert (answer.status, answer.message) == (404, "No such container: bobs")
    assert house.bob.call("GET", "/containers/bobs/json").status == 200


def test_names_that_are_said_twice(house):
    for tenant, name in ((house.alice, "own"), (house.bob, "bobs")):
        tenant.container(name)
    answer = house.alice.call("POST", "/commit?container=own&container=bobs&repo=tenants-a")
    if answer.status == 201: # the first one counts, for the daemon as well
        image = house.nobody.get(f"/images/{json.loads(answer.body)['Id']}/json")
        assert image["Config"]["Labels"] == {KEY: ""} and house.gate.records()[-1]["owner"] == "alice"
        own = house.nobody.get("/containers/own/json")["Id"]
        assert image.get("Container", own) == own
    assert house.alice.call("POST", "/commit?container=bobs&container=own").status == 404


def test_links_of_an_endpoint_are_names_in_its_network(house):
    """The daemon looks nothing up for them: what has no such name in the network is not found there."""
    house.bob.container("bobs")
    house.alice.make("/networks/create", {"Name": "mine"})
    for name in ("bobs", "gone"):
        endpoint = {"mine": {"Links": [f"{name}:x"]}}
        made = create(house, {"Cmd": ["sleep", "1000"], "NetworkingConfig": {"EndpointsConfig": endpoint}},
                      NetworkMode="mine")
        assert made.status == 201, made.body
        identity = json.loads(made.body)["Id"]
        assert house.alice.call("POST", f"/containers/{identity}/start").status == 204
        made = house.alice.make(f"/containers/{identity}/exec", {"Cmd": ["nslookup", "x"], "AttachStdout": True})
        assert b"172.17." not in house.alice.call("POST", f"/exec/{made['Id']}/start", {}).body


def test_a_connection_has_the_owner_of_the_last_reload(make_gate, house):
    gate = make_gate(CONFIG, lambda directory: wire.answers(f"{directory}/admin"))
    config = gate.dir / "gate.conf"
    with Wire(f"{gate.dir}/alice") as client:
        identity = json.loads(client.request("POST", "/containers/create?name=own", {"Image": "bb:1"}).body)["Id"]
        assert client.request("GET", f"/containers/{identity}/json").status == 200
        config.write_text(config.read_text().replace("owner = alice", "owner = carol"))
        gate.reload()
        assert client.request("GET", f"/containers/{identity}/json").status == 404
        assert json.loads(client.request("GET", "/containers/json?all=1").body) == []
        made = json.loads(client.request("POST", "/containers/create", {"Image": "bb:1"}).body)["Id"]
    assert house.nobody.get(f"/containers/{made}/json")["Config"]["Labels"][KEY] == "carol"
