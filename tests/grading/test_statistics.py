"""What the report says of exercises and images follows from what is on record."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.evidence.hashchain import START, follow
from autograder.grading.statistics import class_statistics
from autograder.holdout.labels import Labels
from autograder.outcome import Outcome
from autograder.scoring.standing import GradeRow
from autograder.scoring.tiers import DEFAULT_TIERS, load_tiers_text

TIERS = load_tiers_text(DEFAULT_TIERS)

CELLS = {
    "s01": {"easy": [2, 2], "hard": [4, 4], "odd": [0, 1], "bonus": [0, 0]},
    "s02": {"easy": [2, 2], "hard": [1, 4], "odd": [0.5, 1], "bonus": [0, 0]},
    "s03": {"easy": [2, 2], "hard": [0, 4], "odd": [1, 1], "bonus": [0, 0]},
}


def submissions(cells=None):
    found = CELLS if cells is None else cells
    return {
        student: follow(
            START, {"student": student, "cells": one, "spans": [["x", "cell", float(n)]]}
        )
        for n, (student, one) in enumerate(found.items(), 1)
    }


def rows(answers=None):
    found = answers or dict.fromkeys(CELLS)
    return [GradeRow(s, "a", Outcome.FINISHED, answers=one) for s, one in found.items()]


def labels(values):
    return Labels(np.array(values, np.uint8), "0" * 64, "1" * 64)


def test_exercises_by_facility_and_discrimination():
    found = class_statistics(rows(), submissions(), None, None, None)
    easy, hard, odd = found.exercises  # nothing is to be had for the fourth
    assert (easy.name, easy.mean, easy.full, easy.zero, easy.discrimination) == (
        "easy",
        1,
        3,
        0,
        None,
    )
    assert (hard.mean, hard.full, hard.zero) == (pytest.approx(5 / 12), 1, 1)
    expected = np.corrcoef([4, 1, 0], [2, 2.5, 3])[0, 1]
    assert hard.discrimination == pytest.approx(expected)
    assert hard.discrimination < 0  # whoever is good at the rest is not, here
    assert odd.mean == 0.5


def test_times_name_the_slowest():
    times = class_statistics(rows(), submissions(), None, None, None).times
    assert (times.total, times.median, times.longest, times.slowest) == (6.0, 2.0, 3.0, "s03")


def test_what_is_not_graded_is_left_out():
    failed = [GradeRow("s03", "a", Outcome.INFRASTRUCTURE)]
    found = class_statistics(rows()[:2] + failed, submissions(), None, None, None)
    assert [one.full for one in found.exercises] == [2, 1, 0]


def test_the_matrix_adds_up_the_class():
    answers = {
        "s01": np.array([0, 1, 2, 2]),
        "s02": np.array([0, 1, 1, 2]),
        "s03": np.array([0, 0, 1, 2]),
    }
    found = class_statistics(rows(answers), submissions(), TIERS, labels([0, 1, 2, 2]), None)
    assert found.confusion == ((3, 0, 0), (1, 2, 0), (0, 2, 4))
    assert found.highest_mistake == 2
    assert found.missed == ()  # without images


@pytest.mark.parametrize(
    "answers",
    [
        {"s01": np.array([0, 1]), "s02": np.array([0, 1])},  # too few
        {s: np.array([[0, 1], [1, 0]]) for s in CELLS},  # several labels an image
        {s: np.array([0, 12]) for s in CELLS},  # more classes than a table is good for
    ],
)
def test_no_matrix_where_it_would_say_nothing(answers):
    found = class_statistics(rows(answers), submissions(), TIERS, labels([0, 1]), None)
    assert found.confusion == ()


def test_a_class_of_nobody():
    found = class_statistics([], {}, TIERS, labels([0, 1]), None)
    assert (found.exercises, found.confusion, found.times) == ((), (), None)
