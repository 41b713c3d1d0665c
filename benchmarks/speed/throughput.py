"""Grade the same classes with stock ``nbgrader autograde`` and with ours, and compare.

    make bench
    python -m benchmarks.speed.throughput [--size 40] [--rounds 3] [--growth 10 40 160]

For each variant, scikit-learn and TensorFlow, the two take turns on a class of the same
submissions, so that whatever else the machine does meets both. Each run is a process of its own,
from nothing: the zygote's start, the checks and the report are included. CPU seconds are those of
all processes together, from a control group made for the run, so this needs root on Linux.
Every cell's score must be equal. Writes ``work/bench/grading.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader.api import Gradebook

from autograder.workdir import WorkDir
from benchmarks.speed.cpu_meter import CpuGroup
from benchmarks.speed.workload import make_class, make_course
from tests.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

VARIANTS = {"scikit-learn": "bench_sklearn", "tensorflow": "bench_tensorflow"}
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def measure(command: list[str], folder: Path) -> dict[str, float]:
    """Run a command to its end and return its wall and CPU seconds.

    Raises
    ------
    RuntimeError
        With the end of its output, if it fails.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with CpuGroup() as group:
        began = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | ENVIRONMENT | {"PATH": path, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=group.enter,
        )
        wall = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"{command}: {(done.stdout + done.stderr)[-2000:]}")
        return {"wall": wall, "cpu": group.seconds()}


def with_nbgrader(course: Path, assignment: str, submitted: Path) -> dict[str, Any]:
    """Grade a class by stock ``nbgrader autograde``."""
    work = _new_gradebook(course, assignment)
    shutil.copytree(submitted, work / "submitted")
    found = measure(["nbgrader", "autograde", assignment], course)
    return {**found, "scores": scores(work, assignment)}


def with_ours(course: Path, assignment: str, submitted: Path) -> dict[str, Any]:
    """Grade a class by ``autograder grade``, which enters the assignment once more by itself."""
    work = _new_gradebook(course, assignment)
    command = [
        sys.executable,
        "-m",
        "autograder.cli.app",
        "--course",
        str(course),
        "grade",
        assignment,
    ]
    found = measure([*command, "--submitted", str(submitted)], course)
    phases = phase_seconds(work / "report" / "timings.csv")
    return {**found, "scores": scores(work, assignment), "phases": phases}


def _new_gradebook(course: Path, assignment: str) -> Path:
    """Begin as a course does: with a gradebook that knows the assignment, and no submission."""
    work = course / "work"
    shutil.rmtree(work, ignore_errors=True)
    measure(["nbgrader", "generate_assignment", assignment, "--force"], course)
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


def compare(name: str, assignment: str, size: int, rounds: int) -> dict[str, Any]:
    """Let the two graders take turns on one class."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        course = Path(folder)
        make_course(course, assignment)
        submitted = make_class(course, assignment, size)
        runs: dict[str, list[dict[str, Any]]] = {"nbgrader": [], "ours": []}
        for number in range(rounds):
            runs["nbgrader"].append(with_nbgrader(course, assignment, submitted))
            runs["ours"].append(with_ours(course, assignment, submitted))
            both = {grader: f"{done[-1]['wall']:.1f} s" for grader, done in runs.items()}
            print(f"{name}, round {number + 1} of {rounds}: {both}", flush=True)
    return _summary(runs, size)


def _summary(runs: dict[str, list[dict[str, Any]]], size: int) -> dict[str, Any]:
    found: dict[str, Any] = {"submissions": size}
    for grader, done in runs.items():
        found[grader] = {kind: _spread(run[kind] for run in done) for kind in ("wall", "cpu")}
    for kind in ("wall", "cpu"):
        pairs = zip(runs["nbgrader"], runs["ours"], strict=True)
        found[f"{kind}_ratio"] = _spread(theirs[kind] / ours[kind] for theirs, ours in pairs)
    ours, cores = runs["ours"], os.cpu_count() or 1
    found["seconds_inside_cells"] = _spread(run["phases"]["inside"] for run in ours)
    found["cpu_seconds_inside_cells"] = _spread(run["phases"]["inside_cpu"] for run in ours)
    found["efficiency"] = _spread(r["phases"]["inside"] / (cores * r["wall"]) for r in ours)
    found["overhead_per_submission"] = {
        phase: round(statistics.median(run["phases"][phase] for run in ours) / size, 3)
        for phase in ours[0]["phases"]
        if not phase.startswith("inside")
    }
    found["scores_equal"] = all(run["scores"] == runs["nbgrader"][0]["scores"] for run in ours)
    return found


def _spread(values: Iterable[float]) -> dict[str, float]:
    listed = [round(value, 3) for value in values]
    return {"median": statistics.median(listed), "min": min(listed), "max": max(listed)}


def growth(assignment: str, sizes: Iterable[int]) -> dict[int, dict[str, float]]:
    """Grade classes of several sizes with ours alone."""
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
    """Measure, print and write; return 1 if a score differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=40, help="submissions of a class")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--growth", type=int, nargs="*", default=[10, 40, 160])
    parser.add_argument("--variants", nargs="*", choices=VARIANTS, default=list(VARIANTS))
    options = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    for name in options.variants:
        found[name] = compare(name, VARIANTS[name], options.size, options.rounds)
    found["growth"] = growth(VARIANTS["scikit-learn"], options.growth)
    path = ROOT / "work" / "bench" / "grading.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
    print(f"Written to {path}")
    return int(not all(found[name]["scores_equal"] for name in options.variants))


if __name__ == "__main__":
    sys.exit(main())
