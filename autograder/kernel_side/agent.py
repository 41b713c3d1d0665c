"""Answer the grader's questions inside the student's kernel.

Nothing here is trusted: the student's code may replace all of it, and gains only the right to
answer its own questions.
A question holds inputs of calls and never an expected value.
"""

from __future__ import annotations

import builtins
import json
import types
from itertools import islice
from typing import Any

import numpy as np

from autograder.kernel_side.codec import decode, encode
from helpers._failures import failing_line

NEXT = '{"bridge": "next"}'
"""Begins the prompt by which the agent fetches a question; the last one's answer follows."""

NO_MORE = ""
"""Sent instead of a question."""

MAX_MESSAGE = 4000
"""Longest error message that goes back, in characters."""

MOST_ITEMS = 10_000
"""Most items of one object that is iterated over: a generator may never end."""

_objects: list[Any] = []

_numbers: dict[int, int] = {}
"""Number of each object by its address, which stays its own while the list above holds it."""


def serve(shell: Any) -> None:
    """Fetch questions over the stdin channel and answer them, until there are no more."""
    answer = ""
    while (question := _ask(shell.kernel, NEXT + answer)) != NO_MORE:
        answer = json.dumps(_reply(shell.user_ns, json.loads(question)))


def _ask(kernel: Any, prompt: str) -> str:
    """Use the stdin channel, which is closed to all else: a debugger would wait there for ever."""
    kernel._allow_stdin = True
    try:
        return str(kernel.raw_input(prompt))
    finally:
        kernel._allow_stdin = False


def _reply(names: dict[str, Any], question: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"value": encode(_answer(names, question), _refer)}
    except KeyboardInterrupt:  # the call took too long
        raise
    except BaseException as error:  # noqa: BLE001  # SystemExit too is an answer to the question
        return {"error": _describe(error)}


def _answer(names: dict[str, Any], question: dict[str, Any]) -> Any:
    operation = question["do"]
    if operation == "get":
        return names[question["name"]]
    target = _objects[question["object"]]
    if operation == "attribute":
        return getattr(target, question["name"])
    if operation == "length":
        return len(target)
    if operation == "item":
        return target[_decode(question["key"])]
    if operation == "items":
        return _items(target)
    if operation == "array":
        array = np.asarray(target)
        return array.tolist() if array.dtype.hasobject else array  # plain ones among them pass
    args, kwargs = _decode(question["arguments"])
    return target(*args, **kwargs)


def _items(target: Any) -> list[Any]:
    items = list(islice(target, MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        raise ValueError(f"more than {MOST_ITEMS} items, expected at most so many")
    return items


def _decode(text: str) -> Any:
    return decode(text, lambda ref: _objects[ref["object"]])


def _refer(value: Any) -> dict[str, Any]:
    """Keep ``value`` here and let a number stand for it over there."""
    if isinstance(value, types.ModuleType):
        return {"module": value.__name__}
    number = _numbers.setdefault(id(value), len(_objects))
    if number == len(_objects):
        _objects.append(value)
    kind = type(value)
    known = next(base for base in kind.__mro__ if base.__module__ != "__main__")
    names = {"type": f"{kind.__module__}.{kind.__qualname__}"}
    return {"object": number, **names, "extends": f"{known.__module__}:{known.__qualname__}"}


def _describe(error: BaseException) -> dict[str, str]:
    """Name the error by the builtin exception it extends, so that a test can expect it."""
    known = next(c for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c)
    try:
        message = str(error)[:MAX_MESSAGE]
    except Exception:  # noqa: BLE001  # a student's __str__ can raise anything
        message = "an error whose message cannot be shown"
    line = failing_line(error)
    return {"kind": known.__name__, "name": type(error).__name__, "message": message, "line": line}
