"""A class graded twice, with a person's marks between: nothing old is shown as new.

Step by step: five submissions are graded, a person marks them in the gradebook as formgrader does,
and another version of each comes in. What the report, ``grades.csv`` and ``nbgrader export`` say
of each is compared each time.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook, MissingEntry

from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.evidence.log import read_log
from autograder.workdir import WorkDir
from tests.support.course import NAME, author_notebook, hand_in, make_course, submission, without
from tests.support.nbgrader_command import nbgrader

PLUS_TWO = "def double(x):\n    return x + 2"
STUDENTS = ("s01", "s02", "s03", "s04", "s05")


def answer(number, **changes):
    """Return a submission of an assignment without tiers."""
    why = f"Student {number} thinks: because it is even."
    return without(submission(**{"why": why} | changes), "accuracy")


def run(course, *arguments):
    return main(["--course", str(course), *arguments])


def grade(course, ends=ExitCode.DONE):
    assert run(course, "grade", NAME, "--submitted", str(course / "in"), "--workers", "1") == ends


def opened(course):
    return Gradebook(WorkDir(course / "work").gradebook_url)


def mark(course, student, cell="why", **given):
    """Give points as a person does in formgrader."""
    comment = given.pop("comment", None)
    with opened(course) as gradebook:
        found = gradebook.find_grade(cell, NAME, NAME, student)
        for name, value in ({"needs_manual_grade": False} | given).items():
            setattr(found, name, value)
        if comment is not None:
            gradebook.find_comment(cell, NAME, NAME, student).manual_comment = comment
        gradebook.db.commit()


def marks_of(course, student, cell="why"):
    """Return a cell's points by a person, whether it waits, and the comment."""
    with opened(course) as gradebook:
        found = gradebook.find_grade(cell, NAME, NAME, student)
        comment = None
        if cell == "why":
            comment = gradebook.find_comment(cell, NAME, NAME, student).manual_comment
        return found.manual_score, found.extra_credit, found.needs_manual_grade, comment


def told(course):
    """Return what each place says of everybody's points, by student."""
    with (course / "work" / "report" / "grades.csv").open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    nbgrader(course, "export", "--to", "exported.csv")
    with (course / "exported.csv").open(newline="") as file:
        exported = {row["student_id"]: row for row in csv.DictReader(file)}
    assert exported.keys() == rows.keys()
    for student, row in rows.items():
        assert (row["points"] == "") == (exported[student]["score"] == ""), student
        assert float(row["points"] or 0) == float(exported[student]["score"] or 0), student
        assert row["final"] == exported[student]["final"]
    return {student: row["points"] for student, row in rows.items()}


def notes(course, student):
    entries = read_log(WorkDir(course / "work").evidence(NAME)).entries
    found = [e.body for e in entries if e.body["kind"] == "submission"]
    return [body["notes"] for body in found if body["student"] == student][-1]


def kept(course, student):
    """Return the marks of a student that were put into the evidence, by cell."""
    entries = read_log(WorkDir(course / "work").evidence(NAME)).entries
    found = [e.body for e in entries if e.body["kind"] == "manual" and e.body["student"] == student]
    return {cell: one for body in found for cell, one in body["marks"].items()}


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """A class that was graded by points, and that a person has marked."""
    course = make_course(tmp_path_factory.mktemp("marked"))
    folder = course / "solutions" / NAME
    nbformat.write(without(author_notebook(), "accuracy"), folder / f"{NAME}.ipynb")
    (folder / "run.toml").unlink()
    for number, student in enumerate(STUDENTS, 1):
        hand_in(course, student, answer(number))
    hand_in(course, "s05", answer(5, double=PLUS_TWO))
    grade(course)
    for student in STUDENTS:
        mark(course, student, manual_score=2.0, comment="well argued")
    mark(course, "s05", extra_credit=1.0, manual_score=2.0)
    mark(course, "s05", "test-double", manual_score=3.0)  # a person overrules the machine
    return course


@pytest.fixture
def course(marked, tmp_path):
    return Path(shutil.copytree(marked, tmp_path / "course"))


