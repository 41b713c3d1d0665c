"""Queries on a log of evidence: runs, the class, standings and scores in it.

One notion of the class holds everywhere: its members are those of the last complete run, which
is a ``run`` entry that the ``standing`` of a grader followed. Who is in earlier runs alone has
left; a run that was cut short is no class, and what it recorded counts for nobody until a later
one is complete.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from autograder.errors import EvidenceMissingError, RunCutShortError
from autograder.evidence.entries import (
    MANUAL,
    PUBLISHED,
    RESCORED,
    RUN,
    STANDING,
    SUBMISSION,
)
from autograder.outcome import Outcome
from autograder.scoring.metrics import Measured
from autograder.scoring.standing import Capstone, GradeRow, with_final
from autograder.scoring.tiers import load_tiers_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from autograder.evidence.hashchain import Entry
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
    """Return the last entry about each student's submission, by student, whoever has left too."""
    found: dict[str, LatestSubmission] = {}
    run: Entry | None = None
    for entry in entries:
        if entry.body.get("kind") == RUN:
            run = entry
        elif entry.body.get("kind") == SUBMISSION and run is not None:
            found[entry.body["student"]] = LatestSubmission(entry, run)
    return found


@dataclass(frozen=True)
class Run:
    """What a log says about one run of the grader.

    Attributes
    ----------
    entry : Entry
        The ``run`` entry.
    submissions : mapping of str to Entry
        The last ``submission`` entry of each student in it.
    standing : Entry or None
        How the class stood in the end; None if the run was cut short.
    """

    entry: Entry
    submissions: Mapping[str, Entry]
    standing: Entry | None

    @property
    def students(self) -> frozenset[str]:
        """Who is in it."""
        return frozenset(self.submissions)

    @property
    def extent(self) -> str:
        """When it began, and how far it came."""
        began, total = (self.entry.body.get(key, "unknown") for key in ("at", "submissions"))
        return f"the run of {began} recorded {len(self.submissions)} of {total} submissions"


def runs(entries: Iterable[Entry]) -> list[Run]:
    """Return all runs in a log, the first one first."""
    found: list[Run] = []
    seen: dict[str, Entry] = {}
    for entry in entries:
        kind = entry.body.get("kind")
        if kind == RUN:
            seen = {}
            found.append(Run(entry, seen, None))
        elif kind == SUBMISSION and found:
            seen[entry.body["student"]] = entry
        elif kind == STANDING and found and entry.body.get("by") != RESCORED:
            found[-1] = replace(found[-1], standing=entry)
    return found


def complete_run(entries: Iterable[Entry]) -> Run | None:
    """Return the last complete run, whose members are the class; None if there is none."""
    return next((run for run in reversed(runs(entries)) if run.standing is not None), None)


def cut_short(entries: Iterable[Entry]) -> Run | None:
    """Return the last run if it was cut short, so that it is no class; else None."""
    found = runs(entries)
    return found[-1] if found and found[-1].standing is None else None


def partial_notice(entries: Sequence[Entry]) -> list[str]:
    """Say that the last run was cut short, if it was: one sentence, or none."""
    partial = cut_short(entries)
    if partial is None:
        return []
    extent = partial.extent[0].upper() + partial.extent[1:]
    whole = complete_run(entries) is not None
    seen = "this is the class as it stood before" if whole else "no run before it was complete"
    return [f"{extent} and was cut short: {seen}."]


def class_run(path: Path, entries: Sequence[Entry], *, consent: bool = False) -> Run:
    """Return the run that the class was last graded by.

    Parameters
    ----------
    path : Path
        Where the log is, for messages.
    entries : sequence of Entry
        All of the log.
    consent : bool, default False
        Whether the last complete run will do where a later one was cut short.

    Returns
    -------
    Run
        It has a standing.

    Raises
    ------
    EvidenceMissingError
        If there is no run at all.
    RunCutShortError
        If the last run was cut short, unless there was a complete one before and `consent`.
    """
    whole, partial = complete_run(entries), cut_short(entries)
    if partial is not None and (whole is None or not consent):
        if whole is None:
            advice = "no earlier run was complete: grade the class again"
        else:
            advice = "grade the class again, or go by the complete run before with --yes"
        raise RunCutShortError(path, partial.extent, advice)
    if whole is None:
        raise EvidenceMissingError(path, "there is no submission yet; grade the class first")
    return whole


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
            penalty=row.get("penalty", 0.0),
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


def class_submissions(run: Run) -> dict[str, LatestSubmission]:
    """Return each student's entry in a run, by student."""
    return {
        student: LatestSubmission(entry, run.entry) for student, entry in run.submissions.items()
    }
