"""Validate what a student's function answered, and turn it into a plain array.

What counts is the value, not the type: 1, 1.0 and True are the same answer, whatever integer,
float or truth value holds them. A number that stands for nothing, such as 0.5, is named.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.errors import PredictionShapeError, PredictionTypeError, PredictionValueError

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIGITS = 10
"""How many there are, from 0 on."""

NOISE = -1
"""Label of an image that a clustering leaves out."""

_NUMBERS = (int, float, np.integer, np.floating, np.bool_)
"""What an array of Python's objects may hold."""

_ADVICE = "use .argmax(axis=1) on probabilities, np.rint on numbers that are nearly whole"


def check_predictions(answer: Any, n: int) -> NDArray[np.int64]:
    """Turn an answer into n digits, or say what is wrong with it.

    Parameters
    ----------
    answer : array_like
        Of any kind of number that holds whole ones.
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
    legal = _legal(labels, 0, DIGITS - 1)
    if not legal.all():
        found = f"the labels {_some(labels[~legal])}"
        expected = f"digits from 0 to {DIGITS - 1}"
        raise PredictionValueError(found, expected, _hint(labels[~legal]))
    return labels.astype(np.int64)


def check_clusters(answer: Any, n: int) -> NDArray[np.int64]:
    """Turn an answer into n cluster labels, or say what is wrong with it.

    Which number names which cluster makes no difference; -1 names the images in none.

    Parameters
    ----------
    answer : array_like
        Of any kind of number that holds whole ones.
    n : int
        Number of images that were asked for.

    Returns
    -------
    ndarray of shape (n,), dtype int64
        A new plain array of numbers from -1 up. Where one is too large for int64, all from 0 up
        are numbered anew, in their order.

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
    legal = _legal(labels, NOISE)
    if not legal.all():
        found = f"the labels {_some(labels[~legal])}"
        expected = "labels from 0 up, or -1 for noise"
        raise PredictionValueError(found, expected, _hint(labels[~legal]), call)
    if (labels >= 2**63).any():
        return _renumbered(labels)
    return labels.astype(np.int64)


def check_indicators(answer: Any, n: int, k: int) -> NDArray[np.bool_]:
    """Turn an answer into an indicator matrix, or say what is wrong with it.

    Parameters
    ----------
    answer : array_like
        Of zeros and ones, of any kind of number, or of truth values.
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
    call = "predict(images)"
    matrix = as_array(answer, f"an array of zeros and ones, shape ({n}, {k})", call)
    if matrix.shape != (n, k):
        hint = "one row an image, one column a label"
        raise PredictionShapeError(f"shape {matrix.shape}", f"shape ({n}, {k})", hint)
    matrix = _as_numbers(matrix, "zeros and ones", call)
    legal = (matrix == 0) | (matrix == 1)
    if not legal.all():
        found = f"the values {_some(matrix[~legal])}"
        expected = "1 where an image has a label and 0 where it has not"
        hint = _hint(matrix[~legal], "compare probabilities with a threshold")
        raise PredictionValueError(found, expected, hint)
    return matrix.astype(bool)


def check_numbers(
    answer: Any, shape: tuple[int, ...], *, low: float, high: float, decimals: int = 3
) -> NDArray[np.float64]:
    """Turn an answer into rounded numbers, or say what is wrong with it; for own metrics.

    Parameters
    ----------
    answer : array_like
        Of any kind of number.
    shape : tuple of int
        What is expected, such as ``truth.shape``.
    low, high : float
        Least and greatest number that is legal.
    decimals : int, default 3
        Of what is kept: a score is then computed exactly from whole numbers.

    Returns
    -------
    ndarray of `shape`, dtype float64
        A new plain array.

    Raises
    ------
    PredictionTypeError, PredictionShapeError, PredictionValueError
        Naming what was found, what was expected and how to mend it.

    Examples
    --------
    >>> check_numbers([7, 2.00049], (2,), low=0, high=9)
    array([7., 2.])
    """
    call = "predict(images)"
    numbers = as_array(answer, f"an array of numbers, shape {shape}", call)
    if numbers.shape != shape:
        hint = "use .ravel()" if numbers.size == math.prod(shape) and len(shape) == 1 else ""
        raise PredictionShapeError(f"shape {numbers.shape}", f"shape {shape}", hint)
    numbers = _as_numbers(numbers, "numbers such as float64", call)
    with np.errstate(invalid="ignore"):  # of nan
        legal = np.asarray((low <= numbers) & (numbers <= high), bool)
    if not legal.all():
        found = f"the values {_some(numbers[~legal])}"
        raise PredictionValueError(found, f"numbers from {low:g} to {high:g}")
    return np.asarray(np.round(numbers.astype(np.float64), decimals), np.float64)


def _as_labels(answer: Any, n: int, call: str) -> NDArray[Any]:
    """Return an array of n numbers; which of them are legal is for the caller to check."""
    labels = as_array(answer, "an array of integer labels, one per image", call)
    _check_shape(labels.shape, n, call)
    return _as_numbers(labels, "integer labels such as int64", call)


def _as_numbers(array: NDArray[Any], expected: str, call: str) -> NDArray[Any]:
    """Return the same numbers, in a type that compares with large ones."""
    if array.dtype.kind in "bf":
        least = np.int64 if array.dtype.kind == "b" else np.float64
        return array.astype(np.promote_types(array.dtype, least))
    # Python's own integers can be larger than any of numpy's.
    plain = array.dtype.kind == "O" and all(issubclass(type(x), _NUMBERS) for x in array.flat)
    if plain or array.dtype.kind in "biu":
        return array
    hint = ""
    if array.dtype.kind in "SUT":
        hint = "these are texts: convert the labels you train on with .astype(int)"
    raise PredictionTypeError(f"an array of type {array.dtype}", expected, hint, call)


def _legal(labels: NDArray[Any], first: int, last: int | None = None) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):  # of nan in an array of objects
        inside = (labels >= first) & (True if last is None else labels <= last)
    return np.asarray(inside, bool) & _whole(labels)


def _whole(numbers: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which are whole numbers; infinities and nan are none."""
    if numbers.dtype.kind in "biu":
        return np.ones(numbers.shape, bool)
    with np.errstate(invalid="ignore"):
        return np.asarray(numbers % 1 == 0, bool)


def _renumbered(labels: NDArray[Any]) -> NDArray[np.int64]:
    """Give clusters new numbers, from 0 up; noise stays noise."""
    values = labels.tolist()  # Python's own numbers: exact, however large
    numbers = {value: k for k, value in enumerate(sorted(set(values) - {NOISE}))}
    return np.array([numbers.get(value, NOISE) for value in values], np.int64)


def as_array(answer: Any, expected: str, call: str) -> NDArray[Any]:
    """Return what an answer is as an array, of whatever kind; None, or a ragged list, is none.

    Parameters
    ----------
    answer : array_like
        What the function gave.
    expected, call : str
        What it should have given, and the call, as the error tells them.

    Returns
    -------
    ndarray

    Raises
    ------
    PredictionTypeError
        If it is no array.
    """
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


def _hint(wrong: NDArray[Any], advice: str = _ADVICE) -> str:
    """Return the advice if there are fractions among the numbers."""
    fractions = wrong[~_whole(wrong)]
    return advice if any(math.isfinite(x) for x in fractions) else ""


def _some(values: NDArray[Any], most: int = 5) -> str:
    distinct = np.unique(values)
    return ", ".join(map(str, distinct[:most].tolist())) + (", ..." if len(distinct) > most else "")
