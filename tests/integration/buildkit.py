# SPDX-License-Identifier: Apache-2.0
"""gRPC as BuildKit's clients and its daemon speak it: HTTP/2 behind an upgrade, and frames by hand."""

import struct

import h2.config
import h2.connection
import h2.events

import wire

CONTROL = "/moby.buildkit.v1.Control/"
LIST_WORKERS = CONTROL + "ListWorkers"
SOLVE = CONTROL + "Solve"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def message(body, flag=0):
    return struct.pack(">BI", flag, len(body)) + body


def frame(kind, flags=0, stream=0, body=b""):
    return struct.pack(">I", len(body))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + body


def field(number, body):
    """A field of protobuf with a length below 128."""
    body = body.encode() if isinstance(body, str) else body
    return bytes([number << 3 | 2, len(body)]) + body


class Answer:
    def __init__(self):
        self.fields, self.body, self.reset, self.ended = {}, b"", None, False

    @property
    def status(self):
        return self.fields.get("grpc-status")

    @property
    def message(self):
        return self.fields.get("grpc-message", "")


class Grpc:
    """One upgraded connection. |serves|: the daemon calls, as on /session."""

    def __init__(self, path, target="/grpc", serves=False, headers=""):
        self.wire = wire.Wire(path)
        self.wire.send(f"POST {target} HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
                       f"{headers}\r\n".encode())
        self.head = self.wire.read_until(b"\r\n\r\n")
        self.upgraded = self.head.startswith(b"HTTP/1.1 101 ")
        self.answers = {}
        self.over = False
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=not serves, header_encoding="utf-8"))
        if self.upgraded:
            self.h2.initiate_connection()
            self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.peer.close()

    def flush(self):
        self.wire.send_anyway(self.h2.data_to_send())

    def begin(self, path, body=None, flag=0, end=True, method="POST", kind="application/grpc", more=()):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, [
            (":method", method), (":scheme", "http"), (":authority", "localhost"), (":path", path),
            ("content-type", kind), ("te", "trailers"), *more])
        if body is not None:
            self.h2.send_data(stream, message(body, flag), end_stream=end)
        elif end:
            self.h2.end_stream(stream)
        self.flush()
        self.answers[stream] = Answer()
        return stream

    def take(self, event):
        answer = self.answers.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ConnectionTerminated):
            self.over = True
        if answer is None:
            return
        if isinstance(event, (h2.events.ResponseReceived, h2.events.TrailersReceived)):
            answer.fields.update(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            answer.body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            answer.reset = event.error_code
        answer.ended = answer.ended or isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset))

    def read(self):
        """Some of what comes; False at the end."""
        if not self.wire.rest and not self.wire.read_some():
            self.over = True
            return False
        data, self.wire.rest = self.wire.rest, b""
        for event in self.h2.receive_data(data):
            self.take(event)
        self.flush()
        return True

    def wait(self, stream):
        while not self.answers[stream].ended and self.read():
            pass
        return self.answers[stream]

    def call(self, path, body=b"", **options):
        return self.wait(self.begin(path, body, **options))

    def drain(self):
        """Reads to the end of the connection."""
        while self.wire.read_some():
            self.wire.rest = b""
