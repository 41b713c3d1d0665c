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
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.errors import InfrastructureError, WorkerTracebackError
from autograder.execution.logs import LogSettings, adopt_log_settings, log_about, log_settings
from autograder.execution.prefork import start_workers, worker_context
from autograder.execution.runner import profile_of, run
from autograder.execution.tracebacks import format_error
from autograder.sandbox.zygote_client import Zygote

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Iterator

    from autograder.execution.job import Job, Result

logger = logging.getLogger(__name__)

RETRY_AFTER = (0.0, 1.0)
"""Seconds before each new attempt; a killed process of ours may take a moment to be gone."""

STUCK_SECONDS = 600.0
"""A grading process that is busy so much longer than a notebook may take is stuck."""


@dataclass(frozen=True)
class _Lost:
    """What a grading process gives for a job that it could not run, as plain data."""

    error: InfrastructureError
    traceback: str


def warm_up(job: Job) -> None:
    """Start what a job will need in the background, while there are other things to do."""
    start_workers()
    _zygotes([job])


def run_all(
    jobs: dict[str, Job], workers: int
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    """Run all jobs; whatever our own machinery lost is run again, by itself.

    What was lost at first is logged here, and an error that is yielded where it is dealt with.
    """
    lost: list[str] = []
    for student, result in _run_in_pool(jobs, workers):
        if isinstance(result, InfrastructureError):
            logger.warning("%r is lost, and run again", student, exc_info=result)
            lost.append(student)
        else:
            yield student, result
    for student in lost:
        yield student, _run_again(student, jobs[student])


def _run_again(student: str, job: Job) -> Result | InfrastructureError:
    *earlier, last = RETRY_AFTER
    for pause in earlier:
        result = _run_alone(student, job, pause)
        if not isinstance(result, InfrastructureError):
            return result
        logger.warning("%r is lost again, and run again", student, exc_info=result)
    return _run_alone(student, job, last)


def _run_alone(student: str, job: Job, pause: float) -> Result | InfrastructureError:
    time.sleep(pause)
    try:
        ((_, result),) = _run_in_pool({student: job}, 1)
    except InfrastructureError as error:  # not even a fork server: others may still get one
        return error
    return result


def _run_in_pool(
    jobs: dict[str, Job], workers: int
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    zygotes = _zygotes(jobs.values())
    facts = (zygotes, log_settings())
    with ProcessPoolExecutor(workers, worker_context(), _prepare_worker, facts) as pool:
        students = {_submit(pool, student, job): student for student, job in jobs.items()}
        try:
            for future in as_completed(students):
                yield students[future], _result_of(future)
        finally:
            pool.shutdown(cancel_futures=True)


def _run_within(seconds: float, student: str, job: Job) -> Result | _Lost:
    """Run a job, or have this process killed: a stuck one would keep the class waiting for ever."""
    # by the system, whatever this process is stuck in; a job's own limits act long before
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with log_about(student):
            return run(job)
    except Exception as error:  # noqa: BLE001  # as plain data: not every exception can be pickled
        return _Lost(_as_ours(error), "\n".join(format_error(error)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _submit(pool: ProcessPoolExecutor, student: str, job: Job) -> Future[Result | _Lost]:
    try:
        seconds = job.limits.notebook_seconds + STUCK_SECONDS
        return pool.submit(_run_within, seconds, student, job)
    except (BrokenProcessPool, EOFError, OSError) as error:  # their parent was killed: none starts
        failed: Future[Result | _Lost] = Future()
        failed.set_exception(_because(InfrastructureError(f"no grading process: {error!r}"), error))
        return failed


def _zygotes(jobs: Iterable[Job]) -> list[tuple[str, int, socket.socket]]:
    """Start what the jobs' kernels are forked from, once for all workers."""
    profiles = {profile_of(job) for job in jobs if job.sandboxed}
    zygotes = [Zygote.of(profile) for profile in sorted(profiles)]
    return [(zygote.profile, zygote.pid, zygote.control) for zygote in zygotes]


def _result_of(future: Future[Result | _Lost]) -> Result | InfrastructureError:
    """Return a job's result, or why there is none: an error whose cause says where it arose."""
    try:
        result = future.result()
    except BrokenProcessPool as error:
        return _because(InfrastructureError(f"a grading process died: {error}"), error)
    except Exception as error:  # noqa: BLE001  # a bug of ours must not become a student's zero
        return _as_ours(error)
    if isinstance(result, _Lost):
        return _because(result.error, WorkerTracebackError(result.traceback))
    return result


def _as_ours(error: Exception) -> InfrastructureError:
    if isinstance(error, InfrastructureError):
        return error
    return _because(InfrastructureError(f"{type(error).__name__}: {error}"), error)


def _because(error: InfrastructureError, cause: Exception) -> InfrastructureError:
    error.__cause__ = cause
    return error


def _prepare_worker(zygotes: list[tuple[str, int, socket.socket]], logs: LogSettings) -> None:
    adopt_log_settings(logs)
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
