"""Print what a student reads below each visible check: ``python -m tests.support.visible_checks``.

Each check of the assignments that are named, or of all, meets three answers: a function that
forgets ``return``, a right one, and a right one while the exercise before it is still open.
Cells run in plain Python, with `tests/support/answers` for what stands in for slow cells, and
with `helpers.exercises` telling of open exercises as it does in a notebook.
"""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import matplotlib

from helpers.exercises import _Explainer, passed
from tests.support.answers.exercises import (
    ASSIGNMENTS,
    SOLUTIONS,
    Assignment,
    in_scratch_folder,
    load,
    run,
    stub,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")


@dataclass(frozen=True)
class Reading:
    """What a student reads below a check.

    Attributes
    ----------
    error : str
        Name of the error's class; empty if the check passes.
    text : str
        What the error says, or all that was printed.
    """

    error: str
    text: str

    def __str__(self) -> str:
        return f"{self.error}: {self.text}" if self.error else self.text


def converted() -> tuple[str, ...]:
    """Return the assignments whose checks speak.

    To be dropped for `ASSIGNMENTS` once that is all of them.
    """
    scripts = {name: SOLUTIONS / name / f"{name}.py" for name in ASSIGNMENTS}
    return tuple(n for n, path in scripts.items() if "helpers.exercises" in path.read_text())


def function_of(exercise: str) -> str:
    """Return the name of the function that an exercise asks for."""
    return exercise.replace("-", "_")


def exercise_before(name: str, exercise: str) -> str:
    """Return the exercise before another one; empty before the first."""
    exercises = load(name).exercises
    place = exercises.index(exercise)
    return exercises[place - 1] if place else ""


def with_none(name: str, exercise: str) -> Reading:
    """Return what is read if the function forgets ``return``."""
    forgets = f"def {function_of(exercise)}(*args, **kwargs):\n    pass"
    return _read(name, exercise, answer=forgets)


def with_right_answer(name: str, exercise: str) -> Reading:
    """Return what is read on the author's own answer."""
    return _read(name, exercise)


def with_the_one_before_open(name: str, exercise: str) -> Reading:
    """Return what is read on the author's own answer while the exercise before is a stub."""
    return _read(name, exercise, still_open=exercise_before(name, exercise))


def pass_line(name: str, exercise: str) -> str:
    """Return what a check should print that passes, by the points in the cells' metadata."""
    cells, (first, *others) = load(name).cells, load(name).checks(exercise)
    points = cells[first].metadata.nbgrader.points
    hidden = sum(cells[other].metadata.nbgrader.points for other in others)
    if HIDDEN[0] in cells[first].source:
        points, hidden = 0, points + hidden
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        passed(function_of(exercise), points, hidden=hidden)
    return out.getvalue().strip()


def _read(name: str, exercise: str, *, answer: str = "", still_open: str = "") -> Reading:
    names, explainer = _namespace(name, still_open)
    names, out = dict(names), io.StringIO()
    source = visible(load(name), load(name).checks(exercise)[0])
    with in_scratch_folder(), matplotlib.rc_context(), contextlib.redirect_stdout(out):
        run(answer, names)
        try:
            run(source, names, exercise)
        except Exception as error:  # noqa: BLE001  # whatever it is, a student reads it
            _explain(explainer, error)
            return Reading(type(error).__name__, str(error))
    return Reading("", out.getvalue().strip())


def visible(assignment: Assignment, grade_id: str) -> str:
    """Return a cell's text as students get it."""
    head, _, rest = assignment.cells[grade_id].source.partition(HIDDEN[0])
    return head + rest.partition(HIDDEN[1])[2]


@cache
def _namespace(name: str, still_open: str) -> tuple[dict[str, Any], _Explainer]:
    """Return what a kernel holds with one exercise left open, and what is known to be missing."""
    assignment, names, explainer = load(name), dict[str, Any](), _Explainer()
    run(assignment.parameters, names, "parameters")
    names["quick"] = True  # as grading injects it
    with in_scratch_folder(), matplotlib.rc_context(), contextlib.redirect_stdout(io.StringIO()):
        for source in _cells(assignment, still_open):
            try:
                run(source, names)
            except (NotImplementedError, NameError) as error:
                if not still_open:
                    raise
                ran = SimpleNamespace(raw_cell=source)
                explainer.note(SimpleNamespace(error_in_exec=error, info=ran))
    return names, explainer


def _cells(assignment: Assignment, still_open: str) -> Iterator[str]:
    """Yield the cells that make names, with the stub of an exercise that is left open."""
    left_out = ("parameters", *assignment.skip)
    for grade_id, cell in assignment.cells.items():
        if cell.cell_type != "code" or cell.metadata.nbgrader.grade or grade_id in left_out:
            continue
        yield stub(assignment.name, grade_id) if grade_id == still_open else cell.source
    yield assignment.setup


def _explain(explainer: _Explainer, error: Exception) -> None:
    """Let an error say what it would say in a notebook."""
    if isinstance(error, NameError):
        silent = SimpleNamespace(showtraceback=lambda *args, **kwargs: None)
        explainer.show(silent, NameError, error, None)


def main() -> int:
    """Print three readings for each exercise."""
    for name in sys.argv[1:] or ASSIGNMENTS:
        print(f"\n{name}")
        for exercise in load(name).exercises:
            print(f"  {function_of(exercise)}")
            print(f"    gives None   {with_none(name, exercise)}")
            print(f"    is right     {with_right_answer(name, exercise)}")
            if before := exercise_before(name, exercise):
                reading = with_the_one_before_open(name, exercise)
                print(f"    {function_of(before)} is open: {reading}")
    return 0


if __name__ == "__main__":
    matplotlib.use("agg")
    sys.exit(main())
