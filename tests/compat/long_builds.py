# SPDX-License-Identifier: Apache-2.0
"""Builds by the newest buildx and compose, judged: stock builds work, and each power that a policy does not
give is refused, by sockwarden or by the daemon that it instructs. What counts is what exists afterwards."""

import os
import subprocess

import pytest

from daemon import TOP
from transcript import CLIENTS

ALLOW = "allow = @safe system.info buildkit.grpc buildkit.session buildkit.solve buildkit.status buildkit.workers\n"
OPEN = "[policy test]\n" + ALLOW + "image = *\nbuild_remote = *\nimage_write = *\nextra_host = *\n"
NARROW = "[policy test]\n" + ALLOW + "image = bb:*\nimage_write = ci/**\n"
OLD = "use dockerd 24.0.7" # what clients of an older daemon are told where `image` or `build_remote` is narrow
BASE = "FROM bb:1\n"


@pytest.fixture(scope="module")
def enforces(dockerd):
    return int(dockerd.get("/version")["ApiVersion"].split(".")[1]) >= 44


@pytest.fixture(scope="module")
def open_builds(make_warden):
    return make_warden(OPEN)


@pytest.fixture(scope="module", params=["open", "docker-cli-developer", "docker-compose"])
def stock(request, make_warden):
    """A policy of its own, and the presets whose clients build."""
    preset = request.param != "open"
    text = f"[policy test]\ninclude = {TOP}/conf/presets/{request.param}.conf\n" if preset else OPEN
    warden = make_warden(text)
    warden.preset = preset
    return warden


@pytest.fixture(scope="module")
def narrow(make_warden):
    return make_warden(NARROW)


@pytest.fixture
def docker(tmp_path):
    """Runs a command of docker in a directory with a Dockerfile. Returns its status and what it printed."""
    plugins = tmp_path / "client/cli-plugins"
    plugins.mkdir(parents=True)
    for name in "buildx", "compose":
        (plugins / f"docker-{name}").symlink_to(CLIENTS / "go" / name)
    context = tmp_path / "context"
    context.mkdir()
    (context / "data").write_text("data\n")

    def run(warden, *command, dockerfile=BASE, files=()):
        (context / "Dockerfile").write_text(dockerfile)
        for name, text in files:
            (context / name).write_text(text)
        done = subprocess.run(
            [CLIENTS / "go/docker", *command], cwd=context, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DOCKER_CONFIG": str(tmp_path / "client"),
                 "DOCKER_HOST": "unix://" + warden.socket, "BUILDX_METADATA_PROVENANCE": "disabled"})
        return done.returncode, done.stdout
    run.context = context
    return run


BUILD = ["buildx", "build", "--progress", "plain"]
STOCK = {
    "plain": (BUILD + ["-t", "ci/stock", "."], BASE + "COPY data /data\nRUN cat /data\n"),
    "stages": (BUILD + ["-t", "ci/stock", "."], "FROM bb:1 AS a\nRUN echo x >/x\nFROM scratch\nCOPY --from=a /x /\n"),
    "arguments": (BUILD + ["--build-arg", "A=1", "--label", "a=b", "--add-host", "db:10.0.0.1", "--shm-size", "32m",
                           "-t", "ci/stock", "."], BASE + "ARG A\nRUN grep db /etc/hosts\n"),
    "secret": (BUILD + ["--secret", "id=s,src=data", "-t", "ci/stock", "."],
               BASE + "RUN --mount=type=secret,id=s grep data /run/secrets/s\n"),
    "cache mount": (BUILD + ["-t", "ci/stock", "."], BASE + "RUN --mount=type=cache,target=/c echo x >/c/x\n"),
    "output": (BUILD + ["-o", "type=local,dest=out", "."], "FROM scratch\nCOPY data /\n"),
    "outline": (BUILD + ["--call=outline", "."], BASE),
    "bake": (["buildx", "bake", "--allow=fs.read=..", "-f", "bake.hcl"], BASE + "COPY data /\n"),
    "compose": (["compose", "-f", "compose.yml", "build"], BASE + "COPY data /\n"),
}
FILES = [("bake.hcl", 'group "default" { targets = ["a", "b"] }\n'
          'target "a" { tags = ["ci/a"] }\ntarget "b" { tags = ["ci/b"] }\n'),
         ("compose.yml", "services:\n  one:\n    build: .\n    image: ci/one\n")]


@pytest.mark.parametrize("name", STOCK)
def test_stock_clients_build(name, stock, docker, enforces):
    command, dockerfile = STOCK[name]
    status, said = docker(stock, *command, dockerfile=dockerfile, files=FILES)
    if not enforces and stock.preset:
        assert status != 0 and OLD in said, said
    elif name == "outline" and not enforces:
        assert "unsupported request frontend.outline" in said # dockerd 20.10's frontend has none
    else:
        assert status == 0, said
    assert "connection of a build" not in stock.log.read_text() # a build that succeeds says nothing


