"""Score a student's predictions of images that the submission never saw."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.arrays import pack, unpack
from autograder.holdout.canaries import shuffle_in
from autograder.holdout.files import _find, read_labels
from autograder.scoring.final import FinalRule, share_by_grade
from autograder.scoring.metrics import METRICS, Measured
from autograder.scoring.tiers import Tiers, load_tiers
from helpers.data import load_mnist
from helpers.idx import read_idx

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

HOLDOUT_VARIABLE = "COURSE_HOLDOUT"
"""Environment variable that names the folder of held-out images; the checker's kernel has it."""

SCORE_MIME = "application/vnd.digits-course.score+json"
"""MIME type of a score in a cell's result."""

ANSWERS = "answers"
"""Key of the packed answers in a score's data: taken out before a notebook is handed back."""

PROBED = "probed"
"""Key of those about probes, likewise."""

_ARRAYS = (ANSWERS, PROBED)

_LOAD_OFFICIAL_TEST = partial(load_mnist, "test")


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
    """

    metric: str
    measured: Measured
    total: int
    points: float
    max_points: float
    tier: str
    answers: NDArray[Any] | None = field(default=None, compare=False)
    probed: NDArray[Any] | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        # nbgrader reads a cell's partial credit as float(output.data["text/plain"]).
        return str(self.points)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        # A fraction as text: JSON readers other than Python's round large numbers.
        measured = asdict(self.measured) | {"score": str(self.measured.score)}
        table = {name: value for name, value in vars(self).items() if name not in _ARRAYS}
        # What was answered and never what was right: no label leaves the checker's process.
        arrays = {name: array for name in _ARRAYS if (array := getattr(self, name)) is not None}
        kept = {name: pack(array) for name, array in arrays.items()}
        return {"text/plain": repr(self), SCORE_MIME: table | {"measured": measured} | kept}

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
    practice: Callable[[], tuple[NDArray[np.uint8], NDArray[Any]]] = _LOAD_OFFICIAL_TEST,
) -> Score:
    """Call a student's function once on images it never saw and grade its answers by tier.

    The images come from the folder that the environment variable COURSE_HOLDOUT names, and
    where there is none from `practice`. How many points a grade earns, `points_for_grade` says;
    what lies above the last band is ranked within the class, which no single cell can know.

    Parameters
    ----------
    predict : callable
        Maps images, uint8 of shape (n, height, width) or (n, height, width, channels), to what
        the metric of the tiers compares: a digit for each image, shape (n,), for "accuracy";
        a cluster's number or -1 for noise, shape (n,), for "ari"; zeros and ones, shape (n, k),
        for "macro_f1". It gets a copy of the images.
    points : float
        Points of the cell.
    folder : str or Path, default "."
        Folder whose `tiers.toml` holds; the current one by default.
    practice : callable, optional
        Gives images and truth on a student's own machine; MNIST's official test set by default.

    Returns
    -------
    Score

    Raises
    ------
    PredictionError
        If the answer is not one legal answer per image.
    TierError, IDXError, OSError
        If the tiers or the images cannot be read; no fault of `predict`.
    ValueError
        If `points` is not above 0, or images and truth do not match.
    """
    if not points > 0:
        raise ValueError(f"points is {points!r}, expected a number above 0")
    tiers = load_tiers(folder)
    metric = METRICS[tiers.metric]
    images, truth = _load_images(practice)
    mixed, places = _mix(images)
    # As many as were asked about have to be answered, probes included.
    asked = np.zeros((len(mixed), *truth.shape[1:]), truth.dtype)
    answers, probed = np.split(metric.check(predict(mixed), asked)[places], [len(images)])
    measured = metric.measure(truth, answers)
    placed = tiers.place(measured.score)
    earned = points_for_grade(points, placed.grade, tiers)
    # On a student's own machine there is nothing to score again, and notebooks stay small.
    kept = answers if os.environ.get(HOLDOUT_VARIABLE) else None
    slipped = probed if len(probed) else None
    facts = (metric.name, measured, len(truth), earned, float(points), placed.label)
    return Score(*facts, answers=kept, probed=slipped)


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


def _load_images(
    practice: Callable[[], tuple[NDArray[np.uint8], NDArray[Any]]],
) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Images (n, ...) and truth (n,) or (n, k)."""
    holdout = os.environ.get(HOLDOUT_VARIABLE)
    if not holdout:
        return practice()
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
