# SPDX-License-Identifier: Apache-2.0
"""What the tests of consumers share: programs, and a sockwarden under a preset."""

import os
import select
import subprocess
import time

import pytest

from daemon import TOP

PATIENCE = 40
IMAGE = "image = bb:1\n"
tail = "" # of names in this run: long_halves.py runs each consumer several times


def named(word):
    """A name of this run, as another site or another day would have it."""
    return word + tail


class Program:
    """A consumer that runs on; what it prints is read until it says what is awaited."""

    def __init__(self, *arguments, **environment):
        self.seen = ""
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={"PATH": os.environ["PATH"], **environment})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def await_line(self, *words):
        """The next line that holds all words."""
        deadline = time.monotonic() + PATIENCE
        while True:
            while "\n" in self.seen:
                line, self.seen = self.seen.split("\n", 1)
                if all(word in line for word in words):
                    return line
            ready, _, _ = select.select([self.process.stdout], [], [], deadline - time.monotonic())
            data = os.read(self.process.stdout.fileno(), 1 << 16) if ready else b""
            assert data, f"ended or waited {PATIENCE} s for {words}: {self.seen}"
            self.seen += data.decode()


def run(*arguments, **options):
    options.setdefault("env", {})["PATH"] = os.environ["PATH"]
    done = subprocess.run([str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE * 2,
                          check=False, text=True, **options)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def under(make_warden):
    """Makes a sockwarden with a preset, and such lines as the preset's comments ask for. In the end its
    audit log must be empty."""
    made = []

    def make(preset, more=""):
        include = TOP / "conf/presets" / (preset + ".conf")
        made.append(make_warden(f"[policy test]\ninclude = {include}\n{more}"))
        return made[-1]

    yield make
    for warden in made:
        assert not [record["message"] for record in warden.records()]
