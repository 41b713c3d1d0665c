"""Say which written answers of a class wait for a person to read them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import GradebookLockedError
from autograder.gradebook.overview import overview
from autograder.gradebook.store import open_gradebook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from autograder.workdir import WorkDir

logger = logging.getLogger(__name__)


def unread_answers(
    work: WorkDir, assignment: str, students: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Return the answers of a class that nobody has read.

    Parameters
    ----------
    work : WorkDir
        Folder with the gradebook.
    assignment : str
        Name of the assignment.
    students : iterable of str
        Who is in the class.

    Returns
    -------
    dict of str to frozenset of str
        Names of the cells, by student; of nobody while the gradebook cannot be read.
    """
    if not work.has_gradebook:
        return {}
    try:
        with open_gradebook(work) as gradebook:
            found = overview(gradebook, assignment)
    except (SQLAlchemyError, GradebookLockedError) as error:
        logger.warning("the gradebook does not say what waits to be read", exc_info=error)
        return {}
    seen = ((student, found[student].unread) for student in students if student in found)
    return {student: frozenset(cells) for student, cells in seen if cells}


def unread_notice(unread: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Say how many answers wait, if any do: a sentence, or none."""
    if answers := sum(map(len, unread.values())):
        told = ("answers wait", "count") if answers > 1 else ("answer waits", "counts")
        yield (
            f"{answers} written {told[0]} for a person to read in formgrader, "
            f"and {told[1]} 0 until then."
        )
