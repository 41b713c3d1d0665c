"""Collect a class: from what a platform exported to a folder that ``autograder grade`` reads.

Each student's work goes into a folder of theirs, with a timestamp as nbgrader writes it where the
export has one. Zip files are unpacked, also those in it, and a notebook is recovered from a page
that it was exported as, where nothing else was handed in. What is chosen of several files is then
for `autograder.submissions.collect` to say.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.collect.archive import unpack
from autograder.collect.handed import Handed, Skipped
from autograder.collect.html_notebook import recover
from autograder.collect.profiles import find_profile
from autograder.errors import ArchiveError, CollectError, IntakeError
from autograder.submissions.entries import Entry, Status, printable, reason_of
from autograder.submissions.names import NOTEBOOK_SUFFIX, same_text
from autograder.submissions.timestamps import TIMESTAMP_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograder.submissions.roster import Roster

logger = logging.getLogger(__name__)

MAX_NESTED = 2
"""How many archives deep work may lie: a student's zip file in the class's."""

MAX_STUDENT_BYTES = 2 * 2**30
"""Most bytes that a student's zip file may hold."""

_PAGES = (".html", ".htm")


@dataclass
class Collected:
    """What became of an export.

    Attributes
    ----------
    profile : str
        How it was read.
    students : dict of str to list of Entry
        Each student's files, as the export has them; a student of the roster who sent nothing has
        an empty list.
    late : set of str
        Of whom the export says that they were late.
    entries : list of Entry
        What was not taken, or skipped, and is nobody's.
    """

    profile: str
    students: dict[str, list[Entry]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)


def collect(
    source: Path,
    target: Path,
    assignment: str,
    *,
    roster: Roster | None = None,
    profile: str | None = None,
) -> Collected:
    """Lay out a class.

    Parameters
    ----------
    source : Path
        What was exported: a folder or a zip file.
    target : Path
        Where each student gets a folder; nothing may be there yet.
    assignment : str
        What was handed in, where the export has several.
    roster : Roster, optional
        Who is in the course. Without it, students are named as the export names them.
    profile : str, optional
        How to read the export; found by what is in it by default.

    Returns
    -------
    Collected

    Raises
    ------
    ArchiveError
        If the zip file cannot be read.
    CollectError
        If the target is not empty.
    IntakeError
        If there is no such folder or file.
    ProfileError
        If it is not what `profile` reads.
    """
    if target.exists() and any(target.iterdir()):
        raise CollectError(target, "expected an empty folder, or none")
    with tempfile.TemporaryDirectory(prefix="collect-") as folder:
        place, left_out = _opened(source, Path(folder, "export"))
        chosen, root = find_profile(place, profile)
        done = Collected(chosen.name, {name: [] for name in roster.students} if roster else {})
        done.entries += [Entry(n, None, Status.NOT_TAKEN, why) for n, why in left_out.items()]
        _lay_out(_by_student(chosen.read(root, assignment), root, roster, done), root, target, done)
    logger.info("%s read as %s: %d students", source, done.profile, len(done.students))
    return done


def _opened(source: Path, folder: Path) -> tuple[Path, dict[str, str]]:
    if source.is_dir():
        return source, {}
    if not source.is_file():
        raise IntakeError(source)
    done = unpack(source, folder)
    return done.folder, done.skipped


def _by_student(
    found: Iterable[Handed | Skipped], root: Path, roster: Roster | None, done: Collected
) -> dict[str, list[Handed]]:
    """Sort what was handed in by whose it is; note what is nobody's."""
    students: dict[str, list[Handed]] = defaultdict(list)
    unnamed = [one for one in found if _is_handed(one, root, done)]
    alike = _namesakes(one for one in unnamed if isinstance(one, Handed))
    for one in unnamed:
        assert isinstance(one, Handed)
        names = {same_text(one.student)}
        if roster is not None:
            names = set(roster.find((*one.keys, one.student)))
        elif one.student in alike and one.keys:
            names = {same_text(f"{one.student}_{one.keys[0]}")}
        if len(names) == 1:
            students[names.pop()].append(one)
            continue
        whose = " or ".join(sorted(names))
        why = (
            f"{one.student!r} may be {whose}" if names else f"{one.student!r} is not on the roster"
        )
        done.entries.append(Entry(_shown(one.path, root), None, Status.NOT_TAKEN, why))
    return students


