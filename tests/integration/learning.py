# SPDX-License-Identifier: Apache-2.0
"""What the tests of `sockwarden learn` share: a learnt policy is held against the one that a person wrote."""

import fnmatch
import json
import re
import subprocess

import warden as warden_module
from daemon import TOP

WIDER = TOP / "tests/compat/wider.md"


def run(*arguments, status=0, stdin=None):
    done = subprocess.run([warden_module.BINARY, *map(str, arguments)], check=False, text=True, input=stdin,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == status or status is None, done.stdout + done.stderr
    return done.stdout


def accepted(policy):
    """With the lines that give the host, as a person takes their mark away."""
    return re.sub(r"(?m)^#! ", "", policy)


def attacks(test, hand, policy, path):
    """The attacks of a preset's tests that the policy |hand| denies, and what `test` says of those under |path|."""
    lines = [line.split(" -- ")[0] for line in test.read_text().splitlines() if line.startswith("deny ")]
    name = path.parent / "attacks.test"
    name.write_text("\n".join(lines))
    shown = run("test", "-v", "-c", hand, "-p", policy, name, status=None)
    denied = [int(number) for number in re.findall(r"(?m)^.*attacks\.test:(\d+): passed: ", shown)]
    name.write_text("\n".join(lines[number - 1] for number in denied))
    shown = run("test", "-c", path, "-p", policy, name, status=None) if denied else "0 passed, 0 failed"
    return len(denied), shown


def reasons(consumer):
    """{pattern of a line: why it may be wider} of wider.md."""
    cells = [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in WIDER.read_text().splitlines()
             if row.startswith("| `")]
    return {line: reason for who, line, reason in cells if fnmatch.fnmatchcase(consumer, who)}


def wider(hand, learnt, policy):
    """The lines by which the learnt policy permits more than the one that a person wrote."""
    found = json.loads(run("compare", "--format", "json", "-p", policy, hand, learnt))
    rows = [row for one in found["policies"] for row in one["wider"]]
    return sorted({f"{row['key']} = {row['value']}" if row.get("value") else row["key"] for row in rows})


def no_wider(consumer, hand, learnt, policy):
    """Answers the lines that are wider; each has its reason."""
    lines, listed = wider(hand, learnt, policy), reasons(consumer)
    unlisted = [line for line in lines if not any(fnmatch.fnmatchcase(line, pattern) for pattern in listed)]
    assert not unlisted, f"{consumer} learns what its policy denies, and wider.md does not say why: {unlisted}"
    return lines
