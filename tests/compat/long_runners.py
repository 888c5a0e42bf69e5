# SPDX-License-Identifier: Apache-2.0
"""The long run: what runs the jobs of a CI, or its own code for Docker, under its preset. Each must do its
work, and nothing that it asks for may be denied."""

import contextlib
import json
import os
import subprocess

import pytest

from consumer import IMAGE, named, run, under # pylint: disable=unused-import
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
    with a_helper_image(dockerd) as name:
        yield name


@contextlib.contextmanager
def a_helper_image(dockerd):
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
    socket = under("gitlab-runner", "image = bb helper\n").socket
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
    shown = java(dockerd, "Testcontainers", DOCKER_HOST="unix://" + under("testcontainers", "allow = image.prune\nimage_write = *").socket,
                 TESTCONTAINERS_RYUK_DISABLED="true", TESTCONTAINERS_CHECKS_DISABLE="true",
                 TESTCONTAINERS_HOST_OVERRIDE="localhost") # or it runs an image to find out
    for said in ("exec: 3 b", "logs: ready", "port: true", "copy out: inside", "ping: 0"):
        assert said in shown, shown


def test_jenkins(under, dockerd):
    shown = java(dockerd, "Jenkins", under("jenkins", IMAGE).socket, "bb:1")
    for said in ("version: true", "running: true", "port: true", "gone: true"):
        assert said in shown, shown


class Client:
    """The docker client, with which some consumers do all."""

    def __init__(self, socket):
        self.command = [os.environ.get("SOCKWARDEN_DOCKER") or "docker", "--host", "unix://" + socket]

    def __call__(self, *arguments):
        return run(*self.command, *arguments).strip()

    def pull(self, image):
        """There is no registry behind it: the daemon's own refusal is not sockwarden's."""
        done = subprocess.run([*self.command, "pull", image], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        assert "sockwarden:" not in done.stdout


def test_github_runner(under, tmp_path):
    """As the runner's DockerCommandManager drives it: a job in a container, an action that is one."""
    docker = Client(under("github-runner", IMAGE + f"bind = {tmp_path} rw\n").socket)
    label, network, name = "c0ffee", named("github_network_1"), named("job")
    (tmp_path / "step.sh").write_text('echo "said $((20 + 22)) $A"\n')
    assert docker("version", "--format", "{{.Server.APIVersion}}")
    docker("ps", "--all", "--quiet", "--no-trunc", "--filter", "label=" + label)
    docker("network", "prune", "--force", "--filter", "label=" + label)
    docker.pull("bb:1")
    docker("network", "create", "--label", label, network)
    common = ["--label", label, "--workdir", "/__w", "--network", network, "-e", "GITHUB_ACTIONS=true",
              "-v", f"{tmp_path}:/__w"]
    job = docker("create", "--name", name, "--network-alias", name, *common, "--entrypoint", "tail", "bb:1",
                 "-f", "/dev/null")
    docker("start", job)
    assert job in docker("ps", "--all", "--filter", "id=" + job, "--filter", "status=running", "--no-trunc",
                         "--format", "{{.ID}} {{.Status}}")
    assert docker("inspect", "--format", "{{.Config.Image}}", job) == "bb:1"
    docker("port", job)
    assert docker("exec", "-i", "-e", "A=b", "--workdir", "/__w", job, "sh", "-e", "step.sh") == "said 42 b"
    docker("logs", "--details", job)
    assert docker("run", "--name", named("action"), "--rm", *common, "--entrypoint", "sh", "bb:1", "step.sh") == "said 42"
    docker("rm", "--force", job)
    docker("network", "rm", network)


def test_renovate(under, dockerd, tmp_path):
    image = "ghcr.io/containerbase/sidecar"
    dockerd.call("POST", f"/images/bb:1/tag?repo={image}&tag=13.0.0")
    docker = Client(under("renovate", f"bind = {tmp_path} rw\n").socket)
    docker("ps", "--filter", "label=renovate_child", "-aq")
    docker.pull(image + ":13.0.0")
    docker("ps", "--filter", "name=renovate_sidecar", "-aq")
    assert docker("run", "--rm", "--name=renovate_sidecar", "--label=renovate_child", "--user=0",
                  "-v", f"{tmp_path}:{tmp_path}", "-e", "A", "-w", tmp_path, image + ":13.0.0",
                  "sh", "-l", "-c", "pwd && echo kept >file") == str(tmp_path)
    assert (tmp_path / "file").read_text() == "kept\n"
    left = docker("ps", "--filter", "name=renovate_sidecar", "-aq")
    assert not left
    dockerd.call("DELETE", f"/images/{image}:13.0.0")
