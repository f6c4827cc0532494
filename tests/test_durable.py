"""Files that are whole or not there."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from starl.files.durable import BusyError, WriteError, clean, discard, locked, write, write_bytes


@pytest.fixture
def events(monkeypatch):
    """What is synced and renamed, in order."""
    told = []
    fsync, replace = os.fsync, os.replace

    def watch_sync(handle):
        told.append(("sync", Path(f"/proc/self/fd/{handle}").readlink().name))
        fsync(handle)

    def watch_replace(old, new):
        told.append(("rename", Path(old).name, Path(new).name))
        replace(old, new)

    monkeypatch.setattr(os, "fsync", watch_sync)
    monkeypatch.setattr(os, "replace", watch_replace)
    return told


def test_a_file_is_synced_then_renamed_then_its_folder_synced(tmp_path, events):
    write_bytes(tmp_path / "a", b"content")
    assert events == [("sync", "a.tmp"), ("rename", "a.tmp", "a"), ("sync", tmp_path.name)]


def test_the_folder_can_be_synced_with_the_next_file(tmp_path, events):
    write_bytes(tmp_path / "a", b"content", last=False)
    assert events == [("sync", "a.tmp"), ("rename", "a.tmp", "a")]


def test_a_write_that_fails_leaves_the_old_content(tmp_path):
    write_bytes(tmp_path / "a", b"old")

    def fill(stream):
        stream.write(b"ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(WriteError, match="got no space left on device; make room and go on"):
        write(tmp_path / "a", fill)
    assert (tmp_path / "a").read_bytes() == b"old"


def test_what_is_left_of_a_write_is_written_over(tmp_path):
    (tmp_path / "a.tmp").write_bytes(b"x" * 1000)
    write_bytes(tmp_path / "a", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_missing_folder_is_one_clear_line(tmp_path):
    with pytest.raises(WriteError, match="got no such file or directory; choose another place"):
        write_bytes(tmp_path / "no" / "a", b"")


def test_a_folder_is_gone_in_one_step(tmp_path, events):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "a").write_bytes(b"")
    discard(tmp_path / "parts")
    assert events[0] == ("rename", "parts", "parts.gone")
    assert list(tmp_path.iterdir()) == []


def test_what_is_left_of_a_folder_can_be_removed_later(tmp_path):
    (tmp_path / "parts.gone").mkdir()
    clean(tmp_path / "parts")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_held_by_one_at_a_time(tmp_path):
    with locked(tmp_path), pytest.raises(BusyError, match="used by one run at a time"), locked(tmp_path):
        pass


HOLD = """
import os, sys, time
from pathlib import Path
from starl.files.durable import locked
with locked(Path(sys.argv[1])):
    if os.fork():
        print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """A process that holds the folder and has a child."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        process.stdout.readline()
        yield process
        os.killpg(process.pid, signal.SIGKILL)


def test_a_folder_is_held_against_other_processes(tmp_path, holder):
    with pytest.raises(BusyError, match="got another one at work"), locked(tmp_path):
        pass


def test_a_child_left_behind_by_a_killed_process_holds_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()
    with locked(tmp_path):
        os.killpg(holder.pid, 0)  # the child is still there


def test_a_folder_is_free_again_when_it_is_let_go(tmp_path):
    with locked(tmp_path):
        pass
    with locked(tmp_path):
        assert (tmp_path / "lock").exists()


def test_a_folder_that_was_taken_away_while_waiting_is_not_held(tmp_path, monkeypatch):
    monkeypatch.setattr("fcntl.lockf", lambda stream, how: (tmp_path / "lock").unlink())
    with pytest.raises(BusyError), locked(tmp_path):
        pass
