# SPDX-License-Identifier: Apache-2.0
"""JSON in the parameters of a classic build, judged member by member: with docker's own clients and docker-py."""

import io
import json
import tarfile
import urllib.parse

import docker as docker_py
import pytest

import warden as warden_module
from conftest import Cli, clients
from wire import Wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

POLICY = """[policy test]
allow = @all
image = bb:1
image_write = made:*
label = ci.*
ulimit = nofile=1024
"""
DOCKERFILE = b"FROM bb:1\nCMD [\"true\"]\n"


def context():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(DOCKERFILE)
        tar.addfile(entry, io.BytesIO(DOCKERFILE))
    return out.getvalue()


@pytest.fixture(scope="module")
def narrow(make_warden):
    return make_warden(POLICY)


@pytest.fixture(params=clients())
def client(request, narrow, client_config):
    return Cli(request.param, narrow.socket, client_config)


@pytest.fixture(autouse=True)
def nothing_is_left(dockerd):
    yield
    for row in dockerd.get("/images/json"):
        for tag in row["RepoTags"] or []:
            if tag.startswith("made:"):
                dockerd.call("DELETE", f"/images/{tag}?noprune=1")


def build(client, directory, *arguments, **options):
    (directory / "Dockerfile").write_bytes(DOCKERFILE)
    return client("build", "-q", "-t", "made:1", *arguments, str(directory), **options)


def test_what_lines_grant_is_built(client, dockerd, tmp_path):
    build(client, tmp_path, "--label", "ci.job=1", "--label", "ci.by=me", "--ulimit", "nofile=1024",
          "--cache-from", "bb:1", "--build-arg", "WHO=you")
    labels = dockerd.get("/images/made:1/json")["Config"]["Labels"]
    assert labels == {"ci.job": "1", "ci.by": "me"}


@pytest.mark.parametrize("arguments, fix", [
    (["--label", "ci.job=1", "--label", "evil=2"], "label = evil=2"),
    (["--ulimit", "nofile=1024", "--ulimit", "core=1"], "ulimit = core=1"),
    (["--ulimit", "nofile=2048"], "ulimit = nofile=2048"),
    (["--cache-from", "bb:1", "--cache-from", "registry.example.org/ci/app:1"],
     "image = registry.example.org/ci/app:1"),
])
def test_what_they_do_not_is_refused_with_the_line(arguments, fix, client, narrow, make_warden, client_config,
                                                   tmp_path):
    before = len(narrow.records())
    done = build(client, tmp_path, *arguments, check=False)
    assert done.returncode != 0 and fix in done.stderr.decode()
    record, = narrow.records_since(before)
    assert record["operation"] == "build.run" and record["fixes"] == [fix]
    wider = make_warden(POLICY + fix)
    build(Cli(client.program, wider.socket, client_config), tmp_path, *arguments)


def test_all_that_is_missing_is_told_at_once(client, narrow, tmp_path):
    build(client, tmp_path, "--label", "evil=2", "--ulimit", "core=1", "--cache-from", "other:1", check=False)
    assert sorted(narrow.records()[-1]["fixes"]) == ["image = other:1", "label = evil=2", "ulimit = core=1"]


@pytest.fixture
def sdk(narrow):
    peer = docker_py.DockerClient(base_url="unix://" + narrow.socket, timeout=30)
    yield peer
    peer.close()


def sdk_build(peer, **options):
    return peer.images.build(fileobj=io.BytesIO(context()), custom_context=True, tag="made:1", rm=True, **options)


def test_the_sdk_builds(sdk, narrow):
    before = len(narrow.records())
    image, _ = sdk_build(sdk, labels={"ci.job": "1"}, cache_from=["bb:1"], buildargs={"WHO": "you"},
                         container_limits={"memory": 64 << 20})
    assert image.labels == {"ci.job": "1"}
    with pytest.raises(docker_py.errors.APIError) as refused:
        sdk_build(sdk, labels={"evil": "2"}, cache_from=["other:1"])
    assert refused.value.status_code == 403
    assert sorted(narrow.records_since(before)[-1]["fixes"]) == ["image = other:1", "label = evil=2"]


# Each is one request to the daemon's decoder, and no other reader's.
@pytest.mark.parametrize("name, text", [
    ("labels", '{"ci.job":"1","ci.job":"2"}'), ("labels", '{"ci.job":1}'), ("labels", "[]]"),
    ("ulimits", '[{"Name":"nofile","Hard":1024,"name":"core"}]'), ("cachefrom", '["bb:1"'),
    ("cachefrom", '["bb:1"] ["other:1"]'),
])
def test_what_can_be_read_in_two_ways_is_refused(name, text, narrow, dockerd):
    with Wire(narrow.socket) as peer:
        answer = peer.request("POST", f"/v1.41/build?t=made:1&{name}={urllib.parse.quote(text)}", context(),
                              ("Content-Type: application/x-tar",))
    assert answer.status == 400 and name in answer.message
    assert "made:1" not in json.dumps(dockerd.get("/images/json"))
