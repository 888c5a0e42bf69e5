# SPDX-License-Identifier: Apache-2.0
"""Running it: audit levels and sinks, dry run, reload."""

import json
import os
import pathlib
import re
import resource
import signal
import socket
import stat
import subprocess
import threading

import pytest

import warden as warden_module
import wire
from conftest import make_sleeper
from running import PING, READER, WRITER, log_lines, status
from wire import Wire, await_true

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="the daemon has none of this")


def hang_up(warden):
    """Sends SIGHUP and waits until the log tells what came of it."""
    def count():
        return len(log_lines(warden, " configuration reloaded")) + len(log_lines(warden, "nothing is changed"))
    before = count()
    warden.process.send_signal(signal.SIGHUP)
    await_true(lambda: count() > before, 20, "the reload")


def reload(warden, event="reloaded", audit=None):
    """Answers the reload's line in the audit log."""
    hang_up(warden)
    note = [r for r in records_of(audit or warden.audit) if r["event"].startswith("reload")][-1]
    assert note["event"] == event, note
    return note


def records_of(path):
    """Every line of the file, each of which must be whole."""
    if not os.path.exists(path):
        return []
    text = pathlib.Path(path).read_text()
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


# ---- audit levels and sinks


def test_level_changes(make_warden):
    warden = make_warden(WRITER, "p", "audit_level = changes\n")
    assert status(warden.socket) == 200
    assert status(warden.socket, "GET", "/v1.41/containers/json") == 200
    answer = wire.request(warden.socket, "POST", "/v1.41/containers/create?name=lev", {"Image": "bb:1"})
    assert answer.status == 201
    records = warden.records()
    assert [(r["event"], r.get("operation")) for r in records] == [("allowed", "container.create")]
    assert records[0]["path"] == "/containers/create" and records[0]["query"] == "name=lev"
    assert "reason" not in records[0] and "status" not in records[0]
    assert records[0]["peer"]["pid"] == os.getpid()
    assert status(warden.socket, "GET", "/v1.41/info") == 403
    assert [r["event"] for r in warden.records()] == ["allowed", "denied"]


def test_who_ran_what_is_told(make_warden, dockerd):
    warden = make_warden(WRITER + "bind = /srv/ci\n", "p", "audit_level = changes\n")
    body = {"Image": "bb:1", "Cmd": ["sh", "-c", "echo secret"], "Env": ["TOKEN=secret"], "User": "1000",
            "HostConfig": {"Binds": ["/srv/ci:/c:ro"]}}
    assert status(warden.socket, "POST", "/containers/create", body) == 201
    record, = [one for one in warden.records() if one.get("operation") == "container.create"]
    assert record["what"] == {"Image": "bb:1", "Cmd": "sh", "User": "1000",
                              "HostConfig.Binds": ["/srv/ci:/c:ro"]}
    assert "secret" not in json.dumps(record)


def test_level_all_writes_before_the_answer(make_warden):
    warden = make_warden(READER, "p", "audit_level = all\n")
    with Wire(warden.socket) as client:
        for count in range(1, 6):
            assert client.request("GET", "/_ping").status == 200
            assert len(warden.records()) == count
    assert [r["seq"] for r in warden.records()] == [1, 2, 3, 4, 5]


def test_level_denied_is_the_default(make_warden):
    warden = make_warden(READER, "p")
    assert status(warden.socket) == 200
    assert warden.records() == []


def test_dry_run_forwards_and_tells(make_warden, dockerd):
    warden = make_warden(PING + "mode = dry-run\n", "p")
    answer = wire.request(warden.socket, "POST", "/v1.41/containers/create",
                          {"Image": "bb:1", "HostConfig": {"Privileged": True}})
    assert answer.status == 201
    identity = json.loads(answer.body)["Id"]
    assert dockerd.get(f"/containers/{identity}/json")["HostConfig"]["Privileged"] is True
    record, = warden.records()
    assert record["event"] == "would-deny" and record["status"] == 403
    assert record["reason"] == "no_rule" and record["operation"] == "container.create"
    # What is ambiguous is no question of policy.
    assert status(warden.socket, "POST", "/a/../b") == 400
    assert warden.records()[-1]["event"] == "denied"


