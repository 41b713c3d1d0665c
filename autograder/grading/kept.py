"""Keep what was handed in where nbgrader looks for it: below ``work/submitted``."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from autograder.submissions.extra_files import MAX_FILE_BYTES
from autograder.submissions.timestamps import EXCHANGE_FILES, SECRET_FILE, TIMESTAMP_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.submissions.entries import Submission
    from autograder.workdir import WorkDir

REPLACED = "-replaced"
"""Behind the name of a notebook of the student's own that another one of theirs takes over."""


MAX_SECRET_BYTES = 1000
"""nbgrader's own secrets have 128."""


def keep(submission: Submission, work: WorkDir, assignment: str) -> Path:
    """Copy a notebook, its time and the files beside it, as `nbgrader collect` leaves them.

    What an earlier hand-in left there goes: it would be taken for a part of this one.

    Parameters
    ----------
    submission : Submission
        With a notebook; what lies in its place already stays as it is.
    work : WorkDir
        Folder that the grader writes to.
    assignment : str
        Name of the assignment.

    Returns
    -------
    Path
        The notebook's copy.
    """
    assert submission.path is not None
    target = work.submitted_notebook(submission.student, assignment)
    if submission.path.resolve() == target.resolve():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    if not submission.path.resolve().is_relative_to(target.parent.resolve()):
        _replace_files(submission, target.parent)
    elif target.exists():
        target.rename(target.with_stem(target.stem + REPLACED))
    shutil.copyfile(submission.path, target)
    return target


def _replace_files(submission: Submission, folder: Path) -> None:
    for old in sorted(folder.rglob("*")):
        if old.is_symlink() or old.is_file():
            old.unlink()
    if submission.timestamp is not None:
        (folder / TIMESTAMP_FILE).write_text(f"{submission.timestamp}\n", encoding="utf-8")
    assert submission.path is not None
    secret = submission.path.with_name(SECRET_FILE)
    if secret.is_file() and not secret.is_symlink() and secret.stat().st_size <= MAX_SECRET_BYTES:
        shutil.copyfile(secret, folder / SECRET_FILE)
    for file in submission.files:
        copy = folder / file.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.path, copy)


def pass_on(kept: Path, executed: Path) -> None:
    """Put what nbgrader's exchange looks for beside the executed notebook.

    By it formgrader knows that the executed one is of the last hand-in, and `nbgrader
    release_feedback` whose feedback is whose.

    Parameters
    ----------
    kept : Path
        Folder with what was handed in.
    executed : Path
        Folder with the executed notebook.
    """
    for name in EXCHANGE_FILES:
        source, target = kept / name, executed / name
        if source.is_file() and not source.is_symlink():
            shutil.copyfile(source, target)
        else:
            target.unlink(missing_ok=True)


def read_kept_files(folder: Path, submission: Submission) -> dict[str, bytes]:
    """Return the content of what goes along with a submission, by name.

    It is read from the copies: what a run gets is what the evidence names, whatever is collected
    meanwhile.
    """
    contents = {}
    for file in submission.files:
        copy = folder / file.name
        with (copy if copy.is_file() else file.path).open("rb") as opened:
            contents[file.name] = opened.read(MAX_FILE_BYTES)
    return contents
