"""Tell a submission's final mark: its grade by tiers, or its share of all points.

Exercises earn points, and the score on held-out images earns a grade by tiers. One line of
`tiers.toml` says which of the two is final, for everything that shows a class its marks::

    final = "tier"     # the grade; this holds where the line is missing
    final = "total"    # the share of all points in percent

Under ``"total"`` the capstone, the graded cell that measures the score, earns its points by its
grade: at grade 86 it has 86 % of them, and above the last band, where the class's ranking gives
the grade, so many as that grade says. Then the sum of points that nbgrader shows and the final
mark are one statement. Under ``"tier"`` the capstone earns all of its points from the last band
on (`autograder.scoring.predictions.points_for_grade`): they stand beside the final mark and do
not decide it.

==================================  ====================  ==========================
a submission with                   final by ``"tier"``   final by ``"total"``
==================================  ====================  ==========================
exercises and a score               the grade             the share of all points
exercises, and no score             0                     the share of all points
nothing but a score                 the grade             the share of all points
an outcome that is not its fault    none                  none
==================================  ====================  ==========================

An assignment without tiers has one number: its grade is the share of all points already.
"""

from __future__ import annotations

import math
from enum import StrEnum
from fractions import Fraction


class FinalRule(StrEnum):
    """Which number is final, as `tiers.toml` names it."""

    TIER = "tier"
    TOTAL = "total"


def exact(points: float) -> Fraction:
    """Return the number of points that a float stands for: 27.6, not the float nearest to it.

    Points are short decimals; what is beyond the ninth place is noise of a sum.

    Examples
    --------
    >>> exact(0.1 + 0.2)
    Fraction(3, 10)
    """
    return Fraction(str(round(points, 9)))


def percent(share: Fraction) -> int:
    """Return a share in whole percent, halves rounded up.

    Examples
    --------
    >>> percent(Fraction(189, 200)), percent(Fraction(9449, 10_000))
    (95, 94)
    """
    # round() would round a half to even
    return math.floor(100 * share + Fraction(1, 2))


def share_by_grade(points: float, grade: int) -> float:
    """Return the points of a cell that counts with its grade out of 100.

    Examples
    --------
    >>> share_by_grade(40, 93)
    37.2
    """
    return float(exact(points) * grade / 100)


def final_mark(rule: FinalRule, grade: int | None, share: Fraction | None) -> int | None:
    """Return the final mark, 0 to 100.

    Parameters
    ----------
    rule : FinalRule
        The assignment's.
    grade : int or None
        By tiers, or by points where there are no tiers; None if there is none because our own
        machinery failed.
    share : Fraction or None
        Exact share of all points, the capstone's by its grade; None if no points are known.

    Returns
    -------
    int or None
        None where nothing can be said. It is above 100 only if a person gave extra credit.

    Examples
    --------
    >>> [final_mark(rule, 93, Fraction(1, 2)) for rule in FinalRule]
    [93, 50]
    """
    if grade is None or rule is FinalRule.TIER:
        return grade
    return None if share is None else percent(share)
