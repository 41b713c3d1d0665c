"""Check a notebook as it is saved: run it in a fresh kernel, and gather what its cells said."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from helpers.capstone import SCORE_MIME
from helpers.course.catalogue import Conditions, load_catalogue
from helpers.course.errors import NoExerciseError
from helpers.course.execute import Run, run_notebook
from helpers.course.folder import assignment_of
from helpers.course.outline import Exercise, list_exercises, read_notebook, same_name
from helpers.course.report import Estimate, Finding, Report, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from helpers.course.execute import CellRun

_MIB = 1 << 20

_STUB = re.compile(r"NotImplementedError: (?P<name>\w+):.*", re.DOTALL)


def check_notebook(
    path: Path,
    exercise: str = "",
    *,
    content: bytes | None = None,
    on_cell: Callable[[int, int], object] = lambda _done, _of: None,
) -> Report:
    """Check a notebook.

    Parameters
    ----------
    path : Path
        The notebook.
    exercise : str, optional
        Check this one alone: the notebook runs only as far as its checks.
    content : bytes, optional
        Of the file, by default as it is on disk.
    on_cell : callable, optional
        Called before each cell with how many are done, and of how many.

    Returns
    -------
    Report

    Raises
    ------
    NotANotebookError
        If the file is none.
    NoExerciseError
        If it has no exercise of that name.
    """
    content = path.read_bytes() if content is None else content
    notebook = read_notebook(content, path)
    asked = _asked(list_exercises(notebook), exercise)
    last = max((max(one.checks, default=one.cell) for one in asked), default=0)
    name = assignment_of(path)
    conditions = load_catalogue().get(name, Conditions())
    run = run_notebook(
        notebook, path.parent, conditions, last=last if exercise else None, on_cell=on_cell
    )
    ran = {cell.index: cell for cell in run.cells}
    return Report(
        assignment=name,
        file=str(path),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        findings=tuple(_finding(one, ran) for one in asked),
        broken=tuple(_broken(run, list_exercises(notebook))),
        seconds=run.seconds,
        slowest=max((cell.seconds for cell in run.cells), default=0.0),
        peak_mb=run.peak_mb,
        output_mb=sum(len(json.dumps(cell.outputs)) for cell in run.cells) / _MIB,
        limits=conditions.limits,
        stopped=run.stopped,
        estimate=_estimate(run.cells),
    )


def _asked(exercises: tuple[Exercise, ...], name: str) -> tuple[Exercise, ...]:
    if not name:
        return exercises
    found = tuple(one for one in exercises if same_name(one.name, name))
    if not found:
        raise NoExerciseError(name, tuple(one.name for one in exercises))
    return found


def _finding(exercise: Exercise, ran: dict[int, CellRun]) -> Finding:
    state, said = _state(exercise, ran)
    return Finding(exercise.name, state, exercise.points, said)


def _state(exercise: Exercise, ran: dict[int, CellRun]) -> tuple[State, str]:
    if exercise.is_open:
        return State.OPEN, ""
    if exercise.written:
        return State.WRITTEN, ""
    cells = [ran.get(index) for index in (exercise.cell, *exercise.checks)]
    known = [cell for cell in cells if cell is not None]
    if error := next((cell.error for cell in known if cell.error), ""):
        return State.FAILS, error
    if len(known) < len(cells):
        return State.NOT_RUN, ""
    return State.PASSES, " ".join(_printed(known[1:]))


def _printed(cells: Iterable[CellRun]) -> Iterator[str]:
    for cell in cells:
        for output in cell.outputs:
            if output["output_type"] == "stream" and output["name"] == "stdout":
                yield " ".join(output["text"].split())


def _broken(run: Run, exercises: Iterable[Exercise]) -> Iterator[tuple[int, str]]:
    """Yield what fails elsewhere; what only misses an open exercise is told by that."""
    told = {index for one in exercises for index in (one.cell, *one.checks)}
    ahead = [one.name for one in exercises if one.is_open]
    for cell in run.cells:
        if cell.error and cell.index not in told and not _misses(cell.error, ahead):
            yield cell.index + 1, cell.error


def _misses(error: str, ahead: Iterable[str]) -> bool:
    """Whether an error is that of an open exercise, by itself or as it is explained."""
    found = _STUB.fullmatch(error)
    return "still open" in error or any(found and same_name(found["name"], one) for one in ahead)


def _estimate(cells: Iterable[CellRun]) -> Estimate | None:
    outputs = (output for cell in cells for output in cell.outputs)
    found: Any = [o["data"][SCORE_MIME] for o in outputs if SCORE_MIME in o.get("data", {})]
    if not found:
        return None
    score = found[-1]
    return Estimate(
        metric=score["metric"],
        score=score["measured"]["score"],
        tier=score["tier"],
        points=score["points"],
        max_points=score["max_points"],
    )
