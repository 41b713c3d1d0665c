"""Bodies of entries in the log of evidence: what happened in a run.

==============  =====================================================================
``run``         what submissions met: machine, versions, notebooks, images, limits
``submission``  one of them: what was handed in, what came of it, what it answered
``kept``        which earlier one of these holds in this run, since nothing has changed
``standing``    the class's table after a run, or after scoring its answers again
``published``   which of these tables the class was told
``spread``      what a submission came to when it was run again with other seeds
``manual``      what a person gave answers that the gradebook does not hold any more
==============  =====================================================================

Labels and secret seeds are named by hashes alone. `autograder.evidence.queries` reads entries
back.
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, astuple
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import nbformat

from autograder.arrays import pack
from autograder.assignment import tiers_text
from autograder.execution.versions import versions
from autograder.scoring.own_metric import describe_metric
from helpers.files import sha256

if TYPE_CHECKING:  # costly to import, and most readers of evidence need none of it
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from autograder.evidence.hashchain import Problem
    from autograder.execution.job_factory import JobFactory
    from autograder.execution.timing import Span
    from autograder.holdout.dataset import Holdout
    from autograder.holdout.originals import Loaded
    from autograder.scoring.metrics import Metric
    from autograder.scoring.predictions import Score
    from autograder.scoring.standing import GradeRow
    from autograder.submissions.entries import Entry
    from autograder.submissions.release import Release
    from autograder.submissions.roster import Roster


RUN, SUBMISSION, STANDING, PUBLISHED = "run", "submission", "standing", "published"
"""Kinds of entries."""

KEPT = "kept"
"""Kind of an entry that lets an earlier one about a submission hold in a later run."""

SPREAD = "spread"
"""Kind of an entry about other seeds."""

MANUAL = "manual"
"""Kind of an entry about marks that a person gave."""

RESCORED = "rescore"
"""What made a standing without a run."""

FORMAT = 1
"""Of the bodies; to be counted up when what they hold changes its meaning."""


def describe_run(
    jobs: JobFactory,
    release: Release,
    submissions: int,
    mended: Sequence[Problem] = (),
    entries: Sequence[Entry] = (),
    roster: Roster | None = None,
    course: str = "",
) -> dict[str, Any]:
    """Say what all submissions of a run have in common.

    Parameters
    ----------
    jobs : JobFactory
        The assignment, its held-out images, and whether it runs in the sandbox.
    release : Release
        What submissions are restored from.
    submissions : int
        How many were handed in.
    mended : sequence of Problem, optional
        What an earlier grader that was killed had left in the log.
    entries : sequence of Entry, optional
        What lay in the folder that was graded, and what was done with it.
    roster : Roster, optional
        Who is in the class; None if nobody said.
    course : str, optional
        SHA-256 of what notebooks may read of the course.

    Returns
    -------
    dict
        Body of a ``run`` entry.
    """
    assignment = jobs.assignment
    return {
        "kind": RUN,
        "format": FORMAT,
        "at": _now(),
        "assignment": assignment.name,
        "submissions": submissions,
        "caged": jobs.sandboxed,
        "limits": asdict(assignment.limits),
        # TOML knows dates, JSON does not
        "parameters": json.loads(json.dumps(dict(assignment.parameters), default=str)),
        "tiers": tiers_text(assignment),
        "metric": None if assignment.tiers is None else describe_metric(assignment.tiers.metric),
        "release": _sha256(nbformat.writes(release.master)),
        "solution": sha256(assignment.folder / f"{assignment.name}.ipynb"),
        "holdout": None if jobs.holdout is None else describe_holdout(jobs.holdout),
        "course": course,
        "versions": versions(),
        "platform": platform.platform(),
        "mended": [str(problem) for problem in mended],
        "roster": None if roster is None else _describe_roster(roster),
        "entries": [_describe_entry(entry) for entry in entries],
    }


def describe_submission(
    row: GradeRow,
    *,
    submitted: str | None = None,
    files: Mapping[str, str] = MappingProxyType({}),
    cells: Mapping[str, tuple[float, float]] | None = None,
    spans: Sequence[Span] = (),
    score: tuple[str, Score] | None = None,
    loaded: Loaded | None = None,
    asides: Mapping[str, Sequence[str]] = MappingProxyType({}),
    received: int = 0,
) -> dict[str, Any]:
    """Say what came of one submission.

    Parameters
    ----------
    row : GradeRow
        Its row, without its standing in the class.
    submitted : str, optional
        SHA-256 of the file as it was handed in.
    files : mapping of str to str, optional
        SHA-256 of what came with it and went into the folder that it ran in, by name.
    cells : mapping of str to tuple of (float, float), optional
        Points of each graded cell and points to be had.
    spans : sequence of Span, optional
        Cells and steps, with seconds and outcome.
    score : tuple of (str, Score), optional
        The cell that scored its answers, and what it found.
    loaded : Loaded, optional
        How many images its kernel held in the end, and how many of them are held out.
    asides : mapping of str to sequence of str, optional
        Those of the row's notes, its last ones, that may change without a run, by what they are
        of: ``"marks"``, ``"waiting"`` or ``"late"``.
    received : int, optional
        How many of its notes, the first ones, are of how it was handed in.

    Returns
    -------
    dict
        Body of a ``submission`` entry.
    """
    return {
        "kind": SUBMISSION,
        "at": _now(),
        "student": row.student,
        "submitted": submitted,
        "files": dict(files),
        "outcome": str(row.outcome),
        "notes": list(row.notes),
        "received": received,
        "claim": None if row.claim is None else str(row.claim),
        "points": row.points,
        "max_points": row.max_points,
        "penalty": row.penalty,
        "deduction": row.deduction,
        "asides": {name: list(notes) for name, notes in asides.items()},
        "cells": {name: list(points) for name, points in (cells or {}).items()},
        "spans": [list(astuple(span)) for span in spans],
        "score": None if score is None else _describe_score(*score),
        "loaded": None if loaded is None else asdict(loaded),
    }


def amended(body: Mapping[str, Any], entry: str, run: str | None = None) -> dict[str, Any]:
    """Say what holds of a submission in place of an earlier entry, with no run between them.

    Parameters
    ----------
    body : mapping
        Of a ``submission`` entry, with what has changed.
    entry : str
        Hash of the earlier one.
    run : str, optional
        Hash of the ``run`` entry of the run that it is of; by default the last one.

    Returns
    -------
    dict
        Body of a ``submission`` entry.
    """
    named = {} if run is None else {"run": run}
    rest = {key: value for key, value in body.items() if key not in ("run", "amends")}
    return {**rest, "at": _now(), "amends": entry, **named}


def describe_kept(student: str, entry: str) -> dict[str, Any]:
    """Say that a ``submission`` entry, by its hash, holds in this run as it did in an earlier."""
    return {"kind": KEPT, "at": _now(), "student": student, "entry": entry}


def describe_standing(
    rows: Sequence[GradeRow],
    *,
    by: str,
    tiers: str | None,
    labels: str | None,
    images: str | None,
    entries: Mapping[str, str],
    run: str | None = None,
    metric: Metric | None = None,
) -> dict[str, Any]:
    """Say how a class stands.

    Parameters
    ----------
    rows : sequence of GradeRow
        The class, with tier, grade and rank.
    by : str
        What made the table: ``"grade"`` or ``"rescore"``.
    tiers : str or None
        Text of the tiers; None if it was by points.
    labels, images : str or None
        SHA-256 of what is held out; None if nothing is.
    entries : mapping of str to str
        Hash of the entry that each student's row is made from.
    run : str, optional
        Hash of the ``run`` entry of the run whose members the class is.
    metric : Metric, optional
        What the tiers name, of which a course's own is described.

    Returns
    -------
    dict
        Body of a ``standing`` entry.
    """
    return {
        "kind": STANDING,
        "at": _now(),
        "by": by,
        "run": run,
        "tiers": tiers,
        "metric": None if metric is None else describe_metric(metric),
        "labels": labels,
        "images": images,
        "rows": [_describe_row(row, entries.get(row.student)) for row in rows],
    }


def describe_publication(standing: str, grades: Path) -> dict[str, Any]:
    """Say which standing, by its hash, the class was told, and in what file."""
    return {"kind": PUBLISHED, "at": _now(), "standing": standing, "grades": sha256(grades)}


def describe_spread(student: str, rows: Mapping[int, GradeRow], entry: str) -> dict[str, Any]:
    """Say what a submission came to with other seeds.

    Parameters
    ----------
    student : str
        Whose submission.
    rows : mapping of int to GradeRow
        The row that each seed gave, with tier, grade and rank, by seed.
    entry : str
        Hash of the ``submission`` entry that holds for the student, then as before.

    Returns
    -------
    dict
        Body of a ``spread`` entry.
    """
    runs = [{"seed": seed} | _describe_row(row, None) for seed, row in rows.items()]
    return {"kind": SPREAD, "at": _now(), "student": student, "entry": entry, "runs": runs}


def describe_manual(student: str, marks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Say what a person gave a student's answers, by cell, as the gradebook had it until now.

    Each mark has ``points``, ``extra`` and ``comment``, whether it ``waits``, and in ``read`` the
    SHA-256 of what was read, or null.
    """
    return {"kind": MANUAL, "at": _now(), "student": student, "marks": dict(marks)}


