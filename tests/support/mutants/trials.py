"""Run the graded cells of an exercise on its mutants, quickly: cells in one ordinary process."""

from __future__ import annotations

import contextlib
import io
import signal
import tomllib
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.support.answers.exercises import in_scratch_folder, load, run, solved
from tests.support.mutants.behaviours import behaviours
from tests.support.mutants.operators import Mutant, mutants
from tests.support.vacuous_answers import function_of

if TYPE_CHECKING:
    from collections.abc import Iterator

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
"""Mutants that are no mistake, with the reason: by assignment, exercise and what was changed."""

SECONDS = 6.0
"""CPU time for one mutant; the slowest right answer takes less than a third of that."""

FREE = {("04_clustering", "cluster"), ("03_svc", "predict"), ("05_multilabel", "predict")}
"""Any method will do here, so that changed lines are no mistakes; only behaviours are tried."""


EVERY = {
    ("02_binary", "out-of-fold-scores"): 2,
    ("03_svc", "make-classifier"): 3,
    ("03_svc", "best-parameters"): 5,
    ("04_clustering", "cluster"): 3,
    ("05_multilabel", "multi-label-network"): 4,
    ("05_multilabel", "large-network"): 16,
    ("05_multilabel", "stack"): 3,
    ("05_multilabel", "predict"): 3,
}
"""Of slow exercises, every how many mutants the tests try; ``make mutants`` tries all."""


class OutOfTimeError(BaseException):
    """A mutant runs for too long; no `Exception`, as graded cells catch these."""


class _Recorder:
    """Stands for the right function, and keeps the first call's arguments and answer."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.calls: list[tuple[Any, Any]] = []
        self.__name__ = getattr(function, "__name__", "function")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Answer as the right function does."""
        answer = self.function(*args, **kwargs)
        self.calls.append((args[0] if args else None, answer))
        return answer


@cache
def first_call(name: str, exercise: str) -> tuple[Any, Any]:
    """Return the first argument of the visible check's first call, and the right answer to it."""
    names, function = dict(solved(name)), function_of(exercise)
    names[function] = recorder = _Recorder(names[function])
    with in_scratch_folder(), quiet():
        run(load(name).cells[load(name).checks(exercise)[0]].source, names)
    return recorder.calls[0]


@cache
def all_mutants(name: str, exercise: str) -> tuple[Mutant, ...]:
    """Return every mutant of an exercise's reference solution that is a mistake."""
    return tuple(m for m in tried(name, exercise) if not reason(name, exercise, m))


@cache
def tried(name: str, exercise: str) -> tuple[Mutant, ...]:
    """Return every mutant of an exercise's reference solution, a mistake or not."""
    text, function = load(name).cells[exercise].source, function_of(exercise)
    takes, answer = first_call(name, exercise)
    changed = [] if (name, exercise) in FREE else list(mutants(text))
    return (*changed, *behaviours(text, function, answer, takes))


def reason(name: str, exercise: str, mutant: Mutant) -> str:
    """Return why a mutant is no mistake; empty if it is one."""
    for change, why in equivalent(name, exercise).items():
        begins = change.endswith("...") and mutant.change.startswith(change.removesuffix("..."))
        if begins or change == mutant.change:
            return why
    return ""


@cache
def equivalent(name: str, exercise: str) -> dict[str, str]:
    """Return the changes that make no mistake, with the reason."""
    listed: dict[str, dict[str, dict[str, str]]] = tomllib.loads(EQUIVALENT.read_text())
    return listed.get(name, {}).get(exercise, {})


def survives(name: str, exercise: str, mutant: Mutant) -> bool:
    """Whether every graded cell of an exercise passes on a mutant."""
    names = dict(solved(name))
    with quiet(), limited(SECONDS):
        try:
            run(mutant.text, names, "<mutant>")
            for grade_id in load(name).checks(exercise):
                run(load(name).cells[grade_id].source, dict(names), grade_id)
        except (Exception, OutOfTimeError):  # noqa: BLE001  # a mutant may raise anything
            return False
    return True


def survivors(name: str, exercise: str, every: int = 1) -> list[Mutant]:
    """Return the mutants of an exercise that get full points, of all or of every so many.

    Parameters
    ----------
    name, exercise : str
        The assignment, and the answered cell.
    every : int, default 1
        Try the first mutant, and then each that is so many places further.

    Returns
    -------
    list of Mutant
        Empty if the graded cells tell each from a right answer.

    Raises
    ------
    AssertionError
        If the reference solution loses points itself, so that no mutant says anything.
    """
    with in_scratch_folder():
        right = Mutant("none", "none", load(name).cells[exercise].source)
        if not survives(name, exercise, right):
            raise AssertionError(
                f"the solution of {exercise} loses points: no mutant says anything"
            )
        return [m for m in all_mutants(name, exercise)[::every] if survives(name, exercise, m)]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let nothing be printed or warned of, and leave numpy's settings as they are."""
    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        warnings.catch_warnings(action="ignore"),
        np.errstate(all="ignore"),
    ):
        yield


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise `OutOfTimeError` after so much CPU time of this process."""

    def stop(number: int, frame: Any) -> None:
        raise OutOfTimeError(f"more than {seconds:g} s of CPU time")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
