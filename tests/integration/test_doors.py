# SPDX-License-Identifier: Apache-2.0
"""Ways in: TCP, TLS, abstract sockets, descriptors handed over; and who gets which policy."""

import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

import pytest

import wire
from conftest import DEBIAN_DOCKER, Cli, clients, new_tls_gate
from doors import ALL, READER, Authority, Net, client_context, free_port, port_accepts
from echo import cat_through

MIB = 1 << 20
NOBODY = 65534


def tls_cli(program, workdir, port, folder, host="127.0.0.1"):
    cli = Cli(program, "", str(workdir))
    cli.environment.update(DOCKER_HOST=f"tcp://{host}:{port}", DOCKER_TLS_VERIFY="1",
                           DOCKER_CERT_PATH=str(folder))
    return cli


@pytest.fixture(params=clients())
def alice(request, tls_gate, authority, client_config):
    return tls_cli(request.param, client_config, tls_gate.port, authority.dir / "alice")


# ---- mutual TLS


def test_docker_with_tlsverify(alice):
    assert alice.out("run", "--rm", "bb:1", "echo", "hello") == "hello"


def test_docker_context(tls_gate, authority, workdir):
    config = tempfile.mkdtemp(dir=workdir)
    cli = Cli(DEBIAN_DOCKER, "", config)
    del cli.environment["DOCKER_HOST"]
    folder = authority.dir / "alice"
    cli("context", "create", "far", "--docker",
        f"host=tcp://127.0.0.1:{tls_gate.port},ca={folder}/ca.pem,cert={folder}/cert.pem,"
        f"key={folder}/key.pem")
    assert "Version" in cli.out("--context", "far", "version")


def test_two_clients_two_policies(tls_gate, authority, client_config, sleeper):
    alice, bob = (tls_cli(DEBIAN_DOCKER, client_config, tls_gate.port, authority.dir / name)
                  for name in ("alice", "bob"))
    count = len(tls_gate.records())
    assert sleeper[:12] in bob.out("ps", "-q")
    refused = bob("kill", sleeper, check=False)
    assert refused.returncode == 1 and b'policy "reader"' in refused.stderr
    alice("kill", sleeper)
    record, = tls_gate.records_since(count)
    assert record["policy"] == "reader"
    assert record["peer"] == {"address": "127.0.0.1", "identity": "cn:bob"}


def test_other_names_of_a_certificate(tls_gate, authority):
    folder = authority.client("spiffy", "URI:spiffe://x/ci/7", "DNS:ci.example")
    with Net(tls_gate.port, context=client_context(authority, folder)) as client:
        assert client.request("GET", "/containers/json").status == 200
        assert client.request("POST", "/containers/x/kill").status == 403
    assert tls_gate.records()[-1]["peer"]["identity"] == "uri:spiffe://x/ci/7"


def test_a_name_of_no_line_is_denied(tls_gate, authority):
    folder = authority.client("mallory", "URI:spiffe://y/ci/7")
    with Net(tls_gate.port, context=client_context(authority, folder)) as client:
        answer = client.request("GET", "/_ping")
    assert answer.status == 403 and "no policy for this client (cn:mallory)" in answer.message
    record = tls_gate.records()[-1]
    assert record["reason"] == "client" and record["fix"] == "client = cn:mallory -> POLICY"
    assert "policy" not in record


@pytest.fixture
def docker_refused(make_gate, authority, client_config):
    """Runs the docker client with these certificates and says why it was refused; nothing went on. A
    listener of its own: those refused soon after the first share a line."""
    tls_gate = new_tls_gate(make_gate, authority)

    def run(folder, *flags):
        count = len(tls_gate.records())
        cli = tls_cli(DEBIAN_DOCKER, client_config, tls_gate.port, folder)
        if flags:
            for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
                del cli.environment[name]
        done = cli(*flags, "ps", check=False)
        assert done.returncode != 0
        return done.stderr.decode(), tls_gate.await_records(count)[0]
    return run


def test_no_certificate(docker_refused, authority):
    text, record = docker_refused(None, "--tlsverify", "--tlscacert", f"{authority.dir}/ca.pem")
    assert "certificate" in text
    assert record["event"] == "client-refused" and "did not return a certificate" in record["message"]


