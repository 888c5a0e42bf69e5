# SPDX-License-Identifier: Apache-2.0
"""An SSH server of our own on loopback: own configuration, own keys, and a forced command a key."""

import os
import pathlib
import shlex
import socket
import subprocess

import wire

SERVER = "/usr/sbin/sshd"

SERVER_CONFIG = """
ListenAddress 127.0.0.1:{port}
HostKey {dir}/host
PidFile none
AuthorizedKeysFile {dir}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin forced-commands-only
PasswordAuthentication no
KbdInteractiveAuthentication no
"""

CLIENT_CONFIG = """
Host {names}
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile {dir}/%n
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile {dir}/known_hosts
    StrictHostKeyChecking yes
    LogLevel ERROR
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SshServer:
    """`commands`: what the key of each name runs. `ssh://NAME` then reaches it, with `path` as PATH."""

    def __init__(self, directory, commands):
        self.dir = pathlib.Path(directory)
        self.port = free_port()
        keys = {name: self._make_key(name) for name in ["host", *commands]}
        self._write("known_hosts", f"[127.0.0.1]:{self.port} {keys['host']}")
        self._write("authorized_keys", "".join(
            f'restrict,command="{shlex.join(map(str, command))}" {keys[name]}'
            for name, command in commands.items()))
        self._write("server.conf", SERVER_CONFIG.format(port=self.port, dir=self.dir))
        self._write("client.conf", CLIENT_CONFIG.format(
            port=self.port, dir=self.dir, names=" ".join(commands), user=os.environ.get("USER", "root")))
        self._wrap_client()
        self.process = None

    def _write(self, name, text):
        (self.dir / name).write_text(text)

    def _make_key(self, name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name,
                        "-f", str(self.dir / name)], check=True)
        return (self.dir / f"{name}.pub").read_text()

    def _wrap_client(self):
        """The docker client calls `ssh`, which looks for its configuration where the account says."""
        (self.dir / "bin").mkdir()
        self._write("bin/ssh", f'#!/bin/sh\nexec /usr/bin/ssh -F {self.dir}/client.conf "$@"\n')
        (self.dir / "bin/ssh").chmod(0o755)

    @property
    def path(self):
        return f"{self.dir}/bin:{os.environ['PATH']}"

    def start(self):
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        with open(self.dir / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                [SERVER, "-D", "-e", "-f", str(self.dir / "server.conf")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wire.await_true(self._ready, 20, "the SSH server")
        return self

    def _ready(self):
        assert self.process.poll() is None, (self.dir / "server.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self):
        self.process.terminate()
        self.process.wait(20)
