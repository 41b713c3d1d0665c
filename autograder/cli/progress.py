"""Grade a class, say how far that is, and print what came of it."""

from __future__ import annotations

import sys
import time
from contextlib import closing, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from autograder.assignment import Assignment, open_holdout, tiers_text
from autograder.cli.unread import print_unread
from autograder.evidence.log import open_log, read_log, seal
from autograder.evidence.runs import last_submissions, runs
from autograder.grading.boundary import Boundary
from autograder.grading.finalize import conclude, run_notices
from autograder.grading.measure import current_labels, is_measured_by, labels_notice, measure_again
from autograder.grading.pipeline import grade_class
from autograder.reporting.tables import counted, format_json, format_table, strip_controls
from autograder.sandbox.runtime_dir import sweep
from autograder.scoring.standing import GradeRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from autograder.execution.dask_cluster import DaskCluster
    from autograder.execution.dask_connection import SchedulerAddress
    from autograder.submissions.entries import Intake
    from autograder.workdir import WorkDir


@dataclass(frozen=True)
class Output:
    """What of a run is printed.

    Attributes
    ----------
    quiet : bool
        Whether no progress is; what lay in the folder that is no ordinary submission, is.
    as_json : bool
        Whether the table is printed for programs.
    """

    quiet: bool = False
    as_json: bool = False


def grade_and_report(
    assignment: Assignment,
    submitted: Path,
    work: WorkDir,
    *,
    workers: int | None,
    sandboxed: bool,
    roster: Path | None = None,
    students: Sequence[str] = (),
    force: bool = False,
    output: Output = Output(),  # frozen
    scheduler: SchedulerAddress | None = None,
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
    students : sequence of str, optional
        Whom to grade; for the others of the class holds what is on record.
    force : bool, default False
        Whether to run again what is on record.
    output : Output, optional
        What is printed.
    scheduler : SchedulerAddress, optional
        Of the cluster that runs the submissions; by default this machine does.

    Returns
    -------
    list of GradeRow
        The table.
    """
    began, unusual = time.monotonic(), list[str]()
    sweep()
    boundary, holdout = Boundary(), open_holdout(assignment, work)
    how: dict[str, Any] = {"workers": workers, "sandboxed": sandboxed, "roster": roster}
    how |= {"boundary": boundary, "students": students, "force": force}
    with _cluster(scheduler, secret=holdout is not None) as how["cluster"]:
        rows = _followed(assignment, submitted, work, how, unusual, quiet=output.quiet)
    with open_log(work.evidence(assignment.name)) as log:
        labels = current_labels(holdout, log.entries)
        corrected = labels_notice(labels, holdout)
        if labels is not None and assignment.tiers is not None:
            # of who was not run again the score may be by another metric
            metric, last = assignment.tiers.metric, last_submissions(log.entries)
            as_now = {s for s, one in last.items() if not corrected and is_measured_by(one, metric)}
            rows = [
                row if row.student in as_now else measure_again(row, labels, assignment.tiers)
                for row in rows
            ]
        table = conclude(
            rows,
            assignment,
            log,
            work,
            by="grade",
            tiers=tiers_text(assignment),
            labels=labels,
            notices=[*run_notices(assignment, holdout, sandboxed=sandboxed), *corrected],
            entries=unusual,
            boundary=boundary,
            holdout=holdout,
        )
        evidence = seal(log)
    page = work.report / "index.html"
    if output.as_json:
        print(format_json(table, assignment.tiers, report=str(page), evidence=evidence))
    else:
        print(format_table(table, assignment.tiers))
        print(f"{counted(len(table), 'submission')} in {time.monotonic() - began:.0f} s")
        print_unread(work, assignment.name, table)
        print(f"Report: {page}")
        print(f"Evidence: {evidence}")
    boundary.close()
    return table


def _cluster(
    scheduler: SchedulerAddress | None, *, secret: bool
) -> AbstractContextManager[DaskCluster | None]:
    if scheduler is None:
        return nullcontext()
    if secret:  # before anything is asked there
        scheduler.require_private()
    from autograder.execution.dask_cluster import DaskCluster  # no other run needs it

    def tell(line: str) -> None:
        tqdm.write(strip_controls(line), file=sys.stderr)

    return DaskCluster(scheduler, tell)


def _followed(
    assignment: Assignment,
    submitted: Path,
    work: WorkDir,
    how: dict[str, Any],
    unusual: list[str],
    *,
    quiet: bool,
) -> list[GradeRow]:
    """Grade a class, and show on stderr how far that is."""
    rows, log_path = list[GradeRow](), work.evidence(assignment.name)
    earlier = len(runs(read_log(log_path).entries))
    with tqdm(desc=f"Grading {assignment.name}", total=0, unit="submission", disable=quiet) as bar:

        def show(intake: Intake) -> None:
            bar.total = len(intake.submissions)
            unusual.extend(intake.unusual)
            for line in unusual:
                tqdm.write(strip_controls(line), file=sys.stderr)

        # closed at once when something ends the loop: its processes end then, too
        how["on_intake"] = show
        with closing(grade_class(assignment, submitted, work, **how)) as graded:
            try:
                for row in graded:
                    rows.append(row)
                    bar.update()
                    if not quiet:
                        line = f"  {strip_controls(row.student)}: {row.outcome}"
                        tqdm.write(line, file=sys.stderr)
            except BaseException:
                bar.close()  # which ends its line
                if bar.total:
                    told = _recorded(log_path, earlier)
                    print(f"{told} of {bar.total} submissions are recorded", file=sys.stderr)
                raise
    return rows


def _recorded(log: Path, earlier: int) -> int:
    """Return how many submissions are on the disk, of which one's row may not have come here."""
    found = runs(read_log(log).entries)[earlier:]
    return len(found[-1].submissions) if found else 0
