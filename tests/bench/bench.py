#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the benchmark: every workload on every target, in turn, for some rounds, and reports the
medians of the calmer half of them.

The process under test has a core of its own; the load generator and the fake daemon share the other.
What is compared is the processor time of that process for each unit of work, which the other core's
load hardly touches, and not how many units a second went through."""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import chart
import report
import targets
import workloads

LOAD_TIMEOUT = 60.0
CLOSE_TIMEOUT = 2.0  # without one more stream gone
IDLE_SETTLE = 0.2  # for memory that is given back a little later


class Failed(Exception):
    """A measurement that went wrong, and why."""


def load_argv(bench, target, request, *more):
    path = bench.work / "request"
    path.write_bytes(request.encode())
    argv = [bench.program("load"), *target.place.load, "--request", path, *more]
    return [str(word) for word in argv]


def expected_status(workload, name):
    return 403 if name in workload.denied_by else workload.status


def run_load(bench, name, target, workload, seconds):
    """One measurement, as numbers for each unit of work."""
    argv = load_argv(bench, target, workload.request, "--pid", str(target.pid), "--milliseconds",
                     str(int(seconds * 1000)), *workload.load)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=LOAD_TIMEOUT,
                          check=False, preexec_fn=targets.pin(targets.LOAD_CORE))
    if done.returncode:
        raise Failed(done.stderr.strip())
    raw = json.loads(done.stdout)
    status = expected_status(workload, name)
    if raw["status"] != status:
        raise Failed(f"status {raw['status']} instead of {status}")
    units = raw["units"] * workload.per_unit
    return {
        "cpu_us": raw["cpu_ns"] / units / 1000,
        "p50_us": raw["p50_ns"] / 1000,
        "p99_us": raw["p99_ns"] / 1000,
        "per_second": units / raw["ns"] * 1e9,
        "wait_share": raw["wait_ns"] / raw["cpu_ns"] if raw["cpu_ns"] else 0.0,
    }


def wait_closed(target, files):
    """Waits until no stream is left, or no more of them go; returns how many descriptors stay."""
    end = time.monotonic() + CLOSE_TIMEOUT
    kept = target.files() - files
    while kept > 0 and time.monotonic() < end:
        time.sleep(IDLE_SETTLE)
        now = target.files() - files
        if now < kept:
            end = time.monotonic() + CLOSE_TIMEOUT
        kept = now
    time.sleep(IDLE_SETTLE)
    return max(kept, 0)


def run_idle(bench, target, count):
    """Memory of a fresh process before, with and after |count| silent streams."""
    time.sleep(IDLE_SETTLE)
    start, files = target.pss_kib(), target.files()
    argv = load_argv(bench, target, workloads.EVENTS, "--mode", "idle", "--connections", str(count))
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          preexec_fn=targets.pin(targets.LOAD_CORE)) as load:
        if not load.stdout.readline():
            raise Failed(load.stderr.read().strip())
        time.sleep(IDLE_SETTLE)
        full = target.pss_kib()
        load.stdin.close()
    kept = wait_closed(target, files)
    return {
        "start_kib": start,
        "stream_kib": (full - start) / count,
        "after_kib": target.pss_kib(),
        "kept_files": kept,
    }


def calmer(rows):
    """The half of the rounds in which the process waited least for its core: where something else
    runs there as well, it costs time and the contents of the caches."""
    if "wait_share" not in rows[0]:
        return rows
    return sorted(rows, key=lambda row: row["wait_share"])[:(len(rows) + 1) // 2]


class Results:
    """All measurements of all rounds, and what could not be measured."""

    def __init__(self):
        self.rounds = {}  # (workload, target) -> list of dict
        self.missing = {}  # (workload, or "" for all of them, target) -> list of reasons

    def add(self, workload, target, numbers):
        self.rounds.setdefault((workload, target), []).append(numbers)

    def fail(self, workload, target, why):
        self.missing.setdefault((workload, target), []).append(str(why))
        print(f"  {target} {workload}: {why}", file=sys.stderr)

    def absent(self, target):
        return ("", target) in self.missing

    def medians(self, workload, target):
        rows = self.rounds.get((workload, target))
        if not rows:
            return None
        calm = calmer(rows)
        result = {key: statistics.median(row[key] for row in calm) for key in rows[0]}
        if "cpu_us" in result:
            result["cpu_us_least"] = min(row["cpu_us"] for row in rows)
            result["cpu_us_most"] = max(row["cpu_us"] for row in rows)
        return result


def measure(results, bench, workload_name, target_name, run):
    """Starts the target anew, so that no measurement leans on the one before it."""
    if results.absent(target_name):
        return
    try:
        with targets.TARGETS[target_name][1](bench) as target:
            results.add(workload_name, target_name, run(target))
    except (targets.Missing, FileNotFoundError) as why:
        results.fail("", target_name, why)
    except (Failed, subprocess.TimeoutExpired) as why:
        results.fail(workload_name, target_name, why)


def names_for(names, family):
    return [name for name in names if name in targets.FAMILIES[family]]


def idle_family(name):
    return "tls" if name.startswith("tls-") else "plain"


def run_rounds(results, bench, chosen, names, arguments):
    for number in range(arguments.rounds):
        for workload in chosen:
            print(f"round {number + 1} of {arguments.rounds}: {workload.title}", file=sys.stderr)
            for name in names_for(names, workload.family):
                if name not in workload.skipped_by:
                    measure(results, bench, workload.name, name, lambda target, n=name, w=workload:
                            run_load(bench, n, target, w, arguments.seconds))


def run_idles(results, bench, chosen, names, rounds):
    for number in range(rounds):
        for workload, wanted in chosen.items():
            count = targets.streams_possible(wanted)
            print(f"round {number + 1} of {rounds}: {count} idle streams", file=sys.stderr)
            for name in names_for(names, idle_family(workload)):
                if name != "direct":
                    measure(results, bench, workload, name,
                            lambda target, c=count: run_idle(bench, target, c))


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def program_version(argv):
    try:
        text = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""
    return text.splitlines()[0].split(" - ")[0] if text else ""


def collect(results, chosen, idles, names, arguments):
    """Everything as plain data: what is written as JSON, and what table and chart are made of."""
    return {
        "machine": {
            "processor": processor(),
            "cores": len(os.sched_getaffinity(0)),
            "kernel": platform.release(),
            "haproxy": program_version(["haproxy", "-v"]),
        },
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "targets": {family: {name: targets.TARGETS[name][0] for name in names_for(names, family)}
                    for family in targets.FAMILIES},
        "workloads": [
            {
                "name": one.name,
                "title": one.title,
                "unit": one.unit,
                "denied_by": one.denied_by,
                "goal_relay": one.goal_relay,
                "goal_haproxy": one.goal_haproxy,
                "family": one.family,
                "targets": {name: results.medians(one.name, name)
                            for name in names_for(names, one.family)},
            }
            for one in chosen
        ],
        "idle": [
            {
                "name": name,
                "streams": targets.streams_possible(count),
                "family": idle_family(name),
                "targets": {target: results.medians(name, target)
                            for target in names_for(names, idle_family(name))},
            }
            for name, count in idles.items()
        ],
        "missing": [
            {"workload": workload, "target": target, "times": len(why), "why": why[0]}
            for (workload, target), why in sorted(results.missing.items())
        ],
    }


def names_list(known):
    def parse(text):
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is none of: {' '.join(known)}")
        return names
    return parse


def parse_arguments():
    known = [one.name for one in workloads.WORKLOADS] + list(workloads.IDLE)
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build", help="where the programs were built")
    parser.add_argument("--source", default=".", help="the top of the source tree")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=0.5, help="of each measurement")
    parser.add_argument("--quick", action="store_true", help="3 rounds of 0.3 seconds")
    parser.add_argument("--only", type=names_list(known), help="workloads, with commas")
    parser.add_argument("--targets", type=names_list(list(targets.TARGETS)), help="with commas")
    parser.add_argument("--json", help="write the results to this file")
    parser.add_argument("--write", action="store_true",
                        help="write docs/performance.json, .svg and the tables of .md")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds = 3, 0.3
    return arguments


def write_documents(data, source):
    docs = pathlib.Path(source) / "docs"
    (docs / "performance.json").write_text(json.dumps(data, indent=1) + "\n")
    (docs / "performance.svg").write_text(chart.draw(data))
    report.replace_tables(docs / "performance.md", data)


def main():
    arguments = parse_arguments()
    names = arguments.targets or list(targets.TARGETS)
    only = arguments.only or [one.name for one in workloads.WORKLOADS] + list(workloads.IDLE)
    chosen = [one for one in workloads.WORKLOADS if one.name in only]
    idles = {name: count for name, count in workloads.IDLE.items() if name in only}
    results = Results()
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        streams = targets.streams_possible(max(workloads.IDLE.values()))
        bench = targets.Bench(arguments.build, arguments.source, work, streams)
        with bench.daemon():
            run_rounds(results, bench, chosen, names, arguments)
            run_idles(results, bench, idles, names, min(arguments.rounds, 3))
    data = collect(results, chosen, idles, names, arguments)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(data, indent=1) + "\n")
    if arguments.write:
        write_documents(data, arguments.source)
    print(report.tables(data))


if __name__ == "__main__":
    main()
