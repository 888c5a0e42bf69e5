# SPDX-License-Identifier: Apache-2.0
"""What the documents tell a person to paste works: every ```sh block below `<!-- test: run -->`."""

import os
import re
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
