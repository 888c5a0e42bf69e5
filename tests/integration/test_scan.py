# SPDX-License-Identifier: Apache-2.0
"""`sockwarden scan` at a real dockerd, straight and through sockwarden, and at daemons that refuse and fail."""

import http.server
import json
import os
import pty
import re
import socketserver
import subprocess
import threading

import jsonschema
import pytest

import documents
import warden as warden_module
from conftest import DEBIAN_DOCKER
from daemon import TOP

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="it has nothing to do with forwarding")

SARIF = json.loads((TOP / "tests/integration/sarif.json").read_text())


def scan(address, *arguments, status=None, environment=None):
    """The standard output; json and sarif are parsed."""
    done = subprocess.run([warden_module.BINARY, "scan", "-H", f"unix:{address}", *arguments], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})})
    if status is not None:
        assert done.returncode == status, done.stdout + done.stderr
    if done.returncode == 2:
        return done.stderr
    return json.loads(done.stdout) if "--format" in arguments and "text" not in arguments else done.stdout


def found(report, name):
    """The checks that a container fails."""
    return {finding["check"] for finding in report["findings"] if finding["object"]["name"] == name}


def create(dockerd, name, start=False, **body):
    host = body.pop("HostConfig", {})
    answer = dockerd.call("POST", f"/containers/create?name={name}",
                          {"Image": "bb:1", "Cmd": ["sleep", "999"], **body, "HostConfig": host})
    assert answer.status == 201, answer.body
    if start:
        assert dockerd.call("POST", f"/containers/{name}/start").status == 204
    return json.loads(answer.body)["Id"]


GOOD = {"User": "1000:1000", "Healthcheck": {"Test": ["CMD", "true"]},
        "HostConfig": {"CapDrop": ["ALL"], "Memory": 64 << 20, "NanoCpus": 10**9, "PidsLimit": 50, "NetworkMode": "none",
                       "ReadonlyRootfs": True, "SecurityOpt": ["no-new-privileges"]}}


def good(**changes):
    """GOOD with changes of HostConfig; None takes a member away."""
    host = {**GOOD["HostConfig"], **changes}
    return {**GOOD, "HostConfig": {key: value for key, value in host.items() if value is not None}}


BIND = "/srv/scan"

