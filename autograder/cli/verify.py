"""``autograder verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment
from autograder.cli.options import Course, assignment_argument, work_option
from autograder.errors import EvidenceMissingError
from autograder.evidence.hashchain import head_path, inspect

if TYPE_CHECKING:
    from autograder.workdir import WorkDir

SHOWN = 20
"""Problems of a log that are listed; one altered line is seldom more than two."""


@click.command("verify")
@assignment_argument
@work_option(existing=True)
def command(course: Course, work: WorkDir, assignment: str) -> int:
    """Check that no line of the evidence was altered.

    The exit status is 1 if one was, or if the log of evidence is not whole.
    """
    path = work.evidence(load_assignment(assignment, course.solutions).name)
    if not path.exists() and not head_path(path).exists():
        raise EvidenceMissingError(path, "there is none; grade the class first")
    found = inspect(path)
    for problem in found.problems[:SHOWN]:
        print(problem)
    if len(found.problems) > SHOWN:
        print(f"and {len(found.problems) - SHOWN} more")
    if not found.problems:
        print(f"{len(found.entries)} entries, all intact, the last one {found.last_hash}")
    elif found.mendable:
        print("A grader that was killed leaves it so: the next grade, rescore or publish mends it.")
    return int(bool(found.problems))
