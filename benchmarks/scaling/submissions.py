"""Grade a large class of small submissions on this machine, and watch the grader's memory.

``python -m benchmarks.scaling.submissions --students 10000`` prints at each tenth of the class the
time that a submission took in it, by the clock and of processors, and the grader's memory. The last
tenth should have no more memory than the second, and take no longer. It needs root, to count
processor time; ``--uncounted`` does without.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.assignment import load_assignment
from autograder.execution.memory_guard import own_bytes
from autograder.grading.pipeline import grade_class
from autograder.workdir import WorkDir
from benchmarks.speed.cpu_meter import CpuGroup
from tests.support.course import NAME, hand_in, make_course, submission

MIB = 1 << 20


def grade(students: int, workers: int | None) -> int:
    """Grade a class, print a line at each tenth, and return how many have no grade."""
    bad, tenth = 0, max(1, students // 10)
    with tempfile.TemporaryDirectory(prefix="submissions-") as name:
        course = make_course(Path(name))
        for number in range(students):
            hand_in(course, f"s{number:06d}", submission())
        assignment = load_assignment(NAME, course / "solutions")
        work, began = WorkDir(course / "work"), time.perf_counter()
        rows = grade_class(assignment, course / "in", work, workers=workers)
        with contextlib.closing(rows), contextlib.redirect_stderr(io.StringIO()):
            for number, row in enumerate(rows, 1):
                bad += not row.decided
                if number % tenth == 0:
                    gc.collect()
                    took, began = time.perf_counter() - began, time.perf_counter()
                    told = f"{1000 * took / tenth:.0f} ms each, {own_bytes() / MIB:.1f} MiB"
                    print(f"{number}: {told}", flush=True)
    print(f"{bad} without a grade")
    return bad


def main() -> int:
    """Grade in a process whose processor time is counted, and print that beside each line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--students", type=int, default=1_000)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--uncounted", action="store_true", help="count no processor time")
    asked = parser.parse_args()
    if asked.uncounted:
        return int(grade(asked.students, asked.workers) > 0)
    tenth, before = max(1, asked.students // 10), 0.0
    with CpuGroup("submissions") as group:
        words = [*group.before, sys.executable, "-m", "benchmarks.scaling.submissions"]
        words += ["--uncounted", *sys.argv[1:]]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as grader:
            assert grader.stdout is not None
            for line in map(str.strip, grader.stdout):
                used = group.seconds()
                cpu = f", {1000 * (used - before) / tenth:.0f} ms of processor time each"
                print(line + (cpu if "MiB" in line else ""), flush=True)
                before = used
    return grader.returncode


if __name__ == "__main__":
    sys.exit(main())
