"""Grading processes that die cost no submission."""

import dataclasses
import os
import signal
from multiprocessing import forkserver

from autograder.assignment import Limits, load_assignment
from autograder.errors import InfrastructureError, ZygoteError
from autograder.execution import pool
from autograder.execution.job import Result
from autograder.execution.job_factory import JobFactory
from autograder.execution.pool import run_all, warm_up
from tests.support.course import NAME, make_course


def test_jobs_run_even_if_the_parent_of_their_processes_was_just_killed(tmp_path):
    course = make_course(tmp_path)
    maker = JobFactory(load_assignment(NAME, course / "solutions"), None, sandboxed=False)
    job = maker.reference()
    warm_up(job)
    # the attribute is private, and no other way leads to the process
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
    results = dict(run_all({"s01": job, "s02": job}, 2))
    assert {student: type(result) for student, result in results.items()} == {
        "s01": Result,
        "s02": Result,
    }


def test_a_stuck_process_ends_and_keeps_no_other_submission_waiting(tmp_path, monkeypatch):
    course = make_course(tmp_path)
    maker = JobFactory(load_assignment(NAME, course / "solutions"), None, sandboxed=True)
    job = maker.reference()
    monkeypatch.setattr(pool, "STUCK_SECONDS", 0.01)
    stuck = dataclasses.replace(job, limits=Limits(notebook_seconds=0))  # ends before any kernel
    results = dict(run_all({"s01": stuck, "s02": job}, 2))
    assert {student: type(result) for student, result in results.items()} == {
        "s01": InfrastructureError,
        "s02": Result,
    }


def test_lost_submissions_keep_their_names_where_no_fork_server_starts_again(tmp_path, monkeypatch):
    course = make_course(tmp_path)
    maker = JobFactory(load_assignment(NAME, course / "solutions"), None, sandboxed=False)
    job = dataclasses.replace(maker.reference(), notebook="no notebook")  # no process can run it
    asked = []

    def refuse_later(_):
        asked.append(1)
        if len(asked) > 1:
            raise ZygoteError(profile="base", reason="did not start")
        return []

    monkeypatch.setattr(pool, "_zygotes", refuse_later)
    results = dict(run_all({"s01": job, "s02": job}, 2))
    assert {student: type(result) for student, result in results.items()} == {
        "s01": ZygoteError,
        "s02": ZygoteError,
    }
    assert len(asked) > 2
