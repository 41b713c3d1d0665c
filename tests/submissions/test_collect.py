"""Every way to hand in a notebook is found; nothing is dropped silently."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
import unicodedata
from fractions import Fraction
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output

from autograder.errors import IntakeError
from autograder.outcome import Outcome
from autograder.submissions.collect import find_submissions
from autograder.submissions.entries import Status
from autograder.submissions.old_outputs import MAX_FILE_BYTES
from autograder.submissions.release import Release
from tests.support.course import ANSWERS, author_notebook, submission


def put(path, text="{}"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def released():
    """Return the notebook as it is handed out."""
    nb = author_notebook()
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in ANSWERS:
            cell.source = f"# your answer to {name}"
    return nb


@pytest.fixture(scope="module")
def release():
    nb = released()
    visible = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in nb.cells
        if "nbgrader" in cell.metadata
    }
    return Release(nb, visible)


STUB = nbformat.writes(released())
DONE = nbformat.writes(submission())
OTHER = nbformat.writes(submission(double="def double(x):\n    return x + x"))
PART = nbformat.writes(submission(predict="# your answer to predict"))


def rows(folder, release=None):
    """Return each student's submission."""
    return {one.student: one for one in find_submissions(folder, "a1", release).submissions}


def only(folder, release=None):
    ((_, one),) = rows(folder, release).items()
    return one


def statuses(folder, release=None):
    return {e.path: e.status for e in find_submissions(folder, "a1", release).entries}


def test_three_forms_are_recognised(tmp_path):
    one = put(tmp_path / "s01" / "a1" / "a1.ipynb")
    two = put(tmp_path / "s02" / "homework.ipynb")
    three = put(tmp_path / "s03.ipynb")
    four = put(tmp_path / "96%_s04.ipynb")
    found = find_submissions(tmp_path, "a1")
    assert [s.student for s in found.submissions] == ["s01", "s02", "s03", "s04"]
    assert [s.path for s in found.submissions] == [one, two, three, four]
    assert [s.claim for s in found.submissions] == [None, None, None, Fraction(96, 100)]
    assert (found.unusual, {e.status for e in found.entries}) == ((), {Status.TAKEN})


def test_a_claim_keeps_its_decimals(tmp_path):
    put(tmp_path / "97.25%_s01.ipynb")
    assert only(tmp_path).claim == Fraction(9725, 10_000)


def test_a_claim_beyond_all_is_part_of_a_name(tmp_path):
    put(tmp_path / "999%_s01.ipynb")
    assert (only(tmp_path).student, only(tmp_path).claim) == ("999%_s01", None)


def test_the_assignments_own_name_wins_among_several(tmp_path):
    put(tmp_path / "s01" / "a1" / "draft.ipynb", OTHER)
    chosen = put(tmp_path / "s01" / "a1" / "a1.ipynb", DONE)
    found = only(tmp_path)
    assert found.path == chosen
    assert "draft.ipynb does not count" in found.notes[0]


@pytest.mark.parametrize("texts", [{}, {"x.ipynb": DONE, "y.ipynb": OTHER}])
def test_no_or_several_notebooks_are_a_problem_not_a_gap(tmp_path, texts):
    (tmp_path / "s01").mkdir()
    for name, text in texts.items():
        put(tmp_path / "s01" / name, text)
    found = only(tmp_path)
    assert found.path is None
    assert "expected one notebook" in found.problem
    assert found.outcome is (Outcome.NEEDS_REVIEW if texts else Outcome.NOT_HANDED_IN)


def test_two_submissions_of_one_student_are_left_to_a_human(tmp_path):
    put(tmp_path / "s01.ipynb", DONE)
    put(tmp_path / "95%_s01.ipynb", OTHER)
    found = only(tmp_path)
    assert (found.path, found.outcome) == (None, Outcome.NEEDS_REVIEW)
    assert "95%_s01.ipynb" in found.problem
    assert "s01.ipynb" in found.problem


def test_a_flat_file_and_a_folder_are_two_submissions_whatever_the_folder_prefers(
    tmp_path, release
):
    put(tmp_path / "s01.ipynb", DONE)
    put(tmp_path / "s01" / "a1" / "a1.ipynb", OTHER)
    assert only(tmp_path, release).outcome is Outcome.NEEDS_REVIEW
    assert only(tmp_path, release).path is None


