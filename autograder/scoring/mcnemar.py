"""McNemar's exact test: tell two submissions apart by the images that only one has right.

Where two are equally good, an image that only one of them gets right is
either's with probability 1/2, so the number of one side's is binomial. Images that both get
right, or both wrong, say nothing. All in whole numbers: no rounding decides about a grade, and
every machine finds the same.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = Fraction(1, 20)
"""Chance, at most, that in a class of equally good submissions any two are told apart."""


def p_value(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Fraction:
    """Return McNemar's exact two-sided p-value.

    Parameters
    ----------
    first, second : ndarray of shape (n,), dtype bool
        Whether each of two submissions is right about the same images in the same order.

    Returns
    -------
    Fraction
        Above 0 and up to 1; 1 if they differ nowhere.

    Raises
    ------
    ValueError
        If the two have different shapes.

    Examples
    --------
    >>> p_value(np.array([1, 1, 1, 1, 0], bool), np.array([0, 0, 0, 0, 0], bool))
    Fraction(1, 8)
    """
    if first.shape != second.shape:
        raise ValueError(
            f"answers of shape {first.shape} and {second.shape}, expected the same images"
        )
    ours, theirs = (int(np.count_nonzero(side)) for side in (first & ~second, second & ~first))
    return _two_sided(min(ours, theirs), ours + theirs)


def per_comparison(contenders: int) -> Fraction:
    """Return the level for one comparison in a class: `LEVEL` over the number of pairs.

    Bonferroni's correction over all pairs, also those that are never compared: who is compared
    with whom depends on the scores, so each pair could have been.

    Parameters
    ----------
    contenders : int
        How many submissions are ranked.

    Returns
    -------
    Fraction
        Above 0, at most `LEVEL`.

    Examples
    --------
    >>> per_comparison(5)
    Fraction(1, 200)
    """
    return LEVEL / max(1, comb(contenders, 2))


def _two_sided(fewer: int, total: int) -> Fraction:
    """Twice the chance of `fewer` heads or less in `total` tosses, at most 1."""
    term, tail = 1, 0
    for heads in range(fewer + 1):
        tail += term
        term = term * (total - heads) // (heads + 1)  # exact: the next binomial coefficient
    return min(Fraction(1), Fraction(2 * tail, 2**total))
