# SPDX-License-Identifier: Apache-2.0
"""A network of its own, with a loopback interface and nothing else: any port is free in it."""

import ctypes
import os
import subprocess
import threading

CLONE_NEWNET = 0x40000000


class Netns:
    def __init__(self):
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--", "sh", "-c", "ip link set lo up && echo ready && exec cat"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"ready\n"
        self.path = f"/proc/{self.holder.pid}/ns/net"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()

    def command(self, *words):
        """The same command, run in there."""
        return ["nsenter", "--net=" + self.path, "--", *map(str, words)]

    def call(self, function, *arguments):
        """What |function| returns when a thread in there calls it."""
        result = []

        def run():
            try:
                descriptor = os.open(self.path, os.O_RDONLY)
                libc = ctypes.CDLL(None, use_errno=True)
                done = libc.setns(descriptor, CLONE_NEWNET)
                os.close(descriptor)
                assert done == 0, os.strerror(ctypes.get_errno())
                result.append((function(*arguments), None))
            except BaseException as reason: # pylint: disable=broad-except
                result.append((None, reason))

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        value, reason = result[0]
        if reason:
            raise reason
        return value
