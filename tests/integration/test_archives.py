# SPDX-License-Identifier: Apache-2.0
"""Archives that are judged on their way: what is refused has no effect in the daemon."""

import hashlib
import json

import pytest

import tars
import warden as warden_module
import wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

TAR = "Content-Type: application/x-tar"
LOADING = """[policy test]
allow = image.load
image_write = ours:* docker.io/library/ours:*
"""


# ---- images --------------------------------------------------------------------------------------

def image(mark):
    """The files of an image with one layer, and its names for config and layer."""
    layer = tars.plain({"mark": mark.encode()})
    diff = "sha256:" + hashlib.sha256(layer).hexdigest()
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": {"mark": mark}},
                         "rootfs": {"type": "layers", "diff_ids": [diff]}}).encode()
    name = hashlib.sha256(config).hexdigest()
    return {f"{name}.json": config, "layer.tar": layer}, f"{name}.json"


def manifest(config, *names):
    return json.dumps([{"Config": config, "RepoTags": list(names), "Layers": ["layer.tar"]}]).encode()


def names_in(dockerd):
    images = json.loads(wire.request(dockerd.socket, "GET", "/images/json?all=1").body)
    return {(one["Id"], tag) for one in images for tag in one["RepoTags"] or ["none"]}


def load(warden, body):
    return wire.request(warden.socket, "POST", "/images/load", body, [TAR])


def archive(mark, *names):
    files, config = image(mark)
    return tars.plain({**files, "manifest.json": manifest(config, *names)})


@pytest.mark.parametrize("packed", [None, *tars.PACKED])
def test_an_image_of_the_own_name_is_loaded(packed, make_warden, dockerd):
    warden = make_warden(LOADING)
    body = archive(f"own {packed}", f"ours:{packed}")
    answer = load(warden, tars.PACKED[packed](body) if packed else body)
    assert answer.status == 200, answer.body
    assert wire.request(dockerd.socket, "GET", f"/images/ours:{packed}/json").status == 200
    assert warden.records()[-1]["event"] == "allowed"


@pytest.mark.parametrize("packed", [None, *tars.PACKED])
def test_an_image_of_another_name_is_not(packed, make_warden, dockerd):
    warden = make_warden(LOADING)
    before = names_in(dockerd)
    body = archive(f"other {packed}", "ours:1", "bb:1")
    answer = load(warden, tars.PACKED[packed](body) if packed else body)
    assert answer.status == 403
    assert b"archive:manifest.json[0].RepoTags[1]" in answer.body and b"image_write = bb:1" in answer.body
    assert warden.records()[-1]["grant"] == "image_write"
    assert names_in(dockerd) == before


MANIFEST_FILES, MANIFEST_CONFIG = image("crafted")
LOADED = tars.crafted(b"manifest.json", manifest(MANIFEST_CONFIG, "ours:crafted"), manifest(MANIFEST_CONFIG, "bb:1"))


@pytest.mark.parametrize("what", LOADED)
def test_names_that_two_readers_see_differently(what, make_warden, dockerd):
    warden = make_warden(LOADING)
    before = names_in(dockerd)
    files = b"".join(tars.entry(name.encode(), data) for name, data in MANIFEST_FILES.items())
    body = LOADED[what]
    if body[257:262] == b"ustar":
        body = files + body
    assert load(warden, body).status == 403
    assert warden.records()[-1]["event"] == "denied"
    assert names_in(dockerd) == before
