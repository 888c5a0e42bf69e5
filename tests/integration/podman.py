# SPDX-License-Identifier: Apache-2.0
"""Podman's service with storage of its own, and the image bb:1 made of busybox."""

import os
import pathlib
import shutil
import subprocess
import tarfile

import wire

# Otherwise podman asks for systemd.
CONTAINERS_CONF = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
APPLETS = ("sh", "sleep", "ls", "echo", "id", "true", "cat", "env", "ps")


def image_of(directory):
    """The files of bb:1 as a tar."""
    tree = pathlib.Path(directory) / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "etc").mkdir()
    (tree / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    shutil.copy(shutil.which("busybox"), tree / "bin/busybox")
    for applet in APPLETS:
        (tree / "bin" / applet).symlink_to("busybox")
    path = pathlib.Path(directory) / "tree.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(tree, ".")
    return path.read_bytes()


class Podman:
    def __init__(self, directory, **environment):
        os.makedirs(directory)
        config = os.path.join(directory, "containers.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONTAINERS_CONF)
        self.dir, self.socket = directory, os.path.join(directory, "podman.sock")
        with open(os.path.join(directory, "log"), "wb") as log:
            self.process = subprocess.Popen(
                ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child",
                 "podman", "--root", directory + "/root", "--runroot", directory + "/run",
                 "--storage-driver", "vfs", "system", "service", "--time", "0",
                 "unix://" + self.socket],
                env={**os.environ, "CONTAINERS_CONF": config, **environment},
                stdout=log, stderr=log)
        wire.await_true(lambda: wire.answers(self.socket), 30, "podman")
        made = wire.request(self.socket, "POST",
                            "/v1.41/images/create?fromSrc=-&repo=bb:1&changes=ENV%20PATH=/bin",
                            image_of(directory), ["Content-Type: application/x-tar"])
        assert self.call("GET", "/v1.41/images/bb:1/json").status == 200, made.body

    def call(self, method, path, body=None):
        return wire.request(self.socket, method, path, body)

    def create(self, name, body):
        """A container as |body| has it, made anew. Answers how that went."""
        self.call("DELETE", f"/containers/{name}?force=1")
        return self.call("POST", f"/v1.41/containers/create?name={name}",
                         {"Image": "bb:1", "Cmd": ["sleep", "1000"], **body})

    def inspect(self, name):
        answer = self.call("GET", f"/v1.41/containers/{name}/json")
        assert answer.status == 200, answer.body
        return wire.json.loads(answer.body)

    def end(self):
        for row in wire.json.loads(self.call("GET", "/v1.41/containers/json?all=1").body):
            self.call("DELETE", f"/containers/{row['Id']}?force=1")
        self.process.kill() # and with it all that it started
        self.process.wait()
