"""Say how much of its time a grader spends inside cells, and what a second worker brings.

    python -m benchmarks.scaling.efficiency
    python -m benchmarks.scaling.efficiency --classes 01_idx --executors local --times 4

Real assignments: the demo class, which answers 03, and classes of reference solutions of 01 and 05.
Each is graded by one and by two workers, on the local pool and on a cluster of Dask on this machine
over TLS, all in one run. Efficiency is seconds in cells / (workers x wall seconds), the command's
start, the reference's own run and the report included; a machine that has other work makes it
smaller, and its load is printed. No worker may have more than one processor's worth of time, so two
need two processors. ``--times`` makes a larger class of the same submissions: what is outside cells
once a class, and the wait of one worker for the other's last submission, weigh less there.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import string
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from autograder.assignment import load_assignment
from autograder.authoring.demo_class import answered
from autograder.holdout.store import make_holdout
from benchmarks.scaling.ways import SubmittedClass, demo_class, options_of, seconds_inside
from tests.support import ROOT
from tests.support.dask_cluster import real_cluster

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = "efficiency"
"""Of held-out images."""

WORKERS = (1, 2)


def solved_class(folder: Path, assignment: str, size: int) -> SubmittedClass:
    """Make a class in which everybody hands in the reference's answers."""
    (folder / "in").mkdir()
    for number in range(size):
        path = folder / "in" / f"s{number + 1:02d}.ipynb"
        nbformat.write(answered(ROOT, assignment), path)
    holdouts = folder / "holdout"
    holdouts.mkdir()
    return SubmittedClass(ROOT, assignment, folder / "in", holdouts)


def multi_label_class(folder: Path, students: int) -> SubmittedClass:
    """Make a class that answers 05, with held-out images as many as it is graded by."""
    given = solved_class(folder, "05_multilabel", students)
    graded = load_assignment("05_multilabel", ROOT / "solutions")
    assert graded.holdout_size is not None
    size, maker = graded.holdout_size, graded.holdout_maker
    make_holdout(graded.name, given.holdout, seed=SEED, public=True, size=size, maker=maker)
    return given


def grown(given: SubmittedClass, times: int) -> SubmittedClass:
    """Let each submission be handed in by so many, and return the class."""
    for path in list(given.submitted.iterdir()):
        for letter in string.ascii_lowercase[1:times]:
            shutil.copy(path, path.with_stem(f"{path.stem}{letter}"))
    return given


CLASSES: dict[str, Callable[[Path], SubmittedClass]] = {
    "demo": demo_class,
    "01_idx": lambda folder: solved_class(folder, "01_idx", 30),
    "05_multilabel": lambda folder: multi_label_class(folder, 12),
}
"""How each class is made, by its name in the table."""


@dataclass(frozen=True)
class Run:
    """What a class took.

    Attributes
    ----------
    wall, inside : float
        Seconds: of the whole command, and in cells.
    size : int
        Submissions.
    """

    wall: float
    inside: float
    size: int


def run(given: SubmittedClass, executor: str, workers: int, folder: Path) -> Run:
    """Grade a class from nothing; the workers of a cluster are there before, as they always are."""
    work = folder / f"work-{executor}-{workers}"
    with contextlib.ExitStack() as stack:
        options = ["--workers", str(workers)]
        if executor == "Dask":
            cluster = stack.enter_context(real_cluster(folder / f"cluster-{workers}"))
            for _ in range(workers):
                cluster.start_worker()
            options = options_of(cluster)
        began = time.perf_counter()
        status = given.start(work, options).wait()
        wall = time.perf_counter() - began
    if status not in (0, 3):
        raise RuntimeError(work.with_name(f"{work.name}.log").read_text()[-2000:])
    return Run(wall, seconds_inside(work), len(given.facts(work)))


def main() -> int:
    """Grade each class in each way, and print a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--classes", nargs="*", choices=CLASSES, default=list(CLASSES))
    parser.add_argument("--executors", nargs="*", choices=("local", "Dask"), default=None)
    parser.add_argument("--times", type=int, choices=range(1, 27), default=1, metavar="[1 to 26]")
    asked = parser.parse_args()
    print("class          executor  workers   wall s  in cells s  efficiency  speed-up  load")
    for name in asked.classes:
        with tempfile.TemporaryDirectory(prefix="efficiency-") as kept:
            folder = Path(kept)
            given = grown(CLASSES[name](folder), asked.times)
            for executor in asked.executors or ("local", "Dask"):
                alone = None
                for workers in WORKERS:
                    load = os.getloadavg()[0]
                    found = run(given, executor, workers, folder)
                    alone = alone or found.wall
                    share = found.inside / (workers * found.wall)
                    print(
                        f"{name:14} {executor:8} {workers:8} {found.wall:8.1f} {found.inside:11.1f}"
                        f" {share:11.2f} {alone / found.wall:9.2f} {load:5.1f}"
                        f"  {found.size} submissions",
                        flush=True,
                    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