def test_a_certificate_of_another_authority(docker_refused, authority, workdir):
    folder = Authority(os.path.join(workdir, "other-ca")).client("alice")
    shutil.copy(authority.dir / "ca.pem", folder / "ca.pem") # so that the client trusts the server
    text, record = docker_refused(folder)
    assert "certificate" in text
    assert "127.0.0.1" in record["message"] and "certificate:" in record["message"]


def test_an_expired_certificate(docker_refused, authority):
    folder = authority.client("late", START="20200101000000Z", END="20210101000000Z")
    text, record = docker_refused(folder)
    assert "certificate" in text and "has expired" in record["message"]


def test_a_certificate_of_the_wrong_use(docker_refused, authority, workdir):
    """A server's certificate by the same authority is no client's."""
    folder = pathlib.Path(workdir) / "as-client"
    shutil.copytree(authority.dir / "server", folder)
    text, record = docker_refused(folder)
    assert "certificate" in text and "purpose" in record["message"]


def test_a_server_with_the_wrong_name(make_gate, workdir, client_config):
    """The docker client refuses it; and so does sockwarden as a client."""
    port = free_port()
    authority = Authority(os.path.join(workdir, "wrong-name"))
    authority.server("elsewhere.example")
    folder = authority.client("alice")
    make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
        f"[listener net]\naddress = tls:127.0.0.1:{port}\npolicy = reader\n{authority.listener()}{READER}",
        lambda _: port_accepts(port))
    done = tls_cli(DEBIAN_DOCKER, client_config, port, folder)("ps", check=False)
    assert done.returncode != 0 and b"127.0.0.1" in done.stderr
    upstream = (f"upstream = tls:127.0.0.1:{port}\nupstream_ca = {authority.dir}/ca.pem\n"
                f"upstream_cert = {folder}/cert.pem\nupstream_key = {folder}/key.pem\n")
    rest = f"@AUDIT@\n[listener s]\naddress = unix:@DIR@/s\npolicy = reader\n{READER}"

    def ready(directory):
        return wire.accepts(directory + "/s")

    gate = make_gate(f"[sockwarden]\n{upstream}{rest}", ready)
    answer = wire.request(str(gate.dir / "s"), "GET", "/containers/json")
    assert answer.status == 502 and "mismatch" in answer.message
    gate = make_gate(f"[sockwarden]\n{upstream}upstream_name = elsewhere.example\n{rest}", ready)
    assert wire.request(str(gate.dir / "s"), "GET", "/containers/json").status == 200


def test_a_revoked_certificate(make_gate, authority, workdir):
    port = free_port()
    revoking = Authority(os.path.join(workdir, "revoking"))
    revoking.server()
    good, bad = (client_context(revoking, revoking.client(name)) for name in ("good", "bad"))
    text = (f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
            f"[listener net]\naddress = tls:127.0.0.1:{port}\npolicy = reader\n"
            f"crl = {revoking.dir}/crl.pem\n{revoking.listener()}{READER}")
    gate = make_gate(text, lambda _: port_accepts(port))

    def asks(context):
        with Net(port, context=context) as client:
            return client.request("GET", "/_ping").status

    assert asks(good) == 200 and asks(bad) == 200
    revoking.make("revoke", "bad")
    gate.reload()
    assert asks(good) == 200
    count = len(gate.records())
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        asks(bad)
    record, = gate.await_records(count)
    assert record["event"] == "client-refused" and "certificate revoked" in record["message"]


