"""Simulate classes of submissions whose true accuracies are known, and grade them.

Each held-out image has a difficulty, and each submission a luck of its own on it, both drawn from a
normal distribution. A submission is wrong where their weighted sum is beyond the threshold that
gives it its true accuracy. The weight decides how much errors coincide; it is set such that those
of two submissions of accuracy 0.97 correlate as one of `CORRELATIONS` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, owens_t
from scipy.stats import binom

from autograder.outcome import Outcome
from autograder.scoring.mcnemar import p_value, per_comparison
from autograder.scoring.metrics import measure_share
from autograder.scoring.ranking import Standing, grade_by_tiers
from autograder.scoring.standing import GradeRow, stand
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

SEED = 6
IMAGES = 10_000
CORRELATIONS = (0.5, 0.8)
WORSE = 0.97
SPREAD = (0.965, 0.99)
"""True accuracies of the others, where they are not just as good as one of the two."""

TIERS = load_tiers_text(DEFAULT_TIERS)


@dataclass(frozen=True)
class Drawn:
    """A class that was drawn.

    Parameters
    ----------
    by_score, by_rule
        Standing of each submission, by scores alone and by the project's rule.
    tested
        Whether McNemar's test, at the class's level, tells the first from the last; the rule
        may never compare these two.
    """

    by_score: list[Standing]
    by_rule: list[Standing]
    tested: bool


@dataclass(frozen=True)
class Luck:
    """What happens among equally good submissions, by one way of ranking.

    Parameters
    ----------
    classes
        Share of classes in which any two have different ranks.
    pairs
        Share of pairs with different ranks.
    spread, most
        Best grade less worst, on average and at most.
    """

    classes: float
    pairs: float
    spread: float
    most: int


@dataclass(frozen=True)
class Told:
    """What happens between two submissions, by one way of ranking.

    Parameters
    ----------
    right, wrong
        Share of pairs in which the truly better has the better rank, and the worse rank.
    gap
        Difference of their grades, on average, whichever is better.
    """

    right: float
    wrong: float
    gap: float


def weight_of(correlation: float, accuracy: float = WORSE) -> float:
    """Return the difficulty's share of the variance that makes errors correlate so.

    Parameters
    ----------
    correlation
        Wanted between the errors (0 or 1) of two submissions, above 0 and below 1.
    accuracy
        True accuracy of both.

    Examples
    --------
    >>> round(weight_of(0.5), 2)
    0.85
    """
    threshold, error = ndtri(1 - accuracy), 1 - accuracy

    def excess(weight: float) -> float:
        # Owen's T gives the chance that two normal variables both are below one threshold.
        both = error - 2 * owens_t(threshold, np.sqrt((1 - weight) / (1 + weight)))
        return float((both - error**2) / (error * accuracy) - correlation)

    return float(brentq(excess, 0, 1))


def draw_right(
    rng: np.random.Generator, accuracies: Sequence[float], weight: float, images: int = IMAGES
) -> NDArray[np.bool_]:
    """Draw which images each of a class gets right, shape (len(accuracies), images)."""
    difficulty = rng.standard_normal(images)
    # Chances of an error on each image, once for each accuracy: a class often has only two.
    chances = {
        accuracy: ndtr((ndtri(1 - accuracy) - np.sqrt(weight) * difficulty) / np.sqrt(1 - weight))
        for accuracy in set(accuracies)
    }
    return np.stack([rng.random(images, np.float32) >= chances[a] for a in accuracies])


def simulate(accuracies: Sequence[float], correlation: float, classes: int) -> Iterator[Drawn]:
    """Draw classes and grade them.

    Parameters
    ----------
    accuracies
        True accuracy of each submission.
    correlation
        As `weight_of` takes it.
    classes
        How many classes to draw; the same ones each time.
    """
    rng, weight = np.random.default_rng(SEED), weight_of(correlation)
    for _ in range(classes):
        right = {f"s{i:02}": one for i, one in enumerate(draw_right(rng, accuracies, weight))}
        scores = {name: Fraction(int(one.sum()), len(one)) for name, one in right.items()}
        by_score, by_rule = grade_by_tiers(scores, TIERS), grade_by_tiers(scores, TIERS, right)
        level = per_comparison(sum(score > TIERS.ranked.above for score in scores.values()))
        first, *_, last = right.values()
        tested = p_value(first, last) <= level
        yield Drawn(list(by_score.values()), list(by_rule.values()), tested)


def luck(accuracy: float, size: int, correlation: float, classes: int) -> tuple[Luck, Luck]:
    """Simulate classes of equally good submissions; return by scores alone, and by the rule."""
    drawn = list(simulate([accuracy] * size, correlation, classes))
    return _luck([one.by_score for one in drawn]), _luck([one.by_rule for one in drawn])


def _luck(standings: Sequence[Sequence[Standing]]) -> Luck:
    ranks = np.array([[one.rank for one in standing] for standing in standings])
    grades = np.array([[one.grade for one in standing] for standing in standings])
    first, second = np.triu_indices(ranks.shape[1], 1)
    differ = ranks[:, first] != ranks[:, second]
    spread = np.ptp(grades, axis=1)
    return Luck(differ.any(axis=1).mean(), differ.mean(), spread.mean(), int(spread.max()))


def company(size: int, worse: float, better: float, *, halves: bool) -> list[float]:
    """Return true accuracies of a class, `worse` first and `better` last.

    The others are as good as either, half and half, or spread evenly over `SPREAD`.

    Examples
    --------
    >>> company(4, 0.97, 0.975, halves=True)
    [0.97, 0.97, 0.975, 0.975]
    >>> company(4, 0.97, 0.975, halves=False)
    [0.97, 0.965, 0.99, 0.975]
    """
    if halves:
        return [worse] * (size // 2) + [better] * (size - size // 2)
    return [worse, *map(float, np.linspace(*SPREAD, size - 2)), better]


def told(
    accuracies: Sequence[float], correlation: float, classes: int, *, ends: int = 1
) -> tuple[Told, Told, float]:
    """Simulate a class; return how its first and its last are ranked, by scores and by the rule.

    The third is the share of classes in which a test of the very first and last tells them apart.

    Parameters
    ----------
    accuracies, correlation, classes
        As `simulate` takes them.
    ends
        How many at the start are paired with as many at the end.
    """
    drawn = list(simulate(accuracies, correlation, classes))
    by_score, by_rule = (
        _told(side, ends)
        for side in ([one.by_score for one in drawn], [one.by_rule for one in drawn])
    )
    return by_score, by_rule, float(np.mean([one.tested for one in drawn]))


def _told(standings: Sequence[Sequence[Standing]], ends: int) -> Told:
    ranks = np.array([[one.rank for one in standing] for standing in standings])
    grades = np.array([[one.grade for one in standing] for standing in standings])
    behind, less = (x[:, :ends, np.newaxis] - x[:, np.newaxis, -ends:] for x in (ranks, grades))
    return Told((behind > 0).mean(), (behind < 0).mean(), np.abs(less).mean())


def borderline(accuracy: float, images: int = IMAGES) -> float:
    """Return the chance that a grade is marked borderline, by its true accuracy."""
    low, high = (int(end) for end in binom.interval(1 - 1e-9, images, accuracy))
    counts = np.arange(low, high + 1)
    rows = [GradeRow(str(c), "", Outcome.FINISHED, measure_share(int(c), images)) for c in counts]
    marked = np.array([bool(row.borderline) for row in stand(rows, TIERS)])
    return float(binom.pmf(counts[marked], images, accuracy).sum())
