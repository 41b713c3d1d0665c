"""A course's totals: weights, dropped lowest, what is missing."""

from __future__ import annotations

import csv

import pytest

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.errors import AssignmentError
from autograder.grading.course_totals import CourseRules, course_table, read_rules
from autograder.outcome import Outcome
from autograder.scoring.standing import GradeRow
from tests.grading.test_diff import Course
from tests.support.course import NAME


def rows(**marks):
    return [GradeRow(s, "a", Outcome.FINISHED, final=mark) for s, mark in marks.items()]


CLASS = {
    "a1": rows(s01=80, s02=100, s03=61),
    "a2": rows(s01=60, s02=0, s03=62),
    "a3": [
        *rows(s01=91),
        GradeRow("s02", "a", Outcome.NOT_HANDED_IN),
        GradeRow("s03", "a", Outcome.INFRASTRUCTURE),
    ],
}


@pytest.mark.parametrize(
    ("rules", "totals"),
    [
        (CourseRules({}), {"s01": 77, "s02": 33, "s03": None}),
        (CourseRules({"a3": 2}), {"s01": 81, "s02": 25, "s03": None}),  # 80.5 is rounded up
        (CourseRules({"a1": 0.1, "a2": 0.2}), {"s01": 85, "s02": 8, "s03": None}),
        (CourseRules({}, drop_lowest=1), {"s01": 86, "s02": 50, "s03": None}),
        (CourseRules({}, drop_lowest=9), {"s01": 91, "s02": 100, "s03": None}),
    ],
)
def test_totals_are_weighted_means_of_what_counts(rules, totals):
    assert {row.student: row.total for row in course_table(CLASS, rules)} == totals


def test_what_is_dropped_is_named_and_who_is_not_in_an_assignment_has_0():
    (first, *_, last) = course_table(CLASS | {"a4": rows(s04=50)}, CourseRules({}, drop_lowest=1))
    assert (first.student, first.marks["a4"], first.dropped) == ("s01", 0, ("a4",))
    assert (last.student, last.marks, last.total) == (
        "s04",
        {"a1": 0, "a2": 0, "a3": 0, "a4": 50},
        17,
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("drop = 1", "course.toml: found 'unknown key drop'"),
        ("drop_lowest = -1", "drop_lowest: found -1, expected a whole number from 0"),
        ("[weights]\na1 = 0", "weights.a1: found 0, expected a number above 0"),
        ("[weights]\nb9 = 2", "assignment 'b9': course.toml: weights: expected one of a1"),
    ],
)
def test_rules_are_read_strictly(tmp_path, text, complaint):
    course = Course(tmp_path / "course")
    (course.folder / "solutions" / "course.toml").write_text(text)
    with pytest.raises(AssignmentError, match=complaint):
        read_rules(course.folder / "solutions")


def test_the_command_adds_up_what_was_published(tmp_path, capsys):
    course = Course(tmp_path / "course")
    arguments = ["--course", str(course.folder), "course"]
    course.run({"s01": [], "s02": range(20)})
    assert main(arguments) == ExitCode.ERROR
    assert "nothing was published yet" in capsys.readouterr().err
    course.publish()
    assert main(arguments) == ExitCode.DONE
    with (course.work / "published" / "course.csv").open(newline="") as file:
        found = {row["student"]: row for row in csv.DictReader(file)}
    assert {student: row[NAME] for student, row in found.items()} == {
        student: row["total"] for student, row in found.items()
    }
    assert capsys.readouterr().out.splitlines()[0].split() == ["student", NAME, "total"]
