# SPDX-License-Identifier: Apache-2.0
"""`reload = watch`: a change of the files is enough, and half a file is never read."""

import os
import pathlib
import shutil

import pytest
import wire
from doors import Authority, client_context, free_port, port_accepts

GATE = """[sockwarden]
upstream = unix:@DOCKERD@
reload = watch
@AUDIT@
{daemon}[listener a]
address = unix:@DIR@/a
policy = p
{listener}[policy p]
allow = system.ping
include = {rules}
"""
OPEN, SHUT = "allow = system.info\n", "allow = system.version\n"


def start(make_gate, rules, daemon="", listener=""):
    """Ready once it says so: by then the files are watched."""
    return make_gate(GATE.format(rules=rules, daemon=daemon, listener=listener),
                     lambda directory: "ready: " in pathlib.Path(directory, "sockwarden.log").read_text())


def status(gate):
    return wire.request(str(gate.dir / "a"), "GET", "/info").status


def await_status(gate, wanted):
    wire.await_true(lambda: status(gate) == wanted, 20, f"{wanted}; {gate.log.read_text()[-2000:]}")


def count(gate, text):
    return gate.log.read_text().count(text)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "conf"
    path.mkdir()
    (path / "rules.conf").write_text(SHUT)
    return path


def written(rules):
    rules.write_text(OPEN)


def moved(rules):
    new = rules.with_suffix(".new")
    new.write_text(OPEN)
    new.rename(rules)


def removed_first(rules):
    rules.unlink()
    rules.write_text(OPEN)


def backed_up(rules):
    """As vi does it."""
    rules.rename(rules.with_suffix(".conf~"))
    rules.write_text(OPEN)


def linked(rules):
    new = rules.with_name("other.conf")
    new.write_text(OPEN)
    rules.unlink()
    rules.symlink_to(new)


def hard_linked(rules):
    new = rules.with_name("other.conf")
    new.write_text(OPEN)
    rules.unlink()
    os.link(new, rules)


def folder_moved(rules):
    new = rules.parent.with_name("new")
    shutil.copytree(rules.parent, new)
    (new / rules.name).write_text(OPEN)
    rules.parent.rename(rules.parent.with_name("old"))
    new.rename(rules.parent)


@pytest.mark.parametrize("change", (written, moved, removed_first, backed_up, linked, hard_linked, folder_moved),
                         ids=lambda change: change.__name__)
def test_a_change_is_enough(make_gate, folder, change):
    # A folder in another's place is none of those that the sandbox keeps to.
    gate = start(make_gate, folder / "rules.conf", "sandbox = no\n" if change is folder_moved else "")
    assert status(gate) == 403
    change(folder / "rules.conf")
    await_status(gate, 200)
    (folder / "rules.conf").write_text(SHUT) # what is there by now is watched as well
    await_status(gate, 403)


def test_links_of_a_volume_are_turned(make_gate, tmp_path):
    """As Kubernetes swaps a ConfigMap: the file is a link to ..data/FILE, and ..data one to a folder."""
    volume = tmp_path / "volume"
    for name, text in (("..1", SHUT), ("..2", OPEN), ("..3", SHUT)):
        (volume / name).mkdir(parents=True)
        (volume / name / "rules.conf").write_text(text)
    (volume / "..data").symlink_to("..1")
    (volume / "rules.conf").symlink_to("..data/rules.conf")
    gate = start(make_gate, volume / "rules.conf")
    assert status(gate) == 403
    for name, wanted in (("..2", 200), ("..3", 403)):
        (volume / "..data_tmp").symlink_to(name)
        (volume / "..data_tmp").rename(volume / "..data")
        await_status(gate, wanted)


def test_half_a_file_is_not_read(make_gate, folder):
    gate = start(make_gate, folder / "rules.conf", "max_head = 64k\n")
    with open(folder / "rules.conf", "w") as half:
        half.write(OPEN)
        half.flush()
        # A second file that is whole, so that there is something to wait for.
        main = gate.dir / "gate.conf"
        text = main.read_text()
        (gate.dir / "new").write_text(text.replace("64k", "65k"))
        (gate.dir / "new").rename(main)
        wire.await_true(lambda: count(gate, "files are being written") == 1, 20, gate.log.read_text())
        assert status(gate) == 403 and count(gate, "changed: max_head") == 0
        half.write("deny = GET /info\n")
    wire.await_true(lambda: count(gate, "changed: max_head") == 1, 20, gate.log.read_text())
    assert status(gate) == 403


def test_a_broken_file_changes_nothing(make_gate, folder):
    gate = start(make_gate, folder / "rules.conf")
    (folder / "rules.conf").write_text("allow = nonsense\n")
    wire.await_true(lambda: count(gate, "nothing is changed") == 1, 20, "refusal")
    assert status(gate) == 403
    (folder / "rules.conf").write_text(OPEN)
    await_status(gate, 200)


def test_other_files_of_the_folder_do_not_count(make_gate, folder):
    gate = start(make_gate, folder / "rules.conf")
    (folder / "notes").write_text("x")
    (folder / "rules.conf~").write_text("x")
    (folder / "rules.conf").write_text(OPEN)
    await_status(gate, 200)
    assert count(gate, "files changed") == 1


def test_an_included_file_that_is_new_is_watched(make_gate, folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "more.conf").write_text(SHUT)
    gate = start(make_gate, folder / "rules.conf", "sandbox = no\n")
    (folder / "rules.conf").write_text(f"include = {other}/more.conf\n")
    # Watched from now on; read once more, as it may have changed meanwhile.
    wire.await_true(lambda: count(gate, "configuration reloaded") >= 2, 20, gate.log.read_text())
    (other / "more.conf").write_text(OPEN)
    await_status(gate, 200)


def test_a_new_certificate_is_taken(make_gate, folder, tmp_path):
    authority = Authority(tmp_path)
    authority.server()
    port = free_port()
    gate = start(make_gate, folder / "rules.conf",
                 listener=f"[listener net]\naddress = tls:127.0.0.1:{port}\npolicy = p\n{authority.listener()}")
    assert port_accepts(port)

    def number():
        import socket
        context = client_context(authority)
        with socket.create_connection(("127.0.0.1", port), 5) as plain, \
                context.wrap_socket(plain, server_hostname="127.0.0.1") as peer:
            return peer.getpeercert()["serialNumber"]

    before = number()
    authority.server()
    wire.await_true(lambda: number() != before, 20, gate.log.read_text())


def test_a_signal_is_still_heard(make_gate, folder):
    gate = start(make_gate, folder / "rules.conf")
    gate.reload()
    assert count(gate, "configuration reloaded") >= 1 and count(gate, "files changed") == 0
