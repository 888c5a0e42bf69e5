# SPDX-License-Identifier: Apache-2.0
"""A real dockerd of our own, by way of scripts/throwaway-dockerd."""

import json
import os
import pathlib
import signal
import subprocess

import wire

TOP = pathlib.Path(__file__).resolve().parents[2]


def registry_config(directory, address):
    """For Debian's docker-registry, which keeps everything below the directory."""
    path = pathlib.Path(directory) / "registry.yml"
    path.write_text("version: 0.1\nlog: {level: error}\n"
                    f"storage: {{filesystem: {{rootdirectory: {path.parent / 'registry'}}}}}\n"
                    f"http: {{addr: {address}}}\n")
    return str(path)


class Daemon:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.socket = str(self.dir / "docker.sock")
        self.process = None
        self.extra = []
        self.keep = set() # containers that outlive a single test

    def launch(self):
        (self.dir / "ready").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [TOP / "scripts/throwaway-dockerd", self.dir], start_new_session=True)
        wire.await_true(self._ready, 60, "the throw-away dockerd")

    def _ready(self):
        assert self.process.poll() is None, "dockerd did not start; see " + str(self.dir)
        return (self.dir / "ready").exists()

    def _tell(self, word):
        with open(self.dir / "control", "w") as control:
            control.write(word + "\n")

    def stop(self):
        self._tell("stop")
        wire.await_true((self.dir / "stopped").exists, 30, "dockerd to stop")

    def start(self):
        self._tell("start")
        wire.await_true(lambda: wire.answers(self.socket), 30, "dockerd to start")

    def end(self):
        for process in self.extra:
            process.kill()
            process.wait()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def inside(self, *command, **options):
        """Starts a command in the daemon's network and mount namespaces; ends with the daemon."""
        holder = (self.dir / "holder.pid").read_text().strip()
        init = pathlib.Path(f"/proc/{holder}/task/{holder}/children").read_text().split()[0]
        process = subprocess.Popen(
            ["nsenter", "--net", "--mount", "-t", init, "--", *command], **options)
        self.extra.append(process)
        return process

    # What the daemon says without anything in between.

    @property
    def answers_to_a_half_closed(self):
        """Newer daemons take a FIN for the client's leave and may give up what it asked for."""
        return (200,) if self.get("/version")["ApiVersion"] == "1.41" else (200, 499)

    def get(self, path):
        answer = wire.request(self.socket, "GET", path)
        return json.loads(answer.body) if answer.status == 200 else None

    def call(self, method, path, body=None):
        return wire.request(self.socket, method, path, body)

    def container_ids(self):
        return {row["Id"] for row in self.get("/containers/json?all=1")}

    def remove_containers(self):
        for identity in self.container_ids() - self.keep:
            self.call("DELETE", f"/containers/{identity}?force=1&v=1")
