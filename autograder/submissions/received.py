"""Say what one entry of a class's folder brings: a notebook that counts, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autograder.outcome import Outcome
from autograder.submissions.contents import read_content
from autograder.submissions.entries import Entry, Status
from autograder.submissions.extra_files import FilesTaken, take_files
from autograder.submissions.names import (
    NOBODY,
    NOTEBOOK_SUFFIX,
    TEXT_SUFFIXES,
    WORK_SUFFIXES,
    Name,
    read_name,
)
from autograder.submissions.offers import Offer, choose, shown_below
from autograder.submissions.old_outputs import why_unreadable
from autograder.submissions.student_folder import Found, place_of, search
from autograder.submissions.timestamps import TIMESTAMP_FILE, read_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from autograder.submissions.release import Release

FLAT_IN_FOLDER = 1
"""Place of a notebook that lies in a student's folder itself."""

MOST_OPENED = 20
"""Files of a student that are looked into where none is named as a notebook."""


@dataclass
class Received:
    """What one entry brings for a student.

    Attributes
    ----------
    student : str
        Whose it is.
    entry : Path
        The file or folder.
    shown : str
        Its path below the class's folder.
    offer : Offer or None
        The notebook that counts of it; None if there is none, or a person has to decide.
    problem : str
        Why there is none.
    several : bool
        Whether that is because a person has to decide which of its notebooks counts.
    outcome : Outcome
        What that makes of a student who handed in nothing else.
    timestamp : str or None
        When it was handed in.
    remarks : tuple of str
        What is unusual about its name or its place.
    notes : tuple of str
        What the row says besides, if it counts.
    files : FilesTaken
        What goes along with it.
    inner : list of Entry
        What lies in the folder besides.
    """

    student: str
    entry: Path
    shown: str
    offer: Offer | None = None
    problem: str = ""
    several: bool = False
    outcome: Outcome = Outcome.NEEDS_REVIEW
    timestamp: str | None = None
    remarks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    files: FilesTaken = field(default_factory=FilesTaken)
    inner: list[Entry] = field(default_factory=list)


def receive_file(path: Path, name: Name) -> Received | str:
    """Look at a file of the class's folder.

    Parameters
    ----------
    path : Path
        A plain file.
    name : Name
        What its name says.

    Returns
    -------
    Received or str
        What it brings; the reason, if it is nobody's submission.
    """
    assert name.student is not None
    shown = shown_below(path, path.parent)
    received = Received(name.student, path, shown)
    usual = name.suffix == NOTEBOOK_SUFFIX
    if usual and (why := why_unreadable(path)):
        received.problem = f"{shown}: {why}"
        return received
    if usual or read_content(path) is not None:
        remarks = name.remarks
        if not usual or not path.name.endswith(NOTEBOOK_SUFFIX):
            remarks = (*remarks, f"named {shown!r}, expected a name that ends in .ipynb")
        received.offer = Offer(shown, path, name.claim, name.backup)
        received.remarks = remarks
        return received
    if name.backup:
        return "an editor's back-up"
    known = f".{name.suffix.rpartition('.')[2]}" in WORK_SUFFIXES | {*TEXT_SUFFIXES}
    if not known or name.student.casefold() in NOBODY:
        return f"no notebook; expected {name.student}.ipynb"
    received.problem = f"handed in {shown}, which is no notebook; expected {name.student}.ipynb"
    return received


def receive_folder(
    folder: Path, name: Name, assignment: str, release: Release | None, course: Path | None
) -> Received:
    """Look through a student's folder.

    Parameters
    ----------
    folder : Path
        No link.
    name : Name
        What its name says.
    assignment : str
        Whose notebook is looked for.
    release : Release or None
        What was handed out, if that is known.
    course : Path or None
        The assignment's own folder.

    Returns
    -------
    Received
    """
    assert name.student is not None
    shown = shown_below(folder, folder.parent)
    received = Received(name.student, folder, shown, remarks=name.remarks)
    found = search(folder, assignment)
    offers = list(_offers(found, folder, name, assignment))
    if offers:
        _choose(received, offers, found, release, course)
    else:
        _explain(received, found, assignment)
    received.inner += _leftovers(received, found)
    return received