def _describe_roster(roster: Roster) -> dict[str, Any]:
    """Name a class by its ids and its file: what else stands in a roster is nobody's business."""
    return {"students": roster.students, "sha256": roster.sha256}


def _describe_entry(entry: Entry) -> list[Any]:
    return [entry.path, entry.student, str(entry.status), entry.why, entry.usual]


def _describe_score(cell: str, score: Score) -> dict[str, Any]:
    measured = score.measured
    return {
        "cell": cell,
        "metric": score.metric,
        "metric_sha256": score.metric_sha256,
        "score": str(measured.score),
        "low": measured.low,
        "high": measured.high,
        "total": score.total,
        "points": score.points,
        "max_points": score.max_points,
        "answers": None if score.answers is None else pack(score.answers),
        "probed": None if score.probed is None else pack(score.probed),
    }


def _describe_row(row: GradeRow, entry: str | None) -> dict[str, Any]:
    return {
        "student": row.student,
        "outcome": str(row.outcome),
        "score": None if row.score is None else str(row.score),
        "low": row.low,
        "high": row.high,
        "points": row.points,
        "max_points": row.max_points,
        "penalty": row.penalty,
        "deduction": row.deduction,
        "override": None if row.override is None else asdict(row.override),
        "tier": row.tier,
        "grade": row.grade,
        "rank": row.rank,
        "borderline": [str(boundary) for boundary in row.borderline],
        "entry": entry,
    }


def describe_holdout(holdout: Holdout) -> dict[str, Any]:
    """Name images and labels by their checksums: never the seed that they come from."""
    secret = [pair for pair in holdout.sha256.items() if pair[0].startswith("secret/")]
    sums = {name.removeprefix("secret/").partition("-")[0]: found for name, found in secret}
    return {"size": holdout.size, "public": holdout.public, **sums}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
