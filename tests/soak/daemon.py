# SPDX-License-Identifier: Apache-2.0
"""What stands for the Docker daemon in the soak: it answers what is asked, checks what it is sent, and does wrong
where the header X-Soak asks for it. usage: daemon.py SOCKET"""

import asyncio
import json
import os
import random
import re
import sys

ID = "0123456789abcdef" * 4
PATTERN = bytes(range(256)) * 256
DOWNLOAD = 1 << 20
CONTAINER = {
    "Id": ID, "Image": "sha256:" + ID, "Name": "/x", "State": {"Status": "running", "Running": True},
    "HostConfig": {"NetworkMode": "default", "Privileged": False, "Memory": 67108864},
    "Config": {"Image": "bb:1", "Cmd": ["true"], "Labels": {}}, "Mounts": [],
    "NetworkSettings": {"Networks": {"bridge": {"NetworkID": ID}}}}
EXEC = {"ID": ID, "Running": False, "ExitCode": None, "OpenStdin": True, "OpenStderr": True, "OpenStdout": True,
        "ProcessConfig": {"tty": False, "entrypoint": "true", "arguments": [], "privileged": False},
        "CanRemove": False, "ContainerID": ID, "DetachKeys": "", "Pid": 0}
LIST = json.dumps([{"Id": ID, "Names": [f"/c{i}"], "Image": "bb:1"} for i in range(200)]).encode()


class Gone(Exception):
    """The connection ends here."""


def head(status, *lines):
    return "\r\n".join([f"HTTP/1.1 {status}", "Api-Version: 1.41", *lines]).encode() + b"\r\n\r\n"


def with_length(status, body):
    return head(status, "Content-Type: application/json", f"Content-Length: {len(body)}") + body


class Client:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.wrong = ""

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    def reset(self):
        self.writer.transport.abort()
        raise Gone

    async def send_chunks(self, size):
        await self.send(head("200 OK", "Content-Type: application/x-tar", "Transfer-Encoding: chunked"))
        await self.send_pieces(size, True)
        await self.send(b"0\r\n\r\n")

    async def send_pieces(self, size, chunked):
        sent = 0
        while sent < size:
            piece = PATTERN[:min(random.choice((1000, 32768, 65536)), size - sent)]
            await self.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            sent += len(piece)

    async def read_chunks(self):
        while True:
            size = int((await self.reader.readline()).split(b";")[0], 16)
            if size == 0:
                await self.reader.readline()
                return
            yield await self.reader.readexactly(size)
            await self.reader.readexactly(2)

    async def read_length(self, size):
        while size > 0:
            piece = await self.reader.readexactly(min(size, 65536))
            size -= len(piece)
            yield piece

    async def body(self, headers):
        """How many bytes, and their sum."""
        count = total = 0
        if "transfer-encoding" in headers:
            pieces = self.read_chunks()
        else:
            pieces = self.read_length(int(headers.get("content-length", 0)))
        async for piece in pieces:
            count += len(piece)
            total += sum(piece)
        return count, total

    async def echo(self, raw):
        await self.send(head("101 UPGRADED", "Content-Type: application/vnd.docker.raw-stream",
                             "Connection: Upgrade", "Upgrade: tcp"))
        while data := await self.reader.read(65536):
            await self.send(data)
        await self.send(raw) # behind the client's end
        raise Gone

    async def events(self):
        await self.send(head("200 OK", "Content-Type: application/json", "Transfer-Encoding: chunked"))
        while True:
            await self.send(b"e\r\n{\"event\":\"x\"}\n\r\n")
            await asyncio.sleep(0.2)
            if self.reader.at_eof():
                raise Gone

    async def do_wrong(self, headers):
        """True when the answer has come by then."""
        await getattr(self, "wrong_" + headers["x-soak"])(headers)

    async def wrong_leave(self, _):
        raise Gone

    async def wrong_reset(self, headers):
        await self.body(headers)
        await self.send(head("200 OK", "Content-Length: 100000") + PATTERN[:5000])
        self.reset()

    async def wrong_cut(self, headers):
        await self.body(headers)
        await self.send(head("200 OK", "Transfer-Encoding: chunked") + b"5\r\nhello\r\n100\r\nand")
        raise Gone

    async def wrong_nonsense(self, _):
        await self.send(b"\0\1\2 this is no HTTP\r\n\r\n")
        raise Gone

    async def wrong_hang(self, _):
        await self.reader.read() # until the other side gives up
        raise Gone

    async def wrong_early(self, _):
        await self.send(with_length("413 Too Large", b'{"message":"early"}'))
        raise Gone

    async def wrong_close(self, headers):
        await self.body(headers)
        await self.send(head("200 OK", "Connection: close"))
        await self.send_pieces(DOWNLOAD // 4, False)
        raise Gone

    async def request(self):
        try:
            text = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Gone from error
        line, *rest = text.decode("latin-1").strip().split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, value in (item.split(":", 1) for item in rest)}
        if "privileged" in line:
            print("a request that is denied has come:", line, flush=True)
        if "x-soak" in headers:
            await self.do_wrong(headers)
        await self.answer(line.split()[1], headers)

    async def answer(self, target, headers):
        if re.search(r"/attach\?|/exec/\w+/start", target):
            await self.body(headers)
            await self.echo(b"end")
        if "/events" in target:
            await self.events()
        if target.endswith("/length/get"):
            await self.send(head("200 OK", "Content-Type: application/x-tar", f"Content-Length: {DOWNLOAD}"))
            await self.send_pieces(DOWNLOAD, False)
        elif target.endswith("/get"):
            await self.send_chunks(DOWNLOAD)
        elif re.search(r"/images/load|/archive\?", target):
            count, total = await self.body(headers)
            await self.send(with_length("200 OK", json.dumps({"count": count, "sum": total}).encode()))
        else:
            await self.body(headers)
            await self.send(self.small(target))

    def small(self, target):
        if target.endswith("/_ping"):
            return with_length("200 OK", b"OK")
        if "/containers/json" in target:
            return with_length("200 OK", LIST)
        if "/containers/create" in target or target.endswith("/exec"):
            return with_length("201 Created", json.dumps({"Id": ID, "Warnings": []}).encode())
        if target.endswith("/json") and "/containers/" in target:
            return with_length("200 OK", json.dumps(CONTAINER).encode())
        if target.endswith("/json") and "/exec/" in target:
            return with_length("200 OK", json.dumps(EXEC).encode())
        if target.endswith("/start"):
            return head("204 No Content")
        return with_length("404 Not Found", b'{"message":"no such thing"}')


async def serve(reader, writer):
    client = Client(reader, writer)
    try:
        while True:
            await client.request()
    except (Gone, OSError, asyncio.IncompleteReadError, ValueError):
        pass
    finally:
        writer.close()


async def main():
    path = sys.argv[1]
    if os.path.exists(path):
        os.unlink(path)
    server = await asyncio.start_unix_server(serve, path, limit=1 << 22, backlog=1000)
    async with server:
        await server.serve_forever()


asyncio.run(main())