def in_options(where):
    """Another place for the audit log than the one of Warden.configure()."""
    return lambda text: re.sub(r"^audit = .*", f"audit = {where}", text, flags=re.M)


def start_with(warden, policy, change):
    path = warden.configure(policy, "p")
    path.write_text(change(path.read_text()))
    return warden.start(path)


def test_syslog(own_warden, log_socket):
    path, peer = log_socket
    start_with(own_warden, PING, in_options("syslog:" + path))
    assert status(own_warden.socket, "GET", "/v1.41/info") == 403
    text = peer.recv(1 << 16).decode()
    match = re.fullmatch(r"<85>[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d sockwarden-audit\[(\d+)\]: (\{.*\})",
                         text)
    assert match and int(match.group(1)) == own_warden.process.pid
    assert json.loads(match.group(2))["path"] == "/info"


def test_journald(own_warden, log_socket):
    path, peer = log_socket
    start_with(own_warden, PING, in_options("journald:" + path))
    assert status(own_warden.socket, "GET", "/v1.41/info") == 403
    text = peer.recv(1 << 16).decode()
    assert text.endswith("\n")
    fields = dict(line.split("=", 1) for line in text.splitlines())
    assert fields["SYSLOG_IDENTIFIER"] == "sockwarden-audit" and fields["PRIORITY"] == "5"
    assert json.loads(fields["MESSAGE"])["event"] == "denied"


def test_a_slow_log_daemon_loses_nothing(own_warden, log_socket):
    path, peer = log_socket
    start_with(own_warden, PING, in_options("syslog:" + path))
    count = 300 # more than a datagram socket's queue holds
    with Wire(own_warden.socket) as client:
        for _ in range(count):
            assert client.request("GET", "/v1.41/info").status == 403
        # The connection stays open, and what waits goes without another request.
        found = [json.loads(peer.recv(1 << 16).decode().split(": ", 1)[1]) for _ in range(count)]
    assert [r["seq"] for r in found] == list(range(1, count + 1))


def test_a_log_daemon_that_is_gone_closes_the_door(own_warden, log_socket):
    path, peer = log_socket
    start_with(own_warden, PING, in_options("syslog:" + path))
    peer.close()
    os.unlink(path)
    assert status(own_warden.socket, "GET", "/v1.41/info") == 403 # this line is lost
    assert status(own_warden.socket) == 503
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as again:
        again.bind(path)
        assert status(own_warden.socket) == 503 # written now, so that the next one passes
        assert b'"status":503' in again.recv(1 << 16)
        assert status(own_warden.socket) == 200


# ---- a full disk, a hard end


@pytest.fixture
def small_disk(workdir):
    path = os.path.join(workdir, "small")
    os.mkdir(path)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", path], check=True)
    yield pathlib.Path(path)
    subprocess.run(["umount", "-l", path], check=True)
    os.rmdir(path)


def fill(path):
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 512)
        except OSError:
            pass


def test_full_disk_under_the_audit_log(own_warden, small_disk):
    audit = small_disk / "audit.jsonl"
    start_with(own_warden, PING, in_options(f"file:{audit}"))
    with Wire(own_warden.socket) as client:
        assert client.request("GET", "/v1.41/info").status == 403
        fill(small_disk / "filler")
        # What is left of the last page takes some lines still.
        while not log_lines(own_warden, "cannot write the audit log"):
            assert client.request("GET", "/v1.41/info").status == 403
        answer = client.request("GET", "/_ping")
        assert answer.status == 503 and "audit log" in answer.message
        lost = len(records_of(audit))
        os.unlink(small_disk / "filler")
        assert client.request("GET", "/_ping").status == 503
        assert client.request("GET", "/_ping").status == 200
    found = records_of(audit)
    assert found[lost - 1]["seq"] == lost and found[lost]["seq"] > lost + 1
    assert found[-1]["status"] == 503
    assert log_lines(own_warden, "can be written again")


