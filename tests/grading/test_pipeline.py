"""A small class from the folder of submissions to the gradebook and the table."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from fractions import Fraction

import nbformat
import pytest
from nbgrader.api import Gradebook, MissingEntry

from autograder.assignment import load_assignment
from autograder.errors import (
    AssignmentChangedError,
    AssignmentError,
    EvidenceError,
    HoldoutMissingError,
    InfrastructureError,
)
from autograder.evidence.log import open_log
from autograder.grading.journal import mend
from autograder.grading.pipeline import grade_class
from autograder.grading.put_off import PutOff
from autograder.outcome import Outcome
from autograder.scoring.standing import class_table
from autograder.workdir import WorkDir
from tests.support.course import NAME, author_notebook, hand_in, make_course, submission, without
from tests.support.processes import PATIENCE, find, wait_for

PLUS_TWO = "def double(x):\n    return x + 2"
WARNS = "import warnings\ndef double(x):\n    warnings.warn('careful')\n    return x + x"
READS_DATA = (
    "import os\nfrom pathlib import Path\n"
    "def double(x):\n"
    "    return int(Path(os.environ['COURSE_DATA'], 'factor.txt').read_text()) * x"
)
FORGES = (
    "from IPython.display import display\n"
    "def predict(images):\n"
    "    display({'application/vnd.digits-course.score+json': {'metric': 'accuracy', 'total': 250,"
    " 'measured': {'score': '1', 'low': 1, 'high': 1}, 'points': 10, 'max_points': 10,"
    " 'tier': 'above 96'}, 'text/plain': '10.0'}, raw=True)\n"
    "    return [0] * len(images)"
)


def cells_of(course, student):
    """Return each graded cell's automatic score as the gradebook has it."""
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        notebook = gradebook.find_submission_notebook(NAME, NAME, student)
        return {g.name: g.auto_score for g in notebook.grades}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    hand_in(course, "s01", submission())
    hand_in(course, "96%_s02", submission(double=PLUS_TWO))
    hand_in(course, "s03", submission(double=WARNS))
    hand_in(course, "s04", without(submission(), "test-double"))
    hand_in(course, "s05", submission(double="def double(x:"))
    hand_in(course, "s06", submission(predict=FORGES))
    (course / "in" / "s07.ipynb").write_text("not a notebook")
    (course / "in" / "s08").mkdir()
    return course


@pytest.fixture(scope="module")
def rows(course):
    assignment = load_assignment(NAME, course / "solutions")
    graded = grade_class(assignment, course / "in", WorkDir(course / "work"), workers=2)
    return {row.student: row for row in class_table(graded, assignment.tiers)}


def test_every_submission_has_a_row(rows):
    assert sorted(rows) == [f"s0{n}" for n in range(1, 9)]


def test_outcomes_are_told_apart(rows):
    outcomes = {student: row.outcome for student, row in rows.items()}
    errors = {"s05": Outcome.STUDENT_ERROR, "s07": Outcome.NEEDS_REVIEW}
    nobody = {"s08": Outcome.NOT_HANDED_IN}
    assert outcomes == dict.fromkeys(rows, Outcome.FINISHED) | errors | nobody


def test_accuracy_is_exact_and_the_claim_stands_beside_it(rows):
    assert rows["s02"].score == Fraction(19, 250)
    assert rows["s02"].claim is not None
    assert float(rows["s02"].claim) == 0.96


def test_scores_land_in_the_gradebook(course, rows):
    assert cells_of(course, "s01") == {"test-double": 4, "accuracy": 0.44, "why": None}
    assert cells_of(course, "s02")["test-double"] == 0
    assert rows["s01"].points == 4.44
    assert rows["s01"].max_points == 16


def test_a_warning_costs_nothing(course, rows):
    assert cells_of(course, "s03")["test-double"] == 4


def test_a_deleted_test_is_run_all_the_same(course, rows):
    assert cells_of(course, "s04")["test-double"] == 4
    assert "deleted" in rows["s04"].notes[0]


def test_a_forged_score_is_not_read(course, rows):
    assert rows["s06"].score == Fraction(19, 250)
    assert cells_of(course, "s06")["accuracy"] == 0.44


def test_neither_an_unreadable_file_nor_a_missing_one_gets_points_or_a_grade(course, rows):
    url = WorkDir(course / "work").gradebook_url
    with Gradebook(url) as gradebook, pytest.raises(MissingEntry):
        gradebook.find_submission(NAME, "s07")
    assert [(rows[s].points, rows[s].grade) for s in ("s07", "s08")] == [(None, None)] * 2
    assert rows["s07"].notes == (
        "not a notebook: no JSON: Expecting value: line 1 column 1 (char 0)",
    )


