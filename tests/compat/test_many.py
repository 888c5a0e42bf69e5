# SPDX-License-Identifier: Apache-2.0
"""200 clients at once with mixed calls: each gets its own answer."""

import json
import threading

import wire
from wire import Wire, encode, frames

CLIENTS = 200


def whole_life(path, number):
    """A container made, found by its label, and removed, on one connection."""
    body = {"Image": "bb:1", "Labels": {"many": str(number)}}
    with Wire(path, timeout=60) as client:
        identity = json.loads(client.request("POST", "/v1.41/containers/create", body).body)["Id"]
        found = json.loads(client.request("GET", f"/containers/{identity}/json").body)
        assert found["Config"]["Labels"]["many"] == str(number)
        assert client.request("GET", f"/containers/{identity}/archive?path=/etc/passwd").status == 200
        assert client.request("DELETE", f"/containers/{identity}").status == 204


def exec_echo(path, number, sleeper):
    body = {"AttachStdin": True, "AttachStdout": True, "Cmd": ["cat"]}
    made = wire.request(path, "POST", f"/containers/{sleeper}/exec", body)
    with Wire(path, timeout=60) as client:
        client.send(encode("POST", f"/exec/{json.loads(made.body)['Id']}/start", {},
                           ["Connection: Upgrade", "Upgrade: tcp"]))
        assert client.read_head().status == 101
        client.send(b"%d\n" % number)
        client.finish()
        assert frames(client.read_all()) == b"%d\n" % number


def lists(path, number):
    with Wire(path, timeout=60) as client:
        for _ in range(10):
            assert client.request("GET", "/_ping").body == b"OK"
            assert client.request("GET", f"/containers/no{number}/json").message.endswith(f"no{number}")
            assert client.request("GET", "/images/json").status == 200


def watches(path, number):
    """A stream that its client leaves."""
    with Wire(path, timeout=60) as client:
        client.send(encode("GET", f"/events?filters=%7B%22label%22%3A%5B%22none%3D{number}%22%5D%7D"))
        assert client.read_head().status == 200


def test_200_clients(open_warden, sleeper):
    failures = []
    path = open_warden.socket

    def run(number):
        try:
            if number % 20 == 0:
                exec_echo(path, number, sleeper)
            else:
                (whole_life, lists, watches)[number % 3](path, number)
        except Exception as err: # handed to the test
            failures.append((number, repr(err)))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