def test_protocols(tls_gate, authority):
    """TLS 1.3 where both can, 1.2 where the client cannot, nothing older; HTTP/1.1 or nothing."""
    folder = authority.dir / "alice"
    context = client_context(authority, folder)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with Net(tls_gate.port, context=context) as client:
        assert client.peer.version() == "TLSv1.3"
        assert client.peer.selected_alpn_protocol() == "http/1.1"
        assert client.request("GET", "/_ping").status == 200
    old = client_context(authority, folder, maximum_version=ssl.TLSVersion.TLSv1_2)
    with Net(tls_gate.port, context=old) as client:
        assert client.peer.version() == "TLSv1.2"
        assert client.request("GET", "/_ping").status == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        older = client_context(authority, folder)
        older.set_ciphers("ALL:@SECLEVEL=0")
        older.minimum_version = older.maximum_version = ssl.TLSVersion.TLSv1_1
        Net(tls_gate.port, context=older)
    with pytest.raises(ssl.SSLError):
        h2 = client_context(authority, folder)
        h2.set_alpn_protocols(["h2"])
        Net(tls_gate.port, context=h2)


def test_plain_http_at_a_tls_port(tls_gate):
    with Net(tls_gate.port) as client:
        client.send(b"GET /_ping HTTP/1.1\r\nHost: docker\r\n\r\n")
        assert b"HTTP/1.1" not in client.read_all()


def test_a_handshake_that_does_not_come(make_gate, authority):
    port = free_port()
    make_gate(f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\nhead_timeout = 200ms\n"
              f"[listener net]\naddress = tls:127.0.0.1:{port}\npolicy = reader\n"
              f"{authority.listener()}{READER}", lambda _: port_accepts(port))
    with Net(port, timeout=10) as client:
        assert client.at_end()
    with Net(port, timeout=10) as client:
        client.send(b"\x16\x03\x01") # the beginning of a record
        assert client.at_end()


# ---- streams by TLS


def test_attach_exec_and_half_close(alice, sleeper):
    done = alice("run", "--rm", "-i", "bb:1", "sh", "-c", "cat; echo end", input=b"some\n")
    assert done.stdout == b"some\nend\n"
    done = alice("exec", "-i", sleeper, "sh", "-c", "cat; echo end >&2; exit 3", input=b"other\n",
                 check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"other\n", b"end\n")
    alice("create", "-i", "--name", "one", "bb:1", "sh", "-c", "read x; echo got $x; exit 3")
    done = alice("start", "-ai", "one", input=b"this\n", check=False)
    assert (done.returncode, done.stdout) == (3, b"got this\n")


def test_50_mb_through_a_container(alice):
    cat_through(alice, 50)


def test_archives_both_ways(alice, sleeper, tmp_path):
    big = os.urandom(MIB) * 30
    (tmp_path / "big").write_bytes(big)
    alice("cp", str(tmp_path / "big"), f"{sleeper}:/tmp/")
    alice("cp", f"{sleeper}:/tmp/big", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == big


def test_logs_follow_ends_with_the_client(alice, tls_gate, sleeper):
    """A client that goes away by TLS leaves nothing behind."""
    def open_files():
        return tls_gate.descriptors()

    before = open_files()
    logs = alice.popen("logs", "-f", sleeper, stdout=subprocess.DEVNULL)
    wire.await_true(lambda: open_files() >= before + 2, 20, "the stream")
    logs.kill()
    logs.wait()
    wire.await_true(lambda: open_files() <= before, 20, "the end of the stream")


# ---- TCP, IPv4 and IPv6


def test_dual_stack_and_addresses(make_gate):
    port = free_port()
    gate = make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
        f"[listener net]\naddress = tcp:*:{port}\ninsecure = yes\n"
        f"client = address:127.0.0.1 -> all\nclient = address:::1 -> reader\n{ALL}{READER}",
        lambda _: port_accepts(port))
    with Net(port) as client:
        assert client.request("GET", "/images/json").status == 200
    with Net(port, host="::1") as client:
        assert client.request("GET", "/containers/json").status == 200
        assert client.request("GET", "/images/json").status == 403
    assert gate.records()[-1]["peer"] == {"address": "::1", "identity": "address:::1"}
    with socket.socket() as other:
        other.bind(("127.0.0.2", 0))
        other.connect(("127.0.0.1", port))
        other.sendall(wire.encode("GET", "/_ping"))
        assert b" 403 " in other.recv(1 << 16)


# ---- users and groups


ASK = """
import socket, sys
peer = socket.socket(socket.AF_UNIX)
peer.connect(sys.argv[1].replace("@", "\\0", 1))
peer.sendall(b"GET /images/json HTTP/1.1\\r\\nHost: docker\\r\\n\\r\\n")
print(peer.recv(65536).split()[1].decode())
"""


