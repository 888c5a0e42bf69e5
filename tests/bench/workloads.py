# SPDX-License-Identifier: Apache-2.0
"""What is measured: each workload is one row, with the request that the load generator sends."""

import dataclasses
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
AGENT = "Host: api.moby.localhost\r\nUser-Agent: Docker-Client/28.2.2 (linux)\r\n"
UPGRADE = "Connection: Upgrade\r\nUpgrade: tcp\r\n"
TRANSFER_MIB = 64


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    title: str
    unit: str  # what its cost is divided by: "request", "MiB"
    request: str
    load: tuple = ()
    per_unit: int = 1  # units of an exchange
    status: int = 200  # of a proxy that forwards
    denied_by: tuple = ()  # targets that must answer 403
    skipped_by: tuple = ()  # targets whose configuration does not permit it
    goal_relay: float = 0  # no more than so many times the relay's cost; 0: no goal
    goal_haproxy: float = 0  # ... HAProxy's (with one rule)
    family: str = "plain"  # of the targets it is for


def request(method, path, head="", body=""):
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{method} {path} HTTP/1.1\r\n{AGENT}{head}\r\n{body}"


EXEC = '{"AttachStdout":true,"AttachStderr":true,"Tty":false,"Cmd":["id"]}'
CREATE_PATH = "/v1.41/containers/create?name=job-1"


def create(body):
    return request("POST", CREATE_PATH, body=body)


def privileged(body):
    return body.replace('"Privileged":false', '"Privileged":true')


# One container with a port, a bind, a network with aliases, labels and a limit of memory, as the five
# commonest clients write it.
CLIENTS = ("compose", "docker", "docker-py", "dockerode", "docker-java")
CREATES = {name: (HERE / "creates" / f"{name}.json").read_text().strip() for name in CLIENTS}
CREATE = CREATES["compose"]
PING = request("GET", "/_ping")
LIST = request("GET", "/v1.41/containers/json")
FULL = request("GET", "/v1.41/containers/full/json")
LOAD_LENGTH = request(
    "POST",
    "/v1.41/images/load?quiet=1",
    f"Content-Type: application/x-tar\r\nContent-Length: {TRANSFER_MIB << 20}\r\n",
)
LOAD_CHUNKED = request(
    "POST",
    "/v1.41/images/load?quiet=1",
    "Content-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n",
)
EVENTS = request("GET", "/v1.41/events")


def attach(container):
    path = f"/v1.41/containers/{container}/attach?stderr=1&stdin=1&stdout=1&stream=1"
    return request("POST", path, UPGRADE + "Content-Length: 0\r\n")


def connections(count):
    return ("--connections", str(count))


CI = ("sockwarden", "sockwarden-tls")  # the targets with conf/ci-runner.conf
UPLOAD = ("--mode", "upload")
ECHO = ("--mode", "tunnel", "--round", "64", "--piece", "64", "--answer", "64")
SINK = ("--mode", "tunnel", "--round", "1048576", "--piece", "65536", "--answer", "1")

PLAIN = (
    Workload("ping1", "ping, 1 connection", "request", PING),
    Workload("ping8", "ping, 8 connections", "request", PING, connections(8),
             goal_relay=1.35, goal_haproxy=0.75),
    Workload("list8", "20 KiB list, 8 connections", "request", LIST, connections(8),
             goal_relay=1.35, goal_haproxy=0.75),
    Workload("connect8", "ping, a new connection each, 8 at once", "request", PING,
             connections(8) + ("--reconnect",), goal_relay=1.25),
    *(Workload(f"create8-{name}", f"create as {name} sends it, 8 connections", "request", create(body),
               connections(8), status=201, goal_relay=1.7, goal_haproxy=0.95)
      for name, body in CREATES.items()),
    Workload("denied8", "create, privileged, 8 connections", "request", create(privileged(CREATE)),
             connections(8), status=201, denied_by=CI, goal_relay=1.3),
    Workload("exec8", "exec of a command, after a look at its container, 8 connections", "request",
             request("POST", "/v1.41/containers/x/exec", body=EXEC), connections(8), status=201),
    Workload("start8", "start, after a look at the container, 8 connections", "request",
             request("POST", "/v1.41/containers/x/start"), connections(8), status=204),
    Workload("refused8", "a path that is not permitted, 8 connections", "request",
             request("POST", "/v1.41/images/prune"), connections(8), status=404,
             denied_by=CI + ("haproxy",)),
    Workload("hijack64", "hijacked stream, 64 B there and back", "round trip", attach("x"), ECHO,
             status=101, goal_relay=1.15),
    Workload("hijack64k", "hijacked stream, 64 KiB writes", "MiB", attach("sink"), SINK,
             status=101, goal_relay=1.2),
    Workload("down", "download of 64 MiB, Content-Length", "MiB",
             request("GET", "/v1.41/images/length/get"), per_unit=TRANSFER_MIB, skipped_by=CI,
             goal_relay=1.2),
    Workload("down-chunked", "download of 64 MiB, chunked", "MiB",
             request("GET", "/v1.41/images/chunked/get"), per_unit=TRANSFER_MIB, skipped_by=CI,
             goal_relay=1.2),
    Workload("up", "upload of 64 MiB, Content-Length", "MiB", LOAD_LENGTH, UPLOAD,
             per_unit=TRANSFER_MIB, skipped_by=CI, goal_relay=1.2),
    Workload("up-chunked", "upload of 64 MiB, chunked", "MiB", LOAD_CHUNKED,
             UPLOAD + ("--chunked",), per_unit=TRANSFER_MIB, skipped_by=CI, goal_relay=1.2),
)



def over_tls(one):
    """The same by TLS, where the yardstick is HAProxy: a relay that parses nothing speaks none."""
    return dataclasses.replace(one, name=f"tls-{one.name}", family="tls", goal_relay=0,
                               goal_haproxy=1)


WORKERS = (
    Workload("ping32", "ping, 32 connections", "request", PING, connections(32), family="workers"),
    Workload("create32", "create, 32 connections", "request", create(CREATE), connections(32), status=201,
             family="workers"),
    Workload("tls-ping32", "ping by TLS, 32 connections", "request", PING, connections(32),
             family="workers-tls"),
    Workload("tls-connect32", "ping by TLS, a new connection each, 32 at once", "request", PING,
             connections(32) + ("--reconnect",), family="workers-tls"),
)

WORKLOADS = PLAIN + tuple(over_tls(one) for one in PLAIN) + WORKERS

IDLE = {"idle1000": 1000, "idle10000": 10000, "tls-idle1000": 1000, "tls-idle10000": 10000}
IDLE_START_GOAL_KIB = 2560
IDLE_STREAM_GOAL_KIB = 0.5
