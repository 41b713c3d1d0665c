"""Compare a class's standing with the one last published, and say why each grade changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.arrays import unpack
from autograder.evidence.entries import SUBMISSION
from autograder.evidence.queries import (
    capstone_in,
    last_standing,
    published_standing,
    rows_of_standing,
    tiers_in,
)
from autograder.holdout.dataset import Holdout
from autograder.holdout.labels import Labels, read_corrected
from autograder.reporting.tables import format_points, format_score, strip_controls
from autograder.scoring.final import FinalRule, exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from autograder.evidence.hashchain import Entry
    from autograder.holdout.dataset import Holdout
    from autograder.scoring.standing import GradeRow
    from autograder.scoring.tiers import Tiers

SHOWN = 5
"""Corrected images that are named; of more, only the number."""


@dataclass(frozen=True)
class Change:
    """A change of one student's grade, tier or rank.

    Attributes
    ----------
    student : str
        Whose.
    before, after : GradeRow or None
        The row that was published and the row of now; None where there is none.
    reasons : tuple of str
        Why, in the words of the table.
    """

    student: str
    before: GradeRow | None
    after: GradeRow | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two standings that are compared.

    Attributes
    ----------
    body : mapping
        Of the ``standing`` entry.
    submissions : mapping of str to mapping
        Bodies of ``submission`` entries, by hash.
    """

    body: Mapping[str, Any]
    submissions: Mapping[str, Mapping[str, Any]]

    @cached_property
    def tiers(self) -> Tiers | None:
        """What it was graded by."""
        return tiers_in(self.body)

    @cached_property
    def rows(self) -> dict[str, GradeRow]:
        """Its rows, by student."""
        return {row.student: row for row in rows_of_standing(self.body, "")}

    @cached_property
    def _entries(self) -> dict[str, str | None]:
        return {row["student"]: row["entry"] for row in self.body["rows"]}

    def submission(self, student: str) -> Mapping[str, Any]:
        """Return what the evidence has about the submission behind a row; perhaps nothing."""
        return self.submissions.get(self._entries.get(student) or "", {})


def diff(entries: Sequence[Entry], holdout: Holdout | None) -> list[Change] | None:
    """List whose grade, tier, rank or final mark differs from what was last published.

    Parameters
    ----------
    entries : sequence of Entry
        Of the assignment's log of evidence.
    holdout : Holdout or None
        Its held-out images, to tell which labels differ; None if it has none.

    Returns
    -------
    list of Change or None
        By student, those without a change left out; None if nothing was published yet, or
        nothing was graded to the end.

    Raises
    ------
    HoldoutDamagedError
        If a file of corrected labels was altered.
    """
    old, new = published_standing(entries), last_standing(entries)
    if old is None or new is None:
        return None
    submissions = {e.hash: e.body for e in entries if e.body.get("kind") == SUBMISSION}
    before, after = Side(old.body, submissions), Side(new.body, submissions)
    labels = (_labels(side.body["labels"], holdout) for side in (before, after))
    comparison = _Comparison(before, after, *labels)
    students = sorted(before.rows.keys() | after.rows.keys())
    return [change for student in students if (change := comparison.compare(student))]


def format_change(change: Change) -> str:
    """Lay a change out as one line for the terminal.

    Examples
    --------
    >>> print(format_change(Change("s01", None, None, ("newly graded",))))
    s01: newly graded
    """
    parts = list(_moves(change.before, change.after))
    reasons = "; ".join(strip_controls(reason) for reason in change.reasons)
    return ": ".join(filter(None, (strip_controls(change.student), ", ".join(parts), reasons)))


def _moves(before: GradeRow | None, after: GradeRow | None) -> Iterator[str]:
    # where the grade is final, it says so already
    by_grade = all(row is None or row.final == row.grade for row in (before, after))
    for name in ("grade", "tier", "rank") if by_grade else ("final", "grade", "tier", "rank"):
        old, new = (getattr(row, name, None) for row in (before, after))
        if old != new:
            told = (
                "none" if value in (None, "") else strip_controls(str(value))
                for value in (old, new)
            )
            yield f"{name} {' → '.join(told)}"


