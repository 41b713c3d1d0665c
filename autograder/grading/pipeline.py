"""Grade a class: from a folder of submissions to gradebook, table and report.

Everything here runs in one process, and only this process writes; the runs themselves go to
workers, which get plain data and give plain data back.
"""

from __future__ import annotations

import itertools
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from autograder.assignment import Assignment, open_holdout
from autograder.errors import NoSubmissionsError
from autograder.evidence.entries import describe_run
from autograder.evidence.log import open_log
from autograder.evidence.runs import last_submissions
from autograder.execution.job_factory import JobFactory
from autograder.execution.local_pool import LocalPool, warm_up
from autograder.gradebook.locking import Patience
from autograder.gradebook.store import open_gradebook, register
from autograder.gradebook.students import enter_students
from autograder.grading.boundary import Boundary
from autograder.grading.chosen import chosen, others_of_class, require_class
from autograder.grading.journal import mend
from autograder.grading.mistaken_folder import exports_in, refuse_mistaken, tell_exports
from autograder.grading.put_off import PutOff
from autograder.grading.reading import prepare_reading
from autograder.grading.reference import trusted_results
from autograder.grading.reuse import Reuse, course_sha256
from autograder.grading.submission_grader import SubmissionGrader
from autograder.sandbox.availability import require_sandbox
from autograder.scoring.standing import GradeRow
from autograder.submissions.class_list import apply_roster
from autograder.submissions.collect import find_submissions
from autograder.submissions.roster import read_roster

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from autograder.execution.job import Job
    from autograder.execution.pool import Cluster
    from autograder.submissions.entries import Intake, Submission
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
    roster: Path | None = None,
    students: Sequence[str] = (),
    force: bool = False,
    boundary: Boundary | None = None,
    cluster: Cluster | None = None,
) -> Generator[GradeRow]:
    """Grade every submission, each as soon as it is done.

    What is on record already, of the same file and under the same conditions, does not run again
    (`autograder.grading.reuse`): so a run that was cut short goes on.

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
    roster : Path, optional
        File with the names of the class: who is not on it is not graded, and who handed in
        nothing has a row.
    students : sequence of str, optional
        Whom to grade; for the others of the class holds what is on record. By default all.
    force : bool, default False
        Whether to run again what is on record.
    boundary : Boundary, optional
        Gets what fails after the last submission, for a caller that has more to do; by default
        this raises it.
    cluster : Cluster, optional
        Runs the submissions on other machines; by default this one does.

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
    PlainTransportError
        If its labels would go to a cluster in plain text: then nothing is recorded.
    InfrastructureError
        If the reference solution itself does not pass here: then no submission could, and
        nothing is recorded.
    IntakeError, MistakenFolderError
        If that is no folder, or a folder or a file of another kind: then nothing is recorded.
    NoSubmissionsError
        If nothing in the folder can be graded: then nothing is recorded, either.
    EvidenceMissingError, RunCutShortError
        If only some `students` are to be graded, and there is no class that they are of.
    RosterError
        If the roster cannot be read, or is another class's: then nothing is recorded, either.
    EvidenceError
        If the log of evidence was damaged, or another process is writing it.
    AfterwardsError
        Without a boundary, if the times, or the roster's names, cannot be written.
    """
    if sandboxed and cluster is None:
        require_sandbox()
    jobs = JobFactory(assignment, open_holdout(assignment, work), sandboxed)
    if cluster is not None:
        cluster.require_private(jobs.reference())
    refuse_mistaken(submitted, assignment, work)
    require_class(work.evidence(assignment.name), students, jobs)
    class_list = None if roster is None else read_roster(roster)
    if cluster is None:
        warm_up(jobs.reference())
    prepare_reading()
    release = register(assignment, work)
    intake = find_submissions(submitted, assignment.name, release, assignment.folder)
    intake = tell_exports(intake, submitted, assignment.name)
    if roster is not None and class_list is not None:
        intake = apply_roster(intake, class_list, roster)
    submissions = intake.submissions
    logger.info("%d submissions of %s in %s", len(submissions), assignment.name, submitted)
    if on_intake is not None:
        on_intake(intake)
    _require_any(intake, submitted, assignment.name)
    submissions = chosen(submissions, students, submitted, assignment.name)
    path = work.evidence(assignment.name)
    around = boundary or Boundary()
    with open_log(path) as log:
        mend(log, work, assignment.name)
        with open_gradebook(work) as gradebook:
            before = list(log.entries)
            others = others_of_class(before, students)
            found: dict[str, Any] = {"entries": intake.entries, "roster": class_list}
            found["course"] = course_sha256(assignment.folder)
            total = len(submissions) + len(others)
            run = log.append(describe_run(jobs, release, total, log.mended, **found))
            reuse = Reuse(run.body, work, {} if force else last_submissions(before))
            grader = SubmissionGrader(jobs, work, release, gradebook, log, submitted, reuse)
            yield from (grader.keep(one) for one in others)
            yield from _grade(submissions, jobs, grader, workers, cluster)
            with around.step("the table of times", work.timings):
                grader.write_timings()
            if class_list is not None:
                with around.step("the names of the class", work.gradebook_name):
                    waiting = Patience(work.gradebook_name)
                    waiting.wait(lambda: enter_students(gradebook, class_list.contacts))
    if boundary is None:
        around.close()


def _require_any(intake: Intake, folder: Path, assignment: str) -> None:
    """Refuse a folder without a single notebook: whoever misses one has mistaken the folder."""
    if (folder / "nbgrader_config.py").is_file():  # solutions/ and notebooks/ look like students
        raise NoSubmissionsError(folder, assignment, "it is the folder of a course")
    rows = intake.submissions
    if any(one.path is not None for one in rows):
        return
    told = [f"{one.student}: {one.problem}" for one in rows[:SHOWN]]
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    exports = exports_in(intake, folder, assignment)
    found = "; ".join([*exports, *told]) + more or "it is empty"
    raise NoSubmissionsError(folder, assignment, found)


def _grade(
    submissions: Iterable[Submission],
    maker: JobFactory,
    grader: SubmissionGrader,
    workers: int | None,
    cluster: Cluster | None,
) -> Iterator[GradeRow]:
    not_run: deque[GradeRow] = deque()
    jobs = _jobs(submissions, grader, not_run)
    first = next(jobs, None)
    if first is None:  # all is on record, and was trusted then
        yield from _taken(not_run)
        return
    jobs, open_pool = itertools.chain([first], jobs), cluster.open_pool if cluster else LocalPool
    with PutOff() as put_off:
        for student, result in trusted_results(maker.reference(), jobs, workers, open_pool):
            yield from _taken(not_run)
            row = grader.try_record(student, result)
            if row is None:
                put_off.add(student, result)
            else:
                grader.forget(student)
                yield row
        yield from _taken(not_run)
        for student, result in put_off.take():
            row = grader.record(student, result)
            grader.forget(student)
            yield row


def _jobs(
    submissions: Iterable[Submission], grader: SubmissionGrader, not_run: deque[GradeRow]
) -> Iterator[tuple[str, Job]]:
    """Prepare each job when it is asked for; `not_run` gets the rows of what cannot run."""
    for submission in submissions:
        ready = grader.prepare(submission)
        if isinstance(ready, GradeRow):
            grader.forget(submission.student)
            not_run.append(ready)
        else:
            yield submission.student, ready


def _taken(rows: deque[GradeRow]) -> Iterator[GradeRow]:
    while rows:
        yield rows.popleft()