@pytest.fixture
def open_dir():
    path = tempfile.mkdtemp(prefix="sw-open.", dir="/tmp")
    os.chmod(path, 0o711)
    yield path
    shutil.rmtree(path)


def test_users_and_groups(make_gate, open_dir):
    gate = make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
        f"[listener s]\naddress = unix:{open_dir}/s\nmode = 0666\nclient = uid:root -> all\n"
        f"client = gid:4321 -> all\nclient = uid:{NOBODY} -> reader\n{ALL}{READER}",
        lambda _: wire.accepts(open_dir + "/s"))

    def status(user, group, *groups):
        return subprocess.run(
            [sys.executable, "-c", ASK, open_dir + "/s"], user=user, group=group, check=True,
            extra_groups=list(groups), stdout=subprocess.PIPE, cwd="/").stdout.decode().strip()

    assert status(0, 0) == "200"
    assert status(NOBODY, NOBODY) == "403"
    assert gate.records()[-1]["policy"] == "reader"
    assert gate.records()[-1]["peer"]["identity"] == f"uid:{NOBODY}"
    assert status(NOBODY, 4321) == "200"
    assert status(NOBODY, NOBODY, 17, 4321) == "200" # a supplementary group
    assert status(1234, 1234) == "403"
    assert gate.records()[-1]["reason"] == "client"


def test_an_abstract_socket(make_gate):
    """It has no mode, so that who comes is told by who it is alone."""
    name = f"sw-{os.getpid()}"
    gate = make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
        f"[listener s]\naddress = unix:@{name}\ninsecure = yes\nclient = uid:root -> all\n"
        f"client = uid:{NOBODY} -> reader\n{ALL}{READER}",
        lambda _: wire.accepts("\0" + name))

    def status(user):
        return subprocess.run(
            [sys.executable, "-c", ASK, "@" + name], user=user, group=user, check=True,
            extra_groups=[], stdout=subprocess.PIPE, cwd="/").stdout.decode().strip()

    assert status(0) == "200"
    assert status(NOBODY) == "403"
    assert gate.records()[-1]["peer"]["identity"] == f"uid:{NOBODY}"
    assert "abstract: whoever reaches it" in gate.log.read_text()
    gate.reload()
    assert status(0) == "200"


# ---- sockets handed over


@pytest.mark.parametrize("address", ["fd:docker", "fd:3"])
def test_activation(handed_over, workdir, address):
    path = tempfile.mkdtemp(prefix="a.", dir=workdir) + "/s"
    gate = handed_over("unix", path, "docker", f"address = {address}\nclient = uid:0 -> reader",
                       lambda: wire.answers(path))
    gate.reload()
    assert wire.request(path, "GET", "/containers/json").status == 200
    assert gate.end() == 0
    assert os.path.exists(path) # it is not ours to remove


def test_activation_with_tls(handed_over, authority):
    port = free_port()

    def answers():
        try:
            with Net(port, context=client_context(authority, authority.dir / "bob")) as client:
                return client.request("GET", "/_ping").status == 200
        except ConnectionRefusedError: # not bound yet
            return False

    handed_over("tcp", port, "x", f"address = fd:x\n{authority.listener()}policy = reader", answers)


@pytest.mark.parametrize("listener,why", [
    ("address = fd:other\npolicy = reader", "no socket was handed over by this name"),
    ("address = fd:x\npolicy = reader", "is a TCP socket, open to whoever reaches it"),
])
def test_activation_that_cannot_be(handed_over, listener, why):
    with pytest.raises(AssertionError, match=why):
        handed_over("tcp", free_port(), "x", listener, lambda: False)


# ---- reload


def serial(port, context):
    with Net(port, context=context) as client:
        return client.peer.getpeercert()["serialNumber"]


