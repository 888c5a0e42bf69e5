# SPDX-License-Identifier: Apache-2.0
"""The common docker-socket-proxy images as HAProxy rules of ours: which variables each reads, what they
open, and in which order; and where sockwarden means to differ from them."""

import dataclasses
import functools
import json
import os
import re
import subprocess

import warden as warden_module
import wire
from daemon import TOP

# Variables whose section is the path of their own name.
SECTIONS = {name: "/" + name.lower() for name in """
    AUTH BUILD COMMIT CONFIGS CONTAINERS DISTRIBUTION EVENTS EXEC GRPC IMAGES INFO NETWORKS NODES
    PLUGINS SECRETS SERVICES SESSION SWARM SYSTEM TASKS VERSION VOLUMES""".split()}
SECTIONS["PING"] = "/_ping"
# Variables that open something by themselves.
SINGLES = {
    "ALLOW_START": "start", "ALLOW_STOP": "stop", "ALLOW_RESTARTS": "(stop|restart|kill)",
    "ALLOW_PAUSE": "pause", "ALLOW_UNPAUSE": "unpause"}
DEFAULTS = {"PING": "1", "VERSION": "1", "EVENTS": "1"}
PODMAN = """_ping containers events exec generate images info manifests networks play pods secrets system
    version volumes""".split()


@dataclasses.dataclass(frozen=True)
class Image:
    """|within|: what is denied unless a variable says 1, and what of a container that is.
    |singles_first|: they stand before the rule of methods."""
    name: str
    within: dict
    methods: tuple
    singles_first: bool
    podman: bool = False

    @property
    def variables(self):
        return [*SECTIONS, *SINGLES, *self.within, *self.methods]

    def environment(self, variables):
        """What it runs with."""
        return {name: variables.get(name, DEFAULTS.get(name, "0")) for name in self.variables}

    def as_read_here(self, variables):
        """And with what it would decide as sockwarden does, but for STRICTER."""
        image = dataclasses.replace(self, singles_first=True)
        unset = listed()

        def value(name):
            return variables[name] if name in variables else value(unset[name]) if name in unset else name

        return image, {name: value(name) for name in self.variables}

    def rules(self, prefix=""):
        """Of a front end whose variables begin with |prefix|. What they let through HAProxy answers by
        itself: no daemon has a part in its verdict."""
        def when(path):
            return "{ path,url_dec -m reg -i ^(/v[0-9.]+)?" + path + " }"

        def on(name):
            return "{ env(" + prefix + name + ") -m bool }"

        container = "/containers/[a-zA-Z0-9_.-]+/"
        allow = "\thttp-request return status 200 if "
        if self.methods == ("POST",):
            methods = "METH_GET || " + on("POST")
        else:
            methods = " || ".join(["METH_GET", *(
                "{ method " + name + " } " + on(name) for name in self.methods)])
        gate = ["\thttp-request deny unless " + methods]
        refined = [f"\thttp-request deny if {when(container + what)} !{on(name)}"
                   for name, what in self.within.items()]
        singles = [allow + when(container + what) + " " + on(name) for name, what in SINGLES.items()]
        rest = [allow + when(path) + " " + on(name) for name, path in SECTIONS.items()]
        if self.podman:
            rest += [allow + when("/libpod/" + word) + " " + on("LIBPOD_" + word.strip("_").upper())
                     for word in PODMAN]
        first = [*singles, *gate] if self.singles_first else [*gate, *singles]
        # Refinements are about other paths than the singles, but for kill, which they precede.
        return [*refined, *first, *rest, "\thttp-request deny"]


@functools.cache
def listed():
    """The variables that sockwarden knows, and what they are when they are not set."""
    done = subprocess.run([warden_module.BINARY, "migrate", "--list"], check=True, text=True,
                          stdout=subprocess.PIPE)
    return dict(line.split()[:2] for line in done.stdout.splitlines()[1:])


def same(*words):
    return {"ALLOW_" + word: word.lower() for word in words}


IMAGES = {image.name: image for image in [
    Image("tecnativa", {}, ("POST",), singles_first=False),
    Image("tecnativa-next", same("EXEC", "KILL", "ATTACH", "ARCHIVE", "EXPORT", "LOGS"),
          ("POST", "DELETE", "PUT", "PATCH"), singles_first=False),
    Image("linuxserver-2025", {}, ("POST",), singles_first=True),
    Image("linuxserver", same("ARCHIVE", "CHANGES", "EXPORT", "LOGS", "TOP"), ("POST",),
          singles_first=True, podman=True),
]}

# ---- differences -------------------------------------------------------------------------------------


def on(variables, name):
    return variables.get(name, DEFAULTS.get(name, "0")) not in ("0", "", "true")


def unset(name):
    return lambda image, variables: name not in variables


