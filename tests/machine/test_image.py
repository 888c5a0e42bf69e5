# SPDX-License-Identifier: Apache-2.0
"""The image: what contrib/docker/build-image has made by the way of the documents, and the same by
contrib/docker/Dockerfile from a base image of this machine's own."""

import json

import pytest

SIZE_MAX = 3_000_000
EVERYTHING = {"etc/", "etc/passwd", "etc/group", "etc/sockwarden/", "etc/sockwarden/presets", "run/",
              "run/sockwarden/", "sockwarden", "usr/", "usr/share/", "usr/share/sockwarden/",
              "usr/share/sockwarden/LICENSE", "usr/share/sockwarden/presets/"}
DOCKERS_OWN = ("dev/", "proc/", "sys/", ".dockerenv", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf")


def inspect(machine, name):
    return json.loads(machine.call("docker", "image", "inspect", name))[0]


def files(machine, name):
    listed = machine.call("sh", "-c", f"c=$(docker create {name}) && docker export $c | tar t && docker rm $c >&2")
    return {line.removeprefix("./") for line in listed.splitlines()
            if line not in ("./", "") and not line.removeprefix("./").startswith(DOCKERS_OWN)
            and len(line) < 64}


def check_image(machine, name):
    image = inspect(machine, name)
    assert image["Size"] < SIZE_MAX
    config = image["Config"]
    assert config["Entrypoint"] == ["/sockwarden"] and config["Cmd"] == ["run", "--env"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/sockwarden", "health", "--env"]
    assert list(config["ExposedPorts"]) == ["2375/tcp"]
    found = files(machine, name)
    presets = {path for path in found if path.startswith("usr/share/sockwarden/presets/")} - EVERYTHING
    assert found - presets == EVERYTHING and len(presets) > 20
    assert all(path.endswith(".conf") for path in presets)
    return config, found


def test_image(machine):
    check_image(machine, "sockwarden:latest")


def test_program_is_static(machine):
    machine.call("sh", "-c", "docker cp $(docker create --name program sockwarden):/sockwarden /tmp/program &&"
                 " docker rm program")
    assert "INTERP" not in machine.call("readelf", "-lW", "/tmp/program")
    assert "NEEDED" not in machine.call("readelf", "-dW", "/tmp/program")


@pytest.fixture(scope="module")
def base(machine):
    """debian:12-slim is this machine as it is by now, with compilers, and apt's source of cJSON in a place of
    its own, since a container here reaches no other."""
    machine.shell("contrib/docker/build-image --help >/dev/null", net=False)
    yield


def test_dockerfile(machine, base):
    machine.shell("docker build -t staged -f contrib/docker/Dockerfile .")
    assert check_image(machine, "staged") == check_image(machine, "sockwarden:latest")
