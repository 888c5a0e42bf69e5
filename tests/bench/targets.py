# SPDX-License-Identifier: Apache-2.0
"""What is measured against what: processes between a load generator and a fake daemon."""

import os
import pathlib
import re
import resource
import socket
import ssl
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
    """For preexec_fn: a process of its own core, where there are two; None: on all of them."""
    cores = sorted(os.sched_getaffinity(0))
    if core is None:
        return None
    chosen = cores[min(core, len(cores) - 1)]
    return lambda: os.sched_setaffinity(0, {chosen})


class UnixSocket:
    """Where a target listens."""

    def __init__(self, path):
        self.path = path
        self.load = ["--socket", path]

    def connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(START_TIMEOUT)
        client.connect(str(self.path))
        return client

    def end(self):
        if os.path.exists(self.path):
            os.unlink(self.path)


class TlsPort:
    """A port of this machine, and the certificate of a client."""

    def __init__(self, identity):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.load = ["--port", self.port, "--identity", identity]
        self.context = ssl.create_default_context(cafile=identity / "ca.pem")
        self.context.load_cert_chain(identity / "cert.pem", identity / "key.pem")

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), START_TIMEOUT)
        return self.context.wrap_socket(plain, server_hostname="127.0.0.1")

    def end(self):
        pass


def answers(place):
    """True when a ping comes back."""
    try:
        with place.connect() as client:
            client.sendall(b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")
            return client.recv(4096).startswith(b"HTTP/1.1 200 ")
    except OSError:
        return False


class Process:
    """A started program with the place where it listens."""

    def __init__(self, argv, place, core, log, environment=None):
        self.place = place
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
        while not answers(self.place):
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
        self.place.end()

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

    def __init__(self, place):
        self.place = place

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
        self.certificates = self.work / "tls"
        self.make_certificates("ca")
        self.make_certificates("server", "127.0.0.1")
        self.make_certificates("client", "load")

    def program(self, name):
        return self.build / "tests" / "bench" / name

    def make_certificates(self, *words):
        argv = [self.source / "contrib" / "tls" / "make-certs", self.certificates, *words]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def daemon(self):
        argv = [self.program("fakedockerd"), self.daemon_path]
        return Process(argv, UnixSocket(self.daemon_path), LOAD_CORE, self.work / "daemon.log")

    def process(self, argv, environment=None, place=None, core=TARGET_CORE):
        log = self.work / "target.log"
        return Process(argv, place or UnixSocket(self.path), core, log, environment)

    def tls_port(self):
        return TlsPort(self.certificates / "load")

    def direct(self):
        return Direct(UnixSocket(self.daemon_path))

    def relay(self):
        return self.process([self.program("relay"), self.path, self.daemon_path])

    def haproxy(self, name="haproxy.cfg", place=None, **more):
        environment = {
            "BENCH_LISTEN": str(self.path),
            "BENCH_UPSTREAM": str(self.daemon_path),
            "BENCH_MAXCONN": str(self.streams + FILES_SPARE // 4),
            **more,
        }
        return self.process(["haproxy", "-db", "-f", HERE / name], environment, place)

    def haproxy_one(self):
        return self.haproxy("haproxy-one.cfg")

    def haproxy_tls(self):
        server = self.certificates / "server"
        both = self.work / "server.pem"
        both.write_bytes((server / "cert.pem").read_bytes() + (server / "key.pem").read_bytes())
        place = self.tls_port()
        return self.haproxy("haproxy-tls.cfg", place, BENCH_PORT=str(place.port),
                            BENCH_CERT=str(both), BENCH_CA=str(self.certificates / "ca.pem"))

    def sockwarden(self, name="ci-runner.conf", **more):
        argv = [self.build / "sockwarden", "run", "-c", self.configuration(name, **more)]
        argv += ["--listen", f"unix:{self.path}", "--upstream", f"unix:{self.daemon_path}"]
        return self.process(argv, core=None if more else TARGET_CORE)

    def sockwarden_all(self):
        return self.sockwarden("allow-all.conf")

    def sockwarden_tls(self, name="ci-runner.conf", **more):
        place = self.tls_port()
        copy = self.configuration(name, **more)
        server = self.certificates / "server"
        listener = (f"address = tls:127.0.0.1:{place.port}\ncert = {server}/cert.pem\n"
                    f"key = {server}/key.pem\nclient_ca = {self.certificates}/ca.pem\n")
        text = re.sub(r"(?m)^mode = 0.*\n", "", copy.read_text())
        copy.write_text(re.sub(r"(?m)^address = .*\n", listener, text))
        argv = [self.build / "sockwarden", "run", "-c", copy]
        return self.process([*argv, "--upstream", f"unix:{self.daemon_path}"], place=place,
                            core=None if more else TARGET_CORE)

    def sockwarden_all_tls(self):
        return self.sockwarden_tls("allow-all.conf")

    def configuration(self, name, **more):
        """The file as it is, but for what depends on the machine: the audit log goes to a
        directory of ours, and many streams of one user are the point here. |more| options."""
        path = self.source / "conf" / name
        if not path.exists():
            raise Missing(f"there is no conf/{name}")
        ours = {
            "audit": f"file:{self.work}/audit.jsonl",
            "max_connections": str(self.streams + FILES_SPARE),
            "max_connections_per_peer": "0",
            **{key: str(value) for key, value in more.items()},
        }
        keys = "|".join(ours)
        text = re.sub(rf"(?m)^[ \t]*({keys})[ \t]*=.*\n", "", path.read_text())
        # nothing is asked of the daemon: the fake one knows no objects
        text = re.sub(r"(?m)^(\[policy .*\])$", r"\1\ncheck_state = no", text)
        lines = "".join(f"{key} = {value}\n" for key, value in ours.items())
        if re.search(r"(?m)^\[sockwarden\]", text):
            text = re.sub(r"(?m)^\[sockwarden\].*\n", lambda found: found[0] + lines, text, count=1)
        else:
            text = f"[sockwarden]\n{lines}{text}"
        (self.work / "audit.jsonl").unlink(missing_ok=True)
        copy = self.work / name
        copy.write_text(text)
        return copy


def workers(count, tls=False):
    """With |count| workers, on all cores."""
    return lambda bench: (bench.sockwarden_tls if tls else bench.sockwarden)(workers=count)


FAMILIES = {
    "plain": {
        "direct": ("no proxy", Bench.direct),
        "relay": ("relay", Bench.relay),
        "haproxy-one": ("HAProxy, 1 rule", Bench.haproxy_one),
        "haproxy": ("HAProxy, rules", Bench.haproxy),
        "sockwarden": ("sockwarden, CI", Bench.sockwarden),
        "sockwarden-all": ("sockwarden, all", Bench.sockwarden_all),
    },
    "tls": {
        "haproxy-tls": ("HAProxy, 1 rule", Bench.haproxy_tls),
        "sockwarden-tls": ("sockwarden, CI", Bench.sockwarden_tls),
        "sockwarden-all-tls": ("sockwarden, all", Bench.sockwarden_all_tls),
    },
    "workers": {
        "workers-1": ("1 worker", workers(1)),
        "workers-2": ("2 workers", workers(2)),
    },
    "workers-tls": {
        "workers-1-tls": ("1 worker", workers(1, tls=True)),
        "workers-2-tls": ("2 workers", workers(2, tls=True)),
    },
}
TARGETS = {name: row for family in FAMILIES.values() for name, row in family.items()}
