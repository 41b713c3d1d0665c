"""The pool of a Dask cluster, as `autograder.execution.pool` runs jobs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from autograder.execution.local_pool import AHEAD

if TYPE_CHECKING:
    from concurrent.futures import Future

    from autograder.execution.job import Job, Result
    from autograder.execution.local_pool import Lost

LOOK_SECONDS = 1.0
"""Between two looks at which workers there are."""

TRIES = 2
"""Workers that may be lost with a job that runs beside others."""


class Members(Protocol):
    """The workers of a cluster that may take jobs."""

    slots: int

    def submit(self, job: Job, tries: int) -> tuple[int, Future[Result | Lost]]:
        """Give a job to a worker as soon as one has room; return its number and its future."""


class DaskPool:
    """Jobs of one grader on a cluster, as `autograder.execution.pool` runs them.

    Parameters
    ----------
    cluster : Members
        Runs them.
    workers : int or None
        Jobs at a time; None for as many as the workers take.

    Attributes
    ----------
    numbers : list of int
        Of all its jobs that are on their way.
    """

    look_seconds: float | None = LOOK_SECONDS

    def __init__(self, cluster: Members, workers: int | None) -> None:
        self._cluster, self._workers = cluster, workers
        self.numbers: list[int] = []

    @property
    def most(self) -> int:
        """Jobs that it takes by now: one before there is any worker, so that one is wanted."""
        slots = self._cluster.slots
        takes = slots + max(AHEAD, slots // 4) if slots else 1
        return takes if self._workers is None else min(takes, self._workers)

    def submit(self, name: str, job: Job) -> Future[Result | Lost]:  # noqa: ARG002  # stays here
        """Run a job as soon as a worker has room."""
        number, future = self._cluster.submit(job, 1 if self._workers == 1 else TRIES)
        self.numbers.append(number)
        future.add_done_callback(lambda _: self.numbers.remove(number))
        return future

    def renew(self) -> None:
        """Nothing breaks here: the cluster replaces each worker that is lost."""
