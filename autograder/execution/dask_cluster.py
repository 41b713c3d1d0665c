"""A Dask cluster: jobs run on workers that proved to be as good as this machine.

One thread owns all that is known of the cluster; whatever happens comes to it as an event. So a job
is given to a worker with room, goes to another one if that is lost, and fails with a reason if two
were lost with it: a job that takes its worker along cannot take the cluster.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import queue
import secrets
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograder.errors import (
    InfrastructureError,
    NoWorkersError,
    SchedulerError,
    WorkerLostError,
)
from autograder.execution.dask_admission import Admission
from autograder.execution.dask_connection import Answer, DaskConnection, start_thread
from autograder.execution.dask_pool import LOOK_SECONDS, DaskPool
from autograder.execution.dask_worker import run_packed
from autograder.execution.packed_job import JobPacker, PackedJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from autograder.execution.dask_connection import SchedulerAddress
    from autograder.execution.job import Job, Result
    from autograder.execution.local_pool import Lost

logger = logging.getLogger(__name__)

GONE_SECONDS = 120.0
"""How long a scheduler may be out of reach."""

WORKERLESS_SECONDS = 600.0
"""How long there may be no worker: a queue of a cluster may be long."""

REFUSED_SECONDS = 10.0
"""The same, if all that came were refused."""


@dataclass
class _Task:
    """A job on its way."""

    packed: PackedJob
    future: Future[Result | Lost]
    tries: int
    worker: str | None = None
    call: Any = None  # Dask's future: the cluster gives the job up with its last reference
    sent: int = 0


@dataclass
class _Member:
    """A worker that was admitted."""

    slots: int
    running: set[int] = field(default_factory=set)


class DaskCluster:
    """The workers of a scheduler; a context manager, which leaves them.

    Parameters
    ----------
    scheduler : SchedulerAddress
        Where it is.
    tell : callable, optional
        Called with a line about the cluster for who grades.
    """

    def __init__(
        self, scheduler: SchedulerAddress, tell: Callable[[str], None] = logger.info
    ) -> None:
        self.scheduler, self._tell = scheduler, tell
        self._packer = JobPacker()
        self._token = secrets.token_hex(16)
        self._events: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._numbers = itertools.count()
        self._tasks: dict[int, _Task] = {}
        self._waiting: deque[int] = deque()
        self._members: dict[str, _Member] = {}
        self._refused: dict[str, str] = {}
        self._asked: set[str] = set()
        self._seen_at = self._staffed_at = time.monotonic()
        self._given_up: InfrastructureError | None = None  # who waited in vain waits no more
        self._wanted: list[Any] = []  # Dask's futures
        self.slots = 0

    def __enter__(self) -> DaskCluster:
        self._connection = DaskConnection(self.scheduler)
        self._admission: Admission | None = None
        self._tell(f"Dask's dashboard: {self._connection.dashboard}")
        self._thread = start_thread("dask-pool", self._serve)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._events.put(("stop",))
        self._thread.join()
        self._connection.close()

    def require_private(self, job: Job) -> None:
        """Make sure that nobody can listen to labels on their way.

        Raises
        ------
        PlainTransportError
            If the job has held-out labels, and the scheduler's address is not one of TLS.
        """
        if job.holdout is not None:
            self.scheduler.require_private()

    @contextlib.contextmanager
    def open_pool(self, workers: int | None) -> Iterator[DaskPool]:
        """Open a pool of so many jobs at a time; None for as many as the workers take."""
        pool = DaskPool(self, workers)
        try:
            yield pool
        finally:
            self._events.put(("forget", [*pool.numbers]))

    def submit(self, job: Job, tries: int) -> tuple[int, Future[Result | Lost]]:
        """Give a job to a worker as soon as one has room; return its number and its future."""
        self.require_private(job)
        number, task = next(self._numbers), _Task(self._packer.pack(job), Future(), tries)
        self._events.put(("submit", number, task))
        return number, task.future

    # from here on: in the thread

    def _serve(self) -> None:
        latest = 0.0
        while True:
            try:
                kind, *facts = self._events.get(timeout=max(0.01, latest - time.monotonic()))
            except queue.Empty:
                kind, facts = "look", []
            if kind == "stop":
                return
            try:
                getattr(self, f"_on_{kind}")(*facts)
                if time.monotonic() >= latest:
                    self._look()
                    latest = time.monotonic() + LOOK_SECONDS
                self._dispatch()
            except Exception as error:  # a bug of ours, or of Dask's: nobody shall wait for ever
                logger.exception("the pool of %s", self.scheduler.address)
                self._fail_all(InfrastructureError(f"{type(error).__name__}: {error}"))

    def _on_look(self) -> None:
        """Time for one."""

    def _on_submit(self, number: int, task: _Task) -> None:
        if self._admission is None:  # all jobs of a class need the same files
            trees = [self._packer.trees[tree] for tree in task.packed.trees]
            facts = (self._connection, self._packer.places, trees, self._token)
            self._admission = Admission(*facts)
            self._staffed_at = time.monotonic()
        if self._given_up is not None:
            task.future.set_exception(_copy(self._given_up))
            return
        self._tasks[number] = task
        self._waiting.append(number)

    def _on_forget(self, numbers: list[int]) -> None:
        for number in numbers:
            task = self._tasks.pop(number, None)
            if task is not None and task.worker in self._members:
                self._members[task.worker].running.discard(number)

    def _on_admitted(self, worker: str, slots: int) -> None:
        if worker in self._members:  # it was asked twice, before and after a lost connection
            return
        logger.info("worker %s is as the grader, and takes %d jobs at a time", worker, slots)
        self._members[worker] = _Member(slots)
        self._given_up = None
        self._count()

    def _on_refused(self, worker: str, why: str) -> None:
        self._refused[worker] = why
        logger.warning("worker %s takes no job: %s", worker, why)
        self._tell(f"worker {worker} takes no job: {why}")

    def _on_answered(self, number: int, sent: int, answer: Answer) -> None:
        task = self._tasks.get(number)
        if task is None or task.sent != sent:  # of a worker that was given up
            return
        if answer.lost:
            self._look()  # which drops its worker, if that is gone
            if task.sent == sent and number in self._tasks:
                self._move(number, counts=True)
            return
        worker, task.call = task.worker, None
        if answer.error is None and answer.value is None:  # another process at the same address
            logger.warning("worker %s has to prove itself again", worker)
            self._drop(str(worker), counts=False)
            return
        del self._tasks[number]
        if worker in self._members:
            self._members[worker].running.discard(number)
        if answer.error is None:
            task.future.set_result(answer.value)
        else:
            task.future.set_exception(answer.error)

    def _look(self) -> None:
        """See which workers there are, and give up what waited too long."""
        seen, now = self._connection.workers(), time.monotonic()
        if seen is None:
            # nothing comes back any more of what runs: it runs again, and no worker is to blame
            for worker in list(self._members):
                self._drop(worker, counts=False)
            if now - self._seen_at > GONE_SECONDS:
                self._give_up(SchedulerError("no answer", self.scheduler.address))
            return
        self._seen_at = now
        self._ask_for_workers()
        for worker in [one for one in self._members if one not in seen]:
            logger.warning("worker %s is lost", worker)
            self._drop(worker, counts=True)
        self._asked &= seen.keys()
        self._refused = {one: why for one, why in self._refused.items() if one in seen}
        if self._admission is not None:
            for worker in seen.keys() - self._asked:
                self._asked.add(worker)
                self._admission.begin(worker, seen[worker], self._events.put)
        self._require_members(seen, now)

    def _ask_for_workers(self) -> None:
        """Let a cluster that adapts know that there are jobs, or that there are no more."""
        if not self._tasks:
            self._wanted = []
        elif not self._wanted or self._wanted[0].status != "pending":  # of a lost connection
            self._wanted = self._connection.want(self.scheduler.wanted, run_packed)

    def _require_members(self, seen: dict[str, int], now: float) -> None:
        if self._members or not self._tasks:
            self._staffed_at = now
            return
        waits = WORKERLESS_SECONDS if len(self._refused) < max(1, len(seen)) else REFUSED_SECONDS
        if now - self._staffed_at > waits:
            found = [f"{worker}: {why}" for worker, why in sorted(self._refused.items())]
            told = "; ".join(found) or f"none came within {waits:g} s"
            self._give_up(NoWorkersError(told, self.scheduler.address))

    def _drop(self, worker: str, *, counts: bool) -> None:
        """Take a worker from the pool; what ran there runs elsewhere, or fails."""
        self._asked.discard(worker)
        member = self._members.pop(worker, None)
        for number in sorted(member.running) if member else ():
            self._move(number, counts=counts)
        self._count()

    def _move(self, number: int, *, counts: bool) -> None:
        task = self._tasks[number]
        worker, task.worker, task.call = task.worker, None, None
        if worker in self._members:
            self._members[worker].running.discard(number)
        task.sent += 1
        task.tries -= counts
        if task.tries > 0:
            self._waiting.appendleft(number)
        else:
            del self._tasks[number]
            task.future.set_exception(WorkerLostError("it was lost", str(worker)))

    def _dispatch(self) -> None:
        """Give what waits to the workers with most room."""
        while self._waiting and self._members:
            load = {w: (len(m.running) - m.slots, w) for w, m in self._members.items()}
            worker = min(load, key=load.__getitem__)
            number = self._waiting.popleft()
            task = self._tasks.get(number)
            if task is None:
                continue
            task.worker, done = worker, self._answers(number, task.sent)
            self._members[worker].running.add(number)
            facts = (self._token, f"job {number}", task.packed)
            try:
                task.call = self._connection.call_later(done, worker, run_packed, *facts)
            except Exception as error:  # the connection has just ended
                logger.info("job %d was not sent", number, exc_info=error)
                self._drop(worker, counts=False)
                return

    def _answers(self, number: int, sent: int) -> Callable[[Answer], None]:
        return lambda answer: self._events.put(("answered", number, sent, answer))

    def _give_up(self, error: InfrastructureError) -> None:
        self._given_up = error
        self._fail_all(error)

    def _fail_all(self, error: InfrastructureError) -> None:
        tasks, self._tasks = self._tasks, {}
        self._waiting.clear()
        for member in self._members.values():
            member.running.clear()
        for task in tasks.values():
            task.future.set_exception(_copy(error))

    def _count(self) -> None:
        self.slots = sum(member.slots for member in self._members.values())


def _copy(error: InfrastructureError) -> InfrastructureError:
    """Return an error for one more to raise: each time it is raised its traceback grows."""
    return type(error)(*error.args)