@dataclass(frozen=True)
class _Comparison:
    before: Side
    after: Side
    old_labels: Labels | None
    new_labels: Labels | None

    def compare(self, student: str) -> Change | None:
        old, new = self.before.rows.get(student), self.after.rows.get(student)
        if new is None:
            return Change(student, old, new, ("not in the class any more",))
        if old is None:
            why = "newly graded" if new.outcome.graded else "new in the class, and not graded"
            return Change(student, old, new, (why,))
        if (*_place(old), old.final) == (*_place(new), new.final):
            return None
        reasons = tuple(self._reasons(old, new))
        told = f"the points changed: {_arrow(old.points, new.points)}"
        return Change(student, old, new, reasons or (told,))

    def _reasons(self, old: GradeRow, new: GradeRow) -> Iterator[str]:
        if not old.outcome.graded and new.outcome.graded:
            yield from ("newly graded", *_override(old, new))
            return
        own = [
            *self._outcome(old, new),
            *self._answers(new.student),
            *self._points(old, new),
            *_lateness(old, new),
            *_override(old, new),
            *self._bands(new),
        ]
        yield from (*own, *self._labels(old, new), *self._final(new.student))
        if not own and old.score == new.score and _place(old) != _place(new):
            moved = "rank moved" if old.rank != new.rank else "grade moved with the ranks"
            yield f"the {moved}, because others' did"

    def _outcome(self, old: GradeRow, new: GradeRow) -> Iterator[str]:
        if old.outcome is not new.outcome:
            yield f"the outcome changed: {old.outcome} → {new.outcome}"

    def _answers(self, student: str) -> Iterator[str]:
        """Tell another submission, or another run of the same that went differently."""
        old, new = (side.submission(student) for side in (self.before, self.after))
        if old.get("submitted") != new.get("submitted"):
            yield "another file was handed in"
        elif (old.get("score") or {}).get("answers") != (new.get("score") or {}).get("answers"):
            yield "run again, the same file answered differently"

    def _labels(self, old: GradeRow, new: GradeRow) -> Iterator[str]:
        if self.before.body["images"] != self.after.body["images"]:
            yield "other images were held out"
            return
        if self.before.body["labels"] == self.after.body["labels"]:
            return
        scores = " → ".join(format_score(row) or "none" for row in (old, new))
        moved = f"the score changed, {scores}" if old.score != new.score else ""
        if self.old_labels is None or self.new_labels is None:
            if moved:
                yield f"{moved}: labels were corrected"
            return
        wrong = _rows_that_differ(self.old_labels, self.new_labels)
        affected = self._affected(new.student, wrong)
        kept = moved or "the score is the same"
        yield f"{kept}: {_corrected(wrong)}, {affected} of their predictions affected"

    def _affected(self, student: str, wrong: NDArray[np.intp]) -> int:
        """Count predictions that one set of labels has right and the other has not.

        Where what is right is no matter of single images, all answers about the images count.
        """
        score = self.after.submission(student).get("score") or {}
        if not score.get("answers") or self.old_labels is None or self.new_labels is None:
            return 0
        answers = unpack(score["answers"])[wrong]
        if self.after.tiers is None or not self.after.tiers.metric.by_image:
            return len(wrong)
        right = (answers == labels.values[wrong] for labels in (self.old_labels, self.new_labels))
        before, after = (side.reshape(len(wrong), -1) for side in right)
        return int((before != after).any(axis=1).sum())

    def _points(self, old: GradeRow, new: GradeRow) -> Iterator[str]:
        if self.after.tiers is None and old.share != new.share:
            yield f"the points changed: {_arrow(old.points, new.points)}"

    def _final(self, student: str) -> Iterator[str]:
        """Tell what moves a final mark and neither grade nor rank."""
        tiers = self.before.tiers, self.after.tiers
        if tiers[0] and tiers[1] and tiers[0].final is not tiers[1].final:
            yield f"the rule for the final mark changed: {tiers[0].final} → {tiers[1].final}"
        if tiers[1] is None or tiers[1].final is FinalRule.TIER:
            return
        points = [_exercises(side.submission(student)) for side in (self.before, self.after)]
        if points[0] != points[1]:
            yield f"the points of the exercises changed: {_arrow(*points)}"

    def _bands(self, new: GradeRow) -> Iterator[str]:
        """Tell changed bands where they alone would move a score's grade."""
        tiers = self.before.tiers, self.after.tiers
        if tiers[0] == tiers[1]:
            return
        if tiers[0] is None or tiers[1] is None:
            yield "tiers took the place of points, or the other way round"
        elif tiers[0].metric != tiers[1].metric:
            titles = [one.metric.title for one in tiers if one]
            same = titles[0] == titles[1]  # then it is measured in another way
            yield f"the metric changed: {titles[0] if same else ' → '.join(titles)}"
        elif new.score is not None and _placed(tiers[0], new) != _placed(tiers[1], new):
            yield "the bands changed"


def _lateness(old: GradeRow, new: GradeRow) -> Iterator[str]:
    if (old.penalty, old.deduction) != (new.penalty, new.deduction):
        costs = (one.deduction or one.penalty for one in (old, new))
        yield f"what lateness costs changed: {_arrow(*costs)}"


def _override(old: GradeRow, new: GradeRow) -> Iterator[str]:
    if new.override is not None and new.override != old.override:
        yield f"a person set the final mark: {new.override.why}"
    elif new.override is None and old.override is not None:
        yield "the final mark that a person had set was withdrawn"


def _place(row: GradeRow) -> tuple[int | None, str, int | None]:
    return row.grade, row.tier, row.rank


def _arrow(*points: float | None) -> str:
    return " → ".join(format_points(one) or "none" for one in points)


def _exercises(submission: Mapping[str, Any]) -> float | None:
    """Points of all cells but the one that measured the score; None if none are on record."""
    if submission.get("points") is None:
        return None
    capstone = capstone_in(submission)
    return float(exact(submission["points"]) - exact(capstone.points if capstone else 0))


def _placed(tiers: Tiers, row: GradeRow) -> tuple[Any, ...]:
    """Where a score lies, and what the class may make of it there."""
    assert row.score is not None
    ranked = tiers.ranked if row.score > tiers.ranked.above else None
    return tiers.place(row.score), ranked


def _labels(sha256: str | None, holdout: Holdout | None) -> Labels | None:
    """Find labels by their checksum, among those held out and those corrected.

    Raises
    ------
    HoldoutDamagedError
        If the file that bears the checksum as its name holds something else.
    """
    return None if holdout is None or sha256 is None else read_corrected(holdout, sha256)


def _rows_that_differ(old: Labels, new: Labels) -> NDArray[np.intp]:
    """Numbers of the images, from 0, whose labels differ."""
    return np.flatnonzero((old.values != new.values).reshape(len(old.values), -1).any(axis=1))


def _corrected(wrong: NDArray[np.intp]) -> str:
    if len(wrong) == 1:
        return f"the label of image {wrong[0]} was corrected"
    if len(wrong) > SHOWN:
        return f"the labels of {len(wrong)} images were corrected"
    return f"the labels of images {', '.join(map(str, wrong))} were corrected"
