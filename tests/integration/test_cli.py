# SPDX-License-Identifier: Apache-2.0
"""With everything allowed the docker client can not tell sockwarden from dockerd: short calls."""

import hashlib
import json
import os

import pytest

from daemon import registry_config


def test_run_hello(any_docker):
    assert any_docker.out("run", "--rm", "hello") == "Hello from a container."


def test_exit_status_and_streams_are_kept_apart(any_docker):
    done = any_docker("run", "--rm", "bb:1", "sh", "-c", "echo out; echo err >&2; exit 7",
                      check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"out\n", b"err\n")


def test_error_of_the_daemon_is_handed_on(any_docker):
    done = any_docker("inspect", "nobody-has-this", check=False)
    assert done.returncode == 1
    assert b"no such object: nobody-has-this" in done.stderr.lower()


def test_info_version_system_df(any_docker, dockerd):
    assert any_docker.out("version", "--format", "{{.Server.Version}}") == dockerd.get("/version")["Version"]
    assert any_docker.out("info", "--format", "{{.Driver}}") == dockerd.get("/info")["Driver"]
    assert "Images" in any_docker.out("system", "df")


def test_lifecycle(docker):
    docker("run", "-d", "--name", "one", "--memory", "64m", "bb:1", "sleep", "1000")
    docker("rename", "one", "two")
    docker("pause", "two")
    state = docker.out("inspect", "-f", "{{.State.Status}}", "two")
    docker("unpause", "two")
    docker("update", "--memory", "96m", "--memory-swap", "192m", "two")
    assert state == "paused"
    assert docker.out("inspect", "-f", "{{.HostConfig.Memory}}", "two") == str(96 << 20)
    docker("restart", "-t", "0", "two")
    docker("kill", "two")
    assert docker.out("wait", "two") == "137"
    docker("rm", "two")
    assert docker("inspect", "two", check=False).returncode == 1


def test_top_stats_diff_port(docker):
    docker("run", "-d", "--name", "one", "-p", "127.0.0.1:7070:80", "bb:1", "sh", "-c",
           "echo x >/tmp/new; exec sleep 1000")
    assert "sleep 1000" in docker.out("top", "one")
    assert "one" in docker.out("stats", "--no-stream", "--format", "{{.Name}}")
    assert "A /tmp/new" in docker.out("diff", "one")
    assert docker.out("port", "one", "80") == "127.0.0.1:7070"


def test_networks(docker):
    docker("network", "create", "--label", "it=1", "it-net")
    docker("run", "-d", "--name", "one", "--network", "it-net", "bb:1", "sleep", "1000")
    docker("network", "disconnect", "it-net", "one")
    docker("network", "connect", "--alias", "uno", "it-net", "one")
    rows = json.loads(docker.out("network", "inspect", "it-net"))
    docker("rm", "-f", "one")
    docker("network", "rm", "it-net")
    assert [row["Name"] for row in rows[0]["Containers"].values()] == ["one"]


def test_volumes(docker):
    docker("volume", "create", "it-vol")
    docker("run", "--rm", "-v", "it-vol:/data", "bb:1", "sh", "-c", "echo kept >/data/x")
    assert docker.out("run", "--rm", "-v", "it-vol:/data:ro", "bb:1", "cat", "/data/x") == "kept"
    assert "it-vol" in docker.out("volume", "ls", "-q")
    docker("volume", "rm", "it-vol")


def test_host_bind(docker, tmp_path):
    (tmp_path / "x").write_text("from the host")
    assert docker.out("run", "--rm", "-v", f"{tmp_path}:/h:ro", "bb:1", "cat",
                      "/h/x") == "from the host"


def test_tags_and_history(docker):
    docker("tag", "bb:1", "localhost:5000/some/deep/name:2")
    assert docker.out("history", "-q", "localhost:5000/some/deep/name:2")
    identity = docker.out("inspect", "-f", "{{.Id}}", "localhost:5000/some/deep/name:2")
    assert docker.out("image", "inspect", "-f", "{{.Id}}", identity) == identity
    docker("rmi", "localhost:5000/some/deep/name:2")


def test_build_shows_each_step(docker, tmp_path):
    (tmp_path / "Dockerfile").write_text(
        "FROM bb:1\nCOPY payload /payload\nRUN sha256sum /payload >/sum && echo step-one-ran\n"
        'CMD ["cat", "/sum"]\n')
    payload = os.urandom(8 << 20)
    (tmp_path / "payload").write_bytes(payload)
    expected = hashlib.sha256(payload).hexdigest()
    shown = docker.out("build", "--no-cache", "-t", "built:1", str(tmp_path))
    assert "step-one-ran" in shown and "Successfully tagged built:1" in shown
    assert docker.out("run", "--rm", "built:1").split()[0] == expected
    docker("rmi", "-f", "built:1")


def test_commit_and_prune(docker):
    docker("run", "--name", "one", "bb:1", "true")
    docker("commit", "-c", "ENV it=1", "one", "committed:1")
    shown = docker.out("container", "prune", "-f")
    docker("rmi", "committed:1")
    assert "Deleted Containers" in shown
    assert docker.out("ps", "-aq") == ""
    for kind in ("image", "network", "volume", "builder"):
        docker(kind, "prune", "-f")


@pytest.fixture(scope="session")
def registry(dockerd):
    """Debian's registry inside the daemon's network, which has nothing but itself."""
    address = "127.0.0.1:5000"
    with open(dockerd.dir / "registry.log", "wb") as log:
        dockerd.inside("docker-registry", "serve", registry_config(dockerd.dir, address),
                       stdout=log, stderr=log)
    return address


def test_push_and_pull(any_docker, registry):
    name = f"{registry}/it/bb:1"
    any_docker("tag", "bb:1", name)
    for _ in range(100): # until the registry listens
        done = any_docker("push", name, check=False)
        if b"connection refused" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr
    assert b"digest: sha256:" in done.stdout
    any_docker("rmi", name)
    assert "Status: Downloaded newer image" in any_docker.out("pull", name)
    assert any_docker.out("run", "--rm", name, "hello") == "Hello from a container."
    any_docker("rmi", name)