def _is_handed(one: Handed | Skipped, root: Path, done: Collected) -> bool:
    if isinstance(one, Skipped):
        done.entries.append(Entry(_shown(one.path, root), None, Status.SKIPPED, one.why))
    return isinstance(one, Handed)


def _namesakes(handed: Iterable[Handed]) -> set[str]:
    """Return the names that more than one person has, by the platform's numbers."""
    numbers: dict[str, set[str]] = defaultdict(set)
    for one in handed:
        numbers[one.student].update(one.keys[:1])
    return {name for name, found in numbers.items() if len(found) > 1}


def _lay_out(students: dict[str, list[Handed]], root: Path, target: Path, done: Collected) -> None:
    for student, handed in sorted(students.items()):
        latest = max(one.attempt for one in handed)
        told = done.students.setdefault(student, [])
        for one in handed:
            shown = _shown(one.path, root)
            if one.attempt < latest:
                why = "an earlier attempt: the latest counts"
                told.append(Entry(shown, student, Status.NOT_TAKEN, why))
                continue
            try:
                told += _take(one, student, shown, target)
            except (OSError, ArchiveError) as error:
                why = reason_of(error) if isinstance(error, OSError) else str(error)
                told.append(Entry(shown, student, Status.NOT_TAKEN, why))
            if one.late:
                done.late.add(student)


def _take(one: Handed, student: str, shown: str, target: Path) -> list[Entry]:
    """Put what was handed in into the student's folder; say what became of it."""
    percent = f"{float(one.claim * 100):g}%_" if one.claim is not None else ""
    folder = target / f"{percent}{student}"
    folder.mkdir(parents=True, exist_ok=True)
    if one.path.is_dir():
        _copy_tree(one.path, folder)
    else:
        shutil.copyfile(one.path, folder / (same_text(one.name) or one.path.name))
    remarks = [*_unpack_inside(folder), *_recover_inside(folder)]
    if one.timestamp and not list(folder.rglob(TIMESTAMP_FILE)):
        (folder / TIMESTAMP_FILE).write_text(f"{one.timestamp}\n", encoding="utf-8")
    why = "; ".join(remarks)
    return [Entry(shown, student, Status.TAKEN, why, usual=not remarks)]


def _copy_tree(source: Path, folder: Path) -> None:
    """Copy what lies in a folder; links are left out, and so is what git keeps."""

    def left_out(where: str, names: list[str]) -> list[str]:
        return [name for name in names if name == ".git" or Path(where, name).is_symlink()]

    shutil.copytree(source, folder, ignore=left_out, dirs_exist_ok=True)


def _unpack_inside(folder: Path) -> list[str]:
    """Unpack zip files that a student handed in, and those in them; say so."""
    told = []
    for _ in range(MAX_NESTED):
        for path in sorted(folder.rglob("*")):
            if path.suffix.casefold() == ".zip" and path.is_file():
                told += _unpack_beside(path, path.relative_to(folder).as_posix())
    return told


def _unpack_beside(path: Path, shown: str) -> list[str]:
    place = path.with_suffix("") if not path.with_suffix("").exists() else path.with_suffix(".d")
    try:
        done = unpack(path, place, MAX_STUDENT_BYTES)
    except ArchiveError as error:  # it stays, so that a person is told of it
        return [f"{shown} {error.problem}"]
    path.unlink()
    _lift(place)
    left_out = [f"{name} in it is left out: {why}" for name, why in done.skipped.items()]
    return [f"{shown} is unpacked", *left_out]


def _lift(place: Path) -> None:
    """Move what was unpacked to where the archive lay, if nothing there has such a name.

    A folder named as the archive would be read as another assignment's.
    """
    content = sorted(place.iterdir())
    if not any((place.parent / one.name).exists() for one in content):
        for one in content:
            one.rename(place.parent / one.name)
        place.rmdir()


def _recover_inside(folder: Path) -> list[str]:
    """Recover notebooks from pages, where a student handed in no notebook; say so."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if any(path.name.casefold().endswith(NOTEBOOK_SUFFIX) for path in files):
        return []
    told = []
    for path in files:
        text = recover(path) if path.suffix.casefold() in _PAGES else None
        if text is not None:
            path.with_suffix(NOTEBOOK_SUFFIX).write_text(text, encoding="utf-8")
            path.unlink()
            told.append(f"the notebook is recovered from the page {path.name}")
    return told


def _shown(path: Path, root: Path) -> str:
    return printable(path.relative_to(root))
