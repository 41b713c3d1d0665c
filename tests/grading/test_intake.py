"""What lies in a class's folder, from there to rows, evidence and what a run sees."""

from __future__ import annotations

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.assignment import load_assignment
from autograder.evidence.log import read_log
from autograder.grading.pipeline import grade_class
from autograder.outcome import Outcome
from autograder.workdir import WorkDir
from helpers.files import sha256
from tests.support.course import NAME, make_course, submission

IMPORTS = "from my_tools import twice\ndef double(x):\n    return twice(x)"
READS = (
    "words = open('words.txt').read().split()\nopen('words.txt', 'w').write('changed')\n"
    "def double(x):\n    return len(words) * x"
)
RUNS = "%run tools.ipynb\ndef double(x):\n    return twice(x)"
TWICE = "def twice(x):\n    return 2 * x\n"
SPIES = (
    "import glob, sys, numpy, helpers\n"
    "print(sorted(glob.glob('**', recursive=True)), numpy.__file__)\n"
    "def double(x):\n    return 2 * x"
)


def put(path, nb, files=None):
    """Write a notebook, and files beside it by name."""
    path.parent.mkdir(parents=True)
    nbformat.write(nb, path)
    for name, text in (files or {}).items():
        (path.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (path.parent / name).write_text(text)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    folder, name = course / "in", f"{NAME}.ipynb"
    tools = nbformat.v4.new_notebook(cells=[new_code_cell(TWICE)])
    put(folder / "s01" / NAME / name, submission(double=IMPORTS), {"my_tools.py": TWICE})
    put(folder / "s02" / name, submission(double=READS), {"words.txt": "two words"})
    put(folder / "s03" / name, submission(double=RUNS))
    nbformat.write(tools, folder / "s03" / "tools.ipynb")
    shadows = {"numpy.py": "1 / 0", "helpers/__init__.py": "1 / 0"}
    others = {"data/points.csv": "1", "model.pkl": "x", "big.txt": "x" * (2 << 20)}
    put(folder / "s04" / name, submission(double=SPIES), shadows | others)
    (folder / "s05.zip").write_text("PK")
    (folder / "s06").mkdir()
    (folder / ".DS_Store").write_text("")
    return course


@pytest.fixture(scope="module")
def intakes():
    return []


@pytest.fixture(scope="module")
def rows(course, intakes):
    assignment, work = load_assignment(NAME, course / "solutions"), WorkDir(course / "work")
    options = {"workers": 2, "on_intake": intakes.append}
    return {row.student: row for row in grade_class(assignment, course / "in", work, **options)}


def body(course, kind, student=None):
    entries = read_log(WorkDir(course / "work").evidence(NAME)).entries
    bodies = [entry.body for entry in entries if entry.body["kind"] == kind]
    return next(one for one in bodies if student in (None, one.get("student")))


@pytest.mark.parametrize("student", ["s01", "s02", "s03"])
def test_what_came_with_a_notebook_is_there_and_named(rows, student):
    assert (rows[student].outcome, rows[student].points) == (Outcome.FINISHED, 4.44)
    assert "handed in with it" in rows[student].notes[0]


def test_evidence_and_the_kept_copy_have_it(course, rows):
    copy = course / "work" / "submitted" / "s01" / NAME / "my_tools.py"
    assert body(course, "submission", "s01")["files"] == {"my_tools.py": sha256(copy)}


def test_what_hides_a_module_or_is_too_long_is_left_out_and_named(course, rows):
    row = rows["s04"]
    assert (row.outcome, row.points) == (Outcome.FINISHED, 4.44)
    told = "\n".join(row.notes)
    for name in ("numpy.py", "helpers/__init__.py", "model.pkl", "big.txt"):
        assert f"{name} was handed in too and left out" in told
    path = course / "work" / "autograded" / "s04" / NAME / f"{NAME}.ipynb"
    assert "['data', 'data/points.csv']" in path.read_text()


def test_what_is_no_notebook_and_nothing_at_all_have_rows_without_a_grade(rows):
    assert (rows["s05"].outcome, rows["s05"].points) == (Outcome.NEEDS_REVIEW, None)
    assert "s05.zip" in rows["s05"].notes[0]
    assert (rows["s06"].outcome, rows["s06"].points) == (Outcome.NOT_HANDED_IN, None)


def test_the_run_is_told_of_every_entry_once(course, rows, intakes):
    (intake,) = intakes
    told = body(course, "run")["entries"]
    assert [one[0] for one in told] == [entry.path for entry in intake.entries]
    assert [".DS_Store", None, "skipped", "left by macOS", False] in told
    json.dumps(told)


def test_graded_again_from_where_it_is_kept_it_is_the_same(course, rows):
    assignment, work = load_assignment(NAME, course / "solutions"), WorkDir(course / "work")
    (work.submitted / "s02").rename(work.submitted / "apart")
    again = {row.student: row for row in grade_class(assignment, work.submitted, work, workers=2)}
    for student in ("s01", "s03"):
        assert (again[student].points, again[student].outcome) == (4.44, Outcome.FINISHED)
