"""Honest submissions lose nothing: a sample of `benchmarks.validity.equivalence`."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from random import Random

import pytest

from tests.support import ROOT
from tests.support.answer_variants import RETURNS, renamed
from tests.support.answers.exercises import load
from tests.support.short_course import make_course, names_in, right_submissions
from tests.support.variants import EXTRA, varied

NAME = "01_idx"
ANSWER = """\
def count(values):
    total = 0
    for value in values:
        total += helper(value)
    return total


def helper(value):
    return len(str(value))"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return make_course(tmp_path_factory.mktemp("honest") / "course", NAME)


def test_random_honest_variants_lose_no_point(tmp_path):
    command = [sys.executable, "-m", "benchmarks.validity.equivalence", "--assignments", NAME]
    command += ["--exercises", "read-header", "count-of", "--variants", "8", "--seed", "test"]
    command += ["--no-ordinary", "--out", str(tmp_path / "found.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "found.json").read_text())[NAME]
    assert (found["variants"], found["varied"]) == (8, [])


def test_renaming_leaves_arguments_and_names_that_others_use():
    new = renamed(ANSWER, "count", set(), Random(0))
    assert "values" in new
    assert "total_" in new
    assert "helper_" in new
    assert "helper_" not in renamed(ANSWER, "count", {"helper"}, Random(0))
    names = {}
    exec(new, names)
    assert names["count"]([10, 200]) == 5


def test_variants_differ_and_can_be_made_again(course):
    (nb, *_) = right_submissions(course, NAME)
    made = [varied(nb, NAME, Random(k))[0] for k in range(20)]
    assert len(set(made)) == 20
    assert made == [varied(nb, NAME, Random(k))[0] for k in range(20)]


def test_every_right_answer_is_in_a_submission(course):
    texts = {cell.source for nb in right_submissions(course, NAME) for cell in nb.cells}
    assert {answer for _, _, answer in load(NAME).right} <= texts


def test_added_cells_bind_nothing_that_a_course_uses(course):
    """Else a variant might be wrong, and no fault of the grader's."""
    used = {name for nb in right_submissions(course, NAME) for c in nb.cells
            for name in names_in(c.source)[1]}  # fmt: skip
    added = {name for text in EXTRA.values() for name in names_in(text)[0]}
    imported = {"np", "numpy", "plt", "Path", "json", "sys", "tqdm"}
    assert added & used <= imported


def test_every_other_type_is_made_of_what_was_given():
    for name, expressions in RETURNS.items():
        assert isinstance(expressions, tuple), name
        for text in expressions:
            names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
            assert "given" in names, (name, text)
