"""Metrics that an assignment can be graded by: exact scores with their 95 % intervals.

`tiers.toml` names one of `METRICS`, or a course's own (`autograder.scoring.own_metric`). A metric
checks what the student's function answered, by a
function of `autograder.scoring.validation`, scores it, by one of
`autograder.scoring.metric_scores`, and says how far the score may be off by the luck of the
images. `CONTRIBUTING.md` says how to add one.

The interval of the share of right answers is Wilson's. Other scores get a percentile bootstrap:
the images are drawn anew with replacement, with a fixed seed, and the score computed again.
It tells how much depends on which images were held out; what depends on the student's own
random numbers it cannot know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.scoring import metric_scores
from autograder.scoring.metric_scores import Pairs
from autograder.scoring.validation import check_clusters, check_indicators, check_predictions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

RESAMPLES = 1000
"""Draws of a bootstrap; its bounds then repeat to about a twentieth of the interval's width."""

_SEED = 0


@dataclass(frozen=True)
class Measured:
    """An exact score with its 95 % confidence interval.

    Attributes
    ----------
    score : Fraction
        From 0 to 1.
    low, high : float
        Ends of the interval, from 0 to 1.

    Raises
    ------
    ValueError
        If the score or the interval is outside 0 to 1.
    """

    score: Fraction
    low: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 1 or not 0 <= self.low <= self.high <= 1:
            raise ValueError(
                f"a score of {self.score} with interval {self.low} to {self.high}, "
                "expected all from 0 to 1, and low <= high"
            )


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One way to grade answers.

    Attributes
    ----------
    name : str
        As `tiers.toml`, unless it is a course's own, and the heading of `grades.csv` have it.
    title : str
        As prose and pictures have it.
    percent : bool, default False
        Whether people read it in percent.
    is_share : bool, default False
        Whether it is the share of images answered right, each image counting the same: then the
        interval is Wilson's, and two answers can be paired.
    by_image : bool, default True
        Whether each image is answered right or wrong by itself, whatever the others are; not so
        where only groups of images are compared.
    check : callable
        Turns the student's answer and the truth into a plain array as long as the truth, or
        raises `autograder.errors.PredictionError`.
    score : callable
        Exact score of counted pairs, from 0 to 1.
    sha256 : str
        Of the file that defines it; empty for one of `METRICS`. Two metrics of the same file, or
        of none, are the same if all that they say of themselves is.
    """

    name: str
    title: str
    percent: bool = False
    is_share: bool = False
    by_image: bool = True
    check: Callable[[Any, NDArray[Any]], NDArray[Any]] = field(compare=False)
    score: Callable[[Pairs], Fraction] = field(compare=False)
    sha256: str = ""

    @property
    def own(self) -> bool:
        """Whether it is a course's own."""
        return self.sha256 != ""

    @property
    def interval(self) -> str:
        """What kind of interval stands beside a score, as people read it."""
        return "Wilson" if self.is_share else "bootstrap"

    def measure(self, truth: NDArray[Any], answers: NDArray[Any]) -> Measured:
        """Score checked answers.

        Parameters
        ----------
        truth : ndarray of shape (n,) or (n, k)
            What is right, one row an image.
        answers : ndarray of shape (n,) or (n, m)
            What `check` returned, one row an image.

        Returns
        -------
        Measured

        Raises
        ------
        ValueError
            If there are not as many answers, or there is no image, or if the score of a metric
            that says `is_share` is no share of the images.
        """
        if self.is_share:
            return measure_share(self._count_right(truth, answers), len(truth))
        _check_lengths(truth, answers)
        pairs, pair_of = _count_pairs(truth, answers)
        return Measured(self.score(pairs), *_bootstrap(self.score, pairs, pair_of))

    def score_of(self, truth: NDArray[Any], answers: NDArray[Any]) -> Fraction:
        """Score checked answers without an interval, which may take a hundred times longer.

        Parameters and errors are those of `measure`.

        Returns
        -------
        Fraction
            From 0 to 1.
        """
        _check_lengths(truth, answers)
        if self.is_share:  # each image by itself: nothing is gained by sorting them
            return self.score(Pairs(truth, answers, np.ones(len(truth), np.int64)))
        return self.score(_count_pairs(truth, answers)[0])

    def right(self, truth: NDArray[Any], answers: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which images are answered right, by a metric that says `is_share`.

        Parameters and errors are those of `measure`.

        Returns
        -------
        ndarray of shape (n,), dtype bool
        """
        _check_lengths(truth, answers)
        if self.score is metric_scores.accuracy and answers.shape == truth.shape:
            return np.asarray(answers == truth)  # of a large class in no time
        pairs, pair_of = _count_pairs(truth, answers)
        rows = (slice(k, k + 1) for k in range(len(pairs.counts)))
        alone = (Pairs(pairs.truth[row], pairs.answers[row], np.ones(1, np.int64)) for row in rows)
        return np.array([self.score(pair) == 1 for pair in alone])[pair_of]

    def _count_right(self, truth: NDArray[Any], answers: NDArray[Any]) -> int:
        score = self.score_of(truth, answers)
        right = score * len(truth)
        if right.denominator != 1:  # some mean of shares, of which Wilson's interval is not true
            raise ValueError(
                f"{self.name} scored {score} on {len(truth)} images, expected a whole number of "
                "them; set is_share=False"
            )
        return right.numerator

    def format(self, value: Fraction | float) -> str:
        """Write a boundary as people read it.

        Examples
        --------
        >>> METRICS["accuracy"].format(Fraction("0.965")), METRICS["ari"].format(Fraction("0.5"))
        ('96.5 %', '0.5')
        """
        return f"{float(100 * value):g} %" if self.percent else f"{float(value):g}"


def _check_lengths(truth: NDArray[Any], answers: NDArray[Any]) -> None:
    if len(truth) != len(answers) or len(truth) == 0:
        raise ValueError(
            f"truth of shape {truth.shape} and answers of shape {answers.shape}, "
            "expected as many of both, and an image or more"
        )


def measure_share(correct: int, total: int) -> Measured:
    """Return a share of right answers with Wilson's 95 % interval.

    Raises
    ------
    ValueError
        If not 0 <= correct <= total and 0 < total.

    Examples
    --------
    >>> measure_share(97, 100).score
    Fraction(97, 100)
    """
    if not 0 <= correct <= total or total == 0:
        raise ValueError(f"{correct} of {total} correct, expected 0 <= correct <= total, 0 < total")
    from scipy.stats import binomtest  # only here: it costs 0.4 s, in every worker

    bounds = binomtest(correct, total).proportion_ci(0.95, method="wilson")
    return Measured(Fraction(correct, total), float(bounds.low), float(bounds.high))


def _count_pairs(truth: NDArray[Any], answers: NDArray[Any]) -> tuple[Pairs, NDArray[np.intp]]:
    """Count the distinct pairs, and tell which of them each image is."""
    table = np.column_stack([truth.reshape(len(truth), -1), answers.reshape(len(answers), -1)])
    if table.dtype.kind != "f":  # of truth values too
        table = table.astype(np.int64)
    _, first, pair_of, counts = np.unique(
        table, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    return Pairs(truth[first], answers[first], counts), pair_of.ravel()


def _bootstrap(
    score: Callable[[Pairs], Fraction], pairs: Pairs, pair_of: NDArray[np.intp]
) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % points of the scores of redrawn images."""
    rng, n, kinds = np.random.default_rng(_SEED), len(pair_of), len(pairs.counts)
    # Whole random numbers alone: they are the same on every processor.
    redrawn = (pair_of[rng.integers(0, n, n)] for _ in range(RESAMPLES))
    counts = (np.bincount(kind, minlength=kinds) for kind in redrawn)
    scores = [float(score(Pairs(pairs.truth, pairs.answers, c))) for c in counts]
    low, high = np.quantile(scores, [0.025, 0.975])
    return float(low), float(high)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            Metric(
                name="accuracy",
                title="accuracy",
                percent=True,
                is_share=True,
                by_image=True,
                check=lambda answer, truth: check_predictions(answer, len(truth)),
                score=metric_scores.accuracy,
            ),
            Metric(
                name="ari",
                title="adjusted Rand index",
                percent=False,
                is_share=False,
                by_image=False,
                check=lambda answer, truth: check_clusters(answer, len(truth)),
                score=metric_scores.adjusted_rand_index,
            ),
            Metric(
                name="macro_f1",
                title="macro F1",
                percent=False,
                is_share=False,
                by_image=True,
                check=lambda answer, truth: check_indicators(answer, *truth.shape),
                score=metric_scores.macro_f1,
            ),
        )
    }
)
"""Every metric, by its name in `tiers.toml`."""
