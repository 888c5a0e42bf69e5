# SPDX-License-Identifier: Apache-2.0
"""Requirements hold in what the daemon makes of a request. Each is asked of a body that meets it and
of bodies that look like it. The first is made through sockwarden; the others are refused there, and
made at the daemon, to see with the same eyes that what came of them does not meet it."""

import copy
import json
import os

import pytest

import warden as warden_module
from wire import Wire, await_true

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="there is no policy in the daemon")

MIB = 1 << 20
GRANTED = "[policy test]\nallow = @all\ngrant = all\ncheck_state = no\n"
# What the kernel must not have left undone, whatever the host's cgroups are.
PRIVATE = {"CgroupnsMode": "private"}


class Made:
    """A container as it came out: what the daemon says of it, and what is seen from inside."""

    def __init__(self, dockerd, identity):
        self.dockerd = dockerd
        self.identity = identity

    @property
    def json(self):
        return self.dockerd.get(f"/containers/{self.identity}/json")

    @property
    def host(self):
        return self.json["HostConfig"]

    def inside(self, script):
        """The output of a script that the container runs."""
        self.dockerd.call("POST", f"/containers/{self.identity}/start")
        body = {"Cmd": ["sh", "-c", script], "AttachStdout": True, "Tty": True}
        answer = self.dockerd.call("POST", f"/containers/{self.identity}/exec", body)
        assert answer.status == 201, answer.body
        return run_exec(self.dockerd.socket, json.loads(answer.body)["Id"])

    def first(self, script):
        """The same of its first process, whose rights an exec need not have."""
        return self.inside(script.replace("self", "1"))

    def status(self, field):
        for line in self.first("cat /proc/self/status").splitlines():
            if line.startswith(field + ":"):
                return line.split(":")[1].strip()
        return None

    def namespace(self, kind):
        return self.first(f"readlink /proc/self/ns/{kind}").strip()


def run_exec(socket, identity):
    with Wire(socket) as client:
        answer = client.request("POST", f"/exec/{identity}/start", {"Detach": False, "Tty": True})
        return answer.body.decode(errors="replace").replace("\r\n", "\n")


def host_namespace(kind):
    """The daemon's, which is that of the test but for what scripts/throwaway-dockerd unshares."""
    return os.readlink(f"/proc/self/ns/{kind}")


# ---- what came of it: true when the requirement is met -------------------------------------------

def not_root(made):
    ids = [made.status(field).split() for field in ("Uid", "Gid", "Groups")]
    return "0" not in sum(ids, [])


def no_capabilities(made):
    if made.host["Privileged"] or "ALL" in (made.host["CapAdd"] or ()):
        return False
    return bin(int(made.status("CapBnd"), 16)).count("1") <= 1


def no_new_privileges(made):
    return made.status("NoNewPrivs") == "1"


def seccomp(made):
    return not made.host["Privileged"] and "seccomp" not in str(made.host["SecurityOpt"]) and made.status("Seccomp") == "2"


def apparmor(made):
    return not made.host["Privileged"] and made.json["AppArmorProfile"] in ("", "docker-default")


def label(made):
    made.dockerd.call("POST", f"/containers/{made.identity}/start")
    options = made.host["SecurityOpt"] or []
    return not any(option.startswith("label") for option in options)


def read_only(made):
    return "Read-only file system" in made.inside("touch /there")


def memory(made):
    host = made.host
    return 0 < host["Memory"] < 1 << 50 and 0 < host["MemorySwap"] <= 2 * host["Memory"]


def cpus(made):
    host = made.host
    quota = host["CpuQuota"] / (host["CpuPeriod"] or 100000)
    return host["NanoCpus"] > 0 or 0 < quota < 8192


def pids(made):
    return 0 < (made.host["PidsLimit"] or 0) < 4194304


