"""Whatever a file holds, reading it ends within its bounds, and the class goes on."""

from __future__ import annotations

import json

import nbformat
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from autograder.assignment import load_assignment
from autograder.errors import TooCostlyError, UnreadableNotebookError
from autograder.grading.pipeline import grade_class
from autograder.grading.reading import restore_text
from autograder.outcome import Outcome
from autograder.sandbox.bounded_process import Bounds, reading_process
from autograder.workdir import WorkDir
from tests.support import course as tiny
from tests.support.pathological import notebooks, release, text_of

BOUNDS = Bounds(cpu_seconds=3, memory_mb=150)
"""Small ones, so that small files break them."""

SLOW = [("import numpy as np\nimport numpy\n" * 200) for _ in range(300)]
"""Code that a reader parses again and again."""

COSTLY = {
    "long": lambda nb: nb["cells"].append(nb["cells"][1] | {"source": "é😀" + "x" * (40 << 20)}),
    "slow": lambda nb: nb["cells"].extend(nb["cells"][1] | {"source": one} for one in SLOW),
    "wide": lambda nb: nb["cells"][0].update(k=[[]] * 1_500_000),
    "keys": lambda nb: nb["cells"][0].update({f"k{i}": i for i in range(1_000_000)}),
    "marks": lambda nb: nb["cells"][0]["metadata"].update(
        nbgrader={f"k{i}": "x" * 40 for i in range(600_000)}
    ),
}

LIGHT = {
    "tags": lambda nb: nb["cells"][0]["metadata"].update(tags=[{"a": i} for i in range(40_000)]),
    "deep": lambda nb: nb.update(deep=json.loads("[" * 900 + "]" * 900)),
    "number": lambda nb: nb["cells"][1].update(execution_count=int("9" * 4000)),
    "ids": lambda nb: [cell.update(id="same") for cell in nb["cells"]],
    "halves": lambda nb: nb["cells"][1].update(source="\ud800" * 10_000),
}


def _made(change):
    nb = json.loads(nbformat.writes(tiny.submission()))
    change(nb)
    return json.dumps(nb)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    course = tiny.make_course(tmp_path_factory.mktemp("course"))
    (course / "in").mkdir(exist_ok=True)
    for name, change in COSTLY.items():
        (course / "in" / f"{name}.ipynb").write_text(_made(change))
    tiny.hand_in(course, "s01", tiny.submission())
    assignment, work = load_assignment(tiny.NAME, course / "solutions"), WorkDir(course / "work")
    reader = reading_process()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "bounds", BOUNDS)
        return {row.student: row for row in grade_class(assignment, course / "in", work)}


@pytest.mark.parametrize("name", sorted(COSTLY))
def test_what_costs_too_much_is_for_a_person_to_decide(rows, name):
    row = rows[name]
    assert row.outcome is Outcome.NEEDS_REVIEW, row.notes
    assert any("reading it took more than" in note for note in row.notes)


@pytest.mark.parametrize("name", sorted(LIGHT))
def test_what_only_looks_costly_is_restored(tmp_path, name):
    path = tmp_path / "light.ipynb"
    path.write_text(_made(LIGHT[name]))
    text, _ = reading_process().call(restore_text, path, release())
    assert "def predict(images)" in text


def test_the_class_goes_on_and_nobody_is_told_a_million_things(rows):
    assert rows["s01"].outcome is Outcome.FINISHED
    assert all(len(row.notes) < 50 for row in rows.values())


@settings(
    max_examples=50,
    deadline=None,
    phases=[Phase.generate],  # a failure is small enough, and shrinking it would take long
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(notebooks(2000))
def test_any_notebook_is_restored_or_refused_within_its_bounds(tmp_path, made):
    path = tmp_path / "made.ipynb"
    path.write_bytes(text_of(*made))
    reader = reading_process()
    before = reader.pid
    try:
        text, notes = reader.call(restore_text, path, release())
    except UnreadableNotebookError:
        return
    except TooCostlyError as error:
        pytest.fail(f"{made}: {error}")
    nbformat.validate(json.loads(text))
    assert len(notes) < 200
    assert before in (None, reader.pid)
