# SPDX-License-Identifier: Apache-2.0
"""TLS beyond the handshake that every client makes: suites, clients with and without certificates, what
a certificate says of its owner, and keys that change after root was given up."""

import hashlib
import os
import re
import shutil
import signal
import ssl
import subprocess
import tempfile

import pytest

import wire
from doors import ALL, READER, Authority, Gate, Net, client_context, free_port, port_accepts

TLS12 = ssl.TLSVersion.TLSv1_2


def gate_text(*lines):
    return "[sockwarden]\nupstream = unix:@DOCKERD@\n@AUDIT@\naudit_level = all\n" + "".join(lines)


def listener(port, authority, *lines, name="net", ca=True):
    own = authority.listener() if ca else authority.listener().replace(
        f"client_ca = {authority.dir}/ca.pem\n", "")
    return (f"[listener {name}]\naddress = tls:127.0.0.1:{port}\n{own}"
            + "".join(line + "\n" for line in lines))


def status(port, context, target="/_ping"):
    with Net(port, context=context) as client:
        return client.request("GET", target).status


def seen_as(gate, port, context, target="/_ping"):
    """What this client is answered, and who it is in the audit log."""
    count = len(gate.records())
    answer = status(port, context, target)
    record, = gate.await_records(count)
    return answer, record["peer"]["identity"], record.get("policy")


# ---- suites of TLS 1.2


def with_suite(authority, name):
    context = client_context(authority, authority.dir / "alice", maximum_version=TLS12)
    context.set_ciphers(name)
    return context


@pytest.fixture(scope="module")
def rsa_port(make_gate, workdir):
    """A listener with a key that could do without ephemeral ones."""
    authority = Authority(os.path.join(workdir, "rsa-ca"))
    authority.client("alice")
    authority.server("127.0.0.1")
    folder = authority.dir / "server"
    (authority.dir / "san").write_text("subjectAltName = IP:127.0.0.1\n")
    subprocess.run(["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=rsa",
                    "-keyout", folder / "key.pem", "-out", folder / "request.pem"],
                   check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "x509", "-req", "-in", folder / "request.pem", "-days", "9",
                    "-CA", authority.dir / "ca.pem", "-CAkey", authority.dir / "ca-key.pem", "-CAcreateserial",
                    "-extfile", authority.dir / "san", "-out", folder / "cert.pem"],
                   check=True, stderr=subprocess.DEVNULL)
    port = free_port()
    make_gate(gate_text(listener(port, authority, "policy = reader"), READER), lambda _: port_accepts(port))
    return port, authority


@pytest.mark.parametrize("suite", ["ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384", # no AEAD
                                   "AES128-GCM-SHA256", "AES256-SHA256"]) # no ephemeral key
def test_suites_that_are_refused(rsa_port, suite):
    port, authority = rsa_port
    with pytest.raises((ssl.SSLError, ConnectionError)):
        status(port, with_suite(authority, suite))


@pytest.mark.parametrize("suite", ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
                                   "ECDHE-RSA-CHACHA20-POLY1305"])
def test_suites_that_are_taken(rsa_port, suite):
    port, authority = rsa_port
    with Net(port, context=with_suite(authority, suite)) as client:
        assert client.peer.cipher()[0] == suite
        assert client.request("GET", "/_ping").status == 200


# ---- clients with and without a certificate


@pytest.fixture(scope="module")
def lenient(make_gate, authority):
    """Listeners that do not insist."""
    made = {"optional": free_port(), "none": free_port(), "strict": free_port()}
    gate = make_gate(gate_text(
        listener(made["optional"], authority, "client_auth = optional", "client = cn:alice -> all",
                 "policy = reader", name="optional"),
        listener(made["strict"], authority, "client_auth = optional", "client = cn:alice -> all",
                 name="strict"),
        listener(made["none"], authority, "client_auth = none", "client = address:127.0.0.0/8 -> reader",
                 "policy = all", name="none", ca=False),
        ALL, READER), lambda _: port_accepts(made["none"]))
    gate.ports = made
    return gate


def test_an_optional_certificate(lenient, authority):
    port = lenient.ports["optional"]
    alice, bob = (client_context(authority, authority.dir / name) for name in ("alice", "bob"))
    bare = client_context(authority)
    assert seen_as(lenient, port, alice, "/images/json") == (200, "cn:alice", "all")
    assert seen_as(lenient, port, bob, "/images/json") == (403, "cn:bob", "reader")
    assert seen_as(lenient, port, bare, "/images/json") == (403, "address:127.0.0.1", "reader")
    assert seen_as(lenient, port, bare, "/containers/json") == (200, "address:127.0.0.1", "reader")


def test_without_a_policy_the_certificate_decides(lenient, authority):
    port = lenient.ports["strict"]
    assert seen_as(lenient, port, client_context(authority, authority.dir / "alice")) == (200, "cn:alice", "all")
    assert seen_as(lenient, port, client_context(authority)) == (403, "address:127.0.0.1", None)


def test_an_optional_certificate_must_be_good(lenient, authority, workdir):
    folder = Authority(os.path.join(workdir, "optional-other")).client("alice")
    count = len(lenient.records())
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        status(lenient.ports["optional"], client_context(authority, folder))
    record, = lenient.await_records(count)
    assert record["event"] == "client-refused" and "listener optional" in record["message"]


def test_no_certificate_is_asked_for(lenient, authority):
    """So that one which the client could show is nothing."""
    port = lenient.ports["none"]
    for context in (client_context(authority), client_context(authority, authority.dir / "alice")):
        assert seen_as(lenient, port, context) == (200, "address:127.0.0.1", "reader")
        assert seen_as(lenient, port, context, "/images/json") == (403, "address:127.0.0.1", "reader")


