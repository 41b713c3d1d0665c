"""Queries on a log of evidence: standings, and the rows and scores that entries hold.

`autograder.evidence.runs` tells which run a standing is of.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from autograder.arrays import unpack
from autograder.evidence.entries import (
    MANUAL,
    PUBLISHED,
    RUN,
    STANDING,
    SUBMISSION,
)
from autograder.evidence.runs import class_submissions, complete_run
from autograder.outcome import Outcome
from autograder.scoring.metrics import Measured
from autograder.scoring.own_metric import recorded_metric
from autograder.scoring.standing import Capstone, GradeRow, Override, with_final
from autograder.scoring.tiers import Tiers, load_tiers_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from autograder.evidence.hashchain import Entry
    from autograder.evidence.runs import LatestSubmission, Run
    from autograder.holdout.labels import Labels


def last_standing(entries: Iterable[Entry]) -> Entry | None:
    """Return how the class stands now; None if it was never graded to the end.

    That is the standing of the last complete run, or what its answers came to when they were
    scored again. A table of other students, or of a run that was cut short, is not the class's.
    """
    entries = list(entries)
    run = complete_run(entries)
    if run is None:
        return None
    later = entries[entries.index(run.standing) + 1 :] if run.standing else []
    found, interrupted = run.standing, False
    for entry in later:
        interrupted = interrupted or entry.body.get("kind") == RUN
        if entry.body.get("kind") == STANDING:
            # 0.2 did not say of which run; it took everybody's last submission
            told = {row["student"] for row in entry.body["rows"]}
            unnamed = not interrupted and told <= run.students
            if entry.body.get("run", run.entry.hash if unnamed else None) == run.entry.hash:
                found = entry
    return found


def last_graded(entries: Iterable[Entry]) -> dict[str, str | None]:
    """Return the checksum of the file that each student was last graded for."""
    return {
        entry.body["student"]: entry.body["submitted"]
        for entry in entries
        if entry.body.get("kind") == SUBMISSION and Outcome(entry.body["outcome"]).graded
    }


def manual_marks(entries: Iterable[Entry]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return marks that a person gave, by student, cell and checksum of what was read."""
    return {
        (entry.body["student"], cell, mark["read"]): {k: v for k, v in mark.items() if k != "read"}
        for entry in entries
        if entry.body.get("kind") == MANUAL
        for cell, mark in entry.body["marks"].items()
        if mark["read"] is not None
    }


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
        penalty=body.get("penalty", 0.0),
        deduction=body.get("deduction", 0),
        claim=None if body["claim"] is None else Fraction(body["claim"]),
        notes=tuple(body["notes"]),
        capstone=capstone_in(body),
    )


def row_with_answers(body: Mapping[str, Any], assignment: str) -> GradeRow:
    """Return the row of a ``submission`` entry, with the answers that are on record."""
    row, packed = row_of_submission(body, assignment), (body["score"] or {}).get("answers")
    return row if packed is None else replace(row, answers=unpack(packed))


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
    tiers = tiers_in(body)
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
            penalty=row.get("penalty", 0.0),
            deduction=row.get("deduction", 0),
            override=Override(**row["override"]) if row.get("override") else None,
            borderline=tuple(map(Fraction, row["borderline"])),
        )
        for row in body["rows"]
    )
    return [with_final(row, tiers) for row in rows]


def tiers_in(body: Mapping[str, Any]) -> Tiers | None:
    """Return what a ``standing`` entry was graded by; None if by points.

    Of a course's own metric it has the name and what else is told, and can measure nothing.
    """
    if body["tiers"] is None:
        return None
    told = body.get("metric")
    return load_tiers_text(body["tiers"], own=told and (lambda: recorded_metric(told)))


def measured_in(table: Mapping[str, Any] | None) -> Measured | None:
    """Return the score in an entry; None if there is none."""
    if table is None or table["score"] is None:
        return None
    return Measured(Fraction(table["score"]), table["low"], table["high"])


def same_images(run: Run, held: Labels | None) -> tuple[dict[str, LatestSubmission], list[str]]:
    """Return each student's entry in a run, and who answered about other images."""
    seen = class_submissions(run)
    images = None if held is None else held.images
    other = [
        student
        for student, one in seen.items()
        if one.entry.body["score"] and (one.run.body["holdout"] or {}).get("images") != images
    ]
    return {s: one for s, one in sorted(seen.items()) if s not in other}, sorted(other)
