"""Hints come in steps, for every exercise, and give no answer away."""

from __future__ import annotations

import json
import re

import nbformat
import pytest

from helpers.course.errors import NoExerciseError
from helpers.course.hints import STEPS, load_hints, read_hints, write_hints
from helpers.course.magics import _Session, next_hint
from helpers.course.outline import list_exercises
from tests.helpers.course.small import write_small
from tests.support import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))

_ANSWER = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Write the small notebook, for somebody who has asked for nothing yet."""
    monkeypatch.setattr("helpers.course.magics._session", _Session())
    return write_small(tmp_path)


def double_of(x):
    return 2 * x


def test_each_time_says_more_and_then_no_more(path):
    said = [next_hint(path, "add_one", "", {"add_one": double_of}) for _ in range(4)]
    assert said[0] == (
        "add-one, hint 1 of 3: The check that you can see passes. "
        "(%hint add-one once more says more.)"
    )
    assert said[1].startswith("add-one, hint 2 of 3: ")
    assert said[2].startswith("add-one, hint 3 of 3: ")
    assert said[3] == said[2]


def test_the_first_is_the_checks_own_sentence(path):
    names = {"add_one": lambda x: x}
    assert "1 of 3: 1 and 1 are 2 (" in next_hint(path, "add-one", "1", names)
    assert "1 of 3: halve: divide by 2 (" in next_hint(path, "halve", "", {"halve": stub})
    assert names.keys() == {"add_one"}


def stub(x):
    raise NotImplementedError("halve: divide by 2")


def test_a_step_can_be_asked_for_and_asking_leaves_no_trace(path, tmp_path):
    before = sorted(tmp_path.rglob("*")), path.read_bytes()
    assert "hint 3 of 3" in next_hint(path, "double", "3", {})
    assert "hint 1 of 3: A person reads" in next_hint(path, "why", "", {})
    assert (sorted(tmp_path.rglob("*")), path.read_bytes()) == before


def test_a_score_is_not_measured_for_a_hint(path):
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].source = "score_predictions(predict, points=40)"
    nbformat.write(notebook, path)
    assert "NameError" not in next_hint(path, "predict", "1", {})


def test_an_exercise_that_is_none_is_told_with_those_that_are(path):
    with pytest.raises(NoExerciseError, match="'triple': expected double, add-one"):
        next_hint(path, "triple", "", {})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_exercise_has_hints_that_hold_no_line_of_its_answer(path):
    script = (ROOT / "solutions" / path.stem / f"{path.stem}.py").read_text(encoding="utf-8")
    lines = {line.strip() for answer in _ANSWER.findall(script) for line in answer.splitlines()}
    lines = {line.removeprefix("return ") for line in lines if len(line) > 20}
    hints = load_hints()[path.stem]
    names = {one.name for one in list_exercises(nbformat.read(path, as_version=4))}
    assert hints.keys() == names
    for name, hint in hints.items():
        assert len(hint.nudge) > 30, name
        assert len(hint.read) > 15, name
        assert [line for line in lines if line in hint.nudge + hint.read] == []


def test_the_wheels_copy_says_what_stands_beside_the_scripts(tmp_path, monkeypatch):
    hints = read_hints(ROOT / "solutions")
    (tmp_path / "hints.json").write_text(write_hints(hints))
    monkeypatch.setattr("helpers.course.hints.DATA", tmp_path)
    assert load_hints() == hints
    assert json.loads(write_hints(hints)).keys() == hints.keys()
    assert STEPS == 3
