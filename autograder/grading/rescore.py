"""Score a class's recorded answers again: under other tiers, or by corrected labels.

No line of a submission runs. What each student's function answered when it last ran stands in
the evidence, and the grader has the labels: the rest is arithmetic. The result is what grading
everything again would give, as far as submissions answer the same each time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.arrays import unpack
from autograder.assignment import Assignment, open_holdout, tiers_text
from autograder.errors import PredictionError, PredictionValueError, RescoreError
from autograder.evidence.decisions import describe_correction, read_decisions
from autograder.evidence.entries import RESCORED
from autograder.evidence.log import open_log, seal
from autograder.evidence.queries import (
    last_standing,
    row_of_submission,
    rows_of_standing,
    same_images,
)
from autograder.evidence.runs import LatestSubmission, class_run, partial_notice
from autograder.grading.finalize import conclude, run_notices
from autograder.grading.journal import mend
from autograder.grading.measure import (
    current_labels,
    is_measured_by,
    labels_notice,
    measure_again,
    with_points,
)
from autograder.grading.recount import recount_class
from autograder.holdout.labels import Labels, keep_corrected, labels_of, read_corrected
from autograder.scoring.own_metric import load_own_metric
from autograder.scoring.tiers import load_tiers_text
from autograder.submissions.entries import Entry, Intake, Status
from helpers.idx import IDXError, read_idx
from helpers.metric_file import METRIC_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from autograder.evidence.runs import Run
    from autograder.holdout.dataset import Holdout
    from autograder.scoring.metrics import Metric
    from autograder.scoring.standing import GradeRow
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rescored:
    """A class that was scored again.

    Attributes
    ----------
    rows : list of GradeRow
        The class, best first.
    assignment : Assignment
        With the tiers that it was scored by.
    notices : tuple of str
        What the report says first.
    seal : str
        Number of entries and last hash of the evidence that it is made from.
    before : tuple of GradeRow
        The class as it stood until then.
    effect : str
        What a decision changed, if not what rows say.
    """

    rows: list[GradeRow]
    assignment: Assignment
    notices: tuple[str, ...]
    seal: str
    before: tuple[GradeRow, ...] = ()
    effect: str = ""


def rescore(
    assignment: Assignment,
    work: WorkDir,
    *,
    tiers: Path | None = None,
    labels: Path | None = None,
    why: str = "",
    consent: bool = False,
) -> Rescored:
    """Score the answers of the class again, and write the report anew.

    The class is that of the last complete run: who was in earlier ones alone has left.

    Parameters
    ----------
    assignment : Assignment
        What was graded.
    work : WorkDir
        Folder that the grader writes to: evidence, held-out images, report.
    tiers : Path, optional
        File of tiers to use in place of the assignment's own.
    labels : Path, optional
        IDX file of labels, shape and legal values as those held out, to use in their place from
        now on, until others are given. A copy is kept beside the held-out images.
    why : str, optional
        Why labels are corrected.
    consent : bool, default False
        Whether the last complete run will do where a later one was cut short.

    Returns
    -------
    Rescored

    Raises
    ------
    EvidenceMissingError
        If no submission was graded yet.
    RunCutShortError
        If the last run did not come to its end, without `consent`.
    GradebookError
        If the gradebook cannot be written; evidence and report are by then.
    RescoreError
        If labels do not fit, if the assignment is graded by points but tiers or labels are
        given, or if a recorded score is not what its recorded answers come to.
    EvidenceError, HoldoutError, TierError
        If something cannot be read.
    """
    path = work.evidence(assignment.name)
    if assignment.tiers is None and (tiers or labels):
        raise RescoreError(path, f"{assignment.name} is graded by points: no tiers, no labels")
    text = _read_tiers(tiers, path) if tiers else tiers_text(assignment)
    if tiers and text is not None:
        found = load_tiers_text(text, where=str(tiers), own=partial(_own, tiers, assignment))
        assignment = replace(assignment, tiers=found)
    holdout = open_holdout(assignment, work)
    held, corrected = labels_of(holdout), None
    if labels is not None and holdout is not None and held is not None:
        corrected = _corrected(labels, holdout, held, assignment, path)
    with open_log(path) as log:
        mend(log, work, assignment.name)
        standing = last_standing(log.entries)
        before = rows_of_standing(standing.body, assignment.name) if standing else []
        run = class_run(path, log.entries, consent=consent)
        if corrected is not None and held is not None:
            sha256 = read_decisions(log.entries).labels(held.images)
            until_now = read_corrected(holdout, sha256) if holdout and sha256 else None
            log.append(_decision(corrected, until_now or held, why or f"rescore --labels {labels}"))
        used = current_labels(holdout, log.entries)
        counted = recount_class(run, log, work, assignment)
        run = class_run(path, log.entries, consent=consent)
        seen, left_out = same_images(run, held)
        logger.info("scores %d submissions again, leaves out %d", len(seen), len(left_out))
        rows = [_score_again(one, assignment, used, path) for one in seen.values()]
        told = [*_explain(used, holdout, tiers, left_out), *([] if counted else [_NOT_COUNTED])]
        notices = (*_notices(assignment, seen, holdout), *told, *partial_notice(log.entries))
        facts: dict[str, Any] = {"tiers": text, "labels": used, "notices": notices}
        facts |= {"entries": _unusual_entries(run), "holdout": holdout}
        table = conclude(rows, assignment, log, work, by=RESCORED, **facts)
        return Rescored(table, assignment, notices, seal(log), tuple(before))


def _unusual_entries(run: Run) -> tuple[str, ...]:
    """Return what the report of a run said of the folder that the class handed in."""
    told = run.entry.body.get("entries", [])  # 0.2 did not keep it
    entries = (Entry(path, student, Status(status), *rest) for path, student, status, *rest in told)
    return Intake((), tuple(entries)).unusual


def _own(tiers: Path, assignment: Assignment) -> Metric:
    """Return the metric beside other tiers, or where they have none the assignment's own."""
    beside, usual = (folder / METRIC_FILE for folder in (tiers.parent, assignment.folder))
    return load_own_metric(beside if beside.is_file() else usual)


