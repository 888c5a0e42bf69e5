# SPDX-License-Identifier: Apache-2.0
"""Services, at a daemon that is in no swarm: what is permitted gets the daemon's own word of that, what
is refused never gets so far."""

import pytest

import warden as warden_module
from wire import Wire

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

RULES = """[policy test]
allow = @all
image = bb:1
volume = *
network_mode = *
bind = /srv/ci rw
"""
HOST = '"host" needs the grant "network_mode"'


@pytest.fixture(scope="module")
def warden(make_warden):
    return make_warden(RULES)


def create(warden, target="/v1.41/services/create", networks=(), **container):
    body = {"Name": "s", "TaskTemplate": {"ContainerSpec": {"Image": "bb:1", **container},
                                          "Networks": [{"Target": name} for name in networks]}}
    with Wire(warden.socket) as client:
        return client.request("POST", target, body)


def permitted(answer):
    return answer.status == 503 and "not a swarm manager" in answer.message


@pytest.mark.parametrize("length", [64, 12])
def test_the_host_network_is_not_reached_by_its_id(length, warden, dockerd):
    host = dockerd.get("/networks/host")["Id"][:length]
    answer = create(warden, networks=[host])
    assert answer.status == 403 and HOST in answer.message, answer.body


def test_other_networks_are(warden, dockerd):
    assert permitted(create(warden, networks=[dockerd.get("/networks/bridge")["Id"]]))
    assert permitted(create(warden, networks=["stack_default", "web"]))


def test_all_grants_ask_nothing(make_warden, dockerd):
    everything = make_warden("[policy test]\nallow = @all\ngrant = all\n")
    assert permitted(create(everything, networks=[dockerd.get("/networks/host")["Id"]]))


@pytest.mark.parametrize("source", ['/srv/ci/{{"\\u002e\\u002e/\\u002e\\u002e/etc"}}',
                                    "/srv/ci/{{.Task.Name}}", '{{"/etc"}}'])
def test_templates_lead_nowhere(source, warden):
    answer = create(warden, Mounts=[{"Type": "bind", "Source": source, "Target": "/h"}])
    assert answer.status in (400, 403) and "Mounts[0].Source" in answer.message, answer.body


def test_one_volume_for_each_task(warden, make_warden):
    """Nobody can tell which volume it will be, so nobody can look at it."""
    mounts = [{"Type": "volume", "Source": "data-{{.Task.Slot}}", "Target": "/d"}]
    answer = create(warden, Mounts=mounts)
    assert answer.status == 400 and "is a template" in answer.message
    blind = make_warden(RULES + "check_state = no\n")
    assert permitted(create(blind, Hostname="{{.Node.Hostname}}", Mounts=mounts))


def test_requirements_rely_on_what_the_version_has(make_warden):
    strict = make_warden(RULES + "require = cap_drop_all\n")
    assert permitted(create(strict, CapabilityDrop=["ALL"]))
    for target in ("/v1.40/services/create", "/v1.40/services/s/update?version=1"):
        answer = create(strict, target, CapabilityDrop=["ALL"])
        assert answer.status == 403 and "1.41" in answer.message, answer.body
