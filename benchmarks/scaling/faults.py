"""Break a cluster while it grades a class, and see that nobody loses anything by it.

    python -m benchmarks.scaling.faults
    python -m benchmarks.scaling.faults --only "clock of a worker"

Each fault meets a class of its own, once some of it is on record. Two workers run it, each in a
network namespace of its own, over TLS; so this needs root on Linux with iproute2, and a C compiler
for the clocks. A submission may be left *not graded*, with its reason and exit status 3; then the
command is given again, as a teacher would. In the end the table and each submission's result have
to be those of an undisturbed run, and `autograder verify` has to hold; what differs is printed, and
makes the status 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cli.exit_codes import ExitCode
from autograder.sandbox.runtime_dir import PREFIX, TOP
from benchmarks.scaling.own_clock import OwnClock
from benchmarks.scaling.ways import SubmittedClass, options_of, small_class
from benchmarks.validity.small_disk import TEMPORARY, small_disk
from tests.support import ROOT
from tests.support.dask_cluster import RealCluster, real_cluster
from tests.support.network_hosts import Host, network_hosts
from tests.support.processes import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

CUT_SECONDS = 30.0
"""How long a cable is pulled."""

JUMP = 3 * 60 * 60
"""Seconds by which a clock is set forward, and then back; the certificates hold a day."""


@dataclass
class Trial:
    """A class that a cluster grades, and what may be done to both meanwhile.

    Attributes
    ----------
    given : SubmittedClass
        The class.
    cluster : RealCluster
        A scheduler and two workers.
    hosts : tuple of Host
        Where the workers are.
    work : Path
        Where the grader writes.
    clock : OwnClock
        Of every process that was started with its environment.
    stack : ExitStack
        Ends what a fault began.
    """

    given: SubmittedClass
    cluster: RealCluster
    hosts: tuple[Host, ...]
    work: Path
    clock: OwnClock
    stack: contextlib.ExitStack

    def start_workers(self, **variables: str) -> None:
        """Start a worker on each host."""
        for host in self.hosts:
            self.cluster.start_worker(1, host, **variables)

    def stop_workers(self) -> None:
        """Kill both workers."""
        for worker in self.cluster.processes[1:]:
            worker.kill()
            worker.wait()
        del self.cluster.processes[1:]

    def start(self, **variables: str) -> subprocess.Popen[bytes]:
        """Start the grader."""
        return self.given.start(self.work, options_of(self.cluster), **variables)

    def wait_for_some(self, count: int = 2) -> None:
        """Wait until so many submissions are on record."""
        wait_for(lambda: len(self.given.bodies(self.work)) >= count, pause=0.05)


def network_of_one(trial: Trial) -> subprocess.Popen[bytes]:
    """Cut off one worker."""
    return _cut(trial, trial.hosts[:1])


def network_of_all(trial: Trial) -> subprocess.Popen[bytes]:
    """Cut off both workers."""
    return _cut(trial, trial.hosts)


def _cut(trial: Trial, hosts: tuple[Host, ...]) -> subprocess.Popen[bytes]:
    trial.start_workers()
    grader = trial.start()
    trial.wait_for_some()
    for host in hosts:
        host.cut()
    time.sleep(CUT_SECONDS)
    for host in hosts:
        host.mend()
    return grader


def lost_worker(trial: Trial) -> subprocess.Popen[bytes]:
    """Kill one worker, for good."""
    trial.start_workers()
    grader = trial.start()
    trial.wait_for_some()
    trial.cluster.processes[1].kill()
    return grader


def all_workers(trial: Trial) -> subprocess.Popen[bytes]:
    """Kill both workers; start two others a while later."""
    trial.start_workers()
    grader = trial.start()
    trial.wait_for_some()
    trial.stop_workers()
    time.sleep(CUT_SECONDS)
    trial.start_workers()
    return grader


def clock_of_workers(trial: Trial) -> subprocess.Popen[bytes]:
    """Set the clock of both workers forward and back."""
    trial.start_workers(**trial.clock.environment)
    grader = trial.start()
    _jump(trial)
    return grader


def clock_of_the_grader(trial: Trial) -> subprocess.Popen[bytes]:
    """Set the clock of the grader forward and back."""
    trial.start_workers()
    grader = trial.start(**trial.clock.environment)
    _jump(trial)
    return grader


def _jump(trial: Trial) -> None:
    trial.wait_for_some(2)
    trial.clock.set(JUMP)
    trial.wait_for_some(4)
    trial.clock.set(-JUMP)


def disk_of_a_worker(trial: Trial) -> subprocess.Popen[bytes]:
    """Let one worker have a full disk, where it keeps data and runs submissions."""
    full = trial.stack.enter_context(small_disk(TEMPORARY, seen=trial.work.parent))
    trial.cluster.start_worker(on=trial.hosts[0], before=full)
    trial.cluster.start_worker(on=trial.hosts[1])
    return trial.start()


def disk_of_the_grader(trial: Trial) -> subprocess.Popen[bytes]:
    """Fill the disk that the grader writes to, and empty it once it has ended."""
    trial.start_workers()
    trial.work.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "none", trial.work], check=True)
    grader = trial.start()
    grader.wait()
    kept = trial.work.with_name("kept")
    shutil.copytree(trial.work, kept, symlinks=True)
    subprocess.run(["umount", trial.work], check=True)
    trial.work.rmdir()
    kept.rename(trial.work)
    return grader


def data_of_a_worker(trial: Trial) -> subprocess.Popen[bytes]:
    """Alter each file of data that a worker keeps."""
    trial.start_workers()
    grader = trial.start()
    trial.wait_for_some()
    pid = trial.cluster.processes[1].pid
    inside = [path for path in TOP.glob(f"{PREFIX}*/data-*/blobs/*") if _holds(pid, path)]
    if not inside:
        raise RuntimeError("the worker keeps no data")
    for path in inside:
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            file.write(b"altered")
    return grader


def _holds(pid: int, path: Path) -> bool:
    """Whether a process holds the lock of the folder in which a file is."""
    folder = TOP / path.relative_to(TOP).parts[0]
    links = Path(f"/proc/{pid}/fd").iterdir()
    return any(os.path.realpath(link) == str(folder) for link in links)


def version_of_a_worker(trial: Trial) -> subprocess.Popen[bytes]:
    """Let one worker have another version of a package, which keeps it from all jobs."""
    other = trial.work.with_name("other") / "numpy-0.0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.0.1\n")
    path = f"{other.parent}{os.pathsep}{ROOT}"
    trial.cluster.start_worker(on=trial.hosts[0], PYTHONPATH=path)
    trial.cluster.start_worker(on=trial.hosts[1])
    return trial.start()


FAULTS: dict[str, Callable[[Trial], subprocess.Popen[bytes]]] = {
    f"network of a worker, {CUT_SECONDS:g} s": network_of_one,
    f"network of all workers, {CUT_SECONDS:g} s": network_of_all,
    "a worker": lost_worker,
    f"all workers, others after {CUT_SECONDS:g} s": all_workers,
    "clock of the workers": clock_of_workers,
    "clock of the grader": clock_of_the_grader,
    "full disk of a worker": disk_of_a_worker,
    "full disk of the grader": disk_of_the_grader,
    "data of a worker altered": data_of_a_worker,
    "another version on a worker": version_of_a_worker,
}
"""What is done to the cluster, by its name in the table."""


def attempt(name: str, given: SubmittedClass, expected: Path, folder: Path) -> tuple[str, bool]:
    """Meet one fault; return what came of it, and whether anything is wrong."""
    with contextlib.ExitStack() as stack:
        net = stack.enter_context(network_hosts(2))
        cluster = stack.enter_context(real_cluster(folder / "cluster", addresses=net.addresses))
        trial = Trial(given, cluster, net.hosts, folder / "work", OwnClock(folder), stack)
        statuses = [FAULTS[name](trial).wait()]
        ungraded = _ungraded(trial)
        if statuses[0] != ExitCode.DONE:  # as a teacher would: what is on record does not run again
            cluster.stop()
            cluster.processes.clear()
            cluster.start_scheduler()
            trial.start_workers()
            statuses.append(trial.start().wait())
        wrong = [] if statuses[-1] == ExitCode.DONE else ["not graded in the end"]
        if given.facts(trial.work) != given.facts(expected):
            wrong.append("other results")
        elif given.table(trial.work) != given.table(expected):
            wrong.append("another table")
        if not given.verify(trial.work):
            wrong.append("verify")
        if wrong:
            print(trial.work.with_name("work.log").read_text()[-3000:], file=sys.stderr)
    told = "; ".join(wrong) or "nothing lost"
    return f"{told}; exit status {', then '.join(map(str, statuses))}{ungraded}", bool(wrong)


def _ungraded(trial: Trial) -> str:
    """Say how many rows are not graded, and the first one's reason."""
    bodies = trial.given.bodies(trial.work)
    notes = [body["notes"] for body in bodies if body["outcome"] == "infrastructure"]
    if not notes or not isinstance(notes[0], (list, tuple)):
        return ""
    return f"; at first {len(notes)} not graded: {notes[0][0]}"


def main() -> int:
    """Meet each fault; the status is 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, default=16)
    parser.add_argument("--only", choices=FAULTS, action="append")
    asked = parser.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        given = small_class(Path(name), asked.students)
        expected = Path(name) / "undisturbed"
        if given.start(expected).wait():
            sys.exit("the undisturbed class was not graded")
        for number, fault in enumerate(asked.only or FAULTS):
            folder = Path(name) / f"fault-{number}"
            folder.mkdir()
            began = time.monotonic()
            told, wrong = attempt(fault, given, expected, folder)
            bad += wrong
            print(f"{fault}: {told} ({time.monotonic() - began:.0f} s)", flush=True)
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
