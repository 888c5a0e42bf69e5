# SPDX-License-Identifier: Apache-2.0
"""With everything allowed: standard streams, terminals, big transfers, endless answers."""

import io
import json
import os
import subprocess
import tarfile
import threading
import time

import wire
from echo import cat_through
from terminal import Terminal

MIB = 1 << 20


def test_stdin_half_close(any_docker):
    """The container sees the end of its input and answers after it."""
    done = any_docker("run", "--rm", "-i", "bb:1", "sh", "-c", "cat; echo end", input=b"some\n")
    assert done.stdout == b"some\nend\n"


def test_100_mb_through_a_container(docker):
    cat_through(docker, 100)


def test_exec_in_a_terminal(any_docker, sleeper):
    with Terminal(any_docker, "exec", "-it", sleeper, "sh", rows=31, columns=97) as terminal:
        terminal.expect("# ")
        terminal.type("until [ \"$(stty size)\" = '31 97' ]; do :; done; echo s''ized\n")
        terminal.expect("sized", nudge=terminal.resize_again)
        terminal.resize(40, 120)
        terminal.type("until [ \"$(stty size)\" = '40 120' ]; do :; done; echo res''ized\n")
        terminal.expect("resized", nudge=terminal.resize_again)
        terminal.type("exit 5\n")
        assert terminal.wait() == 5


def test_run_in_a_terminal(any_docker):
    with Terminal(any_docker, "run", "--rm", "-it", "bb:1", "sh") as terminal:
        terminal.expect("# ")
        terminal.type("echo $((6 * 7))\n")
        terminal.expect("42")
        terminal.type("exit\n")
        assert terminal.wait() == 0


def test_attach_and_detach_keys(docker):
    docker("run", "-dit", "--name", "one", "bb:1", "sh")
    with Terminal(docker, "attach", "--detach-keys", "ctrl-x,x", "one") as terminal:
        terminal.type("echo a''ttached\n")
        terminal.expect("attached")
        terminal.type("\x18x")
        terminal.wait()
    assert docker.out("inspect", "-f", "{{.State.Running}}", "one") == "true"


def test_attach_sees_output_and_end(any_docker):
    any_docker("create", "-i", "--name", "one", "bb:1", "sh", "-c", "read x; echo got $x; exit 3")
    done = any_docker("start", "-ai", "one", input=b"this\n", check=False)
    assert (done.returncode, done.stdout) == (3, b"got this\n")


def test_logs_follow_streams_at_once_and_ends(any_docker):
    any_docker("run", "-d", "--name", "one", "bb:1", "sh", "-c",
               "mkfifo /tmp/f; echo first; cat /tmp/f; exec sleep 1000")
    logs = any_docker.popen("logs", "-f", "one", stdout=subprocess.PIPE)
    assert logs.stdout.readline() == b"first\n"
    any_docker("exec", "one", "sh", "-c", "echo second >/tmp/f")
    assert logs.stdout.readline() == b"second\n"
    any_docker("kill", "one")
    assert logs.wait(20) == 0


def test_events_are_seen_while_they_happen(any_docker):
    events = any_docker.popen("events", "--filter", "type=container", "--format", "{{.Action}}",
                              stdout=subprocess.PIPE)
    try:
        # The client may still be connecting: tags until the first event shows.
        identity = any_docker.out("create", "bb:1", "true")
        done = threading.Event()

        def knock():
            while not done.wait(0.1):
                any_docker("rename", identity, f"n{time.monotonic_ns()}")

        knocker = threading.Thread(target=knock)
        knocker.start()
        assert events.stdout.readline() in (b"create\n", b"rename\n")
        done.set()
        knocker.join()
        any_docker("start", identity)
        seen = []
        while b"die\n" not in seen:
            seen.append(events.stdout.readline())
        assert b"start\n" in seen
    finally:
        events.kill()
        events.wait()


def test_stats_stream(open_warden, sleeper):
    with wire.Wire(open_warden.socket) as client:
        client.send(wire.encode("GET", f"/containers/{sleeper}/stats?stream=1"))
        assert client.read_head().status == 200
        chunks = client.read_chunks()
        assert json.loads(next(chunks))["read"] and json.loads(next(chunks))["read"]


def test_wait_answers_its_head_at_once(open_warden, dockerd, sleeper):
    with wire.Wire(open_warden.socket) as client:
        client.send(wire.encode("POST", f"/v1.41/containers/{sleeper}/wait"))
        assert client.read_head().status == 200 # while it runs
        dockerd.call("POST", f"/containers/{sleeper}/kill")
        assert json.loads(b"".join(client.read_chunks()))["StatusCode"] == 137


def test_copy_both_ways(docker, sleeper, tmp_path):
    tree = tmp_path / "tree"
    (tree / "sub/deeper").mkdir(parents=True)
    for index in range(200):
        (tree / f"sub/file{index}").write_text(str(index))
    (tree / "sub/deeper/link").symlink_to("../file7")
    big = os.urandom(MIB) * 50
    (tree / "big").write_bytes(big)
    docker("cp", str(tree), f"{sleeper}:/tmp/")
    docker("cp", f"{sleeper}:/tmp/tree", str(tmp_path / "back"))
    assert (tmp_path / "back/big").read_bytes() == big
    assert (tmp_path / "back/sub/deeper/link").read_text() == "7"
    assert len(list((tmp_path / "back/sub").iterdir())) == 201
    # From a stream to a stream.
    stream = docker("cp", f"{sleeper}:/tmp/tree/sub/file9", "-").stdout
    with tarfile.open(fileobj=io.BytesIO(stream)) as archive:
        assert archive.extractfile("file9").read() == b"9"


def test_save_load_100_mb(docker, tmp_path):
    (tmp_path / "payload").write_bytes(os.urandom(MIB) * 100)
    archive = tmp_path / "layer.tar"
    subprocess.run(["tar", "-C", tmp_path, "-cf", archive, "payload"], check=True)
    docker("import", str(archive), "big:1")
    identity = docker.out("inspect", "-f", "{{.Id}}", "big:1")
    docker("save", "-o", str(tmp_path / "saved.tar"), "big:1")
    assert (tmp_path / "saved.tar").stat().st_size > 100 * MIB
    docker("rmi", "big:1")
    assert "Loaded image: big:1" in docker.out("load", "-i", str(tmp_path / "saved.tar"))
    assert docker.out("inspect", "-f", "{{.Id}}", "big:1") == identity
    docker("rmi", "big:1")


def test_export_import(docker, tmp_path):
    identity = docker.out("run", "-d", "bb:1", "sh", "-c", "echo kept >/tmp/x")
    docker("wait", identity)
    docker("export", "-o", str(tmp_path / "export.tar"), identity)
    docker("import", "-c", "ENV PATH=/bin", str(tmp_path / "export.tar"), "again:1")
    assert docker.out("run", "--rm", "again:1", "cat", "/tmp/x") == "kept"
    docker("rmi", "again:1")
