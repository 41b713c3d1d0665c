"""nbgrader's own tools read what we wrote, and score the same where they survive."""

from __future__ import annotations

import csv
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from autograder.assignment import load_assignment
from autograder.grading.pipeline import grade_class
from autograder.workdir import WorkDir
from benchmarks import stock
from benchmarks.stock import cell_scores
from tests import tiny

ENVIRONMENT = os.environ | {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"}
CLASS = {
    "s01": tiny.submission(),
    "s02": tiny.submission(double="def double(x):\n    return x + 2"),
    "s03": tiny.submission(
        double="import warnings\ndef double(x):\n    warnings.warn('careful')\n    return x + x"
    ),
    "s04": tiny.submission(double="def double(x):\n    raise NotImplementedError"),
    "s05": tiny.submission(predict="def predict(images):\n    return ['1'] * len(images)"),
    "s06": tiny.submission(double="def double(x:"),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = tiny.make_course(tmp_path_factory.mktemp("course"))
    for student, nb in CLASS.items():
        tiny.hand_in(course, student, nb)
    assignment = load_assignment(tiny.NAME, course / "solutions")
    assert len(list(grade_class(assignment, course / "in", WorkDir(course / "work")))) == len(CLASS)
    return course


def nbgrader(course, *arguments):
    tool = str(Path(sys.prefix, "bin", "nbgrader"))
    return subprocess.run(
        [tool, *arguments], cwd=course, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )


def test_export_lists_every_student_with_our_scores(course):
    nbgrader(course, "export", "--to", "grades.csv")
    with (course / "grades.csv").open(newline="") as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    scores = {student: cell_scores(tiny.NAME, student, course / "work") for student in CLASS}
    ours = {student: sum(v or 0 for v in cells.values()) for student, cells in scores.items()}
    assert exported == pytest.approx(ours)
    assert len(set(exported.values())) > 2


def test_list_runs(course):
    assert "Released assignments" in nbgrader(course, "list").stderr


def test_feedback_is_made_from_what_we_ran(course):
    nbgrader(course, "generate_feedback", tiny.NAME, "--student", "s02")
    page = course / "work" / "feedback" / "s02" / tiny.NAME / f"{tiny.NAME}.html"
    assert "and for other numbers" in page.read_text()


def test_formgrader_shows_the_submissions(course, loopback):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--IdentityProvider.token=t", f"--ServerApp.root_dir={course}"]
    log = (course / "server.log").open("wb")
    server = subprocess.Popen(command, cwd=course, env=ENVIRONMENT, stdout=log, stderr=log)
    try:
        submissions = json.loads(_get(port, f"formgrader/api/submissions/{tiny.NAME}"))
        assert sorted(s["student"] for s in submissions) == sorted(CLASS)
        assert all(s["autograded"] and s["needs_manual_grade"] for s in submissions)
        listed = _get(port, f"formgrader/api/submitted_notebooks/{tiny.NAME}/{tiny.NAME}")
        first = min(json.loads(listed), key=lambda notebook: notebook["student"])
        page = _get(port, f"formgrader/submissions/{first['id']}")
        assert "Check that double doubles" in page  # the notebook that we executed, to be read
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _get(port: int, path: str, seconds: float = 90) -> str:
    """Fetch a page, waiting for the server to be up."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}?token=t") as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


def test_stock_autograde_gives_the_same_cell_scores(course, tmp_path):
    notebooks = {student: course / "in" / f"{student}.ipynb" for student in CLASS}
    holdout = course / "work" / "holdout" / tiny.NAME
    environment = stock.prepare(tiny.NAME, notebooks, course, tmp_path, holdout)
    assert stock.nbgrader(["autograde", tiny.NAME], tmp_path, environment, 300)  # all survive
    ours, theirs = (
        {student: cell_scores(tiny.NAME, student, work) for student in CLASS}
        for work in (course / "work", tmp_path / "work")
    )
    assert None not in theirs.values()
    assert ours == theirs
