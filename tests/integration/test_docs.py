# SPDX-License-Identifier: Apache-2.0
"""What the documents tell a person to paste works: every ```sh block below `<!-- test: run -->`."""

import os
import re
import shutil
import subprocess

import pytest

import warden as warden_module
from daemon import TOP

BLOCK = re.compile(r"^<!-- test: run -->\n```sh\n(.*?)^```$", re.M | re.S)
FILES = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]


def scripts():
    """The blocks of one file together, since later ones build on earlier ones."""
    for path in FILES:
        blocks = BLOCK.findall(path.read_text())
        if blocks:
            yield pytest.param("".join(blocks), id=path.name)


@pytest.mark.skipif(warden_module.DIRECT, reason="needs the program")
@pytest.mark.parametrize("text", scripts())
def test_blocks_run(text, tmp_path):
    assert "build/sockwarden" in text
    text = text.replace("/tmp/", f"{tmp_path}/")
    # The program under test, which is built already and may itself lie below /tmp.
    text = text.replace("build/sockwarden", warden_module.BINARY).replace("scripts/build\n", "")
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=TOP, timeout=60, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "HOME": str(tmp_path)})
    assert done.returncode == 0, done.stdout
    if "denied (status" in text:
        assert "denied (status 1)" in done.stdout


def test_readme_names_what_exists():
    for name in re.findall(r"`((?:conf|docs|contrib|scripts)/[^` ]*)", FILES[0].read_text()):
        assert (TOP / name).exists(), name


# Every ```ini block is a configuration, a policy, or the inside of one, and can be used; a
# ```policy-test block behind it holds for it.
FENCE = re.compile(r"^```(ini|policy-test)\n(.*?)^```$", re.M | re.S)


def whole(text):
    for name in re.findall(r"^policy *= *(\S+)", text, re.M):
        if f"[policy {name}]" not in text: # is shown elsewhere
            text += f"\n[policy {name}]\nallow = @safe\n"
    if "[policy " not in text:
        text = "[policy x]\n" + text
    if "[listener " not in text:
        name = re.search(r"^\[policy (\S+)\]", text, re.M).group(1)
        text = f"[listener x]\naddress = unix:/run/sockwarden/x.sock\npolicy = {name}\n\n{text}"
    return text


def policies():
    for path in FILES:
        blocks = FENCE.findall(path.read_text())
        for number, (kind, text) in enumerate(blocks):
            if kind == "ini":
                after = blocks[number + 1:number + 2]
                tests = after[0][1] if after and after[0][0] == "policy-test" else None
                yield pytest.param(text, tests, id=f"{path.name}-{number}")


@pytest.mark.skipif(warden_module.DIRECT, reason="needs the program")
@pytest.mark.parametrize("text, tests", list(policies()))
def test_policies_can_be_used(text, tests, tmp_path):
    shutil.copytree(TOP / "conf/presets", tmp_path / "presets")
    (tmp_path / "x.conf").write_text(whole(text))
    (tmp_path / "x.test").write_text("config = x.conf\n" + (tests or ""))
    command = ["check", "-q", "-c", tmp_path / "x.conf"]
    subprocess.run([warden_module.BINARY, *command], check=True)
    if tests:
        done = subprocess.run([warden_module.BINARY, "test", tmp_path / "x.test"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout


COMPOSE = re.compile(r"^```yaml\n(.*?)^```$", re.M | re.S)


@pytest.mark.parametrize("text", [
    pytest.param(text, id=f"{path.name}-{number}")
    for path in FILES for number, text in enumerate(COMPOSE.findall(path.read_text()))])
def test_compose_files_can_be_used(text, tmp_path):
    (tmp_path / "docker-compose.yml").write_text(text)
    subprocess.run(["/usr/bin/docker-compose", "config", "-q"], cwd=tmp_path, check=True, timeout=60,
                   env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})


def test_links_lead_somewhere():
    for path in FILES:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
