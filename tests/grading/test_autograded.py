"""What grading writes for people to open is inert, and the original is kept."""

from __future__ import annotations

import gzip

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.assignment import load_assignment
from autograder.grading.pipeline import grade_class
from autograder.sanitize.notebook import make_inert
from autograder.workdir import WorkDir
from tests.sanitize.hostile import CALL, HTML, displays
from tests.support.course import NAME, hand_in, make_course, submission


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    honest, hostile = submission(), submission()
    hostile.cells[1:1] = [new_code_cell(displays()), new_markdown_cell(HTML["handler"])]
    hand_in(course, "s01", honest)
    hand_in(course, "s02", hostile)
    work = WorkDir(course / "work")
    rows = list(grade_class(load_assignment(NAME, course / "solutions"), course / "in", work))
    return work, {row.student: row for row in rows}


def test_what_grading_writes_is_inert_and_the_original_is_kept(graded):
    work, _ = graded
    written = work.autograded_notebook("s02", NAME).read_text()
    nb = nbformat.reads(written, as_version=4)
    make_inert(nb)
    assert nbformat.writes(nb) == written
    assert '"application/javascript":' not in written
    original = gzip.decompress(work.executed_notebook("s02", NAME).read_bytes()).decode()
    assert '"application/javascript":' in original
    assert CALL in original


def test_what_is_shown_costs_no_points(graded):
    _, rows = graded
    assert rows["s01"].points == rows["s02"].points


def test_of_an_honest_notebook_nothing_is_kept_twice(graded):
    work, _ = graded
    assert work.autograded_notebook("s01", NAME).exists()
    assert not work.executed_notebook("s01", NAME).exists()
