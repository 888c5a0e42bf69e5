# SPDX-License-Identifier: Apache-2.0
"""Values that a "!" takes back, in other spellings that the daemon takes for the same. Each is
refused here, and sent to the daemon itself, to see what that makes of it."""

import http.server
import io
import json
import os
import socketserver
import tarfile
import tempfile
import threading
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
image_write = made:*
registry = * !127.0.0.1:5999
import = ** !http://127.0.0.1 !http://localhost/**
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


def printed(dockerd, body, more=""):
    """What the container says that the daemon makes of |body|; None where it makes none."""
    made = dockerd.call("POST", "/v1.41/containers/create", body)
    if made.status != 201:
        return None
    identity = json.loads(made.body)["Id"]
    assert dockerd.call("POST", f"/containers/{identity}/start").status == 204
    assert dockerd.call("POST", f"/containers/{identity}/wait").status == 200
    return dockerd.call("GET", f"/containers/{identity}/logs?stdout=1{more}").body[8:].decode()


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


@pytest.mark.parametrize("tag, made", [
    ('{{printf "%s%s" "a" "b"}}', "ab"), ('{{pad "a" 2 0}}', "  a"),
    ('{{define "t"}}ab{{end}}{{template "t"}}', "ab")])
def test_tags_that_the_daemon_executes(tag, made, make_warden, dockerd):
    """Enough of them kill it: `pad` with a large number takes that much memory."""
    warden = make_warden("[policy test]\nallow = container.create\nimage = bb:1\n"
                         "log_driver = json-file\nlog_option = *\n")
    body = container("echo", "x", LogConfig={"Type": "json-file", "Config": {"tag": tag}})
    refused(warden, "POST", "/v1.41/containers/create", body)
    said = printed(dockerd, body, "&details=1")
    assert urllib.parse.unquote_plus(said).startswith(f"tag={made} "), said
    body["HostConfig"]["LogConfig"]["Config"]["tag"] = "{{.ImageName}}/{{.Name}}"
    with Wire(warden.socket) as client:
        assert client.request("POST", "/v1.41/containers/create", body).status == 201


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


class OldPlugin(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """A plugin of the old kind, which the daemon finds by a socket or a file with its address."""
    daemon_threads = True

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            while self.headers.get("Transfer-Encoding") and self.rfile.read(
                    int(self.rfile.readline(), 16) + 2) != b"\r\n":
                pass
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            said = {"/Plugin.Activate": {"Implements": ["VolumeDriver", "NetworkDriver", "LogDriver"]},
                    "/NetworkDriver.GetCapabilities": {"Scope": "local"}}.get(self.path, {})
            data = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

        def address_string(self):
            return "daemon"


@pytest.fixture(scope="module")
def old_plugin(workdir, dockerd):
    """evil, by a socket; spec, by an address; deep, in a directory of its own."""
    path = os.path.join(tempfile.mkdtemp(prefix="p.", dir=workdir), "s")
    with OldPlugin(path, OldPlugin.Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        places = ("mkdir -p /run/docker/plugins && mount -t tmpfs none /run/docker/plugins && cd /run/docker/plugins"
                  f" && mkdir deep && ln -s {path} evil.sock && ln -s {path} deep/deep.sock"
                  " && mkdir -p /etc/docker && mount -t tmpfs none /etc/docker && mkdir /etc/docker/plugins"
                  f" && echo unix://{path} >/etc/docker/plugins/spec.spec")
        assert dockerd.inside("sh", "-c", places).wait(10) == 0
        yield path
        assert dockerd.inside("umount", "/etc/docker", "/run/docker/plugins").wait(10) == 0
        server.shutdown()


def test_plugins_by_a_path(old_plugin, make_warden, dockerd):
    """The daemon joins the name to its directories, so that it can lead out of them. Names that it
    does not find (EVIL, evil/, evil:latest, evil/evil) make it wait for 15 seconds: they are tried by
    tests/policy alone."""
    drivers = ("volume_driver", "network_driver", "log_driver")
    warden = make_warden("[policy test]\nallow = @all\nimage = **\n" +
                         "".join(f"{driver} = * !evil !spec !deep\n" for driver in drivers))
    free = make_warden("[policy test]\nallow = @all\nimage = **\n" +
                       "".join(f"{driver} = *\n" for driver in drivers))
    names = ["evil", "./evil", "x/../evil", "../plugins/evil", "/evil", "x//evil/../../evil", "spec", "./spec",
             "deep", "deep/deep", "./deep/deep", "../../.." + os.path.dirname(old_plugin) + "/../" +
             os.path.basename(os.path.dirname(old_plugin)) + "/s"]
    os.symlink(old_plugin, old_plugin + ".sock") # what the last one leads to
    for number, name in enumerate(names):
        made = [("/volumes/create", {"Name": f"old{number}", "Driver": name}, 201),
                ("/networks/create", {"Name": f"old{number}", "Driver": name}, 201),
                ("/containers/create", container("true", LogConfig={"Type": name}), 201),
                ("/containers/create", container("true", VolumeDriver=name, Binds=["v:/v"]), 400)]
        for target, body, status in made:
            refused(warden, "POST", "/v1.41" + target, body)
            if "." in name or "/" in name[:1]:
                refused(free, "POST", "/v1.41" + target, body)
            if status == 201:
                answer = dockerd.call("POST", "/v1.41" + target, body)
                assert answer.status == status, (name, answer.body)
    for network in json.loads(dockerd.call("GET", "/networks").body):
        if network["Name"].startswith("old"):
            assert dockerd.call("DELETE", "/networks/" + network["Id"]).status == 204
    dockerd.remove_containers()


@pytest.mark.parametrize("address, port", [
    ("fromImage=127.0.0.1:05999/a&tag=1", 5999), ("fromImage=127.0.0.1:0005999/a&tag=1", 5999),
    ("fromSrc=http://127.0.0.1:&repo=made&tag=1", 80), ("fromSrc=http://127.0.0.1&repo=made&tag=1", 80),
    ("fromSrc=http://127.0.0.1:080/x&repo=made&tag=1", 80), ("fromSrc=http://127.0.0.1:0081/x&repo=made&tag=1", 81),
    ("fromSrc=http://localhost&repo=made&tag=1", 80), ("fromSrc=http://LOCALHOST:/&repo=made&tag=1", 80)])
def test_ports_and_addresses(address, port, taken_back, dockerd):
    """Nobody listens in the daemon's network, which says what it dialled."""
    refused(taken_back, "POST", "/v1.41/images/create?" + address)
    answer = dockerd.call("POST", "/v1.41/images/create?" + address)
    assert f":{port}: connect: connection refused".encode() in answer.body, answer.body
