"""Score what a student's function answers on images it never saw.

On a student's own machine these are practice images, and the score comes with a forecast of what
held-out images will say (`autograder.scoring.forecast`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograder.arrays import pack, unpack
from autograder.holdout.canaries import shuffle_in
from autograder.holdout.files import _find, read_labels
from autograder.scoring.display import Shown, to_html
from autograder.scoring.final import FinalRule, share_by_grade
from autograder.scoring.forecast import forecast
from autograder.scoring.metrics import Measured
from autograder.scoring.tiers import Tiers, load_tiers
from helpers.capstone import SCORE_MIME, Usage, measured_usage
from helpers.idx import read_idx

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autograder.scoring.metrics import Metric

HOLDOUT_VARIABLE = "COURSE_HOLDOUT"
"""Environment variable that names the folder of held-out images; the checker's kernel has it."""

ANSWERS = "answers"
"""Key of the packed answers in a score's data: taken out before a notebook is handed back."""

PROBED = "probed"
"""Key of those about probes, likewise."""

_ARRAYS = (ANSWERS, PROBED)

CALL_BYTES = 44 << 20
"""Most bytes of images in one call: base64 makes them a third longer, and `MAX_BYTES` of
`autograder.kernel_side.codec` bounds the text."""

Practice = Callable[[], tuple[NDArray[np.uint8], NDArray[Any]]]
"""Gives images and truth."""


@dataclass(frozen=True)
class Score:
    """A measured score; as the result of a cell it shows the number of points.

    Attributes
    ----------
    metric : str
        Name of what was measured.
    measured : Measured
        The exact score with its interval.
    total : int
        Number of images that it was measured on.
    points, max_points : float
        Points earned, rounded to 2 decimals, and points to be had.
    tier : str
        Label of the tier that the score lies in.
    answers : ndarray of shape (n,) or (n, k), or None
        What was scored; only of held-out images, where the grader keeps it as evidence, and
        None for practice.
    probed : ndarray of shape (2 k,), or None
        What was answered about probes (`autograder.holdout.canaries`), which count for nothing
        here; None without probes.
    shown : Shown or None
        What is said of a practice score, for people alone; None of one on held-out images.
    metric_sha256 : str
        Of the file of a course's own metric; empty for another.
    """

    metric: str
    measured: Measured
    total: int
    points: float
    max_points: float
    tier: str
    answers: NDArray[Any] | None = field(default=None, compare=False)
    probed: NDArray[Any] | None = field(default=None, compare=False)
    shown: Shown | None = field(default=None, compare=False)
    metric_sha256: str = ""

    def __repr__(self) -> str:
        # nbgrader reads a cell's partial credit as float(output.data["text/plain"]).
        return str(self.points)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        # A fraction as text: JSON readers other than Python's round large numbers.
        measured = asdict(self.measured) | {"score": str(self.measured.score)}
        left_out = (*_ARRAYS, "shown", *(() if self.metric_sha256 else ("metric_sha256",)))
        table = {name: value for name, value in vars(self).items() if name not in left_out}
        # What was answered and never what was right: no label leaves the checker's process.
        arrays = {name: array for name in _ARRAYS if (array := getattr(self, name)) is not None}
        kept = {name: pack(array) for name, array in arrays.items()}
        pages = {} if self.shown is None else {"text/html": to_html(self.shown)}
        return {
            "text/plain": repr(self),
            **pages,
            SCORE_MIME: table | {"measured": measured} | kept,
        }

    @classmethod
    def from_mimebundle(cls, bundle: Mapping[str, Any]) -> Score:
        """Read back what a cell's result says.

        Parameters
        ----------
        bundle : mapping
            The `data` of the cell's ``execute_result``.

        Returns
        -------
        Score

        Raises
        ------
        KeyError
            If the bundle holds no score.
        PackingError
            If its answers cannot be read.

        Examples
        --------
        >>> measured = Measured(Fraction(97, 100), 0.915, 0.99)
        >>> score = Score("accuracy", measured, 100, 36.0, 40.0, "above 96")
        >>> Score.from_mimebundle(score._repr_mimebundle_()).measured.score
        Fraction(97, 100)
        """
        table = bundle[SCORE_MIME]
        exact = {"score": Fraction(table["measured"]["score"])}
        arrays = {name: unpack(table[name]) for name in _ARRAYS if name in table}
        measured = Measured(**table["measured"] | exact)
        return cls(**table | {"measured": measured} | arrays)


