# SPDX-License-Identifier: Apache-2.0
"""testcontainers for Python, one line of transcript each. Arguments: SOCKET POLICY."""

import os

from steps import SOCKET, open_step, step

os.environ.update(DOCKER_HOST="unix://" + SOCKET, TESTCONTAINERS_RYUK_DISABLED="true")

from testcontainers.core.container import DockerContainer # noqa: E402: reads the environment
from testcontainers.core.network import Network # noqa: E402
from testcontainers.core.waiting_utils import wait_for_logs # noqa: E402


def plain():
    with DockerContainer("bb:1").with_command("sh -c 'echo ready; exec sleep 1000'") as box:
        wait_for_logs(box, "ready", timeout=20)
        step("logs", box.get_logs)
        step("exec", lambda: tuple(box.exec(["sh", "-c", "echo $A; exit 3"])))
        step("address", lambda: bool(box.get_container_host_ip()))
        container = box.get_wrapped_container()
    step("stopped", container.reload)


def with_options():
    box = (DockerContainer("bb:1").with_env("A", "b").with_exposed_ports(80)
           .with_volume_mapping("tc-vol", "/data", "rw").with_name("tc-py")
           .with_kwargs(mem_limit="64m").with_command(
               "sh -c 'echo $A >/data/x; exec sleep 1000'"))
    with box:
        step("port", lambda: int(box.get_exposed_port(80)) > 0)
        step("file", lambda: box.exec("cat /data/x").output)
    step("volume", lambda: box.get_docker_client().client.volumes.get("tc-vol").remove())


def networked():
    with Network() as network:
        first = (DockerContainer("bb:1").with_network(network).with_network_aliases("first")
                 .with_command("sleep 1000"))
        second = DockerContainer("bb:1").with_network(network).with_command("sleep 1000")
        with first, second:
            step("ping", lambda: second.exec("ping -c 1 first").exit_code)


def copies():
    with DockerContainer("bb:1").with_command("sleep 1000") as box:
        box.copy_into_container(b"inside", "/tmp/copied")
        return box.exec("cat /tmp/copied").output


for part in (plain, with_options, networked):
    step(part.__name__, part)
open_step("copies", copies)