def test_full_disk_does_not_matter_when_told_so(own_warden, small_disk):
    audit = small_disk / "audit.jsonl"
    path = own_warden.configure(PING, "p", "audit_required = no\n")
    path.write_text(in_options(f"file:{audit}")(path.read_text()))
    own_warden.start(path)
    fill(small_disk / "filler")
    while not log_lines(own_warden, "cannot write the audit log"):
        assert status(own_warden.socket, "GET", "/v1.41/info") == 403
    assert status(own_warden.socket) == 200


def test_limit_of_file_size(own_warden):
    """A line that passes the limit kills nothing and leaves nothing torn."""
    start_with(own_warden, PING, lambda text: text)
    limit = lambda size: resource.prlimit(own_warden.process.pid, resource.RLIMIT_FSIZE,
                                          (size, resource.RLIM_INFINITY))
    with Wire(own_warden.socket) as client:
        assert client.request("GET", "/v1.41/info").status == 403
        limit(own_warden.audit.stat().st_size + 10)
        for target, expected in (("/v1.41/info", 403), ("/_ping", 503), ("/_ping", 503)):
            assert client.request("GET", target).status == expected
            assert len(records_of(own_warden.audit)) == 1
        limit(resource.RLIM_INFINITY)
        assert client.request("GET", "/_ping").status == 503
        assert client.request("GET", "/_ping").status == 200
    assert [r["seq"] for r in records_of(own_warden.audit)] == [1, 5]


class Load(threading.Thread):
    """Calls until it is told to stop; counts, and keeps what went wrong."""

    def __init__(self, path, keep, expected=200, target="/_ping"):
        super().__init__()
        self.path, self.keep, self.expected, self.target = path, keep, expected, target
        self.stopping = threading.Event()
        self.count, self.wrong = 0, []

    def run(self):
        try:
            while not self.stopping.is_set():
                with Wire(self.path) as client:
                    for _ in range(50 if self.keep else 1):
                        answer = client.request("GET", self.target)
                        self.count += 1
                        if answer.status != self.expected:
                            self.wrong.append(answer.head)
        except (OSError, AssertionError) as error:
            self.wrong.append(repr(error))

    def finish(self):
        self.stopping.set()
        self.join()
        return self.wrong


def test_kill_leaves_whole_lines(own_warden):
    path = own_warden.configure(PING, "p", "audit_level = all\n")
    for _ in range(5):
        own_warden.start(path)
        before = len(records_of(own_warden.audit))
        loads = [Load(own_warden.socket, keep) for keep in (True, True, False)]
        for load in loads:
            load.start()
        await_true(lambda: len(own_warden.audit.read_text().splitlines()) > before + 200, 20, "lines")
        own_warden.process.kill()
        own_warden.process.wait()
        for load in loads:
            load.finish()
        runs = [r["run"] for r in records_of(own_warden.audit)]
    assert len(set(runs)) == 5


def test_a_torn_line_of_another_life_stays_alone(own_warden):
    own_warden.audit.write_text('{"time":"2026-')
    own_warden.start(own_warden.configure(PING, "p"))
    assert status(own_warden.socket, "GET", "/v1.41/info") == 403
    torn, whole = own_warden.audit.read_text().splitlines()
    assert torn == '{"time":"2026-' and json.loads(whole)["seq"] == 1


# ---- reload


def test_reload_swaps_the_policy(make_warden):
    warden = make_warden(PING, "p")
    with Wire(warden.socket) as client:
        assert client.request("GET", "/v1.41/version").status == 403
        warden.configure(READER, "p", "max_connections = 100\naudit_level = all\n")
        note = reload(warden)
        assert "changed: audit_level max_connections" in note["message"]
        assert client.request("GET", "/v1.41/version").status == 200
    assert warden.records()[-1]["event"] == "allowed"
    assert log_lines(warden, "info: reload: configuration reloaded: listeners 1, policies 1")


