"""Run many jobs in worker processes: plain data goes out, plain data comes back."""

from __future__ import annotations

import logging
import multiprocessing
import os
import socket
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

from autograder.errors import InfrastructureError
from autograder.run import Job, Result, profile_of, run
from autograder.sandbox.warm import Zygote


def warm_up(job: Job) -> None:
    """Start what a job will need in the background, while there are other things to do."""
    _context()
    forkserver.ensure_running()
    _zygotes([job])


def run_all(
    jobs: dict[str, Job], workers: int
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    """Run all jobs; whatever our own machinery lost is run once more, by itself."""
    lost: list[str] = []
    for student, result in _run_in_pool(jobs, workers):
        if isinstance(result, InfrastructureError):
            lost.append(student)
        else:
            yield student, result
    for student in lost:
        yield from _run_in_pool({student: jobs[student]}, 1)


def _run_in_pool(
    jobs: dict[str, Job], workers: int
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    zygotes = _zygotes(jobs.values())
    with ProcessPoolExecutor(workers, _context(), _prepare_worker, (zygotes,)) as pool:
        students = {pool.submit(run, job): student for student, job in jobs.items()}
        try:
            for future in as_completed(students):
                yield students[future], _result_of(future)
        finally:
            pool.shutdown(cancel_futures=True)


def _context() -> ForkServerContext:
    # a forked copy of this process would share its sqlite handles; a fork server has none
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.run"])
    return context


def _zygotes(jobs: Iterable[Job]) -> list[tuple[str, int, socket.socket]]:
    """Start what the jobs' kernels are forked from, once for all workers."""
    profiles = {profile_of(job) for job in jobs if job.caged}
    zygotes = [Zygote.of(profile) for profile in sorted(profiles)]
    return [(zygote.profile, zygote.pid, zygote.control) for zygote in zygotes]


def _result_of(future: Future[Result]) -> Result | InfrastructureError:
    try:
        return future.result()
    except InfrastructureError as error:
        return error
    except BrokenProcessPool as error:
        return InfrastructureError(f"a grading process died: {error}")
    except Exception as error:  # a bug of ours must not become a student's zero
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
