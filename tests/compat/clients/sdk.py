# SPDX-License-Identifier: Apache-2.0
"""docker-py's calls, one line of transcript each. Arguments: SOCKET POLICY."""

import io
import socket

import docker
from docker.utils.socket import frames_iter

from archives import tar_of
from steps import SOCKET, open_step, shape, step

client = docker.DockerClient(base_url="unix://" + SOCKET, timeout=30)
low = client.api
SLEEP = ["sleep", "1000"]


def host():
    step("ping", client.ping)
    step("info", lambda: shape(client.info()))
    step("version", lambda: shape(client.version()))
    open_step("df", lambda: shape(client.df()))
    open_step("login", client.login, "u", "p", registry="http://127.0.0.1:1")
    step("events of the past", lambda: list(client.events(since=1, until=2)))
    open_step("plugins", client.plugins.list)
    open_step("swarm", lambda: client.swarm.reload())


def runs():
    open_step("run", client.containers.run, "hello", remove=True)
    step("run that fails", client.containers.run, "bb:1", ["sh", "-c", "echo no >&2; exit 5"],
         remove=True)
    open_step("run of no image", client.containers.run, "nothing:1")
    step("run with options", lambda: client.containers.run(
        "bb:1", ["sh", "-c", "id -u; pwd; echo $A; hostname; cat /proc/self/limits | grep 'open f'"],
        user="1000:1000", working_dir="/tmp", environment={"A": "b c"}, hostname="named",
        mem_limit="64m", pids_limit=50, labels={"l": "1"}, remove=True, read_only=True,
        tmpfs={"/scratch": "size=1m"}, ulimits=[docker.types.Ulimit(name="nofile", soft=99, hard=99)],
        restart_policy={"Name": "no"}, network_mode="none", stop_signal="SIGKILL", shm_size="1m",
        volumes={"py-cache": {"bind": "/c", "mode": "rw"}}, nano_cpus=500000000,
        log_config=docker.types.LogConfig(type="json-file", config={})))
    step("its volume", lambda: client.volumes.get("py-cache").remove())
    step("health check", lambda: client.containers.create("bb:1", SLEEP, name="py-health",
         healthcheck={"test": ["CMD", "true"], "interval": 10**9}).attrs["Config"]["Healthcheck"])
    client.containers.get("py-health").remove()


def streams(box):
    step("exec", lambda: box.exec_run(["sh", "-c", "echo out; echo err >&2; exit 3"], demux=True))
    step("exec in a stream", lambda: b"".join(box.exec_run("cat /etc/passwd", stream=True).output))
    step("exec with a terminal", lambda: box.exec_run(["stty", "size"], tty=True))
    step("exec detached", lambda: box.exec_run(["true"], detach=True).output)
    step("exec by hand", exec_by_hand, box)
    step("exec of nothing", low.exec_start, "nothing")
    events = client.events(decode=True, filters={"container": box.id})
    step("rename", box.rename, "py-renamed")
    step("event", lambda: shape(next(events)))
    events.close()
    step("stats", lambda: shape(box.stats(stream=False)))
    step("stats of a stream", lambda: shape(next(box.stats(decode=True))))
    step("top", lambda: len(box.top()["Titles"]))
    step("logs", box.logs, stdout=True, stderr=True, tail=5)


def exec_by_hand(box):
    made = low.exec_create(box.id, ["cat"], stdin=True, environment={"A": "b"}, workdir="/tmp")
    stream = low.exec_start(made["Id"], socket=True)
    sent = b"y" * 200000
    stream._sock.sendall(sent)
    stream._sock.shutdown(socket.SHUT_WR)
    heard = sum(len(data) for _, data in frames_iter(stream, tty=False))
    stream.close()
    return heard, low.exec_inspect(made["Id"])["ExitCode"]


def attach():
    box = client.containers.create("bb:1", ["sh", "-c", "cat; echo end"], name="py-attach",
                                   stdin_open=True)
    peer = box.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    box.start()
    peer._sock.sendall(b"to and fro\n")
    peer._sock.shutdown(socket.SHUT_WR)
    step("attach", lambda: b"".join(data for _, data in frames_iter(peer, tty=False)))
    peer.close()
    box.remove(force=True)
    box = client.containers.create("bb:1", ["sh", "-c", "echo one; echo two"])
    stream = box.attach(stream=True, logs=True)
    box.start()
    # What comes while the daemon reads its log is in the log and in the stream: then it says it twice.
    step("attach to output", lambda: b"".join(stream)[:len(b"one\ntwo\n")])
    step("wait", box.wait)
    box.remove()


