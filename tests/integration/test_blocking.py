# SPDX-License-Identifier: Apache-2.0
"""No call of a thread with an event loop can wait: each descriptor is in non-blocking mode, or the call says so."""

import os
import signal
import subprocess
import sys

import pytest
import wire
from daemon import TOP
from doors import ALL, READER, free_port, port_accepts

MIB = 1 << 20
TRIED = """
import os, select
inlet, outlet = os.pipe()
os.write(outlet, b"before the loop")
select.epoll().poll(0)
os.write(outlet, b"x")
os.read(inlet, 1)
os.set_blocking(outlet, False)
os.write(outlet, b"x")
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("blocking") / "blocking.so"
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", path,
                    TOP / "tests/integration/blocking.c", "-ldl"], check=True)
    return path


def preloaded(library, report):
    return {**os.environ, "LD_PRELOAD": str(library), "BLOCKING_REPORT": str(report),
            # a sanitizer's own library wants to come first
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


def calls(report, word):
    return [line.split()[1] for line in report.read_text().splitlines() if line.startswith(word)]


def test_a_call_that_could_wait_is_reported(library, tmp_path):
    report = tmp_path / "report"
    subprocess.run([sys.executable, "-c", TRIED], check=True, env=preloaded(library, report))
    assert calls(report, "waits") == ["write", "read"]


def use(path):
    """Answers of every kind, an upload, refusals, a stream both ways."""
    assert wire.request(path, "GET", "/_ping").status == 200
    assert wire.request(path, "GET", "/containers/json?all=1").status == 200
    assert wire.request(path, "GET", "/nothing/of/the/kind").status in (403, 404)
    assert wire.request(path, "POST", "/images/load", b"\0" * MIB).status != 403


@pytest.mark.parametrize("workers", (1, 3))
def test_no_call_of_a_loop_can_wait(library, workers, make_gate, authority, dockerd, client_config,
                                    tmp_path):
    report, near, far = tmp_path / "report", free_port(), free_port()
    gate = make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\nworkers = {workers}\naudit_level = all\n"
        f"[listener s]\naddress = unix:@DIR@/s\npolicy = all\n"
        f"[listener r]\naddress = unix:@DIR@/r\npolicy = reader\n"
        f"[listener near]\naddress = tcp:127.0.0.1:{near}\ninsecure = yes\npolicy = all\n"
        f"[listener far]\naddress = tls:127.0.0.1:{far}\n{authority.listener()}policy = all\n{ALL}{READER}",
        lambda _: port_accepts(far), env=preloaded(library, report))
    path, files = str(gate.dir / "s"), authority.dir / "alice"
    tls = ("--tlsverify", f"--tlscacert={authority.dir}/ca.pem", f"--tlscert={files}/cert.pem",
           f"--tlskey={files}/key.pem")
    for turn in range(2):
        use(path)
        assert wire.request(str(gate.dir / "r"), "POST", "/containers/create", b"{}").status == 403
        for where in ((f"-Hunix://{path}",), (f"-Htcp://127.0.0.1:{near}",),
                      (f"-Htcp://127.0.0.1:{far}", *tls)):
            done = subprocess.run(
                [os.environ.get("SOCKWARDEN_DOCKER", "docker"), "--config", client_config, *where,
                 "run", "--rm", "-i", "bb:1", "cat"], input=b"x" * MIB, stdout=subprocess.PIPE, check=True)
            assert done.stdout == b"x" * MIB
        if turn == 0:
            gate.process.send_signal(signal.SIGHUP)
            wire.await_true(lambda: "configuration reloaded" in gate.log.read_text(), 20, "the reload")
    assert calls(report, "waits") == []
    assert len(calls(report, "loop")) == workers