def own_namespaces(made):
    """In a container of the host's network, processes … nothing else differs from these."""
    plain = made.dockerd.get(f"/containers/{made.identity}/json")["HostConfig"]
    joined = [plain[field] for field in ("NetworkMode", "PidMode", "IpcMode", "UTSMode")]
    for mode in [mode for mode in joined if mode.startswith("container:")]:
        other = made.dockerd.get(f"/containers/{mode.split(':')[1]}/json")["HostConfig"]
        joined += [other["NetworkMode"], other["PidMode"], other["IpcMode"]]
    return "host" not in joined and made.namespace("cgroup") != host_namespace("cgroup")


def own_ipc(made):
    return made.host["IpcMode"] in ("private", "none")


def own_cgroup(made):
    return made.namespace("cgroup") != host_namespace("cgroup")


def no_devices(made):
    host = made.host
    return not (host["Privileged"] or host["Devices"] or host["DeviceCgroupRules"] or
                host["DeviceRequests"])


SYSTEM = ("/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr", "/run", "/bin", "/root")


def no_system_directories(made):
    """Where what is mounted really comes from, through links and the options of volumes."""
    for mount in made.json["Mounts"]:
        source = mount["Source"]
        if mount["Type"] == "volume":
            volume = made.dockerd.get(f"/volumes/{mount['Name']}")
            source = (volume["Options"] or {}).get("device", "/srv")
        source = os.path.realpath(source)
        if any(source == "/" or source == place or source.startswith(place + "/")
               for place in SYSTEM):
            return False
    return True


def not_propagated(made):
    options = [(made.dockerd.get(f"/volumes/{mount['Name']}")["Options"] or {}).get("o", "")
               for mount in made.json["Mounts"] if mount["Type"] == "volume"]
    return not any(mount["Propagation"] in ("shared", "rshared") for mount in made.json["Mounts"]
                   ) and not any("shared" in option for option in options)


def published(made):
    if "host" in end_of_network(made):
        return [{"HostIp": "0.0.0.0", "HostPort": "80"}]
    started = made.dockerd.call("POST", f"/containers/{made.identity}/start").status == 204
    ports = made.json["NetworkSettings"]["Ports"] if started else made.host["PortBindings"]
    return [binding for bindings in ports.values() for binding in bindings or ()]


def on_loopback(made):
    return all(binding["HostIp"] in ("127.0.0.1", "::1") for binding in published(made))


def above_1024(made):
    return all(int(binding["HostPort"].split("-")[0]) >= 1024 for binding in published(made))


def end_of_network(made):
    mode = made.host["NetworkMode"]
    while mode.startswith("container:"):
        mode = made.dockerd.get(f"/containers/{mode.split(':')[1]}/json")["HostConfig"]["NetworkMode"]
    return [mode]


def off_the_bridge(made):
    networks = made.json["NetworkSettings"]["Networks"] or {}
    return "bridge" not in networks and not {"bridge", "default"} & set(end_of_network(made))


def restarts(made):
    policy = made.host["RestartPolicy"]
    return policy["Name"] in ("", "no") or (
        policy["Name"] == "on-failure" and 0 < policy["MaximumRetryCount"] <= 5)


def checked(made):
    """The health check does something: what the test's own would print."""
    made.inside("true")
    health = made.json["Config"].get("Healthcheck") or {}
    if health.get("Interval", 0) > 86400e9 or health.get("Retries", 0) > 100:
        return False
    if health.get("Test", ["NONE"])[0] == "NONE":
        return False
    log = []

    def has_run():
        log[:] = made.json["State"].get("Health", {}).get("Log") or []
        return log

    await_true(has_run, 20, "the health check")
    return any("checked" in entry["Output"] for entry in log)


def limited(made):
    limits = made.host["Ulimits"] or []
    return bool(limits) and made.inside("ulimit -n").strip() == str(limits[0]["Hard"])


def logged(made):
    return made.json["HostConfig"]["LogConfig"]["Type"] != "none"


def log_is_bounded(made):
    options = made.json["HostConfig"]["LogConfig"]["Config"]
    size = options.get("max-size", "")
    return size not in ("", "-1", "0", "0m") and int(options.get("max-file", "1")) < 10000


def no_secrets(made):
    return "hunter2" not in made.inside("env")


def shm_is_bounded(made):
    lines = made.inside("df -k /dev/shm | tail -n 1").split()
    return int(lines[1]) <= 64 * 1024


