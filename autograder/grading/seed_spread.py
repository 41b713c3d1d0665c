"""Run submissions again with several seeds, and see how far luck moves score and grade.

Each student's submission runs once with each seed, and is graded among the class as recorded:
everybody else keeps the recorded answers.
Nothing that was recorded changes; a line of evidence tells what was found.
"""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from autograder.assignment import Assignment, open_holdout
from autograder.errors import EvidenceMissingError, InfrastructureError
from autograder.evidence.entries import describe_spread
from autograder.evidence.log import Log, open_log
from autograder.evidence.queries import row_with_answers, same_images
from autograder.evidence.runs import LatestSubmission, class_run, partial_notice
from autograder.execution.job import Job, Result
from autograder.execution.job_factory import JobFactory
from autograder.gradebook.store import open_gradebook, register
from autograder.grading.measure import is_measured_by, measure_again
from autograder.grading.reference import trusted_results
from autograder.grading.submission_grader import SubmissionGrader
from autograder.holdout.labels import labels_of
from autograder.outcome import Outcome
from autograder.reporting.tables import format_columns
from autograder.sandbox.availability import require_sandbox
from autograder.sandbox.runtime_dir import own_folder
from autograder.scoring.standing import GradeRow, stand
from autograder.submissions.cells import is_read
from autograder.submissions.collect import find_submissions
from autograder.workdir import WorkDir
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from fractions import Fraction

    from autograder.holdout.labels import Labels
    from autograder.submissions.entries import Submission
    from autograder.submissions.release import Release

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Spread:
    """What one submission came to with each seed.

    Attributes
    ----------
    recorded : GradeRow
        The student's row as recorded, with its standing.
    rows : mapping of int to GradeRow
        The row that each seed gave, with its standing among the recorded class, by seed.
    by_points : bool
        Whether the assignment is graded by points, and not by a score.
    """

    recorded: GradeRow
    rows: Mapping[int, GradeRow]
    by_points: bool = False

    @property
    def scores(self) -> list[Fraction]:
        """Scores of the runs that have one; by points, the shares of all points."""
        found = (row.share if self.by_points else row.score for row in self.rows.values())
        return sorted(score for score in found if score is not None)

    @property
    def grades(self) -> list[int]:
        """Grades of the runs that were graded."""
        return sorted(row.grade for row in self.rows.values() if row.grade is not None)


def spread(
    assignment: Assignment,
    work: WorkDir,
    seeds: int,
    *,
    student: str | None = None,
    workers: int = 1,
    sandboxed: bool = True,
) -> list[Spread]:
    """Run what was handed in again with the seeds 1 to ``seeds``.

    Parameters
    ----------
    assignment : Assignment
        What was graded.
    work : WorkDir
        Folder that the grader writes to; its gradebook and its report stay as they are.
    seeds : int
        How many.
    student : str, optional
        Whose submission; everybody's by default.
    workers : int, default 1
        Submissions at a time.
    sandboxed : bool, default True
        Whether they run in the sandbox.

    Returns
    -------
    list of Spread
        By student; submissions that could not be run at all are left out.

    Raises
    ------
    EvidenceMissingError
        If no submission, or none of the student, is on record for these held-out images, or if
        what is in ``submitted`` is not what was graded last.
    InfrastructureError
        If the reference solution does not pass here.
    EvidenceError, HoldoutError, SandboxUnavailableError
        As when a class is graded.
    """
    if sandboxed:
        require_sandbox()
    maker = JobFactory(assignment, open_holdout(assignment, work), sandboxed)
    with open_log(work.evidence(assignment.name)) as log:
        run = class_run(log.path, log.entries, consent=True)
        for notice in partial_notice(log.entries):
            logger.warning("%s", notice)
        seen, _ = same_images(run, labels_of(maker.holdout))
        if student is not None and student not in seen:
            raise EvidenceMissingError(log.path, f"no submission of {student!r} is on record")
        chosen = {student} if student else set(seen)
        handed_in = _handed_in(work, assignment.name, log, {s: seen[s] for s in chosen})
        logger.info("runs %d submissions with %d seeds", len(handed_in), seeds)
        rows = _run(maker, handed_in, seen, range(1, seeds + 1), workers)
        found = _stand_each(maker, seen, rows)
        _append_evidence(log, seen, found)
    return found


def _handed_in(
    work: WorkDir, assignment: str, log: Log, chosen: Mapping[str, LatestSubmission]
) -> list[Submission]:
    """Return the chosen submissions as grading kept them, and make sure that it did."""
    kept = find_submissions(work.submitted, assignment).submissions
    found = [one for one in kept if one.student in chosen and one.path is not None]
    for one in found:
        assert one.path is not None
        if sha256(one.path) != chosen[one.student].entry.body["submitted"]:
            what = f"{one.path} is not what was graded last; grade the class first"
            raise EvidenceMissingError(log.path, what)
    return found


