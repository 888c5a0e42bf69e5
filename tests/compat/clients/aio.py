# SPDX-License-Identifier: Apache-2.0
"""aiodocker's calls, one line of transcript each. Arguments: SOCKET POLICY."""

import asyncio
import io

import aiodocker

from archives import tar_of
from steps import POLICY, SOCKET, shape, show

SLEEP = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0}


async def step(name, work):
    """Awaits what a step began and prints what came of it."""
    try:
        result = await work
        print(f"{name}: {show(result)}", flush=True)
        return result
    except Exception as err: # whatever the client makes of it belongs in the transcript
        print(f"{name}: failed {type(err).__name__} {show(str(err))}", flush=True)
        return None


async def open_step(name, work):
    """A step that only a policy allowing everything permits."""
    if POLICY == "all":
        return await step(name, work)
    work.close()
    return None


async def kind_of(work):
    return shape(await work)


async def names_of(work):
    return sorted(name.lstrip("/") for row in await work for name in row["Names"])


async def host(docker):
    await step("version", kind_of(docker.version()))
    await step("info", kind_of(docker.system.info()))
    await open_step("login", docker.auth(username="u", password="p", serveraddress="http://127.0.0.1:1"))


async def life(docker):
    events = docker.events.subscribe()
    box = await docker.containers.create_or_replace("aio-box", SLEEP)
    box = await docker.containers.create_or_replace("aio-box", SLEEP)
    await step("start", box.start())
    await step("event", next_start(events))
    await docker.events.stop()
    await step("state", kind_of(box.show()))
    await step("list", names_of(docker.containers.list(all=1, filters='{"name":["aio-box"]}')))
    await step("stats", kind_of(box.stats(stream=False)))
    await step("a stream of stats", first(box.stats(stream=True)))
    await step("top", kind_of(box.top()))
    await step("port", box.port(80))
    await step("pause", box.pause())
    await step("unpause", box.unpause())
    await step("resize", box.resize(h=20, w=60))
    await step("rename", box.rename("aio-renamed"))
    await streams(box)
    await open_step("put", box.put_archive("/tmp", tar_of("copied", b"inside")))
    await open_step("get", members(box))
    await open_step("commit", kind_of(box.commit(repository="aio", tag="1")))
    await open_step("remove what was committed", kind_of(docker.images.delete("aio:1")))
    await step("restart", box.restart(timeout=0))
    await step("kill", box.kill(signal="SIGKILL"))
    await step("wait", box.wait())
    await step("start", box.start())
    await step("stop", box.stop(t=0))
    await step("remove", box.delete(v=True, force=True))
    await step("gone", docker.containers.get("aio-renamed"))


async def next_start(events):
    while True:
        event = await events.get()
        if event["Action"] == "start":
            return shape({key: event[key] for key in event if key != "time"})


async def first(stream):
    async for row in stream:
        await stream.aclose()
        return shape(row)


async def members(box):
    return (await box.get_archive("/tmp/copied")).getnames()


async def streams(box):
    exec_ = await box.exec(["sh", "-c", "echo out; echo err >&2; exit 3"], environment={"A": "b"}, workdir="/tmp")
    await step("exec", outputs(exec_.start()))
    await step("how it ended", kind_of(exec_.inspect()))
    exec_ = await box.exec(["cat"], stdin=True)
    await step("exec with input", heard(exec_))
    exec_ = await box.exec(["stty", "size"], tty=True)
    await step("exec with a terminal", outputs(exec_.start()))
    exec_ = await box.exec(["true"])
    await step("exec detached", exec_.start(detach=True))
    await step("exec of nothing", kind_of(box.docker.containers.exec("nothing").inspect()))


async def outputs(stream):
    """All that comes; how it is cut into frames differs from run to run."""
    found = {}
    async with stream:
        while message := await stream.read_out():
            found[message.stream] = found.get(message.stream, b"") + message.data
    return {str(key): show(found[key]) for key in sorted(found)}


async def heard(exec_):
    async with exec_.start() as stream:
        await stream.write_in(b"to and fro\n")
        return (await stream.read_out()).data


