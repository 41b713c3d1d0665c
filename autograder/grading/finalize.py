"""Finalize a run: the class's standing in the evidence, on the report, and in the gradebook."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.assignment import image_notices
from autograder.evidence.decisions import read_decisions
from autograder.evidence.entries import RESCORED, describe_standing
from autograder.evidence.log import Log, seal
from autograder.evidence.runs import Run, complete_run, last_submissions, runs
from autograder.gradebook.store import record_capstones
from autograder.grading.boundary import Boundary
from autograder.grading.statistics import class_statistics
from autograder.grading.unread import unread_answers, unread_notice
from autograder.reporting.page import write_report
from autograder.scoring.standing import GradeRow, class_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from autograder.assignment import Assignment
    from autograder.holdout.dataset import Holdout
    from autograder.holdout.labels import Labels
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


def conclude(
    rows: Iterable[GradeRow],
    assignment: Assignment,
    log: Log,
    work: WorkDir,
    *,
    by: str,
    tiers: str | None,
    labels: Labels | None,
    notices: Sequence[str] = (),
    entries: Sequence[str] = (),
    boundary: Boundary | None = None,
    holdout: Holdout | None = None,
) -> list[GradeRow]:
    """Fill in what the class's standing gives each row, and note it wherever it is shown.

    First in the evidence, from which the rest can be made again by `rescore`, then in the report,
    and last in the gradebook, where the capstone's points follow the grade.

    Parameters
    ----------
    rows : iterable of GradeRow
        The class, with what `log` has about each.
    assignment : Assignment
        Whose tiers hold.
    log : Log
        Gets a ``standing`` entry.
    work : WorkDir
        Folder whose report and gradebook are written.
    by : str
        What made the rows: ``"grade"`` or ``"rescore"``.
    tiers : str or None
        Text of the assignment's tiers.
    labels : Labels or None
        What the scores were measured by; None without scores.
    notices : sequence of str, optional
        What every reader of the report should know first.
    entries : sequence of str, optional
        A line for each entry of the class's folder that is no ordinary submission.
    holdout : Holdout, optional
        The held-out images, of which the report shows those that most got wrong.
    boundary : Boundary, optional
        Gets what failed besides, for a caller that has more to do; by default this raises it.

    Returns
    -------
    list of GradeRow
        Best first.

    Raises
    ------
    EvidenceError
        If the standing cannot be recorded: then nothing else is done.
    AfterwardsError
        Without a boundary, if the report or the gradebook cannot be written: the other one is.
    """
    around = boundary or Boundary()
    rows = list(_with_overrides(rows, log))
    table = class_table(rows, assignment.tiers, None if labels is None else labels.values)
    facts: dict[str, Any] = {"by": by, "tiers": tiers}
    facts["metric"] = None if assignment.tiers is None else assignment.tiers.metric
    facts["labels"] = None if labels is None else labels.sha256
    facts["images"] = None if labels is None else labels.images
    run = _run_of(log, by)
    facts["entries"] = {s: entry.hash for s, entry in run.submissions.items()} if run else {}
    facts["run"] = run.entry.hash if run else None
    log.append(describe_standing(table, **facts))
    title, sealed, found = assignment.name, seal(log), run.submissions if run else {}
    unread = unread_answers(work, title, (row.student for row in table))
    told: dict[str, Any] = {"notices": [*notices, *unread_notice(unread)], "entries": entries}
    told["evidence"] = sealed
    with around.step("the report's statistics", work.report):
        about = (assignment.tiers, labels, holdout, unread)
        told["statistics"] = class_statistics(table, found, *about)
    folders = (work.report, work.report_of(assignment.name))
    with around.step("the report", work.report):
        write_report(table, assignment.tiers, *folders, title=title, **told)
        logger.info("the report in %s shows %d rows", work.report, len(table))
    # what a later run that was cut short has put into the gradebook is not of this table
    last = {student: seen.entry.hash for student, seen in last_submissions(log.entries).items()}
    capstones = {
        row.student: row.capstone
        for row in table
        if row.capstone is not None and last.get(row.student) == facts["entries"].get(row.student)
    }
    with around.step("the standing in the gradebook", Path(work.gradebook_name)):
        record_capstones(work, assignment.name, capstones)
    if boundary is None:
        around.close()
    return table


def _with_overrides(rows: Iterable[GradeRow], log: Log) -> Iterator[GradeRow]:
    """Give each row the mark that a person set, if one holds."""
    overrides = read_decisions(log.entries).overrides
    for row in rows:
        override = overrides.get(row.student)
        told = () if override is None else (f"final mark set by a person: {override.why}",)
        yield replace(row, override=override, notes=(*row.notes, *told))


def _run_of(log: Log, by: str) -> Run | None:
    """Return the run that a table is made of: the one just done, or the last complete one."""
    if by == RESCORED:
        return complete_run(log.entries)
    found = runs(log.entries)
    return found[-1] if found else None


def run_notices(assignment: Assignment, holdout: Holdout | None, *, sandboxed: bool) -> list[str]:
    """Say what every reader of a run's grades should know first."""
    notices = [] if sandboxed else ["Graded without a sandbox (--unsafe)."]
    if holdout is not None and holdout.public:
        notices.append("The held-out seed is public: these grades are a demonstration.")
    return [*notices, *image_notices(assignment)]
