"""Say, from practice images, what a capstone will score on held-out ones, and how surely.

A practice score and a held-out score differ for four reasons:

- the practice images are a sample, and so are the held-out ones: each score has its own sampling
  error, which falls with the square root of the number of images;
- graded, the capstone learns again, from other images and by other luck;
- practice images can be easier or harder as a whole: MNIST's official test images were written
  by other people than most held-out digits.

So the interval of one score, which knows the first reason alone, is too narrow. All four add up
on the scale of log-odds, where the worth of a share of errors is the same near 1 as elsewhere::

    logit(held-out) = logit(practice) - shift + error
    variance of the error = s² (1 + n / m) + learning²

with n practice and m held-out images. s is the practice score's standard error, read off its
interval: Wilson's is symmetric on this scale, and a bootstrap's nearly so. `CALIBRATED` holds
what no theory tells, the shift and the spread of learning again; ``python -m
benchmarks.validity.forecast`` measures them, and how often the interval holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from autograder.scoring.metrics import Measured, Metric
    from autograder.scoring.tiers import Placement, Tiers
    from helpers.capstone import Capstone

Z = 1.959964
"""Half the width, in standard errors, of what holds 95 % of a normal distribution."""


@dataclass(frozen=True)
class Calibration:
    """What separates a practice score from a held-out one beside sampling, in log-odds.

    Attributes
    ----------
    shift : float
        By how much practice images are easier.
    learning : float
        Standard deviation of what learning again changes.
    restless_from, restless_to, restless : float
        From one score to the other, learning again changes more, by this standard deviation.
    """

    shift: float
    learning: float
    restless_from: float = math.inf
    restless_to: float = math.inf
    restless: float = 0.0

    def is_restless(self, score: float) -> bool:
        """Whether learning again changes such a score more than others."""
        return self.restless_from <= score < self.restless_to

    def learning_at(self, score: float) -> float:
        """Return the standard deviation of what learning again changes, for this score."""
        return self.restless if self.is_restless(score) else self.learning


CALIBRATED: Mapping[str, Calibration] = MappingProxyType(
    {
        "accuracy": Calibration(shift=0.044, learning=0.051),
        "ari": Calibration(shift=0.0, learning=0.148, restless_from=0.63, restless=0.785),
        "macro_f1": Calibration(
            shift=0.0, learning=0.008, restless_from=0.62, restless_to=0.8, restless=0.211
        ),
    }
)
"""By metric: digits, clusters of digits, and apparel.

`python -m benchmarks.validity.forecast --calibrate` measures them, on other held-out sets than
those that `docs/figures.md` reports coverage on.
Practice images of the last two are drawn as held-out ones are, which leaves no shift: what was
measured, 0.08 and 0.000, is taken for chance. Clusters above 0.63 are islands of a map by t-SNE,
of which two join, or one falls apart, by chance. A macro F1 from 0.62 to 0.8 is that of
networks, which another start changes by as much as other images do.
"""

UNCALIBRATED = Calibration(shift=0.0, learning=0.0)
"""Of a course's own metric: its interval is of the choice of images alone."""


@dataclass(frozen=True)
class Step:
    """The way from a score to the nearest boundary on one side.

    Attributes
    ----------
    label : str
        Tier beyond it.
    boundary : Fraction
        Where it lies.
    gap : Fraction
        How far that is.
    images : int or None
        How many more, or fewer, images of the practice set have to be right; exact for accuracy.
        None where nobody can tell what an image is worth.
    """

    label: str
    boundary: Fraction
    gap: Fraction
    images: int | None


@dataclass(frozen=True)
class Forecast:
    """What a practice score says about the held-out score.

    Attributes
    ----------
    low, high : float
        Ends of the 95 % prediction interval of the held-out score.
    placed : Placement
        Tier and grade of the practice score.
    reached : tuple of str
        Labels of all tiers that the interval or the practice score reach, lowest first.
    up, down : Step or None
        Ways to the next better and the next worse tier; None where there is none.
    """

    low: float
    high: float
    placed: Placement
    reached: tuple[str, ...]
    up: Step | None
    down: Step | None

    @property
    def borderline(self) -> bool:
        """Whether the held-out score may well lie in another tier."""
        return len(self.reached) > 1


def forecast(
    truth: NDArray[Any],
    answers: NDArray[Any],
    measured: Measured,
    tiers: Tiers,
    capstone: Capstone,
) -> Forecast:
    """Forecast the held-out score.

    Parameters
    ----------
    truth, answers : ndarray
        Of the practice images, checked; shape (n,) or (n, k) each.
    measured : Measured
        Their score.
    tiers : Tiers
        The assignment's tiers.
    capstone : Capstone
        Says how many images are held out.

    Returns
    -------
    Forecast
    """
    sizes = len(truth), capstone.held_out
    metric = tiers.metric
    calibration = UNCALIBRATED if metric.own else CALIBRATED[metric.name]
    low, high = prediction_interval(measured, *sizes, calibration)
    # what is wrong of an answer, and how wrong, a course's own metric alone knows
    wrong = None if metric.own else count_wrong(truth, answers, metric)
    down, up = find_steps(measured.score, tiers, len(truth), wrong)
    placed = tiers.place(measured.score)
    ends = (tiers.place(Fraction(end)).label for end in (low, high))
    labels = tiers.labels
    reached = [labels.index(label) for label in (*ends, placed.label)]
    span = labels[min(reached) : max(reached) + 1]
    return Forecast(low, high, placed, span, up, down)


