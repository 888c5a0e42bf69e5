#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Instructions in user space that one request takes (valgrind --tool=callgrind), with conf/ci-runner.conf. They
do not depend on what else the machine does. Each row is a run with many of its requests, less one with few."""

import argparse
import json
import pathlib
import re
import socket
import subprocess
import tempfile
import time

import workloads
from workloads import CREATES, LIST, PING, create, privileged

FEW, MANY = 5, 45
START_TIMEOUT = 120.0
LINES = 1000
VARIABLES = 5000


def variables(count):
    body = json.loads(CREATES["docker"])
    body["Env"] = [f"VARIABLE_{i}=the value of {i}" for i in range(count)]
    return create(json.dumps(body, separators=(",", ":")))


def on_bridge(body):
    """A create of which nothing is asked of the daemon, under an owner as well."""
    return create(body.replace('"job_default"', '"bridge"').replace('"job"', '"bridge"')).replace("?name=job-1", "")


def rules(lines, line, fits):
    """More lines of the policy: |lines| numbered ones, and the one that fits behind them."""
    return "".join(line.replace("%", str(i)) + "\n" for i in range(lines)) + fits + "\n"


PATH_RULE = ("allow = GET /containers/job-%/top", "allow = GET /containers/x/archive")
DENY_RULE = ("deny = GET /containers/job-%/json", "")
BIND = ("bind = /srv/jobs/%", "bind = /srv/ci rw")
OWNER = "owner = alice\n"
IMAGE = ("image = registry.example.org/job-%:*", "image = bb:*")
INSPECT = workloads.request("GET", "/v1.41/containers/x/json")
REDACT = "redact = env args labels mounts host\n"

STATUS = "/WORK/status.sock" # in the directory of the run

# name, request, requests' units, lines of the policy or a section
ROWS = [
    ("ping", PING, 1, ""),
    ("ping, with a status listener", PING, 1, f"[status]\naddress = unix:{STATUS}\n"),
    ("list", LIST, 1, ""),
    *((f"create, as {name} sends it", create(body), 1, "") for name, body in CREATES.items()),
    ("list, with an owner", LIST, 1, OWNER),
    *((f"create of {name} on bridge{', with an owner' * bool(owner)}", on_bridge(body), 1, owner)
      for name, body in CREATES.items() for owner in ("", OWNER)),
    ("create, privileged, denied", create(privileged(CREATES["compose"])), 1, ""),
    (f"a variable of {VARIABLES}", variables(VARIABLES), VARIABLES, ""),
    ("inspect", INSPECT, 1, ""),
    ("inspect, redacted", INSPECT, 1, REDACT),
    ("inspect of 20 KiB", workloads.FULL, 1, ""),
    ("inspect of 20 KiB, redacted", workloads.FULL, 1, REDACT),
    (f"inspect, {LINES} deny rules", INSPECT, 1, rules(LINES, *DENY_RULE)),
    (f"create, {LINES} binds more", create(CREATES["compose"]), 1, rules(LINES, *BIND)),
    (f"create, {LINES} images more", create(CREATES["compose"]), 1, rules(LINES, *IMAGE)),
]


class Proxy:
    """sockwarden under callgrind."""

    def __init__(self, options, work, policy):
        self.path, daemon, self.out = work / "proxy.sock", work / "daemon.sock", work / "callgrind.out"
        text = (options.source / "conf" / "ci-runner.conf").read_text()
        text = text.replace("[sockwarden]\n", f"[sockwarden]\nsandbox = no\naudit = file:{work}/audit\n", 1)
        policy, bracket, section = policy.partition("[")
        # |policy| before the lines of its kind; nothing is asked of the daemon
        text = text.replace("[policy ci]\n", f"[policy ci]\ncheck_state = no\n{policy}", 1)
        text += f"\n{bracket}{section}".replace("/WORK", str(work))
        config = work / "sockwarden.conf"
        config.write_text(text)
        self.daemon = subprocess.Popen([options.build / "tests/bench/fakedockerd", daemon])
        self.log = open(work / "log", "wb")
        self.child = subprocess.Popen(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.out}", options.program, "run", "-c", config,
             "--listen", f"unix:{self.path}", "--upstream", f"unix:{daemon}"], stdout=self.log, stderr=self.log)

    def client(self):
        end = time.monotonic() + START_TIMEOUT
        while True:
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(str(self.path))
                return client
            except OSError:
                if self.child.poll() is not None or time.monotonic() > end:
                    raise SystemExit(pathlib.Path(self.log.name).read_text())
                time.sleep(0.05)

    def total(self):
        self.child.terminate()
        self.child.wait()
        self.daemon.terminate()
        self.daemon.wait()
        self.log.close()
        return int(re.search(r"(?m)^(?:totals|summary): (\d+)", self.out.read_text()).group(1))


def exchange(client, answers, request):
    """Sends a request and reads its answer. Returns the status."""
    client.sendall(request.encode())
    head = b""
    while True:
        line = answers.readline()
        head += line
        if line == b"\r\n":
            break
        if not line:
            raise SystemExit(f"the connection ended: {head!r}")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    answers.read(int(length.group(1)) if length else 0)
    while b"Transfer-Encoding: chunked" in head and (size := int(answers.readline(), 16)):
        answers.read(size + 2)
    if b"Transfer-Encoding: chunked" in head:
        answers.readline()
    return int(head.split()[1])


def run(options, request, count, policy):
    with tempfile.TemporaryDirectory() as work:
        proxy = Proxy(options, pathlib.Path(work), policy)
        with proxy.client() as client, client.makefile("rb") as answers:
            status = [exchange(client, answers, request) for _ in range(count)][-1]
        total = proxy.total()
        if options.keep:
            (options.keep / "callgrind.out").write_bytes(proxy.out.read_bytes())
        return total, status


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=".", type=pathlib.Path)
    parser.add_argument("--source", default=".", type=pathlib.Path)
    parser.add_argument("--program", type=pathlib.Path, help="another sockwarden than the one of the build")
    parser.add_argument("--only", default="", help="rows with this word")
    parser.add_argument("--keep", type=pathlib.Path, help="a directory for the last profile")
    options = parser.parse_args()
    options.build = options.build.resolve()
    options.program = options.program or options.build / "sockwarden"
    print(f"| {'one request':40} | instructions | answer |\n|{'-' * 42}|-------------:|-------:|")
    for name, request, units, policy in ROWS:
        if options.only not in name:
            continue
        few, _ = run(options, request, FEW, policy)
        many, status = run(options, request, MANY, policy)
        print(f"| {name:40} | {(many - few) // ((MANY - FEW) * units):12,} | {status:6} |", flush=True)


if __name__ == "__main__":
    main()
