"""Every way to hand in a notebook is found; nothing is dropped silently."""

from __future__ import annotations

from fractions import Fraction

import pytest

from autograder.errors import IntakeError
from autograder.submissions import collect as intake
from autograder.submissions.collect import find_submissions


def put(path, text="{}"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_three_forms_are_recognised(tmp_path):
    one = put(tmp_path / "s01" / "a1" / "a1.ipynb")
    two = put(tmp_path / "s02" / "homework.ipynb")
    three = put(tmp_path / "s03.ipynb")
    four = put(tmp_path / "96%_s04.ipynb")
    found = find_submissions(tmp_path, "a1")
    assert [s.student for s in found] == ["s01", "s02", "s03", "s04"]
    assert [s.path for s in found] == [one, two, three, four]
    assert [s.claim for s in found] == [None, None, None, Fraction(96, 100)]


def test_a_claim_keeps_its_decimals(tmp_path):
    put(tmp_path / "97.25%_s01.ipynb")
    assert find_submissions(tmp_path, "a1")[0].claim == Fraction(9725, 10_000)


def test_timestamp_comes_along(tmp_path):
    put(tmp_path / "s01" / "a1" / "a1.ipynb")
    put(tmp_path / "s01" / "a1" / "timestamp.txt", "2026-01-01 10:00:00 UTC\n")
    assert find_submissions(tmp_path, "a1")[0].timestamp == "2026-01-01 10:00:00 UTC"


@pytest.mark.parametrize("text", ["soon", "", "9" * 30, "2026-13-01 10:00:00 UTC"])
def test_a_timestamp_that_is_none_is_named_and_costs_nothing(tmp_path, text):
    chosen = put(tmp_path / "s01" / "a1" / "a1.ipynb")
    put(tmp_path / "s01" / "a1" / "timestamp.txt", text)
    (found,) = find_submissions(tmp_path, "a1")
    assert (found.path, found.timestamp, found.problem) == (chosen, None, None)
    assert found.notes == (f"timestamp.txt holds {text!r}, expected a date and a time",)


def test_a_timestamp_elsewhere_is_not_read(tmp_path):
    put(tmp_path / "s01" / "a1" / "a1.ipynb")
    (tmp_path / "s01" / "a1" / "timestamp.txt").symlink_to(put(tmp_path / "secret", "12345"))
    (found,) = find_submissions(tmp_path, "a1")
    assert (found.timestamp, found.notes) == (None, ())


def test_the_assignments_own_name_wins_among_several(tmp_path):
    put(tmp_path / "s01" / "a1" / "draft.ipynb")
    chosen = put(tmp_path / "s01" / "a1" / "a1.ipynb")
    assert find_submissions(tmp_path, "a1")[0].path == chosen


@pytest.mark.parametrize("names", [(), ("x.ipynb", "y.ipynb")])
def test_no_or_several_notebooks_are_a_problem_not_a_gap(tmp_path, names):
    (tmp_path / "s01").mkdir()
    for name in names:
        put(tmp_path / "s01" / name)
    (found,) = find_submissions(tmp_path, "a1")
    assert found.path is None
    assert "expected one notebook" in found.problem


def test_two_submissions_of_one_student_are_left_to_a_human(tmp_path):
    put(tmp_path / "s01.ipynb")
    put(tmp_path / "95%_s01.ipynb")
    (found,) = find_submissions(tmp_path, "a1")
    assert found.path is None
    assert "95%_s01.ipynb" in found.problem
    assert "s01.ipynb" in found.problem


def test_links_are_never_followed(tmp_path):
    outside = put(tmp_path / "elsewhere" / "secret.ipynb")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "s01.ipynb").symlink_to(outside)
    (folder / "s02").mkdir()
    (folder / "s02" / "a1.ipynb").symlink_to(outside)
    found = find_submissions(folder, "a1")
    assert [(s.student, s.path) for s in found] == [("s02", None)]


def test_a_huge_file_is_named_with_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr(intake, "MAX_NOTEBOOK_BYTES", 10)
    put(tmp_path / "s01.ipynb", "x" * 11)
    assert "11 bytes, more than 10" in find_submissions(tmp_path, "a1")[0].problem


def test_an_empty_class_is_a_class(tmp_path):
    assert find_submissions(tmp_path, "a1") == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(IntakeError, match="nowhere"):
        find_submissions(tmp_path / "nowhere", "a1")
