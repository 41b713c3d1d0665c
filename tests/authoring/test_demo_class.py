"""The demo class: what it hands in, and that a row that is not as meant is named."""

from __future__ import annotations

import shutil
from fractions import Fraction

import nbformat
import pytest

from autograder.assignment import load_assignment
from autograder.authoring.demo_class import NAME, differences, write_demo_class
from autograder.authoring.demo_submissions import CLASS
from autograder.errors import AssignmentError
from autograder.grading.pipeline import grade_class
from autograder.holdout.store import make_holdout
from autograder.reporting.page import write_report
from autograder.scoring.standing import class_table
from autograder.submissions.collect import find_submissions
from autograder.workdir import WorkDir
from tests.support import ROOT

GRADED_HERE = ("s03", "s14", "s16", "s17", "s19")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "downloaded"
    write_demo_class(ROOT, folder)
    return folder


def test_each_student_hands_in_a_valid_notebook_and_one_claims_an_accuracy(folder):
    found = find_submissions(folder, NAME).submissions
    assert {one.student: one.problem for one in found} == dict.fromkeys(CLASS)
    assert {one.student: one.claim for one in found if one.claim} == {"s05": Fraction(96, 100)}
    for one in found:
        nb = nbformat.read(one.path, as_version=4)
        nbformat.validate(nb)
        assert not any(cell.get("outputs") for cell in nb.cells)
        assert "### BEGIN" not in "".join(cell.source for cell in nb.cells)


def test_all_submissions_differ_and_are_the_same_each_time(folder, tmp_path):
    (tmp_path / "s99.ipynb").write_text("of an older class")
    (tmp_path / "notes.txt").write_text("kept")
    write_demo_class(ROOT, tmp_path)
    again = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert again.pop("notes.txt") == "kept"
    assert again == {path.name: path.read_text() for path in folder.iterdir()}
    assert len(set(again.values())) == len(CLASS)


@pytest.mark.parametrize("missing", ["notebooks", "solutions"])
def test_a_course_without_the_assignment_is_told_what_it_lacks(missing, tmp_path):
    for kind in {"notebooks", "solutions"} - {missing}:
        shutil.copytree(ROOT / kind / NAME, tmp_path / kind / NAME)
    with pytest.raises(AssignmentError, match=f"{missing}/03_svc/03_svc.ipynb is missing"):
        write_demo_class(tmp_path, tmp_path / "downloaded")
    assert not (tmp_path / "downloaded").exists()


def test_the_class_has_every_outcome_and_every_band():
    bands = [(0.0, 0.92), (0.92, 0.93), (0.93, 0.94), (0.94, 0.95), (0.95, 0.96)]
    bands += [(0.96, 1.0), (0.98, 1.0), (0.99, 1.0)]
    placed = [variant.accuracy for variant in CLASS.values() if variant.accuracy]
    for low, high in bands:
        assert any(low <= found[0] and found[1] <= high for found in placed), (low, high)
    outcomes = {variant.outcome for variant in CLASS.values()}
    expected = {"finished", "student error", "time-out", "out of memory", "output flood"}
    assert outcomes == expected
    assert len(CLASS) >= 16


@pytest.mark.slow
def test_some_of_the_class_graded_on_real_images(folder, tmp_path):
    assignment, work = load_assignment(NAME, ROOT / "solutions"), WorkDir(tmp_path / "work")
    make_holdout(NAME, work.holdouts, seed="demo", size=assignment.holdout_size, public=True)
    (tmp_path / "in").mkdir()
    for student in GRADED_HERE:
        shutil.copy(folder / CLASS[student].file.format(student=student), tmp_path / "in")
    rows = class_table(grade_class(assignment, tmp_path / "in", work), assignment.tiers)
    write_report(rows, assignment.tiers, tmp_path / "report", title="", notices=[])
    wrong = differences(tmp_path / "report" / "grades.csv")
    assert not [line for line in wrong if "no row" not in line]
    assert len(wrong) == len(CLASS) - len(GRADED_HERE)


def test_a_row_that_is_not_as_meant_is_named(tmp_path):
    lines = ["student,outcome,accuracy"]
    for student, variant in CLASS.items():
        accuracy = f"{variant.accuracy[0]}" if variant.accuracy else ""
        lines.append(f"{student},{variant.outcome},{accuracy}")
    path = tmp_path / "grades.csv"
    path.write_text("\n".join(lines))
    assert differences(path) == []
    path.write_text("\n".join(lines).replace("s02,finished,0.6", "s02,finished,0.95"))
    assert [line[:3] for line in differences(path)] == ["s02"]
    path.write_text("\n".join(lines[:-1]))
    assert differences(path) == ["s21: no row"]
