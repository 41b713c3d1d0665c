"""Processes that die cost no submission, and no job is prepared or kept longer than it needs."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
from multiprocessing import forkserver

import pytest

from autograder.assignment import Limits, load_assignment
from autograder.errors import InfrastructureError
from autograder.execution import local_pool
from autograder.execution.job import Result
from autograder.execution.job_factory import JobFactory
from autograder.execution.local_pool import AHEAD, warm_up
from autograder.execution.pool import SECOND_RUN, run_all
from autograder.outcome import Outcome
from tests.support.course import NAME, make_course
from tests.support.jobs import job as job_of
from tests.support.jobs import notebook, printed
from tests.support.processes import find, tree, wait_for

RIGHT = ("double = lambda x: 2 * x", ("assert double(2) == 4",))


def test_jobs_run_even_if_the_parent_of_their_processes_was_just_killed(tmp_path):
    course = make_course(tmp_path)
    maker = JobFactory(load_assignment(NAME, course / "solutions"), None, sandboxed=False)
    job = maker.reference()
    warm_up(job)
    # the attribute is private, and no other way leads to the process
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
    results = dict(run_all([("s01", job), ("s02", job)], 2))
    assert {student: type(result) for student, result in results.items()} == {
        "s01": Result,
        "s02": Result,
    }


def test_a_stuck_process_ends_and_keeps_no_other_submission_waiting(tmp_path, monkeypatch):
    course = make_course(tmp_path)
    maker = JobFactory(load_assignment(NAME, course / "solutions"), None, sandboxed=True)
    job = maker.reference()
    monkeypatch.setattr(local_pool, "STUCK_SECONDS", 0.01)
    stuck = dataclasses.replace(job, limits=Limits(notebook_seconds=0))  # ends before any kernel
    results = dict(run_all([("s01", stuck), ("s02", job)], 2))
    assert {student: type(result) for student, result in results.items()} == {
        "s01": InfrastructureError,
        "s02": Result,
    }


def one_job(folder, *sources, **options):
    *before, tests = (*sources, *RIGHT) if not sources or isinstance(sources[-1], str) else sources
    return job_of(notebook(*before, tests=tests), folder, **options)


def sleepers(seconds: str) -> bool:
    return any(one.words == ("sleep", seconds) for one in tree().values())


@pytest.mark.parametrize("victim", ["bwrap", "holder", "kernel", "worker", "workers' parent"])
def test_what_is_killed_from_outside_runs_once_more_and_costs_nothing(tmp_path, victim):
    """As by the host when it wants memory: nothing in the notebook has to do with it."""
    job = one_job(tmp_path, "import subprocess; subprocess.run(['sleep', '4.25'])")
    results = {}
    running = threading.Thread(target=lambda: results.update(run_all([("s01", job)], 1)))
    running.start()
    wait_for(lambda: sleepers("4.25"))
    os.kill(find(victim)[0], signal.SIGKILL)
    running.join()
    result = results["s01"]
    assert (result.outcome, result.died) == (Outcome.FINISHED, False)
    assert result.notes in ((), (SECOND_RUN,))  # a kernel's death is told, a worker's is ours
    assert printed(result, "t0") == ""


@pytest.mark.parametrize(
    "ends", ["os._exit(3)", "os.kill(os.getpid(), 9)", "os.kill(os.getpid(), 11)"]
)
def test_a_kernel_that_ends_itself_each_time_is_the_students_own(tmp_path, ends):
    job = one_job(tmp_path, f"import os; {ends}")
    ((_, result),) = run_all([("s01", job)], 1)
    assert (result.outcome, result.died) == (Outcome.STUDENT_ERROR, True)
    assert result.notes[0] == SECOND_RUN
    assert "double" in printed(result, "t0") or "died" in printed(result, "t0")


def test_who_dies_on_purpose_gets_the_last_result_not_the_better_one(tmp_path):
    """By chance: nothing of the first run is there in the second, so it cannot be chosen."""
    job = one_job(
        tmp_path,
        "import os, pathlib",
        "mark = pathlib.Path('here before')",
        "again = mark.exists(); mark.touch()",
        "print('again' if again else 'anew')",
        "os._exit(1)",
    )
    ((_, result),) = run_all([("s01", job)], 1)
    assert "anew" in result.notebook
    assert "again\\n" not in result.notebook
    assert result.died


def test_a_time_out_and_a_flood_are_seen_and_run_once(tmp_path):
    """Both end a kernel that does not obey, and that is no riddle."""
    deaf = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    limits = Limits(cell_seconds=1, call_seconds=1, notebook_seconds=60, output_mb=1)
    jobs = [("s01", one_job(tmp_path, deaf, limits=limits))]
    ((_, result),) = run_all(jobs, 1)
    assert (result.outcome, result.died) == (Outcome.TIME_OUT, False)


def test_jobs_are_taken_only_a_few_ahead_and_the_first_result_comes_first(tmp_path):
    taken = []

    def jobs():
        for number in range(8):
            taken.append(number)
            slow = "import time; time.sleep(3)" if number == 0 else "x = 1"
            yield f"s{number}", one_job(tmp_path, slow)

    names = []
    for name, result in run_all(jobs(), 2):
        assert isinstance(result, Result)
        assert len(taken) - len(names) <= 2 + AHEAD
        names.append(name)
    assert names[0] == "s0"
    assert sorted(names) == [f"s{number}" for number in range(8)]


def test_a_broken_pool_is_followed_by_another_that_runs_the_rest(tmp_path, caplog):
    """Only what ran when it broke runs again by itself."""
    jobs = [(f"s{n}", one_job(tmp_path, "import time; time.sleep(2)")) for n in range(6)]
    results, killed = {}, []
    for name, result in run_all(jobs, 2):
        results[name] = result
        if not killed:
            killed += wait_for(lambda: find("worker"))[:1]
            os.kill(killed[0], signal.SIGKILL)
    assert {name: result.outcome for name, result in results.items()} == {
        f"s{n}": Outcome.FINISHED for n in range(6)
    }
    assert caplog.text.count("is lost, and run again") <= 2 + AHEAD


def test_who_stops_asking_for_results_waits_for_no_job(tmp_path):
    jobs = [("s01", one_job(tmp_path, "x = 1"))]
    jobs.append(("s02", one_job(tmp_path, "import subprocess; subprocess.run(['sleep', '60.5'])")))
    results = run_all(jobs, 2)
    next(results)
    wait_for(lambda: sleepers("60.5"))
    results.close()
    wait_for(lambda: not sleepers("60.5"), 30)
    assert not find("worker")
