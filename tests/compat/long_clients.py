# SPDX-License-Identifier: Apache-2.0
"""The long run: docker, buildx and compose as they are built of their Go modules, and podman's API."""

import os
import subprocess

import pytest

import wire
from transcript import CLIENTS, differences, transcript
from daemon import TOP
from warden import Warden, policy_lines

# Otherwise podman asks for more files than this machine may allow, and for systemd.
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
cgroups = "disabled"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
ALL = "[policy test]\nallow = @all\ngrant = all\nunknown_routes = allow\nunknown_fields = allow\n" \
      "unknown_params = allow\n"
# Builds are judged, and compose may have what it needs.
JUDGED = "[policy test]\nallow = @all\nimage = *\nimage_write = *\nbuild_cache = *\nvolume = *\nlabel = *\n" \
         "env = *\nnetwork_mode = default none newest_*\n"
NEWEST = str(CLIENTS / "go/docker")
# Steps that must have come to their end.
WORKS = {
    "docker.sh": ["build with a secret: 0", "run it: 0"],
    "swarm.sh": ["init: 0", "service runs: 0"],
    "newest.sh": ["buildx build: 0", "compose up: 0", "compose exec: 0", "compose down: 0"],
}


def assert_same(program, expected, got, least):
    assert len(expected) >= least, "\n".join(expected)
    found = differences(program, expected, got)
    assert not found, "\n".join(found)


@pytest.fixture
def direct(request, dockerd):
    """What the program of the test shows at the daemon; it has the time of a test for itself."""
    program = request.getfixturevalue("program")
    lines = transcript(program, dockerd.socket, "all", SOCKWARDEN_DOCKER=NEWEST)
    dockerd.remove_containers()
    return lines


@pytest.mark.parametrize("program, least", [("docker.sh", 24), ("swarm.sh", 18), ("newest.sh", 20)])
def test_newest_client(program, least, direct, open_warden):
    """docker, and its plugins buildx and compose."""
    for step in WORKS[program]:
        assert any(line.startswith(step) for line in direct), "\n".join(direct)
    assert_same(program, direct,
                transcript(program, open_warden.socket, "all", SOCKWARDEN_DOCKER=NEWEST), least)


@pytest.mark.parametrize("program, least", [("newest.sh", 20)])
def test_newest_client_judged(program, least, direct, make_warden):
    """The same where each call of BuildKit is judged."""
    warden = make_warden(JUDGED)
    assert_same(program, direct,
                transcript(program, warden.socket, "all", SOCKWARDEN_DOCKER=NEWEST), least)
    judged = [record for record in warden.records() if record.get("operation") == "buildkit.solve"]
    assert not judged, judged # all passed


@pytest.mark.parametrize("program, least", [("rust/bollard", 65), ("Offer.java", 15)])
def test_other_languages(program, least, dockerd, open_warden, make_warden):
    """bollard, which sends two Content-Types, and Java's HttpClient, which offers h2c with all it asks for."""
    expected = transcript(program, dockerd.socket, "all")
    dockerd.remove_containers()
    assert_same(program, expected, transcript(program, open_warden.socket, "all"), least)
    dockerd.remove_containers()
    policy, name = policy_lines(TOP / "conf/ci-runner.conf")
    warden = make_warden(policy, name)
    got = transcript(program, warden.socket, "ci")
    assert not [line for line in differences(program, expected, got) if line[0] == "+"]
    assert not [record["message"] for record in warden.records() if record.get("grant") != "image"]


@pytest.fixture(scope="module")
def podman(workdir, dockerd):
    """Podman's service with the image bb:1, in a network of its own."""
    directory = os.path.join(workdir, "podman")
    os.mkdir(directory)
    config = os.path.join(directory, "containers.conf")
    with open(config, "w") as file:
        file.write(CONTAINERS_CONF)
    path = os.path.join(directory, "podman.sock")
    with open(os.path.join(directory, "log"), "wb") as log:
        process = subprocess.Popen(
            ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child",
             "podman", "--root", directory + "/root", "--runroot", directory + "/run",
             "--storage-driver", "vfs", "system", "service", "--time", "0", "unix://" + path],
            env={**os.environ, "CONTAINERS_CONF": config}, stdout=log, stderr=log)
    wire.await_true(lambda: wire.answers(path), 30, "podman")
    image = wire.request(dockerd.socket, "GET", "/images/bb:1/get").body
    loaded = wire.request(path, "POST", "/v1.41/images/load", image,
                          ["Content-Type: application/x-tar"])
    assert b"Loaded image" in loaded.body
    yield path
    process.kill() # and with it all that it started
    process.wait()


@pytest.mark.parametrize("program, least", [("raw.py", 60), ("sdk.py", 12)])
def test_podman(podman, workdir, program, least):
    """Its API is not quite Docker's, so a program may end early, but at the same place."""
    directory = os.path.join(workdir, "podman-" + program)
    os.mkdir(directory)
    warden = Warden(directory, podman)
    warden.start(warden.configure(ALL, "test"))
    try:
        expected = transcript(program, podman, "all", whole=False)
        for row in wire.json.loads(wire.request(podman, "GET", "/containers/json?all=1").body):
            wire.request(podman, "DELETE", f"/containers/{row['Id']}?force=1")
        assert_same(program, expected, transcript(program, warden.socket, "all", whole=False), least)
    finally:
        assert warden.end() == 0
