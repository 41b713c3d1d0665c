"""Grade one submission: restore it for a job, and record what its run gave."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import nbformat

from autograder.errors import (
    EvidenceError,
    GradebookLockedError,
    InfrastructureError,
    TooCostlyError,
    UnreadableNotebookError,
)
from autograder.evidence.decisions import read_decisions
from autograder.evidence.entries import amended, describe_kept, describe_submission
from autograder.evidence.queries import capstone_in, row_with_answers
from autograder.evidence.timings import ClassTimings
from autograder.execution.logs import log_about, log_fault
from autograder.execution.timing import Stopwatch
from autograder.gradebook.locking import Patience
from autograder.gradebook.manual import find_submission
from autograder.gradebook.store import (
    cell_points,
    record_scores,
    submission_transaction,
    total_points,
)
from autograder.grading.executed import Executed, keep_original
from autograder.grading.journal import Journal
from autograder.grading.kept import keep, pass_on, read_kept_files
from autograder.grading.manual_marks import ManualMarks
from autograder.grading.reading import read_result, restore_text
from autograder.grading.recount import (
    ASIDES,
    Recounter,
    late_notes,
    penalties_of,
    penalty_of,
    waiting_notes,
)
from autograder.grading.reuse import as_received
from autograder.holdout.originals import Loaded, Originals
from autograder.outcome import Outcome
from autograder.sandbox.bounded_process import reading_process
from autograder.scoring.standing import GradeRow
from helpers.files import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nbgrader.api import Gradebook

    from autograder.evidence.log import Log
    from autograder.evidence.runs import LatestSubmission
    from autograder.execution.job import Job, Result
    from autograder.execution.job_factory import JobFactory
    from autograder.grading.reuse import Reuse
    from autograder.scoring.predictions import Score
    from autograder.submissions.entries import Submission
    from autograder.submissions.release import Release
    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


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
    received : Path
        Folder that the class is graded from.
    reuse : Reuse, optional
        What is on record already.
    """

    def __init__(
        self,
        jobs: JobFactory,
        work: WorkDir,
        release: Release,
        gradebook: Gradebook,
        log: Log,
        received: Path,
        reuse: Reuse | None = None,
    ) -> None:
        self.jobs, self.work, self.release = jobs, work, release
        self.gradebook, self.log = gradebook, log
        self.name = jobs.assignment.name
        self.marks = ManualMarks(gradebook, log, work, self.name, received)
        self.reader = reading_process()
        self.journal = Journal(log, gradebook, work, self.name)
        self.patience = Patience(work.gradebook_name)
        self.originals = Originals.of(jobs.holdout)
        self.known: dict[str, tuple[Submission, GradeRow]] = {}
        self.sums: dict[str, str] = {}
        self.files: dict[str, dict[str, str]] = {}
        self.reuse = reuse
        self.penalties = penalties_of(jobs.assignment, read_decisions(log.entries))
        self.recounter = Recounter(gradebook, jobs.assignment, self.penalties)
        self.watches: defaultdict[str, Stopwatch] = defaultdict(Stopwatch)
        self.timings = ClassTimings()

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

    def forget(self, student: str) -> None:
        """Keep nothing of a submission that is on record but where its time went."""
        self.timings.add(student, self.watches.pop(student, Stopwatch()).spans)
        for kept in (self.known, self.sums, self.files):
            kept.pop(student, None)

    def _record(self, student: str, result: Result | InfrastructureError) -> GradeRow:
        submission, row = self.known[student]
        if isinstance(result, InfrastructureError):
            return self._fault(row, result)
        try:
            self.watches[student].spans += result.spans
            with self.watches[student].step("pages"):
                executed, told = self.reader.call(read_result, result.notebook)
            result = replace(result, notes=(*result.notes, *told))
            return self.patience.wait(lambda: self._write(submission, row, result, executed))
        except (EvidenceError, GradebookLockedError):
            raise
        except TooCostlyError as error:
            return self._for_review(row, f"it ran, and {error}")
        except Exception as error:  # noqa: BLE001  # a bug of ours must not end the class
            return self._fault(row, error)

    def _restore(self, submission: Submission, row: GradeRow) -> Job | GradeRow:
        assert submission.path is not None
        kept = keep(submission, self.work, self.name)
        files = read_kept_files(kept.parent, submission)
        # at once: somebody may collect another version before this one has been run
        self.sums[submission.student] = sha256(kept)
        self.files[submission.student] = {name: digest(found) for name, found in files.items()}
        if (seen := self._on_record(submission)) is not None:
            body = as_received(seen.entry.body, submission)
            return self.keep(seen, body, timestamp=submission.timestamp)
        try:
            with self.watches[submission.student].step("restore"):
                text, repairs = self.reader.call(restore_text, kept, self.release)
        except (UnreadableNotebookError, TooCostlyError) as error:
            logger.info("for a person to decide: %s", error)
            return self._for_review(row, str(error))
        logger.info("restored, %d notes", len(repairs))
        row = replace(row, notes=(*row.notes, *repairs))
        self.known[submission.student] = submission, row
        return self.jobs.make(text, files)

    def _on_record(self, submission: Submission) -> LatestSubmission | None:
        student = submission.student
        if self.reuse is None or not self.patience.wait(lambda: self._is_entered(student)):
            return None
        return self.reuse.find(submission, self.sums[student], self.files[student])

    def _is_entered(self, student: str) -> bool:
        try:
            return find_submission(self.gradebook, self.name, student) is not None
        except Exception:
            self.gradebook.db.rollback()  # else the connection stays as useless as it is
            raise

    def keep(
        self,
        seen: LatestSubmission,
        body: Mapping[str, Any] | None = None,
        **entered: str | None,
    ) -> GradeRow:
        """Let what is on record of a submission hold in this run, with what a person gave since.

        `body` has what is known better now, and `entered` is what the gradebook is to hold of it
        from now on, its ``timestamp``.
        """
        known = seen.entry.body if body is None else body
        body = known
        if Outcome(body["outcome"]).graded:
            body = self.patience.wait(lambda: self.recounter.recount(known, **entered))
        if body == seen.entry.body:
            self.log.append(describe_kept(body["student"], seen.entry.hash))
        else:
            self.log.append(amended(body, seen.entry.hash))
        logger.info("on record already: %s", body["outcome"])
        return row_with_answers(body, self.name)

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
                late = self.penalties.assign(self.gradebook, *names[:2])
            waiting = list(waiting_notes(self.gradebook, self.jobs.assignment, row.student))
            asides = {"marks": told, "waiting": waiting}
            asides["late"] = late_notes(late, self.jobs.assignment)
            notes = (*row.notes, *result.notes, *(n for kind in ASIDES for n in asides[kind]))
            row = replace(_scored(row, result.outcome, notes, points), **penalty_of(late))
            if found is not None:
                answers = found[1].answers
                row = replace(row, measured=found[1].measured, answers=answers)
            loaded = self.originals.count(result.loaded)
            row, body = self._describe(row, found, loaded=loaded, asides=asides)
            with watch.step("write"):
                keep_original(executed, self.work.executed_notebook(row.student, self.name))
                text = nbformat.writes(nb).encode()
                place = self.work.autograded_notebook(row.student, self.name)
                self.journal.record(body, commit, (place, text))
                submitted = self.work.submitted_notebook(row.student, self.name)
                pass_on(submitted.parent, place.parent)
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
        self,
        row: GradeRow,
        score: tuple[str, Score] | None = None,
        *,
        loaded: Loaded | None = None,
        asides: Mapping[str, Sequence[str]] = MappingProxyType({}),
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
            asides={kind: notes for kind, notes in asides.items() if notes},
            received=len(self.known[row.student][0].notes) if row.student in self.known else 0,
        )
        logger.info("%s", row.outcome)
        return replace(row, capstone=capstone_in(body)), body

    def write_timings(self) -> None:
        """Write where the class's time went."""
        self.timings.write(self.work.timings)


def digest(content: bytes) -> str:
    """Return the SHA-256 of a file's content, as evidence names it."""
    return hashlib.sha256(content).hexdigest()


def _scored(
    row: GradeRow, outcome: Outcome, notes: tuple[str, ...], points: tuple[float, float]
) -> GradeRow:
    return replace(row, outcome=outcome, notes=notes, points=points[0], max_points=points[1])