def score_predictions(
    predict: Callable[[NDArray[np.uint8]], Any],
    points: float,
    *,
    folder: str | Path = ".",
    practice: Practice | None = None,
) -> Score:
    """Call a student's function on images it never saw and grade its answers by tier.

    The images come from the folder that the environment variable COURSE_HOLDOUT names, and
    where there is none from `practice`. How many points a grade earns, `points_for_grade` says;
    what lies above the last band is ranked within the class, which no single cell can know.

    A practice score also shows, where the tiers have a table ``[capstone]``, what held-out images
    will say of it, and what the call took of its limits.

    All images go in one call, unless there are more than `CALL_BYTES` of them and each is answered
    by itself: then they go in as few calls as that takes, equally many in each, at home too.

    Parameters
    ----------
    predict : callable
        Maps images, uint8 of shape (n, height, width) or (n, height, width, channels), to what
        the metric of the tiers compares, an answer for each: docs/reference/tiers.md says which.
        It gets a copy of the images.
    points : float
        Points of the cell.
    folder : str or Path, default "."
        Folder whose `tiers.toml` holds; the current one by default.
    practice : callable, optional
        Gives images and truth on a student's own machine; by default as many official images of
        MNIST as the tiers say are held out, warped as these are: test images, or for a metric of
        clusters, where nothing learns from labels, images of both splits.

    Returns
    -------
    Score

    Raises
    ------
    PredictionError
        If the answer is not one legal answer per image.
    TierError, MetricError, IDXError, OSError
        If the tiers, a course's own metric or the images cannot be read; no fault of `predict`.
    ValueError
        If `points` is not above 0, or images and truth do not match.
    """
    if not points > 0:
        raise ValueError(f"points is {points!r}, expected a number above 0")
    tiers = load_tiers(folder)
    metric = tiers.metric
    images, truth = _load_images(practice, tiers)
    mixed, places = _mix(images)
    # As many as were asked about have to be answered, probes included.
    asked = np.zeros((len(mixed), *truth.shape[1:]), truth.dtype)
    found, usages = _ask(predict, mixed, asked, metric)
    answers, probed = np.split(found[places], [len(images)])
    measured = metric.measure(truth, answers)
    placed = tiers.place(measured.score)
    earned = points_for_grade(points, placed.grade, tiers)
    score = Score(metric.name, measured, len(truth), earned, float(points), placed.label)
    score = replace(score, metric_sha256=metric.sha256)
    if os.environ.get(HOLDOUT_VARIABLE):
        return replace(score, answers=answers, probed=probed if len(probed) else None)
    # On a student's own machine there is nothing to score again, and notebooks stay small.
    name = getattr(predict, "__name__", "predict")
    return replace(score, shown=_shown(score, tiers, (truth, answers), name, usages))


def _ask(
    predict: Callable[[NDArray[np.uint8]], Any],
    images: NDArray[np.uint8],
    asked: NDArray[Any],
    metric: Metric,
) -> tuple[NDArray[Any], list[Usage]]:
    """Return checked answers, and what each call took; `asked` has an answer's shape for each."""
    calls = max(1, -(-images.nbytes // CALL_BYTES)) if metric.by_image else 1
    answers, usages = [], []
    parts = (np.array_split(side, calls) for side in (images, asked))
    for part, expected in zip(*parts, strict=True):
        with measured_usage() as usage:
            found = predict(part)
        answers.append(metric.check(found, expected))
        usages.append(usage)
    return np.concatenate(answers), usages


def _shown(
    score: Score,
    tiers: Tiers,
    pairs: tuple[NDArray[Any], NDArray[Any]],
    call: str,
    usages: list[Usage],
) -> Shown | None:
    """Forecast from `pairs`, truth and answers; None where the conditions are not stated."""
    if tiers.capstone is None:
        return None
    return Shown(
        measured=score.measured,
        total=score.total,
        points=score.points,
        max_points=score.max_points,
        tiers=tiers,
        capstone=tiers.capstone,
        forecast=forecast(*pairs, score.measured, tiers, tiers.capstone),
        call=call,
        usages=tuple(usages),
    )


def points_for_grade(points: float, grade: int, tiers: Tiers) -> float:
    """Return the points of a cell that a grade earns.

    Where points decide (`autograder.scoring.final`) they are the grade's share out of 100: what
    lies above the last band has those of its first grade until the class's ranking is known.
    Where the grade decides, the last band earns all the points; to 2 decimals.

    Examples
    --------
    >>> from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text
    >>> points_for_grade(40, 69, load_tiers_text(DEFAULT_TIERS))
    30.67
    """
    if tiers.final is FinalRule.TOTAL:
        return share_by_grade(points, grade)
    return round(points * grade / tiers.provisional, 2)


def _load_images(practice: Practice | None, tiers: Tiers) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Images (n, ...) and truth (n,) or (n, k)."""
    holdout = os.environ.get(HOLDOUT_VARIABLE)
    if not holdout and practice is not None:
        return practice()
    if not holdout:
        from autograder.scoring.practice import load_practice_digits  # only here: it costs 0.1 s

        size = None if tiers.capstone is None else tiers.capstone.held_out
        splits = ("test",) if tiers.metric.by_image else ("train", "test")
        return load_practice_digits(size, splits=splits)
    images, labels = read_idx(_find(Path(holdout), "images")), read_labels(Path(holdout))
    if images.ndim < 3 or labels.shape[:1] != images.shape[:1] or len(labels) == 0:
        raise ValueError(
            f"{holdout} holds images of shape {images.shape} and labels of shape "
            f"{labels.shape}, expected (n, rows, columns, ...) and (n, ...) with the same n above 0"
        )
    return images, labels


def _mix(images: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    holdout = os.environ.get(HOLDOUT_VARIABLE)
    return shuffle_in(images, Path(holdout)) if holdout else (images.copy(), np.arange(len(images)))
