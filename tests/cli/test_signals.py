"""A signal ends the command soon, in one line, with what was recorded, and leaves nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from autograder.cli.signals import ENDING, raise_at_signals
from autograder.evidence.log import read_log
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.processes import alive, tree, wait_for

SLEEPS = "import subprocess\nsubprocess.run(['sleep', '300.25'])"
SCRIPT = """\
import sys
from autograder.cli.app import main
if __name__ == "__main__":
    sys.exit(main())
"""
"""What installers write."""

LIMITS = "[limits]\ncell_seconds = 900\nnotebook_seconds = 900\n"


def command(course, *options):
    words = [sys.executable, "-m", "autograder.cli.app", "--course", str(course)]
    return [*words, "grade", NAME, "--submitted", str(course / "in"), *options]


def start(course, **options):
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command(course, "--workers", "2"), stdout=pipe, stderr=pipe, text=True, **options
    )


@pytest.fixture
def course(tmp_path):
    course = make_course(tmp_path)
    (course / "solutions" / NAME / "run.toml").write_text(f"[holdout]\nsize = 250\n{LIMITS}")
    return course


@pytest.mark.parametrize(("number", "status"), [(2, 130), (15, 143), (1, 129)])
def test_a_signal_tells_what_is_recorded_and_leaves_no_process(course, number, status):
    hand_in(course, "s01", submission())
    hand_in(course, "s02", submission(double=SLEEPS))
    grader = start(course)
    try:
        log = WorkDir(course / "work").evidence(NAME)
        # its run, and its first submission
        wait_for(lambda: log.exists() and len(read_log(log).entries) == 2)
        wait_for(lambda: any("300.25" in one.words for one in tree(grader.pid).values()))
        children = [pid for pid in tree(grader.pid) if pid != grader.pid]
        grader.send_signal(number)
        output, errors = grader.communicate(timeout=120)
    finally:
        grader.kill()
    assert grader.returncode == status, errors
    how = "interrupted" if number == 2 else f"ended by {signal.Signals(number).name}"
    assert errors.splitlines()[-2:] == [
        "1 of 2 submissions are recorded",
        f"autograder: {how}; what was recorded so far is kept",
    ]
    assert "Traceback" not in output + errors
    wait_for(lambda: not any(map(alive, children)), 60)


@pytest.mark.slow
def test_a_signal_at_any_moment_of_the_start_is_one_line(course):
    """At chance moments, imports among them: errors of an interrupt there may be swallowed."""
    hand_in(course, "s01", submission(double=SLEEPS))
    chance = random.Random(0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) * 4:
        grader = start(course)
        try:
            wait_for(partial(started, grader.pid))
            time.sleep(chance.uniform(0, 3))  # which moment it is, is not waited for
            grader.send_signal(number)
            output, errors = grader.communicate(timeout=120)
        finally:
            grader.kill()
        assert grader.returncode == 128 + number, errors
        assert errors.splitlines()[-1].startswith("autograder: ")
        assert "Traceback" not in output + errors


def started(pid: int) -> bool:
    """Whether it catches the signals already."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    caught = next(int(line.split()[1], 16) for line in lines if line.startswith("SigCgt"))
    return bool(caught >> (signal.SIGTERM - 1) & 1)


def test_what_is_ignored_stays_ignored():
    """As by nohup: a terminal that closes ends nothing then."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with raise_at_signals():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_handlers_are_as_before_afterwards():
    before = [signal.getsignal(number) for number in ENDING]
    with raise_at_signals():
        assert [signal.getsignal(number) for number in ENDING] != before
    with pytest.raises(KeyboardInterrupt) as caught, raise_at_signals():
        os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.args == (signal.SIGTERM,)
    for number, handler in zip(ENDING, before, strict=True):
        signal.signal(number, handler)


def test_grading_processes_end_without_a_word(course, tmp_path):
    """They import the command's own script, and are ended by SIGTERM."""
    script = tmp_path / "autograder"
    script.write_text(SCRIPT)
    hand_in(course, "s01", submission())
    words = [sys.executable, str(script), *command(course)[3:]]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "s01: finished" in done.stderr
    assert "autograder: " not in done.stderr


INTERRUPTED = """\
import sys
from autograder.cli.signals import status_of
try:
    exec("raise KeyboardInterrupt(1)")
except KeyboardInterrupt as interrupt:
    status = status_of(interrupt)
sys.exit(status)
"""
"""As where a signal comes while a dataclass is being made."""


def test_the_status_is_the_signals_wherever_it_was_raised(tmp_path):
    """Python would end itself by SIGINT, and its status be that."""
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    command = [sys.executable, "-m", "interrupted"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 129
