"""Print how many written answers wait to be read, wherever a class's marks are printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.grading.unread import unread_answers, unread_notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autograder.scoring.standing import GradeRow
    from autograder.workdir import WorkDir


def print_unread(work: WorkDir, assignment: str, rows: Iterable[GradeRow]) -> None:
    """Print a line if any answer of a class waits for a person."""
    for line in unread_notice(unread_answers(work, assignment, (row.student for row in rows))):
        print(line)
