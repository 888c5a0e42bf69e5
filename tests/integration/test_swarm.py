# SPDX-License-Identifier: Apache-2.0
"""Services and networks at a daemon that is a swarm of its own: what comes of what a policy permits."""

import pytest

import warden as warden_module
from wire import Wire, await_true

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

POLICY = """[policy test]
allow = @all
image = bb:1
check_state = no
"""


@pytest.fixture(scope="module")
def swarm(dockerd):
    answer = dockerd.call("POST", "/swarm/init", {"ListenAddr": "127.0.0.1:2377", "AdvertiseAddr": "127.0.0.1"})
    assert answer.status == 200, answer.body
    answer = dockerd.call("POST", "/networks/create", {"Name": "vault", "Driver": "overlay", "Attachable": True})
    assert answer.status == 201, answer.body
    yield dockerd
    dockerd.call("POST", "/swarm/leave?force=1")
    await_true(lambda: dockerd.get("/info")["Swarm"]["LocalNodeState"] == "inactive", 30, "no swarm")
    dockerd.remove_containers()


def service(networks=()):
    container = {"Image": "bb:1", "Command": ["sleep", "1000"], "StopGracePeriod": 0}
    return {"Name": "s", "TaskTemplate": {"ContainerSpec": container,
                                          "Networks": [{"Target": name} for name in networks]}}


def create(socket, body):
    with Wire(socket) as client:
        return client.request("POST", "/v1.41/services/create", body)


@pytest.fixture
def made_of(swarm):
    """The container of a service that is made at the daemon itself."""
    def look(body):
        assert create(swarm.socket, body).status == 201
        listed = '/containers/json?filters={"label":["com.docker.swarm.service.name=s"]}'
        await_true(lambda: swarm.get(listed), 30, "a container of the service")
        return swarm.get(f"/containers/{swarm.get(listed)[0]['Id']}/json")
    yield look
    swarm.call("DELETE", "/services/s")
    await_true(lambda: not swarm.get("/tasks"), 30, "no task")


@pytest.fixture(scope="module")
def bridge(swarm):
    """The id that the swarm has for the default bridge."""
    assert create(swarm.socket, service(["bridge"])).status == 201
    spec = swarm.get("/services/s")["Spec"]["TaskTemplate"]
    assert swarm.call("DELETE", "/services/s").status == 200
    return spec["Networks"][0]["Target"]


@pytest.fixture(scope="module")
def off_the_bridge(make_warden, swarm):
    return make_warden(POLICY + "network_mode = *\nrequire = no_default_bridge\n")


def test_what_a_service_does_not_say(off_the_bridge, make_warden, made_of, swarm):
    """Its tasks are in the default bridge then, and no service can say which cgroup namespace they have."""
    answer = create(off_the_bridge.socket, service())
    assert answer.status == 403 and "no_default_bridge" in answer.message, answer.body
    private = "name=cgroupns" in swarm.get("/info")["SecurityOptions"]
    warden = make_warden(POLICY + "require = private_cgroup\n")
    answer = create(warden.socket, service())
    assert answer.status == (201 if private else 403), answer.body
    swarm.call("DELETE", "/services/s")
    made = made_of(service())
    assert list(made["NetworkSettings"]["Networks"]) == ["bridge"]
    assert (made["HostConfig"]["CgroupnsMode"] == "private") == private


def test_the_default_bridge_is_known_by_its_id(off_the_bridge, bridge, made_of):
    for name in (bridge, bridge[:6]):
        answer = create(off_the_bridge.socket, service([name]))
        assert answer.status == 403 and "no_default_bridge" in answer.message, answer.body
    assert list(made_of(service([bridge[:6]]))["NetworkSettings"]["Networks"]) == ["bridge"]


def test_other_networks_are_not_the_default_bridge(off_the_bridge, swarm):
    assert create(off_the_bridge.socket, service(["vault"])).status == 201
    assert swarm.call("DELETE", "/services/s").status == 200


@pytest.mark.parametrize("length", [25, 12, 5])
def test_a_network_of_the_swarm_is_taken_back_by_its_id(length, make_warden, swarm):
    """Ids of a swarm's networks are no hexadecimal numbers."""
    name = swarm.get("/networks/vault")["Id"][:length]
    assert swarm.get(f"/networks/{name}")["Name"] == "vault"
    warden = make_warden(POLICY + "network_mode = * !vault\n")
    container = {"Image": "bb:1", "Cmd": ["true"], "HostConfig": {"NetworkMode": name}}
    with Wire(warden.socket) as client:
        for target, body in (("/v1.41/services/create", service([name])),
                             ("/v1.41/containers/create", container),
                             (f"/v1.41/networks/{name}/connect", {"Container": "any"})):
            answer = client.request("POST", target, body)
            assert answer.status in (400, 403) and "network_mode" in answer.message, answer.body


def test_an_overlay_network_has_a_number_of_the_daemons_choice(make_warden, swarm):
    """Joining one needs no line for the option that holds it; choosing one does."""
    lines = "check_state = yes\nnetwork_mode = *\nnetwork_driver = overlay\nnetwork_scope = swarm\n"
    warden = make_warden(POLICY.replace("check_state = no\n", "") + lines)
    assert "com.docker.network.driver.overlay.vxlanid_list" in swarm.get("/networks/vault")["Options"]
    answer = create(warden.socket, service(["vault"]))
    assert answer.status == 201, answer.body
    assert swarm.call("DELETE", "/services/s").status == 200
    body = {"Name": "n", "Driver": "overlay", "Options": {"com.docker.network.driver.overlay.vxlanid_list": "4097"}}
    with Wire(warden.socket) as client:
        answer = client.request("POST", "/v1.41/networks/create", body)
    assert answer.status == 403 and "network_option" in answer.message, answer.body


def test_other_networks_of_a_swarm_are_not(make_warden, swarm):
    warden = make_warden(POLICY + "network_mode = * !vault\n")
    answer = create(warden.socket, service(["ingress"]))
    assert b"sockwarden" not in answer.body, answer.body


@pytest.mark.parametrize("kind", ["secrets", "configs"])
def test_a_deny_holds_in_any_case(kind, make_warden, swarm):
    """The daemon finds secrets and configs by their names in any case."""
    warden = make_warden(POLICY + f"deny = * /{kind}/vault*\n")
    assert swarm.call("POST", f"/{kind}/create", {"Name": "vault", "Data": "eA=="}).status == 201
    for name in ("vault", "VAULT", "Vault"):
        assert swarm.get(f"/{kind}/{name}")["Spec"]["Name"] == "vault"
        with Wire(warden.socket) as client:
            for method in ("GET", "DELETE"):
                answer = client.request(method, f"/v1.41/{kind}/{name}")
                assert answer.status == 403, answer.body
    assert swarm.call("DELETE", f"/{kind}/VAULT").status == 204
