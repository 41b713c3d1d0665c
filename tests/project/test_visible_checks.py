"""A visible check says in a sentence what it was given: `tests/support/visible_checks.py`."""

from __future__ import annotations

import matplotlib
import pytest

from tests.support.answers.exercises import load
from tests.support.visible_checks import (
    Reading,
    converted,
    exercise_before,
    function_of,
    pass_line,
    with_none,
    with_right_answer,
    with_the_one_before_open,
)

matplotlib.use("agg")

# For as long as the checks of some assignments are still to be converted; then ASSIGNMENTS.
EXERCISES = [(name, exercise) for name in converted() for exercise in load(name).exercises]


def is_sentence(reading: Reading, *words: str) -> bool:
    """Whether an error is told in one line that holds the words."""
    text = reading.text
    return text.count("\n") == 0 and len(text) > 20 and all(word in text for word in words)


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_a_missing_return_is_asked_for(name, exercise):
    reading = with_none(name, exercise)
    assert reading.error == "AssertionError"
    assert is_sentence(reading, function_of(exercise), "`return`"), reading


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_a_right_answer_reads_its_points_and_that_hidden_checks_follow(name, exercise):
    reading = with_right_answer(name, exercise)
    assert reading.error == "", reading
    assert reading.text.splitlines()[-1] == pass_line(name, exercise)


@pytest.mark.parametrize(("name", "exercise"), EXERCISES)
def test_an_open_exercise_breaks_no_other_or_is_named(name, exercise):
    before = exercise_before(name, exercise)
    if not before:
        return
    reading = with_the_one_before_open(name, exercise)
    if reading.error:
        assert is_sentence(reading, function_of(before)), reading
    else:
        assert reading.text.splitlines()[-1] == pass_line(name, exercise)


def test_a_check_without_sentences_is_noticed():
    """Not every error counts as a sentence, and not every name as the right one."""
    assert not is_sentence(
        Reading("TypeError", "object of type 'NoneType' has no len()"), "flatten"
    )
    assert not is_sentence(Reading("AssertionError", "flatten\ngave None"), "flatten")
    assert not is_sentence(Reading("AssertionError", "flatten"), "flatten")
    assert is_sentence(Reading("NotImplementedError", "flatten is still open: return"), "flatten")