SECOND_NAMES = (
    *("s01 (1).ipynb", "s01(2).ipynb", "s01[1].ipynb", "Copy of s01.ipynb", "s01 - Copy.ipynb"),
    *("s01_copy.ipynb", "s01 copy 2.ipynb", "s01-Copy1.ipynb", "s01 - Copy (2).ipynb"),
    *("Copy of Copy of s01.ipynb", "copy of s01 (1).ipynb", "Kopie von s01.ipynb"),
    *("s01 - Kopie.ipynb", "s01-checkpoint.ipynb", "s01.ipynb.ipynb", "s01 .ipynb", " s01.ipynb"),
    *("\u00a0s01.ipynb", "s\u200b01.ipynb", "96%_s01 (1).ipynb", "Copy of 96%_s01.ipynb"),
    *(
        "s01.IPYNB",
        "s01.ipynb.txt",
        "s01.ipynb.json",
        "s01.json",
        "s01.txt",
        "s01",
        "s01.ipynb.bak",
    ),
    *("s01.ipynb~", "s01.ipynb.orig"),
)
"""Names that a second file of s01's has."""


@pytest.mark.parametrize("name", SECOND_NAMES)
def test_a_copy_by_any_name_is_the_same_students(tmp_path, name, release):
    put(tmp_path / "s01.ipynb", DONE)
    second = put(tmp_path / name, DONE)
    found = only(tmp_path, release)
    assert (found.student, found.problem) == ("s01", None)
    assert statuses(tmp_path, release)[name] is Status.NOT_TAKEN
    second.write_text(STUB)
    assert only(tmp_path, release).path == tmp_path / "s01.ipynb"
    (tmp_path / "s01.ipynb").write_text(STUB)
    second.write_text(DONE)
    kept_by_an_editor = "checkpoint" in name or name.endswith(("~", ".bak", ".orig"))
    expected = tmp_path / "s01.ipynb" if kept_by_an_editor else second
    assert only(tmp_path, release).path == expected
    (tmp_path / "s01.ipynb").unlink()
    alone = only(tmp_path, release)
    assert (alone.student, alone.path) == ("s01", second)
    assert find_submissions(tmp_path, "a1", release).unusual or name.replace(" ", "") == "s01.ipynb"


def test_a_copy_that_differs_waits_for_a_person(tmp_path, release):
    put(tmp_path / "s01.ipynb", DONE)
    put(tmp_path / "s01 (1).ipynb", OTHER)
    assert only(tmp_path, release).outcome is Outcome.NEEDS_REVIEW


def test_composed_and_decomposed_names_are_one_student(tmp_path):
    for form in ("NFC", "NFD"):
        put(tmp_path / unicodedata.normalize(form, "s\u00e9.ipynb"), DONE)
    assert only(tmp_path).student == "s\u00e9"
    assert only(tmp_path).path is not None


def test_an_untouched_notebook_beside_an_empty_folder_is_taken(tmp_path, release):
    path = put(tmp_path / "s01.ipynb", STUB)
    (tmp_path / "s01").mkdir()
    assert only(tmp_path, release).path == path


def test_names_that_differ_in_case_alone_are_named(tmp_path):
    put(tmp_path / "s01.ipynb", DONE)
    put(tmp_path / "S01.ipynb", OTHER)
    found = rows(tmp_path)
    assert {one: row.problem for one, row in found.items()} == {"s01": None, "S01": None}
    assert all("same student" in row.notes[0] for row in found.values())
    assert len(find_submissions(tmp_path, "a1").unusual) == 2


@pytest.mark.parametrize("name", [".", "..", ".git"])
def test_a_name_that_is_no_students_is_a_line_and_no_row(tmp_path, name):
    put(tmp_path / f"96%_{name}.ipynb")
    assert rows(tmp_path) == {}
    assert "says nothing of a student" in find_submissions(tmp_path, "a1").unusual[0]


def test_an_unfinished_draft_gives_way_to_what_has_all_its_answers(tmp_path, release):
    put(tmp_path / "s01" / "a1.ipynb", PART)
    chosen = put(tmp_path / "s01" / "final.ipynb", DONE)
    assert only(tmp_path, release).path == chosen


def test_an_untouched_notebook_alone_is_taken(tmp_path, release):
    path = put(tmp_path / "s01" / "a1.ipynb", STUB)
    assert only(tmp_path, release).path == path


def test_an_untouched_notebook_beside_an_archive_waits_for_a_person(tmp_path, release):
    put(tmp_path / "s01.ipynb", STUB)
    put(tmp_path / "s01.zip", "PK")
    assert only(tmp_path, release).outcome is Outcome.NEEDS_REVIEW
    (tmp_path / "s01.ipynb").write_text(DONE)
    found = only(tmp_path, release)
    assert found.path == tmp_path / "s01.ipynb"
    assert "s01.zip does not count" in found.notes[0]


