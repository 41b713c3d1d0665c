"""Print what answers without content get: ``python -m tests.support.vacuous_answers``.

Each kind of answer in `KINDS` stands for a function that computes nothing: empty arrays, one
number everywhere, its own input, another length, what the visible check wants whatever it is
asked. It replaces each exercise's function in turn, and each graded cell of the exercise runs.
A cell counts if it passes although some call was answered otherwise than a right function would.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import sys
import warnings
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np

from tests.support.answers.exercises import ASSIGNMENTS, in_scratch_folder, load, run, solved
from tests.support.vacuous_kinds import KINDS, Call, EqualsAnything, Predictor, empty_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COUNTED = "two more networks are made to count their parameters, and are asked nothing"

LOOKED_AT = "an untrained network has nothing to say: its layers are looked at, and they are right"

SPOILT = (
    *("empty, (0,)", "empty, (0, n)", "empty, (0, 1, n)", "empty, no rows", "empty, no columns"),
    *("empty, in one call", "zeros", "ones", "halves", "minus ones", "NaN", "infinity"),
    *("its first number everywhere", "its mean everywhere", "its first row alone", "one row less"),
    *("twice as many rows", "one axis more, in front", "one axis more, at the end"),
    "objects equal to anything",
)
"""Kinds that leave a network as it is, and change what it predicts."""

DESERVED: dict[tuple[str, str, str], tuple[float, str]] = {
    ("01_idx", "from-csv", "empty, in one call"): (
        6,
        "max_count=0 asks for no lines, and an empty table is right",
    ),
    ("03_svc", "make-classifier", "empty, in one call"): (
        4,
        "the last pipeline is made to see whether it disturbs another, and is asked nothing",
    ),
    ("05_multilabel", "multi-label-network", "empty, in one call"): (4, COUNTED),
    ("05_multilabel", "multi-label-network", "empty, after the first call"): (4, COUNTED),
    **{("05_multilabel", "large-network", kind): (4.0, LOOKED_AT) for kind in SPOILT},
}
"""Points that an answer without content may have: by assignment, exercise and kind, with why."""


@dataclass
class Stand:
    """Stands for the student's function, answers by a kind, and notes how it did."""

    name: str
    exercise: str
    kind: Callable[[Call], Any]
    wanted: list[Any] = field(default_factory=list)
    chosen: int = 0
    rights: list[Any] = field(default_factory=list)
    differs: bool = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Answer a call that a graded cell makes."""
        try:
            right = _right(self.name, self.exercise, args, kwargs)
        except Exception:
            self.rights.append(None)
            self.differs |= self.kind is KINDS["ValueError"] or self.kind is KINDS["IndexError"]
            raise
        self.rights.append(right)
        given = (*args, *kwargs.values())
        answer = self._answer(Call(given, right, len(self.rights) - 1, self.wanted, self.chosen))
        self.differs |= not _same(answer, right)
        if hasattr(answer, "predict_on_batch"):  # a network is kept, and each call gives a new one
            return Predictor(answer, lambda same: same)
        return answer

    def _answer(self, call: Call) -> Any:
        try:
            return self.kind(call)
        except (ValueError, IndexError):
            self.differs = True
            raise


def _same(one: Any, other: Any) -> bool:
    """Whether two answers hold the same numbers in the same shape."""
    if isinstance(one, dict) and isinstance(other, dict):
        one, other = list(one.values()), list(other.values())
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, EqualsAnything) or isinstance(other, Predictor):
        return False
    arrays = np.asarray(one), np.asarray(other)
    if any(array.dtype.kind not in "biuf" for array in arrays):
        return one is other or (type(one) is type(other) is str and one == other)
    return np.array_equal(*arrays)


_rights: dict[Any, Any] = {}


def _right(name: str, exercise: str, args: Any, kwargs: Any) -> Any:
    """Ask the author's own function, once for each input."""
    function = solved(name)[function_of(exercise)]
    with warnings.catch_warnings(action="ignore"):
        try:
            key = name, exercise, pickle.dumps((args, kwargs))
        except Exception:  # noqa: BLE001  # as with models
            return function(*args, **kwargs)
        if key not in _rights:
            answer = function(*args, **kwargs)
            # what a cell fits is each call's own; networks are not fitted, and slow to make
            if hasattr(answer, "predict") and not hasattr(answer, "predict_on_batch"):
                return answer
            _rights[key] = answer
    return _rights[key]


