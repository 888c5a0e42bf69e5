# SPDX-License-Identifier: Apache-2.0
"""A reload that must wait, for names or for files: everybody is served meanwhile."""

import os
import signal
import subprocess

import pytest
import wire
from daemon import TOP
from doors import READER, free_port, port_accepts
from warden import WRAPPER

SERVED = 8 # requests: some at each worker


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("names") / "names.so"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", path,
                    TOP / "tests/integration/names.c", "-ldl"], check=True)
    return path


@pytest.fixture
def slow(library, tmp_path):
    """A pipe that a slow look-up reads, and an environment that has them slow."""
    pipe = tmp_path / "names"
    os.mkfifo(pipe)
    return pipe, {**os.environ, "LD_PRELOAD": str(library), "SLOW_NAMES": str(pipe),
                  # a sanitizer's own library wants to come first
                  "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def gate_text(near, upstream="upstream = tcp:127.0.0.1:1\nupstream_insecure = yes\n", listener=""):
    return (f"[sockwarden]\n{upstream}@AUDIT@\nsandbox = no\nworkers = 2\n"
            f"[listener s]\naddress = unix:@DIR@/s\npolicy = reader\n{listener}"
            f"[listener near]\naddress = tcp:127.0.0.1:{near}\ninsecure = yes\npolicy = reader\n{READER}")


def replace(gate, *words):
    path = gate.dir / "gate.conf"
    text = path.read_text()
    assert words[0] in text
    path.write_text(text.replace(*words))


def assert_served(gate):
    for _ in range(SERVED):
        assert wire.request(str(gate.dir / "s"), "GET", "/info").status == 403


def said(gate, text):
    return gate.log.read_text().count(text)


def await_said(gate, text, times=1):
    wire.await_true(lambda: said(gate, text) >= times, 20, text)


def test_nobody_waits_for_names(make_gate, slow):
    pipe, environment = slow
    port = free_port()
    gate = make_gate(gate_text(port), lambda _: port_accepts(port), env=environment)
    replace(gate, "tcp:127.0.0.1:1\n", "tcp:slow.test:1\n")
    gate.process.send_signal(signal.SIGHUP)
    # The first opens once a look-up waits for it; the second keeps bytes that no look-up has read yet.
    with open(pipe, "wb", buffering=0) as answer, open(pipe, "rb"):
        assert_served(gate)
        gate.process.send_signal(signal.SIGHUP) # and once more: the last one counts
        assert not said(gate, "configuration reloaded")
        answer.write(b"xx") # a byte for each look-up
        await_said(gate, "configuration reloaded")


@pytest.mark.parametrize("line", ("client = uid:slow-user -> reader\n", "owner = slow-user\n"))
def test_nobody_waits_for_users(make_gate, slow, line):
    pipe, environment = slow
    port = free_port()
    gate = make_gate(gate_text(port), lambda _: port_accepts(port), env=environment)
    replace(gate, "@DIR@/s\n".replace("@DIR@", str(gate.dir)), f"{gate.dir}/s\n{line}")
    gate.process.send_signal(signal.SIGHUP)
    with open(pipe, "wb", buffering=0) as answer:
        assert_served(gate)
        assert not said(gate, "configuration reloaded")
        answer.write(b"x")
        await_said(gate, "configuration reloaded")
    assert_served(gate)


# Each is a file that a reload reads, on which a FIFO does what a file system does that hangs.
FILES = ("cert", "key", "client_ca", "crl", "upstream_ca", "configuration")


def open_pipe(path):
    """Stands where the file was; opens once somebody reads it."""
    kept = path.read_bytes()
    path.unlink()
    os.mkfifo(path)
    return kept


@pytest.mark.parametrize("name", FILES)
def test_nobody_waits_for_files(make_gate, authority, name, tmp_path):
    port, safe = free_port(), free_port()
    paths = {"cert": authority.dir / "server/cert.pem", "key": authority.dir / "server/key.pem",
             "client_ca": authority.dir / "ca.pem", "crl": authority.dir / "crl.pem",
             "upstream_ca": authority.dir / "ca.pem"}
    files = {}
    for what, path in paths.items():
        files[what] = tmp_path / f"{what}.pem"
        files[what].write_bytes(path.read_bytes())
        files[what].chmod(0o600)
    tls = "".join(f"{what} = {path}\n" for what, path in files.items() if what != "upstream_ca")
    gate = make_gate(gate_text(port, f"upstream = tls:127.0.0.1:1\nupstream_ca = {files['upstream_ca']}\n",
                               f"[listener safe]\naddress = tls:127.0.0.1:{safe}\n{tls}policy = reader\n"),
                     lambda _: port_accepts(port))
    files["configuration"] = gate.dir / "gate.conf"
    kept = open_pipe(files[name])
    gate.process.send_signal(signal.SIGHUP)
    with open(files[name], "wb", buffering=0) as file: # opens once the reload waits
        assert_served(gate)
        assert not said(gate, "configuration reloaded")
        file.write(b"this is nothing of the kind\n")
    # What was in force stays so.
    while not said(gate, "nothing is changed"):
        assert gate.process.poll() is None
        feed(files[name])
    assert_served(gate)
    assert port_accepts(safe)
    files[name].unlink()
    files[name].write_bytes(kept)
    files[name].chmod(0o600)
    gate.reload()
    assert_served(gate)


def feed(path):
    """OpenSSL reads some files twice."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        pass


@pytest.mark.skipif(bool(WRAPPER), reason="what wraps it has threads of its own")
def test_a_thread_lasts_as_long_as_its_reload(make_gate):
    gate = make_gate("[sockwarden]\n@AUDIT@\n[listener s]\naddress = unix:@DIR@/s\npolicy = reader\n" + READER,
                     lambda directory: os.path.exists(f"{directory}/s"))
    tasks = f"/proc/{gate.process.pid}/task"
    assert len(os.listdir(tasks)) == 1
    gate.process.send_signal(signal.SIGHUP)
    await_said(gate, "configuration reloaded")
    assert len(os.listdir(tasks)) == 1
    assert_served(gate)
