"""Measure whether the grader's memory grows with the class: many submissions of long outputs.

``python -m benchmarks.speed.memory --submissions 300`` makes a small course, hands in as many
notebooks that each print 9 MB, grades them by `autograder grade`'s own function in a process of its
own, and prints that process's resident memory: at its peak over the first 20, and over all.
Its workers and kernels are processes of their own and are not counted.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.assignment import load_assignment
from autograder.grading.pipeline import grade_class
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, make_course, submission

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FIRST = 20
"""Submissions after which the level should stay."""

ALLOWED_MB = 60.0
"""How much above that level the peak over all may be."""

OUTPUT_MB = 9
"""What each submission prints."""

LIMITS = "[limits]\ncell_seconds = 120\nnotebook_seconds = 300\noutput_mb = 10\n"

PRINTS = f"""def double(x):
    return 2 * x
for line in range({OUTPUT_MB * 10}):
    print(str(line % 10) * 100_000)
"""


def main() -> None:
    """Grade, and print one line for each hundredth of the class and a last one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        course = make_class(Path(folder), asked.submissions)
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        grader = context.Process(target=grade, args=(course, asked.workers, theirs))
        grader.start()
        theirs.close()
        report(ours, grader.pid or 0)
        grader.join()


def make_class(folder: Path, submissions: int) -> Path:
    """Write the course and what is handed in; return its folder."""
    course = make_course(folder)
    run = course / "solutions" / NAME / "run.toml"
    run.write_text(f"[parameters]\nquick = true\n[holdout]\nsize = 250\n{LIMITS}")
    nb = submission(double=PRINTS)
    for number in range(submissions):
        hand_in(course, f"s{number:03d}", nb)
    return course


def grade(course: Path, workers: int, said: Connection) -> None:
    """Grade the class, and say after each submission what came of it."""
    assignment, work = load_assignment(NAME, course / "solutions"), WorkDir(course / "work")
    rows = []
    with closing(grade_class(assignment, course / "in", work, workers=workers)) as graded:
        for row in graded:
            rows.append(row)  # as `autograder grade` does
            said.send((str(row.outcome), row.points))
    said.close()


def report(said: Connection, pid: int) -> None:
    """Print the grader's memory as the class goes on."""
    began, level, done = time.monotonic(), 0.0, 0
    while True:
        try:
            outcome, points = said.recv()
        except EOFError:
            break
        done += 1
        peak = peak_mb(pid)
        level = peak if done <= FIRST else level
        if done % 10 == 0 or done == FIRST or outcome != "finished":
            print(f"{done:4d}  {outcome}, {points} points  peak {peak:.0f} MB", flush=True)
    grown, seconds = peak - level, time.monotonic() - began
    verdict = "within" if grown <= ALLOWED_MB else "beyond"
    print(f"{done} submissions in {seconds:.0f} s: {level:.0f} MB after {FIRST}, {peak:.0f} MB at")
    print(f"the peak over all: {grown:.0f} MB more, {verdict} the {ALLOWED_MB:.0f} allowed")


def peak_mb(pid: int) -> float:
    """Return the most resident memory that a process had so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
