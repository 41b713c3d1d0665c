"""Each exit code, by a real command: what a script that grades at night goes by."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.cli.exit_codes import ExitCode
from autograder.evidence.entries import RUN
from autograder.evidence.log import read_log
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.course import NAME, hand_in, knowing, make_course, submission

SLOW = "import time\ntime.sleep(4)\ndef double(x):\n    return 2 * x"


def start(course, *words):
    command = [sys.executable, "-m", "autograder", "--course", str(course), *words]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )


def run(course, *words):
    """Return a command's exit code and what it said."""
    with start(course, *words) as process:
        said = "".join(process.communicate())
    return process.returncode, said


def grade(course, folder="in"):
    return run(course, "grade", NAME, "--submitted", str(course / folder), "--workers", "1")


def entries(course):
    return read_log(WorkDir(course / "work").evidence(NAME)).entries


def published(course):
    path = WorkDir(course / "work").published(NAME) / "grades.csv"
    return path.read_text() if path.exists() else None


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A class of four that was graded and published."""
    course = make_course(tmp_path_factory.mktemp("told"))
    for number in range(4):
        predict = knowing(range(3 * number))
        hand_in(course, f"s0{number + 1}", submission(predict=predict))
    code, said = grade(course)
    assert code == ExitCode.DONE, said
    assert run(course, "publish", NAME)[0] == ExitCode.DONE
    return course


@pytest.fixture
def course(told, tmp_path):
    return Path(shutil.copytree(told, tmp_path / "course"))


def test_the_numbers_are_those_that_scripts_know():
    codes = {code.name: int(code) for code in ExitCode}
    assert codes == {
        "DONE": 0, "ERROR": 1, "USAGE": 2, "NOT_GRADED": 3, "NO_SUBMISSIONS": 4,
        "CUT_SHORT": 5, "WITHHELD": 6, "HUNG_UP": 129, "INTERRUPTED": 130, "TERMINATED": 143,
    }  # fmt: skip
    text = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    assert all(f"\n| {code:d} | " in text for code in ExitCode)


def test_an_error_ends_with_1(course):
    code, said = run(course, "grade", "a2")
    assert (code, said.count("\n")) == (1, 1)


def test_a_wrong_command_line_ends_with_2(course):
    assert run(course, "publish", NAME, "--force")[0] == 2


def test_somebody_who_is_not_graded_ends_with_3(course):
    (course / "in" / "s05").mkdir()
    assert grade(course)[0] == 3
    assert run(course, "rescore", NAME)[0] == 3
    assert run(course, "publish", NAME)[0] == 3


@pytest.mark.parametrize(
    "kind", ["missing", "empty", "of folders", "of other files", "of a course"]
)
def test_a_folder_without_a_submission_ends_with_4_and_records_nothing(course, kind):
    folder = course / "elsewhere"
    if kind != "missing":
        folder.mkdir()
    if kind == "of folders":
        for name in ("docs", "tests"):
            (folder / name).mkdir()
    if kind == "of a course":
        shutil.copytree(course / "solutions", folder / "solutions")
        shutil.copy(course / "nbgrader_config.py", folder)
    if kind == "of other files":
        (folder / "grades.xlsx").write_text("no notebook")
    before, report = len(entries(course)), (course / "work/report/grades.csv").read_bytes()
    code, said = grade(course, "elsewhere")
    assert code == 4, said
    assert said.splitlines()[-1].startswith("autograder: ")
    assert str(folder) in said
    assert "Traceback" not in said
    assert len(entries(course)) == before
    assert (course / "work/report/grades.csv").read_bytes() == report
    assert run(course, "publish", NAME)[0] == 0
    assert published(course).count("\n") == 5


def interrupted(course):
    """Stop a run of the class, as Ctrl-C does, once two of the four are on record."""
    hand_in(course, "s04", submission(double=SLOW, predict=knowing()))
    hand_in(course, "s03", submission(double=SLOW, predict=knowing()))
    before = len(entries(course))
    words = ("grade", NAME, "--submitted", str(course / "in"), "--workers", "1")
    with start(course, *words) as process:
        deadline = time.monotonic() + 300
        while len(entries(course)) < before + 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said = "".join(process.communicate(timeout=60))
    found = entries(course)
    assert [entry.body["kind"] for entry in found].count(RUN) == 2
    return process.returncode, said


def test_a_run_that_was_cut_short_ends_with_130_and_is_no_class(course):
    """The other commands say so with 5, and go by the run before only with consent."""
    code, said = interrupted(course)
    assert code == 130, said
    done = len(entries(course)) - 1 - [e.body["kind"] for e in entries(course)].index("published")
    extent = f"recorded {done - 1} of 4 submissions and was cut short"
    before = published(course)
    for command in ("rescore", "publish", "diff"):
        code, said = run(course, command, NAME)
        assert code == 5, said
        assert extent in said
    assert published(course) == before
    assert run(course, "rescore", NAME, "--yes")[0] == 0
    assert extent in (course / "work/report/index.html").read_text()
    assert run(course, "publish", NAME, "--yes")[0] == 0
    assert published(course).count("\n") == 5
    assert published(course) == before
    assert grade(course)[0] == 0
    assert run(course, "publish", NAME)[0] == 0


def test_a_first_run_that_was_cut_short_is_never_published(tmp_path):
    course = make_course(tmp_path)
    for number in range(4):
        hand_in(course, f"s0{number + 1}", submission())
    path = WorkDir(course / "work").evidence(NAME)
    path.parent.mkdir()
    path.touch()
    words = ("grade", NAME, "--submitted", str(course / "in"), "--workers", "1")
    hand_in(course, "s04", submission(double=SLOW))
    hand_in(course, "s03", submission(double=SLOW))
    with start(course, *words) as process:
        deadline = time.monotonic() + 300
        while path.read_bytes().count(b"\n") < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    for command in ("rescore", "publish"):
        code, said = run(course, command, NAME, "--yes")
        assert code == 5, said
        assert "no earlier run was complete: grade the class again" in said
    assert published(course) is None


def test_a_mark_that_would_be_lost_ends_with_6_without_consent(course):
    (course / "in" / "s01.ipynb").unlink()
    hand_in(course, "s02", submission())
    assert grade(course)[0] == 0
    before = published(course)
    code, said = run(course, "publish", NAME)
    assert code == 6, said
    assert "for 1 of 4 in the published class would lose mark or row: s01 (and lower: s02 " in said
    assert "--yes" in said
    assert published(course) == before
    code, said = run(course, "publish", NAME, "--yes")
    assert code == 0
    assert "Without a mark now: s01" in said
    assert "Lower than before: s02 " in said
    assert "s01" not in published(course)
    assert run(course, "publish", NAME)[0] == 0  # what is gone is not lost once more
