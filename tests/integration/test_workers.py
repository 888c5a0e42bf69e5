# SPDX-License-Identifier: Apache-2.0
"""Several workers: nothing that one promises may be less true of four."""

import contextlib
import json
import os
import pathlib
import re
import signal
import tempfile
import threading
import time

import pytest

import warden as warden_module
from fake import FakeDaemon, answer_of
from wire import Wire, await_true, encode

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="the daemon has none of this")

WORKERS = 4
PING = "[policy p]\nallow = system.ping\n"
SILENT = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def make_crew(workdir):
    made = []

    def make(policy=PING, options="", answers=None):
        directory = tempfile.mkdtemp(prefix="c.", dir=workdir)
        daemon = FakeDaemon(os.path.join(directory, "d.sock"),
                            {"GET /_ping": answer_of(b"OK"), **(answers or {})})
        warden = warden_module.Warden(directory, daemon.path)
        warden.daemon = daemon
        made.append(warden)
        return warden.start(warden.configure(policy, "p", f"workers = {WORKERS}\n{options}"))

    yield make
    for warden in made:
        assert warden.end() == 0, warden.log.read_text()
        warden.daemon.server.close()


def tasks(warden):
    return list(pathlib.Path(f"/proc/{warden.process.pid}/task").iterdir())


def in_parallel(count, run):
    """run(0), run(1) … at once; whatever they raise is raised here."""
    failures = []

    def one(number):
        try:
            run(number)
        except BaseException as failure: # told below, by the thread that the test is
            failures.append(failure)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def opened(stack, warden, count):
    return [stack.enter_context(Wire(warden.socket)) for _ in range(count)]


def ping_status(client):
    client.send_anyway(encode("GET", "/_ping"))
    return client.read_answer().status


