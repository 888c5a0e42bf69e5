# SPDX-License-Identifier: Apache-2.0
"""What requests need, as the audit log of `audit_level = learn` tells it, and the policies that
`sockwarden learn` makes of it."""

import json

import pytest

import warden as warden_module
import wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

LEARN = "audit_level = learn\n"
DRY = "[policy p]\nmode = dry-run\n"


def call(warden, method, target, body=None):
    return wire.request(warden.socket, method, target, body)


def needs_of(record):
    return {(need["key"], need.get("value")) for need in record["needs"]}


def test_each_request_is_told_with_all_that_it_needs(make_warden, dockerd):
    warden = make_warden(DRY, "p", LEARN)
    body = {"Image": "bb:1", "Cmd": ["sleep", "60"], "Env": ["SECRET=hush"], "Labels": {"a": "b"},
            "HostConfig": {"Binds": ["/srv/learn:/x:ro"], "CapAdd": ["SYS_ADMIN"],
                           "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}}
    try:
        assert call(warden, "POST", "/v1.41/containers/create?name=learnt", body).status == 201
        assert call(warden, "POST", "/v1.41/containers/learnt/start").status == 204
        assert call(warden, "POST", "/v1.41/containers/none-such/start").status == 404
        assert call(warden, "GET", "/v1.41/containers/json").status == 200
    finally:
        dockerd.call("DELETE", "/containers/learnt?force=1")
    create, begin, start, listing = warden.records()
    assert create["event"] == "would-deny"
    assert needs_of(create) >= {
        ("image", "bb:1"), ("bind", "/srv/learn ro"), ("cap_add", "SYS_ADMIN"), ("env", "SECRET"),
        ("publish", "*:8080"), ("command", "sleep 60"), ("label", "a=b"), ("name", "learnt")}
    assert "hush" not in json.dumps(create)
    assert [need["key"] for need in create["needs"] if need.get("host")] == ["cap_add"]
    assert ("cap_add", "SYS_ADMIN") in needs_of(begin)
    assert start["operation"] == "container.start"
    assert listing["needs"] == []
