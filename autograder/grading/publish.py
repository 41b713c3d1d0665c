"""Publish a class's grades: what the report drafts becomes what the class is told."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.errors import EvidenceMissingError
from autograder.evidence.entries import describe_publication
from autograder.evidence.log import open_log, seal
from autograder.evidence.queries import last_standing, published_standing, rows_of_standing
from autograder.grading.diff import Change, diff
from autograder.reporting.page import CSV_FILE
from autograder.reporting.tables import format_csv
from autograder.scoring.tiers import load_tiers_text
from helpers.files import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.holdout.dataset import Holdout
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Publication:
    """What was published.

    Attributes
    ----------
    path : Path
        The file that holds it.
    students : int
        How many rows it has.
    changes : list of Change or None
        What is new against the publication before; None if this is the first.
    again : bool
        Whether just this standing had been published already.
    seal : str
        Number of entries and last hash of the evidence, this publication included.
    """

    path: Path
    students: int
    changes: list[Change] | None
    again: bool
    seal: str


def publish(assignment: str, work: WorkDir, holdout: Holdout | None) -> Publication:
    """Write ``<work>/published/<assignment>/grades.csv`` and note that in the evidence.

    Parameters
    ----------
    assignment : str
        Name of the assignment.
    work : WorkDir
        Folder that the grader writes to.
    holdout : Holdout or None
        The assignment's held-out images, if any, to tell which labels were corrected.

    Returns
    -------
    Publication

    Raises
    ------
    EvidenceMissingError
        If the class was not graded to the end yet.
    EvidenceError, HoldoutError
        If something cannot be read, or the evidence cannot be written.
    """
    path = work.evidence(assignment)
    with open_log(path) as log:
        standing, before = last_standing(log.entries), published_standing(log.entries)
        if standing is None:
            raise EvidenceMissingError(path, "nothing to publish yet; grade the class first")
        changes = diff(log.entries, holdout)
        rows = rows_of_standing(standing.body, assignment)
        tiers = standing.body["tiers"]
        target = work.published(assignment) / CSV_FILE
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as file:
            file.write(format_csv(rows, load_tiers_text(tiers) if tiers else None).encode())
        again = before is not None and before.hash == standing.hash
        logger.info("published %d rows in %s", len(rows), target)
        if not again:
            log.append(describe_publication(standing.hash, target))
        return Publication(target, len(rows), changes, again, seal(log))
