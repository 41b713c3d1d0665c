"""Print what methods from naive to strong reach in graded conditions: the ladder of a capstone.

    make ladder
    python -m benchmarks.validity.ladder 03_svc        # one assignment of three

Each method of `benchmarks.validity.capstones` learns from as many images as ``tiers.toml`` says,
of those handed out with a held-out set, and answers that set: what a graded run does, without the
notebook around it. The last row is the reference solution, graded by ``autograder grade`` as a
submission. Two held-out sets, by public seeds. Prints a table in Markdown, worst first: the score
by each seed, the tier of the two scores' mean, and CPU seconds of learning and answering.

Answers are kept below ``work/benchmarks/forecast``, whose figures rest on the same runs.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from autograder.authoring.execute import REPEATABLE

os.environ.update(REPEATABLE)  # before any library decides on its threads

from autograder.scoring.tiers import Tiers, load_tiers
from benchmarks.validity.capstones import CAPSTONES
from benchmarks.validity.runs import ROOT, WORK, held_out, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEEDS = ("report-1", "report-2")
"""Of the held-out sets; `benchmarks.validity.forecast` reports on the same."""

REFERENCE = "reference solution"


@dataclass(frozen=True)
class Rung:
    """One method's row.

    Attributes
    ----------
    method : str
        Its name.
    scores : tuple of float
        By seed.
    seconds : float or None
        CPU time of one run; None where it was not taken.
    """

    method: str
    scores: tuple[float, ...]
    seconds: float | None

    @property
    def mean(self) -> float:
        """Mean of the scores."""
        return sum(self.scores) / len(self.scores)


def climb(assignment: str) -> list[Rung]:
    """Return an assignment's rungs, worst first, with the reference solution in its place."""
    rungs = [*_methods(assignment), Rung(REFERENCE, tuple(_graded(assignment)), None)]
    return sorted(rungs, key=lambda rung: rung.mean)


def _methods(assignment: str) -> Iterator[Rung]:
    metric = load_tiers(ROOT / "solutions" / assignment).metric
    for method in CAPSTONES[assignment]:
        runs = [run(assignment, seed, method, part=0, both=False) for seed in SEEDS]
        scores = []
        for seed, one in zip(SEEDS, runs, strict=True):
            truth = held_out(assignment, seed)[1]
            scores.append(float(metric.score_of(truth, metric.check(one.held_out, truth))))
        yield Rung(method, tuple(scores), sum(one.seconds for one in runs) / len(runs))


def _graded(assignment: str) -> Iterator[float]:
    """Yield the reference's score by each seed, as the grader measures it."""
    for seed in SEEDS:
        work = WORK / "graded" / assignment / seed
        shutil.rmtree(work, ignore_errors=True)
        submitted = work / "submitted"
        submitted.mkdir(parents=True)
        shutil.copy(_solution(assignment), submitted / "s01.ipynb")
        _autograder("holdout", assignment, "--work", str(work), "--seed", seed)
        _autograder("grade", assignment, "--work", str(work), "--submitted", str(submitted))
        with (work / "report" / "grades.csv").open(encoding="utf-8", newline="") as file:
            (row,) = csv.DictReader(file)
        yield float(row[load_tiers(ROOT / "solutions" / assignment).metric.name])


def _solution(assignment: str) -> Path:
    return ROOT / "solutions" / assignment / f"{assignment}.ipynb"


def _autograder(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "autograder", "--course", str(ROOT), *arguments],
        check=True,
        stdout=sys.stderr,
    )


def format_ladder(assignment: str, rungs: list[Rung], tiers: Tiers) -> str:
    """Lay rungs out as a table in Markdown."""
    title = tiers.metric.title
    lines = [
        f"| {assignment} | {title}, two held-out sets | tier | CPU s |",
        "|---|---|---|---|",
    ]
    for rung in rungs:
        scores = ", ".join(f"{score:.3f}" for score in rung.scores)
        tier = tiers.place(Fraction(rung.mean).limit_denominator(10**6)).label
        seconds = "" if rung.seconds is None else f"{rung.seconds:.1f}"
        lines.append(f"| {rung.method} | {scores} | {tier} | {seconds} |")
    return "\n".join(lines)


def main() -> None:
    """Parse the command line; print a table for each assignment."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("assignments", nargs="*", help=f"default: {' '.join(CAPSTONES)}")
    options = parser.parse_args()
    if unknown := set(options.assignments) - {*CAPSTONES}:
        parser.error(f"unknown assignment {unknown.pop()!r}: expected {' or '.join(CAPSTONES)}")
    for assignment in options.assignments or CAPSTONES:
        tiers = load_tiers(ROOT / "solutions" / assignment)
        print(f"\n{format_ladder(assignment, climb(assignment), tiers)}", flush=True)


if __name__ == "__main__":
    main()
