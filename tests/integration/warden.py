# SPDX-License-Identifier: Apache-2.0
"""A running sockwarden with a configuration of its own."""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time
import traceback
import weakref

import wire
from daemon import TOP

BINARY = os.environ.get("SOCKWARDEN", str(TOP / "build/sockwarden"))
WRAPPER = shlex.split(os.environ.get("SOCKWARDEN_WRAPPER", ""))
DIRECT = os.environ.get("SOCKWARDEN_DIRECT") == "1"
WORKERS = os.environ.get("SOCKWARDEN_WORKERS")


def adapted(text):
    """With what this run of the tests wants of every configuration. What runs sockwarden within
    itself, as valgrind does, needs more than the sandbox leaves."""
    wanted = {"sandbox": "no" if WRAPPER else None, "workers": WORKERS}
    lines = "".join(f"{key} = {value}\n" for key, value in wanted.items()
                    if value and not re.search(rf"(?m)^{key}\b", text))
    return text.replace("[sockwarden]\n", "[sockwarden]\n" + lines, 1)


def policy_lines(path):
    """The [policy …] sections of a configuration file, and the first one's name."""
    text = pathlib.Path(path).read_text()
    found = re.search(r"^\[policy ([^\]]+)\].*", text, re.M | re.S)
    return found.group(0), found.group(1)


class Warden:
    """With SOCKWARDEN_DIRECT=1 it is the daemon itself, for a look whether the tests are right."""

    made = weakref.WeakSet()

    def __init__(self, directory, upstream):
        Warden.made.add(self)
        self.dir = pathlib.Path(directory)
        self.upstream = upstream
        self.socket = upstream if DIRECT else str(self.dir / "sockwarden.sock")
        self.audit = self.dir / "audit.jsonl"
        self.log = self.dir / "sockwarden.log"
        self.process = None

    def configure(self, policy, name, options=""):
        path = self.dir / "sockwarden.conf"
        path.write_text(adapted(
            f"[sockwarden]\nupstream = unix:{self.upstream}\naudit = file:{self.audit}\n{options}"
            f"[listener main]\naddress = unix:{self.socket}\nmode = 0660\npolicy = {name}\n"
            f"{policy}\n"))
        return path

    def _adapted(self, config):
        text = pathlib.Path(config).read_text()
        if adapted(text) == text:
            return config
        path = self.dir / "adapted.conf"
        path.write_text(adapted(text))
        return path

    def start(self, config, *arguments):
        if DIRECT:
            return self
        config = self._adapted(config)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*WRAPPER, BINARY, "run", "-c", str(config), *arguments],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.dir)
        wire.await_true(self._ready, 30, "sockwarden")
        return self

    def _ready(self):
        assert self.process.poll() is None, "sockwarden ended: " + self.log.read_text()
        return wire.accepts(self.socket)

    def reload(self):
        before = self.log.read_text().count("configuration reloaded")
        self.process.send_signal(signal.SIGHUP)
        wire.await_true(
            lambda: self.log.read_text().count("configuration reloaded") > before, 30, "the reload")

    def end(self):
        """Stops it and says how it ended: 0 when all went well, also for the sanitizers."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "killed: did not stop within 30 seconds"

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def settled_descriptors(self):
        """How many are open once those of earlier connections are closed: the same ten times."""
        seen = []

        def is_settled():
            seen.append(self.descriptors())
            return len(seen) > 10 and len(set(seen[-10:])) == 1

        wire.await_true(is_settled, 20, "earlier connections to end")
        return seen[-1]

    def records(self):
        if not self.audit.exists():
            return []
        return [json.loads(line) for line in self.audit.read_text().splitlines()]

    def records_since(self, count):
        return self.records()[count:]

    def await_records(self, count, more=1):
        """The records after the first |count|, once there are |more| of them."""
        deadline = time.monotonic() + 20
        while len(self.records()) < count + more and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.records_since(count)

    STATE = """
        grep -E '^(State|Threads|VmRSS)' /proc/$0/status; cat /proc/$0/wchan; echo
        ls -l /proc/$0/fd | sed 's/.* \\([0-9]* -> \\)/\\1/'
        grep -H tfd /proc/$0/fdinfo/*
        nsenter --net=/proc/$0/ns/net -- ss -tanpH; ss -xanpH | grep -w pid=$0"""

    def state(self):
        """The end of its log, its descriptors, what epoll watches and what its sockets hold."""
        done = subprocess.run(["sh", "-c", self.STATE, str(self.process.pid)], timeout=30, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return self.log.read_text()[-2000:] + done.stdout


def states():
    """Of all that run, and where the threads of these tests are: a daemon of theirs may be what waits."""
    threads = ["".join(traceback.format_stack(frame)) for frame in sys._current_frames().values()]
    return "\n".join([*(one.state() for one in list(Warden.made)
                       if one.process and one.process.poll() is None), *threads])
