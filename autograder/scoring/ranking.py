"""Grade a class by its assignment's tiers, or by its points where there are none.

The rules of the tiers:

- A band's lower bound belongs to the band.
- Within a band the grade climbs from its first to its last whole number in steps of
  equal width: in 0.92 to 0.93, graded 60 to 69, each number is 0.001 wide.
- Above `ranked.above` the class decides. With m submissions there, the one of
  competition rank r (equals share the best rank) has the share (m - r + 1) / m
  of the ranked grades, halves rounded up: the best gets all of them.
- Equals up there are those of equal scores and, where it is known which images each got
  right, those that McNemar's test does not tell apart from the best of their group.

`autograder.scoring.tiers` reads the tiers and places a single score.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from autograder.scoring.final import percent
from autograder.scoring.mcnemar import p_value, per_comparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from autograder.scoring.tiers import Ranked, Tiers

BY_POINTS = "by points"
"""Tier of a submission whose grade is its share of all points."""


@dataclass(frozen=True)
class Standing:
    """What one score is worth in its class.

    Attributes
    ----------
    label : str
        Label of the tier.
    grade : int
        From 0 to 100.
    rank : int
        Competition rank, 1 for the best.
    tested : bool
        Whether the rank comes from comparing image by image, by McNemar's test.
    """

    label: str
    grade: int
    rank: int
    tested: bool = False


def grade_by_tiers(
    scores: Mapping[str, Fraction],
    tiers: Tiers,
    right: Mapping[str, NDArray[np.bool_]] | None = None,
) -> dict[str, Standing]:
    """Grade and rank a whole class; the order of `scores` makes no difference.

    Parameters
    ----------
    scores : mapping of str to Fraction
        Exact score of each submission that has one, by student.
    tiers : Tiers
        The assignment's tiers.
    right : mapping of str to ndarray of shape (n,), dtype bool, optional
        Which of the same n images each got right, by student. If it lacks one of those above
        `ranked.above`, they are all ranked by their scores alone.

    Returns
    -------
    dict of str to Standing
        Standing of each student, in the order of `scores`; empty for an empty class.

    Raises
    ------
    TypeError, TierError
        As `Tiers.place`.

    Examples
    --------
    >>> from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text
    >>> tiers = load_tiers_text(DEFAULT_TIERS)
    >>> grade_by_tiers({"s01": Fraction(97, 100), "s02": Fraction(93, 100)}, tiers)["s01"]
    Standing(label='above 96', grade=100, rank=1, tested=False)
    """
    placements = {student: tiers.place(score) for student, score in scores.items()}
    by_score = _competition_ranks(scores.values())
    ranks = {student: by_score[score] for student, score in scores.items()}
    above = {student: score for student, score in scores.items() if score > tiers.ranked.above}
    tested = right is not None and above.keys() <= right.keys()
    if right is not None and tested:
        ranks |= _group_ranks(above, right)
    standings = {}
    for student, placed in placements.items():
        grade, rank, ranked = placed.grade, ranks[student], student in above
        if ranked:
            grade = _ranked_grade(tiers.ranked, rank, len(above))
        standings[student] = Standing(placed.label, grade, rank, tested and ranked)
    return standings


def grade_by_points(shares: Mapping[str, Fraction]) -> dict[str, Standing]:
    """Grade and rank a class whose assignment has no tiers; the grade is the share in percent.

    Parameters
    ----------
    shares : mapping of str to Fraction
        Exact share of all points, 0 to 1, by student.

    Returns
    -------
    dict of str to Standing
        Standing of each student, in the order of `shares`; halves are rounded up.

    Examples
    --------
    >>> grade_by_points({"s01": Fraction(189, 200), "s02": Fraction(1)})["s01"]
    Standing(label='by points', grade=95, rank=2, tested=False)
    """
    ranks = _competition_ranks(shares.values())
    return {
        student: Standing(BY_POINTS, percent(share), ranks[share])
        for student, share in shares.items()
    }


def _competition_ranks(scores: Iterable[Fraction]) -> dict[Fraction, int]:
    """Rank of each distinct score: one more than the number of better scores."""
    ranks: dict[Fraction, int] = {}
    for position, score in enumerate(sorted(scores, reverse=True), start=1):
        ranks.setdefault(score, position)
    return ranks


def _group_ranks(
    scores: Mapping[str, Fraction], right: Mapping[str, NDArray[np.bool_]]
) -> dict[str, int]:
    """Rank groups that cannot be told apart from their best; all of a group share its rank.

    From the best score down, a submission joins the group at hand unless the test tells it
    apart from that group's best; then it starts the next. Those of equal scores go together,
    with the first of them that can join, so that no name decides.
    """
    level = per_comparison(len(scores))
    ranks: dict[str, int] = {}
    best: list[str] = []
    for _, equals in groupby(sorted(scores, key=lambda s: (-scores[s], s)), key=scores.__getitem__):
        block = list(equals)
        if all(p_value(right[one], right[other]) <= level for one in best for other in block):
            best, rank = block, len(ranks) + 1
        ranks |= dict.fromkeys(block, rank)
    return ranks


def _ranked_grade(ranked: Ranked, rank: int, contenders: int) -> int:
    share = Fraction(contenders - rank + 1, contenders)
    # floor(x + 1/2) rounds a half up; Python's round() would round it to even.
    return ranked.first + math.floor((ranked.last - ranked.first) * share + Fraction(1, 2))