# ---- the table -----------------------------------------------------------------------------------

def host(**config):
    return {"HostConfig": config}


def tmpfs(size):
    options = {"TmpfsOptions": {"SizeBytes": size}} if size else {}
    return host(Mounts=[{"Type": "tmpfs", "Target": "/dev/shm", **options}])


def bound(source):
    return host(Binds=[f"{source}:/there:ro"])


def mounted(source):
    return host(Mounts=[{"Type": "bind", "Source": source, "Target": "/there", "ReadOnly": True}])


def volume_of(device, flags="bind"):
    options = {"type": "none", "o": flags, "device": device}
    return host(Mounts=[{"Type": "volume", "Target": "/there",
                         "VolumeOptions": {"DriverConfig": {"Name": "local", "Options": options}}}])


def health(*test, **more):
    return {"Healthcheck": {"Test": list(test), "Interval": 50000000, **more}}


# Requirement: how it is seen, what meets it, what looks like it. Of the fixture `around` are the
# containers, volumes and directories that bodies name.
CASES = {
    "non_root": (not_root, {"User": "1000:1000"}, {
        "no group": {"User": "1000"},
        "the image's": {},
        "group root added": {"User": "1000:1000", "HostConfig": {"GroupAdd": ["0"]}},
        "group by name added": {"User": "1000:1000", "HostConfig": {"GroupAdd": ["root"]}},
    }),
    "no_privileged": (lambda made: not made.host["Privileged"], {}, {
        "privileged": host(Privileged=True)}),
    "cap_drop_all": (no_capabilities, host(CapDrop=["ALL"], CapAdd=["CHOWN"]), {
        "privileged": host(CapDrop=["ALL"], Privileged=True),
        "added again": host(CapDrop=["ALL"], CapAdd=["ALL"]),
        "some": host(CapDrop=["NET_RAW"]),
    }),
    "no_new_privileges": (no_new_privileges, host(SecurityOpt=["no-new-privileges"]), {
        "taken back": host(SecurityOpt=["no-new-privileges", "no-new-privileges=0"]),
        "nothing": {},
    }),
    "seccomp": (seccomp, {}, {
        "privileged": host(Privileged=True),
        "unconfined": host(SecurityOpt=["seccomp:unconfined"]),
        "a profile": host(SecurityOpt=['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}']),
    }),
    "apparmor": (apparmor, {}, {
        "privileged": host(Privileged=True),
        "unconfined": host(SecurityOpt=["apparmor:unconfined"]),
    }),
    "selinux": (label, {}, {
        "privileged": host(Privileged=True),
        "the host's processes": host(PidMode="host"),
        "the host's memory": host(IpcMode="host"),
        "disabled": host(SecurityOpt=["label:disable"]),
    }),
    "read_only_root": (read_only, host(ReadonlyRootfs=True), {"nothing": {}}),
    "memory_limit": (memory, host(Memory=64 * MIB), {
        "nothing": {},
        "swap without end": host(Memory=64 * MIB, MemorySwap=-1),
        "more than there is": host(Memory=1 << 52),
        "reserved": host(MemoryReservation=64 * MIB),
    }),
    "cpu_limit": (cpus, host(NanoCpus=500000000), {
        "shares": host(CpuShares=2),
        "a set": host(CpusetCpus="0"),
        "no quota": host(CpuQuota=-1),
        "a quota of more than there is": host(CpuQuota=1000000000, CpuPeriod=1000),
    }),
    "pids_limit": (pids, host(PidsLimit=100), {
        "nothing": {}, "zero": host(PidsLimit=0), "minus one": host(PidsLimit=-1),
        "more than the kernel counts": host(PidsLimit=9000000),
    }),
    "no_host_namespaces": (own_namespaces, host(**PRIVATE), {
        "network": host(NetworkMode="host", **PRIVATE),
        "processes": host(PidMode="host", **PRIVATE),
        "memory": host(IpcMode="host", **PRIVATE),
        "name": host(UTSMode="host", **PRIVATE),
        "cgroups": host(CgroupnsMode="host"),
        "network of one that has the host's": host(NetworkMode="container:hosted", **PRIVATE),
        "processes of one that has the host's": host(PidMode="container:hosted", **PRIVATE),
        "memory of one that has the host's": host(IpcMode="container:hosted", **PRIVATE),
    }),
    "private_ipc": (own_ipc, host(IpcMode="private"), {
        "shareable": host(IpcMode="shareable"), "joined": host(IpcMode="container:plain")}),
    "private_cgroup": (own_cgroup, host(**PRIVATE), {"the host's": host(CgroupnsMode="host")}),
    "no_devices": (no_devices, {}, {
        "privileged": host(Privileged=True),
        "a device": host(Devices=[{"PathOnHost": "/dev/null", "PathInContainer": "/dev/x",
                                   "CgroupPermissions": "r"}]),
        "a rule": host(DeviceCgroupRules=["c 1:3 r"]),
    }),
    "no_sensitive_binds": (no_system_directories, bound("{plain}"), {
        **{f"{place} bound": bound(place)
           for place in ("/", "/boot", "/dev", "/etc", "/lib", "/proc", "/sys", "/usr",
                         "/etc/ssl", "/usr/share", "/proc/sys", "/dev/pts", "/run")},
        **{f"{place} mounted": mounted(place) for place in ("/etc", "/usr", "/lib")},
        "a volume of it": volume_of("/etc"),
        "a volume that exists": host(Binds=["of-etc:/there"]),
        "a volume that exists, mounted": host(Mounts=[
            {"Type": "volume", "Source": "of-etc", "Target": "/there"}]),
        "a link to it": bound("{link}"),
        "a link to it, mounted": mounted("{link}"),
        "below a link to it": bound("{link}/ssl"),
        "a volume of a link to it": volume_of("{link}"),
        "the mounts of another": host(VolumesFrom=["bound"]),
        "the mounts of another, read-only": host(VolumesFrom=["bound:ro"]),
    }),
    "no_shared_propagation": (not_propagated, bound("{plain}"), {
        "bound": host(Binds=["{plain}:/there:rshared"]),
        "mounted": host(Mounts=[{"Type": "bind", "Source": "{plain}", "Target": "/there",
                                 "BindOptions": {"Propagation": "shared"}}]),
        "a volume": volume_of("{plain}", "bind,shared"),
        "a volume that exists": host(Binds=["spread:/there"]),
    }),
    "loopback_ports": (on_loopback, host(PortBindings={
        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}), {
        "no address": host(PortBindings={"80/tcp": [{"HostPort": "8080"}]}),
        "no binding": host(PortBindings={"80/tcp": []}),
        "no address at all": host(PortBindings={"80/tcp": [{"HostIp": "localhost"}]}),
        "all": {"ExposedPorts": {"80/tcp": {}}, **host(PublishAllPorts=True)},
        "the host's network": host(NetworkMode="host"),
        "the network of one that has the host's": host(NetworkMode="container:hosted"),
    }),
    "unprivileged_ports": (above_1024, host(PortBindings={"80/tcp": [{"HostPort": "8080"}]}), {
        "below": host(PortBindings={"80/tcp": [{"HostPort": "80"}]}),
        "with a zero": host(PortBindings={"80/tcp": [{"HostPort": "080"}]}),
        "a range": host(PortBindings={"80/tcp": [{"HostPort": "90-91"}]}),
        "a range from zero": host(PortBindings={"80/tcp": [{"HostPort": "0-91"}]}),
        "the host's network": host(NetworkMode="host"),
    }),
    "no_default_bridge": (off_the_bridge, host(NetworkMode="own"), {
        "nothing": {}, "by name": host(NetworkMode="bridge"),
        "of a container there": host(NetworkMode="container:plain"),
        "an endpoint": {"NetworkingConfig": {"EndpointsConfig": {"bridge": {}}}},
    }),
    "restart_bounded": (restarts, host(RestartPolicy={"Name": "on-failure",
                                                      "MaximumRetryCount": 5}), {
        "always": host(RestartPolicy={"Name": "always"}),
        "unless stopped": host(RestartPolicy={"Name": "unless-stopped"}),
        "without a count": host(RestartPolicy={"Name": "on-failure"}),
        "too often": host(RestartPolicy={"Name": "on-failure", "MaximumRetryCount": 6}),
    }),
    "healthcheck": (checked, health("CMD", "echo", "checked"), {
        "no program": health("CMD"),
        "an empty program": health("CMD", ""),
        "a shell with nothing to do": health("CMD-SHELL", ""),
        "a shell with blanks": health("CMD-SHELL", "  "),
        "a shell without text": health("CMD-SHELL"),
        "none": health("NONE"),
        "nothing": {},
        "no words": health(),
        "once in a year": health("CMD", "echo", "checked", Interval=365 * 86400 * 10**9 // 4),
        "without end": health("CMD", "echo", "checked", Retries=1000000),
    }),
    "ulimits": (limited, host(Ulimits=[{"Name": "nofile", "Soft": 64, "Hard": 64}]), {
        "nothing": {},
        "none": host(Ulimits=[]),
        "without end": host(Ulimits=[{"Name": "nproc", "Soft": -1, "Hard": -1}]),
    }),
    "log_driver": (logged, host(LogConfig={"Type": "local"}), {
        "none": host(LogConfig={"Type": "none"})}),
    "log_limits": (log_is_bounded, host(LogConfig={"Type": "json-file",
                                                   "Config": {"max-size": "1m"}}), {
        "nothing": {},
        "minus one": host(LogConfig={"Type": "json-file", "Config": {"max-size": "-1"}}),
        "zero": host(LogConfig={"Type": "local", "Config": {"max-size": "0"}}),
        "many files": host(LogConfig={"Type": "json-file", "Config": {
            "max-size": "1g", "max-file": "1000000"}}),
    }),
    "no_secret_env": (no_secrets, {"Env": ["MYSQL_PWD=", "DB_PASSWORD_FILE=/run/secrets/db"]}, {
        name: {"Env": [name + "=hunter2"]}
        for name in ("MYSQL_PWD", "PGPASSWORD", "DB_PASS", "SSHPASS", "AWS_SECRET_ACCESS_KEY",
                     "REDISCLI_AUTH", "DB_PASSWORD_FILE", "RABBITMQ_ERLANG_COOKIE")} | {
        "an address": {"Env": ["X=postgres://u:hunter2@db/x"]},
        "an address with a slash": {"Env": ["X=postgres://u:/hunter2@db/x"]},
        "a connection": {"Env": ["X=Server=db;Password=hunter2"]},
    }),
    "max_shm = 64m": (shm_is_bounded, tmpfs(32 * MIB), {
        "larger": host(ShmSize=65 * MIB),
        "a tmpfs over it": host(Tmpfs={"/dev/shm": ""}),
        "a larger tmpfs over it": host(Tmpfs={"/dev/shm": "size=65m"}),
        "two sizes": host(Tmpfs={"/dev/shm": "size=1m,size=65m"}),
        "another spelling": host(Tmpfs={"/dev//shm/": "size=65m"}),
        "a tmpfs mounted over it": tmpfs(0),
        "a larger tmpfs mounted over it": tmpfs(65 * MIB),
        "a volume over it": host(Binds=["large:/dev/shm"]),
        "of another": host(IpcMode="container:roomy"),
    }),
}

# The daemon itself refuses these, starts no container of them, or (no binding) some versions make
# nothing of them: there is nothing to look at.
REFUSED_BELOW = {
    ("loopback_ports", "no binding"),
    ("healthcheck", "no program"), # which ends dockerd 20.10
    ("loopback_ports", "no address at all"), ("log_limits", "minus one"), ("log_limits", "zero"),
    ("cpu_limit", "a quota of more than there is"), ("ulimits", "without end"),
    ("memory_limit", "more than there is"), ("no_sensitive_binds", "a volume of it"),
}


EXPOSED = {"ExposedPorts": {"80/tcp": {}}}


def filled(value, around):
    if isinstance(value, str):
        return value.replace("{plain}", around["plain"]).replace("{link}", around["link"])
    if isinstance(value, list):
        return [filled(item, around) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, around) for key, item in value.items()}
    return value


