# SPDX-License-Identifier: Apache-2.0
"""One machine for all of these tests, which follow each other as a person's steps do."""

import subprocess
import tempfile

import pytest

from machine import Machine


@pytest.fixture(scope="session")
def machine():
    directory = tempfile.mkdtemp(prefix="sw-machine.", dir="/tmp")
    made = Machine(directory)
    try:
        made.start()
        made.clone()
        made.hub()
        yield made
    finally:
        made.end()
    subprocess.run(["rm", "-rf", "--one-file-system", directory], check=True)
