# SPDX-License-Identifier: Apache-2.0
"""The long run: consumers of Docker, or what of them can be built, under their presets. Each must do its
work, and nothing that it asks for may be denied."""

import contextlib
import json
import os
import urllib.parse

import pytest

import wire
from conftest import make_sleeper
from consumer import IMAGE, PATIENCE, Program, named, run, under # pylint: disable=unused-import
from daemon import TOP
from transcript import CLIENTS, transcript


def test_traefik(under, dockerd):
    labels = {"traefik.http.routers.shop.rule": "Host(`shop.example.org`)",
              "traefik.http.services.shop.loadbalancer.server.port": "80"}
    make_sleeper(dockerd, Labels=labels)
    with Program(CLIENTS / "go/traefik", under("traefik").socket) as traefik:
        traefik.await_line("configuration:", "shop=Host(`shop.example.org`)")
        later = make_sleeper(dockerd, Labels={
            "traefik.http.routers.later.rule": "Host(`later.example.org`)",
            "traefik.http.services.later.loadbalancer.server.port": "80"})
        traefik.await_line("configuration:", "later=", "shop=")
        dockerd.call("DELETE", f"/containers/{later}?force=1")
        assert "later=" not in traefik.await_line("configuration:", "shop=")


def test_telegraf(under, dockerd, tmp_path):
    make_sleeper(dockerd, name=named("measured"))
    config = tmp_path / "telegraf.conf"
    config.write_text(
        "[agent]\nomit_hostname = true\n[[outputs.file]]\nfiles = [\"stdout\"]\n"
        f"[[inputs.docker]]\nendpoint = \"unix://{under('telegraf').socket}\"\n"
        "timeout = \"30s\"\ngather_services = false\n")
    shown = run(CLIENTS / "go/telegraf", "--config", config, "--once")
    for measurement in ("docker,", "docker_container_mem,", "docker_container_cpu,",
                        "docker_container_status,"):
        assert measurement in shown
    assert "container_name=" + named("measured") in shown and "E! " not in shown


def test_telegraf_logs(under, dockerd, tmp_path):
    body = {"Image": "bb:1", "Cmd": ["sh", "-c", "echo said it; exec sleep 1000"], "StopTimeout": 0}
    identity = json.loads(dockerd.call("POST", "/containers/create", body).body)["Id"]
    dockerd.call("POST", f"/containers/{identity}/start")
    config = tmp_path / "telegraf.conf"
    config.write_text(
        "[agent]\nomit_hostname = true\ninterval = \"1s\"\nflush_interval = \"1s\"\n"
        "[[outputs.file]]\nfiles = [\"stdout\"]\n[[inputs.docker_log]]\nfrom_beginning = true\n"
        f"endpoint = \"unix://{under('telegraf', 'allow = container.logs').socket}\"\n"
        "timeout = \"30s\"\n")
    with Program(CLIENTS / "go/telegraf", "--config", config) as telegraf:
        telegraf.await_line("docker_log,", 'message="said it"')


def test_docker_gen(under, dockerd):
    nginx = make_sleeper(dockerd, name=named("nginx"),
                         Cmd=["sh", "-c", "trap 'echo reloads' HUP; while :; do sleep 1; done"])
    with Program(CLIENTS / "go/docker-gen", under("docker-gen").socket, named("nginx")) as generator:
        generator.await_line("containers:", named("nginx"))
        make_sleeper(dockerd, name=named("newcomer"))
        generator.await_line("containers:", named("newcomer"))
        generator.await_line("notified")
    wire.await_true(
        lambda: b"reloads" in dockerd.call("GET", f"/containers/{nginx}/logs?stdout=1").body,
        PATIENCE, "the signal")


WORKFLOW = """\
name: check
on: push
jobs:
  build:
    runs-on: here
    defaults: {run: {shell: sh}}
    steps:
      - run: echo "said $((20 + 22))"
      - run: echo word=passed-on >>"$GITHUB_OUTPUT"
        id: first
      - run: echo "was ${{ steps.first.outputs.word }}"
  again:
    needs: build
    runs-on: here
    container: {image: "bb:1", env: {A: b}}
    defaults: {run: {shell: sh}}
    steps:
      - run: echo "A is $A"
"""


def test_act(under, tmp_path):
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/check.yml").write_text(WORKFLOW)
    (tmp_path / "home").mkdir()
    run("git", "-C", tmp_path, "init", "-q")
    run("git", "-C", tmp_path, "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q",
        "--allow-empty", "-m", "x")
    shown = run(CLIENTS / "go/act", "push", "--pull=false", "-P", "here=bb:1",
                "--container-daemon-socket", "-", "--network", "bridge", "--no-cache-server", cwd=tmp_path, env={
                    "HOME": str(tmp_path / "home"),
                    "DOCKER_HOST": "unix://" + under("gitea-runner", IMAGE).socket})
    for said in ("said 42", "was passed-on", "A is b", "Job succeeded"):
        assert said in shown, shown


