# SPDX-License-Identifier: Apache-2.0
"""A rootless dockerd and a sockwarden of the same user, who has nothing but his own files."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

import wire
from conftest import DEBIAN_DOCKER, Cli
from warden import BINARY

HERE = pathlib.Path(__file__).resolve().parent
UID = 54321
KEEPER = {"user": UID, "group": UID, "extra_groups": []}
POLICY = """\
[sockwarden]
audit = file:{home}/audit.jsonl
[listener keeper]
address = unix:{run}/narrow.sock
policy = runner
[policy runner]
allow = @safe container.* image.list image.inspect
network_mode = none
bind = {home}/shared
image = bb:*
"""


@pytest.fixture(scope="module")
def place():
    """Where an ordinary user can go."""
    path = tempfile.mkdtemp(prefix="sw-rl.", dir="/tmp")
    os.chmod(path, 0o755)
    yield pathlib.Path(path)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def rootless(place, dockerd):
    """The socket of a rootless dockerd with the image bb:1."""
    path = str(place / "run/docker.sock")
    with open(place / "dockerd.log", "wb") as log:
        process = subprocess.Popen([HERE / "rootless-dockerd", place, str(UID)], stdout=log, stderr=log)
    try:
        wire.await_true(lambda: process.poll() is not None or wire.answers(path), 60, "the rootless dockerd")
        assert process.poll() is None, (place / "dockerd.log").read_text()[-4000:]
        assert b"name=rootless" in wire.request(path, "GET", "/info").body
        image = wire.request(dockerd.socket, "GET", "/images/bb:1/get").body
        loaded = wire.request(path, "POST", "/v1.41/images/load", image, ["Content-Type: application/x-tar"])
        assert b"Loaded image" in loaded.body
        yield path
    finally:
        process.kill() # and with it, by the kernel, all that it started
        process.wait()


@pytest.fixture(scope="module")
def start(place, rootless): # pylint: disable=unused-argument
    """Starts a sockwarden of that user, who may not be able to reach where it was built."""
    program = shutil.copy(BINARY, place / "sockwarden")
    started = []

    def run(ready, *arguments):
        environment = {"PATH": os.environ["PATH"], "HOME": str(place / "home"),
                       "XDG_RUNTIME_DIR": str(place / "run")}
        path = place / f"{len(started)}.log"
        with open(path, "wb") as log:
            process = subprocess.Popen([program, "run", *arguments], env=environment, stdout=log, stderr=log,
                                       stdin=subprocess.DEVNULL, cwd=place, **KEEPER)
        started.append(process)
        wire.await_true(lambda: process.poll() is not None or wire.accepts(ready), 30, "sockwarden")
        assert process.poll() is None, path.read_text()
        return path

    yield run
    for process in started:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def docker(place, path):
    return Cli(DEBIAN_DOCKER, path, str(place / "home"))


def test_without_a_configuration(place, start):
    """It finds the daemon of its user, and where to listen."""
    path = str(place / "run/sockwarden.sock")
    log = start(path)
    wire.await_true(lambda: "sandbox: " in log.read_text(), 20, "what is said of the sandbox")
    assert "MISSING" not in log.read_text()
    cli = docker(place, path)
    assert cli.out("version", "-f", "{{.Server.Version}}", **KEEPER)
    assert b"container.list (GET /containers/json) is not allowed" in cli("ps", check=False, **KEEPER).stderr


@pytest.fixture(scope="module")
def narrow(place, start):
    home, run = place / "home", place / "run"
    path = home / "sockwarden.conf"
    path.write_text(POLICY.format(home=home, run=run))
    (home / "shared").mkdir()
    (home / "shared/word").write_text("shared\n")
    start(str(run / "narrow.sock"), "-c", str(path))
    return docker(place, str(run / "narrow.sock"))


def run_of(*words):
    return ("run", "--rm", "-i", "--network", "none", *words)


def test_containers_run(place, narrow):
    done = narrow(*run_of("bb:1", "sh", "-c", "cat; echo end"), input=b"some\n", **KEEPER)
    assert done.stdout == b"some\nend\n"
    shared = f"{place}/home/shared:/shared:ro"
    assert narrow.out(*run_of("-v", shared, "bb:1", "cat", "/shared/word"), **KEEPER) == "shared"


def test_what_is_not_granted_is_denied(place, narrow):
    for words, why in ((["--privileged"], "privileged"), (["-v", "/:/host"], "bind"),
                       (["--pid", "host"], "pid_mode")):
        refused = narrow(*run_of(*words, "bb:1", "true"), check=False, **KEEPER)
        assert refused.returncode == 125 and b"sockwarden" in refused.stderr, refused.stderr
        record = json.loads((place / "home/audit.jsonl").read_text().splitlines()[-1])
        assert record["grant"] == why and record["peer"]["uid"] == UID
