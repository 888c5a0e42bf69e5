# SPDX-License-Identifier: Apache-2.0
"""What the documents tell a person to paste works. Blocks that need a daemon are the business of
tests/machine; here each block of any kind is seen to have its test."""

import json
import os
import re
import shutil
import subprocess

import pytest

import documents
import warden as warden_module
from daemon import TOP
from documents import FILES

# How each kind of block is tested.
MARKED = ("sh", "systemd", "authorized_keys", "logrotate") # by the mark above it
HERE = ("ini", "policy-test", "yaml", "json")
ALL = [block for path in FILES for block in documents.blocks(path)]


@pytest.mark.parametrize("block", ALL, ids=lambda block: f"{block.file}:{block.line}")
def test_every_block_has_its_test(block):
    assert block.kind in MARKED + HERE, "a block of no known kind"
    if block.kind in HERE and not block.test:
        return
    word, _, rest = block.test.partition(" ")
    assert word in ("run", "machine", "by"), "it has no mark that says what tests it"
    if word == "machine":
        tests = "".join(path.read_text() for path in (TOP / "tests/machine").glob("test_*.py"))
        assert f'script("{block.file}", ' in tests
    if word == "by":
        name, _, words = rest.partition(" ")
        assert words and words in (TOP / name).read_text()


def test_commands_stand_in_blocks():
    """Not in lines with an indent, which no test would see."""
    for path in FILES:
        for line in re.sub(documents.FENCE, "", path.read_text()).splitlines():
            assert not re.match(r"    (?:sudo |build/)?(?:docker|sockwarden|scripts/|contrib/)", line), line


def scripts():
    """The blocks of one file together, since later ones build on earlier ones."""
    for path in FILES:
        text = documents.script(path.relative_to(TOP), "run")
        if text:
            yield pytest.param(text, id=path.name)


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


def test_readme_leads_to_every_page():
    named = re.findall(r"`(docs/[^` ]*\.md)`", FILES[0].read_text())
    assert sorted(set(named)) == sorted(str(path.relative_to(TOP)) for path in (TOP / "docs").glob("*.md"))


# Every ```ini block is a configuration, a policy, or the inside of one, and can be used; a
# ```policy-test block behind it holds for it.


def whole(text):
    for name in re.findall(r"(?:^policy *=|->) *(\w+)$", text, re.M):
        if f"[policy {name}]" not in text: # is shown elsewhere
            text += f"\n[policy {name}]\nallow = @safe\n"
    if "[policy " not in text:
        text = "[policy x]\n" + text
    for name in re.findall(r"^upstream *= *(\w+)$", text, re.M):
        if f"[upstream {name}]" not in text:
            text += f"\n[upstream {name}]\naddress = unix:/run/docker.sock\n"
    if "[listener " not in text:
        name = re.search(r"^\[policy (\S+)\]", text, re.M).group(1)
        text = f"[listener x]\naddress = unix:/run/sockwarden/x.sock\npolicy = {name}\n\n{text}"
    return text


def policies():
    for path in FILES:
        found = [block for block in documents.blocks(path) if block.kind in ("ini", "policy-test")]
        for block, after in zip(found, found[1:] + [None]):
            if block.kind == "ini":
                tests = after.text if after and after.kind == "policy-test" else None
                yield pytest.param(block.text, tests, id=f"{block.file}:{block.line}")


@pytest.mark.skipif(warden_module.DIRECT, reason="needs the program")
@pytest.mark.parametrize("text, tests", list(policies()))
def test_policies_can_be_used(text, tests, tmp_path):
    shutil.copytree(TOP / "conf/presets", tmp_path / "presets")
    (tmp_path / "x.conf").write_text(whole(text))
    command = ["check", "-q", "--files-only", "-c", tmp_path / "x.conf"]
    subprocess.run([warden_module.BINARY, *command], check=True)
    if tests:
        policy_test(tmp_path, "config = x.conf\n" + tests)


def policy_test(path, text):
    (path / "x.test").write_text(text)
    done = subprocess.run([warden_module.BINARY, "test", path / "x.test"], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(warden_module.DIRECT, reason="needs the program")
def test_policy_tests_hold(tmp_path):
    """The example of policy-tests.md, at conf/ci-runner.conf."""
    shutil.copytree(TOP / "conf", tmp_path, dirs_exist_ok=True)
    (tmp_path / "escape.json").write_text('{"Image":"bb:1","HostConfig":{"PidMode":"host"}}')
    policy_test(tmp_path, next(
        block.text for block in ALL if block.file == "docs/policy-tests.md"))


@pytest.mark.parametrize("block", [block for block in ALL if block.kind == "json"],
                         ids=lambda block: f"{block.file}:{block.line}")
def test_json_is_json(block):
    for line in block.text.splitlines():
        json.loads(line)


@pytest.mark.parametrize("block", [block for block in ALL if block.kind == "yaml"],
                         ids=lambda block: f"{block.file}:{block.line}")
def test_compose_files_can_be_used(block, tmp_path):
    (tmp_path / "docker-compose.yml").write_text(block.text)
    subprocess.run(["/usr/bin/docker-compose", "config", "-q"], cwd=tmp_path, check=True, timeout=60,
                   env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})


def test_links_lead_somewhere():
    for path in FILES:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
