"""nbgrader's own tools read what we wrote, and score the same where they survive."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from nbgrader.converters import GenerateAssignment

from autograder.assignment import load_assignment
from autograder.gradebook.store import register
from autograder.grading.pipeline import grade_class
from autograder.workdir import WorkDir
from tests.support import nbgrader_baseline
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.nbgrader_baseline import cell_scores

ENVIRONMENT = os.environ | {"PATH": f"{sys.prefix}/bin:{os.environ['PATH']}"}
CLASS = {
    "s01": submission(),
    "s02": submission(double="def double(x):\n    return x + 2"),
    "s03": submission(
        double="import warnings\ndef double(x):\n    warnings.warn('careful')\n    return x + x"
    ),
    "s04": submission(double="def double(x):\n    raise NotImplementedError"),
    "s05": submission(predict="def predict(images):\n    return ['1'] * len(images)"),
    "s06": submission(double="def double(x:"),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    for student, nb in CLASS.items():
        hand_in(course, student, nb)
    assignment = load_assignment(NAME, course / "solutions")
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
    scores = {student: cell_scores(NAME, student, course / "work") for student in CLASS}
    ours = {student: sum(v or 0 for v in cells.values()) for student, cells in scores.items()}
    assert exported == pytest.approx(ours)
    assert len(set(exported.values())) > 2


def test_list_runs(course):
    assert "Released assignments" in nbgrader(course, "list").stderr


def test_feedback_is_made_from_what_we_ran(course):
    nbgrader(course, "generate_feedback", NAME, "--student", "s02")
    page = course / "work" / "feedback" / "s02" / NAME / f"{NAME}.html"
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
        submissions = json.loads(_get(port, f"formgrader/api/submissions/{NAME}"))
        assert sorted(s["student"] for s in submissions) == sorted(CLASS)
        assert all(s["autograded"] and s["needs_manual_grade"] for s in submissions)
        listed = _get(port, f"formgrader/api/submitted_notebooks/{NAME}/{NAME}")
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
    holdout = course / "work" / "holdout" / NAME
    environment = nbgrader_baseline.prepare(NAME, notebooks, course, tmp_path, holdout)
    # all survive
    assert nbgrader_baseline.nbgrader(["autograde", NAME], tmp_path, environment, 300)
    ours, theirs = (
        {student: cell_scores(NAME, student, work) for student in CLASS}
        for work in (course / "work", tmp_path / "work")
    )
    assert None not in theirs.values()
    assert ours == theirs


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_while_nbgrader_works_is_one(tmp_path, monkeypatch, number):
    """nbgrader's interface takes it for a failure of its own, and goes on."""

    def interrupt(*_):
        raise KeyboardInterrupt(int(number))

    monkeypatch.setattr(GenerateAssignment, "convert_single_notebook", interrupt)
    course = make_course(tmp_path)
    with pytest.raises(KeyboardInterrupt) as raised:
        register(load_assignment(NAME, course / "solutions"), WorkDir(course / "work"))
    assert raised.value.args == (number,)
