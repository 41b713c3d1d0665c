"""A bug of ours costs nobody else a grade, and leaves its whole traceback where a row says."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import signal
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import pytest

from autograder.assignment import load_assignment
from autograder.cli.app import main
from autograder.cli.exit_codes import ExitCode
from autograder.errors import InfrastructureError
from autograder.execution.job import Job, Result
from autograder.execution.job_factory import JobFactory
from autograder.execution.logs import log_to_file
from autograder.execution.pool import run_all
from autograder.gradebook.store import record_scores
from autograder.grading import submission_grader
from helpers.data import load_sample
from tests.support import course as tiny

SEED = "a seed that nobody may read"
SAYS = "I am number {}."


class AwkwardError(Exception):
    """Cannot be made again from what it was made of, as many an exception of a library."""

    def __init__(self, what, why):
        super().__init__(f"{what}, {why}")


def buggy_share():
    return len([]) / len([])


def awkward():
    raise AwkwardError("one", "two")


def ours():
    raise InfrastructureError("no kernel today")


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def talkative():
    logging.getLogger("autograder.tests").warning("a word from %s", "a worker")
    return {}


BUGS = {f.__name__: f for f in (buggy_share, awkward, ours, killed, talkative)}


@dataclass(frozen=True)
class BuggyJob(Job):
    """A job in which a grading process meets a bug: there alone are parameters looked at."""

    bug: str = ""

    def __getattribute__(self, name):
        if name == "parameters":
            return BUGS[self.bug]()
        return super().__getattribute__(name)


def as_buggy(job, bug):
    return BuggyJob(**vars(job), bug=bug)


def broken_restore(path, release, restore=submission_grader.restore_text):
    restored = restore(path, release)
    if "s01" in path.parts:
        return {"notebook": restored}["no such key"]
    return restored


def broken_make(factory, nb, files=None, make=JobFactory.make):
    job = make(factory, nb, files or {})
    return as_buggy(job, "buggy_share") if SAYS.format(2) in job.notebook else job


def broken_record(gradebook, nb, assignment, student, *rest, record=record_scores):
    points = record(gradebook, nb, assignment, student, *rest)
    return points + None if student == "s03" else points


@dataclass
class Graded:
    """What a class with three bugs in its way left."""

    status: int
    out: str
    err: str
    log: str
    mode: int


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = tiny.make_course(tmp_path_factory.mktemp("course"))
    described = course / "work" / "holdout" / tiny.NAME / "secret" / "holdout.json"
    described.write_text(json.dumps(json.loads(described.read_text()) | {"seed": SEED}))
    for number in range(1, 5):
        tiny.hand_in(course, f"s0{number}", tiny.submission(why=SAYS.format(number)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submission_grader, "restore_text", broken_restore)
        patch.setattr(submission_grader, "record_scores", broken_record)
        patch.setattr(JobFactory, "make", broken_make)
        with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
            words = ["--course", str(course), "-vv", "grade", tiny.NAME, "--workers", "2"]
            status = main([*words, "--submitted", str(course / "in")])
    log = course / "work" / "grader.log"
    mode = log.stat().st_mode & 0o777
    return Graded(status, out.getvalue(), err.getvalue(), log.read_text(), mode)


def entry_of(graded, student):
    """Return the entry of the log that a student's row names."""
    (row,) = (line for line in graded.out.splitlines() if student in line.split()[:2])
    assert "infrastructure" in row
    assert "not graded, and not the student's fault: " in row
    (name,) = re.findall(r"\(grader\.log, entry ([0-9a-f]{8})\)", row)
    (start,) = re.finditer(rf"^\S+ ERROR .*: entry {name}: .*$", graded.log, re.MULTILINE)
    rest = graded.log[start.end() :]
    return start[0] + re.match(r"(\n    .*)*", rest)[0]


