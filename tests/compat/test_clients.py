# SPDX-License-Identifier: Apache-2.0
"""Real clients print the same whether they speak to dockerd or to sockwarden."""

import concurrent.futures
import os
import re

import pytest

from daemon import Daemon
from owners import GRANTS
from transcript import differences, transcript

# Programs and the least number of lines that a whole run prints.
PROGRAMS = {"sdk.py": 70, "older.py": 74, "aio.py": 60, "curl.sh": 65, "containers.py": 9, "dockerode.js": 60, "containers.js": 10,
            "docker.sh": 24, "swarm.sh": 18, "raw.py": 60}
UNDER_POLICY = {"sdk.py": 45, "older.py": 45, "aio.py": 40, "curl.sh": 50, "containers.py": 8,
                "dockerode.js": 35, "containers.js": 8}


@pytest.fixture(scope="session")
def direct(workdir):
    """Transcripts at a dockerd of its own, so that both sides can be run at the same time."""
    daemon = Daemon(os.path.join(workdir, "direct"))
    daemon.launch()
    seen = {}

    def run(program):
        lines = transcript(program, daemon.socket, "all")
        daemon.remove_containers()
        return lines

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        def start(program):
            if program not in seen:
                seen[program] = pool.submit(run, program)
            return seen[program]

        yield start
    daemon.end()


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_difference(program, direct, open_warden):
    running = direct(program)
    got = transcript(program, open_warden.socket, "all")
    expected = running.result()
    assert len(expected) >= PROGRAMS[program], "\n".join(expected)
    found = differences(program, expected, got)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("program", UNDER_POLICY)
def test_what_the_ci_policy_permits_is_the_same(program, direct, ci_warden):
    """The program leaves out what conf/ci-runner.conf does not permit: lines may be missing, but none
    may be another. testcontainers asks for a helper's image, which the policy does not name."""
    running = direct(program)
    before = len(ci_warden.records())
    got = transcript(program, ci_warden.socket, "ci")
    assert len(got) >= UNDER_POLICY[program], "\n".join(got)
    found = [line for line in differences(program, running.result(), got) if line[0] == "+"]
    assert not found, "\n".join(found)
    assert not [record["message"] for record in ci_warden.records_since(before)
                if record.get("grant") != "image"]


OWNER = f"""[policy test]
owner = u%{{uid}}
max_containers = 40
max_networks = 10
max_volumes = 10
{GRANTS}"""
LABEL = re.compile(r',? ?"io\.sockwarden\.owner": ?"(str|string|u\d+)"')


@pytest.mark.parametrize("program", UNDER_POLICY)
def test_an_owners_clients_see_no_difference(program, direct, make_warden):
    """But for the label. The bridge is not theirs: testcontainers in a container is told the host's address."""
    running = direct(program)
    warden = make_warden(OWNER)
    lines = transcript(program, warden.socket, "ci", TESTCONTAINERS_HOST_OVERRIDE="127.0.0.1")
    got = [LABEL.sub("", line) for line in lines]
    assert len(got) >= UNDER_POLICY[program], "\n".join(got)
    found = [line for line in differences(program, running.result(), got) if line[0] == "+"]
    assert not found, "\n".join(found)
    assert {record["status"] for record in warden.records()} <= {404}
