# SPDX-License-Identifier: Apache-2.0
"""Classic builds under lines of `image` and `build_remote`: the Dockerfile in the archive is judged on its way, and
nothing of a refused build runs in the daemon."""

import json
import urllib.parse

import pytest

import tars
import warden as warden_module
import wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

TAR = "Content-Type: application/x-tar"
POLICY = """[policy test]
allow = build.run
image = bb:1 docker.io/library/bb:1
image_write = ours:*
"""
GOOD, BAD = b"FROM bb:1\nLABEL made=good\n", b"FROM evil:1\nLABEL made=bad\n"


@pytest.fixture
def evil(dockerd):
    """An image of somebody else's on the daemon."""
    answer = wire.request(dockerd.socket, "POST", "/images/bb:1/tag?repo=evil&tag=1", b"")
    assert answer.status == 201
    yield "evil:1"
    wire.request(dockerd.socket, "DELETE", "/images/evil:1")


def built(dockerd):
    images = json.loads(wire.request(dockerd.socket, "GET", "/images/json?all=1").body)
    return {one["Id"] for one in images}


def build(warden, body, query="t=ours:1&nocache=1"):
    return wire.request(warden.socket, "POST", f"/build?{query}", body, [TAR])


def context(dockerfile, name="Dockerfile"):
    return tars.plain({"file": b"x", name: dockerfile})


CRAFTED = tars.crafted(b"Dockerfile", GOOD, BAD)


@pytest.mark.parametrize("what", CRAFTED)
def test_dockerfiles_that_two_readers_see_differently(what, make_warden, dockerd, evil):
    warden = make_warden(POLICY)
    before = built(dockerd)
    answer = build(warden, CRAFTED[what])
    assert answer.status == 403, answer.body
    assert warden.records()[-1]["event"] == "denied"
    assert built(dockerd) == before


PERMITTED = {
    "plain": (b"FROM bb:1\nRUN true\n", ""),
    "lower case": (b"from bb:1\nrun true\n", ""),
    "stages": (b"FROM bb:1 AS one\nRUN echo x >/x\nFROM bb:1 as Two\nCOPY --from=one /x /x\nFROM two\n", ""),
    "a stage by its number": (b"FROM bb:1\nRUN echo x >/x\nFROM bb:1\nCOPY --from=0 /x /x\n", ""),
    "scratch": (b"FROM scratch\nCOPY file /\n", ""),
    "an ARG": (b"ARG TAG=1\nFROM bb:${TAG}\nLABEL a=b\n", ""),
    "an ARG in an ARG": (b"ARG A=bb\nARG B=\"$A:1\"\nFROM $B\nLABEL a=b\n", ""),
    "an ARG without a value": (b"ARG TAG\nFROM bb:${TAG:-1}\nLABEL a=b\n", ""),
    "an argument": (b"ARG BASE=evil:1\nFROM ${BASE}\nLABEL a=b\n", {"BASE": "bb:1"}),
    "line ends of Windows": (b"FROM bb:1\r\nRUN true && \\\r\n true\r\n", ""),
    "continuations": (b"FROM \\\n# FROM evil:1\n\n  bb:1\nRUN echo FROM \\\n FROM evil\n", ""),
    "comments and a BOM": (b"\xef\xbb\xbf# syntax=evil/frontend\n# escape the = sign\nFROM bb:1\nLABEL a=b\n", ""),
    "ADD of files": (b"FROM bb:1\nADD file /\nADD [\"file\", \"/$HOME\"]\nADD f* /to/\n", ""),
    "marks of a shell": (b"FROM bb:1\nRUN echo x >/x && true </x && echo \"<<<x\"\n", ""),
}


@pytest.mark.parametrize("what", PERMITTED)
def test_a_build_of_permitted_images_runs(what, make_warden, dockerd):
    warden = make_warden(POLICY)
    text, arguments = PERMITTED[what]
    query = "t=ours:1&nocache=1"
    if arguments:
        query += "&buildargs=" + urllib.parse.quote(json.dumps(arguments))
    answer = build(warden, context(text), query)
    assert answer.status == 200, answer.body
    assert b"Successfully tagged ours:1" in answer.body, answer.body