@pytest.mark.parametrize(
    ("student", "frames", "error"),
    [
        ("s01", ["_restore", "broken_restore"], "KeyError: 'no such key'"),
        ("s02", ["_run_within", "_parameters", "buggy_share"], "ZeroDivisionError: division"),
        ("s03", ["_write", "broken_record"], "TypeError: can only concatenate"),
    ],
)
def test_a_row_names_the_entry_with_the_whole_traceback(graded, student, frames, error):
    entry = entry_of(graded, student)
    assert "Traceback (most recent call last):" in entry
    for frame in frames:
        assert re.search(rf'^    +File ".*", line \d+, in {frame}$', entry, re.MULTILINE), entry
    assert f"    {error}" in entry
    assert f" {student}]: entry " in entry
    assert re.search(r"assignment a1, submission sha256 [0-9a-f]{64}", entry)
    for package in ("python", "grader", "nbgrader", "papermill", "nbclient"):
        assert re.search(rf"^    versions: .*{package} \d", entry, re.MULTILINE)


def test_the_class_goes_on(graded):
    assert graded.status == ExitCode.NOT_GRADED
    assert "s04: finished" in graded.err
    assert "4 submissions in " in graded.out


def test_what_is_run_again_leaves_the_traceback_of_each_time(graded):
    lost = re.findall(r"WARNING autograder\.execution\.pool .* 's02' is (.*)$", graded.log, re.M)
    assert lost == ["lost, and run again", "lost again, and run again"]
    assert graded.log.count("in buggy_share") == 3


def test_the_log_is_its_owners_and_holds_no_secret(graded):
    assert graded.mode == 0o600
    labels = load_sample()[3]
    for text in (graded.log, graded.err):
        assert SEED not in text
        assert "double(21)" not in text
        assert "for other numbers" not in text
        assert str(labels[:8].tolist())[1:-1] not in text


def test_details_are_for_the_terminal_alone(graded):
    assert " DEBUG autograder." in graded.err
    assert " DEBUG " not in graded.log
    assert " INFO autograder.grading.pipeline " in graded.log


# What a grading process may meet


@pytest.fixture
def job(tmp_path):
    course = tiny.make_course(tmp_path)
    factory = JobFactory(load_assignment(tiny.NAME, course / "solutions"), None, sandboxed=False)
    return factory.reference()


@pytest.mark.parametrize(
    ("bug", "says"),
    [
        ("awkward", "AwkwardError: one, two"),
        ("ours", "no kernel today"),
        ("killed", "a grading process died"),
    ],
)
def test_what_ends_a_job_is_its_own_error_and_no_others(job, tmp_path, bug, says):
    with log_to_file(tmp_path / "grader.log"):
        results = dict(run_all([("s01", as_buggy(job, bug)), ("s02", job)], 2))
    assert isinstance(results["s02"], Result)
    assert isinstance(results["s01"], InfrastructureError)
    assert str(results["s01"]).startswith(says)
    log = (tmp_path / "grader.log").read_text()
    assert says in log
    assert f"in {bug}\n" in log or bug == "killed"


def test_what_a_grading_process_logs_is_in_the_file_too(job, tmp_path):
    with log_to_file(tmp_path / "grader.log"):
        ((_, result),) = run_all([("s01", as_buggy(job, "talkative"))], 1)
    assert isinstance(result, Result)
    log = (tmp_path / "grader.log").read_text()
    found = re.search(r" WARNING autograder\.tests \[(\d+) s01\]: a word from a worker\n", log)
    assert int(found[1]) != os.getpid()


def test_a_class_is_graded_where_no_log_can_be_written(tmp_path, capsys):
    course = tiny.make_course(tmp_path)
    tiny.hand_in(course, "s01", tiny.submission())
    (course / "work" / "grader.log").mkdir()
    words = ["--course", str(course), "grade", tiny.NAME, "--submitted", str(course / "in")]
    assert main(words) == 0
    printed = capsys.readouterr()
    assert "finished" in printed.out
    assert printed.err.count("grader.log cannot be written") == 1
