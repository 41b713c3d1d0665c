"""What nobody has read is said wherever marks are printed, and is no exercise that all failed."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup

from autograder.cli.app import main
from autograder.gradebook.manual import Given, write_given
from autograder.gradebook.store import open_gradebook
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, make_course, submission

NONE = "\N{EN DASH}"
TWO = "2 written answers wait for a person to read in formgrader, and count 0 until then."
ONE = "1 written answer waits for a person to read in formgrader, and counts 0 until then."


@pytest.fixture
def course(tmp_path):
    course = make_course(tmp_path)
    hand_in(course, "s01", submission())
    hand_in(course, "s02", submission(why="Because of the labels."))
    hand_in(course, "s03", submission(why="YOUR ANSWER HERE"))  # as handed out
    return course


def said_by(course, capsys, *words):
    capsys.readouterr()
    assert main(["--course", str(course), *map(str, words)]) == 0
    return capsys.readouterr().out.splitlines()


def exercise(course):
    page = BeautifulSoup((course / "work" / "report" / "index.html").read_text(), "html.parser")
    (row,) = (one.parent for one in page.find_all("th", string=None) if "why" in one.get_text())
    return [cell.get_text() for cell in row.find_all(["th", "td"])], page.get_text(" ")


def read(course, student, points):
    with open_gradebook(WorkDir(course / "work")) as gradebook:
        write_given(gradebook, NAME, student, {"why": Given(points)})
        gradebook.db.commit()


def test_answers_that_nobody_has_read_are_counted_until_somebody_has(course, capsys):
    grade = ("grade", NAME, "--submitted", course / "in")
    assert TWO in said_by(course, capsys, *grade)
    cells, text = exercise(course)
    assert cells[:5] == ["why (2 to read)", "2", "0.00", "0", "1"]  # s03's alone
    assert TWO in re.sub(r"\s+", " ", text)
    assert TWO in said_by(course, capsys, "publish", NAME)
    read(course, "s01", 2)
    assert ONE in said_by(course, capsys, *grade)
    assert exercise(course)[0][:5] == ["why (1 to read)", "2", "0.50", "1", "1"]
    read(course, "s02", 1)
    for words in (("rescore", NAME), ("publish", NAME)):
        assert not [line for line in said_by(course, capsys, *words) if "written answer" in line]
    assert exercise(course)[0][:5] == ["why", "2", "0.50", "1", "1"]


def test_an_exercise_of_which_nothing_was_read_has_no_facility(course, capsys):
    (course / "in" / "s03.ipynb").unlink()
    said_by(course, capsys, "grade", NAME, "--submitted", course / "in")
    assert exercise(course)[0] == ["why (2 to read)", "2", NONE, "0", "0", NONE]
