"""Kill parts of a cluster at random moments while it grades a class, and see that nothing is lost.

``python -m benchmarks.scaling.kills --rounds 30`` kills each of the grader, a worker, the
scheduler, a fork server and the database so often, by SIGKILL, each in a class of its own; what was
killed is started again, and so is the grader. In the end the class's table and each submission's
points have to be those of an undisturbed run, `autograder verify` has to hold, and no submission
may have run again whose result was on record; what differs is printed, and makes the status 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cli.exit_codes import ExitCode
from benchmarks.scaling.ways import SubmittedClass, options_of, small_class
from tests.support.dask_cluster import RealCluster, real_cluster
from tests.support.postgresql import Server, find_postgresql, postgresql
from tests.support.processes import find, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

VICTIMS = ("grader", "worker", "scheduler", "fork server", "database")
"""What is killed."""

LOOKS = 0.05
"""Seconds between two looks."""


@dataclass
class Parts:
    """A class, the cluster that runs it and the database that has its grades."""

    given: SubmittedClass
    cluster: RealCluster
    server: Server | None

    def start(self, work: Path, database: str | None) -> subprocess.Popen[bytes]:
        """Start a grader."""
        return self.given.start(work, options_of(self.cluster), database)

    def kill(self, victim: str, grader: subprocess.Popen[bytes]) -> None:
        """Kill one of them, and start again what does not do so by itself."""
        scheduler, *workers = [one for one in self.cluster.processes if one.poll() is None]
        if victim == "grader":
            grader.send_signal(signal.SIGKILL)
        elif victim == "worker":
            _end(random.choice(workers))
            self.cluster.start_worker()
        elif victim == "scheduler":
            for one in (scheduler, *workers):  # workers of Dask end with their scheduler
                _end(one)
            self.cluster.processes.clear()
            self.cluster.start_scheduler(self.cluster.port)
            for _ in workers:
                self.cluster.start_worker()
        elif victim == "fork server":
            servers = [pid for one in workers for pid in find("fork server", one.pid)]
            for pid in servers[:1]:
                os.kill(pid, signal.SIGKILL)
        elif self.server is not None:
            self.server.kill()
            _again(self.server)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _again(server: Server) -> None:
    """Start a server again, once the parts of the killed one are gone."""

    def started() -> bool:
        with contextlib.suppress(subprocess.CalledProcessError):
            server.start()
            return True
        return False

    wait_for(started, pause=0.5)


def attempt(parts: Parts, victim: str, number: int, expected: Path) -> list[str]:
    """Kill one thing at a random moment; return what is wrong in the end."""
    given = parts.given
    work = expected.with_name(f"work-{victim.replace(' ', '-')}-{number}")
    made = None if parts.server is None else parts.server.make_database(work.name)
    size, grader = len(given.facts(expected)), parts.start(work, made)
    moment = random.randrange(size)
    wait_for(lambda: len(given.bodies(work)) >= moment or grader.poll() is not None, pause=LOOKS)
    time.sleep(random.uniform(0, 1))  # any moment between two
    parts.kill(victim, grader)
    status, found = grader.wait(), list[str]()
    on_record = given.facts(work)
    if status != ExitCode.DONE:  # as a teacher would: what is on record does not run again
        status = parts.start(work, made).wait()
    if status != ExitCode.DONE:
        found.append(f"exit status {status}")
    if given.facts(work) != given.facts(expected):
        found.append("other results")
    elif given.table(work) != given.table(expected):
        found.append("another table")
    ran = Counter(str(body["student"]) for body in given.bodies(work) if body["points"] is not None)
    found += [f"{one} ran {ran[one]} times" for one in on_record if ran[one] > 1]
    return [*found, *([] if given.verify(work) else ["verify"])]


def run(victims: Sequence[str], rounds: int, size: int) -> int:
    """Try all; return how many attempts found something."""
    bad, programs = 0, find_postgresql()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        server = None if programs is None else stack.enter_context(postgresql(programs))
        cluster = stack.enter_context(real_cluster(folder / "cluster"))
        for _ in range(2):
            cluster.start_worker()
        parts = Parts(small_class(folder, size), cluster, server)
        expected = folder / "undisturbed"
        calm = None if server is None else server.make_database("calm")
        if parts.start(expected, calm).wait():
            sys.exit("the undisturbed class was not graded")
        for victim in victims:
            for number in range(rounds):
                began, found = time.monotonic(), attempt(parts, victim, number, expected)
                bad += bool(found)
                told = "; ".join(found) or "nothing lost"
                print(f"{victim} {number}: {told} ({time.monotonic() - began:.0f} s)", flush=True)
    return bad


def main() -> int:
    """Kill each so often; the status is 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="of each")
    parser.add_argument("--students", type=int, default=8)
    parser.add_argument("--only", choices=VICTIMS, action="append")
    asked = parser.parse_args()
    return int(run(asked.only or VICTIMS, asked.rounds, asked.students) > 0)


if __name__ == "__main__":
    sys.exit(main())