PLACES = (
    *(
        "homework/a1.ipynb",
        "a1/a1/a1.ipynb",
        "a1.ipynb/a1.ipynb",
        "a1/a1-Copy1.ipynb",
        "a1/a1.IPYNB",
    ),
    *("a/b/c/mine.ipynb", "a1/notebook.json", "a1/notebook", "submission.ipynb.txt"),
)


@pytest.mark.parametrize("place", PLACES)
def test_a_notebook_anywhere_in_a_students_folder_is_found(tmp_path, place):
    path = put(tmp_path / "s01" / place, DONE)
    (tmp_path / "s01" / "a1").mkdir(exist_ok=True)
    assert only(tmp_path).path == path


def test_another_assignments_notebook_is_not_taken_for_this_ones(tmp_path):
    put(tmp_path / "s01" / "a2" / "a2.ipynb", DONE)
    found = only(tmp_path)
    assert (found.path, found.outcome) == (None, Outcome.NOT_HANDED_IN)
    assert "s01/a2" in found.problem
    path = put(tmp_path / "s01" / "a1" / "a1.ipynb", DONE)
    found = find_submissions(tmp_path, "a1")
    assert (found.submissions[0].path, found.unusual) == (path, ())


NO_NOTEBOOKS = ("submission.zip", "answer.py", "a1.html", "a1.pdf", "scan.jpg", "a1.docx")


@pytest.mark.parametrize("name", NO_NOTEBOOKS)
def test_what_may_be_work_waits_for_a_person_by_name(tmp_path, name):
    put(tmp_path / "s01" / name, "not a notebook")
    put(tmp_path / f"s02{Path(name).suffix}", "not a notebook")
    for row in rows(tmp_path).values():
        assert (row.path, row.outcome) == (None, Outcome.NEEDS_REVIEW)
        assert Path(name).suffix in row.problem
    assert set(statuses(tmp_path).values()) == {Status.NOT_TAKEN}


@pytest.mark.parametrize("name", ["grades.xlsx", "README.md", "roster.csv", "class.log", "notes"])
def test_a_list_of_the_courses_own_is_a_line_and_nobodys_row(tmp_path, name):
    put(tmp_path / name, "a,b")
    assert rows(tmp_path) == {}
    assert statuses(tmp_path) == {name: Status.NOT_TAKEN}


LEFTOVERS = (
    *("__MACOSX/._s01.ipynb", "._s01.ipynb", ".DS_Store", "Thumbs.db", "desktop.ini", "~$s01.docx"),
    *(".ipynb_checkpoints/s01-checkpoint.ipynb", ".git/s02.ipynb", "__pycache__/s01.pyc", "Icon\r"),
    *("s01.ipynb:Zone.Identifier", "@eaDir/s01.ipynb", "lost+found/x.ipynb", "#s01.ipynb#"),
)


@pytest.mark.parametrize("name", LEFTOVERS)
def test_leftovers_are_skipped_by_name_and_never_anybody(tmp_path, name):
    put(tmp_path / name, DONE)
    put(tmp_path / "s01" / name, DONE)
    assert only(tmp_path).outcome is Outcome.NOT_HANDED_IN
    put(tmp_path / "s01" / "a1.ipynb", DONE)
    assert only(tmp_path).problem is None
    first = name.partition("/")[0]
    found = statuses(tmp_path)
    assert (found.pop("s01"), set(found.values())) == (Status.TAKEN, {Status.SKIPPED})
    assert set(found) == {first, f"s01/{first}"}


def test_many_leftovers_of_a_kind_are_told_in_a_line(tmp_path):
    for number in range(30):
        put(tmp_path / f"s{number:02}" / "a1.ipynb")
        put(tmp_path / f"s{number:02}" / "._a1.ipynb")
    found = find_submissions(tmp_path, "a1")
    assert len(found.unusual) == 4
    assert found.unusual[-1] == "27 more skipped: left by macOS"


def test_links_are_never_followed_but_listed(tmp_path):
    outside = put(tmp_path / "elsewhere" / "secret.ipynb")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "s01.ipynb").symlink_to(outside)
    (folder / "s02").mkdir()
    (folder / "s02" / "a1.ipynb").symlink_to(outside)
    (folder / "s03").symlink_to(outside.parent)
    found = find_submissions(folder, "a1")
    assert [(s.student, s.path) for s in found.submissions] == [("s02", None)]
    assert "a link" in found.submissions[0].problem
    assert all("a link" in line for line in found.unusual)
    assert len(found.unusual) == 4  # the folder, and the link in it


