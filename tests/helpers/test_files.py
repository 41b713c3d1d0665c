"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from helpers.files import PART, replacing, replacing_folder, sweep

if TYPE_CHECKING:
    from pathlib import Path


def content(folder: Path) -> dict[str, str]:
    """All files below a folder, and what they hold."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def make(target: Path, text: str) -> None:
    with replacing_folder(target) as folder:
        for number in range(20):
            (folder / f"{number}").write_text(text)


def test_a_folder_appears_whole_with_its_parents(tmp_path):
    target = tmp_path / "a" / "b"
    with replacing_folder(target) as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "file").write_text("whole")
        assert not target.exists()
        assert folder.parent == target.parent
    assert content(tmp_path) == {"a/b/sub/file": "whole"}
    assert list(target.parent.iterdir()) == [target]


def test_a_folder_has_the_usual_mode_and_keeps_the_modes_inside(tmp_path):
    (tmp_path / "usual").mkdir()
    with replacing_folder(tmp_path / "made") as folder:
        (folder / "secret").mkdir(mode=0o700)
        os.close(os.open(folder / "secret" / "labels", os.O_CREAT, 0o600))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes["made"] == modes["usual"]
    assert (modes["secret"], modes["labels"]) == (0o700, 0o600)


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt])
def test_after_an_error_nothing_is_left(tmp_path, error):
    with pytest.raises(error), replacing_folder(tmp_path / "a") as folder:  # noqa: PT012  # what the block did before must be undone
        (folder / "half").write_text("half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_whoever_was_faster_stays(tmp_path):
    with replacing_folder(tmp_path / "a") as slow:
        (slow / "file").write_text("slow")
        make(tmp_path / "a", "fast")
    assert set(content(tmp_path / "a").values()) == {"fast"}
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_empty_folder_is_replaced(tmp_path):
    (tmp_path / "a").mkdir()
    make(tmp_path / "a", "full")
    assert len(content(tmp_path / "a")) == 20


def test_a_file_in_the_way_is_an_error_and_stays(tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(OSError, match=r"a'$"):
        make(tmp_path / "a", "new")
    assert content(tmp_path) == {"a": "mine"}


def test_of_several_at_once_one_wins_and_nobody_fails(tmp_path):
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        for future in [pool.submit(make, tmp_path / "a", text) for text in "abcdef"]:
            future.result(timeout=120)
    assert len(set(content(tmp_path / "a").values())) == 1
    assert len(content(tmp_path)) == 20


def kill_in_the_middle(code: str) -> None:
    """Run a block that says when it has begun, and kill it then."""
    code = f"from helpers.files import *\n{code}; print(flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:
        assert process.stdout.readline() == b"\n"
        process.kill()


@pytest.mark.parametrize(
    "code",
    [
        "with replacing_folder({!r}) as f: (f / 'x').touch()",
        "with replacing({!r}) as f: f.write(b'')",
    ],
)
def test_what_a_killed_process_left_is_swept_once_it_is_old(tmp_path, code):
    kill_in_the_middle(code.format(str(tmp_path / "a")))
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".a.")
    assert left.name.endswith(PART)
    sweep(tmp_path)
    assert left.exists()  # for all we know its process is still at work
    os.utime(left, (0, 0))
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_sweeping_follows_no_link_and_takes_nothing_else(tmp_path):
    (tmp_path / "kept").mkdir()
    for name in ("kept/.a.part", ".hidden", "b.part"):
        (tmp_path / name).write_text("kept")
        os.utime(tmp_path / name, (0, 0))
    link = tmp_path / ".c.part"
    link.symlink_to(tmp_path / "kept")
    os.utime(link, (0, 0), follow_symlinks=False)
    sweep(tmp_path)
    assert set(content(tmp_path)) == {"kept/.a.part", ".hidden", "b.part"}
    assert not link.is_symlink()


def test_a_file_keeps_what_it_held_until_the_block_ends_well(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(ValueError, match="no"), replacing(tmp_path / "a") as file:  # noqa: PT012  # what the block did before must be undone
        file.write(b"half")
        raise ValueError("no")
    assert content(tmp_path) == {"a": "old"}
    with replacing(tmp_path / "a") as file:
        file.write(b"new")
        file.flush()
        assert (tmp_path / "a").read_text() == "old"
    assert content(tmp_path) == {"a": "new"}
