# SPDX-License-Identifier: Apache-2.0
"""What each preset's client asks for, by its policy test, sent through sockwarden to a real daemon: nothing of it
is refused, with containers that exist."""

import json
import os
import re
import select
import subprocess
import tempfile

import pytest

import warden as warden_module
import wire
from conftest import DEBIAN_DOCKER, Cli
from daemon import TOP
from recorder import Recorder
from test_policy_files import expectations, message
from warden import Warden

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

PRESETS = sorted(path.stem for path in (TOP / "conf/presets").glob("*.conf"))
CONTAINER = re.compile(r"(?:/v[\d.]+)?/containers/([A-Za-z][\w.-]*)(?:/|\?|$)")
NO_NAMES = ("json", "create", "prune")
PATIENCE = 20


@pytest.fixture(scope="module")
def recorder(dockerd, workdir):
    instance = Recorder(os.path.join(workdir, "presets.sock"), dockerd.socket)
    yield instance
    instance.close()


@pytest.fixture(scope="module", autouse=True)
def images_stay(dockerd):
    """Clients that remove images must not take those of the other tests."""
    before = [(tag, row["Id"]) for row in dockerd.get("/images/json") for tag in row["RepoTags"] or []]
    for number, (_, identity) in enumerate(before):
        dockerd.call("POST", f"/images/{identity}/tag?repo=kept&tag={number}")
    dockerd.call("POST", f"/images/{dict(before)['bb:1']}/tag?repo=kept&tag=bb")
    yield
    for number, (name, _) in enumerate(before):
        repository, _, tag = name.rpartition(":")
        dockerd.call("POST", f"/images/kept:{number}/tag?repo={repository}&tag={tag}")
    for name in [*range(len(before)), "bb"]:
        dockerd.call("DELETE", f"/images/kept:{name}")


def policy_lines(preset):
    return (TOP / f"conf/presets/{preset}.conf").read_text()


def policy_of(preset):
    text = (TOP / "conf/every-preset.conf").read_text()
    section = re.search(rf"^\[policy {preset}\]\n(.*?)(?=^\[|\Z)", text, re.M | re.S)[0]
    return section.replace(f"preset:{preset}", str(TOP / f"conf/presets/{preset}.conf"))


def image_of(preset):
    """The image of the containers that the preset is for."""
    for _, _, method, target, _, body, status in expectations(TOP / f"conf/presets/{preset}.test"):
        if status is None and method == "POST" and "/containers/create" in target and body:
            return json.loads(body)["Image"]
    lines = re.findall(r"^image = (.*)$", policy_lines(preset), re.M)
    named = [word for line in lines for word in line.split() if "*" not in word]
    return f"{named[0]}:latest" if named else "bb:1"


def make_image(dockerd, image):
    if wire.request(dockerd.socket, "GET", f"/images/{image}/json").status == 404:
        repository, _, tag = image.partition("@")[0].rpartition(":")
        dockerd.call("POST", f"/images/kept:bb/tag?repo={repository or tag}&tag={tag if repository else 'latest'}")


def make_container(dockerd, target, image, **host):
    """The container that the request is about, if it names one."""
    found = CONTAINER.match(target)
    if not found or found[1] in NO_NAMES:
        return
    if wire.request(dockerd.socket, "GET", f"/containers/{found[1]}/json").status == 404:
        make_image(dockerd, image)
        dockerd.call("POST", f"/containers/create?name={found[1]}", {"Image": image, "Cmd": ["true"], "HostConfig": host})


def settled(client, recorder, line):
    """Waits for an answer, or until the daemon has the request: some are answered when something happens."""
    for _ in range(PATIENCE * 10):
        if select.select([client.peer], [], [], 0.1)[0]:
            return client.read_head()
        if any(line in one for one in recorder.request_lines()):
            return None
    return None


# What check_state judges behind the rule that is missing first.
HELD = {"Binds": ["/tmp:/held:ro"], "CapAdd": ["NET_RAW"], "RestartPolicy": {"Name": "on-failure"}}


def send_all(preset, warden, recorder, dockerd, image):
    """Sends what the preset's client asks for, about containers that hold more than a default one."""
    for _, _, method, target, headers, body, status in expectations(TOP / f"conf/presets/{preset}.test"):
        if status is not None:
            continue
        make_container(dockerd, target, image, **HELD)
        recorder.clear()
        with wire.Wire(warden.socket) as client:
            client.send_anyway(message(method, target, headers, body))
            settled(client, recorder, f"{method} /")


