# SPDX-License-Identifier: Apache-2.0
"""Requests that are changed at random, from a seed: heads, framing, targets and JSON. What comes out may
be forbidden, permitted, or no request at all; the tests ask the daemon what became of it."""

import json

import wire

FORM = "application/x-www-form-urlencoded"
TYPES = ["application/json", "Application/JSON; charset=utf-8", "text/plain", None, FORM, FORM + "\u00a0",
         "appl\u0130cation/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; x"]
VERSIONS = ["/v1.41", "/v1.24", "/v1.23", "/v1.12", "/v01.41", "/v1.41.0", "/V1.41", "", "/v1.41/v1.41"]
BEFORE_PATH = ["http://docker", "x://y", "http:", "//h", "/.", "/x/..", "%2F"]
BEHIND_PATH = ["/", "//", "/.", ";x=1", "%00", "%20", "#a", "\\"]
IN_QUERY = ["&&", ";x=1", "&%", "&fromImage=127.0.0.1:1/evil", "&fromSrc=-", "&name=z", "&tag=2"]
HEADERS = [
    ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "identity"), ("Transfer-Encoding", "gzip, chunked"),
    ("Transfer-Encoding", "\x0bchunked"), ("Transfer-Encoding", "chun\u212aed"), ("Connection", "Content-Length"),
    ("Connection", "Transfer-Encoding, close"), ("Connection", "keep-alive"), ("Upgrade", "tcp"),
    ("Connection", "Upgrade"), ("Upgrade", "h2c"), ("Host", "x"), ("Expect", "100-continue"), ("X ", "a"),
    ("Content-Length", "0"), ("Content-Type", FORM), ("X", "a\r\n Transfer-Encoding: chunked"),
    ("X-HTTP-Method-Override", "DELETE"), ("Content-Encoding", "gzip"), ("", "x")]

HARMLESS = [("Binds", ["/srv/ci:/w"]), ("Memory", 67108864), ("Tmpfs", {"/t": "size=1m"}), ("Binds", None),
            ("Privileged", False), ("CapDrop", ["ALL"]), ("NetworkMode", "none"), ("Init", True)]
POWERS = [
    ("Privileged", True), ("Binds", ["/:/h"]), ("Binds", ["/etc:/h:ro"]), ("NetworkMode", "host"),
    ("PidMode", "host"), ("IpcMode", "host"), ("UTSMode", "host"), ("CapAdd", ["SYS_ADMIN"]), ("CapAdd", "ALL"),
    ("SecurityOpt", ["seccomp=unconfined"]), ("DeviceCgroupRules", ["a *:* rwm"]), ("MaskedPaths", []),
    ("CgroupParent", "/x"), ("Mounts", [{"Type": "bind", "Source": "/etc", "Target": "/h"}]),
    ("Mounts", [{"Type": "volume", "Target": "/h", "VolumeOptions": {"DriverConfig": {
        "Name": "local", "Options": {"type": "none", "o": "bind", "device": "/etc"}}}}]),
    ("VolumesFrom", ["victim"]), ("OomScoreAdj", -1000), ("GroupAdd", ["0"]), ("Links", ["victim:x"]),
    ("LogConfig", {"Type": "syslog", "Config": {"syslog-address": "udp://127.0.0.1:1"}})]


class Object(list):
    """A JSON object as pairs: names can stand there twice."""


class Text(str):
    """JSON as it is written."""


def objects_of(value):
    if isinstance(value, dict):
        return Object((name, objects_of(member)) for name, member in value.items())
    return [objects_of(item) for item in value] if isinstance(value, list) else value


