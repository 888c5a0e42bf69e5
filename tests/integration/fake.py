# SPDX-License-Identifier: Apache-2.0
"""A daemon that says what a test wants to hear."""

import socket
import threading


class Server:
    """Gives each connection to |handle|, in a thread of its own, until it is closed."""

    def __init__(self, listener, handle):
        self.listener, self.handle = listener, handle
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.handle, args=(client,), daemon=True).start()

    def close(self):
        """Nobody waits for a connection any more when the number of the descriptor is free: who does would
        take one of the next listener that gets this number. A second time it does nothing."""
        if self.listener.fileno() < 0:
            return
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()


def serve_at(path, handle):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(128)
    return Server(listener, handle)


class FakeDaemon:
    """Answers each request with what |answers| says of its target, or asks there, or with silence."""

    def __init__(self, path, answers):
        self.path, self.answers, self.seen = path, answers, []
        self.server = serve_at(path, self._serve)

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
