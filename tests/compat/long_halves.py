# SPDX-License-Identifier: Apache-2.0
"""The long run: is what `sockwarden learn` makes as good as what a person wrote? Each consumer runs several times, with
other names and ids each time. Of a random half of its runs a policy is learnt. That one must deny at most 2 % of the
other half and every attack that the hand-written one denies, and be no wider than it but for what wider.md lists."""

import contextlib
import inspect
import os
import random
import re

import pytest

import consumer
import learning
import long_consumers
import long_runners
import warden as warden_module
from consumer import IMAGE
from daemon import TOP
from transcript import transcript

RUNS = 4
SEED = int(os.environ.get("SOCKWARDEN_SEED", "15"))
DENIED_MOST = 0.02
LEARN = "audit_level = learn\n"
FIXTURES = {"shop": long_consumers.a_shop, "helper_image": long_runners.a_helper_image}
REPORT = os.environ.get("SOCKWARDEN_HALVES") # a file for the table of it


class Consumer:
    """|call| is a test of a consumer, or the name of a program; |more| its arguments."""

    def __init__(self, call, runs=RUNS, **more):
        self.call, self.runs, self.more = call, runs, more

    def run(self, under, dockerd, directory):
        if isinstance(self.call, str):
            transcript(self.call, under(None).socket, "ci", whole=False)
            return
        values = {"under": under, "dockerd": dockerd, "tmp_path": directory, **self.more}
        with contextlib.ExitStack() as stack:
            for name in inspect.signature(self.call).parameters:
                if name in FIXTURES:
                    values[name] = stack.enter_context(FIXTURES[name](dockerd))
            self.call(**{name: values[name] for name in inspect.signature(self.call).parameters})


CONSUMERS = {
    "traefik": Consumer(long_consumers.test_traefik),
    "telegraf": Consumer(long_consumers.test_telegraf),
    "telegraf-logs": Consumer(long_consumers.test_telegraf_logs),
    "docker-gen": Consumer(long_consumers.test_docker_gen),
    "act": Consumer(long_consumers.test_act),
    **{program: Consumer(long_consumers.test_testcontainers, program=program, said=[])
       for program in ("testcontainers", "containers.py", "containers.js")},
    "autoheal": Consumer(long_consumers.test_autoheal),
    "homepage": Consumer(long_consumers.test_homepage),
    "uptime-kuma": Consumer(long_consumers.test_uptime_kuma),
    "acme-companion": Consumer(long_consumers.test_acme_companion),
    "vector": Consumer(long_consumers.test_vector),
    "dozzle": Consumer(long_consumers.test_dozzle),
    **{name: Consumer(long_consumers.test_calls_of_readers, consumer=name, name=argument, said="")
       for name, argument in (("diun", ""), ("netdata", ""), ("portainer-readonly", ""), ("promtail", ""),
                              ("trivy", "bb:1"))},
    **{name: Consumer(long_consumers.test_successors, consumer=name, more=more)
       for name, more in (("watchtower", IMAGE), ("watchtower-newer", IMAGE), ("portainer", "cgroupns_mode = host\n"))},
    **{name: Consumer(long_consumers.test_pipelines, consumer=name) for name in ("drone", "woodpecker")},
    "gitlab-runner": Consumer(long_runners.test_gitlab_runner, network="false"),
    # each job has a network with other addresses: three of them become a pattern
    "gitlab-runner-network": Consumer(long_runners.test_gitlab_runner, runs=6, network="true"),
    "testcontainers-java": Consumer(long_runners.test_testcontainers_java),
    "jenkins": Consumer(long_runners.test_jenkins),
    "github-runner": Consumer(long_runners.test_github_runner),
    "renovate": Consumer(long_runners.test_renovate),
    **{program: Consumer(program) for program in ("sdk.py", "older.py", "aio.py", "curl.sh", "dockerode.js")},
}


class Half:
    """Runs a consumer before one sockwarden, and keeps what its preset is."""

    def __init__(self, warden, policy):
        self.warden, self.policy, self.directory = warden, policy, None

    def under(self, preset, more=""):
        """The policy that a person would write, as the tests of consumers have it."""
        if preset:
            more = more.replace(str(self.directory), str(self.directory.parent)) # whichever run it is
            text = f"[policy test]\ninclude = {TOP / 'conf/presets' / (preset + '.conf')}\n{more}\n"
            self.policy.append((text, TOP / f"conf/presets/{preset}.test"))
        else:
            text = re.sub(r"^\[policy .*\]", "[policy test]", warden_module.policy_lines(TOP / "conf/ci-runner.conf")[0])
            self.policy.append((text, TOP / "conf/ci-runner.test"))
        return self.warden

    def run(self, driven, number, dockerd, tmp_path):
        generator = random.Random(f"{SEED} {number}")
        consumer.tail = f"-{generator.getrandbits(40) | 1 << 39:010x}7"
        self.directory = tmp_path / f"run{consumer.tail}"
        self.directory.mkdir()
        before = len(self.warden.records())
        try:
            driven.run(self.under, dockerd, self.directory)
        finally:
            consumer.tail = ""
            dockerd.remove_containers()
        return self.warden.records_since(before)


@pytest.mark.parametrize("name", CONSUMERS)
def test_halves(name, make_warden, dockerd, tmp_path):
    driven, hands = CONSUMERS[name], []
    runs = list(range(driven.runs))
    random.Random(f"{SEED} {name}").shuffle(runs)
    watch = Half(make_warden("[policy test]\nmode = dry-run\n", options=LEARN), hands)
    for number in runs[:driven.runs // 2]:
        watch.run(driven, number, dockerd, tmp_path)
    learnt, hand = tmp_path / "learnt.conf", tmp_path / "hand.conf"
    learnt.write_text(learning.accepted(learning.run("learn", watch.warden.audit)))
    hand.write_text(hands[0][0])
    learning.run("check", "-q", "-c", learnt)
    held = Half(make_warden(learnt.read_text().replace("[policy test]", "[policy test]\nmode = dry-run"),
                            options=LEARN), hands)
    records = [record for number in runs[driven.runs // 2:] for record in held.run(driven, number, dockerd, tmp_path)]
    denied = [record["message"] for record in records if record["event"] != "allowed"]
    count, shown = learning.attacks(hands[0][1], hand, "test", learnt)
    lines = learning.wider(hand, learnt, "test")
    if REPORT:
        with open(REPORT, "a", encoding="utf-8") as report:
            report.write(f"| {name} | {len(records)} | {100 * len(denied) / len(records):.1f} | {count} | "
                         f"{' '.join(f'`{line}`' for line in lines)} |\n")
    assert len(denied) <= DENIED_MOST * len(records), denied
    assert shown.endswith(f"{count} passed, 0 failed\n"), shown
    learning.no_wider(name, hand, learnt, "test")
