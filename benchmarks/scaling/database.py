"""Write the grades of a large class, as the grader does, and say how long that takes.

``python -m benchmarks.scaling.database --students 10000`` writes each submission by itself: the
journal, the scores, the commit and the evidence's entry, all on the disk before the next one. With
``--postgresql`` the gradebook is a server's, which is started on loopback.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from autograder.assignment import load_assignment
from autograder.evidence.log import open_log
from autograder.gradebook.store import (
    open_gradebook,
    record_scores,
    register,
    submission_transaction,
)
from autograder.grading.journal import Journal
from autograder.workdir import WorkDir
from tests.support.course import NAME, make_course, submission
from tests.support.postgresql import find_postgresql, postgresql


def write(course: Path, work: WorkDir, students: int) -> None:
    """Write so many submissions; print the seconds at each tenth."""
    register(load_assignment(NAME, course / "solutions"), work)
    nb, began = submission(), time.perf_counter()
    with open_log(work.evidence(NAME)) as log, open_gradebook(work) as gradebook:
        journal = Journal(log, gradebook, work, NAME)
        for number in range(students):
            student = f"s{number:06d}"
            with submission_transaction(gradebook) as commit:
                points = record_scores(gradebook, copy.deepcopy(nb), NAME, student)
                body = {"kind": "submission", "student": student, "points": points}
                journal.record(body, commit)
            if (number + 1) % max(1, students // 10) == 0:
                print(f"{number + 1}: {time.perf_counter() - began:.1f} s", flush=True)


def main() -> int:
    """Write the class, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=10_000)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="database-")))
        work = WorkDir(make_course(folder) / "work")
        if asked.postgresql:
            programs = find_postgresql()
            if programs is None:
                sys.exit("no PostgreSQL here: install its server")
            work = replace(
                work, database=stack.enter_context(postgresql(programs)).make_database("x")
            )
        write(folder, work, asked.students)
    return 0


if __name__ == "__main__":
    sys.exit(main())
