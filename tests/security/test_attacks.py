"""What wins on stock nbgrader wins nothing here: ``python -m tests.support.attacks``."""

from __future__ import annotations

import nbformat
import pytest

from autograder.arrays import pack
from autograder.assignment import load_assignment, open_holdout
from autograder.evidence.log import open_log
from autograder.grading.finalize import conclude
from autograder.grading.pipeline import grade_class
from autograder.holdout.labels import labels_of
from autograder.scoring.standing import class_table
from autograder.scoring.tiers import DEFAULT_TIERS
from autograder.workdir import WorkDir
from tests.support.attacks.attack_class import (
    HONEST,
    NEIGHBOURLY,
    NEIGHBOURS,
    hand_in_class,
    read_attacks,
    stolen,
    warp_held_out,
)
from tests.support.course import NAME, hand_in, make_course
from tests.support.nbgrader_baseline import cell_scores

ATTACKS = read_attacks()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    warp_held_out(course)
    return course


@pytest.fixture(scope="module")
def rows(course):
    students = hand_in_class(course, ATTACKS)
    assignment = load_assignment(NAME, course / "solutions")
    graded = grade_class(assignment, course / "in", WorkDir(course / "work"), workers=2)
    rows = {row.student: row for row in class_table(graded, assignment.tiers)}
    assert sorted(rows) == sorted(students)
    return rows


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_wins_nothing(course, rows, attack):
    scores = cell_scores(NAME, attack.name, course / "work")
    assert scores is not None
    assert scores.keys() == {*HONEST, "why"}
    assert {name for name, honest in HONEST.items() if (scores[name] or 0) > honest} == set()
    assert (rows[attack.name].points or 0) <= sum(HONEST.values())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gets_hold_of_nothing(course, rows, attack):
    path = course / "work" / "autograded" / attack.name / NAME / f"{NAME}.ipynb"
    assert stolen(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_a_neighbour_keeps_every_point(course, rows, neighbour):
    scores = cell_scores(NAME, neighbour, course / "work")
    assert {name: scores[name] for name in NEIGHBOURLY} == NEIGHBOURLY
    assert rows[neighbour].outcome == "finished"
    assert rows[neighbour].notes == ()


def test_a_table_of_public_labels_is_perfect_on_public_images(tmp_path):
    """What warping is for: without it the same submission has all the points, here as well."""
    course = make_course(tmp_path)
    (attack,) = (attack for attack in ATTACKS if attack.name == "table_of_public_labels")
    hand_in(course, attack.name, attack.notebook)
    assignment = load_assignment(NAME, course / "solutions")
    (row,) = grade_class(assignment, course / "in", WorkDir(course / "work"), workers=1)
    assert row.score == 1
    assert cell_scores(NAME, attack.name, course / "work")["accuracy"] == 10


def test_a_report_tells_no_result_of_a_single_image(course, rows):
    """A leaderboard that is probed tells one number for each submission, to four digits."""
    assignment = load_assignment(NAME, course / "solutions")
    with open_log(WorkDir(course / "work").evidence(NAME)) as log:
        labels = labels_of(open_holdout(assignment, WorkDir(course / "work")))
        facts = {"by": "grade", "tiers": DEFAULT_TIERS, "labels": labels}
        table = conclude(rows.values(), assignment, log, WorkDir(course / "work"), **facts)
    (first,) = (row for row in table if row.student == "s00")
    assert len(first.answers) == 250
    text = (course / "work" / "report" / "grades.csv").read_text()
    columns = "student,assignment,outcome,accuracy,low,high,tier,grade,rank,points,max_points,final"
    assert text.splitlines()[0] == columns
    (line,) = (line for line in text.splitlines() if line.startswith("s00,"))
    assert line.split(",")[3] == "0.0760"
    page = (course / "work" / "report" / "index.html").read_text()
    for secret in (labels.values, first.answers, first.answers == labels.values):
        packed = pack(secret)["data"]
        assert packed not in text
        assert packed not in page


def test_there_is_an_attack_for_each_way_that_was_seen_to_work():
    assert len(ATTACKS) >= 20
    assert all(attack.about.endswith(".") for attack in ATTACKS)