BROKEN = {
    "no policy": "[listener main]\naddress = unix:/x/y\npolicy = none\n",
    "syntax": "[sockwarden\n",
    "unknown key": "[sockwarden]\nmax_bodi = 1m\n",
    "unknown operation": PING + "allow = container.lits\n",
    "no place for a socket": "[listener a]\naddress = /no/such/place/a.sock\npolicy = p\n" + PING,
    "no such user": "[listener a]\naddress = {dir}/a.sock\nowner = no-such-user\npolicy = p\n" + PING,
    "audit": "[sockwarden]\naudit = file:/no/such/place/log\n"
             "[listener a]\naddress = {dir}/a.sock\npolicy = p\n" + PING,
    "taken by another": "[listener a]\naddress = {dir}/a.sock\npolicy = p\n"
                        "[listener b]\naddress = {dir}/other.sock\npolicy = p\n" + PING,
    "a file in its place": "[listener a]\naddress = {dir}/a.sock\npolicy = p\n"
                           "[listener b]\naddress = {dir}/sockwarden.conf\npolicy = p\n" + PING,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_configuration_changes_nothing(own_warden, name):
    path = own_warden.configure(READER, "p")
    own_warden.start(path)
    own_inode = os.stat(own_warden.socket).st_ino
    with socket.socket(socket.AF_UNIX) as other, Wire(own_warden.socket) as client:
        other.bind(str(own_warden.dir / "other.sock"))
        other.listen()
        assert client.request("GET", "/_ping").status == 200
        descriptors = own_warden.descriptors()
        path.write_text(BROKEN[name].replace("{dir}", str(own_warden.dir)))
        note = reload(own_warden, "reload-failed")
        assert note["message"]
        assert log_lines(own_warden, note["message"])
        assert log_lines(own_warden, "nothing is changed")
        if ":" in note["message"].split()[0]:
            assert note["message"].startswith(str(path)) or "listener" in note["message"] \
                or "audit" in note["message"]
        assert client.request("GET", "/v1.41/version").status == 200
        assert status(own_warden.socket, "GET", "/v1.41/version") == 200
        assert status(own_warden.socket, "GET", "/v1.41/info") == 403
        assert os.stat(own_warden.socket).st_ino == own_inode
        assert not (own_warden.dir / "a.sock").exists()
        assert not [n for n in os.listdir(own_warden.dir) if n.startswith(".sw")]
        await_true(lambda: own_warden.descriptors() <= descriptors, 5, "descriptors to close")
    path.unlink()
    assert reload(own_warden, "reload-failed")["message"]
    assert status(own_warden.socket, "GET", "/v1.41/version") == 200
    own_warden.configure(PING, "p")
    reload(own_warden)
    assert status(own_warden.socket, "GET", "/v1.41/version") == 403


def test_reload_of_a_rotated_audit_log(make_warden):
    warden = make_warden(PING, "p")
    old = warden.audit.with_suffix(".1")
    for broken in (False, True):
        assert status(warden.socket, "GET", "/v1.41/info") == 403
        warden.audit.rename(old)
        if broken:
            (warden.dir / "sockwarden.conf").write_text("[nonsense]\n")
        reload(warden, "reload-failed" if broken else "reloaded")
        assert status(warden.socket, "GET", "/v1.41/info") == 403
        assert [r["event"] for r in records_of(old)][-1] == "denied"
        assert [r["event"] for r in records_of(warden.audit)][-1] == "denied"


def test_reload_moves_the_audit_log(make_warden):
    warden = make_warden(PING, "p")
    path = warden.dir / "sockwarden.conf"
    moved = warden.dir / "moved.jsonl"
    path.write_text(in_options(f"file:{moved}")(path.read_text()))
    note = reload(warden, audit=moved)
    assert "changed: audit" in note["message"] and records_of(warden.audit) == []
    assert status(warden.socket, "GET", "/v1.41/info") == 403
    assert len(records_of(moved)) == 2


def listener(name, path, mode="0660", policy="p"):
    return f"[listener {name}]\naddress = unix:{path}\nmode = {mode}\npolicy = {policy}\n"


def test_reload_adds_changes_and_removes_listeners(make_warden):
    second = "[policy q]\nallow = system.version\n"
    warden = make_warden(PING + second, "p")
    conf = warden.dir / "sockwarden.conf"
    head = conf.read_text().split("[listener")[0]
    one, two = warden.socket, str(warden.dir / "two.sock")
    one_inode = os.stat(one).st_ino
    with Wire(one) as kept:
        assert kept.request("GET", "/_ping").status == 200
        conf.write_text(head + listener("main", one) + listener("two", two, "0600", "q") + PING + second)
        reload(warden)
        assert kept.request("GET", "/_ping").status == 200
        assert status(two) == 403 and status(two, "GET", "/v1.41/version") == 200
        assert stat.S_IMODE(os.stat(two).st_mode) == 0o600
        assert os.stat(one).st_ino == one_inode # the same socket

        # Other rights are another socket at the same place; who is connected stays.
        conf.write_text(head + listener("main", one, "0600") + listener("zwei", two, "0600", "p")
                        + PING + second)
        with Wire(two) as renamed:
            assert renamed.request("GET", "/_ping").status == 403
            reload(warden)
            assert renamed.request("GET", "/_ping").status == 200
            assert renamed.request("GET", "/v1.41/version").status == 403
            assert warden.records()[-1]["listener"] == "zwei"
            assert stat.S_IMODE(os.stat(one).st_mode) == 0o600
            assert kept.request("GET", "/_ping").status == 200

            conf.write_text(head + listener("main", one, "0600") + PING + second)
            reload(warden)
            assert renamed.at_end()
        assert not os.path.exists(two)
        assert kept.request("GET", "/_ping").status == 200
    assert status(one) == 200


def test_a_removed_listener_permits_nothing_more(make_warden):
    warden = make_warden(PING, "p")
    conf = warden.dir / "sockwarden.conf"
    with Wire(warden.socket) as client:
        client.send(b"GET /_ping HTTP/1.1\r\nHo") # a part of a head
        await_true(lambda: client_is_seen(warden), 5, "the connection")
        conf.write_text(conf.read_text().replace(warden.socket, str(warden.dir / "new.sock")))
        reload(warden)
        client.send(b"st: docker\r\n\r\n")
        assert client.read_answer().status == 403
        assert client.at_end()
    assert status(str(warden.dir / "new.sock")) == 200


def client_is_seen(warden):
    """Whether the bytes that were sent have been read: nothing waits on any socket of the process."""
    sockets = subprocess.run(["ss", "-xnp"], stdout=subprocess.PIPE, check=True).stdout.decode()
    own = [line.split() for line in sockets.splitlines() if f"pid={warden.process.pid}," in line]
    return own and all(line[2] == "0" for line in own if line[1] == "ESTAB")


def test_a_body_is_judged_by_the_policy_in_force(make_warden):
    warden = make_warden(WRITER, "p")
    body = json.dumps({"Image": "bb:1"}).encode()
    head = (b"POST /v1.41/containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body))
    with Wire(warden.socket) as client:
        client.send(head + body[:5])
        await_true(lambda: client_is_seen(warden), 5, "the connection")
        warden.configure(READER, "p")
        reload(warden)
        client.send(body[5:])
        assert client.read_answer().status == 403
        assert warden.records()[-1]["operation"] == "container.create"
        # The same connection goes on, and the other way round.
        client.send(head + body)
        assert client.read_answer().status == 403 # refused by the head, and told all that is missing
        assert client.request("GET", "/_ping").status == 200


def test_streams_live_through_reloads(make_warden, dockerd):
    warden = make_warden(WRITER, "p")
    identity = make_sleeper(dockerd, Cmd=["cat"], OpenStdin=True, AttachStdin=True)
    with Wire(warden.socket) as events, Wire(warden.socket) as attached:
        events.send(wire.encode("GET", "/v1.41/events"))
        assert events.read_head().status == 200
        attached.send(wire.encode("POST", f"/v1.41/containers/{identity}/attach?stream=1&stdin=1&stdout=1",
                                  headers=("Connection: Upgrade", "Upgrade: tcp")))
        assert attached.read_head().status == 101
        for count in range(3):
            warden.configure([PING, READER, PING][count], "p", f"max_connections = {10 + count}\n")
            reload(warden)
            attached.send(b"line %d\n" % count)
            assert attached.read_until(b"line %d\n" % count)
        assert status(warden.socket, "GET", "/v1.41/events") == 403
        dockerd.call("DELETE", f"/containers/{identity}?force=1")
        assert b"destroy" in events.read_until(b"destroy")


def test_reload_changes_the_upstream(make_warden, dockerd):
    warden = make_warden(READER, "p")
    conf = warden.dir / "sockwarden.conf"
    link = warden.dir / "daemon.sock"
    with Wire(warden.socket) as client:
        assert client.request("GET", "/_ping").status == 200
        conf.write_text(conf.read_text().replace(dockerd.socket, str(link)))
        reload(warden)
        assert client.request("GET", "/_ping").status == 502 # no one is there yet
        link.symlink_to(dockerd.socket)
        assert client.request("GET", "/_ping").status == 200


def test_a_hundred_reloads_under_load(make_warden):
    warden = make_warden(READER, "p")
    second = str(warden.dir / "two.sock")
    loads = [Load(warden.socket, True), Load(warden.socket, False),
             Load(warden.socket, True, 403, "/v1.41/info"), Load(warden.socket, False, 200, "/v1.41/version")]
    for load in loads:
        load.start()
    descriptors = []
    for count in range(100):
        path = warden.configure(READER + f"deny = container.{['kill', 'stop'][count % 2]}\n", "p",
                                f"max_connections = {1000 + count}\nmax_body = {count + 1}k\n")
        if count % 3 == 1: # with a listener that comes and goes, and one that gets other rights
            path.write_text(path.read_text().replace(
                "[policy p]", listener("two", second) + "[policy p]").replace("0660", "0666", 1))
        before = {load: load.count for load in loads}
        hang_up(warden)
        await_true(lambda: all(load.count > before[load] for load in loads), 20, "the load")
        descriptors.append(warden.descriptors())
    for load in loads:
        assert load.finish() == []
    assert len(log_lines(warden, " configuration reloaded")) == 100
    assert max(descriptors[50:]) <= max(descriptors[:50]) + 6 # nothing is left behind
    assert not os.path.exists(second)
    assert [n for n in os.listdir(warden.dir) if n.startswith(".sw")] == []


@pytest.mark.skipif(warden_module.DIRECT, reason="needs the program")
def test_few_descriptors_are_told_once(own_warden, monkeypatch):
    """With a number of connections and the line of the unit that helps."""
    path = own_warden.configure(READER, "p")
    monkeypatch.setattr(warden_module, "WRAPPER", ["prlimit", "--nofile=1024:1024", *warden_module.WRAPPER])
    own_warden.start(path)
    own_warden.reload()
    text = "open-file limit 1024 allows about 416 connections, not max_connections = 16384; raise LimitNOFILE"
    assert len(log_lines(own_warden, text)) == 1


@pytest.mark.skipif(warden_module.DIRECT, reason="needs the program")
def test_check_fails_where_a_start_would(own_warden):
    """But for what the daemon itself has, which runs with the same file."""
    def check():
        return subprocess.run([warden_module.BINARY, "check", "-q", "-c", path], text=True, check=False,
                              stderr=subprocess.PIPE)

    path = own_warden.configure(READER, "p")
    own_warden.start(path)
    assert check().returncode == 0, check().stderr
    own_warden.end()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(own_warden.socket))
        other.listen()
        done = check()
        assert done.returncode == 2
        assert "another process is listening there already: python" in done.stderr
    assert check().returncode == 0 # nobody does
