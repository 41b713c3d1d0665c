"""The ``autograder`` command: parses, calls plain functions, and turns errors into one line."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from autograder.assignment import Assignment
from autograder.cli_evidence import add_evidence_commands
from autograder.cli_options import opened, positive
from autograder.conclude import REPORT, conclude, labels_of, seal
from autograder.doctor import examine, format_finding, is_ready
from autograder.errors import AutograderError
from autograder.evidence import log_path, open_log
from autograder.grade import Place, grade, open_holdout, run_notices
from autograder.holdout import make_holdout
from autograder.intake import find_submissions
from autograder.kernels import install_kernels
from autograder.outcome import Row
from autograder.report import format_table
from autograder.spread import format_spreads, spread
from autograder.witness import tiers_text
from autograder.workspace import sweep

DEMO_ASSIGNMENT = "03_svc"
DEMO_SEED = "demo"
"""Published on purpose: the demo shows the machinery, not a secret."""
DEMO_IMAGES = 5_000
"""Half of what a class gets: a first look should not take long."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.action(options)
    except AutograderError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("autograder: interrupted; what was recorded so far is kept", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description="Grade a class's notebooks.")
    parser.add_argument("--course", type=Path, default=_course(), help="folder of the course")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("grade", help="grade every submission in a folder")
    command.add_argument("assignment", metavar="ASSIGNMENT", help="such as 03_svc")
    command.add_argument("--submitted", type=Path, help="default: WORK/submitted")
    _add_shared(command)
    command.set_defaults(action=_grade)

    add_evidence_commands(commands)

    command = commands.add_parser("spread", help="run again with other seeds; no grade changes")
    command.add_argument("assignment", metavar="ASSIGNMENT", help="such as 03_svc")
    command.add_argument("--student", help="only this one's submission")
    command.add_argument("--seeds", type=positive, default=5, help="how many; default: 5")
    _add_shared(command)
    command.set_defaults(action=_spread)

    command = commands.add_parser("holdout", help="draw an assignment's held-out images")
    command.add_argument("assignment", metavar="ASSIGNMENT", help="such as 03_svc")
    command.add_argument("--seed", help="default: a new secret one")
    command.add_argument("--work", type=Path, help="default: COURSE/work")
    command.set_defaults(action=_holdout)

    command = commands.add_parser("doctor", help="say what this machine lacks for grading")
    command.set_defaults(action=_doctor)

    command = commands.add_parser("kernels", help="install the sandbox's kernels for Jupyter")
    command.add_argument("--prefix", type=Path, help="default: this environment")
    command.set_defaults(action=_kernels)

    command = commands.add_parser("demo", help="grade the demo class on real data")
    _add_shared(command)
    command.set_defaults(action=_demo)
    return parser


def _add_shared(command: argparse.ArgumentParser) -> None:
    command.add_argument("--work", type=Path, help="default: COURSE/work")
    command.add_argument("--workers", type=positive, help="submissions at a time")
    command.add_argument(
        "--unsafe", action="store_true", help="run without a sandbox; for submissions you trust"
    )


def _grade(options: argparse.Namespace) -> int:
    assignment, work = opened(options, options.assignment)
    submitted = options.submitted or work / "submitted"
    _grade_and_report(assignment, Place(submitted, work), options)
    return 0


def _spread(options: argparse.Namespace) -> int:
    assignment, work = opened(options, options.assignment)
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


def _holdout(options: argparse.Namespace) -> int:
    assignment, work = opened(options, options.assignment)
    if assignment.holdout_size is None:
        print(f"{assignment.name} has no tiers by score and needs no held-out images")
        return 0
    made = make_holdout(
        assignment.name,
        work / "holdout",
        seed=options.seed,
        size=assignment.holdout_size,
        maker=assignment.holdout_maker,
    )
    print(f"{made.size} held-out images for {assignment.name} in {made.folder}")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    findings = []
    for finding in examine(options.course):
        print(format_finding(finding), flush=True)
        findings.append(finding)
    return 0 if is_ready(findings) else 1


def _kernels(options: argparse.Namespace) -> int:
    for folder in install_kernels(options.prefix):
        print(f"{folder.name}: {folder}")
    return 0


def _demo(options: argparse.Namespace) -> int:
    assignment, work = opened(options, DEMO_ASSIGNMENT)
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


def _course() -> Path:
    """Return the course that the current folder is in, else the one this package came with."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "nbgrader_config.py").is_file():
            return folder
    return Path(__file__).resolve().parent.parent


if __name__ == "__main__":
    sys.exit(main())
