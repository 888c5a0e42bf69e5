# SPDX-License-Identifier: Apache-2.0
"""`sockwarden health`, at every kind of listener."""

import signal
import subprocess
import tempfile

import pytest

import warden as warden_module
import wire
from doors import READER, free_port, port_accepts
from running import PING

pytestmark = pytest.mark.skipif(warden_module.DIRECT, reason="the daemon has none of this")

FINE = (0, "healthy: 1 listener and the Docker daemon answer\n")


def health(*arguments):
    done = subprocess.run([warden_module.BINARY, "health", *map(str, arguments)], timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.stdout.count(b"\n") <= 1
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_health(own_warden, tmp_path):
    path = own_warden.configure(PING, "p")
    assert health("-c", path) == (1, f"unhealthy: unix:{own_warden.socket}: No such file or directory\n")
    own_warden.start(path)
    assert health("-c", path) == FINE
    assert health("--listen", own_warden.socket) == FINE
    path.write_text("[nonsense]\n")
    assert health("-c", path)[0] == 2
    assert health("--listen", "relative")[0] == 2
    assert health("--timeout", "soon")[0] == 2
    own_warden.process.kill()
    own_warden.process.wait()
    code, text = health("-l", own_warden.socket)
    assert code == 1 and "Connection refused" in text


def test_health_waits(own_warden, tmp_path):
    path = own_warden.configure(PING, "p")
    waits = subprocess.Popen([warden_module.BINARY, "health", "--wait", "-t", "60s", "-c", path],
                             stdout=subprocess.PIPE, text=True)
    own_warden.start(path)
    assert waits.communicate(timeout=60)[0] == FINE[1] and waits.returncode == 0
    code, text = health("-w", "-t", "50ms", "-l", tmp_path / "none.sock")
    assert code == 1 and "No such file" in text


def test_health_where_ping_is_denied(own_warden):
    path = own_warden.configure("[policy p]\nallow = container.list\n", "p")
    own_warden.start(path)
    assert health("-c", path)[0] == 0 # the daemon was asked itself
    code, text = health("-l", own_warden.socket)
    assert code == 1 and "allow = system.ping" in text


def test_health_with_the_daemon_away(own_warden, tmp_path):
    path = own_warden.configure(PING, "p")
    path.write_text(path.read_text().replace(own_warden.upstream, str(tmp_path / "none.sock")))
    own_warden.start(path)
    code, text = health("-c", path)
    assert code == 1 and text.startswith("unhealthy: ") and "cannot reach the Docker daemon" in text


def test_health_of_one_that_hangs(own_warden):
    own_warden.start(own_warden.configure(PING, "p"))
    own_warden.process.send_signal(signal.SIGSTOP)
    code, text = health("-l", own_warden.socket, "--timeout", "200ms")
    own_warden.process.send_signal(signal.SIGCONT)
    assert code == 1 and "in time" in text


# ---- by TCP, by TLS, handed over


def shown(authority, name):
    return ("--ca", authority.dir / "ca.pem", "--cert", authority.dir / name / "cert.pem",
            "--key", authority.dir / name / "key.pem")


def test_health_by_tls(tls_gate, authority):
    config = tls_gate.dir / "gate.conf"
    count = len(tls_gate.records())
    assert health("-c", config) == FINE # shown a certificate, and the daemon asked directly
    assert health("-c", config, *shown(authority, "bob")) == FINE
    assert health("-c", config, *shown(authority, "bob"), "--name", "localhost") == FINE
    assert tls_gate.records_since(count) == []
    code, text = health("-c", config, *shown(authority, "bob"), "--name", "elsewhere.example")
    assert code == 1 and "mismatch" in text
    where = f"tls:127.0.0.1:{tls_gate.port}"
    assert health("-l", where, *shown(authority, "alice")) == FINE
    code, text = health("-l", where)
    assert code == 1 and "speaks TLS" in text
    code, text = health("-l", where, "--ca", authority.dir / "ca.pem")
    assert code == 1 and "certificate required" in text
    code, text = health("-l", where, "--ca", authority.dir / "bob/cert.pem")
    assert code == 1 and "certificate: " in text
    assert health("-l", where, "--cert", authority.dir / "bob/cert.pem")[0] == 2


def test_health_by_tcp(make_gate):
    port = free_port()
    gate = make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
        f"[listener net]\naddress = tcp:*:{port}\ninsecure = yes\npolicy = reader\n{READER}",
        lambda _: port_accepts(port))
    assert health("-c", gate.dir / "gate.conf") == FINE
    assert health("-l", f"tcp:127.0.0.1:{port}") == FINE
    code, text = health("-l", f"tls:127.0.0.1:{port}")
    assert code == 1 and text.startswith(f"unhealthy: tls:127.0.0.1:{port}: ")
    assert gate.end() == 0
    assert health("-c", gate.dir / "gate.conf") == (1, f"unhealthy: tcp:*:{port}: Connection refused\n")


@pytest.mark.parametrize("of_listener, of_policy", [("upstream = near\n", ""), ("", "upstream = near\n")])
def test_health_by_the_upstream_that_counts(make_gate, of_listener, of_policy):
    gate = make_gate(
        "[sockwarden]\nupstream = unix:/nonexistent/docker.sock\n@AUDIT@\n"
        "[upstream near]\naddress = unix:@DOCKERD@\n"
        f"[listener s]\naddress = unix:@DIR@/s\n{of_listener}policy = narrow\n"
        f"[policy narrow]\nallow = container.list\n{of_policy}",
        lambda directory: wire.accepts(directory + "/s"))
    assert health("-c", gate.dir / "gate.conf") == FINE # its policy denies a ping


def test_health_of_sockets_that_were_handed_over(handed_over, workdir):
    path = tempfile.mkdtemp(prefix="a.", dir=workdir) + "/s"
    gate = handed_over("unix", path, "docker", "address = fd:docker\npolicy = reader",
                       lambda: wire.answers(path))
    code, text = health("-c", gate.dir / "gate.conf")
    assert code == 0 and text.startswith("healthy: the Docker daemon answers; fd:docker was not asked")
    assert health("-l", path) == FINE
    assert health("-l", "fd:docker")[0] == 2
