"""Count how often the last cell's forecast at home holds when a capstone is graded.

    python -m benchmarks.validity.forecast               # 03_svc 04_clustering 05_multilabel
    python -m benchmarks.validity.forecast 04_clustering
    python -m benchmarks.validity.forecast --calibrate   # print what CALIBRATED has to hold

Each capstone of `benchmarks.validity.capstones` learns at home, from the images that the notebook
takes, and answers the practice images: that gives the forecast. Then it learns again, from what is
handed out with a held-out set and by another seed, and answers that set: that is what graded would
come. Two held-out sets are reported, of 05 four, and the calibration takes others. What is handed
out lacks the images held out, and keeps the order of the rest: so the same notebook learns, when it
is graded, from 7 in 8 of the images that it learnt from at home.

Answers are kept below ``work/benchmarks/forecast``; from scratch it takes some forty minutes of
one processor.
"""

from __future__ import annotations

import argparse
import os
import statistics
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from autograder.authoring.execute import REPEATABLE

os.environ.update(REPEATABLE)  # before any library decides on its threads

import numpy as np

from autograder.scoring.forecast import (
    CALIBRATED,
    Forecast,
    forecast,
    log_odds,
    standard_error,
)
from autograder.scoring.tiers import Tiers, load_tiers
from benchmarks.validity.capstones import CAPSTONES
from benchmarks.validity.runs import HOME, ROOT, Run, conditions, held_out, practice, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from autograder.scoring.metrics import Measured

REPORTED = {
    "03_svc": ("report-1", "report-2"),
    "04_clustering": ("report-1", "report-2"),
    # the misses of a set come together, as its half-blind capstones err alike: two say too little
    "05_multilabel": ("report-1", "report-2", "report-3", "report-4"),
}

CALIBRATING = {
    "03_svc": ("calibration-1", "calibration-2", "calibration-3", "calibration-4"),
    "04_clustering": ("calibration-1", "calibration-2", "calibration-3", "calibration-4"),
    "05_multilabel": ("calibration-1", "calibration-2", "calibration-3", "calibration-4"),
}

SLOW = ("SVC on pixels", "committee")
"""Left out of the calibration."""

METHODS = {name: [m for m in methods if m not in SLOW] for name, methods in CAPSTONES.items()}


@dataclass(frozen=True)
class Scored:
    """A run's two scores; None where it was not asked."""

    practice: Measured | None
    held_out: Measured | None


@cache
def tiers_of(assignment: str) -> Tiers:
    """Return an assignment's tiers."""
    return load_tiers(ROOT / "solutions" / assignment)


def score(assignment: str, source: str, kept: Run) -> Scored:
    """Score a run's answers."""
    metric = tiers_of(assignment).metric

    def measure(data: tuple[NDArray[Any], NDArray[Any]], answers: Any) -> Measured | None:
        if answers is None:
            return None
        return metric.measure(data[1], metric.check(answers, data[1]))

    secret = None if kept.held_out is None else measure(held_out(assignment, source), kept.held_out)
    return Scored(measure(practice(assignment), kept.practice), secret)


def calibrate(assignment: str) -> str:
    """Measure shift and spread, in log-odds, on the sets that are not reported.

    Where a learner answered both, the shift is the mean difference of its own two scores, and the
    spread that of the practice scores of learners that differ in what they learnt from. A
    clustering is learnt anew from each set: there the spread is that between sets, less what
    sampling explains. Both the learner at home and the one that is graded are drawn, so the spread
    of their difference has twice the variance of one.
    """
    calibration = CALIBRATED[tiers_of(assignment).metric.name]
    sources = CALIBRATING[assignment]
    scored = {
        (source, method): score(assignment, source, kept)
        for source, method, kept in calibration_runs(assignment)
    }
    n, m = len(practice(assignment)[0]), conditions(assignment).held_out
    gaps: dict[str, list[float]] = {source: [] for source in sources}
    variances: dict[bool, list[float]] = {False: [], True: []}
    for method in METHODS[assignment]:
        home = scored[HOME, method].practice
        runs = {source: scored[source, method] for source in sources}
        for source, one in runs.items():
            gaps[source].append(odds(one.practice or home, n) - odds(one.held_out, m))
        again = [home, *(one.practice for one in runs.values())]
        sampling = 0.0
        if None in again:  # nothing answered the same images twice
            again = [home, *(one.held_out for one in runs.values())]
            sampling = float(np.mean([standard_error(one, m) ** 2 for one in again if one]))
        between = statistics.variance([odds(one, m) for one in again])
        restless = any(calibration.is_restless(float(one.score)) for one in again if one)
        variances[restless].append(2 * (between - sampling))
    shifts = [statistics.mean(gap) for gap in gaps.values()]
    spreads = [f"{np.sqrt(max(np.mean(found), 0)):.3f}" for found in variances.values() if found]
    return (
        f"shift {statistics.mean(shifts):.3f} (by set: {', '.join(f'{x:.3f}' for x in shifts)}), "
        f"learning {' and, restless, '.join(spreads)}"
    )


