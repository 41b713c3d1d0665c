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
import shutil
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
from autograder.errors import AutograderError
from autograder.evidence.log import read_log
from autograder.workdir import WorkDir
from tests.support import ROOT
from tests.support.course import NAME, hand_in, make_course, submission
from tests.support.dask_cluster import RealCluster, real_cluster
from tests.support.postgresql import Server, find_postgresql, postgresql
from tests.support.processes import find, wait_for

if TYPE_CHECKING:
    from collections.abc import Sequence

VICTIMS = ("grader", "worker", "scheduler", "fork server", "database")
"""What is killed."""

FACTS = ("outcome", "points", "max_points", "cells", "score")
"""What the evidence says of a submission that has to be the same."""

LOOKS = 0.05
"""Seconds between two looks."""


@dataclass
class Class:
    """A class, the cluster that runs it and the database that has its grades."""

    course: Path
    cluster: RealCluster
    server: Server | None

    def start(self, work: Path, database: str | None) -> subprocess.Popen[bytes]:
        """Start a grader."""
        assert self.cluster.certificates is not None
        words = [sys.executable, "-m", "autograder.cli.app", "--course", str(self.course)]
        words += [] if database is None else ["--db", database]
        words += ["grade", NAME, "--work", str(work), "--submitted", str(self.course / "in")]
        words += ["--scheduler", self.cluster.address, *self.cluster.certificates.options]
        return subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

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


def bodies(work: Path) -> list[dict[str, object]]:
    """Return what the evidence says of submissions; nothing while a line is being written."""
    try:
        entries = read_log(WorkDir(work).evidence(NAME)).entries
    except (AutograderError, OSError):
        return []
    return [dict(entry.body) for entry in entries if entry.body["kind"] == "submission"]


def facts(work: Path) -> dict[str, tuple[object, ...]]:
    """Return what came of each student last."""
    return {str(body["student"]): tuple(body[name] for name in FACTS) for body in bodies(work)}


def attempt(a_class: Class, victim: str, number: int, expected: Path) -> list[str]:
    """Kill one thing at a random moment; return what is wrong in the end."""
    work = a_class.course / f"work-{victim.replace(' ', '-')}-{number}"
    shutil.copytree(a_class.course / "work" / "holdout", work / "holdout")
    made = None if a_class.server is None else a_class.server.make_database(work.name)
    size, grader = len(facts(expected)), a_class.start(work, made)
    moment = random.randrange(size)
    wait_for(lambda: len(bodies(work)) >= moment or grader.poll() is not None, pause=LOOKS)
    time.sleep(random.uniform(0, 1))  # any moment between two
    a_class.kill(victim, grader)
    status, found = grader.wait(), list[str]()
    on_record = facts(work)
    if status != ExitCode.DONE:  # as a teacher would: what is on record does not run again
        status = a_class.start(work, made).wait()
    if status != ExitCode.DONE:
        found.append(f"exit status {status}")
    table = Path("report", "grades.csv")
    if facts(work) != facts(expected):
        found.append("other results")
    elif (work / table).read_bytes() != (expected / table).read_bytes():
        found.append("another table")
    ran = Counter(str(body["student"]) for body in bodies(work) if body["points"] is not None)
    found += [f"{one} ran {ran[one]} times" for one in on_record if ran[one] > 1]
    words = [sys.executable, "-m", "autograder.cli.app", "--course", str(a_class.course)]
    verified = subprocess.run([*words, "verify", NAME, "--work", str(work)], check=False, cwd=ROOT)
    return [*found, *(["verify"] if verified.returncode else [])]


def run(victims: Sequence[str], rounds: int, size: int) -> int:
    """Try all; return how many attempts found something."""
    bad, programs = 0, find_postgresql()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        server = None if programs is None else stack.enter_context(postgresql(programs))
        course = make_course(folder)
        for number in range(size):
            hand_in(course, f"s{number:02d}", submission())
        cluster = stack.enter_context(real_cluster(folder / "cluster"))
        for _ in range(2):
            cluster.start_worker()
        a_class = Class(course, cluster, server)
        expected = course / "work-undisturbed"
        shutil.copytree(course / "work" / "holdout", expected / "holdout")
        calm = None if server is None else server.make_database("calm")
        if a_class.start(expected, calm).wait():
            sys.exit("the undisturbed class was not graded")
        for victim in victims:
            for number in range(rounds):
                began, found = time.monotonic(), attempt(a_class, victim, number, expected)
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
