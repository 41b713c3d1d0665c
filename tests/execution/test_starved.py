"""A time limit is for computing: who waited for a processor that others had runs again."""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest

from autograder.errors import InfrastructureError
from autograder.execution import pool
from autograder.execution.job import Result
from autograder.execution.session import KernelSession
from autograder.execution.timing import longest_wait, waited_seconds
from autograder.outcome import Outcome
from tests.support.kernels import run_cell

ENDLESS = "while True:\n    pass"
SLEEPS = "import time\ntime.sleep(3600)"


@contextmanager
def neighbours(number):
    """Keep a processor busy by so many processes."""
    busy = f"import os\nos.sched_setaffinity(0, [0])\n{ENDLESS}"
    processes = [subprocess.Popen([sys.executable, "-S", "-c", busy]) for _ in range(number)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run_on_one_processor(source):
    async def main():
        async with KernelSession("sandbox-warm", 1, {"profile": "base"}) as kernel:
            for task in waited_seconds(kernel._pid()):
                os.sched_setaffinity(task, [0])
            cell, outcome = await run_cell(kernel, source, 3)
            return outcome, kernel.starved, cell

    return asyncio.run(main())


def test_who_computes_beside_many_is_starved():
    with neighbours(8):
        outcome, starved, _ = run_on_one_processor(ENDLESS)
    assert (outcome, starved) == (Outcome.TIME_OUT, True)


def test_who_sleeps_beside_many_is_not():
    with neighbours(8):
        outcome, starved, _ = run_on_one_processor(SLEEPS)
    assert (outcome, starved) == (Outcome.TIME_OUT, False)


def test_a_wait_is_that_of_one_thread():
    assert longest_wait({1: 5.0, 2: 1.0}, {1: 5.5, 2: 3.0, 3: 0.25}) == 2.0
    assert longest_wait({}, {}) == 0.0
    assert waited_seconds(None) == {}
    assert os.getpid() in waited_seconds(os.getpid())


STARVED = Result("{}", Outcome.TIME_OUT, ("t1: time-out",), starved=True)
FINISHED = Result("{}", Outcome.FINISHED, ())
SLOW = replace(STARVED, starved=False)

SECOND = {
    "finished": (FINISHED, Outcome.FINISHED),
    "too slow by itself": (SLOW, Outcome.TIME_OUT),
    "starved again": (STARVED, Outcome.TIME_OUT),
    "died": (replace(FINISHED, outcome=Outcome.STUDENT_ERROR, died=True), Outcome.STUDENT_ERROR),
}


@pytest.mark.parametrize("name", sorted(SECOND))
def test_what_was_starved_runs_once_more_alone_and_that_counts(monkeypatch, name):
    second, outcome = SECOND[name]
    given, asked = iter([FINISHED, STARVED, FINISHED, second]), []

    def run_in_pool(jobs, workers, open_pool):
        asked.append(workers)
        for student, job in jobs:
            yield student, job, next(given)

    monkeypatch.setattr(pool, "_run_in_pool", run_in_pool)
    named = zip(("reference", "s01", "s02"), itertools.repeat(None))  # endless
    found = dict(pool.run_all(named, 4))
    assert list(found) == ["reference", "s02", "s01"]
    assert asked == [4, 1]
    assert found["s01"].outcome is outcome
    assert found["s01"].notes[0] == pool.STARVED_RUN
    assert not isinstance(found["s02"], InfrastructureError)
