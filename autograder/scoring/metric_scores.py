"""Scores of counted pairs of truth and answer, each an exact fraction.

A score is a fraction of whole numbers, so that no rounding error moves it over a boundary.
`autograder.scoring.metrics.METRICS` says which of them an assignment can be graded by.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Pairs:
    """How often each distinct pair of truth and answer occurs; scores depend on nothing else.

    Attributes
    ----------
    truth, answers : ndarray of shape (p,) or (p, k)
        The p distinct pairs, row by row; with k columns for indicators.
    counts : ndarray of shape (p,), dtype int64
        Images of each pair. A bootstrap may draw none of a pair's images: the pair stays, its
        count is 0, and it must count for nothing.
    """

    truth: NDArray[Any]
    answers: NDArray[Any]
    counts: NDArray[np.int64]


def accuracy(pairs: Pairs) -> Fraction:
    """Share of right answers."""
    right = pairs.counts[pairs.truth == pairs.answers].sum()
    return Fraction(int(right), int(pairs.counts.sum()))


def adjusted_rand_index(pairs: Pairs) -> Fraction:
    """Hubert and Arabie's index (1985); what is worse than chance counts as chance, 0.

    Noise is one cluster like any other, as in scikit-learn's `adjusted_rand_score`.
    """
    together = _couples(pairs.counts)
    in_class, in_cluster = (
        _couples(np.bincount(np.unique(side, return_inverse=True)[1], pairs.counts))
        for side in (pairs.truth, pairs.answers)
    )
    chance = Fraction(in_class * in_cluster, max(_couples(pairs.counts.sum()), 1))
    best = Fraction(in_class + in_cluster, 2)
    if best == chance:  # one cluster against one class, or all apart in both
        return Fraction(1)
    return max(Fraction(0), (together - chance) / (best - chance))


def _couples(counts: NDArray[Any] | np.integer) -> int:
    """Count the couples of images that lie in the same group."""
    # As Python's integers: squares of large groups could overflow numpy's.
    return sum(n * (n - 1) // 2 for n in map(int, np.ravel(counts)))


def macro_f1(pairs: Pairs) -> Fraction:
    """Mean over the labels of 2 TP / (2 TP + FP + FN); a label that never occurs has 0."""
    truth, answers = pairs.truth.astype(bool), pairs.answers.astype(bool)
    hits = pairs.counts @ (truth & answers)
    claims, positives = pairs.counts @ answers, pairs.counts @ truth
    scores = [
        Fraction(2 * int(hit), max(int(claimed + positive), 1))
        for hit, claimed, positive in zip(hits, claims, positives, strict=True)
    ]
    return sum(scores, Fraction(0)) / len(scores)
