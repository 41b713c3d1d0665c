"""Due dates, extensions and penalties act as in `nbgrader autograde`."""

from __future__ import annotations

import datetime

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from autograder.assignment import load_assignment
from autograder.errors import LatePolicyError
from autograder.gradebook.config import load_config
from autograder.gradebook.store import open_gradebook, register
from autograder.grading.pipeline import grade_class
from autograder.scoring.standing import class_table
from autograder.workdir import WorkDir
from tests.support.course import NAME, author_notebook, make_course, submission, without

DUE = "2025-03-02 00:00:00 UTC"
TIMES = {
    "s01": "2025-03-01 23:59:59.123456 UTC",
    "s02": "2025-03-05 10:00:00 UTC",
    "s03": "2025-03-02T00:30:00+01:00",
    "s04": "03/05/2025 10:00 AM",
    "s05": "2025-03-05 10:00:00 UTC",
}
"""When each hands in; s05 has an extension of a week, and of s04 it is not known."""

PLUGIN = """
from nbgrader.plugins import BasePlugin
class Daily(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.5 * (total_seconds_late // 86400)
"""


def class_by_points(folder, *, settings=""):
    """Return a course without tiers, with a due date and five submissions."""
    course = make_course(folder)
    nb = without(author_notebook(), "accuracy")
    nbformat.write(nb, course / "solutions" / NAME / f"{NAME}.ipynb")
    (course / "solutions" / NAME / "run.toml").unlink()
    (course / "late_days.py").write_text(PLUGIN)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(settings)
    for student, time in TIMES.items():
        folder = course / "in" / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(without(submission(), "accuracy"), folder / f"{NAME}.ipynb")
        (folder / "timestamp.txt").write_text(time)
    register(load_assignment(NAME, course / "solutions"), WorkDir(course / "work"))
    with open_gradebook(WorkDir(course / "work")) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)
        gradebook.add_student("s05")
        late = gradebook.add_submission(NAME, "s05")
        late.extension = datetime.timedelta(days=7)
        gradebook.db.commit()
    return course


def penalties(course):
    with Gradebook(WorkDir(course / "work").gradebook_url) as gradebook:
        found = {s: gradebook.find_submission(NAME, s) for s in TIMES}
        return {
            s: (one.late_submission_penalty, one.total_seconds_late) for s, one in found.items()
        }


def graded(course):
    assignment, work = load_assignment(NAME, course / "solutions"), WorkDir(course / "work")
    rows = class_table(grade_class(assignment, course / "in", work, workers=2), assignment.tiers)
    return {row.student: row for row in rows}


SECONDS = {"s01": 0, "s02": 82 * 3600, "s03": 0, "s04": 0, "s05": 0}
ZERO = "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
DAILY = "c.AssignLatePenalties.plugin_class = 'late_days.Daily'\n"
DROPPED = (
    "c.Autograde.autograde_preprocessors = [step for step in c.Autograde.autograde_preprocessors"
    " if 'Late' not in step]\n"
)


@pytest.mark.parametrize(
    ("settings", "penalty", "told"),
    [
        ("", 0, "it costs no points"),
        (ZERO, 4, "the course takes 4 points"),
        (DAILY, 1.5, "the course takes 1.5 points"),
        (ZERO + DROPPED, 0, "it costs no points"),
    ],
    ids=["none", "zero", "own plug-in", "step left out"],
)
def test_late_is_said_and_costs_what_the_course_says(tmp_path, settings, penalty, told):
    course = class_by_points(tmp_path, settings=settings)
    rows = graded(course)
    assert penalties(course) == {s: (penalty * (s == "s02"), SECONDS[s]) for s in TIMES}
    note = f"handed in 3 days, 10:00:00 late: {told}"
    assert {s for s, row in rows.items() if note in row.notes} == {"s02"}, rows["s02"].notes
    assert (rows["s02"].points, rows["s02"].penalty) == (4, penalty)
    assert {s: row.final for s, row in rows.items()} == dict.fromkeys(TIMES, 67) | {
        "s02": {0: 67, 4: 0, 1.5: 42}[penalty]
    }
    assert "which may be" in rows["s04"].notes[0]


def test_stock_nbgrader_takes_the_same(tmp_path, monkeypatch):
    """What `nbgrader autograde` writes for a late submission is what we wrote."""
    course = class_by_points(tmp_path, settings=ZERO)
    graded(course)
    ours = penalties(course)
    config = load_config(course)
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = WorkDir(course / "work").gradebook_url
    monkeypatch.chdir(course)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    result = api.autograde(NAME, "s02", create=False, force=True)
    assert result["success"], result["log"]
    assert penalties(course)["s02"] == ours["s02"]


def test_a_plug_in_that_is_none_is_named_before_anything_runs(tmp_path):
    course = class_by_points(tmp_path, settings="c.AssignLatePenalties.plugin_class = 'no.such'\n")
    with pytest.raises(LatePolicyError, match=r"'no\.such' could not be imported"):
        graded(course)


def test_a_newer_file_without_a_time_does_not_keep_the_older_ones(tmp_path):
    course = class_by_points(tmp_path, settings=ZERO)
    assert graded(course)["s02"].final == 0
    (course / "in" / "s02" / NAME / "timestamp.txt").unlink()
    assert graded(course)["s02"].final == 67
    assert penalties(course)["s02"] == (0, 0)
