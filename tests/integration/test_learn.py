# SPDX-License-Identifier: Apache-2.0
"""What requests need, as the audit log of `audit_level = learn` tells it, and the policies that
`sockwarden learn` makes of it."""

import json
import os
import re
import subprocess
import tempfile

import pytest

import documents
import learning
import warden as warden_module
import wire
from conftest import DEBIAN_DOCKER
from daemon import TOP
from test_policy_files import expectations, message
# pylint: disable=unused-import # fixtures
from test_presets import (PRESETS, image_of, images_stay, make_container, recorder, settled)
from warden import Warden

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


def test_many_variables_are_told_of(make_warden, dockerd):
    """As runners of CI send them: what the log left out, the learnt policy would deny."""
    warden = make_warden(DRY, "p", LEARN)
    names = [f"VARIABLE_{number}" for number in range(200)]
    body = {"Image": "bb:1", "Env": [name + "=x" for name in names]}
    try:
        assert call(warden, "POST", "/v1.41/containers/create?name=many", body).status == 201
    finally:
        dockerd.call("DELETE", "/containers/many?force=1")
    record = warden.records()[0]
    assert {("env", name) for name in names} <= needs_of(record) and "needs_more" not in record


# ---- the policies that are learned ------------------------------------------------------------


def learn(*arguments, status=0, stdin=None):
    done = subprocess.run([warden_module.BINARY, "learn", *map(str, arguments)], check=False, text=True,
                          input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == status, done.stderr
    return done.stdout


def check(path):
    subprocess.run([warden_module.BINARY, "check", "-q", "-c", path], check=True, stderr=subprocess.PIPE)


def fares(preset, path, test, other=lambda text: text):
    """Runs a preset's test against another policy, without the words that its denials have."""
    lines = [other(line) for line in (TOP / f"conf/presets/{preset}.test").read_text().splitlines()]
    test.write_text("\n".join(line.split(" -- ")[0] for line in lines
                              if re.match(r"deny |allow +\w+ +/(?!moby\.)", line))) # no calls to BuildKit were made
    done = subprocess.run([warden_module.BINARY, "test", "-c", path, "-p", preset, test], check=False,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stdout + done.stderr + path.read_text()


def another_run(text):
    """The same requests with the ids of another run."""
    return text.replace("0123456789ab", "fedcba987654").replace("89abcdef0123", "765432100123")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_learnt_policy_does_for_the_client_of_a_preset(preset, recorder, dockerd, workdir, tmp_path):
    warden = Warden(tempfile.mkdtemp(prefix="w.", dir=workdir), recorder.path)
    warden.start(warden.configure(f"[policy {preset}]\nmode = dry-run\n", preset, LEARN))
    image = image_of(preset)
    for _, _, method, target, headers, body, status in expectations(TOP / f"conf/presets/{preset}.test"):
        if status is not None:
            continue
        make_container(dockerd, target, image)
        recorder.clear()
        with wire.Wire(warden.socket) as client:
            client.send_anyway(message(method, target, headers, body))
            settled(client, recorder, f"{method} /")
    assert warden.end() == 0
    learnt = tmp_path / "learnt.conf"
    learnt.write_text(learning.accepted(learn(warden.audit)))
    check(learnt)
    learning.no_wider(f"preset:{preset}", TOP / "conf/every-preset.conf", learnt, preset)
    # what the log tells of needs no further line
    assert not rules(learn("-c", learnt, "--update", preset, warden.audit))[1:]
    # what it was seen to do is permitted, in this run and another, and each attack that its preset denies is denied
    fares(preset, learnt, tmp_path / "same.test")
    fares(preset, learnt, tmp_path / "other.test", another_run)


# ---- beyond what is there ---------------------------------------------------------------------


def line(operation, method, path, needs=(), **members):
    return json.dumps({
        "time": "2026-01-02T03:04:05.009Z", "seq": 1, "event": "would-deny", "listener": "l", "policy": "p",
        "peer": {"uid": 1000}, "method": method, "path": path, "api": "1.41", "operation": operation,
        "needs": [{"key": key, "value": value} for key, value in needs], **members}) + "\n"


def rules(policy):
    return [text for text in policy.splitlines() if text and not text.startswith("# ") and text != "#"]


CREATE = line("container.create", "POST", "/containers/create", [("image", "bb:1"), ("bind", "/srv/a rw")])
PULL = line("image.create", "POST", "/image/create".replace("image", "images"), [("image", "bb:1")],
            query="fromImage=bb&tag=1")
IMPORT = line("image.create", "POST", "/images/create", [("import", "-")], query="fromSrc=-")
IMPORTS = "allow = image.create?!fromImage&fromSrc=?*&!repo"
LIST = line("container.list", "GET", "/containers/json")


def test_beyond_a_preset():
    found = rules(learn("--preset", "traefik", "-", stdin=LIST + CREATE))
    assert found == ["[policy p]", "include = preset:traefik", "allow = container.create", "bind = /srv/a rw",
                     "image = bb"]


def test_a_pull_is_no_import():
    """The rule says which of the two was seen; where both were, it says nothing."""
    assert rules(learn("-", stdin=PULL))[1] == "allow = image.create?fromImage=?*&!fromSrc&!repo"
    assert rules(learn("-", stdin=IMPORT))[1] == IMPORTS
    assert rules(learn("-", stdin=PULL + IMPORT))[1] == "allow = image.create?!repo"


def test_a_preset_that_is_enough():
    assert rules(learn("--preset", "traefik", "-", stdin=LIST)) == ["[policy p]", "include = preset:traefik"]


def test_an_update_names_what_is_missing_and_what_was_never_used(tmp_path):
    config = tmp_path / "x.conf"
    config.write_text("[policy p]\nallow = container.create container.stop\nallow = image.create?fromImage=?*\n"
                      "allow = container.logs\nimage = bb:*\nimage = other\nbind = /srv rw\nenv = A\ndeny = @host\n")
    found = learn("-c", config, "--update", "p", "-", stdin=CREATE + PULL + IMPORT)
    # a condition on the query holds for one of the two requests of an operation
    assert rules(found) == ["[policy p]", "allow = container.create", IMPORTS, "import = -"]
    config.write_text(config.read_text().replace("deny = @host\n", ""))
    found = learn("-c", config, "--update", "p", "-", stdin=CREATE + PULL + IMPORT)
    assert rules(found) == ["[policy p]", IMPORTS, "import = -"]
    assert "# 3 requests, 2026" in found
    unused = found.partition("# No request used these lines:")[2]
    assert [text.rsplit(": ", 1)[1] for text in unused.splitlines()[1:]] == [
        "allow = container.logs", "image = other", "env = A"]
    assert f"{config}:4: allow = container.logs" in unused


def test_policies_of_the_log():
    log = LIST + CREATE.replace('"policy": "p"', '"policy": "q"')
    assert rules(learn("-", stdin=log)) == [
        "[policy p]", "allow = container.list", "[policy q]", "allow = container.create", "bind = /srv/a rw",
        "image = bb"]
    assert rules(learn("--policy", "p", "-", stdin=log)) == ["[policy p]", "allow = container.list"]
    done = subprocess.run([warden_module.BINARY, "learn", "--policy", "none", "-"], check=False, text=True, input=log,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 1 and done.stdout == "" and 'no request of the policy "none"' in done.stderr
    assert learn("-", stdin="", status=1) == ""
    assert learn("/none/such", status=2) == "" and learn(status=2) == ""


def test_several_logs_and_lines_cut_short(tmp_path):
    one, two = tmp_path / "1", tmp_path / "2"
    one.write_text(LIST + LIST[:40] + "\n" + LIST)
    two.write_text(CREATE[:-1])
    found = learn(one, two)
    assert rules(found) == ["[policy p]", "allow = container.create", "allow = container.list", "bind = /srv/a rw",
                            "image = bb"]
    assert "# 1 lines of the log are no audit lines" in found and "# 2 times by l uid:1000; " in found


def test_lines_of_other_levels_tell_what_was_missing():
    denied = json.loads(CREATE)
    del denied["needs"]
    denied["fixes"] = ["allow = container.create", "image = bb:1", "privileged = yes"]
    found = learn("-", stdin=json.dumps(denied) + "\n")
    assert rules(found) == ["[policy p]", "allow = container.create", "#! privileged = yes", "image = bb"]
    assert "# 1 requests have only the lines of their refusal" in found


def test_a_policy_that_asks_for_less_is_learned_from_all_the_same(make_warden, dockerd):
    """`check_state = no` and `grant = all` look at no object and at no field; learning does."""
    warden = make_warden("[policy p]\nallow = @all\ngrant = all\n", "p", LEARN)
    body = {"Image": "bb:1", "HostConfig": {"CapAdd": ["SYS_ADMIN"]}}
    try:
        assert call(warden, "POST", "/v1.41/containers/create?name=all", body).status == 201
        assert call(warden, "POST", "/v1.41/containers/all/start").status == 204
    finally:
        dockerd.call("DELETE", "/containers/all?force=1")
    create, begin = warden.records()
    assert create["event"] == begin["event"] == "allowed"
    assert ("cap_add", "SYS_ADMIN") in needs_of(create) and ("cap_add", "SYS_ADMIN") in needs_of(begin)


# ---- docs/learn.md ----------------------------------------------------------------------------


def test_the_guide(dockerd, client_config, tmp_path):
    text = documents.script("docs/learn.md", "by tests/integration/test_learn.py the_guide")
    for old, new in (("/tmp/learn", str(tmp_path)), ("/var/run/docker.sock", dockerd.socket),
                     ("build/sockwarden", warden_module.BINARY), ("busybox:1.36", "bb:1"),
                     ("docker run", DEBIAN_DOCKER + " run"), ("docker ps", DEBIAN_DOCKER + " ps")):
        assert old in text
        text = text.replace(old, new)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", "trap 'kill $(jobs -p)' EXIT\n" + text], check=False,
                          text=True, timeout=80, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env={**os.environ, "DOCKER_CONFIG": client_config})
    assert done.returncode == 0, done.stdout
    policy = (tmp_path / "shop.conf").read_text()
    for line in ("allow = container.create", "bind = /srv/shop ro", "image = bb", "command = echo hello", "env = MODE",
                 "name = shop-*", "#! network_mode = host"):
        assert f"\n{line}\n" in policy, policy
    assert len(re.findall(r"(?m)^hello$", done.stdout)) == 4
    assert "1 wider, 0 narrower" in done.stdout and "wider (status 1)" in done.stdout
    assert "denied (status 125)" in done.stdout and "needs the grant" in done.stdout
    update = done.stdout.rpartition("# Written by")[2]
    assert "allow = container.create" not in update and "#! network_mode = host" in update
