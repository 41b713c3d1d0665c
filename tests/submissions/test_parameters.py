"""A graded run has run.toml's parameters, whatever a submission made of the cell of parameters."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.assignment import load_assignment
from autograder.execution.runner import run
from autograder.gradebook.store import register
from autograder.submissions.restore import restore
from autograder.workdir import WorkDir
from tests.support.course import NAME, make_course, submission
from tests.support.jobs import job


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    return register(load_assignment(NAME, course / "solutions"), WorkDir(course / "work"))


def typed(cells):
    cells[0].source = "quick = False  # everything, please"


def deleted(cells):
    cells.pop(0)


def written_anew(cells):
    cells[0] = new_code_cell("quick = False")


def copied(cells):
    cells.insert(1, new_code_cell("quick = False", metadata={"tags": ["parameters"]}))


def run_by_papermill(cells):
    tags = {"tags": ["injected-parameters"]}
    cells.insert(1, new_code_cell("# Parameters\nquick = False\n", metadata=tags))


@pytest.mark.parametrize("edit", [typed, deleted, written_anew, copied, run_by_papermill])
def test_parameters_are_those_of_a_graded_run(release, tmp_path, edit):
    nb = submission()
    edit(nb.cells)
    imports = next(n for n, c in enumerate(nb.cells) if c.source == "import numpy as np")
    nb.cells.insert(imports + 1, new_code_cell("print('quick is', quick)"))
    path = tmp_path / "s01.ipynb"
    nbformat.write(nb, path)
    (tmp_path / "files").mkdir()
    restored = nbformat.writes(restore(path, release).notebook)
    done = nbformat.reads(run(job(restored, tmp_path / "files", sandboxed=False)).notebook, 4)
    shown = [c.outputs for c in done.cells if c.source == "print('quick is', quick)"]
    assert [[output.text for output in outputs] for outputs in shown] == [["quick is True\n"]]