def _offers(found: Found, folder: Path, name: Name, assignment: str) -> Iterator[Offer]:
    unnamed = [] if found.notebooks else found.others[:MOST_OPENED]
    opened = [path for path in unnamed if read_content(path) is not None]
    for path in (*found.notebooks, *opened):
        if why := why_unreadable(path):
            found.not_taken[path] = why
            continue
        own, shown = read_name(path.name), shown_below(path, folder.parent)
        preferred = path.stem.casefold() == assignment.casefold()
        place = place_of(path, folder, assignment)
        yield Offer(shown, path, own.claim or name.claim, own.backup, preferred, place)


def _choose(
    received: Received,
    offers: list[Offer],
    found: Found,
    release: Release | None,
    course: Path | None,
) -> None:
    """Choose the notebook of a folder that counts, and what goes along with it."""
    choice = choose(offers, release)
    if choice.chosen is None:
        names = ", ".join(offer.shown for offer in choice.open)
        received.problem = f"expected one notebook, found: {names}; keep one and grade again"
        received.several = True
        return
    received.offer, path = choice.chosen, choice.chosen.path
    along = {o for o in choice.passed_over if _goes_along(o, release)}
    others = {offer.path for offer in offers} - {offer.path for offer in along}
    below = _names_below(path.parent, [*found.others, *found.notebooks], others)
    received.files = take_files(path.parent, below, course)
    received.timestamp, notes = _timestamp(path.parent, received.entry)
    received.notes = (*notes, *received.files.notes)
    received.remarks += tuple(_oddities(received.offer))
    for offer in choice.passed_over.keys() - along:
        why = f"does not count beside {received.offer.shown}: {choice.passed_over[offer]}"
        received.inner.append(Entry(offer.shown, received.student, Status.NOT_TAKEN, why))
        received.notes = (*received.notes, f"{offer.shown} {why}")


def _oddities(offer: Offer) -> Iterator[str]:
    """Say what is unusual about where a notebook lies, and how it is named."""
    if offer.place > FLAT_IN_FOLDER:
        yield f"the notebook is {offer.shown}"
    if not offer.path.name.endswith(NOTEBOOK_SUFFIX):
        yield f"named {offer.shown!r}, expected a name that ends in .ipynb"


def _goes_along(offer: Offer, release: Release | None) -> bool:
    """Whether a notebook is rather one that the chosen one runs."""
    return release is not None and offer.content is not None and not offer.content.related(release)


def _names_below(folder: Path, paths: list[Path], without: set[Path]) -> list[str]:
    below = (path for path in paths if path not in without and path.is_relative_to(folder))
    return [path.relative_to(folder).as_posix() for path in below]


def _timestamp(folder: Path, entry: Path) -> tuple[str | None, tuple[str, ...]]:
    """Read the time beside the notebook, or else above it, up to the student's folder."""
    while folder != entry and not (folder / TIMESTAMP_FILE).exists():
        folder = folder.parent
    return read_timestamp(folder)


def _explain(received: Received, found: Found, assignment: str) -> None:
    """Say why there is no notebook in a folder."""
    below = received.entry.parent
    unusable = [f"{shown_below(p, below)} ({why})" for p, why in found.not_taken.items()]
    others = [shown_below(path, below) for path in found.others]
    if unusable or others:
        names = ", ".join([*others, *unusable])
        received.problem = f"expected one notebook, found: {names}"
        return
    received.outcome = Outcome.NOT_HANDED_IN
    received.problem = f"expected one notebook of {assignment}, found: none"
    if found.elsewhere:
        names = ", ".join(shown_below(path, below) for path in found.elsewhere)
        received.problem += f" but those of other assignments: {names}"


def _leftovers(received: Received, found: Found) -> Iterator[Entry]:
    """Account for what lies in a student's folder beside the notebook."""
    below, whose = received.entry.parent, received.student
    for path, what in found.skipped.items():
        yield Entry(shown_below(path, below), whose, Status.SKIPPED, what)
    for path in found.elsewhere:
        why = "another assignment's"
        yield Entry(shown_below(path, below), whose, Status.SKIPPED, why, usual=True)
    for path, why in found.not_taken.items():
        yield Entry(shown_below(path, below), whose, Status.NOT_TAKEN, why)
    if received.offer is not None:
        folder = received.offer.path.parent
        for file in received.files.files:
            why = f"goes along with {received.offer.shown}"
            yield Entry(shown_below(file.path, below), whose, Status.TAKEN, why, usual=True)
        for name, why in received.files.left_out.items():
            yield Entry(shown_below(folder / name, below), whose, Status.NOT_TAKEN, why)
