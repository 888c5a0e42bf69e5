# SPDX-License-Identifier: Apache-2.0
"""Requests that try to get past the policy of conf/ci-runner.conf, as a table of raw bytes.

A row is (name, bytes, expectation). The container `victim` runs. Expectations:
  REFUSED         sockwarden answers with an error of its own, audits it, and the daemon sees nothing
  MOVED           sockwarden answers with the 301 of the daemon's router, and the daemon sees nothing
  SILENT          the request is not complete: the daemon sees nothing
  either(LINE)    refused, or forwarded with exactly this request line
  forwarded(LINE) forwarded with exactly this request line
  a list of these for the requests of one connection
"""

import json
from urllib.parse import unquote

REFUSED = "refused"
MOVED = "moved"
SILENT = "silent"
CRLF = b"\r\n"


def forwarded(line):
    return ("forwarded", line)


def either(line):
    return ("either", line)


def head(first, *headers):
    lines = [first if isinstance(first, bytes) else first.encode("latin-1")]
    lines += [h if isinstance(h, bytes) else h.encode("latin-1") for h in headers]
    return CRLF.join(lines) + CRLF + CRLF


def get(target, *headers, method="GET"):
    return head(f"{method} {target} HTTP/1.1", "Host: docker", *headers)


def post(target, body=b"", *headers, kind="application/json", method="POST"):
    data = body if isinstance(body, bytes) else (
        body if isinstance(body, str) else json.dumps(body)).encode("utf-8", "surrogatepass")
    more = [f"Content-Type: {kind}"] if kind and data else []
    return get(target, *more, f"Content-Length: {len(data)}", *headers, method=method) + data


def create(text, *headers, target="/v1.41/containers/create", **options):
    return post(target, text, *headers, **options)


def host(text):
    """A create request with this text inside of HostConfig."""
    return create('{"Image":"bb:1","HostConfig":{%s}}' % text)


FINE = '{"Image":"bb:1"}'
PRIVILEGED = '{"Image":"bb:1","HostConfig":{"Privileged":true}}'
EVIL = create(PRIVILEGED)
LIST = "GET /v1.41/containers/json"
CREATE = "POST /v1.41/containers/create"

# ---- the request target ----------------------------------------------------------------------

FORBIDDEN_TARGETS = [
    "/containers/victim/archive?path=/etc", "/containers/victim/%61rchive?path=/etc",
    "/containers/victim/archiv%65?path=/etc", "/containers%2Fvictim%2Farchive?path=/etc",
    "//containers/victim/archive?path=/etc", "/containers//victim/archive?path=/etc",
    "/./containers/victim/archive?path=/etc", "/containers/victim/json/../archive?path=/etc",
    "/containers/victim/json%2F..%2Farchive?path=/etc", "/%2e/containers/victim/archive?path=/etc",
    "/containers/victim/x/%2e%2e/archive?path=/etc", "/v1.41//containers/victim/archive?path=/etc",
    "/v1.41/containers/victim/export", "/v%31.41/containers/victim/export",
    "/images/bb:1/get", "/images/registry.example.org/ci/app:1/get",
    "/images/registry.example.org%2Fci%2Fapp%3A1/get", "/images/get?names=bb:1",
    "/containers/victim/attach/ws?stream=1&stdin=1", "/containers/victim/att%61ch/ws?stream=1",
    "/distribution/bb:1/json", "/swarm", "/swarm/unlockkey", "/secrets", "/configs", "/services",
    "/nodes", "/tasks", "/plugins", "/debug/vars", "/debug/pprof/", "/debug/pprof/cmdline",
    "/v1.41/debug/pprof/heap", "/images/search?term=127.0.0.1:1/x", "/system/df",
    "/libpod/containers/json", "/v4.0.0/libpod/containers/json", "/images/json/get",
    "/no/such/route", "/", "/v1.41/", "/v1.41",
]
ODD_TARGETS = [
    "https://u:p@docker/v1.41/containers/json",
    "x://y/v1.41/containers/json", "unix:///v1.41/containers/json", "http:/containers/json",
    "//containers/json", "/containers//json", "/./containers/json", "/containers/./json",
    "/containers/x/../json", "/containers/%2e/json", "/%2e%2e/containers/json", "/containers/json/",
    "/Containers/json", "/containers/JSON", "/containers/json;x=1", "/containers\\json",
    "/containers/json%00", "/containers/json%0a", "/containers/json%20", "/containers/json%3F",
    "/containers/json%23", "/containers%5Cjson", "/containers/json#frag", "/containers/j\xe9son",
    "/containers/%e9/json", "/containers/%5c/json", "/containers/%25%32%66/json", "/containers/%zz/json", "/containers/json%", "/containers/json%2",
    "/containers/victim/victim/json", "/containers/victim%2Falias/json",
    "/containers/%252e%252e/json", "%2Fcontainers/json", "containers/json", "?all=1", "*",
    "/v1.23/containers/json", "/v1.12/containers/json", "/v01.41/containers/json",
    "/v1.041/containers/json", "/v1.41.0/containers/json", "/v1.41.0.0/containers/json",
    "/v1.40.99/containers/json", "/v1/containers/json", "/v./containers/json",
    "/v../containers/json", "/v1..41/containers/json", "/v.41/containers/json",
    "/V1.41/containers/json", "/v1.41a/containers/json", "/v1.41/v1.41/containers/json",
    "/v1.4100/containers/json", "/v99999999999999999999.1/containers/json",
    "/v-1.41/containers/json", "/v1.41%00/containers/json", "/v1.+41/containers/json",
    "/v1.41%2Fv1.41/containers/json",
]


def answer_to(target):
    """What a GET of it is answered: the daemon's router cleans paths with empty and dot segments."""
    segments = unquote(target.partition("?")[0], errors="replace").split("/")
    if segments[0] == "" and ("" in segments[1:-1] or {".", ".."} & set(segments)):
        return MOVED
    return REFUSED