def test_what_is_no_plain_file_is_listed_and_never_opened(tmp_path):
    (tmp_path / "s01").mkdir()
    for path in (tmp_path / "s02.ipynb", tmp_path / "s01" / "a1.ipynb"):
        os.mkfifo(path)
    assert only(tmp_path).outcome is Outcome.NEEDS_REVIEW
    assert statuses(tmp_path)["s02.ipynb"] is Status.NOT_TAKEN


def test_a_name_that_is_no_utf_8_is_escaped_and_the_class_goes_on(tmp_path):
    put(tmp_path / "s01.ipynb")
    (tmp_path / os.fsdecode(b"s\xe9.ipynb")).write_text("{}")
    found = find_submissions(tmp_path, "a1")
    assert [s.student for s in found.submissions] == ["s01", "s\\xe9"]
    assert "no UTF-8" in found.submissions[1].notes[0]
    found.unusual[0].encode()


def test_a_file_beside_the_notebook_may_have_any_name(tmp_path):
    put(tmp_path / "s01" / "a1.ipynb")
    for name in (b"caf\xe9.csv", b"a\nb.csv", "x\u202ey.csv".encode(), b"good.csv"):
        (tmp_path / "s01" / os.fsdecode(name)).write_text("1")
    found = find_submissions(tmp_path, "a1")
    (row,) = found.submissions
    assert [file.name for file in row.files] == ["good.csv"]
    assert sum("cannot be printed" in note for note in row.notes) == 3
    json.dumps([row.notes, [str(entry) for entry in found.entries]], ensure_ascii=False).encode()


@pytest.fixture
def own_folder(tmp_path):
    """Return a folder of an ordinary user's, as whom the test goes on: root reads everything."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, 65534, 65534)
        os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            os.seteuid(0)


@pytest.mark.parametrize("what", ["s01", "s01/a1", "s01/a1/a1.ipynb", "s02.ipynb"])
def test_what_cannot_be_read_is_a_line_and_the_class_goes_on(own_folder, what):
    put(own_folder / "s01" / "a1" / "a1.ipynb")
    put(own_folder / "s02.ipynb")
    put(own_folder / "s03.ipynb")
    mode = stat.S_IMODE((own_folder / what).stat().st_mode)
    (own_folder / what).chmod(0)
    try:
        found = find_submissions(own_folder, "a1")
    finally:
        (own_folder / what).chmod(mode)
    broken = what[:3]
    row = next(one for one in found.submissions if one.student == broken)
    assert (row.path, row.outcome) == (None, Outcome.NEEDS_REVIEW)
    assert "cannot be read: Permission denied" in row.problem
    others = {"s01", "s02", "s03"} - {broken}
    assert {one.student for one in found.submissions if one.path} == others


def test_sixty_megabytes_of_old_outputs_are_read(tmp_path, release):
    nb = submission()
    nb.cells.append(new_code_cell("1", outputs=[new_output("stream", text="x" * (60 << 20))]))
    nbformat.write(nb, tmp_path / "s01.ipynb")
    put(tmp_path / "s01 (1).ipynb", STUB)
    assert only(tmp_path, release).path == tmp_path / "s01.ipynb"


def test_a_huge_file_is_named_with_its_size(tmp_path):
    (tmp_path / "s02").mkdir()
    for path in (tmp_path / "s01.ipynb", tmp_path / "s02" / "a1.ipynb"):
        with path.open("wb") as file:
            file.truncate(MAX_FILE_BYTES + 1)  # takes no room on the disk
    for row in rows(tmp_path).values():
        said = f"{MAX_FILE_BYTES + 1} bytes, expected at most {MAX_FILE_BYTES}"
        assert said in row.problem
        assert row.outcome is Outcome.NEEDS_REVIEW


def test_each_entry_has_one_line(tmp_path, release):
    """Nothing that lies there is missing among the entries, and nothing is there twice."""
    for name in (*SECOND_NAMES, *LEFTOVERS, "s05.zip", "grades.xlsx", "s06.py", "s07.html"):
        put(tmp_path / name, DONE)
    (tmp_path / "s08").mkdir()
    shutil.copytree(tmp_path / "s08", tmp_path / "s09" / "a1")
    found = [entry.path for entry in find_submissions(tmp_path, "a1", release).entries]
    assert sorted(found) == sorted({path.name for path in tmp_path.iterdir()})


def test_an_empty_class_is_a_class(tmp_path):
    assert find_submissions(tmp_path, "a1").submissions == ()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(IntakeError, match="nowhere"):
        find_submissions(tmp_path / "nowhere", "a1")
