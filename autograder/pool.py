"""Run many jobs in worker processes: plain data goes out, plain data comes back."""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from autograder.errors import InfrastructureError
from autograder.run import Job, Result, run
from autograder.sandbox.namespaces import end_with_parent


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
    context = multiprocessing.get_context("spawn")  # a forked copy would share our sqlite handles
    with ProcessPoolExecutor(workers, context, _quiet_worker, (os.getpid(),)) as pool:
        students = {pool.submit(run, job): student for student, job in jobs.items()}
        try:
            for future in as_completed(students):
                yield students[future], _result_of(future)
        finally:
            pool.shutdown(cancel_futures=True)


def _result_of(future: Future[Result]) -> Result | InfrastructureError:
    try:
        return future.result()
    except InfrastructureError as error:
        return error
    except BrokenProcessPool as error:
        return InfrastructureError(f"a grading process died: {error}")
    except Exception as error:  # a bug of ours must not become a student's zero
        return InfrastructureError(f"{type(error).__name__}: {error}")


def _quiet_worker(parent: int) -> None:
    end_with_parent(parent)  # else a worker of a killed grader waits for ever
    for name in ("papermill", "nbclient", "traitlets"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