# What docker-bench-security finds in section 5 of each fixture, by the numbers of the CIS benchmark 1.6, as it was
# run once over these containers at dockerd 20.10; and where `scan` differs, with the reason in DIFFERENCES.
FIXTURES = {
    "good": (good(), ""),
    "plain": ({}, "11 12 13 26 27 29 30"),
    "root": ({**GOOD, "User": ""}, ""),
    "memory": (good(Memory=None), "11"),
    "cpu": (good(NanoCpus=None), "12"),
    "shares": (good(NanoCpus=None, CpuShares=512), ""),
    "quota": (good(NanoCpus=None, CpuQuota=50000), "12"),
    "pids": (good(PidsLimit=None), "29"),
    "pids_endless": (good(PidsLimit=-1), "29"),
    "writable": (good(ReadonlyRootfs=False), "13"),
    "suid": (good(SecurityOpt=None), "26"),
    "suid_on": (good(SecurityOpt=["no-new-privileges:true"]), ""),
    "suid_off": (good(SecurityOpt=["no-new-privileges:false"]), ""),
    "health": ({**GOOD, "Healthcheck": {"Test": ["NONE"]}}, "27"),
    "privileged": (good(Privileged=True), "5"),
    "cap_admin": (good(CapAdd=["SYS_ADMIN"]), "4"),
    "cap_prefix": (good(CapAdd=["CAP_NET_ADMIN"]), "4"),
    "cap_all": (good(CapAdd=["ALL"]), "4"),
    "cap_usual": (good(CapAdd=["CHOWN", "NET_RAW"]), ""),
    "cap_kept": (good(CapDrop=None), ""),
    "host_net": (good(NetworkMode="host"), "10"),
    "joined_net": (good(NetworkMode="container:host_net"), ""),
    "host_pid": (good(PidMode="host"), "16"),
    "host_ipc": (good(IpcMode="host"), "17"),
    "host_uts": (good(UTSMode="host"), "21"),
    "host_users": (good(UsernsMode="host"), "31"),
    "bridge": (good(NetworkMode="bridge"), "30"),
    "device": (good(Devices=[{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x", "CgroupPermissions": "r"}]), "18"),
    "seccomp": (good(SecurityOpt=["no-new-privileges", "seccomp=unconfined"]), "22"),
    "apparmor": (good(SecurityOpt=["no-new-privileges", "apparmor=unconfined"]), ""),
    "label": (good(SecurityOpt=["no-new-privileges", "label=disable"]), ""),
    "cgroup": (good(CgroupParent="scan"), "25"),
    "restart_many": (good(RestartPolicy={"Name": "on-failure", "MaximumRetryCount": 9}), "15"),
    "restart_endless": (good(RestartPolicy={"Name": "on-failure"}), ""),
    "restart_five": (good(RestartPolicy={"Name": "on-failure", "MaximumRetryCount": 5}), ""),
    "etc": (good(Binds=["/etc:/x"]), "6"),
    "etc_ro": (good(Binds=["/etc:/x:ro"]), ""),
    "below_etc": (good(Binds=["/etc/ssl:/x"]), ""),
    "root_fs": (good(Binds=["/:/host:ro"]), ""),
    "srv": (good(Binds=[BIND + ":/x"]), ""),
    "shared": (good(Binds=[BIND + ":/x:rshared"]), "20"),
    "socket": (good(Binds=["{socket}:/var/run/docker.sock"]), "32"),
    "socket_ro": (good(Binds=["{socket}:/x.sock:ro"]), "32"),
    "own_socket": (good(Binds=["/run/sockwarden:/var/run/docker.sock"]), "32"),
    "port_low": (good(NetworkMode="bridge", PortBindings={"81/tcp": [{"HostIp": "127.0.0.1", "HostPort": "81"}]}), "8 30"),
    "port_any": (good(NetworkMode="bridge", PortBindings={"80/tcp": [{"HostPort": "8090"}]}), "14 30"),
    "port_1024": (good(NetworkMode="bridge", PortBindings={"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "1024"}]}), "8 30"),
    "port_good": (good(NetworkMode="bridge", PortBindings={"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8091"}]}), "30"),
}

DIFFERENCES = {
    "shares": ("+12", "shares are a weight among containers, and no limit"),
    "quota": ("-12", "a quota is what --cpus sets, too"),
    "suid_off": ("+26", "the option is there, and says no"),
    "joined_net": ("+10", "a container that joins one in the host's network is there as well"),
    "apparmor": ("+2", "the profile was taken away, whether the host has AppArmor or not"),
    "label": ("+3", "the label was taken away, whether the host has SELinux or not"),
    "restart_endless": ("+15", "no count is no bound"),
    "etc_ro": ("+6", "what is read there are keys and passwords"),
    "below_etc": ("+6", "what lies in such a directory is as sensitive"),
    "root_fs": ("+32", "the root of the host holds the socket, also where it is read-only"),
    "own_socket": ("-32", "the socket of sockwarden is judged by a policy"),
    "port_1024": ("-8", "1024 is not privileged"),
}

# Where docker-bench-security says the same of nearly all: on a host without AppArmor each container fails 5.2, each
# container without any security option 5.3, and each without ulimits 5.19, which is a note here. Ports that are open
# (5.9) are for a person to judge.
SILENT = {2, 3, 9, 19, 28}
CAPS_KEPT = "capabilities" # the other half of 5.4, which docker-bench-security does not look at


def numbers(words):
    return {int(word) for word in words.split()}


def expected(name):
    wanted = numbers(FIXTURES[name][1])
    sign, _ = DIFFERENCES.get(name, ("", ""))
    if sign.startswith("+"):
        return wanted | {int(sign[1:])}
    return wanted - {int(sign[1:])} if sign else wanted


def make_fixture(dockerd, name):
    body = json.loads(json.dumps(FIXTURES[name][0]).replace("{socket}", dockerd.socket))
    return create(dockerd, name, **body)


def section_5(report, name):
    """The numbers that are found in a container, as far as both look at them."""
    return {int(finding["cis"].split(".")[1]) for finding in report["findings"]
            if finding["object"]["name"] == name and finding["cis"].startswith("5.") and finding["check"] != CAPS_KEPT
            and finding["level"] != "note"}


@pytest.fixture(scope="module")
def reports(dockerd, make_warden):
    """Scans of all fixtures at once: as JSON, as SARIF, and through a listener of sockwarden."""
    warden = make_warden("[policy scan]\ninclude = preset:scan\n", "scan")
    dockerd.remove_containers()
    for name in FIXTURES:
        make_fixture(dockerd, name)
    scans = {"json": scan(dockerd.socket, "--format", "json", status=1),
              "sarif": scan(dockerd.socket, "--format", "sarif", "--level", "note", "--preset", "traefik", status=1),
              "through": scan(warden.socket, "--format", "json", status=1), "records": warden.records()}
    dockerd.remove_containers()
    return scans


def test_section_5_agrees_with_docker_bench_security(reports):
    assert len(FIXTURES) >= 40
    differ = {name: (section_5(reports["json"], name), expected(name)) for name in FIXTURES
              if section_5(reports["json"], name) != expected(name)}
    assert not differ


def test_the_questions_name_the_containers(reports):
    answers = {question["number"]: set(question["objects"]) for question in reports["json"]["questions"]}
    assert answers[1] == {"socket", "socket_ro", "root_fs"}
    assert answers[2] == {"plain", "root"}
    assert answers[3] == {"privileged"}
    assert answers[4] == {"plain", "cap_admin", "cap_prefix", "cap_all", "cap_kept", "privileged"}
    assert answers[5] == {"plain", "memory", "cpu", "shares"}
    assert answers[6] == {"host_net", "joined_net"}


def test_it_fits_the_schema_of_sarif(reports):
    report = reports["sarif"]
    jsonschema.Draft7Validator(SARIF).validate(report)
    run = report["runs"][0]
    assert run["invocations"][0]["executionSuccessful"] is True
    levels = {(result["ruleId"], result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]): result["level"]
              for result in run["results"]}
    assert levels["socket", "docker/container/socket"] == "error"
    assert len(run["results"]) >= len(reports["json"]["findings"])
    assert len({result["partialFingerprints"]["fieldAndCheck/v1"] for result in run["results"]
                if result["ruleId"] != "policy"}) == len([1 for result in run["results"] if result["ruleId"] != "policy"])


# ---- through sockwarden, and where something is refused ---------------------------------------


def test_it_finds_the_same_through_its_own_listener(reports):
    assert reports["through"]["not_looked_at"] == []
    for member in ("findings", "questions", "looked_at", "totals"):
        assert reports["through"][member] == reports["json"][member]
    assert not [record for record in reports["records"] if record["event"] == "denied"]


def test_a_refused_look_up_is_never_fine(make_warden, dockerd):
    create(dockerd, "good", **good(NetworkMode="none"))
    everything = {"system.info": "the daemon's settings", "container.list": "containers", "container.inspect": "containers",
                  "image.inspect": "images", "image.history": "the history of images", "volume.list": "volumes",
                  "network.list": "networks"}
    for operation, what in everything.items():
        warden = make_warden("[policy test]\nallow = " + " ".join(other for other in everything if other != operation))
        report = scan(warden.socket, "--format", "json", "--fail-on", "never", status=3)
        assert [(missed["what"], missed["policy_line"]) for missed in report["not_looked_at"]] == [
            (what, f"allow = {operation}")]
        text = scan(warden.socket, "--fail-on", "never", status=3)
        assert f"not looked at: {what}: HTTP 403" in text and f"its policy lacks: allow = {operation}" in text
        sarif = scan(warden.socket, "--fail-on", "never", "--format", "sarif", status=3)
        jsonschema.Draft7Validator(SARIF).validate(sarif)
        assert sarif["runs"][0]["invocations"][0]["executionSuccessful"] is False


# ---- exit statuses ----------------------------------------------------------------------------


def test_exit_statuses(dockerd, tmp_path):
    create(dockerd, "web", **good(Privileged=True))
    assert "No such file" in scan(tmp_path / "none.sock", status=2)
    scan(dockerd.socket, status=1)
    scan(dockerd.socket, "--fail-on", "error", status=1)
    scan(dockerd.socket, "--fail-on", "never", status=0)
    text = scan(dockerd.socket, "--fail-on", "error", "--ignore", "privileged:w*", status=0)
    assert "1 ignored" in text
    scan(dockerd.socket, "--fail-on", "error", "--ignore", "privileged:other", status=1)
    assert "there is no check" in scan(dockerd.socket, "--ignore", "privilege", status=2)
    assert "not both" in scan(dockerd.socket, "--preset", "cis", "--policy", "x", status=2)
    assert "--ca is for TLS" in scan(dockerd.socket, "--ca", "ca.pem", status=2)
    assert "there is no policy" in scan(dockerd.socket, "-c", TOP / "conf/ci-runner.conf", "--policy", "x", status=2)
    broken = tmp_path / "broken.conf"
    broken.write_text("nonsense")
    assert "broken.conf" in scan(dockerd.socket, "-c", broken, status=2)


def test_only_what_runs(dockerd):
    create(dockerd, "web", start=True)
    create(dockerd, "old")
    every = scan(dockerd.socket, "--format", "json", status=1)
    running = scan(dockerd.socket, "--running", "--format", "json", status=1)
    assert found(every, "web") == found(running, "web") and found(every, "old") and not found(running, "old")


def test_docker_host_is_asked(dockerd):
    for address in ("unix://" + dockerd.socket, "unix:" + dockerd.socket):
        done = subprocess.run([warden_module.BINARY, "scan", "--fail-on", "never"], check=False, text=True,
                              stdout=subprocess.PIPE, env={**os.environ, "DOCKER_HOST": address})
        assert done.returncode == 0 and done.stdout.startswith("unix:" + dockerd.socket)
    done = subprocess.run([warden_module.BINARY, "scan"], check=False, text=True, stderr=subprocess.PIPE,
                          env={**os.environ, "DOCKER_HOST": "ssh://root@example.org"})
    assert done.returncode == 2 and "ssh -L" in done.stderr


# ---- policies ---------------------------------------------------------------------------------


def test_a_policy_says_what_it_would_not_permit(dockerd, tmp_path):
    create(dockerd, "web", **good(Binds=[BIND + ":/x:ro"], CgroupnsMode="host"))
    conf = tmp_path / "web.conf"
    conf.write_text("[policy web]\nallow = @all\nimage = bb:1\ncommand = *\nbind = /srv/other\nmax_memory = 32m\n")
    report = scan(dockerd.socket, "-c", conf, "--format", "json", status=1)
    mine = [finding for finding in report["findings"] if finding["object"]["name"] == "web"]
    assert {(finding["check"], finding.get("policy_line")) for finding in mine} >= {("policy", f"bind = {BIND} ro")}
    assert [finding["finding"] for finding in mine if finding["check"] == "max_memory"]
    # preset = cis requires more than the checks ask
    assert "private_cgroup" not in found(scan(dockerd.socket, "--format", "json"), "web")
    strict = scan(dockerd.socket, "--preset", "cis", "--format", "json", status=1)
    assert "private_cgroup" in found(strict, "web")


def test_an_exec_and_a_volume_are_looked_at(dockerd):
    create(dockerd, "web", start=True)
    made = dockerd.call("POST", "/containers/web/exec", {"Cmd": ["sleep", "99"], "User": "root"})
    dockerd.call("POST", f"/exec/{json.loads(made.body)['Id']}/start", {"Detach": True})
    dockerd.call("POST", "/volumes/create", {"Name": "trap", "DriverOpts": {"type": "none", "o": "bind",
                                                                            "device": "/var/run"}})
    create(dockerd, "volumed", **good(Binds=["trap:/x"]))
    try:
        report = scan(dockerd.socket, "--format", "json", status=1)
    finally:
        dockerd.call("DELETE", "/containers/volumed?force=1")
        dockerd.call("DELETE", "/volumes/trap")
    assert {"root_exec"} == {finding["check"] for finding in report["findings"] if finding["object"]["kind"] == "exec"}
    assert "socket" in found(report, "volumed") and "socket" in found(report, "trap")


# ---- daemons that fail ------------------------------------------------------------------------


class Fake:
    """A daemon that answers by a table: path -> (status, object, or None to hang up)."""

    def __init__(self, path, answers):
        self.asked = []
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                fake.asked.append(self.path)
                status, body = answers.get(self.path, (404, {"message": "no such thing"}))
                if body is None:
                    self.close_connection = True
                    return
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

            def address_string(self):
                return "unix"

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        self.server = Server(str(path), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


INFO = {"ID": "a", "Name": "fake", "SecurityOptions": ["name=apparmor", "name=userns"], "LiveRestoreEnabled": True,
        "MemoryLimit": True, "CpuCfsQuota": True}
HELD = {"Id": "c1", "Name": "/c1", "Image": "sha256:i", "Config": {"User": "1:1", "Healthcheck": {"Test": ["CMD", "x"]}},
        "HostConfig": {**GOOD["HostConfig"]}, "Mounts": []}
ANSWERS = {"/info": (200, INFO), "/containers/json?all=1": (200, [{"Id": "c1"}, {"Id": "c2"}]),
           "/containers/c1/json": (200, HELD), "/volumes": (200, {"Volumes": None}), "/networks": (200, [])}


@pytest.mark.parametrize("changes, status, words", [
    ({}, 0, "1 object went away"),                                  # c2 has gone since it was listed
    ({"/containers/c2/json": (500, {"message": "driver failed"})}, 3, "not looked at: containers: HTTP 500: driver failed"),
    ({"/containers/c2/json": (200, b"not JSON")}, 3, "not looked at: containers: an answer that is no JSON"),
    ({"/containers/c2/json": (200, {})}, 3, "an answer that is about no such object"),
    ({"/containers/json?all=1": (200, {"message": "x"})}, 3, "an answer that is no list"),
    ({"/containers/json?all=1": (404, {"message": "x"})}, 3, "not looked at: containers: HTTP 404"),
    ({"/containers/json?all=1": (200, [{"Id": "../../info"}])}, 3, "an id that is none"),
    ({"/info": (200, {"hello": 1})}, 3, "no Docker daemon's"),
    ({"/info": (403, b"go away")}, 3, "its policy lacks: allow = system.info"),
    ({"/networks": (404, b"")}, 3, "not looked at: networks: HTTP 404"),
    ({"/networks": (200, {})}, 3, "not looked at: networks: an answer that is no list"),
    ({"/volumes": (200, {})}, 3, "not looked at: volumes: an answer that is no list"),
    ({"/volumes": (200, None)}, 2, "the connection was closed"),
    ({"/containers/c2/json": (200, None)}, 2, "the connection was closed"),
])
def test_a_daemon_that_fails_is_never_fine(tmp_path, changes, status, words):
    fake = Fake(tmp_path / "fake.sock", {**ANSWERS, **changes})
    text = scan(tmp_path / "fake.sock", status=status)
    fake.server.shutdown()
    assert words in text


# ---- a terminal -------------------------------------------------------------------------------


def on_terminal(address, columns, **environment):
    """What a person sees."""
    main, side = pty.openpty()
    process = subprocess.Popen([warden_module.BINARY, "scan", "-H", f"unix:{address}"], stdout=side, stderr=side,
                               env={**os.environ, "TERM": "xterm", "COLUMNS": str(columns), **environment})
    os.close(side)
    text = b""
    try:
        while piece := os.read(main, 65536):
            text += piece
    except OSError: # the other side is closed
        pass
    os.close(main)
    assert process.wait(10) == 1
    return text.decode()


def test_the_table_is_as_wide_as_the_terminal(dockerd):
    create(dockerd, "web-with-a-name-of-some-length", **good(Privileged=True, Binds=["/etc:/x"]))
    for columns in (60, 80, 132):
        text = on_terminal(dockerd.socket, columns)
        assert "\033[31merror" in text
        lines = re.sub(r"\033\[[0-9;]*m", "", text).replace("\r", "").splitlines()[1:]
        assert max(map(len, lines)) <= columns
    assert "\033" not in on_terminal(dockerd.socket, 100, NO_COLOR="1")
    assert "\033" not in on_terminal(dockerd.socket, 100, TERM="dumb")


# ---- docs/scan.md -----------------------------------------------------------------------------


def test_the_guide(dockerd, client_config, tmp_path):
    text = documents.script("docs/scan.md", "by tests/integration/test_scan.py the_guide")
    for old, new in (("/tmp/scan", str(tmp_path)), ("-v /var/run/docker.sock:", f"-v {dockerd.socket}:"),
                     ("unix:/var/run/docker.sock", "unix:" + dockerd.socket), ("build/sockwarden", warden_module.BINARY),
                     ("busybox:1.36", "bb:1"), ("docker run", DEBIAN_DOCKER + " run"),
                     ("docker create", DEBIAN_DOCKER + " create")):
        assert old in text
        text = text.replace(old, new)
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", "trap 'kill $(jobs -p)' EXIT\n" + text], check=False,
                          text=True, timeout=60, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT,
                          env={**os.environ, "DOCKER_CONFIG": client_config, "DOCKER_HOST": "unix://" + dockerd.socket})
    assert done.returncode == 0, done.stdout
    for words in ("findings (status 1)", "the same findings (status 1)", "beyond the policy (status 1)",
                  "beyond preset = cis (status 1)", "no further error", "policy: publish = *:8080"):
        assert words in done.stdout, done.stdout
    first, _, rest = done.stdout.partition("findings (status 1)")
    through = rest.partition("the same findings (status 1)")[0]
    assert first[first.index("\nLEVEL"):] == through[through.index("\nLEVEL"):]
    assert json.loads((tmp_path / "report.json").read_text())["questions"][0]["objects"] == ["agent"]
    jsonschema.Draft7Validator(SARIF).validate(json.loads((tmp_path / "report.sarif").read_text()))
