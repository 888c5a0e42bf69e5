# SPDX-License-Identifier: Apache-2.0
"""Requests that are changed at random, against the policy of conf/ci-runner.conf: whatever is sent, the
daemon holds nothing afterwards that the policy forbids, and the next request gets its own answer."""

import json
import os
import random
import re
import tempfile
from urllib.parse import unquote

import pytest

import mutations
import warden as warden_module
from conftest import make_sleeper
from daemon import TOP
from fake import serve_at
from wire import Wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

ROUNDS = 8
EACH = 40
EMPTY = ["Privileged", "CapAdd", "PidMode", "UTSMode", "UsernsMode", "VolumesFrom", "Devices", "DeviceCgroupRules",
         "SecurityOpt", "CgroupParent", "Sysctls", "GroupAdd", "ExtraHosts", "Dns", "Links", "Cgroup"]
LAST = b"GET /v1.41/version HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def warden(make_warden):
    policy, name = warden_module.policy_lines(TOP / "conf/ci-runner.conf")
    return make_warden(policy, name, options="head_timeout = 2s\nbody_timeout = 2s\n")


@pytest.fixture(scope="module")
def kept(dockerd):
    """Containers that were there before, and must stay as they are."""
    stopped = json.loads(dockerd.call("POST", "/containers/create?name=stopped", {"Image": "bb:1"}).body)["Id"]
    found = {make_sleeper(dockerd, name="victim"): "/victim", stopped: "/stopped"}
    dockerd.keep.update(found)
    yield found
    dockerd.keep.difference_update(found)
    dockerd.remove_containers()


def within(path):
    return os.path.normpath(path).startswith("/srv/ci")


def forbidden_in(container):
    host = container["HostConfig"]
    found = [field for field in EMPTY if host.get(field)]
    if host["IpcMode"] not in ("private", "shareable", "none"):
        found.append("IpcMode")
    if host["NetworkMode"] == "host" or host["NetworkMode"].startswith("container:"):
        found.append("NetworkMode")
    if host["LogConfig"]["Type"] != "json-file" or host["OomScoreAdj"] < 0 or not host["MaskedPaths"]:
        found.append("LogConfig, OomScoreAdj or MaskedPaths")
    found += [bind for bind in host["Binds"] or []
              if ":" in bind and bind.startswith("/") and not within(bind.split(":")[0])]
    for mount in host.get("Mounts") or []:
        if mount["Type"] == "bind" and not within(mount["Source"]) or "device" in str(mount):
            found.append(mount)
    return found


def forbidden(dockerd, kept, images):
    """All that is in the daemon and should not be; what is harmless is removed."""
    found = []
    for row in dockerd.get("/containers/json?all=1"):
        container = dockerd.get(f"/containers/{row['Id']}/json")
        found += forbidden_in(container)
        if row["Id"] in kept:
            restart = container["HostConfig"]["RestartPolicy"]["Name"]
            found += [container["Name"]] if container["Name"] != kept[row["Id"]] or restart == "always" else []
            execs = [dockerd.get(f"/exec/{name}/json") for name in container["ExecIDs"] or []]
            found += [one["ID"] for one in execs if one and one["ProcessConfig"]["privileged"]]
    for volume in dockerd.get("/volumes")["Volumes"] or []:
        found += [volume] if volume.get("Options") else []
        dockerd.call("DELETE", f"/volumes/{volume['Name']}?force=1")
    for network in dockerd.get("/networks"):
        if network["Name"] not in ("bridge", "host", "none"):
            found += [network] if network["Options"] else []
            dockerd.call("DELETE", f"/networks/{network['Id']}")
    found += sorted(set(tags_of(dockerd)) - set(images))
    dockerd.remove_containers()
    return found


def tags_of(dockerd):
    return [tag for row in dockerd.get("/images/json") for tag in row["RepoTags"] or []]


