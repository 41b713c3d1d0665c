"""Grade a class by its assignment's tiers, or by its points where there are none.

The rules of the tiers:

- A band's lower bound belongs to the band.
- Within a band the grade climbs from its first to its last whole number in steps of
  equal width: in 0.92 to 0.93, graded 60 to 69, each number is 0.001 wide.
- Above `ranked.above` the class decides.  With m submissions there, the one of
  competition rank r (equal scores share the best rank) has the share (m - r + 1) / m
  of the ranked grades, halves rounded up: the best gets all of them.

`autograder.bands` reads the tiers and places a single score.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from autograder.bands import (
    DEFAULT_TIERS,
    TIERS_FILE,
    Band,
    Placement,
    Ranked,
    TierError,
    Tiers,
    load_tiers,
    load_tiers_text,
)

__all__ = [
    "BY_POINTS",
    "DEFAULT_TIERS",
    "TIERS_FILE",
    "Band",
    "Placement",
    "Ranked",
    "Standing",
    "TierError",
    "Tiers",
    "grade_class",
    "grade_points",
    "load_tiers",
    "load_tiers_text",
]

BY_POINTS = "by points"
"""Tier of a submission whose grade is its share of all points."""


@dataclass(frozen=True)
class Standing:
    """The tier, the grade and the competition rank (1 is best) of one score in its class."""

    label: str
    grade: int
    rank: int


def grade_class(scores: Mapping[str, Fraction], tiers: Tiers) -> dict[str, Standing]:
    """Grade and rank a whole class; the order of `scores` makes no difference.

    Parameters
    ----------
    scores
        Exact score of each submission that has one, by student.
    tiers
        The assignment's tiers.

    Returns
    -------
    dict
        Standing of each student, in the order of `scores`; empty for an empty class.

    Raises
    ------
    TypeError, TierError
        As `Tiers.place`.

    Examples
    --------
    >>> tiers = load_tiers_text(DEFAULT_TIERS)
    >>> grade_class({"s01": Fraction(97, 100), "s02": Fraction(93, 100)}, tiers)["s01"]
    Standing(label='above 96', grade=100, rank=1)
    """
    placements = {student: tiers.place(score) for student, score in scores.items()}
    ranks = _competition_ranks(scores.values())
    contenders = sum(score > tiers.ranked.above for score in scores.values())
    standings = {}
    for student, score in scores.items():
        placed, rank = placements[student], ranks[score]
        above = score > tiers.ranked.above
        grade = _ranked_grade(tiers.ranked, rank, contenders) if above else placed.grade
        standings[student] = Standing(placed.label, grade, rank)
    return standings


def grade_points(shares: Mapping[str, Fraction]) -> dict[str, Standing]:
    """Grade and rank a class whose assignment has no tiers; the grade is the share in percent.

    Parameters
    ----------
    shares
        Exact share of all points, 0 to 1, by student.

    Returns
    -------
    dict
        Standing of each student, in the order of `shares`; halves are rounded up.

    Examples
    --------
    >>> grade_points({"s01": Fraction(189, 200), "s02": Fraction(1)})["s01"]
    Standing(label='by points', grade=95, rank=2)
    """
    ranks = _competition_ranks(shares.values())
    return {
        student: Standing(BY_POINTS, math.floor(100 * share + Fraction(1, 2)), ranks[share])
        for student, share in shares.items()
    }


def _competition_ranks(scores: Iterable[Fraction]) -> dict[Fraction, int]:
    """Rank of each distinct score: one more than the number of better scores."""
    ranks: dict[Fraction, int] = {}
    for position, score in enumerate(sorted(scores, reverse=True), start=1):
        ranks.setdefault(score, position)
    return ranks


def _ranked_grade(ranked: Ranked, rank: int, contenders: int) -> int:
    share = Fraction(contenders - rank + 1, contenders)
    # floor(x + 1/2) rounds a half up; Python's round() would round it to even.
    return ranked.first + math.floor((ranked.last - ranked.first) * share + Fraction(1, 2))
