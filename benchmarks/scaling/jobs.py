"""Send jobs that do nothing through a real scheduler of Dask, and say what they cost it.

``python -m benchmarks.scaling.jobs --jobs 100000`` starts a scheduler and a worker on loopback over
TLS, and sends the jobs as the grader does, some ahead and no more. What is left of a class's time
when submissions take none is the scheduler's, the worker's and the grader's part for each.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

from autograder.execution.dask_connection import Answer, DaskConnection, SchedulerAddress
from tests.support.dask_cluster import real_cluster
from tests.support.processes import wait_for

AHEAD = 64
"""Jobs on their way at a time, as many as a cluster of so many processors has."""

NOTEBOOK_BYTES = 40_000
"""What a notebook weighs that a job carries."""


def nothing(notebook: str) -> int:
    """Stand in for a run: take a notebook, give back how long it is."""
    return len(notebook)


def used(pid: int) -> tuple[float, float]:
    """Return a process's processor seconds, and its memory in MiB."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return (int(fields[11]) + int(fields[12])) / 100, pages / 256


class Sender:
    """Sends jobs, never more than `AHEAD` that are not done.

    Parameters
    ----------
    connection : DaskConnection
        The way to the cluster.
    worker : str
        Who gets all.
    """

    def __init__(self, connection: DaskConnection, worker: str) -> None:
        self._connection, self._worker = connection, worker
        self._room, self.failed = threading.Semaphore(AHEAD), 0
        self._calls: dict[int, object] = {}

    def send(self, number: int, notebook: str) -> None:
        """Send one as soon as there is room."""
        self._room.acquire()

        def done(answer: Answer) -> None:
            self.failed += answer.value != NOTEBOOK_BYTES
            self._calls.pop(number, None)
            self._room.release()

        call = self._connection.call_later(done, self._worker, nothing, notebook)
        self._calls[number] = call

    def finish(self) -> None:
        """Wait until all are done."""
        for _ in range(AHEAD):
            self._room.acquire()


def main() -> int:
    """Print seconds and memory at each tenth; the status is 1 if a job failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    jobs = parser.parse_args().jobs
    with tempfile.TemporaryDirectory(prefix="jobs-") as folder, real_cluster(Path(folder)) as real:
        real.start_worker(slots=2)
        scheduler, files = real.processes[0].pid, real.certificates
        assert files is not None
        address = SchedulerAddress(real.address, files.cert, files.cert, files.key)
        connection = DaskConnection(address)
        worker = next(iter(wait_for(lambda: connection.workers() or {}, pause=0.2)))
        sender, began = Sender(connection, worker), time.perf_counter()
        before = used(scheduler)
        for number in range(jobs):
            sender.send(number, f"{number:0{NOTEBOOK_BYTES}d}")
            if (number + 1) % max(1, jobs // 10) == 0:
                cpu, memory = used(scheduler)
                took = time.perf_counter() - began
                told = f"{took:.1f} s, scheduler {cpu - before[0]:.1f} CPU s, {memory:.0f} MiB"
                print(f"{number + 1} jobs: {told}", flush=True)
        sender.finish()
        connection.close()
    print(f"{sender.failed} failed; the scheduler began with {before[1]:.0f} MiB")
    return int(sender.failed > 0)


if __name__ == "__main__":
    sys.exit(main())
