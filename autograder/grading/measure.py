"""Measure recorded answers again: by labels that were corrected, under tiers that were changed."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from autograder.errors import HoldoutDamagedError, PredictionError
from autograder.evidence.decisions import read_decisions
from autograder.holdout.labels import Labels, labels_of, read_corrected
from autograder.scoring.predictions import points_for_grade
from autograder.scoring.standing import with_capstone_points

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograder.evidence.hashchain import Entry
    from autograder.evidence.runs import LatestSubmission
    from autograder.holdout.dataset import Holdout
    from autograder.scoring.metrics import Metric
    from autograder.scoring.standing import GradeRow
    from autograder.scoring.tiers import Tiers

logger = logging.getLogger(__name__)


def current_labels(holdout: Holdout | None, entries: Iterable[Entry]) -> Labels | None:
    """Return the labels that hold now: as held out, or as a person corrected them.

    Parameters
    ----------
    holdout : Holdout or None
        An assignment's held-out images.
    entries : iterable of Entry
        Its evidence, which names corrections.

    Returns
    -------
    Labels or None
        None where nothing is held out.

    Raises
    ------
    HoldoutDamagedError
        If a file of corrected labels is missing or was altered.
    """
    held = labels_of(holdout)
    if held is None or holdout is None:
        return None
    sha256 = read_decisions(entries).labels(held.images)
    if sha256 is None:
        return held
    found = read_corrected(holdout, sha256)
    if found is None:
        raise HoldoutDamagedError(holdout.folder, f"corrected/{sha256}.idx is missing")
    return found


def measure_again(row: GradeRow, labels: Labels, tiers: Tiers) -> GradeRow:
    """Return a row with the score that its answers come to, and the points that it earns.

    What labels of another kind cannot score has no score, and a note says so. A row without
    answers stays as it is.
    """
    if row.answers is None:
        return row
    metric = tiers.metric
    try:
        answers = metric.check(row.answers, labels.values)
    except PredictionError as error:
        logger.warning("%r cannot be scored again", row.student, exc_info=error)
        row = replace(row, measured=None, notes=(*row.notes, f"cannot be scored again: {error}"))
        return with_points(row, tiers)
    measured = metric.measure(labels.values, answers)
    return with_points(replace(row, answers=answers, measured=measured), tiers)


def is_measured_by(one: LatestSubmission, metric: Metric) -> bool:
    """Whether a score on record, if there is one, is by this metric, and by this file of it."""
    score = one.entry.body["score"]
    if score is None:
        return True
    found = score["metric"], score.get("metric_sha256", "")  # earlier logs knew no other
    return found == (metric.name, metric.sha256)


def with_points(row: GradeRow, tiers: Tiers) -> GradeRow:
    """Give the scored cell the points that its grade earns under some tiers."""
    if row.capstone is None:
        return row
    grade = 0 if row.score is None else tiers.place(row.score).grade
    return with_capstone_points(row, points_for_grade(row.capstone.max_points, grade, tiers))


def labels_notice(labels: Labels | None, holdout: Holdout | None) -> list[str]:
    """Say by how many corrected labels a class is scored; nothing if there are none."""
    held = labels_of(holdout)
    if held is None or labels is None or labels.sha256 == held.sha256:
        return []
    # a comparison by rows: an image may have several labels
    n = int((labels.values != held.values).reshape(len(held.values), -1).any(axis=1).sum())
    return [f"By labels that were corrected for {n} of {len(held.values)} held-out images."]
