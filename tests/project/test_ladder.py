"""Each exercise says how hard it is and what it is worth, in a form that a program can read."""

from __future__ import annotations

import re
from functools import cache

import jupytext
import pytest

from tests.support.answers.exercises import ASSIGNMENTS, SOLUTIONS, load
from tests.support.vacuous_answers import function_of

LEVELS = {"warm-up", "core", "stretch"}

HEADING = re.compile(
    r"\*\*(?:Exercise (?P<number>\d+)|Capstone) "
    r"\((?P<level>[a-z-]+), (?P<points>\d+) points?\)\.\*\*"
    r" (?:Write|Define) `(?P<function>\w+)`"
)

CAPSTONES = {"03_svc": "predict", "04_clustering": "cluster", "05_multilabel": "predict"}


@cache
def headings(name: str) -> list[dict[str, str]]:
    """Return what the headings of an assignment's exercises say, in their order."""
    cells = jupytext.read(SOLUTIONS / name / f"{name}.py").cells
    texts = (" ".join(c.source.split()) for c in cells if c.cell_type == "markdown")
    return [found.groupdict() for text in texts for found in HEADING.finditer(text)]


def worth(name: str, exercise: str) -> float:
    """Return the points of an exercise's checks, and of the last cell with a capstone."""
    assignment = load(name)
    checks = assignment.checks(exercise)
    if function_of(exercise) == CAPSTONES.get(name):
        checks = [*checks, assignment.graded[-1]]
    return sum(assignment.cells[check].metadata.nbgrader.points for check in checks)


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_every_exercise_is_marked(name):
    asked = [heading["function"] for heading in headings(name)]
    assert asked == [function_of(exercise) for exercise in load(name).exercises]


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_exercises_are_numbered_from_1(name):
    numbers = [int(heading["number"]) for heading in headings(name) if heading["number"]]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_each_notebook_has_all_three_levels(name):
    assert {heading["level"] for heading in headings(name)} == LEVELS


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_headings_say_what_the_checks_are_worth(name):
    said = {heading["function"]: float(heading["points"]) for heading in headings(name)}
    assert said == {function_of(e): worth(name, e) for e in load(name).exercises}
