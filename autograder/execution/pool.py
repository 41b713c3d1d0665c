"""Run many jobs in a pool of workers: plain data goes out, plain data comes back.

Jobs are taken a few ahead of the workers, and nothing is kept of one that is done: a class may have
any number of them. Where the workers are is the pool's matter: processes of this machine
(`autograder.execution.local_pool`), or of others (`autograder.execution.dask_cluster`).
"""

from __future__ import annotations

import itertools
import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

from autograder.errors import InfrastructureError
from autograder.execution.job import Result
from autograder.execution.local_pool import LocalPool, Lost, result_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from autograder.execution.job import Job

logger = logging.getLogger(__name__)

RETRY_AFTER = (0.0, 1.0)
"""Seconds before each new attempt; a killed process of ours may take a moment to be gone."""

SECOND_RUN = "its kernel died in a first run, and nothing tells why: this second run counts"
"""What is noted with a result that is not the first one."""

STARVED_RUN = "a first run got too little of the processor: this second one, alone, counts"
"""The same, where time was over that others had."""


class Pool(Protocol):
    """What runs jobs, several at a time.

    Attributes
    ----------
    most : int
        Jobs that it takes by now, those that wait for a free worker included.
    look_seconds : float or None
        How often it may have become another number; None if it never does.
    """

    @property
    def most(self) -> int:
        """Jobs that it takes by now."""

    @property
    def look_seconds(self) -> float | None:
        """Seconds after which there may be more."""

    def submit(self, name: str, job: Job) -> Future[Result | Lost]:
        """Run a job as soon as a worker is free; `result_of` understands what comes of it."""

    def renew(self) -> None:
        """Be whole again after a result that said `BrokenProcessPool`; nothing runs any more."""


PoolOpener: TypeAlias = "Callable[[int | None], AbstractContextManager[Pool]]"
"""Opens a pool of so many workers at most; None for as many as there are."""


class Cluster(Protocol):
    """Other machines that run jobs."""

    def require_private(self, job: Job) -> None:
        """Raise `PlainTransportError` if a job's labels would go there in plain text."""

    def open_pool(self, workers: int | None) -> AbstractContextManager[Pool]:
        """Open a pool of so many jobs at a time."""


def run_all(
    jobs: Iterable[tuple[str, Job]],
    workers: int | None,
    open_pool: PoolOpener = LocalPool,
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
    workers : int or None
        Jobs at a time; None for as many as there are processors.
    open_pool : callable, optional
        Opens a pool of so many workers; by default, of this machine's.

    Yields
    ------
    name : str
    result : Result or InfrastructureError
        The first job's first, all others in the order of completion.
    """
    lost: list[tuple[str, Job, Result | InfrastructureError]] = []
    for number, (name, job, result) in enumerate(_run_in_pool(iter(jobs), workers, open_pool)):
        if not _is_lost(result):
            yield name, result
        elif number == 0:  # all others wait for it
            yield name, _run_again(name, job, result, open_pool)
        else:
            lost.append((name, job, _without_notebook(result)))
    for name, job, result in lost:
        yield name, _run_again(name, job, result, open_pool)


def _is_lost(result: Result | InfrastructureError) -> bool:
    return isinstance(result, InfrastructureError) or result.died or result.starved


def _is_starved(result: Result | InfrastructureError) -> bool:
    return isinstance(result, Result) and result.starved and not result.died


def _without_notebook(result: Result | InfrastructureError) -> Result | InfrastructureError:
    return replace(result, notebook="") if isinstance(result, Result) else result


def _run_again(
    name: str, job: Job, lost: Result | InfrastructureError, open_pool: PoolOpener
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
        result = _run_alone(name, job, open_pool)
        if isinstance(result, Result) and (died or not result.died):
            break
        died |= isinstance(result, Result)
    if died and isinstance(result, Result):
        told = STARVED_RUN if _is_starved(lost) else SECOND_RUN
        return replace(result, notes=(told, *result.notes))
    return result


def _run_alone(name: str, job: Job, open_pool: PoolOpener) -> Result | InfrastructureError:
    ((_, _, result),) = _run_in_pool(iter([(name, job)]), 1, open_pool)
    return result


def _run_in_pool(
    jobs: Iterator[tuple[str, Job]], workers: int | None, open_pool: PoolOpener
) -> Iterator[tuple[str, Job, Result | InfrastructureError]]:
    with open_pool(workers) as pool:
        yield from _run_in(pool, jobs)


def _run_in(
    pool: Pool, jobs: Iterator[tuple[str, Job]]
) -> Iterator[tuple[str, Job, Result | InfrastructureError]]:
    """Run all jobs; once the pool is broken, what runs ends before the next begins."""
    running: dict[Future[Result | Lost], tuple[str, Job]] = {}
    broken, first_first = False, True
    while True:
        if broken and not running:
            pool.renew()
            broken = False
        for name, job in itertools.islice(jobs, 0 if broken else max(0, pool.most - len(running))):
            running[pool.submit(name, job)] = name, job
        if not running:
            return
        awaited = list(itertools.islice(running, 1 if first_first else None))
        done = wait(awaited, pool.look_seconds, return_when=FIRST_COMPLETED).done
        del awaited
        if not done:  # there may be more workers now
            continue
        future, first_first = done.pop(), False
        del done
        name, job = running.pop(future)
        broken |= isinstance(future.exception(), BrokenProcessPool)
        result = result_of(future)
        del future  # it holds the result
        yield name, job, result
        del result
