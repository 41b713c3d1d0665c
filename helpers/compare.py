"""Compare a student's answer with the right one: shape first, then kind, then values.

An empty array is equal to nothing: ``np.allclose(np.empty((0, 3)), right)`` is True, and a loop
over the pairs of an empty answer and the right one checks none. So the graded cells compare by
these functions, which look at the shape before they look at any value.
"""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np

__all__ = ["check_distinct", "check_equal", "check_parts", "check_shape"]

NUMBERS = "biuf"
"""Kinds of numpy's dtypes that are numbers here: booleans, integers and floats."""

_KINDS = {"b": "booleans", "iu": "integers", "f": "floats", NUMBERS: "numbers"}

_PLAIN = (int, float, np.bool_, np.integer, np.floating)


def check_equal(
    found: Any,
    expected: Any,
    hint: str = "",
    *,
    atol: float = 0.0,
    kinds: str = "",
    mistakes: dict[str, Any] | None = None,
) -> None:
    """Check that an answer has the shape, the kind and the values of the right one.

    Parameters
    ----------
    found : array_like
        The answer: a number, an array, or nested lists or tuples of numbers.
    expected : array_like
        What is right, of numbers. If it is one number, the answer has to be one, too.
    hint : str, default ""
        What a student should read first if a value is wrong.
    atol : float, default 0.0
        By how much each value may differ. NaN and infinity differ from every number.
    kinds : str, default ""
        Letters of the dtype kinds that the answer may have, of ``"biuf"``. By default booleans
        if booleans are right, and numbers of any kind if numbers are.
    mistakes : dict of str to Any, optional
        What likely mistakes give on these data, by what a student should read who made one.
        Who made none of them reads none of that.

    Raises
    ------
    AssertionError
        If it differs: about the shape, else the kind, else the first place that differs.
    ValueError
        If the data do not tell a mistake from the right answer, as `check_distinct` says.

    Examples
    --------
    >>> check_equal([[1, 2.0]], np.array([[1, 2]]))
    >>> check_equal([0.5, 0.8], [0.5, 0.7], "half of two, 0.7 of ten", atol=1e-4)
    Traceback (most recent call last):
    AssertionError: half of two, 0.7 of ten: found 0.8 at [1], expected 0.7
    >>> check_equal(np.empty((0, 2)), [0.5, 0.7])
    Traceback (most recent call last):
    AssertionError: expected shape (2,), not (0, 2)
    >>> check_equal([[0.5]], 0.5)
    Traceback (most recent call last):
    AssertionError: expected one number, not an array of shape (1, 1)
    >>> check_equal([1, 0], [True, False])
    Traceback (most recent call last):
    AssertionError: expected booleans, not int64
    >>> check_equal([3, 2], [2, 3], "two sizes", mistakes={"columns before rows": [3, 2]})
    Traceback (most recent call last):
    AssertionError: two sizes: columns before rows: found 3 at [0], expected 2
    """
    right = np.asarray(expected)
    if made := _mistake(found, right, mistakes or {}, atol):
        hint = _with(hint, made)
    allowed = kinds or ("b" if right.dtype.kind == "b" else NUMBERS)
    array = check_shape(found, right.shape, hint if made else "", kinds=allowed)
    wrong = np.argwhere(~_alike(array, right, atol))
    if len(wrong):
        place = tuple(wrong[0].tolist())
        raise AssertionError(_with(hint, _told(array[place], right[place], place)))


def check_shape(
    found: Any, shape: tuple[int, ...], hint: str = "", *, kinds: str = NUMBERS
) -> np.ndarray:
    """Check that an answer is numbers in a certain shape, and return them as a plain array.

    Parameters
    ----------
    found : array_like
        The answer: a number, an array, or nested lists or tuples of numbers.
    shape : tuple of int
        What it should have; ``()`` for one number.
    hint : str, default ""
        What a student should read first if the shape is another one.
    kinds : str, default "biuf"
        Letters of the dtype kinds that it may have.

    Returns
    -------
    numpy.ndarray
        The numbers, of a dtype of one of the kinds ``"biuf"``.

    Raises
    ------
    AssertionError
        If the shape is another one, or else if it holds anything but such numbers.

    Examples
    --------
    >>> check_shape([[1, 2]], (1, 2)) + 1
    array([[2, 3]])
    >>> check_shape([], (3,), "3 images should give 3 answers")
    Traceback (most recent call last):
    AssertionError: 3 images should give 3 answers: expected shape (3,), not (0,)
    >>> check_shape([[1, 2], [3]], (2, 2))
    Traceback (most recent call last):
    AssertionError: expected shape (2, 2), not rows of unequal length
    >>> check_shape(["a"], (1,))
    Traceback (most recent call last):
    AssertionError: expected numbers, not text
    """
    array = _as_array(found, shape)
    if array.shape != tuple(shape):
        raise AssertionError(_with(hint, _about_shape(shape, array.shape)))
    array = _as_numbers(array)
    if array.dtype.kind not in kinds:
        raise AssertionError(f"expected {_KINDS.get(kinds, 'numbers')}, not {array.dtype}")
    return array