COPYING = "container.archive_get container.archive_stat container.archive_put container.copy"
# What they permit and sockwarden denies: operations, and when.
STRICTER = {
    "copying is a hole under CONTAINERS=1": (
        COPYING, lambda image, variables: not on(variables, "ALLOW_ARCHIVE")),
    "so is exporting": (
        "container.export", lambda image, variables: not on(variables, "ALLOW_EXPORT")),
    "attach/ws writes, although it is a GET": (
        "container.attach_ws", lambda image, variables:
            "ALLOW_ATTACH" not in image.within and not on(variables, "POST")),
    "an exec needs EXEC": (
        "container.exec", lambda image, variables:
            "ALLOW_EXEC" not in image.within and not on(variables, "EXEC")),
}
# What they deny and sockwarden permits, for want of a variable that they have and others do not.
LAXER = {
    "single operations open also with POST=0": (
        "container.start container.stop container.restart container.kill container.pause "
        "container.unpause", lambda image, variables:
            not image.singles_first and not on(variables, "POST")),
    "logs are open as in older images": ("container.logs", unset("ALLOW_LOGS")),
    "changes are open as in older images": ("container.changes", unset("ALLOW_CHANGES")),
    "top is open as in older images": ("container.top", unset("ALLOW_TOP")),
    "kill is open as in older images": ("container.kill", unset("ALLOW_KILL")),
    "attaching is open with POST=1 as in older images": (
        "container.attach container.attach_ws", lambda image, variables:
            "ALLOW_ATTACH" not in variables and on(variables, "POST")),
    "an exec needs EXEC, not ALLOW_EXEC": (
        "container.exec", lambda image, variables:
            "ALLOW_EXEC" not in variables and on(variables, "EXEC")),
    "DELETE counts as POST as in older images": (
        "DELETE", lambda image, variables: "DELETE" not in variables and on(variables, "POST")),
    "PUT counts as POST as in older images": (
        "PUT", lambda image, variables: "PUT" not in variables and on(variables, "POST")),
}


def reasons(table, image, variables, name, method):
    return [why for why, (names, when) in table.items()
            if (name in names.split() or method in names.split()) and when(image, variables)]


# ---- environments ------------------------------------------------------------------------------------


def environments(image, name):
    """In which |name| has a part, as 1 and as 0."""
    around = [{}, {"POST": "1"}]
    if name not in SECTIONS or name in ("CONTAINERS", "EXEC"):
        around += [{"CONTAINERS": "1"}, {"CONTAINERS": "1", "POST": "1"}]
    if name in ("EXEC", "ALLOW_EXEC"):
        around += [{"CONTAINERS": "1", "POST": "1", other: "1"}
                   for other in ("EXEC", "ALLOW_EXEC") if other in image.variables]
    if name in ("ALLOW_KILL", "ALLOW_ARCHIVE"):
        around += [{"CONTAINERS": "1", "ALLOW_RESTARTS": "1", "PUT": "1"}]
    seen = []
    for variables in around:
        for value in "10":
            one = {**{key: value for key, value in variables.items() if key in image.variables},
                   name: value}
            if one not in seen:
                seen.append(one)
    return seen


# ---- asking ------------------------------------------------------------------------------------------

# Operations that are no section's: any method, or any path.
ELSEWHERE = {"libpod.any", "system.debug", "system.options"}
UPGRADES = {"container.attach_ws": "websocket", "buildkit.session": "h2c", "buildkit.grpc": "h2c"}


@functools.cache
def operations():
    """Their names, methods and paths."""
    done = subprocess.run([warden_module.BINARY, "operations", "--format", "json"], check=True,
                          stdout=subprocess.PIPE)
    return [(row["name"], row["method"], "/v1.41" + re.sub(r"\{\w+\}", "x", row["path"]))
            for row in json.loads(done.stdout) if row["name"] not in ELSEWHERE]


def verdict(peer, method, path):
    """What the head says; nothing else of the answer is anybody's verdict."""
    peer.send(wire.encode(method, path))
    answer = peer.read_head()
    assert answer.status in (200, 403), answer.head
    return answer.status == 200


class Haproxy:
    """A front end for each of |cases|, which are (image, variables)."""

    def __init__(self, directory, cases, within=lambda *words: words, bind=""):
        self.sockets = [f"{directory}/{i}.sock" for i in range(len(cases))]
        text = [(TOP / "tests/integration/dropin.cfg").read_text()]
        environment = {}
        for i, (image, variables) in enumerate(cases):
            environment.update({f"C{i}_{name}": value for name, value in {
                **image.environment(variables), **variables}.items()})
            text += [f"frontend c{i}", f"\tbind unix@{self.sockets[i]} mode 600", bind,
                     *image.rules(f"C{i}_")]
        config = f"{directory}/haproxy.cfg"
        with open(config, "w", encoding="ascii") as out:
            out.write("\n".join(text) + "\n")
        self.process = subprocess.Popen(
            within("/usr/sbin/haproxy", "-db", "-f", config), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=environment)

    def __enter__(self):
        wire.await_true(self.ready, 60, "HAProxy")
        return self

    def ready(self):
        assert self.process.poll() is None, "HAProxy ended"
        return all(wire.accepts(path) for path in self.sockets[-1:])

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        for path in self.sockets:
            os.unlink(path)

    def permits(self, case, requests):
        """Verdicts on |requests| by the front end |case|, which may end the connection behind each."""
        answers = []
        while len(answers) < len(requests):
            with wire.Wire(self.sockets[case]) as peer:
                for method, path in requests[len(answers):]:
                    if method == "HEAD": # whose answer may have a body
                        answers.append(verdict(peer, method, path))
                        break
                    answer = peer.request(method, path)
                    assert answer.status in (200, 403), answer.head
                    answers.append(answer.status == 200)
                    if answer.headers.get("connection") == "close":
                        break
        return answers


def expectation(name, method, path, permitted):
    lines = []
    if name in UPGRADES:
        lines = ["header = Connection: Upgrade", "header = Upgrade: " + UPGRADES[name]]
    return "\n".join([*lines, f"{'allow' if permitted else 'deny'} {method} {path}"])