TARGETS = (
    [(f"forbidden {target}", get(target), answer_to(target)) for target in FORBIDDEN_TARGETS]
    + [(f"odd {target}", get(target), answer_to(target)) for target in ODD_TARGETS]
    + [(f"odd POST {target}", create(FINE, target=target), REFUSED) for target in [
        "//containers/create", "/v1.41//containers/create", "/containers/./create",
        "/containers/x/../create", "http://docker//containers/create"]]
    + [
        ("escaped version", get("/v%31.41/containers/json"), either(LIST)),
        ("escaped v", get("/%76%31.41/containers/json"), either(LIST)),
        ("escaped dot", get("/v1%2E41/containers/json"), either(LIST)),
        ("escaped letters", get("/v1.41/c%6fntainers/js%6Fn"), either(LIST)),
        ("escaped slash", get("/v1.41/containers%2Fjson"), either(LIST)),
        ("escaped create", create(PRIVILEGED, target="/containers%2Fcreate"), REFUSED),
        ("escaped version create", create(PRIVILEGED, target="/v%31.41/containers/create"), REFUSED),
        ("escaped letter create", create(PRIVILEGED, target="/containers/cre%61te"), REFUSED),
        ("absolute", get("http://docker/v1.41/containers/json"), forwarded(LIST)),
        ("absolute, upper case", get("HTTP://DOCKER:80/v1.41/containers/json"), forwarded(LIST)),
        ("absolute without a host", get("http:///v1.41/containers/json"), REFUSED),
        ("absolute with a user", get("http://docker@evil/v1.41/containers/json"), REFUSED),
        ("absolute without a path", get("http://docker"), REFUSED),
        ("absolute with a blank", get("http://do cker/v1.41/containers/json"), REFUSED),
        ("absolute with a backslash", get("http://docker\\v1.41/containers/json"), REFUSED),
        ("absolute without Host", head("GET http://docker/v1.41/containers/json HTTP/1.1"), REFUSED),
        ("absolute with two hosts", get("http://docker/v1.41/containers/json", "Host: d"), REFUSED),
        ("absolute twice", get("http://docker/http://docker/containers/json"), MOVED),
        ("a name that only looks like another route", get("/containers/a%23b%25/json"),
         forwarded("GET /containers/a%23b%25/json")),
        ("absolute create", create(PRIVILEGED, target="http://d/containers/create"), REFUSED),
        ("old create", create(PRIVILEGED, target="/v1.18/containers/create"), REFUSED),
        ("no target", b"GET  HTTP/1.1\r\nHost: docker\r\n\r\n", REFUSED),
        ("CONNECT", head("CONNECT docker:80 HTTP/1.1", "Host: docker"), REFUSED),
        ("CONNECT with a path", get("/containers/json", method="CONNECT"), REFUSED),
        ("OPTIONS *", get("*", method="OPTIONS"), REFUSED),
        ("HEAD where there is none", get("/containers/victim/export", method="HEAD"), REFUSED),
        ("HEAD archive", get("/containers/victim/archive?path=/", method="HEAD"), REFUSED),
        ("target of 2 MiB", get("/containers/json?filters=" + "a" * (2 << 20)), REFUSED),
    ])

# ---- the query -------------------------------------------------------------------------------

# The daemon takes the first of two; it alone is judged and sent.
FIRST = [
    ("twice", get("/containers/json?all=0&all=1"), forwarded("GET /containers/json?all=0")),
    ("twice, once escaped", get("/containers/json?all=0&%61ll=1"),
     forwarded("GET /containers/json?all=0")),
    ("evil image behind a fine one", post("/images/create?fromImage=bb&tag=1&fromImage=evil"),
     either("POST /images/create?fromImage=bb&tag=1")),
    ("evil image behind an empty one", post("/images/create?fromImage=&tag=1&fromImage=evil"),
     REFUSED),
    ("two names of a container", post("/containers/victim/rename?name=a&name=b"),
     forwarded("POST /containers/victim/rename?name=a")),
    ("two signals", post("/containers/victim/kill?signal=0&signal=9"),
     forwarded("POST /containers/victim/kill?signal=0")),
    ("what no daemon reads", get("/containers/json?trunc_cmd=1&all=0&trunc_cmd=2"),
     forwarded("GET /containers/json?all=0")),
]

QUERIES = [(name, get(target) if method == "GET" else post(target, method=method), REFUSED)
           for name, method, target in [
    ("semicolon", "GET", "/containers/json?all=0;all=1"),
    ("bad escape", "GET", "/containers/json?all=%zz"),
    ("cut escape", "GET", "/containers/json?all=1&x=%"),
    ("bad escape in a name", "GET", "/containers/json?%zz=1"),
    ("NUL in a value", "GET", "/containers/json?filters=%00"),
    ("NUL in a name", "GET", "/containers/json?all%00=1"),
    ("newline in a name", "GET", "/containers/json?al%0al=1"),
    ("not UTF-8", "GET", "/containers/json?filters=%ff"),
    ("no name", "GET", "/containers/json?=1"),
    ("fragment", "GET", "/containers/json?all=1#x"),
    ("raw byte", "GET", "/containers/json?filters=\xff"),
    ("environments by ps", "GET", "/containers/victim/top?ps_args=e"),
    ("environments by ps, long", "GET", "/containers/victim/top?ps_args=-eo+pid,args+e"),
    ("checkpoint directory", "POST", "/containers/victim/start?checkpoint=x&checkpoint-dir=/etc"),
    ("foreign image", "POST", "/images/create?fromImage=evil&tag=1"),
    ("foreign registry", "POST", "/images/create?fromImage=evil.example.org/bb&tag=1"),
    ("foreign port", "POST", "/images/create?fromImage=registry.example.org:666/ci/app&tag=1"),
    ("tag that is a path", "POST", "/images/create?fromImage=registry.example.org/ci&tag=../../x"),
    ("namespace escape", "POST", "/images/create?fromImage=registry.example.org/ci/../evil/x&tag=1"),
    ("import of a URL", "POST", "/images/create?fromSrc=http://127.0.0.1:1/x.tar&repo=bb&tag=2"),
    ("import of a body", "POST", "/images/create?fromSrc=-&repo=bb&tag=1"),
    ("import beside a pull", "POST", "/images/create?fromImage=&fromSrc=-&repo=bb&tag=1"),
    ("unknown parameter", "POST", "/containers/victim/stop?tomorrow=1"),
]]

