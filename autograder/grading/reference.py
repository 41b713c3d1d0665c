"""Run the author's solution first: no submission counts before it passes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import nbformat

from autograder.errors import InfrastructureError
from autograder.execution.pool import run_all
from autograder.outcome import Outcome
from autograder.submissions.cells import is_check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autograder.execution.job import Job, Result

logger = logging.getLogger(__name__)

_REFERENCE = "/reference"
"""Stands for the author's own solution among the jobs; no student's name has a slash."""


def trusted_results(
    reference: Job, jobs: Mapping[str, Job], workers: int
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    """Run jobs, and yield what they give once the reference solution has passed.

    Parameters
    ----------
    reference : Job
        The author's own solution.
    jobs : mapping of str to Job
        By name; none has a slash.
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
        If the reference solution does not pass: then no submission could.
    """
    waiting: list[tuple[str, Result | InfrastructureError]] = []
    trusted = False
    for name, result in run_all({_REFERENCE: reference, **jobs}, workers):
        if name == _REFERENCE:
            check_reference(result)
            logger.info("the reference solution passes")
            trusted = True
        else:
            waiting.append((name, result))
        while trusted and waiting:
            yield waiting.pop()


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
