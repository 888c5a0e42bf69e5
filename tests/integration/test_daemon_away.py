# SPDX-License-Identifier: Apache-2.0
"""The daemon goes away and comes back."""

import subprocess

import pytest

import warden as warden_module
import wire
from conftest import Cli, DEBIAN_DOCKER, clients

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="needs something that stays")


@pytest.fixture
def away(dockerd):
    dockerd.stop()
    yield
    if not wire.accepts(dockerd.socket):
        dockerd.start()


def test_daemon_away_is_a_502_in_dockers_shape(open_warden, away):
    with wire.Wire(open_warden.socket) as client:
        for _ in range(2): # the connection stays usable
            answer = client.request("GET", "/v1.41/containers/json")
            assert answer.status == 502
            assert answer.headers["content-type"] == "application/json"
            assert "sockwarden" in answer.message


def test_the_client_prints_what_happened(open_warden, client_config, away):
    for program in clients():
        done = Cli(program, open_warden.socket, client_config)("ps", check=False)
        assert done.returncode != 0
        assert b"sockwarden" in done.stderr and done.stderr.count(b"\n") <= 2


def test_restart_of_the_daemon(dockerd, open_warden, client_config):
    """Its socket is another inode afterwards. The next call works, also on an old connection."""
    docker = Cli(DEBIAN_DOCKER, open_warden.socket, client_config)
    with wire.Wire(open_warden.socket) as client:
        assert client.request("GET", "/_ping").body == b"OK"
        dockerd.stop()
        dockerd.start()
        assert docker.out("run", "--rm", "hello") == "Hello from a container."
        # The old connection was either ended with its daemon or works on.
        try:
            assert client.request("GET", "/_ping").body == b"OK"
        except (AssertionError, BrokenPipeError):
            assert client.at_end()


def test_streams_end_with_the_daemon(dockerd, open_warden, client_config):
    docker = Cli(DEBIAN_DOCKER, open_warden.socket, client_config)
    events = docker.popen("events", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    with wire.Wire(open_warden.socket) as client:
        client.send(wire.encode("GET", "/events"))
        assert client.read_head().status == 200
        dockerd.stop()
        try:
            assert not client.read_some() or client.at_end() or b"0\r\n\r\n" in client.rest
            events.communicate(timeout=10)
        finally:
            dockerd.start()
