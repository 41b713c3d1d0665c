"""The comparison of three ways to hand in counts what is documented, and what was really needed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from autograder.authoring.handout import TEMPLATES
from benchmarks.speed import instructor_ways, student_ways
from benchmarks.speed.walk import Place, Step, StumblingBlockError, walk

FAILS = "python -c 'raise SystemExit(\"no such thing\")'"
WORKS = "python -c 'print(1)'"


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path, Path(sys.executable).parent, None)
    (tmp_path / "home").mkdir()
    return made


def step(typed, *remedies):
    return Step("try", typed, lambda place: place.run(typed) and None, remedies)


def test_what_our_students_type_is_what_the_handout_says():
    readme = (TEMPLATES / "handout.md").read_text()
    typed = [one.typed for one in student_ways.OURS if one.typed.startswith(("python", "%"))]
    assert len(typed) == 2
    assert not [one for one in typed if one not in readme]
    assert "Upload it where your course wants it." in readme


def test_ours_has_the_fewest_steps_even_where_nothing_blocks_the_others():
    steps = {way: sum(one.counts for one in ways) for way, ways in student_ways.WAYS.items()}
    assert min(steps, key=steps.get) == "ours"
    assert sorted(steps.values())[1] > steps["ours"]
    assert steps.keys() == instructor_ways.WAYS.keys()


def test_what_fails_is_a_block_and_what_is_needed_then_a_step(place):
    walked = walk([step(WORKS), step(FAILS, step(WORKS), step(WORKS))], place)
    assert [one.counted for one in walked] == [True, False, True, True]
    assert [one.block for one in walked] == ["", "no such thing", "", ""]
    assert all(one.seconds > 0 and one.cpu > 0 for one in walked)


def test_what_fails_without_a_remedy_ends_the_walk(place):
    with pytest.raises(StumblingBlockError, match="no such thing"):
        walk([step(FAILS), step(WORKS)], place)
    with pytest.raises(StumblingBlockError, match="no-such-program"):
        walk([step("no-such-program")], place)


def test_a_click_counts_and_takes_no_time(place):
    (walked,) = walk([Step("open", "click")], place)
    assert walked.counted
    assert walked.seconds is None
