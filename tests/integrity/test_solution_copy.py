"""Who hands in the authors' own answers is flagged, and who found answers alone is not."""

from __future__ import annotations

import copy
import tokenize
from collections import defaultdict
from io import StringIO
from random import Random

import nbformat
import pytest

from autograder.assignment import load_assignment
from autograder.integrity import solution_copy
from autograder.integrity.course_code import handed_code, solution_cells
from autograder.integrity.inputs import CheckInputs
from autograder.integrity.student_code import released_notebook
from autograder.submissions.cells import grade_id
from tests.support import ROOT
from tests.support.answers.exercises import load

NAME, CLASS = "02_binary", 12
RENAMED = ("rows", "scores", "thresholds", "counts", "order", "hits", "model", "folds", "found")


def is_answer(cell):
    return cell.cell_type == "code" and bool(cell.get("metadata", {}).get("nbgrader", {}))


def answers_of(nb):
    return {
        grade_id(cell): cell.source
        for cell in nb.cells
        if is_answer(cell) and cell.metadata.nbgrader.solution
    }


def renamed(source):
    """Rename variables and drop comments, which a copy does not look like its original by."""
    tokens = [
        token._replace(string=f"my_{token.string}") if token.string in RENAMED else token
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type != tokenize.COMMENT
    ]
    return tokenize.untokenize([token[:2] for token in tokens])


@pytest.fixture(scope="module")
def course():
    assignment = load_assignment(NAME, ROOT / "solutions")
    released = released_notebook(assignment)
    solved = nbformat.read(assignment.folder / f"{NAME}.ipynb", as_version=4)
    return released, answers_of(solved), assignment


def filled(released, answers):
    nb = copy.deepcopy(released)
    for cell in nb.cells:
        cell.source = answers.get(grade_id(cell), cell.source)
    return nb


def honest(released, solution, chance):
    """Answer each exercise in one of the ways that were written apart from the solution."""
    ways = defaultdict(list)
    for exercise, _, text in load(NAME).right:
        ways[exercise].append(text)
    chosen = {
        name: chance.choice(ways[name]) if ways[name] else solution[name] for name in solution
    }
    return filled(released, chosen)


def test_a_copy_of_the_solution_is_flagged_and_nobody_else(course):
    released, solution, assignment = course
    notebooks = {f"s{k:02d}": honest(released, solution, Random(k)) for k in range(CLASS)}
    notebooks["s98"] = filled(released, solution)
    notebooks["s99"] = filled(released, {n: renamed(text) for n, text in solution.items()})
    asked = CheckInputs(
        released=released,
        notebooks=notebooks,
        answers={},
        probed={},
        loaded={},
        truth=None,
        probes=None,
        scored="",
        handed_code=handed_code(assignment, released),
        solution=solution_cells(assignment, released),
    )
    flags = list(solution_copy.find_flags(asked))
    assert {flag.student for flag in flags} == {"s98", "s99"}
    assert all("the authors' solution" in flag.seen for flag in flags)
