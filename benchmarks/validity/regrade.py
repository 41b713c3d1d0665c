"""Rescore a whole class under new bands, then really run it again, and compare the two reports.

    python -m benchmarks.validity.regrade [--students N]

The course is the small one of the tests, and each student errs on images of their own.
Exit status 1 if grades, tiers, ranks or points differ.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from autograder.cli.app import main as autograder
from autograder.scoring.tiers import DEFAULT_TIERS
from tests.support.course import NAME, hand_in, knowing, make_course, submission

IMAGES = 250
NEW_BANDS = DEFAULT_TIERS.replace('from = "0.92"', 'from = "0.90"').replace("[85, 89]", "[85, 88]")


def hand_in_class(course: Path, students: int) -> None:
    """Write a class whose accuracies run from 0.8 to 1."""
    rng = np.random.default_rng(0)
    for number in range(students):
        wrong = rng.choice(IMAGES, rng.integers(IMAGES // 5), replace=False).tolist()
        nb = submission(predict=knowing(wrong))
        hand_in(course, f"s{number + 1:03}", nb)


def run(course: Path, *arguments: str) -> float:
    """Run a command of the grader's, quietly; return the seconds it took."""
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        nowhere = stack.enter_context(Path(os.devnull).open("w"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        status = autograder(["--course", str(course), *arguments])
    if status:
        raise RuntimeError(f"autograder {' '.join(arguments)} ended with {status}")
    return time.perf_counter() - began


def main() -> int:
    """Print what each took, and whether the reports are equal."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regrade-") as folder:
        course = make_course(Path(folder))
        hand_in_class(course, options.students)
        grade = ("grade", NAME, "--submitted", str(course / "in"))
        report, bands = course / "work" / "report" / "grades.csv", course / "bands.toml"
        bands.write_text(NEW_BANDS)
        first = run(course, *grade)
        before = report.read_bytes()
        rescored = run(course, "rescore", NAME, "--tiers", str(bands))
        after = report.read_bytes()
        (course / "solutions" / NAME / "tiers.toml").write_text(NEW_BANDS)
        again = run(course, *grade)
        equal = report.read_bytes() == after != before
    print(f"{options.students} students: graded in {first:.0f} s, rescored in {rescored:.1f} s,")
    print(f"graded again in {again:.0f} s; the reports are {'equal' if equal else 'not equal'}")
    return int(not equal)


if __name__ == "__main__":
    sys.exit(main())
