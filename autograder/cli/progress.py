"""Grade a class, say how far that is, and print what came of it."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from autograder.assignment import Assignment, open_holdout, tiers_text
from autograder.evidence.log import open_log, read_log, seal
from autograder.evidence.queries import runs
from autograder.grading.boundary import Boundary
from autograder.grading.finalize import conclude, run_notices
from autograder.grading.pipeline import grade_class
from autograder.holdout.labels import labels_of
from autograder.reporting.tables import format_table, strip_controls
from autograder.sandbox.runtime_dir import sweep
from autograder.scoring.standing import GradeRow

if TYPE_CHECKING:
    from pathlib import Path

    from autograder.submissions.entries import Intake
    from autograder.workdir import WorkDir


def grade_and_report(
    assignment: Assignment,
    submitted: Path,
    work: WorkDir,
    *,
    workers: int | None,
    sandboxed: bool,
    roster: Path | None = None,
) -> list[GradeRow]:
    """Grade a folder of submissions, write the report and print the table.

    Parameters
    ----------
    assignment : Assignment
        What is graded.
    submitted : Path
        Folder with the submissions as they arrived.
    work : WorkDir
        Folder for everything the grader writes.
    workers : int or None
        Submissions at a time; None for one for each processor.
    sandboxed : bool
        Whether submissions run in the sandbox.
    roster : Path, optional
        File with the names of the class.

    Returns
    -------
    list of GradeRow
        The table.
    """
    began, rows, unusual = time.monotonic(), list[GradeRow](), list[str]()
    sweep()
    boundary, holdout = Boundary(), open_holdout(assignment, work)
    log_path = work.evidence(assignment.name)
    earlier = len(runs(read_log(log_path).entries))
    with tqdm(desc=f"Grading {assignment.name}", total=0, unit="submission") as bar:

        def show(intake: Intake) -> None:
            bar.total = len(intake.submissions)
            unusual.extend(intake.unusual)
            for line in unusual:
                tqdm.write(strip_controls(line), file=sys.stderr)

        how: dict[str, Any] = {"workers": workers, "sandboxed": sandboxed, "roster": roster}
        how |= {"boundary": boundary, "on_intake": show}
        # closed at once when something ends the loop: its processes end then, too
        with closing(grade_class(assignment, submitted, work, **how)) as graded:
            try:
                for row in graded:
                    rows.append(row)
                    bar.update()
                    tqdm.write(f"  {strip_controls(row.student)}: {row.outcome}", file=sys.stderr)
            except BaseException:
                bar.close()  # which ends its line
                if bar.total:
                    told = _recorded(log_path, earlier)
                    print(f"{told} of {bar.total} submissions are recorded", file=sys.stderr)
                raise
    with open_log(log_path) as log:
        table = conclude(
            rows,
            assignment,
            log,
            work,
            by="grade",
            tiers=tiers_text(assignment),
            labels=labels_of(holdout),
            notices=run_notices(assignment, holdout, sandboxed=sandboxed),
            entries=unusual,
            boundary=boundary,
        )
        evidence = seal(log)
    print(format_table(table, assignment.tiers))
    print(f"{len(table)} submissions in {time.monotonic() - began:.0f} s")
    print(f"Report: {work.report / 'index.html'}")
    print(f"Evidence: {evidence}")
    boundary.close()
    return table


def _recorded(log: Path, earlier: int) -> int:
    """Return how many submissions are on the disk, of which one's row may not have come here."""
    found = runs(read_log(log).entries)[earlier:]
    return len(found[-1].submissions) if found else 0
