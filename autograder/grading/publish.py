"""Publish a class's grades: what the report drafts becomes what the class is told."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.errors import EvidenceMissingError, PublicationError
from autograder.evidence.entries import describe_publication
from autograder.evidence.log import open_log, seal
from autograder.evidence.queries import (
    last_standing,
    published_standing,
    rows_of_standing,
    tiers_in,
)
from autograder.evidence.runs import class_run
from autograder.grading.diff import Change, diff
from autograder.reporting.page import CSV_FILE
from autograder.reporting.tables import format_csv, strip_controls
from helpers.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from autograder.holdout.dataset import Holdout
    from autograder.scoring.standing import GradeRow
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Publication:
    """What was published.

    Attributes
    ----------
    path : Path
        The file that holds it.
    rows : tuple of GradeRow
        What it says of each student.
    changes : list of Change or None
        What is new against the publication before; None if this is the first.
    again : bool
        Whether just this standing had been published already.
    seal : str
        Number of entries and last hash of the evidence, this publication included.
    """

    path: Path
    rows: tuple[GradeRow, ...]
    changes: list[Change] | None
    again: bool
    seal: str


def publish(
    assignment: str, work: WorkDir, holdout: Holdout | None, *, consent: bool = False
) -> Publication:
    """Write ``<work>/published/<assignment>/grades.csv`` and note that in the evidence.

    Nothing is written where that would take somebody's mark, or take somebody out of the class, or
    where the last run was cut short.

    Parameters
    ----------
    assignment : str
        Name of the assignment.
    work : WorkDir
        Folder that the grader writes to.
    holdout : Holdout or None
        The assignment's held-out images, if any, to tell which labels were corrected.
    consent : bool, default False
        Whether to publish all the same; after a run that was cut short, the class as it stood
        before.

    Returns
    -------
    Publication

    Raises
    ------
    EvidenceMissingError
        If the class was not graded yet.
    RunCutShortError
        If the last run did not come to its end, without `consent`, or without a run before it.
    PublicationError
        If somebody who was told a mark would have none, or would be gone, without `consent`.
    EvidenceError, HoldoutError
        If something cannot be read, or the evidence cannot be written.
    """
    path = work.evidence(assignment)
    with open_log(path) as log:
        class_run(path, log.entries, consent=consent)
        standing, before = last_standing(log.entries), published_standing(log.entries)
        if standing is None:
            raise EvidenceMissingError(path, "nothing to publish yet; grade the class first")
        changes = diff(log.entries, holdout)
        if not consent and (taken := lost(changes or ())):
            told = len(rows_of_standing(before.body, assignment)) if before else 0
            names = (strip_controls(change.student) for change in taken)
            raise PublicationError(path, tuple(names), tuple(lowered(changes or ())), told)
        rows = rows_of_standing(standing.body, assignment)
        target = work.published(assignment) / CSV_FILE
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as file:
            file.write(format_csv(rows, tiers_in(standing.body)).encode())
        again = before is not None and before.hash == standing.hash
        logger.info("published %d rows in %s", len(rows), target)
        if not again:
            log.append(describe_publication(standing.hash, target))
        return Publication(target, tuple(rows), changes, again, seal(log))


def lost(changes: Iterable[Change]) -> list[Change]:
    """Return the changes by which somebody leaves the class, or has no mark who was told one."""
    return [
        one
        for one in changes
        if one.before is not None
        and (one.after is None or (one.before.final is not None and one.after.final is None))
    ]


def lowered(changes: Iterable[Change]) -> list[str]:
    """Say whose mark gets lower, with both marks."""
    marks = (
        (
            change.student,
            getattr(change.before, "final", None),
            getattr(change.after, "final", None),
        )
        for change in changes
    )
    return [
        f"{strip_controls(student)} {before} → {after}"
        for student, before, after in marks
        if before is not None and after is not None and after < before
    ]