def test_certificates_change_under_load(make_gate, workdir):
    port = free_port()
    authority = Authority(os.path.join(workdir, "renewing"))
    authority.server()
    context = client_context(authority, authority.client("alice"))
    text = (f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
            f"[listener net]\naddress = tls:127.0.0.1:{port}\n{authority.listener()}"
            f"client = cn:alice -> reader\n{READER}")
    gate = make_gate(text, lambda _: port_accepts(port))
    stop, failures, done = threading.Event(), [], [0]

    def load(keep):
        try:
            while not stop.is_set():
                with Net(port, context=context) as client:
                    for _ in range(keep):
                        assert client.request("GET", "/containers/json").status == 200
                        done[0] += 1
        except Exception as reason: # pylint: disable=broad-except
            failures.append(reason)

    threads = [threading.Thread(target=load, args=(keep,)) for keep in (1, 50)]
    for thread in threads:
        thread.start()
    try:
        with Net(port, context=context) as kept:
            serials = {serial(port, context)}
            for _ in range(5):
                authority.server()
                gate.reload()
                serials.add(serial(port, context))
                assert kept.request("GET", "/containers/json").status == 200
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures and len(serials) == 6 and done[0] > 20


def test_a_broken_certificate_changes_nothing(make_gate, workdir):
    port = free_port()
    authority = Authority(os.path.join(workdir, "breaking"))
    authority.server()
    context = client_context(authority, authority.client("alice"))
    gate = make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
        f"[listener net]\naddress = tls:127.0.0.1:{port}\npolicy = reader\n{authority.listener()}"
        f"{READER}", lambda _: port_accepts(port))
    before = serial(port, context)
    (authority.dir / "server/cert.pem").write_text("nothing\n")
    gate.process.send_signal(1)
    wire.await_true(lambda: "nothing is changed" in gate.log.read_text(), 20, "the reload")
    assert "cannot be used as a certificate" in gate.log.read_text()
    assert serial(port, context) == before


def test_a_reload_changes_the_policy_of_open_connections(make_gate, authority):
    port = free_port()
    text = (f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
            f"[listener net]\naddress = tls:127.0.0.1:{port}\n{authority.listener()}"
            f"client = cn:bob -> %s\n{ALL}{READER}")
    gate = make_gate(text % "all", lambda _: port_accepts(port))
    now = (gate.dir / "gate.conf").read_text()
    with Net(port, context=client_context(authority, authority.dir / "bob")) as client:
        assert client.request("GET", "/images/json").status == 200
        gate.reload(now.replace("-> all", "-> reader"))
        assert client.request("GET", "/images/json").status == 403
        assert client.request("GET", "/containers/json").status == 200
        gate.reload(now.replace("cn:bob -> all", "cn:alice -> all"))
        assert client.request("GET", "/containers/json").status == 403


def test_a_reload_ends_what_would_not_be_let_in(make_gate, workdir):
    """Open connections are not cut, and get nothing more."""
    port, plain_port = free_port(), free_port()
    authority = Authority(os.path.join(workdir, "ending"))
    authority.server()
    good, bad = (client_context(authority, authority.client(name)) for name in ("good", "bad"))
    gate = make_gate(
        f"[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\n"
        f"[listener net]\naddress = tls:127.0.0.1:{port}\npolicy = reader\ncrl = {authority.dir}/crl.pem\n"
        f"{authority.listener()}"
        f"[listener plain]\naddress = tcp:127.0.0.1:{plain_port}\ninsecure = yes\npolicy = reader\n"
        f"{READER}", lambda _: port_accepts(plain_port))
    now = (gate.dir / "gate.conf").read_text()
    with Net(port, context=good) as kept, Net(port, context=bad) as revoked, \
            Net(plain_port) as plain:
        for client in (kept, revoked, plain):
            assert client.request("GET", "/_ping").status == 200
        authority.make("revoke", "bad")
        gate.reload(now.replace(f"tcp:127.0.0.1:{plain_port}\ninsecure = yes\n",
                                f"tls:127.0.0.1:{plain_port}\n{authority.listener()}"))
        assert kept.request("GET", "/_ping").status == 200
        for client in (revoked, plain):
            answer = client.request("GET", "/_ping")
            assert answer.status == 403 and "no policy for this client" in answer.message
    with Net(plain_port, context=good) as client:
        assert client.request("GET", "/_ping").status == 200
