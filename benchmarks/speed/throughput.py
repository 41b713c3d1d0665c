"""Grade the same classes with nbgrader, with ours on two executors, and with otter; compare.

    make bench
    python -m benchmarks.speed.throughput [--size 40] [--rounds 3] [--growth 10 40 160]
                                          [--otter PATH | --no-otter]

For each variant, scikit-learn and TensorFlow, four graders take turns on a class of the same
submissions, so that whatever else the machine does meets all:

- ``nbgrader``: stock ``nbgrader autograde``
- ``ours``: ``autograder grade`` on the local pool
- ``ours_on_dask``: the same on a Dask cluster of two workers on this machine, over TLS
- ``otter``: ``otter run``, one call for each submission, one after another

Each run is a process of its own, from nothing: the zygote's start, the checks and the report are
included. The cluster is the exception, as it stands there anyway: it is started before the rounds,
and one submission is graded on it, by which its workers get the course's data; what that took is
printed apart. CPU seconds are those of all processes together, the cluster's among them, from
control groups, so this needs root on Linux. Only ours runs submissions in a sandbox, as
`benchmarks.speed.otter_baseline` says more of.

``--otter`` names the command ``otter`` of an environment that has what the assignments import.
Without it one is made in a temporary folder, which needs a network; it is never ours.

Every cell's score by ours must be equal to nbgrader's. Where otter's is not, the cell is printed,
with what the check said in either. By nbgrader's default a warning on stderr costs a check's
points, and in otter it does not; the course's ``nbgrader_config.py``, which nbgrader has here,
sees to it that it costs none. Writes ``work/bench/grading.json``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.speed import otter_baseline
from benchmarks.speed.graders import dask_cluster, with_nbgrader, with_ours
from benchmarks.speed.workload import make_class, make_course
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Run = dict[str, Any]

VARIANTS = {"scikit-learn": "bench_sklearn", "tensorflow": "bench_tensorflow"}
"""Assignment of each variant."""

OURS = ("ours", "ours_on_dask")
"""Those whose scores must be nbgrader's."""


def compare(name: str, size: int, rounds: int, otter: Path | None) -> dict[str, Any]:
    """Let the graders take turns on one class.

    Parameters
    ----------
    name : str
        Key of `VARIANTS`.
    size : int
        Submissions.
    rounds : int
        How often.
    otter : Path or None
        The command ``otter``; None leaves it out.

    Returns
    -------
    dict of str to Any
        As ``grading.json`` has it.
    """
    assignment = VARIANTS[name]
    with contextlib.ExitStack() as stack:
        course = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        make_course(course, assignment)
        submitted = make_class(course, assignment, size)
        cluster = stack.enter_context(dask_cluster(course / "cluster"))
        graders: dict[str, Callable[[], Run]] = {
            "nbgrader": lambda: with_nbgrader(course, assignment, submitted),
            "ours": lambda: with_ours(course, assignment, submitted),
            "ours_on_dask": lambda: with_ours(course, assignment, submitted, cluster),
        }
        if otter:
            packed = otter_baseline.make_autograder(otter, course, assignment)
            handed = otter_baseline.hand_in(submitted, packed.parent / "submitted")
            graders["otter"] = lambda: otter_baseline.with_otter(otter, packed, handed)
        one = submitted if size == 1 else make_class(course, assignment, 1)
        first = with_ours(course, assignment, one, cluster)
        runs: dict[str, list[Run]] = {grader: [] for grader in graders}
        for number in range(rounds):
            for grader, run in graders.items():
                runs[grader].append(run())
            took = ", ".join(f"{grader} {done[-1]['wall']:.1f} s" for grader, done in runs.items())
            print(f"{name}, round {number + 1} of {rounds}: {took}", flush=True)
    found = _summary(runs, size)
    found["first_on_dask"] = {kind: round(first[kind], 3) for kind in ("wall", "cpu")}
    return found


def _summary(runs: dict[str, list[Run]], size: int) -> dict[str, Any]:
    stock = runs["nbgrader"]
    found: dict[str, Any] = {"submissions": size}
    for grader, done in runs.items():
        found[grader] = {kind: _spread(run[kind] for run in done) for kind in ("wall", "cpu")}
        for kind in ("wall", "cpu") if grader != "nbgrader" else ():
            pairs = zip(stock, done, strict=True)
            ratios = _spread(theirs[kind] / run[kind] for theirs, run in pairs)
            found[grader][f"{kind}_ratio"] = ratios
        found[grader]["scores_equal"] = all(run["scores"] == stock[0]["scores"] for run in done)
    for grader in OURS:
        found[grader] |= _phases(runs[grader], size)
    if "otter" in runs:
        pairs = zip(stock, runs["otter"], strict=True)
        lines = [line for pair in pairs for line in otter_baseline.differences(*pair)]
        found["otter"]["differences"] = list(dict.fromkeys(lines))  # once for all rounds
    return found


