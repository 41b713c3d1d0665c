"""Run the author's solution first: no submission counts before it passes."""

from __future__ import annotations

import itertools
import logging
from typing import TYPE_CHECKING

import nbformat

from autograder.errors import InfrastructureError
from autograder.execution.local_pool import LocalPool
from autograder.execution.pool import run_all
from autograder.outcome import Outcome
from autograder.submissions.cells import is_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from autograder.execution.job import Job, Result
    from autograder.execution.pool import PoolOpener

logger = logging.getLogger(__name__)

_REFERENCE = "the reference solution"
"""Name of the author's own solution among the jobs, in the log."""


def trusted_results(
    reference: Job,
    jobs: Iterable[tuple[str, Job]],
    workers: int | None,
    open_pool: PoolOpener = LocalPool,
) -> Iterator[tuple[str, Result | InfrastructureError]]:
    """Run jobs, and yield what they give once the reference solution has passed.

    Parameters
    ----------
    reference : Job
        The author's own solution.
    jobs : iterable of (str, Job)
        By name; each is taken when a worker will soon be free for it.
    workers : int or None
        Jobs at a time; None for as many as there are processors.
    open_pool : callable, optional
        Opens a pool of so many workers; by default, of this machine's.

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
    results = run_all(itertools.chain([(_REFERENCE, reference)], jobs), workers, open_pool)
    _, result = next(results)  # the first job's result comes first
    check_reference(result)
    del result
    logger.info("the reference solution passes")
    yield from results


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
