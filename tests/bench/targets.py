# SPDX-License-Identifier: Apache-2.0
"""What is measured against what: processes between a load generator and a fake daemon."""

import os
import pathlib
import re
import resource
import socket
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
TARGET_CORE = 0
LOAD_CORE = 1
START_TIMEOUT = 5.0
FILES_SPARE = 128


class Missing(Exception):
    """A target that cannot be started, and why."""


def raise_files():
    """As many descriptors as are permitted; children inherit it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def streams_possible(wanted):
    """A proxy needs two descriptors for each stream."""
    most = (raise_files() - FILES_SPARE) // 2
    return wanted if wanted <= most else most // 100 * 100


def pin(core):
    """For preexec_fn: a process of its own core, where there are two."""
    cores = sorted(os.sched_getaffinity(0))
    chosen = cores[min(core, len(cores) - 1)]
    return lambda: os.sched_setaffinity(0, {chosen})


def answers(path):
    """True when a ping through the socket comes back."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(START_TIMEOUT)
        try:
            client.connect(str(path))
            client.sendall(b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")
            return client.recv(4096).startswith(b"HTTP/1.1 200 ")
        except OSError:
            return False


class Process:
    """A started program with the socket it listens on."""

    def __init__(self, argv, path, core, log, environment=None):
        self.path = path
        self.log = log
        with open(log, "wb") as output:
            self.child = subprocess.Popen(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(environment or {})},
                preexec_fn=pin(core),
            )
        self.pid = self.child.pid
        try:
            self.wait_until_up(argv[0])
        except BaseException:
            self.stop()
            raise

    def wait_until_up(self, program):
        end = time.monotonic() + START_TIMEOUT
        while not answers(self.path):
            if self.child.poll() is not None or time.monotonic() > end:
                text = pathlib.Path(self.log).read_text(errors="replace").strip()
                last = text.splitlines()[-1] if text else "it says nothing"
                raise Missing(f"{pathlib.Path(program).name} does not serve: {last}")
            time.sleep(0.01)

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(START_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        if os.path.exists(self.path):
            os.unlink(self.path)

    def pss_kib(self):
        text = pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+) kB", text, re.M).group(1))

    def files(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Direct:
    """No process at all: the fake daemon itself."""

    pid = 0

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Bench:
    """Where things are, and how each target is started."""

    def __init__(self, build, source, work, streams):
        self.build = pathlib.Path(build).resolve()
        self.source = pathlib.Path(source).resolve()
        self.work = pathlib.Path(work)
        self.streams = streams
        self.daemon_path = self.work / "daemon.sock"
        self.path = self.work / "proxy.sock"

    def program(self, name):
        return self.build / "tests" / "bench" / name

    def daemon(self):
        argv = [self.program("fakedockerd"), self.daemon_path]
        return Process(argv, self.daemon_path, LOAD_CORE, self.work / "daemon.log")

    def process(self, argv, environment=None):
        log = self.work / "target.log"
        return Process(argv, self.path, TARGET_CORE, log, environment)

    def direct(self):
        return Direct(self.daemon_path)

    def relay(self):
        return self.process([self.program("relay"), self.path, self.daemon_path])

    def haproxy(self, name="haproxy.cfg"):
        environment = {
            "BENCH_LISTEN": str(self.path),
            "BENCH_UPSTREAM": str(self.daemon_path),
            "BENCH_MAXCONN": str(self.streams + FILES_SPARE // 4),
        }
        return self.process(["haproxy", "-db", "-f", HERE / name], environment)

    def haproxy_one(self):
        return self.haproxy("haproxy-one.cfg")

    def sockwarden(self, name="ci-runner.conf"):
        argv = [self.build / "sockwarden", "run", "-c", self.configuration(name)]
        argv += ["--listen", f"unix:{self.path}", "--upstream", f"unix:{self.daemon_path}"]
        return self.process(argv)

    def sockwarden_all(self):
        return self.sockwarden("allow-all.conf")

    def configuration(self, name):
        """The file as it is, but for what depends on the machine: the audit log goes to a
        directory of ours, and many streams of one user are the point here."""
        path = self.source / "conf" / name
        if not path.exists():
            raise Missing(f"there is no conf/{name}")
        ours = {
            "audit": f"file:{self.work}/audit.jsonl",
            "max_connections": str(self.streams + FILES_SPARE),
            "max_connections_per_peer": "0",
        }
        keys = "|".join(ours)
        text = re.sub(rf"(?m)^[ \t]*({keys})[ \t]*=.*\n", "", path.read_text())
        lines = "".join(f"{key} = {value}\n" for key, value in ours.items())
        if re.search(r"(?m)^\[sockwarden\]", text):
            text = re.sub(r"(?m)^\[sockwarden\].*\n", lambda found: found[0] + lines, text, count=1)
        else:
            text = f"[sockwarden]\n{lines}{text}"
        (self.work / "audit.jsonl").unlink(missing_ok=True)
        copy = self.work / name
        copy.write_text(text)
        return copy


TARGETS = {
    "direct": ("no proxy", Bench.direct),
    "relay": ("relay", Bench.relay),
    "haproxy-one": ("HAProxy, 1 rule", Bench.haproxy_one),
    "haproxy": ("HAProxy, rules", Bench.haproxy),
    "sockwarden": ("sockwarden, CI", Bench.sockwarden),
    "sockwarden-all": ("sockwarden, all", Bench.sockwarden_all),
}