# ---- the head --------------------------------------------------------------------------------

BODY = FINE.encode()
LENGTH = f"Content-Length: {len(BODY)}"
JSON = "Content-Type: application/json"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
CHUNKED = "Transfer-Encoding: chunked"
POST = "POST /v1.41/containers/create HTTP/1.1"


def framed(*headers, body=BODY, first=POST):
    return head(first, "Host: docker", JSON, *headers) + body


HEADS = [
    ("two hosts", head("GET /containers/json HTTP/1.1", "Host: a", "Host: b"), REFUSED),
    ("no host", head("GET /containers/json HTTP/1.1"), REFUSED),
    ("length twice, equal", framed(LENGTH, LENGTH), REFUSED),
    ("length twice, different", framed(LENGTH, "Content-Length: 3"), REFUSED),
    ("length list", framed(f"{LENGTH}, {len(BODY)}"), REFUSED),
    ("length +", framed(f"Content-Length: +{len(BODY)}"), REFUSED),
    ("length hex", framed("Content-Length: 0x10"), REFUSED),
    ("length negative", framed("Content-Length: -1"), REFUSED),
    ("length 2^63", framed("Content-Length: 9223372036854775808"), REFUSED),
    ("length 2^64 + 16", framed("Content-Length: 18446744073709551632"), REFUSED),
    ("length empty", framed("Content-Length:"), REFUSED),
    ("length with a letter", framed(f"{LENGTH}x"), REFUSED),
    ("length and chunked", framed(LENGTH, CHUNKED, body=CHUNKS), REFUSED),
    ("chunked and length", framed(CHUNKED, LENGTH, body=CHUNKS), REFUSED),
    ("length 0 and chunked", framed("Content-Length: 0", CHUNKED, body=CHUNKS), REFUSED),
    ("identity", framed("Transfer-Encoding: identity", LENGTH), REFUSED),
    ("gzip, chunked", framed("Transfer-Encoding: gzip, chunked", body=CHUNKS), REFUSED),
    ("chunked twice", framed(CHUNKED, CHUNKED, body=CHUNKS), REFUSED),
    ("chunked, chunked", framed("Transfer-Encoding: chunked, chunked", body=CHUNKS), REFUSED),
    ("chunked in quotes", framed('Transfer-Encoding: "chunked"', body=CHUNKS), REFUSED),
    ("chunked with q", framed("Transfer-Encoding: chunked;q=1", body=CHUNKS), REFUSED),
    ("chunked with VT", framed("Transfer-Encoding: \x0bchunked", body=CHUNKS), REFUSED),
    ("xchunked", framed("Transfer-Encoding: xchunked", body=CHUNKS), REFUSED),
    ("empty coding", framed("Transfer-Encoding:", body=CHUNKS), REFUSED),
    ("space before the colon", framed("Transfer-Encoding : chunked", body=CHUNKS), REFUSED),
    ("folded coding", framed("Transfer-Encoding:\r\n chunked", body=CHUNKS), REFUSED),
    ("folded header", get("/containers/json", "X-A: b\r\n c"), REFUSED),
    ("chunked in HTTP/1.0", framed(CHUNKED, body=CHUNKS, first=POST[:-1] + "0"), REFUSED),
    ("two types", framed("Content-Type: text/plain", LENGTH), REFUSED),
    ("two types, a form behind", framed("Content-Type: application/x-www-form-urlencoded", LENGTH), REFUSED),
    ("two types, a form before", head(POST, "Host: docker", "Content-Type: application/x-www-form-urlencoded",
                                      JSON, LENGTH) + BODY, REFUSED),
    ("one type twice", framed(JSON, LENGTH), either(CREATE)),
    ("bare line feeds", b"GET /v1.41/containers/json HTTP/1.1\nHost: docker\n\n", forwarded(LIST)),
    ("bare line feeds around evil", EVIL.partition(CRLF * 2)[0].replace(b"\r", b"") + b"\n\n" +
     EVIL.partition(CRLF * 2)[2], REFUSED),
    ("bare line feeds, then evil", b"GET /v1.41/containers/json HTTP/1.1\nHost: docker\n\n" + EVIL,
     [forwarded(LIST), REFUSED]),
    ("bare line feeds, the last line whole",
     b"GET /containers/json HTTP/1.1\nHost: docker\n\r\n", REFUSED),
    ("bare line feeds, the first line whole",
     b"GET /containers/json HTTP/1.1\r\nHost: docker\n\n", REFUSED),
    ("bare line feeds, a return in a value",
     b"GET /containers/json HTTP/1.1\nHost: docker\nX: a\rb\n\n", REFUSED),
    ("bare line feeds, folded", b"GET /containers/json HTTP/1.1\nHost: docker\nX: a\n b\n\n", REFUSED),
    ("bare line feeds, two lengths", b"POST /containers/victim/unpause HTTP/1.1\nHost: d\n"
     b"Content-Length: 0\nContent-Length: 5\n\n", REFUSED),
    ("bare line feeds, 5 KiB", b"GET /containers/json HTTP/1.1\nHost: docker\nX: " + b"a" * 5000 +
     b"\n\n", REFUSED),
    ("bare line feeds in another protocol", b"hello\n", REFUSED),
    ("one bare line feed", b"GET /containers/json HTTP/1.1\r\nHost: docker\nX: y\r\n\r\n", REFUSED),
    ("bare carriage return", b"GET /containers/json HTTP/1.1\r\nHost: d\rX: y\r\n\r\n", REFUSED),
    ("NUL in a header", get("/containers/json", "X-A: a\x00b"), REFUSED),
    ("blank in a header name", get("/containers/json", "X A: b"), REFUSED),
    ("8-bit header name", get("/containers/json", "X\xe9: b"), REFUSED),
    ("empty header name", get("/containers/json", ": b"), REFUSED),
    ("no colon", get("/containers/json", "X-A"), REFUSED),
    ("leading blank", b"GET /containers/json HTTP/1.1\r\n Host: docker\r\n\r\n", REFUSED),
    ("leading line end", b"\r\n" + get("/containers/json"), REFUSED),
    ("two blanks", head("GET  /containers/json HTTP/1.1", "Host: d"), REFUSED),
    ("tab", head("GET\t/containers/json HTTP/1.1", "Host: d"), REFUSED),
    ("blank at the end", head("GET /containers/json HTTP/1.1 ", "Host: d"), REFUSED),
    ("blank at the start", head(" GET /containers/json HTTP/1.1", "Host: d"), REFUSED),
    ("lower case method", get("/containers/json", method="get"), REFUSED),
    ("unknown method", get("/containers/json", method="BREW"), REFUSED),
    ("PATCH", get("/containers/json", method="PATCH"), REFUSED),
    ("HTTP/1.2", head("GET /containers/json HTTP/1.2", "Host: d"), REFUSED),
    ("HTTP/2.0", head("GET /containers/json HTTP/2.0", "Host: d"), REFUSED),
    ("HTTP/0.9", head("GET /containers/json HTTP/0.9", "Host: d"), REFUSED),
    ("HTTP/1", head("GET /containers/json HTTP/1", "Host: d"), REFUSED),
    ("HTTP/1.01", head("GET /containers/json HTTP/1.01", "Host: d"), REFUSED),
    ("http/1.1", head("GET /containers/json http/1.1", "Host: d"), REFUSED),
    ("no version", b"GET /containers/json\r\n\r\n", REFUSED),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), REFUSED),
    ("TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32) + b"\r\n\r\n", REFUSED),
    ("h2c on a list", get("/v1.41/containers/json", "Connection: Upgrade, HTTP2-Settings",
                          "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"), forwarded(LIST)),
    ("h2c among others", get("/v1.41/containers/json", "Connection: upgrade",
                             "Upgrade: TLS/1.0, H2C ,h2c"), forwarded(LIST)),
    ("h2c on an evil create", create(PRIVILEGED, "Connection: Upgrade", "Upgrade: h2c"), REFUSED),
    ("unknown expectation", framed(LENGTH, "Expect: miracles"), REFUSED),
    ("head of 2 MiB", get("/containers/json", "X-A: " + "a" * (2 << 20)), REFUSED),
    ("5000 headers", get("/containers/json", *["X-A: b"] * 5000), REFUSED),
    ("body on a GET", get("/containers/json", "Content-Length: 5") + b"hello", REFUSED),
    ("form on a GET", get("/containers/json", "Content-Length: 5",
                          "Content-Type: application/x-www-form-urlencoded") + b"all=1", REFUSED),
    ("head never ends", b"GET /containers/json HTTP/1.1\r\nHost: docker\r\n", SILENT),
    ("body never ends", framed(f"Content-Length: {len(BODY) + 1}"), SILENT),
    ("last chunk never comes", framed(CHUNKED, body=CHUNKS[:-5]), SILENT),
    ("body ends early behind its value", framed("Content-Length: 4096"), SILENT),
    # Honest, if odd.
    ("method override", get("/v1.41/containers/json", "X-HTTP-Method-Override: DELETE"),
     forwarded(LIST)),
    ("upper case coding", framed("Transfer-Encoding: Chunked", body=CHUNKS), forwarded(CREATE)),
    ("chunk extension", framed(CHUNKED, body=CHUNKS.replace(b"\r\n", b";a=b\r\n", 1)),
     either(CREATE)),
    ("trailer", framed(CHUNKED, body=CHUNKS[:-2] + b"Content-Length: 0\r\n\r\n"), either(CREATE)),
    ("folded trailer", framed(CHUNKED, body=CHUNKS[:-2] + b"X: a\r\n b\r\n\r\n"), either(CREATE)),
    ("hop by hop by name", framed(LENGTH, "Connection: close, Content-Type"), either(CREATE)),
]
HEADS += [(f"chunks: {name}", framed(CHUNKED, body=body), REFUSED) for name, body in [
    ("17 digits", b"10000000000000010\r\n" + BODY + b"\r\n0\r\n\r\n"),
    ("hex prefix", b"0x10\r\n" + BODY + b"\r\n0\r\n\r\n"),
    ("leading blank", b" 10\r\n" + BODY + b"\r\n0\r\n\r\n"),
    ("negative", b"-10\r\n" + BODY + b"\r\n0\r\n\r\n"),
    ("line feed", b"10\n" + BODY + b"\r\n0\r\n\r\n"),
    ("no line end behind data", b"10\r\n" + BODY + b"0\r\n\r\n"),
    ("no size", b"\r\n" + BODY + b"\r\n0\r\n\r\n"),
]]

