"""What wins on stock nbgrader wins nothing here: ``python tests/security/attack_table.py``."""

from __future__ import annotations

import nbformat
import pytest
import tiny
from attack_class import HONEST, NEIGHBOURLY, NEIGHBOURS, hand_in, read_attacks, stolen

from autograder.assignment import load_assignment
from autograder.grade import Place, class_table, grade
from benchmarks.stock import cell_scores

ATTACKS = read_attacks()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return tiny.make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def rows(course):
    students = hand_in(course, ATTACKS)
    assignment = load_assignment(tiny.NAME, course / "solutions")
    graded = grade(assignment, Place(course / "in", course / "work"), workers=2)
    rows = {row.student: row for row in class_table(graded, assignment)}
    assert sorted(rows) == sorted(students)
    return rows


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_wins_nothing(course, rows, attack):
    scores = cell_scores(tiny.NAME, attack.name, course / "work")
    assert scores is not None
    assert scores.keys() == {*HONEST, "why"}
    assert {name for name, honest in HONEST.items() if (scores[name] or 0) > honest} == set()
    assert (rows[attack.name].points or 0) <= sum(HONEST.values())


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_gets_hold_of_nothing(course, rows, attack):
    path = course / "work" / "autograded" / attack.name / tiny.NAME / f"{tiny.NAME}.ipynb"
    assert stolen(nbformat.read(path, as_version=4)) == []


@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_a_neighbour_keeps_every_point(course, rows, neighbour):
    scores = cell_scores(tiny.NAME, neighbour, course / "work")
    assert {name: scores[name] for name in NEIGHBOURLY} == NEIGHBOURLY
    assert rows[neighbour].outcome == "finished"
    assert rows[neighbour].notes == ()


def test_there_is_an_attack_for_each_way_that_was_seen_to_work():
    assert len(ATTACKS) >= 20
    assert all(attack.about.endswith(".") for attack in ATTACKS)