@pytest.mark.parametrize("program, said", [
    ("testcontainers", ["exec: 3 b\\n", "logs: ready\\n", "port: true", "copy out: inside", "ping: 0",
                        "network removed: <nil> <nil>"]),
    ("containers.py", ["exec: [3, ", "copies: inside", "ping: 0"]),
    ("containers.js", ['exec: ["b\\n/tmp\\n",3]', "read: inside", "port: true", "network: "]),
])
def test_testcontainers(under, program, said):
    """Of Go, Python and Node."""
    socket = under("testcontainers").socket
    shown = run(CLIENTS / "go" / program, socket, "all").split("\n") if "." not in program else \
        transcript(program, socket, "all")
    for start in said:
        assert any(line.startswith(start) for line in shown), "\n".join(shown)
    assert not [line for line in shown if "sockwarden:" in line]


def curl(socket, *arguments):
    return run("curl", "-sSf", "--unix-socket", socket, *arguments)


def test_autoheal(under, dockerd):
    """A shell script, whose calls these are."""
    ill = make_sleeper(dockerd, Healthcheck={
        "Test": ["CMD", "false"], "Interval": 10 ** 9, "Retries": 1}, Labels={"autoheal": "true"})
    wire.await_true(
        lambda: dockerd.get(f"/containers/{ill}/json")["State"]["Health"]["Status"] == "unhealthy",
        PATIENCE, "an unhealthy container")
    before = dockerd.get(f"/containers/{ill}/json")["State"]["StartedAt"]
    socket = under("autoheal").socket
    filters = urllib.parse.quote('{"health":["unhealthy"],"label":["autoheal=true"]}')
    rows = json.loads(curl(socket, f"http://localhost/containers/json?filters={filters}"))
    assert [row["Id"] for row in rows] == [ill]
    curl(socket, "--max-time", "30", "-X", "POST", f"http://localhost/containers/{ill}/restart?t=0")
    assert dockerd.get(f"/containers/{ill}/json")["State"]["StartedAt"] != before


def test_homepage(under, dockerd):
    make_sleeper(dockerd, name=named("shown"))
    assert transcript("homepage.js", under("homepage").socket, named("shown")) == [
        "listed: true", "status: running", "stats: true"]


def test_uptime_kuma(under, dockerd):
    make_sleeper(dockerd, name=named("watched"))
    socket = under("uptime-kuma").socket
    assert "ImageID" in curl(socket, "-H", "Accept: */*", "http://localhost/containers/json?all=true")
    assert json.loads(curl(socket, "http://localhost/containers/" + named("watched") + "/json"))["State"]["Running"]


def test_acme_companion(under, dockerd):
    """Its scripts, and a docker-gen that tells them of containers."""
    socket = under("acme-companion").socket
    nginx = make_sleeper(dockerd, name=named("nginx"))
    with Program(CLIENTS / "go/docker-gen", socket, named("nginx")) as generator:
        generator.await_line("containers:", named("nginx"))

    def call(path, body=None):
        return curl(socket, "-X", "POST", "-H", "Content-Type: application/json",
                    *(["-d", body] if body else []), "http://localhost" + path)

    assert nginx in curl(socket, "http://localhost/containers/json")
    command = ["sh", "-c", "/app/docker-entrypoint.sh /usr/local/bin/docker-gen /app/nginx.tmpl "
               "/etc/nginx/conf.d/default.conf; /usr/sbin/nginx -s reload"]
    made = call(f"/containers/{nginx}/exec", json.dumps({
        "AttachStdin": False, "AttachStdout": True, "AttachStderr": True, "Tty": False, "Cmd": command}))
    # It has no nginx; that the shell says so has gone all the way.
    assert "not found" in call(f"/exec/{json.loads(made)['Id']}/start", '{"Detach": false, "Tty":false}')
    call(f"/containers/{nginx}/kill?signal=SIGHUP")


def test_vector(under, dockerd):
    """The calls of its docker_logs source."""
    body = {"Image": "bb:1", "Cmd": ["echo", "said it"]}
    identity = json.loads(dockerd.call("POST", "/containers/create", body).body)["Id"]
    dockerd.call("POST", f"/containers/{identity}/start")
    dockerd.call("POST", f"/containers/{identity}/wait")
    socket = under("vector").socket
    filters = urllib.parse.quote('{"event":["start","unpause","die","pause"],"type":["container"]}')
    ends = "/events?since=1&until=2&filters=" + filters
    for path, said in (("/containers/json?all=false&filters=%7B%7D", "["), (ends, ""),
                       (f"/containers/{identity}/json", identity),
                       (f"/containers/{identity}/logs?follow=true&stdout=true&stderr=true&since=0"
                        "&timestamps=true&tail=all", "said it")):
        assert said in run("curl", "-sSf", "--output", "-", "--unix-socket", socket,
                           "http://localhost/v1.41" + path)