# ---- several requests on one connection ------------------------------------------------------

UPGRADE = ("Connection: Upgrade", "Upgrade: tcp")
SEQUENCES = [
    ("evil behind a ping", get("/_ping") + EVIL, [forwarded("GET /_ping"), REFUSED]),
    ("ping behind evil", EVIL + get("/_ping"), [REFUSED, forwarded("GET /_ping")]),
    ("evil behind a length of 0", get("/containers/victim/unpause", "Content-Length: 0",
                                      method="POST") + EVIL,
     [forwarded("POST /containers/victim/unpause"), REFUSED]),
    ("evil behind an upgraded ping", get("/_ping", *UPGRADE) + EVIL,
     [forwarded("GET /_ping"), REFUSED]),
    ("evil behind a refused hijack", post("/exec/nothing/start", "{}", *UPGRADE) + EVIL,
     [forwarded("POST /exec/nothing/start"), REFUSED]),
    ("evil behind a websocket on a list", get("/containers/json", "Connection: Upgrade",
                                              "Upgrade: websocket") + EVIL,
     [forwarded("GET /containers/json"), REFUSED]),
    ("evil behind chunks", framed(CHUNKED, body=CHUNKS) + EVIL, [forwarded(CREATE), REFUSED]),
]

# ---- JSON ------------------------------------------------------------------------------------

