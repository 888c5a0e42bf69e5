# SPDX-License-Identifier: Apache-2.0
"""Real clients print the same whether they speak to dockerd or to sockwarden."""

import pytest

from transcript import differences, transcript

# Programs and the least number of lines that a whole run prints.
PROGRAMS = {"sdk.py": 70, "containers.py": 9, "dockerode.js": 60, "containers.js": 10,
            "docker.sh": 20, "swarm.sh": 12}
UNDER_POLICY = {"sdk.py": 45, "containers.py": 8, "dockerode.js": 35, "containers.js": 8}


@pytest.fixture(scope="session")
def direct(dockerd):
    """Transcripts at dockerd itself."""
    seen = {}

    def get(program, policy):
        if (program, policy) not in seen:
            seen[program, policy] = transcript(program, dockerd.socket, policy)
            dockerd.remove_containers()
        return seen[program, policy]

    return get


def assert_same(program, expected, got, least):
    assert len(expected) >= least, "\n".join(expected)
    found = differences(program, expected, got)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_difference(program, direct, open_warden):
    assert_same(program, direct(program, "all"), transcript(program, open_warden.socket, "all"),
                PROGRAMS[program])


@pytest.mark.parametrize("program", UNDER_POLICY)
def test_what_the_ci_policy_permits_is_the_same(program, direct, ci_warden):
    """The program leaves out what conf/ci-runner.conf does not permit."""
    before = len(ci_warden.records())
    got = transcript(program, ci_warden.socket, "ci")
    assert_same(program, direct(program, "ci"), got, UNDER_POLICY[program])
    denied = [(r["operation"], r.get("field"), r["message"])
              for r in ci_warden.records_since(before)]
    assert not denied