def test_who_need_not_show_one_is_warned_of(lenient):
    text = lenient.log.read_text()
    for name in ("optional", "none"):
        assert f"[listener {name}]: client_auth: who shows no certificate is let in" in text


# ---- what a certificate says


def fingerprint(folder):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert((folder / "cert.pem").read_text())).hexdigest()


def test_identities_of_certificates(make_gate, authority):
    port = free_port()
    known = fingerprint(authority.client("known"))
    for name, names in {
            "dns": ["DNS:Builder.CI.example"], "other": ["DNS:ci.example"], "near": ["IP:192.0.2.7"],
            "far": ["IP:198.51.100.7"], "six": ["IP:2001:db8:0:7::1"],
            "many": ["DNS:x.example", "IP:192.0.2.9"]}.items():
        authority.client(name, *names)
    gate = make_gate(gate_text(
        listener(port, authority, f"client = fingerprint:sha256:{known} -> all",
                 "client = dns:*.ci.EXAMPLE -> reader", "client = ip:192.0.2.0/24 -> reader",
                 "client = ip:2001:db8::/32 -> all"), ALL, READER),
                     lambda _: port_accepts(port))

    def seen(name):
        return seen_as(gate, port, client_context(authority, authority.dir / name), "/containers/json")

    assert seen("known") == (200, f"fingerprint:sha256:{known}", "all")
    assert seen("dns")[0::2] == (200, "reader") and seen("dns")[1].lower() == "dns:builder.ci.example"
    assert seen("near") == (200, "ip:192.0.2.7", "reader")
    assert seen("six") == (200, "ip:2001:db8:0:7::1", "all")
    assert seen("many") == (200, "ip:192.0.2.9", "reader") # by the one of its names that fits
    assert [seen(name)[0::2] for name in ("far", "other", "alice")] == 3 * [(403, None)]


def test_a_renewed_certificate_has_another_fingerprint(make_gate, authority):
    port = free_port()
    folder = authority.client("renewed")
    gate = make_gate(gate_text(
        listener(port, authority, f"client = fingerprint:sha256:{fingerprint(folder)} -> all"), ALL),
                     lambda _: port_accepts(port))
    assert status(port, client_context(authority, folder)) == 200
    authority.client("renewed")
    assert seen_as(gate, port, client_context(authority, folder)) == (403, "cn:renewed", None)
    now = (gate.dir / "gate.conf").read_text()
    gate.reload(re.sub("sha256:[0-9a-f]+", "sha256:" + fingerprint(folder), now))
    assert status(port, client_context(authority, folder)) == 200


# ---- keys, once root was given up


@pytest.fixture
def public_dir():
    path = tempfile.mkdtemp(prefix="sw-key.", dir="/tmp")
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def renewing(dockerd, public_dir):
    """A listener of a sockwarden that became nobody, and the authority that its key comes from."""
    authority = Authority(public_dir + "/ca")
    authority.client("alice")
    gate = Gate(public_dir, dockerd.socket)
    gate.authority, gate.port = authority, free_port()

    def renew(mode, group):
        authority.server("127.0.0.1")
        key = authority.dir / "server/key.pem"
        shutil.chown(key, 0, group)
        key.chmod(mode)

    gate.renew = renew
    renew(0o640, "nogroup")
    gate.run(f"[sockwarden]\nupstream = unix:{dockerd.socket}\naudit = stderr\nuser = nobody\n"
             + listener(gate.port, authority, "policy = reader") + READER, lambda: port_accepts(gate.port))
    yield gate
    assert gate.end() == 0, gate.log.read_text()


def serial(gate):
    with Net(gate.port, context=client_context(gate.authority, gate.authority.dir / "alice")) as client:
        return client.peer.getpeercert()["serialNumber"]


def test_a_key_is_read_again_by_its_group(renewing):
    first = serial(renewing)
    renewing.renew(0o640, "nogroup")
    renewing.reload()
    assert serial(renewing) != first
    assert "private key" not in renewing.log.read_text()


def test_a_key_that_is_roots_alone_changes_nothing(renewing):
    first = serial(renewing)
    renewing.renew(0o600, "root")
    renewing.process.send_signal(signal.SIGHUP)
    wire.await_true(lambda: "cannot be used as its private key" in renewing.log.read_text(), 20, "the refusal")
    assert "Permission denied" in renewing.log.read_text()
    assert serial(renewing) == first


@pytest.mark.parametrize("mode, group, warned", [
    (0o640, "nogroup", False), (0o440, "nogroup", False), (0o644, "root", True), (0o604, "root", True),
    (0o660, "nogroup", True), (0o642, "nogroup", True)])
def test_keys_that_others_can_get_at_are_warned_of(renewing, mode, group, warned):
    renewing.renew(mode, group)
    renewing.reload()
    assert (f"mode {mode:04o} lets others read or write the private key" in renewing.log.read_text()) == warned


def test_clients_that_leave_at_once_do_not_fill_the_log(lenient, authority):
    """Of a connection that is reset behind its handshake nobody can tell who it was."""
    port = lenient.ports["none"]
    words = "could not be identified"
    count = lenient.log.read_text().count(words)
    for _ in range(100):
        Net(port, context=client_context(authority)).peer.close()
    assert status(port, client_context(authority)) in (200, 403)
    assert lenient.log.read_text().count(words) <= count + 2