def body_of(config, around):
    body = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0}
    if "PortBindings" in config.get("HostConfig", {}):
        body |= EXPOSED
    return body | filled(copy.deepcopy(config), around)


def policy_of(requirement):
    line = requirement if "=" in requirement else f"require = {requirement}"
    return GRANTED + line + "\nresolve_binds = yes\n"


@pytest.fixture(scope="module")
def around(dockerd, workdir):
    """What bodies name: directories, volumes, a network, containers that others join."""
    plain = os.path.join(workdir, "plain")
    os.makedirs(plain, exist_ok=True)
    link = os.path.join(workdir, "link")
    if not os.path.islink(link):
        os.symlink("/etc", link)
    volumes = {"of-etc": {"type": "none", "o": "bind", "device": "/etc"},
               "spread": {"type": "none", "o": "bind,rshared", "device": plain}, "large": {}}
    for name, options in volumes.items():
        assert dockerd.call("POST", "/volumes/create",
                            {"Name": name, "DriverOpts": options}).status == 201
    assert dockerd.call("POST", "/networks/create", {"Name": "own"}).status == 201
    containers = {
        "plain": host(IpcMode="shareable"), "roomy": host(IpcMode="shareable", ShmSize=128 * MIB),
        "hosted": host(NetworkMode="host", PidMode="host", IpcMode="host"),
        "bound": bound("/etc"),
    }
    for name, config in containers.items():
        answer = dockerd.call("POST", f"/containers/create?name={name}", body_of(config, {
            "plain": plain, "link": link}))
        assert answer.status == 201, answer.body
        identity = json.loads(answer.body)["Id"]
        dockerd.keep.add(identity)
        assert dockerd.call("POST", f"/containers/{identity}/start").status == 204
    yield {"plain": plain, "link": link}
    for name in containers:
        dockerd.call("DELETE", f"/containers/{name}?force=1&v=1")
    dockerd.call("DELETE", "/networks/own")
    for name in volumes:
        dockerd.call("DELETE", f"/volumes/{name}")


