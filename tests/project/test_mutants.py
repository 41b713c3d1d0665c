"""No mutant of a solution gets full points: `tests/support/mutants/`."""

from __future__ import annotations

import tomllib

import matplotlib
import pytest

from tests.support.answers.exercises import ASSIGNMENTS, load
from tests.support.mutants.operators import mutants
from tests.support.mutants.trials import EQUIVALENT, EVERY, all_mutants, reason, survivors, tried

matplotlib.use("agg")

EXERCISES = [(name, exercise) for name in ASSIGNMENTS for exercise in load(name).exercises]

FEWEST = 25
"""Mutants of each exercise, without those that are no mistakes."""


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_no_mutant_gets_full_points(name, exercise):
    left = survivors(name, exercise, EVERY.get((name, exercise), 1))
    assert [mutant.change for mutant in left] == []


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_there_are_many_mutants(name, exercise):
    assert len(all_mutants(name, exercise)) >= FEWEST


def test_each_reason_is_about_a_mutant():
    """Else a changed solution would keep reasons for what nobody tries any more."""
    listed = tomllib.loads(EQUIVALENT.read_text())
    for name, exercises in listed.items():
        for exercise, reasons in exercises.items():
            found = {reason(name, exercise, mutant) for mutant in tried(name, exercise)}
            assert set(reasons.values()) <= found, (name, exercise)


def test_a_check_that_asks_little_is_noticed(monkeypatch):
    """Else these tests would pass whatever the graded cells are."""
    cells = load("02_binary").cells
    easy = "import numpy as np\nassert 0 <= recall(np.array([True]), np.array([True])) <= 1"
    monkeypatch.setitem(cells["check-recall"], "source", easy)
    monkeypatch.setitem(cells["check-recall-more"], "source", easy)
    assert "1 less it" in {mutant.change for mutant in survivors("02_binary", "recall")}


def test_a_solution_that_loses_points_is_noticed(monkeypatch):
    monkeypatch.setitem(load("02_binary").cells["check-recall-more"], "source", "assert False")
    with pytest.raises(AssertionError, match="the solution of recall loses points"):
        survivors("02_binary", "recall")


def test_a_mutant_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr("tests.support.mutants.trials.SECONDS", 0.2)
    endless = "while True:\n    pass"
    monkeypatch.setitem(load("02_binary").cells["check-recall-more"], "source", endless)
    with pytest.raises(AssertionError, match="loses points"):
        survivors("02_binary", "recall")


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("return x.max(axis=1)", "return x.max(axis=0)"),
        ("return x[1:]", "return x[1 + 1:]"),
        ("return x if x < 3 else y", "return x if x <= 3 else y"),
        ("return x @ y", "return y @ x"),
        ("return [a for a in x if a]", "return [a for a in x]"),
        ("return np.linalg.norm(x)", "return np.linalg.norm(x, ord=1)"),
        ("return x.endswith('gz')", "return x.__contains__('gz')"),
        ("return np.uint8(x), y", "return (y, np.uint8(x))"),
    ],
)
def test_what_people_confuse_is_among_the_mutants(line, changed):
    made = {mutant.text.splitlines()[-1].strip() for mutant in mutants(f"def f(x, y):\n    {line}")}
    assert changed in made


def test_messages_and_docstrings_stay_as_they_are():
    text = 'def f(x):\n    """Give 3."""\n    raise ValueError(f"{x} is 3, expected {3 + 1}")'
    assert list(mutants(text)) == []