def prediction_interval(
    measured: Measured, n: int, m: int, calibration: Calibration
) -> tuple[float, float]:
    """Return the ends of the 95 % prediction interval of a score on m held-out images.

    Parameters
    ----------
    measured : Measured
        Score of n practice images with its interval.
    n, m : int
        Numbers of practice and of held-out images.
    calibration : Calibration
        What is known beside.

    Returns
    -------
    low, high : float
        From 0 to 1.

    Examples
    --------
    >>> from autograder.scoring.metrics import measure_share
    >>> low, high = prediction_interval(
    ...     measure_share(9500, 10_000), 10_000, 10_000, Calibration(0, 0)
    ... )
    >>> f"{low:.4f} to {high:.4f}"
    '0.9436 to 0.9557'
    """
    error = standard_error(measured, n)
    learning = calibration.learning_at(float(measured.score))
    deviation = math.hypot(error * math.sqrt(1 + n / m), learning)
    centre = log_odds(float(measured.score), n) - calibration.shift
    low, high = (1 / (1 + math.exp(-(centre + side * Z * deviation))) for side in (-1, 1))
    return low, high


def standard_error(measured: Measured, n: int) -> float:
    """Return the standard error of a score of n images, in log-odds."""
    return (log_odds(measured.high, n) - log_odds(measured.low, n)) / (2 * Z)


def log_odds(score: float, n: int) -> float:
    """Return log-odds of a score of n images, which all or none right do not make infinite."""
    inside = min(max(score, 0.5 / (n + 1)), (n + 0.5) / (n + 1))
    return math.log(inside / (1 - inside))


def count_wrong(truth: NDArray[Any], answers: NDArray[Any], metric: Metric) -> int:
    """Count the images that are not right as a whole; for clusters, those of no digit's own one."""
    if metric.by_image:
        differs = truth != answers
        return int(np.count_nonzero(differs.reshape(len(truth), -1).any(axis=1)))
    from scipy.optimize import linear_sum_assignment  # only here: it takes a while to load

    rows, columns = (np.unique(side, return_inverse=True)[1] for side in (truth, answers))
    table = np.zeros((rows.max() + 1, columns.max() + 1), np.int64)
    np.add.at(table, (rows, columns), 1)
    return int(len(truth) - table[linear_sum_assignment(table, maximize=True)].sum())


def find_steps(
    score: Fraction, tiers: Tiers, n: int, wrong: int | None
) -> tuple[Step | None, Step | None]:
    """Return the ways to the next worse and to the next better tier.

    Parameters
    ----------
    score : Fraction
        The score.
    tiers : Tiers
        The assignment's tiers.
    n : int
        Of how many images it is.
    wrong : int or None
        How many of them are wrong; None where that is unknown.

    Returns
    -------
    down, up : Step or None
        None where there is no tier on that side.
    """
    place = tiers.labels.index(tiers.place(score).label)
    # Where each tier but the first begins; the last two can begin at the same score.
    starts = [*(band.start for band in tiers.bands[1:]), tiers.ranked.above]
    worth = _worth(score, tiers.metric, n, wrong)
    last = len(starts)
    down = up = None
    if place > 0:
        gap = score - starts[place - 1]
        # A boundary belongs to the tier above it, but for the last one: above means above.
        down = _step(tiers, place - 1, starts[place - 1], gap, worth, reach=place == last)
    if place < last:
        gap = starts[place] - score
        up = _step(tiers, place + 1, starts[place], gap, worth, reach=place + 1 < last)
    return down, up


def _worth(score: Fraction, metric: Metric, n: int, wrong: int | None) -> Fraction | None:
    """Return what an image is worth, as if the score rose evenly until none is wrong."""
    if metric.is_share:
        return Fraction(1, n)
    if wrong is None:
        return None
    return (1 - score) / wrong if wrong else Fraction(1, n)


def _step(
    tiers: Tiers,
    place: int,
    boundary: Fraction,
    gap: Fraction,
    worth: Fraction | None,
    *,
    reach: bool,
) -> Step:
    """Count images: to `reach` a boundary is enough, or it has to be passed."""
    if worth is None:
        return Step(tiers.labels[place], boundary, gap, None)
    images = math.ceil(gap / worth) if reach else math.floor(gap / worth) + 1
    return Step(tiers.labels[place], boundary, gap, images)
