# SPDX-License-Identifier: Apache-2.0
"""contrib/: the compose files are good, their policies can be used, and two of them run, with an image
that nobody pulled."""

import os
import shutil
import subprocess

import pytest

import warden as warden_module
import wire
from archives import client_tree
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
    subprocess.run([warden_module.BINARY, "check", "-q", "--files-only", "-c", tmp_path / "x.conf"], check=True)


def import_client(docker, directory):
    """An image with busybox and the docker client, and the libraries that the client needs."""
    tree = client_tree(directory / "client")
    subprocess.run(["tar", "-C", tree, "-cf", directory / "client.tar", "."], check=True)
    docker("import", "-c", "ENV PATH=/bin", "-c", 'CMD ["sleep", "1000"]',
           str(directory / "client.tar"), CLIENT)


@pytest.fixture(scope="module")
def images(dockerd, sockwarden_image, tmp_path_factory):
    directory = tmp_path_factory.mktemp("images")
    environment = {**os.environ, "DOCKER_HOST": "unix://" + dockerd.socket,
                   "DOCKER_CONFIG": str(directory)}

    def docker(*arguments):
        subprocess.run([DEBIAN_DOCKER, *arguments], check=True, env=environment, timeout=60,
                       stdout=subprocess.DEVNULL)

    import_client(docker, directory)
    yield
    docker("rmi", "-f", CLIENT)


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
        own = compose("ps", "-q", "sockwarden").stdout.strip()
        attacks = [f"exec {own} /sockwarden version", f"rm -f {own}",
                   "run --rm -v it-two-clients_dashboard:/x:ro bb:1 true"]
        script = "; ".join(f"docker {attack} 2>&1" for attack in attacks)
        done = compose("exec", "-T", "deployer", "sh", "-c", script, check=False)
        assert done.stdout.count("own container") == len(attacks), done.stdout
    finally:
        compose("down", "-v", "-t", "1")


@pytest.fixture
def dropin(dockerd, images, tmp_path):
    """Containers of the image with nothing but variables, and clients in their network."""
    environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": "unix://" + dockerd.socket,
                   "DOCKER_CONFIG": str(tmp_path)}
    group = os.stat(dockerd.socket).st_gid

    def docker(*arguments, check=True):
        return subprocess.run([DEBIAN_DOCKER, *arguments], check=check, timeout=60, text=True,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(*options):
        docker("run", "-d", "--name", "dropin", "-e", "CONTAINERS=1", "--network", "none",
               "-v", f"{dockerd.socket}:/var/run/docker.sock:ro", *options, "sockwarden:latest")
        wire.await_true(lambda: "ready: " in docker("logs", "dropin").stdout, 30, "the container")

    def client(*arguments, check=True):
        return docker("run", "--rm", "--network", "container:dropin",
                      "-e", "DOCKER_HOST=tcp://localhost:2375", CLIENT, "docker", *arguments, check=check)

    os.chown(dockerd.socket, 0, GROUP)
    yield run, client, docker
    os.chown(dockerd.socket, 0, group)


GROUP = 4242 # of the daemon's socket, to which root belongs nowhere
NOBODY = "65532"
# As the compose files of the images that it takes the place of have it, and tighter ones.
SETTINGS = {
    "plain": [],
    "linuxserver": ["--read-only", "--tmpfs", "/run/x", "--security-opt", "no-new-privileges"],
    "no capabilities": ["--read-only", "--cap-drop", "ALL"],
    "user": ["--read-only", "--cap-drop", "ALL", "--user", f"{NOBODY}:{GROUP}"],
    "group": ["--user", NOBODY, "--group-add", str(GROUP)],
}


def ids(dockerd, docker):
    """Real, effective, saved and file system ids of the program."""
    pid = docker("inspect", "-f", "{{.State.Pid}}", "dropin").stdout.strip()
    inside = dockerd.inside("cat", f"/proc/{pid}/status", stdout=subprocess.PIPE, text=True)
    status = dict(line.split(":", 1) for line in inside.communicate(timeout=20)[0].splitlines())
    assert set(status["CapEff"].strip() + status["CapPrm"].strip()) == {"0"}
    return set(status["Uid"].split()), set(status["Gid"].split()), set(status["Groups"].split())


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_image_in_place_of_another(dockerd, dropin, settings):
    """One image name is changed, and the client keeps working."""
    run, client, docker = dropin
    run(*SETTINGS[settings])
    assert "dropin" in client("ps").stdout
    done = client("rm", "-f", "dropin", check=False)
    assert done.returncode != 0 and "container.remove" in done.stdout
    assert "healthy" in docker("exec", "dropin", "/sockwarden", "health", "--env").stdout
    assert "/containers/*/archive" in docker("logs", "dropin").stdout
    uids, gids, groups = ids(dockerd, docker)
    if settings == "no capabilities":
        assert uids == {"0"} # as which it owns the socket, and has no power besides
    else:
        assert uids == {NOBODY} and str(GROUP) in gids | groups


def test_image_with_a_unix_socket(dockerd, dropin, tmp_path):
    run, _, _ = dropin
    sockets = tmp_path / "s"
    sockets.mkdir()
    run("-e", "LISTEN_SOCKET=/run/sockwarden/docker.sock", "-v", f"{sockets}:/run/sockwarden")
    assert wire.request(str(sockets / "docker.sock"), "GET", "/containers/json").status == 200


def test_image_without_the_group(dockerd, dropin):
    """Whoever made it another user's and forgot the group learns which one it is."""
    run, client, docker = dropin
    run("--user", NOBODY)
    done = client("ps", check=False)
    assert done.returncode != 0 and "Permission denied" in done.stdout
    assert f"group {GROUP}" in done.stdout or f"group {GROUP}" in docker("logs", "dropin").stdout


def test_image_exposes_the_port(images, dockerd):
    image = dockerd.get("/images/sockwarden:latest/json")
    assert list(image["Config"]["ExposedPorts"]) == ["2375/tcp"]
