"""Grade a class: from a folder of submissions to gradebook, table and report.

Everything here runs in one process, and only this process writes; the runs themselves go to
workers, which get plain data and give plain data back.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import nbformat

from autograder.assignment import Assignment, open_holdout
from autograder.errors import (
    EvidenceError,
    GradebookLockedError,
    InfrastructureError,
    NoSubmissionsError,
    UnreadableNotebookError,
)
from autograder.evidence.entries import describe_run, describe_submission
from autograder.evidence.log import Log, open_log
from autograder.evidence.queries import capstone_in
from autograder.evidence.timings import write_timings
from autograder.execution.job_factory import JobFactory
from autograder.execution.logs import log_about, log_fault
from autograder.execution.pool import warm_up
from autograder.execution.timing import Stopwatch
from autograder.gradebook.lateness import LatePenalties
from autograder.gradebook.locking import Patience
from autograder.gradebook.store import (
    cell_points,
    open_gradebook,
    record_scores,
    register,
    submission_transaction,
    total_points,
    waiting_points,
)
from autograder.grading.boundary import Boundary
from autograder.grading.executed import Executed, keep_original, read_executed
from autograder.grading.journal import Journal, mend
from autograder.grading.kept import keep, read_kept_files
from autograder.grading.manual_marks import ManualMarks
from autograder.grading.pages import PageCheck, page_notes
from autograder.grading.put_off import PutOff
from autograder.grading.reference import trusted_results
from autograder.holdout.originals import Loaded, Originals
from autograder.outcome import Outcome
from autograder.sandbox.availability import require_sandbox
from autograder.scoring.final import FinalRule
from autograder.scoring.standing import GradeRow
from autograder.submissions.collect import find_submissions, require_folder
from autograder.submissions.restore import restore
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from nbgrader.api import Gradebook

    from autograder.execution.job import Job, Result
    from autograder.scoring.predictions import Score
    from autograder.submissions.entries import Intake, Submission
    from autograder.submissions.release import Release
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)

SHOWN = 3
"""Entries that are named of a folder without a submission."""


def grade_class(
    assignment: Assignment,
    submitted: Path,
    work: WorkDir,
    *,
    workers: int | None = None,
    sandboxed: bool = True,
    on_intake: Callable[[Intake], None] | None = None,
    boundary: Boundary | None = None,
) -> Generator[GradeRow]:
    """Grade every submission, each as soon as it is done.

    Parameters
    ----------
    assignment : Assignment
        What is graded.
    submitted : Path
        Folder with the submissions as they arrived.
    work : WorkDir
        Folder for everything the grader writes.
    workers : int, optional
        Submissions at a time; by default one for each processor.
    sandboxed : bool, default True
        Whether submissions run in the sandbox.
    on_intake : callable, optional
        Called with what was found in the folder, before anything runs.
    boundary : Boundary, optional
        Gets what fails after the last submission, for a caller that has more to do; by default
        this raises it.

    Yields
    ------
    GradeRow
        One for each submission, whatever happened to it, in the order of completion; tier,
        grade and rank need the whole class and are filled by `autograder.scoring.standing.stand`.

    Raises
    ------
    SandboxUnavailableError
        If ``sandboxed`` and this host has no sandbox.
    HoldoutMissingError
        If the assignment is graded by tiers and its held-out images were not made.
    InfrastructureError
        If the reference solution itself does not pass here: then no submission could, and
        nothing is recorded.
    NoSubmissionsError
        If nothing in the folder can be graded: then nothing is recorded, either.
    EvidenceError
        If the log of evidence was damaged, or another process is writing it.
    AfterwardsError
        Without a boundary, if the times cannot be written.
    """
    if sandboxed:
        require_sandbox()
    jobs = JobFactory(assignment, open_holdout(assignment, work), sandboxed)
    require_folder(submitted)
    warm_up(jobs.reference())
    release = register(assignment, work)
    intake = find_submissions(submitted, assignment.name, release, assignment.folder)
    submissions = intake.submissions
    logger.info("%d submissions of %s in %s", len(submissions), assignment.name, submitted)
    if on_intake is not None:
        on_intake(intake)
    _require_any(submissions, submitted, assignment.name)
    path = work.evidence(assignment.name)
    around = boundary or Boundary()
    with open_log(path) as log:
        mend(log, work, assignment.name)
        with open_gradebook(work) as gradebook:
            log.append(describe_run(jobs, release, len(submissions), log.mended, intake.entries))
            grader = SubmissionGrader(jobs, work, release, gradebook, log)
            yield from _grade(submissions, jobs, grader, workers)
            with around.step("the table of times", work.timings):
                grader.write_timings()
    if boundary is None:
        around.close()


def _require_any(submissions: Sequence[Submission], folder: Path, assignment: str) -> None:
    """Refuse a folder without a single notebook: whoever misses one has mistaken the folder."""
    if (folder / "nbgrader_config.py").is_file():  # solutions/ and notebooks/ look like students
        raise NoSubmissionsError(folder, assignment, "it is the folder of a course")
    if any(one.path is not None for one in submissions):
        return
    told = [f"{one.student}: {one.problem}" for one in submissions[:SHOWN]]
    more = f" and {len(submissions) - SHOWN} more" if len(submissions) > SHOWN else ""
    raise NoSubmissionsError(folder, assignment, "; ".join(told) + more or "it is empty")


def _grade(
    submissions: Iterable[Submission],
    maker: JobFactory,
    grader: SubmissionGrader,
    workers: int | None,
) -> Iterator[GradeRow]:
    not_run: deque[GradeRow] = deque()
    jobs = _jobs(submissions, grader, not_run)
    with PutOff() as put_off:
        for student, result in trusted_results(
            maker.reference(), jobs, workers or os.cpu_count() or 1
        ):
            yield from _taken(not_run)
            row = grader.try_record(student, result)
            if row is None:
                put_off.add(student, result)
            else:
                yield row
        yield from _taken(not_run)
        for student, result in put_off.take():
            yield grader.record(student, result)


def _jobs(
    submissions: Iterable[Submission], grader: SubmissionGrader, not_run: deque[GradeRow]
) -> Iterator[tuple[str, Job]]:
    """Prepare each job when it is asked for; `not_run` gets the rows of what cannot run."""
    for submission in submissions:
        ready = grader.prepare(submission)
        if isinstance(ready, GradeRow):
            not_run.append(ready)
        else:
            yield submission.student, ready


def _taken(rows: deque[GradeRow]) -> Iterator[GradeRow]:
    while rows:
        yield rows.popleft()


class SubmissionGrader:
    """Prepares jobs and records results; remembers what was known before the run.

    Parameters
    ----------
    jobs : JobFactory
        Makes a job of a restored submission.
    work : WorkDir
        Folder for everything that is written.
    release : Release
        What submissions are restored from.
    gradebook : Gradebook
        Open, and written by nobody else meanwhile.
    log : Log
        Evidence, with an entry for the run at hand.
    """

    def __init__(
        self, jobs: JobFactory, work: WorkDir, release: Release, gradebook: Gradebook, log: Log
    ) -> None:
        self.jobs, self.work, self.release = jobs, work, release
        self.gradebook, self.log = gradebook, log
        self.name = jobs.assignment.name
        self.marks = ManualMarks(gradebook, log, work, self.name)
        self.pages = PageCheck()
        self.journal = Journal(log, gradebook, work, self.name)
        self.patience = Patience(work.gradebook)
        self.originals = Originals.of(jobs.holdout)
        self.known: dict[str, tuple[Submission, GradeRow]] = {}
        self.sums: dict[str, str] = {}
        self.files: dict[str, dict[str, bytes]] = {}
        self.penalties = LatePenalties(jobs.assignment.folder.parent.parent)
        self.watches: defaultdict[str, Stopwatch] = defaultdict(Stopwatch)

    def prepare(self, submission: Submission) -> Job | GradeRow:
        """Restore a submission, or say in a row why it cannot be run."""
        row = GradeRow(
            submission.student,
            self.name,
            Outcome.FINISHED,
            claim=submission.claim,
            notes=submission.notes,
        )
        with log_about(row.student):
            if submission.path is None:
                note = submission.problem or "no notebook"
                return self._not_graded(row, note, submission.outcome)
            try:
                return self._restore(submission, row)
            except EvidenceError:
                raise
            except Exception as error:  # noqa: BLE001  # a bug of ours must not end the class
                return self._fault(row, error)

    def try_record(self, student: str, result: Result | InfrastructureError) -> GradeRow | None:
        """Record as `record`; None, and nothing of it, if the gradebook stays locked."""
        with log_about(student):
            try:
                return self._record(student, result)
            except GradebookLockedError as error:
                logger.warning("put off to the end of the class", exc_info=error)
                return None

    def record(self, student: str, result: Result | InfrastructureError) -> GradeRow:
        """Write one result to the gradebook, the evidence and the autograded folder.

        What cannot be written leaves no trace in the gradebook: the row says so.
        """
        with log_about(student):
            try:
                return self._record(student, result)
            except GradebookLockedError as error:
                return self._fault(self.known[student][1], error)

    def _record(self, student: str, result: Result | InfrastructureError) -> GradeRow:
        submission, row = self.known[student]
        if isinstance(result, InfrastructureError):
            return self._fault(row, result)
        try:
            self.watches[student].spans += result.spans
            executed = read_executed(result.notebook)
            with self.watches[student].step("pages"):
                notes = (*result.notes, *page_notes(self.pages, executed.notebook))
            result = replace(result, notes=notes)
            return self.patience.wait(lambda: self._write(submission, row, result, executed))
        except (EvidenceError, GradebookLockedError):
            raise
        except Exception as error:  # noqa: BLE001  # a bug of ours must not end the class
            return self._fault(row, error)

    def _restore(self, submission: Submission, row: GradeRow) -> Job | GradeRow:
        assert submission.path is not None
        kept = keep(submission, self.work, self.name)
        files = self.files[submission.student] = read_kept_files(kept.parent, submission)
        # at once: somebody may collect another version before this one has been run
        self.sums[submission.student] = sha256(kept)
        try:
            with self.watches[submission.student].step("restore"):
                restored = restore(kept, self.release)
        except UnreadableNotebookError as error:
            logger.info("for a person to decide: %s", error)
            return self._for_review(row, str(error))
        logger.info("restored, %d notes", len(restored.notes))
        row = replace(row, notes=(*row.notes, *restored.notes))
        self.known[submission.student] = submission, row
        return self.jobs.make(restored.notebook, files)

    def _for_review(self, row: GradeRow, note: str) -> GradeRow:
        """Say what a person has to decide; until then there are neither points nor a grade."""
        return self._not_graded(row, note, Outcome.NEEDS_REVIEW)

    def _write(
        self, submission: Submission, row: GradeRow, result: Result, executed: Executed
    ) -> GradeRow:
        watch, nb, found = self.watches[row.student], executed.notebook, executed.score
        with submission_transaction(self.gradebook) as commit:
            with watch.step("record"):
                names = (self.name, row.student, submission.timestamp)
                before = self.marks.read(row.student)
                points = record_scores(self.gradebook, nb, *names)
                if told := self.marks.settle(row.student, nb, before):
                    points = total_points(self.gradebook, self.name, row.student)
                notes = (*row.notes, *result.notes, *told, *self._waiting(row.student))
            row = self._with_lateness(_scored(row, result.outcome, notes, points))
            if found is not None:
                answers = found[1].answers
                row = replace(row, measured=found[1].measured, answers=answers)
            row, body = self._describe(row, found, loaded=self.originals.count(result.loaded))
            with watch.step("write"):
                keep_original(executed, self.work.executed_notebook(row.student, self.name))
                text = nbformat.writes(nb).encode()
                place = self.work.autograded_notebook(row.student, self.name)
                self.journal.record(body, commit, (place, text))
        return row

    def _fault(self, row: GradeRow, error: Exception) -> GradeRow:
        """Say that a submission could not be graded by a fault of ours, and where that stands."""
        submitted = self.sums.get(row.student, "unknown")
        job = f"not graded; assignment {self.name}, submission sha256 {submitted}"
        where = log_fault(logger, error, "%s", job)
        known = isinstance(error, InfrastructureError)
        why = str(error) if known else f"{type(error).__name__}: {error}"
        return self._not_graded(row, f"not graded, and not the student's fault: {why} ({where})")

    def _not_graded(
        self, row: GradeRow, note: str, outcome: Outcome = Outcome.INFRASTRUCTURE
    ) -> GradeRow:
        """Give no grade, and let nothing of an earlier version stand for this one."""
        notes = (*row.notes, note, *self.marks.take_out(row.student, self.sums.get(row.student)))
        row, body = self._describe(replace(row, outcome=outcome, notes=notes))
        self.log.append(body)
        return row

    def _describe(
        self, row: GradeRow, score: tuple[str, Score] | None = None, *, loaded: Loaded | None = None
    ) -> tuple[GradeRow, dict[str, Any]]:
        """Return a row, and what the evidence shall say of it."""
        has_points = row.points is not None
        body = describe_submission(
            row,
            submitted=self.sums.get(row.student),
            files=self.files.get(row.student, {}),
            cells=cell_points(self.gradebook, self.name, row.student) if has_points else None,
            spans=self.watches[row.student].spans,
            score=score,
            loaded=loaded,
        )
        logger.info("%s", row.outcome)
        return replace(row, capstone=capstone_in(body)), body

    def write_timings(self) -> None:
        """Write where the class's time went."""
        spans = {student: watch.spans for student, watch in self.watches.items()}
        write_timings(self.work.timings, spans)

    def _with_lateness(self, row: GradeRow) -> GradeRow:
        """Say that a submission came late, and what that costs."""
        late = self.penalties.assign(self.gradebook, self.name, row.student)
        if late is None:
            return row
        tiers = self.jobs.assignment.tiers
        by_tier = late.penalty and tiers is not None and tiers.final is FinalRule.TIER
        note = f"{late}, which the grade by tiers does not know" if by_tier else str(late)
        return replace(row, penalty=late.penalty, notes=(*row.notes, note))

    def _waiting(self, student: str) -> Iterator[str]:
        """Say what a final mark by points does not hold yet."""
        tiers = self.jobs.assignment.tiers
        if tiers is None or tiers.final is FinalRule.TOTAL:
            waiting = waiting_points(self.gradebook, self.name, student)
            if waiting:
                yield f"{waiting:g} points wait for a person to read the answer"


def _scored(
    row: GradeRow, outcome: Outcome, notes: tuple[str, ...], points: tuple[float, float]
) -> GradeRow:
    return replace(row, outcome=outcome, notes=notes, points=points[0], max_points=points[1])
