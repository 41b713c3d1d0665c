"""Grade some students of a class alone: for the others holds what is on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.errors import EvidenceMissingError, NoSubmissionsError
from autograder.evidence.entries import describe_holdout
from autograder.evidence.log import read_log
from autograder.evidence.runs import class_run, class_submissions, complete_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from autograder.evidence.hashchain import Entry
    from autograder.evidence.runs import LatestSubmission
    from autograder.execution.job_factory import JobFactory
    from autograder.submissions.entries import Submission


def require_class(path: Path, students: Sequence[str], jobs: JobFactory) -> None:
    """Make sure that there is a class which some students can be graded anew in.

    Parameters
    ----------
    path : Path
        The evidence.
    students : sequence of str
        Whom to grade; none for the whole class, which needs no earlier one.
    jobs : JobFactory
        What they are graded on.

    Raises
    ------
    EvidenceMissingError
        If no class was graded yet, or it answered about other held-out images.
    RunCutShortError
        If the last run was cut short.
    """
    if not students:
        return
    run = class_run(path, read_log(path).entries)
    held = None if jobs.holdout is None else describe_holdout(jobs.holdout)
    if run.entry.body["holdout"] != held:
        problem = "the class answered about other held-out images; grade all of it, not --student"
        raise EvidenceMissingError(path, problem)


def chosen(
    submissions: Sequence[Submission], students: Sequence[str], folder: Path, assignment: str
) -> tuple[Submission, ...]:
    """Return the submissions of some students; of all, if none are named.

    Raises
    ------
    NoSubmissionsError
        If there is none of somebody.
    """
    if not students:
        return tuple(submissions)
    known = {one.student: one for one in submissions}
    if missing := [student for student in students if student not in known]:
        raise NoSubmissionsError(folder, assignment, f"of {', '.join(missing)} there is nothing")
    return tuple(known[student] for student in sorted(set(students)))


def others_of_class(entries: Sequence[Entry], students: Sequence[str]) -> list[LatestSubmission]:
    """Return what is on record of the class, but for some students; nothing if none are named."""
    if not students:
        return []
    run = complete_run(entries)
    found = {} if run is None else class_submissions(run)
    return [one for student, one in found.items() if student not in students]