def dump(value):
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, Object):
        return "{" + ",".join(f"{dump(name)}:{dump(member)}" for name, member in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def objects_in(value):
    inner = [member for _, member in value] if isinstance(value, Object) else value
    found = [value] if isinstance(value, Object) else []
    for item in inner if isinstance(inner, list) else []:
        found += objects_in(item)
    return found


class Request:
    def __init__(self, method, target, body=None, kind="application/json"):
        self.method, self.target, self.kind = method, target, kind
        self.version, self.framing, self.end = "HTTP/1.1", "length", "\r\n"
        self.headers = [("Host", "docker")]
        self.body = objects_of(body)

    def encode(self):
        body = self.body
        if isinstance(body, (Object, str)):
            body = (dump(body) if isinstance(body, Object) else body).encode("utf-8", "surrogatepass")
        headers, data = list(self.headers), body or b""
        if body is not None:
            headers += [("Content-Type", self.kind)] if self.kind else []
            more, data = FRAMINGS[self.framing](body)
            headers += more
        lines = [f"{self.method} {self.target} {self.version}", *(f"{name}: {value}" for name, value in headers)]
        return (self.end.join(lines) + 2 * self.end).encode("utf-8", "surrogatepass") + data


CHUNKED = ("Transfer-Encoding", "chunked")
FRAMINGS = {
    "length": lambda body: ([("Content-Length", len(body))], body),
    "plus": lambda body: ([("Content-Length", f"+{len(body)}")], body),
    "zero": lambda body: ([("Content-Length", "0")], body),
    "short": lambda body: ([("Content-Length", max(len(body) - 1, 0))], body),
    "twice": lambda body: ([("Content-Length", len(body)), ("Content-Length", "0")], body),
    "both": lambda body: ([("Content-Length", len(body)), CHUNKED], one_chunk(body)),
    "none": lambda body: ([], body),
    "chunked": lambda body: ([CHUNKED], one_chunk(body)),
    "bytes": lambda body: ([CHUNKED], wire.chunked(*(body[i:i + 1] for i in range(len(body))))),
    "extension": lambda body: ([CHUNKED], one_chunk(body, b';a="b"')),
    "line feeds": lambda body: ([CHUNKED], one_chunk(body).replace(b"\r\n", b"\n")),
    "trailer": lambda body: ([CHUNKED], one_chunk(body)[:-2] + b"Content-Type: " + FORM.encode() + b"\r\n\r\n"),
}


def one_chunk(body, extension=b""):
    return (b"%x%s\r\n%s\r\n" % (len(body), extension, body) if body else b"") + b"0\r\n\r\n"


def seeds(random):
    """A few requests of which most are forbidden under the policy of conf/ci-runner.conf."""
    host = dict([random.choice(POWERS)] + ([random.choice(HARMLESS)] if random.random() < 0.3 else []))
    create = random.choice(["/v1.41", "", "/v1.24"]) + "/containers/create"
    number = random.randrange(10000)
    return random.choices([
        Request("POST", create, {"Image": "bb:1", "Cmd": ["true"], "HostConfig": host}),
        Request("POST", create, {"Image": "bb:1", "HostConfig": dict([random.choice(HARMLESS)])}),
        Request("POST", "/v1.41/containers/victim/exec", {"Cmd": ["true"], "Privileged": True}),
        Request("POST", "/v1.41/volumes/create", {"Name": f"evil{number}", "DriverOpts": {
            "type": "none", "o": "bind", "device": "/etc"}}),
        Request("POST", "/v1.41/networks/create", {"Name": f"evil{number}", "Options": {
            "com.docker.network.bridge.enable_icc": "false"}}),
        Request("POST", "/v1.41/images/create?fromImage=bb&tag=1", b"fromImage=127.0.0.1:1/evil&tag=1",
                random.choice(TYPES)),
        Request("POST", "/v1.41/images/bb:1/tag?repo=evil&tag=1", b""),
        Request("POST", "/v1.41/containers/victim/update", {"Memory": 0, "RestartPolicy": {"Name": "always"}}),
        Request("POST", "/v1.23/containers/stopped/start", {"Privileged": True, "Binds": ["/etc:/h"]}),
        Request("POST", "/v1.41/containers/victim/rename?name=victim", b"name=evil", FORM),
    ], [8, 3, 1, 1, 1, 2, 1, 1, 2, 1])[0]


def spell(random, name):
    """Another spelling of a member's name; the daemon takes most of them for the same."""
    at = random.randrange(len(name)) if name else 0
    return random.choice([
        name.lower(), name.upper(), name.swapcase(), name.replace("s", "\u017f", 1), name.replace("k", "\u212a", 1),
        Text(json.dumps(name.replace("s", "\u017f", 1))), name + "\0", name + " ",
        Text('"' + name[:at] + "".join(f"\\u{ord(c):04x}" for c in name[at:at + 1]) + name[at + 1:] + '"')])


def change_value(random, value):
    if isinstance(value, str) and random.random() < 0.6:
        return random.choice([value.upper(), " " + value, value + "/..", value + "\0", value.replace("/", "//"),
                              Text('"' + "".join(f"\\u{ord(c):04x}" for c in value) + '"')])
    return random.choice([None, [value], {}, [], Text('"true"'), Text("1"), Text("1e0"), value])


def change_json(random, request):
    if not isinstance(request.body, Object):
        return
    body, into = request.body, random.choice(objects_in(request.body))
    if not into:
        return
    at = random.randrange(len(into))
    name, value = into[at]
    known = isinstance(name, str) and not isinstance(name, Text)
    kind = random.randrange(8)
    if kind < 2 and known:
        into[at] = (spell(random, name), value)
    elif kind == 2:
        into.insert(random.randrange(len(into) + 1), (name, random.choice([None, [], Object(), False, value])))
    elif kind == 3 and known:
        into.append((spell(random, name), random.choice([None, Object(), value])))
    elif kind == 4:
        into[at] = (name, change_value(random, value))
    elif kind == 5 and isinstance(body[-1][1], Object):
        body.extend(body.pop()[1])
        body.extend(random.choice([[], [("HostConfig", None)], [("HostConfig", Object())]]))
    elif kind == 6:
        body.append((random.choice(["HostConfig", "hostConfig"]),
                     random.choice([None, Object(), Object([random.choice(HARMLESS)])])))
    else:
        request.body = random.choice(["\ufeff%s", "%s{}", "%s]", " %s", "%s\0", "\x0b%s", "[%s]"]) % dump(body)


def change_head(random, request):
    kind = random.randrange(6)
    if kind == 0:
        request.framing = random.choice(list(FRAMINGS))
    elif kind == 1:
        request.kind = random.choice(TYPES)
    elif kind == 2:
        request.version = random.choice(["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 "])
    elif kind == 3:
        request.method = random.choice(["GET", "PUT", "PATCH", "post", "HEAD", "OPTIONS", "CONNECT"])
    elif kind == 4 and random.random() < 0.3:
        request.end = random.choice(["\n", "\r"])
    else:
        request.headers.insert(random.randrange(len(request.headers) + 1), random.choice(HEADERS))


def change_target(random, request):
    path, _, query = request.target.partition("?")
    at = random.randrange(1, len(path))
    kind = random.randrange(7)
    if kind == 0:
        path = f"{path[:at]}%{ord(path[at]):02x}{path[at + 1:]}"
    elif kind == 1:
        path = random.choice(VERSIONS) + path[max(path.find("/", 1), 0):]
    elif kind == 2:
        path = random.choice(BEFORE_PATH) + path
    elif kind == 3:
        path += random.choice(BEHIND_PATH)
    elif kind == 4:
        path = path.replace("/", random.choice(["//", "%2F", "/./"]), random.randrange(1, 4))
    elif kind == 5:
        query += random.choice(IN_QUERY)
    else:
        query = "".join(f"%{ord(c):02X}" if random.random() < 0.3 and c not in "=&%" else c for c in query)
    request.target = path + ("?" + query if query else "")


def mutant(random):
    request = seeds(random)
    for _ in range(random.choice([1, 1, 2, 2, 3])):
        random.choice([change_json, change_json, change_head, change_target])(random, request)
    return request.encode()
