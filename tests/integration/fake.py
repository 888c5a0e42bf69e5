# SPDX-License-Identifier: Apache-2.0
"""A daemon that says what a test wants to hear."""

import socket
import threading


class FakeDaemon:
    """Answers each request with what |answers| says of its target, or asks there, or with silence."""

    def __init__(self, path, answers):
        self.path, self.answers, self.seen = path, answers, []
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(16)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

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
