#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs sockwarden for a long time with clients of all kinds, a daemon that misbehaves and is restarted, reloads and
rotations of the audit log. Between rounds, when all clients are gone, it looks at what sockwarden holds:
descriptors, threads and memory must not grow, all places of all limits must be free, no audit line may be lost, and
a probe must have been answered all the time."""

import argparse
import collections
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

import clients
from clients import Answers, request

TOP = pathlib.Path(__file__).parents[2]
SETTLE = 30              # seconds in which all that clients left must be gone
REST = 2                 # seconds in which the memory of those who left must be given back
PROBE_MOST = 10          # seconds that a probe may take
POOL = 2 * 16 * 2        # descriptors of pipes that two workers keep ready
MEMORY_SPARE = 3 << 20   # bytes that PSS may grow by after the first quarter
CLIENT_TIMEOUT = 40
PLACES = 200             # max_connections
WRONG_MOST = 5

CONF = """[sockwarden]
upstream = unix:{there}/docker.sock
audit = file:{there}/audit.log
audit_level = all
workers = 2
max_connections = {places}
max_requests = 100
max_held = 24m
max_body = 4m
head_timeout = {seconds}s
body_timeout = 15s
answer_timeout = 10s
connect_timeout = 5s
[listener near]
address = unix:{there}/near.sock
client = uid:{uid} -> soak
[listener far]
address = tcp:127.0.0.1:{far}
insecure = yes
policy = soak
[listener safe]
address = tls:127.0.0.1:{safe}
cert = {there}/server/cert.pem
key = {there}/server/key.pem
client_ca = {there}/ca.pem
client = cn:alice -> soak
[policy soak]
allow = @read
allow = container.create container.attach container.start container.exec container.archive_put
allow = exec.start image.load
deny = volume.*
image = bb:1
image_write = *
"""


def free_port():
    with socket.socket() as peer:
        peer.bind(("127.0.0.1", 0))
        return peer.getsockname()[1]


class Peer:
    """A connection as the kinds of clients use it."""

    def __init__(self, raw, context=None):
        self.raw, self.can_half_close = raw, context is None
        raw.settimeout(CLIENT_TIMEOUT)
        self.stream = context.wrap_socket(raw, server_hostname="127.0.0.1") if context else raw
        self.sendall, self.recv = self.stream.sendall, self.stream.recv

    def end(self):
        self.stream.shutdown(socket.SHUT_WR)

    def close(self, by_reset):
        if by_reset and self.raw.family == socket.AF_INET:
            self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.close()


class Held(collections.namedtuple("Held", "descriptors threads pss rss")):
    def __str__(self):
        return (f"{self.descriptors} descriptors, {self.threads} threads, {self.pss >> 10} KiB PSS, "
                f"{self.rss >> 10} KiB RSS")


class Warden:
    """The sockwarden that is soaked, and its daemon."""

    def __init__(self, build, there, leak):
        self.there, self.seconds, self.reloads, self.seq = pathlib.Path(there), 5, 0, 0
        self.ports = {"far": free_port(), "safe": free_port()}
        for words in (("ca",), ("server", "127.0.0.1"), ("client", "alice")):
            subprocess.run([TOP / "contrib/tls/make-certs", there, *words], check=True)
        self.context = ssl.create_default_context(cafile=self.there / "ca.pem")
        self.context.load_cert_chain(self.there / "alice/cert.pem", self.there / "alice/key.pem")
        self.configure()
        self.daemon_log = open(self.there / "daemon.log", "wb")
        self.log_path = self.there / "log"
        self.daemon = None
        self.start_daemon()
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [build / "sockwarden", "run", "-c", self.there / "soak.conf"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment(leak))

    def environment(self, leak):
        if not leak:
            return None
        library = self.there / "leak.so"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", library, TOP / "tests/soak/leak.c", "-ldl"],
                       check=True)
        return {**os.environ, "LD_PRELOAD": str(library), "LEAK": leak}

    def configure(self):
        self.seconds = 11 - self.seconds
        (self.there / "soak.conf").write_text(CONF.format(
            there=self.there, places=PLACES, seconds=self.seconds, uid=os.getuid(), **self.ports))

    def start_daemon(self):
        self.daemon = subprocess.Popen([sys.executable, TOP / "tests/soak/daemon.py", self.there / "docker.sock"],
                                       stdin=subprocess.DEVNULL, stdout=self.daemon_log, stderr=self.daemon_log)

    def restart_daemon(self):
        self.daemon.kill()
        self.daemon.wait()
        self.start_daemon()
        until = time.monotonic() + SETTLE
        while not self.daemon_accepts() and time.monotonic() < until:
            time.sleep(0.05)

    def daemon_accepts(self):
        with socket.socket(socket.AF_UNIX) as peer:
            return peer.connect_ex(str(self.there / "docker.sock")) == 0

    def log(self):
        return self.log_path.read_text(errors="replace")

    def reload(self):
        """With another configuration and another file of the audit log."""
        self.configure()
        os.rename(self.there / "audit.log", self.there / "audit.old")
        self.process.send_signal(signal.SIGHUP)
        self.reloads += 1
        until = time.monotonic() + SETTLE
        while self.log().count("configuration reloaded") < self.reloads:
            if time.monotonic() > until or self.process.poll() is not None:
                return "a reload has not ended"
            time.sleep(0.05)
        return self.count_audit("audit.old")

    def count_audit(self, name):
        """What is wrong with the numbers of the lines."""
        with open(self.there / name, encoding="utf-8") as lines:
            for line in lines:
                self.seq += 1
                if json.loads(line)["seq"] != self.seq:
                    return f"a line is lost of the audit log: {self.seq} is missing"
        os.unlink(self.there / name)
        return None

    def connect(self, how):
        if how == "near":
            raw = socket.socket(socket.AF_UNIX)
            raw.settimeout(CLIENT_TIMEOUT)
            raw.connect(str(self.there / "near.sock"))
            return Peer(raw)
        raw = socket.create_connection(("127.0.0.1", self.ports[how]), CLIENT_TIMEOUT)
        try:
            return Peer(raw, self.context if how == "safe" else None)
        except OSError:
            raw.close()
            raise

    def held(self):
        place = pathlib.Path(f"/proc/{self.process.pid}")
        text = (place / "smaps_rollup").read_text()
        sizes = [int(re.search(rf"(?m)^{name}: +(\d+)", text).group(1)) << 10 for name in ("Pss", "Rss")]
        return Held(len(os.listdir(place / "fd")), len(os.listdir(place / "task")), *sizes)

    def settled(self, descriptors):
        """What is held once no more than |descriptors| are, or after a while."""
        until = time.monotonic() + SETTLE
        while self.held().descriptors > descriptors and time.monotonic() < until:
            time.sleep(0.1)
        until = time.monotonic() + REST
        least = self.held()
        while time.monotonic() < until:
            time.sleep(0.1)
            least = min(least, self.held(), key=lambda held: held.pss)
        return least

    def await_ready(self):
        until = time.monotonic() + SETTLE
        while True:
            try:
                peer = self.connect("near")
                peer.sendall(request("GET", "/_ping"))
                if Answers(peer).whole()[0] == 200:
                    return peer.close(False)
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > until:
                sys.exit("sockwarden does not answer:\n" + self.log()[-2000:])
            time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=SETTLE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "SIGKILL, since it did not end"

    def end(self):
        for process in (self.process, self.daemon):
            if process.poll() is None:
                process.kill()
                process.wait()


class Soak:
    def __init__(self, warden, seed):
        self.warden, self.seed = warden, seed
        self.done, self.excused, self.wrong = collections.Counter(), collections.Counter(), []
        self.unrest, self.restarts, self.probes, self.until = 0, 0, [], 0

    def complain(self, what):
        self.wrong.append(what)

    def goes_on(self):
        return time.monotonic() < self.until and len(self.wrong) < WRONG_MOST

    def one(self, chance):
        kind = chance.choice(clients.KINDS)
        began, peer = time.monotonic(), None
        try:
            peer = self.warden.connect(chance.choice(("near", "near", "far", "safe")))
            kind(peer, chance)
            self.done[kind.__name__] += 1
        except OSError as error:
            # A daemon that was away excuses it, and so does having asked for trouble.
            if kind in clients.UNSURE or self.unrest > began - 1:
                self.excused[kind.__name__] += 1
            else:
                self.complain(f"{kind.__name__}: {error!r}")
        except (AssertionError, ValueError) as error:
            self.complain(f"{kind.__name__}: {error!r}")
        finally:
            if peer:
                peer.close(chance.random() < 0.3)

    def client(self, name):
        chance = random.Random(f"{self.seed}.{name}")
        while self.goes_on():
            self.one(chance)

    def steward(self, name):
        """Reloads, and restarts the daemon."""
        chance = random.Random(f"{self.seed}.{name}")
        while self.goes_on():
            time.sleep(chance.uniform(0.5, 3))
            if chance.random() < 0.3:
                self.unrest = time.monotonic() + SETTLE
                self.warden.restart_daemon()
                self.restarts += 1
                self.unrest = time.monotonic() + 1
            elif wrong := self.warden.reload():
                self.complain(wrong)

    def probe(self, _):
        """A client that only pings, on a connection of its own each time, and must always be answered soon."""
        while self.goes_on():
            began = time.monotonic()
            try:
                peer = self.warden.connect("near")
                peer.sendall(request("GET", "/_ping"))
                status, _ = Answers(peer).whole()
                peer.close(False)
                if status != 200 and self.unrest < began - 1:
                    self.complain(f"the probe got {status}")
            except OSError as error:
                self.complain(f"the probe: {error!r}")
            self.probes.append(time.monotonic() - began)
            if self.probes[-1] > PROBE_MOST:
                self.complain(f"the probe took {self.probes[-1]:.1f} s")
            time.sleep(0.1)

    def load(self, number, count, seconds):
        self.until = time.monotonic() + seconds
        jobs = [(self.client, f"{number}.{i}") for i in range(count)]
        jobs += [(self.steward, f"{number}.steward"), (self.probe, "")]
        threads = [threading.Thread(target=job, args=(name,), daemon=True) for job, name in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def fill_places(self):
        """All places of the limit on connections and nearly all of max_held are free."""
        peers = []
        try:
            for _ in range(PLACES):
                peers.append(self.warden.connect("near"))
                peers[-1].sendall(request("GET", "/_ping"))
                status, body = Answers(peers[-1]).whole()
                assert status == 200, f"{len(peers)} connections, and then: {status} {body[:200]}"
            for peer in peers[:5]: # 5 x 3.5 MiB of 24 MiB
                body = clients.PERMITTED % (b"x" * (7 << 19))
                peer.sendall(request("POST", "/containers/create", body)[:-1])
            for peer in peers[:5]:
                peer.sendall(b"}")
                status, body = Answers(peer).whole()
                assert status == 201, f"not all of max_held was free: {status} {body[:200]}"
        except (OSError, AssertionError) as error:
            self.complain(f"when all places should be free: {error!r}")
        for peer in peers:
            peer.close(False)

    def await_daemon(self):
        while self.unrest > time.monotonic():
            time.sleep(0.1)
        self.warden.await_ready()


def grown(rounds, quiet):
    """What is more than it may be."""
    warm, last = rounds[:max(len(rounds) // 4, 1)], rounds[-1]
    if last.descriptors > quiet.descriptors + POOL:
        yield f"descriptors grew from {quiet.descriptors} to {last.descriptors}"
    if last.threads > quiet.threads:
        yield f"threads grew from {quiet.threads} to {last.threads}"
    if last.pss > max(held.pss for held in warm) + MEMORY_SPARE:
        yield f"memory grew from {max(held.pss for held in warm) >> 10} to {last.pss >> 10} KiB PSS"


def report(soak, rounds, quiet):
    probes = sorted(soak.probes)
    done, excused = sum(soak.done.values()), sum(soak.excused.values())
    print(f"{done + excused} connections, {excused} of them with an end that was to be expected: "
          + ", ".join(f"{kind} {count}" for kind, count in sorted(soak.done.items())))
    print(f"{soak.warden.reloads} reloads, {soak.restarts} restarts of the daemon, {soak.warden.seq} audit lines, "
          "none lost")
    print(f"{len(probes)} probes: median {statistics.median(probes) * 1000:.1f} ms, "
          f"p99 {probes[int(len(probes) * 0.99)] * 1000:.1f} ms, longest {probes[-1] * 1000:.0f} ms")
    print(f"descriptors at rest {min(r.descriptors for r in rounds)} to {max(r.descriptors for r in rounds)}, "
          f"PSS {min(r.pss for r in rounds) >> 10} to {max(r.pss for r in rounds) >> 10} KiB; at the start {quiet}")


def run(warden, chosen):
    soak, rounds = Soak(warden, chosen.seed), []
    warden.await_ready()
    quiet = warden.held()
    print(f"at the start: {quiet}", flush=True)
    count = chosen.rounds or max(int(chosen.minutes), 4)
    for number in range(count):
        soak.load(number, chosen.clients, chosen.minutes * 60 / count)
        soak.await_daemon()
        soak.fill_places()
        rounds.append(warden.settled(quiet.descriptors + POOL))
        print(f"round {number + 1}: {rounds[-1]}; {sum(soak.done.values())} connections", flush=True)
        if len(soak.wrong) >= WRONG_MOST or warden.process.poll() is not None:
            break
    status = warden.stop()
    if status != 0:
        soak.complain(f"sockwarden ended with {status}")
    if lost := warden.count_audit("audit.log"):
        soak.complain(lost)
    report(soak, rounds, quiet)
    return soak.wrong + list(grown(rounds, quiet))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", type=pathlib.Path, required=True)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--rounds", type=int, default=0)
    options.add_argument("--clients", type=int, default=24)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--leak", choices=("descriptors", "memory", "stall"))
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak.") as there:
        os.chmod(there, 0o755)
        warden = Warden(chosen.build.absolute(), there, chosen.leak)
        try:
            wrong = run(warden, chosen)
            said = (pathlib.Path(there) / "daemon.log").read_text()
            wrong += [said[-2000:]] if said else []
            if wrong:
                print(warden.log()[-3000:], file=sys.stderr)
                sys.exit("\n".join(wrong))
        finally:
            warden.end()


if __name__ == "__main__":
    main()
