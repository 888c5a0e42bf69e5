# SPDX-License-Identifier: Apache-2.0
"""Names of images: who may give, take and remove them, at the daemon."""

import io
import json
import tarfile

import pytest

import warden as warden_module
import wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

POLICY = """[policy test]
allow = build.run image.tag image.push image.remove image.load image.prune image.create
allow = container.create container.commit
image = bb:1
image_write = ours:*
"""
TAR = "Content-Type: application/x-tar"


def context():
    room = io.BytesIO()
    with tarfile.open(fileobj=room, mode="w") as archive:
        text = b"FROM bb:1\nLABEL made=here\n"
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return room.getvalue()


def image_of(dockerd, name):
    answer = wire.request(dockerd.socket, "GET", f"/images/{name}/json")
    return json.loads(answer.body)["Id"] if answer.status == 200 else None


ATTEMPTS = {
    "build": lambda: ("POST", "/build?t=bb:1", context(), [TAR]),
    "second name of a build": lambda: ("POST", "/build?t=ours:1&t=bb:1", context(), [TAR]),
    "import": lambda: ("POST", "/images/create?fromSrc=-&repo=bb&tag=1", context(), [TAR]),
    "tag": lambda: ("POST", "/images/bb:1/tag?repo=docker.io/library/bb&tag=latest", b"", []),
    "remove": lambda: ("DELETE", "/images/bb:1?force=1", b"", []),
    "push": lambda: ("POST", "/images/bb/push?tag=1", b"", []),
    "prune": lambda: ("POST", "/images/prune?filters=%7B%22dangling%22%3A%5B%22false%22%5D%7D", b"", []),
    "load": lambda: ("POST", "/images/load", context(), [TAR]),
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_names_of_others_stay_what_they_are(name, make_warden, dockerd):
    warden = make_warden(POLICY)
    before = image_of(dockerd, "bb:1")
    method, target, body, headers = ATTEMPTS[name]()
    answer = wire.request(warden.socket, method, target, body, headers)
    assert answer.status == 403
    assert warden.records()[-1]["grant"] == "image_write"
    assert image_of(dockerd, "bb:1") == before is not None
    assert image_of(dockerd, "bb:latest") is None


def test_own_names_are_given_and_removed(make_warden, dockerd):
    warden = make_warden(POLICY)
    assert wire.request(warden.socket, "POST", "/build?t=ours:1", context(), [TAR]).status == 200
    assert image_of(dockerd, "ours:1")
    assert wire.request(warden.socket, "POST", "/images/bb:1/tag?repo=ours&tag=2", b"").status == 201
    assert image_of(dockerd, "ours:2") == image_of(dockerd, "bb:1")
    for tag in "12":
        assert wire.request(warden.socket, "DELETE", f"/images/ours:{tag}").status == 200
        assert image_of(dockerd, f"ours:{tag}") is None
