"""A check runs the file as it is saved, says what is missing, and ends when it is told to."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers.course.background import start
from helpers.course.catalogue import Conditions, load_catalogue, read_solutions, write_catalogue
from helpers.course.check import check_notebook
from helpers.course.cli import main
from helpers.course.errors import NoExerciseError, NotANotebookError
from helpers.course.execute import run_notebook
from helpers.course.report import Report, State, missing, summary
from tests.helpers.course.small import small_notebook, write_small
from tests.support import ROOT


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_small(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def progress():
    return []


@pytest.fixture(scope="module")
def report(path, progress):
    """Return what a check of the small notebook found: one run for all tests."""
    return check_notebook(path, on_cell=lambda done, of: progress.append((done, of)))


def states(report):
    return {one.name: one.state for one in report.findings}


def test_each_exercise_is_in_the_state_that_it_is_in(report):
    assert states(report) == {
        "double": State.PASSES,
        "add-one": State.FAILS,
        "halve": State.OPEN,
        "why": State.WRITTEN,
        "predict": State.PASSES,
    }
    assert [one.points for one in report.findings] == [5, 4, 4, 5, 40]


def test_what_is_missing_is_one_sentence_each(report):
    assert missing(report) == (
        "add-one does not pass: AssertionError: 1 and 1 are 2",
        "halve is still open (4 points).",
        "Cell 12 fails: ZeroDivisionError: division by zero",
    )


def test_what_is_done_is_said_in_the_checks_own_words(report):
    lines = summary(report)
    assert lines[0] == "09_small: 3 of 5 exercises done."
    assert "  double: 2 of 5 points. Hidden checks on other data decide on 3 when" in lines[1]
    assert "Estimate: accuracy 96.99 % on practice images, tier “above 96”" in "\n".join(lines)


def test_the_claim_is_rounded_down(report):
    assert report.estimate.percent == 96


def test_the_bytes_that_were_checked_are_named_by_their_hash(path, report):
    assert report.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert report.peak_mb > 10
    assert 0 < report.slowest <= report.seconds


def test_progress_is_told_before_each_cell(report, progress):
    assert progress == [(n, 13) for n in range(13)]


def test_a_report_passes_between_processes(report):
    assert Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_one_exercise_runs_only_as_far_as_its_checks(path):
    seen = []
    report = check_notebook(path, "add_one", on_cell=lambda done, of: seen.append(of))
    assert states(report) == {"add-one": State.FAILS}
    assert seen == [7] * 7


def test_an_exercise_that_is_none_is_told_with_those_that_are(path):
    with pytest.raises(NoExerciseError, match="'triple': expected double, add-one, halve"):
        check_notebook(path, "triple")


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"cells": 3}'])
def test_what_is_no_notebook_is_one_line(tmp_path, content):
    file = tmp_path / "a.ipynb"
    file.write_bytes(content)
    with pytest.raises(NotANotebookError, match=r"a\.ipynb is no notebook"):
        check_notebook(file)


def test_a_run_has_the_parameters_and_the_limits_of_a_graded_run(tmp_path):
    cells = [
        new_code_cell("quick = False", metadata={"tags": ["parameters"]}),
        new_code_cell("print(quick)"),
        new_code_cell("import time\ntime.sleep(600)"),
        new_code_cell("print('after')"),
    ]
    conditions = Conditions({"cell_seconds": 1}, {"quick": True})
    run = run_notebook(new_notebook(cells=cells), tmp_path, conditions)
    assert [cell.error for cell in run.cells] == ["", "", "it took longer than 1 s", ""]
    assert [cell.outputs[0]["text"] for cell in run.cells[1::2]] == ["True\n", "after\n"]


def test_a_notebook_that_takes_too_long_is_stopped_and_says_so(tmp_path):
    cells = [new_code_cell("import time\ntime.sleep(0.01)"), new_code_cell("print('never')")]
    run = run_notebook(new_notebook(cells=cells), tmp_path, Conditions({"notebook_seconds": 0.001}))
    assert run.stopped == "it took longer than the 0.001 s that a graded run gives it"
    assert len(run.cells) < 2


def test_a_kernel_that_dies_is_told_as_that(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("import os\nos._exit(1)"), new_code_cell("1")])
    run = run_notebook(notebook, tmp_path, Conditions())
    assert run.stopped == "the kernel died in cell 1: most often, it ran out of memory"


def test_the_wheels_copy_of_the_conditions_says_what_run_toml_says():
    written = json.loads(write_catalogue(read_solutions(ROOT / "solutions")))
    assert {name: Conditions(**one) for name, one in written.items()} == load_catalogue()
    assert load_catalogue()["03_svc"].parameters == {"quick": True}


class Recorded:
    """Keeps what a running command says."""

    def __init__(self):
        self.began, self.ended = threading.Event(), threading.Event()
        self.lines = ()

    def progress(self, done, of):
        self.began.set()

    def end(self, lines):
        self.lines = lines
        self.ended.set()


def waiting_notebook(folder):
    """Write a notebook that says which process it is, and then waits for ever."""
    code = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))"
    cells = [new_code_cell(code), new_code_cell("while True:\n    time.sleep(1)")]
    return write_small(folder, new_notebook(cells=cells))


def wait_for(happened, seconds=120):
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


def is_alive(process):
    """Whether a process runs; one that ended and that nobody asked for does not."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_a_check_in_the_background_is_stopped_at_once_and_so_is_its_kernel(tmp_path):
    path = waiting_notebook(tmp_path)
    view = Recorded()
    job = start(["check", str(path)], path.parent, view)
    wait_for((path.parent / "pid").exists)
    wait_for((path.parent / "pid").read_text)
    kernel = int((path.parent / "pid").read_text())
    job.cancel()
    began = time.monotonic()
    assert view.ended.wait(120)
    assert view.lines == ["Stopped."]
    wait_for(lambda: not is_alive(kernel))
    assert time.monotonic() - began < 20


