"""The command line: one line for each error, and what the user asked for otherwise."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cli.app import main
from autograder.execution.prefork import start_early
from autograder.sandbox import availability as host
from autograder.sandbox import policy
from autograder.sandbox.zygote_client import Zygote
from tests.support.course import NAME, hand_in, make_course, submission


@pytest.fixture
def course(tmp_path):
    course = make_course(tmp_path)
    hand_in(course, "s01", submission())
    return course


def run(course, *arguments):
    return main(["--course", str(course), *arguments])


def test_grading_writes_table_csv_and_page(course, capsys):
    assert run(course, "grade", NAME, "--submitted", str(course / "in")) == 0
    assert "s01" in capsys.readouterr().out
    lines = (course / "work" / "report" / "grades.csv").read_text().splitlines()
    assert lines[0] == (
        "student,assignment,outcome,accuracy,low,high,tier,grade,rank,points,max_points,final"
    )
    assert lines[1].startswith("s01,a1,finished,0.0760,")
    page = (course / "work" / "report" / "index.html").read_text()
    assert "held-out seed is public" in page
    assert "without a sandbox" not in page


def test_clusters_are_graded_by_their_rand_index(course, capsys):
    (course / "solutions" / NAME / "tiers.toml").write_text(
        'metric = "ari"\nchance = "0"\n'
        'bands = [{label = "some", from = "0", grades = [0, 90]}]\n'
        '[ranked]\nabove = "0.9"\ngrades = [90, 100]\n'
    )
    by_ink = "def predict(images):\n    return images.mean(axis=(1, 2)).astype(int) // 20 - 1"
    hand_in(course, "s02", submission(predict=by_ink))
    assert run(course, "grade", NAME, "--submitted", str(course / "in")) == 0
    assert capsys.readouterr().out.split()[:3] == ["rank", "student", "ari"]
    with (course / "work" / "report" / "grades.csv").open() as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows["s01"]["ari"] == "0.0000"  # one cluster for all
    score, low, high = (float(rows["s02"][name]) for name in ("ari", "low", "high"))
    assert 0 < low < score < high < 0.2
    assert rows["s02"]["rank"] == "1"


def test_an_unsafe_run_says_so_on_the_page(course):
    arguments = ["grade", NAME, "--submitted", str(course / "in"), "--unsafe"]
    assert run(course, *arguments) == 0
    assert "without a sandbox" in (course / "work" / "report" / "index.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["grade", "a2"], "there are: a1"),
        (["grade", NAME, "--submitted", "in", "--work", "w"], "autograder holdout a1"),
        (["holdout", "a2"], "there are: a1\n"),
        (["holdout", "A1"], "there are: a1; did you mean 'a1'?"),
        (["export", "none.csv", "a11"], "there are: a1; did you mean 'a1'?"),
    ],
)
def test_errors_are_one_line_without_a_traceback(course, arguments, complaint, capsys, monkeypatch):
    monkeypatch.chdir(course)
    assert run(course, *arguments) == 1
    error = capsys.readouterr().err
    assert complaint in error
    assert error.startswith("autograder: ")
    assert error.count("\n") == 1


def test_images_that_are_there_are_kept_and_a_second_time_says_so(tmp_path, capsys):
    course = make_course(tmp_path)
    folder = course / "work" / "holdout" / NAME
    before = (folder / "secret" / "holdout.json").read_bytes()
    assert run(course, "holdout", NAME) == 0
    kept = f"250 held-out images for {NAME} are there already, and kept: {folder}\n"
    assert capsys.readouterr().out == kept
    assert (folder / "secret" / "holdout.json").read_bytes() == before
    shutil.rmtree(folder)
    assert run(course, "holdout", NAME) == 0
    assert capsys.readouterr().out == f"250 held-out images for {NAME} in {folder}\n"


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_workers_are_at_least_one(course, number, capsys):
    assert run(course, "grade", NAME, "--workers", number) == 2
    assert "--workers" in capsys.readouterr().err


def test_a_host_that_cannot_cage_refuses(course, monkeypatch, capsys):
    monkeypatch.setattr(policy, "find_bwrap", lambda: Path("/bin/false"))
    host.require_sandbox.cache_clear()
    assert run(course, "grade", NAME, "--submitted", str(course / "in")) == 1
    assert "cannot cage untrusted code" in capsys.readouterr().err
    assert not (course / "work" / "gradebook.db").exists()


def test_the_command_line_itself_imports_nothing_large():
    code = (
        "import sys, autograder.cli.app; print({'numpy', 'nbgrader', 'papermill'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("content", [None, "not JSON", "[]", '{"cells": [{"cell_type": "code"}]}'])
def test_a_solution_that_tells_nothing_early_is_left_for_later(content, tmp_path):
    notebook = tmp_path / "solution.ipynb"
    if content is not None:
        notebook.write_text(content)
    start_early(notebook, sandboxed=True)


def test_what_kernels_are_forked_from_starts_early(tmp_path):
    cells = [{"cell_type": "code", "source": ["import numpy as np\n"]}]
    notebook = tmp_path / "solution.ipynb"
    notebook.write_text(json.dumps({"cells": cells}))
    Zygote.close_all()
    assert Zygote._running == {}
    start_early(notebook, sandboxed=True)
    assert [*Zygote._running] == ["base"]
    Zygote.close_all()