REFUSED = {
    "another image": b"FROM evil:1\n",
    "in any case": b"from evil:1\n",
    "behind blanks": b"\n \t FROM  \t evil:1\n",
    "a second stage": b"FROM bb:1\nFROM evil:1\n",
    "with a name": b"FROM evil:1 AS bb\n",
    "with a platform": b"FROM --platform=linux/amd64 evil:1\n",
    "behind --": b"FROM -- evil:1\n",
    "an ARG": b"ARG X=evil:1\nFROM $X\n",
    "an ARG in parts": b"ARG X=il\nFROM ev${X}:1\n",
    "an ARG that is not there": b"FROM ${X:-evil:1}\n",
    "a proxy": b"FROM $HTTP_PROXY\n",
    "an ARG of a stage": b"FROM bb:1\nARG X=bb:1\nFROM ${X:-evil:1}\n",
    "a quoted ARG": b"ARG X='evil:1'\nFROM $X\n",
    "quotes": b"FROM \"evil:1\"\n",
    "a continuation": b"FR\\\nOM ev\\\n# x\n\nil:1\n",
    "two backslashes": b"FROM bb:1\nRUN x \\\\\nFROM evil:1\n",
    "another escape": b"# escape=`\nFROM bb:1\nRUN true \\\nFROM evil:1\n",
    "another escape, spelled oddly": b"#\tEsCaPe \t=` \nFROM bb:1\nRUN true \\\nFROM evil:1\n",
    "a BOM": b"\xef\xbb\xbfFROM evil:1\n",
    "a carriage return": b"FROM bb:1\rFROM evil:1\n",
    "a stage before it is one": b"FROM scratch AS evil\nCOPY --from=evil:1 / /\n",
    "a stage by its own name": b"FROM scratch AS evil\nCOPY --from=evil / /\n",
    "a stage that comes later": b"FROM bb:1\nCOPY --from=evil / /\nFROM bb:1 AS evil\n",
    "COPY": b"FROM bb:1\nCOPY --from=evil:1 / /x\n",
    "COPY behind another flag": b"FROM bb:1\nCOPY --chown=0:0 --from=evil:1 / /x\n",
    "COPY with quotes": b"FROM bb:1\nCOPY --fr\"om\"=evil:1 / /x\n",
    "COPY with an escape": b"FROM bb:1\nCOPY --fr\\om=evil:1 / /x\n",
    "COPY with a variable": b"FROM bb:1\nARG X=evil:1\nCOPY --from=$X / /x\n",
    "COPY with an odd blank": b"FROM bb:1\nCOPY \xa0--from=evil:1 / /x\n",
    "COPY by an id that looks like a number": b"FROM bb:1\nCOPY --from=1234567890123 / /x\n",
    "COPY put off": b"FROM bb:1\nONBUILD COPY --from=evil:1 / /x\n",
    "COPY put off, of a stage": b"FROM bb:1 AS evil\nFROM bb:1\nONBUILD COPY --from=evil / /x\n",
    "a mount": b"FROM bb:1\nRUN --mount=from=evil:1,target=/x true\n",
    "a file in the text": b"FROM bb:1\nRUN <<X\nX\nFROM bb:1 AS evil\nX\nFROM evil\n",
    "a file by a variable": b"FROM bb:1\nRUN ${X:-<}<X\nFROM bb:1 AS evil\nX\nFROM evil\n",
    "an address": b"FROM bb:1\nADD http://127.0.0.1:1/x /\n",
    "an address in a list": b"FROM bb:1\nADD [\"http://127.0.0.1:1/x\", \"/\"]\n",
    "an address in a list, escaped": b"FROM bb:1\nADD [\"\\u0068ttp://127.0.0.1:1/x\", \"/\"]\n",
    "an address by a variable": b"FROM bb:1\nENV X=http://127.0.0.1:1/x\nADD $X /\n",
    "an address with quotes": b"FROM bb:1\nADD h\"tt\"p://127.0.0.1:1/x /\n",
    "an address with an escape": b"FROM bb:1\nADD h\\ttp://127.0.0.1:1/x /\n",
    "an address put off": b"FROM bb:1\nONBUILD ADD https://127.0.0.1:1/x /\n",
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_build_of_other_images_does_not_run(what, make_warden, dockerd, evil):
    warden = make_warden(POLICY)
    before = built(dockerd)
    answer = build(warden, context(REFUSED[what]))
    assert answer.status == 403, answer.body
    assert b"archive:Dockerfile[" in answer.body
    assert built(dockerd) == before


@pytest.mark.parametrize("packed", tars.PACKED)
def test_a_compressed_context(packed, make_warden, dockerd, evil):
    warden = make_warden(POLICY)
    before = built(dockerd)
    assert build(warden, tars.PACKED[packed](context(BAD))).status == 403
    assert built(dockerd) == before
    answer = build(warden, tars.PACKED[packed](context(GOOD)))
    assert answer.status == 200 and b"Successfully tagged" in answer.body


@pytest.mark.parametrize("query, files, status", [
    ("dockerfile=other", {"other": BAD, "Dockerfile": GOOD}, 403),
    ("dockerfile=other", {"other": GOOD, "Dockerfile": BAD}, 200),
    ("dockerfile=/d/./other", {"d/other": BAD}, 403),
    ("dockerfile=dockerfile", {"dockerfile": BAD}, 403),
    ("dockerfile=x/../other", {"other": GOOD}, 403),
    ("", {"dockerfile": BAD}, 403),
    ("", {"dockerfile": GOOD}, 200),
    ("", {"dockerfile": BAD, "Dockerfile": GOOD}, 200),
])
def test_the_file_that_the_daemon_takes(query, files, status, make_warden, dockerd, evil):
    warden = make_warden(POLICY)
    before = built(dockerd)
    answer = build(warden, tars.plain(files), f"t=ours:1&nocache=1&{query}")
    assert answer.status == status, answer.body
    if status != 200:
        assert built(dockerd) == before


def test_clients_say_which_builder_they_mean(make_warden, dockerd, evil):
    warden = make_warden(POLICY)
    before = built(dockerd)
    assert build(warden, context(BAD), "version=1&t=ours:1").status == 403
    assert built(dockerd) == before
    assert b"Successfully tagged" in build(warden, context(GOOD), "version=1&t=ours:1").body


@pytest.mark.parametrize("query", ["remote=http://127.0.0.1:1/x", "version=2"])
def test_a_dockerfile_that_is_not_in_the_body(query, make_warden):
    warden = make_warden(POLICY + "build_remote = *\nbuildkit = yes\n")
    answer = build(warden, context(GOOD), query)
    assert answer.status == 403 and b"image = *" in answer.body


def test_nothing_is_looked_into_where_everything_is_granted(make_warden, dockerd, evil):
    warden = make_warden(POLICY.replace("image = ", "image = * ") + "build_remote = *\n")
    answer = build(warden, CRAFTED["twice, the last one counts"])
    assert answer.status == 200, answer.body
    assert b"Successfully tagged" in answer.body