def test_the_executed_notebook_is_where_nbgrader_looks(course, rows):
    path = course / "work" / "autograded" / "s01" / NAME / f"{NAME}.ipynb"
    nb = nbformat.read(path, as_version=4)
    nbformat.validate(nb)
    assert "double(21) == 42" in "".join(cell.source for cell in nb.cells)
    assert (course / "work" / "submitted" / "s02" / NAME / f"{NAME}.ipynb").is_file()


def test_grading_again_gives_the_same(course, rows):
    assignment = load_assignment(NAME, course / "solutions")
    work = WorkDir(course / "work")
    graded = class_table(grade_class(assignment, work.submitted, work), assignment.tiers)
    again = {row.student: row for row in graded}
    assert set(again) == set(rows) - {"s08"}
    for student, row in again.items():
        assert (row.measured, row.points) == (rows[student].measured, rows[student].points)


def class_of_two(folder):
    """Return a course with two right submissions, and its assignment."""
    course = make_course(folder)
    for student in ("s01", "s02"):
        hand_in(course, student, submission())
    return course, load_assignment(NAME, course / "solutions")


def test_what_fails_before_a_run_costs_that_student_no_point_and_nobody_else_anything(tmp_path):
    """A file of ours stands where the submission's copy should go."""
    course, assignment = class_of_two(tmp_path)
    (course / "work" / "submitted").mkdir()
    (course / "work" / "submitted" / "s01").write_text("no folder")
    graded = grade_class(assignment, course / "in", WorkDir(course / "work"), workers=1)
    first, second = sorted(graded, key=lambda row: row.student)
    assert (first.outcome, first.points) == (Outcome.INFRASTRUCTURE, None)
    assert first.notes[0].startswith("not graded, and not the student's fault: NotADirectoryError")
    assert (second.outcome, second.points) == (Outcome.FINISHED, 4.44)


def test_what_fails_after_a_run_leaves_no_zero_and_the_rest_of_the_class_its_grades(tmp_path):
    """A file of ours stands where the run's notebook should go, once its scores are in."""
    course, assignment = class_of_two(tmp_path)
    place = course / "in", WorkDir(course / "work")
    folder = course / "work" / "autograded"
    folder.mkdir()
    (folder / "s01").write_text("no folder")
    first, second = sorted(grade_class(assignment, *place, workers=1), key=lambda row: row.student)
    assert (first.outcome, first.points) == (Outcome.INFRASTRUCTURE, None)
    assert first.notes[0].startswith("not graded, and not the student's fault: ")
    assert (second.outcome, second.points) == (Outcome.FINISHED, 4.44)
    with pytest.raises(MissingEntry):
        cells_of(course, "s01")
    (folder / "s01").unlink()
    assert {row.points for row in grade_class(assignment, *place)} == {4.44}
    (folder / "s01").rename(folder / "moved")
    (folder / "s01").write_text("no folder")
    hand_in(course, "s01", submission(double=PLUS_TWO))
    lost = {row.student: row.outcome for row in grade_class(assignment, *place)}
    assert lost == {"s01": Outcome.INFRASTRUCTURE, "s02": Outcome.FINISHED}
    with pytest.raises(MissingEntry):  # what the earlier file earned is not shown as this one's
        cells_of(course, "s01")


def test_what_is_collected_anew_meanwhile_changes_no_run(tmp_path):
    course, assignment = class_of_two(tmp_path)
    (course / "in").rename(course / "work" / "submitted")
    work = WorkDir(course / "work")
    graded = grade_class(assignment, work.submitted, work, workers=1)
    rows = [next(graded)]
    for path in work.submitted.rglob("*.ipynb"):
        path.unlink()
    assert [row.outcome for row in [*rows, *graded]] == [Outcome.FINISHED] * 2