# The Dockerfile, options, and who says no: the daemon, that is told by "policy", or sockwarden.
DENIED = "denied by policy"
ATTACKS = {
    "an image that the daemon has": ("FROM hello\n", [], DENIED),
    "in another spelling": ("FROM docker.io/library/hello:latest\n", [], DENIED),
    "by an argument": ("ARG I=hello\nFROM ${I}\n", [], DENIED),
    "by a default": ("ARG I\nFROM ${I:-hello}\n", [], DENIED),
    "as a stage that is not built last": ("FROM hello AS x\nFROM bb:1\nCOPY --from=x / /x\n", [], DENIED),
    "COPY --from": (BASE + "COPY --from=hello / /x\n", [], DENIED),
    "RUN --mount": (BASE + "RUN --mount=from=hello,target=/m true\n", [], DENIED),
    "dots": ("FROM docker.io/library/bb/../hello\n", [], None),
    "a registry": ("FROM 127.0.0.1:1/bb:1\n", [], DENIED),
    "a named context": (BASE, ["--build-context", "x=docker-image://hello"], '"image"'),
    "ADD": (BASE + "ADD http://127.0.0.1:1/x /\n", [], DENIED),
    "ADD of a repository": (BASE + "ADD https://127.0.0.1:1/x.git /x\n", [], DENIED),
    "BUILDKIT_SYNTAX": (BASE, ["--build-arg", "BUILDKIT_SYNTAX=hello"], '"frontend"'),
    "the host's network": (BASE + "RUN true\n", ["--network", "host"], '"network_mode"'),
    "the same of RUN": (BASE + "RUN --network=host true\n", [], "network.host is not allowed"),
    "privileges": (BASE, ["--allow", "security.insecure"], '"privileged"'),
    "privileges of RUN": (BASE + "RUN --security=insecure true\n", [], "security.insecure is not allowed"),
    "a cgroup": (BASE, ["--cgroup-parent", "system.slice"], '"cgroup_parent"'),
    "hosts": (BASE, ["--add-host", "db:10.0.0.1"], '"extra_host"'),
    "limits": (BASE, ["--ulimit", "nofile=1000:2000"], '"ulimit"'),
    "a name": (BASE, ["-t", "bb:1"], '"image_write"'),
    "a push": (BASE, ["--push"], "image.push"),
    "a cache": (BASE, ["--cache-to", "type=registry,ref=ci/cache"], '"build_cache"'),
    "a cache to read": (BASE, ["--cache-from", "ci/cache"], '"build_cache"'),
    "a scanner": (BASE, ["--attest", "type=sbom,generator=hello"], '"image"'),
    "the default scanner": (BASE, ["--sbom=true"], DENIED),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_powers_are_denied(name, narrow, docker, dockerd, enforces):
    dockerfile, options, wanted = ATTACKS[name]
    dockerd.call("DELETE", "/images/ci/attack?force=1")
    before = dockerd.get("/images/bb:1/json")["Id"]
    status, said = docker(narrow, *BUILD, "-t", "ci/attack", *options, ".", dockerfile=dockerfile)
    assert status != 0, said
    assert dockerd.get("/images/ci/attack/json") is None
    assert dockerd.get("/images/bb:1/json")["Id"] == before
    by_sockwarden = wanted and wanted[0] == '"' or wanted == "image.push"
    if wanted and (enforces or by_sockwarden):
        assert wanted in said, said
    elif wanted:
        assert OLD in said, said


def test_a_line_for_a_frontend_has_no_effect(narrow, docker, enforces):
    status, said = docker(narrow, *BUILD, "-t", "ci/syntax", ".", dockerfile="# syntax=hello\n" + BASE)
    assert (status == 0) == enforces and "resolve image config for docker-image://docker.io/library/hello" not in said, said
    assert enforces or OLD in said


def test_cache_mounts_are_not_those_of_others(open_builds, docker, dockerd):
    """What a build without sockwarden left in a cache mount is not there for a client of it."""
    class Direct:
        socket = dockerd.socket
    put = BASE + "RUN --mount=type=cache,id=shared,target=/c echo secret >/c/secret\n"
    status, said = docker(Direct, *BUILD, "--no-cache", ".", dockerfile=put)
    assert status == 0, said
    get = BASE + "RUN --mount=type=cache,id=shared,target=/c test ! -e /c/secret\n"
    status, said = docker(open_builds, *BUILD, "--no-cache", ".", dockerfile=get)
    assert status == 0, said
