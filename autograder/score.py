"""Score a student's `predict` on images it never saw.

Errors::

    ValueError
    └── PredictionError             the answer is no list of digits
        ├── PredictionTypeError     not an array of integers
        ├── PredictionShapeError    not one answer per image
        └── PredictionValueError    integers that are no digits
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.tiers import load_tiers
from helpers.data import load_mnist
from helpers.idx import read_idx

HOLDOUT_VARIABLE = "COURSE_HOLDOUT"
IMAGES_FILE = "images-idx3-ubyte"
LABELS_FILE = "labels-idx1-ubyte"
SCORE_MIME = "application/vnd.digits-course.score+json"

_DIGITS = 10


class PredictionError(ValueError):
    """`predict` gave something other than one digit per image.

    Parameters
    ----------
    found, expected
        What came back, and what should have.
    hint
        How to mend it; may be empty.
    """

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        super().__init__(found, expected, hint)
        self.found, self.expected, self.hint = found, expected, hint

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"predict(images) gave {self.found}, expected {self.expected}{hint}"


class PredictionTypeError(PredictionError):
    """The answer is not an array of integers."""


class PredictionShapeError(PredictionError):
    """The answer does not have one entry per image."""


class PredictionValueError(PredictionError):
    """The answer holds integers that are no digits."""


@dataclass(frozen=True)
class Score:
    """A measured score; as the result of a cell it shows the number of points.

    Parameters
    ----------
    metric
        Name of what was measured.
    correct, total
        Right answers and all answers.
    points, max_points
        Points earned, rounded to 2 decimals, and points to be had.
    tier
        Label of the tier that the score lies in.
    """

    metric: str
    correct: int
    total: int
    points: float
    max_points: float
    tier: str

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.correct / self.total

    def __repr__(self) -> str:
        # nbgrader reads a cell's partial credit as float(output.data["text/plain"]).
        return str(self.points)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"text/plain": repr(self), SCORE_MIME: vars(self).copy()}

    @classmethod
    def from_mimebundle(cls, bundle: Mapping[str, Any]) -> Score:
        """Read back what a cell's result says.

        Parameters
        ----------
        bundle
            The `data` of the cell's ``execute_result``.

        Returns
        -------
        Score

        Raises
        ------
        KeyError
            If the bundle holds no score.

        Examples
        --------
        >>> score = Score("accuracy", 97, 100, 36.0, 40.0, "above 96")
        >>> Score.from_mimebundle(score._repr_mimebundle_()).correct
        97
        """
        return cls(**bundle[SCORE_MIME])


def score_predictions(
    predict: Callable[[NDArray[np.uint8]], Any], points: float, *, folder: str | Path = "."
) -> Score:
    """Call `predict` once on images it never saw and grade its answers by tier.

    The images come from the folder that the environment variable COURSE_HOLDOUT names, and
    where there is none from MNIST's official test set.  The last band earns all the points:
    what lies above it is ranked within the class, which no single cell can know.

    Parameters
    ----------
    predict
        Maps images, uint8 of shape (n, 28, 28), to integer labels 0 to 9 of shape (n,).
        It gets a copy of the images.
    points
        Points of the cell: what the last band earns.
    folder
        Folder whose `tiers.toml` holds; the current one by default.

    Returns
    -------
    Score

    Raises
    ------
    PredictionError
        If the answer is not one digit per image.
    TierError, IDXError, OSError
        If the tiers or the images cannot be read; no fault of `predict`.
    ValueError
        If `points` is not above 0, or images and labels do not match.
    """
    if not points > 0:
        raise ValueError(f"points is {points!r}, expected a number above 0")
    tiers = load_tiers(folder)
    images, labels = _load_images()
    answers = check_predictions(predict(images.copy()), len(labels))
    correct = int(np.count_nonzero(answers == labels))
    placed = tiers.place(Fraction(correct, len(labels)))
    earned = round(points * placed.grade / tiers.provisional, 2)
    return Score(tiers.metric, correct, len(labels), earned, float(points), placed.label)


def _load_images() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Images (n, 28, 28) and labels (n,), both uint8."""
    holdout = os.environ.get(HOLDOUT_VARIABLE)
    if not holdout:
        return load_mnist("test")
    images = read_idx(Path(holdout, IMAGES_FILE))
    labels = read_idx(Path(holdout, LABELS_FILE))
    if images.ndim != 3 or labels.shape != images.shape[:1] or len(labels) == 0:
        raise ValueError(
            f"{holdout} holds images of shape {images.shape} and labels of shape "
            f"{labels.shape}, expected (n, rows, columns) and (n,) with the same n above 0"
        )
    return images, labels


def check_predictions(answer: Any, n: int) -> NDArray[np.int64]:
    """Turn an answer into n labels, or say what is wrong with it.

    Parameters
    ----------
    answer
        Anything array-like: an array, a list of ints.
    n
        Number of images that were asked for.

    Returns
    -------
    int64 array of shape (n,)
        A new plain array of numbers 0 to 9.

    Raises
    ------
    PredictionTypeError, PredictionShapeError, PredictionValueError
        Naming what was found, what was expected and how to mend it.

    Examples
    --------
    >>> check_predictions([7, 2, 1], 3)
    array([7, 2, 1])
    """
    labels = _as_array(answer)
    _check_shape(labels.shape, n)
    if labels.dtype.kind not in "iu":
        found = f"an array of type {labels.dtype}"
        raise PredictionTypeError(found, "integer labels such as int64", _type_hint(labels))
    wrong = np.unique(labels[(labels < 0) | (labels >= _DIGITS)])
    if len(wrong):
        some = ", ".join(map(str, wrong[:5].tolist())) + (", ..." if len(wrong) > 5 else "")
        raise PredictionValueError(f"the labels {some}", f"digits from 0 to {_DIGITS - 1}")
    return np.array(labels, dtype=np.int64)


def _as_array(answer: Any) -> NDArray[Any]:
    expected = "an array of integer labels, one per image"
    if answer is None:
        raise PredictionTypeError("None", expected, "does every path end with a return?")
    try:
        return np.asarray(answer)
    except (ValueError, TypeError) as error:  # a ragged list, an object with a bad __array__
        found = f"a {type(answer).__name__} that is no array"
        raise PredictionTypeError(found, expected, str(error)) from error


def _check_shape(shape: tuple[int, ...], n: int) -> None:
    if shape == (n,):
        return
    hint = ""
    if shape == (n, 1) or shape == (1, n):
        hint = "use .ravel()"
    elif shape == (n, _DIGITS):
        hint = "these look like one value per class: use .argmax(axis=1)"
    elif not shape:
        hint = "that is a single value; predict gets all images at once"
    elif len(shape) == 1:
        hint = "give one label for every image, in the order of the images"
    raise PredictionShapeError(f"shape {shape}", f"shape ({n},)", hint)


def _type_hint(labels: NDArray[Any]) -> str:
    if labels.dtype.kind == "f":
        return "use .astype(int) if they are whole numbers, .argmax(axis=1) on probabilities"
    if labels.dtype.kind in "SUT":
        return "these are texts: convert the labels you train on with .astype(int)"
    return ""
