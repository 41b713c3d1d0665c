"""A lock is one process's, and never on what is no longer there."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograder.sandbox import locks
from autograder.sandbox.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import Callable

NEW = os.O_RDWR | os.O_CREAT
FOLDER = os.O_RDONLY | os.O_DIRECTORY

HOLD = """
import os, sys
from pathlib import Path
from autograder.sandbox.locks import try_lock
print(try_lock(Path(sys.argv[1]), int(sys.argv[2])) is not None, flush=True)
input()
"""


@pytest.mark.parametrize("flags", [NEW, FOLDER], ids=["a file", "a folder"])
def test_a_lock_ends_with_its_process(tmp_path, flags):
    path = tmp_path / "lock" if flags == NEW else tmp_path
    command = [sys.executable, "-c", HOLD, str(path), str(flags)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        assert try_lock(path, flags) is None
        holder.kill()
        holder.wait()
    lock = try_lock(path, flags)
    assert lock is not None
    assert try_lock(path, flags) is None  # not even this process has it twice
    os.close(lock)


def test_a_new_file_is_for_its_owner_alone_and_no_child_inherits_it(tmp_path):
    lock = try_lock(tmp_path / "lock", NEW)
    assert os.fstat(lock).st_mode & 0o777 == 0o600
    assert not os.get_inheritable(lock)
    os.close(lock)


def test_what_is_not_there_is_not_locked(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert try_lock(tmp_path / "none", os.O_RDWR) is None
    assert try_lock(tmp_path / "link", os.O_RDWR) is None
    assert try_lock(tmp_path / "file", FOLDER) is None
    assert try_lock(tmp_path / "file" / "below", NEW) is None


def remove(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    path.unlink()
    path.touch()


def link(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")


@pytest.mark.parametrize("change", [remove, replace, link])
def test_what_its_last_holder_removed_meanwhile_locks_nothing(tmp_path, monkeypatch, change):
    path, flock = tmp_path / "lock", fcntl.flock
    descriptors = Path("/proc/self/fd")
    opened = len([*descriptors.iterdir()])

    def after(change: Callable[[Path], None]) -> Callable[[int, int], None]:
        """Lock as ever, once another process has changed what was just opened."""
        return lambda lock, how: (change(path), flock(lock, how))[1]

    monkeypatch.setattr(locks.fcntl, "flock", after(change))
    assert try_lock(path, NEW) is None
    assert len([*descriptors.iterdir()]) == opened


def test_a_fault_of_ours_is_not_taken_for_somebodys_lock(tmp_path):
    with pytest.raises(OSError, match="File name too long"):
        try_lock(tmp_path / ("x" * 300), NEW)
