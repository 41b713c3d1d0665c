"""Find every submission in a folder, whatever way it was handed in.

Three forms are known::

    <student>/<assignment>/<assignment>.ipynb     nbgrader's own
    <student>/<anything>.ipynb                    one notebook in a student's folder
    <student>.ipynb, 96%_<student>.ipynb          flat, the second with a claimed accuracy

Nothing is dropped silently: what cannot be used comes back as a submission with a problem.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from nbgrader.utils import parse_utc

from autograder.errors import IntakeError

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

MAX_NOTEBOOK_BYTES = 50 << 20
"""Longest notebook that is read."""

_FLAT = re.compile(r"(?:(?P<claim>\d{1,3}(?:\.\d+)?)%_)?(?P<student>.+)\.ipynb", re.ASCII)


@dataclass(frozen=True)
class Submission:
    """One student's notebook as it arrived.

    Attributes
    ----------
    student : str
        Identifier, from the folder's or the file's name.
    path : Path or None
        The notebook; None if there is none that can be used.
    claim : Fraction or None
        Accuracy that the file's name claims, 0 to 1.
    problem : str or None
        Why the submission cannot be run.
    timestamp : str or None
        nbgrader's ``timestamp.txt``, if it came along.
    notes : tuple of str
        What its reader should know.
    """

    student: str
    path: Path | None
    claim: Fraction | None = None
    problem: str | None = None
    timestamp: str | None = None
    notes: tuple[str, ...] = ()


def find_submissions(folder: Path, assignment: str) -> list[Submission]:
    """List the submissions for an assignment, one for each student, sorted by name.

    Parameters
    ----------
    folder : Path
        Where they were handed in; links in it are never followed.
    assignment : str
        Name of the assignment.

    Returns
    -------
    list of Submission
        Also those that cannot be run: their `problem` says why.

    Raises
    ------
    IntakeError
        If ``folder`` is not a folder.
    """
    if not folder.is_dir():
        raise IntakeError(folder)
    found: dict[str, list[Submission]] = defaultdict(list)
    for entry in sorted(folder.iterdir()):
        submission = _recognise(entry, assignment)
        if submission is not None:
            found[submission.student].append(submission)
    submissions = [_only(found[student]) for student in sorted(found)]
    logger.debug("%d submissions in %s", len(submissions), folder)
    return submissions


def _recognise(entry: Path, assignment: str) -> Submission | None:
    if entry.name.startswith(".") or entry.is_symlink():
        return None
    if entry.is_dir():
        return _from_folder(entry, assignment)
    named = _FLAT.fullmatch(entry.name)
    if named is None:
        return None
    claim = Fraction(named["claim"]) / 100 if named["claim"] else None
    return _checked(Submission(named["student"], entry, claim))


def _from_folder(entry: Path, assignment: str) -> Submission:
    inner = entry / assignment
    folder = inner if inner.is_dir() and not inner.is_symlink() else entry
    notebooks = [p for p in sorted(folder.glob("*.ipynb")) if p.is_file() and not p.is_symlink()]
    named = [p for p in notebooks if p.stem == assignment]
    chosen = named or notebooks
    if len(chosen) != 1:
        names = ", ".join(p.name for p in chosen) or "none"
        problem = f"expected one notebook, found: {names}"
        return Submission(entry.name, None, problem=problem)
    claimed = _FLAT.fullmatch(chosen[0].name)
    claim = Fraction(claimed["claim"]) / 100 if claimed and claimed["claim"] else None
    timestamp, notes = _read_timestamp(folder / "timestamp.txt")
    return _checked(Submission(entry.name, chosen[0], claim, timestamp=timestamp, notes=notes))


def _read_timestamp(path: Path) -> tuple[str | None, tuple[str, ...]]:
    """Return when a submission was handed in, and what is wrong with that."""
    if path.is_symlink() or not path.is_file():
        return None, ()
    with path.open(errors="replace") as file:
        text = file.read(100).strip()
    try:
        parse_utc(text)
    except (ValueError, OverflowError):
        return None, (f"{path.name} holds {text[:40]!r}, expected a date and a time",)
    return text, ()


def _checked(submission: Submission) -> Submission:
    assert submission.path is not None
    size = submission.path.stat().st_size
    if size > MAX_NOTEBOOK_BYTES:
        problem = f"{submission.path.name} has {size} bytes, more than {MAX_NOTEBOOK_BYTES}"
        return replace(submission, path=None, problem=problem)
    return submission


def _only(submissions: list[Submission]) -> Submission:
    """Keep one submission a student: which of two counts is a human's decision."""
    if len(submissions) == 1:
        return submissions[0]
    names = ", ".join(str(s.path.name if s.path else s.student) for s in submissions)
    problem = f"handed in {len(submissions)} times ({names}); keep one and grade again"
    return Submission(submissions[0].student, None, problem=problem)
