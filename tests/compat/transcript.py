# SPDX-License-Identifier: Apache-2.0
"""Runs a client program against a socket and makes what it printed comparable: whatever differs from
one run to the next at the daemon itself becomes a placeholder, everything else must be equal."""

import difflib
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CLIENTS = pathlib.Path(os.environ.get("SOCKWARDEN_CLIENTS", HERE.parents[1] / "build/clients"))
SECONDS = 240 if os.environ.get("SOCKWARDEN_LONG") else 80

PLACEHOLDERS = [(re.compile(pattern), word) for pattern, word in [
    (r"sha256:[0-9a-f]{64}", "DIGEST"),
    (r"\b[0-9a-f]{64}\b", "ID"),
    (r"\b[0-9a-f]{12}\b", "ID"),
    (r"\b[a-z0-9]{25}\b", "SWARM-ID"),
    (r"SWMTKN-[-a-z0-9]+", "TOKEN"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?", "TIME"),
    (r"\b\d+\.\d+s\b", "DURATION"),
    (r"(?:About a|Less than a|\d+) (?:second|minute)s?(?: ago)?", "AGE"),
    (r"(?<!%)\b\d+(?:\.\d+)? ?[kMG]?i?B\b", "SIZE"),
    (r"\b0xc[0-9a-f]{9}\b", "POINTER"), # podman's name of a request
    (r"(Path-Stat:) [\w+/=]+", r"\1 STAT"), # has a time in it
]]


def normalised(text, socket):
    text = text.replace(socket, "SOCKET")
    for pattern, word in PLACEHOLDERS:
        text = pattern.sub(word, text)
    return text.rstrip("\n").split("\n")


# Programs whose libraries are not those of requirements.txt: the virtual environment that has them.
ENVIRONMENTS = {"aio.py": "python-aio", "older.py": "python-older"}


def command(program):
    path = str(HERE / "clients" / program)
    if "." not in program:
        return [str(CLIENTS / program)]
    if program.endswith(".java"):
        return ["java", path]
    if program.endswith(".js"):
        return ["node", path]
    if program.endswith(".sh"):
        return ["bash", path]
    own = CLIENTS / ENVIRONMENTS.get(program, "python") / "bin/python"
    return [str(own if own.exists() else sys.executable), path]


def transcript(program, socket, policy, whole=True, **more):
    """The lines that the program printed, |whole| when it has to come to its end; |more| is for its environment."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(CLIENTS), "PYTHONWARNINGS": "ignore",
                   "NODE_PATH": str(CLIENTS / "node_modules"), "PYTHONDONTWRITEBYTECODE": "1",
                   "PYTHONPATH": str(HERE.parent / "integration"),
                   "DOCKER_HOST": "unix://" + socket, "NODE_NO_WARNINGS": "1", **more}
    done = subprocess.run([*command(program), socket, policy], env=environment, timeout=SECONDS,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, text=True)
    lines = normalised(done.stdout, socket)
    assert not whole or done.returncode == 0, "\n".join(lines[-40:])
    return lines


def allowed_differences(program):
    """The lines that differences.md lists for this program, each with a reason."""
    rows = (HERE / "differences.md").read_text().splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {row[1].strip("`") for row in cells if len(row) == 3 and row[0] == f"`{program}`"}


def differences(program, direct, through):
    allowed = allowed_differences(program)
    return [line for line in difflib.unified_diff(direct, through, "direct", "through", n=0,
                                                  lineterm="")
            if not any(pattern and re.search(pattern, line) for pattern in allowed)
            and not line.startswith(("---", "+++", "@@"))]