def test_ctrl_c_stops_a_check_in_a_terminal(tmp_path):
    path = waiting_notebook(tmp_path)
    command = [sys.executable, "-m", "helpers.course", "check", str(path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, text=True)
    wait_for((path.parent / "pid").exists)
    wait_for((path.parent / "pid").read_text)
    process.send_signal(2)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130
    assert told.splitlines()[-1] == "course: stopped; nothing was written"
    kernel = int((path.parent / "pid").read_text())
    wait_for(lambda: not is_alive(kernel))


def test_the_command_says_it_as_lines_or_as_json(path, capsys):
    assert main(["check", str(path), "--exercise", "double", "--json"]) == 0
    *progress, last = map(json.loads, capsys.readouterr().out.splitlines())
    assert progress[0] == {"done": 0, "of": 5}
    assert last["lines"][0] == "09_small: 1 of 1 exercises done."
    assert main(["check", str(path), "--exercise", "halve"]) == 1
    assert "  halve is still open (4 points)." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["check", "42"], 1, "course: no notebook '42' in"),
        (["check"], 2, "Missing argument 'NOTEBOOK'"),
        (["submit", "03"], 2, "Missing option '--student'"),
        (["submit", "03", "--student", "s05 (1)"], 1, "course: student 's05 (1)': expected"),
        (["feedback", "03"], 1, "course: no feedback of 03_svc in"),
    ],
    ids=["unknown", "nothing", "nobody", "copy", "none"],
)
def test_errors_are_one_line(words, status, said, capsys, monkeypatch, tmp_path):
    write_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(words) == status
    assert said in capsys.readouterr().err


def write_course(folder):
    """Write a folder with one notebook that has a name of the course's."""
    (folder / "03_svc").mkdir()
    nbformat.write(small_notebook(), folder / "03_svc" / "03_svc.ipynb")
