# SPDX-License-Identifier: Apache-2.0
"""Values that a "!" takes back, in other spellings that the daemon takes for the same. Each is
refused here, and sent to the daemon itself, to see what that makes of it."""

import io
import json
import os
import tarfile
import tempfile
import urllib.parse

import pytest

import warden as warden_module
from wire import Wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

POLICY = """[policy test]
allow = @all
image = **
check_state = no
sysctl = * !net.ipv4.ip_forward
dns = * !10.0.0.1
device = ** !{node}
build_remote = ** !git://127.0.0.1/**
volume_driver = * !evil
network_driver = * !evil
log_driver = * !evil
"""


@pytest.fixture(scope="module")
def node(workdir):
    """The null device in a directory of the host's."""
    path = os.path.join(tempfile.mkdtemp(prefix="n.", dir=workdir), "node")
    os.mknod(path, 0o20666, os.makedev(1, 3))
    return path


@pytest.fixture(scope="module")
def taken_back(make_warden):
    return make_warden(POLICY.format(node="/dev/null"))


def refused(warden, method, target, body=None):
    with Wire(warden.socket) as client:
        answer = client.request(method, target, body)
    assert answer.status in (400, 403) and b"sockwarden" in answer.body, answer.body


def printed(dockerd, body):
    """What the container says that the daemon makes of |body|; None where it makes none."""
    made = dockerd.call("POST", "/v1.41/containers/create", body)
    if made.status != 201:
        return None
    identity = json.loads(made.body)["Id"]
    assert dockerd.call("POST", f"/containers/{identity}/start").status == 204
    assert dockerd.call("POST", f"/containers/{identity}/wait").status == 200
    return dockerd.call("GET", f"/containers/{identity}/logs?stdout=1").body[8:].decode()


def container(*command, **host):
    return {"Image": "bb:1", "Cmd": command, "HostConfig": host}


@pytest.mark.parametrize("name", ["net.ipv4/ip_forward", "net..ipv4.ip_forward", "net/ipv4.ip_forward",
                                  "net//ipv4/ip_forward", "net.ipv4./ip_forward"])
def test_sysctls(name, taken_back, dockerd):
    body = container("cat", "/proc/sys/net/ipv4/ip_forward", Sysctls={name: "1"})
    refused(taken_back, "POST", "/v1.41/containers/create", body)
    assert printed(dockerd, body) == "1\n"


def test_nodes_outside_of_dev(node, taken_back, dockerd):
    body = container("ls", "-l", "/dev/x", Devices=[
        {"PathOnHost": node, "PathInContainer": "/dev/x", "CgroupPermissions": "rwm"}])
    refused(taken_back, "POST", "/v1.41/containers/create", body)
    assert "1,   3" in printed(dockerd, body)


@pytest.mark.parametrize("address", ["0xa000001", "10.1", "012.0.0.1", "167772161"])
def test_name_servers(address, taken_back, dockerd):
    body = container("cat", "/etc/resolv.conf", Dns=[address])
    refused(taken_back, "POST", "/v1.41/containers/create", body)
    said = printed(dockerd, body)
    assert said is None or f"nameserver {address}" in said # later daemons read the address


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433"])
def test_addresses_of_repositories(host, taken_back, dockerd):
    target = "/v1.41/build?remote=" + urllib.parse.quote(f"git://{host}/x.git")
    refused(taken_back, "POST", target)
    answer = dockerd.call("POST", target)
    assert answer.status == 500 and b"127.0.0.1]: errno=Connection refused" in answer.body, answer.body


@pytest.mark.parametrize("request_, status", [({"Count": -1}, 403), ({"Count": 2}, 403), ({"Count": 1}, 201),
                                              ({"DeviceIDs": ["0"]}, 201)])
def test_devices_by_count(request_, status, make_warden, dockerd):
    """The daemon makes ids of a count: all of -1. No device is here, so that it ends there."""
    warden = make_warden("[policy test]\nallow = container.create\nimage = bb:1\ndevice_request = gpu device=0\n")
    body = container("id", DeviceRequests=[{"Capabilities": [["gpu"]], **request_}])
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/v1.41/containers/create", body)
    assert answer.status == status, answer.body
    if status == 201:
        kept, = dockerd.get(f"/containers/{json.loads(answer.body)['Id']}/json")["HostConfig"]["DeviceRequests"]
        assert {key: kept[key] for key in request_} == request_


def plugin():
    config = {"Description": "", "Documentation": "", "Entrypoint": ["/bin/sleep"], "WorkDir": "/",
              "Interface": {"Types": ["docker.volumedriver/1.0", "docker.networkdriver/1.0",
                                      "docker.logdriver/1.0"], "Socket": "x.sock"},
              "Network": {"Type": "none"}, "Linux": {"Capabilities": [], "AllowAllDevices": False}}
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        text = json.dumps(config).encode()
        row = tarfile.TarInfo("config.json")
        row.size = len(text)
        archive.addfile(row, io.BytesIO(text))
        row = tarfile.TarInfo("rootfs")
        row.type = tarfile.DIRTYPE
        archive.addfile(row)
    return data.getvalue()


def test_plugins_by_id(taken_back, dockerd):
    with Wire(dockerd.socket) as client:
        made = client.request("POST", "/v1.41/plugins/create?name=evil", plugin(),
                              ["Content-Type: application/x-tar"])
    assert made.status == 204, made.body
    identity = dockerd.get("/plugins/evil/json")["Id"]
    for driver in (identity, identity[:12], identity[:6]):
        for target, body in (("/volumes/create", {"Name": "v", "Driver": driver}),
                             ("/networks/create", {"Name": "n", "Driver": driver}),
                             ("/containers/create", container("id", LogConfig={"Type": driver}))):
            refused(taken_back, "POST", "/v1.41" + target, body)
            answer = dockerd.call("POST", "/v1.41" + target, body)
            assert b"found but disabled" in answer.body, answer.body
    assert dockerd.call("DELETE", "/plugins/evil?force=1").status == 200
