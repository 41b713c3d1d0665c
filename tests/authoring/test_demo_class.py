"""The demo class is what its script makes, and its rows are what the script means."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from autograder.assignment import load_assignment
from autograder.grading.pipeline import grade_class
from autograder.holdout.store import make_holdout
from autograder.reporting.page import write_report
from autograder.scoring.standing import class_table
from autograder.workdir import WorkDir
from tests.support import ROOT

SCRIPT = ROOT / "data" / "demo_class" / "make_demo_class.py"
GRADED_HERE = ("s03", "s14", "s16", "s17", "s19")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_demo_class", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_the_notebooks_are_what_the_script_makes():
    done = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}run data/demo_class/make_demo_class.py"


def test_the_class_has_every_outcome_and_every_band(script):
    bands = [(0.0, 0.92), (0.92, 0.93), (0.93, 0.94), (0.94, 0.95), (0.95, 0.96)]
    bands += [(0.96, 1.0), (0.98, 1.0), (0.99, 1.0)]
    placed = [variant.accuracy for variant in script.CLASS.values() if variant.accuracy]
    for low, high in bands:
        assert any(low <= found[0] and found[1] <= high for found in placed), (low, high)
    outcomes = {variant.outcome for variant in script.CLASS.values()}
    expected = {"finished", "student error", "time-out", "out of memory", "output flood"}
    assert outcomes == expected
    assert len(script.CLASS) >= 16


@pytest.mark.slow
def test_some_of_the_class_graded_on_real_images(script, tmp_path):
    assignment = load_assignment("03_svc", ROOT / "solutions")
    size = assignment.holdout_size
    make_holdout("03_svc", tmp_path / "work" / "holdout", seed="demo", size=size, public=True)
    (tmp_path / "in").mkdir()
    for student in GRADED_HERE:
        name = script.CLASS[student].file.format(student=student)
        (tmp_path / "in" / name).write_text((SCRIPT.parent / name).read_text())
    rows = class_table(
        grade_class(assignment, tmp_path / "in", WorkDir(tmp_path / "work")), assignment.tiers
    )
    write_report(rows, assignment.tiers, tmp_path / "report", title="", notices=[])
    wrong = script.verify(tmp_path / "report" / "grades.csv")
    assert not [line for line in wrong if "no row" not in line]
    assert len(wrong) == len(script.CLASS) - len(GRADED_HERE)


def test_a_row_that_is_not_as_meant_is_named(script, tmp_path):
    lines = ["student,outcome,accuracy"]
    for student, variant in script.CLASS.items():
        accuracy = f"{variant.accuracy[0]}" if variant.accuracy else ""
        lines.append(f"{student},{variant.outcome},{accuracy}")
    path = tmp_path / "grades.csv"
    path.write_text("\n".join(lines))
    assert script.verify(path) == []
    path.write_text("\n".join(lines).replace("s02,finished,0.6", "s02,finished,0.95"))
    assert [line[:3] for line in script.verify(path)] == ["s02"]
    path.write_text("\n".join(lines[:-1]))
    assert script.verify(path) == ["s21: no row"]
