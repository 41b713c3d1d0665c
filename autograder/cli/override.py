"""``autograder override``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment
from autograder.cli.exit_codes import code_of_class
from autograder.cli.options import Course, complete_assignment, work_option
from autograder.cli.rescore import print_rescored
from autograder.grading.decide import override

if TYPE_CHECKING:
    from autograder.workdir import WorkDir


@click.command("override")
@click.argument("assignment", shell_complete=complete_assignment)
@click.argument("student")
@click.argument("mark", type=int, required=False)
@work_option(existing=True)
@click.option("--why", default="", help="the reason, for the record")
@click.option("--withdraw", is_flag=True, help="take back the mark that was set")
def command(
    course: Course,
    work: WorkDir,
    assignment: str,
    student: str,
    mark: int | None,
    why: str,
    withdraw: bool,
) -> int:
    """Set a student's final mark, 0 to 100.

    It stays, whatever the student's work is graded as later, until it is withdrawn.
    """
    if (mark is None) != withdraw:
        raise click.UsageError("expected a MARK, or --withdraw")
    chosen = load_assignment(assignment, course.solutions)
    done = override(chosen, work, student, mark, why)
    print_rescored(done, work)
    return code_of_class(done.rows)
