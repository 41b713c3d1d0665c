"""``autograder extend``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from autograder.assignment import load_assignment
from autograder.cli.exit_codes import ExitCode, code_of_class
from autograder.cli.options import Course, complete_assignment, work_option
from autograder.cli.rescore import print_rescored
from autograder.grading.decide import extend
from autograder.reporting.tables import strip_controls

if TYPE_CHECKING:
    from autograder.workdir import WorkDir


def parse_time(
    context: click.Context,  # noqa: ARG001  # click passes it
    parameter: click.Parameter,  # noqa: ARG001  # click passes it
    text: str | None,
) -> datetime | None:
    """Read a time that is one everywhere."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        expected = "expected a date and time with its offset, such as 2026-12-01T23:59+09:00"
        raise click.BadParameter(f"found {text!r}, {expected}")
    return found


@click.command("extend")
@click.argument("assignment", shell_complete=complete_assignment)
@click.argument("student")
@click.argument("until", callback=parse_time, required=False)
@work_option()
@click.option("--why", default="", help="the reason, for the record")
@click.option("--withdraw", is_flag=True, help="take back the extension")
def command(
    course: Course,
    work: WorkDir,
    assignment: str,
    student: str,
    until: datetime | None,
    why: str,
    withdraw: bool,
) -> int:
    """Let an assignment be due later for one student.

    UNTIL is a date and time with its offset, such as 2026-12-01T23:59+09:00.
    What lateness cost the student is reckoned anew; nobody needs to have handed in yet.
    """
    if (until is None) != withdraw:
        raise click.UsageError("expected UNTIL, or --withdraw")
    done = extend(load_assignment(assignment, course.solutions), work, student, until, why)
    if isinstance(done, str):
        print(strip_controls(done))
        print("Noted; no class was graded yet.")
        return ExitCode.DONE
    print_rescored(done, work)
    return code_of_class(done.rows)