def create(socket, body, version=""):
    with Wire(socket) as client:
        return client.request("POST", f"{version}/containers/create", body)


def made_of(dockerd, answer):
    assert answer.status == 201, answer.body
    return Made(dockerd, json.loads(answer.body)["Id"])


@pytest.mark.parametrize("requirement", CASES)
def test_what_meets_it_comes_out_so(requirement, make_warden, dockerd, around):
    fits, met, _ = CASES[requirement]
    warden = make_warden(policy_of(requirement))
    assert fits(made_of(dockerd, create(warden.socket, body_of(met, around))))


@pytest.mark.parametrize("requirement", CASES)
def test_what_looks_like_it_is_refused(requirement, make_warden, dockerd, around):
    fits, _, looks = CASES[requirement]
    warden = make_warden(policy_of(requirement))
    wrong = []
    for name, config in looks.items():
        body = body_of(config, around)
        answer = create(warden.socket, body)
        told = "at most" if "=" in requirement else requirement
        if answer.status != 403 or told not in answer.message:
            wrong.append((name, answer.status, answer.body))
        if (requirement, name) in REFUSED_BELOW:
            continue
        made = made_of(dockerd, create(dockerd.socket, body))
        if fits(made):
            wrong.append((name, "meets it all the same"))
        dockerd.remove_containers()
    assert not wrong


