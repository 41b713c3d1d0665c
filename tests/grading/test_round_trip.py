"""From ``nbgrader fetch`` to ``fetch_feedback``, with our grading in the middle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbgrader.api import Gradebook

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.workdir import WorkDir
from tests.support.course import ANSWERS, NAME, knowing, make_course
from tests.support.nbgrader_command import nbgrader

MARKER = "hidden-marker-7261"
"""Stands in a hidden test alone."""

OUTSIDE = "outside"
"""File that a student's cell writes where no caged cell can."""

AS_STUDENT = """\
import os
import nbgrader.utils

nbgrader.utils.get_osusername = lambda: os.environ["STUDENT"]  # there is no account of that name
from nbgrader.apps.nbgraderapp import main

main()
"""


def run(course, *arguments):
    return main(["--course", str(course), *map(str, arguments)])


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("round-trip"))
    path = course / "solutions" / NAME / f"{NAME}.ipynb"
    nb = nbformat.read(path, as_version=4)
    check = next(
        c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "test-double"
    )
    check.source = (
        '"""Check that `double` doubles."""\nassert double(2) == 4, "twice 2 is 4"\n'
        f"### BEGIN HIDDEN TESTS\nassert double(7) == 14, 'odd numbers'  # {MARKER}\n"
        "### END HIDDEN TESTS"
    )
    nbformat.write(nb, path)
    return course


class Student:
    """Uses nbgrader's commands in a folder of their own, as themselves."""

    def __init__(self, course, folder, name):
        self.name, self.folder, self.course = name, folder / name, course
        self.folder.mkdir(parents=True)
        (self.folder / "nbgrader_config.py").write_text(
            "c = get_config()\nc.CourseDirectory.course_id = 'digits'\n"
            f"c.Exchange.root = {str(course / 'work' / 'exchange')!r}\n"
            f"c.Exchange.cache = {str(self.folder / 'cache')!r}\n"
        )

    def __call__(self, *arguments):
        environment = os.environ | {"STUDENT": self.name, "HOME": str(self.folder)}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        done = subprocess.run(
            [sys.executable, "-c", AS_STUDENT, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def answer(self, **changes):
        path = self.folder / NAME / f"{NAME}.ipynb"
        nb = nbformat.read(path, as_version=4)
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            cell.source = (ANSWERS | changes).get(name, cell.source)
        nbformat.write(nb, path)


@pytest.mark.slow
def test_feedback_comes_back_and_no_hidden_test_with_it(course, tmp_path, capsys):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("\nc.ExchangeCollect.check_owner = False  # all are of one account here\n")
    nbgrader(course, "generate_assignment", NAME)
    nbgrader(course, "release_assignment", NAME)
    escape = f"import pathlib\npathlib.Path({str(tmp_path / OUTSIDE)!r}).write_text('x')"
    wrong = f"def double(x):\n    return 4\ntry:\n    exec({escape!r})\nexcept OSError:\n    pass"
    students = [Student(course, tmp_path, name) for name in ("s01", "s02")]
    for student, double in zip(students, (ANSWERS["double"], wrong), strict=True):
        student("fetch_assignment", NAME)
        student.answer(predict=knowing([7, 8, 9]), double=double)
        student("submit", NAME)
    nbgrader(course, "collect", NAME)

    assert run(course, "grade", NAME) == ExitCode.DONE
    work = WorkDir(course / "work")
    executed = work.autograded_notebook("s01", NAME).parent
    for name in ("timestamp.txt", "submission_secret.txt"):
        kept = work.submitted_notebook("s01", NAME).with_name(name)
        assert (executed / name).read_bytes() == kept.read_bytes()

    with Gradebook(work.gradebook_url) as gradebook:  # as formgrader writes it
        for name in ("s01", "s02"):
            grade = gradebook.find_grade("why", NAME, NAME, name)
            grade.manual_score, grade.needs_manual_grade = 1.5, False
            gradebook.find_comment("why", NAME, NAME, name).manual_comment = "well argued"
        gradebook.db.commit()
    assert run(course, "grade", NAME) == ExitCode.DONE
    assert run(course, "publish", NAME) == ExitCode.DONE

    nbgrader(course, "generate_feedback", NAME)
    nbgrader(course, "release_feedback", NAME)
    for student in students:
        student("fetch_feedback", NAME)
        pages = list((student.folder / NAME / "feedback").rglob("*.html"))
        assert len(pages) == 1
        text = pages[0].read_text()
        assert "well argued" in text
        assert MARKER not in text
    assert "odd numbers" in text  # what the hidden test told, it may tell

    assert run(course, "feedback", NAME) == ExitCode.DONE
    page = (work.returned(NAME) / "s02.html").read_text()
    assert MARKER not in page
    shown = BeautifulSoup(page, "html.parser").get_text(" ", strip=True)
    assert "Check that `double` doubles." in shown
    assert "✗ no points odd numbers" in shown
    assert "well argued" in shown
    assert not (tmp_path / OUTSIDE).exists()

    nbgrader(course, "autograde", NAME, "--student", "s02", "--force")  # formgrader's own button
    assert not (tmp_path / OUTSIDE).exists()
    shutil.rmtree(tmp_path / "s01")
