"""Put an answer into an exercise and count its points, in one ordinary namespace.

Each ``answers_NAME.py`` beside this file belongs to ``solutions/NAME/NAME.py`` and holds

RIGHT, WRONG : lists of (grade_id of the answered cell, what is special about it, the cell's text)
HINTS : list of (graded cell, wrong answer, part of the hint that it reads there)
SKIP : names of locked or answered cells that the graded cells can do without, because they are slow
SETUP : text run after the other cells, to stand for what was skipped
"""

from __future__ import annotations

import contextlib
import linecache
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupytext
import matplotlib

if TYPE_CHECKING:
    from nbformat import NotebookNode

from tests.support import ROOT

SOLUTIONS = ROOT / "solutions"
ASSIGNMENTS = tuple(
    sorted(p.stem.removeprefix("answers_") for p in Path(__file__).parent.glob("answers_*.py"))
)


@dataclass(frozen=True)
class Assignment:
    """The cells that carry nbgrader's metadata, and answers to its exercises."""

    name: str
    parameters: str
    cells: dict[str, NotebookNode]
    right: list[tuple[str, str, str]]
    wrong: list[tuple[str, str, str]]
    hints: list[tuple[str, str, str]]
    skip: tuple[str, ...]
    setup: str

    @property
    def exercises(self) -> tuple[str, ...]:
        """Answered cells that a graded cell checks."""
        return tuple(name for name in self.cells if self.checks(name))

    @property
    def graded(self) -> tuple[str, ...]:
        """Graded cells that a machine scores."""
        return tuple(
            name
            for name, cell in self.cells.items()
            if cell.cell_type == "code" and cell.metadata.nbgrader.grade
        )

    def checks(self, exercise: str) -> list[str]:
        """Graded cells of one exercise, by the convention of their names."""
        names = (f"check-{exercise}", f"check-{exercise}-more")
        return [name for name in names if name in self.cells and exercise in self.cells]


@cache
def load(name: str) -> Assignment:
    """Read an assignment's script and its answers."""
    cells = jupytext.read(SOLUTIONS / name / f"{name}.py").cells
    answers = import_module(f"tests.support.answers.answers_{name}")
    return Assignment(
        name=name,
        parameters=next(c.source for c in cells if "parameters" in c.metadata.get("tags", [])),
        cells={c.metadata.nbgrader.grade_id: c for c in cells if "nbgrader" in c.metadata},
        right=answers.RIGHT,
        wrong=answers.WRONG,
        hints=answers.HINTS,
        skip=getattr(answers, "SKIP", ()),
        setup=getattr(answers, "SETUP", ""),
    )


def run(source: str, names: dict[str, Any], where: str = "<answer>") -> None:
    """Run the text of a cell, whose lines errors can then quote; close its figures, as Jupyter."""
    linecache.cache[where] = (len(source), None, source.splitlines(keepends=True), where)
    try:
        exec(compile(source, where, "exec"), names)
    finally:
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.close("all")


@cache
def solved(name: str) -> dict[str, Any]:
    """Return what the student's kernel holds once every exercise is answered; copy it."""
    assignment, names = load(name), dict[str, Any]()
    run(assignment.parameters, names, "parameters")
    names["quick"] = True  # as grading injects it
    with in_scratch_folder(), matplotlib.rc_context():  # notebooks have their own settings
        for grade_id, cell in assignment.cells.items():
            if cell.cell_type != "code" or cell.metadata.nbgrader.grade:
                continue
            if grade_id not in (*assignment.skip, "parameters"):
                run(cell.source, names, grade_id)
        run(assignment.setup, names, "SETUP")
    return names


@cache
def outcomes(name: str, exercise: str, answer: str) -> dict[str, Exception | None]:
    """Return what each graded cell of an exercise raises on an answer; None where it passes."""
    assignment, names = load(name), dict(solved(name))
    raised: dict[str, Exception | None] = {}
    with in_scratch_folder():
        run(answer, names)
        for grade_id in assignment.checks(exercise):
            raised[grade_id] = None
            try:
                run(assignment.cells[grade_id].source, dict(names), grade_id)
            except Exception as error:  # noqa: BLE001  # an answer may raise anything
                raised[grade_id] = error
    return raised


def points(name: str, exercise: str, answer: str) -> tuple[float, float]:
    """Return the points that an answer gets, and those that there are."""
    cells, raised = load(name).cells, outcomes(name, exercise, answer)
    worth = {grade_id: cells[grade_id].metadata.nbgrader.points for grade_id in raised}
    # as a grader does: an error means no points
    earned = sum(worth[grade_id] for grade_id, error in raised.items() if error is None)
    return earned, sum(worth.values())


def stub(name: str, exercise: str) -> str:
    """Return the text that students find in an answered cell."""
    head, _, rest = load(name).cells[exercise].source.partition("    ### BEGIN SOLUTION")
    return head + rest.partition("### END SOLUTION\n")[2]


@contextlib.contextmanager
def in_scratch_folder():
    """Work in an empty folder: answers may write files, as in the notebook's own folder."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)
