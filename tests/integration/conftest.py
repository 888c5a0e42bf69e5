# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a dockerd for the whole run, sockwardens in front of it, and docker clients."""

import json
import os
import shutil
import signal
import subprocess
import tempfile

import pytest

import daemon as daemon_module
import warden as warden_module
from daemon import TOP

DEBIAN_DOCKER = "/usr/bin/docker"
TEST_SECONDS = 270 if os.environ.get("SOCKWARDEN_LONG") else 90


def clients():
    """Debian's docker client, and the one of SOCKWARDEN_DOCKER or another that comes first in PATH."""
    other = os.environ.get("SOCKWARDEN_DOCKER") or shutil.which("docker")
    return [DEBIAN_DOCKER] + ([other] if other and os.path.realpath(other) != DEBIAN_DOCKER else [])


@pytest.fixture(scope="session")
def workdir():
    # Short: a unix socket's path ends at 107 bytes.
    path = tempfile.mkdtemp(prefix="sw-it.", dir="/tmp")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def dockerd(workdir):
    instance = daemon_module.Daemon(os.path.join(workdir, "d"))
    instance.launch()
    yield instance
    instance.end()


@pytest.fixture(scope="session")
def make_warden(dockerd, workdir):
    """Makes a sockwarden from policy text; all of them must end well, the sanitizers' word included."""
    made = []

    def make(policy, name="test", options="", arguments=()):
        directory = tempfile.mkdtemp(prefix="w.", dir=workdir)
        instance = warden_module.Warden(directory, dockerd.socket)
        made.append(instance)
        return instance.start(instance.configure(policy, name, options), *arguments)

    yield make
    ends = [(instance.end(), instance.log) for instance in made]
    for status, log in ends:
        assert status == 0, f"sockwarden ended with {status}: {log.read_text()[-4000:]}"


@pytest.fixture(scope="session")
def open_warden(dockerd, workdir):
    """Everything allowed, by conf/allow-all.conf and the command line."""
    directory = tempfile.mkdtemp(prefix="w.", dir=workdir)
    instance = warden_module.Warden(directory, dockerd.socket)
    instance.start(TOP / "conf/allow-all.conf",
                   "--listen", "unix:" + instance.socket, "--upstream", "unix:" + dockerd.socket)
    yield instance
    status = instance.end()
    assert status == 0, f"sockwarden ended with {status}: {instance.log.read_text()[-4000:]}"


@pytest.fixture(scope="session")
def ci_warden(make_warden):
    """The policy of conf/ci-runner.conf."""
    if warden_module.DIRECT:
        pytest.skip("there is no policy without sockwarden")
    policy, name = warden_module.policy_lines(TOP / "conf/ci-runner.conf")
    return make_warden(policy, name)


class Cli:
    """A docker client that talks to a socket."""

    def __init__(self, program, socket, config):
        self.program = program
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": config, "DOCKER_HOST": "unix://" + socket,
            "DOCKER_CONFIG": config, "DOCKER_BUILDKIT": "0", "COMPOSE_HTTP_TIMEOUT": "60"}

    def __call__(self, *arguments, check=True, timeout=60, **options):
        options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
        if options["stdin"] is None:
            del options["stdin"]
        options.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run([self.program, *arguments], env=self.environment, timeout=timeout,
                              stderr=subprocess.PIPE, **options)
        if check:
            assert done.returncode == 0, f"{arguments}: {done.stderr.decode()}"
        return done

    def out(self, *arguments, **options):
        return self(*arguments, **options).stdout.decode().strip()

    def popen(self, *arguments, **options):
        return subprocess.Popen([self.program, *arguments], env=self.environment, **options)


@pytest.fixture(scope="session")
def client_config(workdir):
    path = os.path.join(workdir, "client")
    os.makedirs(path, exist_ok=True)
    return path


@pytest.fixture
def docker(open_warden, client_config):
    return Cli(DEBIAN_DOCKER, open_warden.socket, client_config)


@pytest.fixture(params=clients())
def any_docker(request, open_warden, client_config):
    return Cli(request.param, open_warden.socket, client_config)


@pytest.fixture(params=clients())
def ci_docker(request, ci_warden, client_config):
    return Cli(request.param, ci_warden.socket, client_config)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """No test hangs: what waits for ever is interrupted."""
    def interrupt(*_):
        raise TimeoutError(f"{item.name} took more than {TEST_SECONDS} seconds")

    signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)


@pytest.fixture(autouse=True)
def no_containers_left(request):
    yield
    if "dockerd" in request.fixturenames:
        request.getfixturevalue("dockerd").remove_containers()


@pytest.fixture
def sleeper(dockerd):
    """A container that sleeps, made without anything in between. Answers its full id."""
    return make_sleeper(dockerd)


def make_sleeper(dockerd, **config):
    name = config.pop("name", None)
    body = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0, **config}
    target = "/containers/create" + (f"?name={name}" if name else "")
    identity = json.loads(dockerd.call("POST", target, body).body)["Id"]
    assert dockerd.call("POST", f"/containers/{identity}/start").status == 204
    return identity
