# SPDX-License-Identifier: Apache-2.0
"""Harmless requests in the spellings of widespread clients: sockwarden in front of a real daemon gives the
daemon's own answer."""

import json
import re

import pytest

from daemon import TOP
from wire import Wire, chunked

IGNORED = {"date", "server", "api-version", "docker-experimental", "ostype", "content-length",
           "transfer-encoding", "connection"}
H2C = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
       "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"]
FORM = "Content-Type: application/x-www-form-urlencoded"


def ask(path, line, *headers, body=b"", host="Host: docker"):
    """The answer to one raw request."""
    lines = [f"{line} HTTP/1.1", host, *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    with Wire(path) as client:
        client.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return client.read_answer(line.split()[0])


def same(warden, dockerd, line, *headers, **options):
    """Asks both and holds the answers to be one."""
    ours, theirs = (ask(path, line, *headers, **options) for path in (warden.socket, dockerd.socket))
    assert ours.status == theirs.status, (line, ours.head, ours.body, theirs.head, theirs.body)
    assert kept(ours) == kept(theirs)
    return ours


def kept(answer):
    return {name: value for name, value in answer.headers.items() if name not in IGNORED}


def json_of(value):
    return json.dumps(value).encode()


JSON = "Content-Type: application/json"


@pytest.fixture
def container(dockerd):
    """A container of the daemon's that runs, and its id."""
    name = "web-harmless"
    answer = ask(dockerd.socket, f"POST /containers/create?name={name}", JSON,
                 body=json_of({"Image": "bb:1", "Cmd": ["sleep", "600"]}))
    assert answer.status == 201, answer.body
    assert ask(dockerd.socket, f"POST /containers/{name}/start").status == 204
    yield name
    ask(dockerd.socket, f"DELETE /containers/{name}?force=1")


BODIES = {"@empty-chunks": chunked(), "@json-chunks": chunked(b'{"Image":', b'"nothing:1"}')}


def heads():
    """(client, line, headers, body) of each line of client-headers.txt."""
    for line in (TOP / "tests/policy/client-headers.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            start, *headers = [part.strip() for part in line.split(" | ")]
            body = headers.pop()[1:].strip() if headers[-1].startswith("=") else ""
            client, _, start = start.partition(" ")
            yield client, start, headers, BODIES.get(body, body.encode())


@pytest.mark.parametrize("client, line, headers, body", list(heads()))
def test_heads_that_clients_send(client, line, headers, body, open_warden, dockerd):
    """The daemon's own answer, whatever the client's HTTP library adds."""
    said = " ".join(headers).lower()
    if body and "transfer-encoding" not in said and "content-length" not in said:
        headers = [*headers, f"Content-Length: {len(body)}"]
    text = "\r\n".join([f"{line} HTTP/1.1", *headers]).encode() + b"\r\n\r\n" + body
    answers = []
    for path in (open_warden.socket, dockerd.socket):
        with Wire(path) as peer:
            peer.send(text)
            answers.append(peer.read_answer(line.split()[0]))
    ours, theirs = answers
    assert (ours.status, ours.body) == (theirs.status, theirs.body), (client, line)
    assert kept(ours) == kept(theirs)


MOVED = ["GET /containers//web/json", "HEAD /containers//web/json", "GET //v1.41/containers/json?all=1",
         "GET /v1.41/containers/./json?filters=%7B%7D", "GET /v1.41/a/../containers/json", "GET //",
         "GET /containers//json/", "GET /networks//b%20c%C3%A4", "GET /a/%2e%2e/%2Finfo?a=b&a=c"]


@pytest.mark.parametrize("line", MOVED)
def test_the_routers_redirect(line, open_warden, dockerd):
    ours = same(open_warden, dockerd, line)
    assert ours.status == 301 and not ours.body


def test_an_address_as_target(open_warden, dockerd):
    for line in ("GET http://docker/_ping", "GET http://localhost:2375/v1.41/info", "HEAD HTTP://x/_ping",
                 "GET https://docker/?a=b", "DELETE http://docker/containers/nothing"):
        same(open_warden, dockerd, line)
        same(open_warden, dockerd, line, host="Host: another.example")


def test_an_offer_of_http2(open_warden, dockerd, container):
    for line in ("GET /v1.41/containers/json", "GET /_ping", "HEAD /_ping",
                 f"POST /containers/{container}/resize?h=1&w=1"):
        answer = same(open_warden, dockerd, line, *H2C)
        assert answer.status != 101
    answer = same(open_warden, dockerd, "POST /volumes/create", JSON, *H2C, body=b'{"Name":"h2c"}')
    assert answer.status == 201
    assert ask(open_warden.socket, "DELETE /volumes/h2c", *H2C).status == 204


def test_an_offer_of_http2_on_a_hijack_leaves_http_1(open_warden, container):
    """The daemon takes any Upgrade there for one to its raw stream: without it the answer is a 200."""
    with Wire(open_warden.socket) as client:
        client.send(f"POST /containers/{container}/attach?logs=1 HTTP/1.1\r\nHost: docker\r\n".encode()
                    + "\r\n".join(H2C).encode() + b"\r\n\r\n")
        answer = client.read_head()
    assert answer.status == 200 and "upgrade" not in answer.headers, answer.head


def test_a_form_without_a_byte(open_warden, dockerd, container):
    for headers in ([FORM], [FORM, "Content-Length: 0"], ["Content-Type: multipart/form-data"]):
        for line in (f"POST /containers/{container}/resize?h=1&w=1", "POST /containers/nothing/restart",
                     "POST /containers/create", f"POST /containers/{container}/rename?name="):
            same(open_warden, dockerd, line, *headers)


def test_the_first_of_two_content_types_is_taken(open_warden, dockerd, container):
    """bollard adds its second to all that carries an archive."""
    tar = "Content-Type: application/x-tar"
    for line, first, second, body in (
            (f"PUT /containers/{container}/archive?path=/tmp", tar, JSON, bytes(1024)),
            ("POST /build", tar, JSON, bytes(1024)), ("POST /images/load", tar, JSON, bytes(1024)),
            (f"GET /containers/{container}/archive?path=/etc/passwd", JSON, JSON, b""),
            ("POST /containers/create", JSON, JSON, b'{"Image":"nothing:1"}'),
            ("POST /containers/create", "Content-Type: text/plain", JSON, b'{"Image":"bb:1"}')):
        answer = same(open_warden, dockerd, line, first, second, body=body)
        assert b"sockwarden" not in answer.body
    refused = ask(open_warden.socket, "POST /containers/create", FORM, JSON, body=b'{"Image":"bb:1"}')
    assert refused.status == 400 and b"a form is refused" in refused.body


def test_names_that_the_api_permits(make_warden, open_warden, dockerd):
    names = {"test 01": "test%2001", "b\u00fcro": "b%C3%BCro", "a#1;[x]": "a%231%3B%5Bx%5D", "100%": "100%25"}
    narrow = make_warden("[policy test]\nallow = network.*\nnetwork_mode = \"test 01\" b\u00fcro a#* 100%\ncheck_state = yes")
    for name, escaped in names.items():
        for warden in (open_warden, narrow):
            created = ask(warden.socket, "POST /networks/create", JSON, body=json_of({"Name": name}))
            assert created.status == 201, created.body
            found = same(warden, dockerd, f"GET /networks/{escaped}")
            assert json.loads(found.body)["Name"] == name
            assert ask(warden.socket, f"DELETE /networks/{escaped}").status == 204
        assert same(open_warden, dockerd, f"GET /networks/{escaped}").status == 404


def test_old_versions_are_the_daemons_business(open_warden, dockerd):
    for version in ("1.0", "1.9", "1.11", "1.12", "1.23"):
        for line in (f"GET /v{version}/info", f"POST /v{version}/containers/nothing/start"):
            same(open_warden, dockerd, line)


def test_the_first_of_two_values_is_taken(open_warden, dockerd):
    lines = ["GET /containers/json?limit=x&limit=1", "GET /containers/json?limit=1&limit=x",
             "POST /images/create?fromImage=&fromImage=x", "GET /containers/json?filters={&filters={}",
             "GET /events?since=0&until=1&stream=1&until=x", "GET /containers/json?all=&all=x"]
    for line in lines:
        same(open_warden, dockerd, line)


EXEC_START = [{"Detach": False, "Tty": False, "OutputCapacity": 8192},
              {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "Detach": False, "Tty": False},
              {"Detach": False, "Tty": False, "DetachKeys": "ctrl-p", "AttachStdin": False}]


@pytest.mark.parametrize("body", EXEC_START)
def test_members_that_exec_start_ignores(body, make_warden, container):
    warden = make_warden("[policy test]\nallow = container.exec exec.start\nimage = bb:*")
    made = ask(warden.socket, f"POST /containers/{container}/exec", JSON,
               body=json_of({"Cmd": ["echo", "hi"], "AttachStdout": True}))
    assert made.status == 201, made.body
    with Wire(warden.socket) as client:
        data = json_of(body)
        client.send(f"POST /exec/{json.loads(made.body)['Id']}/start HTTP/1.1\r\nHost: d\r\n{JSON}\r\n"
                    f"Content-Length: {len(data)}\r\n\r\n".encode() + data)
        client.finish()
        assert client.read_all().endswith(b"hi\n")


def test_integers_of_64_bits_arrive(make_warden, dockerd):
    year, most = 365 * 24 * 3600, 2 ** 63 - 1
    limits = [{"Name": "nofile", "Soft": 1, "Hard": most}]
    body = {"Image": "bb:1", "StopTimeout": year, "HostConfig": {"Ulimits": limits, "MemorySwap": -1},
            "Healthcheck": {"Test": ["CMD", "true"], "Interval": 2 ** 53 + 1, "Timeout": most}}
    for policy in (f"[policy test]\nallow = container.create\nimage = bb:*\nulimit = nofile={most}",
                   "[policy test]\nallow = container.create\ngrant = all"):
        warden = make_warden(policy)
        made = ask(warden.socket, "POST /v1.41/containers/create", JSON, body=json_of(body))
        assert made.status == 201, made.body
        made = json.loads(made.body)["Id"]
        seen = json.loads(ask(dockerd.socket, f"GET /containers/{made}/json").body)
        assert seen["HostConfig"]["Ulimits"] == limits
        assert seen["Config"]["Healthcheck"]["Interval"] == 2 ** 53 + 1
        assert seen["Config"]["Healthcheck"]["Timeout"] == most
        assert ask(dockerd.socket, f"DELETE /containers/{made}").status == 204
        for number in (f"{most + 1}", "1e3", "1.0", f"{-most - 2}"):
            text = '{"Image":"bb:1","HostConfig":{"Memory":%s}}' % number
            refused = ask(warden.socket, "POST /v1.41/containers/create", JSON, body=text.encode())
            theirs = ask(dockerd.socket, "POST /v1.41/containers/create", JSON, body=text.encode())
            assert {refused.status, theirs.status} <= {400, 500}, (number, refused.body, theirs.body)
            assert re.search("[Mm]emory", refused.message), refused.message
