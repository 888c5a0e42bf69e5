# SPDX-License-Identifier: Apache-2.0
"""A reload whose names take long to look up: everybody is served meanwhile."""

import os
import signal
import subprocess

import wire
from daemon import TOP
from doors import READER, free_port, port_accepts


def gate_text(near, address):
    return (f"[sockwarden]\nupstream = {address}\nupstream_insecure = yes\n@AUDIT@\nsandbox = no\n"
            f"workers = 2\n[listener s]\naddress = unix:@DIR@/s\npolicy = reader\n"
            f"[listener near]\naddress = tcp:127.0.0.1:{near}\ninsecure = yes\npolicy = reader\n{READER}")


def test_nobody_waits_for_names(make_gate, tmp_path):
    library, pipe, port = tmp_path / "names.so", tmp_path / "names", free_port()
    subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", library,
                    TOP / "tests/integration/names.c", "-ldl"], check=True)
    os.mkfifo(pipe)
    gate = make_gate(gate_text(port, "tcp:127.0.0.1:1"), lambda _: port_accepts(port),
                     env={**os.environ, "LD_PRELOAD": str(library), "SLOW_NAMES": str(pipe),
                          # a sanitizer's own library wants to come first
                          "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"})
    text = (gate.dir / "gate.conf").read_text()
    (gate.dir / "gate.conf").write_text(text.replace("tcp:127.0.0.1:1\n", "tcp:slow.test:1\n"))
    gate.process.send_signal(signal.SIGHUP)
    # The first opens once a look-up waits for it; the second keeps bytes that no look-up has read yet.
    with open(pipe, "wb", buffering=0) as answer, open(pipe, "rb"):
        for _ in range(8):
            assert wire.request(str(gate.dir / "s"), "GET", "/info").status == 403
        gate.process.send_signal(signal.SIGHUP) # and once more: the last one counts
        assert "configuration reloaded" not in gate.log.read_text()
        answer.write(b"xx") # a byte for each look-up
        wire.await_true(lambda: "configuration reloaded" in gate.log.read_text(), 20, "the reload")
