"""Answers without content, by their kinds: empty, one number everywhere, the input, and such."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Call:
    """One call of the student's function.

    Attributes
    ----------
    args : tuple
        What it is called with.
    right : Any
        What a right function gives.
    number : int
        How many calls of this cell came before.
    wanted : list
        What a right function gives to the calls of the visible check, one after the other.
    chosen : int
        Number of the one call that an answer may treat otherwise.
    """

    args: tuple[Any, ...]
    right: Any
    number: int
    wanted: list[Any]
    chosen: int


class EqualsAnything:
    """An object that says yes to whatever it is compared with."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]  # as of any class with an __eq__ alone


class Predictor:
    """A fitted object whose answers are changed, and nothing else about it."""

    def __init__(self, right: Any, change: Callable[[Any], Any]) -> None:
        self._right, self._change = right, change

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._right, name)
        if name.startswith("predict"):
            return lambda *args, **kwargs: changed(found(*args, **kwargs), self._change)
        return found


def changed(right: Any, change: Callable[[np.ndarray], Any]) -> Any:
    """Return a right answer with each of its parts changed, in the same tuple, list or dict."""
    if hasattr(right, "predict"):
        return Predictor(right, change)
    if isinstance(right, dict):
        return {key: changed(part, change) for key, part in right.items()}
    if isinstance(right, str | bytes):
        return type(right)()
    if isinstance(right, tuple) or _is_ragged(right):
        return type(right)(changed(part, change) for part in right)
    return change(np.asarray(right))


def _is_ragged(right: Any) -> bool:
    if not isinstance(right, list) or not right:
        return False
    return isinstance(right[0], str) or len({np.shape(part) for part in right}) > 1


def _like(value: float) -> Callable[[Call], Any]:
    return lambda call: changed(call.right, lambda part: np.full(part.shape, value))


def _part(change: Callable[[np.ndarray], Any]) -> Callable[[Call], Any]:
    return lambda call: changed(call.right, change)


def _constant(value: Any) -> Callable[[Call], Any]:
    return lambda call: value


def _raises(error: type[Exception]) -> Callable[[Call], Any]:
    def answer(call: Call) -> Any:
        raise error("whatever it is")

    return answer


def _first_everywhere(part: np.ndarray) -> Any:
    return np.full(part.shape, part.ravel()[0]) if part.size else part


def _wanted(call: Call) -> Any:
    """Answer with what the visible check wants; with more calls than it has, begin anew."""
    return call.wanted[call.number % len(call.wanted)] if call.wanted else None


def _emptied(call: Call) -> Any:
    return changed(call.right, lambda part: np.empty((0, *part.shape)))


def _empty_after_the_first(call: Call) -> Any:
    return _emptied(call) if call.number else call.right


def empty_once(call: Call) -> Any:
    """Answer rightly but for the one call that is chosen."""
    return _emptied(call) if call.number == call.chosen else call.right


KINDS: dict[str, Callable[[Call], Any]] = {
    "None": _constant(None),
    "empty, (0,)": _part(lambda part: np.empty(0)),
    "empty, (0, n)": _emptied,
    "empty, (0, 1, n)": _part(lambda part: np.empty((0, 1, *part.shape[-1:]))),
    "empty, no rows": _part(lambda part: np.empty((0, *part.shape[1:]))),
    "empty, no columns": _part(lambda part: np.empty((*part.shape[:-1], 0))),
    "empty, (0, 2)": lambda call: np.empty((0, 2)),
    "empty, (2, 0)": lambda call: np.empty((2, 0)),
    "empty, after the first call": _empty_after_the_first,
    "empty, in one call": empty_once,
    "an empty list": _constant([]),
    "two empty lists": _constant(([], [])),
    "an empty dict": _constant({}),
    "an empty text": _constant(""),
    "no bytes": _constant(b""),
    "the number 0": _constant(0),
    "the number 1": _constant(1),
    "the number 1/2": _constant(0.5),
    "True": _constant(True),
    "zeros": _like(0),
    "ones": _like(1),
    "halves": _like(0.5),
    "minus ones": _like(-1),
    "NaN": _like(np.nan),
    "infinity": _like(np.inf),
    "its first number everywhere": _part(_first_everywhere),
    "its mean everywhere": _part(lambda part: np.full(part.shape, _mean(part))),
    "its first row alone": _part(lambda part: part[:1] if part.ndim else part),
    "one row less": _part(lambda part: part[:-1] if part.ndim else part),
    "twice as many rows": _part(lambda part: np.concatenate([np.atleast_1d(part)] * 2)),
    "one axis more, in front": _part(lambda part: part[None]),
    "one axis more, at the end": _part(lambda part: part[..., None]),
    "the input": lambda call: call.args[0],
    "the last input": lambda call: call.args[-1],
    "all inputs": lambda call: call.args,
    "equal to anything": lambda call: EqualsAnything(),
    "objects equal to anything": _part(
        lambda part: np.array([EqualsAnything() for _ in range(part.size)], object).reshape(
            part.shape
        )
    ),
    "ValueError": _raises(ValueError),
    "IndexError": _raises(IndexError),
    "what the visible check wants": _wanted,
}
"""Answers without content, by what they are."""


def _mean(part: np.ndarray) -> float:
    return float(part.mean()) if part.size and part.dtype.kind in "biuf" else 0.0
