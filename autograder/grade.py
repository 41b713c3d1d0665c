"""Grade a class: from a folder of submissions to gradebook, table and report.

Everything here runs in one process, and only this process writes; the runs themselves go to
workers, which get plain data and give plain data back.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.assignment import Assignment
from autograder.errors import HoldoutMissingError, InfrastructureError
from autograder.gradebook import (
    Release,
    record_scores,
    record_zero,
    register,
    waiting_points,
)
from autograder.holdout import Holdout, read_holdout
from autograder.intake import Submission, find_submissions
from autograder.metrics import Measured
from autograder.outcome import Outcome, Row, stand
from autograder.pool import run_all
from autograder.restore import UnreadableNotebookError, restore
from autograder.run import Job, Result
from autograder.sandbox.host import require_sandbox
from autograder.score import SCORE_MIME, Score
from autograder.timing import Stopwatch, write_timings
from helpers.registry import data_folder

_REFERENCE = ""
"""Stands for the author's own solution among the jobs; no student's name is empty."""


@dataclass(frozen=True)
class Place:
    """Where a class is graded.

    Attributes
    ----------
    submitted : Path
        Folder with the submissions as they arrived.
    work : Path
        Folder for everything the grader writes.
    """

    submitted: Path
    work: Path


def grade(
    assignment: Assignment, place: Place, *, workers: int | None = None, caged: bool = True
) -> Iterator[Row]:
    """Grade every submission, each as soon as it is done.

    Parameters
    ----------
    assignment : Assignment
        What is graded.
    place : Place
        Where from and where to.
    workers : int, optional
        Submissions at a time; by default one for each processor.
    caged : bool
        Whether submissions run in the sandbox.

    Yields
    ------
    Row
        One for each submission, whatever happened to it, in the order of completion; tier,
        grade and rank need the whole class and are filled by `autograder.outcome.stand`.

    Raises
    ------
    SandboxUnavailableError
        If ``caged`` and this host has no sandbox.
    HoldoutMissingError
        If the assignment is graded by tiers and its held-out images were not made.
    InfrastructureError
        If the reference solution itself does not pass here: then no submission could, and
        nothing is recorded.
    """
    if caged:
        require_sandbox()
    holdout = open_holdout(assignment, place.work)
    submissions = find_submissions(place.submitted, assignment.name)
    desk = _Desk(assignment, place.work, register(assignment, place.work))
    jobs: dict[str, Job] = {}
    for submission in submissions:
        ready = desk.prepare(submission, holdout, caged)
        if isinstance(ready, Row):
            yield ready
        else:
            jobs[submission.student] = ready
    jobs = {_REFERENCE: desk.reference(holdout, caged), **jobs}
    waiting: dict[str, Result | InfrastructureError] = {}
    trusted = False
    for student, result in run_all(jobs, workers or os.cpu_count() or 1):
        if student == _REFERENCE:
            check_reference(result)
            trusted = True
        else:
            waiting[student] = result
        while trusted and waiting:
            yield desk.record(*waiting.popitem())
    write_timings(
        place.work / "report" / "timings.csv", {s: w.spans for s, w in desk.watches.items()}
    )


def class_table(rows: Iterable[Row], assignment: Assignment) -> list[Row]:
    """Return the class's rows with tier, grade and rank, best first, then by student."""
    standing = stand(list(rows), assignment.tiers)
    return sorted(standing, key=lambda row: (row.rank is None, row.rank or 0, row.student))


def open_holdout(assignment: Assignment, work: Path) -> Holdout | None:
    """Return an assignment's held-out images, if it needs any, checked against their sha256.

    Raises
    ------
    HoldoutMissingError
        If it needs some and there are none.
    HoldoutDamagedError
        If a file of them is missing or altered.
    """
    if assignment.holdout_size is None:
        return None
    folder = work / "holdout" / assignment.name
    if not folder.exists():
        raise HoldoutMissingError(assignment.name, str(folder))
    return read_holdout(folder)


