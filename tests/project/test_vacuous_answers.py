"""No answer without content passes a graded cell: `tests/support/vacuous_answers.py`."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest

from tests.support.answers.exercises import ASSIGNMENTS, load
from tests.support.vacuous_answers import DESERVED, Stand, passes, table, undeserved
from tests.support.vacuous_kinds import KINDS

matplotlib.use("agg")

EXERCISES = [(name, exercise) for name in ASSIGNMENTS for exercise in load(name).exercises]


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_answers_without_content_get_no_more_than_they_deserve(name, exercise):
    assert undeserved(name, exercise) == {}


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_a_right_function_in_the_same_place_passes(name, exercise):
    for grade_id in load(name).checks(exercise):
        assert passes(grade_id, Stand(name, exercise, lambda call: call.right)), grade_id


@pytest.mark.parametrize(("name", "exercise", "kind"), DESERVED)
def test_what_is_said_to_be_deserved_is_had(name, exercise, kind):
    assert table(name, exercise)[kind] == DESERVED[name, exercise, kind][0]


def test_a_check_by_allclose_is_noticed(monkeypatch):
    """Else these tests would pass whatever the graded cells are."""
    cell = load("02_binary").cells["check-precision-recall-at-more"]
    lines = ["import numpy as np", "truth, points = np.array([True, False]), np.array([2.0, 1.0])"]
    lines += ["assert np.allclose(precision_recall_at(truth, points, 1.5), [1, 1])"]
    monkeypatch.setitem(cell, "source", "\n".join(lines))
    empty = Stand("02_binary", "precision-recall-at", lambda call: np.empty((0, 2)))
    assert passes("check-precision-recall-at-more", empty)
    assert empty.differs


def test_every_kind_is_an_answer_to_some_exercise():
    """Of each kind one answer at least is no right one, or it would try nothing."""
    names = [("02_binary", "precision-recall-at"), ("04_clustering", "unit-rows")]
    for kind in KINDS.values():
        stands = [Stand(*exercise, kind, wanted=[0.5]) for exercise in names]
        for stand in stands:
            for grade_id in load(stand.name).checks(stand.exercise):
                passes(grade_id, stand)
        assert any(stand.differs for stand in stands), kind
