"""Account for every entry of a folder in which a class handed in.

Three forms are known::

    <student>/<assignment>/<assignment>.ipynb     nbgrader's own
    <student>/<anything>.ipynb                    one notebook in a student's folder
    <student>.ipynb, 96%_<student>.ipynb          flat, the second with a claimed accuracy

People hand in a lot else: `docs/reference/intake.md` says what becomes of each kind. Nothing is
dropped silently: each entry has a line, and what may be somebody's work has a row. What lies in a
folder is never run here, and links are never followed.
"""

from __future__ import annotations

import logging
import stat
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.errors import IntakeError
from autograder.outcome import Outcome
from autograder.submissions.entries import (
    Entry,
    Intake,
    Status,
    Submission,
    printable,
    reason_of,
)
from autograder.submissions.names import NOTEBOOK_SUFFIX, leftover, read_name
from autograder.submissions.offers import Choice, Offer, choose
from autograder.submissions.received import Received, receive_file, receive_folder

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.submissions.release import Release

logger = logging.getLogger(__name__)


def find_submissions(
    folder: Path, assignment: str, release: Release | None = None, course: Path | None = None
) -> Intake:
    """Find the submissions for an assignment, and account for everything else.

    Parameters
    ----------
    folder : Path
        Where they were handed in; links in it are never followed.
    assignment : str
        Name of the assignment.
    release : Release, optional
        What was handed out; without it, a notebook that nobody worked on is not told from others.
    course : Path, optional
        The assignment's own folder: what it puts beside notebooks is not replaced.

    Returns
    -------
    Intake
        With a submission for each student, also where it cannot be run: its `problem` says why.

    Raises
    ------
    IntakeError
        If ``folder`` is not a folder, or cannot be read.
    """
    require_folder(folder)
    received: dict[str, list[Received]] = defaultdict(list)
    entries: list[Entry] = []
    for path in sorted(folder.iterdir()):
        brought = _receive(path, assignment, release, course)
        if isinstance(brought, Entry):
            entries.append(brought)
        else:
            received[brought.student].append(brought)
    submissions: list[Submission] = []
    _tell_alike(received)
    for student in sorted(received):
        submission, told = _settle(student, received[student], release)
        submissions.append(submission)
        entries += told
    logger.debug("%d submissions in %s", len(submissions), folder)
    return Intake(tuple(submissions), tuple(sorted(entries, key=lambda entry: entry.path)))


def require_folder(folder: Path) -> None:
    """Make sure that submissions can be looked for.

    Raises
    ------
    IntakeError
        If ``folder`` is not a folder.
    """
    if not folder.is_dir():
        raise IntakeError(folder)


def _receive(
    path: Path, assignment: str, release: Release | None, course: Path | None
) -> Received | Entry:
    shown = printable(path.name)
    try:
        mode = path.lstat().st_mode
        if what := leftover(path.name):
            return Entry(shown, None, Status.SKIPPED, what)
        if stat.S_ISLNK(mode):
            return Entry(shown, None, Status.NOT_TAKEN, "a link, which is never followed")
        name = read_name(path.name, folder=stat.S_ISDIR(mode))
        if name.student is None:
            return Entry(shown, None, Status.NOT_TAKEN, "its name says nothing of a student")
        if stat.S_ISDIR(mode):
            return receive_folder(path, name, assignment, release, course)
        if not stat.S_ISREG(mode):
            return Entry(shown, None, Status.NOT_TAKEN, "no plain file")
        brought = receive_file(path, name)
    except OSError as error:
        return Entry(shown, None, Status.NOT_TAKEN, f"cannot be read: {reason_of(error)}")
    if isinstance(brought, Received):
        return brought
    return Entry(shown, None, Status.NOT_TAKEN, brought)


def _settle(
    student: str, received: list[Received], release: Release | None
) -> tuple[Submission, list[Entry]]:
    """Make one submission of all that a student handed in, and account for each."""
    # the plainest name first: of two that are the same it is the one that counts
    received = sorted(received, key=_plainness)
    inner = [entry for one in received for entry in one.inner]
    offers = {_apart(one.offer): one for one in received if one.offer is not None}
    if not offers:
        return _unusable(student, received), [*inner, *map(_refused, received)]
    choice = choose(list(offers), release)
    if problem := _undecided(received, choice, release):
        entries = [Entry(one.shown, student, Status.NOT_TAKEN, problem) for one in received]
        return Submission(student, None, problem=problem), [*inner, *entries]
    assert choice.chosen is not None
    (chosen,) = (one for offer, one in offers.items() if offer.path == choice.chosen.path)
    passed = {offers[offer].shown: why for offer, why in choice.passed_over.items()}
    passed |= {one.shown: one.problem for one in received if one.offer is None}
    why = "; ".join(chosen.remarks)
    entries = [Entry(chosen.shown, student, Status.TAKEN, why, usual=not why)]
    entries += [Entry(name, student, Status.NOT_TAKEN, why) for name, why in passed.items()]
    return _submission(chosen, choice.chosen, passed), [*inner, *entries]


def _plainness(one: Received) -> tuple[int, bool, int, str]:
    exact = one.shown in (one.student, f"{one.student}{NOTEBOOK_SUFFIX}")
    return len(one.remarks), not exact, len(one.shown), one.shown


def _apart(offer: Offer) -> Offer:
    """Return an offer without its place in a folder: between two entries that says nothing."""
    return replace(offer, place=0, preferred=False)


def _undecided(received: list[Received], choice: Choice, release: Release | None) -> str | None:
    """Return why a person has to decide which of several counts; None if one does."""
    names = ", ".join(one.shown for one in received)
    if several := next((one.problem for one in received if one.several), None):
        return several
    if choice.chosen is None:
        return f"handed in {len(received)} times ({names}); keep one and grade again"
    content = choice.chosen.content
    untouched = release is not None and content is not None and not content.own(release)
    maybe_work = (one for one in received if one.offer is None)
    if untouched and any(one.outcome is Outcome.NEEDS_REVIEW for one in maybe_work):
        return f"handed in {names}, of which the notebook is as it was handed out"
    return None


def _submission(chosen: Received, offer: Offer, passed: dict[str, str]) -> Submission:
    notes = [f"{name} does not count beside {chosen.shown}: {why}" for name, why in passed.items()]
    return Submission(
        chosen.student,
        offer.path,
        claim=offer.claim,
        timestamp=chosen.timestamp,
        notes=(*chosen.remarks, *chosen.notes, *notes),
        files=tuple(chosen.files.files),
    )


def _unusable(student: str, received: list[Received]) -> Submission:
    """Make a row of what holds no notebook; whatever may be work goes before nothing at all."""
    review = [one for one in received if one.outcome is Outcome.NEEDS_REVIEW]
    told = review or received
    problem = "; ".join(one.problem for one in told)
    notes = tuple(remark for one in told for remark in one.remarks)
    return Submission(student, None, problem=problem, outcome=told[0].outcome, notes=notes)


def _refused(one: Received) -> Entry:
    return Entry(one.shown, one.student, Status.NOT_TAKEN, one.problem)


def _tell_alike(received: dict[str, list[Received]]) -> None:
    """Note names that differ in upper and lower case alone: they may be one person's."""
    by_folded: dict[str, list[str]] = defaultdict(list)
    for student in sorted(received):
        by_folded[student.casefold()].append(student)
    for alike in (names for names in by_folded.values() if len(names) > 1):
        for student in alike:
            others = ", ".join(name for name in alike if name != student)
            for one in received[student]:
                one.remarks += (f"there is {others} too: is that the same student?",)
