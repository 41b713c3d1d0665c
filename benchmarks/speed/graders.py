"""Grade a class with one of the graders that `benchmarks.speed.throughput` lets take turns.

Each run is a process of its own, from nothing. CPU seconds are those of all processes together,
from a control group made for the run; what runs on a cluster is in the cluster's own group, which
is read before and after.
"""

from __future__ import annotations

import contextlib
import csv
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbgrader.api import Gradebook

from autograder.execution.dask_connection import DaskConnection, SchedulerAddress
from autograder.workdir import WorkDir
from benchmarks.speed.cpu_meter import CpuGroup
from tests.support import ROOT
from tests.support.dask_cluster import real_cluster
from tests.support.processes import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
"""Of every grader, and of a cluster's workers."""

OURS = Path(sys.executable).parent
"""Where our environment has its commands."""

WORKERS = 2
"""Of the Dask cluster, with one submission at a time each."""


@dataclass(frozen=True)
class Cluster:
    """A Dask cluster that runs already.

    Attributes
    ----------
    options : list of str
        By which ``autograder grade`` finds it.
    group : CpuGroup
        Holds the scheduler, the workers and all that these start.
    """

    options: list[str]
    group: CpuGroup


@contextlib.contextmanager
def dask_cluster(folder: Path) -> Iterator[Cluster]:
    """Start a scheduler and `WORKERS` workers, on loopback over TLS, and wait for them.

    Parameters
    ----------
    folder : Path
        For their certificate, their logs and what the workers keep.

    Yields
    ------
    Cluster
        Until the block ends.
    """
    with CpuGroup("cluster") as group, real_cluster(folder) as real:
        group.enter(real.processes[0].pid)
        variables: dict[str, Any] = {**ENVIRONMENT}
        for _ in range(WORKERS):
            real.start_worker(slots=1, before=group.before, **variables)
        files = real.certificates
        assert files is not None
        address = SchedulerAddress(real.address, files.cert, files.cert, files.key)
        connection = DaskConnection(address)
        wait_for(lambda: len(connection.workers() or {}) == WORKERS, pause=0.2)
        connection.close()
        yield Cluster(["--scheduler", real.address, *files.options], group)


def measure(
    commands: Sequence[Sequence[str]],
    folder: Path,
    *,
    tools: Path = OURS,
    beside: CpuGroup | None = None,
) -> dict[str, float]:
    """Run commands to their ends, one after another.

    Parameters
    ----------
    commands : sequence of sequence of str
        What to run.
    folder : Path
        Where.
    tools : Path, optional
        Folder in which commands are looked for first.
    beside : CpuGroup, optional
        Processes that work for the commands, and run before and after.

    Returns
    -------
    dict of str to float
        ``wall`` and ``cpu``, both in seconds and of all commands together.

    Raises
    ------
    RuntimeError
        With the end of its output, if a command fails.
    """
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | ENVIRONMENT | {"PATH": path, "PYTHONPATH": str(ROOT)}
    with CpuGroup() as group:
        elsewhere, began = beside.seconds() if beside else 0.0, time.perf_counter()
        for command in commands:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                preexec_fn=group.enter,
            )
            if done.returncode:
                raise RuntimeError(f"{command}: {(done.stdout + done.stderr)[-2000:]}")
        wall = time.perf_counter() - began
        elsewhere = beside.seconds() - elsewhere if beside else 0.0
        return {"wall": wall, "cpu": group.seconds() + elsewhere}


def with_nbgrader(course: Path, assignment: str, submitted: Path) -> dict[str, Any]:
    """Grade a class by stock ``nbgrader autograde``; ``said`` is what its checks wrote."""
    work = _new_gradebook(course, assignment)
    shutil.copytree(submitted, work / "submitted")
    found = measure([["nbgrader", "autograde", assignment]], course)
    said = {
        folder.name: _said(folder / assignment / f"{assignment}.ipynb")
        for folder in sorted((work / "autograded").iterdir())
    }
    return {**found, "scores": scores(work, assignment), "said": said}


def with_ours(
    course: Path, assignment: str, submitted: Path, cluster: Cluster | None = None
) -> dict[str, Any]:
    """Grade a class by ``autograder grade``, which enters the assignment once more by itself.

    Parameters
    ----------
    course : Path
        Its folder.
    assignment : str
        Its name.
    submitted : Path
        The class, in nbgrader's layout.
    cluster : Cluster, optional
        Where to run it; by default on the local pool.

    Returns
    -------
    dict of str to Any
        ``wall`` and ``cpu`` in seconds, ``scores``, and ``phases`` as `phase_seconds` has them.
    """
    work = _new_gradebook(course, assignment)
    command = [sys.executable, "-m", "autograder.cli.app", "--course", str(course)]
    command += ["grade", assignment, "--submitted", str(submitted)]
    command += cluster.options if cluster else []
    found = measure([command], course, beside=cluster.group if cluster else None)
    phases = phase_seconds(work / "report" / "timings.csv")
    return {**found, "scores": scores(work, assignment), "phases": phases}


def _new_gradebook(course: Path, assignment: str) -> Path:
    """Begin as a course does: with a gradebook that knows the assignment, and no submission."""
    work = course / "work"
    shutil.rmtree(work, ignore_errors=True)
    measure([["nbgrader", "generate_assignment", assignment, "--force"]], course)
    return work


def scores(work: Path, assignment: str) -> dict[str, dict[str, float]]:
    """Return each student's score of each graded cell."""
    with Gradebook(WorkDir(work).gradebook_url) as gradebook:
        return {
            submission.student_id: {
                grade.name: grade.auto_score for n in submission.notebooks for grade in n.grades
            }
            for submission in gradebook.assignment_submissions(assignment)
        }


def _said(autograded: Path) -> dict[str, str]:
    """Return for each graded cell what it wrote on stderr, or the error that it ended with."""
    found = {}
    for cell in nbformat.read(autograded, 4).cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("grade"):
            written = [out.text for out in cell.outputs if out.get("name") == "stderr"]
            raised = [
                f"{out.ename}: {out.evalue}" for out in cell.outputs if out.output_type == "error"
            ]
            kind = "raised " if raised else "wrote on stderr: "
            said = " ".join(" ".join(raised or written).split())
            found[metadata["grade_id"]] = kind + said if said else ""
    return found


def phase_seconds(path: Path) -> dict[str, float]:
    """Add a class's time up by phase.

    ``inside`` is the time inside cells, in both kernels, and ``inside_cpu`` what these used.
    """
    total: dict[str, float] = defaultdict(float)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            phase = row["what"] if row["where"] == "grader" else "inside"
            total[phase] += float(row["seconds"])
            total["inside_cpu"] += float(row["cpu"] or 0)
    return dict(total)
