"""Decide about a class: set a mark, grant an extension, correct a label; and take that back.

Each decision becomes an entry of the evidence, and the class is scored again at once, without a
run: report, gradebook and tables hold it from then on.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from autograder.assignment import Assignment, open_holdout
from autograder.errors import DecisionError
from autograder.evidence.decisions import (
    describe_correction,
    describe_extension,
    describe_override,
    read_decisions,
)
from autograder.evidence.log import open_log, read_log
from autograder.evidence.runs import class_run, complete_run
from autograder.gradebook.due_dates import due_date
from autograder.grading.extensions import arrival, describe_effect, due_advice, known_students
from autograder.grading.measure import current_labels
from autograder.grading.rescore import Rescored, rescore
from autograder.holdout.labels import keep_corrected, labels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from autograder.evidence.hashchain import Entry
    from autograder.holdout.dataset import Holdout
    from autograder.holdout.labels import Labels
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)

HIGHEST = 100
"""Of marks."""

SHOWN = 5
"""Students that a message names."""


def override(
    assignment: Assignment, work: WorkDir, student: str, mark: int | None, why: str
) -> Rescored:
    """Set a student's final mark, or take back that it was set.

    Parameters
    ----------
    assignment : Assignment
        What was graded.
    work : WorkDir
        Folder that the grader writes to.
    student : str
        Whose mark.
    mark : int or None
        From 0 to 100; None for the one that is reckoned.
    why : str
        The reason, for the record.

    Returns
    -------
    Rescored

    Raises
    ------
    DecisionError
        If the mark is none, the student is not in the class, or no mark was set that could be
        taken back.
    EvidenceError
        If there is no class yet, or its last run was cut short.
    """
    _require_reason(why)
    if mark is not None and not 0 <= mark <= HIGHEST:
        raise DecisionError(f"a mark of {mark}", f"one from 0 to {HIGHEST}")
    path = work.evidence(assignment.name)
    with open_log(path) as log:
        _require_member(student, class_run(path, log.entries).students)
        if mark is None and student not in read_decisions(log.entries).overrides:
            raise DecisionError(f"no mark that was set for {student!r}", "one to take back")
        log.append(describe_override(student, mark, why))
    logger.info("final mark of %r: %s", student, "as reckoned" if mark is None else mark)
    return rescore(assignment, work)


def extend(
    assignment: Assignment, work: WorkDir, student: str, until: datetime | None, why: str
) -> Rescored | str:
    """Let an assignment be due later for one student, or as for everybody again.

    Parameters
    ----------
    assignment : Assignment
        Which.
    work : WorkDir
        Folder that the grader writes to.
    student : str
        For whom: of the class, or on its roster; nobody needs to have handed in yet.
    until : datetime or None
        When it is due, with an offset from UTC; None for the date of all.
    why : str
        The reason, for the record.

    Returns
    -------
    Rescored or str
        What was scored again; what was noted, if no class was graded yet: then it holds from the
        first time on.

    Raises
    ------
    DecisionError
        If the assignment has no due date, this one is not later, or nobody knows the student.
    EvidenceError, GradebookError
        If something cannot be read or written.
    """
    _require_reason(why)
    due = _due(assignment, work)
    if until is not None and (due is None or until <= due):
        found = "no due date" if due is None else f"an extension until {until.isoformat(' ')}"
        after = f"one after the due date, {due.isoformat(' ')}" if due else ""
        raise DecisionError(found, after or due_advice(assignment.name, work))
    path = work.evidence(assignment.name)
    with open_log(path) as log:
        if until is None and read_decisions(log.entries).extensions.get(student) is None:
            raise DecisionError(f"no extension of {student!r}", "one to take back")
        known = known_students(log.entries, work)
        if until is not None and known:
            _require_member(student, known, "or of its roster, after `autograder grade --roster`")
        before = arrival(log.entries, work, assignment.name, student)
        log.append(describe_extension(student, until, why))
        graded = complete_run(log.entries) is not None
    logger.info("%r is due %s", student, until or "as all")
    done = rescore(assignment, work) if graded else None
    now = arrival(read_log(path).entries, work, assignment.name, student)
    effect = describe_effect(assignment, student, until, due, (before, now))
    return effect if done is None else replace(done, effect=effect)


def _due(assignment: Assignment, work: WorkDir) -> datetime | None:
    if assignment.late is not None and assignment.late.due is not None:
        return assignment.late.due.astimezone(UTC)
    return due_date(assignment.name, work) if work.has_gradebook else None


def correct_label(
    assignment: Assignment, work: WorkDir, image: int, value: str | None, why: str
) -> Rescored:
    """Correct what is right for a held-out image, or take that back.

    Parameters
    ----------
    assignment : Assignment
        Graded by a score on held-out images.
    work : WorkDir
        Folder that the grader writes to.
    image : int
        Its number, from 0.
    value : str or None
        A digit, or a 0 or 1 for each label; None for what was held out.
    why : str
        The reason, for the record.

    Returns
    -------
    Rescored

    Raises
    ------
    DecisionError
        If there is no such image, or no such label.
    EvidenceError, HoldoutError
        If something cannot be read.
    """
    _require_reason(why)
    holdout, path = open_holdout(assignment, work), work.evidence(assignment.name)
    with open_log(path) as log:
        class_run(path, log.entries)
        before = labels_now(assignment, holdout, log.entries, image)
        held = labels_of(holdout)
        assert holdout is not None
        assert held is not None
        values = before.values.copy()
        values[image] = held.values[image] if value is None else _parsed(value, before.values)
        if value is None and (values == before.values).all():
            raise DecisionError(f"no corrected label of image {image}", "one to take back")
        if (values == before.values).all():
            raise DecisionError(f"the label that image {image} has", "another one")
        now = keep_corrected(holdout, values)
        log.append(describe_correction(now.sha256, now.images, [image], why))
    logger.info("the label of image %d is another one", image)  # which one is a secret
    return rescore(assignment, work)


def labels_now(
    assignment: Assignment, holdout: Holdout | None, entries: Sequence[Entry], image: int
) -> Labels:
    """Return the labels that hold now, of which one is an image's.

    Raises
    ------
    DecisionError
        If the assignment has no held-out images, or not so many.
    """
    found = current_labels(holdout, entries)
    if found is None:
        raise DecisionError(f"{assignment.name}, graded by points", "held-out images")
    if not 0 <= image < len(found.values):
        raise DecisionError(f"image {image}", f"one from 0 to {len(found.values) - 1}")
    return found


def _parsed(value: str, labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Read a label of the kind that the others are of."""
    wide = labels.ndim > 1
    legal = "01" if wide else "".join(map(str, range(int(labels.max()) + 1)))
    length = labels.shape[1] if wide else 1
    if len(value) != length or not set(value) <= set(legal):
        kind = f"{length} digits of 0 and 1" if wide else f"a digit from 0 to {legal[-1]}"
        raise DecisionError(f"the label {value!r}", kind)
    return np.array([int(letter) for letter in value], np.uint8).reshape(labels.shape[1:])


def _require_reason(why: str) -> None:
    if not why.strip():
        raise DecisionError("no reason", "--why, for who reads the record")


def _require_member(student: str, class_: frozenset[str], or_else: str = "") -> None:
    if student not in class_:
        shown = ", ".join(sorted(class_)[:SHOWN]) + (", ..." if len(class_) > SHOWN else "")
        raise DecisionError(
            f"the student {student!r}", f"one of the class: {shown}{or_else and f'; {or_else}'}"
        )
