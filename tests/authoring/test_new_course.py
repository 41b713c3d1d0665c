"""A course of one's own: made, built, handed out, graded."""

from __future__ import annotations

import csv

import nbformat
import pytest

from autograder.authoring.new_course import new_assignment, new_course
from autograder.cli.app import main
from autograder.errors import AssignmentError, CourseError
from tests.support import ROOT

ANSWERS = {
    "s01": "return float(np.mean(np.square(values, dtype=float)))",
    "s02": "return float((values ** 2).mean())",  # overflows in uint8
    "s03": "return float(np.mean(values)) ** 2",
}


def test_a_new_course_builds_releases_and_grades(tmp_path, capsys):
    course = tmp_path / "own"
    assert main(["--course", str(ROOT), "new-course", str(course)]) == 0
    here = ["--course", str(course)]
    assert main([*here, "new-assignment", "01_first"]) == 0
    assert main([*here, "build"]) == 0
    released = course / "notebooks" / "01_first" / "01_first.ipynb"
    text = released.read_text()
    assert "HIDDEN" not in text
    assert "np.square" not in text
    assert sorted(path.name for path in released.parent.iterdir()) == ["01_first.ipynb"]
    for student, answer in ANSWERS.items():
        nb = nbformat.read(released, as_version=4)
        for cell in nb.cells:
            stub = 'raise NotImplementedError("mean_square: return the mean of the squares")'
            cell.source = cell.source.replace("# YOUR CODE HERE", answer).replace(stub, "")
        (course / "in").mkdir(exist_ok=True)
        nbformat.write(nb, course / "in" / f"{student}.ipynb")
    assert main([*here, "grade", "01_first", "--submitted", str(course / "in")]) == 0
    with (course / "work" / "report" / "grades.csv").open(newline="") as file:
        points = {row["student"]: row["points"] for row in csv.DictReader(file)}
    assert points == {"s01": "5", "s02": "2", "s03": "0"}
    capsys.readouterr()


def test_nothing_is_overwritten_and_no_course_lies_in_another(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    with pytest.raises(CourseError, match="something is there, expected an empty folder"):
        new_course(tmp_path / "full", ROOT)
    course = new_course(tmp_path / "own", ROOT)
    with pytest.raises(CourseError, match=r"it lies in the course .*own, expected a place outside"):
        new_course(course / "solutions" / "inner", ROOT)
    new_assignment("a1", course / "solutions")
    with pytest.raises(AssignmentError, match="a1 is there already"):
        new_assignment("a1", course / "solutions")


@pytest.mark.parametrize("name", ["", "a b", "../a", ".a", "ä1", "a/b"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    course = new_course(tmp_path / "own", ROOT)
    with pytest.raises(AssignmentError, match="expected letters, digits, - and _"):
        new_assignment(name, course / "solutions")
