"""``autograder publish``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment, open_holdout
from autograder.cli.diff import print_changes
from autograder.cli.options import Course, assignment_argument, work_option
from autograder.grading.publish import publish

if TYPE_CHECKING:
    from autograder.workdir import WorkDir


@click.command("publish")
@assignment_argument
@work_option(existing=True)
def command(course: Course, work: WorkDir, assignment: str) -> None:
    """Make the report what the class is told.

    What changes by that is printed.
    """
    chosen = load_assignment(assignment, course.solutions)
    done = publish(chosen.name, work, open_holdout(chosen, work))
    if done.again:
        print("Just this was published already.")
    else:
        print_changes(done.changes)
    print(f"Published: {done.students} students in {done.path}")
    print(f"Evidence: {done.seal}")