def status_field(task, name):
    for line in (task / "status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise AssertionError(name)


@pytest.mark.skipif(bool(warden_module.WRAPPER), reason="what wraps it has threads of its own")
def test_each_worker_works_and_is_in_the_sandbox(make_crew):
    warden = make_crew()
    await_true(lambda: len(tasks(warden)) == WORKERS, 20, "workers, and no thread before a reload")
    with contextlib.ExitStack() as stack:
        clients = opened(stack, warden, 3 * WORKERS)
        for _ in range(100):
            assert [ping_status(client) for client in clients] == [200] * len(clients)
    busy = [task for task in tasks(warden) if status_field(task, "voluntary_ctxt_switches") > 100]
    assert len(busy) == WORKERS
    if "seccomp" in warden.log.read_text() and "MISSING: seccomp" not in warden.log.read_text():
        for task in tasks(warden):
            assert status_field(task, "Seccomp") == 2 and status_field(task, "NoNewPrivs") == 1
    assert " sandbox: " in warden.log.read_text()
    limits = pathlib.Path(f"/proc/{warden.process.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 +0 ", limits, re.M)


@pytest.mark.parametrize("option", ["max_connections", "max_connections_per_peer"])
def test_connections_are_counted_exactly(option, make_crew):
    warden = make_crew(options=f"{option} = 20\n")

    def let_in():
        answers = []
        with contextlib.ExitStack() as stack:
            clients = opened(stack, warden, 40)
            in_parallel(len(clients), lambda i: answers.append(ping_status(clients[i])))
        assert len(answers) == 40 and set(answers) <= {200, 429, 503}
        assert answers.count(200) <= 20
        return answers.count(200)

    await_true(lambda: let_in() == 20, 30, "a time when earlier ones have left")


@pytest.mark.parametrize("option", ["max_rate", "max_rate_per_peer"])
def test_rates_are_exact(option, make_crew):
    warden = make_crew(options=f"{option} = 50/h\n")
    begun = time.monotonic()
    answers = []

    def run(_):
        with Wire(warden.socket) as client:
            for _ in range(40):
                answers.append(ping_status(client))

    in_parallel(8, run)
    more = int((time.monotonic() - begun) / (3600 / 50)) + 1
    assert len(answers) == 320
    assert 50 <= answers.count(200) <= 50 + more


def test_requests_under_way_are_counted_exactly(make_crew):
    go_on = threading.Event()
    answers = []

    def slow():
        go_on.wait(60)
        return answer_of(b"[]")

    warden = make_crew("[policy p]\nallow = system.ping container.list\n", "max_requests = 5\n",
                       {"GET /containers/json": slow})

    def run(_):
        with Wire(warden.socket, 60) as client:
            answers.append(client.request("GET", "/containers/json").status)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    await_true(lambda: len(answers) == 15, 30, "fifteen refusals")
    assert set(answers) == {503}
    go_on.set()
    for thread in threads:
        thread.join()
    assert answers[15:] == [200] * 5
    assert warden.daemon.seen.count("GET /containers/json") == 5


def lines_of(*paths):
    """All lines in order: none mixed with another, none lost, none twice."""
    records = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert len({record["run"] for record in records}) == 1
    return records


def test_the_audit_log_of_many_is_one(make_crew):
    warden = make_crew(options="audit_level = all\n")

    def run(number):
        with Wire(warden.socket) as client:
            for turn in range(60):
                path = f"/containers/c{number}-{turn}-{'x' * (turn * 20)}/start"
                assert client.request("POST", path).status == 403
                if turn % 10 == 0: # written before it was answered
                    assert path in warden.audit.read_text()
                assert ping_status(client) == 200

    in_parallel(2 * WORKERS, run)
    assert len(lines_of(warden.audit)) == 2 * WORKERS * 60 * 2


def test_rotation_under_load(make_crew):
    warden = make_crew()
    over = threading.Event()
    denied, moved = [], []

    def run(_):
        with Wire(warden.socket) as client:
            while not over.is_set():
                assert client.request("POST", "/containers/x/start").status == 403
                denied.append(1)

    def rotate():
        try:
            for number in range(6):
                moved.append(warden.dir / f"audit.{number}")
                warden.audit.rename(moved[-1])
                warden.reload()
                await_true(lambda: warden.audit.stat().st_size > 0, 20, "a line in the new file")
        finally:
            over.set()

    with Wire(warden.socket) as client:
        client.request("POST", "/containers/x/start") # there is a file
    in_parallel(WORKERS + 1, lambda i: run(i) if i < WORKERS else rotate())
    records = lines_of(*moved, warden.audit)
    events = [record["event"] for record in records]
    assert events.count("reloaded") == 6 and events.count("denied") == len(denied) + 1


def test_a_reload_is_for_all_or_for_none(make_crew):
    warden = make_crew()
    over = threading.Event()
    answers = [] # when it was asked and answered, and how

    def run(_):
        with Wire(warden.socket) as client:
            while not over.is_set():
                asked = time.monotonic()
                status = ping_status(client)
                answers.append((asked, time.monotonic(), status))

    def await_answers():
        """Each client has asked once more."""
        count = len(answers) + 4 * WORKERS
        await_true(lambda: len(answers) > count, 20, "more answers")

    def between(begin, end):
        return {status for asked, answered, status in answers if asked > begin and answered < end}

    def reload_all():
        try:
            for status in (403, 200) * 3:
                warden.configure(PING if status == 200 else "[policy p]\nallow = system.version\n",
                                 "p", f"workers = {WORKERS}\n")
                warden.reload()
                begin = time.monotonic()
                await_answers()
                assert between(begin, time.monotonic()) == {status}
            warden.configure("[policy p]\nallow = no.such.thing\n", "p", f"workers = {WORKERS}\n")
            begin = time.monotonic()
            warden.process.send_signal(signal.SIGHUP)
            await_true(lambda: "nothing is changed" in warden.log.read_text(), 20, "the refusal")
            await_answers()
            assert between(begin, time.monotonic()) == {200}
        finally:
            over.set()

    in_parallel(2 * WORKERS + 1, lambda i: run(i) if i < 2 * WORKERS else reload_all())


def test_a_listener_that_is_closed_is_closed_for_all(make_crew):
    warden = make_crew()
    other = str(warden.dir / "other.sock")
    text = (warden.dir / "sockwarden.conf").read_text()
    (warden.dir / "sockwarden.conf").write_text(
        text + f"\n[listener other]\naddress = unix:{other}\npolicy = p\n")
    warden.reload()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Wire(other)) for _ in range(2 * WORKERS)]
        assert [ping_status(client) for client in clients] == [200] * len(clients)
        (warden.dir / "sockwarden.conf").write_text(text)
        warden.reload()
        assert all(client.at_end() for client in clients)
    assert not os.path.exists(other)
    with Wire(warden.socket) as client:
        assert ping_status(client) == 200


@pytest.mark.parametrize("again", [False, True])
def test_streams_may_end_before_it_does(again, make_crew):
    warden = make_crew("[policy p]\nallow = system.ping system.events\n",
                       answers={"GET /events": SILENT})
    with contextlib.ExitStack() as stack:
        idle = opened(stack, warden, 2 * WORKERS)
        streams = opened(stack, warden, 2 * WORKERS)
        assert [ping_status(client) for client in idle] == [200] * len(idle)
        for client in streams:
            client.send(encode("GET", "/events"))
            assert client.read_head().status == 200
        warden.process.terminate()
        assert all(client.at_end() for client in idle)
        assert warden.process.poll() is None
        if again:
            warden.process.terminate()
            assert all(client.at_end() for client in streams)
    assert warden.process.wait(30) == 0
    assert not os.path.exists(warden.socket)
