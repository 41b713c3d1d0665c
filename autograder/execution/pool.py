"""Run many jobs in worker processes: plain data goes out, plain data comes back.

Jobs are taken a few ahead of the workers, and nothing is kept of one that is done: a class may have
any number of them.
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from autograder.errors import InfrastructureError, WorkerTracebackError
from autograder.execution.job import Result
from autograder.execution.logs import LogSettings, adopt_log_settings, log_about, log_settings
from autograder.execution.memory_guard import bound_memory
from autograder.execution.runner import profile_of, run
from autograder.execution.tracebacks import format_error
from autograder.sandbox.worker_server import start_workers, worker_context
from autograder.sandbox.zygote_client import Zygote
from autograder.sandbox.zygote_lender import ZygoteLender, borrow_from

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Iterator

    from autograder.execution.job import Job

logger = logging.getLogger(__name__)

AHEAD = 2
"""How many jobs wait for a free worker, so that none waits for the grader."""

RETRY_AFTER = (0.0, 1.0)
"""Seconds before each new attempt; a killed process of ours may take a moment to be gone."""

STUCK_SECONDS = 600.0
"""A grading process that is busy so much longer than a notebook may take is stuck."""

SECOND_RUN = "its kernel died in a first run, and nothing tells why: this second run counts"
"""What is noted with a result that is not the first one."""

STARVED_RUN = "a first run got too little of the processor: this second one, alone, counts"
"""The same, where time was over that others had."""


@dataclass(frozen=True)
class _Lost:
    """What a grading process gives for a job that it could not run, as plain data."""

    error: InfrastructureError
    traceback: str


def warm_up(job: Job) -> None:
    """Start what a job will need in the background, while there are other things to do."""
    start_workers()
    if job.sandboxed:
        Zygote.of(profile_of(job))


def run_all(
    jobs: Iterable[tuple[str, Job]], workers: int
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    """Run all jobs; whatever did not end by itself is run again, alone.

    That is what our own machinery lost, a submission whose time was over while it waited for a
    processor, and one whose kernel died without a cause that anybody saw: a person, or the host for
    want of memory, may have ended it. Which of its runs
    counts is not for the submission to choose: it is the last one.
    What was lost at first is logged here, and an error that is yielded where it is dealt with.

    Parameters
    ----------
    jobs : iterable of (str, Job)
        By name; each is taken when a worker will soon be free for it.
    workers : int
        Jobs at a time.

    Yields
    ------
    name : str
    result : Result or InfrastructureError
        The first job's first, all others in the order of completion.
    """
    lost: list[tuple[str, Job, Result | InfrastructureError]] = []
    for number, (name, job, result) in enumerate(_run_in_pools(iter(jobs), workers)):
        if not _is_lost(result):
            yield name, result
        elif number == 0:  # all others wait for it
            yield name, _run_again(name, job, result)
        else:
            lost.append((name, job, _without_notebook(result)))
    for name, job, result in lost:
        yield name, _run_again(name, job, result)


def _is_lost(result: Result | InfrastructureError) -> bool:
    return isinstance(result, InfrastructureError) or result.died or result.starved


def _is_starved(result: Result | InfrastructureError) -> bool:
    return isinstance(result, Result) and result.starved and not result.died


def _without_notebook(result: Result | InfrastructureError) -> Result | InfrastructureError:
    return replace(result, notebook="") if isinstance(result, Result) else result


def _run_again(
    name: str, job: Job, lost: Result | InfrastructureError
) -> Result | InfrastructureError:
    """Run a job once more, and again if our own machinery loses it then."""
    result = lost
    died = isinstance(lost, Result)
    for number, pause in enumerate(RETRY_AFTER):
        error = result if isinstance(result, InfrastructureError) else None
        why = "for it was starved" if _is_starved(lost) else "for its kernel died"
        what = "lost" if error else f"lost, {why}"
        again = " again" if number else ""
        logger.warning("%r is %s%s, and run again", name, what, again, exc_info=error)
        time.sleep(pause)
        result = _run_alone(name, job)
        if isinstance(result, Result) and (died or not result.died):
            break
        died |= isinstance(result, Result)
    if died and isinstance(result, Result):
        told = STARVED_RUN if _is_starved(lost) else SECOND_RUN
        return replace(result, notes=(told, *result.notes))
    return result


def _run_alone(name: str, job: Job) -> Result | InfrastructureError:
    ((_, _, result),) = _run_in_pools(iter([(name, job)]), 1)
    return result


def _run_in_pools(
    jobs: Iterator[tuple[str, Job]], workers: int
) -> Iterator[tuple[str, Job, Result | InfrastructureError]]:
    """Run jobs in a pool, and in another one after each that a dead process broke."""
    with ZygoteLender() as lender:
        for number, job in enumerate(jobs):
            with _open_pool(workers, lender) as pool:
                named = itertools.chain([job], jobs)
                yield from _run_in(pool, named, workers + AHEAD, first_first=number == 0)


@contextmanager
def _open_pool(workers: int, lender: ZygoteLender) -> Iterator[ProcessPoolExecutor]:
    facts = (lender.requests, log_settings())
    pool = ProcessPoolExecutor(workers, worker_context(), _prepare_worker, facts)
    try:
        yield pool
    except BaseException:
        # nobody waits for what runs: the user wants an end. Python 3.14 has a method for this
        for process in (pool._processes or {}).values():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _run_in(
    pool: ProcessPoolExecutor, jobs: Iterator[tuple[str, Job]], most: int, *, first_first: bool
) -> Iterator[tuple[str, Job, Result | InfrastructureError]]:
    """Run jobs until there are no more or the pool is broken."""
    running: dict[Future[Result | _Lost], tuple[str, Job]] = {}
    broken = False
    while True:
        for name, job in itertools.islice(jobs, 0 if broken else most - len(running)):
            running[_submit(pool, name, job)] = name, job
        if not running:
            return
        awaited = list(itertools.islice(running, 1 if first_first else None))
        first_first = False
        future = wait(awaited, return_when=FIRST_COMPLETED).done.pop()
        del awaited
        name, job = running.pop(future)
        broken |= isinstance(future.exception(), BrokenProcessPool)
        result = _result_of(future)
        del future  # it holds the result
        yield name, job, result
        del result


def _run_within(seconds: float, student: str, job: Job) -> Result | _Lost:
    """Run a job, or have this process killed: a stuck one would keep the class waiting for ever."""
    # by the system, whatever this process is stuck in; a job's own limits act long before
    signal.setitimer(signal.ITIMER_REAL, seconds)
    unbound = bound_memory() if job.sandboxed else None  # a plain kernel would inherit it
    try:
        with log_about(student):
            return run(job)
    except Exception as error:  # noqa: BLE001  # as plain data: not every exception can be pickled
        return _Lost(_as_ours(error), "\n".join(format_error(error)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if unbound is not None:
            unbound()


def _submit(pool: ProcessPoolExecutor, student: str, job: Job) -> Future[Result | _Lost]:
    try:
        seconds = job.limits.notebook_seconds + STUCK_SECONDS
        return pool.submit(_run_within, seconds, student, job)
    except (BrokenProcessPool, EOFError, OSError) as error:  # their parent was killed: none starts
        failed: Future[Result | _Lost] = Future()
        broken = BrokenProcessPool(f"none was made: {error!r}")
        broken.__cause__ = error
        failed.set_exception(broken)
        return failed


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


def _prepare_worker(zygotes: socket.socket, logs: LogSettings) -> None:
    # a terminal sends it to all, and the grader decides; a kernel started here must not ignore it
    signal.signal(signal.SIGINT, lambda *_: None)
    adopt_log_settings(logs)
    threading.Thread(target=_end_with_grader, daemon=True).start()
    borrow_from(zygotes)
    for name in ("papermill", "nbclient", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _end_with_grader() -> None:
    """End when the grader does, however that ends: its fork server would keep a worker for ever."""
    grader = multiprocessing.parent_process()
    assert grader is not None
    grader.join()
    os._exit(1)