class _Desk:
    """Prepares jobs and records results; remembers what was known before the run."""

    def __init__(self, assignment: Assignment, work: Path, release: Release) -> None:
        self.assignment, self.work, self.release = assignment, work, release
        self.known: dict[str, tuple[Submission, Row]] = {}
        self.watches: defaultdict[str, Stopwatch] = defaultdict(Stopwatch)

    def prepare(self, submission: Submission, holdout: Holdout | None, caged: bool) -> Job | Row:
        """Restore a submission, or say in a row why it cannot be run."""
        name = self.assignment.name
        row = Row(submission.student, name, Outcome.FINISHED, claim=submission.claim)
        if submission.path is None:
            notes = (submission.problem or "no notebook",)
            return replace(row, outcome=Outcome.INFRASTRUCTURE, notes=notes)
        self._keep(submission)
        try:
            with self.watches[submission.student].step("restore"):
                restored = restore(submission.path, self.release)
        except UnreadableNotebookError as error:
            points = record_zero(name, submission.student, self.work, submission.timestamp)
            return _scored(row, Outcome.STUDENT_ERROR, (str(error),), points)
        self.known[submission.student] = submission, replace(row, notes=restored.notes)
        return self._job(restored.notebook, holdout, caged)

    def reference(self, holdout: Holdout | None, caged: bool) -> Job:
        """Return the author's own solution as a job like any other."""
        path = self.assignment.folder / f"{self.assignment.name}.ipynb"
        return self._job(nbformat.read(path, as_version=4), holdout, caged)

    def _job(self, nb: NotebookNode, holdout: Holdout | None, caged: bool) -> Job:
        return Job(
            notebook=nbformat.writes(nb),
            files=self.assignment.folder,
            parameters=self.assignment.parameters,
            limits=self.assignment.limits,
            data=_data(holdout),
            holdout=holdout.secret if holdout else None,
            caged=caged,
        )

    def record(self, student: str, result: Result | InfrastructureError) -> Row:
        """Write one result to the gradebook and the autograded folder."""
        submission, row = self.known[student]
        if isinstance(result, InfrastructureError):
            notes = (*row.notes, f"not graded, and not the student's fault: {result}")
            return replace(row, outcome=Outcome.INFRASTRUCTURE, notes=notes)
        nb = nbformat.reads(result.notebook, as_version=4)
        name, watch = self.assignment.name, self.watches[student]
        watch.spans += result.spans
        with watch.step("record"):
            points = record_scores(nb, name, student, self.work, submission.timestamp)
            self._write_autograded(nb, student)
        notes = (*row.notes, *result.notes, *self._waiting(student))
        return replace(_scored(row, result.outcome, notes, points), measured=measured(nb))

    def _waiting(self, student: str) -> Iterator[str]:
        """Say what a grade by points does not hold yet."""
        if self.assignment.tiers is None:
            waiting = waiting_points(self.assignment.name, student, self.work)
            if waiting:
                yield f"{waiting:g} points wait for a person to read the answer"

    def _keep(self, submission: Submission) -> None:
        """Copy what was handed in to where nbgrader looks for it."""
        assert submission.path is not None
        folder = self.work / "submitted" / submission.student / self.assignment.name
        target = folder / f"{self.assignment.name}.ipynb"
        if submission.path.resolve() != target.resolve():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(submission.path, target)

    def _write_autograded(self, nb: NotebookNode, student: str) -> None:
        folder = self.work / "autograded" / student / self.assignment.name
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, folder / f"{self.assignment.name}.ipynb")


def check_reference(result: Result | InfrastructureError) -> None:
    """Make sure that the reference solution passes, so that a failure is the student's own.

    Raises
    ------
    InfrastructureError
        Naming the first cell that failed.
    """
    if isinstance(result, InfrastructureError):
        raise result
    if result.outcome is not Outcome.FINISHED:
        raise InfrastructureError(f"the reference solution fails here: {'; '.join(result.notes)}")
    for cell in filter(_is_check, nbformat.reads(result.notebook, as_version=4).cells):
        if any(output.output_type == "error" for output in cell.outputs):
            name = cell.metadata.nbgrader.grade_id
            raise InfrastructureError(f"the reference solution fails {name!r} here")


def _data(holdout: Holdout | None) -> Path | None:
    """Return the folder that submissions learn from: the course's own if nothing is held out."""
    if holdout is not None:
        return holdout.handed
    folder = data_folder()
    return folder if folder.is_dir() else None


def _is_check(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def measured(nb: NotebookNode) -> Measured | None:
    """Return the score on the held-out images; None where none was given.

    Only a graded cell's own result counts: those cells ran where no student code did.
    """
    for cell in filter(_is_check, nb.cells):
        for output in cell.outputs:
            if output.output_type == "execute_result" and SCORE_MIME in output.data:
                return Score.from_mimebundle(output.data).measured
    return None


def _scored(row: Row, outcome: Outcome, notes: tuple[str, ...], points: tuple[float, float]) -> Row:
    return replace(row, outcome=outcome, notes=notes, points=points[0], max_points=points[1])
