"""Run many jobs in worker processes: plain data goes out, plain data comes back."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from autograder.errors import InfrastructureError
from autograder.execution.prefork import start_workers, worker_context
from autograder.execution.runner import profile_of, run
from autograder.sandbox.zygote_client import Zygote

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Iterator

    from autograder.execution.job import Job, Result

RETRY_AFTER = (0.0, 1.0)
"""Seconds before each new attempt; a killed process of ours may take a moment to be gone."""

STUCK_SECONDS = 600.0
"""A grading process that is busy so much longer than a notebook may take is stuck."""


def warm_up(job: Job) -> None:
    """Start what a job will need in the background, while there are other things to do."""
    start_workers()
    _zygotes([job])


def run_all(
    jobs: dict[str, Job], workers: int
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    """Run all jobs; whatever our own machinery lost is run again, by itself."""
    lost: dict[str, InfrastructureError] = {}
    for student, result in _run_in_pool(jobs, workers):
        if isinstance(result, InfrastructureError):
            lost[student] = result
        else:
            yield student, result
    for student, error in lost.items():
        yield student, _run_again(jobs[student], error)


def _run_again(job: Job, error: InfrastructureError) -> Result | InfrastructureError:
    for pause in RETRY_AFTER:
        time.sleep(pause)
        try:
            ((_, result),) = _run_in_pool({"": job}, 1)
        except InfrastructureError as lost:  # not even a fork server: others may still get one
            result = lost
        if not isinstance(result, InfrastructureError):
            return result
        error = result
    return error


def _run_in_pool(
    jobs: dict[str, Job], workers: int
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    zygotes = _zygotes(jobs.values())
    with ProcessPoolExecutor(workers, worker_context(), _prepare_worker, (zygotes,)) as pool:
        students = {_submit(pool, job): student for student, job in jobs.items()}
        try:
            for future in as_completed(students):
                yield students[future], _result_of(future)
        finally:
            pool.shutdown(cancel_futures=True)


def _run_within(seconds: float, job: Job) -> Result:
    """Run a job, or have this process killed: a stuck one would keep the class waiting for ever."""
    # by the system, whatever this process is stuck in; a job's own limits act long before
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return run(job)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _submit(pool: ProcessPoolExecutor, job: Job) -> Future[Result]:
    try:
        return pool.submit(_run_within, job.limits.notebook_seconds + STUCK_SECONDS, job)
    except (BrokenProcessPool, EOFError, OSError) as error:  # their parent was killed: none starts
        failed: Future[Result] = Future()
        failed.set_exception(InfrastructureError(f"no grading process: {error!r}"))
        return failed


def _zygotes(jobs: Iterable[Job]) -> list[tuple[str, int, socket.socket]]:
    """Start what the jobs' kernels are forked from, once for all workers."""
    profiles = {profile_of(job) for job in jobs if job.sandboxed}
    zygotes = [Zygote.of(profile) for profile in sorted(profiles)]
    return [(zygote.profile, zygote.pid, zygote.control) for zygote in zygotes]


def _result_of(future: Future[Result]) -> Result | InfrastructureError:
    try:
        return future.result()
    except InfrastructureError as error:
        return error
    except BrokenProcessPool as error:
        return InfrastructureError(f"a grading process died: {error}")
    except Exception as error:  # noqa: BLE001 - a bug of ours must not become a student's zero
        return InfrastructureError(f"{type(error).__name__}: {error}")


def _prepare_worker(zygotes: list[tuple[str, int, socket.socket]]) -> None:
    threading.Thread(target=_end_with_grader, daemon=True).start()
    for zygote in zygotes:
        Zygote.adopt(*zygote)
    for name in ("papermill", "nbclient", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _end_with_grader() -> None:
    """End when the grader does, however that ends: its fork server would keep a worker for ever."""
    grader = multiprocessing.parent_process()
    assert grader is not None
    grader.join()
    os._exit(1)