def check_parts(found: Any, *names: str) -> list[Any]:
    """Check that an answer has the parts that it should have, and return them.

    Parameters
    ----------
    found : Any
        The answer: a tuple, a list, or an array with a row for each part.
    *names : str
        What the parts are, in order.

    Returns
    -------
    list of Any
        As many parts as there are names.

    Raises
    ------
    AssertionError
        If it is anything else, or has another number of parts.

    Examples
    --------
    >>> check_parts((2049, [3]), "the magic number", "the sizes")
    [2049, [3]]
    >>> check_parts((2049, 3, 5), "the magic number", "the sizes")
    Traceback (most recent call last):
    AssertionError: expected 2 parts, the magic number and the sizes, not 3
    >>> check_parts(2049, "the magic number", "the sizes")
    Traceback (most recent call last):
    AssertionError: expected 2 parts, the magic number and the sizes, not one int
    """
    if isinstance(found, tuple | list) or (isinstance(found, np.ndarray) and found.ndim):
        if len(found) == len(names):
            return list(found)
        told = str(len(found))
    else:
        told = f"one {type(found).__name__}"
    listed = f"{', '.join(names[:-1])} and {names[-1]}"
    raise AssertionError(f"expected {len(names)} parts, {listed}, not {told}")


def check_distinct(right: Any, mistakes: dict[str, Any], *, atol: float = 0.0) -> None:
    """Check that the data of a hidden test tell the right answer from each likely mistake.

    It says something about the test and nothing about a student's answer, so it holds whenever
    the notebook was built: who changes the data, and loses a difference, is told by the build.

    Parameters
    ----------
    right : Any
        The right answer: numbers in any shape, or a list of texts.
    mistakes : dict of str to Any
        What likely mistakes would give, by their names.
    atol : float, default 0.0
        By how much the check lets an answer differ. A mistake has to differ by twice that.

    Raises
    ------
    ValueError
        If a mistake gives the right answer, or one that the check would take for it.

    Examples
    --------
    >>> check_distinct(0.25, {"accuracy": 0.5, "recall": 1 / 3}, atol=1e-3)
    >>> check_distinct([2, 3], {"largest first": [3, 2], "as they stand": [2, 3]})
    Traceback (most recent call last):
    ValueError: these data do not tell the right answer from 'as they stand', expected another one
    """
    for name, mistake in mistakes.items():
        if _taken_for(right, mistake, 2 * atol):
            told = f"these data do not tell the right answer from {name!r}, expected another one"
            raise ValueError(told)


def _mistake(found: Any, right: np.ndarray, mistakes: dict[str, Any], atol: float) -> str:
    """Return what is to be said of the mistake that an answer shows; empty if it shows none."""
    check_distinct(right, mistakes, atol=atol)
    numbers = {name: value for name, value in mistakes.items() if _taken_for(found, value, atol)}
    return next(iter(numbers), "")


def _taken_for(right: Any, mistake: Any, atol: float) -> bool:
    """Whether a mistake looks like the right answer."""
    try:
        one, other = np.asarray(right), np.asarray(mistake)
    except (ValueError, TypeError):  # lists of unequal lengths, or what is no array at all
        return False
    if one.shape != other.shape:
        return False
    if one.dtype.kind in NUMBERS and other.dtype.kind in NUMBERS:
        return bool(np.all(_alike(other, one, atol)))
    texts = one.dtype.kind in "US" and other.dtype.kind in "US"  # an object is never asked
    return texts and one.tolist() == other.tolist()


def _as_array(found: Any, shape: tuple[int, ...]) -> np.ndarray:
    try:
        return np.asarray(found)
    except ValueError:  # what numpy says is about its own insides
        told = f"expected shape {shape}, not rows of unequal length"
        raise AssertionError(told if shape else "expected one number, not several") from None


def _about_shape(shape: tuple[int, ...], found: tuple[int, ...]) -> str:
    if shape == ():
        return f"expected one number, not an array of shape {found}"
    return f"expected shape {tuple(shape)}, not {found if found else 'a single value'}"


def _with(hint: str, told: str) -> str:
    return f"{hint}: {told}" if hint else told


def _as_numbers(array: np.ndarray) -> np.ndarray:
    """Return plain numbers, and ask no object for anything: not even whether it equals another."""
    if array.dtype.kind in NUMBERS:
        return array
    items = array.ravel().tolist() if array.dtype.kind == "O" else []
    strange = [type(item) for item in items if not isinstance(item, _PLAIN)]
    if strange:
        wanted = "floats or integers" if issubclass(strange[0], Number) else "numbers"
        raise AssertionError(f"expected {wanted}, not {strange[0].__name__}")
    if not items:
        kind = "text" if array.dtype.kind in "US" else str(array.dtype)
        raise AssertionError(f"expected numbers, not {kind}")
    return np.array([float(item) for item in items]).reshape(array.shape)


def _alike(found: np.ndarray, right: np.ndarray, atol: float) -> np.ndarray:
    """Say for each place whether the two agree; shapes are the same here."""
    same = np.asarray(found == right)
    if atol:
        with np.errstate(invalid="ignore"):  # infinity less infinity
            same |= np.abs(found.astype(float) - right.astype(float)) <= atol
    return same


def _told(found: Any, right: Any, place: tuple[int, ...]) -> str:
    """Tell two numbers as a person would, in as many digits as it takes to tell them apart."""
    one, other = np.asarray(found).item(), np.asarray(right).item()
    texts = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in (one, other)]
    if texts[0] == texts[1]:
        texts = [repr(one), repr(other)]
    at = f" at {list(place)}" if place else ""
    return f"found {texts[0]}{at}, expected {texts[1]}"