def library(socket, consumer, name):
    """Docker's client library, with the calls of a consumer that cannot be had itself."""
    return run(CLIENTS / "go/library", consumer, socket, name)


TALKER = {"Cmd": ["sh", "-c", "echo said it; exec sleep 1000"], "StopTimeout": 0, "Labels": {"shown": "yes"}}


def test_dozzle(under, dockerd):
    talker = make_sleeper(dockerd, name=named("talker"), **TALKER)
    with Program(CLIENTS / "go/library", "dozzle", under("dozzle").socket, named("talker")) as dozzle:
        for said in (("container:", named("talker")), ("follows: true",), ("reads: true",), ("stats: true",)):
            dozzle.await_line(*said)
        dozzle.await_line("awaits")
        dockerd.call("POST", f"/containers/{talker}/stop")
        dozzle.await_line("event: container")
        dozzle.await_line("done")


@pytest.mark.parametrize("consumer, name, said", [
    ("diun", "", "image: [bb:1"),
    ("netdata", "", "none 1"),
    ("portainer-readonly", "", "done"),
    ("promtail", "", "logs of /talker true"),
    ("trivy", "bb:1", "bytes: true"),
])
def test_calls_of_readers(under, dockerd, consumer, name, said):
    make_sleeper(dockerd, name=named("talker"), **TALKER)
    shown = library(under(consumer).socket, consumer, name)
    assert said.replace("talker", named("talker")) in shown and "done" in shown, shown


@pytest.fixture
def shop(dockerd):
    with a_shop(dockerd) as old:
        yield old


@contextlib.contextmanager
def a_shop(dockerd):
    """A container of which there is much to repeat, and its id."""
    name = named("shop")
    dockerd.call("POST", "/networks/create", {"Name": name})
    old = make_sleeper(dockerd, name=name, Env=["A=b"], ExposedPorts={"80/tcp": {}}, HostConfig={
        "NetworkMode": name, "RestartPolicy": {"Name": "always"}, "Binds": [name + "-data:/data"],
        "Tmpfs": {"/scratch": ""}, "Memory": 64 << 20, "PidsLimit": 100})
    dockerd.call("POST", "/networks/bridge/connect", {"Container": old})
    yield old
    dockerd.remove_containers()
    dockerd.call("DELETE", f"/networks/{name}")
    dockerd.call("DELETE", f"/volumes/{name}-data")


@pytest.mark.parametrize("consumer, more", [
    ("watchtower", IMAGE), ("watchtower-newer", IMAGE), ("portainer", "cgroupns_mode = host"),
])
def test_successors(under, dockerd, shop, consumer, more):
    """Watchtower and Portainer make a container anew from what inspect says."""
    name = named("shop")
    library(under(consumer.split("-")[0], more).socket, consumer, name)
    new = dockerd.get(f"/containers/{name}/json")
    assert new["Id"] != shop and new["State"]["Running"] and "A=b" in new["Config"]["Env"]
    assert set(new["NetworkSettings"]["Networks"]) == {name, "bridge"}
    assert new["HostConfig"]["Binds"] == [name + "-data:/data"]


@pytest.mark.parametrize("consumer", ["drone", "woodpecker"])
def test_pipelines(under, dockerd, consumer):
    shown = library(under(consumer, IMAGE).socket, consumer, "bb:1")
    assert "step: 0 output: true" in shown, shown
    assert not dockerd.container_ids()


def test_fields_of_the_newest_api(tmp_path):
    """Each field that the newest daemon reads has its place in the tables."""
    config = tmp_path / "all.conf"
    config.write_text("[sockwarden]\nupstream = unix:/nowhere\n[listener x]\naddress = unix:/nowhere.too\n"
                      "policy = all\n[policy all]\nallow = @all\ngrant = all\n")
    requests = [line.split(" ", 3) for line in run(CLIENTS / "go/fields").splitlines()]
    assert len(requests) > 800
    tests = tmp_path / "fields.test"
    tests.write_text(f"config = {config}\npolicy = all\n\n" + "".join(
        f"allow {method} {target} {body}\n" for method, target, _, body in requests))
    run(os.environ.get("SOCKWARDEN", TOP / "build/sockwarden"), "test", tests)