def function_of(exercise: str) -> str:
    """Return the name of the function that an exercise asks for."""
    return exercise.replace("-", "_")


@cache
def visible_answers(name: str, exercise: str) -> list[Any]:
    """Return what a right function gives to the calls of the visible check."""
    return right_answers(name, exercise, load(name).checks(exercise)[0])


@cache
def right_answers(name: str, exercise: str, grade_id: str) -> list[Any]:
    """Return what a right function gives to the calls of a graded cell."""
    stand = Stand(name, exercise, lambda call: call.right)
    passes(grade_id, stand)
    return stand.rights


def passes(grade_id: str, stand: Stand) -> bool:
    """Whether a graded cell passes with a function's stand-in."""
    names = dict(solved(stand.name))
    stand.__dict__["__name__"] = function_of(stand.exercise)
    names[function_of(stand.exercise)] = stand
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(action="ignore"):
        try:
            run(load(stand.name).cells[grade_id].source, names, grade_id)
        except Exception:  # noqa: BLE001  # an answer may raise anything
            return False
    return True


def points(name: str, exercise: str, kind: str) -> float:
    """Return the points that a kind of answer without content gets for an exercise."""
    earned, checks = 0.0, load(name).checks(exercise)
    for grade_id in checks:
        if kind == "what the visible check wants" and grade_id == checks[0]:
            continue  # that much it wants itself
        stands = _stands(name, exercise, kind, grade_id)
        if any(passes(grade_id, stand) and stand.differs for stand in stands):
            earned += load(name).cells[grade_id].metadata.nbgrader.points
    return earned


def _stands(name: str, exercise: str, kind: str, grade_id: str) -> Iterator[Stand]:
    """Yield the stand-ins for one kind of answer: for each call, if it is about a single one."""
    wanted = visible_answers(name, exercise)
    calls = len(right_answers(name, exercise, grade_id)) if KINDS[kind] is empty_once else 1
    for chosen in range(calls):
        yield Stand(name, exercise, KINDS[kind], wanted, chosen)


@cache
def table(name: str, exercise: str) -> dict[str, float]:
    """Return the kinds of answers that get points for an exercise, with how many."""
    with in_scratch_folder():
        found = {kind: points(name, exercise, kind) for kind in KINDS}
    return {kind: earned for kind, earned in found.items() if earned}


def undeserved(name: str, exercise: str) -> dict[str, float]:
    """Return the kinds of answers that get more for an exercise than they deserve."""
    return {
        kind: earned
        for kind, earned in table(name, exercise).items()
        if earned > DESERVED.get((name, exercise, kind), (0.0, ""))[0]
    }


def _line(name: str, exercise: str) -> str:
    """Return a line of the table."""
    cells, found = load(name).cells, table(name, exercise)
    worth = sum(cells[check].metadata.nbgrader.points for check in load(name).checks(exercise))
    told = [
        f"{kind}: {earned:g} ({DESERVED.get((name, exercise, kind), (0, 'not deserved'))[1]})"
        for kind, earned in found.items()
    ]
    return f"| {name} | {exercise} | {worth:g} | {'; '.join(told) or '0'} |"


def main() -> int:
    """Print a line for each exercise; return 1 if an answer gets more than it deserves."""
    surprises = 0
    print(f"{len(KINDS)} answers without content to each exercise: {', '.join(KINDS)}\n")
    print("| | exercise | points | of these, answers without content get |\n|---|---|---|---|")
    for name in sys.argv[1:] or ASSIGNMENTS:
        for exercise in load(name).exercises:
            print(_line(name, exercise), flush=True)
            surprises += len(undeserved(name, exercise))
    print(f"\n{surprises} answers without content got more than they deserve")
    return int(surprises > 0)


if __name__ == "__main__":
    matplotlib.use("agg")
    sys.exit(main())