# What docs/getting-started.md says: dry-run, take over the lines, enforce.
@pytest.mark.parametrize("preset", PRESETS)
def test_one_dry_run_tells_all_that_a_client_needs(preset, recorder, dockerd, workdir):
    lines, image, denied = ["[policy test]", "allow = @safe"], image_of(preset), []
    for mode in ("dry-run", "enforce"):
        warden = Warden(tempfile.mkdtemp(prefix="w.", dir=workdir), recorder.path)
        warden.start(warden.configure("\n".join([*lines, f"mode = {mode}"]), "test"))
        send_all(preset, warden, recorder, dockerd, image)
        denied = warden.records()
        assert mode == "enforce" or {record["event"] for record in denied} == {"would-deny"}
        lines += [fix for record in denied for fix in record.get("fixes", []) if fix not in lines]
        assert warden.end() == 0, warden.log.read_text()[-4000:]
        dockerd.remove_containers()
    assert not denied, [(record["method"], record["path"], record["message"]) for record in denied]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_lets_its_client_work(preset, recorder, dockerd, workdir):
    warden = Warden(tempfile.mkdtemp(prefix="w.", dir=workdir), recorder.path)
    warden.start(warden.configure(policy_of(preset), preset))
    image, asked = image_of(preset), 0
    for _, number, method, target, headers, body, status in expectations(
            TOP / f"conf/presets/{preset}.test"):
        if status is not None:
            continue
        make_container(dockerd, target, image)
        recorder.clear()
        with wire.Wire(warden.socket) as client:
            client.send_anyway(message(method, target, headers, body))
            answer = settled(client, recorder, f"{method} /")
        refusals = [record["message"] for record in warden.records()]
        assert not refusals, f"{preset}.test:{number}: {method} {target}: {refusals}"
        assert answer is None or "sockwarden" not in answer.headers.get("server", "").lower()
        asked += 1
    assert asked >= 2
    assert warden.end() == 0, warden.log.read_text()[-4000:]


# What a preset's own lines are warned of, its comments explain: each of these pairs is a text that such a
# warning has and the word that the comments then have.
EXPLAINED = {
    '"name" is narrowed, but "alias" is open': "aliases stay free",
    '"archive_path" is compared with the path in the request': "every container",
    "the host's cgroups can be seen": "namespace of cgroups",
}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_presets_comments_explain_its_warnings(preset, tmp_path):
    path = tmp_path / "x.conf"
    path.write_text(f"[listener x]\naddress = {tmp_path}/x.sock\npolicy = {preset}\n{policy_of(preset)}")
    done = subprocess.run([warden_module.BINARY, "check", "--format", "json", "-c", path], check=False,
                          stdout=subprocess.PIPE)
    found = json.loads(done.stdout)
    comments = " ".join(line.lstrip("# ") for line in policy_lines(preset).splitlines() if line.startswith("#"))
    assert done.returncode == 0 and found["errors"] == []
    for warning in found["warnings"]:
        if warning["file"] == str(path) and "require = nosuid_binds" in warning["text"]:
            continue # a line of the site, which names what helps
        words = [word for text, word in EXPLAINED.items() if text in warning["text"]]
        assert words and words[0] in comments, f"{preset}: {warning}"


# The line that the preset offers, with docker's own client: BuildKit gives its session as the context.
def test_the_developers_buildkit(own_warden, client_config, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY file /\n")
    (tmp_path / "file").write_text("x")
    offered = re.findall(r"^#   ((?:allow = build.cancel|buildkit = ).*)$",
                         policy_lines("docker-cli-developer"), re.M)
    assert len(offered) == 2
    lines = policy_of("docker-cli-developer") + "\n".join(offered) + "\n"
    own_warden.start(own_warden.configure(lines, "docker-cli-developer"))
    client = Cli(DEBIAN_DOCKER, own_warden.socket, client_config)
    client.environment["DOCKER_BUILDKIT"] = "1"
    client("build", "-q", "-t", "built-by-buildkit", str(tmp_path))
    client("rmi", "built-by-buildkit")