BODIES = [(f"json: {name}", create(text), REFUSED) for name, text in [
    ("privileged", PRIVILEGED),
    ("lower case names", '{"image":"bb:1","hostconfig":{"privileged":true}}'),
    ("upper case names", '{"IMAGE":"bb:1","HOSTCONFIG":{"PRIVILEGED":true}}'),
    ("long s", '{"Image":"bb:1","Ho\u017ftConfig":{"Privileged":true}}'),
    ("long s, escaped", '{"Image":"bb:1","Ho\\u017ftConfig":{"Privileged":true}}'),
    ("long s inside", '{"Image":"bb:1","HostConfig":{"Bind\u017f":["/:/h"]}}'),
    ("kelvin", '{"Image":"bb:1","HostConfig":{"Networ\u212aMode":"host"}}'),
    ("escaped letter", '{"Image":"bb:1","HostConfig":{"\\u0050rivileged":true}}'),
    ("escaped name", '{"Image":"bb:1","\\u0048ostConfig":{"Privileged":true}}'),
    ("two HostConfigs", '{"Image":"bb:1","HostConfig":{"Privileged":true},"HostConfig":{}}'),
    ("two HostConfigs, by case", '{"Image":"bb:1","HostConfig":{},"hostConfig":{"Privileged":true}}'),
    ("null, then case", '{"Image":"bb:1","HostConfig":null,"hostConfig":{"Privileged":true}}'),
    ("twice inside", '{"Image":"bb:1","HostConfig":{"Privileged":true,"Privileged":false}}'),
    ("twice by escape", '{"Image":"bb:1","HostConfig":{"Privileged":true,"Privile\\u0067ed":false}}'),
    ("true, then null", '{"Image":"bb:1","HostConfig":{"Privileged":true,"Privileged":null}}'),
    ("top level", '{"Image":"bb:1","Privileged":true,"Binds":["/:/h"],"NetworkMode":"host"}'),
    ("top level beside null", '{"Image":"bb:1","Privileged":true,"HostConfig":null}'),
    ("top level then null", '{"Image":"bb:1","HostConfig":{},"HostConfig":null,"Privileged":true}'),
    ("top level driver", '{"Image":"bb:1","VolumeDriver":"evil","HostConfig":{}}'),
    ("Binds merged", '{"Image":"bb:1","HostConfig":{"Binds":["/:/h"],"Binds":[null]}}'),
    ("Mounts merged", '{"Image":"bb:1","HostConfig":{"Mounts":[{"Type":"bind","Source":"/","Target":'
                      '"/h"}],"Mounts":[{"Target":"/x"}]}}'),
    ("second value", FINE + PRIVILEGED),
    ("garbage behind", FINE + "garbage"),
    ("bracket behind", FINE + "}"),
    ("NUL behind", FINE + "\0"),
    ("byte order mark", "\ufeff" + FINE),
    ("vertical tab", "\x0b" + FINE),
    ("no-break space", "\xa0" + FINE),
    ("NUL in a name", '{"Image":"bb:1","HostConfig":{"Privileged\\u0000x":true}}'),
    ("NUL in a value", '{"Image":"bb:1\\u0000evil"}'),
    ("raw NUL in a value", '{"Image":"bb:1\0evil"}'),
    ("raw tab", '{"Image":"bb:1","Hostname":"a\tb"}'),
    ("lone surrogate", '{"Image":"bb:1","Hostname":"\\ud800"}'),
    ("single quotes", "{'Image':'bb:1'}"),
    ("comma at the end", '{"Image":"bb:1",}'),
    ("comment", '{"Image":"bb:1"/**/}'),
    ("leading zero", '{"Image":"bb:1","HostConfig":{"Memory":067}}'),
    ("1.", '{"Image":"bb:1","HostConfig":{"Memory":1.}}'),
    ("1e400", '{"Image":"bb:1","HostConfig":{"Memory":1e400}}'),
    ("beyond 64 bits", '{"Image":"bb:1","HostConfig":{"Memory":9223372036854775808}}'),
    ("integer with an exponent", '{"Image":"bb:1","HostConfig":{"Memory":1e7}}'),
    ("integer with a fraction", '{"Image":"bb:1","HostConfig":{"Memory":10000000.0}}'),
    ("NaN", '{"Image":"bb:1","HostConfig":{"Memory":NaN}}'),
    ("bool as text", '{"Image":"bb:1","HostConfig":{"Privileged":"true"}}'),
    ("bool as number", '{"Image":"bb:1","HostConfig":{"Privileged":1}}'),
    ("HostConfig is a list", '{"Image":"bb:1","HostConfig":[{"Privileged":true}]}'),
    ("HostConfig is text", '{"Image":"bb:1","HostConfig":"Privileged"}'),
    ("body is a list", '[{"Image":"bb:1","HostConfig":{"Privileged":true}}]'),
    ("body is text", '"Privileged"'),
    ("deep", '{"Image":"bb:1","Labels":' + "[" * 9990 + "]" * 9990 + "}"),
    ("large", '{"Image":"bb:1","Labels":{"a":"' + "x" * (5 << 20) + '"}}'),
    ("large blanks before", " " * (5 << 20) + PRIVILEGED),
    ("unknown field", '{"Image":"bb:1","Tomorrow":"x"}'),
    ("unknown field inside", '{"Image":"bb:1","HostConfig":{"Tomorrow":true}}'),
    ("unknown deep field", '{"Image":"bb:1","HostConfig":{"RestartPolicy":{"Name":"no","New":1}}}'),
    ("foreign image", '{"Image":"evil:1"}'),
    ("image by id prefix", '{"Image":"0"}'),
    ("image by digest of another", '{"Image":"sha256:0123456789abcdef"}'),
    ("image with a port", '{"Image":"registry.example.org:666/ci/app:1"}'),
    ("image outside of its namespace", '{"Image":"registry.example.org/other/app:1"}'),
    ("image of a look-alike host", '{"Image":"registry.example.org.evil/ci/app:1"}'),
    ("network by endpoint", '{"Image":"bb:1","NetworkingConfig":{"EndpointsConfig":{"host":{}}}}'),
]]
BODIES += [
    ("an entry within the domain name", create('{"Image":"bb:1","Domainname":"x\\n6.6.6.6 vault"}'), REFUSED),
    ("an entry within the host name", create('{"Image":"bb:1","Hostname":"x\\n6.6.6.6 vault"}'), REFUSED),
    ("json: not UTF-8", create(b'{"Image":"bb:1","Hostname":"\xff"}'), REFUSED),
    ("json: overlong", create(b'{"Image":"bb:1","HostConfig":{"\xc1\x90rivileged":true}}'), REFUSED),
    ("json: UTF-16", create(PRIVILEGED.encode("utf-16")), REFUSED),
    ("json: gzip", create(b"\x1f\x8b\x08" + bytes(40), "Content-Encoding: gzip"), REFUSED),
    ("json: chunked evil", framed(CHUNKED, body=b"%x\r\n%s\r\n0\r\n\r\n" % (
        len(PRIVILEGED), PRIVILEGED.encode())), REFUSED),
    ("json: null", create("null"), either(CREATE)),
    ("json: nothing", create(""), either(CREATE)),
    ("json: blanks", create("  "), either(CREATE)),
    ("json: empty", create("{}"), either(CREATE)),
    ("json: empty image", create('{"Image":""}'), either(CREATE)),
    ("json: own case alone", create('{"image":"bb:1"}'), forwarded(CREATE)),
    ("json: blanks around", create(" \r\n\t" + FINE + " \n"), forwarded(CREATE)),
]
BODIES += [(f"type: {kind or 'none'}", create(PRIVILEGED, kind=kind), REFUSED) for kind in [
    None, "text/plain", "application/json; charset=utf-8", "Application/JSON", "application/json; foo",
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/x-tar"]]
FORM = "application/x-www-form-urlencoded"
BODIES += [(f"form: {target}", post(target, body.encode(), kind=kind), REFUSED)
           for target, body, kind in [
    ("/containers/victim/rename?name=fine", "name=evil", FORM),
    ("/containers/victim/rename?name=odd", "name=evil", "Application/X-WWW-Form-Urlencoded; a"),
    ("/containers/victim/kill?signal=0", "signal=9", FORM),
    ("/containers/victim/stop?t=1", "t=0", FORM + ";;x"),
    ("/containers/victim/wait", "condition=removed", FORM),
    ("/images/create?fromImage=bb&tag=1", "fromImage=evil&tag=1", FORM),
    ("/images/create?fromImage=bb&tag=2", "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
     "b\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    ("/containers/victim/resize?h=1&w=1", "h=2", FORM),
]]
BODIES += [
    ("form without a byte", post("/containers/victim/unpause", b"", f"Content-Type: {FORM}"),
     forwarded("POST /containers/victim/unpause")),
    ("chunked form without a byte", get("/containers/victim/unpause", CHUNKED, f"Content-Type: {FORM}",
                                        method="POST") + b"0\r\n\r\n",
     forwarded("POST /containers/victim/unpause")),
    ("chunked form", get("/containers/victim/unpause", CHUNKED, f"Content-Type: {FORM}",
                         method="POST") + b"3\r\na=b\r\n0\r\n\r\n", REFUSED),
    ("chunked form that is JSON", get("/containers/victim/unpause", CHUNKED, f"Content-Type: {FORM}",
                                      method="POST") + b"2\r\n{}\r\n0\r\n\r\n", REFUSED),
    ("chunked form without a byte in a stream", get(
        "/images/create?fromImage=bb&tag=1", CHUNKED, f"Content-Type: {FORM}",
        method="POST") + b"0\r\n\r\n", REFUSED),
]
# The daemon's reader of types folds letters and trims blanks of all alphabets.
BODIES += [(f"form, spelled {kind.encode()}",
            post("/images/create?fromImage=bb&tag=1", b"fromImage=127.0.0.1:1/evil&tag=1",
                 kind=kind.encode().decode("latin-1")), REFUSED)
           for kind in ["appl\u0130cation/x-www-form-urlencoded", FORM + "\xa0", "\u2003" + FORM,
                        FORM + "\x85;charset=utf-8", "mult\u0130part/form-data; boundary=x"]]

# ---- powers of a container -------------------------------------------------------------------

HOST = [(f"host: {text}", host(text), REFUSED) for text in [
    '"Privileged":true', '"Binds":["/:/h"]', '"Binds":["/etc:/h:ro"]', '"Binds":["/srv/ci/../../etc:/h"]',
    '"Binds":["//etc:/h"]', '"Binds":["/srv/./ci/../../:/h"]', '"Binds":["/srv/cix:/h"]',
    '"Binds":["/proc/self/root/etc:/h"]', '"Binds":["/var/run/docker.sock:/s"]', '"Binds":["/srv:/h"]',
    '"Binds":["/srv/ci/x:/h:shared"]', '"Binds":["/srv/ci/x:/h:rw,z"]', '"Binds":["/etc :/h"]',
    '"Binds":"/:/h"', '"Binds":["a","/:/h"]',
    '"Mounts":[{"Type":"bind","Source":"/","Target":"/h"}]',
    '"Mounts":[{"Type":"bind","Source":"/srv/ci/../../etc","Target":"/h"}]',
    '"Mounts":[{"type":"bind","source":"/","target":"/h"}]',
    '"Mounts":[{"Type":"bind","Source":"/srv/ci","Target":"/h","BindOptions":{"Propagation":"rshared"}}]',
    '"Mounts":[{"Type":"bind","Source":"/srv/ci","Target":"/h","BindOptions":{"CreateMountpoint":true}}]',
    '"Mounts":[{"Type":"volume","Target":"/h","VolumeOptions":{"DriverConfig":{"Name":"local","Options":'
    '{"type":"none","o":"bind","device":"/"}}}}]',
    '"Mounts":[{"Type":"volume","Source":"vol","Target":"/h","VolumeOptions":{"DriverConfig":{"Options":'
    '{"type":"none","o":"bind","device":"/"}}}}]',
    '"Mounts":[{"Type":"volume","Source":"vol","Target":"/h","VolumeOptions":{"DriverConfig":{"Name":"evil"}}}]',
    '"Mounts":[{"Type":"npipe","Source":"/","Target":"/h"}]', '"Mounts":[{"Source":"/","Target":"/h"}]',
    '"Mounts":[{"Type":"Bind","Source":"/","Target":"/h"}]',
    '"Mounts":[{"Type":"image","Source":"evil:1","Target":"/h"}]',
    '"VolumesFrom":["victim"]', '"VolumeDriver":"evil","Binds":["x:/h"]', '"NetworkMode":"host"',
    '"NetworkMode":"container:victim"', '"PidMode":"host"', '"PidMode":"container:victim"',
    '"IpcMode":"host"', '"IpcMode":"container:victim"', '"UTSMode":"host"', '"UsernsMode":"host"',
    '"CgroupnsMode":"host"', '"Cgroup":"container:victim"', '"CgroupParent":"../../x"', '"CgroupParent":"/"',
    '"CapAdd":["SYS_ADMIN"]', '"CapAdd":["cap_sys_admin"]', '"CapAdd":["all"]', '"CapAdd":"SYS_ADMIN"',
    '"Capabilities":["CAP_SYS_ADMIN"]',
    '"SecurityOpt":["seccomp=unconfined"]', '"SecurityOpt":["seccomp:unconfined"]',
    '"SecurityOpt":["seccomp={}"]', '"SecurityOpt":["apparmor=unconfined"]', '"SecurityOpt":["label=disable"]',
    '"SecurityOpt":["disable"]', '"SecurityOpt":["label:type:spc_t"]',
    '"SecurityOpt":["no-new-privileges","no-new-privileges=0"]', '"SecurityOpt":["systempaths=unconfined"]',
    '"SecurityOpt":["writable-cgroups"]', '"MaskedPaths":[]', '"ReadonlyPaths":[]', '"MaskedPaths":["/x"]',
    '"Devices":[{"PathOnHost":"/dev/sda","PathInContainer":"/dev/sda","CgroupPermissions":"rwm"}]',
    '"Devices":[{"PathOnHost":"/dev"}]', '"DeviceCgroupRules":["a *:* rwm"]',
    '"DeviceRequests":[{"Driver":"nvidia","Count":-1}]', '"DeviceRequests":[{"Driver":"cdi","DeviceIDs":["x"]}]',
    '"Runtime":"evil"', '"Sysctls":{"kernel.core_pattern":"|x"}', '"Sysctls":{"net/ipv4/ip_forward":"1"}',
    '"Annotations":{"run.oci.handler":"vm"}',
    '"LogConfig":{"Type":"syslog","Config":{"syslog-address":"unix:///dev/log"}}',
    '"LogConfig":{"Type":"json-file","Config":{"mode":"blocking","labels-regex":".*"}}',
    '"Links":["victim:x"]', '"Links":["victim:x"],"NetworkMode":"bridge"',
    '"links":["victim:x"],"networkmode":""', '"Links":["victim:x"],"NetworkMode":"none"', '"GroupAdd":["0"]', '"OomScoreAdj":-1000', '"OomKillDisable":true',
    '"CpuRealtimeRuntime":950000', '"StorageOpt":{"dm.thinpool":"x"}', '"Isolation":"hyperv"',
]]

# ---- other calls -----------------------------------------------------------------------------

EXEC = "/v1.41/containers/victim/exec"
CALLS = [(name, post(target, body), REFUSED) for name, target, body in [
    ("exec privileged", EXEC, {"Cmd": ["id"], "Privileged": True}),
    ("exec privileged by case", EXEC, {"Cmd": ["id"], "privileged": True}),
    ("exec privileged twice", EXEC, '{"Cmd":["id"],"Privileged":true,"Privileged":false}'),
    ("exec behind trailing bytes", EXEC, '{"Cmd":["id"]}{"Privileged":true}'),
    ("exec under /proc", EXEC, {"Cmd": ["id"], "WorkingDir": "/proc/self/fd/7"}),
    ("exec with a new field", EXEC, {"Cmd": ["id"], "Tomorrow": True}),
    ("start with a body", "/v1.41/containers/victim/start", {"Privileged": True}),
    ("old start with a body", "/v1.23/containers/victim/start", {"Binds": ["/:/h"]}),
    ("old start, odd version", "/v1.23.99/containers/victim/start", {"Privileged": True}),
    ("old start, padded version", "/v01.023/containers/victim/start", {"Privileged": True}),
    ("old copy", "/v1.23/containers/victim/copy", {"Resource": "/etc/passwd"}),
    ("update", "/containers/victim/update", {"Memory": 0, "RestartPolicy": {"Name": "always"}}),
    ("volume with o=bind", "/volumes/create",
     {"Name": "evil", "DriverOpts": {"type": "none", "o": "bind", "device": "/"}}),
    ("volume of a block device", "/volumes/create",
     {"Name": "evil", "DriverOpts": {"type": "ext4", "device": "/dev/sda1"}}),
    ("volume by case", "/volumes/create",
     {"name": "evil", "driveropts": {"type": "none", "o": "bind", "device": "/"}}),
    ("volume merged", "/volumes/create",
     '{"Name":"evil","DriverOpts":{"o":"bind","device":"/"},"DriverOpts":{}}'),
    ("volume of a plugin", "/volumes/create", {"Name": "evil", "Driver": "evil"}),
    ("macvlan", "/networks/create",
     {"Name": "evil", "Driver": "macvlan", "Options": {"parent": "eth0"}}),
    ("bridge of the host", "/networks/create",
     {"Name": "evil", "Options": {"com.docker.network.bridge.name": "docker0"}}),
    ("network plugin", "/networks/create", {"Name": "evil", "Driver": "evil"}),
    ("join the host network", "/networks/host/connect", {"Container": "victim"}),
    ("sysctl of an endpoint", "/networks/bridge/connect", {"Container": "victim", "EndpointConfig": {
        "DriverOpts": {"com.docker.network.endpoint.sysctls": "net.ipv4.ip_forward=1"}}}),
    ("commit", "/commit?container=victim&repo=bb&tag=1", {}),
    ("auth", "/auth", {"serveraddress": "127.0.0.1:1"}),
    ("service", "/services/create", {"Name": "evil", "TaskTemplate": {"ContainerSpec": {
        "Image": "bb:1", "Mounts": [{"Type": "bind", "Source": "/", "Target": "/h"}]}}}),
    ("swarm init", "/swarm/init", {"ListenAddr": "127.0.0.1:2377"}),
    ("swarm join", "/swarm/join", {"RemoteAddrs": ["127.0.0.1:1"], "JoinToken": "x"}),
    ("swarm leave", "/swarm/leave?force=1", ""),
    ("plugin pull", "/plugins/pull?remote=evil&name=evil", "[]"),
    ("plugin set", "/plugins/evil/set", '["mount.source=/"]'),
    ("secret", "/secrets/create", {"Name": "evil", "Data": ""}),
    ("checkpoint", "/containers/victim/checkpoints", {"CheckpointID": "x", "CheckpointDir": "/etc"}),
    ("prune containers", "/containers/prune", ""), ("prune images", "/images/prune", ""),
    ("prune volumes", "/volumes/prune", ""), ("prune networks", "/networks/prune", ""),
    ("tag", "/images/bb:1/tag?repo=evil", ""), ("push", "/images/bb:1/push", ""),
    ("tag in a path with slashes", "/images/registry.example.org/ci/app:1/tag?repo=bb&tag=1", ""),
]]
CALLS += [
    ("build", post("/build?t=bb:1", bytes(1024), kind="application/x-tar"), REFUSED),
    ("remote build", post("/build?remote=http://127.0.0.1:1/x&networkmode=host"), REFUSED),
    ("load", post("/images/load", bytes(1024), kind="application/x-tar"), REFUSED),
    ("archive", post("/containers/victim/archive?path=/", bytes(1024), method="PUT",
                     kind="application/x-tar"), REFUSED),
    ("plugin create", post("/plugins/create?name=evil", bytes(1024), kind="application/x-tar"), REFUSED),
    ("session", post("/session", b"", "Connection: Upgrade", "Upgrade: h2c"), REFUSED),
    ("grpc", post("/grpc", b"", "Connection: Upgrade", "Upgrade: h2c"), REFUSED),
    ("delete an image", get("/images/bb:1", method="DELETE"), REFUSED),
    ("delete a plugin", get("/plugins/evil?force=1", method="DELETE"), REFUSED),
    ("debug by POST", post("/debug/pprof/"), REFUSED),
    ("GET of a POST", get("/containers/create"), REFUSED),
    ("PUT of a POST", post("/containers/create", FINE, method="PUT"), REFUSED),
]

# The daemon must still be served behind all this.
HONEST = [
    ("honest list", get("/v1.41/containers/json?all=1&size=0"), forwarded(f"{LIST}?all=1&size=0")),
    ("honest create", create(FINE), forwarded(CREATE)),
    ("honest empty values", host('"Privileged":false,"Binds":null,"CapAdd":[],"Devices":[],"PidMode":"",'
                                 '"NetworkMode":"default","RestartPolicy":{"Name":"no"},"Runtime":""'),
     forwarded(CREATE)),
    # A volume by its name, which the policy permits.
    ("cluster volume", host('"Mounts":[{"Type":"cluster","Source":"x","Target":"/h"}]'),
     either(CREATE)),
    ("honest bind", host('"Binds":["/srv/ci/work:/w:ro","cache:/c"]'), forwarded(CREATE)),
]

ROWS = TARGETS + FIRST + QUERIES + HEADS + SEQUENCES + BODIES + HOST + CALLS + HONEST
