# SPDX-License-Identifier: Apache-2.0
"""Each row of attacks.py against the policy of conf/ci-runner.conf: what sockwarden refuses never
reaches the daemon, by a recorder between the two and by the daemon's own word."""

import os
import re

import pytest

import attacks
import warden as warden_module
from conftest import make_sleeper
from daemon import TOP
from recorder import Recorder
from warden import Warden
from wire import Wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

NOT_OURS = (502, 504)


@pytest.fixture(scope="module")
def victim(dockerd):
    identity = make_sleeper(dockerd, name="victim")
    dockerd.keep.add(identity)
    yield identity
    dockerd.keep.discard(identity)
    dockerd.remove_containers()


@pytest.fixture(scope="module")
def recorder(dockerd, workdir):
    instance = Recorder(os.path.join(workdir, "recorder.sock"), dockerd.socket)
    yield instance
    instance.close()


@pytest.fixture(scope="module")
def warden(recorder, workdir, victim):
    directory = os.path.join(workdir, "attacked")
    os.mkdir(directory)
    policy, name = warden_module.policy_lines(TOP / "conf/ci-runner.conf")
    policy += "\ncheck_state = no\n" # questions of our own are no business of these rows
    instance = Warden(directory, recorder.path)
    instance.start(instance.configure(policy, name, "head_timeout = 5s\nbody_timeout = 5s\n"))
    yield instance
    assert instance.end() == 0, instance.log.read_text()[-4000:]


def state(dockerd):
    """All that a request could have changed."""
    containers = {row["Id"]: (row["Names"], row["State"], row["HostConfig"], str(row["Mounts"]))
                  for row in dockerd.get("/containers/json?all=1")}
    images = sorted(str(row["RepoTags"]) for row in dockerd.get("/images/json"))
    volumes = sorted(row["Name"] for row in dockerd.get("/volumes")["Volumes"] or [])
    networks = {row["Name"]: sorted(row.get("Containers") or []) for row in dockerd.get("/networks")}
    execs = {i: dockerd.get(f"/containers/{i}/json")["ExecIDs"] for i in containers}
    return containers, images, volumes, networks, execs


def refused_by_us(answer, method):
    assert answer.status >= 400 and answer.status not in NOT_OURS, answer.head
    if method != "HEAD":
        assert answer.headers.get("content-type") == "application/json"
        assert "sockwarden" in answer.message


def moved_by_us(answer):
    """To a path that the daemon's router leaves as it is, on this host."""
    assert answer.status == 301 and answer.body == b"", answer.head
    path = answer.headers["location"].partition("?")[0]
    assert re.match(r"/[^/]?", path) and not re.search(r"//|/\.\.?(/|$)", path), answer.head


def is_head(raw):
    return "HEAD" if raw.startswith(b"HEAD ") else "GET"


@pytest.mark.parametrize("raw, expected", [row[1:] for row in attacks.ROWS],
                         ids=[row[0][:70] for row in attacks.ROWS])
def test_attack(raw, expected, warden, recorder, dockerd):
    recorder.clear()
    records = len(warden.records())
    before = state(dockerd)
    may_reach, must_reach, refusals = [], [], 0
    with Wire(warden.socket) as client:
        client.send_anyway(raw)
        if expected == attacks.SILENT:
            client.finish()
            client.read_all()
        for one in expected if isinstance(expected, list) else [expected]:
            if one == attacks.SILENT:
                continue
            answer = client.read_answer(is_head(raw))
            if one == attacks.REFUSED:
                refused_by_us(answer, is_head(raw))
                refusals += 1
                last_status = answer.status
            elif one == attacks.MOVED:
                moved_by_us(answer)
                refusals += 1
                last_status = answer.status
            else:
                kind, line = one
                may_reach.append(line)
                if kind == "forwarded":
                    must_reach.append(line)
                    assert b"sockwarden" not in (answer.body or b""), answer.body
    reached = recorder.request_lines()
    assert reached in (may_reach, must_reach), f"reached the daemon: {recorder.seen[:300]!r}"
    if not may_reach:
        assert recorder.seen == b""
        assert state(dockerd) == before, "changed the daemon"
    if refusals:
        found = warden.await_records(records, refusals)
        assert len(found) >= refusals, "not in the audit log"
        assert last_status in [record["status"] for record in found]
        assert all(record["reason"] for record in found)


def test_no_descriptor_is_left(warden):
    """After all that."""
    with Wire(warden.socket) as client:
        assert client.request("GET", "/_ping").body == b"OK"
        assert warden.descriptors() < 40


def test_audit_log_is_whole(warden):
    """Every line is one record, numbered without a gap, without secrets."""
    before = len(warden.records())
    with Wire(warden.socket) as client:
        assert client.request("GET", "/secrets").status == 403
    warden.await_records(before, 1)
    records = warden.records()
    assert [record["seq"] for record in records] == list(range(1, len(records) + 1))
    assert {record["listener"] for record in records} == {"main"}
