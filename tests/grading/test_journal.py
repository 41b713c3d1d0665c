"""Gradebook and evidence have the same submissions, wherever a grader was killed between them."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from nbgrader.api import Gradebook

from autograder.evidence.hashchain import inspect
from autograder.evidence.log import open_log
from autograder.grading.journal import mend, path_of
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.course import NAME, hand_in, make_course, submission

DIES = """
import os, sys
from pathlib import Path
from autograder.assignment import load_assignment
from autograder.evidence import log
from autograder.gradebook import store
from autograder.grading import journal, pipeline, submission_grader
from autograder.workdir import WorkDir

course, place, when = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
owners = {"_write_head": log, "append": log.Log, "cell_points": submission_grader}
owner = owners.get(place, journal)
whole, calls = getattr(owner, place), []

def die_at_last(*arguments, **options):
    calls.append(1)
    if len(calls) == when:
        os.kill(os.getpid(), 9)
    return whole(*arguments, **options)

setattr(owner, place, die_at_last)
for row in pipeline.grade_class(
    load_assignment("a1", course / "solutions"), course / "in", WorkDir(course / "work"), workers=1
):
    print(row.student, flush=True)
"""

PLACES = [
    ("cell_points", 2, 1, "its scores are in the transaction"),
    ("_write", 3, 1, "before its journal is there"),
    ("_write", 4, 1, "its notebook waits nowhere yet"),
    ("mark_with_token", 2, 1, "before the token"),
    ("append", 3, 2, "after the commit"),
    ("_write_head", 3, 2, "after the line, before the head"),
    ("_finish", 2, 2, "before the notebook is in its place"),
]
"""Function, at which call the grader dies in it, and how many submissions are recorded then."""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    for student in ("s01", "s02"):
        hand_in(course, student, submission())
    return course


def students_of(work: WorkDir) -> list[str]:
    with Gradebook(work.gradebook_url) as gradebook:
        return [one.student.id for one in gradebook.assignment_submissions(NAME)]


@pytest.mark.parametrize(("place", "call", "recorded", "when"), PLACES, ids=lambda x: str(x))
def test_a_killed_grader_leaves_both_or_neither(course, tmp_path, place, call, recorded, when):
    work = WorkDir(tmp_path / "work")
    subprocess.run(["cp", "-r", str(course), str(tmp_path / "course")], check=True)
    (tmp_path / "course" / "work").rename(work.root)
    (tmp_path / "course" / "work").symlink_to(work.root)
    words = [sys.executable, "-c", DIES, str(tmp_path / "course"), place, str(call)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr
    path = work.evidence(NAME)
    with open_log(path) as log:
        mend(log, work, NAME)
        noted = [e.body["student"] for e in log.entries if e.body["kind"] == "submission"]
        assert not path_of(log).exists()
        assert not mend(log, work, NAME)
    assert len(noted) == recorded
    assert sorted(students_of(work)) == sorted(noted)
    assert not inspect(path).problems
    executed = {path.parents[1].name for path in work.root.glob("autograded/*/*/*.ipynb")}
    assert executed == set(noted)
    assert not [*work.root.glob("autograded/*/*/.*")]
