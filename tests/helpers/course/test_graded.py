"""What `course submit` writes is graded as it is, and the page that comes back is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from helpers.course.feedback import find_feedback
from helpers.course.submit import submit_notebook
from tests.support import ROOT
from tests.support.course import NAME, make_course, submission


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return a student's notebook, what was handed in, and the course that graded it."""
    course = make_course(tmp_path_factory.mktemp("course"))
    notebook = tmp_path_factory.mktemp("student") / NAME / f"{NAME}.ipynb"
    notebook.parent.mkdir()
    nbformat.write(submission(), notebook)
    handed_in = submit_notebook(notebook, "s05")
    (course / "in").mkdir(exist_ok=True)
    shutil.copy(handed_in.file, course / "in")
    for words in (
        ["autograder", "--course", str(course), "grade", NAME, "--submitted", str(course / "in")],
        ["nbgrader", "generate_feedback", NAME],
    ):
        subprocess.run(
            [sys.executable, "-m", *words],
            cwd=course,
            check=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
        )
    return notebook, handed_in, course


def test_the_claim_is_read_and_the_work_is_graded(graded):
    _, handed_in, course = graded
    assert handed_in.file.name == "9%_s05.ipynb"  # its `predict` takes every digit for a 0
    table = (course / "work" / "report" / "grades.csv").read_text().splitlines()
    row = dict(zip(table[0].split(","), table[1].split(","), strict=True))
    assert (row["student"], row["outcome"]) == ("s05", "finished")
    assert "claimed 9 %" in (course / "work" / "report" / "index.html").read_text()


def test_the_page_that_comes_back_is_found(graded):
    notebook, _, course = graded
    (page,) = (course / "work" / "feedback").rglob("*.html")
    folder = notebook.parent.parent / "feedback"
    folder.mkdir()
    shutil.copy(page, folder)
    assert find_feedback(notebook) == folder / page.name