def test_a_gradebook_that_stays_locked_holds_no_half_of_a_submission(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.gradebook.locking.LOCK_SECONDS", 0)
    course, assignment = class_of_two(tmp_path)
    graded = grade_class(assignment, course / "in", WorkDir(course / "work"), workers=1)
    first = next(graded)
    with contextlib.closing(sqlite3.connect(course / "work" / "gradebook.db")) as reader:
        reading = reader.execute("select * from grade")
        reading.fetchone()  # as long as more is to be read, nobody else can commit
        second = next(graded)
    assert (first.outcome, second.outcome) == (Outcome.FINISHED, Outcome.INFRASTRUCTURE)
    assert (second.points, second.measured) == (None, None)
    assert "database is locked" in second.notes[0]
    with pytest.raises(MissingEntry):
        cells_of(course, second.student)


def test_a_score_that_evidence_cannot_take_gets_its_entry_at_the_next_start(tmp_path):
    course, assignment = class_of_two(tmp_path)
    work = WorkDir(course / "work")
    graded = grade_class(assignment, course / "in", work, workers=1)
    first = next(graded).student
    head = course / "work" / "evidence" / f"{NAME}.head"
    noted = head.read_bytes()
    head.unlink()
    (head / "in the way").mkdir(parents=True)
    with pytest.raises(EvidenceError, match="cannot be written"):
        next(graded)
    graded.close()
    (second,) = {"s01", "s02"} - {first}
    assert cells_of(course, second)["test-double"] == 4
    shutil.rmtree(head)
    head.write_bytes(noted)
    with open_log(work.evidence(NAME)) as log:
        assert mend(log, work, NAME)
        bodies = [entry.body for entry in log.entries if entry.body["kind"] == "submission"]
    assert [(body["student"], body["points"]) for body in bodies] == [(first, 4.44), (second, 4.44)]
    assert work.autograded_notebook(second, NAME).is_file()


def test_a_gradebook_that_is_locked_for_a_while_costs_nobody_a_grade(tmp_path):
    """A reader holds it until the second submission waits for it."""
    course, assignment = class_of_two(tmp_path)
    waits = threading.Event()
    watch = logging.Handler()
    watch.emit = lambda record: "is locked" in record.getMessage() and waits.set()
    logger = logging.getLogger("autograder.gradebook.locking")
    logger.addHandler(watch)
    logger.setLevel(logging.INFO)
    graded = grade_class(assignment, course / "in", WorkDir(course / "work"), workers=1)
    rows = [next(graded)]
    other = sqlite3.connect(course / "work" / "gradebook.db", check_same_thread=False)
    other.execute("select * from grade").fetchone()
    reading = other.execute("select * from grade, grade as more")
    reading.fetchone()
    free = threading.Thread(target=lambda: (waits.wait(120), reading.close(), other.close()))
    free.start()
    rows += graded
    free.join()
    logger.removeHandler(watch)
    logger.setLevel(logging.NOTSET)
    assert waits.is_set()
    assert [(row.outcome, row.points) for row in rows] == [(Outcome.FINISHED, 4.44)] * 2


def test_who_was_put_off_is_recorded_at_the_end_of_the_class(tmp_path, monkeypatch):
    """The gradebook is locked for longer than anybody waits, and free once all have been run."""
    monkeypatch.setattr("autograder.gradebook.locking.LOCK_SECONDS", 0)
    course, assignment = class_of_two(tmp_path)
    hand_in(course, "s03", submission(double=PLUS_TWO))
    graded = grade_class(assignment, course / "in", WorkDir(course / "work"), workers=1)
    rows = [next(graded)]
    with contextlib.closing(sqlite3.connect(course / "work" / "gradebook.db")) as writer:
        writer.execute("BEGIN IMMEDIATE")
        add, put_off = PutOff.add, []

        def add_and_free(self, student, result):
            add(self, student, result)
            put_off.append(student)
            if len(put_off) == 2:
                writer.rollback()

        monkeypatch.setattr(PutOff, "add", add_and_free)
        rows += graded
    assert [row.student for row in rows[1:]] == put_off
    assert {row.student: row.points for row in rows} == {"s01": 4.44, "s02": 4.44, "s03": 0.44}
    with open_log(WorkDir(course / "work").evidence(NAME)) as log:
        kinds = [entry.body["kind"] for entry in log.entries]
    assert kinds == ["run", *["submission"] * 3]


def test_a_missing_holdout_is_named_with_the_command(tmp_path):
    course = make_course(tmp_path)
    shutil.rmtree(course / "work")
    (course / "in").mkdir()
    assignment = load_assignment(NAME, course / "solutions")
    with pytest.raises(HoldoutMissingError, match=f"autograder holdout {NAME}"):
        list(grade_class(assignment, course / "in", WorkDir(course / "work")))


def test_a_changed_assignment_does_not_mix_with_old_grades(course, rows, tmp_path):
    other = tmp_path / "course"
    shutil.copytree(course, other)
    path = other / "solutions" / NAME / f"{NAME}.ipynb"
    nbformat.write(without(author_notebook(), "test-double"), path)
    assignment = load_assignment(NAME, other / "solutions")
    with pytest.raises(AssignmentChangedError, match="--work"):
        list(grade_class(assignment, other / "in", WorkDir(other / "work")))


def test_an_assignment_without_tiers_is_graded_by_points(tmp_path):
    course = make_course(tmp_path)
    folder = course / "solutions" / NAME
    nbformat.write(without(author_notebook(), "accuracy"), folder / f"{NAME}.ipynb")
    (folder / "run.toml").unlink()
    for student, nb in (("s01", submission()), ("s02", submission(double=PLUS_TWO))):
        hand_in(course, student, without(nb, "accuracy"))
    assignment = load_assignment(NAME, course / "solutions")
    assert assignment.tiers is None
    graded = grade_class(assignment, course / "in", WorkDir(course / "work"), workers=2)
    best, other = class_table(graded, assignment.tiers)
    assert (best.student, best.points, best.max_points) == ("s01", 4, 6)
    assert (best.tier, best.grade, best.rank) == ("by points", 67, 1)
    assert (other.student, other.points, other.grade, other.rank) == ("s02", 0, 0, 2)
    assert best.notes == ("2 points wait for a person to read the answer",)
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        why = gradebook.find_grade("why", NAME, NAME, "s01")
        why.manual_score, why.needs_manual_grade = 2, False
        gradebook.db.commit()
    best = class_table(
        grade_class(assignment, course / "in", WorkDir(course / "work")), assignment.tiers
    )[0]
    assert (best.points, best.grade, best.notes) == (6, 100, ())


@pytest.mark.parametrize("sandboxed", [True, False])
def test_without_held_out_images_submissions_read_the_courses_data(
    tmp_path, monkeypatch, sandboxed
):
    course = make_course(tmp_path)
    folder = course / "solutions" / NAME
    nbformat.write(without(author_notebook(), "accuracy"), folder / f"{NAME}.ipynb")
    (folder / "run.toml").write_text("[parameters]\nquick = true\n")
    nb = without(submission(double=READS_DATA), "accuracy")
    hand_in(course, "s01", nb)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "factor.txt").write_text("2")
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "data"))
    assignment = load_assignment(NAME, course / "solutions")
    work = WorkDir(course / "work")
    (row,) = grade_class(assignment, course / "in", work, workers=1, sandboxed=sandboxed)
    assert (row.outcome, row.points) == (Outcome.FINISHED, 4)


