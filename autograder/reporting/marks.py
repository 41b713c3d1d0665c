"""Say in words what a submission's final mark is, and by which rule."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from autograder.outcome import Outcome
from autograder.reporting.tables import format_points, format_score, strip_controls
from autograder.scoring.final import FinalRule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograder.scoring.standing import GradeRow
    from autograder.scoring.tiers import Tiers

NO_MARK = "no final mark"
"""How a submission is told of that has none."""

_SHARE = "The final mark is the share of all points in percent, halves rounded up."

_BY_GRADE = "The final mark is the grade. Points stand beside it and do not change it."


_NOT_GRADED: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.INFRASTRUCTURE: "Our own machinery failed on this submission: that is not your "
        "fault, and no zero. You get a mark once it has been graded again.",
        Outcome.NEEDS_REVIEW: "A person has to decide what of your submission counts. It is no "
        "zero: you get a mark once that is done.",
        Outcome.NOT_HANDED_IN: "No notebook of yours has arrived.",
    }
)
"""What a student reads in place of a mark."""


def rule_of(tiers: Tiers | None, grade: int = 86) -> str:
    """Say by which rule an assignment's marks are final.

    Parameters
    ----------
    tiers : Tiers or None
        The assignment's; None if it has none.
    grade : int, optional
        For an example.

    Returns
    -------
    str
        One or two sentences.
    """
    if tiers is None:
        return f"{_SHARE} It is the grade, too."
    if tiers.final is FinalRule.TIER:
        return _BY_GRADE
    counts = "The cell that measures the score counts with its grade"
    return f"{_SHARE} {counts}: at grade {grade} it has {grade} % of its points."


def headline(row: GradeRow) -> str:
    """Say a submission's final mark in a few words.

    Examples
    --------
    >>> from autograder.outcome import Outcome
    >>> from autograder.scoring.standing import GradeRow
    >>> headline(GradeRow("s01", "03_svc", Outcome.FINISHED, final=86))
    'final mark 86 of 100'
    """
    return NO_MARK if row.final is None else f"final mark {row.final} of 100"


def explain(row: GradeRow, tiers: Tiers | None) -> list[str]:
    """Say to a student what the final mark is and where it comes from, a sentence each.

    Parameters
    ----------
    row : GradeRow
        The student's, with tier, grade, rank and final mark filled in.
    tiers : Tiers or None
        What they were filled in by; None if it was by points.

    Returns
    -------
    list of str
        The sentences.
    """
    if row.override is not None:
        told = strip_controls(row.override.why)
        return [f"A person set this mark: {told}", *explain(replace(row, override=None), tiers)]
    if not row.outcome.graded:
        return [_NOT_GRADED[row.outcome]]
    points = "none" if row.points is None else format_points(row.points)
    told = f"Points: {points} of {format_points(row.max_points) or 'none'}"
    told += f", less {format_points(row.penalty)} for lateness." if row.penalty else "."
    if row.deduction and tiers is not None and tiers.final is FinalRule.TIER:
        told += f" Lateness takes {row.deduction} from the grade."
    if tiers is None:
        return [told, rule_of(tiers)]
    return [*_held_out(row, tiers), told, rule_of(tiers, row.grade or 0)]


def _held_out(row: GradeRow, tiers: Tiers) -> Iterator[str]:
    grade = f"tier {strip_controls(row.tier)!r}, grade {row.grade}"
    if row.score is None:
        yield f"No score on held-out images: {grade}."
        return
    metric = tiers.metric
    score = f"{format_score(row)} ({metric.title})"
    yield f"Score on held-out images: {score}, rank {row.rank}, {grade}."
    if row.score > tiers.ranked.above:
        above = metric.format(tiers.ranked.above)
        yield f"Above {above} the class's ranking gives the grade, which no cell knows by itself."
