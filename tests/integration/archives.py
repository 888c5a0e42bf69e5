# SPDX-License-Identifier: Apache-2.0
"""Archives as `docker cp` and `docker build` send them, and what an image of a docker client is made of."""

import io
import os
import shutil
import subprocess
import tarfile

DOCKER = "/usr/bin/docker"


def tar_of(name, data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def client_tree(tree):
    """Fills a directory with Debian's docker client, the libraries that it needs, and busybox."""
    (tree / "bin").mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), tree / "bin/busybox")
    shutil.copy(DOCKER, tree / "bin/docker")
    for applet in ("sh", "sleep", "ls", "echo", "id", "true", "cat", "env"):
        (tree / "bin" / applet).symlink_to("busybox")
    needed = subprocess.run(["ldd", DOCKER], check=True, stdout=subprocess.PIPE, text=True)
    for word in needed.stdout.split():
        if word.startswith("/"):
            target = tree / word.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(word), target)
    return tree