def test_an_unknown_assignment_names_those_there_are(course):
    with pytest.raises(AssignmentError, match="there are: a1"):
        load_assignment("a2", course / "solutions")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[limits]\nfoo = 1", "limits: found 'unknown key foo'"),
        ('[holdout]\nsize = 9\nmaker = "cats"', "found 'cats', expected one of 'apparel', "),
        ("[limits]\ncell_seconds = -1", "cell_seconds: found -1"),
        ("[limits]\ncell_seconds = '1'", "expected a number above 0"),
        ("[other]\n", "unknown key other"),
        ("not toml", "expected valid TOML"),
    ],
)
def test_wrong_settings_are_named(tmp_path, text, complaint):
    course = make_course(tmp_path)
    (course / "solutions" / NAME / "run.toml").write_text(text)
    with pytest.raises(AssignmentError, match=complaint):
        load_assignment(NAME, course / "solutions")


@pytest.mark.parametrize("victim", ["worker", "workers' parent", "fork server"])
def test_a_process_that_is_killed_costs_nobody_a_grade(tmp_path, victim):
    """Kill grading processes while they work: every submission is graded all the same."""
    course = make_course(tmp_path)
    for number in range(4):
        hand_in(course, f"s0{number}", submission())
    command = [sys.executable, "-m", "autograder.cli.app", "--course", str(course), "grade"]
    command += [NAME, "--submitted", str(course / "in"), "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            wait_for(lambda: find("kernel", process.pid))
            os.kill(wait_for(lambda: find(victim, process.pid))[0], signal.SIGKILL)
            output, errors = (stream.decode() for stream in process.communicate(timeout=PATIENCE))
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert output.count("finished") == 4, output


def test_nothing_is_recorded_when_the_reference_itself_fails(tmp_path):
    """A broken machine must not become a class of zeros."""
    course = make_course(tmp_path)
    hand_in(course, "s01", submission())
    nb = author_notebook()
    nb.cells[1].source += "\nimport a_package_that_is_gone"
    nbformat.write(nb, course / "solutions" / NAME / f"{NAME}.ipynb")
    assignment = load_assignment(NAME, course / "solutions")
    with pytest.raises(InfrastructureError, match="a_package_that_is_gone"):
        list(grade_class(assignment, course / "in", WorkDir(course / "work")))
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        assert gradebook.assignment_submissions(NAME) == []