def test_the_image_that_is_named_by_digest(make_warden, dockerd):
    warden = make_warden(policy_of("image_digest"))
    assert create(warden.socket, {"Image": "bb:1"}).status == 403
    assert create(warden.socket, {"Image": "bb@sha256:" + 64 * "0"}).status == 404


@pytest.mark.parametrize("version", ["", "/v1.41", "/v1.40"])
def test_the_cgroup_namespace_is_what_the_daemon_makes_of_nothing(version, make_warden, dockerd):
    """Its default depends on cgroups, configuration and the version that is asked with."""
    warden = make_warden(policy_of("no_host_namespaces"))
    body = {"Image": "bb:1", "Cmd": ["sleep", "1000"], "StopTimeout": 0}
    private = own_cgroup(made_of(dockerd, create(dockerd.socket, body, version)))
    answer = create(warden.socket, body, version)
    assert answer.status == (201 if private else 403), answer.body


# ---- execs ---------------------------------------------------------------------------------------

def prepare(socket, name, **config):
    with Wire(socket) as client:
        return client.request("POST", f"/containers/{name}/exec", {
            "Cmd": ["sh", "-c", "id -u; grep CapEff /proc/self/status"], "AttachStdout": True,
            "Tty": True, **config})


def test_a_privileged_exec_has_what_its_container_dropped(make_warden, dockerd):
    body = body_of(host(CapDrop=["ALL"]), {"plain": "", "link": ""})
    made = made_of(dockerd, create(dockerd.socket, body))
    made.inside("true")
    identity = json.loads(prepare(dockerd.socket, made.identity, Privileged=True).body)["Id"]
    assert "00000000" not in run_exec(dockerd.socket, identity).split(":")[1]
    for requirement in ("cap_drop_all", "no_devices", "seccomp", "apparmor", "selinux",
                        "no_privileged"):
        warden = make_warden(policy_of(requirement))
        answer = prepare(warden.socket, made.identity, Privileged=True)
        assert answer.status == 403 and requirement in answer.message
        assert prepare(warden.socket, made.identity).status == 201


