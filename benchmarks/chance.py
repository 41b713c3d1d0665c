"""Simulate classes, and count what luck alone does to ranks and grades.

    python benchmarks/chance.py [--classes 400]
    python benchmarks/chance.py --calibrate

Four tables: classes of equally good submissions; two submissions that differ, in classes of two
kinds; two that are equally good in a class that is not; and how often a grade is marked
borderline.  Ranks and grades are those of `autograder.scoring.ranking.grade_by_tiers`, once by the
scores alone and once with what each got right.

The model: each held-out image has a difficulty, and each submission a luck of its own on it, both
drawn from a normal distribution.  A submission is wrong where their weighted sum is beyond the
threshold that gives it its true accuracy.  The weight decides how much errors coincide; it is set
such that those of two submissions of accuracy 0.97 correlate as one of `CORRELATIONS` says.
These are about the ends of what ``--calibrate`` finds between real classifiers: it trains six on
MNIST (three methods, each on two lots of 8,000 images) and prints how their errors on the
10,000 official test images correlate.  How much coincides matters, because only images that
exactly one of two gets right tell them apart.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri, owens_t
from scipy.stats import binom
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from autograder.outcome import Outcome
from autograder.scoring.mcnemar import p_value, per_comparison
from autograder.scoring.metrics import measure_share
from autograder.scoring.ranking import Standing, grade_by_tiers
from autograder.scoring.standing import GradeRow, stand
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text
from helpers.data import load_mnist

SEED = 6
IMAGES = 10_000
SIZES = (2, 10, 40)
CORRELATIONS = (0.5, 0.8)
EQUAL = (0.97, 0.985)
EQUAL_AMONG_OTHERS = (0.97, 0.98, 0.985)
WORSE, BETTER = 0.97, (0.975, 0.98)
#: True accuracies of the others, where they are not just as good as one of the two.
SPREAD = (0.965, 0.99)
BORDERLINE = (0.955, 0.961, 0.963, 0.965, 0.967, 0.97)
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


def print_simulations(classes: int) -> None:
    """Print the four tables."""
    print(f"{classes} classes a line, {IMAGES} images: by score | by rule | by a test of the two")
    print("\nequally good: share of classes with any difference, of pairs; grades' spread (most)")
    for correlation in CORRELATIONS:
        for accuracy in EQUAL:
            for size in SIZES:
                sides = (
                    f"{one.classes:6.1%} {one.pairs:6.1%} {one.spread:5.2f} ({one.most:2})"
                    for one in luck(accuracy, size, correlation, classes)
                )
                line = f"correlation {correlation}, accuracy {accuracy:<5}, class of {size:2}"
                print(f"{line}: {' | '.join(sides)}", flush=True)
    print("\ntruly different: share of pairs in the right order, in the wrong one; grades' gap")
    for correlation in CORRELATIONS:
        for better in BETTER:
            for halves in (True, False):
                for size in SIZES if halves else SIZES[1:]:
                    _print_told(correlation, size, WORSE, better, classes, halves=halves)
    # The test's level covers classes of equals only: elsewhere the border of two groups, which
    # others make, may lie between two equals.
    print("\nequally good, others not: share of pairs in the one order, in the other; grades' gap")
    for correlation in CORRELATIONS:
        for accuracy in EQUAL_AMONG_OTHERS:
            for size in SIZES[1:]:
                _print_told(correlation, size, accuracy, accuracy, classes, halves=False)
    print("\nmarked borderline")
    for accuracy in BORDERLINE:
        print(f"true accuracy {accuracy:<5}: {borderline(accuracy):6.1%}")


def _print_told(
    correlation: float, size: int, worse: float, better: float, classes: int, *, halves: bool
) -> None:
    accuracies = company(size, worse, better, halves=halves)
    *ways, tested = told(accuracies, correlation, classes, ends=size // 2 if halves else 1)
    sides = (f"{one.right:6.1%} {one.wrong:6.1%} {one.gap:5.2f}" for one in ways)
    others = "half and half" if halves else "evenly spread"
    line = f"correlation {correlation}, {worse:<5} and {better:<5}, {others}, class of {size:2}"
    print(f"{line}: {' | '.join(sides)} | {tested:6.1%}", flush=True)


def print_calibration() -> None:
    """Train real classifiers and print how their errors correlate."""
    known, digits = load_mnist("train")
    images, labels = load_mnist("test")
    wrong = {}
    for lot, part in (("first", slice(8_000)), ("second", slice(8_000, 16_000))):
        for name, method in {
            "RBF": SVC(C=10, gamma=0.02),
            "polynomial": SVC(kernel="poly", degree=3, gamma=0.02, coef0=1),
            "neighbours": KNeighborsClassifier(3),
        }.items():
            # Principal components: ten times as fast, about as accurate.
            model = make_pipeline(PCA(40, random_state=SEED), method)
            model.fit(known[part].reshape(-1, 784) / np.float32(255), digits[part])
            missed = model.predict(images.reshape(-1, 784) / np.float32(255)) != labels
            wrong[f"{name}, {lot} 8000"] = missed
            print(f"{name}, {lot} 8000: accuracy {1 - missed.mean():.4f}", flush=True)
    for one, other in combinations(wrong, 2):
        print(f"{one} and {other}: {np.corrcoef(wrong[one], wrong[other])[0, 1]:.2f}")


def main() -> None:
    """Parse the command line, simulate or train, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--classes", type=int, default=400)
    parser.add_argument("--calibrate", action="store_true", help="train real classifiers instead")
    options = parser.parse_args()
    if options.classes < 1:
        parser.error(f"--classes is {options.classes}, expected 1 or more")
    with threadpool_limits(1):
        if options.calibrate:
            print_calibration()
        else:
            print_simulations(options.classes)
    print(f"CPU seconds: {time.process_time():.0f}")


if __name__ == "__main__":
    main()
