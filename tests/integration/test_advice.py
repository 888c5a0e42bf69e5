# SPDX-License-Identifier: Apache-2.0
"""What a refusal says is enough to permit the request, in one round."""

import json

import pytest

import warden as warden_module
import wire
from conftest import make_sleeper
from wire import Wire, chunked

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="the daemon refuses nothing")

# lacks a rule, and five grants
CREATE = {"Image": "bb:1", "Cmd": ["true"],
          "HostConfig": {"Mounts": [{"Type": "bind", "Source": "/tmp", "Target": "/x",
                                     "ReadOnly": True}],
                         "Dns": ["127.0.0.9"], "ExtraHosts": ["one:127.0.0.8"],
                         "RestartPolicy": {"Name": "always"}}}
MISSING = ["allow = container.create", "image = bb:1", "bind = /tmp ro",
           "dns = 127.0.0.9", "extra_host = one:127.0.0.8", "restart = always"]


def create(warden, body=CREATE):
    with Wire(warden.socket) as client:
        return client.request("POST", "/containers/create", body)


@pytest.fixture
def nothing(make_warden):
    return make_warden("[policy test]\nallow = @safe")


def test_the_answer_and_the_audit_line_hold_all_that_is_missing(nothing, make_warden):
    answer = create(nothing)
    message = answer.message
    record = nothing.records()[-1]
    assert answer.status == 403
    assert sorted(record["fixes"]) == sorted(MISSING)
    assert all(f'"{line}"' in message for line in MISSING), message
    assert "\n" not in message and message.count("to permit it add") == 1
    lines = "\n".join(["[policy test]", *record["fixes"]])
    assert create(make_warden(lines)).status == 201


def test_a_dry_run_tells_all_in_one_line(make_warden):
    trial = make_warden("[policy test]\nallow = @safe\nmode = dry-run")
    assert create(trial).status == 201
    record = trial.records()[-1]
    assert record["event"] == "would-deny" and sorted(record["fixes"]) == sorted(MISSING)
    lines = "\n".join(["[policy test]", *record["fixes"]])
    assert create(make_warden(lines)).status == 201


CHUNKED = ("POST /v1.41/containers/create HTTP/1.1\r\nHost: docker\r\nContent-Type: application/json\r\n"
           "Transfer-Encoding: chunked\r\n\r\n").encode()


def test_a_body_in_chunks_is_looked_at_as_well(nothing):
    text = json.dumps(CREATE).encode()
    with Wire(nothing.socket) as client:
        client.send(CHUNKED + chunked(text[:20], text[20:]))
        answer = client.read_answer("POST")
        assert client.request("GET", "/_ping").body == b"OK"
    assert answer.status == 403 and sorted(nothing.records()[-1]["fixes"]) == sorted(MISSING)


def test_of_a_large_one_no_more_than_the_beginning_is_read(nothing):
    with Wire(nothing.socket) as client:
        client.send_anyway(CHUNKED + b"%x\r\n" % (1 << 20) + b" " * (1 << 17))
        answer = client.read_answer("POST")
    assert answer.status == 403 and nothing.records()[-1]["fixes"] == ["allow = container.create"]


def make_holder(dockerd):
    return make_sleeper(dockerd, name="holder", HostConfig={"Binds": ["/tmp:/held:ro"], "CapAdd": ["NET_RAW"]})


def start_exec(warden, name="holder"):
    with Wire(warden.socket) as client:
        return client.request("POST", f"/v1.41/containers/{name}/exec", {"Cmd": ["true"]})


def test_what_exists_is_foretold(nothing, make_warden, dockerd):
    make_holder(dockerd)
    answer, record = start_exec(nothing), nothing.records()[-1]
    assert record["fixes"] == ["allow = container.exec"] and record["unchecked"] == ["holder"]
    assert answer.message.endswith('; not judged yet: container "holder"')
    once = make_warden("[policy test]\nallow = container.exec")
    start_exec(once)
    assert "bind = /tmp ro" in once.records()[-1]["fixes"] and "unchecked" not in once.records()[-1]


def test_a_dry_run_looks_at_what_exists(make_warden, dockerd):
    make_holder(dockerd)
    trial = make_warden("[policy test]\nallow = @safe\nmode = dry-run")
    assert start_exec(trial).status == 201
    record, = trial.records()
    assert {"allow = container.exec", "bind = /tmp ro", "cap_add = NET_RAW"} <= set(record["fixes"])
    assert "unchecked" not in record
    assert start_exec(make_warden("\n".join(["[policy test]", *record["fixes"]]))).status == 201


def test_a_dry_run_tells_of_what_does_not_exist(make_warden):
    trial = make_warden("[policy test]\nallow = @safe\nmode = dry-run")
    answer = start_exec(trial, "nobody")
    assert answer.status == 404 and "sockwarden" not in answer.message
    record, = trial.records()
    assert record["event"] == "would-deny" and record["fixes"] == ["allow = container.exec"]


