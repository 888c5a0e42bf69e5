# SPDX-License-Identifier: Apache-2.0
"""Bytes through a container and back."""

import hashlib
import os
import subprocess
import threading

MIB = 1 << 20


def cat_through(cli, mib):
    """What comes out of `docker run -i … cat` is what went in."""
    block = os.urandom(MIB)
    sent, got = hashlib.sha256(), hashlib.sha256()
    process = cli.popen("run", "--rm", "-i", "bb:1", "cat", stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE)

    def feed():
        for index in range(mib):
            piece = bytes([index]) + block[1:]
            sent.update(piece)
            process.stdin.write(piece)
        process.stdin.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    while data := process.stdout.read(MIB):
        got.update(data)
    feeder.join()
    assert process.wait(30) == 0
    assert got.hexdigest() == sent.hexdigest()
