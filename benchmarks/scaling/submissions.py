"""Grade a large class of small submissions on this machine, and watch the grader's memory.

``python -m benchmarks.scaling.submissions --students 10000`` prints at each tenth of the class the
seconds that a submission took in it and the grader's memory. The last tenth should have no more
memory than the second, and take no longer.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import sys
import tempfile
import time
from pathlib import Path

from autograder.assignment import load_assignment
from autograder.execution.memory_guard import own_bytes
from autograder.grading.pipeline import grade_class
from autograder.workdir import WorkDir
from tests.support.course import NAME, hand_in, make_course, submission

MIB = 1 << 20


def main() -> int:
    """Grade the class; the status is 1 if somebody has no grade."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=1_000)
    parser.add_argument("--workers", type=int)
    asked = parser.parse_args()
    bad, tenth = 0, max(1, asked.students // 10)
    with tempfile.TemporaryDirectory(prefix="submissions-") as name:
        course = make_course(Path(name))
        for number in range(asked.students):
            hand_in(course, f"s{number:06d}", submission())
        assignment = load_assignment(NAME, course / "solutions")
        work, began = WorkDir(course / "work"), time.perf_counter()
        rows = grade_class(assignment, course / "in", work, workers=asked.workers)
        with contextlib.closing(rows), contextlib.redirect_stderr(io.StringIO()):
            for number, row in enumerate(rows, 1):
                bad += not row.decided
                if number % tenth == 0:
                    gc.collect()
                    took, began = time.perf_counter() - began, time.perf_counter()
                    told = f"{1000 * took / tenth:.0f} ms each, {own_bytes() / MIB:.1f} MiB"
                    print(f"{number}: {told}", flush=True)
    print(f"{bad} without a grade")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
