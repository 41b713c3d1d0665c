"""What runs on a worker of another machine: prove what it is, take data, and run jobs.

A worker of Dask is a process with threads, and each runs one job at a time; the job itself runs in
a process of its own, as on the grader's machine, which makes namespaces and can be killed. The
functions below are what the grader calls here.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import TYPE_CHECKING

from autograder.errors import InfrastructureError
from autograder.execution.blob_store import BlobStore
from autograder.execution.environment import Environment, environment
from autograder.execution.local_pool import Lost, open_processes, submit_to
from autograder.execution.packed_job import unpack
from autograder.sandbox.runtime_dir import new_folder
from autograder.sandbox.worker_server import start_workers
from autograder.sandbox.zygote_lender import ZygoteLender

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import ProcessPoolExecutor

    from autograder.execution.blob_store import Part
    from autograder.execution.job import Job, Result
    from autograder.execution.packed_job import FileTree, PackedJob

_LOCK = threading.Lock()
_ADMITTED: set[str] = set()


class WorkerHost:
    """What this process is as a worker: what its jobs read, and processes to run them in."""

    def __init__(self) -> None:
        self.store = BlobStore(new_folder("data"))
        self._lender = ZygoteLender()
        self._lender.__enter__()  # it ends with this process
        self._idle: queue.SimpleQueue[ProcessPoolExecutor] = queue.SimpleQueue()
        start_workers()

    def run(self, name: str, job: Job) -> Result | Lost:
        """Run a job in a process of its own, which the next one gets if it lives."""
        try:
            processes = self._idle.get_nowait()
        except queue.Empty:
            processes = open_processes(1, self._lender)
        future = submit_to(processes, name, job)
        try:
            result = future.result()
        except BrokenProcessPool as error:
            processes.shutdown()
            return Lost(InfrastructureError(f"a grading process died: {error}"), str(error))
        self._idle.put(processes)
        return result


def _host() -> WorkerHost:
    with _LOCK:  # threads must not make two
        return _only_host()


@cache
def _only_host() -> WorkerHost:
    return WorkerHost()


def prove() -> Environment:
    """Say what this worker would run submissions with."""
    return environment()


def lacking(trees: Sequence[FileTree]) -> list[str]:
    """Return the contents that this worker has yet to get; it knows these trees from then on."""
    return _host().store.lacking(trees)


def receive(parts: Sequence[Part]) -> None:
    """Take parts of contents."""
    for part in parts:
        _host().store.add(part)


def admit(token: str) -> None:
    """Let this very process take the jobs of a grader, which knows by now what it is."""
    _ADMITTED.add(token)


def run_packed(token: str, name: str, packed: PackedJob) -> Result | Lost | None:
    """Run a job.

    Parameters
    ----------
    token : str
        The grader's.
    name : str
        The job's.
    packed : PackedJob
        The job.

    Returns
    -------
    Result or Lost or None
        None if this process was not admitted, or its data are not what they were then; also if
        they changed while the job ran, of which nobody knows what it read.
    """
    if token not in _ADMITTED:
        return None
    store = _host().store
    folders = {tree: store.folder_of(tree) for tree in packed.trees}
    whole = {content: folder for content, folder in folders.items() if folder is not None}
    if len(whole) < len(folders):
        _ADMITTED.discard(token)
        return None
    before = store.expected(packed.trees)
    result = _host().run(name, unpack(packed, whole))
    if store.found(packed.trees) != before:
        _ADMITTED.discard(token)
        return None
    return result
