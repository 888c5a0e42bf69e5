# SPDX-License-Identifier: Apache-2.0
"""What docs/troubleshooting.md says that clients show where they hide a refusal."""

import pathlib
import subprocess

import pytest

import warden as warden_module
from conftest import Cli, clients, make_sleeper
from daemon import TOP

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

PAGE = (TOP / "docs/troubleshooting.md").read_text()
POLICY = """[policy test]
allow = system.ping system.version container.inspect container.exec container.create
image = bb:1
"""
HIDDEN = {
    "exec": (["exec", "shown", "id"], "unable to upgrade to tcp, received 403", "exec.start"),
    "run": (["run", "--rm", "bb:1", "id"], "unable to upgrade to tcp, received 403", "container.attach"),
    "cp": (["cp", "/etc/hostname", "shown:/tmp/"], "no such directory", "container.archive_stat"),
}


@pytest.mark.parametrize("program", clients())
@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_refusals_are_in_the_audit_log(name, program, make_warden, dockerd, client_config):
    arguments, text, operation = HIDDEN[name]
    make_sleeper(dockerd, name="shown")
    warden = make_warden(POLICY)
    done = Cli(program, warden.socket, client_config)(*arguments, check=False)
    assert done.returncode != 0
    assert text in done.stderr.decode() and f"`{text}`" in PAGE
    assert operation in [record.get("operation") for record in warden.records()]


@pytest.mark.parametrize("program", clients())
def test_a_refused_ping_looks_like_an_old_daemon(program, make_warden, client_config):
    warden = make_warden("[policy test]\nallow = container.list")
    done = Cli(program, warden.socket, client_config)("ps", check=False)
    text = "is too new. Maximum supported API version is"
    assert "system.ping" in [record.get("operation") for record in warden.records()] and text in PAGE
    assert done.returncode == 0 or text in done.stderr.decode() # older clients do not ask again


@pytest.mark.parametrize("program", clients())
def test_refused_statistics_are_dashes(program, make_warden, dockerd, client_config):
    make_sleeper(dockerd, name="shown")
    warden = make_warden("[policy test]\nallow = @safe container.list container.inspect system.events")
    done = Cli(program, warden.socket, client_config)("stats", "--no-stream", check=False)
    assert b"-- / --" in done.stdout and "`docker stats` without names shows `--`" in PAGE
    assert "container.stats" in [record.get("operation") for record in warden.records()]


COMMANDS = {
    "docker ps": ["ps"],
    "docker run": ["run", "bb:1", "true"],
    "docker run -d": ["run", "-d", "bb:1", "true"],
    "docker exec": ["exec", "shown", "true"],
    "docker logs": ["logs", "shown"],
    "docker stop": ["stop", "-t", "0", "shown"],
    "docker rm": ["rm", "-f", "shown"],
    "docker cp CONTAINER:FILE": ["cp", "shown:/etc/passwd", "-"],
    "docker cp FILE CONTAINER:": ["cp", "/etc/hostname", "shown:/tmp/"],
}


def operations_of(command):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{command}`"))
    return [word for word in row.split("|")[2].replace("`", "").replace(",", "").split()]


@pytest.mark.parametrize("program", clients())
@pytest.mark.parametrize("command", COMMANDS)
def test_commands_need_what_the_page_says(command, program, make_warden, dockerd, client_config):
    make_sleeper(dockerd, name="shown")
    operations = operations_of(command)
    for left in [None, *(operations if command != "docker stop" else [])]: # that row has several commands
        allowed = [operation for operation in operations if operation != left]
        warden = make_warden("[policy test]\ngrant = all\nallow = @safe " + " ".join(allowed))
        done = Cli(program, warden.socket, client_config)(*COMMANDS[command], check=False)
        denied = [record["operation"] for record in warden.records() if record["event"] == "denied"]
        assert (left in denied) if left else (done.returncode == 0 and not denied), (left, done.stderr, denied)


def test_logrotate_takes_the_configuration(tmp_path):
    block = PAGE.split("```logrotate\n")[1].split("```")[0]
    config = pathlib.Path(tmp_path / "logrotate.conf")
    config.write_text(block)
    config.chmod(0o644)
    done = subprocess.run(["logrotate", "--debug", str(config)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr
