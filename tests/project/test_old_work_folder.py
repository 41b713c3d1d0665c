"""A work folder that version 0.1.0 graded goes on working, command by command.

``tests/support/data/work-0.1.tar.xz`` is what 0.1.0 left of the tiny course: s01 to s04 graded and
published, s02 handed in anew and graded again, and rescored. The figures below are what the
commands of 0.1.0 printed for it.
"""

import csv
import shutil
import tarfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.cli.app import main
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, knowing, make_course, submission

OLD = Path(__file__).resolve().parents[1] / "support" / "data" / "work-0.1.tar.xz"

GRADES = {"s01": "100", "s02": "90", "s03": "4", "s04": "0"}


@pytest.fixture
def course(tmp_path):
    course = make_course(tmp_path)
    with tarfile.open(OLD) as archive:
        # Python before 3.11.4 knows no filters, and from 3.12 on it warns without one
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(course / "work", **safely)
    return course


def run(course, *arguments):
    return main(["--course", str(course), *arguments])


def grades(path):
    with path.open(newline="") as file:
        return {row["student"]: row["grade"] for row in csv.DictReader(file)}


def test_verify_finds_the_evidence_intact(course, capsys):
    assert run(course, "verify", NAME) == 0
    assert capsys.readouterr().out.startswith("14 entries, all intact, the last one 834e428c9548")


def test_diff_says_what_it_said(course, capsys):
    assert run(course, "diff", NAME) == 0
    assert capsys.readouterr().out.splitlines() == [
        "s02: grade 80 → 90, tier 80s → 90: another file was handed in",
        "1 of the published rows changes",
    ]


def test_rescore_and_publish_give_the_grades_that_they_gave(course, capsys):
    work = WorkDir(course / "work")
    before = grades(work.report / "grades.csv")
    shutil.rmtree(work.report)
    assert run(course, "rescore", NAME) == 0
    assert grades(work.report / "grades.csv") == before == GRADES
    assert run(course, "publish", NAME) == 0
    assert "s02: grade 80 → 90" in capsys.readouterr().out
    assert grades(work.published(NAME) / "grades.csv") == GRADES
    assert run(course, "diff", NAME) == run(course, "verify", NAME) == 0


def test_integrity_reads_its_evidence(course, capsys):
    assert run(course, "integrity", NAME) == 0
    assert "locked cell test-double was changed" in capsys.readouterr().out
    with (course / "work" / "report" / "integrity.csv").open(newline="") as file:
        flags = [row for row in csv.DictReader(file) if row["kind"] == "flag"]
    # remarks are left out: a check that 0.1.0 had not may have some; and what s01 and s02 share
    # is a list of numbers in which some differ, which says nothing of what their code computes
    assert {(row["student"], row["check"]) for row in flags} == {
        (student, "tamper") for student in GRADES
    }


def test_its_gradebook_takes_another_run(course):
    work = WorkDir(course / "work")
    hand_in(course, "s04", submission(predict=knowing(range(5))))
    assert run(course, "grade", NAME, "--submitted", str(course / "in")) == 0
    assert grades(work.report / "grades.csv")["s04"] == "100"  # alone in its run
    with Gradebook(work.gradebook_url) as gradebook:
        points = {s: gradebook.find_submission(NAME, s).score for s in GRADES}
    assert points == {"s01": 14.0, "s02": 14.0, "s03": 0.44, "s04": 14.0}
