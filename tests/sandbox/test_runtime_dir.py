"""A killed grader leaves nothing for long, and a running one loses nothing."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from autograder.sandbox import cgroups, uids
from autograder.sandbox import runtime_dir as workspace
from tests.support.course import NAME, hand_in, make_course, submission

HOLD = "from autograder.sandbox.runtime_dir import {0}; print({0}(), flush=True); input()"


def holder(what: str = "own_folder") -> subprocess.Popen[str]:
    """Start a process that has a folder, and wait until it has."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLD.format(what)]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


def told_folder(process: subprocess.Popen[str]) -> Path:
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_a_folder_ends_with_its_process():
    process = holder()
    folder = told_folder(process)
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o777 == 0o700
    process.communicate("\n")
    assert process.returncode == 0
    assert not folder.exists()


def test_a_killed_process_is_swept_and_a_running_one_is_not():
    killed, running = holder(), holder()
    orphan, held = told_folder(killed), told_folder(running)
    (orphan / "cage-1").mkdir()
    (orphan / "cage-1" / "k-1").touch()
    (orphan / "link").symlink_to(held)
    assert str(orphan) not in workspace.sweep()
    killed.kill()
    killed.communicate()
    assert orphan.exists()
    assert str(orphan) in workspace.sweep()
    assert not orphan.exists()
    assert held.is_dir()
    running.communicate("\n")


def test_nobody_elses_folder_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(workspace, "TOP", tmp_path)
    (tmp_path / "grader-open").mkdir(mode=0o755)
    (tmp_path / "grader-file").touch()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "grader-link").symlink_to(tmp_path / "elsewhere")
    if os.geteuid() == 0:
        (tmp_path / "grader-theirs").mkdir(mode=0o700)
        os.chown(tmp_path / "grader-theirs", 61_700, 61_700)
    before = sorted(tmp_path.iterdir())
    assert not [path for path in workspace.sweep() if path.startswith(str(tmp_path))]
    assert sorted(tmp_path.iterdir()) == before


def test_a_folder_that_was_never_finished_goes_after_a_minute(tmp_path, monkeypatch):
    monkeypatch.setattr(workspace, "TOP", tmp_path)
    old, new = tmp_path / ".making-grader-old", tmp_path / ".making-grader-new"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (0, time.time() - 61))
    workspace.sweep()
    assert not old.exists()
    assert new.exists()


def test_a_forked_process_has_a_folder_of_its_own():
    mine = workspace.own_folder()
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writer, str(workspace.own_folder()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    other = Path(os.read(reader, 200).decode())
    os.close(reader)
    os.close(writer)
    assert other != mine
    assert str(other) in workspace.sweep()
    assert mine.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a user id for each sandbox")
def test_user_ids_are_apart_and_come_back():
    first, second = uids.take(), uids.take()
    assert first.number != second.number
    uids.sweep()
    third = uids.take()
    assert third.number not in (first.number, second.number)
    for taken in (first, second, third):
        taken.release()
    assert not any(uids._path(taken.number).exists() for taken in (first, second, third))


def has_groups() -> bool:
    try:
        return bool(cgroups.find_hierarchy())
    except cgroups.NoCgroupsError:
        return False


def groups(name: str) -> list[Path]:
    found = cgroups.find_hierarchy().folders if has_groups() else ()
    return [path for folder in found for path in folder.glob(f"{name}*")]


def members(root: int) -> dict[int, str]:
    """Return a process and all below it, with their names."""
    found = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines())
        except OSError:
            continue
        found[int(fields["Pid"])] = int(fields["PPid"]), fields["Name"]
    below, size = {root}, 0
    while len(below) != size:
        size = len(below)
        below |= {pid for pid, (parent, _) in found.items() if parent in below}
    return {pid: found[pid][1] for pid in below if pid in found}


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # the latter if it ends while it is read
        return False


def wait_for(condition, seconds: float):
    latest = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < latest, "took too long"
        time.sleep(0.05)
    return found


def folders(processes: Iterable[int]) -> set[Path]:
    """Return the folders that processes hold the lock of."""
    links = set()
    for pid in processes:
        for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
            with contextlib.suppress(OSError):  # closed meanwhile
                links.add(os.readlink(descriptor))
    return {Path(link) for link in links if link.startswith(f"{workspace.TOP}/grader-")}


@pytest.mark.slow
def test_a_grader_killed_mid_run_leaves_nothing_after_the_next_start(tmp_path):
    course = make_course(tmp_path)
    hand_in(course, "s01", submission())
    command = [
        sys.executable,
        "-m",
        "autograder.cli.app",
        "--course",
        str(course),
        "grade",
        NAME,
    ]
    handed_in = ["--submitted", str(course / "in"), "--workers", "2"]
    null = subprocess.DEVNULL
    grader = subprocess.Popen([*command, *handed_in], stdout=null, stderr=null)
    wait_for(lambda: list(members(grader.pid).values()).count("cat") >= 2, 120)  # sandboxes
    running = members(grader.pid)
    left = folders(running)
    assert left
    assert any(groups(folder.name) for folder in left) or not has_groups()
    grader.kill()
    grader.wait()
    wait_for(lambda: not any(map(alive, running)), 30)
    assert any(folder.exists() for folder in left)
    again = [*command, "--submitted", str(tmp_path / "nowhere")]
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    assert "nowhere is not a folder" in done.stderr
    assert not any(folder.exists() for folder in left)
    assert not any(groups(folder.name) for folder in left)