def test_what_must_change_is_told_beside_it(make_warden):
    warden = make_warden("[policy test]\nallow = @safe\nrequire = read_only_root\nmax_memory = 512m")
    answer = create(warden, {"Image": "bb:1"})
    record = warden.records()[-1]
    assert sorted(record["fixes"]) == ["allow = container.create", "image = bb:1"]
    assert len(record["changes"]) == 2
    for change in record["changes"]:
        assert change in answer.message
    assert any("max_memory" in change or "HostConfig.Memory" in change
               for change in record["changes"])


@pytest.mark.parametrize("body", [{"Image": "bb:1", "HostConfig": {"Memory": "lots"}},
                                  b'{"Image": "bb:1", }'])
def test_a_bad_request_behind_a_missing_rule_is_foretold(body, nothing):
    with Wire(nothing.socket) as client:
        answer = client.request("POST", "/containers/create", body)
        message = answer.message
        assert answer.status == 403
        assert "allow = container.create" in message and "(400)" in message
        assert client.request("GET", "/_ping").body == b"OK"


def test_a_line_that_gives_the_host_is_for_the_log_alone(make_warden):
    warden = make_warden("[policy test]\nallow = container.create\nimage = bb:*")
    body = {"Image": "bb:1", "HostConfig": {"Mounts": [{"Type": "bind", "Source": "/",
                                                        "Target": "/x"}], "Privileged": True,
                                            "RestartPolicy": {"Name": "always"}}}
    message = create(warden, body).message
    record = warden.records()[-1]
    assert record["host_fixes"] == ["bind = / rw", "privileged = yes"]
    assert set(record["host_fixes"]) < set(record["fixes"])
    assert "restart = always" in message
    assert "bind = /" not in message and "privileged = yes" not in message
    assert "root on the host" in message


@pytest.mark.parametrize("tell, told, untold", [
    ("all", ["HostConfig.Dns", "dns = 127.0.0.9"], []),
    ("short", ["HostConfig.Dns"], ["dns ="]),
    ("nothing", ["not permitted"], ["HostConfig", "dns", "test"]),
])
def test_what_clients_are_told_is_the_policys_to_say(tell, told, untold, make_warden):
    warden = make_warden(f"[policy test]\nallow = container.create\nimage = bb:1\ntell = {tell}")
    answer = create(warden, {"Image": "bb:1", "HostConfig": {"Dns": ["127.0.0.9"]}})
    message = answer.message
    assert answer.status == 403
    assert all(part in message for part in told), message
    assert not any(part in message for part in untold), message
    assert warden.records()[-1]["fixes"] == ["dns = 127.0.0.9"]


def test_a_long_list_is_cut_and_counted(make_warden):
    warden = make_warden("[policy test]\nallow = container.create\nimage = bb:1")
    body = {"Image": "bb:1", "HostConfig": {"ExtraHosts": [f"h{i}:10.0.0.{i}" for i in range(40)]}}
    message = create(warden, body).message
    record = warden.records()[-1]
    assert len(record["fixes"]) == 24 and record["more"] == 16
    assert message.endswith("and 28 more")


def test_a_body_that_does_not_come_is_not_waited_for_where_the_client_asks_first(nothing):
    with Wire(nothing.socket) as client:
        client.send(b"POST /containers/create HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                    b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n")
        assert client.read_answer().status == 403


def test_buildx_is_told_where_builds_are_explained(make_warden):
    warden = make_warden("[policy test]\nallow = container.create\nimage = **")
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/containers/create?name=buildx_buildkit_x0",
                                {"Image": "moby/buildkit:latest",
                                 "HostConfig": {"Privileged": True}})
    assert "docs/builds.md" in answer.message
    assert "privileged = yes" not in answer.message
    with Wire(warden.socket) as client: # what buildx says last
        answer = client.request("POST", "/images/create?fromImage=moby/buildkit&tag=buildx-stable-1")
    assert answer.status == 403 and "docs/builds.md" in answer.message
    assert "allow = " not in answer.message and "permit BuildKit instead" in answer.message
    assert "allow = image.create" in warden.records()[-1]["fixes"] # for the administrator


def test_a_refused_head_does_not_wait_for_its_body(make_warden):
    warden = make_warden("[policy test]\nallow = system.ping\n")
    body = json.dumps({"Image": "bb:1"}).encode()
    for rest in (b"", body[:4]):
        with wire.Wire(warden.socket) as client:
            client.send(b"POST /v1.41/containers/create HTTP/1.1\r\nHost: docker\r\n"
                        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + rest)
            client.peer.settimeout(10) # far below body_timeout
            answer = client.read_answer("POST")
        assert answer.status == 403 and "container.create" in answer.message
        assert warden.records()[-1]["operation"] == "container.create"


def test_a_refused_head_whose_body_ends_early_is_refused(make_warden):
    warden = make_warden("[policy test]\nallow = system.ping\n")
    with wire.Wire(warden.socket) as client:
        client.send(b"POST /v1.41/containers/create HTTP/1.1\r\nHost: docker\r\nContent-Length: 40\r\n\r\n{")
        client.finish()
        assert client.read_answer("POST").status == 403
    assert warden.records()[-1]["operation"] == "container.create"