def _read_tiers(tiers: Path, log: Path) -> str:
    try:
        return tiers.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RescoreError(log, f"cannot read the tiers {tiers}: {error}") from error


def _corrected(
    labels: Path, holdout: Holdout, held: Labels, assignment: Assignment, log: Path
) -> Labels:
    """Read corrected labels, check them against those held out, and keep a copy."""
    try:
        values = read_idx(labels)
    except (OSError, IDXError) as error:
        raise RescoreError(log, f"cannot read the labels {labels}: {error}") from error
    assert assignment.tiers is not None
    if values.shape != held.values.shape or values.dtype != held.values.dtype:
        found = f"{values.dtype} of shape {values.shape}"
        expected = f"{held.values.dtype} of shape {held.values.shape}"
        raise RescoreError(log, f"labels {labels} are {found}, expected {expected}")
    try:
        _check_labels(values, held.values, assignment.tiers.metric)
    except PredictionError as error:
        what = f"labels {labels} are {error.found}, expected {error.expected}"
        raise RescoreError(log, what) from error
    return keep_corrected(holdout, values)


def _check_labels(values: NDArray[Any], held: NDArray[Any], metric: Metric) -> None:
    """Refuse labels that are no answers; what an own metric is answered with may be no label."""
    if not metric.own:
        metric.check(values, held)
    elif unknown := sorted({*values.ravel().tolist()} - {*held.ravel().tolist()}):
        expected = "values of the labels held out"
        raise PredictionValueError(f"the labels {', '.join(map(str, unknown))}", expected)


_NOT_COUNTED = (
    "Marks that a person gave since the run are not in it: another program has the gradebook open."
)


def _decision(now: Labels, before: Labels, why: str) -> dict[str, Any]:
    """Say in the evidence which labels hold from now on, and of which images they are others."""
    differ = (now.values != before.values).reshape(len(now.values), -1).any(axis=1)
    return describe_correction(now.sha256, now.images, np.flatnonzero(differ).tolist(), why)


def _score_again(
    one: LatestSubmission, assignment: Assignment, labels: Labels | None, log: Path
) -> GradeRow:
    """Return a submission's row with its score, and the points that it earns, found anew."""
    row, score = row_of_submission(one.entry.body, assignment.name), one.entry.body["score"]
    if score is None or assignment.tiers is None:
        return row
    metric = assignment.tiers.metric
    then, now = one.run.body["holdout"], None if labels is None else labels.sha256
    as_before = is_measured_by(one, metric) and (then or {}).get("labels") == now
    if labels is None or score["answers"] is None:
        if as_before:
            return with_points(row, assignment.tiers)
        raise RescoreError(log, f"{row.student} was scored, but the answers were not kept")
    row = replace(row, answers=unpack(score["answers"]))
    if as_before:
        _check_score(row, metric, labels.values, log)
        return with_points(row, assignment.tiers)
    return measure_again(row, labels, assignment.tiers)


def _check_score(row: GradeRow, metric: Metric, truth: NDArray[np.uint8], log: Path) -> None:
    """Make sure that a recorded score follows from what is recorded beside it."""
    assert row.answers is not None
    found = metric.score_of(truth, metric.check(row.answers, truth))
    if found != row.score:
        what = f"{row.student} has {row.score} on record, but the recorded answers come to {found}"
        raise RescoreError(log, what)


def _notices(
    assignment: Assignment, seen: Mapping[str, LatestSubmission], holdout: Holdout | None
) -> list[str]:
    sandboxed = all(one.run.body["caged"] for one in seen.values())
    return run_notices(assignment, holdout, sandboxed=sandboxed)


def _explain(
    used: Labels | None, holdout: Holdout | None, tiers: Path | None, left_out: list[str]
) -> Iterator[str]:
    """Say in what this report differs from the one that the run wrote."""
    yield "Scored again from recorded answers; nothing was run."
    if tiers:
        yield f"By the tiers in {tiers.name}, not the assignment's own."
    yield from labels_notice(used, holdout)
    if left_out:
        yield f"Left out, for they last answered about other images: {', '.join(left_out)}."
