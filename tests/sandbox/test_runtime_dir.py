"""A killed grader leaves nothing for long, and a running one loses nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograder.sandbox import cgroups, uids
from autograder.sandbox import runtime_dir as workspace
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.processes import alive, tree, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterable

HOLD = """
import sys
from pathlib import Path
from autograder.sandbox import runtime_dir
runtime_dir.TOP = Path(sys.argv[1])
print(runtime_dir.own_folder(), flush=True)
input()
"""


@pytest.fixture
def top(tmp_path, monkeypatch) -> Path:
    """A place of its own for grading processes' folders: in the real one, others sweep too."""
    monkeypatch.setattr(workspace, "TOP", tmp_path)
    return tmp_path


def holder(top: Path) -> subprocess.Popen[str]:
    """Start a process that has a folder below ``top``; `told_folder` waits until it has."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLD, str(top)]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


def told_folder(process: subprocess.Popen[str]) -> Path:
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_a_folder_ends_with_its_process(top):
    process = holder(top)
    folder = told_folder(process)
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o777 == 0o700
    process.communicate("\n")
    assert process.returncode == 0
    assert not folder.exists()


def test_a_killed_process_is_swept_and_a_running_one_is_not(top):
    killed, running = holder(top), holder(top)
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


def test_nobody_elses_folder_is_taken(top):
    (top / "grader-open").mkdir(mode=0o755)
    (top / "grader-file").touch()
    (top / "elsewhere").mkdir(mode=0o700)
    (top / "grader-link").symlink_to(top / "elsewhere")
    if os.geteuid() == 0:
        (top / "grader-theirs").mkdir(mode=0o700)
        os.chown(top / "grader-theirs", 61_700, 61_700)
    before = sorted(top.iterdir())
    assert not [path for path in workspace.sweep() if path.startswith(str(top))]
    assert sorted(top.iterdir()) == before


def test_a_folder_that_was_never_finished_goes_after_a_minute(top):
    old, new = top / ".making-grader-old", top / ".making-grader-new"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (0, time.time() - 61))
    workspace.sweep()
    assert not old.exists()
    assert new.exists()


def test_a_forked_process_has_a_folder_of_its_own(top, monkeypatch):
    monkeypatch.setattr(workspace, "_mine", None)
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
    workspace._leave()


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


def folders(processes: Iterable[int]) -> set[Path]:
    """Return the folders that processes hold the lock of."""
    links = set()
    for pid in processes:
        for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
            with contextlib.suppress(OSError):  # closed meanwhile
                links.add(str(descriptor.readlink()))
    return {Path(link) for link in links if link.startswith(f"{workspace.TOP}/grader-")}


@pytest.mark.slow
def test_a_grader_killed_mid_run_leaves_nothing_after_the_next_start(tmp_path):
    course = make_course(tmp_path)
    limits = "[limits]\ncell_seconds = 900\nnotebook_seconds = 900\n"
    (course / "solutions" / NAME / "run.toml").write_text(f"[holdout]\nsize = 250\n{limits}")
    # the run is not over before this test ends it, and `sleep` tells that it has come this far
    sleeps = "import subprocess\nsubprocess.run(['sleep', '900.25'])"
    hand_in(course, "s01", submission(double=sleeps))
    command = [sys.executable, "-m", "autograder.cli.app", "--course", str(course), "grade", NAME]
    handed_in = ["--submitted", str(course / "in"), "--workers", "2"]
    null = subprocess.DEVNULL
    grader = subprocess.Popen([*command, *handed_in], stdout=null, stderr=null)
    try:
        wait_for(lambda: any("900.25" in one.words for one in tree(grader.pid).values()))
        grader.send_signal(signal.SIGSTOP)  # it starts nothing more
        running = [*tree(grader.pid)]
        left = folders(running)
        assert left
        assert any(groups(folder.name) for folder in left) or not has_groups()
    finally:
        grader.kill()
        grader.wait()
    wait_for(lambda: not any(map(alive, running)))
    again = [*command, "--submitted", str(tmp_path / "nowhere")]
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    assert "nowhere is not a folder" in done.stderr
    # whatever starts next sweeps: this one here, or another test's grader, which may be at it still
    wait_for(lambda: not any(folder.exists() for folder in left))
    wait_for(lambda: not any(groups(folder.name) for folder in left))
