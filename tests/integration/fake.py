# SPDX-License-Identifier: Apache-2.0
"""A daemon that says what a test wants to hear."""

import socket
import threading


def accept_each(server, handle):
    """Gives each connection to |handle|, in a thread of its own, until the server is closed."""
    def accept():
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


class FakeDaemon:
    """Answers each request with what |answers| says of its target, or asks there, or with silence."""

    def __init__(self, path, answers):
        self.path, self.answers, self.seen = path, answers, []
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(16)
        accept_each(self.server, self._serve)

    def _serve(self, client):
        data = b""
        while more := client.recv(1 << 16):
            data += more
            while b"\r\n\r\n" in data:
                head, data = data.split(b"\r\n\r\n", 1)
                line = head.split(b" HTTP")[0].decode()
                self.seen.append(line)
                answer = self.answers.get(line, self.answers.get(line.split("?")[0]))
                if callable(answer):
                    answer = answer()
                if answer == b"":
                    client.close()
                    return
                try:
                    client.sendall(answer or b"")
                except OSError: # it has heard enough
                    return


def answer_of(body, status="200 OK"):
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)
