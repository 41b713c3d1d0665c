"""Queries on a log of evidence: last submissions, standings and scores in it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from autograder.errors import EvidenceMissingError
from autograder.evidence.entries import PUBLISHED, RUN, STANDING, SUBMISSION
from autograder.outcome import Outcome
from autograder.scoring.metrics import Measured
from autograder.scoring.standing import Capstone, GradeRow, with_final
from autograder.scoring.tiers import load_tiers_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from autograder.evidence.hashchain import Entry
    from autograder.evidence.log import Log
    from autograder.holdout.labels import Labels


@dataclass(frozen=True)
class LatestSubmission:
    """The last that a log says about a student's submission.

    Attributes
    ----------
    entry : Entry
        The ``submission`` entry.
    run : Entry
        The ``run`` entry of the run that it belongs to.
    """

    entry: Entry
    run: Entry


def last_submissions(entries: Iterable[Entry]) -> dict[str, LatestSubmission]:
    """Return the last entry about each student's submission, by student."""
    found: dict[str, LatestSubmission] = {}
    run: Entry | None = None
    for entry in entries:
        if entry.body.get("kind") == RUN:
            run = entry
        elif entry.body.get("kind") == SUBMISSION and run is not None:
            found[entry.body["student"]] = LatestSubmission(entry, run)
    return found


def last_standing(entries: Iterable[Entry]) -> Entry | None:
    """Return how the class stands now; None if it was never graded to the end."""
    return next((e for e in reversed(list(entries)) if e.body.get("kind") == STANDING), None)


def published_standing(entries: Iterable[Entry]) -> Entry | None:
    """Return how the class stood when it was last told; None if it never was."""
    entries = list(entries)
    told = [entry.body["standing"] for entry in entries if entry.body.get("kind") == PUBLISHED]
    return next((entry for entry in entries if told and entry.hash == told[-1]), None)


def row_of_submission(body: Mapping[str, Any], assignment: str) -> GradeRow:
    """Return the row of a ``submission`` entry, without standing and answers."""
    return GradeRow(
        body["student"],
        assignment,
        Outcome(body["outcome"]),
        measured=measured_in(body["score"]),
        points=body["points"],
        max_points=body["max_points"],
        claim=None if body["claim"] is None else Fraction(body["claim"]),
        notes=tuple(body["notes"]),
        capstone=capstone_in(body),
    )


def capstone_in(body: Mapping[str, Any]) -> Capstone | None:
    """Return the cell that measured the score in a ``submission`` entry, and its points.

    None without a score, or if the gradebook had other points there than the cell's own result:
    then a person marked it, and that mark stays.
    """
    score = body["score"]
    if score is None:
        return None
    entered, _ = body["cells"].get(score["cell"], (score["points"], None))
    if entered != score["points"]:
        return None
    return Capstone(score["cell"], score["points"], score["max_points"])


def rows_of_standing(body: Mapping[str, Any], assignment: str) -> list[GradeRow]:
    """Return the rows of a ``standing`` entry; claims and notes are not in it.

    Final marks are not either: they follow from each row's grade and points, by the tiers.
    """
    tiers = None if body["tiers"] is None else load_tiers_text(body["tiers"])
    rows = (
        GradeRow(
            row["student"],
            assignment,
            Outcome(row["outcome"]),
            measured=measured_in(row),
            tier=row["tier"],
            grade=row["grade"],
            rank=row["rank"],
            points=row["points"],
            max_points=row["max_points"],
            borderline=tuple(map(Fraction, row["borderline"])),
        )
        for row in body["rows"]
    )
    return [with_final(row, tiers) for row in rows]


def measured_in(table: Mapping[str, Any] | None) -> Measured | None:
    """Return the score in an entry; None if there is none."""
    if table is None or table["score"] is None:
        return None
    return Measured(Fraction(table["score"]), table["low"], table["high"])


def same_images(log: Log, held: Labels | None) -> tuple[dict[str, LatestSubmission], list[str]]:
    """Return each student's last entry, and who last answered about other images.

    Raises
    ------
    EvidenceMissingError
        If the log holds no submission at all.
    """
    seen = last_submissions(log.entries)
    if not seen:
        raise EvidenceMissingError(log.path, "there is no submission yet; grade the class first")
    images = None if held is None else held.images
    other = [
        student
        for student, one in seen.items()
        if one.entry.body["score"] and (one.run.body["holdout"] or {}).get("images") != images
    ]
    return {s: one for s, one in sorted(seen.items()) if s not in other}, sorted(other)
