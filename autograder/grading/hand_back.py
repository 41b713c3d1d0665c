"""Write each student's page, and a zip file of them as a platform takes it."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.collect.profiles import PROFILES
from autograder.collect.run import collect
from autograder.errors import ProfileError
from autograder.evidence.log import read_log
from autograder.evidence.queries import published_standing, rows_of_standing
from autograder.grading.student_feedback import student_feedback
from autograder.reporting.feedback import render_feedback
from autograder.submissions.entries import printable
from autograder.submissions.kept_roster import course_roster
from helpers.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autograder.holdout.dataset import Holdout
    from autograder.submissions.roster import Roster
    from autograder.workdir import WorkDir

PAGE = "feedback.html"
"""What a student's page is called on a platform."""

NAMED = 3
"""Students whom an error names."""


@dataclass(frozen=True)
class HandedBack:
    """What was written.

    Attributes
    ----------
    pages : mapping of str to Path
        Each student's page.
    archive : Path
        All of them, named as the platform wants it.
    without : tuple of str
        Whose page is not in the archive: the export holds no file of theirs to name it by.
    """

    pages: Mapping[str, Path]
    archive: Path
    without: tuple[str, ...]


def hand_back(
    assignment: str,
    work: WorkDir,
    holdout: Holdout | None,
    *,
    export: Path | None = None,
    roster: Path | None = None,
    pictures: bool = False,
) -> HandedBack:
    """Write a page for each student of a published class.

    Parameters
    ----------
    assignment : str
        Name of the assignment.
    work : WorkDir
        Folder that the grader writes to.
    holdout : Holdout or None
        The assignment's held-out images, if it has any.
    export : Path, optional
        What Moodle or Canvas exported for this class: the archive's names are made from it. By
        default each student has a folder in it.
    roster : Path, optional
        Who is in the course, as `export` was collected by; by default the roster given last.
    pictures : bool, default False
        Whether misread held-out images are shown.

    Returns
    -------
    HandedBack

    Raises
    ------
    EvidenceMissingError
        If nothing was published yet.
    ProfileError
        If the export is of a platform that takes no such archive, or names nobody of the class.
    RosterError
        If the roster cannot be read.
    """
    entries = read_log(work.evidence(assignment)).entries
    told = published_standing(entries)
    students = [] if told is None else [r.student for r in rows_of_standing(told.body, assignment)]
    names = None
    if export is not None and students:
        names = _names(export, assignment, course_roster(work, roster, students))
        if not names.keys() & {*students}:
            raise ProfileError(export, f"names nobody of {_some(students)}; {_EXPECTED}")
    folder = work.returned(assignment)
    folder.mkdir(parents=True, exist_ok=True)
    pages: dict[str, Path] = {}
    for one in student_feedback(assignment, work, holdout, pictures=pictures):
        path = folder / f"{one.row.student}.html"
        with replacing(path) as file:
            file.write(render_feedback(one, assignment).encode("utf-8", "replace"))
        pages[one.row.student] = path
    for stray in set(folder.glob("*.html")) - set(pages.values()):
        stray.unlink()  # of somebody who has left the class
    if names is None:
        names = {student: f"{student}/{PAGE}" for student in pages}
    archive = folder / f"{assignment}.zip"
    with replacing(archive) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for student in sorted(pages.keys() & names.keys()):
            packed.write(pages[student], names[student])
    return HandedBack(pages, archive, tuple(sorted(pages.keys() - names.keys())))


_EXPECTED = "expected their files; if it calls them otherwise, --roster says whom it means"


def _some(students: Sequence[str]) -> str:
    more = f" and {len(students) - NAMED} more" if len(students) > NAMED else ""
    return ", ".join(map(printable, students[:NAMED])) + more


def _names(export: Path, assignment: str, roster: Roster) -> dict[str, str]:
    """Return what a platform wants each student's page to be called, by what it exported."""
    with tempfile.TemporaryDirectory(prefix="names-") as folder:
        done = collect(export, Path(folder, "class"), assignment, roster=roster)
    name_of = PROFILES[done.profile].returned
    if name_of is None:
        able = ", ".join(name for name, one in PROFILES.items() if one.returned)
        raise ProfileError(export, f"read as {done.profile}; expected an export of {able}")
    found = {
        student: [name for entry in entries if (name := name_of(entry.path, PAGE))]
        for student, entries in done.students.items()
    }
    return {student: named[-1] for student, named in found.items() if named}