def test_the_same_answers_keep_their_marks_and_wait_no_more(course):
    grade(course)
    assert told(course) == {"s01": "6", "s02": "6", "s03": "6", "s04": "6", "s05": "6"}
    assert marks_of(course, "s01") == (2.0, None, False, "well argued")
    assert marks_of(course, "s05") == (2.0, 1.0, False, "well argued")
    assert marks_of(course, "s05", "test-double")[:3] == (3.0, None, False)
    assert [kept(course, student) for student in STUDENTS] == [{}] * 5
    assert notes(course, "s01") == []


def test_a_file_saved_by_another_tool_is_the_same_answer(course):
    """Blanks at the ends, another line for outputs, other code: the text is what was read."""
    nb = answer(
        1, why="Student 1 thinks: because it is even.  \n\n", double="double = lambda x: 2*x"
    )
    nb.cells[4].id = "another-id"
    hand_in(course, "s01", nb)
    grade(course)
    assert marks_of(course, "s01") == (2.0, None, False, "well argued")
    assert told(course)["s01"] == "6"


def test_a_changed_answer_waits_for_a_person_again(course):
    hand_in(course, "s01", answer(1, why="I do not know."))
    grade(course)
    assert marks_of(course, "s01") == (None, None, True, None)
    assert told(course)["s01"] == "4"
    assert any(
        "'why' waits for a person: it is not the one that a person gave 2 points" in note
        for note in notes(course, "s01")
    )
    assert any("2 points wait for a person" in note for note in notes(course, "s01"))
    old = kept(course, "s01")["why"]
    assert (old["points"], old["extra"], old["comment"]) == (2.0, None, "well argued")
    assert marks_of(course, "s02") == (2.0, None, False, "well argued")
    grade(course)  # once more: nobody has read it yet
    assert marks_of(course, "s01") == (None, None, True, None)
    mark(course, "s01", manual_score=0.5)
    grade(course)
    assert marks_of(course, "s01") == (0.5, None, False, None)
    assert told(course)["s01"] == "4.5"


def test_extra_credit_goes_with_the_answer_that_earned_it(course):
    hand_in(course, "s05", answer(5, why="Something else.", double=PLUS_TWO))
    grade(course)
    assert marks_of(course, "s05") == (None, None, True, None)
    assert kept(course, "s05")["why"]["extra"] == 1.0
    assert told(course)["s05"] == "3"


@pytest.mark.parametrize("attached", [True, False])
def test_a_picture_or_a_cell_beside_it_belongs_to_the_answer(course, attached):
    nb = answer(1)
    why = next(c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "why")
    if attached:
        why.source += "\n![a](attachment:a.png)"
    else:
        nb.cells.insert(nb.cells.index(why) + 1, nbformat.v4.new_markdown_cell("And more of it."))
    hand_in(course, "s01", nb)
    grade(course)
    assert marks_of(course, "s01")[:3] == (None, None, True)


def test_an_answer_that_is_back_has_its_marks_back(course):
    hand_in(course, "s01", answer(1, why="I do not know."))
    grade(course)
    hand_in(course, "s01", answer(1))
    grade(course)
    assert marks_of(course, "s01") == (2.0, None, False, "well argued")
    assert told(course)["s01"] == "6"
    mark(course, "s01", manual_score=None, needs_manual_grade=True)  # as a person may decide
    grade(course)
    assert marks_of(course, "s01")[0] is None


def test_other_code_that_the_machine_scores_as_high_has_the_machines_points(course):
    hand_in(course, "s05", answer(5))
    grade(course)
    assert marks_of(course, "s05", "test-double")[:3] == (None, None, False)
    assert told(course)["s05"] == "7"
    assert kept(course, "s05")["test-double"]["points"] == 3.0


def test_other_code_that_is_scored_lower_keeps_a_persons_points_until_they_look(course):
    hand_in(course, "s05", answer(5, double="def double(x):\n    return x + 3"))
    grade(course)
    assert marks_of(course, "s05", "test-double")[:3] == (3.0, None, True)
    assert any("'test-double' is to be looked at again" in note for note in notes(course, "s05"))
    grade(course)
    assert marks_of(course, "s05", "test-double")[:3] == (3.0, None, True)
    assert told(course)["s05"] == "6"


