"""Check exercises in sentences that help: what passes, what is missing, which is still open.

The checks that a notebook shows call a student's function by `call` and end with `passed`, so
that one without ``return`` and one that nobody has written yet are told as what they are.
`explain_open_exercises` makes cells further down say so, too, where they miss what such a
function should have made.
"""

from __future__ import annotations

import ast
import contextlib
from typing import TYPE_CHECKING, Any

from helpers._failures import LONGEST, describe_call, failing_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FunctionError", "call", "explain_open_exercises", "passed"]


class FunctionError(AssertionError):
    """A student's function stopped with an error of its own, so there is no answer to check."""


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a student's function, and say in one sentence if there is no answer to check.

    Parameters
    ----------
    function : callable
        The student's.
    *args, **kwargs : Any
        What it is called with.

    Returns
    -------
    Any
        Its answer, which is not None.

    Raises
    ------
    NotImplementedError
        If it is still open, or needs another one that is, naming that one.
    AssertionError
        If it gives None, or meets None where it expected a value.
    FunctionError
        If it stops with another error: with that error, the line of its own in which it arose, and
        sizes and kinds of what it was called with.

    Examples
    --------
    >>> call(len, "four")
    4
    >>> call(print)
    Traceback (most recent call last):
    AssertionError: print gave None: is a `return` missing, on one way through it?
    """
    name = getattr(function, "__name__", "the function")
    try:
        answer = function(*args, **kwargs)
    except NotImplementedError as error:
        raise NotImplementedError(_still_open(name, str(error))) from None
    except Exception as error:
        raise _stopped(name, error, describe_call(args, kwargs)) from error
    if answer is None:
        raise AssertionError(f"{name} gave None: is a `return` missing, on one way through it?")
    return answer


def _stopped(name: str, error: Exception, called_with: str) -> AssertionError:
    """Return an error that says how a function stopped, in one line."""
    said = " ".join(str(error).split())[:LONGEST]
    line = failing_line(error)
    where = f", in the line `{line}`" if line else ""
    if isinstance(error, TypeError | AttributeError) and "NoneType" in said:
        told = f"{name} met None where it expected a value: does a function that it calls `return`?"
        return AssertionError(f"{told} ({said}{where}; called with {called_with})")
    kind = type(error).__name__
    return FunctionError(f"{name} stopped with {kind}: {said}{where}; called with {called_with}")


def _still_open(name: str, told: str) -> str:
    exercise, colon, task = told.partition(": ")
    if not colon or not exercise.isidentifier():
        return f"{name} is still open" + (f": {told}" if told else "")
    if exercise == name:
        return f"{name} is still open: {task}"
    return f"{name} needs {exercise}, which is still open: {task}"


def passed(exercise: str, points: float, hidden: float = 0) -> None:
    """Say that the visible checks of an exercise pass, and what is still to come.

    Parameters
    ----------
    exercise : str
        Its name.
    points : float
        Points that this cell is worth, unless hidden checks stand in it, too: then 0.
    hidden : float, default 0
        Points that hidden checks decide on.

    Examples
    --------
    >>> passed("flatten", 2, hidden=2)
    flatten: 2 of 4 points. Hidden checks on other data decide on 2 when your work is graded.
    >>> passed("predict", 0, hidden=5)
    predict: what you can check here passes. Hidden checks on other data decide on 5 points when \
your work is graded.
    >>> passed("double", 4)
    double: 4 of 4 points.
    """
    if not points:
        print(
            f"{exercise}: what you can check here passes. "
            f"Hidden checks on other data decide on {_points(hidden)} when your work is graded."
        )
        return
    later = f" Hidden checks on other data decide on {hidden:g} when your work is graded."
    print(f"{exercise}: {points:g} of {_points(points + hidden)}.{later if hidden else ''}")


def _points(number: float) -> str:
    return f"{number:g} point{'s' * (number != 1)}"


def explain_open_exercises() -> None:
    """Let a cell that misses a name say which open exercise should have led to it.

    A cell that stops at an open exercise makes none of its names, and every cell that needs one
    of these would stop with a bare `NameError`. Without IPython nothing happens.
    """
    shell = None
    with contextlib.suppress(ImportError):
        from IPython import get_ipython

        shell = get_ipython()
    if shell is None:
        return
    explainer = _Explainer()
    shell.events.register("post_run_cell", explainer.note)
    shell.set_custom_exc((NameError,), explainer.show)


class _Explainer:
    """Knows which names were not made, and for which open exercise."""

    def __init__(self) -> None:
        self.missing: dict[str, str] = {}

    def note(self, result: Any) -> None:
        """Remember what a cell that failed would have made. IPython calls this after each."""
        exercise = self._exercise(result.error_in_exec)
        if exercise and result.info:
            self.missing |= dict.fromkeys(_made_by(result.info.raw_cell), exercise)

    def _exercise(self, error: BaseException | None) -> str:
        if isinstance(error, NameError):
            return self.missing.get(error.name or "", "")
        if isinstance(error, NotImplementedError):
            name = str(error).partition(":")[0]
            return name if name.isidentifier() else ""
        return ""

    def show(
        self,
        shell: Any,
        kind: type[NameError],
        error: NameError,
        traceback: Any,
        tb_offset: Any = None,
    ) -> None:
        """Show a `NameError`, by IPython's own means, with what is known about its name."""
        exercise = self.missing.get(error.name or "")
        if exercise:
            told = f"{error.name} is missing: it needs {exercise}, an exercise that is still open"
            error.args = (told,)
        shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def _made_by(cell: str) -> Iterator[str]:
    """Yield the names that a cell's own lines assign, define or import; none if it is no Python."""
    code = cell.partition("\n")[2] if cell.startswith("%%") else cell
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                yield part.id