def calibration_runs(assignment: str) -> Iterator[tuple[str, str, Run]]:
    """Run what the calibration is made from, by the notebook's own choice of images each time."""
    both = tiers_of(assignment).metric.name != "ari"
    for source in (HOME, *CALIBRATING[assignment]):
        for method in METHODS[assignment]:
            yield source, method, run(assignment, source, method, part=0, both=both)


def odds(measured: Measured | None, n: int) -> float:
    """Return a score of n images in log-odds."""
    assert measured is not None
    return log_odds(float(measured.score), n)


def report(assignment: str) -> None:
    """Print a line a run, and what they come to."""
    tiers = tiers_of(assignment)
    runs = {
        (source, method): run(assignment, source, method, part=0, both=False)
        for source in (HOME, *REPORTED[assignment])
        for method in CAPSTONES[assignment]
    }
    print(f"\n{assignment}, {tiers.metric.title}: {CALIBRATED[tiers.metric.name]}")
    print("capstone                    set       home    95 % interval      graded  tiers")
    lines = []
    for source in REPORTED[assignment]:
        for method in CAPSTONES[assignment]:
            home = _forecast(assignment, runs[HOME, method])
            graded = score(assignment, source, runs[source, method]).held_out
            assert graded is not None
            lines.append(_line(tiers, home, graded))
            practised = score(assignment, HOME, runs[HOME, method]).practice
            assert practised is not None
            print(f"{method:27} {source:9} {float(practised.score):.4f}  {lines[-1].text}")
    covered = sum(line.covered for line in lines)
    kept = sum(line.kept for line in lines)
    sure = [line for line in lines if not line.borderline]
    width = statistics.median(line.width for line in lines)
    print(f"covered: {covered} of {len(lines)} ({covered / len(lines):.0%}), aim 90 % or more")
    print(f"median width: {width:.4f}")
    print(f"graded tier is home's, or home said borderline: {kept} of {len(lines)}")
    print(f"not borderline: {len(sure)} of {len(lines)}", flush=True)


@dataclass(frozen=True)
class Line:
    """What became of one forecast."""

    text: str
    covered: bool
    kept: bool
    borderline: bool
    width: float


def _line(tiers: Tiers, home: Forecast, graded: Measured) -> Line:
    came = tiers.place(graded.score).label
    covered = home.low <= graded.score <= home.high
    said = f"{home.placed.label} -> {came}" + (", borderline" if home.borderline else "")
    text = (
        f"{home.low:.4f} to {home.high:.4f}  {float(graded.score):.4f}  {said}"
        f"{'' if covered else '  NOT COVERED'}"
    )
    kept = home.borderline or came == home.placed.label
    return Line(text, covered, kept, home.borderline, home.high - home.low)


def _forecast(assignment: str, kept: Run) -> Forecast:
    tiers, truth = tiers_of(assignment), practice(assignment)[1]
    metric = tiers.metric
    answers = metric.check(kept.practice, truth)
    assert tiers.capstone is not None
    return forecast(truth, answers, metric.measure(truth, answers), tiers, tiers.capstone)


def main() -> None:
    """Parse the command line; print figures of each assignment."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("assignments", nargs="*", help=f"default: {' '.join(CAPSTONES)}")
    parser.add_argument("--calibrate", action="store_true", help="measure what CALIBRATED holds")
    options = parser.parse_args()
    if unknown := set(options.assignments) - {*CAPSTONES}:
        parser.error(f"unknown assignment {unknown.pop()!r}: expected {' or '.join(CAPSTONES)}")
    for assignment in options.assignments or CAPSTONES:
        if options.calibrate:
            print(f"{tiers_of(assignment).metric.name}: {calibrate(assignment)}", flush=True)
        else:
            report(assignment)


if __name__ == "__main__":
    main()
