"""Answer the grader's questions inside the student's kernel.

Nothing here is trusted: the student's code may replace all of it, and gains only the right to
answer its own questions.
A question holds inputs of calls and never an expected value.
"""

from __future__ import annotations

import builtins
import json
import types
from typing import Any

from autograder.bridge.codec import decode, encode

NEXT = '{"bridge": "next"}'
"""Begins the prompt by which the agent fetches a question; the last one's answer follows."""
NO_MORE = ""
"""Sent instead of a question."""
MAX_MESSAGE = 4000
"""Longest error message that goes back, in characters."""
_objects: list[Any] = []


def serve(shell: Any) -> None:
    """Fetch questions over the stdin channel and answer them, until there are no more."""
    answer = ""
    while (question := shell.kernel.raw_input(NEXT + answer)) != NO_MORE:
        answer = json.dumps(_reply(shell.user_ns, json.loads(question)))


def _reply(names: dict[str, Any], question: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"value": encode(_answer(names, question), _refer)}
    except KeyboardInterrupt:  # the call took too long
        raise
    except BaseException as error:
        return {"error": _describe(error)}


def _answer(names: dict[str, Any], question: dict[str, Any]) -> Any:
    operation = question["do"]
    if operation == "get":
        return names[question["name"]]
    target = _objects[question["object"]]
    if operation == "attribute":
        return getattr(target, question["name"])
    args, kwargs = decode(question["arguments"], lambda ref: _objects[ref["object"]])
    return target(*args, **kwargs)


def _refer(value: Any) -> dict[str, Any]:
    """Keep ``value`` here and let a number stand for it over there."""
    if isinstance(value, types.ModuleType):
        return {"module": value.__name__}
    number = next((n for n, known in enumerate(_objects) if known is value), len(_objects))
    if number == len(_objects):
        _objects.append(value)
    kind = type(value)
    known = next(base for base in kind.__mro__ if base.__module__ != "__main__")
    return {"object": number, "type": _full_name(kind), "extends": _full_name(known)}


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _describe(error: BaseException) -> dict[str, str]:
    """Name the error by the builtin exception it extends, so that a test can expect it."""
    known = next(c for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c)
    try:
        message = str(error)[:MAX_MESSAGE]
    except Exception:
        message = "an error whose message cannot be shown"
    return {"kind": known.__name__, "name": type(error).__name__, "message": message}