def cannot_be_graded(course, student):
    """Hand in, in place of a notebook, a folder with none in it."""
    (course / "in" / f"{student}.ipynb").unlink()
    (course / "in" / student).mkdir()


def test_an_earlier_version_does_not_stand_for_one_that_cannot_be_graded(course):
    nbgrader(course, "generate_feedback", NAME)
    work = WorkDir(course / "work")
    cannot_be_graded(course, "s04")
    grade(course, ExitCode.NOT_GRADED)
    assert told(course) == {"s01": "6", "s02": "6", "s03": "6", "s04": "", "s05": "6"}
    assert not [folder for folder in work.made_of("s04", NAME) if folder.exists()]
    with opened(course) as gradebook, pytest.raises(MissingEntry):
        gradebook.find_submission(NAME, "s04")
    assert kept(course, "s04")["why"]["comment"] == "well argued"
    (aside,) = work.earlier("s04", NAME).iterdir()
    assert sorted(path.name for path in aside.iterdir()) == ["autograded", "feedback", "submitted"]
    assert [path.name for path in (aside / "submitted").iterdir()] == [f"{NAME}.ipynb"]
    assert not work.submitted_notebook("s04", NAME).exists()  # nbgrader would grade it as new
    assert str(aside.relative_to(work.root)) in notes(course, "s04")[-1]
    nbgrader(course, "generate_feedback", NAME, "--force")
    pages = sorted(path.parts[-3] for path in (work.root / "feedback").glob("*/*/*.html"))
    assert pages == ["s01", "s02", "s03", "s05"]
    # the same answer, once it can be graded, has its marks
    (course / "in" / "s04").rmdir()
    hand_in(course, "s04", answer(4))
    grade(course)
    assert marks_of(course, "s04") == (2.0, None, False, "well argued")
    assert told(course)["s04"] == "6"


def test_what_was_handed_in_where_the_grader_keeps_it_stays_there(course):
    """Graded again from there, a folder that cannot be graded is the newer version itself."""
    work = WorkDir(course / "work")
    work.submitted_notebook("s04", NAME).unlink()
    (work.submitted / "s04" / NAME / "a1.pdf").write_bytes(b"%PDF-1.7")
    assert run(course, "grade", NAME, "--workers", "1") == ExitCode.NOT_GRADED
    assert [path.name for path in (work.submitted / "s04" / NAME).iterdir()] == ["a1.pdf"]
    (aside,) = work.earlier("s04", NAME).iterdir()
    assert [path.name for path in aside.iterdir()] == ["autograded"]


def test_another_answer_after_that_waits_for_a_person(course):
    cannot_be_graded(course, "s04")
    grade(course, ExitCode.NOT_GRADED)
    (course / "in" / "s04").rmdir()
    hand_in(course, "s04", answer(4, why="Another one."))
    grade(course)
    assert marks_of(course, "s04") == (None, None, True, None)
    assert told(course)["s04"] == "4"


def test_an_unreadable_newer_file_has_no_points_of_the_earlier_one(course):
    (course / "in" / "s04.ipynb").write_text("not a notebook")
    grade(course, ExitCode.NOT_GRADED)
    assert told(course)["s04"] == ""
    assert not WorkDir(course / "work").autograded_notebook("s04", NAME).exists()
    assert kept(course, "s04")["why"]["points"] == 2.0


def test_a_fault_of_ours_leaves_the_marks_of_that_very_file(course):
    """A file of ours stands where the executed notebook should go."""
    folder = WorkDir(course / "work").autograded_notebook("s04", NAME).parent
    folder.rename(folder.with_name("aside"))
    folder.write_text("no folder")
    grade(course, ExitCode.NOT_GRADED)
    assert marks_of(course, "s04") == (2.0, None, False, "well argued")
    assert told(course)["s04"] == ""
    folder.unlink()
    folder.with_name("aside").rename(folder)
    grade(course)
    assert marks_of(course, "s04") == (2.0, None, False, "well argued")


def test_where_what_was_read_is_not_known_the_answer_waits(course):
    shutil.rmtree(WorkDir(course / "work").autograded_notebook("s01", NAME).parent)
    grade(course)
    assert marks_of(course, "s01") == (None, None, True, None)
    assert kept(course, "s01")["why"]["points"] == 2.0