def running():
    box = client.containers.run("bb:1", SLEEP, detach=True, name="py-running",
                                ports={"80/tcp": ("127.0.0.1", 7373)})
    step("status", lambda: (box.reload(), box.status, box.ports)[1:])
    streams(box)
    step("pause", box.pause)
    step("unpause", box.unpause)
    step("resize", box.resize, 20, 60)
    open_step("update", box.update, mem_limit="96m", memswap_limit="192m")
    open_step("put", box.put_archive, "/tmp", tar_of("x y%z", b"hello"))
    open_step("get", lambda: len(b"".join(box.get_archive("/tmp/x y%z")[0])))
    step("diff", lambda: bool(box.diff() or True))
    open_step("export", lambda: sum(len(piece) for piece in box.export()) > 100000)
    open_step("commit", lambda: box.commit("py-committed", tag="1", changes="ENV A=b").tags)
    open_step("remove what was committed", client.images.remove, "py-committed:1")
    step("list", lambda: [row.name for row in client.containers.list(
        all=True, filters={"name": "py-renamed"})])
    step("restart", box.restart, timeout=0)
    step("kill", box.kill)
    step("wait", box.wait)
    step("start", box.start)
    step("stop", box.stop, timeout=0)
    step("remove", box.remove, v=True)
    step("gone", client.containers.get, "py-renamed")


def images():
    step("list", lambda: sorted(tag for image in client.images.list() for tag in image.tags))
    step("get", lambda: client.images.get("registry.example.org/ci/app:1").attrs["Config"]["Cmd"])
    image = client.images.get("bb:1")
    open_step("history", lambda: shape(image.history()))
    open_step("tag", image.tag, "py", "2")
    open_step("save and load", lambda: client.images.load(
        b"".join(client.images.get("py:2").save(named=True)))[0].tags)
    open_step("untag", client.images.remove, "py:2")
    step("pull", client.images.pull, "bb", tag="nope")
    step("pull with a login", client.images.pull, "bb", tag="nope",
         auth_config={"username": "u", "password": "p"})
    open_step("push", client.images.push, "bb", tag="1")
    open_step("search", client.images.search, "x")
    open_step("registry data", client.images.get_registry_data, "bb:1")
    open_step("prune", client.images.prune)
    open_step("build", lambda: "".join(row.get("stream", "") for row in client.images.build(
        fileobj=io.BytesIO(b"FROM bb:1\nARG WHO\nRUN echo for $WHO\n"), tag="py-built:1", nocache=True,
        buildargs={"WHO": "you"}, labels={"a": "b"}, rm=True, forcerm=True, network_mode="none",
        shmsize=1 << 20, container_limits={"memory": 1 << 26})[1]))
    open_step("remove what was built", client.images.remove, "py-built:1", force=True)
    open_step("build that fails", client.images.build,
              fileobj=io.BytesIO(b"FROM bb:1\nRUN exit 9\n"), nocache=True, forcerm=True)


def others():
    network = client.networks.create("py-net", driver="bridge", check_duplicate=True,
                                     labels={"a": "b"})
    box = client.containers.create("bb:1", SLEEP, name="py-netted")
    step("connect", network.connect, box, aliases=["one"])
    step("networks", lambda: [row.name for row in client.networks.list(names=["py-net"])])
    step("disconnect", network.disconnect, box, force=True)
    box.remove()
    step("network remove", network.remove)
    volume = client.volumes.create("py-vol", driver="local", labels={"a": "b"})
    step("volume", lambda: volume.attrs["Labels"])
    step("volumes", lambda: shape([row.name for row in client.volumes.list()]))
    step("volume remove", volume.remove, force=True)
    for kind in (client.containers, client.networks, client.volumes):
        open_step("prune", kind.prune)
    open_step("prune builds", low.prune_builds)


for part in (host, runs, attach, running, images, others):
    print("==", part.__name__)
    part()
