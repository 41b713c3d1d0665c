"""``autograder publish``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment, open_holdout
from autograder.cli.diff import print_changes
from autograder.cli.exit_codes import code_of_class
from autograder.cli.options import Course, assignment_argument, consent_option, work_option
from autograder.cli.unread import print_unread
from autograder.grading.publish import lost, lowered, publish
from autograder.reporting.tables import counted, strip_controls

if TYPE_CHECKING:
    from autograder.grading.diff import Change
    from autograder.workdir import WorkDir


@click.command("publish")
@assignment_argument
@work_option(existing=True)
@consent_option("publish even if marks or students are lost, or the last run was cut short")
def command(course: Course, work: WorkDir, assignment: str, consent: bool) -> int:
    """Make the report what the class is told.

    What changes by that is printed.
    Where somebody would have no mark any more, or would leave the class, nothing is published,
    and the exit status is 6; marks that get lower are printed.
    It is 5 if the last run was cut short, and 3 if somebody is not graded.
    """
    chosen = load_assignment(assignment, course.solutions)
    done = publish(chosen.name, work, open_holdout(chosen, work), consent=consent)
    if done.again:
        print("Just this was published already.")
    else:
        print_changes(done.changes)
        print_losses(done.changes)
    print_unread(work, chosen.name, done.rows)
    print(f"Published: {counted(len(done.rows), 'student')} in {done.path}")
    print(f"Evidence: {done.seal}")
    return code_of_class(done.rows)


def print_losses(changes: list[Change] | None) -> None:
    """Print whose mark is gone, and whose is lower than the one that was told."""
    gone = [strip_controls(change.student) for change in lost(changes or ())]
    if gone:
        print(f"Without a mark now: {', '.join(gone)}")
    if less := lowered(changes or ()):
        print(f"Lower than before: {', '.join(less)}")
