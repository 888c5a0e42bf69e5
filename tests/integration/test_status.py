# SPDX-License-Identifier: Apache-2.0
"""The status listener: health, readiness, and counters that equal the audit log."""

import collections
import json
import re
import signal
import socket
import subprocess

import pytest

import warden as warden_module
import wire
from daemon import TOP
from doors import free_port
from fake import FakeDaemon, answer_of

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="the daemon has none of this")

OPEN = "application/openmetrics-text"
POLICIES = """[policy p]
allow = @safe container.list container.create
[policy trial]
mode = dry-run
allow = @safe
"""


def ask(address, path, method="GET", accept=None):
    """(status, headers, body) of one request to the status listener."""
    client = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    client.settimeout(20)
    client.connect(address)
    lines = [f"{method} {path} HTTP/1.1", "Host: x"] + ([f"Accept: {accept}"] if accept else [])
    client.sendall("\r\n".join(lines + ["", ""]).encode())
    data = b""
    while more := client.recv(1 << 16):
        data += more
    client.close()
    head, _, body = data.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in headers), body.decode()


def samples(address, accept=None):
    """{name with labels: value} of /metrics."""
    status, _, text = ask(address, "/metrics", accept=accept)
    assert status == 200
    rows = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    assert len({name for name, _ in rows}) == len(rows)
    return {name: float(value) for name, value in rows}


def no_connections(address):
    return all(value == 0 for name, value in samples(address).items() if name.startswith("sockwarden_connections{"))


def configure(warden, options="", status=None):
    """p by the listener main, the dry run by another one, and a status listener."""
    path = warden.configure(POLICIES, "p", options)
    address = status or f"unix:{warden.dir}/status.sock"
    path.write_text(path.read_text() + f"[status]\naddress = {address}\n[listener trial]\n"
                    f"address = unix:{warden.dir}/trial.sock\npolicy = trial\n")
    return path


@pytest.fixture
def fake(tmp_path):
    return FakeDaemon(str(tmp_path / "docker.sock"), {
        "GET /_ping": answer_of(b"OK"), "GET /containers/json": answer_of(b"[]")})


def request(path, line, body=None):
    method, target = line.split(" ")
    return wire.request(path, method, target, body, ["Connection: close"])


def connect(path):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(30)
    client.connect(path)
    return client


def said(path, data):
    """What comes back for |data|, to the end."""
    client, answer = connect(path), b""
    client.sendall(data)
    while more := client.recv(1 << 16):
        answer += more
    return answer


def test_health_readiness_and_what_is_no_page(own_warden, fake):
    own_warden.upstream = fake.path
    own_warden.start(configure(own_warden))
    at = str(own_warden.dir / "status.sock")
    assert ask(at, "/healthz")[::2] == (200, "ok\n")
    assert ask(at, "/readyz")[::2] == (200, "ready\n")
    assert ask(at, "/readyz?verbose=1")[0] == 200
    assert ask(at, "/healthz", "HEAD")[2] == ""
    assert ask(at, "/_ping")[0] == 404
    assert ask(at, "/containers/json")[0] == 404
    status, headers, _ = ask(at, "/metrics", "POST")
    assert status == 405 and headers["Allow"] == "GET, HEAD"
    assert fake.seen == ["GET /_ping"] * 2 # nothing else came through