def ask(warden, raw):
    """Sends it with an honest request behind it, and answers all that comes back."""
    with Wire(warden.socket) as client:
        client.send_anyway(raw + LAST)
        try:
            if b"create?fromImage" not in raw: # a pull ends without a word when its client does
                client.finish()
        except OSError:
            pass
        return client.read_all()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_forbidden_comes_of_it(seed, warden, dockerd, kept):
    chosen = random.Random(seed)
    images = tags_of(dockerd)
    for number in range(EACH):
        raw = mutations.mutant(chosen)
        answers = ask(warden, raw)
        told = f"seed {seed}, number {number}: {raw[:2000]!r} was answered {answers[:1000]!r}"
        # Without a whole answer the connection ended in the middle of a body.
        assert not answers or re.match(rb"HTTP/1\.[01] \d\d\d ", answers), told
        assert b"127.0.0.1:1" not in answers or b"sockwarden" in answers, "a foreign pull, " + told
        found = forbidden(dockerd, kept, images)
        assert not found, f"{found}, {told}"
    with Wire(warden.socket) as client:
        assert client.request("GET", "/_ping").body == b"OK"


# ---- what arrives is what was judged


class StrictDaemon:
    """Reads requests in the one form in which sockwarden writes them, and nothing else. What is no such
    request stays in |strange|."""

    HEAD = re.compile(rb"([A-Z]+) (/[!-~]*) HTTP/1\.[01]\r\n((?:[!#-'*+.0-9A-Z^-z|~-]+: [^\r\n\0]*\r\n)*)\r\n")

    def __init__(self, path):
        self.taken, self.strange = [], []
        self.server = serve_at(path, self._serve)

    def _serve(self, client):
        data = b""
        try:
            while more := client.recv(1 << 16):
                data += more
                while found := self._take(data):
                    (method, target), data = found
                    self.taken.append((method, target))
                    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + (b"" if method == "HEAD" else b"{}"))
        except OSError:
            pass
        client.close()

    def _take(self, data):
        """The first request of |data| and what is behind it; None while it is not whole."""
        if b"\r\n\r\n" not in data:
            return None
        head = self.HEAD.match(data)
        if not head:
            self.strange.append(data)
            return None
        lengths = re.findall(rb"(?im)^(content-length|transfer-encoding): (.*)\r$", head[3])
        rest = data[head.end():]
        if len(lengths) > 1:
            self.strange.append(data)
            return None
        if lengths and lengths[0][0].lower() == b"content-length":
            if len(rest) < int(lengths[0][1]):
                return None
            rest = rest[int(lengths[0][1]):]
        elif lengths:
            body = re.match(rb"(?s).*?0\r\n\r\n", rest)
            if not body:
                return None
            rest = rest[body.end():]
        return (head[1].decode(), head[2].decode()), rest


def without_version(target):
    return unquote(re.sub(r"^/v\d+\.\d+", "", target.partition("?")[0]))


@pytest.mark.parametrize("seed", range(4))
def test_what_arrives_is_what_was_judged(seed, workdir):
    """Several mutants on one connection: the daemon reads those that the audit log calls permitted, and no
    other request, whatever their bodies look like."""
    directory = tempfile.mkdtemp(prefix="m.", dir=workdir)
    daemon = StrictDaemon(os.path.join(directory, "d.sock"))
    warden = warden_module.Warden(directory, os.path.join(directory, "d.sock"))
    policy, name = warden_module.policy_lines(TOP / "conf/ci-runner.conf")
    warden.start(warden.configure(policy + "\ncheck_state = no", name,
                                  "audit_level = all\nhead_timeout = 2s\nbody_timeout = 2s\n"))
    chosen = random.Random(1000 + seed)
    for number in range(60):
        raw = b"".join(mutations.mutant(chosen) for _ in range(chosen.randrange(1, 4)))
        count, before = len(daemon.taken), len(warden.records())
        ask(warden, raw)
        told = f"seed {seed}, number {number}: {raw[:2000]!r}"
        assert not daemon.strange, f"{daemon.strange[0][:1000]!r}, {told}"
        permitted = [(record["method"], unquote(record["path"])) for record in warden.records_since(before)
                     if record["event"] == "allowed"]
        arrived = [(method, without_version(target)) for method, target in daemon.taken[count:]]
        assert arrived == permitted[:len(arrived)] and len(permitted) - len(arrived) <= 1, told
    assert daemon.taken
    assert warden.end() == 0
    daemon.server.close()