def _run(
    maker: JobFactory,
    handed_in: Iterable[Submission],
    seen: Mapping[str, LatestSubmission],
    seeds: range,
    workers: int,
) -> dict[str, dict[int, GradeRow]]:
    """Run and score in a folder of its own, so that nothing recorded can change."""
    name, rows = maker.assignment.name, dict[str, dict[int, GradeRow]]()
    with tempfile.TemporaryDirectory(prefix="spread-", dir=own_folder()) as folder:
        aside = WorkDir(Path(folder))
        release = register(maker.assignment, aside)
        with open_log(aside.evidence(name)) as log, open_gradebook(aside) as gradebook:
            grader = SubmissionGrader(maker, aside, release, gradebook, log, aside.submitted)
            jobs = _jobs(grader, handed_in, seeds)
            for (student, seed), result in _results(maker, jobs, workers):
                row = grader.record(student, result)
                row = _with_read_points(row, seen[student].entry.body["cells"], release)
                rows.setdefault(student, {})[seed] = row
    return {student: dict(sorted(by_seed.items())) for student, by_seed in sorted(rows.items())}


def _jobs(
    grader: SubmissionGrader, handed_in: Iterable[Submission], seeds: range
) -> dict[tuple[str, int], Job]:
    jobs: dict[tuple[str, int], Job] = {}
    for submission in handed_in:
        ready = grader.prepare(submission)
        if isinstance(ready, Job):  # else it is no notebook: nothing of it can run
            jobs |= {(submission.student, seed): replace(ready, seed=seed) for seed in seeds}
    return jobs


def _results(
    maker: JobFactory, jobs: Mapping[tuple[str, int], Job], workers: int
) -> Iterator[tuple[tuple[str, int], Result | InfrastructureError]]:
    """Yield what the jobs give, once the reference solution has passed."""
    keys = {f"{student} {seed}": (student, seed) for student, seed in jobs}
    named = ((name, jobs[key]) for name, key in keys.items())
    for name, result in trusted_results(maker.reference(), named, workers):
        yield keys[name], result


def _with_read_points(row: GradeRow, recorded: Mapping[str, Any], release: Release) -> GradeRow:
    """Add the points that a person gave: what was read is the same text whatever the seed."""
    if row.points is None:
        return row
    read = [c.metadata.nbgrader.grade_id for c in release.master.cells if is_read(c)]
    given = sum(Decimal(str(recorded[name][0])) for name in read if name in recorded)
    # by way of the decimal text: 27.6 points are meant, not the float nearest to them
    return replace(row, points=float(Decimal(str(row.points)) + given))


def _stand_each(
    maker: JobFactory,
    seen: Mapping[str, LatestSubmission],
    rows: Mapping[str, Mapping[int, GradeRow]],
) -> list[Spread]:
    """Grade each run among the recorded rows of the others."""
    assignment, labels = maker.assignment, labels_of(maker.holdout)
    recorded = {student: _recorded(one, assignment, labels) for student, one in seen.items()}

    def graded(row: GradeRow) -> GradeRow:
        among = stand(
            list((recorded | {row.student: row}).values()),
            assignment.tiers,
            None if labels is None else labels.values,
        )
        return next(one for one in among if one.student == row.student)

    return [
        Spread(
            graded(recorded[student]),
            {seed: graded(row) for seed, row in by_seed.items()},
            by_points=assignment.tiers is None,
        )
        for student, by_seed in rows.items()
    ]


def _recorded(one: LatestSubmission, assignment: Assignment, labels: Labels | None) -> GradeRow:
    """Return what is on record, by the metric that the other seeds are scored by."""
    row, tiers = row_with_answers(one.entry.body, assignment.name), assignment.tiers
    if tiers is None or labels is None or is_measured_by(one, tiers.metric):
        return row
    return measure_again(row, labels, tiers)


def _append_evidence(log: Log, seen: Mapping[str, LatestSubmission], found: list[Spread]) -> None:
    for one in found:
        student = one.recorded.student
        log.append(describe_spread(student, one.rows, seen[student].entry.hash))


def format_spreads(found: list[Spread]) -> str:
    """Lay spreads out as text, one line a student: lowest, median and highest of each."""
    header = ("student", "recorded", "score", "grade", "runs")
    return format_columns([header, *map(_cells, found)])


def _cells(one: Spread) -> tuple[str, ...]:
    scores, grades = one.scores, one.grades
    lost = sum(row.outcome is Outcome.INFRASTRUCTURE for row in one.rows.values())
    runs = f"{len(one.rows)}" + (f", {lost} not graded" if lost else "")
    recorded = "" if one.recorded.grade is None else str(one.recorded.grade)
    # cut as in the report: 0.9200 stands only where 0.92 is reached
    score = " / ".join(f"{int(number * 10_000) / 10_000:.4f}" for number in _three(scores))
    return one.recorded.student, recorded, score, " / ".join(map(_plain, _three(grades))), runs


def _three(numbers: list[Any]) -> list[Any]:
    return [min(numbers), median(numbers), max(numbers)] if numbers else []


def _plain(number: float) -> str:
    return f"{number:g}"
