# SPDX-License-Identifier: Apache-2.0
"""Certificates, ports, and sockwardens with a configuration that is written out whole."""

import os
import pathlib
import socket
import ssl
import subprocess

import wire
from daemon import TOP
from warden import BINARY, WRAPPER, Warden, adapted

READER = "[policy reader]\nallow = @safe container.list container.inspect\n"
ALL = "[policy all]\nallow = @all\ngrant = all\n"


def free_port(family=socket.AF_INET):
    with socket.socket(family) as peer:
        peer.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        return peer.getsockname()[1]


class Authority:
    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.make("ca")

    def make(self, *words, **environment):
        subprocess.run([TOP / "contrib/tls/make-certs", self.dir, *words], check=True,
                       env={"PATH": os.environ["PATH"], **environment})
        return self.dir / words[1] if len(words) > 1 else self.dir

    def server(self, *hosts, **environment):
        self.make("server", *(hosts or ("127.0.0.1",)), **environment)
        return self.dir / "server"

    def client(self, name, *names, **environment):
        return self.make("client", name, *names, **environment)

    def listener(self):
        """The lines of a listener with TLS."""
        return (f"cert = {self.dir}/server/cert.pem\nkey = {self.dir}/server/key.pem\n"
                f"client_ca = {self.dir}/ca.pem\n")


class Gate(Warden):
    """A sockwarden on any doors. |ready| says when it can be used."""

    def write(self, text):
        path = self.dir / "gate.conf"
        path.write_text(adapted(text.replace("@AUDIT@", f"audit = file:{self.audit}")))
        return path

    def run(self, text, ready, **options):
        config = self.write(text)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*WRAPPER, BINARY, "run", "-c", str(config)], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, cwd=self.dir, **options)
        self.await_ready(ready)
        return self

    def await_ready(self, ready):
        def check():
            assert self.process.poll() is None, "sockwarden ended: " + self.log.read_text()
            return ready()

        wire.await_true(check, 30, "sockwarden")

    def reload(self, text=None):
        if text:
            self.write(text)
        super().reload()


def port_accepts(port, host="127.0.0.1"):
    try:
        socket.create_connection((host, port), 5).close()
    except OSError:
        return False
    return True


class Net(wire.Wire):
    """HTTP by hand over TCP or TLS."""

    def __init__(self, port, host="127.0.0.1", context=None, timeout=wire.TIMEOUT):
        self.peer = socket.create_connection((host, port), timeout)
        self.rest = b""
        if context:
            try:
                self.peer = context.wrap_socket(self.peer, server_hostname=host)
            except Exception:
                self.peer.close()
                raise


def client_context(authority, folder=None, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(authority.dir / "ca.pem")
    if folder:
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    for name, value in options.items():
        setattr(context, name, value)
    return context
