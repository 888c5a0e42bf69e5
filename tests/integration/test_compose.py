# SPDX-License-Identifier: Apache-2.0
"""contrib/: the compose files are good, their policies can be used, and two of them run, with an image
that nobody pulled."""

import os
import pathlib
import shutil
import subprocess

import pytest

import warden as warden_module
from conftest import DEBIAN_DOCKER
from daemon import TOP

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="needs the program")

COMPOSE = sorted((TOP / "contrib/compose").glob("*.yml"))
CLIENT = "client:1"
ONE = "registry.example.org/ci/app:1" # comes with the daemon


def composer(directory, name, socket, project):
    """Runs docker-compose on a copy of contrib/compose/NAME.yml."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(directory), "DOCKER_HOST": f"unix://{socket}",
        "DOCKER_CONFIG": str(directory), "COMPOSE_HTTP_TIMEOUT": "60",
        "DOCKER_SOCKET": str(socket), "DOCKER_GID": str(os.stat(socket).st_gid),
        "RUNNER_IMAGE": CLIENT, "DASHBOARD_IMAGE": CLIENT, "DEPLOYER_IMAGE": CLIENT}
    command = ["/usr/bin/docker-compose", "-f", str(directory / f"{name}.yml"), "-p", project]

    def call(*arguments, check=True):
        done = subprocess.run(
            [*command, *arguments], env=environment, timeout=180, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if check:
            assert done.returncode == 0, done.stdout
        return done
    return call


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.stem)
def test_compose_file(path, tmp_path):
    subprocess.run(["/usr/bin/docker-compose", "-f", path, "config", "-q"], check=True, timeout=60,
                   env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    assert path.with_suffix(".conf").exists()


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.stem)
def test_its_policy_can_be_used(path, tmp_path):
    shutil.copytree(TOP / "conf/presets", tmp_path / "presets")
    shutil.copy(path.with_suffix(".conf"), tmp_path / "x.conf")
    subprocess.run([warden_module.BINARY, "check", "-q", "-c", tmp_path / "x.conf"], check=True)


def import_client(docker, directory):
    """An image with busybox and the docker client, and the libraries that the client needs."""
    tree = directory / "client"
    (tree / "bin").mkdir(parents=True)
    shutil.copy(shutil.which("busybox"), tree / "bin/busybox")
    shutil.copy(DEBIAN_DOCKER, tree / "bin/docker")
    for applet in ("sh", "sleep", "ls"):
        (tree / "bin" / applet).symlink_to("busybox")
    needed = subprocess.run(["ldd", DEBIAN_DOCKER], check=True, stdout=subprocess.PIPE, text=True)
    for word in needed.stdout.split():
        if word.startswith("/"):
            target = tree / word.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(os.path.realpath(word), target)
    subprocess.run(["tar", "-C", tree, "-cf", directory / "client.tar", "."], check=True)
    docker("import", "-c", "ENV PATH=/bin", "-c", 'CMD ["sleep", "1000"]',
           str(directory / "client.tar"), CLIENT)


@pytest.fixture(scope="module")
def images(dockerd, tmp_path_factory):
    directory = tmp_path_factory.mktemp("images")
    environment = {**os.environ, "DOCKER_HOST": "unix://" + dockerd.socket,
                   "DOCKER_CONFIG": str(directory)}

    def docker(*arguments):
        subprocess.run([DEBIAN_DOCKER, *arguments], check=True, env=environment, timeout=60,
                       stdout=subprocess.DEVNULL)

    subprocess.run([TOP / "contrib/docker/build-image", "--program", warden_module.BINARY],
                   check=True, env=environment, timeout=120)
    import_client(docker, directory)
    yield
    docker("rmi", "-f", "sockwarden:latest", CLIENT)


def up(dockerd, tmp_path, name):
    for path in (TOP / "contrib/compose").glob(f"{name}.*"):
        shutil.copy(path, tmp_path)
    tmp_path.chmod(0o755)
    compose = composer(tmp_path, name, dockerd.socket, f"it-{name}")
    compose("up", "-d")
    return compose


@pytest.fixture
def ci(dockerd, images, tmp_path):
    compose = up(dockerd, tmp_path, "ci-runner")
    yield compose
    compose("down", "-v", "-t", "1")


def in_runner(ci, *command, check=True):
    return ci("exec", "-T", "runner", "docker", *command, check=check)


def test_ci_runner(ci):
    assert "ran" in in_runner(ci, "run", "--rm", ONE, "echo", "ran").stdout
    for escape in (["--privileged"], ["-v", "/:/host"], ["--pid=host"], ["--net=host"],
                   ["--cap-add=SYS_ADMIN"], ["-v", "/run/sockwarden:/s"]):
        done = in_runner(ci, "run", "--rm", *escape, ONE, "true", check=False)
        assert done.returncode != 0 and "sockwarden" in done.stdout, (escape, done.stdout)
    done = in_runner(ci, "run", "--rm", "bb:1", "true", check=False)
    assert done.returncode != 0 and "image" in done.stdout, done.stdout
    log = ci("logs", "--no-color", "sockwarden").stdout
    assert log.count('"event":"denied"') >= 7


def test_two_clients(dockerd, images, tmp_path):
    compose = up(dockerd, tmp_path, "two-clients")
    try:
        looks = compose("exec", "-T", "dashboard", "docker", "ps", "--format", "{{.Names}}").stdout
        assert "deployer" in looks
        done = compose("exec", "-T", "dashboard", "docker", "run", "--rm", "bb:1", "true", check=False)
        assert done.returncode != 0 and "container.create" in done.stdout
        done = compose("exec", "-T", "deployer", "docker", "run", "--rm", "bb:1", "echo", "deployed")
        assert "deployed" in done.stdout
        done = compose("exec", "-T", "deployer", "docker", "run", "--rm", "-v", "/:/h", "bb:1", "true",
                       check=False)
        assert done.returncode != 0 and "bind" in done.stdout
    finally:
        compose("down", "-v", "-t", "1")


def test_image_without_a_file_takes_variables(dockerd, images, tmp_path):
    """One image name is changed, and the client keeps working (here by a unix socket)."""
    environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": "unix://" + dockerd.socket,
                   "DOCKER_CONFIG": str(tmp_path)}
    sockets = tmp_path / "s"
    sockets.mkdir()

    def docker(*arguments, host=dockerd.socket, check=True):
        return subprocess.run([DEBIAN_DOCKER, *arguments], check=check, timeout=60, text=True,
                              env={**environment, "DOCKER_HOST": f"unix://{host}"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    docker("run", "-d", "--name", "dropin", "-e", "CONTAINERS=1", "--read-only", "--cap-drop", "ALL",
           "--network", "none", "-v", f"{dockerd.socket}:/var/run/docker.sock",
           "-v", f"{sockets}:/run/sockwarden", "sockwarden:latest")
    socket = str(sockets / "docker.sock")
    warden_module.wire.await_true(lambda: warden_module.wire.answers(socket), 20, "the container")
    assert "dropin" in docker("ps", host=socket).stdout
    done = docker("rm", "-f", "dropin", host=socket, check=False)
    assert done.returncode != 0 and "container.remove" in done.stdout
    assert "healthy" in docker("exec", "dropin", "/sockwarden", "health", "--env").stdout
    assert "/containers/*/archive" in docker("logs", "dropin").stdout
