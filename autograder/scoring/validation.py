"""Validate what a student's function answered, and turn it into a plain array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

from autograder.errors import PredictionShapeError, PredictionTypeError, PredictionValueError

DIGITS = 10
"""How many there are, from 0 on."""

NOISE = -1
"""Label of an image that a clustering leaves out."""


def check_predictions(answer: Any, n: int) -> NDArray[np.int64]:
    """Turn an answer into n digits, or say what is wrong with it.

    Parameters
    ----------
    answer : array_like
        Of integers; anything else is refused.
    n : int
        Number of images that were asked for.

    Returns
    -------
    ndarray of shape (n,), dtype int64
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
    labels = _as_labels(answer, n, "predict(images)")
    wrong = (labels < 0) | (labels >= DIGITS)
    if wrong.any():
        found = f"the labels {_some(labels[wrong])}"
        raise PredictionValueError(found, f"digits from 0 to {DIGITS - 1}")
    return np.array(labels, dtype=np.int64)


def check_clusters(answer: Any, n: int) -> NDArray[np.int64]:
    """Turn an answer into n cluster labels, or say what is wrong with it.

    Which number names which cluster makes no difference; -1 names the images in none.

    Parameters
    ----------
    answer : array_like
        Of integers; anything else is refused.
    n : int
        Number of images that were asked for.

    Returns
    -------
    ndarray of shape (n,), dtype int64
        A new plain array of numbers from -1 up. Where one of them is too large for its type, all
        are counted anew from 0: they only say which images belong together.

    Raises
    ------
    PredictionTypeError, PredictionShapeError, PredictionValueError
        Naming what was found, what was expected and how to mend it.

    Examples
    --------
    >>> check_clusters([3, 3, -1, 8], 4)
    array([ 3,  3, -1,  8])
    """
    call = "cluster(images)"
    labels = _as_labels(answer, n, call)
    wrong = labels < NOISE
    if wrong.any():
        found = f"the labels {_some(labels[wrong])}"
        raise PredictionValueError(found, "labels from 0 up, or -1 for noise", call=call)
    # An unsigned number above the largest int64 would turn negative, perhaps into noise.
    if (labels > np.iinfo(np.int64).max).any():
        labels = np.unique(labels, return_inverse=True)[1]
    return np.array(labels, dtype=np.int64)


def check_indicators(answer: Any, n: int, k: int) -> NDArray[np.bool_]:
    """Turn an answer into an indicator matrix, or say what is wrong with it.

    Parameters
    ----------
    answer : array_like
        Of zeros and ones, integers or floats, or of truth values; anything else is refused.
    n, k : int
        Numbers of images and of labels.

    Returns
    -------
    ndarray of shape (n, k), dtype bool
        A new plain array; entry [i, j] says whether image i has label j.

    Raises
    ------
    PredictionTypeError, PredictionShapeError, PredictionValueError
        Naming what was found, what was expected and how to mend it.

    Examples
    --------
    >>> check_indicators([[0, 1, 1]], 1, 3)
    array([[False,  True,  True]])
    """
    matrix = _as_array(answer, f"an array of zeros and ones, shape ({n}, {k})", "predict(images)")
    if matrix.shape != (n, k):
        hint = "one row an image, one column a label"
        raise PredictionShapeError(f"shape {matrix.shape}", f"shape ({n}, {k})", hint)
    if matrix.dtype.kind not in "biuf":
        raise PredictionTypeError(f"an array of type {matrix.dtype}", "zeros and ones")
    wrong = (matrix != 0) & (matrix != 1)
    if wrong.any() and matrix.dtype.kind == "f":
        found = f"an array of type {matrix.dtype} with {_some(matrix[wrong])}"
        hint = "compare probabilities with a threshold"
        raise PredictionTypeError(found, "zeros and ones", hint)
    if wrong.any():
        found = f"the values {_some(matrix[wrong])}"
        raise PredictionValueError(found, "1 where an image has a label and 0 where it has not")
    return np.array(matrix, dtype=bool)


def _as_labels(answer: Any, n: int, call: str) -> NDArray[Any]:
    """Return an array of n integers; of what type and sign is for the caller to check."""
    labels = _as_array(answer, "an array of integer labels, one per image", call)
    _check_shape(labels.shape, n, call)
    if labels.dtype.kind not in "iu":
        found = f"an array of type {labels.dtype}"
        raise PredictionTypeError(found, "integer labels such as int64", _type_hint(labels), call)
    return labels


def _as_array(answer: Any, expected: str, call: str) -> NDArray[Any]:
    if answer is None:
        raise PredictionTypeError("None", expected, "does every path end with a return?", call)
    try:
        return np.asarray(answer)
    except (ValueError, TypeError) as error:  # a ragged list, an object with a bad __array__
        found = f"a {type(answer).__name__} that is no array"
        raise PredictionTypeError(found, expected, str(error), call) from error


def _check_shape(shape: tuple[int, ...], n: int, call: str) -> None:
    if shape == (n,):
        return
    hint = ""
    if shape == (n, 1) or shape == (1, n):
        hint = "use .ravel()"
    elif shape == (n, DIGITS):
        hint = "these look like one value per class: use .argmax(axis=1)"
    elif not shape:
        hint = f"that is a single value; {call.partition('(')[0]} gets all images at once"
    elif len(shape) == 1:
        hint = "give one label for every image, in the order of the images"
    raise PredictionShapeError(f"shape {shape}", f"shape ({n},)", hint, call)


def _type_hint(labels: NDArray[Any]) -> str:
    if labels.dtype.kind == "f":
        return "use .astype(int) if they are whole numbers, .argmax(axis=1) on probabilities"
    if labels.dtype.kind in "SUT":
        return "these are texts: convert the labels you train on with .astype(int)"
    return ""


def _some(values: NDArray[Any], most: int = 5) -> str:
    distinct = np.unique(values)
    return ", ".join(map(str, distinct[:most].tolist())) + (", ..." if len(distinct) > most else "")
