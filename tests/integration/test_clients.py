# SPDX-License-Identifier: Apache-2.0
"""With everything allowed: clients other than docker's own."""

import io
import json
import socket
import subprocess
import tarfile

import docker as docker_py
import pytest

from conftest import Cli
from wire import frames


@pytest.fixture
def sdk(open_warden):
    client = docker_py.DockerClient(base_url="unix://" + open_warden.socket, timeout=30)
    yield client
    client.close()


@pytest.fixture
def box(sdk):
    return sdk.containers.run("bb:1", ["sleep", "1000"], detach=True)


def test_sdk_run(sdk):
    assert sdk.ping()
    assert sdk.containers.run("hello", remove=True) == b"Hello from a container.\n"


def test_sdk_lists_and_inspects(sdk, box):
    box.reload()
    assert box.status == "running"
    assert [c.id for c in sdk.containers.list(filters={"status": "running"})] == [box.id]
    assert "sleep" in json.dumps(box.top())
    assert sdk.images.get("registry.example.org/ci/app:1").id == sdk.images.get("bb:1").id


def test_sdk_exec(sdk, box):
    assert box.exec_run(["sh", "-c", "echo out; echo err >&2; exit 3"], demux=True) == (
        3, (b"out\n", b"err\n"))
    assert b"".join(box.exec_run("cat /etc/passwd", stream=True).output).startswith(b"root:")


def test_sdk_exec_socket(sdk, box):
    sent = b"x" * 300000 + b"\n"
    stream = box.exec_run(["head", "-c", str(len(sent))], stdin=True, socket=True, tty=False).output
    stream._sock.sendall(sent)
    received = b""
    while data := stream.read(1 << 16):
        received += data
    stream._sock.shutdown(socket.SHUT_RDWR)
    assert frames(received) == sent


def test_sdk_attach_stream(sdk):
    box = sdk.containers.create("bb:1", ["sh", "-c", "echo one; echo two"])
    stream = box.attach(stream=True)
    box.start()
    assert b"".join(stream) == b"one\ntwo\n"


def test_sdk_logs_events_stats(sdk, box):
    events = sdk.events(decode=True, filters={"container": box.id})
    box.rename("renamed")
    assert next(events)["Action"] == "rename"
    events.close()
    assert next(box.stats(decode=True))["id"] == box.id
    box.kill()
    assert box.wait()["StatusCode"] == 137
    assert box.logs() == b""


def test_sdk_archive(sdk, box):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("x y%z")
        entry.size = 5
        archive.addfile(entry, io.BytesIO(b"hello"))
    assert box.put_archive("/tmp", out.getvalue())
    stream, stat = box.get_archive("/tmp/x y%z")
    assert stat["size"] == 5
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        assert archive.extractfile("x y%z").read() == b"hello"


def test_sdk_networks_and_volumes(sdk):
    network, volume = sdk.networks.create("sdk-net"), sdk.volumes.create("sdk-vol")
    network.remove()
    volume.remove()


def test_compose(open_warden, client_config, tmp_path):
    (tmp_path / "docker-compose.yml").write_text(
        'version: "3"\n'
        "services:\n"
        "  one:\n    image: bb:1\n    command: sleep 1000\n    stop_grace_period: 0s\n"
        "    volumes: [data:/data]\n"
        "  two:\n    image: bb:1\n    command: sleep 1000\n    stop_grace_period: 0s\n"
        "    depends_on: [one]\n"
        "volumes: {data: {}}\n")
    compose = Cli("/usr/bin/docker-compose", open_warden.socket, client_config)

    def run(*arguments):
        return compose("-p", "itc", "-f", str(tmp_path / "docker-compose.yml"), *arguments)

    run("up", "-d")
    try:
        assert run("exec", "-T", "two", "ping", "-c", "1", "one").stdout.count(b"1 packets") == 2
        assert b"itc_one_1" in run("ps").stdout
    finally:
        run("down", "-v")


def test_curl(open_warden, sleeper):
    def curl(*arguments):
        return subprocess.run(["curl", "-sS", "--unix-socket", open_warden.socket, *arguments],
                              check=True, capture_output=True, timeout=30).stdout

    assert curl("http://localhost/_ping") == b"OK"
    assert json.loads(curl("-X", "POST", "http://localhost/containers/nobody/start"))["message"]
    made = curl("-H", "Content-Type: application/json", "-d", '{"Image":"bb:1"}',
                "http://localhost/v1.41/containers/create")
    assert len(json.loads(made)["Id"]) == 64
    assert curl("http://localhost/_ping", "http://localhost/_ping") == b"OKOK"
