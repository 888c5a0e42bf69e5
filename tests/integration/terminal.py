# SPDX-License-Identifier: Apache-2.0
"""A docker client in a pseudo terminal, as a person would use it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time


class Terminal:
    def __init__(self, cli, *arguments, rows=24, columns=80):
        self.master, slave = pty.openpty()
        self.resize(rows, columns)
        self.process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", cli.program, *arguments],
            stdin=slave, stdout=slave, stderr=slave, env={**cli.environment, "TERM": "dumb"})
        os.close(slave)
        self.seen = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)

    def resize(self, rows, columns):
        self.size = rows, columns
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize_again(self):
        """A client that was not listening for the signal yet hears of it now."""
        rows, columns = self.size
        self.resize(rows, columns - 1)
        self.resize(rows, columns)

    def type(self, text):
        os.write(self.master, text.encode())

    def expect(self, text, seconds=20, nudge=None):
        """Reads up to |text|. Calls |nudge| each second that nothing comes."""
        deadline = time.monotonic() + seconds
        mark = text.encode()
        while mark not in self.seen:
            left = deadline - time.monotonic()
            assert left > 0, f"no {text!r} in {self.seen!r}"
            if not select.select([self.master], [], [], min(left, 1) if nudge else left)[0]:
                if nudge:
                    nudge()
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError: # the other side is closed
                data = b""
            assert data, f"ended without {text!r}: {self.seen!r}"
            self.seen += data
        self.seen = self.seen.split(mark, 1)[1]

    def wait(self, seconds=20):
        """The exit status; reads on meanwhile, so that nobody blocks."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"still running: {self.seen!r}"
            if select.select([self.master], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self.master, 65536)
                except OSError:
                    pass
        return self.process.returncode
