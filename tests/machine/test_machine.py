# SPDX-License-Identifier: Apache-2.0
"""A fresh Debian, from the clone to sockwarden in front of its Docker daemon, by what the documents say
and nothing else. Each test goes on where the one before ended."""

import json

from documents import script

BOTH = ("run", "machine")


def container(machine, service):
    name = machine.call("docker", "ps", "-q", "-f", f"label=com.docker.compose.service={service}")
    return json.loads(machine.call("docker", "inspect", name.strip()))[0]


def status_of(machine, pid):
    text = machine.call("cat", f"/proc/{pid}/status")
    return dict(line.split(":", 1) for line in text.splitlines())


def test_readme(machine):
    """From nothing: compilers, libraries and Docker are installed by the way."""
    said = machine.shell(script("README.md", *BOTH), net=False)
    assert "denied (status 1)" in said
    assert "\nhello\n" in said
    assert "denied: it would give root on the host" in said and "privileged = yes" in said
    assert "\ndeployed\n" in said and "\ndenied\n" in said
    # Lines that give root are for the administrator, not for the client.
    assert "permitting it would give root on the host" in said
    assert '"host_fixes":["bind = / rw"]' in said
    assert '"event":"denied","listener":"deployer"' in said


def test_readme_leaves_an_enforcing_sidecar(machine):
    sidecar = container(machine, "sockwarden")
    assert sidecar["State"]["Health"]["Status"] == "healthy"
    status = status_of(machine, sidecar["State"]["Pid"])
    assert set(status["Uid"].split()) == {"65532"} and int(status["CapBnd"], 16) == 0
    host = sidecar["HostConfig"]
    assert host["ReadonlyRootfs"] and host["NetworkMode"] == "none"
    for words in (["--privileged"], ["--pid=host"], ["-v", "/etc:/x"], ["--cap-add=ALL"]):
        done = machine.call("docker", "exec", container(machine, "deployer")["Id"],
                            "docker", "run", "--rm", *words, "busybox:1", "true", check=False)
        assert "sockwarden: policy" in done, done


def test_readme_says_how_to_change_a_policy(machine):
    compose = "export COMPOSE_FILE=contrib/compose/two-clients.yml DOCKER_GID=$(stat -c %g /var/run/docker.sock)\n"
    conf = "contrib/compose/two-clients.conf"
    asks = "{ docker-compose exec -T deployer docker swarm unlock-key || :; }"
    machine.shell(f"""{compose}
{asks} 2>&1 | grep swarm.unlock_key
echo 'allow = swarm.unlock_key' >>{conf}
docker-compose kill -s HUP sockwarden
until {asks} 2>&1 | grep "not a swarm manager"; do :; done
sed -i '/^allow = swarm.unlock_key/d' {conf}
docker-compose restart -t 5 sockwarden
until {asks} 2>&1 | grep swarm.unlock_key; do :; done
docker-compose down -v""", timeout=120)


def test_getting_started(machine):
    said = machine.shell(script("docs/getting-started.md", *BOTH), net=False)
    assert "CONTAINER ID" in said and '"event":"would-deny"' in said
    assert "denied (status 1)" in said and "4 passed, 0 failed" in said
    assert "healthy: 1 listener" in said
    assert machine.call("systemctl", "is-enabled", "sockwarden").strip() == "enabled"
    assert container(machine, "traefik")["State"]["Running"]
    machine.call("docker-compose", "-f", "/root/sockwarden/contrib/compose/traefik.yml", "down", "-v")


def test_tls(machine):
    said = machine.shell(script("docs/tls.md", *BOTH))
    assert said.count("CONTAINER ID") == 2


def test_image_in_place_of_another(machine):
    said = machine.shell(script("contrib/docker/README.md", *BOTH), net=False)
    assert "CONTAINER ID" in said and "socket-proxy" in said
    machine.shell("docker rm -f socket-proxy && docker network rm proxy")


def test_migration(machine):
    """Also from a container's environment, of an image that has a program to show it."""
    machine.call("docker", "run", "-d", "--name", "socket-proxy", "-e", "CONTAINERS=1",
                 "-e", "ALLOW_STOP=1", "busybox:1")
    said = machine.shell(script("docs/migration.md", *BOTH))
    assert "container.stop" in said[said.index("denied (status 1)"):]
    machine.call("docker", "rm", "-f", "socket-proxy")