def _phases(done: list[Run], size: int) -> dict[str, Any]:
    """Say where ours spent its time, on one of its executors."""
    cores = os.cpu_count() or 1
    return {
        "seconds_inside_cells": _spread(run["phases"]["inside"] for run in done),
        "cpu_seconds_inside_cells": _spread(run["phases"]["inside_cpu"] for run in done),
        "efficiency": _spread(r["phases"]["inside"] / (cores * r["wall"]) for r in done),
        "overhead_per_submission": {
            phase: round(statistics.median(run["phases"][phase] for run in done) / size, 3)
            for phase in done[0]["phases"]
            if not phase.startswith("inside")
        },
    }


def _spread(values: Iterable[float]) -> dict[str, float]:
    listed = [round(value, 3) for value in values]
    return {"median": statistics.median(listed), "min": min(listed), "max": max(listed)}


def table(name: str, found: dict[str, Any]) -> str:
    """Return what `compare` found, as lines to read.

    Parameters
    ----------
    name : str
        The variant.
    found : dict of str to Any
        What `compare` returned.

    Returns
    -------
    str
    """
    head = f"{name}, {found['submissions']} submissions; medians, and the lowest ratio to nbgrader"
    columns = f"{'wall s':>9}{'CPU s':>9}{'wall ratio':>14}{'CPU ratio':>14}{'efficiency':>12}"
    lines = [head, f"{'':14}{columns}  scores"]
    for grader in ("nbgrader", *OURS, "otter"):
        if row := found.get(grader):
            used = "".join(f"{row[kind]['median']:9.1f}" for kind in ("wall", "cpu"))
            ratios = [row.get(f"{kind}_ratio") for kind in ("wall", "cpu")]
            shown = [f"{r['median']:.1f} ({r['min']:.1f})" if r else "" for r in ratios]
            equal = "equal" if row["scores_equal"] else "not equal"
            spent = f"{row['efficiency']['median']:.2f}" if grader in OURS else ""
            columns = f"{used}{shown[0]:>14}{shown[1]:>14}{spent:>12}"
            lines.append(f"{grader:14}{columns}  {equal}")
    first = found["first_on_dask"]
    lines.append(f"first submission on Dask, with all data: {first['wall']:.1f} s")
    return "\n".join([*lines, *(found.get("otter") or {}).get("differences", [])])


def growth(assignment: str, sizes: Iterable[int]) -> dict[int, dict[str, float]]:
    """Grade classes of several sizes with ours alone, on the local pool."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        course = Path(folder)
        make_course(course, assignment)
        found = {}
        for size in sizes:
            done = with_ours(course, assignment, make_class(course, assignment, size))
            found[size] = {kind: round(done[kind], 2) for kind in ("wall", "cpu")}
            print(f"{size} submissions: {found[size]}", flush=True)
        return found


def main() -> int:
    """Measure, print and write; return 1 if a score of ours differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=40, help="submissions of a class")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--growth", type=int, nargs="*", default=[10, 40, 160])
    parser.add_argument("--variants", nargs="*", choices=VARIANTS, default=list(VARIANTS))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--otter", type=Path, help="the command, in an environment of its own")
    which.add_argument("--no-otter", action="store_true", help="leave otter out")
    options = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory(prefix="otter-") as folder:
        otter = None if options.no_otter else options.otter and options.otter.absolute()
        if not (options.no_otter or otter):
            print("Installs otter-grader in an environment of its own; --otter names another")
            assignments = [VARIANTS[name] for name in options.variants]
            otter = otter_baseline.make_environment(Path(folder), assignments)
        if otter:
            found["otter_version"] = otter_baseline.version_of(otter)
        for name in options.variants:
            found[name] = compare(name, options.size, options.rounds, otter)
            print(table(name, found[name]), flush=True)
    found["growth"] = growth(VARIANTS["scikit-learn"], options.growth)
    path = ROOT / "work" / "bench" / "grading.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
    print(f"Written to {path}")
    ours = (found[name][grader] for name in options.variants for grader in OURS)
    return int(not all(grader["scores_equal"] for grader in ours))


if __name__ == "__main__":
    sys.exit(main())
