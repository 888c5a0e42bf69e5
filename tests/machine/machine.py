# SPDX-License-Identifier: Apache-2.0
"""A fresh machine by way of scripts/throwaway-machine, with a checkout of this tree and a registry."""

import pathlib
import shutil
import signal
import subprocess
import sys

import wire
from archives import client_tree
from daemon import TOP, registry_config

HERE = pathlib.Path(__file__).parent
PROGRAM = TOP / "scripts/throwaway-machine"
CHECKOUT = "root/sockwarden"
START = f"cd /{CHECKOUT}; trap 'kill $(jobs -p) 2>/dev/null || :' EXIT"
HUB = "127.0.0.1:5000"
# Whatever the documents pull.
HUB_IMAGES = ["busybox:1", "docker:cli", "amir20/dozzle:latest", "traefik:v3.1",
              "gitlab/gitlab-runner:alpine", "portainer/portainer-ce:latest",
              "containrrr/watchtower:latest"]


class Machine:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.root = self.dir / "root"
        self.started = []

    def start(self):
        with open(self.dir / "log", "wb") as log:
            process = subprocess.Popen([PROGRAM, self.dir], stdout=log, stderr=log)
        self.started.append(process)

        def ready():
            assert process.poll() is None, (self.dir / "log").read_text()
            return (self.dir / "ready").exists()
        wire.await_true(ready, 600, "the machine")

    def end(self):
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def command(self, *words, net=True):
        return [str(PROGRAM), str(self.dir), "enter", *(["--net"] if net else []), *map(str, words)]

    def call(self, *words, net=True, timeout=600, check=True, **options):
        done = subprocess.run(self.command(*words, net=net), timeout=timeout, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **options)
        assert not check or done.returncode == 0, f"{words}: {done.stdout}"
        return done.stdout

    def shell(self, script, net=True, timeout=600):
        """Runs a script in the checkout as a person would paste it, and ends what it left running."""
        # Into a file: what goes on in the background would hold a pipe open.
        with open(self.dir / "shell.out", "w+", encoding="utf-8") as out:
            done = subprocess.run(
                self.command("bash", "-euo", "pipefail", "-c", f"{START}\n{script}", net=net),
                timeout=timeout, check=False, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            out.seek(0)
            text = out.read()
        assert done.returncode == 0, text[-6000:]
        return text

    def clone(self):
        """What `git clone` would bring, were everything committed."""
        files = subprocess.run(["git", "-C", TOP, "ls-files", "-z", "-c", "-o", "--exclude-standard"],
                               check=True, stdout=subprocess.PIPE).stdout
        for name in filter(None, files.decode().split("\0")):
            if (TOP / name).exists(): # else it is about to be removed
                target = self.root / CHECKOUT / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(TOP / name, target, follow_symlinks=False)

    def hub(self):
        """A registry within the machine's network, which its Docker takes for the one it would ask."""
        init = (self.dir / "init.pid").read_text().strip()
        inside = ["nsenter", "--net", "-t", init, "--"]
        with open(self.dir / "hub.log", "wb") as log:
            self.started.append(subprocess.Popen(
                [*inside, "docker-registry", "serve", registry_config(self.dir, HUB)],
                stdout=log, stderr=log))
        wire.await_true(lambda: not subprocess.call(
            [*inside, "curl", "-s", f"http://{HUB}/v2/"], stdout=subprocess.DEVNULL), 60, "the registry")
        subprocess.run([*inside, sys.executable, HERE / "hub.py", f"http://{HUB}", self.client_tree(),
                        *HUB_IMAGES], check=True, timeout=120)
        (self.root / "etc/docker").mkdir(parents=True)
        (self.root / "etc/docker/daemon.json").write_text(f'{{"registry-mirrors": ["http://{HUB}"]}}\n')

    def client_tree(self):
        """What every image has here: any command that is no program of it sleeps."""
        tree = client_tree(self.dir / "client")
        (tree / "bin/any").write_text(
            '#!/bin/sh\ncommand -v "$1" >/dev/null 2>&1 && exec "$@"\nexec sleep 100000\n')
        (tree / "bin/any").chmod(0o755)
        return tree
