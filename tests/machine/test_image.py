# SPDX-License-Identifier: Apache-2.0
"""The image: what contrib/docker/build-image has made by the way of the documents, and the same by
contrib/docker/Dockerfile from a base image of this machine's own."""

import json

from documents import script

SIZE_MAX = 3_000_000
EVERYTHING = {"etc/", "etc/passwd", "etc/group", "etc/sockwarden/", "etc/sockwarden/presets", "run/",
              "run/sockwarden/", "sockwarden", "usr/", "usr/bin/", "usr/bin/sockwarden", "usr/share/", "usr/share/sockwarden/",
              "usr/share/sockwarden/LICENSE", "usr/share/sockwarden/presets/"}
DOCKERS_OWN = ("dev/", "proc/", "sys/", ".dockerenv", "etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf")


def inspect(machine, name):
    return json.loads(machine.call("docker", "image", "inspect", name))[0]


def files(machine, name):
    listed = machine.call("sh", "-c", f"c=$(docker create {name}) && docker export $c | tar t && docker rm $c >&2")
    return {line.removeprefix("./") for line in listed.splitlines()
            if line not in ("./", "") and not line.removeprefix("./").startswith(DOCKERS_OWN)
            and len(line) < 64}


def check_image(machine, name):
    """Returns its files."""
    image = inspect(machine, name)
    assert image["Size"] < SIZE_MAX
    config = image["Config"]
    assert config["Entrypoint"] == ["/sockwarden"] and config["Cmd"] == ["run", "--env"]
    assert config["Healthcheck"]["Test"] == ["CMD", "/sockwarden", "health", "--env"]
    assert list(config["ExposedPorts"]) == ["2375/tcp"]
    found = files(machine, name)
    presets = {path for path in found if path.startswith("usr/share/sockwarden/presets/")} - EVERYTHING
    assert found - presets == EVERYTHING and len(presets) > 20
    assert all(path.endswith(".conf") for path in presets)
    return found


def test_image(machine):
    check_image(machine, "sockwarden:latest")


def test_image_of_a_user(machine):
    """Begins as nobody, and says which group it needs, or has it."""
    machine.shell("contrib/docker/build-image --user 65532 -t sockwarden:nonroot", net=False)
    assert inspect(machine, "sockwarden:nonroot")["Config"]["User"] == "65532"
    group = machine.call("stat", "-c", "%g", "/var/run/docker.sock").strip()
    machine.shell(f"""
docker run -d --name nonroot --group-add {group} --cap-drop ALL --security-opt no-new-privileges --read-only \\
	-v /var/run/docker.sock:/var/run/docker.sock sockwarden:nonroot
docker exec nonroot /sockwarden health --env --wait
grep -P "^Uid:\\t65532\\t65532\\t" /proc/$(docker inspect -f "{{{{.State.Pid}}}}" nonroot)/status
docker rm -f nonroot""")


def test_program_is_static(machine):
    machine.call("sh", "-c", "docker cp $(docker create --name program sockwarden):/sockwarden /tmp/program &&"
                 " docker rm program")
    assert "INTERP" not in machine.call("readelf", "-lW", "/tmp/program")
    assert "NEEDED" not in machine.call("readelf", "-dW", "/tmp/program")


# debian:12-slim is this machine as it is by now, with its compilers; and since its containers reach nobody, it
# has the source of cJSON that build-image has fetched, as a place of apt's.
BASE = r"""
mkdir -p /srv/cjson
cp build-image/without-tls/cjson/*.{dsc,tar.*} /srv/cjson
(cd /srv/cjson && dpkg-scansources . >Sources)
{ tar -C / --one-file-system --exclude=./var/lib/docker --exclude=./var/log --exclude=./root -c . ||
	[ $? -eq 1 ]; } | docker import - this # 1: a file has changed meanwhile
docker build -t debian:12-slim - <<END
FROM this
RUN echo 'deb [trusted=yes] file:/srv/cjson ./' >/etc/apt/sources.list
END
"""


def test_dockerfile(machine):
    machine.shell(BASE)
    machine.shell(script("contrib/docker/README.md", "by tests/machine/test_image.py contrib/docker/Dockerfile")
                  .replace("-t sockwarden ", "-t staged "))
    assert check_image(machine, "staged") == check_image(machine, "sockwarden:latest")
