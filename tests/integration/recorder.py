# SPDX-License-Identifier: Apache-2.0
"""A relay in front of the daemon that remembers what reached it: the proof that nothing did."""

import os
import re
import socket
import threading

from fake import serve_at

REQUEST_LINE = re.compile(rb"^([A-Z]+ /\S*) HTTP/1\.[01]\r$", re.M)


class Recorder:
    """|before|, when given, is called with what reaches the daemon, before it does."""

    def __init__(self, path, upstream, before=None):
        self.path, self.upstream, self.before = path, upstream, before
        self.seen = b""
        self.lock = threading.Lock()
        self.server = serve_at(path, self._relay)

    def clear(self):
        with self.lock:
            self.seen = b""

    def request_lines(self):
        return [line.decode() for line in REQUEST_LINE.findall(self.seen)]

    def close(self):
        self.server.close()
        os.unlink(self.path)

    def _relay(self, client):
        daemon = socket.socket(socket.AF_UNIX)
        daemon.connect(self.upstream)
        threading.Thread(target=self._pump, args=(client, daemon, True), daemon=True).start()
        self._pump(daemon, client, False)

    def _pump(self, source, sink, record):
        try:
            while data := source.recv(1 << 16):
                if record:
                    with self.lock:
                        self.seen += data
                    if self.before:
                        self.before(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
