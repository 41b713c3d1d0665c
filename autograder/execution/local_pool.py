"""The pool of this machine: jobs run in worker processes, which are its own."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder.errors import InfrastructureError, WorkerTracebackError
from autograder.execution.logs import LogSettings, adopt_log_settings, log_about, log_settings
from autograder.execution.memory_guard import bound_memory
from autograder.execution.runner import profile_of, run
from autograder.execution.tracebacks import format_error
from autograder.sandbox.worker_server import start_workers, worker_context
from autograder.sandbox.zygote_client import Zygote
from autograder.sandbox.zygote_lender import ZygoteLender, borrow_from

if TYPE_CHECKING:
    import socket
    from types import TracebackType

    from autograder.execution.job import Job, Result

AHEAD = 2
"""How many jobs wait for a free worker, so that none waits for the grader."""

STUCK_SECONDS = 600.0
"""A grading process that is busy so much longer than a notebook may take is stuck."""


@dataclass(frozen=True)
class Lost:
    """What a grading process gives for a job that it could not run, as plain data.

    Attributes
    ----------
    error : InfrastructureError
        Why.
    traceback : str
        Where it arose.
    """

    error: InfrastructureError
    traceback: str


def warm_up(job: Job) -> None:
    """Start what a job will need in the background, while there are other things to do."""
    start_workers()
    if job.sandboxed:
        Zygote.of(profile_of(job))


class LocalPool:
    """Worker processes of this machine; a context manager, which ends them.

    Parameters
    ----------
    workers : int, optional
        Jobs at a time; by default one for each processor.

    Attributes
    ----------
    most : int
        Jobs that it takes at a time, those that wait included.
    """

    look_seconds: float | None = None

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.most = self.workers + AHEAD
        self._lender = ZygoteLender()

    def __enter__(self) -> LocalPool:
        self._lender.__enter__()
        self._processes = open_processes(self.workers, self._lender)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            # nobody waits for what runs: the user wants an end. Python 3.14 has a method for this
            for process in (self._processes._processes or {}).values():
                process.kill()
        self._processes.shutdown(cancel_futures=True)
        self._lender.__exit__(kind, error, traceback)

    def renew(self) -> None:
        """Make other processes, once nothing runs any more."""
        self._processes.shutdown(cancel_futures=True)
        self._processes = open_processes(self.workers, self._lender)

    def submit(self, name: str, job: Job) -> Future[Result | Lost]:
        """Run a job as soon as a process is free; `result_of` understands what comes of it."""
        return submit_to(self._processes, name, job)


def open_processes(workers: int, lender: ZygoteLender) -> ProcessPoolExecutor:
    """Return so many worker processes, which are started when they are needed."""
    facts = (lender.requests, log_settings())
    return ProcessPoolExecutor(workers, worker_context(), _prepare_worker, facts)


def submit_to(pool: ProcessPoolExecutor, student: str, job: Job) -> Future[Result | Lost]:
    """Run a job in one of some worker processes, or say in the future that they are broken."""
    try:
        seconds = job.limits.notebook_seconds + STUCK_SECONDS
        return pool.submit(_run_within, seconds, student, job)
    except (BrokenProcessPool, EOFError, OSError) as error:  # their parent was killed: none starts
        failed: Future[Result | Lost] = Future()
        broken = BrokenProcessPool(f"none was made: {error!r}")
        broken.__cause__ = error
        failed.set_exception(broken)
        return failed


def result_of(future: Future[Result | Lost]) -> Result | InfrastructureError:
    """Return a job's result, or why there is none: an error whose cause says where it arose."""
    try:
        result = future.result()
    except BrokenProcessPool as error:
        return _because(InfrastructureError(f"a grading process died: {error}"), error)
    except Exception as error:  # noqa: BLE001  # a bug of ours must not become a student's zero
        return _as_ours(error)
    if isinstance(result, Lost):
        return _because(result.error, WorkerTracebackError(result.traceback))
    return result


def _as_ours(error: Exception) -> InfrastructureError:
    if isinstance(error, InfrastructureError):
        return error
    return _because(InfrastructureError(f"{type(error).__name__}: {error}"), error)


def _because(error: InfrastructureError, cause: Exception) -> InfrastructureError:
    error.__cause__ = cause
    return error


def _run_within(seconds: float, student: str, job: Job) -> Result | Lost:
    """Run a job, or have this process killed: a stuck one would keep the class waiting for ever."""
    # by the system, whatever this process is stuck in; a job's own limits act long before
    signal.setitimer(signal.ITIMER_REAL, seconds)
    unbound = bound_memory() if job.sandboxed else None  # a plain kernel would inherit it
    try:
        with log_about(student):
            return run(job)
    except Exception as error:  # noqa: BLE001  # as plain data: not every exception can be pickled
        return Lost(_as_ours(error), "\n".join(format_error(error)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        if unbound is not None:
            unbound()


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
