"""A roster's names are in nbgrader's gradebook, and replace no name by nothing."""

from __future__ import annotations

import csv

import pytest
from nbgrader.api import Gradebook

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.gradebook.students import enter_class
from autograder.submissions.roster import Contact
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.nbgrader_command import nbgrader

ROSTER = """\
id,first_name,last_name,email,name
s01,Student,One,one@example.org,
s02,,,,Student Two
s03,,,,
"""
CALLED = {
    "s01": ("Student", "One", "one@example.org"),
    "s02": ("", "Student Two", None),
    "s03": (None, None, None),
}


def called(work):
    with Gradebook(work.gradebook_url) as gradebook:
        return {one.id: (one.first_name, one.last_name, one.email) for one in gradebook.students}


@pytest.fixture
def course(tmp_path):
    course = make_course(tmp_path)
    for student in ("s01", "s02"):
        hand_in(course, student, submission())
    (course / "roster.csv").write_text(ROSTER)
    return course


def test_grading_enters_them_and_nbgrader_exports_them(course):
    work = WorkDir(course / "work")
    command = ("--course", str(course), "grade", NAME, "--submitted", str(course / "in"))
    # s03 sent nothing
    assert main([*command, "--roster", str(course / "roster.csv")]) == ExitCode.NOT_GRADED
    assert called(work) == CALLED
    with Gradebook(work.gradebook_url) as gradebook:  # as formgrader's page of students does
        gradebook.update_or_create_student("s03", first_name="A", last_name="B", email="c@d")
    assert main([*command, "--roster", str(course / "roster.csv")]) == ExitCode.NOT_GRADED
    assert called(work) == CALLED | {"s03": ("A", "B", "c@d")}
    assert main([*command, "--force"]) == ExitCode.DONE  # without a roster nothing is known anew
    assert called(work) == CALLED | {"s03": ("A", "B", "c@d")}
    nbgrader(course, "export", "--to", "exported.csv")
    with (course / "exported.csv").open(newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert rows["s01"]["last_name"] == "One"
    assert rows["s01"]["email"] == "one@example.org"


def test_collecting_enters_them_and_a_dry_run_does_not(course, tmp_path, capsys):
    work = WorkDir(course / "work")
    command = ["--course", str(course), "collect", str(course / "in"), NAME]
    command += ["--roster", str(course / "roster.csv")]
    assert main([*command, "--dry-run"]) == ExitCode.DONE
    assert called(work) == {}
    assert main(command) == ExitCode.DONE
    assert called(work) == CALLED
    (tmp_path / "other.csv").write_text("id,name\nt01,Somebody Else\n")
    command[-1] = str(tmp_path / "other.csv")
    capsys.readouterr()
    assert main(command) == ExitCode.ERROR
    assert "has no notebook of anybody on the roster" in capsys.readouterr().err
    assert called(work) == CALLED


def test_what_a_person_wrote_is_replaced_by_names_alone(course):
    work = WorkDir(course / "work")
    main(["--course", str(course), "collect", str(course / "in"), NAME, "--dry-run"])
    assert enter_class(work, {"s01": Contact("Student", "One", email="a@b")}) == 1
    with Gradebook(work.gradebook_url) as gradebook:
        gradebook.update_or_create_student("s01", first_name="By", last_name="Hand", email="x@y")
    assert enter_class(work, {"s01": Contact()}) == 0
    assert enter_class(work, {"s01": Contact(name="Student One")}) == 0  # in parts already
    assert called(work) == {"s01": ("By", "Hand", "x@y")}
    assert enter_class(work, {"s01": Contact("Student", email="z@y")}) == 1
    assert called(work) == {"s01": ("Student", "Hand", "z@y")}