@pytest.mark.parametrize("address", ["", "tcp:127.0.0.1:{port}"])
def test_an_answer_before_the_end_of_a_request_arrives(address, own_warden):
    """Closing a socket with unread bytes resets it, and the client may lose the answer."""
    port = free_port()
    own_warden.start(configure(own_warden, status=address.format(port=port) or None))
    where = ("127.0.0.1", port) if address else f"{own_warden.dir}/status.sock"
    for head in ("POST /metrics HTTP/1.1", "GET /healthz HTTP/1.1", "no request"):
        with socket.socket(socket.AF_INET if address else socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(where)
            client.sendall(f"{head}\r\nHost: x\r\nContent-Length: 60000\r\n\r\n".encode())
            client.sendall(b"x" * 60000)
            data = b""
            while more := client.recv(1 << 16):
                data += more
        assert data.split()[1] == {"P": b"405", "G": b"200", "n": b"400"}[head[0]], data
    wire.await_true(lambda: no_connections(where), 5, "the connections to end")


def test_not_ready_without_the_daemon(own_warden, tmp_path):
    own_warden.upstream = str(tmp_path / "none.sock")
    own_warden.start(configure(own_warden))
    at = str(own_warden.dir / "status.sock")
    status, _, text = ask(at, "/readyz")
    assert status == 503 and "cannot be reached" in text
    assert ask(at, "/healthz")[0] == 200
    gone = FakeDaemon(own_warden.upstream, {"GET /_ping": b""})
    assert ask(at, "/readyz")[::2] == (503, f"the Docker daemon at unix:{gone.path} gave no answer to a ping\n")
    gone.answers = {"GET /_ping": answer_of(b"no", "500 Internal Server Error")}
    assert "refused a ping" in ask(at, "/readyz")[2]


def test_sums_equal_the_audit_log(own_warden, fake):
    own_warden.upstream = fake.path
    own_warden.start(configure(own_warden, "audit_level = all\nworkers = 3\n"))
    trial, at = str(own_warden.dir / "trial.sock"), str(own_warden.dir / "status.sock")
    for _ in range(7):
        request(own_warden.socket, "GET /_ping")
        request(own_warden.socket, "GET /containers/json")
        request(own_warden.socket, "GET /images/json")
        request(own_warden.socket, "POST /containers/create", b'{"Image":"a","HostConfig":{"Privileged":true}}')
        request(own_warden.socket, "GET /nonsense")
        request(trial, "GET /containers/json")
    wire.await_true(lambda: len(own_warden.audit.read_text().splitlines()) >= 42, 30, "the audit log")
    lines = [json.loads(line) for line in own_warden.audit.read_text().splitlines()]
    verdicts = {"allowed": "allowed", "denied": "denied", "would-deny": "dry_run"}
    logged = collections.Counter((line["policy"], verdicts[line["event"]]) for line in lines if "policy" in line)
    now, counted = samples(at), collections.Counter()
    for name, value in now.items():
        if found := re.fullmatch(r'sockwarden_requests_total\{policy="(\w+)",class="\w+",verdict="(\w+)"\}', name):
            counted[found.groups()] += int(value)
    assert counted == logged and sum(counted.values()) == 42
    reasons = collections.Counter(line["reason"] for line in lines if line["event"] != "allowed")
    assert {reason: now[f'sockwarden_denials_total{{reason="{reason}"}}'] for reason in reasons} == reasons
    assert now['sockwarden_audit_lines_total{result="written"}'] == len(lines)
    assert now["sockwarden_own_seconds_count"] == 42
    assert now["sockwarden_daemon_seconds_count"] == 21
    assert now['sockwarden_upstream_connects_total{result="connected"}'] == 21
    assert now["sockwarden_workers"] == 3
    wire.await_true(lambda: no_connections(at), 30, "connections at zero")


def test_gauges_and_limits(own_warden, fake):
    own_warden.upstream = fake.path
    own_warden.start(configure(own_warden, "max_connections = 2\n"))
    at = str(own_warden.dir / "status.sock")
    idle = 'sockwarden_connections{state="idle"}'
    wire.await_true(lambda: no_connections(at), 30, "the end of the probe that saw it start")
    clients = [connect(own_warden.socket) for _ in range(2)]
    wire.await_true(lambda: samples(at)[idle] == 2, 30, "two that wait")
    assert request(own_warden.socket, "GET /_ping").status == 503
    limit = 'sockwarden_limit_refusals_total{limit="max_connections"}'
    assert samples(at)[limit] == 1
    for client in clients:
        client.close()
    wire.await_true(lambda: no_connections(at), 30, "none")


def test_a_reload_keeps_counters_and_names_new_policies(own_warden, fake):
    own_warden.upstream = fake.path
    path = configure(own_warden)
    own_warden.start(path)
    at = str(own_warden.dir / "status.sock")
    request(own_warden.socket, "GET /_ping")
    before = samples(at)
    path.write_text(path.read_text().replace("policy = p\n", "policy = q\n").replace("[policy p]", "[policy q]"))
    own_warden.reload()
    request(own_warden.socket, "GET /_ping")
    now = samples(at)
    for policy in "pq":
        assert now[f'sockwarden_requests_total{{policy="{policy}",class="safe",verdict="allowed"}}'] == 1
    assert now['sockwarden_reloads_total{result="applied"}'] == 1
    digest = {name.split('sha256="')[1] for name in before if name.startswith('sockwarden_policy_info{policy="p"')}
    assert digest == {name.split('sha256="')[1] for name in now if name.startswith('sockwarden_policy_info{policy="q"')}
    path.write_text(path.read_text().replace("allow = @safe container.list", "allow = container.list"))
    own_warden.reload()
    assert not digest & {name.split('sha256="')[1] for name in samples(at) if 'policy="q"' in name and "sha256" in name}
    path.write_text(path.read_text().replace("status.sock", "elsewhere.sock"))
    own_warden.reload()
    assert "[status] changed; restart to apply it" in own_warden.log.read_text()
    assert ask(at, "/healthz")[0] == 200


@pytest.mark.parametrize("accept,open_metrics", [(None, False), ("text/plain", False), (f"{OPEN};version=1.0.0,*/*;q=0.1", True)])
def test_the_text_is_what_its_readers_want(own_warden, fake, accept, open_metrics):
    own_warden.upstream = fake.path
    own_warden.start(configure(own_warden))
    at = str(own_warden.dir / "status.sock")
    request(own_warden.socket, "GET /_ping")
    _, headers, text = ask(at, "/metrics", accept=accept)
    assert headers["Content-Type"].startswith(OPEN if open_metrics else "text/plain; version=0.0.4")
    assert text.endswith("# EOF\n") == open_metrics
    done = subprocess.run(["promtool", "check", "metrics"], input=text.replace("# EOF\n", ""), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert open_metrics or (done.returncode, done.stdout) == (0, "")


def test_the_document_lists_every_family(own_warden, fake):
    own_warden.upstream = fake.path
    own_warden.start(configure(own_warden))
    _, _, text = ask(str(own_warden.dir / "status.sock"), "/metrics")
    families = set(re.findall(r"# TYPE (\w+)", text))
    assert families == set(re.findall(r"^\| `(sockwarden_\w+)`", (TOP / "docs/status.md").read_text(), re.M))
    alerts = (TOP / "contrib/prometheus/sockwarden.rules.yml").read_text()
    assert set(re.findall(r"sockwarden_\w+", alerts)) <= families
    subprocess.run(["promtool", "check", "rules", TOP / "contrib/prometheus/sockwarden.rules.yml"], check=True)


def test_visitors_are_few_and_do_not_stay(own_warden, fake):
    own_warden.upstream = fake.path
    own_warden.start(configure(own_warden))
    at = str(own_warden.dir / "status.sock")
    silent = [connect(at) for _ in range(16)]
    more = connect(at)
    assert more.recv(1) == b"" # one too many
    for client in silent:
        assert client.recv(1) == b"" # each has had its time
    assert ask(at, "/healthz")[0] == 200
    assert b" 400 " in said(at, b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n").splitlines()[0]


def test_by_tcp_and_at_the_end(own_warden, fake):
    own_warden.upstream = fake.path
    port = free_port()
    own_warden.start(configure(own_warden, "grace = 30s\n", f"tcp:127.0.0.1:{port}"))
    assert ask(("127.0.0.1", port), "/readyz")[0] == 200
    own_warden.process.send_signal(signal.SIGTERM)
    assert own_warden.process.wait(30) == 0


@pytest.mark.parametrize("lines,says", [
    ("address = tcp:0.0.0.0:9323", "[status]: address: tcp:0.0.0.0:9323 can be read by whoever reaches it"),
    ("address = tls:127.0.0.1:9323", "status is told at unix:/path or tcp:HOST:PORT alone"),
    ("address = unix:/x/sockwarden.sock", "is also [listener main]"),
    ("mode = 0600", "[status]: address: is missing; write address = tcp:127.0.0.1:9323 or unix:/path"),
    ("address = tcp:127.0.0.1:1\npolicy = p", "policy: is no key of [status]; it belongs in [listener NAME]"),
    ("address = tcp:127.0.0.1:1\n[status]", "[status] is here a second time"),
])
def test_what_is_wrong_with_it(tmp_path, lines, says):
    path = tmp_path / "a.conf"
    path.write_text("[listener main]\naddress = unix:/x/sockwarden.sock\npolicy = p\n[policy p]\nallow = @safe\n"
                    f"[status]\n{lines}\n")
    done = subprocess.run([warden_module.BINARY, "check", "-c", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True)
    assert done.returncode == 2 and says in done.stdout
