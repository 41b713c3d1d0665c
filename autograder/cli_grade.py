"""The commands that run submissions: grade, spread and demo."""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace

from tqdm import tqdm

from autograder.assignment import Assignment
from autograder.cli_options import opened
from autograder.conclude import REPORT, conclude, labels_of, seal
from autograder.evidence import log_path, open_log
from autograder.grade import Place, grade, open_holdout, run_notices
from autograder.holdout import make_holdout
from autograder.intake import find_submissions
from autograder.outcome import Row
from autograder.report import format_table
from autograder.spread import format_spreads, spread
from autograder.witness import tiers_text
from autograder.workspace import sweep

DEMO_SEED = "demo"
"""Published on purpose: the demo shows the machinery, not a secret."""
DEMO_IMAGES = 5_000
"""Half of what a class gets: a first look should not take long."""


def run_grade(options: argparse.Namespace) -> int:
    """Grade a folder of submissions and print the table."""
    assignment, work = opened(options)
    submitted = options.submitted or work / "submitted"
    _grade_and_report(assignment, Place(submitted, work), options)
    return 0


def run_spread(options: argparse.Namespace) -> int:
    """Run submissions with other seeds and print how far their scores vary."""
    assignment, work = opened(options)
    sweep()
    found = spread(
        assignment,
        work,
        options.seeds,
        student=options.student,
        workers=options.workers or os.cpu_count() or 1,
        caged=not options.unsafe,
    )
    print(format_spreads(found))
    print("Lowest / median / highest; the recorded grades stay as they are.")
    return 0


def run_demo(options: argparse.Namespace) -> int:
    """Grade the demo class on images held out by a public seed."""
    assignment, work = opened(options)
    # the class has an endless loop in it, which nobody wants to watch for long
    assignment = replace(assignment, limits=replace(assignment.limits, call_seconds=5))
    make_holdout(
        assignment.name,
        work / "holdout",
        seed=DEMO_SEED,
        public=True,
        size=DEMO_IMAGES,
        maker=assignment.holdout_maker,
    )
    submitted = options.course / "data" / "demo_class"
    _grade_and_report(assignment, Place(submitted, work), options)
    return 0


def _grade_and_report(assignment: Assignment, place: Place, options: argparse.Namespace) -> None:
    began, rows = time.monotonic(), list[Row]()
    sweep()
    holdout = open_holdout(assignment, place.work)
    graded = grade(assignment, place, workers=options.workers, caged=not options.unsafe)
    total = len(find_submissions(place.submitted, assignment.name))
    for row in tqdm(graded, f"Grading {assignment.name}", total, unit="submission"):
        rows.append(row)
        tqdm.write(f"  {row.student}: {row.outcome}", file=sys.stderr)
    with open_log(log_path(place.work, assignment.name)) as log:
        table = conclude(
            rows,
            assignment,
            log,
            place.work,
            by="grade",
            tiers=tiers_text(assignment),
            labels=labels_of(holdout),
            notices=run_notices(holdout, caged=not options.unsafe),
        )
        evidence = seal(log)
    print(format_table(table, assignment.tiers))
    print(f"{len(table)} submissions in {time.monotonic() - began:.0f} s")
    print(f"Report: {place.work / REPORT / 'index.html'}")
    print(f"Evidence: {evidence}")