@pytest.mark.parametrize("line", ["require = non_root", "require = exec_non_root", "preset = cis"])
def test_an_exec_without_a_user_runs_as_its_container(line, make_warden, dockerd):
    warden = make_warden(GRANTED + line)
    for user, status in (("", 403), ("0:0", 403), ("root", 403), ("1000:1000", 201)):
        made = made_of(dockerd, create(dockerd.socket, body_of({"User": user}, {
            "plain": "", "link": ""})))
        made.inside("true")
        for config in ({}, {"User": ""}, {"User": None}):
            answer = prepare(warden.socket, made.identity, **config)
            assert answer.status == status, (user, config, answer.body)
        if status == 201:
            said = run_exec(dockerd.socket, json.loads(answer.body)["Id"])
            assert said.startswith("1000")
        assert prepare(warden.socket, made.identity, User="1000:1000").status == 201
        assert prepare(warden.socket, made.identity, User="0").status == 403
    assert prepare(warden.socket, "nowhere").status == 404


# ---- updates -------------------------------------------------------------------------------------

UPDATES = {
    "memory_limit": ({"Memory": 64 * MIB, "MemorySwap": 128 * MIB}, memory, [
        {"MemorySwap": -1}, {"Memory": 1 << 52, "MemorySwap": 1 << 52}, {"Memory": -1}]),
    "cpu_limit": ({"CpuQuota": 50000}, cpus, [{"CpuQuota": -1}, {"NanoCpus": -1}]),
    "pids_limit": ({"PidsLimit": 100}, pids, [
        {"PidsLimit": -1}, {"PidsLimit": 0}, {"PidsLimit": 9000000}]),
    "restart_bounded": ({"RestartPolicy": {"Name": "no"}}, restarts, [
        {"RestartPolicy": {"Name": "always"}},
        {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 0}}]),
}


@pytest.mark.parametrize("requirement", UPDATES)
def test_an_update_keeps_what_is_required(requirement, make_warden, dockerd):
    met, fits, looks = UPDATES[requirement]
    start = {"Memory": 64 * MIB, "CpuQuota": 100000, "PidsLimit": 50}
    made = made_of(dockerd, create(dockerd.socket, body_of(host(**start), {
        "plain": "", "link": ""})))
    warden = make_warden(policy_of(requirement))
    with Wire(warden.socket) as client:
        target = f"/containers/{made.identity}/update"
        for config in looks:
            answer = client.request("POST", target, config)
            assert answer.status == 403 and requirement in answer.message, config
        answer = client.request("POST", target, met)
        assert answer.status == 200, answer.body
    assert fits(made)
