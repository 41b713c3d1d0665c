"""Recognise what is named as the folder of submissions by mistake, and name what was meant.

A platform's export has to be sorted by `autograder collect` first, and a folder above the class's
holds assignments, which look like students.
"""

from __future__ import annotations

import logging
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.collect.profiles import platform_of
from autograder.errors import IntakeError, MistakenFolderError, TooCostlyError
from autograder.sandbox.bounded_process import reading_process
from autograder.submissions.entries import Entry, Intake, Status, printable
from autograder.submissions.names import NOTEBOOK_SUFFIX, leftover

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.assignment import Assignment
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)

ZIP_SUFFIX = ".zip"
"""How names of exports end."""


def refuse_mistaken(folder: Path, assignment: Assignment, work: WorkDir) -> None:
    """Make sure that a folder may be a class's.

    Parameters
    ----------
    folder : Path
        Where submissions are looked for.
    assignment : Assignment
        Whose.
    work : WorkDir
        Folder that the grader writes to.

    Raises
    ------
    IntakeError
        If it is not a folder.
    MistakenFolderError
        If it is a zip file, or a folder above a class's.
    """
    usual = work.collected(assignment.name)
    if folder.is_file() and folder.suffix.casefold() == ZIP_SUFFIX:
        raise MistakenFolderError(folder, _told_of_export(folder, assignment.name))
    if not folder.is_dir():
        if usual.is_dir():
            raise MistakenFolderError(folder, f"is not a folder; did you mean {usual}?")
        raise IntakeError(folder)
    if folder.resolve() == work.root.resolve():
        meant = next((one for one in (usual, work.submitted) if one.is_dir()), None)
        asks = f"; did you mean {meant}?" if meant else ""
        raise MistakenFolderError(folder, f"is the folder that the grader writes to{asks}")
    if problem := _above(folder, assignment):
        raise MistakenFolderError(folder, problem)


def _above(folder: Path, assignment: Assignment) -> str | None:
    """Say that folders are named as the course's assignments, where all are; else None."""
    entries = [entry for entry in folder.iterdir() if not leftover(entry.name)]
    named = {entry.name for entry in entries if entry.is_dir()}
    notebooks = any(entry.name.casefold().endswith(NOTEBOOK_SUFFIX) for entry in entries)
    course = {entry.name for entry in assignment.folder.parent.iterdir() if entry.is_dir()}
    if notebooks or not named or not named <= course:
        return None
    found = f"holds folders of assignments ({', '.join(sorted(named))}), expected students'"
    below = folder / assignment.name
    if not below.is_dir() or (below / f"{assignment.name}{NOTEBOOK_SUFFIX}").exists():
        return found
    return f"{found}; did you mean {below}?"


def tell_exports(intake: Intake, folder: Path, assignment: str) -> Intake:
    """Say of exports that lie in a class's folder what they are: they are no student's.

    Parameters
    ----------
    intake : Intake
        What was found in the folder.
    folder : Path
        The class's.
    assignment : str
        Name of the assignment.

    Returns
    -------
    Intake
        Without a row for who handed in nothing but an export.
    """
    exports = {
        printable(path.name): why
        for path in folder.iterdir()
        if path.suffix.casefold() == ZIP_SUFFIX
        if not path.is_symlink() and (why := why_export(path, assignment))
    }
    if not exports:
        return intake
    entries = tuple(_told(entry, exports) for entry in intake.entries)
    others = {one.student for one in entries if one.student and "/" not in one.path}
    rows = tuple(one for one in intake.submissions if one.path or one.student in others)
    return Intake(rows, entries)


def _told(entry: Entry, exports: dict[str, str]) -> Entry:
    if entry.status is not Status.NOT_TAKEN or entry.path not in exports:
        return entry
    return replace(entry, student=None, why=exports[entry.path])


def why_export(path: Path, assignment: str) -> str | None:
    """Say what a zip file is that a platform exported, and what sorts it; None of any other."""
    return _told_of_export(path, assignment) if _platform_of(path) else None


def exports_in(intake: Intake, folder: Path, assignment: str) -> list[str]:
    """Return a line for each export in a folder without a notebook, or for what is zipped there.

    Parameters
    ----------
    intake : Intake
        What was found in the folder.
    folder : Path
        The class's.
    assignment : str
        Name of the assignment.

    Returns
    -------
    list of str
    """
    zipped = [one for one in intake.entries if one.path.casefold().endswith(ZIP_SUFFIX)]
    told = [f"{one.path} {one.why}" for one in zipped if one.student is None]
    if zipped and not told:
        return [f"`{_command(folder, assignment)}` unpacks what is zipped"]
    return told


def _told_of_export(path: Path, assignment: str) -> str:
    name = _platform_of(path)
    known = f"looks like an export of {name}" if name else "is a zip file, as exports are"
    return f"{known}: `{_command(path, assignment)}` sorts it by student"


def _platform_of(path: Path) -> str | None:
    """Look into a zip file where there are bounds: a student may have made it."""
    try:
        return reading_process().call(platform_of, path)
    except TooCostlyError as error:
        logger.warning("%r takes too much to look into: %s", path, error)
        return None


def _command(path: Path, assignment: str) -> str:
    return f"autograder collect {shlex.quote(str(path))} {assignment}"
