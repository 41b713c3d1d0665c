"""Grade a class: from a folder of submissions to gradebook, table and report.

Everything here runs in one process, and only this process writes; the runs themselves go to
workers, which get plain data and give plain data back.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from numpy.typing import NDArray

from autograder.assignment import Assignment
from autograder.cells import is_check
from autograder.desk import Desk
from autograder.errors import HoldoutMissingError, InfrastructureError
from autograder.evidence import log_path, open_log
from autograder.gradebook import open_gradebook, register
from autograder.holdout import Holdout, read_holdout
from autograder.intake import Submission, find_submissions
from autograder.jobs import JobMaker
from autograder.outcome import Outcome, Row, stand
from autograder.pool import run_all, warm_up
from autograder.run import Job, Result
from autograder.sandbox.host import require_sandbox
from autograder.witness import describe_run

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
    EvidenceError
        If the log of evidence was damaged, or another process is writing it.
    """
    if caged:
        require_sandbox()
    jobs = JobMaker(assignment, open_holdout(assignment, place.work), caged)
    submissions = find_submissions(place.submitted, assignment.name)
    warm_up(jobs.reference())
    release = register(assignment, place.work)
    path = log_path(place.work, assignment.name)
    with open_log(path) as log, open_gradebook(place.work) as gradebook:
        log.append(describe_run(jobs, release, len(submissions), log.mended))
        desk = Desk(jobs, place.work, release, gradebook, log)
        yield from _grade(submissions, jobs, desk, workers)


def _grade(
    submissions: Iterable[Submission], maker: JobMaker, desk: Desk, workers: int | None
) -> Iterator[Row]:
    jobs = dict[str, Job]()
    for submission in submissions:
        ready = desk.prepare(submission)
        if isinstance(ready, Row):
            yield ready
        else:
            jobs[submission.student] = ready
    for student, result in trusted_results(maker.reference(), jobs, workers or os.cpu_count() or 1):
        yield desk.record(student, result)
    desk.write_timings()


def trusted_results(
    reference: Job, jobs: Mapping[str, Job], workers: int
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    """Run jobs, and yield what they give once the reference solution has passed.

    Parameters
    ----------
    reference : Job
        The author's own solution.
    jobs : mapping of str to Job
        By name; none is empty.
    workers : int
        Jobs at a time.

    Yields
    ------
    name : str
    result : Result or InfrastructureError
        In the order of completion.

    Raises
    ------
    InfrastructureError
        If it does not: then no submission could.
    """
    waiting: list[tuple[str, Result | InfrastructureError]] = []
    trusted = False
    for name, result in run_all({_REFERENCE: reference, **jobs}, workers):
        if name == _REFERENCE:
            check_reference(result)
            trusted = True
        else:
            waiting.append((name, result))
        while trusted and waiting:
            yield waiting.pop()


def class_table(
    rows: Iterable[Row], assignment: Assignment, truth: NDArray[Any] | None = None
) -> list[Row]:
    """Return the class's rows with tier, grade and rank, best first, then by student.

    `truth` is what is right for each held-out image, as `autograder.outcome.stand` takes it.
    """
    standing = stand(list(rows), assignment.tiers, truth)
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


def run_notices(holdout: Holdout | None, *, caged: bool) -> list[str]:
    """Say what every reader of a run's grades should know first."""
    unsafe = [] if caged else ["Graded without a sandbox (--unsafe)."]
    if holdout is None or not holdout.public:
        return unsafe
    return [*unsafe, "The held-out seed is public: these grades are a demonstration."]


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
    for cell in filter(is_check, nbformat.reads(result.notebook, as_version=4).cells):
        if any(output.output_type == "error" for output in cell.outputs):
            name = cell.metadata.nbgrader.grade_id
            raise InfrastructureError(f"the reference solution fails {name!r} here")
