# SPDX-License-Identifier: Apache-2.0
"""What the policy tests say is refused, sent to a sockwarden in front of a real daemon: under policies that
allow every operation, nothing of it arrives."""

import json
import os
import re
import tempfile

import pytest

import warden as warden_module
from daemon import TOP
from recorder import Recorder
from test_attacks import moved_by_us, refused_by_us, state
from warden import Warden
from wire import Wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

FILES = ["tests/policy/bypasses", "tests/policy/fields", "tests/policy/harmless",
         "docs/examples/grants", "docs/examples/requirements"]
EXPECTATION = re.compile(r"(allow|deny|\d{3})\s+(\S+)\s+(\S+)(?:\s+(.*))?$")
STREAM_BYTES = 3 << 20


def body_of(text, path):
    """The body at the start of what stands behind the target."""
    if not text or text.startswith("--"):
        return b""
    if text.startswith("@"):
        return (path.parent / text.split()[0][1:]).read_bytes()
    return text[:json.JSONDecoder().raw_decode(text)[1]].encode()


def expectations(path):
    """(policy, line number, method, target, headers, body, status or None) of a policy test."""
    policy, headers = None, []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        key, _, value = line.partition(" = ")
        found = EXPECTATION.match(line)
        if key == "policy":
            policy = value
        elif key == "header":
            headers.append(value)
        elif found:
            verdict, method, target, rest = found.groups()
            if target.startswith("/moby."): # a call on a connection to BuildKit: no request of its own
                continue
            status = {"allow": None, "deny": "403"}.get(verdict, verdict)
            yield (policy, number, method, target, headers, body_of(rest, path),
                   status and int(status))
            headers = []


def message(method, target, headers, body):
    lines = [f"{method} {target} HTTP/1.1", "Host: docker", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def recorder(dockerd, workdir):
    instance = Recorder(os.path.join(workdir, "files.sock"), dockerd.socket)
    yield instance
    instance.close()


@pytest.fixture(scope="module")
def warden_of(recorder, workdir):
    """A sockwarden with a policy of a configuration; one for each."""
    made = {}

    def get(config, policy):
        if (config, policy) not in made:
            warden = Warden(tempfile.mkdtemp(prefix="w.", dir=workdir), recorder.path)
            lines, _ = warden_module.policy_lines(TOP / f"{config}.conf")
            warden.start(warden.configure(lines, policy))
            made[config, policy] = warden
        return made[config, policy]

    yield get
    ends = [(warden.end(), warden.log) for warden in made.values()]
    for status, log in ends:
        assert status == 0, log.read_text()[-4000:]


@pytest.mark.parametrize("file", FILES)
def test_what_is_refused_does_not_arrive(file, warden_of, recorder, dockerd):
    before = state(dockerd)
    refused = 0
    for policy, number, method, target, headers, body, status in expectations(TOP / f"{file}.test"):
        if status is None:
            continue
        recorder.clear()
        with Wire(warden_of(file, policy).socket) as client:
            client.send_anyway(message(method, target, headers, body))
            answer = client.read_answer(method)
        where = f"{file}.test:{number}: {method} {target}"
        assert answer.status == status, f"{where}: {answer.head!r}"
        if status == 301:
            moved_by_us(answer)
        else:
            refused_by_us(answer, method)
        assert recorder.seen == b"", f"{where} reached the daemon: {recorder.seen[:300]!r}"
        refused += 1
    assert refused > 20
    assert state(dockerd) == before, "changed the daemon"


# Bodies that are not read before the verdict: the head alone decides, while they are still sent.
STREAMS = [
    ("POST", "/v1.41/build?t=evil:1"),
    ("POST", "/v1.41/build?t=bb:1&networkmode=host"),
    ("POST", "/v1.41/build?version=2&session=x"),
    ("POST", "/v1.41/build?remote=http://127.0.0.1:1/x"),
    ("POST", "/v1.41/build?extrahosts=a:1.2.3.4"),
    ("POST", "/v1.41/images/create?fromSrc=-&repo=evil&tag=1"),
    ("POST", "/v1.41/images/create?fromSrc=http://127.0.0.1:1/x&repo=bb&tag=1"),
    ("PUT", "/v1.41/containers/web/archive?path=/etc"),
    ("PUT", "/v1.41/containers/web/archive?path=/out/../etc"),
    ("POST", "/v1.41/plugins/create?name=evil/x"),
    ("POST", "/v4.0.0/libpod/build"),
]


@pytest.mark.parametrize("method, target", STREAMS, ids=[target for _, target in STREAMS])
@pytest.mark.parametrize("chunks", [False, True], ids=["length", "chunked"])
def test_a_streamed_body_does_not_arrive(method, target, chunks, warden_of, recorder):
    recorder.clear()
    framing = "Transfer-Encoding: chunked" if chunks else f"Content-Length: {STREAM_BYTES}"
    body = bytes(STREAM_BYTES)
    if chunks:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (STREAM_BYTES, body)
    with Wire(warden_of("tests/policy/fields", "closed").socket) as client:
        client.send_anyway(message(method, target, [framing, "Content-Type: application/x-tar"], b"")
                           + body)
        refused_by_us(client.read_answer(method), method)
    assert recorder.seen == b""