async def runs(docker):
    box = await docker.containers.run({"Image": "bb:1", "Cmd": ["sh", "-c", "echo one; echo err >&2; exit 5"]})
    await step("wait", box.wait())
    await step("log", box.log(stdout=True, stderr=False))
    await step("its errors", box.log(stdout=False, stderr=True, tail=5))
    await step("followed log", followed(box))
    await box.delete()
    box = await docker.containers.create({
        "Image": "bb:1", "Cmd": ["cat"], "OpenStdin": True, "StdinOnce": True, "AttachStdin": True,
        "HostConfig": {"Memory": 1 << 26, "NetworkMode": "none", "Ulimits": [{"Name": "nofile", "Soft": 99, "Hard": 99}]}})
    attached = box.attach(stdin=True, stdout=True, stderr=True)
    async with attached as stream:
        await box.start()
        await stream.write_in(b"attached\n")
        await step("attach", read(stream))
    await box.delete(force=True)
    await open_step("run of no image", docker.containers.run({"Image": "nothing:1"}))


async def read(stream):
    return (await stream.read_out()).data


async def followed(box):
    return "".join([line async for line in box.log(stdout=True, follow=True)])


async def images(docker):
    await step("images", tags_of(docker.images.list()))
    await step("image", kind_of(docker.images.inspect("bb:1")))
    await step("pull", docker.images.pull("bb:nope"))
    await step("pull with a login", docker.images.pull(
        "registry.example.org/ci/app:nope", auth={"username": "u", "password": "p"}))
    await open_step("history", kind_of(docker.images.history("bb:1")))
    await open_step("tag", docker.images.tag("bb:1", "aio", tag="2"))
    await open_step("save and load", saved(docker))
    await open_step("push", docker.images.push("aio:2"))
    await open_step("untag", kind_of(docker.images.delete("aio:2", force=True)))
    await open_step("build", built(docker))
    await open_step("remove what was built", kind_of(docker.images.delete("aio-built:1")))
    await open_step("prune", docker.images.prune())
    await open_step("prune builds", docker.images.prune_builds())


async def tags_of(work):
    return sorted(tag for image in await work for tag in image["RepoTags"] or [])


async def saved(docker):
    async with docker.images.export_image("aio:2") as content:
        data = await content.read()
    return [shape(row) async for row in docker.images.import_image(data, stream=True)]


async def built(docker):
    context = io.BytesIO(tar_of("Dockerfile", b"FROM bb:1\nARG WHO\nRUN echo for $WHO\n"))
    return "".join([row.get("stream", "") for row in await docker.images.build(
        fileobj=context, encoding="identity", tag="aio-built:1", nocache=True, buildargs={"WHO": "you"},
        labels={"a": "b"}, rm=True, forcerm=True)])


async def others(docker):
    network = await docker.networks.create({"Name": "aio-net", "CheckDuplicate": True, "Labels": {"a": "b"}})
    box = await docker.containers.create(SLEEP)
    await step("connect", network.connect({"Container": box.id, "EndpointConfig": {"Aliases": ["one"]}}))
    await step("network", kind_of(network.show()))
    await step("networks", kind_of(docker.networks.list(filters={"name": "aio-net"})))
    await step("disconnect", network.disconnect({"Container": box.id, "Force": True}))
    await box.delete()
    await step("network remove", network.delete())
    volume = await docker.volumes.create({"Name": "aio-vol", "Driver": "local", "Labels": {"a": "b"}})
    await step("volume", kind_of(volume.show()))
    await step("volumes", kind_of(docker.volumes.list(filters={"name": "aio-vol"})))
    await step("volume remove", volume.delete())
    for kind in (docker.containers, docker.networks, docker.volumes):
        await open_step("prune", kind.prune())


async def main():
    docker = aiodocker.Docker(url="unix://" + SOCKET)
    for part in (host, life, runs, images, others):
        print("==", part.__name__)
        await part(docker)
    await docker.close()


asyncio.run(main())
