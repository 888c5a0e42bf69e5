# SPDX-License-Identifier: Apache-2.0
"""The long run: what runs the jobs of a CI, or its own code for Docker, under its preset. Each must do its
work, and nothing that it asks for may be denied."""

import json

import pytest

from consumer import IMAGE, run, under # pylint: disable=unused-import
from transcript import CLIENTS

# What a helper image of GitLab Runner has: a shell to hand scripts to, and a program for the rest.
HELPER = """\
cd /bin
printf '#!/bin/sh\\nexec sh\\n' >gitlab-runner-build
printf '#!/bin/sh\\n[ "$1" != cache-init ] || chmod 777 "$2"\\n' >gitlab-runner-helper
chmod 755 gitlab-runner-build gitlab-runner-helper
"""


def commit(dockerd, name, script, changes):
    """An image made of what a script leaves behind."""
    made = dockerd.call("POST", "/containers/create", {"Image": "bb:1", "Cmd": ["sh", "-c", script]})
    identity = json.loads(made.body)["Id"]
    dockerd.call("POST", f"/containers/{identity}/start")
    assert json.loads(dockerd.call("POST", f"/containers/{identity}/wait").body)["StatusCode"] == 0
    repo, tag = name.split(":")
    answer = dockerd.call("POST", f"/commit?container={identity}&repo={repo}&tag={tag}", changes)
    assert answer.status == 201, answer.body
    dockerd.call("DELETE", f"/containers/{identity}")


@pytest.fixture
def helper_image(dockerd):
    """As GitLab Runner's helper image, and with a port, so that it serves as a service as well."""
    commit(dockerd, "helper:1", HELPER, {"Cmd": ["sh"], "ExposedPorts": {"80/tcp": {}}})
    yield "helper:1"
    dockerd.remove_containers()
    for volume in dockerd.get("/volumes")["Volumes"] or []:
        dockerd.call("DELETE", "/volumes/" + volume["Name"])
    dockerd.call("DELETE", "/images/helper:1?force=1")


@pytest.mark.parametrize("network", ["false", "true"])
def test_gitlab_runner(under, helper_image, network):
    """Its docker executor whole, with services as names in the hosts file and in a network of the job."""
    socket = under("gitlab-runner", "image = bb:1 helper:1\n").socket
    shown = run(CLIENTS / "go/gitlab-runner", socket, "bb:1", helper_image, helper_image,
                "FF_NETWORK_PER_BUILD=" + network)
    for said in ("said 42", "service answers", "cache is kept", "Job succeeded"):
        assert said in shown, shown


def java(dockerd, program, *arguments, **environment):
    """A Java program of ours with the libraries that Maven brought. docker-java asks for one version of
    the API, which is the daemon's here."""
    version = "-Dapi.version=" + dockerd.get("/version")["ApiVersion"]
    return run("java", version, "-cp", f"{CLIENTS}/java:{CLIENTS}/java/*", program, *arguments,
               env=environment).splitlines()


def test_testcontainers_java(under, dockerd):
    shown = java(dockerd, "Testcontainers", DOCKER_HOST="unix://" + under("testcontainers", "allow = image.prune").socket,
                 TESTCONTAINERS_RYUK_DISABLED="true", TESTCONTAINERS_CHECKS_DISABLE="true",
                 TESTCONTAINERS_HOST_OVERRIDE="localhost") # or it runs an image to find out
    for said in ("exec: 3 b", "logs: ready", "port: true", "copy out: inside", "ping: 0"):
        assert said in shown, shown


def test_jenkins(under, dockerd):
    shown = java(dockerd, "Jenkins", under("jenkins", IMAGE).socket, "bb:1")
    for said in ("version: true", "running: true", "port: true", "gone: true"):
        assert said in shown, shown
